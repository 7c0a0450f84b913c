/* support.c - see support.h. */
#define _POSIX_C_SOURCE 200809L
#include "support.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

void outcome_free(outcome *o) {
    free(o->out);
    o->out = NULL;
}

char *read_file(const char *path, size_t *size) {
    FILE *in = fopen(path, "rb");
    if (!in)
        fail_msg("%s cannot be opened", path);
    char *text = calloc(1, 1 << 20);
    *size = fread(text, 1, (1 << 20) - 1, in);
    fclose(in);
    return text;
}

outcome check_text(const char *text, size_t size, bool json) {
    return check_text_as(text, size, json, "documented");
}

outcome check_text_as(const char *text, size_t size, bool json, const char *profile) {
    outcome o = {0};
    size_t written = 0;
    wsj_check_options options = {.json = json, .profile = profile};
    FILE *in = fmemopen((void *)(uintptr_t)text, size ? size : 1, "rb"), *out = open_memstream(&o.out, &written);
    assert_non_null(in);
    assert_non_null(out);
    if (!size)
        fgetc(in);
    o.status = wsj_check(in, "hand.trace", &options, out, &o.counts, &o.error);
    if (o.status != WSJ_MEMORY)
        assert_int_equal(wsj_check_summary(&options, out, &o.counts), WSJ_OK);
    fclose(in);
    fclose(out);
    return o;
}

wsn_file *parse(const char *text) {
    wsn_file *file = NULL;
    wsn_error error = {0};
    if (wsn_read_text(text, strlen(text), "hand.case", "hand", &file, &error) != WSN_OK)
        fail_msg("%d:%d: %s", error.line, error.column, error.message);
    return file;
}

outcome expect_text(const char *text, const wsj_expect_options *options) {
    static const wsj_expect_options plain = {0};
    outcome o = {0};
    size_t written = 0;
    wsn_file *file = parse(text);
    FILE *out = open_memstream(&o.out, &written);
    o.status = wsj_expect(file, options ? options : &plain, out, &o.compared, &o.error);
    fclose(out);
    wsn_file_free(file);
    return o;
}

outcome play_text(const char *text) {
    outcome o = {0};
    size_t written = 0;
    wsn_file *file = parse(text);
    FILE *out = open_memstream(&o.out, &written);
    fputs("trace 1\ntarget \"model\" kind \"model\"\n", out);
    for (size_t i = 0; i < file->n_cases && o.status == WSJ_OK; i++)
        o.status = wsj_play(file->cases[i], 0, out, &o.error);
    fclose(out);
    wsn_file_free(file);
    return o;
}

void assert_contains(const char *text, const char *needle) {
    if (!strstr(text, needle))
        fail_msg("'%s' does not stand in: %s", needle, text);
}

void assert_lacks(const char *text, const char *needle) {
    if (strstr(text, needle))
        fail_msg("'%s' stands in: %s", needle, text);
}

size_t count_of(const char *text, const char *needle) {
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, needle)); p += strlen(needle))
        n++;
    return n;
}

/* --- a reader of JSON that only says yes or no ----------------------------------------------------------------- */

typedef struct json {
    const char *at, *end;
} json;

static bool value(json *j, int depth);

static void space(json *j) {
    while (j->at < j->end && strchr(" \t\r\n", *j->at))
        j->at++;
}

static bool character(json *j, char c) {
    space(j);
    if (j->at == j->end || *j->at != c)
        return false;
    j->at++;
    return true;
}

static bool utf8(json *j) {
    unsigned char first = (unsigned char)*j->at;
    int more = first < 0x80 ? 0 : first >= 0xC2 && first < 0xE0 ? 1 : first >= 0xE0 && first < 0xF0 ? 2 : 3;
    if (first >= 0x80 && (first < 0xC2 || first > 0xF4))
        return false;
    for (j->at++; more > 0; more--, j->at++)
        if (j->at == j->end || ((unsigned char)*j->at & 0xC0) != 0x80)
            return false;
    return true;
}

static bool string(json *j) {
    if (!character(j, '"'))
        return false;
    while (j->at < j->end && *j->at != '"') {
        if ((unsigned char)*j->at < 0x20)
            return false;
        if (*j->at == '\\') {
            j->at++;
            if (j->at == j->end || !strchr("\"\\/bfnrtu", *j->at))
                return false;
            if (*j->at == 'u')
                for (int i = 0; i < 4; i++)
                    if (++j->at == j->end || !isxdigit((unsigned char)*j->at))
                        return false;
            j->at++;
        } else if (!utf8(j)) {
            return false;
        }
    }
    return character(j, '"');
}

static bool members(json *j, int depth, char close, bool named) {
    if (character(j, close))
        return true;
    do {
        if (named && !(string(j) && character(j, ':')))
            return false;
        if (!value(j, depth + 1))
            return false;
    } while (character(j, ','));
    return character(j, close);
}

static bool value(json *j, int depth) {
    space(j);
    if (j->at == j->end || depth > 10)
        return false;
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < 3; i++)
        if ((size_t)(j->end - j->at) >= strlen(words[i]) && strncmp(j->at, words[i], strlen(words[i])) == 0) {
            j->at += strlen(words[i]);
            return true;
        }
    if (*j->at == '"')
        return string(j);
    if (character(j, '{'))
        return members(j, depth, '}', true);
    if (character(j, '['))
        return members(j, depth, ']', false);
    const char *begin = j->at;
    while (j->at < j->end && strchr("+-.eE0123456789", *j->at))
        j->at++;
    return j->at > begin;
}

void assert_json(const char *text, size_t size) {
    json j = {text, text + size};
    bool good = value(&j, 0);
    space(&j);
    if (!good || j.at != j.end)
        fail_msg("no JSON from here: %.200s\nof: %.*s", j.at, (int)size, text);
}

void assert_json_lines(const char *text) {
    while (*text) {
        size_t length = strcspn(text, "\n");
        assert_json(text, length);
        text += length + (text[length] == '\n');
    }
}

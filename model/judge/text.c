/* text.c - see text.h. */
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void wsj_text_free(wsj_text *text) {
    free(text->data);
    *text = (wsj_text){0};
}

void wsj_text_end(wsj_text *text, wsj_text *heir) {
    heir->failed |= text->failed;
    wsj_text_free(text);
}

const char *wsj_text_string(const wsj_text *text) {
    return text->size ? text->data : "";
}

char *wsj_text_room(wsj_text *text, size_t more) {
    if (text->failed)
        return NULL;
    if (more >= text->capacity - text->size) {
        size_t capacity = text->capacity ? text->capacity : 256;
        while (capacity - text->size <= more && capacity <= SIZE_MAX / 2)
            capacity *= 2;
        char *data = capacity - text->size > more ? realloc(text->data, capacity) : NULL;
        if (!data) {
            text->failed = true;
            return NULL;
        }
        text->data = data;
        text->capacity = capacity;
    }
    return text->data + text->size;
}

void wsj_text_bytes(wsj_text *text, const char *bytes, size_t size) {
    char *room = wsj_text_room(text, size);
    if (!room)
        return;
    memcpy(room, bytes, size);
    room[size] = '\0';
    text->size += size;
}

void wsj_text_add(wsj_text *text, const char *string) {
    wsj_text_bytes(text, string, strlen(string));
}

void wsj_text_number(wsj_text *text, uint64_t number) {
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    wsj_text_bytes(text, digits + at, sizeof digits - at);
}

void wsj_text_printf(wsj_text *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *room = length < 0 ? NULL : wsj_text_room(text, (size_t)length);
    if (room) {
        vsnprintf(room, (size_t)length + 1, format, again);
        text->size += (size_t)length;
    } else {
        text->failed = true;
    }
    va_end(again);
}

/* The length of the well-formed UTF-8 sequence at s, 0 if there is none (overlong forms, surrogates, > U+10FFFF). */
static size_t utf8_length(const unsigned char *s, size_t size) {
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3}, {0xE1, 0xEC, 0x80, 0xBF, 3},
        {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
        {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        if (s[0] < forms[i].first_low || s[0] > forms[i].first_high)
            continue;
        if (size < forms[i].length || s[1] < forms[i].second_low || s[1] > forms[i].second_high)
            return 0;
        for (size_t k = 2; k < forms[i].length; k++)
            if ((s[k] & 0xC0) != 0x80)
                return 0;
        return forms[i].length;
    }
    return 0;
}

void wsj_text_json_bytes(wsj_text *text, const char *bytes, size_t size) {
    const unsigned char *s = (const unsigned char *)bytes;
    wsj_text_bytes(text, "\"", 1);
    for (size_t i = 0; i < size;) {
        size_t plain = i;
        while (plain < size && s[plain] >= 0x20 && s[plain] < 0x7F && s[plain] != '"' && s[plain] != '\\')
            plain++;
        wsj_text_bytes(text, bytes + i, plain - i);
        if ((i = plain) == size)
            break;
        size_t length = s[i] < 0x80 ? 1 : utf8_length(s + i, size - i);
        if (s[i] == '"' || s[i] == '\\')
            wsj_text_printf(text, "\\%c", s[i]);
        else if (s[i] == '\n')
            wsj_text_add(text, "\\n");
        else if (length == 1)
            wsj_text_printf(text, "\\u%04x", (unsigned)s[i]);
        else if (length)
            wsj_text_bytes(text, bytes + i, length);
        else
            wsj_text_add(text, "\xEF\xBF\xBD");
        i += length ? length : 1;
    }
    wsj_text_bytes(text, "\"", 1);
}

void wsj_text_json(wsj_text *text, const char *string) {
    wsj_text_json_bytes(text, string ? string : "", string ? strlen(string) : 0);
}

void wsj_text_json_list(wsj_text *text, const char *const *strings, size_t count) {
    wsj_text_bytes(text, "[", 1);
    for (size_t i = 0; i < count; i++) {
        if (i)
            wsj_text_bytes(text, ", ", 2);
        wsj_text_json(text, strings[i]);
    }
    wsj_text_bytes(text, "]", 1);
}

void wsj_print_call(const wsn_statement *statement, wsj_text *text) {
    char *room = wsj_text_room(text, 200);
    size_t length = room ? wsn_print_call(statement, room, 201) : 0;
    if (length > 200 && (room = wsj_text_room(text, length)))
        wsn_print_call(statement, room, length + 1);
    text->size += room ? length : 0;
}

void wsj_print_atoms(const wsn_outcome *outcome, wsj_text *text) {
    char *room = wsj_text_room(text, 200);
    size_t length = room ? wsn_print_outcome(outcome, room, 201) : 0;
    if (length > 200 && (room = wsj_text_room(text, length)))
        wsn_print_outcome(outcome, room, length + 1);
    text->size += room ? length : 0;
}

bool wsj_text_holds(const char *text, const wsn_value *atom) {
    char word[100];
    size_t length = wsn_print_value(atom, word, sizeof word);
    for (const char *p = text; length < sizeof word && (p = strstr(p, word)); p++)
        if ((p == text || p[-1] == ' ') && (p[length] == ' ' || p[length] == '\0'))
            return true;
    return false;
}

bool wsj_text_write(wsj_text *text, FILE *out) {
    bool ok = !text->failed && fwrite(text->data ? text->data : "", 1, text->size, out) == text->size;
    wsj_text_clear(text);
    return ok;
}

/* print.c - values, statements and cases as canonical text, and their comparison. */
#include "notation.h"

#include <stdlib.h>
#include <string.h>

/* Text goes to a stream, or to a buffer as far as that reaches; length counts on. */
struct sink {
    FILE *file;
    char *out;
    size_t size, length;
};

static void put_n(struct sink *to, const char *text, size_t n) {
    if (to->file)
        fwrite(text, 1, n, to->file);
    else if (to->length < to->size)
        memcpy(to->out + to->length, text, n < to->size - to->length ? n : to->size - to->length);
    to->length += n;
}

static void put(struct sink *to, const char *text) {
    put_n(to, text, strlen(text));
}

static void put_number(struct sink *to, uint64_t n) {
    char digits[20], *p = digits + sizeof digits;
    do
        *--p = (char)('0' + n % 10);
    while (n /= 10);
    put_n(to, p, (size_t)(digits + sizeof digits - p));
}

static void put_hex(struct sink *to, uint64_t n, int min_digits) {
    char digits[16], *p = digits + sizeof digits;
    for (; n || min_digits > 0; n >>= 4, min_digits--)
        *--p = "0123456789ABCDEF"[n & 15];
    put_n(to, p, (size_t)(digits + sizeof digits - p));
}

/* The length of the UTF-8 sequence of a character that can stand in a string as it is, or 0. */
static size_t plain_length(const unsigned char *p, size_t left) {
    if (*p < 0x80)
        return *p >= ' ' && *p < 0x7F && *p != '"' && *p != '\\';
    size_t n = *p >= 0xF0 ? 4 : *p >= 0xE0 ? 3 : 2;
    if (*p < 0xC2 || *p > 0xF4 || left < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    unsigned char second = p[1];
    bool bad = (*p == 0xE0 && second < 0xA0) || (*p == 0xED && second > 0x9F) || (*p == 0xF0 && second < 0x90) ||
               (*p == 0xF4 && second > 0x8F);
    return bad ? 0 : n;
}

static void put_string(struct sink *to, const char *text, size_t length) {
    const unsigned char *p = (const unsigned char *)text, *end = p + length;
    put(to, "\"");
    while (p < end) {
        size_t n = plain_length(p, (size_t)(end - p));
        if (n) {
            put_n(to, (const char *)p, n);
            p += n;
            continue;
        }
        if (*p == '"' || *p == '\\') {
            put(to, "\\");
            put_n(to, (const char *)p, 1);
        } else if (*p == '\n')
            put(to, "\\n");
        else {
            put(to, "\\x");
            put_hex(to, *p, 2);
        }
        p++;
    }
    put(to, "\"");
}

static void put_value(struct sink *to, const wsn_value *v);

static void put_items(struct sink *to, const wsn_value *v, const char *between) {
    for (size_t i = 0; i < v->n_items; i++) {
        if (i)
            put(to, between);
        put_value(to, &v->items[i]);
    }
}

static void put_place(struct sink *to, wsn_place place) {
    if (place != WSN_PLAIN) {
        put(to, wsn_place_name(place));
        put(to, " ");
    }
}

static void put_buffer(struct sink *to, const wsn_value *v) {
    if (v->repeat != 1) {
        put_number(to, v->repeat);
        put(to, " x ");
    }
    put_number(to, v->number);
    if (v->backing != v->number) {
        put(to, " of ");
        put_number(to, v->backing);
    }
    if (v->place != WSN_PLAIN) {
        put(to, " ");
        put(to, wsn_place_name(v->place));
    }
}

static void put_range(struct sink *to, const wsn_value *v) {
    put_number(to, v->low);
    put(to, "..");
    put_number(to, v->high);
}

static void put_value(struct sink *to, const wsn_value *v) {
    switch (v->kind) {
    case WSN_INT:
        if (v->hex) {
            put(to, "0x");
            put_hex(to, v->number, 1);
        } else
            put_number(to, v->number);
        break;
    case WSN_NAME: put(to, v->name); break;
    case WSN_OR: put_items(to, v, "|"); break;
    case WSN_REF:
        put_place(to, v->place);
        put(to, "&");
        put(to, v->name);
        break;
    case WSN_LIST:
        put_place(to, v->place);
        put(to, "[");
        put_items(to, v, ", ");
        put(to, "]");
        break;
    case WSN_BUFFER: put_buffer(to, v); break;
    case WSN_INVOKE:
        put(to, v->name);
        put(to, "(");
        put_items(to, v, ", ");
        put(to, ")");
        break;
    case WSN_RUN:
        put_number(to, v->number);
        put(to, "[");
        put_range(to, v);
        put(to, "]");
        break;
    case WSN_RANGE: put_range(to, v); break;
    case WSN_BYTES:
        put(to, "x\"");
        for (size_t i = 0; i < v->length; i++)
            put_hex(to, (unsigned char)v->text[i], 2);
        put(to, "\"");
        break;
    case WSN_STRING: put_string(to, v->text, v->length); break;
    }
    if (v->has_count) {
        put(to, " count ");
        put_number(to, v->count);
    }
}

static void put_outcome(struct sink *to, const wsn_outcome *o) {
    if (o->wanted)
        put(to, "want ");
    for (size_t i = 0; i < o->n_atoms; i++) {
        if (i)
            put(to, " ");
        put_value(to, &o->atoms[i]);
    }
}

static void put_args(struct sink *to, const wsn_statement *s) {
    put(to, "(");
    for (size_t i = 0; i < s->n_args; i++) {
        if (i)
            put(to, ", ");
        put_value(to, &s->args[i]);
    }
    put(to, ")");
}

static void put_call(struct sink *to, const wsn_statement *s) {
    if (s->thread) {
        put(to, s->thread);
        put(to, ": ");
    }
    for (size_t i = 0; i < s->n_results; i++) {
        put(to, s->results[i]);
        put(to, i + 1 < s->n_results ? ", " : " = ");
    }
    switch (s->kind) {
    case WSN_CALL:
    case WSN_START:
        put(to, wsn_verb_name(s->verb));
        put_args(to, s);
        break;
    case WSN_RETURN:
        put(to, "... ");
        put(to, wsn_verb_name(s->verb));
        break;
    case WSN_ENTER:
        put(to, "enter ");
        put(to, s->name);
        put_args(to, s);
        break;
    case WSN_LEAVE: put(to, "leave "); break;
    case WSN_THREAD: put(to, "thread "); break;
    case WSN_ROUTINE: put(to, "routine "); break;
    case WSN_REPEAT:
        put(to, "repeat ");
        put_number(to, s->times);
        if (s->until) {
            put(to, " until ");
            put_value(to, s->until);
        }
        break;
    }
    if (s->kind == WSN_LEAVE || s->kind == WSN_THREAD || s->kind == WSN_ROUTINE)
        put(to, s->name);
}

static void put_statement(struct sink *to, const wsn_statement *s) {
    put_call(to, s);
    if (s->kind == WSN_START)
        put(to, " ...");
    for (size_t i = 0; i < s->n_outcomes; i++) {
        put(to, i ? " or " : " = ");
        put_outcome(to, &s->outcomes[i]);
    }
    if (s->stamped) {
        put(to, " @");
        put_number(to, s->at_us);
        if (s->took_us) {
            put(to, "+");
            put_number(to, s->took_us);
        }
    }
}

static size_t finish(struct sink *to) {
    if (to->size)
        to->out[to->length < to->size ? to->length : to->size - 1] = 0;
    return to->length;
}

size_t wsn_print_value(const wsn_value *value, char *out, size_t size) {
    struct sink to = {.out = out, .size = size};
    put_value(&to, value);
    return finish(&to);
}

size_t wsn_print_outcome(const wsn_outcome *outcome, char *out, size_t size) {
    struct sink to = {.out = out, .size = size};
    put_outcome(&to, outcome);
    return finish(&to);
}

size_t wsn_print_call(const wsn_statement *statement, char *out, size_t size) {
    struct sink to = {.out = out, .size = size};
    put_call(&to, statement);
    return finish(&to);
}

size_t wsn_print_statement(const wsn_statement *statement, char *out, size_t size) {
    struct sink to = {.out = out, .size = size};
    put_statement(&to, statement);
    return finish(&to);
}

static void put_statements(struct sink *to, const wsn_statement *s, size_t n, int depth) {
    for (; n > 0; n--, s++) {
        for (int i = 0; i < depth; i++)
            put(to, "  ");
        put_statement(to, s);
        put(to, "\n");
        if (s->kind == WSN_ROUTINE || s->kind == WSN_REPEAT) {
            put_statements(to, s->body, s->n_body, depth + 1);
            for (int i = 0; i < depth; i++)
                put(to, "  ");
            put(to, "end\n");
        }
    }
}

static void put_words(struct sink *to, const char *header, const char **words, size_t n) {
    if (n == 0)
        return;
    put(to, "  ");
    put(to, header);
    for (size_t i = 0; i < n; i++) {
        put(to, " ");
        put(to, words[i]);
    }
    put(to, "\n");
}

wsn_status wsn_print_case(const wsn_case *c, FILE *out) {
    struct sink to = {.file = out};
    size_t id_length = strlen(c->id);
    char *name = malloc(id_length + 2); /* the slash tells the reader that this is the whole id */
    if (!name)
        return WSN_MEMORY;
    name[0] = '/';
    memcpy(name + 1, c->id, id_length + 1);
    put(&to, "case ");
    put_string(&to, name, id_length + 1);
    free(name);
    put(&to, "\n");
    put_words(&to, "clauses", c->clauses, c->n_clauses);
    put_words(&to, "requires", c->requires, c->n_requires);
    if (c->limit_ms) {
        put(&to, "  limit ");
        put_number(&to, c->limit_ms);
        put(&to, "ms\n");
    }
    if (c->start_fresh)
        put(&to, "  start fresh\n");
    if (c->start_uninitialised)
        put(&to, "  start uninitialised\n");
    if (c->because) {
        put(&to, "  because ");
        put_string(&to, c->because, strlen(c->because));
        put(&to, "\n");
    }
    put_statements(&to, c->statements, c->n_statements, 1);
    if (c->ended) {
        put(&to, "end");
        if (c->took_us) {
            put(&to, " @");
            put_number(&to, c->took_us);
        }
        put(&to, "\n");
    }
    return ferror(out) ? WSN_IO : WSN_OK;
}

/* --- comparison -------------------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_words(const char **a, size_t n_a, const char **b, size_t n_b) {
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++)
        if (!same_text(a[i], b[i]))
            return false;
    return true;
}

static bool same_values(const wsn_value *a, size_t n_a, const wsn_value *b, size_t n_b) {
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++, a++, b++)
        if (a->kind != b->kind || a->place != b->place || a->constant != b->constant || a->hex != b->hex ||
            a->has_count != b->has_count || a->number != b->number || a->low != b->low || a->high != b->high ||
            a->count != b->count || a->repeat != b->repeat || a->backing != b->backing ||
            !same_text(a->name, b->name) || a->length != b->length ||
            (a->length && memcmp(a->text, b->text, a->length) != 0) ||
            !same_values(a->items, a->n_items, b->items, b->n_items))
            return false;
    return true;
}

static bool same_outcomes(const wsn_statement *a, const wsn_statement *b) {
    if (a->n_outcomes != b->n_outcomes)
        return false;
    for (size_t i = 0; i < a->n_outcomes; i++) {
        const wsn_outcome *x = &a->outcomes[i], *y = &b->outcomes[i];
        if (x->wanted != y->wanted || !same_values(x->atoms, x->n_atoms, y->atoms, y->n_atoms))
            return false;
    }
    return true;
}

static bool same_statements(const wsn_statement *a, size_t n_a, const wsn_statement *b, size_t n_b) {
    if (n_a != n_b)
        return false;
    for (size_t i = 0; i < n_a; i++, a++, b++)
        if (a->kind != b->kind || a->step != b->step || !same_text(a->thread, b->thread) || a->verb != b->verb ||
            !same_words(a->results, a->n_results, b->results, b->n_results) ||
            !same_values(a->args, a->n_args, b->args, b->n_args) || !same_outcomes(a, b) ||
            !same_text(a->name, b->name) || a->times != b->times ||
            !same_values(a->until, a->until != NULL, b->until, b->until != NULL) ||
            !same_statements(a->body, a->n_body, b->body, b->n_body) || a->stamped != b->stamped ||
            a->at_us != b->at_us || a->took_us != b->took_us)
            return false;
    return true;
}

bool wsn_case_equal(const wsn_case *a, const wsn_case *b) {
    return same_text(a->id, b->id) && same_words(a->clauses, a->n_clauses, b->clauses, b->n_clauses) &&
           same_words(a->requires, a->n_requires, b->requires, b->n_requires) && a->start_fresh == b->start_fresh &&
           a->start_uninitialised == b->start_uninitialised && a->limit_ms == b->limit_ms &&
           same_text(a->because, b->because) &&
           same_statements(a->statements, a->n_statements, b->statements, b->n_statements) && a->ended == b->ended &&
           a->took_us == b->took_us;
}

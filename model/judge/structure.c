/* structure.c - cases and traces as JSON, for programs that have no reader of the notation. */
#include "judge.h"
#include "text.h"

#include <inttypes.h>
#include <stdlib.h>

static const char *const value_kinds[] = {
    [WSN_INT] = "int",       [WSN_NAME] = "name",   [WSN_OR] = "or",        [WSN_REF] = "ref",
    [WSN_LIST] = "list",     [WSN_RUN] = "run",     [WSN_RANGE] = "range",  [WSN_BUFFER] = "buffer",
    [WSN_INVOKE] = "invoke", [WSN_BYTES] = "bytes", [WSN_STRING] = "string"};

static const char *const statement_kinds[] = {
    [WSN_CALL] = "call",   [WSN_START] = "start",   [WSN_RETURN] = "return",   [WSN_ENTER] = "enter",
    [WSN_LEAVE] = "leave", [WSN_THREAD] = "thread", [WSN_ROUTINE] = "routine", [WSN_REPEAT] = "repeat"};

static void key(wsj_text *t, const char *name, const char *text) {
    wsj_text_printf(t, ", \"%s\": ", name);
    wsj_text_json(t, text);
}

static void number(wsj_text *t, const char *name, uint64_t n) {
    wsj_text_printf(t, ", \"%s\": %" PRIu64, name, n);
}

/* As the notation has it. */
static void put_text(wsj_text *t, const wsn_value *v) {
    wsn_outcome alone = {.atoms = (wsn_value *)(uintptr_t)v, .n_atoms = 1};
    wsj_text text = {0};
    wsj_print_atoms(&alone, &text);
    key(t, "text", wsj_text_string(&text));
    wsj_text_end(&text, t);
}

static void put_values(wsj_text *t, const wsn_value *values, size_t n);

static void put_value(wsj_text *t, const wsn_value *v) {
    wsj_text_printf(t, "{\"kind\": \"%s\"", value_kinds[v->kind]);
    if (v->kind != WSN_LIST) /* which may be long, and is told by its items */
        put_text(t, v);
    if (v->name)
        key(t, "name", v->name);
    if (v->place != WSN_PLAIN)
        key(t, "place", wsn_place_name(v->place));
    if (v->constant || v->kind == WSN_BUFFER)
        number(t, "number", v->number);
    if (v->has_count)
        number(t, "count", v->count);
    if (v->kind == WSN_BUFFER) {
        number(t, "repeat", v->repeat);
        number(t, "backing", v->backing);
    }
    if (v->kind == WSN_STRING) {
        wsj_text_add(t, ", \"string\": ");
        wsj_text_json_bytes(t, v->text, v->length);
    }
    if (v->n_items || v->kind == WSN_LIST) {
        wsj_text_add(t, ", \"items\": ");
        put_values(t, v->items, v->n_items);
    }
    wsj_text_add(t, "}");
}

static void put_values(wsj_text *t, const wsn_value *values, size_t n) {
    wsj_text_add(t, "[");
    for (size_t i = 0; i < n; i++) {
        wsj_text_add(t, i ? ", " : "");
        put_value(t, &values[i]);
    }
    wsj_text_add(t, "]");
}

static void put_outcomes(wsj_text *t, const wsn_statement *s) {
    wsj_text outcome = {0};
    wsj_text_add(t, ", \"outcomes\": [");
    for (size_t i = 0; i < s->n_outcomes; i++) {
        wsn_outcome plain = s->outcomes[i];
        plain.wanted = false;
        wsj_text_clear(&outcome);
        wsj_print_atoms(&plain, &outcome);
        wsj_text_add(t, i ? ", " : "");
        wsj_text_json(t, wsj_text_string(&outcome));
    }
    wsj_text_add(t, "]");
    wsj_text_end(&outcome, t);
}

static void put_statements(wsj_text *t, const wsn_statement *statements, size_t n);

static void put_statement(wsj_text *t, const wsn_statement *s) {
    wsj_text_printf(t, "{\"kind\": \"%s\", \"line\": %d", statement_kinds[s->kind], s->line);
    if (s->thread)
        key(t, "thread", s->thread);
    if (s->kind == WSN_CALL || s->kind == WSN_START || s->kind == WSN_RETURN)
        key(t, "verb", wsn_verb_name(s->verb));
    if (s->name)
        key(t, "name", s->name);
    if (s->kind == WSN_CALL || s->kind == WSN_START || s->kind == WSN_ENTER) {
        wsj_text_add(t, ", \"results\": ");
        wsj_text_json_list(t, s->results, s->n_results);
        wsj_text_add(t, ", \"args\": ");
        put_values(t, s->args, s->n_args);
    }
    if (s->kind == WSN_CALL || s->kind == WSN_RETURN)
        put_outcomes(t, s);
    if (s->kind == WSN_REPEAT)
        number(t, "times", s->times);
    if (s->until) {
        wsj_text_add(t, ", \"until\": ");
        put_value(t, s->until);
    }
    if (s->kind == WSN_REPEAT || s->kind == WSN_ROUTINE) {
        wsj_text_add(t, ", \"body\": ");
        put_statements(t, s->body, s->n_body);
    }
    wsj_text_add(t, "}");
}

static void put_statements(wsj_text *t, const wsn_statement *statements, size_t n) {
    wsj_text_add(t, "[");
    for (size_t i = 0; i < n; i++) {
        wsj_text_add(t, i ? ", " : "");
        put_statement(t, &statements[i]);
    }
    wsj_text_add(t, "]");
}

wsj_status wsj_structure(const wsn_file *file, FILE *out) {
    wsj_text t = {0};
    bool ok = true;
    for (size_t i = 0; i < file->n_cases && ok; i++) {
        const wsn_case *c = file->cases[i];
        wsj_text_add(&t, "{\"id\": ");
        wsj_text_json(&t, c->id);
        wsj_text_printf(&t, ", \"line\": %d, \"clauses\": ", c->line);
        wsj_text_json_list(&t, c->clauses, c->n_clauses);
        wsj_text_add(&t, ", \"requires\": ");
        wsj_text_json_list(&t, c->requires, c->n_requires);
        number(&t, "limit_ms", c->limit_ms);
        wsj_text_printf(&t, ", \"uninitialised\": %s", c->start_uninitialised ? "true" : "false");
        key(&t, "because", c->because);
        wsj_text_add(&t, ", \"statements\": ");
        put_statements(&t, c->statements, c->n_statements);
        wsj_text_add(&t, "}\n");
        ok = wsj_text_write(&t, out);
    }
    wsj_text_free(&t);
    return ok ? WSJ_OK : WSJ_OUTPUT;
}

/* list.c - cases and rules as JSON. */
#include "judge.h"
#include "steps.h"
#include "text.h"
#include "wsconform.h"

#include <string.h>

/* --- cases --------------------------------------------------------------------------------------------------- */

typedef struct listing {
    wsj_text line, call, outcome;
    wsj_numbering numbering;
    size_t steps;
    struct {
        const wsn_statement *started;
        int number;
    } calls[16]; /* that have begun and not returned */
    size_t n_calls;
} listing;

/* A return belongs to the step in which its call began. */
static int number_of(listing *l, const wsn_statement *s) {
    if (s->kind != WSN_RETURN) {
        int number = wsj_number(&l->numbering, s);
        if (s->kind == WSN_START && l->n_calls < sizeof l->calls / sizeof *l->calls) {
            l->calls[l->n_calls].started = s;
            l->calls[l->n_calls++].number = number;
        }
        return number;
    }
    for (size_t i = l->n_calls; i-- > 0;)
        if (l->calls[i].started->thread == s->thread && l->calls[i].started->verb == s->verb) {
            int number = l->calls[i].number;
            l->calls[i] = l->calls[--l->n_calls];
            return number;
        }
    return l->numbering.last;
}

static void list_step(listing *l, const wsn_statement *s) {
    wsj_text *t = &l->line;
    wsj_text_add(t, l->steps++ ? ", " : "");
    wsj_text_printf(t, "{\"n\": %d, \"line\": %d, \"call\": ", number_of(l, s), s->line);
    wsj_text_clear(&l->call);
    wsj_print_call(s, &l->call);
    wsj_text_add(&l->call, s->kind == WSN_START ? " ..." : "");
    wsj_text_json(t, wsj_text_string(&l->call));
    wsj_text_add(t, ", \"allowed\": [");
    for (size_t i = 0; i < s->n_outcomes; i++) {
        wsj_text_clear(&l->outcome);
        wsj_print_atoms(&s->outcomes[i], &l->outcome);
        wsj_text_add(t, i ? ", " : "");
        wsj_text_json(t, wsj_text_string(&l->outcome));
    }
    wsj_text_add(t, "]}");
}

static void list_steps(listing *l, const wsn_statement *statements, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const wsn_statement *s = &statements[i];
        if (s->kind == WSN_CALL || s->kind == WSN_START || s->kind == WSN_RETURN)
            list_step(l, s);
        else if (s->kind == WSN_ROUTINE || s->kind == WSN_REPEAT)
            list_steps(l, s->body, s->n_body);
    }
}

wsj_status wsj_list(const wsn_file *file, FILE *out) {
    listing l = {0};
    bool ok = true;
    for (size_t i = 0; i < file->n_cases && ok; i++) {
        const wsn_case *c = file->cases[i];
        l.numbering = (wsj_numbering){0};
        l.steps = l.n_calls = 0;
        wsj_text_add(&l.line, "{\"id\": ");
        wsj_text_json(&l.line, c->id);
        wsj_text_add(&l.line, ", \"file\": ");
        wsj_text_json(&l.line, c->file);
        wsj_text_printf(&l.line, ", \"line\": %d, \"clauses\": ", c->line);
        wsj_text_json_list(&l.line, c->clauses, c->n_clauses);
        wsj_text_add(&l.line, ", \"requires\": ");
        wsj_text_json_list(&l.line, c->requires, c->n_requires);
        wsj_text_printf(&l.line, ", \"limit_ms\": %u, \"steps\": [", (unsigned)c->limit_ms);
        list_steps(&l, c->statements, c->n_statements);
        wsj_text_add(&l.line, "]}\n");
        ok = !l.call.failed && !l.outcome.failed && wsj_text_write(&l.line, out);
    }
    wsj_text_free(&l.line);
    wsj_text_free(&l.call);
    wsj_text_free(&l.outcome);
    return ok ? WSJ_OK : WSJ_OUTPUT;
}

/* --- rules --------------------------------------------------------------------------------------------------- */

/* The words of a string, one space between them, as a JSON list. */
static void json_words(wsj_text *t, const char *words) {
    bool first = true;
    wsj_text_add(t, "[");
    for (size_t length; *words; words += length + (words[length] == ' '), first = false) {
        length = strcspn(words, " ");
        wsj_text_add(t, first ? "" : ", ");
        wsj_text_json_bytes(t, words, length);
    }
    wsj_text_add(t, "]");
}

wsj_status wsj_rules(FILE *out) {
    static const char *const kinds[] = {
        [WSC_RULE_ERROR] = "error", [WSC_RULE_OUTCOME] = "outcome", [WSC_RULE_CHECK] = "check"};
    wsj_text t = {0};
    wsj_text_add(&t, "[");
    for (int i = 0; i < wsc_rule_count(); i++) {
        const wsc_rule_info *rule = wsc_rule(i);
        const char *code = rule->code ? wsn_error_name(rule->code) : NULL;
        wsj_text_add(&t, i ? ",\n {\"rule\": " : "{\"rule\": ");
        wsj_text_json(&t, rule->name);
        wsj_text_add(&t, ", \"kind\": ");
        wsj_text_json(&t, kinds[rule->kind]);
        wsj_text_add(&t, ", \"code\": ");
        wsj_text_json(&t, code);
        wsj_text_add(&t, ", \"clauses\": ");
        json_words(&t, rule->clauses);
        wsj_text_add(&t, ", \"text\": ");
        wsj_text_json(&t, rule->text);
        wsj_text_add(&t, "}");
    }
    wsj_text_add(&t, "]\n");
    bool ok = wsj_text_write(&t, out) && fflush(out) == 0;
    wsj_text_free(&t);
    return ok ? WSJ_OK : WSJ_OUTPUT;
}

/* report.c - see report.h. */
#include "report.h"

#include <inttypes.h>
#include <string.h>

enum {
    FLUSH_BYTES = 1 << 16, /* of text kept before it is written, in the middle of a case */
    SUMMARY_STEPS = 10     /* printed of one case in a summary: a case can deviate a million times */
};

static const char *const verdict_names[WSJ_VERDICT_COUNT] = {
    [WSJ_CONFORMS] = "conforms",
    [WSJ_DEVIATES] = "deviates",
    [WSJ_CRASH] = "crash",
    [WSJ_HANG] = "hang",
    [WSJ_UNDEFINED] = "undefined",
    [WSJ_UNSUPPORTED] = "unsupported",
    [WSJ_INCONCLUSIVE] = "inconclusive",
};

const char *wsj_verdict_name(wsj_verdict verdict) {
    return verdict_names[verdict];
}

static void add_word(wsj_set *set, const char *text, size_t length) {
    for (size_t i = 0; i < set->count; i++)
        if (set->items[i].length == length && memcmp(set->items[i].text, text, length) == 0)
            return;
    if (set->count < sizeof set->items / sizeof *set->items)
        set->items[set->count++] = (struct wsj_word){text, length};
}

void wsj_set_add(wsj_set *set, const char *words, const char *prefix) {
    for (size_t length; *words; words += length + (words[length] == ' ')) {
        length = strcspn(words, " ");
        if (length && strncmp(words, prefix, strlen(prefix)) == 0)
            add_word(set, words, length);
    }
}

void wsj_set_join(wsj_set *set, const wsj_set *other) {
    for (size_t i = 0; i < other->count; i++)
        add_word(set, other->items[i].text, other->items[i].length);
}

void wsj_texts_clear(wsj_texts *texts) {
    wsj_text_clear(&texts->text);
    texts->count = 0;
}

void wsj_texts_add(wsj_texts *texts, const char *string) {
    wsj_text_bytes(&texts->text, string, strlen(string) + 1);
    texts->count++;
}

const char *wsj_texts_next(const wsj_texts *texts, const char *string) {
    const char *next = string ? string + strlen(string) + 1 : texts->text.data;
    return texts->text.size && next < texts->text.data + texts->text.size ? next : NULL;
}

static void flush(wsj_report *report) {
    report->lost |= !wsj_text_write(&report->text, report->out);
}

static void json_texts(wsj_text *text, const wsj_texts *texts) {
    wsj_text_add(text, "[");
    for (const char *s = wsj_texts_next(texts, NULL); s; s = wsj_texts_next(texts, s)) {
        if (s != texts->text.data)
            wsj_text_add(text, ", ");
        wsj_text_json(text, s);
    }
    wsj_text_add(text, "]");
}

static void json_set(wsj_text *text, const wsj_set *set) {
    wsj_text_add(text, "[");
    for (size_t i = 0; i < set->count; i++) {
        if (i)
            wsj_text_add(text, ", ");
        wsj_text_json_bytes(text, set->items[i].text, set->items[i].length);
    }
    wsj_text_add(text, "]");
}

static void json_key(wsj_text *text, const char *key, const char *value) {
    wsj_text_add(text, ", \"");
    wsj_text_add(text, key);
    wsj_text_add(text, "\": ");
    wsj_text_json(text, value);
}

/* --- head --------------------------------------------------------------------------------------------------- */

void wsj_report_head(wsj_report *report, const wsn_trace_head *head) {
    wsj_text *t = &report->text;
    if (!report->options.json)
        return;
    wsj_text_add(t, "{\"head\": {\"name\": ");
    wsj_text_json(t, head->target);
    json_key(t, "kind", head->kind);
    json_key(t, "version", head->version);
    json_key(t, "arch", head->arch);
    wsj_text_add(t, ", \"provider\": ");
    if (head->provider)
        wsj_text_json(t, head->provider);
    else
        wsj_text_add(t, "null");
    wsj_text_add(t, "}}\n");
    flush(report);
}

/* --- steps -------------------------------------------------------------------------------------------------- */

void wsj_report_begin(wsj_report *report, const wsn_case *c) {
    wsj_text *t = &report->text;
    report->steps = 0;
    if (!report->options.json)
        return;
    wsj_text_add(t, "{\"id\": ");
    wsj_text_json(t, c->id);
    wsj_text_printf(t, ", \"line\": %d, \"clauses\": ", c->line);
    wsj_text_json_list(t, c->clauses, c->n_clauses);
    wsj_text_add(t, ", \"steps\": [");
}

static void json_step(wsj_text *t, const wsj_step *step) {
    wsj_text_add(t, "{\"n\": ");
    wsj_text_number(t, (uint64_t)step->number);
    wsj_text_add(t, ", \"line\": ");
    wsj_text_number(t, (uint64_t)step->line);
    json_key(t, "call", step->call);
    json_key(t, "observed", step->observed);
    wsj_text_add(t, ", \"allowed\": ");
    json_texts(t, step->allowed);
    wsj_text_add(t, ", \"rules\": ");
    json_set(t, step->rules);
    wsj_text_add(t, ", \"clauses\": ");
    json_set(t, step->clauses);
    wsj_text_add(t, step->ok ? ", \"ok\": true" : ", \"ok\": false");
    json_key(t, "note", step->note);
    if (step->held->count) {
        wsj_text_add(t, ", \"held\": ");
        json_set(t, step->held);
    }
    if (step->practice->count) {
        wsj_text_add(t, ", \"practice\": ");
        json_set(t, step->practice);
    }
    wsj_text_add(t, "}");
}

/* Text from a trace, which may hold anything, made safe for a terminal: one line, no control characters. */
static void plain(wsj_text *t, const char *string) {
    for (const char *p = string; *p; p++)
        wsj_text_bytes(t, (unsigned char)*p < 0x20 || *p == 0x7F ? "?" : p, 1);
}

static void summary_line(wsj_text *t, const char *label, const char *value) {
    wsj_text_printf(t, "      %-9s ", label);
    plain(t, value);
    wsj_text_add(t, "\n");
}

static void summary_step(wsj_report *report, const wsj_step *step) {
    wsj_text *t = &report->text;
    wsj_text_printf(t, "    %s:%d: ", report->file, step->line);
    plain(t, step->call);
    wsj_text_add(t, "\n");
    summary_line(t, "observed", step->observed);
    for (const char *s = wsj_texts_next(step->allowed, NULL); s; s = wsj_texts_next(step->allowed, s))
        summary_line(t, s == step->allowed->text.data ? "allowed" : "or", s);
    if (*step->note)
        summary_line(t, "because", step->note);
    if (!step->clauses->count)
        return;
    wsj_text_add(t, "      clauses  ");
    for (size_t i = 0; i < step->clauses->count; i++)
        wsj_text_add(t, " "), wsj_text_bytes(t, step->clauses->items[i].text, step->clauses->items[i].length);
    wsj_text_add(t, "\n");
}

void wsj_report_step(wsj_report *report, const wsj_step *step) {
    if (report->options.json) {
        wsj_text_add(&report->text, report->steps ? ", " : "");
        json_step(&report->text, step);
        if (report->text.size > FLUSH_BYTES)
            flush(report);
        report->steps++;
    } else if (++report->steps <= SUMMARY_STEPS) {
        summary_step(report, step);
    }
}

/* --- end of a case ------------------------------------------------------------------------------------------ */

static void json_end(wsj_text *t, const wsj_case_result *result) {
    wsj_text_add(t, "]");
    json_key(t, "verdict", wsj_verdict_name(result->verdict));
    json_key(t, "reason", result->reason);
    json_key(t, "signature", result->signature);
    wsj_text_add(t, ", \"deviating\": ");
    json_set(t, result->deviating);
    wsj_text_add(t, ", \"conditions\": ");
    json_set(t, result->conditions);
    wsj_text_add(t, ", \"injected\": ");
    json_set(t, result->injected);
    wsj_text_printf(t, ", \"seconds\": %.6f}\n", result->seconds);
}

static const char *colour_of(wsj_verdict verdict) {
    switch (verdict) {
    case WSJ_CONFORMS: return "\033[32m";
    case WSJ_DEVIATES:
    case WSJ_CRASH:
    case WSJ_HANG: return "\033[31m";
    default: return "\033[33m";
    }
}

static void coloured(wsj_report *report, wsj_text *t, wsj_verdict verdict, const char *text) {
    wsj_text_printf(t, "%s%s%s", report->options.colour ? colour_of(verdict) : "", text,
                    report->options.colour ? "\033[0m" : "");
}

static void summary_end(wsj_report *report, const wsj_case_result *result) {
    wsj_text heading = {0};
    coloured(report, &heading, result->verdict, wsj_verdict_name(result->verdict));
    wsj_text_add(&heading, "  ");
    plain(&heading, result->id);
    wsj_text_add(&heading, "\n");
    if (*result->reason) {
        wsj_text_add(&heading, "    ");
        plain(&heading, result->reason);
        wsj_text_add(&heading, "\n");
    }
    /* The steps were collected before the verdict was known; the heading goes first. */
    report->lost |= !wsj_text_write(&heading, report->out);
    wsj_text_end(&heading, &report->text);
    if (report->steps > SUMMARY_STEPS)
        wsj_text_printf(&report->text, "    ... and %zu more steps that deviate\n", report->steps - SUMMARY_STEPS);
}

void wsj_report_end(wsj_report *report, const wsj_case_result *result) {
    if (report->options.json)
        json_end(&report->text, result);
    else if (result->verdict != WSJ_CONFORMS)
        summary_end(report, result);
    else
        return;
    flush(report);
    report->lost |= fflush(report->out) != 0;
}

/* --- counts -------------------------------------------------------------------------------------------------- */

void wsj_report_counts(wsj_report *report, const wsj_counts *counts) {
    static const wsj_verdict order[] = {WSJ_CONFORMS,  WSJ_DEVIATES,    WSJ_CRASH,       WSJ_HANG,
                                        WSJ_UNDEFINED, WSJ_UNSUPPORTED, WSJ_INCONCLUSIVE};
    wsj_text *t = &report->text;
    bool json = report->options.json;
    wsj_text_add(t, json ? "{\"summary\": {\"cases\": " : "");
    wsj_text_number(t, counts->cases);
    wsj_text_add(t, json ? ", \"calls\": " : counts->cases == 1 ? " case, " : " cases, ");
    wsj_text_number(t, counts->calls);
    wsj_text_add(t, json ? "" : counts->calls == 1 ? " call:" : " calls:");
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        uint64_t count = counts->verdicts[order[i]];
        if (json) {
            wsj_text_printf(t, ", \"%s\": ", wsj_verdict_name(order[i]));
            wsj_text_number(t, count);
        } else if (count || order[i] == WSJ_CONFORMS) {
            wsj_text_add(t, i ? ", " : " ");
            wsj_text_number(t, count);
            wsj_text_add(t, " ");
            coloured(report, t, order[i], wsj_verdict_name(order[i]));
        }
    }
    wsj_text_add(t, json ? "}}\n" : "\n");
    flush(report);
    report->lost |= fflush(report->out) != 0;
}

/*
 * report.h - prints verdicts: JSON Lines (OUTPUT.md) or a summary for people.
 *
 * A case's steps are printed as they are judged, so that a case may have any number of them; that is why in a JSON
 * line "steps" stands before the verdict.
 */
#ifndef WSJ_REPORT_H
#define WSJ_REPORT_H

#include "judge.h"
#include "text.h"

/* Some different words, each once. They are not owned: they point into the model's rules, which live for ever. */
typedef struct wsj_set {
    struct wsj_word {
        const char *text; /* not NUL-terminated */
        size_t length;
    } items[128]; /* more than there are clauses or rules */
    size_t count;
} wsj_set;

/* Adds each of the words, one space between them, that begins with prefix. */
void wsj_set_add(wsj_set *set, const char *words, const char *prefix);
/* Adds the words of another set. */
void wsj_set_join(wsj_set *set, const wsj_set *other);

/* Texts one behind the other, each with its NUL. */
typedef struct wsj_texts {
    wsj_text text;
    size_t count;
} wsj_texts;

void wsj_texts_clear(wsj_texts *texts);
void wsj_texts_add(wsj_texts *texts, const char *string);
/* The string behind `string`; the first one for NULL; NULL behind the last. */
const char *wsj_texts_next(const wsj_texts *texts, const char *string);

typedef struct wsj_step {
    int number; /* of the step in the case, from 1; a call that a loop repeats keeps its number */
    int line;
    const char *call, *observed;
    const wsj_texts *allowed;
    const wsj_set *rules, *clauses;
    const wsj_set *practice; /* facts that speak against what was observed */
    const wsj_set *held;     /* err.* clauses whose condition was there when the call was made or answered */
    bool ok;
    const char *note; /* or "" */
} wsj_step;

typedef struct wsj_case_result {
    const char *id;
    int line;
    wsj_verdict verdict;
    const char *reason, *signature;
    const wsj_set *deviating, *conditions, *injected;
    double seconds;
} wsj_case_result;

typedef struct wsj_report {
    FILE *out;
    const char *file; /* of the trace */
    wsj_check_options options;
    wsj_text text; /* not yet written */
    size_t steps;  /* printed of the present case */
    bool lost;     /* something could not be written */
} wsj_report;

void wsj_report_head(wsj_report *report, const wsn_trace_head *head);
void wsj_report_begin(wsj_report *report, const wsn_case *c);
/* For a summary only of steps that are not ok. */
void wsj_report_step(wsj_report *report, const wsj_step *step);
void wsj_report_end(wsj_report *report, const wsj_case_result *result);
void wsj_report_counts(wsj_report *report, const wsj_counts *counts);

#endif

/*
 * judge.h - library wsjudge: traces and cases on one side (notation.h), the oracle on the other (wsconform.h).
 *
 * What is printed and in which form: OUTPUT.md. Every function returns a wsj_status; for WSJ_INPUT *error says
 * where. Nothing here is printed to standard error: that is main.c's.
 */
#ifndef WSJ_JUDGE_H
#define WSJ_JUDGE_H

#include "notation.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef enum wsj_status {
    WSJ_OK = 0, /* done; nothing unexpected */
    WSJ_FOUND,  /* done; a case deviates, crashed or hung; or a hand-written set differs */
    WSJ_INPUT,  /* the text is damaged: see *error. What was judged before it has been printed */
    WSJ_OUTPUT, /* the output could not be written */
    WSJ_MEMORY
} wsj_status;

/* The words of a verdict, worst last: the worst finding of a case is its verdict, except that a crash or hang is
 * only one while nothing has deviated before. */
typedef enum wsj_verdict {
    WSJ_CONFORMS,
    WSJ_UNDEFINED,
    WSJ_INCONCLUSIVE,
    WSJ_UNSUPPORTED,
    WSJ_HANG,
    WSJ_CRASH,
    WSJ_DEVIATES,
    WSJ_VERDICT_COUNT
} wsj_verdict;

const char *wsj_verdict_name(wsj_verdict verdict);

/* What a check has seen so far. */
typedef struct wsj_counts {
    uint64_t cases;                       /* judged */
    uint64_t calls;                       /* statements with a call, judged */
    uint64_t verdicts[WSJ_VERDICT_COUNT]; /* cases by verdict */
} wsj_counts;

/* A rule of the model that is made wrong, for self-tests: wsc_model_twist. All zero: none. */
typedef struct wsj_twist {
    int rule, how; /* how: a wsc_twist */
} wsj_twist;

/* Reads "RULE=HOW": a rule's name, and drop, doubt, sure, wide, code or amount. False if there is no such rule or way.
 */
bool wsj_twist_read(const char *text, wsj_twist *twist);

typedef struct wsj_check_options {
    bool json;           /* OUTPUT.md's JSON Lines; else a summary for people */
    bool colour;         /* the summary may use terminal colours */
    const char *profile; /* "documented" or another profile of the model's */
    wsj_twist twist;
} wsj_check_options;

/* True if the model has a profile of that name. */
bool wsj_profile_known(const char *name);

/*
 * Judges the trace in `in`, one case at a time, and prints the verdicts to out as they come. file_name (not owned)
 * is for messages. counts is added to, so that several traces can be counted together. Memory does not grow with
 * the length of the trace.
 */
wsj_status wsj_check(FILE *in, const char *file_name, const wsj_check_options *options, FILE *out, wsj_counts *counts,
                     wsn_error *error);
/* The last line(s): counts. */
wsj_status wsj_check_summary(const wsj_check_options *options, FILE *out, const wsj_counts *counts);

/* The cases of a file as JSON Lines: what there is to choose from; and all that they say, statement by statement. */
wsj_status wsj_list(const wsn_file *file, FILE *out);
wsj_status wsj_structure(const wsn_file *file, FILE *out);

typedef struct wsj_expect_options {
    bool strict; /* also report judged calls that state no set ("unstated") */
    wsj_twist twist;
    uint32_t max_histories; /* give up on a case (an error, not silence) when more differ at one step; 0: 4096 */
} wsj_expect_options;

typedef struct wsj_expect_counts {
    uint64_t cases, steps, differences, unstated; /* compared cases and steps; differing steps; unstated steps */
} wsj_expect_counts;

/* Compares every hand-written set of the file with the model's and prints differences; counts is added to. */
wsj_status wsj_expect(const wsn_file *file, const wsj_expect_options *options, FILE *out, wsj_expect_counts *counts,
                      wsn_error *error);

/* The model's rules as one JSON array. */
wsj_status wsj_rules(FILE *out);

/*
 * Runs a case on the model as an in-memory Winsock that always picks its preferred outcome (or the wanted one, if
 * it is allowed) and writes what happened as the case of a trace. With a seed other than 0 it picks any outcome that is
 * allowed, the same ones for the same seed and case, and goes on whatever the case foresees.
 */
wsj_status wsj_play(const wsn_case *c, uint64_t seed, FILE *out, wsn_error *error);

/* A trace of at least `calls` calls for measurements; false if it could not be written. */
bool wsj_bench_trace(FILE *out, uint64_t calls);

#endif

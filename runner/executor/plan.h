/*
 * plan.h - what is to be run: the case files, read once, and the cases chosen from them.
 */
#ifndef WSX_PLAN_H
#define WSX_PLAN_H

#include "notation.h"
#include "processes.h"
#include "shared.h"

#include <stdbool.h>

typedef struct wsx_options {
    unsigned jobs;                      /* workers that run cases at the same time */
    uint32_t limit_ms;                  /* of cases that give none */
    const char *provider, *root, *only; /* paths as the user gave them, or NULL */
    const char *name;                   /* of the target in the trace, or NULL */
    const char *launch;                 /* the command that starts each worker, where {} stands in it; or NULL */
    const char *faults;                 /* who makes faults: "-" the driver, else a command; NULL nobody */
    const char *words;                  /* requirements that are met, separated by blanks; "" if none */
    char **files;
    size_t n_files;
} wsx_options;

/* A case to be run. */
typedef struct wsx_job {
    int32_t file, index;
    const wsn_case *c; /* in the supervisor's memory */
    int attempts;      /* given to a worker, so far */
    int stillborn;     /* of these, how often the worker ended before it began */
} wsx_job;

typedef struct wsx_jobs {
    wsx_job *jobs; /* owned, like the rest; all of it lives until the process ends */
    size_t n;
    wsx_section section; /* the plan */
    char provider[4096]; /* full path, or "" */
} wsx_jobs;

/* Reads and parses all files and makes the plan. True, or false after telling on standard error what is wrong
 * ("file:line:column: message"). */
bool wsx_make_plan(const wsx_options *options, wsx_jobs *out);

#endif

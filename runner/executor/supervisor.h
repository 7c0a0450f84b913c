/*
 * supervisor.h - the process that the user started: keeps workers alive and gathers their traces.
 */
#ifndef WSX_SUPERVISOR_H
#define WSX_SUPERVISOR_H

#include "plan.h"

/* Runs all jobs and writes the trace to standard output, each case whole. Returns the exit status: 0, or 3 if the
 * target cannot be run or the output cannot be written, after telling why on standard error. */
int wsx_supervise(const wsx_options *options, wsx_jobs *jobs);

/* Only the head of the trace. */
void wsx_print_head(const wsx_options *options);

#endif

/*
 * trace.h - the text of a case's trace, written straight into the section shared with the supervisor.
 *
 * Writing makes no system call until the section is full. All functions may be called from any thread of the worker;
 * each piece is written under one lock. A call's text is written before the call is made and its outcome after; if
 * another thread or a completion routine writes in between, the call is split: "F(x) ... @1", and later "... F = 0 @2".
 */
#ifndef WSX_TRACE_H
#define WSX_TRACE_H

#include "notation.h"
#include "shared.h"

#include <stdbool.h>

/* A call that this thread has begun. One for each nesting level: a routine's calls have their own. */
typedef struct wsx_call {
    struct wsx_call *outer;
    const char *thread; /* name, NULL for the main thread */
    wsn_verb verb;
    bool split;                 /* its text has been ended with " ...": the outcome needs a line of its own */
    LONGLONG started, returned; /* performance counter */
} wsx_call;

/* What the hot path needs of time. */
LONGLONG wsx_now(void);

/* Begins the trace of a case: names the section and the time that stamps count from. wait_for_room is called, with the
 * lock held, when the section is full; it returns when the supervisor has emptied it. */
void wsx_trace_begin(wsx_shared *out, void (*wait_for_room)(void));

void wsx_trace_text(const char *text, size_t size); /* whole lines only: no call may be open */
/* text is the statement without outcome and stamp; names_thread: its thread stands in it. split: "..." was written in
 * the case. */
void wsx_trace_call(wsx_call *call, const char *text, size_t size, bool names_thread, bool split);
void wsx_trace_return(wsx_call *call, const wsn_value *atoms, size_t n_atoms);
/* enter r(...) or leave r, on the given thread. */
void wsx_trace_routine(const char *thread, const char *word, const wsn_value *what);
/* "end", with the stamp; from here on the case is complete. */
void wsx_trace_end(void);
/* From an exception filter: the outcome of the innermost call of this thread (or of the open one, if call is NULL) and
 * the end. */
void wsx_trace_crash(wsx_call *call, uint32_t code);

#endif

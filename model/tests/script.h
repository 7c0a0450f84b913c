/*
 * script.h - tests of the model as scripts: one line a call, with the set that must be allowed, what is seen, and what
 * must be found.
 *
 *   tcp a b                                  set-up; nothing more to say
 *   send a 10 -> 0 10 | 997 -                the allowed set must be exactly this, in this order; the model does not
 * change send a 10 = 0 10                         this is seen, and nothing may be found send a 10 = 10057 ! outcome
 * sent.blocking     this is seen, and exactly this must be found shutdown a send & connreset.stream       behind &: the
 * conditions that it must bring about, no others begin send a 10 / end send a 10 = 0 10   a call as an interval t1:
 * sleep = 0                            on thread 1
 *
 * "= 0 10 ~ w.restarted": this fact and no other speaks against what is seen ("~" alone: none). "-> 0 10 | 10038 ~
 * w.restarted -": the fact against each outcome. "profile windows" changes the profile. "twist RULE sure" makes that
 * rule wrong.
 *
 * Sockets a-z, events e0.., operations o0.., routines r0.., ports p0... Data ids count the send lines that are seen.
 *
 * receive a 10 o=o0 r=r0 is WSARecv, sendto a 10 to=b WSASendTo; apc r0 t1, hook r0, cancelblocking; closecopy a is
 * closesocket of one descriptor of several.
 *
 * Outcomes: "0 10" is 0 and *sent 10, "0 1..9", "0" without an amount, "997 -" untouched, "10057" an error; "T 10", "F
 * 995" of result; "event", "event 1", "timeout", "apc", "nothing" of waits; "T o0 10", "F 258", "F any o0 0..10" of
 * take. Runs: 1[0..10]; x3 is three foreign bytes; then eof, timeout or an error code.
 */
#ifndef WSC_TEST_SCRIPT_H
#define WSC_TEST_SCRIPT_H

#include "wsconform.h"

/* Runs the lines (a NULL ends them) on a started model; a failed assertion names the line. Freed at the end. */
void script_run(const char *name, const char *const *lines);
/* The same on a model of these limits, that is not started. */
void script_run_with(const char *name, const wsc_limits *limits, const char *const *lines);

#define SCRIPT(name, ...)                                                                                              \
    do {                                                                                                               \
        static const char *const lines_[] = {__VA_ARGS__, NULL};                                                       \
        script_run(name, lines_);                                                                                      \
    } while (0)

/* Reads one call line (without operators) for tests in C; false if it is none. */
bool script_call(const char *line, uint32_t data, wsc_call *call);

#endif

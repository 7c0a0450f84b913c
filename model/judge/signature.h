/*
 * signature.h - what was seen, in words that do not depend on the machine or the moment.
 *
 * A signature holds only what is judged. Left out: marks of the case (unforeseen, unwanted), the state of the event
 * where the event is not what deviates, routines that ran in a call that is no wait, *lpNumberOfBytesSent after an
 * error other than WSA_IO_PENDING. An amount that depends on how much the transport had room for becomes `part` (less
 * than the whole send) or `more`; of many runs only the first stand there; foreign bytes are just `foreign`; a routine
 * that ran with an lpOverlapped that is none of the case's is `r(…)`, for its amounts are what happened to lie on a
 * stack.
 */
#ifndef WSJ_SIGNATURE_H
#define WSJ_SIGNATURE_H

#include "names.h"
#include "text.h"
#include "wsconform.h"

enum { WSJ_KNOWN_SENDS = 256 /* whose length is remembered; a power of two */ };

/* How long the sends of a case were. Zero-initialise; free with wsj_lengths_free. */
typedef struct wsj_lengths {
    struct {
        uint32_t data; /* id; 0: none */
        uint64_t total;
    } sends[WSJ_KNOWN_SENDS]; /* by data id, the newest */
    uint64_t *operations;     /* owned; by number: the last send that each OVERLAPPED was given to */
    size_t room;
} wsj_lengths;

void wsj_lengths_free(wsj_lengths *lengths);
/* For the next case. */
void wsj_lengths_clear(wsj_lengths *lengths);
/* False without memory. */
bool wsj_lengths_note(wsj_lengths *lengths, const wsc_send_call *send);

/* True for the marks that an executor adds for the case's sake. */
bool wsj_is_mark(const wsn_value *atom);

/* Adds what a CALL or RETURN saw, without what ran between its START and its RETURN. call: what was called, NULL if the
 * model does not know it. event_matters: the event is what deviates. */
void wsj_sign_outcome(const wsj_lengths *lengths, const wsj_names *names, const wsn_outcome *outcome,
                      const wsc_call *call, bool event_matters, wsj_text *text);
/* Adds one run of a routine: of an ENTER, or an atom. */
void wsj_sign_run(const wsj_lengths *lengths, const wsj_names *names, const char *routine, const wsn_value *args,
                  size_t n_args, wsj_text *text);

#endif

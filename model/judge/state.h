/*
 * state.h - a hand-written case under way on a model: the model, the names, the calls that have begun.
 *
 * For those who walk a case themselves (expect.c, play.c); a trace that is read needs none of this.
 */
#ifndef WSJ_STATE_H
#define WSJ_STATE_H

#include "translate.h"

enum { WSJ_MAX_CALLS = 16 /* begun and not returned, at once */ };

/* A call that has begun. */
typedef struct wsj_begun {
    const wsn_statement *s;
    wsc_call call;
    bool to_model;
    int events[64]; /* what a wait waits for: as many as one wait can */
} wsj_begun;

typedef struct wsj_state {
    wsc_model *model; /* owned */
    wsj_world world;
    wsj_begun begun[WSJ_MAX_CALLS];
    size_t n_begun;
} wsj_state;

/* The state in which the case begins; NULL without memory. Owned by the caller: wsj_state_free. */
wsj_state *wsj_state_new(const wsn_case *c);
wsj_state *wsj_state_clone(const wsj_state *state);
void wsj_state_free(wsj_state *state);
/* True if the same is allowed in both for ever: equal models, and calls of the same statements under way. */
bool wsj_state_equal(const wsj_state *a, const wsj_state *b);

/* Translates a call and makes room for what it makes. thread: of a statement in a routine's body, else -1. */
wsj_translated wsj_state_call(wsj_state *state, const wsn_statement *s, int thread, wsc_call *call, wsn_error *error);
/* Notes that the call has begun, and tells the model. */
wsj_translated wsj_state_start(wsj_state *state, const wsn_statement *s, const wsc_call *call, bool to_model,
                               wsn_error *error);
/* The call that a RETURN ends, taken off the list; false: *error says that there is none. */
bool wsj_state_return(wsj_state *state, const wsn_statement *s, wsj_begun *begun, wsn_error *error);

/* The statement that declares a routine of the case with calls of its own; NULL if it has none. */
const wsn_statement *wsj_routine_body(const wsn_case *c, const wsj_state *state, int routine);
/* Whether completion routines may run inside this call, so that it has to be walked through. */
bool wsj_is_alertable(const wsc_call *call);
/* The observation that is exactly this outcome; a range becomes its low or its high end. */
wsc_observed wsj_observed_of(const wsc_outcome *outcome, bool high);
/* Whether the call, which has begun, may end with this outcome now: WSJ_OK, WSJ_FOUND (it may not) or WSJ_MEMORY;
 * *verdict is what the model says of it. */
wsj_status wsj_may_end(const wsj_state *state, const wsc_call *call, const wsc_outcome *outcome, wsc_verdict *verdict);
/* The outcomes with which a wait that has begun may be asked to end: the allowed set, and what may have become
 * possible since (to be tried by wsj_may_end). ran: routines ran in it. */
void wsj_wait_ends(const wsj_state *state, const wsc_call *call, bool ran, wsc_set *set);
/* The same of any call, with no routines in it. False without memory. */
bool wsj_ends(const wsj_state *state, const wsc_call *call, wsc_set *set);
/* The calls that begin and end a routine's run on this thread. */
wsc_call wsj_enter_call(int thread, const wsc_may_run *run, bool high);
wsc_call wsj_leave_call(int thread, const wsc_may_run *run);
/* A conforming target's answer to a recv, as runs in the world's room; false without memory. */
bool wsj_expected_data(wsj_state *state, const wsc_call *call, wsc_observed *observed);

#endif

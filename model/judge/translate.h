/*
 * translate.h - between the notation and the model: statements become calls, atoms become observations, and the
 * model's outcomes become canonical atoms again.
 *
 * Nothing here decides what is right. What the notation can say and the model need not know (ports' keys, addresses,
 * most socket options) is left out here.
 */
#ifndef WSJ_TRANSLATE_H
#define WSJ_TRANSLATE_H

#include "judge.h"
#include "names.h"
#include "seen.h"
#include "text.h"
#include "wsconform.h"

/* One case's objects, and room for what a call points to. Zero-initialise; free with wsj_world_free. */
typedef struct wsj_world {
    wsj_names names;
    wsc_limits limits;    /* what the model has room for; 0 where it is the default */
    const char **threads; /* owned array; element i is thread i + 1, 0 is the main thread */
    size_t n_threads, room_threads;
    uint32_t sends;    /* WSASend calls so far: the last data id */
    uint32_t limit_ms; /* of the case */
    const char *file;  /* for errors; not owned */
    int *events;       /* owned room for one wait */
    wsc_run *runs;     /* owned room for one recv */
    wsc_ran *ran;      /* owned room for one wait */
    size_t room_events, room_runs, room_ran;
} wsj_world;

void wsj_world_free(wsj_world *world);
/* For the next case. */
void wsj_world_begin(wsj_world *world, const wsn_case *c);

/* A second world with the same names; false without memory (then free it). to: zero-initialised. */
bool wsj_world_copy(wsj_world *to, const wsj_world *from);
/* Room for that many runs in world->runs. */
bool wsj_world_room_for_runs(wsj_world *world, size_t n);

typedef enum wsj_translated {
    WSJ_TO_MODEL, /* *call is filled in */
    WSJ_NO_CALL,  /* nothing that the model knows of */
    WSJ_BAD_CALL, /* *error says why */
    WSJ_NO_MEMORY
} wsj_translated;

/*
 * Turns a CALL, START, ENTER, LEAVE statement into a model call, and gives the names left of "=" their objects. The
 * call points into the world: it is good until the next one. A WSASend takes the next data id.
 */
wsj_translated wsj_translate_call(wsj_world *world, const wsn_statement *s, wsc_call *call, wsn_error *error);

/* Turns atoms into an observation of `call`; what a set-up said of its sockets goes into the call itself. */
wsj_translated wsj_translate_seen(wsj_world *world, const wsn_statement *s, const wsj_seen *seen, wsc_call *call,
                                  wsc_observed *observed, wsn_error *error);

/* One run of a routine: r(0, 10, &o, 0). False: *error says why. */
bool wsj_translate_ran(wsj_world *world, const wsn_statement *s, const char *routine, const wsn_value *args,
                       size_t n_args, wsc_ran *ran, wsn_error *error);

/* The number of a statement's thread; -1 without memory. */
int wsj_thread(wsj_world *world, const char *name);

/* Makes room in the model for every object that the world knows, and for what the call will send; false without memory.
 */
bool wsj_make_room(wsj_world *world, wsc_model *model, const wsc_call *call);
/* The model takes every call for whose objects there is room: that it does not can only be a mistake here. Aborts. */
void wsj_sure(wsc_status status);

/* Fills in *error; returns WSJ_BAD_CALL. */
wsj_translated wsj_bad(const wsj_world *world, const wsn_statement *s, wsn_error *error, const char *message,
                       const char *word);

/* --- canonical text: appended ------------------------------------------------------------------------------ */

void wsj_print_outcome(const wsj_world *world, const wsc_call *call, const wsc_outcome *outcome, wsj_text *text);
/* "r(0, 10, &o, 0)"; low..high where they differ */
void wsj_print_ran(const wsj_world *world, const wsc_may_run *run, wsj_text *text);
/* "1[0..10] 2[0..5] eof" */
void wsj_print_data(const wsc_run *runs, size_t n_runs, wsc_ending end, uint32_t error, wsj_text *text);
/* "WSAEFAULT", "no_error", "12345" */
void wsj_print_code(uint32_t code, wsj_text *text);

#endif

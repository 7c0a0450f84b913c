/* Completion routines: a fixed pool of functions, so that each name of a case has an address of its own. */
#include "interpret.h"

#include <stdlib.h>
#include <string.h>

enum { POOL = 64 };

static struct {
    wsx_case_run *run;
    wsx_object *object;
} pool[POOL];
/* Slots are used in turn, so that a late call of an earlier case's routine is not taken for one of this case. */
static int last;

static void called(int slot, DWORD error, DWORD transferred, LPWSAOVERLAPPED overlapped, DWORD flags);

#define ROUTINE(n)                                                                                                     \
    static void CALLBACK routine_##n(DWORD error, DWORD transferred, LPWSAOVERLAPPED overlapped, DWORD flags) {        \
        called(n, error, transferred, overlapped, flags);                                                              \
    }
/* Numbers in octal: 000 to 077. */
#define EIGHT(X, n) X(0##n##0) X(0##n##1) X(0##n##2) X(0##n##3) X(0##n##4) X(0##n##5) X(0##n##6) X(0##n##7)
#define ALL(X) EIGHT(X, 0) EIGHT(X, 1) EIGHT(X, 2) EIGHT(X, 3) EIGHT(X, 4) EIGHT(X, 5) EIGHT(X, 6) EIGHT(X, 7)
ALL(ROUTINE)

#define ENTRY(n) routine_##n,
static const LPWSAOVERLAPPED_COMPLETION_ROUTINE functions[POOL] = {ALL(ENTRY)};

const char *wsx_overlapped_name(const wsx_case_run *run, const void *at) {
    for (const wsx_object *o = run->objects; o; o = o->next)
        if (o->kind == WSX_OVERLAPPED)
            for (int place = WSN_PLAIN; place <= WSN_GUARD; place++)
                if (o->made & 1u << place && o->memory[place].at == at && at)
                    return o->name;
    return NULL;
}

static wsn_value number(uint32_t n) {
    return (wsn_value){.kind = WSN_INT, .constant = true, .number = n};
}

static void describe(wsx_ran *ran, const wsx_case_run *run, const wsx_object *o, DWORD error, DWORD transferred,
                     LPWSAOVERLAPPED overlapped, DWORD flags) {
    const char *name = wsn_error_name(error), *block = wsx_overlapped_name(run, overlapped);
    ran->name = o->name;
    ran->arguments[0] = number(error);
    if (name && error)
        ran->arguments[0] = (wsn_value){.kind = WSN_NAME, .constant = true, .number = error, .name = name};
    ran->arguments[1] = number(transferred);
    ran->arguments[2] = block         ? (wsn_value){.kind = WSN_REF, .name = block}
                        : !overlapped ? (wsn_value){.kind = WSN_NAME, .place = WSN_NULL, .name = "NULL"}
                                      : (wsn_value){.kind = WSN_NAME, .place = WSN_WILD, .name = "wild"};
    ran->arguments[3] = number(flags);
}

static void tell_apart(const char *thread, wsx_ran *ran) {
    wsn_value enter = {.kind = WSN_INVOKE, .name = ran->name, .items = ran->arguments, .n_items = 4};
    wsx_trace_routine(thread, "enter", &enter);
}

static void tell_leave(const char *thread, const wsx_ran *ran) {
    wsn_value leave = {.kind = WSN_NAME, .name = ran->name};
    wsx_trace_routine(thread, "leave", &leave);
}

/* A thread that is none of the case's called a routine: it is told, but its body is not run there. */
static void called_elsewhere(wsx_case_run *run, wsx_ran *ran) {
    if (!run->foreign_told)
        wsx_trace_text("  thread foreign\n", 17);
    run->foreign_told = true;
    tell_apart("foreign", ran);
    tell_leave("foreign", ran);
}

static wsx_ran *record(wsx_frame *f, const wsx_ran *ran) {
    if (f->n_ran == f->ran_capacity) {
        size_t capacity = f->ran_capacity ? 2 * f->ran_capacity : 8;
        wsx_ran *grown = realloc(f->ran, capacity * sizeof *grown);
        if (!grown)
            return NULL;
        f->ran = grown;
        f->ran_capacity = capacity;
    }
    f->ran[f->n_ran] = *ran;
    return &f->ran[f->n_ran++];
}

static void called(int slot, DWORD error, DWORD transferred, LPWSAOVERLAPPED overlapped, DWORD flags) {
    wsx_case_run *run = pool[slot].run;
    wsx_object *o = pool[slot].object;
    wsx_thread *t = wsx_this_thread();
    wsx_ran ran;
    if (!run || !o)
        return; /* its case is over */
    describe(&ran, run, o, error, transferred, overlapped, flags);
    if (!t || t->run != run || !t->depth) {
        called_elsewhere(run, &ran);
        return;
    }
    wsx_frame *f = wsx_frame_of(t);
    bool apart = o->n_body || !f->alertable;
    if (apart && !f->apart) {
        f->apart = true;
        for (size_t i = 0; i < f->n_ran; i++) {
            tell_apart(t->name, &f->ran[i]);
            tell_leave(t->name, &f->ran[i]);
        }
    }
    record(f, &ran);
    wsx_completed(t, overlapped);
    if (f->apart) {
        tell_apart(t->name, &ran);
        wsx_run_steps(t, o->body, o->n_body);
        tell_leave(t->name, &ran);
    }
}

LPWSAOVERLAPPED_COMPLETION_ROUTINE wsx_routine_take(wsx_case_run *run, wsx_object *o) {
    for (int i = 1; i <= POOL; i++) {
        int slot = (last + i) % POOL;
        if (pool[slot].run)
            continue;
        last = slot;
        pool[slot].object = o;
        pool[slot].run = run;
        o->kind = WSX_ROUTINE;
        o->slot = slot;
        return functions[slot];
    }
    return NULL;
}

LPWSAOVERLAPPED_COMPLETION_ROUTINE wsx_routine_function(const wsx_object *o) {
    return functions[o->slot];
}

void wsx_routines_release(wsx_case_run *run) {
    for (int i = 0; i < POOL; i++)
        if (pool[i].run == run) {
            pool[i].run = NULL;
            pool[i].object = NULL;
        }
}

void wsx_verb_routine(wsx_thread *t, const wsx_step *s) {
    if (!wsx_routine_take(t->run, s->results[0]))
        wsx_see_unsupported(t, "a case can have no more than 64 completion routines");
}

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

#ifdef _WIN32
static void hooked(int slot);

#define ROUTINE(n)                                                                                                     \
    static void CALLBACK routine_##n(DWORD error, DWORD transferred, LPWSAOVERLAPPED overlapped, DWORD flags) {        \
        called(n, error, transferred, overlapped, flags);                                                              \
    }                                                                                                                  \
    static INT_PTR WINAPI hook_##n(void) {                                                                             \
        hooked(n);                                                                                                     \
        return FALSE; /* no more messages: the hook need not be called again at once */                                \
    }
/* Numbers in octal: 000 to 077. */
#define EIGHT(X, n) X(0##n##0) X(0##n##1) X(0##n##2) X(0##n##3) X(0##n##4) X(0##n##5) X(0##n##6) X(0##n##7)
#define ALL(X) EIGHT(X, 0) EIGHT(X, 1) EIGHT(X, 2) EIGHT(X, 3) EIGHT(X, 4) EIGHT(X, 5) EIGHT(X, 6) EIGHT(X, 7)
ALL(ROUTINE)

#define ENTRY(n) routine_##n,
static const LPWSAOVERLAPPED_COMPLETION_ROUTINE functions[POOL] = {ALL(ENTRY)};
#define HOOK(n) hook_##n,
static const FARPROC hooks[POOL] = {ALL(HOOK)};

static LPWSAOVERLAPPED_COMPLETION_ROUTINE function_of(int slot) {
    return functions[slot];
}
#else
/* bridge.c has functions of the Winsock's own type. */
void wsx_routine_called(int slot, uint32_t error, uint32_t transferred, void *overlapped, uint32_t flags) {
    called(slot, error, transferred, overlapped, flags);
}

static LPWSAOVERLAPPED_COMPLETION_ROUTINE function_of(int slot) {
    return wsx_layer.routine(slot);
}
#endif

static wsn_value number(uint32_t n) {
    return (wsn_value){.kind = WSN_INT, .constant = true, .number = n};
}

static void describe(wsx_ran *ran, const wsx_case_run *run, const wsx_object *o, DWORD error, DWORD transferred,
                     LPWSAOVERLAPPED overlapped, DWORD flags) {
    const char *name = wsn_error_name(error);
    const wsx_object *block = wsx_overlapped_at(run, overlapped);
    ran->name = o->name;
    ran->arguments[0] = number(error);
    if (name && error)
        ran->arguments[0] = (wsn_value){.kind = WSN_NAME, .constant = true, .number = error, .name = name};
    ran->arguments[1] = number(transferred);
    ran->arguments[2] = block         ? (wsn_value){.kind = WSN_REF, .name = block->name}
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

/* From now on what runs during this call is told by enter and leave; and so, now, is what ran before. */
static void tell_all_apart(wsx_thread *t, wsx_frame *f) {
    if (f->apart)
        return;
    f->apart = true;
    for (size_t i = 0; i < f->n_ran; i++) {
        tell_apart(t->name, &f->ran[i]);
        tell_leave(t->name, &f->ran[i]);
    }
}

#ifdef _WIN32
/* A blocking hook is called again and again while a call waits: it is told once for each call, and its body runs once.
 */
static void hooked(int slot) {
    wsx_case_run *run = pool[slot].run;
    wsx_object *o = pool[slot].object;
    wsx_thread *t = wsx_this_thread();
    wsx_ran ran;
    if (!run || !o)
        return;
    bool first = !o->hooked;
    o->hooked = true;
    describe(&ran, run, o, 0, 0, NULL, 0);
    if (!t || t->run != run || !t->depth) {
        if (first)
            called_elsewhere(run, &ran);
        return;
    }
    wsx_frame *f = wsx_frame_of(t);
    if (f->hooked)
        return;
    f->hooked = true;
    tell_all_apart(t, f);
    tell_apart(t->name, &ran);
    if (first)
        wsx_run_steps(t, o->body, o->n_body);
    tell_leave(t->name, &ran);
}
#endif

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
    if (o->n_body || !f->alertable)
        tell_all_apart(t, f);
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
        return function_of(slot);
    }
    return NULL;
}

LPWSAOVERLAPPED_COMPLETION_ROUTINE wsx_routine_function(const wsx_object *o) {
    return function_of(o->slot);
}

void wsx_routines_release(wsx_case_run *run) {
    for (int i = 0; i < POOL; i++)
        if (pool[i].run == run) {
            pool[i].run = NULL;
            pool[i].object = NULL;
        }
}

void wsx_verb_routine(wsx_thread *t, const wsx_step *s) {
    if (!function_of(0))
        wsx_see_unsupported(t, "WSAOVERLAPPED: the headers do not declare it");
    else if (!wsx_routine_take(t->run, s->results[0]))
        wsx_see_unsupported(t, "a case can have no more than 64 completion routines");
}

#ifdef _WIN32
/* --- user APCs ------------------------------------------------------------------------------------------- */

static void CALLBACK user_apc(ULONG_PTR slot) {
    called((int)slot, 0, 0, NULL, 0);
}

void wsx_verb_QueueUserAPC(wsx_thread *t, const wsx_step *s) {
    const wsx_object *r = s->objects[0], *to = s->objects[1];
    bool main = to->kind != WSX_THREAD;
    HANDLE thread = main ? OpenThread(THREAD_SET_CONTEXT, FALSE, t->run->main_id) : to->thread->handle;
    SetLastError(WSX_NO_ERROR);
    DWORD queued = wsx_ws.QueueUserAPC(user_apc, thread, (ULONG_PTR)r->slot);
    uint32_t code = queued ? 0 : GetLastError();
    t->run->overlapped |= main; /* it may still be queued when the case is over */
    if (main && thread)
        CloseHandle(thread);
    if (queued) {
        wsx_see_number(&wsx_frame_of(t)->seen, 0);
    } else {
        wsx_see_name(&wsx_frame_of(t)->seen, "SOCKET_ERROR");
        wsx_see_error(t, code);
    }
}

/* --- blocking hooks -------------------------------------------------------------------------------------- */

/* What a function of Windows Sockets 1.1 did; one that is a mere stub is unsupported. */
static void see_old(wsx_thread *t, bool failed) {
    uint32_t code = failed ? (uint32_t)wsx_ws.WSAGetLastError() : 0;
    if (code == ERROR_CALL_NOT_IMPLEMENTED || code == ERROR_NOT_SUPPORTED || code == WSAEOPNOTSUPP ||
        code == WSASYSCALLFAILURE) {
        wsx_see_unsupported(t, "the target has no blocking hooks here");
    } else if (failed) {
        wsx_see_name(&wsx_frame_of(t)->seen, "SOCKET_ERROR");
        wsx_see_error(t, code);
    } else {
        wsx_see_number(&wsx_frame_of(t)->seen, 0);
    }
}

void wsx_verb_WSASetBlockingHook(wsx_thread *t, const wsx_step *s) {
    if (!wsx_ws.WSASetBlockingHook) {
        wsx_see_unsupported(t, "WSASetBlockingHook is not exported");
        return;
    }
    t->run->hooked = t->run->overlapped = true; /* the thread of a hook serves no other case */
    FARPROC before = wsx_ws.WSASetBlockingHook(hooks[s->objects[0]->slot]);
    see_old(t, !before && (uint32_t)wsx_ws.WSAGetLastError() != WSX_NO_ERROR);
}

void wsx_verb_WSAUnhookBlockingHook(wsx_thread *t, const wsx_step *s) {
    (void)s;
    if (!wsx_ws.WSAUnhookBlockingHook)
        wsx_see_unsupported(t, "WSAUnhookBlockingHook is not exported");
    else
        see_old(t, wsx_ws.WSAUnhookBlockingHook() != 0);
}

void wsx_verb_WSACancelBlockingCall(wsx_thread *t, const wsx_step *s) {
    (void)s;
    if (!wsx_ws.WSACancelBlockingCall)
        wsx_see_unsupported(t, "WSACancelBlockingCall is not exported");
    else
        see_old(t, wsx_ws.WSACancelBlockingCall() != 0);
}
#endif

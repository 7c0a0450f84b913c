/*
 * interpret.h - running one case: its objects, its threads, its statements.
 *
 * A statement becomes a step once (text printed, names resolved), so that running it many times costs little. Each verb
 * is one function that makes the call and tells what it saw; writing the trace, comparing with what the case foresaw
 * and ending the case are done here, the same for all. For threads see shared.h.
 */
#ifndef WSX_INTERPRET_H
#define WSX_INTERPRET_H

#include "winsock.h" /* before windows.h */

#include "memory.h"
#include "notation.h"
#include "observe.h"
#include "pattern.h"
#include "table.h"
#include "trace.h"

#include <stdbool.h>
#include <stdint.h>

enum {
    WSX_ARGUMENTS = 7,         /* the most that a verb has */
    WSX_DEPTH = 16,            /* of calls inside completion routines inside calls */
    WSX_SENTINEL = 0xDEADBEEF, /* in variables and in OVERLAPPED.Internal before a call */
    WSX_NO_ERROR = 0x0BADBEEF  /* the last error before a call */
};

typedef struct wsx_case_run wsx_case_run;
typedef struct wsx_thread wsx_thread;
typedef struct wsx_step wsx_step;
typedef struct wsx_drain wsx_drain;
typedef struct wsx_send_memory wsx_send_memory;
typedef struct wsx_operation wsx_operation;

typedef enum wsx_object_kind {
    WSX_UNMADE,
    WSX_SOCKET,
    WSX_EVENT,
    WSX_PORT,
    WSX_HANDLE,
    WSX_OVERLAPPED,
    WSX_ROUTINE,
    WSX_VARIABLE,
    WSX_THREAD
} wsx_object_kind;

/* What a name of the case stands for. A closed socket or event keeps its number: a case may well use it once more. */
typedef struct wsx_object {
    struct wsx_object *next;     /* of all, in the order in which they were named */
    struct wsx_object *same_key; /* in the table by name */
    const char *name;            /* interned in the case, or taken from its arena */
    wsx_object_kind kind;
    bool open;     /* handle must be closed when the case is over */
    HANDLE handle; /* SOCKET, EVENT, PORT, HANDLE */

    int family, type;    /* SOCKET */
    bool not_overlapped; /* SOCKET: made without WSA_FLAG_OVERLAPPED */
    bool narrow;         /* SOCKET: has little room to receive, as the peer of a narrow connection */
    wsx_decoder stands;  /* SOCKET: where the received stream stands */
    wsx_decoder *stream; /* SOCKET: its own, or that of the socket that it is a second handle of */
    wsx_drain *drain;    /* SOCKET: its reader, or NULL */

    wsx_object_memory memory[WSN_GUARD + 1]; /* VARIABLE, OVERLAPPED: one for each place it was used in */
    unsigned made;                           /* bit mask of these */
    wsn_place place;                         /* OVERLAPPED: where it was last */
    HANDLE event;                            /* OVERLAPPED: its hEvent */
    struct wsx_object *event_object;         /* OVERLAPPED: the same as an object, or NULL */
    bool of_send;                            /* OVERLAPPED: last given to a WSASend */
    wsx_operation *pending;                  /* OVERLAPPED: operations that may be outstanding, the newest first */

    bool maybe_set, shared;       /* EVENT: an operation may have set it; it would not say which one is over */
    unsigned n_pending;           /* EVENT: operations with it that may be outstanding */
    struct wsx_object *last_user; /* EVENT: the OVERLAPPED of the last of them */

    int slot;       /* ROUTINE: index in the pool of functions */
    wsx_step *body; /* ROUTINE: what it does, or NULL */
    size_t n_body;
    bool hooked; /* ROUTINE: it ran as a blocking hook */

    wsx_thread *thread; /* THREAD */
} wsx_object;

/* A statement, ready to run. */
struct wsx_step {
    const wsn_statement *statement;
    const char *text; /* the call as the trace shows it */
    size_t text_size;
    wsx_object *results[2];
    wsx_object *objects[WSX_ARGUMENTS]; /* that the arguments name; for lists see the verb */
    wsx_object *named;                  /* ROUTINE, THREAD, and the thread of "t1:" */
    wsx_step *body;
    size_t n_body;
    wsx_send_memory *idle; /* sends: prepared buffers that no operation uses */
};

/* A completion routine that ran: r(dwError, cbTransferred, lpOverlapped, dwFlags). */
typedef struct wsx_ran {
    const char *name;
    wsn_value arguments[4];
} wsx_ran;

/* A call in progress on a thread. */
typedef struct wsx_frame {
    wsx_call call;
    wsx_observation seen;
    wsx_ran *ran; /* routines that ran during it, owned */
    size_t n_ran, ran_capacity;
    bool alertable; /* it is an alertable wait: routines without calls of their own are told in the short form */
    bool apart;     /* routines were told by enter and leave */
    bool ends_case; /* the verb cannot go on: failed, unsupported, hang */
    bool hooked;    /* a blocking hook was told already */
    uint32_t send;  /* sends: its number */
    wsx_send_memory *memory;
    char text[400]; /* of failed "...": what the observation points to */
} wsx_frame;

struct wsx_thread {
    wsx_thread *next;
    wsx_case_run *run;
    const char *name; /* NULL: the case's main thread */
    wsx_frame frames[WSX_DEPTH];
    int depth; /* frames in use */
    /* The mailbox; unused on the main thread. */
    HANDLE handle, go, begun, done;
    wsx_step *todo; /* NULL: end */
    bool started;   /* a call written with "..." has no return yet */
    bool gone;      /* it ended itself */
};

/* A started operation whose completion nobody saw. */
struct wsx_operation {
    wsx_operation *next;
    const void *at;          /* the OVERLAPPED's address */
    wsx_object *event;       /* that its end sets, or NULL */
    wsx_send_memory *memory; /* of a send; NULL: a receive */
    wsx_step *step;          /* to which that memory goes back */
    uint32_t send;
    const wsx_object_memory *variable; /* lpNumberOfBytesSent, or NULL */
    unsigned uses;                     /* of the variable, by then */
};

struct wsx_case_run {
    const wsn_case *c;
    wsx_shared *shared;
    uint32_t limit_ms;
    const struct wsx_asking *asking;
    wsx_object *objects, *last_object;
    wsx_table names, blocks; /* objects by name; OVERLAPPED objects by address */
    wsx_thread main, *threads;
    bool foreign_told;   /* the trace has declared the thread "foreign" */
    volatile bool ended; /* skip what is left of the case */
    bool stuck;          /* a thread of the case cannot be ended */
    bool overlapped;     /* an overlapped call was made, or an APC queued: something may still come to this thread */
    int startups;        /* WSAStartup minus WSACleanup */
    wsx_sent *sends;     /* owned */
    uint32_t n_sends, sends_capacity;
    uint32_t n_pending;  /* operations that may be outstanding */
    DWORD main_id;       /* the case's own thread */
    bool hooked;         /* a blocking hook was set */
    SOCKET reserved[64]; /* sockets that only keep a port from being used */
    int n_reserved;
};

typedef void (*wsx_verb_function)(wsx_thread *t, const wsx_step *s);
#define WSN_VERB(name, results, args, help) void wsx_verb_##name(wsx_thread *t, const wsx_step *s);
#include "verbs.def"
#undef WSN_VERB

/* What a case asks of the supervisor. */
typedef struct wsx_asking {
    void (*room)(void); /* to take the text: see trace.h */
    /* To have a fault made ("link_down", "inject(10050, 1)"). False if it was not: why then says so. */
    bool (*fault)(const char *words, char *why, size_t size);
} wsx_asking;

/* What may come after a case. */
typedef enum wsx_after {
    WSX_SAME_THREAD, /* another case on the same thread: this one started nothing that could still come to it */
    WSX_NEW_THREAD,  /* another case, but on a new thread: pending operations and queued routines end with this one */
    WSX_NEW_PROCESS  /* threads or memory of the case could not be taken back */
} wsx_after;

/* Runs the case on the calling thread, from the head of its trace to "end", and cleans up. words: the requirements that
 * are met, between blanks. */
wsx_after wsx_run_case(const wsn_case *c, wsx_shared *shared, uint32_t default_limit_ms, const char *words,
                       const wsx_asking *asking);

/* The thread of a case that is running here, NULL on any other. */
wsx_thread *wsx_this_thread(void);

/* Something that may take as long as the limit begins or ends. */
void wsx_beat(wsx_case_run *run);

/* For verbs: the frame of the call being made. */
static inline wsx_frame *wsx_frame_of(wsx_thread *t) {
    return &t->frames[t->depth - 1];
}

/* --- what a verb saw ------------------------------------------------------------------------------------ */

void wsx_see_result(wsx_thread *t, int result);       /* 0, or SOCKET_ERROR and the last Winsock error */
void wsx_see_winsock_error(wsx_thread *t);            /* the last Winsock error, or no_error */
void wsx_see_error(wsx_thread *t, uint32_t code);     /* the same for a code fetched already */
void wsx_see_failed(wsx_thread *t, const char *what); /* failed "what: WSAE...": the last Winsock error */
void wsx_see_unsupported(wsx_thread *t, const char *why);

/* --- arguments ------------------------------------------------------------------------------------------ */

uint64_t wsx_number(const wsx_step *s, size_t i);                            /* constants, integers, OR-ed bits */
HANDLE wsx_handle(const wsx_step *s, size_t i);                              /* of an object, or the integer itself */
uint32_t wsx_milliseconds(const wsx_thread *t, const wsx_step *s, size_t i); /* a number or "limit" */
bool wsx_has_word(const wsx_step *s, const char *word);                      /* among the arguments */
/* Memory of the object in the given place, made when first needed; NULL if there is none. */
wsx_object_memory *wsx_object_at(wsx_case_run *run, wsx_object *o, wsn_place place, size_t size);
/* A pointer argument: the object's memory, NULL, wild, ...; *memory is NULL if it is no object. */
void *wsx_pointer(wsx_case_run *run, const wsx_step *s, size_t i, size_t size, wsx_object_memory **memory);

/* --- pieces of verbs ------------------------------------------------------------------------------------ */

/* send.c: is it a verb whose data has a data id? */
bool wsx_is_send(wsn_verb verb);
/* Before the call's text is written, so that its cost is outside the stamps. False if there is no memory. */
bool wsx_prepare_send(wsx_thread *t, wsx_step *s);
/* Argument i as OVERLAPPED, its fields as before every call. */
OVERLAPPED *wsx_prepare_overlapped(wsx_thread *t, const wsx_step *s, size_t i);
LPWSAOVERLAPPED_COMPLETION_ROUTINE wsx_routine_argument(const wsx_step *s, size_t i);
/* An overlapped call was made with this OVERLAPPED (NULL: none that is known). operation: what is outstanding, copied;
 * NULL if nothing is. */
void wsx_note_overlapped(wsx_thread *t, wsx_object *overlapped, bool with_routine, const wsx_operation *operation);
/* The completion of the operation with this OVERLAPPED was seen: its memory is checked and free again. */
void wsx_completed(wsx_thread *t, const void *overlapped);
void wsx_completed_event(wsx_thread *t, wsx_object *event);
/* routines.c */
LPWSAOVERLAPPED_COMPLETION_ROUTINE wsx_routine_take(wsx_case_run *run, wsx_object *o);
LPWSAOVERLAPPED_COMPLETION_ROUTINE wsx_routine_function(const wsx_object *o);
void wsx_routines_release(wsx_case_run *run);
/* interpret.c: the OVERLAPPED at this address, NULL if the case has none there; and the statements of a routine's body,
 * on this thread. */
wsx_object *wsx_overlapped_at(const wsx_case_run *run, const void *at);
void wsx_run_steps(wsx_thread *t, wsx_step *steps, size_t n_steps);
/* receive.c */
void wsx_drain_stop(wsx_drain *drain);
bool wsx_drain_release(wsx_drain *drain, uint32_t wait_ms); /* false if its thread does not end */
/* The object of a list's element; NULL if it is none. */
wsx_object *wsx_object_of_item(wsx_case_run *run, const wsn_value *item);
/* sockets.c: argument i as an address for the socket that is argument 0. False after seeing why there is none. */
bool wsx_wanted_address(wsx_thread *t, const wsx_step *s, size_t i, struct sockaddr_storage *a, int *size);
void wsx_note_socket(wsx_object *o, SOCKET s, int family, int type, bool not_overlapped);

#endif

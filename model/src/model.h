/*
 * model.h - the model's state, as its own files see it.
 *
 * Everything lies in arrays that wsc_model_new and wsc_model_grow make; index = the caller's number. `n_...` says how
 * far an array has been used since the last reset, so that a reset costs by what was used.
 */
#ifndef WSC_MODEL_H
#define WSC_MODEL_H

#include "wsconform.h"

#define WSC_MAX_DEPTH 8     /* calls and routines inside one another on one thread; beyond that nothing is demanded */
#define WSC_MAX_APCS 8      /* routines of one thread that were queued as user APCs; of more nothing is known */
#define WSC_MAX_BACKLOG 8   /* connections not yet accepted whose partner is remembered */
#define WSC_UDP_ROOM 32768  /* unread datagrams up to this many bytes ... */
#define WSC_UDP_LITTLE 1000 /* and one of this size into a small one */
#define WSC_UDP_COUNT 32    /* ... and this many certainly fit into a receiver's buffer of ordinary size */

typedef enum wsc_rule_id {
#define WSC_ERROR(id, name, code, clauses, text) RULE_##id,
#define WSC_OUTCOME(id, name, code, clauses, text) RULE_##id,
#define WSC_CHECK(id, name, code, clauses, text) RULE_##id,
#include "rules.def"
#undef WSC_ERROR
#undef WSC_OUTCOME
#undef WSC_CHECK
    RULE_COUNT
} wsc_rule_id;

typedef enum wsc_fault_id {
#define WSC_FAULT_WORD(word, ends, lossy, all, streams, kept_alive) FAULT_##word,
#include "faults.def"
#undef WSC_FAULT_WORD
    FAULT_COUNT
} wsc_fault_id;

enum {
#define WSC_ERROR(id, name, code, clauses, text) +1
#define WSC_OUTCOME(id, name, code, clauses, text)
#define WSC_CHECK(id, name, code, clauses, text)
    ERROR_RULES = 0
#include "rules.def"
#undef WSC_ERROR
#undef WSC_OUTCOME
#undef WSC_CHECK
};

enum {
    WSC_INTR = 10004,
    WSC_EFAULT = 10014,
    WSC_EINVAL = 10022,
    WSC_INPROGRESS = 10036,
    WSC_NETDOWN = 10050,
    WSC_NETRESET = 10052,
    WSC_CONNABORTED = 10053,
    WSC_CONNRESET = 10054,
    WSC_ESHUTDOWN = 10058,
    WSC_TIMEDOUT = 10060,
    WSC_NETNAME_DELETED = 64, /* ERROR_NETNAME_DELETED, of completion ports */
    WSC_IO_INCOMPLETE = 996,
    WSC_IO_PENDING = 997
};

/* --- data on its way ------------------------------------------------------------------------------------- */

/* MUST_IF_DONE: cancelled, so that its data is certain (again) only if it succeeded all the same. */
enum { MUST_NO, MUST_ARRIVE, MUST_IF_DONE };

/* What one WSASend gave to the transport: of its bytes 0..possible-1 may come, 0..certain-1 must. */
typedef struct wsc_segment { /* no padding: compared as bytes */
    uint32_t data;
    int32_t op;      /* the overlapped operation, or WSC_NONE */
    int32_t to;      /* the peer at that time: a datagram socket may change it */
    uint8_t in_call; /* the WSASend has not returned: more may become certain */
    uint8_t loose;   /* nothing is demanded of what comes of it */
    uint8_t urgent;  /* MSG_OOB */
    uint8_t must;    /* MUST_...: a datagram that must arrive (certain cannot say so of an empty one) */
    uint64_t certain, possible;
} wsc_segment;

/* The outgoing data of a socket: a ring of segments, the oldest at `head`, partly read up to `offset`. When it is full
 * the oldest becomes a part of lost_first..lost_last: data ids of which nothing is known any more. */
typedef struct wsc_queue {
    uint32_t head, count;
    uint64_t offset;
    uint64_t unread;                /* upper bound of the bytes in the ring not read yet */
    uint32_t first_data, last_data; /* smallest and greatest id of any WSASend on this socket; 0: none */
    uint32_t passed;                /* greatest id that left the ring because it was read or skipped */
    uint32_t lost_first, lost_last;
    uint32_t other_first, other_last;                 /* data ids of WSASendTo: they may come whenever they like */
    uint32_t urgent_first, urgent_last, urgent_count; /* urgent data that nobody has read */
    uint64_t urgent_bytes;                            /* of the last one: */
    uint64_t urgent_inline, urgent_apart;             /* how many of these came in the stream, and out of band */
    uint64_t urgent_low, urgent_high;                 /* which of these came out of band last */
    bool urgent_sure;                                 /* each of these comes once: the call said that it sent them */
    bool urgent_over; /* the last of these came out of band: the others are in the stream */
    bool urgent_must; /* it is one byte and must be there for recv_oob */
} wsc_queue;

/* --- objects ------------------------------------------------------------------------------------------------ */

typedef struct wsc_socket {
    bool made;
    bool listening, partial, no_oob;
    bool drained; /* somebody reads all that arrives here */
    bool small;   /* the receive buffer was made small: datagrams may be dropped */
    bool inline_oob;
    bool timeout; /* SO_SNDTIMEO is set */
    bool keep_alive;
    bool whole;       /* its datagrams may not be cut into packets */
    bool short_lived; /* its datagrams do not get behind the next router */
    bool expired;     /* one has been sent behind it */
    bool shut_receive, shut_send, shut_both;
    bool told;       /* the program was told that the connection is gone */
    bool accepted;   /* something was given to the transport since the socket was made */
    bool mingled;    /* several calls at once: the order of their bytes is anybody's guess */
    bool concurrent; /* ... and of several threads */
    bool elsewhere;  /* somebody received here by WSARecv, and nobody knows how much: what is left is unknown */
    bool lingers;    /* closing it will abort the connection */
    bool writable;   /* select said so, and nothing was sent since */
    wsc_family family;
    wsc_type type;
    wsc_tri gone;       /* closed */
    wsc_tri overlapped; /* the attribute */
    wsc_tri receive_only;
    wsc_tri nonblocking;
    wsc_tri bound;
    wsc_tri connected;            /* MAYBE: a connect is under way */
    wsc_tri reset;                /* the peer's reset has arrived */
    wsc_tri aborted;              /* the connection failed otherwise */
    wsc_tri unreachable;          /* a datagram went to a port where nobody listens */
    int peer;                     /* a socket, WSC_NONE (nobody listens), WSC_UNKNOWN (nobody observes it) */
    int port;                     /* completion port */
    uint32_t outstanding;         /* operations started and not known to be complete */
    uint32_t calls;               /* WSASend calls in progress */
    uint32_t receiving;           /* receives by WSARecv that are not known to be over */
    uint64_t max_msg;             /* 0: not told */
    uint64_t maybe, yes;          /* error rules by bit: set by wsc_fault; maybe also by a deviation */
    uint64_t room;                /* SO_SNDBUF + 1; 0: as it was made */
    uint32_t faults;              /* words of faults.def, by bit: lived through, and over */
    int backlog[WSC_MAX_BACKLOG]; /* of a listener: sockets connected to it, oldest first */
    uint32_t n_backlog;           /* more than fit: nobody knows who is next */
    wsc_queue out;
} wsc_socket;

typedef enum wsc_op_state {
    OP_IDLE,    /* never used */
    OP_FAILED,  /* its last WSASend started nothing */
    OP_IGNORED, /* its last WSASend was one without overlap */
    OP_STARTED,
    OP_OTHER, /* was used by another function than WSASend: nothing is demanded; told: it is over */
    OP_LOOSE  /* nothing is known and nothing demanded */
} wsc_op_state;

typedef enum wsc_done {
    DONE_MAYBE,
    DONE_DUE,  /* will be indicated within the limit of the case */
    DONE_KNOWN /* is complete, and the program can know it */
} wsc_done;

enum {
    CANCEL_CLOSE = 1,
    CANCEL_FLUSH = 2,
    CANCEL_THREAD = 4,
    CANCEL_CALL = 8,
    CANCEL_COPY = 16, /* one of several descriptors of the socket was closed */
    CANCEL_TRY = 32   /* a call that cancels is in progress */
};

/* An OVERLAPPED and the operation that it was last used for. */
typedef struct wsc_op {
    wsc_op_state state;
    wsc_done done;
    bool starting;    /* its WSASend has not returned; it may be complete all the same */
    bool immediate;   /* WSASend returned 0: routine and packet are queued */
    bool indicated;   /* the routine ran */
    bool taken;       /* the packet was taken */
    bool failed;      /* its packet said that it failed */
    bool optional;    /* whether its routine runs, or its packet comes, nobody knows */
    bool event_dirty; /* its event was perhaps set already, or is shared */
    bool event_lost;  /* its signal came perhaps before a reset of the event */
    bool told;        /* result holds the status that the program was told */
    bool receives;    /* OP_OTHER: a receive; else a WSASendTo */
    unsigned cancel;
    int hevent; /* as the application set it: event, WSC_NONE, WSC_BOGUS */
    int event;  /* that completion signals; WSC_NONE if none */
    int socket, thread, routine, port;
    uint32_t data, result;
    uint32_t order; /* of starting */
    uint64_t total;
} wsc_op;

typedef enum wsc_event_state { EVENT_UNSET, EVENT_MAYBE, EVENT_DUE, EVENT_SET } wsc_event_state;

typedef struct wsc_event {
    bool made;
    bool late; /* a signal that is due may come after the reset */
    bool ever; /* somebody has set it, or may have, since it was made */
    wsc_event_state state;
    uint32_t pending; /* operations that will set it and are not known to be complete or due */
} wsc_event;

/* A call in progress, or a routine that runs. */
typedef struct wsc_frame {
    bool routine, alertable, blocking; /* blocking: a Winsock call that may wait, and then waits alertably */
    bool hook;                         /* the routine is a blocking hook */
    bool cancelled;                    /* WSACancelBlockingCall came during it */
    bool nested;                       /* a blocking call was made in a routine that interrupted it, or it is that */
    bool disturbed;                    /* other threads made calls meanwhile */
    bool starts;                       /* WSASend: its operation counts as started; connect: as under way */
    int socket;                        /* of the send or the routine */
    uint32_t data;
    uint32_t ran;
    uint8_t held[ERROR_RULES]; /* WSASend: each condition at entry */
} wsc_frame;

typedef struct wsc_thread {
    bool exited;
    int hook;    /* blocking hook: number of the routine + 1; 0: none */
    bool hooked; /* it has run */
    uint32_t n_apcs;
    struct {
        int routine;
        uint32_t waiting; /* how often it is queued and has not run */
    } apcs[WSC_MAX_APCS];
    uint32_t loose; /* routines of which nobody knows whether they run (lpOverlapped NULL, undefined calls) */
    uint32_t depth; /* may be more than WSC_MAX_DEPTH: frames holds the outer ones */
    wsc_frame frames[WSC_MAX_DEPTH];
} wsc_thread;

typedef struct wsc_port {
    bool made;
} wsc_port;

struct wsc_model {
    wsc_limits limits;
    wsc_profile profile;
    uint64_t disabled[(RULE_COUNT + 63) / 64];
    wsc_twist twist; /* of the rule: */
    int twisted;
    uint64_t maybe, yes; /* faults of all sockets, by error rule */
    uint64_t injected;   /* error rules that failures injected into the transport make possible */
    uint32_t faults;     /* words of faults.def, by bit: not over yet */
    uint32_t startups;
    bool old_version, new_version; /* WSAStartup asked for 1.x, for 2.x */
    uint32_t order;
    uint32_t n_sockets, n_ops, n_events, n_ports, n_threads; /* used since the reset */
    wsc_socket *sockets;
    wsc_op *ops;
    wsc_event *events;
    wsc_port *ports;
    wsc_thread *threads;
    wsc_segment *segments; /* limits.segments for each socket */
};

static inline bool wsc_enabled(const wsc_model *m, int rule) {
    return !(m->disabled[rule / 64] >> (rule % 64) & 1);
}

/* The socket of that number, NULL if it is none. */
static inline wsc_socket *wsc_socket_at(const wsc_model *m, int socket) {
    return socket >= 0 && (uint32_t)socket < m->n_sockets && m->sockets[socket].made ? &m->sockets[socket] : NULL;
}

/* Whether it sends over connections, so that it can listen and accept. */
static inline bool wsc_connects(const wsc_socket *s) {
    return s->type != WSC_DATAGRAM && s->type != WSC_RAW;
}

static inline wsc_thread *wsc_thread_at(wsc_model *m, int thread) {
    if ((uint32_t)thread >= m->n_threads)
        m->n_threads = (uint32_t)thread + 1;
    return &m->threads[thread];
}

/* --- conditions.c ------------------------------------------------------------------------------------------- */

typedef enum wsc_use { USE_PLAIN, USE_OVERLAPPED, USE_EITHER } wsc_use;

/* A WSASend as the condition functions look at it. */
typedef struct wsc_view {
    const wsc_model *m;
    const wsc_send_call *call;
    const wsc_socket *s;    /* NULL: no socket */
    const wsc_op *op;       /* NULL: none, or nowhere */
    const wsc_frame *frame; /* its entry, if that was told apart from its return */
    int thread;
    wsc_use use;       /* without overlap, with, or the document leaves it open */
    bool given;        /* lpOverlapped is not NULL */
    bool routine;      /* lpCompletionRoutine is not NULL */
    uint64_t n;        /* bytes */
    uint64_t faults;   /* error rules that a fault of the network makes possible */
    uint64_t injected; /* the same, of an injected failure; after wsc_conditions without those that hold anyway */
} wsc_view;

/* Whether a blocking call on this thread now would be one in a routine that interrupted another one. */
bool wsc_is_nested(const wsc_model *m, int thread);

wsc_view wsc_view_of(const wsc_model *m, const wsc_send_call *call, int thread, const wsc_frame *frame);
/* Whether the application broke an obligation of its own, so that nothing is demanded of this call. */
bool wsc_view_undefined(const wsc_view *v);
/* Whether another thread's WSASend on the same stream is, or was while this one went on, in progress, too:
 * order.concurrent-threads. Asked before this call counts as begun, or with its frame. */
bool wsc_view_concurrent(const wsc_view *v);
/* Every error rule in turn: its condition now, faults and entry of the call taken into account. */
void wsc_conditions(wsc_view *v, uint8_t held[ERROR_RULES]);
/* Of what is MAYBE: what a fault of the network or an injected failure makes possible. */
uint64_t wsc_faulty(const wsc_view *v);
/* Of what is MAYBE: what the model itself answers rather than success, so that every error can be seen on it. */
uint64_t wsc_likely(const wsc_view *v);

/* --- faults.c ------------------------------------------------------------------------------------------------- */

/* The faults that there are after these words, which first end what they end. */
uint32_t wsc_faults_after(uint32_t now, uint32_t words);
/* The faults that a socket (NULL: none) lives in, or has lived through. */
uint32_t wsc_faults_of(const wsc_model *m, const wsc_socket *s);
/* Whether data may be missing, and operations stay pending. */
bool wsc_lossy(uint32_t words);
/* The error rules, by bit, that these faults, and an expired time to live, make possible on a socket (NULL: none). */
uint64_t wsc_fault_rules(const wsc_socket *s, uint32_t words);
/* The error rules of this code for which the document has words. */
uint64_t wsc_rules_of_code(uint32_t code);
/* Those of injected failures, as far as they can be about a send with these flags on this socket. */
uint64_t wsc_injected_rules(const wsc_model *m, const wsc_socket *s, uint32_t flags);

/* --- outcomes.c --------------------------------------------------------------------------------------------- */

/* A way in which an operation may end: code 0 is success. */
typedef struct wsc_ending_way {
    uint32_t code;
    uint64_t low, high;
    int rule;
} wsc_ending_way;

#define WSC_MAX_WAYS 32

/* The ways in which a started operation may have ended or may yet end. */
size_t wsc_ways(const wsc_model *m, const wsc_op *op, wsc_ending_way ways[WSC_MAX_WAYS]);
/* Allowed set of a call; frame: its entry if begun, else NULL; ran: completion routines that ran in it, or -1 when it
 * is asked before the call. */
void wsc_outcomes(const wsc_model *m, const wsc_call *call, const wsc_frame *frame, int ran, wsc_set *set);
/* Whether the routine of this operation may start now on this thread, and whether it is waiting to (certainly). */
bool wsc_can_run(const wsc_model *m, int thread, const wsc_op *op);
/* Is there one that may not, as a routine of its socket runs on the thread? */
bool wsc_held_back(const wsc_model *m, int thread);
bool wsc_event_may_be_set(const wsc_event *e);
/* Whether a packet of this operation may be at this port; and the outcomes that take it. */
bool wsc_has_packet(const wsc_op *op, int port);
void wsc_offer_packet(const wsc_model *m, int number, wsc_set *set);

/* --- facts.c -------------------------------------------------------------------------------------------------- */

/* The fact that speaks against an outcome which the document allows, in the state before it; one that is not inferred,
 * if there is one. WSC_NONE: none. view: of a WSASend; NULL for other calls. */
int wsc_fact_against(const wsc_model *m, const wsc_call *call, const wsc_view *view, const wsc_outcome *o);

/* --- data.c -------------------------------------------------------------------------------------------------- */

wsc_segment *wsc_segment_at(const wsc_model *m, const wsc_socket *s, uint32_t index);
/* The index of the segment of that WSASend; out.count if there is none. */
uint32_t wsc_segment_find(const wsc_model *m, const wsc_socket *s, uint32_t data);
/* Appends a segment; the oldest is forgotten if the ring is full. */
wsc_segment *wsc_segment_push(wsc_model *m, wsc_socket *s, uint32_t data);
/* Takes out the segment with that index; it must be there. */
void wsc_segment_remove(wsc_model *m, wsc_socket *s, uint32_t index);
/* Takes finished segments off the head of the ring; their operations are due then. */
void wsc_queue_settle(wsc_model *m, wsc_socket *s);
/* Nothing more is demanded of what is under way from this socket. */
void wsc_queue_uncertain(wsc_model *m, wsc_socket *s);
/* Nothing at all is known any more of what is under way. */
void wsc_queue_forget(wsc_model *m, wsc_socket *s);
void wsc_receive(wsc_model *m, const wsc_call *call, const wsc_observed *seen, wsc_verdict *verdict);
void wsc_receive_oob(wsc_model *m, const wsc_call *call, const wsc_observed *seen, wsc_verdict *verdict);
bool wsc_may_hold_data(const wsc_model *m, int receiver);

/* A WSASendTo's data: it may come, and nothing more is said of it. */
void wsc_queue_other(wsc_model *m, wsc_socket *s, uint32_t data, int to, uint64_t bytes);
/* Somebody else takes that many bytes, or one datagram, off what is on its way to the receiver. */
void wsc_take_away(wsc_model *m, int receiver, uint64_t bytes);
/* How many bytes a receive of at most `bytes` would get now; false if nothing is there. */
bool wsc_available(const wsc_model *m, int receiver, uint64_t bytes, uint64_t *amount);

/* --- others.c: what runs beside WSASend ------------------------------------------------------------------------- */

/* WSARecv, WSARecvFrom, WSASendTo. */
void wsc_did_other(wsc_model *m, const wsc_call *call, const wsc_observed *seen);
/* The program was told that such an operation is over, and, if that is known, how many bytes it moved. */
void wsc_other_over(wsc_model *m, wsc_op *op, bool known, uint64_t amount);
/* What it would report now; false if it is not ready. */
bool wsc_other_ready(const wsc_model *m, const wsc_op *op, uint64_t *amount);
/* QueueUserAPC. */
void wsc_did_apc(wsc_model *m, const wsc_call *call);
uint32_t wsc_waiting_apcs(const wsc_model *m, int thread);
/* A routine without an OVERLAPPED runs: true if it is a user APC or the thread's blocking hook (*hook). */
bool wsc_is_apc(wsc_thread *t, int routine, bool *hook);
/* WSACancelBlockingCall. */
void wsc_did_cancel_blocking(wsc_model *m);
/* Whether a blocking hook is running on this thread. */
bool wsc_in_hook(const wsc_model *m, int thread);

/* --- observe.c ----------------------------------------------------------------------------------------------- */

void wsc_found(const wsc_model *m, wsc_verdict *v, wsc_finding finding);
void wsc_found_data(const wsc_model *m, wsc_verdict *v, int rule, wsc_run run);
/* The event of that number, NULL if there is none (any more). */
wsc_event *wsc_event_at(const wsc_model *m, int event);
/* The operation is certain to be indicated, or known to be complete. */
void wsc_op_due(wsc_model *m, wsc_op *op);
void wsc_op_known(wsc_model *m, wsc_op *op);

#endif

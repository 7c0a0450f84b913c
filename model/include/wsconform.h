/*
 * wsconform.h - a reference model of WSASend, as an oracle.
 *
 * The model follows the calls of a program, one after another, and says of each call which outcomes the
 * document allows in the present state (wsc_allowed), and of each observed outcome whether it was allowed and
 * by which rule (wsc_observe); the observed outcome then drives the state. What nobody can know from outside
 * (whether a reset has arrived, whether an operation has finished, how much room the transport has) is kept as
 * NO / MAYBE / YES, or as an interval; it never is guessed.
 *
 * Contract of this header
 *  - Pure C11, no OS header, no globals. Only wsc_model_new, _grow, _clone and _free touch the heap.
 *  - A model belongs to one caller at a time: no locks. Threads of the *observed program* are numbers in calls.
 *  - Objects are small integers that the caller hands out, from 0, one number space for each kind: sockets,
 *    OVERLAPPED structures ("operations"), events, routines, ports, threads. Numbers must be smaller than the
 *    limits given to wsc_model_new; do not use a number again in one case for another object.
 *  - Functions return WSC_OK or another wsc_status; then nothing has changed, unless said otherwise.
 *  - Amounts are bytes. Nothing here prints text; names and clause ids of rules are the only strings.
 *  - State does not grow with the number of calls. Where a bounded memory (limits.segments) overflows, knowledge
 *    becomes "unknown": the model then demands less, never more.
 *
 * A first use:
 *
 *     wsc_model *m = wsc_model_new(NULL);                            // defaults; a Winsock not yet started
 *     wsc_verdict v;
 *     wsc_observed zero = {.ret = WSC_RET_0, .op = WSC_NONE};
 *     wsc_call call = {.kind = WSC_STARTUP};
 *     wsc_observe(m, &call, &zero, &v);
 *     call = (wsc_call){.kind = WSC_PAIR, .u.pair = {.a = 0, .b = 1, .family = WSC_INET, .type = WSC_STREAM}};
 *     wsc_observe(m, &call, &zero, &v);
 *     call = (wsc_call){.kind = WSC_SEND, .u.send = {.socket = 0, .op = WSC_NONE, .routine = WSC_NONE, .data = 1,
 *                       .overlapped_at = WSC_AT_NULL, .routine_at = WSC_AT_NULL}};
 *     wsc_buffers_begin(&call.u.send.buffers, WSC_AT_PLAIN, 1, 1);
 *     wsc_buffers_add(&call.u.send.buffers, 1, 10, 10, WSC_AT_PLAIN);
 *     wsc_observed got = {.ret = WSC_RET_SOCKET_ERROR, .error = 10057, .op = WSC_NONE};
 *     wsc_observe(m, &call, &got, &v);                               // v.ok is false: nothing allows WSAENOTCONN
 */
#ifndef WSCONFORM_H
#define WSCONFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WSC_NONE (-1)    /* no object: no event, no routine, a descriptor that is no socket, ... */
#define WSC_UNKNOWN (-2) /* an object that the caller cannot name: a peer that nobody observes, ... */
#define WSC_BOGUS (-3)   /* of an event: a handle in hEvent that is no event */
#define WSC_BEYOND (-4)  /* of an address: a host behind a router; nobody observes it */
#define WSC_SILENT (-5)  /* of an address: on the same link, and nobody answers there */

typedef enum wsc_status { WSC_OK = 0, WSC_MEMORY, WSC_RANGE /* an object's number is beyond the limits */ } wsc_status;

/* What is known of a yes-or-no question. */
typedef enum wsc_tri { WSC_NO = 0, WSC_MAYBE, WSC_YES } wsc_tri;

/* --- calls ---------------------------------------------------------------------------------------------- */

/* Where a pointer argument points. The order is that of the notation's places. */
typedef enum wsc_place {
    WSC_AT_PLAIN,    /* wholly valid memory */
    WSC_AT_NULL,     /* the NULL pointer */
    WSC_AT_WILD,     /* nothing is mapped there */
    WSC_AT_KERNEL,   /* an address of the kernel's part */
    WSC_AT_READONLY, /* valid, but cannot be written */
    WSC_AT_STRADDLE, /* begins in valid memory, its tail is not mapped */
    WSC_AT_GUARD     /* wholly valid; the byte after its end is not mapped */
} wsc_place;

/* WSC_LOCAL: AF_UNIX, which no network carries. */
typedef enum wsc_family { WSC_INET, WSC_INET6, WSC_OTHER_FAMILY, WSC_LOCAL } wsc_family;
/* As the constants SOCK_...; all but streams carry messages, and the last two do so over connections. */
typedef enum wsc_type { WSC_STREAM, WSC_DATAGRAM, WSC_RAW, WSC_RDM, WSC_SEQPACKET } wsc_type;

/* How long a wait waits: not at all; for less than the case's limit; as long as anything may take (the limit,
 * INFINITE): what is certain to happen must have happened when such a wait ends. */
typedef enum wsc_patience { WSC_POLL, WSC_SHORT, WSC_LIMIT } wsc_patience;

/* The bits of dwFlags that the document defines; any other bit makes a call undefined (flags.or). */
enum { WSC_MSG_OOB = 0x1, WSC_MSG_DONTROUTE = 0x4, WSC_MSG_PARTIAL = 0x8000 };

/* lpBuffers and dwBufferCount, condensed. Fill it in by wsc_buffers_begin and wsc_buffers_add. */
typedef struct wsc_buffers {
    wsc_place array; /* where the array of WSABUF lies */
    uint32_t count;  /* dwBufferCount */
    uint32_t mapped; /* elements of the array that can be read */
    uint32_t added;  /* elements described so far */
    uint64_t total;  /* sum of the lengths */
    bool bad;        /* a buffer with bytes lies partly or wholly outside valid memory */
    bool odd;        /* a buffer without bytes has an invalid pointer ... */
    bool astray;     /* ... other than NULL */
} wsc_buffers;

/* Begins an array of which `mapped` elements can be read (the cut one of a straddling array not counted; 0 for
 * NULL and the like), given to the call as `count` elements. */
void wsc_buffers_begin(wsc_buffers *b, wsc_place array, uint64_t mapped, uint32_t count);
/* Adds `repeat` equal elements; those beyond `count` are ignored. backing: mapped bytes behind the pointer. */
void wsc_buffers_add(wsc_buffers *b, uint64_t repeat, uint64_t length, uint64_t backing, wsc_place place);

typedef struct wsc_send_call { /* WSASend */
    int socket;                /* or WSC_NONE: INVALID_SOCKET, another kind of handle, a junk number */
    wsc_buffers buffers;
    wsc_place sent_at;       /* lpNumberOfBytesSent */
    uint32_t flags;          /* dwFlags, as given */
    wsc_place overlapped_at; /* lpOverlapped; WSC_AT_NULL if NULL */
    int op;                  /* the OVERLAPPED; WSC_NONE if NULL or nowhere */
    wsc_place routine_at;    /* lpCompletionRoutine: PLAIN, NULL or WILD (KERNEL) */
    int routine;             /* the routine, or WSC_NONE */
    uint32_t data; /* data id: which WSASend of the case this is; > 0 and greater than that of earlier calls */
    bool copy;     /* the descriptor is a handle that DuplicateHandle made */
} wsc_send_call;

typedef struct wsc_other_call { /* WSARecv, WSARecvFrom, WSASendTo */
    int socket;
    bool receives;
    uint64_t bytes;          /* asked for, or given */
    int to;                  /* WSASendTo: lpTo, as in connect; ignored on streams */
    wsc_place overlapped_at; /* lpOverlapped; WSC_AT_NULL if NULL */
    int op;                  /* as in wsc_send_call */
    int routine;             /* or WSC_NONE */
    uint32_t data;           /* WSASendTo: its data id, one sequence with those of WSASend; WSARecv: 0 */
} wsc_other_call;

typedef enum wsc_call_kind {
    WSC_STARTUP,         /* WSAStartup; a version before 2.0 brings Windows Sockets 1.1 */
    WSC_CLEANUP,         /* WSACleanup */
    WSC_PAIR,            /* two sockets, connected (datagram: b is bound and a connected to it) */
    WSC_SOCKET,          /* socket, WSASocket */
    WSC_BIND,            /* bind */
    WSC_CONNECT,         /* connect, WSAConnect */
    WSC_LISTEN,          /* listen */
    WSC_ACCEPT,          /* accept */
    WSC_SHUTDOWN,        /* shutdown */
    WSC_CLOSE,           /* closesocket */
    WSC_CLOSE_COPY,      /* closesocket of one descriptor of a socket that has others */
    WSC_ABORT_COPY,      /* the same after SO_LINGER {1, 0} */
    WSC_ABORT,           /* closesocket after SO_LINGER {1, 0}: the peer gets a reset */
    WSC_NONBLOCKING,     /* ioctlsocket(FIONBIO) */
    WSC_SETOPT,          /* setsockopt */
    WSC_GETOPT,          /* getsockopt */
    WSC_OVERLAPPED,      /* the application fills in an OVERLAPPED */
    WSC_EVENT_CREATE,    /* WSACreateEvent: manual reset, unset */
    WSC_EVENT_SET,       /* WSASetEvent */
    WSC_EVENT_RESET,     /* WSAResetEvent */
    WSC_EVENT_CLOSE,     /* WSACloseEvent */
    WSC_PORT,            /* CreateIoCompletionPort: associates a socket with a port */
    WSC_CANCEL,          /* CancelIo, CancelIoEx, WSAIoctl(SIO_FLUSH) */
    WSC_THREAD_EXIT,     /* call.thread ends */
    WSC_APC,             /* QueueUserAPC */
    WSC_HOOK,            /* WSASetBlockingHook, WSAUnhookBlockingHook */
    WSC_CANCEL_BLOCKING, /* WSACancelBlockingCall */
    WSC_OTHER,           /* WSARecv, WSARecvFrom, WSASendTo: not judged, but what comes of them is known */
    WSC_SEND,            /* WSASend */
    WSC_RESULT,          /* WSAGetOverlappedResult */
    WSC_WAIT,            /* WSAWaitForMultipleEvents */
    WSC_SLEEP,           /* SleepEx */
    WSC_ALERTABLE_WAIT,  /* alertable waits until n routines ran, as long as the limit */
    WSC_TAKE,            /* GetQueuedCompletionStatus */
    WSC_SELECT,          /* select on one socket for one thing */
    WSC_RECV,            /* recv until that many bytes came (stream), or one datagram */
    WSC_RECV_OOB,        /* recv of urgent data */
    WSC_DRAIN,           /* from now on somebody reads all that arrives at this socket */
    WSC_FAULT,           /* something befalls the network, or a transport; or it is well again */
    WSC_ENTER,           /* a completion routine, user APC or blocking hook begins on call.thread */
    WSC_LEAVE,           /* it returns */
    WSC_CALL_KINDS
} wsc_call_kind;

typedef enum wsc_shut { WSC_SD_RECEIVE, WSC_SD_SEND, WSC_SD_BOTH } wsc_shut; /* values of the constants */
typedef enum wsc_option {
    WSC_SO_OTHER,
    WSC_SO_MAX_MSG_SIZE,
    WSC_SO_SNDBUF,
    WSC_SO_RCVBUF,
    WSC_SO_SNDTIMEO,
    WSC_SO_OOBINLINE,
    WSC_SO_KEEPALIVE, /* also WSAIoctl(SIO_KEEPALIVE_VALS) */
    WSC_IP_TTL,       /* and the hop limit of IPv6 */
    WSC_IP_WHOLE      /* IP_DONTFRAGMENT, IPV6_DONTFRAG: a message goes in one packet */
} wsc_option;
typedef enum wsc_cancel_how { WSC_CANCEL_IO /* of this thread */, WSC_CANCEL_IO_EX, WSC_CANCEL_FLUSH } wsc_cancel_how;
typedef enum wsc_interest { WSC_READABLE, WSC_WRITABLE, WSC_EXCEPT } wsc_interest;

/* What a catalogue entry or SO_MAX_MSG_SIZE says of a socket, where a trace tells it. */
typedef struct wsc_catalogue {
    uint64_t max_msg;  /* SO_MAX_MSG_SIZE; 0: not told */
    bool partial;      /* XP1_PARTIAL_MESSAGE: MSG_PARTIAL is supported */
    bool no_oob;       /* a stream without XP1_EXPEDITED_DATA */
    bool receive_only; /* XP1_UNI_RECV: it only receives */
} wsc_catalogue;

/* A completion routine's run: its name and its four arguments. */
typedef struct wsc_ran {
    int routine;
    uint32_t error;       /* dwError */
    uint64_t transferred; /* cbTransferred */
    int op;               /* lpOverlapped; WSC_NONE if NULL, WSC_UNKNOWN if none that is known */
    uint32_t flags;       /* dwFlags */
} wsc_ran;

/* One call. Addresses as in connect: another socket's number, WSC_NONE (a loopback port where nobody listens),
 * WSC_UNKNOWN (somewhere that nobody observes), WSC_BEYOND, WSC_SILENT. */
typedef struct wsc_call {
    wsc_call_kind kind;
    int thread; /* 0: the main thread */
    union {
        wsc_send_call send;
        wsc_other_call other;
        struct {
            unsigned version; /* as in WSAStartup: 0x0101 is 1.1; 0: 2.2 */
        } startup;
        struct {
            int routine, thread;
        } apc; /* thread: for which it is */
        struct {
            int routine; /* WSC_NONE: none any more */
        } hook;
        struct {
            int a, b; /* b: WSC_UNKNOWN if nobody observes a's peer */
            wsc_family family;
            wsc_type type;
            bool nonblocking, not_overlapped, narrow;
            wsc_catalogue entry;
        } pair;
        struct {
            int socket;
            wsc_family family;
            wsc_type type;
            bool overlapped;
            wsc_catalogue entry;
        } socket;
        struct {
            int socket;
        } one; /* BIND LISTEN CLOSE CLOSE_COPY ABORT ABORT_COPY DRAIN */
        struct {
            int socket, peer;
            bool waits; /* ConnectEx, and waited for: also if the socket is non-blocking */
        } connect;      /* CONNECT */
        struct {
            int listener, socket;
        } accept; /* ACCEPT: socket is the new one's number */
        struct {
            int socket;
            wsc_shut how;
        } shutdown;
        struct {
            int socket;
            bool on;
        } nonblocking;
        struct {
            int socket;
            wsc_option option;
            uint64_t value;
        } option; /* GETOPT: the value is observed.low */
        struct {
            int op, event;
        } overlapped; /* event: number, WSC_NONE (NULL) or WSC_BOGUS */
        struct {
            int event;
        } event; /* EVENT_* */
        struct {
            int port, socket;
        } port;
        struct {
            int socket;
            wsc_cancel_how how;
            int op;
        } cancel; /* op: WSC_NONE = all of the socket */
        struct {
            int socket, op;
            wsc_place transferred_at;
            bool wait;
            bool copy; /* as of a send */
        } result;
        struct {
            const int *events;
            size_t n;
            bool all, alertable;
            wsc_patience patience;
        } wait; /* events: the caller's */
        struct {
            bool alertable;
            wsc_patience patience;
        } sleep;
        struct {
            uint32_t n;
        } alertable_wait;
        struct {
            int port;
            wsc_patience patience;
        } take;
        struct {
            int socket;
            wsc_interest interest;
            wsc_patience patience;
        } select;
        struct {
            int socket;
            uint64_t bytes;
        } recv;        /* RECV, RECV_OOB: bytes asked for */
        wsc_ran enter; /* ENTER; LEAVE: only .routine */
        struct {
            uint32_t words; /* bits: 1 << wsc_fault_word("link_down") | ... */
            uint32_t code;  /* inject: the Winsock code of the failure */
        } fault;
    } u;
} wsc_call;

/* --- outcomes ------------------------------------------------------------------------------------------- */

typedef enum wsc_ret {
    WSC_RET_NONE,          /* nothing is said: makers; ALERTABLE_WAIT that saw its n routines */
    WSC_RET_0,             /* 0 */
    WSC_RET_SOCKET_ERROR,  /* SOCKET_ERROR, error; makers: failed */
    WSC_RET_TRUE,          /* TRUE */
    WSC_RET_FALSE,         /* FALSE, error; of TAKE without a packet: op is WSC_NONE */
    WSC_RET_EVENT_0,       /* WSA_WAIT_EVENT_0 + index (in low and high) */
    WSC_RET_TIMEOUT,       /* WSA_WAIT_TIMEOUT; select, ALERTABLE_WAIT: timeout */
    WSC_RET_IO_COMPLETION, /* WAIT_IO_COMPLETION, WSA_WAIT_IO_COMPLETION */
    WSC_RET_WAIT_FAILED,   /* WSA_WAIT_FAILED, error */
    WSC_RET_READY,         /* select: what was asked for */
    WSC_RET_DATA,          /* recv: runs, see .end */
    WSC_RET_OTHER          /* a value that no document knows (WSASend = 7): never allowed */
} wsc_ret;

/* How a recv ended that got fewer bytes than it asked for. */
typedef enum wsc_ending { WSC_END_NONE, WSC_END_EOF, WSC_END_TIMEOUT, WSC_END_ERROR } wsc_ending;

/* *lpNumberOfBytesSent of WSASend, lpcbTransfer of RESULT, the amount of a packet. */
typedef enum wsc_amount {
    WSC_AMOUNT_UNSTATED,  /* allowed: the document says nothing of it; observed: could not be read */
    WSC_AMOUNT_UNTOUCHED, /* still the sentinel */
    WSC_AMOUNT_RANGE      /* low..high */
} wsc_amount;

#define WSC_ANY_ERROR 0xFFFFFFFFu /* of an allowed outcome: the document does not say which code */

typedef struct wsc_outcome {
    wsc_ret ret;
    uint32_t error; /* 0: none; WSC_ANY_ERROR */
    wsc_amount amount;
    uint64_t low, high; /* with WSC_AMOUNT_RANGE; EVENT_0: the index */
    int op;             /* TAKE: whose packet; else WSC_NONE */
    int rule;           /* the rule that allows it: wsc_rule(rule) */
    bool injected;      /* only a failure that was injected into the transport allows it */
    int fact;           /* of wsc_allowed: a fact that speaks against it (wsc_fact(fact)), or WSC_NONE */
} wsc_outcome;

/* A routine that may run in an alertable wait. */
typedef struct wsc_may_run {
    int routine, op;    /* op: WSC_UNKNOWN: nobody knows with which lpOverlapped; WSC_NONE: NULL, a user APC */
    uint32_t error;     /* dwError */
    uint64_t low, high; /* cbTransferred */
    bool certain;       /* it must run before this wait ends; one operation may have several lines (0 or 995) */
    bool hook;          /* it is the thread's blocking hook */
    bool likely;        /* it is ready to run, though the document does not speak of it: a user APC, a receive */
    int rule;
} wsc_may_run;

#define WSC_MAX_OUTCOMES 96
#define WSC_MAX_RUNS 64
#define WSC_MAX_CONDITIONS 48
#define WSC_MAX_FINDINGS 8
#define WSC_MAX_PRACTICE 4

/* The allowed set of a call. Preferred outcomes come first: what the model itself would answer is outcomes[0]. */
typedef struct wsc_set {
    bool judged;    /* false: the document does not speak of this call; outcomes[0], if any, is a guess for the model
                       target */
    bool undefined; /* nothing is demanded of this call, not even that it returns; outcomes[0] as above */
    bool may_block; /* it may wait for as long as the program likes */
    bool may_stall; /* the same however little it sends, and though its peer reads: a fault of the network */
    bool truncated; /* more outcomes or runs are allowed than fit; observing knows them all */
    size_t n_outcomes, n_runs, n_conditions;
    wsc_outcome outcomes[WSC_MAX_OUTCOMES];
    wsc_may_run runs[WSC_MAX_RUNS];     /* alertable waits: what may run, what must; blocking WSASend: what may */
    int conditions[WSC_MAX_CONDITIONS]; /* error rules whose condition certainly holds */
} wsc_set;

/* What a peer received: bytes low to high-1 of the WSASend with that data id; data 0: high-low foreign bytes. */
typedef struct wsc_run {
    uint32_t data;
    uint64_t low, high;
} wsc_run;

enum {
    WSC_CHANGED_BUFFERS = 1,
    WSC_CHANGED_DATA = 2,
    WSC_CHANGED_OVERLAPPED = 4,
    WSC_CHANGED_GUARD = 8,
    WSC_CHANGED_SENT = 16
};

/* What was seen of a call. Zero-initialise, then set op (WSC_NONE) and what there is. */
typedef struct wsc_observed {
    wsc_ret ret;
    uint32_t error;
    wsc_amount amount;   /* a single value has low == high; a range says "somewhere in it" (branching over histories) */
    uint64_t low, high;  /* EVENT_0: the index; GETOPT: the value */
    int op;              /* TAKE: whose packet; WSC_NONE; WSC_UNKNOWN: a pointer that nobody knows */
    bool event_seen;     /* SEND: hEvent was looked at right after the call (only if it is a valid event) ... */
    bool event_set;      /* ... and was set */
    unsigned changed;    /* SEND, and what tells the end of one: WSC_CHANGED_* */
    const wsc_run *data; /* RECV, RECV_OOB: the caller's */
    size_t n_data;
    wsc_ending end;     /* RECV, RECV_OOB; error holds the code of WSC_END_ERROR */
    const wsc_ran *ran; /* flat traces: routines that ran during this call, each as one enter and leave; the caller's */
    size_t n_ran;
} wsc_observed;

typedef enum wsc_finding_kind {
    WSC_FOUND_OUTCOME, /* the outcome is not in the allowed set */
    WSC_FOUND_AMOUNT,  /* return value and error are, the amount is not */
    WSC_FOUND_EVENT,   /* the event is set, or unset, and must not be */
    WSC_FOUND_CHANGED, /* memory was written to that must not be */
    WSC_FOUND_ROUTINE, /* a routine ran that must not, or with wrong arguments; or did not run */
    WSC_FOUND_DATA,    /* the peer received something wrong, or did not receive something */
    WSC_FOUND_PRACTICE /* allowed by the document, but the profile's system is not seen to do it */
} wsc_finding_kind;

typedef struct wsc_finding {
    wsc_finding_kind kind;
    int rule;     /* the rule that was broken; of OUTCOME: that of the preferred outcome */
    int op;       /* EVENT, ROUTINE: whose; else WSC_NONE */
    wsc_run data; /* DATA: the run that is wrong or missing */
} wsc_finding;

typedef struct wsc_verdict {
    bool ok;        /* no findings */
    bool undefined; /* nothing was demanded, or (sends of several threads at once) less than usual; ok is true */
    int rule;       /* the rule that allows what was observed; WSC_NONE if none does or the call is not judged */
    size_t n_findings;
    wsc_finding findings[WSC_MAX_FINDINGS];
    /* Rules of error conditions that were brought about, whatever was answered: those that certainly held, possible
     * ones that were answered, and those that the call caused (closing with operations outstanding, say). The condition
     * is the first clause of the rule, if it begins with "err.". After a fault of the network also possible ones, if
     * the call failed (with whatever code) and no others could be the reason. */
    size_t n_conditions;
    int conditions[WSC_MAX_CONDITIONS];
    /* The same, of failures that were injected into the transport. */
    size_t n_injected;
    int injected[WSC_MAX_CONDITIONS];
    /* Facts that speak against what was seen, though the document allows it, in any profile. */
    size_t n_practice;
    int practice[WSC_MAX_PRACTICE];
    wsc_set allowed; /* the set of this call; of a wait in which routines ran, as it is without them */
} wsc_verdict;

/* --- the model ------------------------------------------------------------------------------------------ */

typedef struct wsc_model wsc_model;

/* How many objects of each kind a case may have; 0 means the default, given behind. */
typedef struct wsc_limits {
    uint32_t sockets;    /* 32 */
    uint32_t operations; /* 64: distinct OVERLAPPED structures, not sends */
    uint32_t events;     /* 64 */
    uint32_t ports;      /* 8 */
    uint32_t threads;    /* 8 */
    uint32_t segments;   /* 64: sends of one socket whose bytes nobody has read yet; rounded up to a power of two */
} wsc_limits;

/* A profile narrows what is let pass: WINDOWS, to what the facts about real Windows (spec/windows.toml) leave, inferred
 * ones apart. The sets stay those of the document. */
typedef enum wsc_profile { WSC_PROFILE_DOCUMENTED, WSC_PROFILE_WINDOWS } wsc_profile;

/* limits may be NULL: all defaults. NULL if memory is short. The caller owns the model: wsc_model_free. */
wsc_model *wsc_model_new(const wsc_limits *limits);
void wsc_model_free(wsc_model *model); /* NULL is fine */
/* Makes room: the limits become at least these. WSC_MEMORY: what is known is unchanged. */
wsc_status wsc_model_grow(wsc_model *model, const wsc_limits *limits);
/* Whether the next send on this socket would make the model forget the oldest one that nobody has read yet: time to
 * grow limits.segments, if nothing is to be forgotten. */
bool wsc_model_is_full(const wsc_model *model, int socket);
/* Forgets all objects and start-ups for the next case; keeps limits, profile, disabled rules. Costs by what was used.
 */
void wsc_model_reset(wsc_model *model);
/* A second model in the same state; NULL if memory is short. The caller owns it. */
wsc_model *wsc_model_clone(const wsc_model *model);
/* Makes `to` equal to `from`; grows it if need be (WSC_MEMORY). */
wsc_status wsc_model_copy(wsc_model *to, const wsc_model *from);
/* Equal models allow the same for ever; equal models have equal hashes. Models that differ may still behave alike. */
bool wsc_model_equal(const wsc_model *a, const wsc_model *b);
uint64_t wsc_model_hash(const wsc_model *model);
void wsc_model_set_profile(wsc_model *model, wsc_profile profile);
/* Takes a rule out (on = false) or puts it back: error rules then never hold, success rules offer nothing, the others
 * are not checked. For self-tests: a suite that does not notice tests nothing. Sets can become empty. */
void wsc_model_enable(wsc_model *model, int rule, bool on);
/* Whether a rule has not been taken out; false if there is none of that index. */
bool wsc_model_is_enabled(const wsc_model *model, int rule);

/* How a rule can be made wrong, for self-tests. */
typedef enum wsc_twist {
    WSC_TWIST_NONE,
    WSC_TWIST_DROP,   /* as wsc_model_enable(..., false) */
    WSC_TWIST_DOUBT,  /* error rules: MAYBE where the condition is YES */
    WSC_TWIST_SURE,   /* error rules: YES where it is MAYBE */
    WSC_TWIST_WIDE,   /* error rules: MAYBE where it is NO */
    WSC_TWIST_CODE,   /* errors and outcomes: another code */
    WSC_TWIST_AMOUNT, /* outcomes: an amount that is one too many, or one where none is told */
    WSC_TWIST_COUNT
} wsc_twist;

/* Twists one rule; the one that was twisted before is no longer. WSC_RANGE: no such rule or twist. */
wsc_status wsc_model_twist(wsc_model *model, int rule, wsc_twist twist);

/* Conditions that no call brings about: a network fault, a blocking hook. Sets the condition of an error rule (by
 * index: netdown, netreset.*, nobufs, intr, inprogress.*, connaborted, connreset.*, ...) of one socket, or of all
 * (WSC_NONE), until set to WSC_NO again. WSC_RANGE: no such socket or no error rule. */
wsc_status wsc_fault(wsc_model *model, int socket, int rule, wsc_tri holds);

/* The number of a word of the notation's fault step ("link_down", "inject", "heal", ...) for a WSC_FAULT call; WSC_NONE
 * if there is no such fault. What a fault makes possible: src/faults.def. */
int wsc_fault_word(const char *word);

/* --- asking and telling ---------------------------------------------------------------------------------- */

/* The allowed set of a call in the present state; the model does not change. */
wsc_status wsc_allowed(const wsc_model *model, const wsc_call *call, wsc_set *set);

/* One call that was made and has returned: wsc_begin, an enter and leave for each of seen->ran, wsc_end. */
wsc_status wsc_observe(wsc_model *model, const wsc_call *call, const wsc_observed *seen, wsc_verdict *verdict);

/* A call as an interval: others may happen between entry and return, on other threads or in routines on this one.
 * Calls of one thread nest (a routine inside a wait). wsc_end gets the same call again; a condition that held only
 * at one end of the interval counts as MAYBE. A call that never returns needs no end. The allowed set that a verdict of
 * wsc_end carries is that at the return; ask wsc_allowed before wsc_begin for the one at the entry (what may run in a
 * wait). */
wsc_status wsc_begin(wsc_model *model, const wsc_call *call);
wsc_status wsc_end(wsc_model *model, const wsc_call *call, const wsc_observed *seen, wsc_verdict *verdict);

/* What a recv of `bytes` bytes (or a recv_oob, if urgent) on this socket would get from a conforming target now: at
 * most `max` runs, their number returned, and in *end how it ends. For the model target and for comparing hand-written
 * rows. */
size_t wsc_expected_data(const wsc_model *model, int socket, uint64_t bytes, bool urgent, wsc_run *runs, size_t max,
                         wsc_ending *end);

/* --- facts ------------------------------------------------------------------------------------------------ */

typedef struct wsc_fact_info {
    const char *id; /* "w.all-or-nothing": statement and source stand in spec/windows.toml */
    bool inferred;  /* said of send, WSARecv or the like, not of WSASend itself: never decides */
} wsc_fact_info;

int wsc_fact_count(void);
/* NULL if there is no such fact. */
const wsc_fact_info *wsc_fact(int fact);
/* WSC_NONE if there is no fact of that id that the model can judge. */
int wsc_fact_find(const char *id);

/* --- rules ------------------------------------------------------------------------------------------------ */

typedef enum wsc_rule_kind {
    WSC_RULE_ERROR,   /* a condition and the code that it gives WSASend */
    WSC_RULE_OUTCOME, /* another outcome of a call: success, pending, a completion, a wait's end */
    WSC_RULE_CHECK    /* what must not be seen beside the outcome: of memory, events, routines, data */
} wsc_rule_kind;

typedef struct wsc_rule_info {
    const char *name; /* "notconn", "data.order": stable, for reports and signatures */
    wsc_rule_kind kind;
    uint32_t code;       /* error rules and completions: 10057, ...; else 0 */
    const char *clauses; /* ids of spec/, separated by one space, the most specific first; never empty */
    const char *text;    /* one sentence */
} wsc_rule_info;

int wsc_rule_count(void);
/* NULL if there is no such rule. */
const wsc_rule_info *wsc_rule(int rule);
/* WSC_NONE if there is no rule of that name. */
int wsc_rule_find(const char *name);

#ifdef __cplusplus
}
#endif

#endif

/*
 * seen.h - the atoms behind "=" as an observation: which return value, which code, how many bytes, what ran.
 *
 * This only reads the notation (the outcome table of NOTATION.md); it knows nothing of what is allowed. Values that
 * no implementation should give (WSASend = 7) are observations like others; words that are none at all are errors.
 */
#ifndef WSJ_SEEN_H
#define WSJ_SEEN_H

#include "notation.h"

/* How the call ended. */
typedef enum wsj_ending {
    WSJ_RETURNED,
    WSJ_CRASHED,     /* crash 0xC0000005: code holds the exception */
    WSJ_HUNG,        /* hang */
    WSJ_LACKING,     /* unsupported "why" */
    WSJ_FAILED,      /* failed "what": a set-up verb */
    WSJ_NOT_DEMANDED /* undefined: only in a hand-written set */
} wsj_ending;

/* What the function returned. */
typedef enum wsj_return {
    WSJ_NO_VALUE,     /* nothing is said: makers, recv, alertable_wait */
    WSJ_NUMBER,       /* 0, 7, WSA_WAIT_TIMEOUT, WAIT_IO_COMPLETION: value */
    WSJ_SOCKET_ERROR, /* and code */
    WSJ_TRUE,
    WSJ_FALSE /* and code */
} wsj_return;

/* Behind the runs of a recv. */
typedef enum wsj_tail { WSJ_COMPLETE, WSJ_EOF, WSJ_TIMEOUT, WSJ_RECV_ERROR /* code */ } wsj_tail;

/* One end of a range and the other; equal if one number was said. */
typedef struct wsj_amount {
    bool said;
    bool untouched; /* sent or transferred untouched: low and high are 0 */
    uint64_t low, high;
} wsj_amount;

enum {
    WSJ_CHANGED_BUFFERS = 1,
    WSJ_CHANGED_DATA = 2,
    WSJ_CHANGED_OVERLAPPED = 4,
    WSJ_CHANGED_GUARD = 8,
    WSJ_CHANGED_SENT = 16
};

typedef struct wsj_seen {
    wsj_ending ending;
    wsj_return returned;
    uint64_t value;
    bool no_error;          /* failed without setting an error */
    uint32_t code;          /* error code, or the exception of a crash */
    wsj_amount sent;        /* WSASend */
    wsj_amount amount;      /* transferred */
    const char *overlapped; /* GetQueuedCompletionStatus: the name behind "&"; NULL if none was said */
    const wsn_value *runs;  /* recv: n_runs atoms: runs, bytes, and behind those perhaps "foreign" and a number */
    size_t n_runs;
    wsj_tail tail;        /* recv; WSJ_TIMEOUT also for select and alertable_wait */
    const char *ready;    /* select: "readable", "writable", "except"; NULL otherwise */
    wsj_amount option;    /* getsockopt: value N */
    const wsn_value *ran; /* invocations, n_ran of them */
    size_t n_ran;
    bool says_ran;
    bool event_said, event_set;
    unsigned changed; /* WSJ_CHANGED_... */
    wsj_amount max_msg;
    bool partial, no_oob, receive_only, unwanted, unforeseen;
    const char *why; /* of unsupported and failed: not NUL-terminated, why_length bytes */
    size_t why_length;
} wsj_seen;

/* Reads an outcome of `verb`. False if it is none: message (of `size` bytes) says why. The result points into the
 * outcome. */
bool wsj_see(wsn_verb verb, const wsn_outcome *outcome, wsj_seen *seen, char *message, size_t size);

#endif

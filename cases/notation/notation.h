/*
 * notation.h - the one notation for cases and traces, as data.
 *
 * A case file is parsed into cases (tables already expanded, one case per row); a trace is a case whose
 * every call carries what was seen. Two ways to read:
 *
 *   wsn_read_*    gives whole cases (hand-written files);
 *   wsn_stream_*  hands over one statement at a time and forgets it (traces of any length).
 *
 * Contract of this header: functions return WSN_OK (0) or another wsn_status; on failure *error (if given)
 * is filled in and nothing else changes. Text is UTF-8. All nodes of a case live in that case's arena and die
 * with it. No globals, no OS headers; memory comes from malloc.
 *
 * Nothing here knows what is right: see model/ for that.
 */
#ifndef WSN_NOTATION_H
#define WSN_NOTATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum wsn_status { WSN_OK = 0, WSN_SYNTAX, WSN_MEMORY, WSN_IO, WSN_STOPPED } wsn_status;

/* Where a reader gave up. line and column count from 1; column counts bytes. */
typedef struct wsn_error {
    wsn_status status;
    const char *file; /* the name given to the reader, not owned */
    int line;
    int column;
    char message[400]; /* one sentence: what was found and what was expected */
} wsn_error;

/* The verbs: WSN_VERB_tcp, WSN_VERB_WSASend, ... in the order of verbs.def. */
typedef enum wsn_verb {
#define WSN_VERB(name, results, args, help) WSN_VERB_##name,
#include "verbs.def"
#undef WSN_VERB
    WSN_VERB_COUNT
} wsn_verb;

/* Where an object or a buffer lies in memory; a word before a reference or a list, after a buffer's length. */
typedef enum wsn_place {
    WSN_PLAIN,    /* ordinary memory */
    WSN_NULL,     /* the NULL pointer */
    WSN_WILD,     /* an address at which nothing is mapped */
    WSN_KERNEL,   /* an address of the kernel's part of the address space */
    WSN_READONLY, /* a page that can be read but not written */
    WSN_STRADDLE, /* begins in valid memory, its tail is not mapped */
    WSN_GUARD     /* wholly valid; the byte after its end is not mapped */
} wsn_place;

typedef enum wsn_kind {
    WSN_INT,    /* 10, 0x8000: number */
    WSN_NAME,   /* a, MSG_OOB, SOCKET_ERROR, limit, NULL, wild: name (and number, if constant) */
    WSN_OR,     /* MSG_OOB|0x10: items, each INT or NAME; number is the bitwise OR if constant */
    WSN_REF,    /* &sent, readonly &sent: name, place */
    WSN_LIST,   /* [10, 4 x 1, 20 wild, 4294967295 of 4096]: items; place of the array; count if has_count */
    WSN_BUFFER, /* one element of such a list: number = length, repeat, backing, place */
    WSN_INVOKE, /* r(0, 10, &o, 0): name, items */
    WSN_RUN,    /* 2[0..10]: number = data id, low..high (half open): bytes low to high-1 of send number 2 */
    WSN_RANGE,  /* 1..9: low..high (closed) */
    WSN_BYTES,  /* x"00ff": text, length */
    WSN_STRING  /* "why": text, length */
} wsn_kind;

typedef struct wsn_value wsn_value;
struct wsn_value {
    wsn_kind kind;
    wsn_place place;    /* REF, LIST, BUFFER; also NAME: NULL, wild, kernel give WSN_NULL, ... */
    bool constant;      /* INT, and NAME/OR made of known constants: number is valid */
    bool hex;           /* INT: was written as 0x..., is printed so */
    bool has_count;     /* LIST, NAME: "count N" follows: dwBufferCount differs from the list's length */
    uint64_t number;    /* INT, OR, constant NAME, BUFFER length, RUN data id */
    uint64_t low, high; /* RUN, RANGE */
    uint64_t count;     /* LIST/NAME with has_count */
    uint64_t repeat;    /* BUFFER: "N x LENGTH", else 1 */
    uint64_t backing;   /* BUFFER: "LENGTH of BACKING": mapped bytes, else = number */
    const char *name;   /* NAME, REF, INVOKE; interned: equal names in one case are one pointer */
    const char *text;   /* STRING, BYTES; may hold NUL, see length; not NUL-terminated for BYTES */
    size_t length;      /* of text, in bytes */
    wsn_value *items;   /* OR, LIST, INVOKE: array */
    size_t n_items;
};

/* One outcome: the atoms after "=", as "SOCKET_ERROR WSAEFAULT sent untouched". */
typedef struct wsn_outcome {
    bool wanted; /* hand-written: "want" stands before it */
    wsn_value *atoms;
    size_t n_atoms;
} wsn_outcome;

typedef enum wsn_statement_kind {
    WSN_CALL,    /* a, b = tcp()   F(x) = ...: call and return in one */
    WSN_START,   /* F(x) ...           : the call, its return follows later */
    WSN_RETURN,  /* ... F = ...        : the return of the call that this thread started */
    WSN_ENTER,   /* enter r(0,10,&o,0) : a completion routine begins on this thread */
    WSN_LEAVE,   /* leave r */
    WSN_THREAD,  /* thread t1          : declares a thread */
    WSN_ROUTINE, /* routine r ... end  : body holds the calls made inside */
    WSN_REPEAT   /* repeat 100 [until WSAEWOULDBLOCK] ... end */
} wsn_statement_kind;

typedef struct wsn_statement wsn_statement;
struct wsn_statement {
    wsn_statement_kind kind;
    int line, column;
    int step;             /* ordinal in the case, from 1, in reading order, bodies included: in signatures */
    const char *thread;   /* "t1:" before the statement; NULL for the case's main thread */
    wsn_verb verb;        /* CALL, START, RETURN */
    const char **results; /* CALL, START: the names left of "=": "a, b = tcp()" */
    size_t n_results;
    wsn_value *args; /* CALL, START, ENTER */
    size_t n_args;
    wsn_outcome *outcomes; /* CALL, RETURN: the alternatives, "or" between them; none if nothing is said */
    size_t n_outcomes;
    const char *name;    /* ENTER, LEAVE, THREAD, ROUTINE */
    uint64_t times;      /* REPEAT */
    wsn_value *until;    /* REPEAT: the atom that ends the loop early when an outcome holds it, or NULL */
    wsn_statement *body; /* ROUTINE, REPEAT */
    size_t n_body;
    bool stamped; /* "@start" or "@start+duration" ends the statement: microseconds since the case began */
    uint64_t at_us, took_us;
};

typedef struct wsn_case {
    const char *id;   /* file/name[row] */
    const char *file; /* as given to the reader */
    int line;
    const char **clauses;
    size_t n_clauses;
    const char **requires; /* what the machine must have: root, netns, ... */
    size_t n_requires;
    bool start_fresh;         /* "start fresh": in a process in which no case ran before */
    bool start_uninitialised; /* "start uninitialised": without the WSAStartup that every other case begins with */
    uint32_t limit_ms;        /* "limit 500ms"; 0 if not given */
    const char *because;      /* because "...": why this case is as it is; or NULL */
    wsn_statement *statements;
    size_t n_statements;
    bool ended;       /* an "end" line was read (traces always have one) */
    uint64_t took_us; /* "end @N": the stamp on it, 0 if none */
    struct wsn_arena *arena;
} wsn_case;

/* What a trace says of itself before its first case; every field may be NULL. */
typedef struct wsn_trace_head {
    bool is_trace; /* the file begins with "trace 1" */
    const char *target, *kind, *version, *arch, *provider;
} wsn_trace_head;

/* --- whole cases --------------------------------------------------------------------------------------- */

typedef struct wsn_file {
    wsn_case **cases;
    size_t n_cases;
    wsn_trace_head head;
    struct wsn_arena *arena;
} wsn_file;

/* Parses size bytes of text. id_prefix ("errors/shutdown") and a slash are put before every case name that
 * does not come from a trace. *out is owned by the caller: wsn_file_free. */
wsn_status wsn_read_text(const char *text, size_t size, const char *file_name, const char *id_prefix, wsn_file **out,
                         wsn_error *error);
wsn_status wsn_read_file(const char *path, const char *id_prefix, wsn_file **out, wsn_error *error);
void wsn_file_free(wsn_file *file);

/* --- streams ------------------------------------------------------------------------------------------- */

/* Called in reading order. The case given to begin has no statements; a statement dies when its callback
 * returns, the case (names interned in it included) when end returns. A non-zero return stops: WSN_STOPPED.
 * begin comes with the first statement or the end of the case, so that all header lines have been read. */
typedef struct wsn_stream_handlers {
    void *context;
    int (*head)(void *context, const wsn_trace_head *head); /* may be NULL; once, of files that are no traces too */
    int (*begin)(void *context, const wsn_case *c);
    int (*statement)(void *context, const wsn_case *c, const wsn_statement *s);
    int (*end)(void *context, const wsn_case *c);
} wsn_stream_handlers;

/* Reads to the end of in. After a syntax error inside a case the stream is at an end: what was handed over
 * before stays true. A trace that ends inside a case is WSN_SYNTAX, its case is not ended. */
wsn_status wsn_stream(FILE *in, const char *file_name, const char *id_prefix, const wsn_stream_handlers *handlers,
                      wsn_error *error);

/* --- printing ------------------------------------------------------------------------------------------- */

/* Canonical text: parsing it again gives an equal case. The print functions write like snprintf: at most size
 * bytes with the NUL, and return the full length. */
size_t wsn_print_value(const wsn_value *value, char *out, size_t size);
size_t wsn_print_outcome(const wsn_outcome *outcome, char *out, size_t size);
/* Only "a, b = tcp()" or "t1: F(x)": no outcomes, no stamp. */
size_t wsn_print_call(const wsn_statement *statement, char *out, size_t size);
size_t wsn_print_statement(const wsn_statement *statement, char *out, size_t size); /* one line; not for blocks */
wsn_status wsn_print_case(const wsn_case *c, FILE *out);   /* bodies included; the id stands as the case's name */
bool wsn_case_equal(const wsn_case *a, const wsn_case *b); /* ids, headers, statements; not lines and columns */

/* --- words ----------------------------------------------------------------------------------------------- */

const char *wsn_verb_name(wsn_verb verb);
const char *wsn_verb_help(wsn_verb verb);
const char *wsn_place_name(wsn_place place); /* "" for WSN_PLAIN */

/* Constants of the document's world (constants.def): true and *number if name is one. */
bool wsn_constant(const char *name, uint64_t *number);
/* The name of a Winsock error code, "WSAEFAULT"; NULL if it has none here. */
const char *wsn_error_name(uint32_t code);

#endif

/*
 * reader.h - what the lexer, the table expander, the grammar and the builder share. Private.
 *
 * The flow of one reader, pulled by the parser:
 *
 *   source (FILE or text) -> lexer.re: tokens -> tables.c: tables become cases -> rounds.c: rounds that are counted in
 *   names become lines -> grammar.y -> build.c: statements
 *
 * Functions that can fail return false (the lexer: T_FAILED) after filling in the reader's error; the first error
 * stays.
 */
#ifndef WSN_READER_H
#define WSN_READER_H

#include "arena.h"
#include "notation.h"

enum {
    WSN__BUFFER = 1 << 16,       /* bytes of text held at a time: the longest token */
    WSN__MAX_VALUES = 1 << 18,   /* values in one statement */
    WSN__MAX_RESULTS = 2,        /* names left of "="; see verbs.def */
    WSN__MAX_NAMES = 1000000,    /* names in one case */
    WSN__MAX_TOKENS = 1 << 20,   /* tokens in one line */
    WSN__MAX_WORDS = 1000,       /* clauses of a case; requirements */
    WSN__MAX_BODY = 100000,      /* statements in the body of a routine or a repeat */
    WSN__MAX_BLOCKS = 4,         /* routine and repeat inside each other */
    WSN__MAX_REPEAT = 1000000,   /* repeat N */
    WSN__MAX_CASES = 100000,     /* cases in a file that is not a trace */
    WSN__MAX_TABLE = 500000,     /* tokens in one table */
    WSN__MAX_EXPANDED = 4000000, /* tokens of all cases that come from tables, and of counted rounds */
};

/* What a name stands for in the present case; a set for the letters of verbs.def. */
enum wsn__made {
    WSN__NOTHING = 0,
    WSN__SOCKET = 1,
    WSN__EVENT = 2,
    WSN__PORT = 4,
    WSN__HANDLE = 8,
    WSN__OVERLAPPED = 16,
    WSN__ROUTINE = 32,
    WSN__THREAD = 64,
    WSN__VARIABLE = 128,
    WSN__ANY_HANDLE = WSN__SOCKET | WSN__EVENT | WSN__PORT | WSN__HANDLE
};

/* A word of the text: keyword, verb, constant, or a name of the present case. Equal words are one symbol. */
typedef struct wsn__symbol {
    const char *name;
    uint32_t length, hash;
    uint64_t number;     /* if constant */
    int token;           /* the lexer's token for it */
    int verb;            /* -1: no verb */
    wsn_place place;     /* NULL, wild, readonly, ... */
    bool constant, word; /* stands in constants.def, words.def */
    bool fixed;          /* known from the start: outlives the case */
    enum wsn__made made; /* valid if made_in is the reader's case */
    int made_line;
    int ended_line; /* of a thread: where it exits, 0 if nowhere */
    uint64_t made_in;
} wsn__symbol;

typedef struct wsn__token {
    union {
        uint64_t number;
        wsn__symbol *symbol;
        const char *text;   /* STRING (decoded), BYTES; CLAUSE, COLUMN */
        struct call *again; /* AGAIN */
    };
    union {
        uint64_t second; /* RANGE, RUN: low; STAMP: duration; INT: 1 if hexadecimal */
        size_t length;   /* of text */
    };
    uint64_t third; /* RUN, RANGE: high */
    int line, column;
} wsn__token;

/* Kept parallel to the values, so that errors point to them. */
typedef struct wsn__where {
    int line, column;
    wsn__symbol *symbol; /* NAME, REF, INVOKE */
} wsn__where;

typedef struct wsn__span {
    bool wanted;
    size_t first, n; /* atoms on the value stack */
} wsn__span;

typedef struct wsn__seen_case {
    const char *id;
    int line;
} wsn__seen_case;

typedef struct wsn__reader {
    /* source: a stream or a text */
    FILE *in;
    const char *text;
    size_t text_left;
    bool at_end;

    /* lexer */
    unsigned char *buffer, *token, *cursor, *marker, *limit;
    int64_t column_offset; /* of buffer[0]; see wsn__column */
    int line;
    int depth;        /* of ( and [ */
    int previous;     /* the token before */
    bool gap;         /* white space before the present token */
    bool line_is_end; /* the present line begins with "end" */

    /* between lexer and parser */
    wsn__token *tokens; /* of the present line, so far */
    size_t n_tokens, room_tokens;
    int kind, first_kind; /* of the last and of the first of them */

    /* calls read lately (again.c); NULL if whole cases are collected */
    struct wsn__calls *calls;
    const unsigned char *call_text; /* the call being read, if it can be remembered; in the buffer */
    uint32_t call_hash;
    size_t call_length;

    /* words */
    wsn__symbol **slots;
    size_t n_slots, n_used;
    wsn__symbol **locals; /* in order of their making */
    size_t n_locals, room_locals;
    wsn__symbol *fixed;
    size_t n_fixed;

    /* tables */
    struct wsn__table *table; /* NULL: reading live */
    int pending_kind;         /* the token that ended it */
    wsn__token pending_token;
    bool held; /* a token is to come again: the one before which the case was found to be over */
    int held_kind;
    wsn__token held_token;
    uint64_t expanded;
    bool capturing;
    struct wsn__rounds *rounds; /* a 'repeat' that was read ahead; or NULL */
    bool recording;             /* it is being read ahead */

    /* builder */
    const char *file_name, *id_prefix;
    const wsn_stream_handlers *handlers; /* NULL: whole cases are collected */
    wsn_file *file;
    wsn_trace_head head;
    wsn_arena *file_arena, *statement_arena;
    wsn_arena *case_arena; /* of the present case when streaming */
    wsn_arena *scratch;    /* text of tokens; lives as long as their statement */
    wsn_arena *out;        /* where values go: the case's arena, or the statement's when streaming */
    wsn_case *c;           /* the case being read */
    bool begun;            /* begin was called for it */
    uint64_t case_number;
    int steps;
    wsn_value *values;
    wsn__where *where;
    size_t n_values, room_values;
    wsn__span *spans;
    size_t n_spans, room_spans;
    wsn__symbol *names[WSN__MAX_RESULTS]; /* left of "=" */
    size_t n_names;
    wsn_statement now;       /* the statement being read */
    wsn_statement *finished; /* statements of the case or of open blocks */
    size_t n_finished, room_finished, room_cases;
    struct {
        wsn_statement statement;
        size_t first; /* of its body, in finished */
    } blocks[WSN__MAX_BLOCKS];
    size_t n_blocks;
    struct {
        const char **words;
        size_t n, room;
    } lists[2];           /* clauses, requires */
    wsn__seen_case *seen; /* hash set of case ids; files that are no traces */
    size_t n_seen, room_seen;

    wsn_status status;
    wsn_error error;
} wsn__reader;

/* --- build.c --- */
#if defined(__MINGW_PRINTF_FORMAT) /* "printf" means Microsoft's dialect there */
__attribute__((format(__MINGW_PRINTF_FORMAT, 4, 5)))
#elif defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
bool wsn__fail(wsn__reader *r, int line, int column, const char *format, ...);
bool wsn__no_memory(wsn__reader *r);
bool wsn__cannot_read(wsn__reader *r);
/* Doubles *array of element_size bytes an element when n elements fill it. */
bool wsn__grow(wsn__reader *r, void **array, size_t *room, size_t n, size_t element_size);

bool wsn__grow_tokens(wsn__reader *r);

bool wsn__head_version(wsn__reader *r, const wsn__token *version);
bool wsn__head_pair(wsn__reader *r, const wsn__token *name, const wsn__token *text);
bool wsn__head_done(wsn__reader *r);

bool wsn__case_begin(wsn__reader *r, const wsn__token *name);
void wsn__as_text(wsn__token *name);                                     /* a name as a word of a header */
bool wsn__case_clause(wsn__reader *r, int list, const wsn__token *word); /* 0 clauses, 1 requires */
bool wsn__case_limit(wsn__reader *r, const wsn__token *at, const wsn__token *duration);
bool wsn__case_start(wsn__reader *r, const wsn__token *how);
bool wsn__case_because(wsn__reader *r, const wsn__token *at, const wsn__token *text);
bool wsn__case_end(wsn__reader *r, bool ended, const wsn__token *stamp);

bool wsn__call(wsn__reader *r, const wsn__token *name, size_t n_args);
bool wsn__returned(wsn__reader *r, const wsn__token *name);
bool wsn__name(wsn__reader *r, const wsn__token *name);
bool wsn__enter(wsn__reader *r, const wsn__token *name, size_t n_args);
bool wsn__leave(wsn__reader *r, const wsn__token *name);
bool wsn__thread(wsn__reader *r, const wsn__token *name);
bool wsn__prefix(wsn__reader *r, const wsn__token *name);
bool wsn__block_begin(wsn__reader *r, wsn_statement_kind kind, const wsn__token *at, const wsn__token *what);
bool wsn__block_end(wsn__reader *r);
bool wsn__until(wsn__reader *r);
void wsn__stamp(wsn__reader *r, const wsn__token *stamp);
bool wsn__finish(wsn__reader *r, wsn_statement_kind kind);

bool wsn__int(wsn__reader *r, const wsn__token *t);
bool wsn__word(wsn__reader *r, const wsn__token *t);
bool wsn__atom_word(wsn__reader *r, const wsn__token *t);
bool wsn__bits(wsn__reader *r, size_t n);
bool wsn__ref(wsn__reader *r, const wsn__token *place, const wsn__token *t);
bool wsn__text(wsn__reader *r, wsn_kind kind, const wsn__token *t);
bool wsn__run(wsn__reader *r, wsn_kind kind, const wsn__token *t);
bool wsn__invoke(wsn__reader *r, const wsn__token *name, size_t n, bool atom);
bool wsn__buffer(wsn__reader *r, const wsn__token *repeat, const wsn__token *length, const wsn__token *backing,
                 const wsn__token *place);
bool wsn__list(wsn__reader *r, const wsn__token *place, const wsn__token *at, size_t n);
bool wsn__count(wsn__reader *r, const wsn__token *count);
bool wsn__outcome(wsn__reader *r, bool wanted, size_t n_atoms);

/* --- grammar.y --- */
int wsn__yyparse(wsn__reader *r);

/* --- symbols.c --- */
bool wsn__symbols_init(wsn__reader *r);
void wsn__symbols_free(wsn__reader *r);
/* The symbol of a word; made anew if it is none yet. NULL: no memory, and the error is set. */
wsn__symbol *wsn__symbol_of(wsn__reader *r, const char *name, size_t length);
/* The fixed symbol of a word or NULL. */
wsn__symbol *wsn__fixed_symbol(const wsn__reader *r, const char *name, size_t length);
/* Forgets the names of the present case. */
void wsn__forget_names(wsn__reader *r);
/* " (did you mean 'x'?)" or "": the fixed word most like name for which wanted is true. */
const char *wsn__did_you_mean(const wsn__reader *r, const char *name, bool (*wanted)(const wsn__symbol *), char *out,
                              size_t size);

/* --- again.c --- */
bool wsn__calls_init(wsn__reader *r);
int wsn__again(wsn__reader *r, wsn__token *t);
void wsn__call_again(wsn__reader *r, const wsn__token *t);
void wsn__remember_call(wsn__reader *r);

/* --- lexer.re --- */
enum { T_FAILED = 1 }; /* no token: the error is set; bison's own number for it, so that it stays silent */
bool wsn__lexer_init(wsn__reader *r);
int wsn__lex(wsn__reader *r, wsn__token *t);
static inline int wsn__column(const wsn__reader *r, const unsigned char *p) {
    int64_t column = p - r->buffer + r->column_offset;
    return column > INT32_MAX ? INT32_MAX : (int)column;
}

/* The character behind the present token, a line feed at the end. The token's text is gone afterwards. */
int wsn__peek(wsn__reader *r);

/* --- tables.c --- */
void wsn__table_free(wsn__reader *r);
/* The next token of the text or of a table. */
int wsn__next_of_text(wsn__reader *r, wsn__token *token);
/* The row being expanded, or NULL. */
const char *wsn__row_name(const wsn__reader *r);

/* --- rounds.c --- */
/* Whether the name stands for another one in every round: it ends with '#'. */
static inline bool wsn__counted(const wsn__symbol *s) {
    return s->name[s->length - 1] == '#';
}
/* The parser's next token. */
int wsn__next_of_rounds(wsn__reader *r, wsn__token *token);
void wsn__rounds_free(wsn__reader *r);
/* The error of a counted name outside 'repeat'; false. */
bool wsn__not_counted(wsn__reader *r, const char *name, int line, int column);

#endif

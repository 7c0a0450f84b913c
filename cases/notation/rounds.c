/*
 * rounds.c - before the parser: a 'repeat' in which names count the rounds (o#) becomes as many lines as there are
 * rounds, o1, o2, ... A '#' counts the rounds of the innermost 'repeat' around it.
 *
 * A whole 'repeat' is read ahead, because whether it counts is known only at its end. One that does not count comes out
 * as it went in. Tokens keep the places where they stand.
 */
#include "reader.h"

#include "grammar.h"

#include <stdlib.h>
#include <string.h>

struct recorded {
    int kind;
    wsn__token token;
};

/* Recorded tokens that are being given to the parser again and again. */
struct loop {
    size_t first, end, next;
    uint64_t round, times;
};

typedef struct wsn__rounds {
    wsn_arena *arena; /* of the tokens' text */
    struct recorded *tokens;
    size_t n_tokens, room_tokens;
    struct loop loops[WSN__MAX_BLOCKS + 1]; /* the first is all that was recorded, once */
    size_t n_loops;
} wsn__rounds;

void wsn__rounds_free(wsn__reader *r) {
    if (!r->rounds)
        return;
    wsn__arena_free(r->rounds->arena);
    free(r->rounds->tokens);
    free(r->rounds);
    r->rounds = NULL;
}

bool wsn__not_counted(wsn__reader *r, const char *name, int line, int column) {
    return wsn__fail(r, line, column, "'%.60s' stands outside 'repeat': '#' is the round's number", name);
}

static bool has_symbol(int kind) {
    return kind == T_NAME || kind == T_CALL || kind == T_PREFIX || kind == T_REF;
}

/* --- reading ahead ----------------------------------------------------------------------------------------- */

static bool record(wsn__reader *r, wsn__rounds *a, int kind, wsn__token token) {
    if (a->n_tokens == WSN__MAX_EXPANDED)
        return wsn__fail(r, token.line, token.column, "a 'repeat' of more than %d tokens", WSN__MAX_EXPANDED);
    if (!wsn__grow(r, (void **)&a->tokens, &a->room_tokens, a->n_tokens, sizeof *a->tokens))
        return false;
    a->tokens[a->n_tokens++] = (struct recorded){kind, token};
    return true;
}

/* From 'repeat', which was read, to the end of the line of its 'end'. */
static bool read_block(wsn__reader *r, wsn__rounds *a, const wsn__token *repeat) {
    wsn__token token = *repeat;
    bool line_begins = true;
    int depth = 0;
    for (int kind = T_REPEAT;; kind = wsn__next_of_text(r, &token)) {
        if (kind == T_FAILED)
            return false;
        if (kind == T_END_OF_FILE || (line_begins && kind == T_CASE))
            return wsn__fail(r, token.line, token.column, "found the end of the case, expected a statement or 'end'");
        if (line_begins && (kind == T_REPEAT || kind == T_ROUTINE) && ++depth > WSN__MAX_BLOCKS)
            return wsn__fail(r, token.line, token.column, "more than %d blocks inside each other", WSN__MAX_BLOCKS);
        if (line_begins && kind == T_END)
            depth--;
        if (!record(r, a, kind, token))
            return false;
        line_begins = kind == T_NEWLINE;
        if (line_begins && depth == 0)
            return true;
        r->n_tokens = line_begins ? 1 : 2; /* 'table' begins one only at the beginning of a line */
    }
}

static bool read_ahead(wsn__reader *r, const wsn__token *repeat) {
    wsn__rounds *a = r->rounds = calloc(1, sizeof *a);
    if (!a || !(a->arena = wsn__arena_new()))
        return wsn__no_memory(r);
    wsn_arena *scratch = r->scratch;
    r->scratch = a->arena;
    r->recording = true;
    r->call_text = NULL;
    bool done = read_block(r, a, repeat);
    r->recording = false;
    r->scratch = scratch;
    r->n_tokens = 1;
    a->loops[a->n_loops++] = (struct loop){.end = a->n_tokens, .times = 1, .round = 1};
    return done;
}

/* --- giving it to the parser ------------------------------------------------------------------------------- */

static bool begins_line(const wsn__rounds *a, size_t i) {
    return i == 0 || a->tokens[i - 1].kind == T_NEWLINE;
}

/* Whether the 'repeat' at i counts its rounds in names; *end is its 'end'. */
static bool counts(const wsn__rounds *a, size_t i, size_t *end) {
    bool counted = false, is_repeat[WSN__MAX_BLOCKS] = {false};
    int depth = 0, repeats = 0; /* blocks that are open; repeats among them */
    for (;; i++) {
        int kind = a->tokens[i].kind;
        bool begins = begins_line(a, i);
        if (begins && (kind == T_REPEAT || kind == T_ROUTINE)) {
            is_repeat[depth] = kind == T_REPEAT;
            repeats += is_repeat[depth++];
        } else if (begins && kind == T_END) {
            repeats -= is_repeat[--depth];
            if (depth == 0)
                break;
        } else if (repeats == 1 && has_symbol(kind) && wsn__counted(a->tokens[i].token.symbol))
            counted = true;
    }
    *end = i;
    return counted;
}

/* Makes the 'repeat' at i a loop, if it counts its rounds. */
static bool begin_loop(wsn__reader *r, wsn__rounds *a, size_t i, bool *begun) {
    size_t end;
    *begun = counts(a, i, &end);
    if (!*begun)
        return true;
    const struct recorded *times = &a->tokens[i + 1], *behind = &a->tokens[i + 2];
    if (times->kind != T_INT || times->token.number == 0 || times->token.number > WSN__MAX_REPEAT)
        return wsn__fail(r, times->token.line, times->token.column, "'repeat' is from 1 to %d times", WSN__MAX_REPEAT);
    if (behind->kind != T_NEWLINE)
        return wsn__fail(r, behind->token.line, behind->token.column,
                         "a 'repeat' whose rounds are counted by '#' goes on to its end: it has no 'until'");
    if (a->tokens[end + 1].kind != T_NEWLINE)
        return wsn__fail(r, a->tokens[end + 1].token.line, a->tokens[end + 1].token.column,
                         "'end' stands alone in its line");
    a->loops[a->n_loops - 1].next = end + 2;
    a->loops[a->n_loops++] =
        (struct loop){.first = i + 3, .end = end, .next = i + 3, .round = 1, .times = times->token.number};
    return true;
}

/* o# becomes o17. */
static bool count_in(wsn__reader *r, wsn__token *token, uint64_t round) {
    const wsn__symbol *s = token->symbol;
    size_t room = s->length + 24;
    char *name = wsn__alloc(r->scratch, room);
    if (!name)
        return wsn__no_memory(r);
    int length = snprintf(name, room, "%.*s%llu", (int)s->length - 1, s->name, (unsigned long long)round);
    token->symbol = wsn__symbol_of(r, name, (size_t)length);
    return token->symbol != NULL;
}

static bool give(wsn__reader *r, const wsn__rounds *a, size_t i, wsn__token *token) {
    const struct loop *inner = &a->loops[a->n_loops - 1];
    *token = a->tokens[i].token;
    if (a->n_loops > 1 && ++r->expanded > WSN__MAX_EXPANDED)
        return wsn__fail(r, token->line, token->column, "the file's tables and counted rounds make more than %d tokens",
                         WSN__MAX_EXPANDED);
    if (has_symbol(a->tokens[i].kind) && wsn__counted(token->symbol))
        return count_in(r, token, inner->round);
    return true;
}

/* The next recorded token; -1 if all were given. */
static int replay(wsn__reader *r, wsn__rounds *a, wsn__token *token) {
    while (a->n_loops) {
        struct loop *inner = &a->loops[a->n_loops - 1];
        if (inner->next == inner->end) {
            if (inner->round++ == inner->times)
                a->n_loops--;
            else
                inner->next = inner->first;
            continue;
        }
        size_t i = inner->next++;
        bool begun = false;
        if (a->tokens[i].kind == T_REPEAT && begins_line(a, i) && !begin_loop(r, a, i, &begun))
            return T_FAILED;
        if (!begun)
            return give(r, a, i, token) ? a->tokens[i].kind : T_FAILED;
    }
    return -1;
}

int wsn__next_of_rounds(wsn__reader *r, wsn__token *token) {
    if (r->rounds) {
        int kind = replay(r, r->rounds, token);
        if (kind >= 0)
            return kind;
        wsn__rounds_free(r);
    }
    int kind = wsn__next_of_text(r, token);
    if (kind != T_REPEAT || r->n_tokens > 1 || r->head.is_trace)
        return kind;
    return read_ahead(r, token) ? replay(r, r->rounds, token) : T_FAILED;
}

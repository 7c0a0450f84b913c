/*
 * again.c - a long trace makes the same call again and again: the text of a call that was read lately in this case is
 * taken as one token, with the arguments of then.
 *
 * Only when streaming, and not in the body of a block: the arguments live here and not with the statement. What names
 * stand for cannot change within a case, so that equal text has equal arguments.
 */
#include "reader.h"

#include "grammar.h"

#include <stdlib.h>
#include <string.h>

enum { MEMORY = 32, LONGEST = 120, MOST_ARGS = 8, MOST_ITEMS = 8 };

struct call {
    uint64_t case_number; /* 0: none */
    uint32_t hash;
    size_t length; /* of text: "WSASend(a, [10], &sent, 0, NULL, NULL)" */
    char text[LONGEST];
    wsn_verb verb;
    size_t n_args;
    wsn_value args[MOST_ARGS], items[MOST_ITEMS];
};

struct wsn__calls {
    struct call calls[MEMORY];
};

static uint32_t hash_of(const unsigned char *text, size_t length) {
    uint64_t h = length;
    for (; length >= 8; length -= 8, text += 8) {
        uint64_t eight;
        memcpy(&eight, text, 8);
        h = (h ^ eight) * 0x9E3779B97F4A7C15u;
        h ^= h >> 32;
    }
    for (; length; length--, text++)
        h = (h ^ *text) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(h >> 32);
}

/* If the line goes on with a call that is known: its token, else 0; then the call can be remembered. */
int wsn__again(wsn__reader *r, wsn__token *t) {
    wsn__peek(r); /* the line may not be there yet */
    unsigned char *from = r->cursor;
    r->call_text = NULL;
    while (*from == ' ')
        from++;
    unsigned char *end = memchr(from, ')', (size_t)(r->limit - from));
    if (!end || end - from >= LONGEST)
        return 0;
    size_t length = (size_t)(end + 1 - from);
    uint32_t hash = hash_of(from, length);
    struct call *call = &r->calls->calls[hash % MEMORY];
    if (call->hash != hash || call->length != length || call->case_number != r->case_number ||
        memcmp(call->text, from, length) != 0) {
        r->call_text = from;
        r->call_hash = hash;
        r->call_length = length;
        return 0;
    }
    *t = (wsn__token){.again = call, .line = r->line, .column = wsn__column(r, from)};
    r->cursor = end + 1;
    r->previous = T_RIGHT;
    return T_AGAIN;
}

void wsn__call_again(wsn__reader *r, const wsn__token *t) {
    struct call *call = t->again;
    r->now.verb = call->verb;
    r->now.args = call->args;
    r->now.n_args = call->n_args;
}

/* A call was read: remembers it, if it is what wsn__again looked for, which begins with its line: no names, no thread.
 */
void wsn__remember_call(wsn__reader *r) {
    const unsigned char *text = r->call_text;
    r->call_text = NULL;
    size_t n = r->now.n_args, n_items = 0;
    if (!text || r->cursor != text + r->call_length || n > MOST_ARGS || r->first_kind != T_CALL)
        return;
    struct call *call = &r->calls->calls[r->call_hash % MEMORY];
    for (size_t i = 0; i < n; i++)
        if (r->values[i].kind == WSN_STRING || (n_items += r->values[i].n_items) > MOST_ITEMS)
            return;
    call->case_number = r->case_number;
    call->hash = r->call_hash;
    call->length = r->call_length;
    memcpy(call->text, text, r->call_length);
    call->verb = r->now.verb;
    call->n_args = n;
    if (n)
        memcpy(call->args, r->values, n * sizeof *call->args);
    n_items = 0;
    for (size_t i = 0; i < n; i++) {
        wsn_value *v = &call->args[i];
        if (v->n_items == 0)
            continue;
        memcpy(call->items + n_items, v->items, v->n_items * sizeof *v->items);
        v->items = call->items + n_items;
        n_items += v->n_items;
    }
}

bool wsn__calls_init(wsn__reader *r) {
    r->calls = calloc(1, sizeof *r->calls);
    return r->calls || wsn__no_memory(r);
}

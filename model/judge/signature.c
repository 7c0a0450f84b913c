/* signature.c - see signature.h. */
#include "signature.h"

#include <stdlib.h>
#include <string.h>

enum {
    RUNS = 4,   /* of a recv that stand in a signature */
    LITTLE = 64 /* bytes that an amount may be off and still be told exactly */
};
#define MANY UINT64_C(65536) /* from here on the transport's room decides how much goes at once */
#define DOTS "\xE2\x80\xA6"

void wsj_lengths_free(wsj_lengths *lengths) {
    free(lengths->operations);
    *lengths = (wsj_lengths){0};
}

void wsj_lengths_clear(wsj_lengths *lengths) {
    for (size_t i = 0; i < WSJ_KNOWN_SENDS; i++)
        lengths->sends[i].data = 0;
    if (lengths->room)
        memset(lengths->operations, 0, lengths->room * sizeof *lengths->operations);
}

bool wsj_lengths_note(wsj_lengths *lengths, const wsc_send_call *send) {
    lengths->sends[send->data % WSJ_KNOWN_SENDS].data = send->data;
    lengths->sends[send->data % WSJ_KNOWN_SENDS].total = send->buffers.total;
    if (send->op < 0)
        return true;
    size_t op = (size_t)send->op;
    if (op >= lengths->room) {
        size_t room = lengths->room ? lengths->room : 16;
        while (room <= op)
            room *= 2;
        uint64_t *operations = realloc(lengths->operations, room * sizeof *operations);
        if (!operations)
            return false;
        memset(operations + lengths->room, 0, (room - lengths->room) * sizeof *operations);
        lengths->operations = operations;
        lengths->room = room;
    }
    lengths->operations[op] = send->buffers.total;
    return true;
}

/* The length of the send that the OVERLAPPED of that name was given to; 0 if unknown. */
static uint64_t length_of(const wsj_lengths *lengths, const wsj_names *names, const char *overlapped) {
    wsj_name op = wsj_names_find(names, overlapped);
    return op.kind == WSJ_OVERLAPPED && op.number < lengths->room ? lengths->operations[op.number] : 0;
}

static uint64_t length_of_send(const wsj_lengths *lengths, uint64_t data) {
    size_t at = (size_t)(data % WSJ_KNOWN_SENDS);
    return data && lengths->sends[at].data == data ? lengths->sends[at].total : 0;
}

static bool is_word(const wsn_value *v, const char *name) {
    return v->kind == WSN_NAME && strcmp(v->name, name) == 0;
}

bool wsj_is_mark(const wsn_value *atom) {
    return is_word(atom, "unwanted") || is_word(atom, "unforeseen");
}

static void add_word(wsj_text *text, size_t begin, const char *word) {
    wsj_text_add(text, text->size > begin ? " " : "");
    wsj_text_add(text, word);
}

/* An amount, of a whole of that many bytes. */
static void add_amount(wsj_text *text, uint64_t amount, uint64_t whole) {
    if (amount > whole + LITTLE && amount >= MANY)
        wsj_text_add(text, "more");
    else if (whole >= MANY && amount > 0 && amount + LITTLE < whole)
        wsj_text_add(text, "part");
    else
        wsj_text_number(text, amount);
}

static void add_atom(wsj_text *text, const wsn_value *atom) {
    wsn_value copy = *atom;
    wsn_outcome one = {.atoms = &copy, .n_atoms = 1};
    wsj_print_atoms(&one, text);
}

void wsj_sign_run(const wsj_lengths *lengths, const wsj_names *names, const char *routine, const wsn_value *args,
                  size_t n_args, wsj_text *text) {
    wsj_text_add(text, routine);
    wsj_text_add(text, "(");
    bool known = n_args == 4 && (args[2].kind == WSN_REF || args[2].place == WSN_NULL);
    for (size_t i = 0; known && i < n_args; i++) {
        wsj_text_add(text, i ? ", " : "");
        if (i == 1 && args[2].kind == WSN_REF && args[1].kind == WSN_INT)
            add_amount(text, args[1].number, length_of(lengths, names, args[2].name));
        else
            add_atom(text, &args[i]);
    }
    wsj_text_add(text, known ? ")" : DOTS ")");
}

/* Bytes low to high of a send: 1[0..part] */
static void add_run(const wsj_lengths *lengths, const wsn_value *run, wsj_text *text) {
    uint64_t whole = length_of_send(lengths, run->number);
    wsj_text_number(text, run->number);
    wsj_text_add(text, "[");
    add_amount(text, run->low, whole);
    wsj_text_add(text, "..");
    add_amount(text, run->high, whole);
    wsj_text_add(text, "]");
}

/* The length of what an amount behind "sent" or "transferred" is a part of. */
static uint64_t whole_of(const wsj_lengths *lengths, const wsj_names *names, const wsn_outcome *outcome,
                         const wsc_call *call) {
    if (call && call->kind == WSC_SEND)
        return call->u.send.buffers.total;
    if (call && call->kind == WSC_RESULT && call->u.result.op >= 0 && (size_t)call->u.result.op < lengths->room)
        return lengths->operations[call->u.result.op];
    for (size_t i = 0; i < outcome->n_atoms; i++)
        if (outcome->atoms[i].kind == WSN_REF)
            return length_of(lengths, names, outcome->atoms[i].name);
    return 0;
}

/* How many atoms from i on are not judged: they stay out. */
static size_t unjudged(const wsn_outcome *outcome, size_t i, bool event_matters) {
    const wsn_value *atoms = outcome->atoms;
    bool refused = outcome->n_atoms > 1 && is_word(&atoms[0], "SOCKET_ERROR") && !is_word(&atoms[1], "WSA_IO_PENDING");
    if (wsj_is_mark(&atoms[i]))
        return 1;
    return (!event_matters && is_word(&atoms[i], "event")) || (refused && is_word(&atoms[i], "sent")) ? 2 : 0;
}

void wsj_sign_outcome(const wsj_lengths *lengths, const wsj_names *names, const wsn_outcome *outcome,
                      const wsc_call *call, bool event_matters, wsj_text *text) {
    const wsn_value *atoms = outcome->atoms;
    size_t begin = text->size, runs = 0, skip;
    for (size_t i = 0; i < outcome->n_atoms; i++) {
        bool amount = i && (is_word(&atoms[i - 1], "sent") || is_word(&atoms[i - 1], "transferred"));
        bool run = atoms[i].kind == WSN_RUN || atoms[i].kind == WSN_BYTES;
        if ((skip = unjudged(outcome, i, event_matters))) {
            i += skip - 1;
        } else if (run && ++runs > RUNS) {
            if (runs == RUNS + 1)
                add_word(text, begin, DOTS);
        } else if (atoms[i].kind == WSN_RUN) {
            add_word(text, begin, "");
            add_run(lengths, &atoms[i], text);
        } else if (atoms[i].kind == WSN_BYTES) {
            add_word(text, begin, "foreign");
        } else if (is_word(&atoms[i], "foreign")) {
            i++; /* how many they are */
        } else if (atoms[i].kind == WSN_INVOKE) {
            add_word(text, begin, "");
            wsj_sign_run(lengths, names, atoms[i].name, atoms[i].items, atoms[i].n_items, text);
        } else if (amount && atoms[i].kind == WSN_INT) {
            add_word(text, begin, "");
            add_amount(text, atoms[i].number, whole_of(lengths, names, outcome, call));
        } else {
            add_word(text, begin, "");
            add_atom(text, &atoms[i]);
        }
    }
}

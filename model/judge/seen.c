/* seen.c - see seen.h. A reader for each verb's outcome, then one for the additional atoms that any may carry. */
#include "seen.h"

#include <string.h>

/* Reads atoms one after the other. */
typedef struct reader {
    const wsn_outcome *outcome;
    size_t at;
    char *message;
    size_t size;
} reader;

static const wsn_value *peek(const reader *r) {
    return r->at < r->outcome->n_atoms ? &r->outcome->atoms[r->at] : NULL;
}

static bool is_word(const wsn_value *v, const char *word) {
    return v && v->kind == WSN_NAME && v->name[0] == word[0] && strcmp(v->name, word) == 0;
}

static bool word(reader *r, const char *expected) {
    if (!is_word(peek(r), expected))
        return false;
    r->at++;
    return true;
}

/* The outcome is none: says what was expected instead of the atom at hand. */
static bool expected(reader *r, const char *what) {
    const wsn_value *v = peek(r);
    char text[80] = "the end";
    if (v)
        wsn_print_value(v, text, sizeof text);
    snprintf(r->message, r->size, "no outcome of this call: %s where %s was expected", text, what);
    return false;
}

static bool number(reader *r, const char *what, uint64_t *out) {
    const wsn_value *v = peek(r);
    if (!v || !v->constant)
        return expected(r, what);
    *out = v->number;
    r->at++;
    return true;
}

/* A number or a range. */
static bool amount(reader *r, wsj_amount *out) {
    const wsn_value *v = peek(r);
    out->said = true;
    if (word(r, "untouched")) {
        out->untouched = true;
        return true;
    }
    if (v && v->kind == WSN_RANGE) {
        out->low = v->low;
        out->high = v->high;
        r->at++;
        return true;
    }
    if (!number(r, "a number of bytes", &out->low))
        return false;
    out->high = out->low;
    return true;
}

/* CODE: the name of an error, a number, or no_error. */
static bool code(reader *r, wsj_seen *seen) {
    uint64_t value = 0;
    if (word(r, "no_error")) {
        seen->no_error = true;
        return true;
    }
    if (!number(r, "an error code", &value))
        return false;
    if (value > UINT32_MAX) {
        r->at--;
        return expected(r, "an error code of 32 bits");
    }
    seen->code = (uint32_t)value;
    return true;
}

/* SOCKET_ERROR CODE, or any number. */
static bool result(reader *r, wsj_seen *seen) {
    if (word(r, "SOCKET_ERROR")) {
        seen->returned = WSJ_SOCKET_ERROR;
        return code(r, seen);
    }
    seen->returned = WSJ_NUMBER;
    return number(r, "0 or SOCKET_ERROR", &seen->value);
}

static bool see_send(reader *r, wsj_seen *seen) {
    if (!result(r, seen))
        return false;
    if (!word(r, "sent"))
        return true;
    return amount(r, &seen->sent);
}

/* TRUE or FALSE CODE. */
static bool truth(reader *r, wsj_seen *seen) {
    if (word(r, "TRUE")) {
        seen->returned = WSJ_TRUE;
        return true;
    }
    if (!word(r, "FALSE"))
        return expected(r, "TRUE or FALSE");
    seen->returned = WSJ_FALSE;
    return code(r, seen);
}

static bool see_overlapped_result(reader *r, wsj_seen *seen) {
    return truth(r, seen) && (!word(r, "transferred") || amount(r, &seen->amount));
}

static bool see_packet(reader *r, wsj_seen *seen) {
    if (!truth(r, seen))
        return false;
    const wsn_value *v = peek(r);
    if (v && (v->kind == WSN_REF || v->place != WSN_PLAIN || v->kind == WSN_INT)) {
        seen->overlapped = v->kind == WSN_INT ? "a number" : v->name; /* NULL, wild: names that nothing bears */
        r->at++;
    }
    return !word(r, "transferred") || amount(r, &seen->amount);
}

static bool see_ran(reader *r, wsj_seen *seen) {
    if (!word(r, "ran"))
        return true;
    seen->says_ran = true;
    seen->ran = peek(r);
    for (const wsn_value *v; (v = peek(r)) && v->kind == WSN_INVOKE; r->at++)
        seen->n_ran++;
    if (seen->n_ran == 0)
        return expected(r, "the routines that ran");
    return true;
}

static bool see_wait(reader *r, wsj_seen *seen) {
    seen->returned = WSJ_NUMBER;
    if (is_word(peek(r), "WSA_WAIT_FAILED")) {
        seen->value = r->outcome->atoms[r->at++].number;
        if (!code(r, seen))
            return false;
    } else if (!number(r, "what the wait returned", &seen->value)) {
        return false;
    }
    return see_ran(r, seen);
}

static bool see_sleep(reader *r, wsj_seen *seen) {
    seen->returned = WSJ_NUMBER;
    return number(r, "0 or WAIT_IO_COMPLETION", &seen->value) && see_ran(r, seen);
}

static bool see_alertable_wait(reader *r, wsj_seen *seen) {
    word(r, "ok");
    if (word(r, "timeout"))
        seen->tail = WSJ_TIMEOUT;
    if (!see_ran(r, seen))
        return false;
    if (word(r, "timeout"))
        seen->tail = WSJ_TIMEOUT;
    return true;
}

/* Runs and bytes; behind bytes "foreign N" says how many there were, if not all are written out. */
static bool see_runs(reader *r, wsj_seen *seen) {
    uint64_t foreign;
    seen->runs = peek(r);
    size_t first = r->at;
    for (const wsn_value *v; (v = peek(r)) && (v->kind == WSN_RUN || v->kind == WSN_BYTES);) {
        r->at++;
        if (v->kind == WSN_BYTES && word(r, "foreign") && !number(r, "a number of bytes", &foreign))
            return false;
    }
    seen->n_runs = r->at - first;
    return true;
}

static bool see_recv(reader *r, wsj_seen *seen) {
    if (!see_runs(r, seen))
        return false;
    if (!seen->n_runs && word(r, "empty")) { /* a datagram without data: no runs, and nothing is amiss */
        seen->tail = WSJ_COMPLETE;
    } else if (word(r, "eof")) {
        seen->tail = WSJ_EOF;
    } else if (word(r, "timeout")) {
        seen->tail = WSJ_TIMEOUT;
    } else if (word(r, "SOCKET_ERROR")) {
        seen->tail = WSJ_RECV_ERROR;
        return code(r, seen);
    }
    return true;
}

static bool see_select(reader *r, wsj_seen *seen) {
    if (is_word(peek(r), "SOCKET_ERROR"))
        return result(r, seen);
    if (word(r, "timeout")) {
        seen->tail = WSJ_TIMEOUT;
        return true;
    }
    if (!is_word(peek(r), "readable") && !is_word(peek(r), "writable") && !is_word(peek(r), "except"))
        return expected(r, "readable, writable, except or timeout");
    seen->ready = peek(r)->name;
    r->at++;
    return true;
}

static bool see_option(reader *r, wsj_seen *seen) {
    return result(r, seen) && (!word(r, "value") || amount(r, &seen->option));
}

/* Makers say nothing, or ok before what they have to tell; socket functions that make something may say what others do.
 */
static bool see_maker(reader *r, wsj_seen *seen) {
    const wsn_value *v = peek(r);
    if (word(r, "ok"))
        return true;
    if (is_word(v, "SOCKET_ERROR") || (v && v->kind == WSN_INT))
        return result(r, seen);
    return true;
}

/* What printf printed. */
static bool see_text(reader *r) {
    const wsn_value *v = peek(r);
    if (!v || v->kind != WSN_STRING)
        return expected(r, "what was printed, in double quotes,");
    r->at++;
    return true;
}

static bool see_returned(wsn_verb verb, reader *r, wsj_seen *seen) {
    switch (verb) {
    case WSN_VERB_WSASend:
    case WSN_VERB_WSASendTo: return see_send(r, seen);
    case WSN_VERB_printf: return see_text(r);
    case WSN_VERB_WSAGetOverlappedResult: return see_overlapped_result(r, seen);
    case WSN_VERB_GetQueuedCompletionStatus: return see_packet(r, seen);
    case WSN_VERB_WSAWaitForMultipleEvents: return see_wait(r, seen);
    case WSN_VERB_SleepEx: return see_sleep(r, seen);
    case WSN_VERB_alertable_wait: return see_alertable_wait(r, seen);
    case WSN_VERB_recv:
    case WSN_VERB_recv_oob: return see_recv(r, seen);
    case WSN_VERB_select: return see_select(r, seen);
    case WSN_VERB_getsockopt: return see_option(r, seen);
    default: return see_maker(r, seen);
    }
}

/* Endings that stand instead of an outcome. */
static bool see_ending(reader *r, wsj_seen *seen) {
    uint64_t exception = 0;
    const wsn_value *first = peek(r);
    if (!first || first->kind != WSN_NAME)
        return true;
    if (word(r, "crash")) {
        seen->ending = WSJ_CRASHED;
        if (!number(r, "the exception code", &exception))
            return false;
        seen->code = (uint32_t)exception;
    } else if (word(r, "hang")) {
        seen->ending = WSJ_HUNG;
    } else if (word(r, "undefined")) {
        seen->ending = WSJ_NOT_DEMANDED;
    } else if (is_word(first, "unsupported") || is_word(first, "failed")) {
        seen->ending = first->name[0] == 'u' ? WSJ_LACKING : WSJ_FAILED;
        r->at++;
        const wsn_value *why = peek(r);
        if (why && why->kind == WSN_STRING) {
            seen->why = why->text;
            seen->why_length = why->length;
            r->at++;
        }
    }
    return true;
}

static bool see_changed(reader *r, wsj_seen *seen) {
    static const struct {
        const char *word;
        unsigned bit;
    } things[] = {{"lpBuffers", WSJ_CHANGED_BUFFERS},
                  {"data", WSJ_CHANGED_DATA},
                  {"lpOverlapped", WSJ_CHANGED_OVERLAPPED},
                  {"lpNumberOfBytesSent", WSJ_CHANGED_SENT},
                  {"guard", WSJ_CHANGED_GUARD}};
    for (size_t i = 0; i < sizeof things / sizeof *things; i++)
        if (word(r, things[i].word)) {
            seen->changed |= things[i].bit;
            return true;
        }
    return expected(r, "lpBuffers, data, lpOverlapped, lpNumberOfBytesSent or guard");
}

static bool see_additional(reader *r, wsj_seen *seen) {
    while (peek(r)) {
        if (word(r, "event")) {
            seen->event_said = true;
            seen->event_set = word(r, "set");
            if (!seen->event_set && !word(r, "unset"))
                return expected(r, "set or unset");
        } else if (word(r, "changed")) {
            if (!see_changed(r, seen))
                return false;
        } else if (word(r, "max_msg")) {
            if (!amount(r, &seen->max_msg))
                return false;
        } else if (!seen->says_ran && is_word(peek(r), "ran")) {
            if (!see_ran(r, seen))
                return false;
        } else if (word(r, "partial")) {
            seen->partial = true;
        } else if (word(r, "no_oob")) {
            seen->no_oob = true;
        } else if (word(r, "receive_only")) {
            seen->receive_only = true;
        } else if (word(r, "unwanted")) {
            seen->unwanted = true;
        } else if (word(r, "unforeseen")) {
            seen->unforeseen = true;
        } else {
            return expected(r, "the end of the line or an additional observation");
        }
    }
    return true;
}

bool wsj_see(wsn_verb verb, const wsn_outcome *outcome, wsj_seen *seen, char *message, size_t size) {
    reader r = {.outcome = outcome, .message = message, .size = size};
    *seen = (wsj_seen){0};
    if (!see_ending(&r, seen))
        return false;
    if (seen->ending == WSJ_RETURNED && !see_returned(verb, &r, seen))
        return false;
    return see_additional(&r, seen);
}

/* script.c - see script.h */
#include "script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_WORDS 64

typedef struct words {
    char text[1024];
    char *word[MAX_WORDS];
    int n;
} words;

static void split(words *w, const char *line, const char *separators) {
    snprintf(w->text, sizeof w->text, "%s", line);
    w->n = 0;
    for (char *p = strtok(w->text, separators); p && w->n < MAX_WORDS; p = strtok(NULL, separators))
        w->word[w->n++] = p;
}

static int number_of(const char *word, char kind) { /* o3 -> 3 */
    return word && word[0] == kind ? atoi(word + 1) : WSC_NONE;
}

static int socket_of(const char *word) {
    static const struct {
        const char *name;
        int number;
    } names[] = {{"unknown", WSC_UNKNOWN}, {"beyond", WSC_BEYOND}, {"silent", WSC_SILENT}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(word, names[i].name) == 0)
            return names[i].number;
    return strlen(word) == 1 && *word >= 'a' && *word <= 'z' ? *word - 'a' : WSC_NONE;
}

static wsc_place place_of(const char *word) {
    static const char *const names[] = {"plain", "null", "wild", "kernel", "readonly", "straddle", "guard"};
    for (int i = 0; i < 7; i++)
        if (strcmp(word, names[i]) == 0)
            return (wsc_place)i;
    fail_msg("no place: %s", word);
    return WSC_AT_PLAIN;
}

static bool has(const words *w, const char *word) {
    for (int i = 0; i < w->n; i++)
        if (strcmp(w->word[i], word) == 0)
            return true;
    return false;
}

static const char *option(const words *w, const char *name) { /* name=value */
    size_t n = strlen(name);
    for (int i = 0; i < w->n; i++)
        if (strncmp(w->word[i], name, n) == 0 && w->word[i][n] == '=')
            return w->word[i] + n + 1;
    return NULL;
}

/* "10,0,4x1,20:wild,100/50" */
static void read_buffers(const words *w, const char *list, wsc_buffers *b) {
    struct {
        uint64_t repeat, length, backing;
        wsc_place place;
    } items[32];
    uint64_t n = 0, elements = 0;
    const char *array = option(w, "array"), *count = option(w, "count");
    wsc_place place = array ? place_of(array) : WSC_AT_PLAIN;
    for (const char *p = list; *p && strcmp(list, "[]") != 0;) {
        char *end;
        items[n].repeat = 1;
        items[n].length = strtoull(p, &end, 10);
        if (*end == 'x') {
            items[n].repeat = items[n].length;
            items[n].length = strtoull(end + 1, &end, 10);
        }
        items[n].backing = items[n].length;
        items[n].place = WSC_AT_PLAIN;
        if (*end == '/')
            items[n].backing = strtoull(end + 1, &end, 10);
        if (*end == ':') {
            char name[16];
            size_t length = strcspn(end + 1, ",");
            snprintf(name, sizeof name, "%.*s", (int)length, end + 1);
            items[n].place = place_of(name);
            end += 1 + length;
        }
        elements += items[n++].repeat;
        p = *end == ',' ? end + 1 : end;
    }
    uint64_t mapped = place == WSC_AT_STRADDLE && elements ? elements - 1 : elements;
    wsc_buffers_begin(b, place, mapped, count ? (uint32_t)strtoul(count, NULL, 10) : (uint32_t)elements);
    for (uint64_t i = 0; i < n; i++)
        wsc_buffers_add(b, items[i].repeat, items[i].length, items[i].backing, items[i].place);
}

static void read_send(const words *w, uint32_t data, wsc_send_call *s) {
    const char *o = option(w, "o"), *r = option(w, "r"), *sent = option(w, "sent"), *at = option(w, "at"),
               *rat = option(w, "rat"), *flags = option(w, "flags");
    s->socket = socket_of(w->word[1]);
    read_buffers(w, w->word[2], &s->buffers);
    s->sent_at = sent ? place_of(sent) : WSC_AT_PLAIN;
    s->flags = flags ? (uint32_t)strtoul(flags, NULL, 0) : 0;
    s->op = o ? number_of(o, 'o') : WSC_NONE;
    s->overlapped_at = at ? place_of(at) : o ? WSC_AT_PLAIN : WSC_AT_NULL;
    s->routine = r ? number_of(r, 'r') : WSC_NONE;
    s->routine_at = rat ? place_of(rat) : r ? WSC_AT_PLAIN : WSC_AT_NULL;
    s->data = data;
    s->copy = has(w, "copy");
}

static wsc_catalogue entry_of(const words *w) {
    const char *max = option(w, "max");
    return (wsc_catalogue){max ? strtoull(max, NULL, 10) : 0, has(w, "partial"), has(w, "no_oob"),
                           has(w, "receive_only")};
}

static wsc_patience patience_of(const words *w) {
    return has(w, "limit") ? WSC_LIMIT : has(w, "short") ? WSC_SHORT : WSC_POLL;
}

static int events[16]; /* of the last wait line */

static bool read_wait(const words *w, wsc_call *c) {
    size_t n = 0;
    c->kind = WSC_WAIT;
    for (int i = 1; i < w->n && w->word[i][0] == 'e' && n < 16; i++)
        events[n++] = atoi(w->word[i] + 1);
    c->u.wait.events = events;
    c->u.wait.n = n;
    c->u.wait.all = has(w, "all");
    c->u.wait.alertable = has(w, "alertable");
    c->u.wait.patience = patience_of(w);
    return true;
}

static wsc_ran read_ran(const words *w, int first) { /* r0 0 10 o0 [flags] */
    wsc_ran r = {.routine = number_of(w->word[first], 'r'), .op = WSC_NONE};
    r.error = w->n > first + 1 ? (uint32_t)atoi(w->word[first + 1]) : 0;
    r.transferred = w->n > first + 2 ? strtoull(w->word[first + 2], NULL, 10) : 0;
    if (w->n > first + 3)
        r.op = strcmp(w->word[first + 3], "unknown") == 0 ? WSC_UNKNOWN : number_of(w->word[first + 3], 'o');
    r.flags = w->n > first + 4 ? (uint32_t)atoi(w->word[first + 4]) : 0;
    return r;
}

static wsc_option option_of(const char *word) {
    return strcmp(word, "sndtimeo") == 0    ? WSC_SO_SNDTIMEO
           : strcmp(word, "rcvbuf") == 0    ? WSC_SO_RCVBUF
           : strcmp(word, "sndbuf") == 0    ? WSC_SO_SNDBUF
           : strcmp(word, "oobinline") == 0 ? WSC_SO_OOBINLINE
           : strcmp(word, "keepalive") == 0 ? WSC_SO_KEEPALIVE
           : strcmp(word, "ttl") == 0       ? WSC_IP_TTL
           : strcmp(word, "whole") == 0     ? WSC_IP_WHOLE
           : strcmp(word, "maxmsg") == 0    ? WSC_SO_MAX_MSG_SIZE
                                            : WSC_SO_OTHER;
}

static bool read_socket_calls(const words *w, wsc_call *c) {
    static const struct {
        const char *name;
        wsc_call_kind kind;
    } ones[] = {{"bind", WSC_BIND},   {"listen", WSC_LISTEN},        {"close", WSC_CLOSE},         {"abort", WSC_ABORT},
                {"drain", WSC_DRAIN}, {"closecopy", WSC_CLOSE_COPY}, {"abortcopy", WSC_ABORT_COPY}};
    const char *verb = w->word[0], *first = w->n > 1 ? w->word[1] : "", *second = w->n > 2 ? w->word[2] : "";
    for (size_t i = 0; i < sizeof ones / sizeof *ones; i++)
        if (strcmp(verb, ones[i].name) == 0) {
            c->kind = ones[i].kind;
            c->u.one.socket = socket_of(first);
            return true;
        }
    if (strcmp(verb, "connect") == 0) {
        c->kind = WSC_CONNECT;
        c->u.connect.socket = socket_of(first);
        c->u.connect.peer = socket_of(second);
    } else if (strcmp(verb, "accept") == 0) {
        c->kind = WSC_ACCEPT;
        c->u.accept.listener = socket_of(first);
        c->u.accept.socket = socket_of(second);
    } else if (strcmp(verb, "shutdown") == 0) {
        c->kind = WSC_SHUTDOWN;
        c->u.shutdown.socket = socket_of(first);
        c->u.shutdown.how = strcmp(second, "send") == 0   ? WSC_SD_SEND
                            : strcmp(second, "both") == 0 ? WSC_SD_BOTH
                                                          : WSC_SD_RECEIVE;
    } else if (strcmp(verb, "nonblocking") == 0) {
        c->kind = WSC_NONBLOCKING;
        c->u.nonblocking.socket = socket_of(first);
        c->u.nonblocking.on = strcmp(second, "off") != 0;
    } else if (strcmp(verb, "setopt") == 0 || strcmp(verb, "getopt") == 0) {
        c->kind = *verb == 's' ? WSC_SETOPT : WSC_GETOPT;
        c->u.option.socket = socket_of(first);
        c->u.option.option = option_of(second);
        c->u.option.value = w->n > 3 ? strtoull(w->word[3], NULL, 10) : 0;
    } else if (strcmp(verb, "port") == 0) {
        c->kind = WSC_PORT;
        c->u.port.port = number_of(first, 'p');
        c->u.port.socket = socket_of(second);
    } else if (strcmp(verb, "cancel") == 0) {
        c->kind = WSC_CANCEL;
        c->u.cancel.socket = socket_of(first);
        c->u.cancel.how = strcmp(second, "io") == 0   ? WSC_CANCEL_IO
                          : strcmp(second, "ex") == 0 ? WSC_CANCEL_IO_EX
                                                      : WSC_CANCEL_FLUSH;
        c->u.cancel.op = w->n > 3 ? number_of(w->word[3], 'o') : WSC_NONE;
    } else if (strcmp(verb, "select") == 0) {
        c->kind = WSC_SELECT;
        c->u.select.socket = socket_of(first);
        c->u.select.interest = *second == 'w' ? WSC_WRITABLE : *second == 'x' ? WSC_EXCEPT : WSC_READABLE;
    } else {
        return false;
    }
    return true;
}

static wsc_family family_of(const words *w) {
    return has(w, "v6") ? WSC_INET6 : has(w, "other") ? WSC_OTHER_FAMILY : has(w, "local") ? WSC_LOCAL : WSC_INET;
}

static wsc_type type_of(const char *word) {
    static const char *const names[] = {"stream", "dgram", "raw", "rdm", "seqpacket"};
    for (int i = 0; i < 5; i++)
        if (strcmp(word, names[i]) == 0)
            return (wsc_type)i;
    return WSC_STREAM;
}

/* heal link_down mtu ... inject 10050: words and perhaps a code */
static bool read_fault(const words *w, wsc_call *c) {
    c->kind = WSC_FAULT;
    for (int i = 1; i < w->n; i++) {
        int word = wsc_fault_word(w->word[i]);
        if (word >= 0)
            c->u.fault.words |= UINT32_C(1) << word;
        else
            c->u.fault.code = (uint32_t)atoi(w->word[i]);
    }
    return c->u.fault.words != 0;
}

static bool read_makers(const words *w, wsc_call *c) {
    const char *verb = w->word[0], *first = w->n > 1 ? w->word[1] : "", *second = w->n > 2 ? w->word[2] : "";
    bool tcp = strncmp(verb, "tcp", 3) == 0;
    if (tcp || strncmp(verb, "udp", 3) == 0) {
        c->kind = WSC_PAIR;
        c->u.pair.a = socket_of(first);
        c->u.pair.b = socket_of(second);
        c->u.pair.family = verb[3] == '6' ? WSC_INET6 : family_of(w);
        c->u.pair.type = tcp ? WSC_STREAM : WSC_DATAGRAM;
        c->u.pair.nonblocking = has(w, "nonblocking");
        c->u.pair.not_overlapped = has(w, "not_overlapped");
        c->u.pair.narrow = has(w, "narrow");
        c->u.pair.entry = entry_of(w);
    } else if (strcmp(verb, "pair") == 0) { /* pair a b local stream */
        c->kind = WSC_PAIR;
        c->u.pair.a = socket_of(first);
        c->u.pair.b = socket_of(second);
        c->u.pair.family = family_of(w);
        c->u.pair.type = type_of(w->word[w->n > 4 ? 4 : 3]);
        c->u.pair.entry = entry_of(w);
    } else if (strcmp(verb, "net") == 0) {
        return read_fault(w, c);
    } else if (strcmp(verb, "socket") == 0) {
        c->kind = WSC_SOCKET;
        c->u.socket.socket = socket_of(first);
        c->u.socket.family = family_of(w);
        c->u.socket.type = type_of(second);
        c->u.socket.overlapped = !has(w, "plain");
        c->u.socket.entry = entry_of(w);
    } else if (strcmp(verb, "overlapped") == 0) {
        c->kind = WSC_OVERLAPPED;
        c->u.overlapped.op = number_of(first, 'o');
        c->u.overlapped.event = strcmp(second, "bogus") == 0 ? WSC_BOGUS : number_of(second, 'e');
    } else if (strstr(verb, "event")) {
        c->kind = *verb == 's'   ? WSC_EVENT_SET
                  : *verb == 'r' ? WSC_EVENT_RESET
                  : *verb == 'c' ? WSC_EVENT_CLOSE
                                 : WSC_EVENT_CREATE;
        c->u.event.event = number_of(first, 'e');
    } else {
        return false;
    }
    return true;
}

static void read_other(const words *w, uint32_t data, wsc_other_call *other) {
    const char *o = option(w, "o"), *r = option(w, "r"), *at = option(w, "at"), *to = option(w, "to");
    other->receives = w->word[0][0] == 'r';
    other->socket = socket_of(w->word[1]);
    other->bytes = strtoull(w->word[2], NULL, 10);
    other->to = to ? socket_of(to) : WSC_UNKNOWN;
    other->op = o ? number_of(o, 'o') : WSC_NONE;
    other->overlapped_at = at ? place_of(at) : o ? WSC_AT_PLAIN : WSC_AT_NULL;
    other->routine = r ? number_of(r, 'r') : WSC_NONE;
    other->data = other->receives ? 0 : data;
}

/* What runs beside the sends, and Windows Sockets 1.1. */
static bool read_others(const words *w, uint32_t data, wsc_call *c) {
    const char *verb = w->word[0], *first = w->n > 1 ? w->word[1] : "";
    if (strcmp(verb, "receive") == 0 || strcmp(verb, "sendto") == 0) {
        c->kind = WSC_OTHER;
        read_other(w, data, &c->u.other);
    } else if (strcmp(verb, "apc") == 0) {
        c->kind = WSC_APC;
        c->u.apc.routine = number_of(first, 'r');
        c->u.apc.thread = w->n > 2 ? number_of(w->word[2], 't') : 0;
    } else if (strcmp(verb, "hook") == 0) {
        c->kind = WSC_HOOK;
        c->u.hook.routine = number_of(first, 'r');
    } else if (strcmp(verb, "cancelblocking") == 0) {
        c->kind = WSC_CANCEL_BLOCKING;
    } else {
        return false;
    }
    return true;
}

static bool read_call(const words *w, uint32_t data, wsc_call *c) {
    const char *verb = w->word[0], *first = w->n > 1 ? w->word[1] : "";
    if (strcmp(verb, "startup") == 0 || strcmp(verb, "cleanup") == 0) {
        c->kind = *verb == 's' ? WSC_STARTUP : WSC_CLEANUP;
        c->u.startup.version = has(w, "old") ? 0x0101 : has(w, "new") ? 0x0202 : 0;
    } else if (strcmp(verb, "exit") == 0) {
        c->kind = WSC_THREAD_EXIT;
    } else if (strcmp(verb, "send") == 0) {
        c->kind = WSC_SEND;
        read_send(w, data, &c->u.send);
    } else if (strcmp(verb, "result") == 0) {
        const char *at = option(w, "at");
        c->kind = WSC_RESULT;
        c->u.result.socket = socket_of(first);
        c->u.result.op = number_of(w->word[2], 'o');
        c->u.result.transferred_at = at ? place_of(at) : WSC_AT_PLAIN;
        c->u.result.wait = has(w, "wait");
    } else if (strcmp(verb, "wait") == 0) {
        return read_wait(w, c);
    } else if (strcmp(verb, "sleep") == 0) {
        c->kind = WSC_SLEEP;
        c->u.sleep.alertable = !has(w, "plain");
        c->u.sleep.patience = patience_of(w);
    } else if (strcmp(verb, "alertable") == 0) {
        c->kind = WSC_ALERTABLE_WAIT;
        c->u.alertable_wait.n = (uint32_t)atoi(first);
    } else if (strcmp(verb, "take") == 0) {
        c->kind = WSC_TAKE;
        c->u.take.port = number_of(first, 'p');
        c->u.take.patience = patience_of(w);
    } else if (strcmp(verb, "recv") == 0 || strcmp(verb, "oob") == 0) {
        c->kind = *verb == 'r' ? WSC_RECV : WSC_RECV_OOB;
        c->u.recv.socket = socket_of(first);
        c->u.recv.bytes = w->n > 2 ? strtoull(w->word[2], NULL, 10) : 1;
    } else if (strcmp(verb, "enter") == 0 || strcmp(verb, "leave") == 0) {
        c->kind = *verb == 'e' ? WSC_ENTER : WSC_LEAVE;
        c->u.enter = read_ran(w, 1);
    } else {
        return read_others(w, data, c) || read_socket_calls(w, c) || read_makers(w, c);
    }
    return true;
}

bool script_call(const char *line, uint32_t data, wsc_call *call) {
    words w;
    split(&w, line, " ");
    *call = (wsc_call){0};
    if (w.n > 1 && strncmp(w.word[0], "t", 1) == 0 && strchr(w.word[0], ':')) {
        call->thread = atoi(w.word[0] + 1);
        memmove(w.word, w.word + 1, sizeof w.word - sizeof *w.word);
        w.n--;
    }
    return w.n > 0 && read_call(&w, data, call);
}

/* --- what is seen ------------------------------------------------------------------------------------------------- */

typedef struct sight {
    wsc_observed seen;
    wsc_run runs[32];
    wsc_ran ran[16];
} sight;

static void read_amount(const char *word, wsc_observed *seen) {
    const char *dots = strstr(word, "..");
    if (strcmp(word, "-") == 0) {
        seen->amount = WSC_AMOUNT_UNTOUCHED;
        return;
    }
    seen->amount = WSC_AMOUNT_RANGE;
    seen->low = strtoull(word, NULL, 10);
    seen->high = dots ? strtoull(dots + 2, NULL, 10) : seen->low;
}

static void read_runs(const words *w, sight *s) {
    wsc_observed *seen = &s->seen;
    seen->ret = WSC_RET_DATA;
    for (int i = 0; i < w->n; i++) {
        unsigned data = 0;
        unsigned long long low = 0, high = 0;
        if (sscanf(w->word[i], "%u[%llu..%llu]", &data, &low, &high) == 3 || sscanf(w->word[i], "x%llu", &high) == 1)
            s->runs[seen->n_data++] = (wsc_run){data, low, high};
        else if (strcmp(w->word[i], "eof") == 0)
            seen->end = WSC_END_EOF;
        else if (strcmp(w->word[i], "timeout") == 0)
            seen->end = WSC_END_TIMEOUT;
        else if (atoi(w->word[i])) {
            seen->end = WSC_END_ERROR;
            seen->error = (uint32_t)atoi(w->word[i]);
        }
    }
    seen->data = s->runs;
}

/* "ran r0 0 10 o0, r1 0 5 o1" behind an outcome */
static void read_rans(char *text, sight *s) {
    char *at = strstr(text, "ran ");
    if (!at)
        return;
    *at = 0;
    char *list = at + 4, *next;
    for (; list; list = next) {
        next = strchr(list, ',');
        if (next)
            *next++ = 0;
        words w;
        split(&w, list, " ");
        s->ran[s->seen.n_ran++] = read_ran(&w, 0);
    }
    s->seen.ran = s->ran;
}

static void read_atoms(words *w, wsc_observed *seen) { /* what may stand behind an outcome of send */
    int n = w->n;
    for (int i = 0; i < n; i++) {
        bool event = strcmp(w->word[i], "set") == 0 || strcmp(w->word[i], "unset") == 0;
        if (event) {
            seen->event_seen = true;
            seen->event_set = w->word[i][0] == 's';
        } else if (strcmp(w->word[i], "changed") == 0 && i + 1 < n) {
            const char *what = w->word[i + 1];
            seen->changed |= *what == 'l'   ? WSC_CHANGED_BUFFERS
                             : *what == 'd' ? WSC_CHANGED_DATA
                             : *what == 'o' ? WSC_CHANGED_OVERLAPPED
                             : *what == 's' ? WSC_CHANGED_SENT
                                            : WSC_CHANGED_GUARD;
        } else {
            continue;
        }
        w->n = i < w->n ? i : w->n;
    }
}

static void read_outcome(const wsc_call *c, const words *w, wsc_observed *seen) {
    const char *first = w->n ? w->word[0] : "";
    if (strcmp(first, "T") == 0 || strcmp(first, "F") == 0) {
        int i = 1;
        seen->ret = *first == 'T' ? WSC_RET_TRUE : WSC_RET_FALSE;
        if (seen->ret == WSC_RET_FALSE && i < w->n)
            seen->error = (uint32_t)atoi(w->word[i++]);
        if (i < w->n && strcmp(w->word[i], "unknown") == 0) {
            seen->op = WSC_UNKNOWN;
            i++;
        } else if (i < w->n && w->word[i][0] == 'o') {
            seen->op = number_of(w->word[i++], 'o');
        }
        if (i < w->n)
            read_amount(w->word[i], seen);
    } else if (strcmp(first, "event") == 0) {
        seen->ret = WSC_RET_EVENT_0;
        read_amount(w->n > 1 ? w->word[1] : "0", seen);
    } else if (strcmp(first, "timeout") == 0) {
        seen->ret = WSC_RET_TIMEOUT;
    } else if (strcmp(first, "apc") == 0) {
        seen->ret = WSC_RET_IO_COMPLETION;
    } else if (strcmp(first, "failed") == 0) {
        seen->ret = WSC_RET_WAIT_FAILED;
        seen->error = 6;
    } else if (strcmp(first, "ready") == 0) {
        seen->ret = WSC_RET_READY;
    } else if (strcmp(first, "other") == 0) {
        seen->ret = WSC_RET_OTHER;
    } else if (strcmp(first, "0") == 0) {
        seen->ret = WSC_RET_0;
        if (w->n > 1)
            read_amount(w->word[1], seen);
    } else if (atoi(first)) {
        seen->ret = WSC_RET_SOCKET_ERROR;
        seen->error = (uint32_t)atoi(first);
        if (w->n > 1)
            read_amount(w->word[1], seen);
    } else {
        seen->ret = c->kind == WSC_ALERTABLE_WAIT ? WSC_RET_NONE : WSC_RET_0;
    }
}

static void read_sight(const wsc_call *c, const char *text, sight *s) {
    char copy[512];
    words w;
    *s = (sight){.seen = {.op = WSC_NONE}};
    snprintf(copy, sizeof copy, "%s", text);
    read_rans(copy, s);
    split(&w, copy, " ");
    if (c->kind == WSC_RECV || c->kind == WSC_RECV_OOB) {
        read_runs(&w, s);
        return;
    }
    read_atoms(&w, &s->seen);
    read_outcome(c, &w, &s->seen);
}

/* --- printing ---------------------------------------------------------------------------------------------------- */

typedef struct text {
    char at[4096];
    size_t n;
} text;

static void put(text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int n = vsnprintf(t->at + t->n, sizeof t->at - t->n, format, args);
    va_end(args);
    t->n += (size_t)n;
    assert_true(t->n < sizeof t->at);
}

static void put_amount(text *t, const wsc_outcome *o) {
    if (o->amount == WSC_AMOUNT_UNTOUCHED)
        put(t, " -");
    else if (o->amount == WSC_AMOUNT_RANGE && o->low == o->high)
        put(t, " %llu", (unsigned long long)o->low);
    else if (o->amount == WSC_AMOUNT_RANGE)
        put(t, " %llu..%llu", (unsigned long long)o->low, (unsigned long long)o->high);
}

static void put_outcome(text *t, const wsc_outcome *o) {
    switch (o->ret) {
    case WSC_RET_NONE: put(t, "nothing"); break;
    case WSC_RET_0: put(t, "0"); break;
    case WSC_RET_SOCKET_ERROR: break;
    case WSC_RET_TRUE: put(t, "T"); break;
    case WSC_RET_FALSE: put(t, "F"); break;
    case WSC_RET_EVENT_0: put(t, "event"); break;
    case WSC_RET_TIMEOUT: put(t, "timeout"); break;
    case WSC_RET_IO_COMPLETION: put(t, "apc"); break;
    case WSC_RET_WAIT_FAILED: put(t, "failed"); return;
    case WSC_RET_READY: put(t, "ready"); break;
    case WSC_RET_DATA: put(t, "data"); break;
    case WSC_RET_OTHER: put(t, "other"); break;
    }
    if (o->error == WSC_ANY_ERROR)
        put(t, o->ret == WSC_RET_FALSE ? " any" : "any");
    else if (o->error)
        put(t, o->ret == WSC_RET_FALSE ? " %u" : "%u", o->error);
    if (o->op >= 0)
        put(t, " o%d", o->op);
    if (o->ret != WSC_RET_EVENT_0 || o->low != 0)
        put_amount(t, o);
}

static void put_runs(text *t, const wsc_set *set) { /* "ran r0 0 10 o0!" with ! for certain */
    for (size_t i = 0; i < set->n_runs; i++) {
        const wsc_may_run *r = &set->runs[i];
        put(t, i ? ", " : " ran ");
        if (r->op == WSC_NONE)
            put(t, "r%d%s", r->routine, r->hook ? " hook" : "");
        else if (r->op < 0)
            put(t, "unknown");
        else if (r->low == r->high)
            put(t, "r%d %u %llu o%d%s", r->routine, r->error, (unsigned long long)r->low, r->op, r->certain ? "!" : "");
        else
            put(t, "r%d %u %llu..%llu o%d%s", r->routine, r->error, (unsigned long long)r->low,
                (unsigned long long)r->high, r->op, r->certain ? "!" : "");
    }
}

static void put_set(text *t, const wsc_set *set) {
    if (set->undefined)
        put(t, "undefined ");
    else if (!set->judged)
        put(t, "unjudged ");
    for (size_t i = 0; i < set->n_outcomes; i++) {
        put(t, i ? " | " : "");
        put_outcome(t, &set->outcomes[i]);
        if (set->outcomes[i].ret == WSC_RET_IO_COMPLETION || set->outcomes[i].ret == WSC_RET_NONE)
            put_runs(t, set);
    }
    if (set->n_runs && set->outcomes[0].ret == WSC_RET_0 && set->may_block) /* a send that may be interrupted */
        put_runs(t, set);
}

static void put_findings(text *t, const wsc_verdict *v) {
    static const char *const kinds[] = {"outcome", "amount", "event", "changed", "routine", "data", "practice"};
    for (size_t i = 0; i < v->n_findings; i++) {
        const wsc_finding *f = &v->findings[i];
        const wsc_rule_info *rule = wsc_rule(f->rule);
        put(t, "%s%s %s", i ? ", " : "", kinds[f->kind], rule ? rule->name : "none");
    }
    assert_int_equal(v->ok, v->n_findings == 0);
}

static void put_conditions(text *t, const wsc_verdict *v) { /* injected ones in brackets */
    for (size_t i = 0; i < v->n_conditions; i++)
        put(t, "%s%s", i ? " " : "", wsc_rule(v->conditions[i])->name);
    for (size_t i = 0; i < v->n_injected; i++)
        put(t, "%s(%s)", i || v->n_conditions ? " " : "", wsc_rule(v->injected[i])->name);
}

/* --- running -------------------------------------------------------------------------------------------------------
 */

typedef struct script {
    wsc_model *m;
    uint32_t data;
    const char *name;
} script;

static char *cut(char *line, const char *mark) { /* the text behind the mark, which is cut off */
    char *at = strstr(line, mark);
    if (!at)
        return NULL;
    *at = 0;
    return at + strlen(mark);
}

static void compare(const script *s, const char *line, const char *what, const char *is, const char *should) {
    while (*should == ' ')
        should++;
    size_t n = strlen(should);
    while (n && should[n - 1] == ' ')
        n--;
    if (strlen(is) != n || strncmp(is, should, n) != 0)
        fail_msg("%s: %s\n  %s: %s\n  expected: %.*s", s->name, line, what, is, (int)n, should);
}

static bool fault_line(script *s, const words *w) { /* fault a RULE yes */
    if (w->n != 4 || strcmp(w->word[0], "fault") != 0)
        return false;
    wsc_tri holds = *w->word[3] == 'y' ? WSC_YES : *w->word[3] == 'm' ? WSC_MAYBE : WSC_NO;
    int rule = wsc_rule_find(w->word[2]);
    assert_true(rule >= 0);
    assert_int_equal(wsc_fault(s->m, socket_of(w->word[1]), rule, holds), WSC_OK);
    return true;
}

static bool twist_line(script *s, const words *w) { /* twist RULE sure */
    static const char *const hows[WSC_TWIST_COUNT] = {"none", "drop", "doubt", "sure", "wide", "code", "amount"};
    if (w->n != 3 || strcmp(w->word[0], "twist") != 0)
        return false;
    int how = 0;
    while (how < WSC_TWIST_COUNT && strcmp(hows[how], w->word[2]) != 0)
        how++;
    assert_int_equal(wsc_model_twist(s->m, wsc_rule_find(w->word[1]), (wsc_twist)how), WSC_OK);
    return true;
}

static const char *name_of_fact(int fact) {
    return fact == WSC_NONE ? "-" : wsc_fact(fact)->id;
}

static void run_line(script *s, const char *line) {
    char copy[1024];
    snprintf(copy, sizeof copy, "%s", line);
    char *facts = cut(copy, " ~"), *conditions = cut(copy, " &"), *findings = cut(copy, " ! "),
         *seen = cut(copy, " = "), *set = cut(copy, " -> ");
    char *text_of_call = copy;
    bool begins = strncmp(copy, "begin ", 6) == 0, ends = strncmp(copy, "end ", 4) == 0;
    if (begins || ends)
        text_of_call += begins ? 6 : 4;
    words w;
    split(&w, text_of_call, " ");
    if (fault_line(s, &w) || twist_line(s, &w))
        return;
    if (strcmp(w.word[0], "profile") == 0) {
        wsc_model_set_profile(s->m, strcmp(w.word[1], "windows") == 0 ? WSC_PROFILE_WINDOWS : WSC_PROFILE_DOCUMENTED);
        return;
    }
    wsc_call call;
    bool sends =
        (strstr(text_of_call, "send ") && !strstr(text_of_call, "shutdown")) || strstr(text_of_call, "sendto ");
    const char *id = strstr(text_of_call, "data=");
    uint32_t data = id ? (uint32_t)atoi(id + 5) : s->data + (sends && !set && !ends);
    if (!script_call(text_of_call, data, &call))
        fail_msg("%s: no call: %s", s->name, line);
    if (set) {
        wsc_set allowed;
        text t = {.n = 0};
        assert_int_equal(wsc_allowed(s->m, &call, &allowed), WSC_OK);
        put_set(&t, &allowed);
        compare(s, line, "allowed", t.at, set);
        t = (text){.n = 0};
        for (size_t i = 0; i < allowed.n_outcomes; i++)
            put(&t, "%s%s", i ? " " : "", name_of_fact(allowed.outcomes[i].fact));
        if (facts)
            compare(s, line, "facts", t.at, facts);
        return;
    }
    if (sends && !ends)
        s->data = data > s->data ? data : s->data;
    if (begins) {
        assert_int_equal(wsc_begin(s->m, &call), WSC_OK);
        return;
    }
    sight what;
    wsc_verdict v;
    text t = {.n = 0};
    read_sight(&call, seen ? seen : "", &what);
    assert_int_equal((ends ? wsc_end : wsc_observe)(s->m, &call, &what.seen, &v), WSC_OK);
    put_findings(&t, &v);
    compare(s, line, "found", t.at, findings ? findings : "");
    if (conditions) {
        t = (text){.n = 0};
        put_conditions(&t, &v);
        compare(s, line, "brought about", t.at, conditions);
    }
    if (facts) {
        t = (text){.n = 0};
        for (size_t i = 0; i < v.n_practice; i++)
            put(&t, "%s%s", i ? " " : "", name_of_fact(v.practice[i]));
        compare(s, line, "practice", t.at, facts);
    }
}

void script_run_with(const char *name, const wsc_limits *limits, const char *const *lines) {
    script s = {.m = wsc_model_new(limits), .name = name};
    assert_non_null(s.m);
    for (; *lines; lines++) {
        wsc_model *before = wsc_model_clone(s.m); /* every state can be copied, and a copy behaves alike */
        assert_non_null(before);
        assert_true(wsc_model_equal(s.m, before));
        assert_true(wsc_model_hash(s.m) == wsc_model_hash(before));
        wsc_model_free(s.m);
        s.m = before;
        run_line(&s, *lines);
    }
    wsc_model_free(s.m);
}

void script_run(const char *name, const char *const *lines) {
    const char *all[256] = {"startup"};
    size_t n = 1;
    while (*lines && n < 255)
        all[n++] = *lines++;
    script_run_with(name, NULL, all);
}

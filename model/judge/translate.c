/* translate.c - see translate.h. One function for each family of verbs. */
#include "translate.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_SEGMENTS = 65536 /* sends of one socket that nobody has read and that are remembered */ };

void wsj_world_free(wsj_world *world) {
    wsj_names_free(&world->names);
    free(world->threads);
    free(world->events);
    free(world->runs);
    free(world->ran);
    *world = (wsj_world){0};
}

void wsj_world_begin(wsj_world *world, const wsn_case *c) {
    wsj_names_clear(&world->names);
    world->n_threads = 0;
    world->sends = 0;
    world->limit_ms = c->limit_ms ? c->limit_ms : 5000;
    world->file = c->file;
}

wsj_translated wsj_bad(const wsj_world *world, const wsn_statement *s, wsn_error *error, const char *message,
                       const char *word) {
    *error = (wsn_error){.status = WSN_SYNTAX, .file = world->file, .line = s->line, .column = s->column};
    snprintf(error->message, sizeof error->message, "%s%s%.80s%s", message, word ? ": '" : "", word ? word : "",
             word ? "'" : "");
    return WSJ_BAD_CALL;
}

/* Room for n elements in *array; false without memory. */
static bool room_for(void **array, size_t *room, size_t n, size_t element) {
    if (n <= *room)
        return true;
    size_t want = n < 16 ? 16 : n * 2;
    void *grown = want > SIZE_MAX / element ? NULL : realloc(*array, want * element);
    if (!grown)
        return false;
    *array = grown;
    *room = want;
    return true;
}

bool wsj_world_copy(wsj_world *to, const wsj_world *from) {
    *to = (wsj_world){.limits = from->limits, .sends = from->sends, .limit_ms = from->limit_ms, .file = from->file};
    if (!wsj_names_copy(&to->names, &from->names) ||
        !room_for((void **)&to->threads, &to->room_threads, from->n_threads + 1, sizeof *to->threads))
        return false;
    if (from->n_threads)
        memcpy(to->threads, from->threads, from->n_threads * sizeof *to->threads);
    to->n_threads = from->n_threads;
    return true;
}

bool wsj_world_room_for_runs(wsj_world *world, size_t n) {
    return room_for((void **)&world->runs, &world->room_runs, n, sizeof *world->runs);
}

int wsj_thread(wsj_world *world, const char *name) {
    if (!name)
        return 0;
    for (size_t i = 0; i < world->n_threads; i++)
        if (world->threads[i] == name)
            return (int)i + 1;
    if (!room_for((void **)&world->threads, &world->room_threads, world->n_threads + 1, sizeof *world->threads))
        return -1;
    world->threads[world->n_threads++] = name;
    return (int)world->n_threads;
}

void wsj_sure(wsc_status status) {
    if (status != WSC_OK)
        abort();
}

bool wsj_make_room(wsj_world *world, wsc_model *model, const wsc_call *call) {
    static const wsc_limits defaults = {32, 64, 64, 8, 8, 64};
    int sender = call->kind == WSC_SEND ? call->u.send.socket : call->kind == WSC_OTHER ? call->u.other.socket : -1;
    const uint32_t *made = world->names.counts;
    wsc_limits need = world->limits.sockets ? world->limits : defaults;
    bool grows = !world->limits.sockets;
    const struct {
        uint32_t *limit, used;
    } rows[] = {{&need.sockets, made[WSJ_SOCKET]},
                {&need.operations, made[WSJ_OVERLAPPED]},
                {&need.events, made[WSJ_EVENT]},
                {&need.ports, made[WSJ_PORT]},
                {&need.threads, (uint32_t)world->n_threads + 1}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        while (*rows[i].limit < rows[i].used && *rows[i].limit < UINT32_MAX / 2) {
            *rows[i].limit *= 2;
            grows = true;
        }
    if (need.segments < MOST_SEGMENTS && wsc_model_is_full(model, sender)) {
        need.segments *= 2;
        grows = true;
    }
    if (grows && wsc_model_grow(model, &need) != WSC_OK)
        return false;
    world->limits = need;
    return true;
}

/* --- arguments ---------------------------------------------------------------------------------------------- */

/* What is being translated; the readers below note the first thing that is wrong. */
typedef struct job {
    wsj_world *world;
    const wsn_statement *s;
    wsn_error *error;
    wsj_translated result;
} job;

static void bad(job *j, const char *message, const char *word) {
    if (j->result == WSJ_TO_MODEL)
        j->result = wsj_bad(j->world, j->s, j->error, message, word);
}

/* The model need not know of it. Comes last: what is wrong is said first. */
static void no_call(job *j) {
    if (j->result == WSJ_TO_MODEL)
        j->result = WSJ_NO_CALL;
}

static const wsn_value *argument(const job *j, size_t i) {
    static const wsn_value none = {.kind = WSN_STRING};
    return i < j->s->n_args ? &j->s->args[i] : &none;
}

static bool is_word(const wsn_value *v, const char *word) {
    return v->kind == WSN_NAME && strcmp(v->name, word) == 0;
}

static uint64_t number_argument(job *j, size_t i) {
    const wsn_value *v = argument(j, i);
    if (!v->constant)
        bad(j, "a number or a constant was expected", v->name);
    return v->number;
}

/* An object by its name; WSC_NONE for one of another kind. */
static int object(job *j, const wsn_value *v, wsj_kind kind) {
    if (v->constant || (v->kind == WSN_NAME && v->place != WSN_PLAIN))
        return WSC_NONE; /* NULL, INVALID_SOCKET, a junk number */
    if (v->kind != WSN_NAME && v->kind != WSN_REF) {
        bad(j, "the name of an object was expected", NULL);
        return WSC_NONE;
    }
    wsj_name found = wsj_names_find(&j->world->names, v->name);
    if (found.kind == WSJ_UNKNOWN)
        bad(j, "nothing of this name was made in this case", v->name);
    return found.kind == kind && !found.closed ? (int)found.number : WSC_NONE;
}

static int socket_argument(job *j, size_t i) {
    return object(j, argument(j, i), WSJ_SOCKET);
}

/* An object that the call cannot do without. */
static int needed(job *j, size_t i, wsj_kind kind, const char *what) {
    const wsn_value *v = argument(j, i);
    int number = object(j, v, kind);
    if (number == WSC_NONE)
        bad(j, what, v->name);
    return number;
}

/* The object that the i-th name left of "=" stands for from now on. */
static int made(job *j, size_t i, wsj_kind kind) {
    uint32_t number = 0;
    if (i >= j->s->n_results) {
        bad(j, "a name for what is made was expected left of '='", NULL);
        return WSC_NONE;
    }
    if (!wsj_names_make(&j->world->names, j->s->results[i], kind, &number))
        j->result = WSJ_NO_MEMORY;
    return (int)number;
}

static wsc_place place(const wsn_value *v) {
    return (wsc_place)v->place; /* the orders are the same: see both headers */
}
_Static_assert((int)WSC_AT_GUARD == (int)WSN_GUARD && (int)WSC_AT_STRADDLE == (int)WSN_STRADDLE, "places");

static wsc_patience patience(job *j, size_t i) {
    const wsn_value *v = argument(j, i);
    if (is_word(v, "limit"))
        return WSC_LIMIT;
    uint64_t ms = number_argument(j, i);
    return ms == 0 ? WSC_POLL : ms >= j->world->limit_ms ? WSC_LIMIT : WSC_SHORT;
}

static bool truth(job *j, size_t i) {
    return number_argument(j, i) != 0;
}

/* --- WSASend ------------------------------------------------------------------------------------------------ */

static void buffers(job *j, const wsn_value *v, wsc_buffers *out) {
    uint64_t elements = 0;
    for (size_t i = 0; v->kind == WSN_LIST && i < v->n_items; i++)
        elements += v->items[i].kind == WSN_BUFFER ? v->items[i].repeat : 1;
    uint64_t count = v->has_count ? v->count : elements;
    if (count > UINT32_MAX)
        bad(j, "dwBufferCount has 32 bits", NULL);
    if (v->kind != WSN_LIST && !(v->kind == WSN_NAME && v->place != WSN_PLAIN))
        bad(j, "an array of buffers was expected", v->name);
    uint64_t mapped = v->place == WSN_STRADDLE && elements ? elements - 1 : elements;
    wsc_buffers_begin(out, place(v), mapped, (uint32_t)count);
    for (size_t i = 0; v->kind == WSN_LIST && i < v->n_items; i++) {
        const wsn_value *b = &v->items[i];
        if (b->kind != WSN_BUFFER)
            bad(j, "the length of a buffer was expected", b->name);
        else
            wsc_buffers_add(out, b->repeat, b->number, b->backing, place(b));
    }
}

static void send_call(job *j, wsc_call *call) {
    wsc_send_call *send = &call->u.send;
    const wsn_value *sent = argument(j, 2), *overlapped = argument(j, 4), *routine = argument(j, 5);
    call->kind = WSC_SEND;
    send->socket = socket_argument(j, 0);
    buffers(j, argument(j, 1), &send->buffers);
    if (sent->kind != WSN_REF && sent->place == WSN_PLAIN)
        bad(j, "lpNumberOfBytesSent is a reference like &sent, NULL, wild or kernel", sent->name);
    send->sent_at = place(sent);
    send->flags = (uint32_t)number_argument(j, 3);
    send->overlapped_at = place(overlapped);
    send->op = overlapped->kind == WSN_REF ? object(j, overlapped, WSJ_OVERLAPPED) : WSC_NONE;
    if (send->op == WSC_NONE && overlapped->place == WSN_PLAIN)
        bad(j, "lpOverlapped is a reference to an overlapped(), NULL, wild or kernel", overlapped->name);
    send->routine_at = place(routine);
    send->routine = object(j, routine, WSJ_ROUTINE);
    if (send->routine == WSC_NONE && routine->place == WSN_PLAIN)
        bad(j, "lpCompletionRoutine is a routine, NULL, wild or kernel", routine->name);
    send->data = ++j->world->sends;
    send->copy = wsj_names_find(&j->world->names, argument(j, 0)->name).handle;
}

/* WSARecv, WSARecvFrom, WSASendTo: `overlapped` is the index of lpOverlapped, the routine stands behind it. */
static void other_call(job *j, wsc_call *call, size_t overlapped) {
    wsc_other_call *other = &call->u.other;
    const wsn_value *o = argument(j, overlapped);
    call->kind = WSC_OTHER;
    other->socket = socket_argument(j, 0);
    other->overlapped_at = place(o);
    other->op = o->kind == WSN_REF ? object(j, o, WSJ_OVERLAPPED) : WSC_NONE;
    other->routine = object(j, argument(j, overlapped + 1), WSJ_ROUTINE);
    other->to = WSC_UNKNOWN;
}

static void receive_call(job *j, wsc_call *call) {
    other_call(j, call, 2);
    call->u.other.receives = true;
    call->u.other.bytes = number_argument(j, 1);
}

static int address_argument(job *j, size_t i) {
    static const struct {
        const char *word;
        int address;
    } words[] = {{"nobody", WSC_NONE}, {"loopback", WSC_UNKNOWN}, {"beyond", WSC_BEYOND}, {"silent", WSC_SILENT}};
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        if (is_word(argument(j, i), words[k].word))
            return words[k].address;
    return object(j, argument(j, i), WSJ_SOCKET);
}

static void sendto_call(job *j, wsc_call *call) {
    wsc_buffers sum;
    other_call(j, call, 5);
    buffers(j, argument(j, 1), &sum);
    call->u.other.bytes = sum.total;
    call->u.other.to = address_argument(j, 4);
    call->u.other.data = ++j->world->sends;
}

/* --- set-up ------------------------------------------------------------------------------------------------- */

static void pair_call(job *j, wsc_call *call, wsc_family family, wsc_type type) {
    call->kind = WSC_PAIR;
    call->u.pair.family = family;
    call->u.pair.type = type;
    for (size_t i = 0; i < j->s->n_args; i++) {
        call->u.pair.nonblocking |= is_word(argument(j, i), "nonblocking");
        call->u.pair.not_overlapped |= is_word(argument(j, i), "not_overlapped");
        call->u.pair.narrow |= is_word(argument(j, i), "narrow");
    }
    call->u.pair.a = made(j, 0, WSJ_SOCKET);
    call->u.pair.b = type == WSC_RAW ? WSC_UNKNOWN : made(j, 1, WSJ_SOCKET);
}

static wsc_family family(uint64_t number) {
    switch (number) {
    case 1: return WSC_LOCAL; /* AF_UNIX */
    case 2: return WSC_INET;
    case 23: return WSC_INET6;
    default: return WSC_OTHER_FAMILY;
    }
}

static wsc_type type(uint64_t number) { /* SOCK_STREAM is 1, and the order is the same */
    return number >= 1 && number <= 5 ? (wsc_type)(number - 1) : WSC_DATAGRAM;
}
_Static_assert((int)WSC_RAW == 2 && (int)WSC_SEQPACKET == 4, "types");

static void socket_call(job *j, wsc_call *call, bool has_flags) {
    enum { WSA_FLAG_OVERLAPPED_ = 1 };
    call->kind = WSC_SOCKET;
    call->u.socket.family = family(number_argument(j, 0));
    call->u.socket.type = type(number_argument(j, 1));
    call->u.socket.overlapped = !has_flags || (number_argument(j, 3) & WSA_FLAG_OVERLAPPED_);
    call->u.socket.socket = made(j, 0, WSJ_SOCKET);
}

static void one_socket(job *j, wsc_call *call, wsc_call_kind kind) {
    call->kind = kind;
    call->u.one.socket = socket_argument(j, 0);
}

static void connect_call(job *j, wsc_call *call) {
    call->kind = WSC_CONNECT;
    call->u.connect.socket = socket_argument(j, 0);
    call->u.connect.peer = address_argument(j, 1);
    call->u.connect.waits = j->s->verb == WSN_VERB_ConnectEx;
}

static void accept_call(job *j, wsc_call *call) {
    call->kind = WSC_ACCEPT;
    call->u.accept.listener = socket_argument(j, 0);
    call->u.accept.socket = made(j, 0, WSJ_SOCKET);
}

/* A second descriptor: the name stands for the same socket. */
static void duplicate_call(job *j, bool handle) {
    const wsn_value *from = argument(j, 0);
    int socket = object(j, from, WSJ_SOCKET);
    if (j->result != WSJ_TO_MODEL)
        return;
    if (j->s->n_results == 0)
        bad(j, "a name for what is made was expected left of '='", NULL);
    else if (socket == WSC_NONE)
        made(j, 0, WSJ_HANDLE); /* of something else, or of a closed socket: it fails */
    else if (!wsj_names_alias(&j->world->names, j->s->results[0], from->name, handle))
        j->result = WSJ_NO_MEMORY;
    no_call(j);
}

/* closesocket and abort: with another descriptor of the same socket left, only this one goes. */
static void close_call(job *j, wsc_call *call, wsc_call_kind kind) {
    const wsn_value *v = argument(j, 0);
    one_socket(j, call, kind);
    if (call->u.one.socket >= 0 && wsj_names_close(&j->world->names, v->name))
        call->kind = kind == WSC_CLOSE ? WSC_CLOSE_COPY : WSC_ABORT_COPY;
}

static void shutdown_call(job *j, wsc_call *call) {
    uint64_t how = number_argument(j, 1);
    call->kind = WSC_SHUTDOWN;
    call->u.shutdown.socket = socket_argument(j, 0);
    call->u.shutdown.how = (wsc_shut)how;
    if (how > WSC_SD_BOTH)
        no_call(j); /* fails, and changes nothing */
}

static void ioctlsocket_call(job *j, wsc_call *call) {
    uint64_t fionbio = 0;
    wsn_constant("FIONBIO", &fionbio);
    call->kind = WSC_NONBLOCKING;
    call->u.nonblocking.socket = socket_argument(j, 0);
    call->u.nonblocking.on = number_argument(j, 2) != 0;
    if (number_argument(j, 1) != fionbio)
        no_call(j);
}

static wsc_option option(uint64_t number) { /* of SOL_SOCKET */
    switch (number) {
    case 0x2003: return WSC_SO_MAX_MSG_SIZE;
    case 0x1001: return WSC_SO_SNDBUF;
    case 0x1002: return WSC_SO_RCVBUF;
    case 0x1005: return WSC_SO_SNDTIMEO;
    case 0x0100: return WSC_SO_OOBINLINE;
    case 0x0008: return WSC_SO_KEEPALIVE;
    default: return WSC_SO_OTHER;
    }
}

static void option_call(job *j, wsc_call *call, wsc_call_kind kind) {
    call->kind = kind;
    call->u.option.socket = socket_argument(j, 0);
    call->u.option.option = option(number_argument(j, 1));
    call->u.option.value = kind == WSC_SETOPT ? number_argument(j, 2) : 0;
}

/* setsockopt with a level: IPPROTO_IP and IPPROTO_IPV6 have the same numbers for what matters here. */
static void level_option_call(job *j, wsc_call *call) {
    enum { SOL_SOCKET_ = 0xFFFF, IPPROTO_IP_ = 0, IPPROTO_IPV6_ = 41, HOPS = 4, DONT_FRAGMENT = 14 };
    uint64_t level = number_argument(j, 1), number = number_argument(j, 2);
    call->kind = WSC_SETOPT;
    call->u.option.socket = socket_argument(j, 0);
    call->u.option.value = number_argument(j, 3);
    call->u.option.option = WSC_SO_OTHER;
    if (level == SOL_SOCKET_)
        call->u.option.option = option(number);
    else if (level == IPPROTO_IP_ || level == IPPROTO_IPV6_)
        call->u.option.option = number == HOPS ? WSC_IP_TTL : number == DONT_FRAGMENT ? WSC_IP_WHOLE : WSC_SO_OTHER;
}

static void keepalive_call(job *j, wsc_call *call) {
    call->kind = WSC_SETOPT;
    call->u.option.socket = socket_argument(j, 0);
    call->u.option.option = WSC_SO_KEEPALIVE;
    call->u.option.value = 1;
}

/* fault(link_down), fault(inject(WSAENETDOWN, 2)), fault(WORD, WORD) */
static void fault_call(job *j, wsc_call *call) {
    call->kind = WSC_FAULT;
    for (size_t i = 0; i < j->s->n_args; i++) {
        const wsn_value *v = argument(j, i);
        const char *name = v->name ? v->name : "";
        int word = wsc_fault_word(name);
        bool injects = strcmp(name, "inject") == 0;
        if (word == WSC_NONE)
            bad(j, "no such fault", name);
        else
            call->u.fault.words |= UINT32_C(1) << word;
        if (injects && v->kind == WSN_INVOKE && v->n_items >= 1 && !call->u.fault.code)
            call->u.fault.code = (uint32_t)v->items[0].number;
        else if (injects)
            bad(j, "one code to inject was expected", name);
    }
}

static void overlapped_call(job *j, wsc_call *call) {
    const wsn_value *event = argument(j, 0);
    call->kind = WSC_OVERLAPPED;
    if (event->kind == WSN_NAME && event->place == WSN_NULL)
        call->u.overlapped.event = WSC_NONE;
    else if (event->constant)
        call->u.overlapped.event = event->number ? WSC_BOGUS : WSC_NONE;
    else if ((call->u.overlapped.event = object(j, event, WSJ_EVENT)) == WSC_NONE)
        call->u.overlapped.event = WSC_BOGUS; /* another kind of handle */
    call->u.overlapped.op = made(j, 0, WSJ_OVERLAPPED);
}

static void event_call(job *j, wsc_call *call, wsc_call_kind kind) {
    call->kind = kind;
    call->u.event.event = kind == WSC_EVENT_CREATE ? made(j, 0, WSJ_EVENT) : object(j, argument(j, 0), WSJ_EVENT);
    if (call->u.event.event == WSC_NONE)
        no_call(j); /* fails, and changes nothing */
}

static void port_call(job *j, wsc_call *call) {
    call->kind = WSC_PORT;
    call->u.port.socket = socket_argument(j, 0);
    call->u.port.port = made(j, 0, WSJ_PORT);
}

static void cancel_call(job *j, wsc_call *call, wsc_cancel_how how) {
    uint64_t flush = 0;
    call->kind = WSC_CANCEL;
    call->u.cancel.socket = socket_argument(j, 0);
    call->u.cancel.how = how;
    call->u.cancel.op = how == WSC_CANCEL_IO_EX ? object(j, argument(j, 1), WSJ_OVERLAPPED) : WSC_NONE;
    wsn_constant("SIO_FLUSH", &flush);
    if (how == WSC_CANCEL_FLUSH && number_argument(j, 1) != flush)
        no_call(j);
}

/* --- results and waits -------------------------------------------------------------------------------------- */

static void result_call(job *j, wsc_call *call) {
    call->kind = WSC_RESULT;
    call->u.result.socket = socket_argument(j, 0);
    call->u.result.op = object(j, argument(j, 1), WSJ_OVERLAPPED);
    call->u.result.transferred_at = place(argument(j, 2));
    call->u.result.wait = truth(j, 3);
    call->u.result.copy = wsj_names_find(&j->world->names, argument(j, 0)->name).handle;
}

static void wait_call(job *j, wsc_call *call) {
    const wsn_value *events = argument(j, 0);
    wsj_world *w = j->world;
    call->kind = WSC_WAIT;
    if (events->kind != WSN_LIST)
        bad(j, "a list of events was expected", events->name);
    size_t n = events->kind == WSN_LIST ? events->n_items : 0;
    if (!room_for((void **)&w->events, &w->room_events, n + 1, sizeof *w->events)) {
        j->result = WSJ_NO_MEMORY;
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const wsn_value *e = &events->items[i];
        if (e->kind != WSN_NAME)
            bad(j, "the name of an event was expected", NULL);
        else if ((w->events[i] = object(j, e, WSJ_EVENT)) == WSC_NONE)
            w->events[i] = WSC_BOGUS;
    }
    call->u.wait.events = w->events;
    call->u.wait.n = n;
    call->u.wait.all = truth(j, 1);
    call->u.wait.patience = patience(j, 2);
    call->u.wait.alertable = truth(j, 3);
}

static void apc_call(job *j, wsc_call *call) {
    const wsn_value *thread = argument(j, 1);
    call->kind = WSC_APC;
    call->u.apc.routine = needed(j, 0, WSJ_ROUTINE, "a routine was expected");
    call->u.apc.thread = is_word(thread, "main") ? 0 : wsj_thread(j->world, thread->name);
    if (call->u.apc.thread < 0)
        j->result = WSJ_NO_MEMORY;
}

static void hook_call(job *j, wsc_call *call, bool set) {
    call->kind = WSC_HOOK;
    call->u.hook.routine = set ? needed(j, 0, WSJ_ROUTINE, "a routine was expected") : WSC_NONE;
}

static void startup_call(job *j, wsc_call *call) {
    call->kind = WSC_STARTUP;
    call->u.startup.version = j->s->n_args ? (unsigned)number_argument(j, 0) : 0;
}

static void disconnect_call(job *j, wsc_call *call) {
    call->kind = WSC_SHUTDOWN;
    call->u.shutdown.socket = socket_argument(j, 0);
    call->u.shutdown.how = WSC_SD_SEND;
}

static void sleep_call(job *j, wsc_call *call) {
    call->kind = WSC_SLEEP;
    call->u.sleep.patience = patience(j, 0);
    call->u.sleep.alertable = truth(j, 1);
}

static void alertable_wait_call(job *j, wsc_call *call) {
    call->kind = WSC_ALERTABLE_WAIT;
    call->u.alertable_wait.n = (uint32_t)number_argument(j, 0);
}

static void take_call(job *j, wsc_call *call) {
    call->kind = WSC_TAKE;
    call->u.take.port = needed(j, 0, WSJ_PORT, "a completion port was expected");
    call->u.take.patience = patience(j, 1);
}

static void select_call(job *j, wsc_call *call) {
    const wsn_value *interest = argument(j, 1);
    call->kind = WSC_SELECT;
    call->u.select.socket = socket_argument(j, 0);
    call->u.select.patience = patience(j, 2);
    if (is_word(interest, "readable"))
        call->u.select.interest = WSC_READABLE;
    else if (is_word(interest, "writable"))
        call->u.select.interest = WSC_WRITABLE;
    else if (is_word(interest, "except"))
        call->u.select.interest = WSC_EXCEPT;
    else
        bad(j, "readable, writable or except was expected", interest->name);
}

static void recv_call(job *j, wsc_call *call, wsc_call_kind kind) {
    call->kind = kind;
    call->u.recv.socket = socket_argument(j, 0);
    call->u.recv.bytes = number_argument(j, 1);
}

/* --- all verbs ---------------------------------------------------------------------------------------------- */

static void verb_call(job *j, wsc_call *call) {
    switch (j->s->verb) {
    case WSN_VERB_tcp: pair_call(j, call, WSC_INET, WSC_STREAM); break;
    case WSN_VERB_tcp6: pair_call(j, call, WSC_INET6, WSC_STREAM); break;
    case WSN_VERB_udp: pair_call(j, call, WSC_INET, WSC_DATAGRAM); break;
    case WSN_VERB_udp6: pair_call(j, call, WSC_INET6, WSC_DATAGRAM); break;
    case WSN_VERB_raw: pair_call(j, call, WSC_INET, WSC_RAW); break;
    case WSN_VERB_af_unix: pair_call(j, call, WSC_LOCAL, WSC_STREAM); break;
    case WSN_VERB_fault: fault_call(j, call); break;
    case WSN_VERB_keepalive: keepalive_call(j, call); break;
    case WSN_VERB_overlapped: overlapped_call(j, call); break;
    case WSN_VERB_routine:
        made(j, 0, WSJ_ROUTINE);
        no_call(j);
        break;
    case WSN_VERB_handle:
        made(j, 0, WSJ_HANDLE);
        no_call(j);
        break;
    case WSN_VERB_drain: one_socket(j, call, WSC_DRAIN); break;
    case WSN_VERB_WSAStartup: startup_call(j, call); break;
    case WSN_VERB_WSACleanup: call->kind = WSC_CLEANUP; break;
    case WSN_VERB_socket: socket_call(j, call, false); break;
    case WSN_VERB_WSASocket: socket_call(j, call, true); break;
    case WSN_VERB_bind: one_socket(j, call, WSC_BIND); break;
    case WSN_VERB_connect:
    case WSN_VERB_WSAConnect:
    case WSN_VERB_ConnectEx: connect_call(j, call); break;
    case WSN_VERB_DuplicateHandle: duplicate_call(j, true); break;
    case WSN_VERB_WSADuplicateSocket: duplicate_call(j, false); break;
    case WSN_VERB_WSASendDisconnect: disconnect_call(j, call); break;
    case WSN_VERB_listen: one_socket(j, call, WSC_LISTEN); break;
    case WSN_VERB_accept: accept_call(j, call); break;
    case WSN_VERB_shutdown: shutdown_call(j, call); break;
    case WSN_VERB_closesocket: close_call(j, call, WSC_CLOSE); break;
    case WSN_VERB_abort: close_call(j, call, WSC_ABORT); break;
    case WSN_VERB_ioctlsocket: ioctlsocket_call(j, call); break;
    case WSN_VERB_setsockopt:
        if (j->s->n_args == 3)
            option_call(j, call, WSC_SETOPT);
        else
            level_option_call(j, call);
        break;
    case WSN_VERB_getsockopt: option_call(j, call, WSC_GETOPT); break;
    case WSN_VERB_WSACreateEvent: event_call(j, call, WSC_EVENT_CREATE); break;
    case WSN_VERB_WSASetEvent: event_call(j, call, WSC_EVENT_SET); break;
    case WSN_VERB_WSAResetEvent: event_call(j, call, WSC_EVENT_RESET); break;
    case WSN_VERB_WSACloseEvent: event_call(j, call, WSC_EVENT_CLOSE); break;
    case WSN_VERB_CreateIoCompletionPort: port_call(j, call); break;
    case WSN_VERB_WSASend: send_call(j, call); break;
    case WSN_VERB_WSASendTo: sendto_call(j, call); break;
    case WSN_VERB_WSARecv:
    case WSN_VERB_WSARecvFrom: receive_call(j, call); break;
    case WSN_VERB_QueueUserAPC: apc_call(j, call); break;
    case WSN_VERB_ExitThread: call->kind = WSC_THREAD_EXIT; break;
    case WSN_VERB_WSASetBlockingHook: hook_call(j, call, true); break;
    case WSN_VERB_WSAUnhookBlockingHook: hook_call(j, call, false); break;
    case WSN_VERB_WSACancelBlockingCall: call->kind = WSC_CANCEL_BLOCKING; break;
    case WSN_VERB_printf: j->result = WSJ_NO_CALL; break;
    case WSN_VERB_WSAGetOverlappedResult: result_call(j, call); break;
    case WSN_VERB_WSAWaitForMultipleEvents: wait_call(j, call); break;
    case WSN_VERB_SleepEx: sleep_call(j, call); break;
    case WSN_VERB_alertable_wait: alertable_wait_call(j, call); break;
    case WSN_VERB_GetQueuedCompletionStatus: take_call(j, call); break;
    case WSN_VERB_CancelIo: cancel_call(j, call, WSC_CANCEL_IO); break;
    case WSN_VERB_CancelIoEx: cancel_call(j, call, WSC_CANCEL_IO_EX); break;
    case WSN_VERB_WSAIoctl: cancel_call(j, call, WSC_CANCEL_FLUSH); break;
    case WSN_VERB_select: select_call(j, call); break;
    case WSN_VERB_recv: recv_call(j, call, WSC_RECV); break;
    case WSN_VERB_recv_oob: recv_call(j, call, WSC_RECV_OOB); break;
    default: no_call(j); break;
    }
}

wsj_translated wsj_translate_call(wsj_world *world, const wsn_statement *s, wsc_call *call, wsn_error *error) {
    job j = {.world = world, .s = s, .error = error, .result = WSJ_TO_MODEL};
    *call = (wsc_call){.thread = wsj_thread(world, s->thread)};
    if (call->thread < 0)
        return WSJ_NO_MEMORY;
    if (s->kind == WSN_ENTER) {
        call->kind = WSC_ENTER;
        if (!wsj_translate_ran(world, s, s->name, s->args, s->n_args, &call->u.enter, error))
            return WSJ_BAD_CALL;
    } else if (s->kind == WSN_LEAVE) {
        wsj_name routine = wsj_names_find(&world->names, s->name);
        if (routine.kind != WSJ_ROUTINE)
            return wsj_bad(world, s, error, "no routine of this name was made in this case", s->name);
        call->kind = WSC_LEAVE;
        call->u.enter = (wsc_ran){.routine = (int)routine.number, .op = WSC_NONE};
    } else {
        verb_call(&j, call);
    }
    return j.result;
}

/* --- observations ------------------------------------------------------------------------------------------- */

bool wsj_translate_ran(wsj_world *world, const wsn_statement *s, const char *routine, const wsn_value *args,
                       size_t n_args, wsc_ran *ran, wsn_error *error) {
    wsj_name name = wsj_names_find(&world->names, routine);
    *ran = (wsc_ran){.routine = (int)name.number};
    if (name.kind != WSJ_ROUTINE) {
        wsj_bad(world, s, error, "no routine of this name was made in this case", routine);
        return false;
    }
    if (n_args != 4 || !args[0].constant || !args[1].constant || !args[3].constant) {
        wsj_bad(world, s, error, "a routine's run is written r(dwError, cbTransferred, lpOverlapped, dwFlags)", NULL);
        return false;
    }
    ran->error = (uint32_t)args[0].number;
    ran->transferred = args[1].number;
    ran->flags = (uint32_t)args[3].number;
    if (args[2].kind == WSN_REF) {
        wsj_name op = wsj_names_find(&world->names, args[2].name);
        ran->op = op.kind == WSJ_OVERLAPPED ? (int)op.number : WSC_UNKNOWN;
    } else {
        bool null = args[2].kind == WSN_NAME ? args[2].place == WSN_NULL : args[2].constant && args[2].number == 0;
        ran->op = null ? WSC_NONE : WSC_UNKNOWN;
    }
    return true;
}

static void say_amount(const wsj_amount *amount, wsc_observed *out) {
    if (!amount->said)
        return;
    out->amount = amount->untouched ? WSC_AMOUNT_UNTOUCHED : WSC_AMOUNT_RANGE;
    out->low = amount->low;
    out->high = amount->high;
}

/* What waits return. */
static wsc_ret wait_return(const wsj_seen *seen, wsc_observed *out) {
    enum { WAIT_TIMEOUT_ = 258, WAIT_IO_COMPLETION_ = 192, MAXIMUM_WAIT_OBJECTS_ = 64 };
    if (seen->value < MAXIMUM_WAIT_OBJECTS_) {
        out->amount = WSC_AMOUNT_RANGE; /* the index */
        out->low = out->high = seen->value;
        return WSC_RET_EVENT_0;
    }
    return seen->value == WAIT_TIMEOUT_         ? WSC_RET_TIMEOUT
           : seen->value == WAIT_IO_COMPLETION_ ? WSC_RET_IO_COMPLETION
           : seen->value == UINT32_MAX          ? WSC_RET_WAIT_FAILED
                                                : WSC_RET_OTHER;
}

/* What functions return that return 0 or SOCKET_ERROR. */
static wsc_ret plain_return(const wsj_seen *seen) {
    switch (seen->returned) {
    case WSJ_SOCKET_ERROR: return WSC_RET_SOCKET_ERROR;
    case WSJ_NUMBER: return seen->value == 0 ? WSC_RET_0 : WSC_RET_OTHER;
    case WSJ_TRUE: return WSC_RET_TRUE;
    case WSJ_FALSE: return WSC_RET_FALSE;
    default: return WSC_RET_0; /* nothing was said: a set-up or a maker that did its work */
    }
}

static wsj_translated say_data(wsj_world *w, const wsj_seen *seen, wsc_observed *out) {
    static const wsc_ending ends[] = {[WSJ_COMPLETE] = WSC_END_NONE,
                                      [WSJ_EOF] = WSC_END_EOF,
                                      [WSJ_TIMEOUT] = WSC_END_TIMEOUT,
                                      [WSJ_RECV_ERROR] = WSC_END_ERROR};
    if (!room_for((void **)&w->runs, &w->room_runs, seen->n_runs + 1, sizeof *w->runs))
        return WSJ_NO_MEMORY;
    size_t n = 0;
    for (size_t i = 0; i < seen->n_runs; i++) {
        const wsn_value *v = &seen->runs[i];
        if (v->kind == WSN_RUN)
            w->runs[n++] = (wsc_run){(uint32_t)v->number, v->low, v->high};
        else if (v->kind == WSN_BYTES)
            w->runs[n++] = (wsc_run){0, 0, v->length};
        else if (v->kind == WSN_INT)
            w->runs[n - 1].high = v->number;
    }
    out->ret = WSC_RET_DATA;
    out->data = w->runs;
    out->n_data = n;
    out->end = ends[seen->tail];
    return WSJ_TO_MODEL;
}

static wsj_translated say_ran(wsj_world *w, const wsn_statement *s, const wsj_seen *seen, wsc_observed *out,
                              wsn_error *error) {
    if (!room_for((void **)&w->ran, &w->room_ran, seen->n_ran + 1, sizeof *w->ran))
        return WSJ_NO_MEMORY;
    for (size_t i = 0; i < seen->n_ran; i++)
        if (!wsj_translate_ran(w, s, seen->ran[i].name, seen->ran[i].items, seen->ran[i].n_items, &w->ran[i], error))
            return WSJ_BAD_CALL;
    out->ran = w->ran;
    out->n_ran = seen->n_ran;
    return WSJ_TO_MODEL;
}

static void say_entry(const wsj_seen *seen, wsc_catalogue *entry) {
    entry->max_msg = seen->max_msg.said ? seen->max_msg.high : 0;
    entry->partial = seen->partial;
    entry->no_oob = seen->no_oob;
    entry->receive_only = seen->receive_only;
}

static void say_packet(const wsj_world *w, const wsj_seen *seen, wsc_observed *out) {
    out->ret = plain_return(seen);
    say_amount(&seen->amount, out);
    if (seen->overlapped) {
        wsj_name op = wsj_names_find(&w->names, seen->overlapped);
        out->op = op.kind == WSJ_OVERLAPPED ? (int)op.number : WSC_UNKNOWN;
    }
}

wsj_translated wsj_translate_seen(wsj_world *world, const wsn_statement *s, const wsj_seen *seen, wsc_call *call,
                                  wsc_observed *out, wsn_error *error) {
    *out = (wsc_observed){.error = seen->code, .op = WSC_NONE};
    out->event_seen = seen->event_said;
    out->event_set = seen->event_set;
    out->changed = seen->changed;
    if (seen->ending == WSJ_FAILED || seen->ending == WSJ_LACKING) {
        out->ret = WSC_RET_SOCKET_ERROR;
        return WSJ_TO_MODEL;
    }
    switch (call->kind) {
    case WSC_SEND:
    case WSC_OTHER:
        out->ret = plain_return(seen);
        say_amount(&seen->sent, out);
        break;
    case WSC_RESULT:
        out->ret = plain_return(seen);
        say_amount(&seen->amount, out);
        break;
    case WSC_TAKE: say_packet(world, seen, out); break;
    case WSC_WAIT: out->ret = wait_return(seen, out); return say_ran(world, s, seen, out, error);
    case WSC_SLEEP:
        out->ret = seen->value == 0 ? WSC_RET_0 : seen->value == 192 ? WSC_RET_IO_COMPLETION : WSC_RET_OTHER;
        return say_ran(world, s, seen, out, error);
    case WSC_ALERTABLE_WAIT:
        out->ret = seen->tail == WSJ_TIMEOUT ? WSC_RET_TIMEOUT : WSC_RET_NONE;
        return say_ran(world, s, seen, out, error);
    case WSC_RECV:
    case WSC_RECV_OOB: return say_data(world, seen, out);
    case WSC_SELECT:
        out->ret = seen->tail == WSJ_TIMEOUT ? WSC_RET_TIMEOUT : seen->ready ? WSC_RET_READY : WSC_RET_SOCKET_ERROR;
        break;
    case WSC_GETOPT:
        out->ret = plain_return(seen);
        out->low = out->high = seen->option.high;
        break;
    case WSC_CLOSE_COPY:
    case WSC_ABORT_COPY:
        out->ret = plain_return(seen);
        if (out->ret != WSC_RET_0 && s->n_args)
            wsj_names_reopen(&world->names, s->args[0].name);
        break;
    case WSC_PAIR: say_entry(seen, &call->u.pair.entry); break;
    case WSC_SOCKET: say_entry(seen, &call->u.socket.entry); /* fall through */
    default: out->ret = plain_return(seen); break;
    }
    return WSJ_TO_MODEL;
}

/* --- canonical text ------------------------------------------------------------------------------------------ */

void wsj_print_code(uint32_t code, wsj_text *text) {
    const char *name = wsn_error_name(code);
    if (code == 0)
        wsj_text_add(text, "no_error");
    else if (name)
        wsj_text_add(text, name);
    else
        wsj_text_number(text, code);
}

static void print_amount(uint64_t low, uint64_t high, wsj_text *text) {
    wsj_text_number(text, low);
    if (low == high)
        return;
    wsj_text_add(text, "..");
    wsj_text_number(text, high);
}

static void print_named(const wsj_world *world, wsj_kind kind, int number, wsj_text *text) {
    const char *name = number >= 0 ? wsj_names_of(&world->names, kind, (uint32_t)number) : NULL;
    wsj_text_add(text, kind == WSJ_OVERLAPPED && number != WSC_NONE ? "&" : "");
    wsj_text_add(text, name ? name : number == WSC_NONE ? "NULL" : "unknown");
}

void wsj_print_ran(const wsj_world *world, const wsc_may_run *run, wsj_text *text) {
    print_named(world, WSJ_ROUTINE, run->routine, text);
    wsj_text_add(text, "(");
    const char *name = run->error ? wsn_error_name(run->error) : NULL;
    if (name)
        wsj_text_add(text, name);
    else
        wsj_text_number(text, run->error);
    wsj_text_add(text, ", ");
    print_amount(run->low, run->high, text);
    wsj_text_add(text, ", ");
    print_named(world, WSJ_OVERLAPPED, run->op, text);
    wsj_text_add(text, ", 0)");
}

void wsj_print_data(const wsc_run *runs, size_t n_runs, wsc_ending end, uint32_t error, wsj_text *text) {
    if (n_runs == 1 && runs[0].data && runs[0].low == runs[0].high && end == WSC_END_NONE) {
        wsj_text_add(text, "empty");
        return;
    }
    for (size_t i = 0; i < n_runs; i++) {
        wsj_text_add(text, i ? " " : "");
        if (runs[i].data)
            wsj_text_number(text, runs[i].data);
        else
            wsj_text_add(text, "foreign");
        wsj_text_add(text, "[");
        wsj_text_number(text, runs[i].low);
        wsj_text_add(text, "..");
        wsj_text_number(text, runs[i].high);
        wsj_text_add(text, "]");
    }
    static const char *const ends[] = {
        [WSC_END_NONE] = "", [WSC_END_EOF] = "eof", [WSC_END_TIMEOUT] = "timeout", [WSC_END_ERROR] = "SOCKET_ERROR "};
    if (end != WSC_END_NONE && n_runs)
        wsj_text_add(text, " ");
    wsj_text_add(text, ends[end]);
    if (end == WSC_END_ERROR)
        wsj_print_code(error, text);
}

static void print_error(const wsc_outcome *outcome, wsj_text *text) {
    if (outcome->error == WSC_ANY_ERROR)
        wsj_text_add(text, "any_error");
    else
        wsj_print_code(outcome->error, text);
}

static const char *interest_word(const wsc_call *call) {
    switch (call->u.select.interest) {
    case WSC_READABLE: return "readable";
    case WSC_WRITABLE: return "writable";
    default: return "except";
    }
}

void wsj_print_outcome(const wsj_world *world, const wsc_call *call, const wsc_outcome *outcome, wsj_text *text) {
    switch (outcome->ret) {
    case WSC_RET_0: wsj_text_add(text, "0"); break;
    case WSC_RET_SOCKET_ERROR:
        wsj_text_add(text, "SOCKET_ERROR ");
        print_error(outcome, text);
        break;
    case WSC_RET_TRUE: wsj_text_add(text, "TRUE"); break;
    case WSC_RET_FALSE:
        wsj_text_add(text, "FALSE ");
        print_error(outcome, text);
        break;
    case WSC_RET_EVENT_0:
        if (outcome->low == 0)
            wsj_text_add(text, "WSA_WAIT_EVENT_0");
        else
            wsj_text_number(text, outcome->low);
        break;
    case WSC_RET_TIMEOUT: wsj_text_add(text, call->kind == WSC_WAIT ? "WSA_WAIT_TIMEOUT" : "timeout"); break;
    case WSC_RET_IO_COMPLETION:
        wsj_text_add(text, call->kind == WSC_WAIT ? "WSA_WAIT_IO_COMPLETION" : "WAIT_IO_COMPLETION");
        break;
    case WSC_RET_WAIT_FAILED:
        wsj_text_add(text, "WSA_WAIT_FAILED ");
        print_error(outcome, text);
        break;
    case WSC_RET_READY: wsj_text_add(text, interest_word(call)); break;
    default: break; /* nothing is said; of data what comes is wsc_expected_data's to say */
    }
    if (call->kind == WSC_TAKE && outcome->op != WSC_NONE) {
        wsj_text_add(text, " ");
        print_named(world, WSJ_OVERLAPPED, outcome->op, text);
    }
    if (outcome->ret == WSC_RET_EVENT_0 || outcome->amount == WSC_AMOUNT_UNSTATED)
        return;
    if (call->kind == WSC_GETOPT)
        wsj_text_add(text, " value ");
    else
        wsj_text_add(text, call->kind == WSC_SEND || call->kind == WSC_OTHER ? " sent " : " transferred ");
    if (outcome->amount == WSC_AMOUNT_UNTOUCHED)
        wsj_text_add(text, "untouched");
    else
        print_amount(outcome->low, outcome->high, text);
}

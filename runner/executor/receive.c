/* Receiving: what came, in runs; and readers that receive while the case does something else. */
#include "interpret.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEX_MOST = 16,
    READ_AT_ONCE = 256 << 10,
    DRAIN_POLL_MS = 20,
    ALL_SENT = 1000000,    /* who wants so many bytes of a narrow connection wants all that the case has sent */
    WIDE_RECEIVE = 1 << 17 /* SO_RCVBUF of a connection that is narrow no more */
};

/* --- telling --------------------------------------------------------------------------------------------- */

typedef struct telling {
    wsx_observation *seen;
    const unsigned char *data;
} telling;

/* A piece that belongs to no send is told by its first bytes, and if it is longer by its length. */
static bool tell_run(void *context, const wsx_run *run) {
    telling *to = context;
    size_t size = (size_t)(run->high - run->low);
    if (run->n) {
        wsx_see_value(to->seen, &(wsn_value){.kind = WSN_RUN, .number = run->n, .low = run->low, .high = run->high});
        return true;
    }
    char *copy = wsx_take_raw(HEX_MOST);
    if (!copy)
        return false;
    memcpy(copy, to->data + run->low, size < HEX_MOST ? size : HEX_MOST);
    wsx_see_value(to->seen, &(wsn_value){.kind = WSN_BYTES, .text = copy, .length = size < HEX_MOST ? size : HEX_MOST});
    if (size > HEX_MOST) {
        wsx_see_name(to->seen, "foreign");
        wsx_see_number(to->seen, size);
    }
    return true;
}

static void tell_data(wsx_thread *t, wsx_object *o, const char *data, size_t size) {
    telling to = {&wsx_frame_of(t)->seen, (const unsigned char *)data};
    wsx_decoder nowhere = {0, 0};
    wsx_decode(o && o->stream ? o->stream : &nowhere, t->run->sends, t->run->n_sends, data, size, tell_run, &to);
}

typedef enum outcome { ENOUGH, END, TIMEOUT, ERROR_CODE } outcome;

static void tell_outcome(wsx_thread *t, outcome how, uint32_t code) {
    wsx_observation *seen = &wsx_frame_of(t)->seen;
    if (how == END)
        wsx_see_name(seen, "eof");
    else if (how == TIMEOUT)
        wsx_see_name(seen, "timeout");
    else if (how == ERROR_CODE) {
        wsx_see_name(seen, "SOCKET_ERROR");
        wsx_see_error(t, code);
    }
}

/* --- waiting --------------------------------------------------------------------------------------------- */

static uint32_t left(uint64_t deadline) {
    uint64_t now = GetTickCount64();
    return now < deadline ? (uint32_t)(deadline - now) : 0;
}

/* Room for what is received. One is kept from case to case; a thread that finds it in use makes another one. */
typedef struct room {
    size_t capacity;
    char data[];
} room;

static room *volatile spare_room;

static room *take_room(size_t size) {
    room *r = InterlockedExchangePointer((void *volatile *)&spare_room, NULL);
    if (r && r->capacity >= size)
        return r;
    free(r);
    size = size < READ_AT_ONCE ? READ_AT_ONCE : size;
    r = malloc(sizeof *r + size);
    if (r)
        r->capacity = size;
    return r;
}

static void give_room_back(room *r) {
    free(InterlockedExchangePointer((void *volatile *)&spare_room, r));
}

/* A narrow connection has done its part, which is to hold a send up, when its peer begins to read all of it: with more
 * room the data come in a few pieces and not in dozens. A transport may take no notice; it only takes longer then. */
static void widen(wsx_object *o) {
    int size = WIDE_RECEIVE;
    if (!o || o->kind != WSX_SOCKET || !o->narrow)
        return;
    o->narrow = false;
    wsx_ws.setsockopt((SOCKET)o->handle, SOL_SOCKET, SO_RCVBUF, (const char *)&size, sizeof size);
}

/* One recv, when something is there. */
static outcome receive_some(SOCKET s, char *data, size_t size, uint64_t deadline, size_t *came, uint32_t *code) {
    int ready = wsx_wait_for(s, WSX_READABLE, left(deadline));
    if (ready == 0)
        return TIMEOUT;
    if (ready == 1) {
        int n = wsx_ws.recv(s, data, (int)(size < (1u << 30) ? size : 1u << 30), 0);
        if (n >= 0) {
            *came = (size_t)n;
            return n ? ENOUGH : END;
        }
    }
    *code = (uint32_t)wsx_ws.WSAGetLastError();
    return *code == WSAEWOULDBLOCK ? ENOUGH : ERROR_CODE;
}

static outcome receive_stream(wsx_thread *t, SOCKET s, char *data, size_t size, size_t *got, uint32_t *code) {
    uint64_t deadline = GetTickCount64() + t->run->limit_ms;
    outcome how = ENOUGH;
    while (*got < size && how == ENOUGH) {
        size_t came = 0;
        wsx_beat(t->run);
        how = receive_some(s, data + *got, size - *got, deadline, &came, code);
        *got += came;
        if (how == ENOUGH && !came && !left(deadline))
            how = TIMEOUT;
    }
    return how;
}

/* --- readers --------------------------------------------------------------------------------------------- */

/* A thread that reads everything. `lock` guards data, size, how and code; `taken` is the case's thread's own. */
struct wsx_drain {
    SOCKET socket;
    HANDLE thread;
    CRITICAL_SECTION lock;
    CONDITION_VARIABLE more;
    char *data;
    size_t size, capacity, taken;
    bool over; /* nothing will come any more: see how */
    outcome how;
    uint32_t code;
    volatile LONG stop;
};

static bool drain_append(wsx_drain *d, const char *data, size_t size) {
    if (d->size + size > d->capacity) {
        size_t capacity = d->capacity ? 2 * d->capacity : (size_t)2 * READ_AT_ONCE;
        char *grown = realloc(d->data, capacity);
        if (!grown)
            return false;
        d->data = grown;
        d->capacity = capacity;
    }
    memcpy(d->data + d->size, data, size);
    d->size += size;
    return true;
}

static DWORD WINAPI drain_main(void *argument) {
    wsx_drain *d = argument;
    char *buffer = malloc(READ_AT_ONCE);
    bool over = !buffer;
    while (!over && !d->stop) {
        size_t came = 0;
        uint32_t code = 0;
        outcome how = receive_some(d->socket, buffer, READ_AT_ONCE, GetTickCount64() + DRAIN_POLL_MS, &came, &code);
        if (how == TIMEOUT)
            continue;
        EnterCriticalSection(&d->lock);
        d->over = over = how != ENOUGH || !drain_append(d, buffer, came);
        d->how = how;
        d->code = code;
        LeaveCriticalSection(&d->lock);
        WakeAllConditionVariable(&d->more);
    }
    free(buffer);
    return 0;
}

void wsx_verb_drain(wsx_thread *t, const wsx_step *s) {
    wsx_object *o = s->objects[0];
    wsx_drain *d = o && o->kind == WSX_SOCKET && !o->drain ? calloc(1, sizeof *d) : NULL;
    if (!d) {
        wsx_see_unsupported(t, "only a socket without a reader can get one");
        return;
    }
    widen(o);
    d->socket = (SOCKET)o->handle;
    InitializeCriticalSection(&d->lock);
    InitializeConditionVariable(&d->more);
    d->thread = CreateThread(NULL, 0, drain_main, d, 0, NULL);
    if (!d->thread) {
        DeleteCriticalSection(&d->lock);
        free(d);
        wsx_see_unsupported(t, "no thread can be made");
        return;
    }
    o->drain = d;
}

static outcome receive_drained(wsx_thread *t, wsx_drain *d, char *data, size_t size, size_t *got, uint32_t *code) {
    uint64_t deadline = GetTickCount64() + t->run->limit_ms;
    EnterCriticalSection(&d->lock);
    while (d->size - d->taken < size && !d->over)
        if (!SleepConditionVariableCS(&d->more, &d->lock, left(deadline)) && !left(deadline))
            break;
    *got = d->size - d->taken < size ? d->size - d->taken : size;
    memcpy(data, d->data + d->taken, *got);
    d->taken += *got;
    *code = d->code;
    outcome how = *got == size ? ENOUGH : d->over ? d->how : TIMEOUT;
    LeaveCriticalSection(&d->lock);
    return how;
}

void wsx_drain_stop(wsx_drain *drain) {
    InterlockedExchange(&drain->stop, 1);
}

bool wsx_drain_release(wsx_drain *drain, uint32_t wait_ms) {
    if (WaitForSingleObject(drain->thread, wait_ms) != WAIT_OBJECT_0)
        return false;
    CloseHandle(drain->thread);
    DeleteCriticalSection(&drain->lock);
    free(drain->data);
    free(drain);
    return true;
}

/* --- verbs ----------------------------------------------------------------------------------------------- */

void wsx_verb_recv(wsx_thread *t, const wsx_step *s) {
    wsx_object *o = s->objects[0];
    size_t size = (size_t)wsx_number(s, 1), got = 0;
    bool datagram = o && o->kind == WSX_SOCKET && o->type == SOCK_DGRAM;
    uint32_t code = 0;
    room *r = take_room(size);
    outcome how;
    if (!r) {
        wsx_see_unsupported(t, "there is not enough memory");
        return;
    }
    char *data = r->data;
    if (size >= ALL_SENT)
        widen(o);
    if (o && o->drain)
        how = receive_drained(t, o->drain, data, size, &got, &code);
    else if (datagram)
        how = receive_some((SOCKET)o->handle, data, size, GetTickCount64() + t->run->limit_ms, &got, &code);
    else
        how = receive_stream(t, (SOCKET)wsx_handle(s, 0), data, size, &got, &code);
    wsx_frame_of(t)->call.returned = wsx_now();
    if (how == ERROR_CODE && code == WSAEMSGSIZE && datagram)
        got = size; /* the beginning of a datagram that is longer than was asked for */
    tell_data(t, o, data, got);
    if (datagram && how == END)
        wsx_see_name(&wsx_frame_of(t)->seen, "empty"); /* a datagram without data */
    else
        tell_outcome(t, how, code);
    give_room_back(r);
}

void wsx_verb_recv_oob(wsx_thread *t, const wsx_step *s) {
    wsx_observation *seen = &wsx_frame_of(t)->seen;
    SOCKET socket = (SOCKET)wsx_handle(s, 0);
    size_t size = (size_t)wsx_number(s, 1);
    room *r = take_room(size);
    char *data = r ? r->data : NULL;
    int ready = data ? wsx_wait_for(socket, WSX_EXCEPT, t->run->limit_ms) : SOCKET_ERROR;
    int n = ready == 1 ? wsx_ws.recv(socket, data, (int)size, MSG_OOB) : SOCKET_ERROR;
    if (ready == 0) {
        tell_outcome(t, TIMEOUT, 0);
    } else if (n < 0) {
        tell_outcome(t, ERROR_CODE, (uint32_t)wsx_ws.WSAGetLastError());
    } else {
        telling to = {seen, (const unsigned char *)data};
        wsx_decode_urgent(t->run->sends, t->run->n_sends, data, (size_t)n, tell_run, &to);
        if (n == 0)
            tell_outcome(t, END, 0);
    }
    give_room_back(r);
}

/* --- receives that are only started ----------------------------------------------------------------------- */

/* All that an outstanding receive may write to; lives as long as the case, or longer. */
typedef struct started_receive {
    char buffer[WSX_BUFFER_MOST];
    uint64_t received, flags; /* room for a DWORD */
    struct sockaddr_storage from;
    int from_size;
    char data[];
} started_receive;

static void start_receive(wsx_thread *t, const wsx_step *s, bool from) {
    size_t size = (size_t)wsx_number(s, 1);
    started_receive *r = wsx_take(sizeof *r + size);
    if (!r) {
        wsx_see_unsupported(t, "there is not enough memory");
        return;
    }
    wsx_put_buffer(r->buffer, (uint32_t)size, r->data);
    r->from_size = sizeof r->from;
    OVERLAPPED *overlapped = wsx_prepare_overlapped(t, s, 2);
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = wsx_routine_argument(s, 3);
    SOCKET socket = (SOCKET)wsx_handle(s, 0);
    LPWSABUF buffer = (LPWSABUF)(void *)r->buffer;
    DWORD *received = (DWORD *)(void *)&r->received, *flags = (DWORD *)(void *)&r->flags;
    t->run->overlapped |= overlapped || routine;
    wsx_ws.WSASetLastError((int)WSX_NO_ERROR);
    int result = from ? wsx_ws.WSARecvFrom(socket, buffer, 1, received, flags, (struct sockaddr *)&r->from,
                                           &r->from_size, overlapped, routine)
                      : wsx_ws.WSARecv(socket, buffer, 1, received, flags, overlapped, routine);
    uint32_t code = result ? (uint32_t)wsx_ws.WSAGetLastError() : 0;
    const wsx_operation of_receive = {.step = NULL};
    wsx_frame_of(t)->call.returned = wsx_now();
    wsx_lock();
    if (s->objects[2])
        s->objects[2]->of_send = false;
    if (overlapped || routine)
        wsx_note_overlapped(t, s->objects[2], routine != NULL, code == WSA_IO_PENDING ? &of_receive : NULL);
    wsx_unlock();
    if (result)
        wsx_see_name(&wsx_frame_of(t)->seen, "SOCKET_ERROR");
    else
        wsx_see_number(&wsx_frame_of(t)->seen, 0);
    if (result)
        wsx_see_error(t, code);
}

void wsx_verb_WSARecv(wsx_thread *t, const wsx_step *s) {
    start_receive(t, s, false);
}

void wsx_verb_WSARecvFrom(wsx_thread *t, const wsx_step *s) {
    start_receive(t, s, true);
}

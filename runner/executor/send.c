/* WSASend: its memory before, the call, and everything that is looked at afterwards. */
#include "interpret.h"

#ifdef _WIN32
#include "guard.h"
#endif

#include <stdlib.h>
#include <string.h>

/* The buffers of one operation. Prepared once, then used by one operation after the other. */
struct wsx_send_memory {
    wsx_send_memory *next;
    wsx_object_memory array;
    char *was;         /* what was put in the array */
    uint32_t *lengths; /* of the buffers, as it stands there */
    size_t n;          /* WSABUFs, each with a buffer */
    wsx_object_memory *buffers;
};

/* Arguments 0 to 3 are the same for both functions: s, lpBuffers, lpNumberOfBytesSent, dwFlags. */
static bool is_sendto(const wsx_step *s) {
    return s->statement->verb == WSN_VERB_WSASendTo;
}

static size_t overlapped_at(const wsx_step *s) {
    return is_sendto(s) ? 5 : 4;
}

static wsx_object *overlapped_of(const wsx_step *s) {
    return s->objects[overlapped_at(s)];
}

static const wsn_value *routine_value(const wsx_step *s) {
    return &s->statement->args[overlapped_at(s) + 1];
}

static const wsn_value *buffers_of(const wsx_step *s) {
    return &s->statement->args[1];
}

bool wsx_is_send(wsn_verb verb) {
    return verb == WSN_VERB_WSASend || verb == WSN_VERB_WSASendTo;
}

static size_t count_buffers(const wsn_value *list) {
    size_t n = 0;
    for (size_t i = 0; list->kind == WSN_LIST && i < list->n_items; i++)
        n += (size_t)list->items[i].repeat;
    return n;
}

static bool place_array(wsx_send_memory *m, const wsn_value *list) {
    size_t size = m->n * WSX_BUFFER_SIZE;
    bool exact = list->has_count && list->count > m->n;
    wsn_place place = list->kind == WSN_LIST ? list->place : list->place == WSN_PLAIN ? WSN_NULL : list->place;
    size_t mapped = place == WSN_STRADDLE ? size - sizeof(void *) : size; /* the last element's pointer is cut off */
    if (!m->n && place == WSN_PLAIN)
        exact = true;
    return wsx_place_object(&m->array, place, size, mapped, sizeof(void *), exact);
}

static wsx_send_memory *new_memory(const wsn_value *list) {
    wsx_send_memory *m = wsx_take(sizeof *m);
    if (!m)
        return NULL;
    m->n = count_buffers(list);
    m->was = wsx_take_raw(m->n * WSX_BUFFER_SIZE);
    m->lengths = wsx_take_raw(m->n * sizeof *m->lengths);
    m->buffers = wsx_take_raw(m->n * sizeof *m->buffers);
    if (!m->was || !m->lengths || !m->buffers || !place_array(m, list))
        return NULL;
    for (size_t i = 0, k = 0; list->kind == WSN_LIST && i < list->n_items; i++)
        for (uint64_t r = 0; r < list->items[i].repeat; r++, k++) {
            const wsn_value *b = &list->items[i];
            if (!wsx_place_object(&m->buffers[k], b->place, (size_t)b->number, (size_t)b->backing, 1,
                                  b->place == WSN_GUARD))
                return NULL;
            m->lengths[k] = (uint32_t)b->number;
            wsx_put_buffer(m->was + k * WSX_BUFFER_SIZE, m->lengths[k], m->buffers[k].at);
        }
    return m;
}

/* Puts the data of send n and the array in place. Returns the sum of the lengths. */
static uint64_t fill(wsx_send_memory *m, uint32_t n) {
    uint64_t total = 0;
    for (size_t k = 0; k < m->n; k++) {
        const wsx_object_memory *b = &m->buffers[k];
        if (b->valid) {
            wsx_unlock_object(b);
            wsx_pattern_fill(b->at, n, total, b->valid);
            wsx_lock_object(b);
        }
        total += m->lengths[k];
    }
    wsx_unlock_object(&m->array);
    if (m->array.valid)
        memcpy(m->array.at, m->was, m->array.valid);
    wsx_lock_object(&m->array);
    return total;
}

static bool array_intact(const wsx_send_memory *m) {
    return !m->array.valid || !memcmp(m->array.at, m->was, m->array.valid);
}

static bool data_intact(const wsx_send_memory *m, uint32_t n) {
    uint64_t i = 0;
    for (size_t k = 0; k < m->n; i += m->lengths[k++])
        if (wsx_pattern_match(m->buffers[k].at, n, i, m->buffers[k].valid) != m->buffers[k].valid)
            return false;
    return true;
}

static bool buffer_guards_intact(const wsx_send_memory *m) {
    for (size_t k = 0; k < m->n; k++)
        if (!wsx_guards_intact(&m->buffers[k]))
            return false;
    return true;
}

/* The array is the application's again as soon as the call has returned: whoever reads it later reads of the decoy. */
static void scribble_array(const wsx_send_memory *m) {
    wsx_unlock_object(&m->array);
    for (size_t k = 0; (k + 1) * WSX_BUFFER_SIZE <= m->array.valid; k++)
        wsx_put_buffer(m->array.at + k * WSX_BUFFER_SIZE,
                       m->lengths[k] < WSX_DECOY_SIZE ? m->lengths[k] : WSX_DECOY_SIZE, wsx_decoy());
    wsx_lock_object(&m->array);
}

/* So is the data once the operation is over. */
static void scribble_data(const wsx_send_memory *m) {
    for (size_t k = 0; k < m->n; k++) {
        wsx_unlock_object(&m->buffers[k]);
        if (m->buffers[k].valid)
            memset(m->buffers[k].at, WSX_DECOY_BYTE, m->buffers[k].valid);
        wsx_lock_object(&m->buffers[k]);
    }
}

/* --- before the call ------------------------------------------------------------------------------------- */

static bool note_send(wsx_case_run *run, uint64_t length, bool urgent) {
    if (run->n_sends == run->sends_capacity) {
        uint32_t capacity = run->sends_capacity ? 2 * run->sends_capacity : 64;
        wsx_sent *grown = realloc(run->sends, capacity * sizeof *grown);
        if (!grown)
            return false;
        run->sends = grown;
        run->sends_capacity = capacity;
    }
    run->sends[run->n_sends++] = (wsx_sent){length, length, urgent};
    return true;
}

static void reset_variable(const wsx_object_memory *m) {
    uint32_t sentinel = WSX_SENTINEL;
    wsx_unlock_object(m);
    if (m->valid)
        memcpy(m->at, &sentinel, m->valid < sizeof sentinel ? m->valid : sizeof sentinel);
    wsx_lock_object(m);
}

static void reset_overlapped(wsx_object *o, const wsx_object_memory *m) {
    char block[WSX_OVERLAPPED_MOST];
    if (o->pending)
        return;
    wsx_put_overlapped(block, WSX_SENTINEL, o->event);
    wsx_unlock_object(m);
    if (m->valid)
        memcpy(m->at, block, m->valid < WSX_OVERLAPPED_SIZE ? m->valid : WSX_OVERLAPPED_SIZE);
    wsx_lock_object(m);
}

bool wsx_prepare_send(wsx_thread *t, wsx_step *s) {
    wsx_frame *f = wsx_frame_of(t);
    wsx_object_memory *memory;
    wsx_send_memory *m = s->idle;
    if (m)
        s->idle = m->next;
    else
        m = new_memory(buffers_of(s));
    if (!m)
        return false;
    uint64_t total = fill(m, t->run->n_sends + 1);
    if (!note_send(t->run, total, wsx_number(s, 3) & MSG_OOB))
        return false;
    f->send = t->run->n_sends;
    f->memory = m;
    wsx_pointer(t->run, s, 2, WSX_NUMBER_SIZE, &memory);
    if (memory)
        reset_variable(memory);
    wsx_prepare_overlapped(t, s, overlapped_at(s));
    return true;
}

OVERLAPPED *wsx_prepare_overlapped(wsx_thread *t, const wsx_step *s, size_t i) {
    wsx_object_memory *memory;
    void *at = wsx_pointer(t->run, s, i, WSX_OVERLAPPED_SIZE, &memory);
    if (memory) {
        s->objects[i]->place = s->statement->args[i].place;
        reset_overlapped(s->objects[i], memory);
    }
    return at;
}

/* --- after the call -------------------------------------------------------------------------------------- */

static void see_changed(wsx_thread *t, const char *what) {
    wsx_see_name(&wsx_frame_of(t)->seen, "changed");
    wsx_see_name(&wsx_frame_of(t)->seen, what);
}

static bool event_intact(const wsx_object *o) {
    const wsx_object_memory *m = &o->memory[o->place];
    return o->kind != WSX_OVERLAPPED || m->valid < WSX_OVERLAPPED_SIZE || wsx_event_of(m->at) == o->event;
}

static bool overlapped_guards_intact(const wsx_object *o) {
    return o->kind != WSX_OVERLAPPED || !o->memory[o->place].at || wsx_guards_intact(&o->memory[o->place]);
}

/* Is the operation's event one whose state may be looked at: alive, and not context for a routine? */
static HANDLE event_to_peek(const wsx_step *s) {
    const wsx_object *o = overlapped_of(s);
    if (!o || o->kind != WSX_OVERLAPPED || routine_value(s)->place != WSN_NULL)
        return NULL;
    const wsx_object *e = o->event_object;
    return e && e->open && e->handle == o->event ? e->handle : NULL;
}

/* A wait, even of no length, costs as much as a send on Wine. After 0 and WSA_IO_PENDING on an overlapped socket the
 * case's own waits tell. */
static void see_event(wsx_thread *t, const wsx_step *s, bool failed) {
    const wsx_object *a = s->objects[0];
    if (!overlapped_of(s) || (!failed && !(a && a->not_overlapped)))
        return;
    HANDLE event = event_to_peek(s);
    int set = event ? wsx_event_is_set(event) : -1;
    if (set < 0)
        return;
    wsx_see_name(&wsx_frame_of(t)->seen, "event");
    wsx_see_name(&wsx_frame_of(t)->seen, set ? "set" : "unset");
}

/* Returns whether *variable holds a number, and tells it. */
static bool see_sent(wsx_thread *t, const wsx_object_memory *variable, uint32_t *sent) {
    wsx_observation *seen = &wsx_frame_of(t)->seen;
    if (!variable || variable->valid < WSX_NUMBER_SIZE)
        return false;
    memcpy(sent, variable->at, sizeof *sent);
    wsx_see_name(seen, "sent");
    if (*sent == WSX_SENTINEL)
        wsx_see_name(seen, "untouched");
    else
        wsx_see_number(seen, *sent);
    return *sent != WSX_SENTINEL;
}

/* The event of an operation that was started, if it tells of its end. It says which operation is over only if no other
 * can have set it. */
static wsx_object *use_event(wsx_object *o, bool with_routine) {
    wsx_object *e = o->event_object;
    if (with_routine || !e || e->handle != o->event)
        return NULL;
    e->shared |= e->maybe_set || e->n_pending;
    e->maybe_set = true;
    e->last_user = o;
    return e;
}

void wsx_note_overlapped(wsx_thread *t, wsx_object *o, bool with_routine, const wsx_operation *operation) {
    bool known = o && o->kind == WSX_OVERLAPPED;
    wsx_object *event = known ? use_event(o, with_routine) : NULL;
    if (!operation)
        return;
    t->run->n_pending++;
    wsx_operation *op = known ? wsx_take_raw(sizeof *op) : NULL;
    if (!op)
        return; /* its memory is never used again */
    *op = *operation;
    op->at = o->memory[o->place].at;
    op->event = event;
    op->next = o->pending;
    o->pending = op;
    if (event)
        event->n_pending++;
}

static void look_around(wsx_thread *t, const wsx_step *s, const wsx_send_memory *m, const wsx_object_memory *variable,
                        uint32_t send, bool data_too) {
    if (!array_intact(m))
        see_changed(t, "lpBuffers");
    if (data_too && !data_intact(m, send))
        see_changed(t, "data");
    const wsx_object *o = overlapped_of(s);
    if (o && !event_intact(o))
        see_changed(t, "lpOverlapped");
    if (!wsx_guards_intact(&m->array) || !buffer_guards_intact(m) || (variable && !wsx_guards_intact(variable)) ||
        (o && !overlapped_guards_intact(o)))
        see_changed(t, "guard");
}

LPWSAOVERLAPPED_COMPLETION_ROUTINE wsx_routine_argument(const wsx_step *s, size_t i) {
    const wsx_object *o = s->objects[i];
    if (o && o->kind == WSX_ROUTINE)
        return wsx_routine_function(o);
    return (LPWSAOVERLAPPED_COMPLETION_ROUTINE)(ULONG_PTR)wsx_bad_address(s->statement->args[i].place);
}

static void see_result(wsx_thread *t, int result, uint32_t error) {
    if (result == SOCKET_ERROR) {
        wsx_see_name(&wsx_frame_of(t)->seen, "SOCKET_ERROR");
        wsx_see_error(t, error);
    } else {
        wsx_see_number(&wsx_frame_of(t)->seen, (uint32_t)result);
    }
}

static bool sentinel_in(const wsx_object_memory *variable) {
    uint32_t now, sentinel = WSX_SENTINEL;
    if (!variable || variable->valid < sizeof now)
        return false;
    memcpy(&now, variable->at, sizeof now);
    return now == sentinel;
}

/* All that is looked at once the call has returned; then the memory is made unlike what it was. */
static void after_call(wsx_thread *t, wsx_step *s, const wsx_object_memory *variable, int result, uint32_t error) {
    wsx_frame *f = wsx_frame_of(t);
    wsx_send_memory *m = f->memory;
    wsx_sent *send = &t->run->sends[f->send - 1];
    bool pending = result == SOCKET_ERROR && error == WSA_IO_PENDING;
    uint32_t taken = 0;
    see_result(t, result, error);
    bool told = see_sent(t, variable, &taken);
    if (!pending && result)
        send->accepted = 0;
    else if (!pending && told)
        send->accepted = taken;
    see_event(t, s, result && !pending);
    look_around(t, s, m, variable, f->send, !pending);
    scribble_array(m);
    if (overlapped_of(s))
        overlapped_of(s)->of_send = !is_sendto(s);
    if (overlapped_of(s) || pending)
        wsx_note_overlapped(t, overlapped_of(s), routine_value(s)->place != WSN_NULL,
                            pending ? &(wsx_operation){.memory = m,
                                                       .step = s,
                                                       .send = f->send,
                                                       .variable = sentinel_in(variable) ? variable : NULL,
                                                       .uses = variable ? variable->uses : 0}
                                    : NULL);
    if (!pending) {
        scribble_data(m);
        m->next = s->idle;
        s->idle = m;
    }
}

#ifdef _WIN32
static int call_send(SOCKET socket, LPWSABUF array, DWORD count, DWORD *sent, DWORD flags, OVERLAPPED *overlapped,
                     LPWSAOVERLAPPED_COMPLETION_ROUTINE routine) {
    const ULONG_PTR arguments[] = {socket,
                                   (ULONG_PTR)array,
                                   count,
                                   (ULONG_PTR)sent,
                                   flags,
                                   (ULONG_PTR)overlapped,
                                   (ULONG_PTR)(void (*)(void))routine};
    uint32_t broken = 0;
    int result = wsx_guarded_call((FARPROC)(void (*)(void))wsx_ws.WSASend, arguments, &broken);
    if (broken) /* what called it would not have got far */
        RaiseException(broken, EXCEPTION_NONCONTINUABLE, 0, NULL);
    return result;
}
#else
#define call_send wsx_ws.WSASend /* compiled against its headers: see posix/bridge.c */
#endif

/* WSASend, or WSASendTo if there is an address. */
static void send_to(wsx_thread *t, const wsx_step *s, const struct sockaddr *to, int size) {
    wsx_frame *f = wsx_frame_of(t);
    wsx_send_memory *m = f->memory;
    const wsn_value *list = buffers_of(s);
    wsx_object_memory *variable, *block;
    SOCKET socket = (SOCKET)wsx_handle(s, 0);
    LPWSABUF array = (LPWSABUF)(void *)m->array.at;
    DWORD count = (DWORD)(list->has_count ? list->count : m->n), flags = (DWORD)wsx_number(s, 3);
    DWORD *sent = wsx_pointer(t->run, s, 2, WSX_NUMBER_SIZE, &variable);
    OVERLAPPED *overlapped = wsx_pointer(t->run, s, overlapped_at(s), WSX_OVERLAPPED_SIZE, &block);
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = wsx_routine_argument(s, overlapped_at(s) + 1);

    const wsx_object *o = overlapped_of(s);
    if (WSX_ONLY_ITS_OWN && !routine && o && o->event && !o->event_object) {
        wsx_see_unsupported(t, "hEvent is no event, and the layer takes nothing else (WSCONFORM_ONLY_SOCKETS)");
        return;
    }
    t->run->overlapped |= overlapped || routine;
    f->call.started = wsx_now();
    int result = to ? wsx_ws.WSASendTo(socket, array, count, sent, flags, to, size, overlapped, routine)
                    : call_send(socket, array, count, sent, flags, overlapped, routine);
    uint32_t error = result ? (uint32_t)wsx_ws.WSAGetLastError() : 0;
    f->call.returned = wsx_now();
    wsx_lock();
    after_call(t, (wsx_step *)s, variable, result, error);
    wsx_unlock();
}

void wsx_verb_WSASend(wsx_thread *t, const wsx_step *s) {
    send_to(t, s, NULL, 0);
}

void wsx_verb_WSASendTo(wsx_thread *t, const wsx_step *s) {
    struct sockaddr_storage *to = wsx_take(sizeof *to); /* lives as long as the operation */
    int size = 0;
    if (!to)
        wsx_see_unsupported(t, "there is not enough memory");
    else if (wsx_wanted_address(t, s, 4, to, &size)) {
        wsx_ws.WSASetLastError((int)WSX_NO_ERROR);
        send_to(t, s, (const struct sockaddr *)to, size);
    }
}

/* --- completions ----------------------------------------------------------------------------------------- */

/* Its number of bytes is not written later either, when the variable may be the application's for something else. */
static bool number_intact(const wsx_operation *op) {
    return !op->variable || op->variable->uses != op->uses || sentinel_in(op->variable);
}

/* What must not have been written to by the time the operation of a WSASend is over. */
static void look_back(wsx_thread *t, const wsx_object *o, const wsx_operation *op) {
    if (!event_intact(o))
        see_changed(t, "lpOverlapped");
    if (!data_intact(op->memory, op->send))
        see_changed(t, "data");
    if (!number_intact(op))
        see_changed(t, "lpNumberOfBytesSent");
    if (!overlapped_guards_intact(o) || !buffer_guards_intact(op->memory))
        see_changed(t, "guard");
}

/* The operation that *link points to is over. */
static void finish(wsx_thread *t, wsx_object *o, wsx_operation **link) {
    wsx_operation *op = *link;
    *link = op->next;
    t->run->n_pending--;
    if (op->event)
        op->event->n_pending--;
    if (!op->memory)
        return;
    if (!is_sendto(op->step))
        look_back(t, o, op);
    scribble_data(op->memory);
    op->memory->next = op->step->idle;
    op->step->idle = op->memory;
}

void wsx_completed(wsx_thread *t, const void *overlapped) {
    wsx_lock();
    wsx_object *o = wsx_overlapped_at(t->run, overlapped);
    wsx_operation **link = o ? &o->pending : NULL;
    while (link && *link && (*link)->at != overlapped)
        link = &(*link)->next;
    if (link && *link)
        finish(t, o, link);
    else if (o && o->of_send && !event_intact(o)) /* it was over at once, and its routine runs now */
        see_changed(t, "lpOverlapped");
    wsx_unlock();
}

void wsx_completed_event(wsx_thread *t, wsx_object *event) {
    wsx_lock();
    wsx_object *o = !event->shared && event->n_pending == 1 ? event->last_user : NULL;
    wsx_operation **link = o ? &o->pending : NULL;
    while (link && *link && (*link)->event != event)
        link = &(*link)->next;
    if (link && *link)
        finish(t, o, link);
    wsx_unlock();
}

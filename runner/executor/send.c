/* WSASend: its memory before, the call, and everything that is looked at afterwards. */
#include "interpret.h"

#include <stdlib.h>
#include <string.h>

/* The buffers of one operation. Prepared once, then used by one operation after the other. */
struct wsx_send_memory {
    wsx_send_memory *next;
    wsx_object_memory array;
    WSABUF *was; /* what was put in the array */
    size_t n;    /* WSABUFs, each with a buffer */
    wsx_object_memory *buffers;
};

static const wsn_value *buffers_of(const wsx_step *s) {
    return &s->statement->args[1];
}

static size_t count_buffers(const wsn_value *list) {
    size_t n = 0;
    for (size_t i = 0; list->kind == WSN_LIST && i < list->n_items; i++)
        n += (size_t)list->items[i].repeat;
    return n;
}

static bool place_array(wsx_send_memory *m, const wsn_value *list) {
    size_t size = m->n * sizeof(WSABUF);
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
    m->was = wsx_take_raw(m->n * sizeof *m->was);
    m->buffers = wsx_take_raw(m->n * sizeof *m->buffers);
    if (!m->was || !m->buffers || !place_array(m, list))
        return NULL;
    for (size_t i = 0, k = 0; list->kind == WSN_LIST && i < list->n_items; i++)
        for (uint64_t r = 0; r < list->items[i].repeat; r++, k++) {
            const wsn_value *b = &list->items[i];
            if (!wsx_place_object(&m->buffers[k], b->place, (size_t)b->number, (size_t)b->backing, 1,
                                  b->place == WSN_GUARD))
                return NULL;
            m->was[k].len = (ULONG)b->number;
            m->was[k].buf = m->buffers[k].at;
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
        total += m->was[k].len;
    }
    wsx_unlock_object(&m->array);
    memcpy(m->array.at, m->was, m->array.valid);
    wsx_lock_object(&m->array);
    return total;
}

static bool array_intact(const wsx_send_memory *m) {
    return !memcmp(m->array.at, m->was, m->array.valid);
}

static bool data_intact(const wsx_send_memory *m, uint32_t n) {
    uint64_t i = 0;
    for (size_t k = 0; k < m->n; i += m->was[k++].len)
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
    WSABUF junk = {0, wsx_decoy()};
    wsx_unlock_object(&m->array);
    for (size_t k = 0; (k + 1) * sizeof junk <= m->array.valid; k++) {
        junk.len = m->was[k].len < WSX_DECOY_SIZE ? m->was[k].len : WSX_DECOY_SIZE;
        memcpy(m->array.at + k * sizeof junk, &junk, sizeof junk);
    }
    wsx_lock_object(&m->array);
}

/* So is the data once the operation is over. */
static void scribble_data(const wsx_send_memory *m) {
    for (size_t k = 0; k < m->n; k++) {
        wsx_unlock_object(&m->buffers[k]);
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
    memcpy(m->at, &sentinel, m->valid < sizeof sentinel ? m->valid : sizeof sentinel);
    wsx_lock_object(m);
}

static void reset_overlapped(wsx_object *o, const wsx_object_memory *m) {
    OVERLAPPED block;
    if (o->busy)
        return;
    memset(&block, 0, sizeof block);
    block.Internal = block.InternalHigh = WSX_SENTINEL;
    block.hEvent = o->event;
    wsx_unlock_object(m);
    memcpy(m->at, &block, m->valid < sizeof block ? m->valid : sizeof block);
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
    wsx_pointer(s, 2, sizeof(DWORD), &memory);
    if (memory)
        reset_variable(memory);
    wsx_pointer(s, 4, sizeof(OVERLAPPED), &memory);
    if (memory) {
        s->objects[4]->place = s->statement->args[4].place;
        reset_overlapped(s->objects[4], memory);
    }
    return true;
}

/* --- after the call -------------------------------------------------------------------------------------- */

static void see_changed(wsx_thread *t, const char *what) {
    wsx_see_name(&wsx_frame_of(t)->seen, "changed");
    wsx_see_name(&wsx_frame_of(t)->seen, what);
}

static bool event_intact(const wsx_object *o) {
    const wsx_object_memory *m = &o->memory[o->place];
    OVERLAPPED block;
    if (o->kind != WSX_OVERLAPPED || m->valid < sizeof block)
        return true;
    memcpy(&block, m->at, sizeof block);
    return block.hEvent == o->event;
}

static bool overlapped_guards_intact(const wsx_object *o) {
    return o->kind != WSX_OVERLAPPED || !o->memory[o->place].at || wsx_guards_intact(&o->memory[o->place]);
}

/* Is the operation's event one whose state may be looked at: alive, and not context for a routine? */
static HANDLE event_to_peek(const wsx_case_run *run, const wsx_step *s) {
    const wsx_object *o = s->objects[4];
    if (!o || o->kind != WSX_OVERLAPPED || s->statement->args[5].place != WSN_NULL)
        return NULL;
    for (const wsx_object *e = run->objects; e; e = e->next)
        if (e->kind == WSX_EVENT && e->open && e->handle == o->event)
            return e->handle;
    return NULL;
}

/* A wait, even of no length, costs as much as a send on Wine. After 0 and WSA_IO_PENDING on an overlapped socket the
 * case's own waits tell. */
static void see_event(wsx_thread *t, const wsx_step *s, bool failed) {
    const wsx_object *a = s->objects[0];
    if (!s->objects[4] || (!failed && !(a && a->not_overlapped)))
        return;
    HANDLE event = event_to_peek(t->run, s);
    if (!event)
        return;
    wsx_see_name(&wsx_frame_of(t)->seen, "event");
    wsx_see_name(&wsx_frame_of(t)->seen, WaitForSingleObject(event, 0) == WAIT_OBJECT_0 ? "set" : "unset");
}

/* Returns whether *variable holds a number, and tells it. */
static bool see_sent(wsx_thread *t, const wsx_object_memory *variable, uint32_t *sent) {
    wsx_observation *seen = &wsx_frame_of(t)->seen;
    if (!variable || variable->valid < sizeof *sent)
        return false;
    memcpy(sent, variable->at, sizeof *sent);
    wsx_see_name(seen, "sent");
    if (*sent == WSX_SENTINEL)
        wsx_see_name(seen, "untouched");
    else
        wsx_see_number(seen, *sent);
    return *sent != WSX_SENTINEL;
}

static void keep_pending(wsx_thread *t, wsx_step *s, wsx_send_memory *m, uint32_t send) {
    wsx_operation *op = wsx_take(sizeof *op);
    if (!op)
        return;
    *op = (wsx_operation){.next = t->run->pending, .overlapped = s->objects[4], .memory = m, .step = s, .send = send};
    if (s->objects[4] && s->objects[4]->kind == WSX_OVERLAPPED) {
        op->at = s->objects[4]->memory[s->objects[4]->place].at;
        s->objects[4]->busy = true;
    }
    t->run->pending = op;
}

static void look_around(wsx_thread *t, const wsx_step *s, const wsx_send_memory *m, const wsx_object_memory *variable,
                        uint32_t send, bool data_too) {
    if (!array_intact(m))
        see_changed(t, "lpBuffers");
    if (data_too && !data_intact(m, send))
        see_changed(t, "data");
    if (s->objects[4] && !event_intact(s->objects[4]))
        see_changed(t, "lpOverlapped");
    if (!wsx_guards_intact(&m->array) || !buffer_guards_intact(m) || (variable && !wsx_guards_intact(variable)) ||
        (s->objects[4] && !overlapped_guards_intact(s->objects[4])))
        see_changed(t, "guard");
}

static LPWSAOVERLAPPED_COMPLETION_ROUTINE routine_of(const wsx_step *s) {
    const wsx_object *o = s->objects[5];
    if (o && o->kind == WSX_ROUTINE)
        return wsx_routine_function(o);
    return (LPWSAOVERLAPPED_COMPLETION_ROUTINE)(ULONG_PTR)wsx_bad_address(s->statement->args[5].place);
}

static void see_result(wsx_thread *t, int result, uint32_t error) {
    if (result == SOCKET_ERROR) {
        wsx_see_name(&wsx_frame_of(t)->seen, "SOCKET_ERROR");
        wsx_see_error(t, error);
    } else {
        wsx_see_number(&wsx_frame_of(t)->seen, (uint32_t)result);
    }
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
    if (pending) {
        keep_pending(t, s, m, f->send);
    } else {
        scribble_data(m);
        m->next = s->idle;
        s->idle = m;
    }
}

void wsx_verb_WSASend(wsx_thread *t, const wsx_step *s) {
    wsx_frame *f = wsx_frame_of(t);
    wsx_send_memory *m = f->memory;
    const wsn_value *list = buffers_of(s);
    wsx_object_memory *variable, *block;
    SOCKET socket = (SOCKET)wsx_handle(s, 0);
    DWORD count = (DWORD)(list->has_count ? list->count : m->n), flags = (DWORD)wsx_number(s, 3);
    DWORD *sent = wsx_pointer(s, 2, sizeof *sent, &variable);
    OVERLAPPED *overlapped = wsx_pointer(s, 4, sizeof *overlapped, &block);
    LPWSAOVERLAPPED_COMPLETION_ROUTINE routine = routine_of(s);

    t->run->overlapped |= overlapped || routine;
    f->call.started = wsx_now();
    int result = wsx_ws.WSASend(socket, (LPWSABUF)(void *)m->array.at, count, sent, flags, overlapped, routine);
    uint32_t error = result ? (uint32_t)wsx_ws.WSAGetLastError() : 0;
    f->call.returned = wsx_now();
    wsx_lock();
    after_call(t, (wsx_step *)s, variable, result, error);
    wsx_unlock();
}

/* --- completions ----------------------------------------------------------------------------------------- */

static void finish(wsx_thread *t, wsx_operation **link) {
    wsx_operation *op = *link;
    *link = op->next;
    if (op->overlapped)
        op->overlapped->busy = false;
    if (!data_intact(op->memory, op->send))
        see_changed(t, "data");
    if (op->overlapped && !event_intact(op->overlapped))
        see_changed(t, "lpOverlapped");
    if (!buffer_guards_intact(op->memory) || (op->overlapped && !overlapped_guards_intact(op->overlapped)))
        see_changed(t, "guard");
    scribble_data(op->memory);
    op->memory->next = op->step->idle;
    op->step->idle = op->memory;
}

void wsx_completed(wsx_thread *t, const void *overlapped) {
    wsx_operation **link = &t->run->pending;
    wsx_lock();
    while (*link && !((*link)->at == overlapped && overlapped))
        link = &(*link)->next;
    if (*link)
        finish(t, link);
    wsx_unlock();
}

void wsx_completed_event(wsx_thread *t, HANDLE event) {
    wsx_lock();
    for (wsx_operation **link = &t->run->pending; *link;) {
        const wsx_object *o = (*link)->overlapped;
        if (o && o->kind == WSX_OVERLAPPED && o->event == event && (*link)->step->statement->args[5].place == WSN_NULL)
            finish(t, link);
        else
            link = &(*link)->next;
    }
    wsx_unlock();
}

/*
 * others.c - what runs beside WSASend: receives and WSASendTo with their completions, user APCs, blocking hooks.
 *
 * The document does not judge these. They are followed so that what they bring about (a routine that runs, an event, a
 * packet, bytes at the peer) is not laid to a WSASend, and so that sends made inside them are judged like all others.
 */
#include "model.h"

#include <string.h>

/* --- receives and WSASendTo -------------------------------------------------------------------------------------- */

/* Its event may be set whenever it likes. */
static void expect_event(wsc_model *m, int event) {
    wsc_event *e = wsc_event_at(m, event);
    if (!e)
        return;
    e->late = e->ever = true;
    e->state = EVENT_MAYBE;
}

/* The OVERLAPPED belongs to another function now. */
static void use_op(wsc_model *m, const wsc_other_call *c, int thread, bool pending) {
    wsc_op *op = &m->ops[c->op];
    wsc_socket *s = wsc_socket_at(m, c->socket);
    int hevent = op->hevent;
    if (s && c->receives)
        s->receiving++;
    if (op->state == OP_OTHER && !op->told)
        wsc_other_over(m, op, false, 0);
    if (op->state == OP_LOOSE || (op->state == OP_STARTED && op->done != DONE_KNOWN)) {
        op->state = OP_LOOSE; /* ov.separate-structs: whose completion is it? */
        expect_event(m, hevent);
        return;
    }
    memset(op, 0, sizeof *op); /* padding too: models are compared as bytes */
    op->state = OP_OTHER;
    op->receives = c->receives;
    op->hevent = hevent;
    op->socket = c->socket;
    op->thread = thread;
    op->routine = c->routine;
    op->event = c->routine >= 0 ? WSC_NONE : hevent;
    op->port = s ? s->port : WSC_NONE;
    op->data = c->data;
    op->total = c->bytes;
    op->order = ++m->order;
    op->immediate = !pending;
    if (s)
        s->outstanding++;
    expect_event(m, op->event);
}

static void note_data(wsc_socket *s, uint32_t data) {
    if (!s->out.first_data)
        s->out.first_data = data;
    if (data > s->out.last_data)
        s->out.last_data = data;
}

/* A WSASendTo gave this to the transport, as far as anybody knows. */
static void give_other(wsc_model *m, const wsc_other_call *c) {
    wsc_socket *s = wsc_socket_at(m, c->socket);
    if (!s)
        return;
    bool message = !wsc_connects(s);
    int to = message && c->to != WSC_UNKNOWN ? c->to : s->peer;
    const wsc_socket *p = wsc_socket_at(m, to);
    note_data(s, c->data);
    if (c->bytes > 0 || message) {
        s->accepted = true;
        s->writable = false;
    }
    if (message && s->bound == WSC_NO)
        s->bound = WSC_MAYBE; /* the first datagram may have given it an address */
    if (message && (!p || p->gone != WSC_NO) && s->unreachable == WSC_NO)
        s->unreachable = WSC_MAYBE;
    wsc_queue_other(m, s, c->data, to, c->bytes);
}

void wsc_did_other(wsc_model *m, const wsc_call *call, const wsc_observed *seen) {
    const wsc_other_call *c = &call->u.other;
    bool pending = seen->ret == WSC_RET_SOCKET_ERROR && seen->error == WSC_IO_PENDING;
    wsc_socket *s = wsc_socket_at(m, c->socket);
    if (!c->receives)
        give_other(m, c); /* also if it failed: nobody judges what it did */
    if (!pending && seen->ret != WSC_RET_0)
        return;
    if (c->op >= 0)
        use_op(m, c, call->thread, pending);
    else if (c->receives && s) {
        wsc_take_away(m, c->socket, c->bytes); /* as much as there was, probably */
        s->elsewhere = true;
    }
    if (c->op < 0 && c->routine >= 0)
        wsc_thread_at(m, call->thread)->loose++;
}

bool wsc_other_ready(const wsc_model *m, const wsc_op *op, uint64_t *amount) {
    *amount = op->total;
    return op->state == OP_OTHER && !op->told &&
           (!op->receives || wsc_available(m, op->socket, op->total, amount) || op->immediate);
}

void wsc_other_over(wsc_model *m, wsc_op *op, bool known, uint64_t amount) {
    wsc_socket *s = wsc_socket_at(m, op->socket);
    if (op->told)
        return;
    op->told = true;
    if (!s)
        return;
    s->outstanding -= s->outstanding > 0;
    if (!op->receives)
        return;
    s->receiving -= s->receiving > 0;
    if (known)
        wsc_take_away(m, op->socket, amount);
    else
        s->elsewhere = true;
}

/* --- user APCs ------------------------------------------------------------------------------------------------------
 */

void wsc_did_apc(wsc_model *m, const wsc_call *call) {
    wsc_thread *t = wsc_thread_at(m, call->u.apc.thread);
    uint32_t i = 0;
    while (i < t->n_apcs && t->apcs[i].routine != call->u.apc.routine)
        i++;
    if (i == WSC_MAX_APCS) {
        t->loose++;
        return;
    }
    if (i == t->n_apcs) {
        t->n_apcs++;
        t->apcs[i].routine = call->u.apc.routine;
        t->apcs[i].waiting = 0;
    }
    t->apcs[i].waiting++;
}

uint32_t wsc_waiting_apcs(const wsc_model *m, int thread) {
    uint32_t waiting = 0;
    for (uint32_t i = 0; (uint32_t)thread < m->n_threads && i < m->threads[thread].n_apcs; i++)
        waiting += m->threads[thread].apcs[i].waiting;
    return waiting;
}

/* --- Windows Sockets 1.1 ---------------------------------------------------------------------------------------- */

bool wsc_is_apc(wsc_thread *t, int routine, bool *hook) {
    const wsc_frame *f = t->depth && t->depth <= WSC_MAX_DEPTH ? &t->frames[t->depth - 1] : NULL;
    *hook = t->hook && t->hook == routine + 1 && f && f->blocking;
    t->hooked |= *hook;
    for (uint32_t i = 0; !*hook && i < t->n_apcs; i++)
        if (t->apcs[i].routine == routine) {
            t->apcs[i].waiting -= t->apcs[i].waiting > 0;
            return true;
        }
    return *hook || (t->hook && t->hook == routine + 1);
}

void wsc_did_cancel_blocking(wsc_model *m) {
    for (uint32_t i = 0; i < m->n_threads; i++)
        for (uint32_t k = 0; k < m->threads[i].depth && k < WSC_MAX_DEPTH; k++)
            m->threads[i].frames[k].cancelled = m->threads[i].frames[k].blocking;
}

bool wsc_in_hook(const wsc_model *m, int thread) {
    for (uint32_t i = 0; (uint32_t)thread < m->n_threads && i < m->threads[thread].depth && i < WSC_MAX_DEPTH; i++)
        if (m->threads[thread].frames[i].hook)
            return true;
    return false;
}

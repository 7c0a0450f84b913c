/*
 * conditions.c - when each documented error of WSASend holds: one function for each error rule, NO, MAYBE or YES.
 *
 * cond_<id> belongs to WSC_ERROR(<id>, ...) in rules.def. What the words of the document leave open is MAYBE. A view
 * whose s is NULL is about a descriptor that is no socket: conditions of a socket's state are NO then.
 */
#include "model.h"

static wsc_tri yes_if(bool condition) {
    return condition ? WSC_YES : WSC_NO;
}

static wsc_tri maybe_if(bool condition) {
    return condition ? WSC_MAYBE : WSC_NO;
}

static bool nowhere(wsc_place place) { /* not wholly in valid memory; NULL apart */
    return place == WSC_AT_WILD || place == WSC_AT_KERNEL || place == WSC_AT_STRADDLE;
}

static bool is_stream(const wsc_view *v) {
    return v->s && v->s->type == WSC_STREAM;
}

static bool is_message(const wsc_view *v) {
    return v->s && v->s->type != WSC_STREAM;
}

static bool is_datagram(const wsc_view *v) {
    return v->s && v->s->type == WSC_DATAGRAM;
}

/* --- the descriptor and the library ---------------------------------------------------------------------- */

static wsc_tri cond_notinitialised(const wsc_view *v) {
    return yes_if(v->m->startups == 0);
}

static wsc_tri cond_notsock(const wsc_view *v) {
    if (!v->s)
        return WSC_YES;
    return v->s->gone == WSC_NO ? maybe_if(v->call->copy) : v->s->gone;
}

/* --- pointers ----------------------------------------------------------------------------------------------- */

static wsc_tri cond_fault_buffers(const wsc_view *v) {
    const wsc_buffers *b = &v->call->buffers;
    if (b->count > b->mapped || b->bad)
        return WSC_YES;
    /* A bad pointer to no memory: it is in no part of the address space, or in every one. */
    return maybe_if(b->odd || (b->count == 0 && (b->array == WSC_AT_NULL || nowhere(b->array))));
}

static wsc_tri cond_fault_sent(const wsc_view *v) {
    wsc_place place = v->call->sent_at;
    if (place == WSC_AT_NULL)
        return yes_if(!v->given);
    if (place == WSC_AT_READONLY) /* a pending operation need not write there */
        return v->use == USE_PLAIN || !v->given ? WSC_YES : WSC_MAYBE;
    return yes_if(nowhere(place));
}

static wsc_tri cond_fault_overlapped(const wsc_view *v) {
    if (nowhere(v->call->overlapped_at)) /* without overlap it is ignored */
        return v->use == USE_OVERLAPPED ? WSC_YES : WSC_MAYBE;
    return maybe_if(v->call->overlapped_at == WSC_AT_READONLY); /* [in]: the state may be kept elsewhere */
}

static wsc_tri cond_fault_routine(const wsc_view *v) {
    if (!nowhere(v->call->routine_at))
        return WSC_NO;
    return v->use == USE_OVERLAPPED ? WSC_YES : WSC_MAYBE;
}

/* --- the call in progress ----------------------------------------------------------------------------------- */

/* Inside a blocking hook. Whether Windows Sockets 1.1 is meant where the program asked for 2.x nobody says. */
static wsc_tri in_hook(const wsc_view *v) {
    if (!wsc_in_hook(v->m, v->thread))
        return WSC_NO;
    return v->m->old_version && !v->m->new_version ? WSC_YES : WSC_MAYBE;
}

/* A blocking call of another thread: the row does not say whose call it means. */
static bool blocks_elsewhere(const wsc_model *m, int thread) {
    for (uint32_t i = 0; i < m->n_threads; i++) {
        const wsc_thread *t = &m->threads[i];
        for (uint32_t k = 0; (int)i != thread && k < t->depth && k < WSC_MAX_DEPTH; k++)
            if (t->frames[k].blocking)
                return true;
    }
    return false;
}

static wsc_tri cond_inprogress_call(const wsc_view *v) {
    wsc_tri here = in_hook(v);
    return here == WSC_NO ? maybe_if(v->m->old_version && blocks_elsewhere(v->m, v->thread)) : here;
}

static wsc_tri cond_inprogress_callback(const wsc_view *v) {
    return in_hook(v);
}

static wsc_tri cond_intr(const wsc_view *v) {
    return maybe_if(v->frame && v->frame->cancelled);
}

static wsc_tri cond_netdown(const wsc_view *v) {
    (void)v;
    return WSC_NO;
}

/* --- flags against the kind of socket ---------------------------------------------------------------------- */

static wsc_tri cond_oob_not_stream(const wsc_view *v) {
    if (!(v->call->flags & WSC_MSG_OOB) || !is_message(v))
        return WSC_NO;
    return v->s->type == WSC_SEQPACKET ? WSC_MAYBE : WSC_YES; /* which is called a pseudo-stream */
}

/* A domain without out-of-band data. TCP has urgent data by its nature, so that a catalogue which denies it for TCP
 * contradicts the transport: then either may be. */
static wsc_tri cond_oob_domain(const wsc_view *v) {
    bool internet = v->s && (v->s->family == WSC_INET || v->s->family == WSC_INET6);
    if (!(v->call->flags & WSC_MSG_OOB) || !is_stream(v))
        return WSC_NO;
    if (!v->s->no_oob) /* which domains have such data is not said */
        return maybe_if(v->s->family == WSC_LOCAL);
    return internet ? WSC_MAYBE : WSC_YES;
}

static wsc_tri cond_partial(const wsc_view *v) {
    return yes_if(v->call->flags & WSC_MSG_PARTIAL && v->s && !v->s->partial);
}

static wsc_tri cond_receive_only(const wsc_view *v) {
    return v->s ? v->s->receive_only : WSC_NO;
}

/* --- the state of the socket ------------------------------------------------------------------------------- */

static wsc_tri cond_notconn(const wsc_view *v) {
    if (!v->s)
        return WSC_NO;
    if (v->s->connected == WSC_MAYBE && v->s->peer != WSC_NONE)
        return WSC_MAYBE;
    if (v->s->connected != WSC_YES) /* a connect to where nobody listens, under way or not, is no connection */
        return WSC_YES;
    return maybe_if(v->s->told);
}

static wsc_tri cond_unbound(const wsc_view *v) {
    if (!v->s)
        return WSC_NO;
    return v->s->bound == WSC_YES ? WSC_NO : v->s->bound == WSC_NO ? WSC_YES : WSC_MAYBE;
}

static wsc_tri cond_shutdown_send(const wsc_view *v) {
    return yes_if(v->s && v->s->shut_send);
}

static wsc_tri cond_shutdown_both(const wsc_view *v) {
    return yes_if(v->s && v->s->shut_both);
}

static wsc_tri cond_connreset_stream(const wsc_view *v) {
    return v->s && wsc_connects(v->s) ? v->s->reset : WSC_NO;
}

static wsc_tri cond_connreset_datagram(const wsc_view *v) {
    return is_datagram(v) ? v->s->unreachable : WSC_NO;
}

static wsc_tri cond_connaborted(const wsc_view *v) {
    return v->s && wsc_connects(v->s) ? v->s->aborted : WSC_NO;
}

static wsc_tri cond_netreset_stream(const wsc_view *v) {
    (void)v;
    return WSC_NO;
}

static wsc_tri cond_netreset_datagram(const wsc_view *v) {
    (void)v;
    return WSC_NO;
}

/* --- the amount ----------------------------------------------------------------------------------------------- */

/* The longest message that a transport can be expected to carry whole, and the longest that it can carry at all. */
static void longest(const wsc_socket *s, uint64_t *expected, uint64_t *carried) {
    bool v6 = s->family == WSC_INET6, internet = v6 || s->family == WSC_INET;
    if (internet && s->type == WSC_DATAGRAM) { /* UDP */
        *expected = *carried = v6 ? 65527 : 65507;
    } else if (internet && s->type == WSC_RAW) { /* with the header of IP, or with one of the program's own */
        *expected = v6 ? 65535 : 65515;
        *carried = 65535;
    } else { /* only the target knows */
        *expected = 0;
        *carried = s->max_msg ? s->max_msg : UINT64_MAX;
    }
}

static wsc_tri cond_msgsize(const wsc_view *v) {
    uint64_t expected, carried;
    if (!is_message(v))
        return WSC_NO;
    longest(v->s, &expected, &carried);
    if (v->n > carried)
        return WSC_YES;
    /* Between what SO_MAX_MSG_SIZE says and what can be carried whole: the row means the latter, the remarks the
     * former. */
    uint64_t told = v->s->max_msg ? v->s->max_msg : expected;
    if (v->s->whole) { /* in one packet: how long that may be is the link's affair, from what all links carry */
        uint64_t packet = v->s->family == WSC_INET6 ? 1232 : 548;
        told = packet < told ? packet : told;
    }
    return maybe_if(v->n > told);
}

static wsc_tri cond_not_overlapped(const wsc_view *v) {
    return maybe_if(v->s && v->s->overlapped != WSC_YES && (v->given || v->routine));
}

static wsc_tri cond_wouldblock(const wsc_view *v) {
    if (!v->s || v->use == USE_OVERLAPPED || v->s->nonblocking == WSC_NO || v->n == 0)
        return WSC_NO;
    bool others = v->s->calls > (v->frame ? 1 : 0); /* sends in progress may have filled the buffer */
    bool switched = v->frame && v->frame->blocking && v->s->nonblocking == WSC_YES; /* so may this one, as it waited */
    bool room = !others && !switched && (!v->s->accepted || (v->s->writable && v->s->outstanding == 0));
    return maybe_if(!room);
}

static wsc_tri cond_too_many(const wsc_view *v) {
    return maybe_if(v->s && v->use != USE_PLAIN && v->s->outstanding > 0);
}

/* A message that the program's own SO_SNDBUF cannot hold. */
static bool larger_than_buffer(const wsc_view *v) {
    return is_message(v) && v->s->room && v->n >= v->s->room;
}

static wsc_tri cond_nobufs(const wsc_view *v) {
    uint64_t before = v->s && !v->frame ? v->s->out.unread : 0; /* what waits already needs memory too */
    bool absurd = v->call->buffers.count > 1000000 || before + v->n >= UINT64_C(1) << 30;
    return maybe_if(absurd || larger_than_buffer(v));
}

/* --- where the document is silent ---------------------------------------------------------------------------- */

static wsc_tri cond_no_buffers(const wsc_view *v) {
    return maybe_if(v->call->buffers.count == 0);
}

static bool lone_routine(const wsc_view *v) {
    return v->s && v->s->overlapped != WSC_NO && v->routine && !v->given;
}

static wsc_tri cond_lone_routine_fault(const wsc_view *v) {
    return maybe_if(lone_routine(v));
}

static wsc_tri cond_lone_routine_inval(const wsc_view *v) {
    return maybe_if(lone_routine(v));
}

static wsc_tri cond_routine_and_port(const wsc_view *v) {
    return maybe_if(v->s && v->use != USE_PLAIN && v->routine && v->s->port >= 0);
}

static bool bogus_event(const wsc_view *v) {
    if (!v->op || v->use == USE_PLAIN || v->routine)
        return false;
    int e = v->op->hevent;
    return e != WSC_NONE && !wsc_event_at(v->m, e);
}

static wsc_tri cond_bogus_event_handle(const wsc_view *v) {
    return maybe_if(bogus_event(v));
}

static wsc_tri cond_bogus_event_notsock(const wsc_view *v) {
    return maybe_if(bogus_event(v));
}

static wsc_tri cond_bogus_event_inval(const wsc_view *v) {
    return maybe_if(bogus_event(v));
}

static wsc_tri cond_timed_out(const wsc_view *v) {
    return maybe_if(v->s && v->s->timeout && v->use != USE_OVERLAPPED && v->s->nonblocking != WSC_YES && v->n > 0);
}

static wsc_tri cond_closed_meanwhile(const wsc_view *v) {
    return maybe_if(v->frame && v->s && v->s->gone != WSC_NO && v->frame->held[RULE_notsock] != WSC_YES);
}

/* --- all of them -------------------------------------------------------------------------------------------- */

wsc_view wsc_view_of(const wsc_model *m, const wsc_send_call *call, int thread, const wsc_frame *frame) {
    /* What a transport says that could not do it this time: to a non-blocking call that is no room. */
    static const uint64_t not_now =
        UINT64_C(1) << RULE_intr | UINT64_C(1) << RULE_inprogress_call | UINT64_C(1) << RULE_inprogress_callback;
    wsc_view v = {.m = m, .call = call, .frame = frame, .thread = thread, .n = call->buffers.total};
    v.s = wsc_socket_at(m, call->socket);
    v.given = call->overlapped_at != WSC_AT_NULL;
    v.routine = call->routine_at != WSC_AT_NULL;
    v.op = v.given && call->op >= 0 && (uint32_t)call->op < m->n_ops ? &m->ops[call->op] : NULL;
    if ((!v.given && !v.routine) || (v.s && v.s->overlapped == WSC_NO))
        v.use = USE_PLAIN;
    else if (!v.given || !v.s || v.s->overlapped == WSC_MAYBE)
        v.use = USE_EITHER;
    else
        v.use = USE_OVERLAPPED;
    v.faults = wsc_fault_rules(v.s, wsc_faults_of(m, v.s));
    v.injected = v.n > 0 ? wsc_injected_rules(m, v.s, call->flags) : 0;
    if (v.injected & not_now && v.use != USE_OVERLAPPED && v.s->nonblocking != WSC_NO)
        v.injected |= UINT64_C(1) << RULE_wouldblock;
    return v;
}

static bool in_use(const wsc_op *op) {
    if (op->state == OP_LOOSE)
        return true;
    if (op->state == OP_OTHER)
        return !op->told;
    if (op->state != OP_STARTED)
        return false;
    if (op->done != DONE_KNOWN)
        return true;
    return op->routine >= 0 ? !op->indicated : op->port >= 0 && !op->taken && !op->optional;
}

bool wsc_is_nested(const wsc_model *m, int thread) {
    bool blocked = false;
    if ((uint32_t)thread >= m->n_threads)
        return false;
    const wsc_thread *t = &m->threads[thread];
    for (uint32_t i = 0; i < t->depth && i < WSC_MAX_DEPTH; i++) {
        const wsc_frame *f = &t->frames[i];
        if (f->hook) /* a hook is no APC: what is forbidden in it has an error of its own */
            blocked = false;
        else if (f->routine && blocked)
            return true;
        blocked |= f->blocking;
    }
    return false;
}

/* block.nested-undefined, of the inner call and of the outer one. */
static bool nested_blocking(const wsc_view *v) {
    if (v->frame && v->frame->nested)
        return true;
    return v->use != USE_OVERLAPPED && v->s && v->s->nonblocking != WSC_YES && wsc_is_nested(v->m, v->thread);
}

bool wsc_view_concurrent(const wsc_view *v) {
    if (!is_stream(v))
        return false;
    uint32_t own = v->frame ? 1 : 0;
    const wsc_thread *t = (uint32_t)v->thread < v->m->n_threads ? &v->m->threads[v->thread] : NULL;
    for (uint32_t i = 0; t && i < t->depth && i < WSC_MAX_DEPTH; i++) /* one from a routine inside the other */
        own += t->frames[i].data && t->frames[i].socket == v->call->socket;
    return v->s->calls > own || (v->frame && v->s->concurrent);
}

bool wsc_view_undefined(const wsc_view *v) {
    if (v->call->flags & ~(uint32_t)(WSC_MSG_OOB | WSC_MSG_DONTROUTE | WSC_MSG_PARTIAL)) /* flags.or */
        return true;
    bool own = v->frame && v->frame->starts;                   /* asked as it began */
    if (v->op && v->use != USE_PLAIN && !own && in_use(v->op)) /* ov.separate-structs */
        return true;
    return nested_blocking(v) || wsc_view_concurrent(v);
}

uint64_t wsc_faulty(const wsc_view *v) {
    bool fragments = wsc_faults_of(v->m, v->s) >> FAULT_mtu & 1 && larger_than_buffer(v);
    return v->faults | v->injected | (fragments ? UINT64_C(1) << RULE_nobufs : 0);
}

uint64_t wsc_likely(const wsc_view *v) {
    uint64_t local = v->s && v->s->family == WSC_LOCAL ? UINT64_C(1) << RULE_oob_domain : 0;
    uint64_t over = v->s ? v->faults & ~wsc_fault_rules(v->s, v->m->faults) : 0;
    return (wsc_faulty(v) & ~over) | local | UINT64_C(1) << RULE_receive_only;
}

static void conditions(wsc_view *v, uint8_t held[ERROR_RULES]) {
#define WSC_ERROR(id, name, code, clauses, text) held[RULE_##id] = (uint8_t)cond_##id(v);
#define WSC_OUTCOME(id, name, code, clauses, text)
#define WSC_CHECK(id, name, code, clauses, text)
#include "rules.def"
#undef WSC_ERROR
#undef WSC_OUTCOME
#undef WSC_CHECK
    uint64_t maybe = v->m->maybe | (v->s ? v->s->maybe : 0) | v->faults;
    uint64_t yes = v->m->yes | (v->s ? v->s->yes : 0);
    uint64_t off = v->m->disabled[0];
    if (!(maybe | yes | off | v->injected) && !v->frame)
        return;
    for (int i = 0; i < ERROR_RULES; i++) {
        if (yes >> i & 1)
            held[i] = WSC_YES;
        else if (maybe >> i & 1 && held[i] == WSC_NO)
            held[i] = WSC_MAYBE;
        if (v->injected >> i & 1) {
            if (held[i] == WSC_NO)
                held[i] = WSC_MAYBE;
            else
                v->injected &= ~(UINT64_C(1) << i);
        }
        if (v->frame && v->frame->held[i] != held[i]) /* it held at one end of the call only */
            held[i] = WSC_MAYBE;
        if (off >> i & 1)
            held[i] = WSC_NO;
    }
}

/* The condition of the twisted rule: wsc_model_twist. */
static uint8_t twist(const wsc_view *v, uint8_t held, wsc_twist how) {
    switch (how) {
    case WSC_TWIST_DOUBT: return held == WSC_YES ? WSC_MAYBE : held;
    case WSC_TWIST_SURE: return held == WSC_MAYBE ? WSC_YES : held;
    case WSC_TWIST_WIDE: return held == WSC_NO && v->s ? WSC_MAYBE : held; /* most are about a socket */
    default: return held;
    }
}

void wsc_conditions(wsc_view *v, uint8_t held[ERROR_RULES]) {
    conditions(v, held);
    if (v->m->twist && v->m->twisted < ERROR_RULES)
        held[v->m->twisted] = twist(v, held[v->m->twisted], v->m->twist);
}

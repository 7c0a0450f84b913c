/*
 * facts.c - what Windows is known to do beyond the document: whether a fact speaks against an outcome.
 *
 * fact_<name> belongs to the fact of that name in spec/windows.toml (those that are judged). It is asked about outcomes
 * that the document allows, in the state before them, and says yes only in the situation in which the fact was seen.
 */
#include "model.h"
#include "wsconform_spec.h"

#include <string.h>

typedef struct sight {
    const wsc_model *m;
    const wsc_call *call;
    const wsc_outcome *o;
    const wsc_view *send; /* SEND; else NULL */
    const wsc_op *op;     /* RESULT, and TAKE with a packet */
    const wsc_socket *s;  /* of the call, or of the operation; NULL: none */
} sight;

static bool refused(const sight *x, uint32_t code) {
    return x->call->kind == WSC_SEND && x->o->ret == WSC_RET_SOCKET_ERROR && x->o->error == code;
}

static bool is_stream(const sight *x) {
    return x->s && x->s->type == WSC_STREAM;
}

/* A buffer of length 0 at NULL is all that is given. */
static bool nothing_at_null(const sight *x) {
    const wsc_buffers *b = &x->send->call->buffers;
    return x->s && x->send->n == 0 && b->odd && !b->astray;
}

/* --- the descriptor and the arguments -------------------------------------------------------------------------- */

static bool fact_notsock_before_fault(const sight *x) {
    return refused(x, WSC_EFAULT) && !x->s && x->m->startups > 0 && x->send->call->sent_at == WSC_AT_NULL &&
           !x->send->given && !x->send->call->buffers.bad;
}

static bool fact_duplicate_handle(const sight *x) {
    return refused(x, 10038) && x->send->call->copy && x->s && x->s->gone == WSC_NO;
}

static bool fact_empty_buffer(const sight *x) {
    return refused(x, WSC_EFAULT) && nothing_at_null(x) && x->s->connected == WSC_YES;
}

static bool fact_notconn_before_fault(const sight *x) {
    return refused(x, WSC_EFAULT) && nothing_at_null(x) && is_stream(x) && x->s->connected == WSC_NO;
}

static bool fact_restarted(const sight *x) {
    return x->call->kind == WSC_SEND && x->m->startups > 0 && x->s && x->s->gone == WSC_MAYBE &&
           x->o->rule != RULE_notsock;
}

/* --- the state of the socket ----------------------------------------------------------------------------------- */

static bool fact_unconnected(const sight *x) {
    bool seen = x->s && (x->s->type == WSC_STREAM || x->s->type == WSC_DATAGRAM);
    return x->o->rule == RULE_unbound && seen && x->s->connected == WSC_NO;
}

static bool fact_connecting(const sight *x) {
    return x->o->rule == RULE_unbound && x->s->connected == WSC_MAYBE;
}

/* The peer has closed in good order, and nothing that was sent is unread: a second send would have left something. */
static bool fact_first_send_after_close(const sight *x) {
    const wsc_socket *p = x->s ? wsc_socket_at(x->m, x->s->peer) : NULL;
    return (refused(x, WSC_CONNRESET) || refused(x, WSC_CONNABORTED)) && p && p->shut_send &&
           x->s->reset == WSC_MAYBE && x->s->aborted == WSC_MAYBE && x->s->out.count == 0;
}

static bool fact_reset_sticks(const sight *x) {
    return (x->o->rule == RULE_notconn || refused(x, WSC_CONNABORTED)) && x->s->reset == WSC_YES;
}

static bool fact_datagram_unreachable(const sight *x) {
    return x->call->kind == WSC_SEND && x->o->rule == RULE_connreset_datagram && x->s->peer >= WSC_NONE;
}

/* --- room in the transport, overlapped sends ------------------------------------------------------------------- */

static bool fact_all_or_nothing(const sight *x) {
    return x->o->rule == RULE_sent_partial;
}

static bool fact_unbuffered_pends(const sight *x) {
    const wsc_socket *p = x->s ? wsc_socket_at(x->m, x->s->peer) : NULL;
    return x->o->rule == RULE_sent_overlapped && p && x->s->nonblocking == WSC_YES && x->s->room == 1 &&
           !x->s->accepted && x->send->use == USE_OVERLAPPED && x->send->n >= UINT64_C(1) << 20 && !p->drained;
}

static bool fact_small_at_once(const sight *x) {
    return x->o->rule == RULE_pending && is_stream(x) && x->s->nonblocking == WSC_NO && x->s->room == 0 &&
           !x->s->accepted && x->send->use == USE_OVERLAPPED && !x->send->routine && x->send->n <= 1024 &&
           x->send->call->sent_at == WSC_AT_PLAIN;
}

static bool fact_plain_socket_works(const sight *x) {
    return x->o->rule == RULE_not_overlapped && x->send->given;
}

static bool fact_lone_routine(const sight *x) {
    return (x->o->rule == RULE_pending && !x->send->given) || x->o->rule == RULE_lone_routine_fault ||
           x->o->rule == RULE_lone_routine_inval;
}

/* --- completion ------------------------------------------------------------------------------------------------- */

/* A packet of an operation that failed, with a code that is known. */
static bool failed_packet(const sight *x) {
    return x->call->kind == WSC_TAKE && x->op && x->o->ret == WSC_RET_FALSE && x->o->error != WSC_ANY_ERROR &&
           is_stream(x);
}

static bool fact_port_reset(const sight *x) {
    bool named = x->o->error == WSC_NETNAME_DELETED && (x->o->amount != WSC_AMOUNT_RANGE || x->o->high == 0);
    return failed_packet(x) && !named && x->op->cancel == 0 && x->s->reset != WSC_NO && x->s->aborted == WSC_NO;
}

static bool fact_port_close(const sight *x) {
    return failed_packet(x) && x->o->error != WSC_NETNAME_DELETED && x->op->cancel == CANCEL_CLOSE;
}

static bool fact_result_reset(const sight *x) {
    return x->call->kind == WSC_RESULT && x->o->error == WSC_CONNABORTED && x->s->reset == WSC_YES &&
           x->op->cancel == 0;
}

static bool fact_result_codes(const sight *x) {
    return x->call->kind == WSC_RESULT && (x->o->error == WSC_NETRESET || x->o->error == WSC_INPROGRESS);
}

/* --- all of them ------------------------------------------------------------------------------------------------ */

static const struct {
    wsc_fact_info info;
    bool (*speaks_against)(const sight *x);
} facts[] = {
#define FACT(name, id, inferred) {{id, inferred}, fact_##name},
    WSC_FACTS(FACT)
#undef FACT
};

int wsc_fact_count(void) {
    return WSC_FACT_COUNT;
}

const wsc_fact_info *wsc_fact(int fact) {
    return fact >= 0 && fact < WSC_FACT_COUNT ? &facts[fact].info : NULL;
}

int wsc_fact_find(const char *id) {
    for (int i = 0; i < WSC_FACT_COUNT; i++)
        if (strcmp(facts[i].info.id, id) == 0)
            return i;
    return WSC_NONE;
}

/* What every sender and waiter sees all day: nothing speaks against it, and nobody shall pay for asking. */
static bool is_usual(const sight *x) {
    switch (x->o->rule) {
    case RULE_sent_blocking:
    case RULE_sent_nonblocking:
    case RULE_sent_message:
    case RULE_complete:
    case RULE_take_packet: return !x->s || x->s->gone == WSC_NO;
    default: return false;
    }
}

int wsc_fact_against(const wsc_model *m, const wsc_call *call, const wsc_view *view, const wsc_outcome *o) {
    sight x = {.m = m, .call = call, .o = o, .send = view};
    if (view) {
        x.s = view->s;
    } else {
        int op = call->kind == WSC_RESULT ? call->u.result.op : call->kind == WSC_TAKE ? o->op : WSC_NONE;
        x.op = op >= 0 ? &m->ops[op] : NULL;
        x.s = x.op ? wsc_socket_at(m, x.op->socket) : NULL;
    }
    if (is_usual(&x))
        return WSC_NONE;
    /* What Windows does was seen on networks that were well; what codes become does not depend on that. */
    if (call->kind != WSC_RESULT && (m->injected || wsc_lossy(wsc_faults_of(m, x.s))))
        return WSC_NONE;
    int found = WSC_NONE;
    for (int i = 0; i < WSC_FACT_COUNT; i++)
        if ((found == WSC_NONE || facts[found].info.inferred) && (found == WSC_NONE || !facts[i].info.inferred) &&
            facts[i].speaks_against(&x))
            found = i;
    return found;
}

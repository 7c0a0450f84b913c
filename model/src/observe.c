/*
 * observe.c - compares what was seen with the allowed set, and lets it drive the state.
 *
 * After a deviation the state follows what was seen, and where that cannot be, knowledge becomes MAYBE: one
 * deviation must not bring others about.
 */
#include "model.h"

#include <string.h>

static wsc_tri at_least(wsc_tri a, wsc_tri b) {
    return a > b ? a : b;
}

/* --- findings ---------------------------------------------------------------------------------------------------- */

void wsc_found(const wsc_model *m, wsc_verdict *v, wsc_finding finding) {
    if (finding.rule >= 0 && !wsc_enabled(m, finding.rule))
        return;
    v->ok = false;
    if (v->n_findings < WSC_MAX_FINDINGS)
        v->findings[v->n_findings++] = finding;
}

void wsc_found_data(const wsc_model *m, wsc_verdict *v, int rule, wsc_run run) {
    wsc_found(m, v, (wsc_finding){.kind = WSC_FOUND_DATA, .rule = rule, .op = WSC_NONE, .data = run});
}

static void found(const wsc_model *m, wsc_verdict *v, wsc_finding_kind kind, int rule, int op) {
    wsc_found(m, v, (wsc_finding){.kind = kind, .rule = rule, .op = op});
}

static void brought_about(wsc_verdict *v, int rule) {
    for (size_t i = 0; i < v->n_conditions; i++)
        if (v->conditions[i] == rule)
            return;
    v->conditions[v->n_conditions++] = rule; /* all fit: see rules.c */
}

/* A call or an operation has failed for one of these rules: those of a fault of the network count as conditions, those
 * of an injected failure apart; if it was answered by a rule of one kind, only that kind. */
static void blame_faults(wsc_verdict *v, int rule, uint64_t rules, uint64_t injected) {
    if (rule != WSC_NONE)
        rules &= injected >> rule & 1 ? injected : ~injected;
    injected &= rules;
    for (int i = 0; i < ERROR_RULES; i++)
        if (rules >> i & 1 && !(injected >> i & 1))
            brought_about(v, i);
        else if (injected >> i & 1)
            v->injected[v->n_injected++] = i;
}

static bool amount_fits(const wsc_outcome *o, const wsc_observed *seen) {
    if (o->amount == WSC_AMOUNT_UNSTATED || seen->amount == WSC_AMOUNT_UNSTATED)
        return true;
    if (o->amount != seen->amount)
        return false;
    return o->amount == WSC_AMOUNT_UNTOUCHED || (seen->low >= o->low && seen->high <= o->high);
}

static bool fits(const wsc_outcome *o, const wsc_observed *seen) {
    return o->ret == seen->ret && o->op == seen->op &&
           (o->error == seen->error ||
            (o->error == WSC_ANY_ERROR && seen->error != 0 && seen->error != WSC_IO_PENDING));
}

/* Looks the outcome up in the set; false, with a finding, if it is not there. `rule` is what to blame then, or
 * WSC_NONE: the rule of the preferred outcome. */
static bool look_up(const wsc_model *m, const wsc_set *set, const wsc_observed *seen, int rule, wsc_verdict *v) {
    const wsc_outcome *near = NULL;
    for (size_t i = 0; i < set->n_outcomes; i++) {
        const wsc_outcome *o = &set->outcomes[i];
        if (!fits(o, seen))
            continue;
        if (amount_fits(o, seen)) {
            v->rule = o->rule;
            return true;
        }
        near = near ? near : o;
    }
    if (near)
        found(m, v, WSC_FOUND_AMOUNT, near->rule, near->op);
    else if (rule != WSC_NONE)
        found(m, v, WSC_FOUND_OUTCOME, rule, seen->op);
    else
        found(m, v, WSC_FOUND_OUTCOME, set->n_outcomes ? set->outcomes[0].rule : WSC_NONE, WSC_NONE);
    return false;
}

/* What was seen is allowed: whether a fact speaks against it. Before the state is driven. */
static void check_facts(const wsc_model *m, const wsc_call *call, const wsc_view *view, const wsc_observed *seen,
                        wsc_verdict *v) {
    const wsc_outcome o = {seen->ret, seen->error, seen->amount, seen->low, seen->high,
                           seen->op,  v->rule,     false,        WSC_NONE};
    int fact = v->rule == WSC_NONE ? WSC_NONE : wsc_fact_against(m, call, view, &o);
    if (fact == WSC_NONE)
        return;
    v->practice[v->n_practice++] = fact;
    if (m->profile == WSC_PROFILE_WINDOWS && !wsc_fact(fact)->inferred)
        found(m, v, WSC_FOUND_PRACTICE, v->rule, WSC_NONE);
}

/* --- events and operations ------------------------------------------------------------------------------------------
 */

wsc_event *wsc_event_at(const wsc_model *m, int event) {
    return event >= 0 && (uint32_t)event < m->n_events && m->events[event].made ? &m->events[event] : NULL;
}

/* The operation no longer is one that may or may not set its event. */
static void settle_event(wsc_model *m, const wsc_op *op) {
    wsc_event *e = wsc_event_at(m, op->event);
    if (!e)
        return;
    if (op->done == DONE_MAYBE && e->pending > 0)
        e->pending--;
    if (op->event_lost) {
        if (e->state == EVENT_UNSET)
            e->state = EVENT_MAYBE;
    } else if (e->state < EVENT_DUE) {
        e->state = EVENT_DUE;
    }
}

static void no_longer_outstanding(wsc_model *m, const wsc_op *op) {
    wsc_socket *s = wsc_socket_at(m, op->socket);
    if (s && s->outstanding > 0 && !op->starting)
        s->outstanding--;
}

void wsc_op_due(wsc_model *m, wsc_op *op) {
    if (op->state != OP_STARTED || op->done != DONE_MAYBE)
        return;
    settle_event(m, op);
    op->done = DONE_DUE;
}

void wsc_op_known(wsc_model *m, wsc_op *op) {
    if (op->done == DONE_KNOWN)
        return;
    settle_event(m, op); /* the status may become visible before the signal */
    op->done = DONE_KNOWN;
    no_longer_outstanding(m, op);
}

/* Nothing is demanded of this operation, which was started, any more. */
static void op_loose(wsc_model *m, wsc_op *op) {
    wsc_event *e = wsc_event_at(m, op->event);
    if (e) {
        e->ever = true;
        if (op->done == DONE_MAYBE && e->pending > 0)
            e->pending--;
        e->state = EVENT_MAYBE;
        e->late = true;
    }
    if (op->done != DONE_KNOWN)
        no_longer_outstanding(m, op);
    op->state = OP_LOOSE;
    op->done = DONE_MAYBE;
    op->indicated = op->taken = op->failed = op->starting = false;
}

/* The segment of an operation that was started, if it has not been read; else NULL. */
static wsc_segment *segment_of(const wsc_model *m, const wsc_op *op) {
    const wsc_socket *s = &m->sockets[op->socket];
    uint32_t at = wsc_segment_find(m, s, op->data);
    return at < s->out.count ? wsc_segment_at(m, s, at) : NULL;
}

/* An operation that might have failed succeeded all the same. */
static void certain_again(wsc_model *m, const wsc_op *op) {
    const wsc_socket *s = &m->sockets[op->socket];
    wsc_segment *g = segment_of(m, op);
    if (!g || g->must != MUST_IF_DONE)
        return;
    bool message = s->type != WSC_STREAM;
    g->must = message ? MUST_ARRIVE : MUST_NO;
    g->certain = message ? 0 : op->total;
}

/* Whether the data of an operation has to arrive depends on how it ends. */
static void uncertain_data(wsc_segment *g) {
    bool again = g->certain > 0 || g->must != MUST_NO;
    g->certain = 0;
    g->must = again ? MUST_IF_DONE : MUST_NO;
}

/* The program was told the status of an operation. */
static void op_told(wsc_model *m, wsc_op *op, uint32_t code) {
    wsc_op_known(m, op);
    wsc_segment *g = code ? segment_of(m, op) : NULL;
    if (code == 0)
        certain_again(m, op);
    if (g) { /* a part of it may have gone out */
        g->certain = 0;
        g->must = MUST_NO;
    }
    op->told = true;
    op->result = code;
}

/* What a cancelled operation says to have sent was sent, and arrives like the rest. After a close a reset may overtake
 * it. */
static void cancelled_with(wsc_model *m, const wsc_op *op, uint64_t amount) {
    wsc_segment *g = segment_of(m, op);
    if (g && !g->loose && op->cancel && !(op->cancel & CANCEL_CLOSE) && m->sockets[op->socket].type == WSC_STREAM)
        g->certain = amount < g->possible ? amount : g->possible;
}

/* WHILE: the call that cancels is in progress. UNTIL: it was, and is over: what has started meanwhile may stay. */
typedef enum moment { AT_ONCE, WHILE, UNTIL } moment;

/* Someone cancels the operations of a socket (or all), of a thread (or all), one of them (or all). v: NULL WHILE. */
static void cancel(wsc_model *m, int socket, int thread, int which, unsigned how, int rule, moment when,
                   wsc_verdict *v) {
    for (uint32_t i = 0; i < m->n_ops; i++) {
        wsc_op *op = &m->ops[i];
        if (op->state != OP_STARTED || op->immediate || op->done == DONE_KNOWN ||
            (socket >= 0 && op->socket != socket) || (thread >= 0 && op->thread != thread) ||
            (which >= 0 && (int)i != which))
            continue;
        if (v && op->done == DONE_MAYBE && rule >= 0 && !op->starting)
            brought_about(v, rule);
        /* What starts only now may start after it. */
        bool sure = when == AT_ONCE || (when == UNTIL && op->cancel & CANCEL_TRY);
        op->cancel |= when == WHILE ? CANCEL_TRY : how;
        wsc_segment *g = segment_of(m, op);
        if (g) {
            uncertain_data(g);
            g->must = how == CANCEL_CLOSE ? MUST_NO : g->must;
        }
        /* The note on threads says both "is cancelled" and "can fail"; a socket that has another descriptor is open; of
         * CancelIo the document knows nothing, so that the operation may go on. */
        if (how != CANCEL_THREAD && how != CANCEL_COPY && how != CANCEL_CALL && sure && !op->starting)
            wsc_op_due(m, op);
    }
}

/* The event was seen set, and nothing else can have set it: the operation is complete. Of one whose thread ended nobody
 * says in which order status and event come. */
static void complete_by_event(wsc_model *m, wsc_op *op) {
    if (op->event_dirty)
        return;
    if (op->cancel & CANCEL_THREAD)
        wsc_op_due(m, op);
    else
        wsc_op_known(m, op);
}

static void event_seen(wsc_model *m, int event, bool set) {
    wsc_event *e = wsc_event_at(m, event);
    if (!e)
        return;
    if (!set) {
        if (e->state == EVENT_SET || (e->state == EVENT_MAYBE && !e->late))
            e->state = e->state == EVENT_SET ? EVENT_MAYBE : EVENT_UNSET;
        return;
    }
    if (e->state == EVENT_UNSET && e->pending == 1) { /* only one operation can have set it */
        for (uint32_t i = 0; i < m->n_ops; i++)
            if (m->ops[i].state == OP_STARTED && m->ops[i].event == event && m->ops[i].done == DONE_MAYBE)
                complete_by_event(m, &m->ops[i]);
    } else if (e->state == EVENT_DUE && e->pending == 0) {
        int due = WSC_NONE, n = 0;
        for (uint32_t i = 0; i < m->n_ops; i++)
            if (m->ops[i].state == OP_STARTED && m->ops[i].event == event && m->ops[i].done == DONE_DUE) {
                due = (int)i;
                n++;
            }
        if (n == 1)
            complete_by_event(m, &m->ops[due]);
    }
    e->state = EVENT_SET;
    e->late = false;
}

static void event_reset(wsc_model *m, wsc_event *e) {
    int event = (int)(e - m->events);
    for (uint32_t i = 0; i < m->n_ops; i++)
        if (m->ops[i].state == OP_STARTED && m->ops[i].event == event)
            m->ops[i].event_lost = true;
    if (e->state == EVENT_DUE)
        e->late = true;
    e->state = e->late ? EVENT_MAYBE : EVENT_UNSET;
}

/* --- routines
 * --------------------------------------------------------------------------------------------------------- */

static wsc_frame *top(wsc_thread *t) {
    return t->depth > 0 && t->depth <= WSC_MAX_DEPTH ? &t->frames[t->depth - 1] : NULL;
}

static wsc_frame *push(wsc_thread *t) {
    if (t->depth++ >= WSC_MAX_DEPTH)
        return NULL;
    wsc_frame *f = &t->frames[t->depth - 1];
    memset(f, 0, sizeof *f); /* padding too: models are compared as bytes */
    f->socket = WSC_NONE;
    return f;
}

static int blame_stranger(const wsc_op *op) { /* why an operation that should not has run a routine */
    if (op && op->state == OP_FAILED)
        return RULE_routine_started;
    if (op && op->state == OP_IGNORED)
        return RULE_routine_ignored;
    if (op && op->state == OP_STARTED && op->routine >= 0) /* and not awaited: it has run */
        return RULE_routine_once;
    return op && op->state == OP_STARTED ? RULE_routine_which : RULE_routine_overlapped;
}

/* An operation ended with an error: allowed by this rule, or by none. */
static void operation_failed(const wsc_model *m, const wsc_op *op, int rule, wsc_verdict *v) {
    const wsc_socket *s = wsc_socket_at(m, op->socket);
    uint64_t faults = wsc_fault_rules(s, wsc_faults_of(m, s));
    uint64_t injected = wsc_injected_rules(m, s, UINT32_MAX) & ~faults;
    bool other = rule != WSC_NONE && (rule >= ERROR_RULES || !((faults | injected) >> rule & 1));
    if (other && rule != RULE_complete_cancel)
        brought_about(v, rule);
    else if (!other && !op->cancel)
        blame_faults(v, rule, faults | injected, injected);
}

static void check_arguments(wsc_model *m, const wsc_ran *ran, const wsc_op *op, wsc_verdict *v) {
    wsc_ending_way ways[WSC_MAX_WAYS];
    size_t n = wsc_ways(m, op, ways), i = 0;
    while (i < n && ways[i].code != ran->error)
        i++;
    if (i == n)
        found(m, v, WSC_FOUND_ROUTINE, RULE_routine_error, ran->op);
    else if (ran->transferred < ways[i].low || ran->transferred > ways[i].high)
        found(m, v, WSC_FOUND_ROUTINE, RULE_routine_amount, ran->op);
    if (ran->error)
        operation_failed(m, op, i < n ? ways[i].rule : WSC_NONE, v);
    if (ran->routine != op->routine && ran->routine >= 0)
        found(m, v, WSC_FOUND_ROUTINE, RULE_routine_which, ran->op);
}

static void check_place(const wsc_model *m, const wsc_thread *t, int socket, const wsc_ran *ran, wsc_verdict *v) {
    if (t->depth > WSC_MAX_DEPTH)
        return;
    const wsc_frame *f = t->depth ? &t->frames[t->depth - 1] : NULL;
    if (!f || (!f->alertable && !f->blocking))
        found(m, v, WSC_FOUND_ROUTINE, RULE_routine_alertable, ran->op);
    for (uint32_t i = 0; i < t->depth; i++)
        if (t->frames[i].routine && t->frames[i].socket == socket && socket >= 0) { /* apc.not-nested */
            found(m, v, WSC_FOUND_ROUTINE, RULE_routine_nested, ran->op);
            return;
        }
}

/* The program was told that the connection is gone; what is outstanding will end too. */
static void told_error(wsc_model *m, int socket, uint32_t code) {
    wsc_socket *s = wsc_socket_at(m, socket);
    if (!s || !wsc_connects(s) || (code != WSC_CONNRESET && code != WSC_CONNABORTED && code != WSC_NETRESET))
        return;
    s->told = true;
    if (m->injected & wsc_rules_of_code(code)) /* the connection itself is perhaps as well as before */
        return;
    wsc_socket *p = wsc_socket_at(m, s->peer);
    if (p && wsc_connects(p) && p->peer == socket) { /* whoever ended it may have told the other side */
        p->reset = at_least(p->reset, WSC_MAYBE);
        p->aborted = at_least(p->aborted, WSC_MAYBE);
    }
    s->aborted = code == WSC_CONNABORTED ? WSC_YES : at_least(s->aborted, WSC_MAYBE);
    if (code != WSC_NETRESET)
        s->reset = code == WSC_CONNRESET ? WSC_YES : at_least(s->reset, WSC_MAYBE);
    for (uint32_t i = 0; i < m->n_ops; i++)
        if (m->ops[i].socket == socket)
            wsc_op_due(m, &m->ops[i]);
}

static void enter_frame(wsc_thread *t, int socket, bool hook) {
    wsc_frame *f = top(t);
    if (f)
        f->ran += !hook;
    f = push(t);
    if (f) {
        f->routine = true;
        f->hook = hook;
        f->socket = socket;
    }
}

/* The routine of an operation that was not WSASend's, a user APC, a blocking hook: true if it is one. */
static bool enter_other(wsc_model *m, wsc_thread *t, const wsc_ran *ran) {
    wsc_op *op = ran->op >= 0 ? &m->ops[ran->op] : NULL;
    bool hook = false;
    if (op && op->state == OP_OTHER) {
        wsc_other_over(m, op, true, ran->transferred);
        op->indicated = true;
        enter_frame(t, op->socket, false);
        return true;
    }
    if (ran->op != WSC_NONE || !wsc_is_apc(t, ran->routine, &hook))
        return false;
    enter_frame(t, WSC_NONE, hook);
    return true;
}

static void enter(wsc_model *m, int thread, const wsc_ran *ran, wsc_verdict *v) {
    wsc_thread *t = wsc_thread_at(m, thread);
    if (enter_other(m, t, ran))
        return;
    wsc_op *op = ran->op >= 0 ? &m->ops[ran->op] : NULL;
    bool awaited = op && (op->state == OP_STARTED || op->state == OP_LOOSE) && op->routine >= 0 && !op->indicated;
    int socket = awaited ? op->socket : WSC_NONE;
    check_place(m, t, socket, ran, v);
    if (awaited) {
        if (op->thread != thread)
            found(m, v, WSC_FOUND_ROUTINE, RULE_routine_thread, ran->op);
        if (op->state == OP_STARTED) {
            check_arguments(m, ran, op, v);
            op_told(m, op, ran->error);
            if (ran->error)
                cancelled_with(m, op, ran->transferred);
            told_error(m, op->socket, ran->error);
        }
        op->indicated = op->state == OP_STARTED;
    } else if (t->loose > 0 && (!op || op->state == OP_IDLE)) {
        t->loose--;
    } else {
        found(m, v, WSC_FOUND_ROUTINE, blame_stranger(op), ran->op);
    }
    if (ran->flags != 0 && !(op && op->state == OP_LOOSE))
        found(m, v, WSC_FOUND_ROUTINE, RULE_routine_flags, ran->op);
    enter_frame(t, socket, false);
}

static void leave(wsc_model *m, int thread) {
    wsc_thread *t = wsc_thread_at(m, thread);
    while (t->depth > 0) { /* calls inside that never returned go with it */
        wsc_frame *f = top(t);
        t->depth--;
        if (!f || f->routine)
            return;
    }
}

/* --- WSASend
 * ----------------------------------------------------------------------------------------------------------- */

static bool is_pending(const wsc_observed *seen) {
    return seen->ret == WSC_RET_SOCKET_ERROR && seen->error == WSC_IO_PENDING;
}

static void check_changed(const wsc_model *m, const wsc_observed *seen, wsc_verdict *v) {
    static const struct {
        unsigned what;
        int rule;
    } checks[] = {{WSC_CHANGED_BUFFERS, RULE_memory_array},
                  {WSC_CHANGED_DATA, RULE_memory_data},
                  {WSC_CHANGED_OVERLAPPED, RULE_memory_overlapped},
                  {WSC_CHANGED_SENT, RULE_memory_sent},
                  {WSC_CHANGED_GUARD, RULE_memory_guard}};
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (seen->changed & checks[i].what)
            found(m, v, WSC_FOUND_CHANGED, checks[i].rule, WSC_NONE);
}

/* hEvent right after the call, where it must not have been touched or set. Comes before the state is driven. */
static void check_event(const wsc_model *m, const wsc_view *view, const wsc_observed *seen, bool started,
                        wsc_verdict *v) {
    const wsc_event *e = view->op ? wsc_event_at(m, view->op->hevent) : NULL;
    if (!seen->event_seen || !e)
        return;
    bool ignored = view->routine && view->use != USE_PLAIN;
    if (seen->event_set && !wsc_event_may_be_set(e) && (!started || ignored || view->use == USE_PLAIN))
        found(m, v, WSC_FOUND_EVENT,
              view->use == USE_PLAIN ? RULE_event_ignored
              : started              ? RULE_event_routine
                                     : RULE_event_failed,
              view->call->op);
    if (!seen->event_set && e->state == EVENT_SET && ignored)
        found(m, v, WSC_FOUND_EVENT, RULE_event_routine, view->call->op);
}

/* The event of an operation that has started: nobody says whether it is reset first. */
static void start_event(wsc_model *m, wsc_op *op) {
    wsc_event *e = wsc_event_at(m, op->event);
    if (!e)
        return;
    op->event_dirty = wsc_event_may_be_set(e);
    e->ever = true;
    for (uint32_t i = 0; e->pending > 0 && i < m->n_ops; i++) /* whose signal will it be? */
        if (m->ops[i].state == OP_STARTED && m->ops[i].event == op->event)
            m->ops[i].event_dirty = true;
    if (op->immediate) {
        e->state = EVENT_DUE;
        return;
    }
    e->pending++;
    e->late |= e->state == EVENT_DUE;
    if (e->state != EVENT_UNSET)
        e->state = EVENT_MAYBE;
}

static bool peer_reads_all(const wsc_model *m, const wsc_socket *s) {
    const wsc_socket *p = wsc_socket_at(m, s->peer);
    return p && p->drained && s->type == WSC_STREAM && s->reset == WSC_NO && p->gone == WSC_NO &&
           !wsc_lossy(wsc_faults_of(m, s) | wsc_faults_of(m, p));
}

static bool is_starting(const wsc_view *view, const wsc_op *op) {
    return op->starting && op->data == view->call->data;
}

/* The operation counted as started, and by now is over and its OVERLAPPED in use again, or nothing is known of it. */
static bool is_past(const wsc_view *view) {
    const wsc_op *op = view->op;
    if (!op || !view->frame)
        return false;
    return view->frame->starts ? !is_starting(view, op) : op->state == OP_STARTED && op->data > view->call->data;
}

/* Perhaps no operation at all, or one whose structure cannot tell of it. */
static bool is_doubtful(const wsc_view *view) {
    return view->use != USE_OVERLAPPED || view->call->overlapped_at == WSC_AT_READONLY ||
           view->call->routine_at > WSC_AT_NULL;
}

/* The call has returned that started it. */
static void goes_on(wsc_model *m, wsc_op *op, bool immediate) {
    wsc_socket *s = wsc_socket_at(m, op->socket);
    if (immediate)
        wsc_op_known(m, op);
    op->immediate = immediate;
    if (s && op->done != DONE_KNOWN)
        s->outstanding++;
    op->starting = false;
}

/* The call has failed, so that nothing was started: no packet, no event. */
static void never_started(const wsc_model *m, wsc_op *op, wsc_verdict *v) {
    wsc_event *e = wsc_event_at(m, op->event);
    if (op->taken)
        found(m, v, WSC_FOUND_OUTCOME, RULE_packet_started, WSC_NONE);
    if (e && op->done == DONE_MAYBE && e->pending > 0)
        e->pending--;
}

static void start_op(wsc_model *m, const wsc_view *view, wsc_op *op, bool immediate) {
    wsc_socket *s = wsc_socket_at(m, view->call->socket);
    int hevent = op->hevent;
    if (is_starting(view, op)) {
        goes_on(m, op, immediate);
        return;
    }
    memset(op, 0, sizeof *op); /* padding too: models are compared as bytes */
    op->state = OP_STARTED;
    op->immediate = immediate;
    op->hevent = hevent;
    op->socket = view->call->socket;
    op->thread = view->thread;
    op->routine = view->routine ? view->call->routine : WSC_NONE;
    op->event = view->routine ? WSC_NONE : hevent;
    op->port = s ? s->port : WSC_NONE;
    op->data = view->call->data;
    op->total = view->n;
    op->order = ++m->order;
    start_event(m, op);
    if (immediate)
        op->done = DONE_KNOWN;
    else if (s)
        s->outstanding++;
    if (is_doubtful(view))
        op_loose(m, op);
}

/* A call has begun that may start this operation: others may see its completion before it has returned. */
static void begin_op(wsc_model *m, const wsc_view *view, wsc_op *op) {
    wsc_socket *s = wsc_socket_at(m, view->call->socket);
    start_op(m, view, op, false);
    op->starting = true;
    s->outstanding--;
}

/* Over loopback a datagram arrives if the receiver's buffer certainly has room for it. */
static bool datagram_must_arrive(const wsc_model *m, const wsc_socket *s, const wsc_view *view, uint64_t n) {
    const wsc_socket *p = wsc_socket_at(m, s->peer);
    uint64_t unread = 0, count = 0;
    if (!p || p->gone != WSC_NO || p->shut_receive || p->shut_both || view->call->buffers.count == 0 ||
        s->type != WSC_DATAGRAM || wsc_lossy(wsc_faults_of(m, s) | wsc_faults_of(m, p)))
        return false;
    for (uint32_t i = 0; i < m->n_sockets; i++) {
        const wsc_socket *other = &m->sockets[i];
        if (other->type != WSC_DATAGRAM)
            continue;
        if (other->out.lost_last)
            return false;
        for (uint32_t k = 0; k < other->out.count && count < WSC_UDP_COUNT; k++) {
            const wsc_segment *g = wsc_segment_at(m, other, k);
            if (g->to == s->peer && g->data != view->call->data) {
                unread += g->possible;
                count++;
            }
        }
    }
    if (p->small)
        return count == 0 && n <= WSC_UDP_LITTLE;
    return count == 0 || (unread + n <= WSC_UDP_ROOM && count < WSC_UDP_COUNT);
}

static void urgent_sent(wsc_queue *q, const wsc_view *view, uint64_t high, bool sure) {
    if (high == 0)
        return;
    if (q->urgent_count++ == 0)
        q->urgent_first = view->call->data;
    q->urgent_last = view->call->data;
    q->urgent_bytes = high;
    q->urgent_inline = q->urgent_apart = q->urgent_low = q->urgent_high = 0;
    q->urgent_sure = sure;
    q->urgent_over = false;
    q->urgent_must = high == 1 && q->urgent_count == 1;
}

/* The transport has, or may have, low..high bytes of this call. */
static void give(wsc_model *m, const wsc_view *view, wsc_socket *s, uint64_t low, uint64_t high, int op, bool sure) {
    bool pending = op >= 0 && m->ops[op].state == OP_STARTED && !m->ops[op].immediate;
    wsc_queue *q = &s->out;
    uint32_t data = view->call->data, at = wsc_segment_find(m, s, data);
    bool message = s->type != WSC_STREAM, urgent = view->call->flags & WSC_MSG_OOB && !message;
    if (s->mingled && !message) {
        wsc_queue_forget(m, s);
        return;
    }
    bool must = sure && message && datagram_must_arrive(m, s, view, high);
    bool loose = !sure || (urgent && high > 1) || (message && view->call->flags & WSC_MSG_PARTIAL);
    wsc_segment *g = at < q->count ? wsc_segment_at(m, s, at) : wsc_segment_push(m, s, data);
    q->unread += high - (g->possible < q->unread ? g->possible : q->unread);
    *g = (wsc_segment){.data = data, .op = op, .to = s->peer, .possible = high, .urgent = urgent};
    g->must = must ? MUST_ARRIVE : MUST_NO;
    g->certain = message || urgent || !sure ? 0 : low;
    g->loose = loose;
    if (pending && (view->injected || m->ops[op].cancel))
        uncertain_data(g);
    if (pending && m->ops[op].cancel & CANCEL_CLOSE)
        g->must = MUST_NO;
    if (urgent)
        urgent_sent(q, view, high, sure && low == high);
    wsc_queue_settle(m, s);
}

/* A call without overlap on a blocking stream may have sent a part before it failed for one of these. */
static bool may_fail_half_way(const wsc_view *view, uint32_t code) {
    if (view->use == USE_OVERLAPPED || view->s->type != WSC_STREAM || view->s->nonblocking == WSC_YES)
        return false;
    if (view->injected & wsc_rules_of_code(code))
        return true;
    if (code == WSC_ESHUTDOWN) /* only one that came while it waited */
        return view->frame && view->frame->held[RULE_shutdown_send] == WSC_NO &&
               view->frame->held[RULE_shutdown_both] == WSC_NO;
    return code == WSC_INTR || code == WSC_NETDOWN || code == WSC_NETRESET || code == WSC_CONNABORTED ||
           code == WSC_CONNRESET || code == WSC_TIMEDOUT || view->s->gone != WSC_NO;
}

/* An error that nothing allowed: its conditions may hold from now on, so that the next call is not blamed again. */
static void suspect(wsc_model *m, wsc_socket *s, uint32_t code) {
    if (code == WSC_EFAULT || code == WSC_EINVAL)
        return;
    for (int i = 0; i < ERROR_RULES; i++) {
        bool state = i == RULE_notinitialised || i == RULE_notsock || i == RULE_netdown ||
                     (i >= RULE_notconn && i <= RULE_netreset_datagram) || i == RULE_wouldblock || i == RULE_too_many;
        if (state && wsc_rule(i)->code == code) {
            if (i == RULE_notinitialised)
                m->maybe |= UINT64_C(1) << i;
            else if (s)
                s->maybe |= UINT64_C(1) << i;
        }
    }
}

/* Which conditions a failed call shows: the one that was answered; and where only faults can be the reason, theirs. */
static void blame(const wsc_view *view, wsc_verdict *v) {
    static const uint64_t room =
        UINT64_C(1) << RULE_wouldblock | UINT64_C(1) << RULE_too_many | UINT64_C(1) << RULE_nobufs;
    wsc_view now = *view;
    uint8_t held[ERROR_RULES];
    uint64_t others = 0, faults;
    wsc_conditions(&now, held);
    faults = wsc_faulty(&now);
    if (v->rule >= 0 && !(faults >> v->rule & 1)) {
        brought_about(v, v->rule);
        return;
    }
    for (int i = 0; i < ERROR_RULES; i++)
        if (held[i] != WSC_NO)
            others |= UINT64_C(1) << i;
    if (v->rule >= 0 || !(others & ~faults & ~room))
        blame_faults(v, v->rule, faults, now.injected);
}

/* A call without overlap ignores lpOverlapped: what the structure is in use for goes on. */
static void ignore_op(wsc_op *op) {
    if (op->state != OP_STARTED && op->state != OP_LOOSE)
        op->state = OP_IGNORED;
}

static void send_failed(wsc_model *m, const wsc_view *view, wsc_socket *s, const wsc_observed *seen, wsc_verdict *v) {
    if (view->op && view->use != USE_PLAIN && !is_past(view)) {
        wsc_op *op = &m->ops[view->call->op];
        wsc_event *e = wsc_event_at(m, op->hevent);
        op->state = OP_FAILED;
        op->starting = false;
        if (e && e->state == EVENT_SET && !view->routine)
            e->state = EVENT_MAYBE; /* a provider may have reset it first */
    } else if (view->op && view->use == USE_PLAIN) {
        ignore_op(&m->ops[view->call->op]);
    }
    blame(view, v);
    if (v->rule == WSC_NONE)
        suspect(m, s, seen->error);
    if (!s)
        return;
    uint32_t at = wsc_segment_find(m, s, view->call->data);
    bool passed = at == 0 && s->out.count && s->out.offset > 0; /* the peer has had bytes of it */
    /* A code that nothing allows is a deviation by itself: what such a call gave to the transport nobody knows. */
    if (may_fail_half_way(view, seen->error) || (passed && v->rule == WSC_NONE)) {
        give(m, view, s, 0, view->n, WSC_NONE, false);
    } else if (at < s->out.count) {
        if (passed)
            wsc_found_data(m, v, RULE_data_failed, (wsc_run){view->call->data, 0, s->out.offset});
        wsc_segment_remove(m, s, at);
    }
    told_error(m, view->call->socket, seen->error);
}

static void send_started(wsc_model *m, const wsc_view *view, wsc_socket *s, const wsc_observed *seen, wsc_verdict *v) {
    bool immediate = !is_pending(seen), overlapped = view->use == USE_OVERLAPPED;
    uint64_t low, high;
    low = high = view->n;
    int op = WSC_NONE;
    if (is_pending(seen))
        brought_about(v, RULE_pending);
    if (immediate && seen->amount == WSC_AMOUNT_RANGE && !overlapped) {
        low = seen->low < view->n ? seen->low : view->n;
        high = seen->high < view->n ? seen->high : view->n;
    }
    if (is_past(view)) {
        op = WSC_NONE;
    } else if (view->op && (view->use != USE_PLAIN || is_pending(seen))) {
        op = view->call->op;
        start_op(m, view, &m->ops[op], immediate);
    } else if (view->op) {
        ignore_op(&m->ops[view->call->op]);
    } else if (view->routine && view->use != USE_PLAIN) {
        wsc_thread_at(m, view->thread)->loose++;
    }
    if (!s)
        return;
    bool deviates = v->rule == WSC_NONE; /* what such a call gave to the transport nobody knows */
    if (s->out.offset > high && wsc_segment_at(m, s, 0)->data == view->call->data)
        wsc_found_data(m, v, RULE_data_excess,
                       (wsc_run){view->call->data, high, s->out.offset}); /* read before it returned */
    if (view->n > 0 || s->type != WSC_STREAM) {
        s->accepted = true;
        s->writable = false;
    }
    const wsc_socket *p = wsc_socket_at(m, s->peer);
    if (s->type == WSC_STREAM && p && (p->shut_receive || p->shut_both) && view->n > 0)
        s->reset = at_least(s->reset, WSC_MAYBE); /* as at the shutdown */
    if (s->type == WSC_DATAGRAM && s->connected == WSC_YES) {
        bool unheard = s->peer == WSC_SILENT || (s->peer == WSC_BEYOND && s->short_lived); /* by nobody who answers */
        if (!unheard && (!p || p->gone != WSC_NO)) /* nobody there, or nobody that can be seen */
            s->unreachable = at_least(s->unreachable, WSC_MAYBE);
    }
    s->expired |= !wsc_connects(s) && s->short_lived && s->peer == WSC_BEYOND;
    if (deviates)
        give(m, view, s, 0, view->n, op, false);
    else
        give(m, view, s, low, high, op, true);
    if (op >= 0 && peer_reads_all(m, s))
        wsc_op_due(m, &m->ops[op]);
}

/* Nothing was demanded of the call, and nobody knows what it did. */
static void send_undefined(wsc_model *m, const wsc_view *view, wsc_socket *s) {
    if (is_past(view)) {
        /* what its OVERLAPPED is in use for now is no affair of this call's */
    } else if (view->op) {
        wsc_op *op = &m->ops[view->call->op];
        if (op->state == OP_STARTED)
            op_loose(m, op);
        wsc_event *e = wsc_event_at(m, op->hevent);
        if (e) {
            e->state = EVENT_MAYBE;
            e->late = e->ever = true;
        }
        op->state = OP_LOOSE;
        op->done = DONE_MAYBE;
        op->indicated = op->taken = op->failed = false;
        op->socket = view->call->socket;
        op->thread = view->thread;
        op->event = op->hevent;
        op->routine = view->routine ? view->call->routine : op->routine;
        op->port = s ? s->port : WSC_NONE;
        op->order = ++m->order;
    } else if (view->routine) {
        wsc_thread_at(m, view->thread)->loose++;
    }
    if (s) {
        s->accepted = true;
        s->writable = false;
        give(m, view, s, 0, view->n, WSC_NONE, false);
    }
}

static void note_data(wsc_socket *s, uint32_t data) {
    if (!s->out.first_data)
        s->out.first_data = data;
    if (data > s->out.last_data)
        s->out.last_data = data;
}

static void judge_send(wsc_model *m, const wsc_call *call, const wsc_frame *frame, const wsc_observed *seen,
                       wsc_verdict *v) {
    wsc_view view = wsc_view_of(m, &call->u.send, call->thread, frame);
    wsc_socket *s = wsc_socket_at(m, call->u.send.socket);
    const wsc_set *set = &v->allowed;
    bool started = seen->ret == WSC_RET_0 || is_pending(seen);
    if (s) {
        note_data(s, call->u.send.data);
        s->concurrent |= wsc_view_concurrent(&view);
        s->calls -= frame && s->calls > 0;
        s->mingled |= s->calls > 0;
    }
    for (size_t i = 0; i < set->n_conditions; i++)
        brought_about(v, set->conditions[i]);
    if (s && s->expired && set->n_conditions == 0)
        brought_about(v, RULE_netreset_datagram); /* whether this call reports it or not */
    if (set->undefined) {
        send_undefined(m, &view, s);
        return;
    }
    look_up(m, set, seen,
            is_pending(seen) && view.use == USE_PLAIN && set->n_conditions == 0 ? RULE_not_pending : WSC_NONE, v);
    check_facts(m, call, &view, seen, v);
    if (view.op && is_starting(&view, view.op) && !started)
        never_started(m, &m->ops[call->u.send.op], v);
    check_changed(m, seen, v);
    check_event(m, &view, seen, started, v);
    if (started)
        send_started(m, &view, s, seen, v);
    else if (seen->ret == WSC_RET_SOCKET_ERROR)
        send_failed(m, &view, s, seen, v);
    else
        send_undefined(m, &view, s);
    if (seen->event_seen && view.op)
        event_seen(m, view.op->hevent, seen->event_set);
}

static void finish_send(wsc_model *m, const wsc_call *call, const wsc_frame *frame, const wsc_observed *seen,
                        wsc_verdict *v) {
    judge_send(m, call, frame, seen, v);
    wsc_socket *s = wsc_socket_at(m, call->u.send.socket);
    if (s && s->calls == 0)
        s->mingled = s->concurrent = false;
}

/* --- the calls that tell how operations ended
 * --------------------------------------------------------------------------- */

/* fWait was TRUE: the call has waited for the event. */
static void event_waited_for(wsc_model *m, const wsc_op *op) {
    wsc_event *e = wsc_event_at(m, op->event);
    if (e && !op->event_lost && e->state == EVENT_DUE)
        e->state = EVENT_SET;
}

/* The events that a wait says to be set may have been so at some time. */
static bool once_set(const wsc_model *m, const wsc_call *call, uint64_t index) {
    bool all = call->u.wait.all || call->u.wait.n == 1, may = true;
    for (size_t i = 0; i < call->u.wait.n; i++) {
        const wsc_event *e = wsc_event_at(m, call->u.wait.events[i]);
        may &= e->ever || !(all || i == index);
    }
    return may;
}

/* Other threads made calls while this one looked: without waiting it may have looked before them, and an event may
 * have been set and reset meanwhile. */
static bool overtaken(const wsc_model *m, const wsc_call *call, const wsc_frame *frame, const wsc_observed *seen) {
    if (!frame || !frame->disturbed)
        return false;
    switch (call->kind) {
    case WSC_RESULT: return seen->error == WSC_IO_INCOMPLETE && !call->u.result.wait;
    case WSC_TAKE: return seen->op == WSC_NONE && seen->error == 258 && call->u.take.patience != WSC_LIMIT;
    case WSC_WAIT:
        return seen->ret == WSC_RET_EVENT_0 ? once_set(m, call, seen->low)
                                            : seen->ret == WSC_RET_TIMEOUT && call->u.wait.patience != WSC_LIMIT;
    default: return false;
    }
}

static void finish_result(wsc_model *m, const wsc_call *call, const wsc_frame *frame, const wsc_observed *seen,
                          wsc_verdict *v) {
    if (v->allowed.undefined)
        return;
    wsc_op *op = &m->ops[call->u.result.op];
    if (op->state == OP_OTHER) {
        if (seen->ret == WSC_RET_TRUE || seen->error != WSC_IO_INCOMPLETE)
            wsc_other_over(m, op, seen->amount == WSC_AMOUNT_RANGE, seen->low);
        return;
    }
    if (overtaken(m, call, frame, seen))
        return;
    bool allowed = look_up(m, &v->allowed, seen, WSC_NONE, v);
    check_facts(m, call, NULL, seen, v);
    if (seen->ret == WSC_RET_TRUE) {
        op_told(m, op, 0);
        if (call->u.result.wait)
            event_waited_for(m, op);
        return;
    }
    if (seen->ret != WSC_RET_FALSE || seen->error == 0 || v->rule == RULE_result_incomplete ||
        v->rule == RULE_result_notsock || v->rule == RULE_result_notinitialised || seen->error == WSC_IO_INCOMPLETE)
        return;
    operation_failed(m, op, allowed ? v->rule : WSC_NONE, v);
    op_told(m, op, seen->error);
    if (call->u.result.wait)
        event_waited_for(m, op);
    told_error(m, op->socket, seen->error);
}

static void finish_take(wsc_model *m, const wsc_call *call, const wsc_frame *frame, const wsc_observed *seen,
                        wsc_verdict *v) {
    wsc_op *op = seen->op >= 0 ? &m->ops[seen->op] : NULL;
    wsc_set one;
    if (op && op->state == OP_OTHER) {
        wsc_other_over(m, op, seen->amount == WSC_AMOUNT_RANGE, seen->low);
        op->taken = true;
        return;
    }
    if (overtaken(m, call, frame, seen))
        return;
    const wsc_set *set = &v->allowed;
    int blame = WSC_NONE;
    if (op && set->truncated && wsc_has_packet(op, call->u.take.port)) {
        one.n_outcomes = 0;
        one.truncated = false;
        wsc_offer_packet(m, seen->op, &one);
        set = &one;
    }
    if (op && op->state == OP_FAILED)
        blame = RULE_packet_started;
    else if (op && !wsc_has_packet(op, call->u.take.port))
        blame = RULE_packet_once;
    bool allowed = look_up(m, set, seen, blame, v);
    check_facts(m, call, NULL, seen, v);
    if (!op || op->state != OP_STARTED)
        return;
    op->taken = true;
    wsc_op_known(m, op);
    if (seen->ret == WSC_RET_TRUE) {
        op_told(m, op, 0);
        return;
    }
    op->failed = allowed;
    if (seen->amount == WSC_AMOUNT_RANGE)
        cancelled_with(m, op, seen->low);
}

/* Routines that were queued when the wait ended had to run in it; after one as long as anything may take, so did those
 * of all operations that are certainly complete (due). */
static void check_all_ran(wsc_model *m, int thread, bool due, wsc_verdict *v) {
    for (uint32_t i = 0; i < m->n_ops; i++) {
        wsc_op *op = &m->ops[i];
        bool queued = op->immediate || (due && op->done != DONE_MAYBE);
        if (op->state == OP_STARTED && queued && !op->optional && wsc_can_run(m, thread, op)) {
            found(m, v, WSC_FOUND_ROUTINE, RULE_routine_all, (int)i);
            op->optional = true; /* told once */
        }
    }
}

static void finish_wait(wsc_model *m, const wsc_call *call, const wsc_frame *frame, const wsc_observed *seen,
                        wsc_verdict *v) {
    wsc_set now;
    if (!frame) /* too deep, or never begun: nobody knows what ran */
        return;
    uint32_t ran = frame->ran;
    wsc_outcomes(m, call, NULL, (int)ran, &now);
    if (!now.judged)
        return;
    bool disturbed = overtaken(m, call, frame, seen);
    if (!disturbed)
        look_up(m, &now, seen, WSC_NONE, v);
    bool short_of = call->kind == WSC_ALERTABLE_WAIT && seen->ret == WSC_RET_NONE && ran < call->u.alertable_wait.n;
    if (short_of || (seen->ret == WSC_RET_IO_COMPLETION && ran == 0 && v->ok && !wsc_held_back(m, call->thread)))
        found(m, v, WSC_FOUND_ROUTINE, RULE_routine_all, WSC_NONE);
    else if (v->ok && call->kind == WSC_ALERTABLE_WAIT && seen->ret == WSC_RET_TIMEOUT)
        check_all_ran(m, call->thread, true, v);
    else if (seen->ret == WSC_RET_IO_COMPLETION || (call->kind == WSC_ALERTABLE_WAIT && ran > 0))
        check_all_ran(m, call->thread, false, v);
    if (call->kind != WSC_WAIT || disturbed)
        return;
    bool all = call->u.wait.all || call->u.wait.n == 1;
    if (seen->ret == WSC_RET_EVENT_0) {
        for (size_t i = 0; i < call->u.wait.n; i++)
            if (all || i == seen->low)
                event_seen(m, call->u.wait.events[i], true);
    } else if (seen->ret == WSC_RET_TIMEOUT && call->u.wait.n == 1) {
        event_seen(m, call->u.wait.events[0], false);
    }
}

/* --- the calls that the document does not speak of
 * ------------------------------------------------------------------------ */

static wsc_socket *make_socket(wsc_model *m, int number, wsc_family family, wsc_type type, const wsc_catalogue *entry) {
    if ((uint32_t)number >= m->n_sockets)
        m->n_sockets = (uint32_t)number + 1;
    wsc_socket *s = &m->sockets[number];
    memset(s, 0, sizeof *s); /* padding too: models are compared as bytes */
    s->made = true;
    s->family = family;
    s->type = type;
    s->overlapped = WSC_YES;
    s->peer = s->port = WSC_NONE;
    s->max_msg = entry->max_msg;
    s->partial = entry->partial;
    s->no_oob = entry->no_oob;
    s->receive_only = entry->receive_only ? WSC_YES : WSC_NO;
    return s;
}

static void connect_to(wsc_socket *s, int peer) {
    s->peer = peer;
    s->connected = s->bound = WSC_YES;
    if (peer < WSC_NONE && wsc_connects(s))
        s->reset = s->aborted = WSC_MAYBE; /* nobody sees what such a peer does */
}

static void made_pair(wsc_model *m, const wsc_call *call) {
    wsc_catalogue nothing = {0};
    wsc_socket *a = make_socket(m, call->u.pair.a, call->u.pair.family, call->u.pair.type, &call->u.pair.entry);
    connect_to(a, call->u.pair.b);
    if (call->u.pair.nonblocking)
        a->nonblocking = WSC_YES;
    if (call->u.pair.not_overlapped)
        a->overlapped = WSC_NO;
    if (call->u.pair.b < 0)
        return;
    wsc_socket *b = make_socket(m, call->u.pair.b, call->u.pair.family, call->u.pair.type, &nothing);
    if (wsc_connects(b))
        connect_to(b, call->u.pair.a);
    b->bound = WSC_YES;
    b->small = call->u.pair.narrow;
    b->partial = a->partial;
    b->no_oob = a->no_oob;
}

static void remember_connection(wsc_socket *listener, int from) {
    if (listener && listener->n_backlog < WSC_MAX_BACKLOG)
        listener->backlog[listener->n_backlog] = from;
    if (listener)
        listener->n_backlog++;
}

/* A stream meets its partner only when that is accepted; until then its peer is the listener. */
static void connected(wsc_model *m, int socket, int peer) {
    bool somebody = peer == WSC_NONE || peer < WSC_UNKNOWN || wsc_socket_at(m, peer);
    connect_to(&m->sockets[socket], somebody ? peer : WSC_UNKNOWN);
}

/* From now on other threads may find it connected, and accept it. */
static bool begin_connect(wsc_model *m, const wsc_call *call) {
    wsc_socket *s = wsc_socket_at(m, call->u.connect.socket);
    if (!s || s->connected != WSC_NO || call->u.connect.peer == WSC_NONE)
        return false;
    if (wsc_connects(s))
        remember_connection(wsc_socket_at(m, call->u.connect.peer), call->u.connect.socket);
    connected(m, call->u.connect.socket, call->u.connect.peer);
    s->connected = WSC_MAYBE;
    return true;
}

static void end_connect(wsc_model *m, const wsc_call *call, bool came_about) {
    wsc_socket *s = wsc_socket_at(m, call->u.connect.socket), *l = wsc_socket_at(m, call->u.connect.peer);
    if (!s || came_about) {
        if (s)
            s->connected = WSC_YES;
        return;
    }
    if (wsc_connects(s) && l && l->n_backlog > 0 && l->n_backlog <= WSC_MAX_BACKLOG &&
        l->backlog[l->n_backlog - 1] == call->u.connect.socket)
        l->n_backlog--;
    s->connected = WSC_NO;
    s->bound = WSC_MAYBE;
    s->peer = WSC_NONE;
}

static void did_connect(wsc_model *m, const wsc_call *call, const wsc_frame *frame, const wsc_observed *seen) {
    int socket = call->u.connect.socket, peer = call->u.connect.peer;
    wsc_socket *s = wsc_socket_at(m, socket);
    if (!s)
        return;
    if (frame && frame->starts) {
        end_connect(m, call, seen->ret == WSC_RET_0);
        if (seen->ret == WSC_RET_0)
            return;
    }
    bool under_way = seen->ret == WSC_RET_SOCKET_ERROR && (seen->error == 10035 || seen->error == 997);
    if (seen->ret == WSC_RET_0) {
        if (s->connected == WSC_NO && wsc_connects(s))
            remember_connection(wsc_socket_at(m, peer), socket);
        connected(m, socket, peer);
        return;
    }
    if (s->connected == WSC_YES)
        return;
    s->bound = at_least(s->bound, WSC_MAYBE); /* a connect binds first; whether a failed one has nobody says */
    if (under_way && wsc_connects(s)) {
        if (s->connected == WSC_NO)
            remember_connection(wsc_socket_at(m, peer), socket);
        s->connected = WSC_MAYBE;
        s->peer = peer == WSC_SILENT ? WSC_NONE : peer;             /* neither will ever answer */
    } else if (s->connected == WSC_MAYBE && seen->error == 10056) { /* is connected by now */
        connected(m, socket, s->peer);
    } else if (seen->error != 10037) { /* not "is still connecting" */
        s->connected = WSC_NO;
        s->peer = WSC_NONE;
    }
}

/* Which connected socket the next accept gives the other end of: the oldest, if it can be told. */
static int next_partner(wsc_model *m, int number) {
    wsc_socket *listener = &m->sockets[number];
    bool clear = listener->n_backlog > 0 && listener->n_backlog <= WSC_MAX_BACKLOG;
    for (uint32_t i = 0; clear && i < listener->n_backlog; i++)
        clear = m->sockets[listener->backlog[i]].gone == WSC_NO; /* else it may have left the queue */
    if (!clear) {
        for (uint32_t i = 0; i < m->n_sockets; i++)
            if (m->sockets[i].made && wsc_connects(&m->sockets[i]) && m->sockets[i].peer == number)
                connect_to(&m->sockets[i], WSC_UNKNOWN);
        return WSC_UNKNOWN;
    }
    int oldest = listener->backlog[0];
    listener->n_backlog--;
    memmove(listener->backlog, listener->backlog + 1, listener->n_backlog * sizeof *listener->backlog);
    return oldest;
}

static void did_accept(wsc_model *m, const wsc_call *call) {
    wsc_socket *listener = wsc_socket_at(m, call->u.accept.listener);
    if (!listener)
        return;
    wsc_catalogue entry = {.partial = listener->partial, .no_oob = listener->no_oob};
    wsc_socket *s = make_socket(m, call->u.accept.socket, listener->family, listener->type, &entry);
    if (s->type == WSC_RDM)
        s->receive_only = WSC_MAYBE; /* a multicast's listener cannot answer; the document does not name any */
    s->overlapped = listener->overlapped == WSC_YES ? WSC_YES : WSC_MAYBE; /* whether attributes pass on is not said */
    s->nonblocking = listener->nonblocking == WSC_NO ? WSC_NO : WSC_MAYBE;
    connect_to(s, next_partner(m, call->u.accept.listener));
    wsc_socket *p = wsc_socket_at(m, s->peer);
    if (p)
        p->peer = call->u.accept.socket;
}

static void did_shutdown(wsc_model *m, const wsc_call *call) {
    wsc_socket *s = wsc_socket_at(m, call->u.shutdown.socket);
    if (!s)
        return;
    s->shut_receive |= call->u.shutdown.how == WSC_SD_RECEIVE;
    s->shut_send |= call->u.shutdown.how == WSC_SD_SEND;
    s->shut_both |= call->u.shutdown.how == WSC_SD_BOTH;
    if (call->u.shutdown.how == WSC_SD_SEND)
        return;
    wsc_socket *p = wsc_socket_at(m, s->peer);
    if (p && wsc_connects(p) && p->peer == call->u.shutdown.socket && wsc_may_hold_data(m, call->u.shutdown.socket))
        p->reset = at_least(p->reset, WSC_MAYBE); /* data that is not wanted may be answered with a reset */
}

/* A close makes it possible that the other side finds the connection reset. */
static void peers_of_closed(wsc_model *m, int socket, bool abort) {
    for (uint32_t i = 0; i < m->n_sockets; i++) {
        wsc_socket *p = &m->sockets[i];
        if (!p->made || p->peer != socket || !wsc_connects(p))
            continue;
        p->reset = at_least(p->reset, WSC_MAYBE);
        if (!abort)
            p->aborted = at_least(p->aborted, WSC_MAYBE);
    }
}

static void begin_close(wsc_model *m, const wsc_call *call) {
    wsc_socket *s = wsc_socket_at(m, call->u.one.socket);
    if (!s)
        return;
    s->gone = at_least(s->gone, WSC_MAYBE);
    cancel(m, call->u.one.socket, WSC_NONE, WSC_NONE, CANCEL_CLOSE, WSC_NONE, WHILE, NULL);
    peers_of_closed(m, call->u.one.socket, call->kind == WSC_ABORT || s->lingers);
}

static void did_close(wsc_model *m, const wsc_call *call, wsc_verdict *v) {
    int socket = call->u.one.socket;
    wsc_socket *s = wsc_socket_at(m, socket);
    if (!s)
        return;
    if (call->kind == WSC_CLOSE_COPY || call->kind == WSC_ABORT_COPY) {
        s->lingers |= call->kind == WSC_ABORT_COPY;
        /* The socket stays; whether its operations do nobody says. */
        cancel(m, socket, WSC_NONE, WSC_NONE, CANCEL_COPY, WSC_NONE, AT_ONCE, v);
        return;
    }
    bool abort = call->kind == WSC_ABORT || s->lingers;
    cancel(m, socket, WSC_NONE, WSC_NONE, CANCEL_CLOSE, RULE_complete_close, AT_ONCE, v);
    s->gone = WSC_YES;
    if (wsc_connects(s) && (abort || wsc_may_hold_data(m, socket)))
        wsc_queue_uncertain(m, s); /* a reset may overtake the data */
    peers_of_closed(m, socket, abort);
    for (uint32_t k = 0; abort && k < m->n_ops; k++) {
        const wsc_socket *p = wsc_socket_at(m, m->ops[k].socket);
        if (p && p->peer == socket && wsc_connects(p))
            wsc_op_due(m, &m->ops[k]);
    }
}

static void did_cleanup(wsc_model *m) {
    if (m->startups == 0 || --m->startups > 0)
        return;
    for (uint32_t i = 0; i < m->n_sockets; i++) {
        m->sockets[i].gone = at_least(m->sockets[i].gone, WSC_MAYBE);
        wsc_queue_uncertain(m, &m->sockets[i]);
    }
    for (uint32_t i = 0; i < m->n_ops; i++)
        if (m->ops[i].state == OP_STARTED && m->ops[i].done != DONE_KNOWN)
            op_loose(m, &m->ops[i]);
}

static void did_startup(wsc_model *m, unsigned version) {
    bool old = version != 0 && (version & 0xFF) < 2; /* the major version is the low byte */
    m->old_version |= old;
    m->new_version |= !old;
    if (m->startups++ > 0)
        return;
    for (uint32_t i = 0; i < m->n_sockets; i++) { /* sockets from before: their peers are perhaps gone too */
        wsc_socket *s = &m->sockets[i];
        if (s->gone == WSC_MAYBE && wsc_connects(s) && s->connected != WSC_NO) {
            s->reset = at_least(s->reset, WSC_MAYBE);
            s->aborted = at_least(s->aborted, WSC_MAYBE);
        }
    }
}

static void did_setopt(wsc_model *m, const wsc_call *call) {
    wsc_socket *s = wsc_socket_at(m, call->u.option.socket);
    if (!s)
        return;
    switch (call->u.option.option) {
    case WSC_SO_RCVBUF: s->small = true; break;
    case WSC_SO_SNDTIMEO: s->timeout = call->u.option.value != 0; break;
    case WSC_SO_SNDBUF: s->room = call->u.option.value < UINT64_MAX ? call->u.option.value + 1 : 0; break;
    case WSC_SO_KEEPALIVE: s->keep_alive = call->u.option.value != 0; break;
    case WSC_IP_WHOLE: s->whole = call->u.option.value != 0; break;
    case WSC_IP_TTL: s->short_lived = call->u.option.value < 2; break;
    case WSC_SO_OOBINLINE: s->inline_oob = call->u.option.value != 0; break;
    default: break;
    }
}

/* A connection in a broken network that is readable, though its peer has sent nothing and is there: it has ended. */
static bool ended_by_fault(const wsc_model *m, const wsc_socket *s, const wsc_socket *p) {
    return s->type == WSC_STREAM && s->connected == WSC_YES && wsc_lossy(wsc_faults_of(m, s)) && p &&
           p->gone == WSC_NO && !p->shut_send && !p->shut_both && !s->shut_receive && !s->shut_both &&
           p->out.count == 0 && p->out.urgent_count == 0 && !p->out.lost_last;
}

static void did_select(wsc_model *m, const wsc_call *call, const wsc_observed *seen) {
    wsc_socket *s = wsc_socket_at(m, call->u.select.socket);
    if (!s || seen->ret != WSC_RET_READY)
        return;
    const wsc_socket *p = wsc_socket_at(m, s->peer);
    if (call->u.select.interest == WSC_READABLE) { /* aborted, and nothing to read: it is the reset */
        if (s->type == WSC_STREAM && s->reset == WSC_MAYBE && s->aborted == WSC_NO && !s->shut_receive &&
            !s->shut_both && p && p->gone == WSC_YES && !p->shut_send && !p->shut_both && p->out.count == 0 &&
            !p->out.lost_last)
            s->reset = WSC_YES;
        if (ended_by_fault(m, s, p))
            s->aborted = WSC_YES;
    } else if (call->u.select.interest == WSC_WRITABLE) {
        if (s->connected == WSC_MAYBE && s->peer != WSC_NONE)
            connected(m, call->u.select.socket, s->peer);
        s->writable = s->connected == WSC_YES;
    } else if (s->connected == WSC_MAYBE) { /* WSC_EXCEPT: the connect failed */
        s->connected = WSC_NO;
        s->peer = WSC_NONE;
    }
}

static void did_drain(wsc_model *m, int socket) {
    wsc_socket *r = wsc_socket_at(m, socket);
    if (!r)
        return;
    r->drained = true;
    for (uint32_t i = 0; i < m->n_ops; i++) {
        const wsc_socket *s = wsc_socket_at(m, m->ops[i].socket);
        if (m->ops[i].state == OP_STARTED && s && s->peer == socket && peer_reads_all(m, s))
            wsc_op_due(m, &m->ops[i]);
    }
}

/* An operation that would have been over soon may stay pending from now on: the network is broken. */
static void op_stalls(wsc_model *m, wsc_op *op) {
    wsc_event *e = wsc_event_at(m, op->event);
    if (op->state != OP_STARTED || op->done != DONE_DUE || op->cancel & (CANCEL_CLOSE | CANCEL_FLUSH) ||
        !segment_of(m, op))
        return;
    op->done = DONE_MAYBE;
    if (e) {
        e->pending++;
        e->state = EVENT_MAYBE;
    }
}

/* The system ends the connection; its peer is told so, or told of a reset. */
static void kill_connection(wsc_model *m, int socket) {
    wsc_socket *s = &m->sockets[socket];
    if (!s->made || s->type != WSC_STREAM || s->family == WSC_LOCAL || s->connected == WSC_NO || s->gone == WSC_YES)
        return;
    s->aborted = at_least(s->aborted, s->connected);
    s->reset = at_least(s->reset, WSC_MAYBE);
    wsc_queue_uncertain(m, s);
    for (uint32_t i = 0; i < m->n_ops; i++)
        if (m->ops[i].socket == socket)
            wsc_op_due(m, &m->ops[i]);
}

/* Datagrams under way may be lost now. */
static void lose_datagrams(wsc_model *m, const wsc_socket *s) {
    for (uint32_t i = 0; wsc_lossy(wsc_faults_of(m, s)) && s->type == WSC_DATAGRAM && i < s->out.count; i++)
        wsc_segment_at(m, s, i)->must = MUST_NO;
}

/* What is pending may fail now, as the transport does. */
static void doubt_operations(wsc_model *m) {
    for (uint32_t i = 0; i < m->n_ops; i++) {
        wsc_segment *g = m->ops[i].state == OP_STARTED && !m->ops[i].told ? segment_of(m, &m->ops[i]) : NULL;
        if (g && !m->ops[i].immediate && g->must != MUST_IF_DONE)
            uncertain_data(g);
    }
}

static void did_fault(wsc_model *m, const wsc_call *call) {
    uint32_t words = call->u.fault.words, over = m->faults & ~wsc_faults_after(m->faults, words);
    m->faults = wsc_faults_after(m->faults, words);
    if (words >> FAULT_heal & 1)
        m->injected = 0;
    if (words >> FAULT_inject & 1) {
        uint64_t rules = wsc_rules_of_code(call->u.fault.code);
        if (!rules) /* a time-out, or another failure of the circuit or of the network */
            rules = UINT64_C(1) << RULE_connaborted |
                    (call->u.fault.code == WSC_TIMEDOUT ? 0 : UINT64_C(1) << RULE_netdown);
        m->injected |= rules;
        doubt_operations(m);
    }
    for (uint32_t i = 0; i < m->n_sockets; i++) {
        m->sockets[i].faults |= over;
        lose_datagrams(m, &m->sockets[i]);
        if (words >> FAULT_connections_killed & 1)
            kill_connection(m, (int)i);
    }
    for (uint32_t i = 0; i < m->n_ops && wsc_lossy(m->faults); i++)
        op_stalls(m, &m->ops[i]);
}

static void do_cancel(wsc_model *m, const wsc_call *call, moment when, wsc_verdict *v) {
    static const struct {
        unsigned how;
        int rule;
    } ways[] = {[WSC_CANCEL_IO] = {CANCEL_CALL, WSC_NONE},
                [WSC_CANCEL_IO_EX] = {CANCEL_CALL, WSC_NONE},
                [WSC_CANCEL_FLUSH] = {CANCEL_FLUSH, RULE_complete_flush}};
    wsc_cancel_how how = call->u.cancel.how;
    cancel(m, call->u.cancel.socket, how == WSC_CANCEL_IO ? call->thread : WSC_NONE,
           how == WSC_CANCEL_IO_EX ? call->u.cancel.op : WSC_NONE, ways[how].how, ways[how].rule, when, v);
    wsc_socket *s = wsc_socket_at(m, call->u.cancel.socket);
    if (how == WSC_CANCEL_FLUSH && s)
        wsc_queue_uncertain(m, s); /* to discard what waits to be sent is what this command is for */
}

static void did_thread_exit(wsc_model *m, int thread, wsc_verdict *v) {
    wsc_thread *t = wsc_thread_at(m, thread);
    cancel(m, WSC_NONE, thread, WSC_NONE, CANCEL_THREAD, RULE_complete_thread, AT_ONCE, v);
    t->exited = true;
    t->depth = t->loose = t->n_apcs = 0;
    t->hook = 0;
}

static void made_overlapped(wsc_model *m, const wsc_call *call) {
    int number = call->u.overlapped.op;
    if ((uint32_t)number >= m->n_ops)
        m->n_ops = (uint32_t)number + 1;
    wsc_op *op = &m->ops[number];
    memset(op, 0, sizeof *op);
    op->hevent = call->u.overlapped.event;
    op->event = op->socket = op->routine = op->port = WSC_NONE;
}

static void did_event(wsc_model *m, const wsc_call *call) {
    int number = call->u.event.event;
    if (call->kind == WSC_EVENT_CREATE) {
        if ((uint32_t)number >= m->n_events)
            m->n_events = (uint32_t)number + 1;
        m->events[number] = (wsc_event){.made = true};
        return;
    }
    wsc_event *e = wsc_event_at(m, number);
    if (!e)
        return;
    if (call->kind == WSC_EVENT_RESET) {
        event_reset(m, e);
    } else if (call->kind == WSC_EVENT_CLOSE) {
        e->made = false;
    } else { /* set by the program: says nothing of operations */
        for (uint32_t i = 0; i < m->n_ops; i++)
            if (m->ops[i].event == number)
                m->ops[i].event_dirty = true;
        e->state = EVENT_SET;
        e->ever = true;
    }
}

/* From now on another thread may find the event as this call leaves it. */
static void begin_event(wsc_model *m, const wsc_call *call) {
    wsc_event *e = wsc_event_at(m, call->u.event.event);
    if (!e)
        return;
    bool sets = call->kind == WSC_EVENT_SET;
    for (uint32_t i = 0; sets && i < m->n_ops; i++)
        if (m->ops[i].event == call->u.event.event)
            m->ops[i].event_dirty = true;
    if (e->state == (sets ? EVENT_UNSET : EVENT_SET))
        e->state = EVENT_MAYBE;
    e->ever |= sets;
}

static uint64_t shutdown_rules(const wsc_call *call) {
    return call->u.shutdown.how == WSC_SD_SEND   ? UINT64_C(1) << RULE_shutdown_send
           : call->u.shutdown.how == WSC_SD_BOTH ? UINT64_C(1) << RULE_shutdown_both
                                                 : 0;
}

/* A call begins that will change something: calls of other threads may find it as it was, or as it will be. */
static void begin_change(wsc_model *m, const wsc_call *call, wsc_frame *f) {
    wsc_socket *s;
    switch (call->kind) {
    case WSC_EVENT_SET:
    case WSC_EVENT_RESET: begin_event(m, call); break;
    case WSC_CLOSE:
    case WSC_ABORT: begin_close(m, call); break;
    case WSC_CANCEL: do_cancel(m, call, WHILE, NULL); break;
    case WSC_APC: wsc_did_apc(m, call); break;
    case WSC_CANCEL_BLOCKING: wsc_did_cancel_blocking(m); break;
    case WSC_CONNECT: f->starts = begin_connect(m, call); break;
    case WSC_SHUTDOWN:
        if ((s = wsc_socket_at(m, call->u.shutdown.socket)))
            s->maybe |= shutdown_rules(call);
        break;
    case WSC_NONBLOCKING:
        s = wsc_socket_at(m, call->u.nonblocking.socket);
        if (s && s->nonblocking != (call->u.nonblocking.on ? WSC_YES : WSC_NO))
            s->nonblocking = WSC_MAYBE;
        break;
    case WSC_CLEANUP:
        m->maybe |= m->startups == 1 ? UINT64_C(1) << RULE_notinitialised : 0;
        for (uint32_t i = 0; m->startups == 1 && i < m->n_sockets; i++)
            m->sockets[i].gone = at_least(m->sockets[i].gone, WSC_MAYBE);
        break;
    default: break;
    }
}

/* It has returned. */
static void end_change(wsc_model *m, const wsc_call *call) {
    wsc_socket *s = call->kind == WSC_SHUTDOWN ? wsc_socket_at(m, call->u.shutdown.socket) : NULL;
    if (s)
        s->maybe &= ~shutdown_rules(call);
    if (call->kind == WSC_CLEANUP)
        m->maybe &= ~(UINT64_C(1) << RULE_notinitialised);
}

/* No call that cancels is in progress any more. */
static void end_tries(wsc_model *m, const wsc_call *call) {
    if (call->kind == WSC_CANCEL || call->kind == WSC_CLOSE || call->kind == WSC_ABORT)
        for (uint32_t i = 0; i < m->n_ops; i++)
            m->ops[i].cancel &= ~(unsigned)CANCEL_TRY;
}

static void did_port(wsc_model *m, const wsc_call *call) {
    wsc_socket *s = wsc_socket_at(m, call->u.port.socket);
    if ((uint32_t)call->u.port.port >= m->n_ports)
        m->n_ports = (uint32_t)call->u.port.port + 1;
    m->ports[call->u.port.port].made = true;
    if (!s)
        return;
    s->port = call->u.port.port;
    for (uint32_t i = 0; i < m->n_ops; i++) { /* what is pending was started without it, and ends with it */
        wsc_op *op = &m->ops[i];
        if (op->state == OP_STARTED && op->socket == call->u.port.socket && op->port < 0 && op->routine < 0 &&
            op->done != DONE_KNOWN) {
            op->port = s->port;
            op->optional = true;
        }
    }
}

static void finish_plumbing(wsc_model *m, const wsc_call *call, const wsc_frame *frame, const wsc_observed *seen,
                            wsc_verdict *v) {
    bool failed = seen->ret == WSC_RET_SOCKET_ERROR || seen->ret == WSC_RET_FALSE || seen->ret == WSC_RET_OTHER;
    wsc_socket *s;
    if (frame)
        end_change(m, call);
    if (call->kind == WSC_CONNECT)
        did_connect(m, call, frame, seen);
    if (failed)
        return;
    switch (call->kind) {
    case WSC_STARTUP: did_startup(m, call->u.startup.version); break;
    case WSC_CLEANUP: did_cleanup(m); break;
    case WSC_PAIR: made_pair(m, call); break;
    case WSC_SOCKET:
        s = make_socket(m, call->u.socket.socket, call->u.socket.family, call->u.socket.type, &call->u.socket.entry);
        s->overlapped = call->u.socket.overlapped ? WSC_YES : WSC_NO;
        break;
    case WSC_BIND:
        if ((s = wsc_socket_at(m, call->u.one.socket)))
            s->bound = WSC_YES;
        break;
    case WSC_LISTEN:
        if ((s = wsc_socket_at(m, call->u.one.socket)))
            s->listening = true;
        break;
    case WSC_ACCEPT: did_accept(m, call); break;
    case WSC_SHUTDOWN: did_shutdown(m, call); break;
    case WSC_CLOSE:
    case WSC_CLOSE_COPY:
    case WSC_ABORT_COPY:
    case WSC_ABORT: did_close(m, call, v); break;
    case WSC_APC:
        if (!frame)
            wsc_did_apc(m, call);
        break;
    case WSC_HOOK: wsc_thread_at(m, call->thread)->hook = call->u.hook.routine + 1; break;
    case WSC_CANCEL_BLOCKING: wsc_did_cancel_blocking(m); break;
    case WSC_NONBLOCKING:
        if ((s = wsc_socket_at(m, call->u.nonblocking.socket)))
            s->nonblocking = call->u.nonblocking.on ? WSC_YES : WSC_NO;
        break;
    case WSC_SETOPT: did_setopt(m, call); break;
    case WSC_GETOPT:
        s = wsc_socket_at(m, call->u.option.socket);
        if (s && call->u.option.option == WSC_SO_MAX_MSG_SIZE && seen->amount == WSC_AMOUNT_RANGE)
            s->max_msg = seen->low;
        break;
    case WSC_OVERLAPPED: made_overlapped(m, call); break;
    case WSC_EVENT_CREATE:
    case WSC_EVENT_SET:
    case WSC_EVENT_RESET:
    case WSC_EVENT_CLOSE: did_event(m, call); break;
    case WSC_PORT: did_port(m, call); break;
    case WSC_CANCEL: do_cancel(m, call, frame ? UNTIL : AT_ONCE, v); break;
    case WSC_THREAD_EXIT: did_thread_exit(m, call->thread, v); break;
    case WSC_SELECT: did_select(m, call, seen); break;
    case WSC_DRAIN: did_drain(m, call->u.one.socket); break;
    case WSC_FAULT: did_fault(m, call); break;
    default: break;
    }
}

/* --- begin and end
 * -------------------------------------------------------------------------------------------------------- */

static bool within(int number, uint32_t limit) {
    return number < 0 || (uint32_t)number < limit;
}

/* Whether all numbers of a call are within the limits; those that make an object must be given. */
static bool in_limits(const wsc_model *m, const wsc_call *c) {
    const wsc_limits *l = &m->limits;
    if (c->thread < 0 || (uint32_t)c->thread >= l->threads)
        return false;
    switch (c->kind) {
    case WSC_PAIR:
        return c->u.pair.a >= 0 && c->u.pair.b != WSC_NONE && within(c->u.pair.a, l->sockets) &&
               within(c->u.pair.b, l->sockets);
    case WSC_SOCKET: return c->u.socket.socket >= 0 && within(c->u.socket.socket, l->sockets);
    case WSC_ACCEPT: return c->u.accept.socket >= 0 && within(c->u.accept.socket, l->sockets);
    case WSC_OVERLAPPED: return c->u.overlapped.op >= 0 && within(c->u.overlapped.op, l->operations);
    case WSC_EVENT_CREATE: return c->u.event.event >= 0 && within(c->u.event.event, l->events);
    case WSC_PORT: return c->u.port.port >= 0 && within(c->u.port.port, l->ports);
    case WSC_SEND: return within(c->u.send.op, l->operations);
    case WSC_RESULT: return within(c->u.result.op, l->operations);
    case WSC_OTHER: return within(c->u.other.op, l->operations);
    case WSC_APC: return c->u.apc.thread >= 0 && (uint32_t)c->u.apc.thread < l->threads;
    case WSC_ENTER: return within(c->u.enter.op, l->operations);
    default: return true;
    }
}

/* An OVERLAPPED that no call has filled in, named for the first time by another: hEvent is unknown, so NULL is as good.
 */
static void know_op(wsc_model *m, int op) {
    if (op >= 0 && (uint32_t)op >= m->n_ops) {
        wsc_call made = {.kind = WSC_OVERLAPPED, .u.overlapped = {op, WSC_NONE}};
        for (uint32_t i = m->n_ops; i <= (uint32_t)op; i++) {
            made.u.overlapped.op = (int)i;
            made_overlapped(m, &made);
        }
    }
}

static bool waits(const wsc_call *call) {
    return call->kind == WSC_SLEEP || call->kind == WSC_WAIT || call->kind == WSC_ALERTABLE_WAIT;
}

static bool alertable(const wsc_call *call) {
    return call->kind == WSC_ALERTABLE_WAIT || (call->kind == WSC_SLEEP && call->u.sleep.alertable) ||
           (call->kind == WSC_WAIT && call->u.wait.alertable);
}

static void begin_send(wsc_model *m, const wsc_call *call, wsc_frame *f) {
    wsc_view view = wsc_view_of(m, &call->u.send, call->thread, NULL);
    wsc_socket *s = wsc_socket_at(m, call->u.send.socket);
    if (s)
        s->concurrent |= wsc_view_concurrent(&view);
    bool may_start = s && view.op && !is_doubtful(&view) && !wsc_view_undefined(&view);
    f->socket = call->u.send.socket;
    f->data = call->u.send.data;
    wsc_conditions(&view, f->held);
    if (!s)
        return;
    for (int i = 0; i < ERROR_RULES; i++)
        may_start &= f->held[i] != WSC_YES;
    f->starts = may_start;
    if (may_start)
        begin_op(m, &view, &m->ops[call->u.send.op]);
    note_data(s, call->u.send.data);
    s->mingled |= s->calls++ > 0;
    if (s->mingled && s->type == WSC_STREAM) {
        wsc_queue_forget(m, s);
        return;
    }
    wsc_segment *g = wsc_segment_push(m, s, call->u.send.data);
    g->in_call = true;
    g->possible = view.n;
    s->out.unread += view.n;
}

static void know_objects(wsc_model *m, const wsc_call *call) {
    if (call->kind == WSC_SEND)
        know_op(m, call->u.send.op);
    else if (call->kind == WSC_RESULT)
        know_op(m, call->u.result.op);
    else if (call->kind == WSC_OTHER)
        know_op(m, call->u.other.op);
    else if (call->kind == WSC_ENTER)
        know_op(m, call->u.enter.op);
}

static bool blocking_socket(const wsc_model *m, int socket) {
    const wsc_socket *s = wsc_socket_at(m, socket);
    return s && s->nonblocking != WSC_YES;
}

/* A Winsock call that may have to wait: it does so alertably (block.alertable-wait). */
static bool may_wait(const wsc_model *m, const wsc_call *c) {
    switch (c->kind) {
    case WSC_SEND:
        return wsc_view_of(m, &c->u.send, c->thread, NULL).use != USE_OVERLAPPED &&
               blocking_socket(m, c->u.send.socket);
    case WSC_OTHER: return c->u.other.overlapped_at == WSC_AT_NULL && blocking_socket(m, c->u.other.socket);
    case WSC_CONNECT: return blocking_socket(m, c->u.connect.socket);
    case WSC_RESULT: return c->u.result.wait;
    case WSC_ACCEPT:
    case WSC_SELECT:
    case WSC_RECV:
    case WSC_RECV_OOB: return true;
    default: return false;
    }
}

/* block.nested-undefined: neither of the outer calls nor of this one is anything demanded. */
static bool nest(wsc_model *m, const wsc_call *call) {
    if (!wsc_is_nested(m, call->thread) || !may_wait(m, call))
        return false;
    wsc_thread *t = wsc_thread_at(m, call->thread);
    for (uint32_t i = 0; i < t->depth && i < WSC_MAX_DEPTH; i++)
        t->frames[i].nested = t->frames[i].blocking;
    return true;
}

static wsc_frame *begin(wsc_model *m, const wsc_call *call) {
    bool nested = nest(m, call);
    wsc_frame *f = push(wsc_thread_at(m, call->thread));
    if (!f)
        return NULL;
    f->nested = nested;
    f->blocking = may_wait(m, call);
    f->alertable = alertable(call);
    if (call->kind == WSC_SEND)
        begin_send(m, call, f);
    return f;
}

static void start_verdict(wsc_verdict *v) {
    v->ok = true;
    v->undefined = false;
    v->rule = WSC_NONE;
    v->n_findings = v->n_conditions = v->n_injected = v->n_practice = 0;
}

/* What a blocking receive got of which nothing is demanded. */
static void receive_undefined(wsc_model *m, const wsc_call *call, wsc_verdict *v) {
    const wsc_socket *r = wsc_socket_at(m, call->u.recv.socket);
    for (uint32_t i = 0; r && i < m->n_sockets; i++)
        if (m->sockets[i].made && (m->sockets[i].peer == call->u.recv.socket || r->peer == WSC_UNKNOWN))
            wsc_queue_forget(m, &m->sockets[i]);
    v->undefined = true;
}

/* Calls of other threads that are in progress: what they look at may have changed under them. */
static void disturb(wsc_model *m, int thread) {
    for (uint32_t i = 0; i < m->n_threads; i++)
        for (uint32_t k = 0; (int)i != thread && k < m->threads[i].depth && k < WSC_MAX_DEPTH; k++)
            m->threads[i].frames[k].disturbed = true;
}

/* Calls by which an application learns that an operation is over. */
static bool tells_the_end(const wsc_call *call) {
    return call->kind == WSC_RESULT || call->kind == WSC_TAKE || call->kind == WSC_WAIT || call->kind == WSC_SLEEP ||
           call->kind == WSC_ALERTABLE_WAIT;
}

static void finish(wsc_model *m, const wsc_call *call, const wsc_frame *frame, bool nested, const wsc_observed *seen,
                   wsc_verdict *v) {
    bool receives = call->kind == WSC_RECV || call->kind == WSC_RECV_OOB;
    v->undefined = v->allowed.undefined;
    switch (call->kind) {
    case WSC_SEND: finish_send(m, call, frame, seen, v); break;
    case WSC_RESULT: finish_result(m, call, frame, seen, v); break;
    case WSC_TAKE: finish_take(m, call, frame, seen, v); break;
    case WSC_WAIT:
    case WSC_SLEEP:
    case WSC_ALERTABLE_WAIT: finish_wait(m, call, frame, seen, v); break;
    case WSC_RECV:
    case WSC_RECV_OOB:
        if (nested)
            receive_undefined(m, call, v);
        else if (call->kind == WSC_RECV)
            wsc_receive(m, call, seen, v);
        else
            wsc_receive_oob(m, call, seen, v);
        break;
    case WSC_ENTER: enter(m, call->thread, &call->u.enter, v); break;
    case WSC_LEAVE: leave(m, call->thread); break;
    case WSC_OTHER: wsc_did_other(m, call, seen); break;
    default:
        finish_plumbing(m, call, frame, seen, v);
        if (frame)
            end_tries(m, call);
        break;
    }
    if (tells_the_end(call) && !v->undefined)
        check_changed(m, seen, v);
    if (receives && seen->end == WSC_END_ERROR)
        told_error(m, call->u.recv.socket, seen->error);
    disturb(m, call->thread);
}

static bool seen_in_limits(const wsc_model *m, const wsc_observed *seen) {
    for (size_t i = 0; i < seen->n_ran; i++)
        if (!within(seen->ran[i].op, m->limits.operations))
            return false;
    return within(seen->op, m->limits.operations);
}

static void know_seen(wsc_model *m, const wsc_observed *seen) {
    know_op(m, seen->op);
    for (size_t i = 0; i < seen->n_ran; i++)
        know_op(m, seen->ran[i].op);
}

wsc_status wsc_allowed(const wsc_model *m, const wsc_call *call, wsc_set *set) {
    if (!in_limits(m, call))
        return WSC_RANGE;
    wsc_outcomes(m, call, NULL, -1, set);
    wsc_view view;
    bool send = call->kind == WSC_SEND;
    if (send)
        view = wsc_view_of(m, &call->u.send, call->thread, NULL);
    for (size_t i = 0; i < set->n_outcomes && set->judged && !set->undefined; i++)
        set->outcomes[i].fact = wsc_fact_against(m, call, send ? &view : NULL, &set->outcomes[i]);
    return WSC_OK;
}

wsc_status wsc_observe(wsc_model *m, const wsc_call *call, const wsc_observed *seen, wsc_verdict *v) {
    if (!in_limits(m, call) || !seen_in_limits(m, seen))
        return WSC_RANGE;
    start_verdict(v);
    know_objects(m, call);
    know_seen(m, seen);
    wsc_outcomes(m, call, NULL, -1, &v->allowed);
    if (call->kind == WSC_ENTER || call->kind == WSC_LEAVE || (!waits(call) && seen->n_ran == 0)) {
        finish(m, call, NULL, nest(m, call), seen, v);
        return WSC_OK;
    }
    const wsc_frame *f = begin(m, call);
    for (size_t i = 0; i < seen->n_ran; i++) {
        enter(m, call->thread, &seen->ran[i], v);
        leave(m, call->thread);
    }
    wsc_thread_at(m, call->thread)->depth--;
    finish(m, call, f, f && f->nested, seen, v);
    return WSC_OK;
}

wsc_status wsc_begin(wsc_model *m, const wsc_call *call) {
    if (!in_limits(m, call))
        return WSC_RANGE;
    know_objects(m, call);
    wsc_frame *f = begin(m, call);
    if (f)
        begin_change(m, call, f);
    return WSC_OK;
}

wsc_status wsc_end(wsc_model *m, const wsc_call *call, const wsc_observed *seen, wsc_verdict *v) {
    if (!in_limits(m, call) || !seen_in_limits(m, seen))
        return WSC_RANGE;
    wsc_thread *t = wsc_thread_at(m, call->thread);
    start_verdict(v);
    know_objects(m, call);
    know_seen(m, seen);
    wsc_frame *f = top(t), at_entry;
    if (f && f->routine) /* no such call has begun */
        f = NULL;
    for (size_t i = 0; i < seen->n_ran; i++) {
        enter(m, call->thread, &seen->ran[i], v);
        leave(m, call->thread);
    }
    if (f) {
        at_entry = *f;
        f = &at_entry;
    }
    if (f || t->depth > WSC_MAX_DEPTH)
        t->depth--;
    wsc_outcomes(m, call, f, f ? (int)f->ran : 0, &v->allowed);
    finish(m, call, f, f && f->nested, seen, v);
    return WSC_OK;
}

/*
 * outcomes.c - the allowed set of each call: one function for each kind of call.
 *
 * The first outcome of a set is what the model itself would answer. Calls of which the document says nothing get one
 * outcome as a guess, for the model target, and judged stays false.
 */
#include "model.h"

/* `ran` of a wait that is asked about before it begins. */
#define BEFORE (-1)

static wsc_outcome *offer(const wsc_model *m, wsc_set *set, wsc_ret ret, uint32_t error, int rule) {
    static const wsc_outcome plain = {.op = WSC_NONE, .fact = WSC_NONE};
    if (!wsc_enabled(m, rule))
        return NULL;
    if (set->n_outcomes == WSC_MAX_OUTCOMES) {
        set->truncated = true;
        return NULL;
    }
    wsc_outcome *o = &set->outcomes[set->n_outcomes++];
    *o = plain;
    o->ret = ret;
    o->error = error;
    o->rule = rule;
    return o;
}

static void offer_amount(const wsc_model *m, wsc_set *set, wsc_ret ret, uint32_t error, int rule, uint64_t low,
                         uint64_t high) {
    wsc_outcome *o = offer(m, set, ret, error, rule);
    if (o) {
        o->amount = WSC_AMOUNT_RANGE;
        o->low = low;
        o->high = high;
    }
}

static void guess(wsc_set *set, wsc_ret ret, uint32_t error) {
    set->judged = false;
    set->n_outcomes = 1;
    set->outcomes[0] = (wsc_outcome){.ret = ret, .error = error, .op = WSC_NONE, .rule = WSC_NONE, .fact = WSC_NONE};
}

static void guess_amount(wsc_set *set, bool known, uint64_t amount) {
    set->outcomes[0].amount = known ? WSC_AMOUNT_RANGE : WSC_AMOUNT_UNSTATED;
    set->outcomes[0].low = set->outcomes[0].high = amount;
}

/* --- WSASend ------------------------------------------------------------------------------------------------- */

static int sent_rule(const wsc_view *v) {
    if (v->use != USE_PLAIN)
        return RULE_sent_overlapped;
    if (v->s && v->s->type != WSC_STREAM)
        return RULE_sent_message;
    return v->s && v->s->nonblocking == WSC_NO ? RULE_sent_blocking : RULE_sent_nonblocking;
}

static void offer_sent(const wsc_view *v, wsc_set *set, int rule, uint64_t low, uint64_t high) {
    wsc_place at = v->call->sent_at;
    if (at == WSC_AT_PLAIN || at == WSC_AT_GUARD)
        offer_amount(v->m, set, WSC_RET_0, 0, rule, low, high);
    else if (at != WSC_AT_READONLY) /* 0 has to report the amount, which it could not there */
        offer(v->m, set, WSC_RET_0, 0, rule);
}

static void offer_successes(const wsc_view *v, wsc_set *set) {
    const uint64_t most = UINT32_MAX; /* what *lpNumberOfBytesSent can say */
    bool stream = !v->s || v->s->type == WSC_STREAM;
    if (v->n <= most)
        offer_sent(v, set, sent_rule(v), v->n, v->n);
    else
        offer_sent(v, set, sent_rule(v), 1, most);
    if (v->use != USE_PLAIN) {
        wsc_outcome *o = offer(v->m, set, WSC_RET_SOCKET_ERROR, WSC_IO_PENDING, RULE_pending);
        wsc_place at = v->call->sent_at;
        if (o && (at == WSC_AT_PLAIN || at == WSC_AT_GUARD || at == WSC_AT_READONLY))
            o->amount = WSC_AMOUNT_UNTOUCHED;
    }
    if (v->use == USE_OVERLAPPED || !v->s || !stream || v->n < 2 || v->n > most)
        return;
    if (v->s->nonblocking != WSC_NO)
        offer_sent(v, set, RULE_sent_partial, 1, v->n - 1);
    else if (v->s->timeout)
        offer_sent(v, set, RULE_sent_in_time, 1, v->n - 1);
}

/* Nobody will ever read: the call ends, as the peer's system answers what comes with a reset. */
static bool is_gone(const wsc_model *m, int socket) {
    const wsc_socket *s = wsc_socket_at(m, socket);
    return s && s->gone == WSC_YES;
}

static bool is_drained(const wsc_model *m, int socket) {
    const wsc_socket *s = wsc_socket_at(m, socket);
    return s && s->drained;
}

static void offer_possible(const wsc_view *v, const uint8_t held[ERROR_RULES], uint64_t which, wsc_set *set) {
    for (int i = 0; i < ERROR_RULES; i++) {
        if (held[i] != WSC_MAYBE || !(which >> i & 1))
            continue;
        wsc_outcome *o = offer(v->m, set, WSC_RET_SOCKET_ERROR, wsc_rule(i)->code, i);
        if (o)
            o->injected = v->injected >> i & 1;
    }
}

static void send_outcomes(const wsc_model *m, const wsc_send_call *call, int thread, const wsc_frame *frame,
                          wsc_set *set) {
    wsc_view v = wsc_view_of(m, call, thread, frame);
    uint8_t held[ERROR_RULES];
    set->judged = true;
    wsc_conditions(&v, held);
    for (int i = 0; i < ERROR_RULES; i++) {
        if (held[i] == WSC_YES) {
            set->conditions[set->n_conditions++] = i;
            offer(m, set, WSC_RET_SOCKET_ERROR, wsc_rule(i)->code, i);
        }
    }
    offer_possible(&v, held, wsc_likely(&v), set);
    if (set->n_conditions == 0)
        offer_successes(&v, set);
    offer_possible(&v, held, ~wsc_likely(&v), set);
    set->may_block = set->n_conditions == 0 && v.use != USE_OVERLAPPED && v.s && v.s->nonblocking != WSC_YES &&
                     v.n > 0 && (v.n > 1 || v.s->accepted);
    set->may_stall = set->may_block && wsc_lossy(wsc_faults_of(m, v.s));
    if (set->may_block && !set->may_stall && (is_drained(m, v.s->peer) || is_gone(m, v.s->peer)))
        set->may_block = false;
    if (wsc_view_undefined(&v)) {
        set->undefined = true;
        set->n_conditions = 0;
    }
}

/* --- how operations end ---------------------------------------------------------------------------------------- */

/* The codes of faults, as far as nothing else has them. */
static size_t add_fault_ways(const wsc_model *m, const wsc_socket *s, const wsc_op *op,
                             wsc_ending_way ways[WSC_MAX_WAYS], size_t n) {
    static const uint64_t endings = UINT64_C(1) << RULE_netdown | UINT64_C(1) << RULE_connreset_stream |
                                    UINT64_C(1) << RULE_connaborted | UINT64_C(1) << RULE_netreset_stream |
                                    UINT64_C(1) << RULE_netreset_datagram;
    uint64_t injected = op->total > 0 ? wsc_injected_rules(m, s, UINT32_MAX) : 0;
    uint64_t rules =
        ((m->maybe | m->yes | s->maybe | s->yes) & endings) | wsc_fault_rules(s, wsc_faults_of(m, s)) | injected;
    if (s->type != WSC_STREAM && s->room && op->total >= s->room)
        rules |= UINT64_C(1) << RULE_nobufs;
    for (int rule = 0; rules >> rule && n < WSC_MAX_WAYS; rule++) {
        uint32_t code = wsc_rule(rule)->code;
        bool there = !(rules >> rule & 1);
        for (size_t i = 0; i < n && !there; i++)
            there = ways[i].code == code;
        if (!there)
            ways[n++] = (wsc_ending_way){code, 0, op->total, rule};
    }
    return n;
}

size_t wsc_ways(const wsc_model *m, const wsc_op *op, wsc_ending_way ways[WSC_MAX_WAYS]) {
    static const struct {
        unsigned cancel;
        int rule;
    } cancels[] = {{CANCEL_CLOSE, RULE_complete_close},   {CANCEL_FLUSH, RULE_complete_flush},
                   {CANCEL_THREAD, RULE_complete_thread}, {CANCEL_CALL, RULE_complete_cancel},
                   {CANCEL_COPY, RULE_complete_close},    {CANCEL_TRY, RULE_complete_cancel}};
    size_t n = 0;
    ways[n++] = (wsc_ending_way){0, op->total, op->total, RULE_complete};
    const wsc_socket *s = &m->sockets[op->socket];
    if (!op->immediate) {
        for (size_t i = 0; i < sizeof cancels / sizeof *cancels; i++)
            if (op->cancel & cancels[i].cancel)
                ways[n++] = (wsc_ending_way){995, 0, op->total, cancels[i].rule};
        if (wsc_connects(s) && s->reset != WSC_NO)
            ways[n++] = (wsc_ending_way){WSC_CONNRESET, 0, op->total, RULE_complete_reset};
        if (s->type == WSC_DATAGRAM && s->unreachable != WSC_NO)
            ways[n++] = (wsc_ending_way){WSC_CONNRESET, 0, op->total, RULE_connreset_datagram};
        if (wsc_connects(s) && s->aborted != WSC_NO)
            ways[n++] = (wsc_ending_way){WSC_CONNABORTED, 0, op->total, RULE_complete_connaborted};
        n = add_fault_ways(m, s, op, ways, n);
    }
    if (op->failed && n > 1 && !op->told) { /* by its packet, which names no code */
        for (size_t i = 1; i < n; i++)
            ways[i - 1] = ways[i];
        return n - 1;
    }
    if (!op->told)
        return n;
    for (size_t i = 0; i < n; i++) {
        if (ways[i].code == op->result) {
            ways[0] = ways[i];
            return 1;
        }
    }
    ways[0] = (wsc_ending_way){op->result, 0, op->total, RULE_complete}; /* told something that was not allowed */
    return 1;
}

static void result_outcomes(const wsc_model *m, const wsc_call *call, wsc_set *set) {
    int o = call->u.result.op;
    const wsc_op *op = o >= 0 && (uint32_t)o < m->n_ops ? &m->ops[o] : NULL;
    wsc_place at = call->u.result.transferred_at;
    uint64_t amount;
    set->judged = true;
    if (op && op->state == OP_OTHER) {
        bool ready = wsc_other_ready(m, op, &amount) || op->told;
        guess(set, ready ? WSC_RET_TRUE : WSC_RET_FALSE, ready ? 0 : WSC_IO_INCOMPLETE);
        guess_amount(set, ready, amount);
        return;
    }
    if (!op || op->state != OP_STARTED || op->socket != call->u.result.socket ||
        (op->routine >= 0 && call->u.result.wait) || (at != WSC_AT_PLAIN && at != WSC_AT_GUARD)) {
        guess(set, op && op->state == OP_STARTED ? WSC_RET_TRUE : WSC_RET_FALSE, 0);
        set->judged = set->undefined = true;
        return;
    }
    wsc_ending_way ways[WSC_MAX_WAYS];
    size_t n = wsc_ways(m, op, ways);
    for (size_t i = 0; i < n; i++) {
        if (ways[i].code == 0)
            offer_amount(m, set, WSC_RET_TRUE, 0, ways[i].rule, ways[i].low, ways[i].high);
        else
            offer(m, set, WSC_RET_FALSE, ways[i].code, ways[i].rule);
    }
    /* fWait waits for the event: one that was set by something else says nothing. */
    if (op->done != DONE_KNOWN && (!call->u.result.wait || op->event_dirty))
        offer(m, set, WSC_RET_FALSE, WSC_IO_INCOMPLETE, RULE_result_incomplete);
    if (m->sockets[op->socket].gone != WSC_NO || call->u.result.copy)
        offer(m, set, WSC_RET_FALSE, wsc_rule(RULE_result_notsock)->code, RULE_result_notsock);
    if (m->startups == 0)
        offer(m, set, WSC_RET_FALSE, wsc_rule(RULE_result_notinitialised)->code, RULE_result_notinitialised);
    set->may_block = call->u.result.wait && op->done == DONE_MAYBE;
}

/* --- alertable waits -------------------------------------------------------------------------------------------- */

static bool awaits_routine(const wsc_op *op, int thread) {
    return op->state >= OP_STARTED && op->routine >= 0 && op->thread == thread && !op->indicated;
}

/* Does a routine of this socket run on the thread? Then no other may: apc.not-nested. */
static bool in_routine_of(const wsc_model *m, int thread, int socket) {
    if ((uint32_t)thread >= m->n_threads)
        return false;
    const wsc_thread *t = &m->threads[thread];
    for (uint32_t i = 0; i < t->depth && i < WSC_MAX_DEPTH; i++)
        if (t->frames[i].routine && t->frames[i].socket == socket)
            return true;
    return false;
}

bool wsc_can_run(const wsc_model *m, int thread, const wsc_op *op) {
    return awaits_routine(op, thread) && !in_routine_of(m, thread, op->socket);
}

bool wsc_held_back(const wsc_model *m, int thread) {
    for (uint32_t i = 0; i < m->n_ops; i++)
        if (awaits_routine(&m->ops[i], thread) && in_routine_of(m, thread, m->ops[i].socket))
            return true;
    return false;
}

/* What the routines of a thread allow a wait to do. */
typedef struct waiting {
    uint32_t possible; /* routines that may run */
    uint32_t now;      /* of these: queued already */
    uint32_t due;      /* of these: will be queued within the limit, or are */
    uint32_t likely;   /* of these: ready, but nothing that this document speaks of */
} waiting;

static waiting waiting_routines(const wsc_model *m, int thread) {
    waiting w = {0};
    for (uint32_t i = 0; i < m->n_ops; i++) {
        const wsc_op *op = &m->ops[i];
        if (!wsc_can_run(m, thread, op))
            continue;
        bool sure = op->state == OP_STARTED && !op->optional;
        uint64_t amount;
        w.likely += wsc_other_ready(m, op, &amount);
        w.possible++;
        w.now += sure && op->immediate;
        w.due += sure && op->done != DONE_MAYBE;
    }
    uint32_t apcs = wsc_waiting_apcs(m, thread);
    w.likely += apcs;
    w.possible += apcs;
    if ((uint32_t)thread < m->n_threads)
        w.possible += m->threads[thread].loose;
    return w;
}

static void may_run(const wsc_model *m, wsc_set *set, wsc_may_run run) {
    if (!wsc_enabled(m, run.rule))
        return;
    if (set->n_runs == WSC_MAX_RUNS)
        set->truncated = true;
    else
        set->runs[set->n_runs++] = run;
}

/* The routine of one operation, with each way in which that may end. */
static void list_operation(const wsc_model *m, int number, bool all, wsc_set *set) {
    const wsc_op *op = &m->ops[number];
    wsc_ending_way ways[WSC_MAX_WAYS];
    uint64_t amount;
    if (op->state == OP_LOOSE) {
        may_run(m, set, (wsc_may_run){op->routine, number, 0, 0, UINT64_MAX, false, false, false, RULE_complete});
    } else if (op->state == OP_OTHER) {
        if (wsc_other_ready(m, op, &amount))
            may_run(m, set, (wsc_may_run){op->routine, number, 0, amount, amount, false, false, true, RULE_wait_apc});
    } else {
        size_t n = wsc_ways(m, op, ways);
        bool certain = !op->optional && (op->immediate || (all && op->done != DONE_MAYBE));
        for (size_t w = 0; w < n; w++)
            may_run(m, set,
                    (wsc_may_run){op->routine, number, ways[w].code, ways[w].low, ways[w].high, certain, false, certain,
                                  ways[w].rule});
    }
}

/* Routines that run without an OVERLAPPED. */
static void list_others(const wsc_model *m, int thread, wsc_set *set) {
    if ((uint32_t)thread >= m->n_threads)
        return;
    const wsc_thread *t = &m->threads[thread];
    for (uint32_t i = 0; i < t->n_apcs; i++)
        if (t->apcs[i].waiting)
            may_run(m, set, (wsc_may_run){t->apcs[i].routine, WSC_NONE, 0, 0, 0, false, false, true, RULE_wait_apc});
    if (t->loose)
        may_run(m, set, (wsc_may_run){WSC_UNKNOWN, WSC_UNKNOWN, 0, 0, UINT64_MAX, false, false, false, RULE_complete});
}

/* Lists what may run, in the order of starting. all: routines that are due count as certain, not only queued ones. */
static void list_runs(const wsc_model *m, int thread, bool all, wsc_set *set) {
    size_t begin = set->n_runs;
    for (uint32_t i = 0; i < m->n_ops && !set->truncated; i++)
        if (wsc_can_run(m, thread, &m->ops[i]))
            list_operation(m, (int)i, all, set);
    for (size_t i = begin + 1; i < set->n_runs; i++) /* insertion sort: a handful, nearly sorted */
        for (size_t j = i; j > begin && m->ops[set->runs[j].op].order < m->ops[set->runs[j - 1].op].order; j--) {
            wsc_may_run swap = set->runs[j];
            set->runs[j] = set->runs[j - 1];
            set->runs[j - 1] = swap;
        }
    list_others(m, thread, set);
}

/* What may run in the wait of a blocking WSASend: also its thread's blocking hook, the first time. */
static void list_interruptions(const wsc_model *m, const wsc_call *call, wsc_set *set) {
    const wsc_socket *s = wsc_socket_at(m, call->u.send.socket);
    const wsc_thread *t = (uint32_t)call->thread < m->n_threads ? &m->threads[call->thread] : NULL;
    bool plain = call->u.send.overlapped_at == WSC_AT_NULL || (s && s->overlapped == WSC_NO);
    if (!s || s->nonblocking == WSC_YES || !plain || set->n_conditions)
        return;
    if (t && t->hook && !t->hooked && !wsc_in_hook(m, call->thread))
        may_run(m, set, (wsc_may_run){t->hook - 1, WSC_NONE, 0, 0, 0, false, true, true, RULE_wait_hook});
    if (set->may_block)
        list_runs(m, call->thread, false, set);
}

static void offer_routines(const wsc_model *m, int thread, const waiting *w, bool limit, int ran, wsc_set *set) {
    bool must = w->now > 0 || (limit && w->due > 0);
    if (must || (ran == BEFORE ? w->possible > 0 : ran > 0)) {
        offer(m, set, WSC_RET_IO_COMPLETION, 0, RULE_wait_routine);
        list_runs(m, thread, limit && w->possible == 1, set);
    }
}

/* One that is held back may have been queued to the thread all the same, and end its wait. */
static void offer_held_back(const wsc_model *m, int thread, wsc_set *set) {
    if (wsc_held_back(m, thread))
        offer(m, set, WSC_RET_IO_COMPLETION, 0, RULE_wait_nothing);
}

static void sleep_outcomes(const wsc_model *m, const wsc_call *call, int ran, wsc_set *set) {
    waiting w = {0};
    bool limit = call->u.sleep.patience == WSC_LIMIT;
    set->judged = true;
    if (call->u.sleep.alertable)
        w = waiting_routines(m, call->thread);
    else
        ran = 0; /* what ran all the same is another finding */
    bool must = w.now > 0 || (limit && w.due > 0), first = must || w.likely > 0;
    if (first)
        offer_routines(m, call->thread, &w, limit, ran, set);
    if (!must && ran <= 0)
        offer(m, set, WSC_RET_0, 0, RULE_wait_nothing);
    if (!must && ran <= 0 && call->u.sleep.alertable)
        offer_held_back(m, call->thread, set);
    if (!first)
        offer_routines(m, call->thread, &w, limit, ran, set);
}

static void alertable_outcomes(const wsc_model *m, const wsc_call *call, int ran, wsc_set *set) {
    waiting w = waiting_routines(m, call->thread);
    uint32_t before = ran == BEFORE ? 0 : (uint32_t)ran;
    uint32_t n = call->u.alertable_wait.n;
    set->judged = true;
    bool enough = ran == BEFORE ? w.possible >= n : before >= n;
    bool late = before + w.due < n, likely = before + w.due + w.likely >= n;
    if (enough && (!late || (ran == BEFORE && likely)))
        offer(m, set, WSC_RET_NONE, 0, n ? RULE_wait_routine : RULE_wait_nothing);
    if (late)
        offer(m, set, WSC_RET_TIMEOUT, 0, RULE_wait_nothing);
    if (enough == late &&
        !(enough && ran == BEFORE && likely)) /* after the wait neither may hold: it should have gone on */
        offer(m, set, WSC_RET_NONE, 0, RULE_wait_routine);
    if (n > 0)
        list_runs(m, call->thread, w.possible + before <= n, set);
}

bool wsc_event_may_be_set(const wsc_event *e) {
    return e->state != EVENT_UNSET || e->pending > 0;
}

static bool event_must_be_set(const wsc_event *e, bool limit) {
    return e->state == EVENT_SET || (limit && e->state == EVENT_DUE);
}

static void wait_outcomes(const wsc_model *m, const wsc_call *call, int ran, wsc_set *set) {
    bool limit = call->u.wait.patience == WSC_LIMIT;
    bool all = call->u.wait.all || call->u.wait.n == 1;
    bool all_may = true, all_must = true, any_must = false, certain_before = false, probable = true;
    waiting w = {0};
    for (size_t i = 0; i < call->u.wait.n || i == 0; i++) {
        const wsc_event *e = i < call->u.wait.n ? wsc_event_at(m, call->u.wait.events[i]) : NULL;
        if (!e) { /* a handle that is no event (any more): not this document's affair */
            guess(set, WSC_RET_WAIT_FAILED, 6);
            return;
        }
        all_may &= wsc_event_may_be_set(e);
        probable &= e->state == EVENT_SET || e->state == EVENT_DUE;
        all_must &= event_must_be_set(e, limit);
        any_must |= event_must_be_set(e, limit);
    }
    set->judged = true;
    if (call->u.wait.alertable)
        w = waiting_routines(m, call->thread);
    else
        ran = 0;
    bool timeout = !(all ? all_must : any_must) && w.now == 0 && !(limit && w.due > 0) && ran <= 0;
    bool first = w.now > 0 || w.likely > 0;
    if (first)
        offer_routines(m, call->thread, &w, limit, ran, set);
    if (all && timeout && !probable)
        offer(m, set, WSC_RET_TIMEOUT, 0, RULE_wait_timeout);
    for (size_t i = 0; !all && i < call->u.wait.n && !certain_before; i++) {
        const wsc_event *e = wsc_event_at(m, call->u.wait.events[i]);
        if (wsc_event_may_be_set(e))
            offer_amount(m, set, WSC_RET_EVENT_0, 0, RULE_wait_event, i, i);
        certain_before = e->state == EVENT_SET;
    }
    if (all && all_may)
        offer_amount(m, set, WSC_RET_EVENT_0, 0, RULE_wait_event, 0, call->u.wait.n - 1);
    if (timeout && !(all && !probable))
        offer(m, set, WSC_RET_TIMEOUT, 0, RULE_wait_timeout);
    if (w.now == 0 && !(limit && w.due > 0) && ran <= 0 && call->u.wait.alertable)
        offer_held_back(m, call->thread, set);
    if (!first)
        offer_routines(m, call->thread, &w, limit, ran, set);
}

/* --- completion ports --------------------------------------------------------------------------------------------- */

bool wsc_has_packet(const wsc_op *op, int port) {
    return op->port == port && !op->taken && op->state >= OP_STARTED;
}

/* The packet of an operation that was not WSASend's: what it should say. */
static void offer_other_packet(const wsc_model *m, int number, wsc_set *set) {
    const wsc_op *op = &m->ops[number];
    uint64_t amount;
    bool ready = wsc_other_ready(m, op, &amount);
    wsc_outcome *o = op->routine < 0 && ready ? offer(m, set, WSC_RET_TRUE, 0, RULE_take_packet) : NULL;
    if (!o)
        return;
    o->op = number;
    o->amount = WSC_AMOUNT_RANGE;
    o->low = o->high = amount;
}

void wsc_offer_packet(const wsc_model *m, int number, wsc_set *set) {
    const wsc_op *op = &m->ops[number];
    wsc_ending_way ways[WSC_MAX_WAYS];
    bool loose = op->state == OP_LOOSE;
    if (op->state == OP_OTHER) {
        offer_other_packet(m, number, set);
        return;
    }
    size_t n = loose ? 2 : wsc_ways(m, op, ways);
    bool fine = loose || ways[0].code == 0, fails = n > 1 || !fine;
    for (int error = 0; error < 2; error++) {
        if (!(error ? fails : fine))
            continue;
        wsc_outcome *o = offer(m, set, error ? WSC_RET_FALSE : WSC_RET_TRUE, error ? WSC_ANY_ERROR : 0,
                               error ? RULE_take_failed : RULE_take_packet);
        if (!o)
            continue;
        o->op = number;
        o->amount = loose ? WSC_AMOUNT_UNSTATED : WSC_AMOUNT_RANGE;
        o->low = error ? 0 : op->total;
        o->high = op->total;
    }
}

static void take_outcomes(const wsc_model *m, const wsc_call *call, wsc_set *set) {
    int port = call->u.take.port, first = WSC_NONE;
    bool limit = call->u.take.patience == WSC_LIMIT, must = false;
    set->judged = true;
    for (uint32_t i = 0; i < m->n_ops; i++) {
        const wsc_op *op = &m->ops[i];
        uint64_t amount;
        bool ready = wsc_has_packet(op, port) && op->routine < 0 &&
                     (op->state == OP_OTHER ? wsc_other_ready(m, op, &amount)
                                            : op->state == OP_STARTED && op->done != DONE_MAYBE);
        if (!ready)
            continue;
        /* A packet may come just after its status became visible. */
        must |= limit && op->state == OP_STARTED && !op->optional;
        if (first < 0 || op->order < m->ops[first].order)
            first = (int)i;
    }
    if (first >= 0)
        wsc_offer_packet(m, first, set);
    if (!must)
        offer(m, set, WSC_RET_FALSE, wsc_rule(RULE_take_nothing)->code, RULE_take_nothing);
    for (uint32_t i = 0; i < m->n_ops && !set->truncated; i++)
        if ((int)i != first && wsc_has_packet(&m->ops[i], port))
            wsc_offer_packet(m, (int)i, set);
}

/* --- calls that the document does not speak of: guesses ------------------------------------------------------------
 */

static void select_guess(const wsc_model *m, const wsc_call *call, wsc_set *set) {
    const wsc_socket *s = wsc_socket_at(m, call->u.select.socket);
    bool ready = false;
    if (!s || s->gone == WSC_YES) {
        guess(set, WSC_RET_SOCKET_ERROR, 10038);
        return;
    }
    const wsc_socket *p = wsc_socket_at(m, s->peer);
    if (call->u.select.interest == WSC_READABLE)
        ready = wsc_may_hold_data(m, call->u.select.socket) || s->shut_receive || s->shut_both ||
                (s->type == WSC_STREAM && p && (p->gone != WSC_NO || p->shut_send || p->shut_both));
    else if (call->u.select.interest == WSC_WRITABLE)
        ready = s->connected != WSC_NO || !wsc_connects(s);
    else
        ready = (p && p->out.urgent_count > 0) || (s->connected == WSC_MAYBE && s->peer == WSC_NONE);
    guess(set, ready ? WSC_RET_READY : WSC_RET_TIMEOUT, 0);
}

static void socket_guess(const wsc_model *m, int socket, wsc_set *set) {
    const wsc_socket *s = wsc_socket_at(m, socket);
    if (m->startups == 0)
        guess(set, WSC_RET_SOCKET_ERROR, 10093);
    else if (!s || s->gone == WSC_YES)
        guess(set, WSC_RET_SOCKET_ERROR, 10038);
    else
        guess(set, WSC_RET_0, 0);
}

static void connect_guess(const wsc_model *m, const wsc_call *call, wsc_set *set) {
    const wsc_socket *s = wsc_socket_at(m, call->u.connect.socket);
    socket_guess(m, call->u.connect.socket, set);
    if (set->outcomes[0].ret == WSC_RET_0 && wsc_connects(s)) {
        if (s->nonblocking != WSC_NO && !call->u.connect.waits)
            guess(set, WSC_RET_SOCKET_ERROR, 10035);
        else if (call->u.connect.peer == WSC_NONE || call->u.connect.peer == WSC_SILENT)
            guess(set, WSC_RET_SOCKET_ERROR, 10061);
    }
}

static void shutdown_guess(const wsc_model *m, const wsc_call *call, wsc_set *set) {
    const wsc_socket *s = wsc_socket_at(m, call->u.shutdown.socket);
    socket_guess(m, call->u.shutdown.socket, set);
    if (set->outcomes[0].ret == WSC_RET_0 && wsc_connects(s) && s->connected != WSC_YES)
        guess(set, WSC_RET_SOCKET_ERROR, 10057);
}

static void other_guess(const wsc_model *m, const wsc_call *call, wsc_set *set) {
    const wsc_other_call *c = &call->u.other;
    uint64_t amount;
    socket_guess(m, c->socket, set);
    if (set->outcomes[0].ret == WSC_RET_0 && c->receives && c->op >= 0 &&
        !wsc_available(m, c->socket, c->bytes, &amount))
        guess(set, WSC_RET_SOCKET_ERROR, WSC_IO_PENDING);
    else if (set->outcomes[0].ret == WSC_RET_0 && !c->receives)
        guess_amount(set, true, c->bytes);
}

static void getopt_guess(const wsc_model *m, const wsc_call *call, wsc_set *set) {
    const wsc_socket *s = wsc_socket_at(m, call->u.option.socket);
    socket_guess(m, call->u.option.socket, set);
    if (set->outcomes[0].ret != WSC_RET_0 || call->u.option.option != WSC_SO_MAX_MSG_SIZE)
        return;
    set->outcomes[0].amount = WSC_AMOUNT_RANGE;
    set->outcomes[0].low = s->max_msg ? s->max_msg : s->family == WSC_INET6 ? 65527 : 65507;
    set->outcomes[0].high = set->outcomes[0].low;
}

/* The outcomes of the twisted rule: wsc_model_twist. */
static void twist(const wsc_model *m, wsc_set *set) {
    for (size_t i = 0; i < set->n_outcomes; i++) {
        wsc_outcome *o = &set->outcomes[i];
        if (o->rule != m->twisted)
            continue;
        if (m->twist == WSC_TWIST_CODE && o->error != WSC_ANY_ERROR)
            o->error += o->error > 0;
        if (m->twist == WSC_TWIST_AMOUNT && o->amount == WSC_AMOUNT_RANGE) {
            o->low++;
            o->high++;
        } else if (m->twist == WSC_TWIST_AMOUNT && o->amount == WSC_AMOUNT_UNTOUCHED) {
            o->amount = WSC_AMOUNT_RANGE;
        }
    }
    for (size_t i = 0; i < set->n_runs; i++) {
        if (set->runs[i].rule != m->twisted)
            continue;
        set->runs[i].error += m->twist == WSC_TWIST_CODE;
        set->runs[i].low += m->twist == WSC_TWIST_AMOUNT;
        set->runs[i].high += m->twist == WSC_TWIST_AMOUNT;
    }
}

static void outcomes_of(const wsc_model *m, const wsc_call *call, const wsc_frame *frame, int ran, wsc_set *set) {
    set->judged = set->undefined = set->may_block = set->may_stall = set->truncated = false;
    set->n_outcomes = set->n_runs = set->n_conditions = 0;
    switch (call->kind) {
    case WSC_SEND:
        send_outcomes(m, &call->u.send, call->thread, frame, set);
        list_interruptions(m, call, set);
        break;
    case WSC_RESULT: result_outcomes(m, call, set); break;
    case WSC_WAIT: wait_outcomes(m, call, ran, set); break;
    case WSC_SLEEP: sleep_outcomes(m, call, ran, set); break;
    case WSC_ALERTABLE_WAIT: alertable_outcomes(m, call, ran, set); break;
    case WSC_TAKE: take_outcomes(m, call, set); break;
    case WSC_SELECT: select_guess(m, call, set); break;
    case WSC_RECV:
    case WSC_RECV_OOB: guess(set, WSC_RET_DATA, 0); break;
    case WSC_CLEANUP: guess(set, m->startups ? WSC_RET_0 : WSC_RET_SOCKET_ERROR, m->startups ? 0 : 10093); break;
    case WSC_BIND:
    case WSC_LISTEN:
    case WSC_CLOSE:
    case WSC_CLOSE_COPY:
    case WSC_ABORT_COPY:
    case WSC_ABORT: socket_guess(m, call->u.one.socket, set); break;
    case WSC_OTHER: other_guess(m, call, set); break;
    case WSC_CONNECT: connect_guess(m, call, set); break;
    case WSC_ACCEPT:
        socket_guess(m, call->u.accept.listener, set);
        if (set->outcomes[0].ret == WSC_RET_0)
            set->outcomes[0].ret = WSC_RET_NONE;
        break;
    case WSC_SHUTDOWN: shutdown_guess(m, call, set); break;
    case WSC_NONBLOCKING: socket_guess(m, call->u.nonblocking.socket, set); break;
    case WSC_SETOPT: socket_guess(m, call->u.option.socket, set); break;
    case WSC_GETOPT: getopt_guess(m, call, set); break;
    case WSC_CANCEL: socket_guess(m, call->u.cancel.socket, set); break;
    case WSC_PAIR:
    case WSC_SOCKET: guess(set, m->startups ? WSC_RET_NONE : WSC_RET_SOCKET_ERROR, m->startups ? 0 : 10093); break;
    case WSC_STARTUP:
    case WSC_APC:
    case WSC_HOOK:
    case WSC_CANCEL_BLOCKING:
    case WSC_THREAD_EXIT:
    case WSC_EVENT_SET:
    case WSC_EVENT_RESET:
    case WSC_EVENT_CLOSE: guess(set, WSC_RET_0, 0); break;
    default: guess(set, WSC_RET_NONE, 0); break;
    }
}

void wsc_outcomes(const wsc_model *m, const wsc_call *call, const wsc_frame *frame, int ran, wsc_set *set) {
    outcomes_of(m, call, frame, ran, set);
    if (m->twist)
        twist(m, set);
}

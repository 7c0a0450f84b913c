/*
 * data.c - what was given to the transport and what a peer may therefore receive.
 *
 * Each socket has a ring of segments, one for each WSASend that gave it bytes, in the order of the calls. A received
 * run of bytes is looked up by its data id; what stands before it in the ring must have come already.
 */
#include "model.h"

static size_t slot(const wsc_model *m, const wsc_socket *s, uint32_t index) {
    size_t socket = (size_t)(s - m->sockets), size = m->limits.segments;
    return socket * size + ((s->out.head + index) & (size - 1));
}

wsc_segment *wsc_segment_at(const wsc_model *m, const wsc_socket *s, uint32_t index) {
    return &m->segments[slot(m, s, index)];
}

/* The index of the first segment whose id is not smaller: ids ascend. */
static uint32_t lower_bound(const wsc_model *m, const wsc_socket *s, uint32_t data) {
    uint32_t low = 0, high = s->out.count;
    if (high && wsc_segment_at(m, s, high - 1)->data < data) /* a new one, the common case */
        return high;
    if (high && wsc_segment_at(m, s, 0)->data >= data) /* the next to be read */
        return 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (wsc_segment_at(m, s, middle)->data < data)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t wsc_segment_find(const wsc_model *m, const wsc_socket *s, uint32_t data) {
    uint32_t i = lower_bound(m, s, data);
    return i < s->out.count && wsc_segment_at(m, s, i)->data == data ? i : s->out.count;
}

static uint64_t left_of(const wsc_segment *g, uint64_t offset) {
    return g->possible > offset ? g->possible - offset : 0;
}

static void pop(wsc_model *m, wsc_socket *s) {
    wsc_queue *q = &s->out;
    wsc_segment *g = wsc_segment_at(m, s, 0);
    uint64_t left = left_of(g, q->offset);
    q->unread -= left < q->unread ? left : q->unread;
    q->passed = g->data;
    q->head = (q->head + 1) & (m->limits.segments - 1);
    q->count--;
    q->offset = 0;
}

static void lose(wsc_queue *q, uint32_t first, uint32_t last) {
    if (!q->lost_first)
        q->lost_first = first;
    q->lost_last = last;
}

wsc_segment *wsc_segment_push(wsc_model *m, wsc_socket *s, uint32_t data) {
    wsc_queue *q = &s->out;
    if (q->count == m->limits.segments) {
        uint32_t oldest = wsc_segment_at(m, s, 0)->data, passed = q->passed;
        lose(q, oldest, oldest);
        pop(m, s);
        q->passed = passed;
    }
    uint32_t at = lower_bound(m, s, data);
    for (uint32_t i = q->count++; i > at; i--) /* of a call that took long */
        *wsc_segment_at(m, s, i) = *wsc_segment_at(m, s, i - 1);
    wsc_segment *g = wsc_segment_at(m, s, at);
    *g = (wsc_segment){.data = data, .op = WSC_NONE, .to = s->peer};
    return g;
}

void wsc_segment_remove(wsc_model *m, wsc_socket *s, uint32_t index) {
    wsc_segment *g = wsc_segment_at(m, s, index);
    uint64_t left = left_of(g, index == 0 ? s->out.offset : 0);
    s->out.unread -= left < s->out.unread ? left : s->out.unread;
    if (index == 0)
        s->out.head = (s->out.head + 1) & (m->limits.segments - 1);
    for (uint32_t i = index; index > 0 && i + 1 < s->out.count; i++)
        *wsc_segment_at(m, s, i) = *wsc_segment_at(m, s, i + 1);
    s->out.count--;
    if (index == 0)
        s->out.offset = 0;
}

/* The transport has consumed what the operation of this segment gave. */
static void consumed(wsc_model *m, const wsc_segment *g) {
    if (g->op >= 0 && m->ops[g->op].data == g->data)
        wsc_op_due(m, &m->ops[g->op]);
}

/* The segment at the head has been read or passed. */
static void finish_head(wsc_model *m, wsc_socket *s) {
    consumed(m, wsc_segment_at(m, s, 0));
    pop(m, s);
}

static void finish_datagram(wsc_model *m, wsc_socket *s, uint32_t index) {
    const wsc_segment *g = wsc_segment_at(m, s, index);
    consumed(m, g);
    if (g->data > s->out.passed)
        s->out.passed = g->data;
    wsc_segment_remove(m, s, index);
}

void wsc_queue_settle(wsc_model *m, wsc_socket *s) {
    while (s->out.count > 0) {
        const wsc_segment *g = wsc_segment_at(m, s, 0);
        if (g->in_call || s->type != WSC_STREAM || g->urgent || s->out.offset < g->possible)
            return;
        finish_head(m, s);
    }
}

void wsc_queue_uncertain(wsc_model *m, wsc_socket *s) {
    for (uint32_t i = 0; i < s->out.count; i++) {
        wsc_segment *g = wsc_segment_at(m, s, i);
        g->certain = 0;
        g->must = MUST_NO;
    }
    s->out.urgent_must = false;
}

void wsc_queue_forget(wsc_model *m, wsc_socket *s) {
    wsc_queue *q = &s->out;
    (void)m;
    lose(q, q->first_data, q->last_data);
    q->count = 0;
    q->offset = q->unread = 0;
    q->urgent_must = false;
}

void wsc_queue_other(wsc_model *m, wsc_socket *s, uint32_t data, int to, uint64_t bytes) {
    wsc_queue *q = &s->out;
    q->other_first = q->other_first ? q->other_first : data;
    q->other_last = data;
    if (s->mingled && s->type == WSC_STREAM)
        return;
    wsc_segment *g = wsc_segment_push(m, s, data);
    g->to = to;
    g->possible = bytes;
    g->loose = true;
    q->unread += bytes;
    wsc_queue_settle(m, s);
}

/* --- receiving ---------------------------------------------------------------------------------------------------- */

/* Whether this socket may have something for that receiver; a datagram socket may have had it as a peer before. */
static bool sends_to(const wsc_socket *s, int receiver) {
    return s->made && s->out.last_data != 0 && (s->peer == receiver || s->type == WSC_DATAGRAM);
}

static bool is_for(const wsc_socket *s, const wsc_segment *g, int receiver) {
    return wsc_connects(s) || g->to == receiver;
}

bool wsc_may_hold_data(const wsc_model *m, int receiver) {
    for (uint32_t i = 0; i < m->n_sockets; i++) {
        const wsc_socket *s = &m->sockets[i];
        if (!sends_to(s, receiver))
            continue;
        if (s->out.lost_last)
            return true;
        for (uint32_t k = 0; k < s->out.count; k++)
            if (is_for(s, wsc_segment_at(m, s, k), receiver))
                return true;
    }
    return false;
}

static bool in_range(uint32_t data, uint32_t first, uint32_t last) {
    return first && data >= first && data <= last;
}

/* The sender whose WSASend had this id; NULL if none of this receiver's peers can have made it. */
static wsc_socket *sender_of(const wsc_model *m, int receiver, uint32_t data) {
    wsc_socket *best = NULL;
    for (uint32_t i = 0; i < m->n_sockets; i++) {
        wsc_socket *s = &m->sockets[i];
        if (!sends_to(s, receiver) || !in_range(data, s->out.first_data, s->out.last_data))
            continue;
        uint32_t at = wsc_segment_find(m, s, data);
        if (at < s->out.count) { /* ids of several senders interleave */
            if (is_for(s, wsc_segment_at(m, s, at), receiver))
                return s;
        } else if (s->peer == receiver && (!best || in_range(data, s->out.lost_first, s->out.lost_last) ||
                                           (best->out.passed < data && s->out.passed >= data))) {
            best = s;
        }
    }
    return best;
}

/* A receiver whose peer nobody can name may get anything; so may one of what is forgotten of another's old peer. */
static bool unobserved(const wsc_model *m, int receiver, uint32_t data) {
    if (m->sockets[receiver].peer < WSC_NONE)
        return true;
    for (uint32_t i = 0; i < m->n_sockets; i++) {
        const wsc_socket *s = &m->sockets[i];
        if (s->made && s->peer != receiver && in_range(data, s->out.lost_first, s->out.lost_last))
            return true;
    }
    return false;
}

static bool healthy(const wsc_model *m, const wsc_socket *s, const wsc_socket *receiver) {
    uint64_t faults = m->maybe | m->yes | s->maybe | s->yes | receiver->maybe | receiver->yes;
    return !faults && !wsc_lossy(wsc_faults_of(m, s) | wsc_faults_of(m, receiver)) && !receiver->shut_receive &&
           !receiver->shut_both && !receiver->told && !s->told;
}

/* Of several urgent bytes any may come in the stream, and any out of band; each once. The last one, once it came out of
 * band, is the end of these: what has not come by then, and does not stand in the stream any more, is lost. Told once.
 */
static void check_urgent(const wsc_model *m, wsc_socket *s, int rule, wsc_verdict *v) {
    wsc_queue *q = &s->out;
    uint64_t came = q->urgent_inline + q->urgent_apart;
    if (!q->urgent_sure || !q->urgent_over || came >= q->urgent_bytes)
        return;
    wsc_found_data(m, v, rule, (wsc_run){q->urgent_last, 0, q->urgent_bytes});
    q->urgent_sure = false;
}

/* Urgent bytes in the stream: not those that came out of band. */
static void note_inline(const wsc_model *m, wsc_socket *s, const wsc_segment *g, wsc_run run, wsc_verdict *v) {
    wsc_queue *q = &s->out;
    uint64_t low = run.low > q->offset ? run.low : q->offset, high = run.high < g->possible ? run.high : g->possible;
    if (!g->urgent || run.data != q->urgent_last)
        return;
    q->urgent_inline += high > low ? high - low : 0;
    if (g->loose && run.low < q->urgent_high && run.high > q->urgent_low)
        wsc_found_data(m, v, RULE_data_urgent, run);
}

/* Skips what stands before segment i: what must have come is a gap. */
static void skip_to(wsc_model *m, wsc_socket *s, uint32_t i, wsc_verdict *v) {
    bool told = false;
    for (; i > 0; i--) {
        const wsc_segment *g = wsc_segment_at(m, s, 0);
        if (!told && g->certain > s->out.offset) {
            wsc_found_data(m, v, RULE_data_gap, (wsc_run){g->data, s->out.offset, g->possible});
            told = true;
        }
        if (g->urgent && g->data == s->out.urgent_last)
            check_urgent(m, s, RULE_data_gap, v);
        finish_head(m, s);
    }
}

/* A run whose id is not under way: it came already, belongs to a call that failed, or nobody knows. */
static void receive_stray(wsc_model *m, wsc_socket *s, wsc_run run, wsc_verdict *v) {
    const wsc_queue *q = &s->out;
    if (in_range(run.data, q->lost_first, q->lost_last) || in_range(run.data, q->other_first, q->other_last))
        return;
    wsc_found_data(m, v, run.data <= q->passed ? RULE_data_repeat : RULE_data_failed, run);
}

static void receive_stream_run(wsc_model *m, int receiver, wsc_run run, wsc_verdict *v) {
    wsc_socket *s = run.data ? sender_of(m, receiver, run.data) : NULL;
    if (!s) {
        if (!unobserved(m, receiver, run.data))
            wsc_found_data(m, v, RULE_data_foreign, run);
        return;
    }
    uint32_t i = wsc_segment_find(m, s, run.data);
    if (i == s->out.count) {
        receive_stray(m, s, run, v);
        return;
    }
    wsc_queue *q = &s->out;
    skip_to(m, s, i, v);
    q->lost_first = q->lost_last = 0; /* what was forgotten stood before this */
    const wsc_segment *g = wsc_segment_at(m, s, 0);
    const wsc_socket *r = wsc_socket_at(m, receiver);
    if (g->urgent && !g->loose && !r->inline_oob && q->urgent_count < 2)
        wsc_found_data(m, v, RULE_data_urgent, run);
    else if (run.low < q->offset)
        wsc_found_data(m, v, RULE_data_repeat,
                       (wsc_run){run.data, run.low, q->offset < run.high ? q->offset : run.high});
    else if (run.low > q->offset && !g->loose)
        wsc_found_data(m, v, RULE_data_gap, (wsc_run){run.data, q->offset, run.low});
    note_inline(m, s, g, run, v);
    if (run.high > g->possible && !g->in_call)
        wsc_found_data(m, v, RULE_data_excess, (wsc_run){run.data, g->possible, run.high});
    if (run.high > q->offset) {
        uint64_t most = run.high < g->possible ? run.high : g->possible, more = most > q->offset ? most - q->offset : 0;
        q->unread -= more < q->unread ? more : q->unread;
        q->offset = run.high;
    }
    wsc_queue_settle(m, s);
}

/* Nothing more came within the limit, or ever: what was accepted is missing. Told once. */
static void find_missing(wsc_model *m, int receiver, wsc_verdict *v) {
    const wsc_socket *r = &m->sockets[receiver];
    for (uint32_t n = 0; n < m->n_sockets; n++) {
        wsc_socket *s = &m->sockets[n];
        if (!sends_to(s, receiver))
            continue;
        bool demanded = healthy(m, s, r);
        if (demanded)
            check_urgent(m, s, RULE_data_missing, v);
        for (uint32_t i = 0; i < s->out.count; i++) {
            wsc_segment *g = wsc_segment_at(m, s, i);
            uint64_t from = i == 0 ? s->out.offset : 0;
            if (!is_for(s, g, receiver))
                continue;
            if (demanded && (g->certain > from || g->must == MUST_ARRIVE)) {
                wsc_found_data(m, v, RULE_data_missing, (wsc_run){g->data, from, g->possible});
                demanded = false;
            }
            g->certain = 0;
            g->must = MUST_NO;
        }
        s->out.lost_first = s->out.lost_last = 0;
    }
}

/* An empty datagram has no bytes to tell whose it is: the first that is on its way. */
static wsc_socket *empty_datagram(const wsc_model *m, int receiver, uint32_t *data) {
    for (uint32_t n = 0; n < m->n_sockets; n++) {
        wsc_socket *s = &m->sockets[n];
        for (uint32_t i = 0; sends_to(s, receiver) && i < s->out.count; i++) {
            const wsc_segment *g = wsc_segment_at(m, s, i);
            if (g->possible == 0 && is_for(s, g, receiver)) {
                *data = g->data;
                return s;
            }
        }
    }
    return NULL;
}

/* Datagrams may overtake one another: only the transport is promised their order. */
static void receive_datagram(wsc_model *m, const wsc_call *call, const wsc_observed *seen, wsc_verdict *v) {
    int receiver = call->u.recv.socket;
    wsc_run run = seen->n_data ? seen->data[0] : (wsc_run){0};
    wsc_socket *s = run.data            ? sender_of(m, receiver, run.data)
                    : seen->n_data == 0 ? empty_datagram(m, receiver, &run.data)
                                        : NULL;
    if (!s) {
        if (!unobserved(m, receiver, run.data))
            wsc_found_data(m, v, RULE_data_foreign, run);
        return;
    }
    uint32_t i = wsc_segment_find(m, s, run.data);
    if (i == s->out.count) {
        receive_stray(m, s, run, v);
        return;
    }
    const wsc_segment *g = wsc_segment_at(m, s, i);
    uint64_t whole = g->possible < call->u.recv.bytes ? g->possible : call->u.recv.bytes;
    if (!g->loose && !g->in_call && (seen->n_data > 1 || run.low != 0 || run.high != whole))
        wsc_found_data(m, v, run.high > g->possible ? RULE_data_excess : RULE_data_message, run);
    finish_datagram(m, s, i);
}

/* The connection is said to have ended, though nobody did anything to it. */
static bool out_of_nothing(const wsc_model *m, const wsc_socket *r, const wsc_observed *seen) {
    const wsc_socket *s = wsc_socket_at(m, r->peer);
    bool ended = seen->error == WSC_CONNRESET || seen->error == WSC_CONNABORTED;
    return seen->end == WSC_END_ERROR && ended && s && s->gone == WSC_NO && r->gone == WSC_NO && r->reset == WSC_NO &&
           r->aborted == WSC_NO && s->reset == WSC_NO && s->aborted == WSC_NO;
}

static void receive(wsc_model *m, const wsc_call *call, const wsc_observed *seen, wsc_verdict *v) {
    wsc_socket *r = wsc_socket_at(m, call->u.recv.socket);
    if (r->type != WSC_STREAM) {
        if (seen->n_data || seen->end == WSC_END_NONE)
            receive_datagram(m, call, seen, v);
        else if (seen->end == WSC_END_TIMEOUT)
            find_missing(m, call->u.recv.socket, v);
        return;
    }
    uint64_t got = 0;
    for (size_t i = 0; i < seen->n_data; i++) {
        receive_stream_run(m, call->u.recv.socket, seen->data[i], v);
        got += seen->data[i].high - seen->data[i].low;
    }
    /* Fewer bytes than were asked for, without a word about why: it waited in vain. */
    bool in_vain = seen->end == WSC_END_TIMEOUT || (seen->end == WSC_END_NONE && got < call->u.recv.bytes);
    if (in_vain || seen->end == WSC_END_EOF || out_of_nothing(m, r, seen))
        find_missing(m, call->u.recv.socket, v);
    wsc_socket *s = wsc_socket_at(m, r->peer);
    if (s && s->out.urgent_count && seen->end != WSC_END_NONE)
        s->out.urgent_must = false; /* reading past the mark may discard the urgent byte */
}

void wsc_receive(wsc_model *m, const wsc_call *call, const wsc_observed *seen, wsc_verdict *v) {
    wsc_socket *r = wsc_socket_at(m, call->u.recv.socket);
    wsc_verdict ignored;
    ignored.n_findings = 0;
    if (r && r->receiving) /* which of the two gets which bytes? */
        r->elsewhere = true;
    if (r)
        receive(m, call, seen, r->elsewhere ? &ignored : v);
}

/* Whether this urgent data was to come: of the last message, in order and each byte once; or some of an earlier one. */
static bool is_urgent(wsc_queue *q, wsc_run run) {
    if (q->urgent_count == 0)
        return false;
    if (run.data != q->urgent_last)
        return in_range(run.data, q->urgent_first, q->urgent_last);
    uint64_t came = q->urgent_inline + q->urgent_apart + (run.high - run.low);
    if (run.high > q->urgent_bytes || run.low < q->urgent_high || (q->urgent_sure && came > q->urgent_bytes))
        return false;
    q->urgent_apart += run.high - run.low;
    q->urgent_low = run.low;
    q->urgent_high = run.high;
    q->urgent_over = run.high == q->urgent_bytes;
    return true;
}

void wsc_receive_oob(wsc_model *m, const wsc_call *call, const wsc_observed *seen, wsc_verdict *v) {
    const wsc_socket *r = wsc_socket_at(m, call->u.recv.socket);
    wsc_socket *s = r ? wsc_socket_at(m, r->peer) : NULL;
    if (!s || r->inline_oob)
        return;
    wsc_queue *q = &s->out;
    bool right = true;
    for (size_t i = 0; i < seen->n_data; i++)
        if (!is_urgent(q, seen->data[i])) {
            wsc_found_data(m, v, RULE_data_urgent, seen->data[i]);
            right = false;
        }
    if (seen->n_data == 0) {
        if (q->urgent_must && healthy(m, s, r))
            wsc_found_data(m, v, RULE_data_urgent, (wsc_run){q->urgent_last, 0, q->urgent_bytes});
        q->urgent_must = false;
        return;
    }
    uint32_t at = wsc_segment_find(m, s, q->urgent_last);
    if (at < q->count && q->urgent_bytes == 1)
        consumed(m, wsc_segment_at(m, s, at));
    if (q->urgent_over && (at == q->count || (at == 0 && q->offset >= q->urgent_low)))
        check_urgent(m, s, RULE_data_missing, v);
    if (!right || q->urgent_over || seen->data[0].data != q->urgent_last)
        q->urgent_count = 0;
    q->urgent_must = false;
}

/* --- guessing what would come ----------------------------------------------------------------------------------------
 */

static wsc_ending silence_of(const wsc_socket *r, const wsc_socket *s) {
    if (s && (r->told || (s->gone != WSC_NO && r->reset != WSC_NO && r->aborted == WSC_NO)))
        return WSC_END_ERROR;
    if (s && (s->gone != WSC_NO || s->shut_send || s->shut_both))
        return WSC_END_EOF;
    return WSC_END_TIMEOUT;
}

static size_t expect_datagram(const wsc_model *m, int receiver, uint64_t bytes, wsc_run *runs, size_t max) {
    const wsc_segment *first = NULL;
    for (uint32_t n = 0; n < m->n_sockets; n++) {
        const wsc_socket *s = &m->sockets[n];
        for (uint32_t i = 0; sends_to(s, receiver) && i < s->out.count; i++) {
            const wsc_segment *g = wsc_segment_at(m, s, i);
            if (is_for(s, g, receiver) && (!first || g->data < first->data))
                first = g;
        }
    }
    if (!first || max == 0)
        return 0;
    runs[0] = (wsc_run){first->data, 0, first->possible < bytes ? first->possible : bytes};
    return 1;
}

static size_t expect_stream(const wsc_model *m, const wsc_socket *s, uint64_t bytes, wsc_run *runs, size_t max,
                            uint64_t *got) {
    size_t n = 0;
    for (uint32_t i = 0; i < s->out.count && n < max && *got < bytes; i++) {
        const wsc_segment *g = wsc_segment_at(m, s, i);
        uint64_t low = i == 0 ? s->out.offset : 0;
        uint64_t high = g->urgent ? g->possible - (g->possible > 0) : g->possible;
        if (low >= high)
            continue;
        if (high - low > bytes - *got)
            high = low + (bytes - *got);
        runs[n++] = (wsc_run){g->data, low, high};
        *got += high - low;
    }
    return n;
}

bool wsc_available(const wsc_model *m, int receiver, uint64_t bytes, uint64_t *amount) {
    wsc_run runs[8];
    wsc_ending end;
    uint64_t got = 0;
    size_t n = wsc_expected_data(m, receiver, bytes, false, runs, 8, &end);
    for (size_t i = 0; i < n; i++)
        got += runs[i].high - runs[i].low;
    *amount = got;
    return n > 0;
}

/* Of a cancelled operation some bytes may never come: what came instead nobody saw. */
static bool is_ambiguous(const wsc_model *m, int receiver, const wsc_run *runs, size_t n) {
    const wsc_socket *r = wsc_socket_at(m, receiver), *s = wsc_socket_at(m, r->peer);
    for (size_t i = 0; s && r->type == WSC_STREAM && i < n; i++) {
        uint32_t at = wsc_segment_find(m, s, runs[i].data);
        const wsc_segment *g = at < s->out.count ? wsc_segment_at(m, s, at) : NULL;
        if (g && g->op >= 0 && !g->in_call && !g->loose && !g->urgent && runs[i].high > g->certain)
            return true;
    }
    return false;
}

void wsc_take_away(wsc_model *m, int receiver, uint64_t bytes) {
    wsc_run runs[8];
    wsc_ending end;
    uint64_t got = 0;
    do { /* as a recv would, with nobody who looks at what came */
        size_t n = wsc_expected_data(m, receiver, bytes - got, false, runs, 8, &end);
        wsc_call call = {.kind = WSC_RECV, .u.recv = {receiver, bytes - got}};
        wsc_observed seen = {.ret = WSC_RET_DATA, .data = runs, .n_data = n};
        wsc_verdict ignored;
        ignored.n_findings = 0;
        if (n == 0)
            return;
        m->sockets[receiver].elsewhere |= is_ambiguous(m, receiver, runs, n);
        receive(m, &call, &seen, &ignored);
        for (size_t i = 0; i < n; i++)
            got += runs[i].high - runs[i].low;
    } while (got < bytes && m->sockets[receiver].type == WSC_STREAM);
}

size_t wsc_expected_data(const wsc_model *m, int socket, uint64_t bytes, bool urgent, wsc_run *runs, size_t max,
                         wsc_ending *end) {
    const wsc_socket *r = wsc_socket_at(m, socket), *s = r ? wsc_socket_at(m, r->peer) : NULL;
    uint64_t got = 0;
    size_t n = 0;
    *end = WSC_END_NONE;
    if (!r || r->gone == WSC_YES) {
        *end = WSC_END_ERROR;
        return 0;
    }
    if (urgent) {
        if (s && s->out.urgent_count && max > 0) {
            runs[0] = (wsc_run){s->out.urgent_last, s->out.urgent_bytes - 1, s->out.urgent_bytes};
            return 1;
        }
        *end = WSC_END_TIMEOUT;
        return 0;
    }
    if (r->type != WSC_STREAM) {
        n = expect_datagram(m, socket, bytes, runs, max);
        if (n == 0)
            *end = WSC_END_TIMEOUT;
        return n;
    }
    if (s)
        n = expect_stream(m, s, bytes, runs, max, &got);
    if (got < bytes && n < max)
        *end = silence_of(r, s);
    return n;
}

/* model.c - memory: making, growing, copying and comparing models. */
#include "model.h"

#include <stdlib.h>
#include <string.h>

static uint32_t power_of_two(uint32_t n) {
    uint32_t p = 1;
    while (p < n && p < UINT32_C(1) << 31)
        p <<= 1;
    return p;
}

static wsc_limits full_limits(const wsc_limits *limits) {
    static const wsc_limits usual = {32, 64, 64, 8, 8, 64};
    wsc_limits l = limits ? *limits : usual;
    l.sockets = l.sockets ? l.sockets : usual.sockets;
    l.operations = l.operations ? l.operations : usual.operations;
    l.events = l.events ? l.events : usual.events;
    l.ports = l.ports ? l.ports : usual.ports;
    l.threads = l.threads ? l.threads : usual.threads;
    l.segments = power_of_two(l.segments ? l.segments : usual.segments);
    return l;
}

/* Makes *array at least `count` elements long; new ones are zero. */
static bool grow_array(void **array, uint32_t *have, uint32_t count, size_t each) {
    if (*array && count <= *have)
        return true;
    if (count > SIZE_MAX / each)
        return false;
    void *bigger = calloc(count, each);
    if (!bigger)
        return false;
    if (*array)
        memcpy(bigger, *array, (size_t)*have * each);
    free(*array);
    *array = bigger;
    *have = count;
    return true;
}

static bool grow_all(wsc_model *m, const wsc_limits *l) {
    void *sockets = m->sockets, *ops = m->ops, *events = m->events, *ports = m->ports, *threads = m->threads;
    void *segments = m->segments;
    uint32_t rings = m->segments ? m->limits.sockets : 0;
    bool ok = grow_array(&segments, &rings, l->sockets, sizeof *m->segments * m->limits.segments) &&
              grow_array(&sockets, &m->limits.sockets, l->sockets, sizeof *m->sockets) &&
              grow_array(&ops, &m->limits.operations, l->operations, sizeof *m->ops) &&
              grow_array(&events, &m->limits.events, l->events, sizeof *m->events) &&
              grow_array(&ports, &m->limits.ports, l->ports, sizeof *m->ports) &&
              grow_array(&threads, &m->limits.threads, l->threads, sizeof *m->threads);
    m->sockets = sockets;
    m->ops = ops;
    m->events = events;
    m->ports = ports;
    m->threads = threads;
    m->segments = segments;
    return ok;
}

wsc_model *wsc_model_new(const wsc_limits *limits) {
    wsc_limits l = full_limits(limits);
    wsc_model *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    m->limits.segments = l.segments;
    if (!grow_all(m, &l)) {
        wsc_model_free(m);
        return NULL;
    }
    return m;
}

void wsc_model_free(wsc_model *m) {
    if (!m)
        return;
    free(m->sockets);
    free(m->ops);
    free(m->events);
    free(m->ports);
    free(m->threads);
    free(m->segments);
    free(m);
}

/* Makes all rings longer. */
static bool grow_rings(wsc_model *m, uint32_t segments) {
    if (segments <= m->limits.segments)
        return true;
    if (segments > SIZE_MAX / sizeof *m->segments / m->limits.sockets)
        return false;
    wsc_segment *rings = calloc((size_t)m->limits.sockets * segments, sizeof *rings);
    if (!rings)
        return false;
    for (uint32_t i = 0; i < m->n_sockets; i++)
        for (uint32_t k = 0; k < m->sockets[i].out.count; k++)
            rings[(size_t)i * segments + k] = *wsc_segment_at(m, &m->sockets[i], k);
    for (uint32_t i = 0; i < m->n_sockets; i++)
        m->sockets[i].out.head = 0;
    free(m->segments);
    m->segments = rings;
    m->limits.segments = segments;
    return true;
}

bool wsc_model_is_full(const wsc_model *m, int socket) {
    const wsc_socket *s = wsc_socket_at(m, socket);
    return s && s->out.count == m->limits.segments;
}

wsc_status wsc_model_grow(wsc_model *m, const wsc_limits *limits) {
    wsc_limits l = full_limits(limits);
    if (!grow_rings(m, l.segments))
        return WSC_MEMORY;
    return grow_all(m, &l) ? WSC_OK : WSC_MEMORY;
}

static void clear(void *array, uint32_t n, size_t each) {
    memset(array, 0, (size_t)n * each);
}

void wsc_model_reset(wsc_model *m) {
    clear(m->sockets, m->n_sockets, sizeof *m->sockets);
    clear(m->ops, m->n_ops, sizeof *m->ops);
    clear(m->events, m->n_events, sizeof *m->events);
    clear(m->ports, m->n_ports, sizeof *m->ports);
    clear(m->threads, m->n_threads, sizeof *m->threads);
    m->n_sockets = m->n_ops = m->n_events = m->n_ports = m->n_threads = 0;
    m->maybe = m->yes = m->injected = 0;
    m->faults = 0;
    m->startups = m->order = 0;
    m->old_version = m->new_version = false;
}

static void copy_segments(wsc_model *to, const wsc_model *from) {
    for (uint32_t i = 0; i < from->n_sockets; i++) {
        const wsc_socket *s = &from->sockets[i];
        for (uint32_t k = 0; k < s->out.count; k++)
            *wsc_segment_at(to, &to->sockets[i], k) = *wsc_segment_at(from, s, k);
    }
}

wsc_status wsc_model_copy(wsc_model *to, const wsc_model *from) {
    if (to == from)
        return WSC_OK;
    if (to->limits.segments != from->limits.segments) { /* rings of another size: make them anew */
        wsc_segment *rings = calloc((size_t)to->limits.sockets * from->limits.segments, sizeof *rings);
        if (!rings)
            return WSC_MEMORY;
        free(to->segments);
        to->segments = rings;
        to->limits.segments = from->limits.segments;
    }
    if (wsc_model_grow(to, &from->limits) != WSC_OK)
        return WSC_MEMORY;
    wsc_model_reset(to);
    memcpy(to->sockets, from->sockets, from->n_sockets * sizeof *to->sockets);
    memcpy(to->ops, from->ops, from->n_ops * sizeof *to->ops);
    memcpy(to->events, from->events, from->n_events * sizeof *to->events);
    memcpy(to->ports, from->ports, from->n_ports * sizeof *to->ports);
    memcpy(to->threads, from->threads, from->n_threads * sizeof *to->threads);
    memcpy(to->disabled, from->disabled, sizeof to->disabled);
    to->twist = from->twist;
    to->twisted = from->twisted;
    to->profile = from->profile;
    to->maybe = from->maybe;
    to->yes = from->yes;
    to->injected = from->injected;
    to->faults = from->faults;
    to->startups = from->startups;
    to->old_version = from->old_version;
    to->new_version = from->new_version;
    to->order = from->order;
    to->n_sockets = from->n_sockets;
    to->n_ops = from->n_ops;
    to->n_events = from->n_events;
    to->n_ports = from->n_ports;
    to->n_threads = from->n_threads;
    copy_segments(to, from);
    return WSC_OK;
}

wsc_model *wsc_model_clone(const wsc_model *model) {
    wsc_model *m = wsc_model_new(&model->limits);
    if (m)
        wsc_model_copy(m, model); /* there is room for all: needs no memory */
    return m;
}

/* --- comparing: the same walk feeds a hash, and equality is that the walks agree ------------------------------------
 */

typedef struct walk {
    uint64_t hash;
} walk;

static void feed(walk *w, const void *bytes, size_t size) { /* FNV-1a */
    const unsigned char *p = bytes;
    for (size_t i = 0; i < size; i++)
        w->hash = (w->hash ^ p[i]) * UINT64_C(0x100000001b3);
}

/* Where a ring begins does not matter. */
static wsc_socket comparable(const wsc_socket *s) {
    wsc_socket c;
    memcpy(&c, s, sizeof c); /* padding too: it is zero from the reset on */
    c.out.head = 0;
    return c;
}

uint64_t wsc_model_hash(const wsc_model *m) {
    walk w = {UINT64_C(0xcbf29ce484222325)};
    for (uint32_t i = 0; i < m->n_sockets; i++) {
        wsc_socket c = comparable(&m->sockets[i]);
        feed(&w, &c, sizeof c);
        for (uint32_t k = 0; k < c.out.count; k++)
            feed(&w, wsc_segment_at(m, &m->sockets[i], k), sizeof(wsc_segment));
    }
    feed(&w, m->ops, m->n_ops * sizeof *m->ops);
    feed(&w, m->events, m->n_events * sizeof *m->events);
    for (uint32_t i = 0; i < m->n_threads; i++) {
        feed(&w, &m->threads[i].exited, sizeof m->threads[i].exited);
        feed(&w, &m->threads[i].loose, sizeof m->threads[i].loose);
        feed(&w, &m->threads[i].depth, sizeof m->threads[i].depth);
        feed(&w, m->threads[i].apcs, m->threads[i].n_apcs * sizeof *m->threads[i].apcs);
    }
    feed(&w, &m->startups, sizeof m->startups);
    feed(&w, &m->maybe, sizeof m->maybe);
    feed(&w, &m->yes, sizeof m->yes);
    feed(&w, &m->injected, sizeof m->injected);
    feed(&w, &m->faults, sizeof m->faults);
    return w.hash;
}

static bool same_threads(const wsc_model *a, const wsc_model *b) {
    for (uint32_t i = 0; i < a->n_threads; i++) {
        const wsc_thread *x = &a->threads[i], *y = &b->threads[i];
        uint32_t depth = x->depth < WSC_MAX_DEPTH ? x->depth : WSC_MAX_DEPTH;
        if (x->exited != y->exited || x->loose != y->loose || x->depth != y->depth || x->hook != y->hook ||
            x->hooked != y->hooked || x->n_apcs != y->n_apcs ||
            memcmp(x->apcs, y->apcs, x->n_apcs * sizeof *x->apcs) != 0 ||
            memcmp(x->frames, y->frames, depth * sizeof *x->frames) != 0)
            return false;
    }
    return true;
}

static bool same_sockets(const wsc_model *a, const wsc_model *b) {
    for (uint32_t i = 0; i < a->n_sockets; i++) {
        wsc_socket x = comparable(&a->sockets[i]), y = comparable(&b->sockets[i]);
        /* Padding is zero everywhere: sockets are made by memset. */
        if (memcmp(&x, &y, sizeof x) != 0) /* NOLINT(bugprone-suspicious-memory-comparison) */
            return false;
        for (uint32_t k = 0; k < x.out.count; k++)
            if (memcmp(wsc_segment_at(a, &a->sockets[i], k), wsc_segment_at(b, &b->sockets[i], k),
                       sizeof(wsc_segment)) != 0)
                return false;
    }
    return true;
}

bool wsc_model_equal(const wsc_model *a, const wsc_model *b) {
    if (a == b)
        return true;
    return a->n_sockets == b->n_sockets && a->n_ops == b->n_ops && a->n_events == b->n_events &&
           a->n_threads == b->n_threads && a->startups == b->startups && a->old_version == b->old_version &&
           a->new_version == b->new_version && a->maybe == b->maybe && a->yes == b->yes && a->injected == b->injected &&
           a->faults == b->faults && a->profile == b->profile &&
           memcmp(a->disabled, b->disabled, sizeof a->disabled) == 0 && a->twist == b->twist &&
           a->twisted == b->twisted && memcmp(a->ops, b->ops, a->n_ops * sizeof *a->ops) == 0 &&
           memcmp(a->events, b->events, a->n_events * sizeof *a->events) == 0 && same_threads(a, b) &&
           same_sockets(a, b);
}

/* --- switches
 * --------------------------------------------------------------------------------------------------------- */

void wsc_model_set_profile(wsc_model *m, wsc_profile profile) {
    m->profile = profile;
}

void wsc_model_enable(wsc_model *m, int rule, bool on) {
    if (rule < 0 || rule >= RULE_COUNT)
        return;
    uint64_t bit = UINT64_C(1) << (rule % 64);
    if (on)
        m->disabled[rule / 64] &= ~bit;
    else
        m->disabled[rule / 64] |= bit;
}

bool wsc_model_is_enabled(const wsc_model *m, int rule) {
    return rule >= 0 && rule < RULE_COUNT && wsc_enabled(m, rule);
}

wsc_status wsc_model_twist(wsc_model *m, int rule, wsc_twist twist) {
    if (rule < 0 || rule >= RULE_COUNT || (unsigned)twist >= WSC_TWIST_COUNT)
        return WSC_RANGE;
    if (m->twist == WSC_TWIST_DROP)
        wsc_model_enable(m, m->twisted, true);
    m->twist = twist;
    m->twisted = rule;
    if (twist == WSC_TWIST_DROP)
        wsc_model_enable(m, rule, false);
    return WSC_OK;
}

wsc_status wsc_fault(wsc_model *m, int socket, int rule, wsc_tri holds) {
    wsc_socket *s = wsc_socket_at(m, socket);
    if (rule < 0 || rule >= ERROR_RULES || (!s && socket != WSC_NONE))
        return WSC_RANGE;
    uint64_t *maybe = s ? &s->maybe : &m->maybe, *yes = s ? &s->yes : &m->yes, bit = UINT64_C(1) << rule;
    *maybe = holds == WSC_MAYBE ? *maybe | bit : *maybe & ~bit;
    *yes = holds == WSC_YES ? *yes | bit : *yes & ~bit;
    return WSC_OK;
}

void wsc_buffers_begin(wsc_buffers *b, wsc_place array, uint64_t mapped, uint32_t count) {
    *b = (wsc_buffers){.array = array, .count = count};
    if (array != WSC_AT_NULL && array != WSC_AT_WILD && array != WSC_AT_KERNEL)
        b->mapped = mapped < UINT32_MAX ? (uint32_t)mapped : UINT32_MAX;
}

void wsc_buffers_add(wsc_buffers *b, uint64_t repeat, uint64_t length, uint64_t backing, wsc_place place) {
    uint64_t room = b->count - b->added; /* elements behind dwBufferCount are none */
    bool nowhere = place == WSC_AT_NULL || place == WSC_AT_WILD || place == WSC_AT_KERNEL || place == WSC_AT_STRADDLE;
    if (repeat > room)
        repeat = room;
    if (repeat == 0)
        return;
    b->added += (uint32_t)repeat;
    b->total += repeat * length;
    if (length == 0) {
        b->odd |= nowhere && place != WSC_AT_STRADDLE;
        b->astray |= place == WSC_AT_WILD || place == WSC_AT_KERNEL;
    } else
        b->bad |= nowhere || backing < length;
}

/* steps.c - see steps.h. */
#include "steps.h"

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9E3779B97F4A7C15u;
    return hash ^ (hash >> 32);
}

/* Names are interned, so their addresses stand for them. */
static uint64_t mix_values(uint64_t hash, const wsn_value *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const wsn_value *v = &values[i];
        hash = mix(hash, (uint64_t)v->kind << 8 | (uint64_t)v->place);
        hash = mix(hash, v->kind == WSN_NAME || v->kind == WSN_REF ? (uint64_t)(uintptr_t)v->name : v->number);
        if (v->kind == WSN_BUFFER)
            hash = mix(hash, v->repeat ^ v->backing << 32);
        if (v->kind == WSN_LIST)
            hash = mix_values(mix(hash, v->n_items), v->items, v->n_items);
    }
    return hash;
}

int wsj_number(wsj_numbering *numbering, const wsn_statement *s) {
    uint64_t hash = mix((uint64_t)s->verb + 1, (uint64_t)(uintptr_t)s->thread);
    for (size_t i = 0; i < s->n_results; i++)
        hash = mix(hash, (uint64_t)(uintptr_t)s->results[i]);
    hash = mix_values(hash, s->args, s->n_args);
    if (hash != numbering->fingerprint)
        numbering->last++;
    numbering->fingerprint = hash;
    return numbering->last;
}

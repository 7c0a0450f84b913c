#include "observe.h"

#include <stdlib.h>
#include <string.h>

void wsx_observation_free(wsx_observation *seen) {
    free(seen->atoms);
    *seen = (wsx_observation){0};
}

void wsx_see_value(wsx_observation *seen, const wsn_value *value) {
    if (seen->n == seen->capacity) {
        size_t capacity = seen->capacity ? 2 * seen->capacity : 32;
        wsn_value *atoms = realloc(seen->atoms, capacity * sizeof *atoms);
        if (!atoms) {
            seen->lost = true;
            return;
        }
        seen->atoms = atoms;
        seen->capacity = capacity;
    }
    seen->atoms[seen->n++] = *value;
}

void wsx_see_name(wsx_observation *seen, const char *name) {
    wsx_see_value(seen, &(wsn_value){.kind = WSN_NAME, .name = name});
}

void wsx_see_number(wsx_observation *seen, uint64_t number) {
    wsx_see_value(seen, &(wsn_value){.kind = WSN_INT, .constant = true, .number = number});
}

void wsx_see_reference(wsx_observation *seen, const char *name) {
    if (name)
        wsx_see_value(seen, &(wsn_value){.kind = WSN_REF, .name = name});
    else
        wsx_see_value(seen, &(wsn_value){.kind = WSN_NAME, .place = WSN_WILD, .name = "wild"});
}

void wsx_see_string(wsx_observation *seen, const char *text) {
    wsx_see_value(seen, &(wsn_value){.kind = WSN_STRING, .text = text, .length = strlen(text)});
}

void wsx_see_code(wsx_observation *seen, uint32_t code) {
    const char *name = wsn_error_name(code);
    if (name)
        wsx_see_value(seen, &(wsn_value){.kind = WSN_NAME, .constant = true, .number = code, .name = name});
    else
        wsx_see_number(seen, code);
}

/* --- comparison ------------------------------------------------------------------------------------------ */

static bool is_key(const wsn_value *v) {
    static const char *const keys[] = {"sent",   "transferred", "value", "ran",     "max_msg",    "partial",
                                       "no_oob", "foreign",     "event", "changed", "unforeseen", "unwanted"};
    if (v->kind != WSN_NAME || v->constant)
        return false;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        if (!strcmp(v->name, keys[i]))
            return true;
    return false;
}

static bool same(const wsn_value *want, const wsn_value *have) {
    bool number = have->kind == WSN_INT || (have->kind == WSN_NAME && have->constant);
    if (want->kind == WSN_RANGE)
        return number && have->number >= want->low && have->number <= want->high;
    if (want->kind == WSN_INT || (want->kind == WSN_NAME && want->constant && have->kind == WSN_INT))
        return number && have->number == want->number;
    if (want->kind != have->kind)
        return false;
    switch (want->kind) {
    case WSN_NAME:
    case WSN_REF: return !strcmp(want->name, have->name);
    case WSN_RUN: return want->number == have->number && want->low == have->low && want->high == have->high;
    case WSN_BYTES:
    case WSN_STRING: return want->length == have->length && !memcmp(want->text, have->text, want->length);
    case WSN_INVOKE:
        if (strcmp(want->name, have->name) != 0 || want->n_items != have->n_items)
            return false;
        for (size_t i = 0; i < want->n_items; i++)
            if (!same(&want->items[i], &have->items[i]))
                return false;
        return true;
    default: return false;
    }
}

static size_t field_end(const wsn_value *atoms, size_t n, size_t from) {
    while (from < n && !is_key(&atoms[from]))
        from++;
    return from;
}

static bool same_sequence(const wsn_value *want, size_t n_want, const wsn_value *have, size_t n_have) {
    if (n_want != n_have)
        return false;
    for (size_t i = 0; i < n_want; i++)
        if (!same(&want[i], &have[i]))
            return false;
    return true;
}

/* The routines of "ran" may have run in any order: each wanted one takes one that is left. */
static bool same_set(const wsn_value *want, size_t n_want, const wsn_value *have, size_t n_have) {
    bool *taken = n_want == n_have ? calloc(n_have + 1, sizeof *taken) : NULL;
    size_t first = 0, found = 0;
    if (!taken)
        return false;
    for (size_t i = 0, j = 0; i < n_want && j < n_have; i++) {
        while (taken[first])
            first++;
        for (j = first; j < n_have && (taken[j] || !same(&want[i], &have[j])); j++)
            ;
        taken[j] = true; /* there is one more, behind the last */
        found += j < n_have;
    }
    free(taken);
    return found == n_want;
}

static bool same_field(const wsn_value *want, size_t n_want, const wsn_value *have, size_t n_have) {
    for (size_t i = field_end(have, n_have, 0), end; i < n_have; i = end) {
        end = field_end(have, n_have, i + 1);
        if (strcmp(have[i].name, want[0].name) != 0)
            continue;
        bool equal = !strcmp(want[0].name, "ran") ? same_set(want + 1, n_want - 1, have + i + 1, end - i - 1)
                                                  : same_sequence(want + 1, n_want - 1, have + i + 1, end - i - 1);
        if (equal)
            return true;
    }
    return false;
}

static bool matches(const wsx_observation *seen, const wsn_outcome *outcome) {
    const wsn_value *want = outcome->atoms, *have = seen->atoms;
    size_t n_want = outcome->n_atoms, end = field_end(want, n_want, 0);
    if (n_want && want[0].kind == WSN_NAME && !strcmp(want[0].name, "undefined"))
        return true;
    if (!same_sequence(want, end, have, field_end(have, seen->n, 0)))
        return false;
    for (size_t i = end; i < n_want; i = end) {
        end = field_end(want, n_want, i + 1);
        if (!same_field(want + i, end - i, have, seen->n))
            return false;
    }
    return true;
}

wsx_match wsx_foreseen(const wsx_observation *seen, const wsn_outcome *outcomes, size_t n_outcomes) {
    bool foreseen = n_outcomes == 0, wants = false;
    for (size_t i = 0; i < n_outcomes; i++) {
        wants |= outcomes[i].wanted;
        if (!matches(seen, &outcomes[i]))
            continue;
        if (outcomes[i].wanted)
            return WSX_FORESEEN;
        foreseen = true;
    }
    return !foreseen ? WSX_UNFORESEEN : wants ? WSX_UNWANTED : WSX_FORESEEN;
}

bool wsx_holds(const wsx_observation *seen, const wsn_value *atom) {
    for (size_t i = 0; i < seen->n; i++)
        if (same(atom, &seen->atoms[i]))
            return true;
    return false;
}

/* symbols.c - one hash table for every word a text can hold: keywords, verbs, constants, and the names of a case. */
#include "reader.h"

#include "grammar.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    int token;
} keywords[] = {
    {"trace", T_TRACE},     {"case", T_CASE},       {"table", T_TABLE},   {"end", T_END},
    {"thread", T_THREAD},   {"routine", T_ROUTINE}, {"repeat", T_REPEAT}, {"enter", T_ENTER},
    {"leave", T_LEAVE},     {"clauses", T_CLAUSES}, {"limit", T_LIMIT},   {"requires", T_REQUIRES},
    {"because", T_BECAUSE}, {"start", T_START},     {"or", T_OR},         {"want", T_WANT},
    {"until", T_UNTIL},     {"count", T_COUNT},     {"x", T_X},           {"of", T_OF},
};
static const char *const verbs[] = {
#define WSN_VERB(name, results, args, help) #name,
#include "verbs.def"
#undef WSN_VERB
};
static const struct {
    const char *name;
    uint64_t number;
} constants[] = {
#define WSN_CONSTANT(name, value) {#name, value},
#include "constants.def"
#undef WSN_CONSTANT
};
static const char *const words[] = {
#define WSN_WORD(name) #name,
#include "words.def"
#undef WSN_WORD
};
#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum { FIRST_SLOTS = 1024, N_PLACES = WSN_GUARD };

static uint32_t hash_of(const char *name, size_t length) {
    uint64_t h = length * 0x9E3779B97F4A7C15u;
    for (; length >= 8; length -= 8, name += 8) {
        uint64_t eight;
        memcpy(&eight, name, 8);
        h = (h ^ eight) * 0x9E3779B97F4A7C15u;
        h ^= h >> 29;
    }
    uint64_t rest = 0;
    for (size_t i = 0; i < length; i++)
        rest = rest << 8 | (unsigned char)name[i];
    h = (h ^ rest) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(h >> 32);
}

/* The slot where the word is or would be. */
static size_t slot_of(const wsn__reader *r, const char *name, size_t length, uint32_t hash) {
    size_t i = hash & (r->n_slots - 1);
    for (;; i = (i + 1) & (r->n_slots - 1)) {
        const wsn__symbol *s = r->slots[i];
        if (!s || (s->hash == hash && s->length == length && memcmp(s->name, name, length) == 0))
            return i;
    }
}

static wsn__symbol *fix(wsn__reader *r, const char *name) {
    size_t length = strlen(name);
    uint32_t hash = hash_of(name, length);
    size_t slot = slot_of(r, name, length, hash);
    if (!r->slots[slot]) {
        r->fixed[r->n_fixed] = (wsn__symbol){
            .name = name, .length = (uint32_t)length, .hash = hash, .token = T_NAME, .verb = -1, .fixed = true};
        r->slots[slot] = &r->fixed[r->n_fixed++];
        r->n_used++;
    }
    return r->slots[slot];
}

bool wsn__symbols_init(wsn__reader *r) {
    r->n_slots = FIRST_SLOTS;
    r->slots = calloc(r->n_slots, sizeof *r->slots);
    r->fixed =
        calloc(LENGTH(keywords) + LENGTH(verbs) + LENGTH(constants) + LENGTH(words) + N_PLACES, sizeof *r->fixed);
    if (!r->slots || !r->fixed)
        return wsn__no_memory(r);
    for (size_t i = 0; i < LENGTH(verbs); i++)
        fix(r, verbs[i])->verb = (int)i;
    for (size_t i = 0; i < LENGTH(words); i++)
        fix(r, words[i])->word = true;
    for (size_t i = 0; i < LENGTH(keywords); i++) {
        wsn__symbol *s = fix(r, keywords[i].name);
        s->token = keywords[i].token;
        s->word = true;
    }
    for (size_t i = 0; i < LENGTH(constants); i++) {
        wsn__symbol *s = fix(r, constants[i].name);
        s->constant = true;
        s->number = constants[i].number;
    }
    for (int place = WSN_NULL; place <= WSN_GUARD; place++) {
        wsn__symbol *s = fix(r, wsn_place_name((wsn_place)place));
        s->place = (wsn_place)place;
        s->token = place <= WSN_KERNEL ? T_NOWHERE : T_PLACE;
    }
    return true;
}

void wsn__symbols_free(wsn__reader *r) {
    free(r->slots);
    free(r->fixed);
    free(r->locals);
}

static bool grow_slots(wsn__reader *r) {
    wsn__symbol **old = r->slots;
    size_t n_old = r->n_slots;
    r->slots = n_old <= SIZE_MAX / 2 / sizeof *old ? calloc(n_old * 2, sizeof *old) : NULL;
    if (!r->slots) {
        r->slots = old;
        return wsn__no_memory(r);
    }
    r->n_slots = n_old * 2;
    free(old);
    for (size_t i = 0; i < r->n_fixed; i++)
        r->slots[slot_of(r, r->fixed[i].name, r->fixed[i].length, r->fixed[i].hash)] = &r->fixed[i];
    for (size_t i = 0; i < r->n_locals; i++) /* in the order of their making: see wsn__forget_names */
        r->slots[slot_of(r, r->locals[i]->name, r->locals[i]->length, r->locals[i]->hash)] = r->locals[i];
    return true;
}

wsn__symbol *wsn__symbol_of(wsn__reader *r, const char *name, size_t length) {
    uint32_t hash = hash_of(name, length);
    size_t slot = slot_of(r, name, length, hash);
    if (r->slots[slot] && (r->slots[slot]->fixed || !r->capturing))
        return r->slots[slot];

    wsn_arena *arena = r->c && !r->capturing ? r->c->arena : r->scratch;
    wsn__symbol *s = wsn__alloc(arena, sizeof *s);
    char *copy = wsn__copy_text(arena, name, length);
    if (!s || !copy) {
        wsn__no_memory(r);
        return NULL;
    }
    *s = (wsn__symbol){.name = copy, .length = (uint32_t)length, .hash = hash, .token = T_NAME, .verb = -1};
    if (!r->c || r->capturing)
        return s; /* a symbol that is looked up again when its case is read */
    if (r->n_locals == WSN__MAX_NAMES) {
        wsn__fail(r, r->line, wsn__column(r, r->token), "more than %d names in one case", WSN__MAX_NAMES);
        return NULL;
    }
    if (!wsn__grow(r, (void **)&r->locals, &r->room_locals, r->n_locals, sizeof *r->locals))
        return NULL;
    if (r->n_used * 2 >= r->n_slots) {
        if (!grow_slots(r))
            return NULL;
        slot = slot_of(r, name, length, hash);
    }
    r->slots[slot] = r->locals[r->n_locals++] = s;
    r->n_used++;
    return s;
}

void wsn__forget_names(wsn__reader *r) {
    /* Linear probing: taking out the newest first leaves the table as it was before each came. */
    while (r->n_locals) {
        const wsn__symbol *s = r->locals[--r->n_locals];
        r->slots[slot_of(r, s->name, s->length, s->hash)] = NULL;
        r->n_used--;
    }
}

wsn__symbol *wsn__fixed_symbol(const wsn__reader *r, const char *name, size_t length) {
    wsn__symbol *s = r->slots[slot_of(r, name, length, hash_of(name, length))];
    return s && s->fixed ? s : NULL;
}

/* Levenshtein distance of words of at most 31 letters; more is far. */
static size_t distance(const char *a, size_t n_a, const char *b, size_t n_b) {
    size_t row[32];
    if (n_a > 31 || n_b > 31)
        return 99;
    for (size_t j = 0; j <= n_b; j++)
        row[j] = j;
    for (size_t i = 1; i <= n_a; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n_b; j++) {
            size_t best = diagonal + ((a[i - 1] | 32) != (b[j - 1] | 32)); /* upper and lower case alike */
            diagonal = row[j];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[n_b];
}

const char *wsn__did_you_mean(const wsn__reader *r, const char *name, bool (*wanted)(const wsn__symbol *), char *out,
                              size_t size) {
    size_t length = strlen(name), best = length / 3 + 1;
    *out = 0;
    for (size_t i = 0; i < r->n_fixed; i++) {
        const wsn__symbol *s = &r->fixed[i];
        if (!wanted(s))
            continue;
        size_t d = distance(name, length, s->name, s->length);
        if (d < best) {
            best = d;
            snprintf(out, size, " (did you mean '%s'?)", s->name);
        }
    }
    return out;
}

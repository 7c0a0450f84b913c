/* names.c - see names.h. */
#include "names.h"

#include <stdlib.h>
#include <string.h>

void wsj_names_free(wsj_names *names) {
    free(names->slots);
    for (size_t i = 0; i < WSJ_KIND_COUNT; i++)
        free(names->made[i].names);
    *names = (wsj_names){0};
}

void wsj_names_clear(wsj_names *names) {
    /* A case with a million names must not make every later small case pay for clearing its table. */
    if (names->capacity > 1024) {
        wsj_names_free(names);
        return;
    }
    if (names->used)
        memset(names->slots, 0, names->capacity * sizeof *names->slots);
    names->used = names->aliases = 0;
    memset(names->counts, 0, sizeof names->counts);
}

bool wsj_names_copy(wsj_names *to, const wsj_names *from) {
    *to = *from;
    to->slots = NULL;
    memset(to->made, 0, sizeof to->made);
    for (size_t i = 0; i < WSJ_KIND_COUNT; i++) {
        size_t size = from->counts[i] * sizeof *to->made[i].names;
        if (size && !(to->made[i].names = malloc(size))) {
            wsj_names_free(to);
            return false;
        }
        if (size)
            memcpy(to->made[i].names, from->made[i].names, size);
        to->made[i].room = from->counts[i];
    }
    if (!from->capacity)
        return true;
    to->slots = malloc(from->capacity * sizeof *to->slots);
    if (!to->slots) {
        wsj_names_free(to);
        return false;
    }
    memcpy(to->slots, from->slots, from->capacity * sizeof *to->slots);
    return true;
}

/* The slot that holds the name, or the empty one where it belongs. */
static wsj_name *slot(wsj_name *slots, size_t capacity, const char *name) {
    uint64_t hash = (uint64_t)(uintptr_t)name * 0x9E3779B97F4A7C15u;
    size_t at = (size_t)(hash >> 32) & (capacity - 1);
    while (slots[at].name && slots[at].name != name)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

wsj_name wsj_names_find(const wsj_names *names, const char *name) {
    if (!name || !names->capacity)
        return (wsj_name){.name = name};
    wsj_name found = *slot(names->slots, names->capacity, name);
    found.name = name;
    return found;
}

static bool grow(wsj_names *names) {
    size_t capacity = names->capacity ? names->capacity * 2 : 32;
    wsj_name *slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < names->capacity; i++)
        if (names->slots[i].name)
            *slot(slots, capacity, names->slots[i].name) = names->slots[i];
    free(names->slots);
    names->slots = slots;
    names->capacity = capacity;
    return true;
}

/* Room for one more object of that kind. */
static bool room_for_object(wsj_names *names, wsj_kind kind) {
    size_t need = (size_t)names->counts[kind] + 1;
    if (need <= names->made[kind].room)
        return true;
    const char **grown = realloc(names->made[kind].names, need * 2 * sizeof *grown);
    if (!grown)
        return false;
    names->made[kind].names = grown;
    names->made[kind].room = need * 2;
    return true;
}

bool wsj_names_make(wsj_names *names, const char *name, wsj_kind kind, uint32_t *number) {
    if ((names->used * 2 >= names->capacity && !grow(names)) || !room_for_object(names, kind))
        return false;
    names->made[kind].names[names->counts[kind]] = name;
    wsj_name *entry = slot(names->slots, names->capacity, name);
    names->used += entry->name == NULL;
    *entry = (wsj_name){.name = name, .kind = kind, .number = names->counts[kind]++};
    if (number)
        *number = entry->number;
    return true;
}

bool wsj_names_alias(wsj_names *names, const char *name, const char *of, bool handle) {
    wsj_name same = wsj_names_find(names, of);
    if (names->used * 2 >= names->capacity && !grow(names))
        return false;
    wsj_name *entry = slot(names->slots, names->capacity, name);
    names->used += entry->name == NULL;
    names->aliases++;
    *entry = (wsj_name){.name = name, .kind = same.kind, .number = same.number, .handle = handle || same.handle};
    return true;
}

bool wsj_names_close(wsj_names *names, const char *name) {
    wsj_name this = wsj_names_find(names, name);
    for (size_t i = 0; names->aliases && i < names->capacity; i++) {
        const wsj_name *other = &names->slots[i];
        if (other->name && other->name != name && other->kind == this.kind && other->number == this.number &&
            !other->closed) {
            slot(names->slots, names->capacity, name)->closed = true;
            return true;
        }
    }
    return false;
}

void wsj_names_reopen(wsj_names *names, const char *name) {
    if (wsj_names_find(names, name).closed)
        slot(names->slots, names->capacity, name)->closed = false;
}

const char *wsj_names_of(const wsj_names *names, wsj_kind kind, uint32_t number) {
    const char *name = number < names->counts[kind] ? names->made[kind].names[number] : NULL;
    wsj_name now = wsj_names_find(names, name);
    return now.kind == kind && now.number == number ? name : NULL;
}

#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_CHUNK = 4096 - 64, LARGEST_CHUNK = 1 << 20 };

struct chunk {
    struct chunk *next; /* the one before it in time */
    size_t size;        /* usable bytes behind this header */
    alignas(max_align_t) char bytes[];
};

struct wsn_arena {
    struct chunk *newest;
    char *free, *end; /* the rest of the newest chunk */
};

wsn_arena *wsn__arena_new(void) {
    return calloc(1, sizeof(wsn_arena));
}

static void free_chunks(struct chunk *c) {
    while (c) {
        struct chunk *next = c->next;
        free(c);
        c = next;
    }
}

void wsn__arena_free(wsn_arena *arena) {
    if (!arena)
        return;
    free_chunks(arena->newest);
    free(arena);
}

void wsn__arena_reset(wsn_arena *arena) {
    struct chunk *c = arena->newest;
    if (!c)
        return;
    free_chunks(c->next);
    c->next = NULL;
    if (c->size > LARGEST_CHUNK) { /* one huge statement must not hold its memory for ever */
        free(c);
        *arena = (wsn_arena){0};
        return;
    }
    arena->free = c->bytes;
    arena->end = c->bytes + c->size;
}

static void *alloc_in_new_chunk(wsn_arena *arena, size_t size) {
    size_t room = arena->newest ? arena->newest->size * 2 : FIRST_CHUNK;
    if (room > LARGEST_CHUNK)
        room = LARGEST_CHUNK;
    if (room < size)
        room = size;
    if (room > SIZE_MAX - sizeof(struct chunk))
        return NULL;
    struct chunk *c = malloc(sizeof *c + room);
    if (!c)
        return NULL;
    c->size = room;
    c->next = arena->newest;
    arena->newest = c;
    arena->free = c->bytes + size;
    arena->end = c->bytes + room;
    return c->bytes;
}

void *wsn__alloc(wsn_arena *arena, size_t size) {
    const size_t mask = alignof(max_align_t) - 1;
    if (size > SIZE_MAX - mask)
        return NULL;
    size = (size + mask) & ~mask;
    if ((size_t)(arena->end - arena->free) < size || !arena->free)
        return alloc_in_new_chunk(arena, size);
    char *p = arena->free;
    arena->free += size;
    return p;
}

char *wsn__copy_text(wsn_arena *arena, const char *text, size_t length) {
    char *copy = length < SIZE_MAX ? wsn__alloc(arena, length + 1) : NULL;
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

/*
 * arena.h - memory that is given back all at once.
 *
 * Functions that allocate return NULL when there is no memory.
 */
#ifndef WSN_ARENA_H
#define WSN_ARENA_H

#include <stddef.h>

typedef struct wsn_arena wsn_arena;

wsn_arena *wsn__arena_new(void);
/* NULL is allowed. */
void wsn__arena_free(wsn_arena *arena);
/* Everything allocated is gone; a first chunk is kept, so that a loop of use and reset does not call malloc. */
void wsn__arena_reset(wsn_arena *arena);
/* size bytes aligned for any type, not zeroed. */
void *wsn__alloc(wsn_arena *arena, size_t size);
/* A copy of length bytes and a NUL behind them. */
char *wsn__copy_text(wsn_arena *arena, const char *text, size_t length);

#endif

/*
 * memory.h - memory for what a case hands to the functions under test.
 *
 * Everything that an operation may still use after its call has returned comes from the arena. When the case is over
 * and every operation surely is, the arena is used again for the next case; else it is left alone for good
 * (quarantine), and the worker is replaced before that becomes much memory. May be called by any thread of the case.
 * Functions that return memory return NULL if there is none.
 */
#ifndef WSX_MEMORY_H
#define WSX_MEMORY_H

#include "notation.h"

#include "system.h"

#include <stdbool.h>

/* Once, before anything else here. */
void wsx_memory_init(void);

/* The case's lock (recursive): held while memory, operations or the list of sends change, never while a function under
 * test runs. Needed only because a blocked call of another thread may return, or run a routine, at any time. */
void wsx_lock(void);
void wsx_unlock(void);

/* Zeroed, aligned to 16 bytes. Lives as long as the case, or longer. */
void *wsx_take(size_t size);

/* Not zeroed: for data. */
void *wsx_take_raw(size_t size);

/* An object in a given place. at is what the function under test gets. Of its bytes the first `valid` can be read, and
 * written through `writable` while wsx_unlock holds. Objects in PLAIN and GUARD places have a guard word before them
 * (and PLAIN ones one behind). */
typedef struct wsx_object_memory {
    wsn_place place;
    char *at;
    size_t size;   /* of the object */
    size_t valid;  /* bytes of it that are mapped */
    bool page;     /* has pages of its own */
    unsigned uses; /* calls that it was given to */
} wsx_object_memory;

/* size bytes, of which the first `backing` (usually all) are mapped if the place does not say otherwise; where backing
 * is less than size, unmapped memory begins right behind them; a straddling object with a full backing is cut in the
 * middle. For NULL, wild and kernel nothing is reserved. exact: unmapped memory follows right behind the object even in
 * a plain place. False if there is no memory. */
bool wsx_place_object(wsx_object_memory *o, wsn_place place, size_t size, size_t backing, size_t alignment, bool exact);

/* Makes a read-only object writable for the executor, and read-only again. */
void wsx_unlock_object(const wsx_object_memory *o);
void wsx_lock_object(const wsx_object_memory *o);

/* Are the guard words around it as they were? */
bool wsx_guards_intact(const wsx_object_memory *o);

/* An address of the given place (NULL, wild, kernel). */
void *wsx_bad_address(wsn_place place);

/* Readable memory of size wsx_decoy_size that holds bytes which are no send's. */
char *wsx_decoy(void);
enum { WSX_DECOY_SIZE = 65536, WSX_DECOY_BYTE = 0xDB };

/* The case is over. quarantine: something may still use its memory. False if the worker should be replaced. */
bool wsx_memory_reset(bool quarantine);

#endif

/*
 * names.h - the names of one case: what each stands for, as the small numbers that the model knows.
 *
 * Names are found by their pointer: the notation interns them per case. Numbers count from 0 for each kind, in the
 * order of their making.
 */
#ifndef WSJ_NAMES_H
#define WSJ_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum wsj_kind {
    WSJ_UNKNOWN, /* never made in this case */
    WSJ_SOCKET,
    WSJ_EVENT,
    WSJ_OVERLAPPED,
    WSJ_ROUTINE,
    WSJ_PORT,
    WSJ_HANDLE, /* a kernel handle that is no socket */
    WSJ_KIND_COUNT
} wsj_kind;

typedef struct wsj_name {
    const char *name; /* not owned: lives in the case; NULL in an empty slot */
    wsj_kind kind;
    uint32_t number;
    bool handle; /* of a socket: a copy that DuplicateHandle made */
    bool closed; /* of a socket: this descriptor is closed, another is not */
} wsj_name;

typedef struct wsj_names {
    wsj_name *slots; /* owned; open addressing, capacity a power of two */
    size_t capacity, used, aliases;
    uint32_t counts[WSJ_KIND_COUNT]; /* objects made so far */
    struct {
        const char **names; /* owned; the name with which the object of each number was made */
        size_t room;
    } made[WSJ_KIND_COUNT];
} wsj_names;

void wsj_names_free(wsj_names *names);
/* Forgets all names; keeps the memory for the next case. */
void wsj_names_clear(wsj_names *names);
/* to: zero-initialised. False without memory. */
bool wsj_names_copy(wsj_names *to, const wsj_names *from);
/* What the name stands for; kind WSJ_UNKNOWN (and number 0) if nothing. */
wsj_name wsj_names_find(const wsj_names *names, const char *name);
/* Gives the name a new object of that kind (a name may be used again: the newest counts). False without memory. */
bool wsj_names_make(wsj_names *names, const char *name, wsj_kind kind, uint32_t *number);
/* Makes the name another one of what `of` stands for. handle: by DuplicateHandle. False without memory. */
bool wsj_names_alias(wsj_names *names, const char *name, const char *of, bool handle);
/* This name's descriptor is closed: true if another name of the same socket has one that is open; the name then stands
 * for nothing any more. */
bool wsj_names_close(wsj_names *names, const char *name);
/* It is not closed after all: the call failed. */
void wsj_names_reopen(wsj_names *names, const char *name);
/* The name with which an object was made; NULL if that stands for another one by now. */
const char *wsj_names_of(const wsj_names *names, wsj_kind kind, uint32_t number);

#endif

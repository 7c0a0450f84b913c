#include "memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE = 4096, CHUNK = 1 << 20, SPARE_MOST = 64 << 20 };
#define QUARANTINE_MOST ((size_t)(sizeof(void *) == 8 ? 512 : 96) << 20)

static const uint64_t guard_word = 0xFDFDFDFD5AFEA5FDu;

/* A piece of address space: chunks of the arena, and the pages of placed objects. Its record lies apart. */
typedef struct piece {
    struct piece *next;
    char *base;
    size_t size, used;
} piece;

static piece *chunks, *spare_chunks, *pages;
static size_t spare_bytes, quarantined;

static piece *new_piece(size_t size) {
    piece *p = malloc(sizeof *p);
    if (p)
        *p = (piece){NULL, VirtualAlloc(NULL, size, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE), size, 0};
    if (p && !p->base) {
        free(p);
        p = NULL;
    }
    return p;
}

/* The smallest spare chunk that is large enough, or a new one. */
static piece *chunk_with(size_t size) {
    piece **best = NULL, *p;
    for (piece **link = &spare_chunks; *link; link = &(*link)->next)
        if ((*link)->size >= size && (!best || (*link)->size < (*best)->size))
            best = link;
    if (!best)
        return new_piece(size < CHUNK ? CHUNK : (size + PAGE - 1) / PAGE * PAGE);
    p = *best;
    *best = p->next;
    spare_bytes -= p->size;
    p->used = 0;
    return p;
}

static CRITICAL_SECTION case_lock;

void wsx_memory_init(void) {
    InitializeCriticalSection(&case_lock);
}

void wsx_lock(void) {
    EnterCriticalSection(&case_lock);
}

void wsx_unlock(void) {
    LeaveCriticalSection(&case_lock);
}

static void *take(size_t size) {
    size = (size + 15) & ~(size_t)15;
    if (!chunks || chunks->size - chunks->used < size) {
        piece *p = chunk_with(size);
        if (!p)
            return NULL;
        p->used = size;
        if (chunks &&
            size >= CHUNK / 2) { /* a large object has its chunk to itself; small ones go on filling the present one */
            p->next = chunks->next;
            chunks->next = p;
        } else {
            p->next = chunks;
            chunks = p;
        }
        return p->base;
    }
    char *at = chunks->base + chunks->used;
    chunks->used += size;
    return at;
}

void *wsx_take_raw(size_t size) {
    wsx_lock();
    void *at = take(size);
    wsx_unlock();
    return at;
}

void *wsx_take(size_t size) {
    void *at = wsx_take_raw(size);
    if (at)
        memset(at, 0, size);
    return at;
}

/* --- places ---------------------------------------------------------------------------------------------- */

/* Pages of which the last is not mapped; at least size bytes before it. */
static piece *new_pages(size_t size) {
    size_t body = (size + sizeof guard_word + PAGE - 1) / PAGE * PAGE;
    piece *p = new_piece(body + PAGE);
    DWORD old;
    if (!p)
        return NULL;
    if (!VirtualFree(p->base + body, PAGE, MEM_DECOMMIT) &&
        !VirtualProtect(p->base + body, PAGE, PAGE_NOACCESS, &old)) {
        VirtualFree(p->base, 0, MEM_RELEASE);
        free(p);
        return NULL;
    }
    p->used = body;
    wsx_lock();
    p->next = pages;
    pages = p;
    wsx_unlock();
    return p;
}

void *wsx_bad_address(wsn_place place) {
    static char *wild;
    if (place == WSN_NULL)
        return NULL;
    /* Right below 0xFFFFE000 a 32-bit program under Wine may have its stack. */
    if (place == WSN_KERNEL)
        return (void *)(uintptr_t)(sizeof(void *) == 8 ? 0xFFFF800000001000u : 0xFFFFE000u);
    if (!wild) {
        char *base =
            VirtualAlloc(NULL, (size_t)16 * 65536, MEM_RESERVE, PAGE_NOACCESS); /* nobody else gets these addresses */
        wild = base ? base + (size_t)8 * 65536 : (char *)(uintptr_t)0x10;
    }
    return wild;
}

static bool place_plain(wsx_object_memory *o, size_t alignment) {
    size_t before = alignment > sizeof guard_word ? alignment : sizeof guard_word;
    char *base = wsx_take_raw(before + o->size + sizeof guard_word);
    if (!base)
        return false;
    o->at = base + before;
    o->valid = o->size;
    memcpy(o->at - sizeof guard_word, &guard_word, sizeof guard_word);
    memcpy(o->at + o->size, &guard_word, sizeof guard_word);
    return true;
}

bool wsx_place_object(wsx_object_memory *o, wsn_place place, size_t size, size_t backing, size_t alignment,
                      bool exact) {
    *o = (wsx_object_memory){.place = place, .size = size};
    if (place == WSN_NULL || place == WSN_WILD || place == WSN_KERNEL) {
        o->at = wsx_bad_address(place);
        return true;
    }
    if (place == WSN_PLAIN && backing >= size && !exact)
        return place_plain(o, alignment);

    o->page = true;
    if (place == WSN_STRADDLE)
        o->valid = backing < size ? backing : size / 2;
    else
        o->valid = backing < size ? backing : size;
    piece *p = new_pages(o->valid);
    if (!p)
        return false;
    o->at = p->base + p->used - o->valid;
    if (place == WSN_READONLY)
        o->at = p->base + (o->valid > PAGE ? (p->used - o->valid) / 16 * 16 : PAGE - (o->valid + 15) / 16 * 16);
    else
        memcpy(o->at - sizeof guard_word, &guard_word, sizeof guard_word);
    wsx_lock_object(o);
    return true;
}

static void protect(const wsx_object_memory *o, DWORD protection) {
    DWORD old;
    if (o->place == WSN_READONLY && o->valid)
        VirtualProtect(o->at, o->valid, protection, &old);
}

void wsx_unlock_object(const wsx_object_memory *o) {
    protect(o, PAGE_READWRITE);
}

void wsx_lock_object(const wsx_object_memory *o) {
    protect(o, PAGE_READONLY);
}

bool wsx_guards_intact(const wsx_object_memory *o) {
    if (o->place == WSN_READONLY || !o->valid)
        return true;
    return !memcmp(o->at - sizeof guard_word, &guard_word, sizeof guard_word) &&
           (o->page || !memcmp(o->at + o->size, &guard_word, sizeof guard_word));
}

char *wsx_decoy(void) {
    static char *decoy;
    if (!decoy) {
        decoy = VirtualAlloc(NULL, WSX_DECOY_SIZE, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE);
        if (decoy)
            memset(decoy, WSX_DECOY_BYTE, WSX_DECOY_SIZE);
    }
    return decoy;
}

bool wsx_memory_reset(bool quarantine) {
    piece *p, *next;
    for (p = chunks; p; p = next) {
        next = p->next;
        if (quarantine) {
            quarantined += p->size;
            free(p);
        } else if (spare_bytes + p->size > SPARE_MOST) {
            VirtualFree(p->base, 0, MEM_RELEASE);
            free(p);
        } else {
            spare_bytes += p->size;
            p->next = spare_chunks;
            spare_chunks = p;
        }
    }
    for (p = pages; p; p = next) {
        next = p->next;
        if (quarantine)
            quarantined += p->size;
        else
            VirtualFree(p->base, 0, MEM_RELEASE);
        free(p);
    }
    chunks = pages = NULL;
    return quarantined < QUARANTINE_MOST;
}

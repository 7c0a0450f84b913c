/*
 * table.h - objects of a case by a number: a name's hash, an address. A case may have tens of thousands.
 *
 * Memory comes from the case's arena and ends with it. Not locked: callers hold the case's lock.
 */
#ifndef WSX_TABLE_H
#define WSX_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct wsx_table {
    struct wsx_slot *slots;
    size_t n, capacity;
} wsx_table;

/* The value of this key, NULL if there is none. key is not 0. */
void *wsx_table_find(const wsx_table *table, uint64_t key);

/* Sets it. False if there is no memory. */
bool wsx_table_put(wsx_table *table, uint64_t key, void *value);

#endif

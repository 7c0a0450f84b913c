#include "table.h"

#include "memory.h"

struct wsx_slot {
    uint64_t key;
    void *value;
};

enum { FIRST_CAPACITY = 64 };

/* The slot of the key, or the free one where it belongs. */
static struct wsx_slot *slot_of(const wsx_table *table, uint64_t key) {
    size_t i = (size_t)(key * 0x9E3779B97F4A7C15u >> 32);
    for (;; i++) {
        struct wsx_slot *slot = &table->slots[i & (table->capacity - 1)];
        if (slot->key == key || !slot->key)
            return slot;
    }
}

void *wsx_table_find(const wsx_table *table, uint64_t key) {
    return table->capacity ? slot_of(table, key)->value : NULL;
}

static bool grow(wsx_table *table) {
    wsx_table larger = {.n = table->n, .capacity = table->capacity ? 2 * table->capacity : FIRST_CAPACITY};
    larger.slots = wsx_take(larger.capacity * sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < table->capacity; i++)
        if (table->slots[i].key)
            *slot_of(&larger, table->slots[i].key) = table->slots[i];
    *table = larger;
    return true;
}

bool wsx_table_put(wsx_table *table, uint64_t key, void *value) {
    if (2 * table->n >= table->capacity && !grow(table))
        return false;
    struct wsx_slot *slot = slot_of(table, key);
    table->n += !slot->key;
    *slot = (struct wsx_slot){key, value};
    return true;
}

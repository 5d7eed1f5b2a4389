/*
 * The one hash table of a scratch: 64-bit keys to 32-bit values, open addressing. It is emptied by
 * raising its round, so that thousands of small tables cost no clearing. Small and inline, for it is
 * what counting n-grams spends its time in. Keys must be distinct things, not hashes of them, except
 * where the caller compares what a value stands for.
 */
#ifndef PL_TEXT_TABLE_H
#define PL_TEXT_TABLE_H

#include "text/scratch.h"

struct pl_table {
    struct pl_text_slot *slots;
    uint32_t mask;
    uint32_t shift;
    uint32_t round;
};

/* An empty table with room for `count_max` keys; false when there is no memory. The table opened
   before is void. */
bool pl_table_open(struct pl_text_scratch *scratch, size_t count_max, struct pl_table *ret_table);

static inline uint32_t pl_table_start(const struct pl_table *table, uint64_t key)
{
    return (uint32_t)(key * 0x9E3779B97F4A7C15u >> table->shift);
}

static inline uint32_t pl_table_next(const struct pl_table *table, uint32_t at)
{
    return (at + 1) & table->mask;
}

/* The slot that holds the key, or the empty one where it belongs (its round is not the table's). */
static inline struct pl_text_slot *pl_table_find(const struct pl_table *table, uint64_t key)
{
    uint32_t at = pl_table_start(table, key);

    while (table->slots[at].round == table->round && table->slots[at].key != key)
        at = pl_table_next(table, at);
    return &table->slots[at];
}

static inline bool pl_table_holds(const struct pl_table *table, const struct pl_text_slot *slot)
{
    return slot->round == table->round;
}

static inline void pl_table_put(const struct pl_table *table, struct pl_text_slot *slot,
                                uint64_t key, uint32_t value)
{
    *slot = (struct pl_text_slot){key, table->round, value};
}

#endif

/*
 * The table of a scratch: grown to twice the keys asked for, never shrunk. A table of few keys uses the
 * first slots only, so that it stays in the cache.
 */
#include "text/table.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_MIN ((size_t)64)
#define SLOTS_MAX ((size_t)1 << 31)

static bool grow(struct pl_text_scratch *scratch, size_t slots_count)
{
    const size_t bytes = slots_count * sizeof *scratch->slots;
    const size_t bytes_now = scratch->slots_count * sizeof *scratch->slots;

    if (bytes - bytes_now > scratch->size_bytes_max - scratch->size_bytes)
        return false;

    struct pl_text_slot *slots = calloc(slots_count, sizeof *slots);

    if (slots == NULL)
        return false;
    free(scratch->slots);
    scratch->slots = slots;
    scratch->slots_count = slots_count;
    scratch->size_bytes += bytes - bytes_now;
    scratch->round = 0;
    return true;
}

bool pl_table_open(struct pl_text_scratch *scratch, size_t count_max, struct pl_table *ret_table)
{
    size_t slots_count = SLOTS_MIN;
    uint32_t bits = 6;

    if (count_max > SLOTS_MAX / 2)
        return false;
    for (; slots_count < 2 * count_max; slots_count *= 2)
        bits++;
    if (slots_count > scratch->slots_count && !grow(scratch, slots_count))
        return false;
    if (scratch->round == UINT32_MAX) {
        memset(scratch->slots, 0, scratch->slots_count * sizeof *scratch->slots);
        scratch->round = 0;
    }
    *ret_table = (struct pl_table){
        .slots = scratch->slots,
        .mask = (uint32_t)(slots_count - 1),
        .shift = 64 - bits,
        .round = ++scratch->round,
    };
    return true;
}

/*
 * A hash table with linear probing that doubles when half full. Old tables stay in the arena until
 * the end: together they are no larger than the last one.
 */
#include "measure/intern.h"

#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)1 << 30)
#define SLOTS_COUNT_MIN      64u

void pl_intern_init(struct pl_intern *intern, uint32_t count_max)
{
    *intern = (struct pl_intern){.count_max = count_max};
    pl_arena_init(&intern->arena, ARENA_SIZE_BYTES_MAX);
}

void pl_intern_deinit(struct pl_intern *intern)
{
    pl_arena_deinit(&intern->arena);
}

/* The slot that holds `key`, or the empty one where it belongs. */
static uint32_t find_slot(const struct pl_intern *intern, struct pl_str key)
{
    const uint32_t mask = intern->slots_count - 1;
    uint32_t slot = (uint32_t)pl_str_hash(key) & mask;

    while (intern->slots[slot] != 0 && !pl_str_equal(intern->keys[intern->slots[slot] - 1], key))
        slot = (slot + 1) & mask;
    return slot;
}

static enum pl_status grow(struct pl_intern *intern, struct pl_error *error)
{
    const uint32_t slots_count =
        intern->slots_count == 0 ? SLOTS_COUNT_MIN : intern->slots_count * 2;
    uint32_t *slots = pl_arena_alloc_array(&intern->arena, slots_count, sizeof *slots);
    struct pl_str *keys = pl_arena_alloc_array(&intern->arena, slots_count / 2, sizeof *keys);

    if (slots == NULL || keys == NULL)
        return pl_arena_error(&intern->arena, "the names of the groups", error);
    if (intern->count > 0)
        memcpy(keys, intern->keys, intern->count * sizeof *keys);
    intern->keys = keys;
    intern->slots = slots;
    intern->slots_count = slots_count;
    for (uint32_t number = 0; number < intern->count; number++)
        slots[find_slot(intern, keys[number])] = number + 1;
    return PL_OK;
}

enum pl_status pl_intern_number(struct pl_intern *intern, struct pl_str key, uint32_t *ret_number,
                                struct pl_error *error)
{
    if (intern->count * 2 >= intern->slots_count)
        PL_RETURN_IF(grow(intern, error));

    const uint32_t slot = find_slot(intern, key);

    if (intern->slots[slot] != 0) {
        *ret_number = intern->slots[slot] - 1;
        return PL_OK;
    }
    if (intern->count == intern->count_max) {
        *ret_number = PL_INTERN_FULL;
        return PL_OK;
    }

    const struct pl_str copy = pl_arena_copy(&intern->arena, key);

    if (copy.ptr == NULL)
        return pl_arena_error(&intern->arena, "the names of the groups", error);
    intern->keys[intern->count] = copy;
    intern->slots[slot] = ++intern->count;
    *ret_number = intern->count - 1;
    return PL_OK;
}

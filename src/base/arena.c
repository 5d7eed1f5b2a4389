/*
 * Arenas as a list of blocks, each twice the one before up to 1 MiB; a large request gets a
 * block of its own. Every block is charged against the maximum before it is taken.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE_MIN ((size_t)4096)
#define BLOCK_SIZE_MAX ((size_t)1 << 20)

struct pl_arena_block {
    struct pl_arena_block *older;
    size_t used;
    size_t size;
    alignas(max_align_t) char bytes[];
};

void pl_arena_init(struct pl_arena *arena, size_t size_bytes_max)
{
    *arena = (struct pl_arena){.size_bytes_max = size_bytes_max};
}

void pl_arena_deinit(struct pl_arena *arena)
{
    struct pl_arena_block *block = arena->newest;

    while (block != NULL) {
        struct pl_arena_block *older = block->older;

        free(block);
        block = older;
    }
    arena->newest = NULL;
    arena->size_bytes = 0;
}

/* Twice the block before, within what the maximum leaves, and at least what is wanted. */
static size_t next_block_size(const struct pl_arena *arena, size_t wanted)
{
    const size_t left = arena->size_bytes_max - arena->size_bytes;
    size_t size = arena->newest == NULL ? BLOCK_SIZE_MIN : arena->newest->size * 2;

    if (size > BLOCK_SIZE_MAX)
        size = BLOCK_SIZE_MAX;
    if (size > left)
        size = left;
    return size < wanted ? wanted : size;
}

static struct pl_arena_block *add_block(struct pl_arena *arena, size_t wanted)
{
    const size_t size = next_block_size(arena, wanted);

    if (size > arena->size_bytes_max - arena->size_bytes)
        return NULL;

    struct pl_arena_block *block = calloc(1, sizeof *block + size);

    if (block == NULL)
        return NULL;
    block->older = arena->newest;
    block->size = size;
    arena->newest = block;
    arena->size_bytes += size;
    return block;
}

void *pl_arena_alloc(struct pl_arena *arena, size_t size_bytes)
{
    const size_t step = alignof(max_align_t);

    if (size_bytes > SIZE_MAX / 2)
        return NULL;

    const size_t wanted = size_bytes == 0 ? step : (size_bytes + step - 1) / step * step;
    struct pl_arena_block *block = arena->newest;

    if (block == NULL || block->size - block->used < wanted)
        block = add_block(arena, wanted);
    if (block == NULL)
        return NULL;

    void *memory = block->bytes + block->used;

    block->used += wanted;
    return memory;
}

void *pl_arena_alloc_array(struct pl_arena *arena, size_t count, size_t item_size_bytes)
{
    if (item_size_bytes != 0 && count > SIZE_MAX / 2 / item_size_bytes)
        return NULL;
    return pl_arena_alloc(arena, count * item_size_bytes);
}

struct pl_str pl_arena_copy(struct pl_arena *arena, struct pl_str text)
{
    char *copy = pl_arena_alloc(arena, text.len + 1);

    if (copy == NULL)
        return (struct pl_str){0};
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    return (struct pl_str){copy, text.len};
}

struct pl_str pl_arena_format(struct pl_arena *arena, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);

    char *text = pl_arena_alloc(arena, (size_t)length + 1);

    if (text == NULL)
        return (struct pl_str){0};
    va_start(arguments, format);
    (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    va_end(arguments);
    return (struct pl_str){text, (size_t)length};
}

enum pl_status pl_arena_error(const struct pl_arena *arena, const char *what,
                              struct pl_error *error)
{
    if (arena->size_bytes + BLOCK_SIZE_MAX >= arena->size_bytes_max)
        return pl_error_set(error, PL_E_LIMIT, "%s needs more than %zu MB, its limit", what,
                            arena->size_bytes_max >> 20);
    return pl_error_set(error, PL_E_MEMORY, "no memory left for %s", what);
}

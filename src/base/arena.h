/*
 * An arena: memory that lives and dies together. Nothing inside is freed by itself. One thread at a
 * time. There is a maximum from the start; past it, or when the machine has no more, allocation
 * returns NULL and the caller reports PL_E_LIMIT or PL_E_MEMORY.
 */
#ifndef PL_BASE_ARENA_H
#define PL_BASE_ARENA_H

#include "base/error.h"
#include "base/str.h"

struct pl_arena_block;

struct pl_arena {
    struct pl_arena_block *newest;
    size_t size_bytes;     /* given out and reserved so far */
    size_t size_bytes_max; /* the declared maximum */
};

/* In place; allocates nothing yet. */
void pl_arena_init(struct pl_arena *arena, size_t size_bytes_max);

/* Frees everything that was ever given out. The arena may be used again. */
void pl_arena_deinit(struct pl_arena *arena);

/* Zeroed memory, aligned for any type; NULL past the maximum. `size_bytes` 0 gives a valid pointer. */
void *pl_arena_alloc(struct pl_arena *arena, size_t size_bytes);

/* As pl_arena_alloc for `count` items, checked for overflow. */
void *pl_arena_alloc_array(struct pl_arena *arena, size_t count, size_t item_size_bytes);

/* A NUL-terminated copy; `ptr` is NULL when the arena is full. */
struct pl_str pl_arena_copy(struct pl_arena *arena, struct pl_str text);

/* Formatted text, NUL-terminated, in the arena; `ptr` is NULL when the arena is full. */
struct pl_str pl_arena_format(struct pl_arena *arena, const char *format, ...) PL_FORMAT(2, 3);

/* The error for an allocation that returned NULL: PL_E_LIMIT at the maximum, else PL_E_MEMORY. */
enum pl_status pl_arena_error(const struct pl_arena *arena, const char *what,
                              struct pl_error *error);

#endif

/*
 * The values of one case: invented words, names and numbers, the same for the same seed and id, and the
 * texts in which they stand as "{name}". Internal to the layer.
 */
#ifndef PL_REDTEAM_VALUES_H
#define PL_REDTEAM_VALUES_H

#include "base/arena.h"
#include "base/buffer.h"

#define PL_REDTEAM_VALUES_MAX 32

struct pl_redteam_value {
    const char *name;
    struct pl_str text;
};

struct pl_redteam_values {
    struct pl_redteam_value items[PL_REDTEAM_VALUES_MAX];
    size_t count;
    struct pl_arena *arena;
};

/* Draws every value that is invented. Texts live in `arena`; false when it is full. */
bool pl_redteam_values_draw(struct pl_redteam_values *values, uint64_t seed, struct pl_str id,
                            struct pl_arena *arena);

/* Adds a value that is not invented. */
void pl_redteam_values_set(struct pl_redteam_values *values, const char *name, struct pl_str text);

/* The template with its values; `ptr` NULL when the arena is full. A name that is none stays as it is. */
struct pl_str pl_redteam_values_fill(const struct pl_redteam_values *values, const char *text);

#endif

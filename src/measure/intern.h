/*
 * Numbers for keys: the first key seen is 0, the next new one 1, and so on. Keys are bytes and are
 * copied. One thread at a time; memory is its own, up to a declared number of keys.
 */
#ifndef PL_MEASURE_INTERN_H
#define PL_MEASURE_INTERN_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define PL_INTERN_FULL UINT32_MAX

struct pl_intern {
    struct pl_arena arena; /* the keys' bytes and the table */
    struct pl_str *keys;   /* by number */
    uint32_t *slots;       /* number + 1, or 0 */
    uint32_t slots_count;  /* a power of two */
    uint32_t count;
    uint32_t count_max;
};

/* `count_max` keys at most. Allocates nothing yet. */
void pl_intern_init(struct pl_intern *intern, uint32_t count_max);
void pl_intern_deinit(struct pl_intern *intern);

/*
 * The number of `key`, given now if it is new. `*ret_number` is PL_INTERN_FULL when the key would be
 * one too many: the caller says what that means. The status tells of memory only.
 */
PL_MUST_CHECK enum pl_status pl_intern_number(struct pl_intern *intern, struct pl_str key,
                                              uint32_t *ret_number, struct pl_error *error);

#endif

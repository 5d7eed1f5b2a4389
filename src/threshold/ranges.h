/* The least and the largest of any stretch of an array, found fast; exact, and nothing is rounded. */
#ifndef PL_THRESHOLD_RANGES_H
#define PL_THRESHOLD_RANGES_H

#include "base/arena.h"

#include <stdint.h>

/* Positions 0 .. count - 1. An array that only rises or only falls needs no tables. */
struct pl_ranges {
    const double *values;
    size_t count;
    int direction; /* 1: never falls; -1: never rises; 0: neither */
    double *least; /* direction 0: 2 * count nodes of a segment tree */
    double *most;
};

/* `values` (no NaN) must outlive it; tables live in `arena`. */
PL_MUST_CHECK enum pl_status pl_ranges_make(const double *values, size_t count,
                                            struct pl_arena *arena, struct pl_ranges *ret_ranges,
                                            struct pl_error *error);

/* Over first .. last, both included. */
double pl_ranges_least(const struct pl_ranges *ranges, uint32_t first, uint32_t last);
double pl_ranges_most(const struct pl_ranges *ranges, uint32_t first, uint32_t last);

/*
 * The place of one candidate among others: the lower cost goes first, then fewer flipped decisions,
 * then fewer positive ones.
 */
struct pl_rank {
    double cost;
    uint64_t flips;
    uint64_t positives;
};

/* Negative, zero or positive as a goes before, with or after b. */
int pl_rank_compare(const struct pl_rank *a, const struct pl_rank *b);

/* The first position of the best rank in any stretch. */
struct pl_best {
    const struct pl_rank *ranks;
    uint32_t *tree; /* 2 * count positions */
    size_t count;
};

PL_MUST_CHECK enum pl_status pl_best_make(const struct pl_rank *ranks, size_t count,
                                          struct pl_arena *arena, struct pl_best *ret_best,
                                          struct pl_error *error);
uint32_t pl_best_find(const struct pl_best *best, uint32_t first, uint32_t last);

#endif

/*
 * The mean of a yes or no over the nearest neighbours of every point, exactly. Safe in any thread; the
 * result does not depend on the number of threads nor on the order of the points.
 */
#ifndef PL_STATS_NEIGHBOURS_H
#define PL_STATS_NEIGHBOURS_H

#include "base/arena.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define PL_NEIGHBOURS_MAX            16
#define PL_NEIGHBOURS_DIMENSIONS_MAX 32

/* Distinct points, each with the decisions that stand there. */
struct pl_neighbour_points {
    const double *coordinates; /* count x dimensions; not above 1e150 in size, no -0 */
    const uint64_t *totals;    /* decisions at each point: at least 1 */
    const uint64_t *positives; /* those of them with a yes */
    size_t count;
    uint32_t dimensions; /* 1 .. PL_NEIGHBOURS_DIMENSIONS_MAX */
};

struct pl_neighbour_search {
    uint32_t k;
    uint32_t threads;
};

/*
 * For each point the share of yes among its `k` nearest decisions, those at the point itself included;
 * 1 <= k <= PL_NEIGHBOURS_MAX, and there must be k decisions in all. Where more than k are as near as
 * the k-th, the nearer ones count whole, and all at that distance share the places that are left.
 * The tree lies in `arena`: about 8 bytes for each coordinate and 13 for each point.
 */
PL_MUST_CHECK enum pl_status pl_neighbour_means(const struct pl_neighbour_points *points,
                                                const struct pl_neighbour_search *search,
                                                struct pl_arena *arena, double *ret_means,
                                                struct pl_error *error);

#endif

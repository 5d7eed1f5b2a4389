/* What moving thresholds does to single decisions: how many are decided otherwise, and at what cost. */
#ifndef PL_THRESHOLD_FLIPS_H
#define PL_THRESHOLD_FLIPS_H

#include "measure/costs.h"
#include "measure/measure.h"

/* Decisions that are decided otherwise, by label. */
struct pl_flips {
    uint64_t to_positive[3];
    uint64_t to_negative[3];
};

uint64_t pl_flips_total(const struct pl_flips *flips);

/* One threshold for each leaf, before and after. */
struct pl_move {
    const struct pl_cells *cells;
    const double *before;
    const double *after;
};

/* Counts into `flips`, which is zeroed, by `group_of_leaf` (NULL: all into one). */
void pl_flips_count(const struct pl_move *move, const uint32_t *group_of_leaf,
                    struct pl_flips *flips);

/*
 * The mean change of cost of a labelled decision: each is compared with itself, so that what both
 * thresholds get right or wrong alike adds no uncertainty. Exactly 0 when no threshold moves past a
 * score. The result points into `arena`.
 */
PL_MUST_CHECK enum pl_status pl_cost_change(const struct pl_move *move,
                                            const struct pl_costs *costs, struct pl_arena *arena,
                                            struct pl_stat *ret_change, struct pl_error *error);

#endif

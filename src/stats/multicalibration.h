/*
 * How large the largest of many calibration errors is by chance alone, when every probability is right.
 * Slices overlap, so their errors are drawn together. Nothing global; memory from the given arena.
 */
#ifndef PL_STATS_MULTICALIBRATION_H
#define PL_STATS_MULTICALIBRATION_H

#include "base/arena.h"
#include "base/error.h"
#include "stats/stat.h"

/* Decisions of nearly one probability that no slice divides. */
struct pl_score_cell {
    uint64_t n;
    double probability; /* their mean, 0 to 1 */
    double residual;    /* sum of w (y - p) */
    double scale;       /* of a draw: 1 without weights */
};

/* The slices of one grouping as walks over the cells, bin after bin in the order of the probability. */
struct pl_score_walk {
    const uint32_t *cells;  /* the cells of the grouping's slices, by bin and then slice */
    const uint32_t *slices; /* of each, the slice */
    const bool *ends;       /* of each, whether the next is of another bin or slice */
    size_t count;
    const double *scales; /* of each slice: what its range is multiplied by; 0: it is left out */
    size_t slices_count;
};

struct pl_multicalibration_request {
    const struct pl_score_cell *cells;
    size_t cells_count;
    const struct pl_score_walk *walks;
    size_t walks_count;
    uint32_t replicates;
    uint64_t seed;
    uint32_t threads;
};

/* `sample` is ascending, of as many values as there are replicates, in `arena`. `observed` is the same
   statistic of the residuals as they are. The result does not depend on `threads`. */
PL_MUST_CHECK enum pl_status
pl_multicalibration_draw(const struct pl_multicalibration_request *request, struct pl_arena *arena,
                         double *ret_observed, const double **ret_sample, struct pl_error *error);

#endif

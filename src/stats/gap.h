/*
 * How far apart groups are: the largest difference and the smallest ratio between any two of them,
 * with intervals that hold for all pairs at once. The largest of many noisy differences is too
 * large on average, so an interval for the one pair picked afterwards would be wrong. Safe in any
 * thread; memory from the given arena only.
 */
#ifndef PL_STATS_GAP_H
#define PL_STATS_GAP_H

#include "base/arena.h"
#include "base/error.h"
#include "stats/stat.h"

#define PL_GAP_REPLICATES 2000

struct pl_gap_request {
    const struct pl_stat *stats; /* one for each group, of independent samples; undefined ones are
                                    passed over */
    size_t count;
    double confidence;   /* 0 to 1, both excluded */
    uint32_t replicates; /* 0: PL_GAP_REPLICATES */
    uint64_t seed;
    const double *correlations; /* count x count, where samples are not independent; else NULL */
};

struct pl_gap {
    struct pl_estimate estimate; /* its n: decisions in all groups that are defined */
    struct pl_estimate
        of_two;     /* the same at (1 + confidence) / 2: two such gaps hold at once at the
                                    confidence, whatever depends on what (Bonferroni) */
    size_t largest; /* indices into `stats`; of equals the first */
    size_t smallest;
};

/*
 * max - min. Fewer than two defined groups are PL_UNDEFINED_ONE_GROUP (and the status is PL_OK).
 * Errors: the arena's.
 */
PL_MUST_CHECK enum pl_status pl_gap_difference(const struct pl_gap_request *request,
                                               struct pl_arena *scratch, struct pl_gap *ret_gap,
                                               struct pl_error *error);

/* min / max; PL_UNDEFINED_BELOW_ZERO when one is negative, PL_UNDEFINED_ZERO_REFERENCE when the
   largest is 0. */
PL_MUST_CHECK enum pl_status pl_gap_ratio(const struct pl_gap_request *request,
                                          struct pl_arena *scratch, struct pl_gap *ret_gap,
                                          struct pl_error *error);

#endif

/* Values of cases put together by group, for a statistic over groups. Private to src/stats. */
#ifndef PL_STATS_GROUPING_H
#define PL_STATS_GROUPING_H

#include "base/arena.h"
#include "stats/clusters.h"

struct pl_grouping {
    const uint32_t *groups; /* of each case, 0 .. groups_count - 1; NULL: each is its own */
    size_t count;
    uint32_t groups_count;
};

/* The groups that have a case, as clusters: the sum of their values and how many. Errors: the arena's. */
PL_MUST_CHECK enum pl_status pl_grouping_sum(const struct pl_grouping *grouping,
                                             const double *values, struct pl_arena *scratch,
                                             struct pl_clusters *ret_clusters,
                                             struct pl_error *error);

#endif

/*
 * Pairs over clusters: what data.group says of a measure here, of the same measure of the baseline, and of
 * the difference of both, where both are of the same joined decisions.
 */
#ifndef PL_MEASURE_PAIR_CLUSTERS_H
#define PL_MEASURE_PAIR_CLUSTERS_H

#include "measure/measure.h"
#include "measure/scan.h"
#include "stats/clusters.h"

/* One measure in one slice. Of a column only the difference is filled. */
struct pl_pair_clusters {
    struct pl_clusters here;
    struct pl_clusters there;
    struct pl_clusters difference;
    struct pl_clusters_shared shared; /* of here and there */
};

/*
 * One for each slice of the partition and metric of `here`, in `arena`; NULL where its decisions are
 * independent. `answers` are the marks of the groups of the last segment, which are the baseline's
 * answers; `differences` says of each metric which value column has the differences, -1 for none.
 */
PL_MUST_CHECK enum pl_status
pl_pair_clusters_make(const struct pl_measured *here, const enum pl_mark *answers,
                      const int *differences, const struct pl_partition *partition,
                      struct pl_arena *arena, struct pl_pair_clusters **ret_pairs,
                      struct pl_error *error);

/* The correlation of both sides, -1 to 1. */
double pl_pair_clusters_correlation(const struct pl_pair_clusters *pair);

#endif

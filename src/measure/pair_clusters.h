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

/* The joined decisions. */
struct pl_pair_request {
    const struct pl_measured *here;
    const enum pl_mark *answers; /* of the groups of the last segment: the baseline's answers */
    const int *differences;      /* of each metric: the value column of its differences; -1: none */
};

/* One for each slice of the partition and metric of `here`, in `arena`; NULL where decisions are
   independent. */
PL_MUST_CHECK enum pl_status pl_pair_clusters_make(const struct pl_pair_request *request,
                                                   const struct pl_partition *partition,
                                                   struct pl_arena *arena,
                                                   struct pl_pair_clusters **ret_pairs,
                                                   struct pl_error *error);

/* The correlation of both sides, -1 to 1. */
double pl_pair_clusters_correlation(const struct pl_pair_clusters *pair);

#endif

/* The decisions outside a slice: what comparisons with the overall figure need. */
#ifndef PL_MEASURE_REST_H
#define PL_MEASURE_REST_H

#include "measure/metrics.h"

/* A measure of the decisions outside the slice, and the slice's part in the overall figure:
   overall = share * slice + (1 - share) * rest. */
struct pl_rest {
    struct pl_stat stat; /* of kind PL_STAT_NONE where the overall figure is no such mean */
    double share;
};

/* `part` and `whole` are the metric's statistics in the slice and overall. */
struct pl_rest pl_rest_make(const struct pl_metric *metric, const struct pl_tally *slice,
                            const struct pl_stat *part, const struct pl_stat *whole);

#endif

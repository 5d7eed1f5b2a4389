/* Fills tallies: one pass over the confusions, and one over the runs of each column in use. */
#ifndef PL_MEASURE_SCAN_H
#define PL_MEASURE_SCAN_H

#include "measure/tally.h"

/* What is known of a numeric column as a whole: a slice in which every value is the same says nothing of
   how the others spread, nor that they are all 0 or 1. */
struct pl_column_facts {
    bool is_rate; /* every value is 0 or 1 */
    bool varies;  /* there is more than one value */
};

/* What is known of each leaf before the passes, and what the passes are for. Shared, read only. */
struct pl_scan {
    const struct pl_cells *cells;
    const struct pl_metric *metrics;
    size_t metrics_count;
    const struct pl_cost_table *cost_table;  /* NULL when no measure needs it */
    uint32_t strata;                         /* the segment of the strata plus 1, or 0 */
    unsigned needs;                          /* enum pl_metric_needs of all metrics together */
    const struct pl_roc_totals *leaf_totals; /* of the score; NULL when it is not needed */
    const struct pl_rate_sums
        *leaf_above; /* scores above the median of all; NULL when not needed */
    const struct pl_column_tally *leaf_columns; /* leaves_count x columns_count: n and weights */
    const struct pl_column_facts *facts;        /* one for each column */
    const double *centres; /* of the measures over clusters; NULL: decisions are independent */
};

/* Makes a scan for these metrics; its tables live in `arena`. */
PL_MUST_CHECK enum pl_status pl_scan_init(struct pl_scan *scan, const struct pl_cells *cells,
                                          const struct pl_measure_options *options,
                                          struct pl_arena *arena, struct pl_error *error);

/* The leaves of each slice: `slice_of_leaf` has leaves_count entries, each below slices_count. */
struct pl_partition {
    const uint32_t *slice_of_leaf;
    size_t slices_count;
};

/*
 * Allocates and fills one tally for each slice, but for its `all`. Thread safe: touches nothing shared
 * but for reading. The result is freed by pl_tallies_free.
 */
PL_MUST_CHECK enum pl_status pl_scan_run(const struct pl_scan *scan,
                                         const struct pl_partition *partition,
                                         struct pl_tally **ret_tallies, struct pl_error *error);

/* Frees the tallies, and the windows of their first `windows_count` metrics: 0 once statistics point
   into them, all of the scan's before. */
void pl_tallies_free(struct pl_tally *tallies, size_t count, size_t windows_count);

#endif

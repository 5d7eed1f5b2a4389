/*
 * What task regression keeps: moments of labels and predictions for each leaf, and for each tolerance
 * asked for how many errors lie within it. Both are added up over the leaves of a slice, and a slice is
 * taken from the whole to leave the rest.
 */
#ifndef PL_MEASURE_REGRESSION_H
#define PL_MEASURE_REGRESSION_H

#include "measure/scan.h"
#include "stats/regression.h"

#define PL_TOLERANCES_MAX PL_METRICS_MAX

/* The part of the cells. Allocated as a whole, freed by pl_regression_cells_free. */
struct pl_regression_cells {
    struct pl_moments *moments; /* one for each leaf */
    struct pl_within *withins;  /* leaves_count x tolerances_count */
    double tolerances[PL_TOLERANCES_MAX];
    size_t tolerances_count;
};

/* The part of a tally. */
struct pl_regression_tally {
    struct pl_moments moments;
    const double *tolerances;
    size_t tolerances_count;
    struct pl_within *withins; /* one for each tolerance */
};

/* The distinct tolerances of the `within` measures among `metrics`, in the order of the metrics. */
size_t pl_tolerances_of(const struct pl_metric *metrics, size_t metrics_count,
                        double tolerances[PL_TOLERANCES_MAX]);

/* NULL when there is no memory. `leaves_count` empty leaves. */
struct pl_regression_cells *pl_regression_cells_new(size_t leaves_count, const double *tolerances,
                                                    size_t tolerances_count);
void pl_regression_cells_free(struct pl_regression_cells *cells);

/* Adds the counts of other decisions to `withins`. */
void pl_withins_merge(struct pl_within *withins, const struct pl_within *other, size_t count);

/* Fills the part of every tally, as pl_task_kind.scan. */
PL_MUST_CHECK enum pl_status pl_regression_scan(const struct pl_scan *scan,
                                                const struct pl_partition *partition,
                                                struct pl_tally *tallies, struct pl_error *error);
void pl_regression_free_tally(struct pl_tally *tally);

/* Of all decisions those that are not in the slice; `withins` is what the result points to. */
void pl_regression_rest(const struct pl_tally *slice, struct pl_within withins[PL_TOLERANCES_MAX],
                        struct pl_regression_tally *ret_rest);

#endif

/*
 * A tally: everything that is summed up in one slice, from which every measure is made. Tallies are
 * filled by one pass over the runs of each column, in ascending order of value.
 */
#ifndef PL_MEASURE_TALLY_H
#define PL_MEASURE_TALLY_H

#include "measure/costs.h"
#include "measure/list_view.h"
#include "measure/measure.h"
#include "measure/neighbours.h"
#include "stats/calibration.h"
#include "stats/disparity.h"
#include "stats/mean.h"
#include "stats/roc.h"

/* A quantile on its way: the order statistics near it. */
struct pl_quantile_tally {
    double first_rank; /* ranks wanted, in units of the effective n */
    double last_rank;
    double *values;
    double *rank_last;
    size_t count;
    size_t size;
    double value; /* the smallest value whose cumulative share is at least q */
    bool found;
};

/* One numeric column in one slice. */
struct pl_column_tally {
    struct pl_mean mean;
    uint64_t n;
    double weight; /* known before the pass: of all values */
    double weight_squared;
    double weight_seen;
    bool varies; /* the column has more than one value, here or elsewhere */
};

/* What a measure of a task with classes is made from in one slice. */
union pl_class_figure {
    struct pl_confusion confusion; /* of one class: it against the others */
    struct pl_stat stat;           /* of all classes */
};

/* Of what a slice may have less within its strata. */
enum pl_disparity_kind { PL_DISPARITY_OF_PREDICTIONS, PL_DISPARITY_OF_LABELS };
#define PL_DISPARITIES_COUNT 2

struct pl_task_kind;
struct pl_regression_tally; /* measure/regression.h */

struct pl_tally {
    const struct pl_task_kind *kind;
    struct pl_confusion confusion;
    bool weighted;
    bool has_scores; /* the score column is loaded */
    uint64_t n;      /* decisions */
    double weight;   /* their weights */
    double weight_squared;
    const struct pl_tally *all; /* the overall tally */
    const struct pl_cost_table
        *cost_table;                /* NULL when no measure needs costs; then so are these: */
    struct pl_cost_sums *by_cost;   /* decisions by the costs of the table */
    struct pl_priced_share *shares; /* where a mean cost keeps them; and one of the rest: */
    struct pl_priced_share *rest_shares;
    struct pl_roc_totals score_totals; /* labelled decisions with a score */
    double score_min;
    double score_max;
    struct pl_roc roc;
    struct pl_calibration calibration;
    struct pl_mean log_loss;
    struct pl_mean brier;
    struct pl_rate_sums
        above_median; /* of the decisions with a score, those above the median of all */
    struct pl_column_tally *columns;        /* by index into cells->columns */
    struct pl_ratio_sums *ratios;           /* by index into the ratios of the cells */
    struct pl_quantile_tally *quantiles;    /* by index into the metrics */
    struct pl_regression_tally *regression; /* of task regression, else NULL */
    const struct pl_metric *metrics;        /* so that a metric finds its quantile */
    union pl_class_figure *classes;         /* by index into the metrics; tasks with classes */
    const struct pl_multicalibration *multicalibration; /* of all decisions; else NULL */
    struct pl_ranking_tally ranking;                    /* of a ranking */
    struct pl_cluster_tally clustered;
    bool has_neighbours;
    uint64_t compared; /* decisions among which neighbours were looked for */
    struct pl_neighbour_sums neighbours;
    bool has_strata;
    struct pl_stat disparities[PL_DISPARITIES_COUNT];
};

#endif

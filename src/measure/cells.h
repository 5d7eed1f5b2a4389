/*
 * Cells: the count table that one GROUP BY makes of the decisions. A leaf is one combination of the
 * values of all segments in use; each leaf holds its counts by label and prediction, and for each
 * numeric column its runs: every distinct value with the number of decisions that have it. All counts
 * are integers, so cells are exact, mergeable, and the same whatever the order of rows or threads.
 */
#ifndef PL_MEASURE_CELLS_H
#define PL_MEASURE_CELLS_H

#include "base/arena.h"
#include "base/error.h"
#include "line/line.h"
#include "measure/ratio_sums.h"

#define PL_SEGMENT_VALUES_MAX 10000     /* groups in one segment */
#define PL_LEAVES_MAX         1000000   /* combinations of all segments that occur */
#define PL_SLICES_MAX         50000     /* slices of one segment or crossing */
#define PL_RUNS_MAX           250000000 /* distinct (leaf, label, value) of one column */
#define PL_RATIOS_MAX         16        /* ratios of two columns */
#define PL_COLUMNS_MAX        32 /* numeric columns: the score and those of generic measures */

/* What a label or a prediction says. */
enum pl_mark { PL_NEGATIVE = 0, PL_POSITIVE = 1, PL_UNKNOWN = 2 };

/* Decisions by [label][prediction]: how many, the sum of their weights, and of the squares. */
struct pl_confusion {
    uint64_t n[3][3];
    double weight[3][3];
    double weight_squared[3][3];
};

/*
 * The runs of one numeric column over all leaves, ascending by value, then leaf, label and weight.
 * `keys` is leaf * 4 + enum pl_mark of the label. `weights` is NULL when every decision weighs 1.
 */
struct pl_runs {
    struct pl_str column;
    const double *values;
    const uint32_t *keys;
    const uint64_t *counts;
    const double *weights;
    size_t count;
    uint64_t missing; /* decisions without a value here */
};

/* The group name of a missing value: no text of the data can equal it by accident but itself. */
#define PL_GROUP_MISSING "(missing)"

/* What each decision of a run weighs. */
static inline double pl_run_weight(const struct pl_runs *runs, size_t i)
{
    return runs->weights == NULL ? 1.0 : runs->weights[i];
}

/* The groups of one segment, sorted; "(missing)" stands for NULL and sorts last. */
struct pl_groups {
    struct pl_str segment;
    const struct pl_str *names;
    uint32_t count;
};

struct pl_class_cells;      /* measure/classes.h */
struct pl_regression_cells; /* measure/regression.h */
struct pl_neighbour_cells;  /* measure/neighbours.h */
struct pl_cluster_cells;    /* measure/clusters.h */

struct pl_cells {
    enum pl_task task;
    const struct pl_groups *segments;
    size_t segments_count;
    const uint32_t
        *leaf_groups; /* leaves_count x segments_count: the leaf's group in each segment */
    const struct pl_confusion *confusions; /* one for each leaf */
    size_t leaves_count;
    const struct pl_runs *columns; /* the score first when has_scores */
    size_t columns_count;
    struct pl_ratios ratios;
    const struct pl_class_cells
        *classes;         /* labels and predictions of tasks with classes; else NULL */
    bool has_labels;      /* a label column was given */
    bool has_scores;      /* columns[0] is the score */
    bool has_predictions; /* a score or a prediction column was given */
    bool has_weights;
    double threshold;
    uint64_t decisions; /* all, with those lacking label or score */
    uint64_t unlabelled;
    uint64_t unpredicted;
    uint64_t rows;                               /* of the file, after `where` */
    struct pl_str source;                        /* the path or glob that was read */
    struct pl_regression_cells *regression;      /* of task regression, else NULL */
    void *owned;                                 /* the large arrays, freed by pl_cells_deinit */
    struct pl_lists *lists;                      /* of a ranking, else NULL */
    const struct pl_neighbour_cells *neighbours; /* NULL: no features were read */
    struct pl_cluster_cells *clusters;           /* NULL: decisions are independent */
};

/* In place of a leaf's number: it is not among those that stay. */
#define PL_LEAF_OUT UINT32_MAX

/* Frees the runs of all columns, the largest part; measuring needs them, what was measured does not. */
void pl_cells_drop_columns(struct pl_cells *cells);

/* Frees the arrays that do not live in the arena. */
void pl_cells_deinit(struct pl_cells *cells);

#endif

/* What decisions cost: from the line's costs, and those of its slices, to a mean cost. */
#ifndef PL_MEASURE_COSTS_H
#define PL_MEASURE_COSTS_H

#include "measure/cells.h"
#include "stats/stat.h"

#define PL_COST_KINDS_MAX (4 * (PL_COST_SLICES_MAX + 1))

/* By [label][prediction], of decisions that have both. */
struct pl_cost_matrix {
    double costs[2][2];
};

/* The distinct costs, ascending, and which of them a decision of a leaf has. */
struct pl_cost_table {
    double costs[PL_COST_KINDS_MAX];
    size_t count;
    size_t base;           /* that of 0, else the lowest: the others are counted against it */
    const uint16_t *kinds; /* by leaf * 4 + label * 2 + prediction; an index into `costs` */
};

/* Decisions of one cost. Zeroed is none. */
struct pl_cost_sums {
    uint64_t n;
    double weight;
    double weight_squared;
    uint64_t
        places; /* combinations of leaf, label and prediction that have this cost: 0 is never */
};

/* One matrix for each leaf, in `arena`: the entries of the line's costs that hold there, in order. */
PL_MUST_CHECK enum pl_status pl_cost_matrices_make(const struct pl_cells *cells,
                                                   const struct pl_costs *costs,
                                                   struct pl_arena *arena,
                                                   struct pl_cost_matrix **ret_matrices,
                                                   struct pl_error *error);

PL_MUST_CHECK enum pl_status pl_cost_table_make(const struct pl_cells *cells,
                                                const struct pl_costs *costs,
                                                struct pl_arena *arena,
                                                struct pl_cost_table **ret_table,
                                                struct pl_error *error);

/* Adds a leaf's decisions to the sums, one for each cost of the table. */
void pl_cost_sums_add(struct pl_cost_sums *sums, const struct pl_cost_table *table, size_t leaf,
                      const struct pl_confusion *confusion);

/*
 * The mean cost of what was summed up; the decisions must not be none. `shares` has room for
 * table->count and must outlive the result, which points into it.
 */
struct pl_stat pl_cost_stat(const struct pl_cost_table *table, const struct pl_cost_sums *sums,
                            bool weighted, struct pl_priced_share *shares);

/* PL_E_LINE, with its place, for a slice of the costs whose group the data do not have. */
PL_MUST_CHECK enum pl_status pl_costs_check(const struct pl_line *line,
                                            const struct pl_cells *cells, struct pl_error *error);

struct pl_metric;

/* Whether a measure can be below 0, at these costs, so that ratios of it make no sense. */
bool pl_metric_below_zero(const struct pl_metric *metric, const struct pl_costs *costs);

#endif

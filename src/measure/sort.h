/*
 * From loose values to runs: every distinct (value, key, weight) once, with its count, in ascending
 * order. The result is the same whatever the order of the input and the number of threads.
 */
#ifndef PL_MEASURE_SORT_H
#define PL_MEASURE_SORT_H

#include "base/error.h"
#include "measure/cells.h"

/*
 * A value on its way. `order` sorts as the double does (pl_order_of); `row` is an index into the
 * counts and weights beside it, and of no meaning where those are NULL.
 */
struct pl_loose {
    uint64_t order;
    uint32_t key;
    uint32_t row;
};

/* Loose values of one column, growing. Owns its memory. */
struct pl_loose_list {
    struct pl_loose *items;
    size_t count;
    size_t size;
};

/* A map from doubles to integers that keeps their order; -0 is taken for 0. Not for NaN. */
uint64_t pl_order_of(double value);
double pl_order_value(uint64_t order);

/* Room for `more` items; PL_E_LIMIT past PL_RUNS_MAX. */
PL_MUST_CHECK enum pl_status pl_loose_reserve(struct pl_loose_list *list, size_t more,
                                              struct pl_error *error);
void pl_loose_deinit(struct pl_loose_list *list);

/* What one row of the result stands for: NULL arrays mean a count or weight of 1 for every item. */
struct pl_loose_rows {
    const uint64_t *counts;
    const double *weights;
};

/*
 * Sorts and merges `list`, which is used up. The arrays of `ret_runs` are allocated with malloc and
 * belong to the caller (pl_runs_deinit).
 */
PL_MUST_CHECK enum pl_status pl_runs_make(struct pl_loose_list *list,
                                          const struct pl_loose_rows *rows, uint32_t threads,
                                          struct pl_runs *ret_runs, struct pl_error *error);
void pl_runs_deinit(struct pl_runs *runs);

#endif

/*
 * How far each decision is from what those like it were given: read after the cells, by a second
 * query, and kept as sums for each leaf, so that slices and cells of one slice still compare people
 * with all others.
 */
#ifndef PL_MEASURE_NEIGHBOURS_H
#define PL_MEASURE_NEIGHBOURS_H

#include "measure/loader.h"
#include "stats/mean.h"

#define PL_CONSISTENCY_K       5
#define PL_NEIGHBOUR_ROWS_MAX  2000000 /* distinct features, groups and answers */
#define PL_NEIGHBOUR_VALUE_MAX 1e150   /* of a feature: its square must be finite */

/* Sums of |answer - mean answer of the neighbours| over decisions. Zeroed is empty. */
struct pl_neighbour_sums {
    uint64_t n; /* decisions with all features and an answer */
    struct pl_sum total;
    struct pl_sum squares;
    double low; /* the smallest and the largest; of n 0 they say nothing */
    double high;
};

struct pl_neighbour_cells {
    const struct pl_neighbour_sums *leaves;
    uint64_t decisions; /* among which neighbours were looked for, whatever was filtered since */
};

void pl_neighbour_sums_merge(struct pl_neighbour_sums *sums, const struct pl_neighbour_sums *more);

/* The rows of the second query while they are read. */
struct pl_neighbour_rows;

/* Reads them; the leaves must all be known to the loader, and are not yet in order. */
PL_MUST_CHECK enum pl_status pl_neighbours_read(struct pl_loader *loader,
                                                struct pl_neighbour_rows **ret_rows,
                                                struct pl_error *error);

/* Once the leaves are in order: fills cells->neighbours, in the loader's arena. */
PL_MUST_CHECK enum pl_status pl_neighbours_finish(const struct pl_loader *loader,
                                                  struct pl_neighbour_rows *rows,
                                                  struct pl_cells *cells, struct pl_error *error);

/* NULL is allowed. */
void pl_neighbour_rows_free(struct pl_neighbour_rows *rows);

/* The leaves that stay, as in task.h. */
PL_MUST_CHECK enum pl_status pl_neighbours_filter(const struct pl_cells *from,
                                                  const uint32_t *places, struct pl_cells *to,
                                                  struct pl_arena *arena, struct pl_error *error);

#endif

/* The cells of one slice, as if its decisions were all there are. */
#ifndef PL_MEASURE_FILTER_H
#define PL_MEASURE_FILTER_H

#include "measure/measure.h"

/*
 * Copies the leaves whose groups are those of the slice, in their order, with everything that is counted
 * in them. Segments and their groups stay as they are, so slices of the copy are named by the same
 * numbers. Small tables live in `arena`; pl_cells_deinit frees the rest. The slice must be one of `cells`.
 */
PL_MUST_CHECK enum pl_status pl_cells_filter(const struct pl_cells *cells,
                                             const struct pl_slice *slice, struct pl_arena *arena,
                                             struct pl_cells *ret_cells, struct pl_error *error);

#endif

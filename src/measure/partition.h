/* Which leaves make up which slice of a segment or crossing. */
#ifndef PL_MEASURE_PARTITION_H
#define PL_MEASURE_PARTITION_H

#include "measure/scan.h"

/*
 * Partitions the leaves by the groups of a crossing. Slices come in the order of their groups' names
 * and only where there are decisions. `ret_slices` has groups and crossing filled in; all in `arena`.
 */
PL_MUST_CHECK enum pl_status
pl_partition_make(const struct pl_cells *cells, const struct pl_crossing *crossing,
                  struct pl_arena *arena, struct pl_partition *ret_partition,
                  struct pl_slice **ret_slices, struct pl_error *error);

/* The one slice of everything. */
PL_MUST_CHECK enum pl_status pl_partition_all(const struct pl_cells *cells, struct pl_arena *arena,
                                              struct pl_partition *ret_partition,
                                              struct pl_error *error);

#endif

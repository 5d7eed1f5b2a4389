/* From a plan to cells: runs the one GROUP BY and collects what it returns. */
#ifndef PL_MEASURE_LOAD_H
#define PL_MEASURE_LOAD_H

#include "measure/cells.h"
#include "measure/plan.h"

/*
 * Names and small tables live in `arena`; the runs are freed by pl_cells_deinit. Bad values, too many
 * groups and engine failures come back as one clear error.
 */
PL_MUST_CHECK enum pl_status pl_cells_load(const struct pl_plan *plan, uint32_t threads,
                                           struct pl_arena *arena, struct pl_cells *ret_cells,
                                           struct pl_error *error);

#endif

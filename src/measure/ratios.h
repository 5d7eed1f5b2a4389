/* Loads ratios of two columns: pairs of values, apart from the columns of other measures, summed up by
   leaf. See ratio_sums.h. */
#ifndef PL_MEASURE_RATIOS_H
#define PL_MEASURE_RATIOS_H

#include "measure/builder.h"
#include "measure/cells.h"
#include "measure/loader.h"

/* Adds the items of every ratio that the request names to the statement. */
PL_MUST_CHECK enum pl_status pl_ratios_plan(struct pl_builder *builder, struct pl_error *error);

/* Takes the pairs of one row of the result. */
PL_MUST_CHECK enum pl_status pl_ratios_take(struct pl_loader *loader, const struct pl_batch *batch,
                                            const struct pl_loader_row *row,
                                            struct pl_error *error);

/* All rows are in: the sums of each leaf, in the arena, the same whatever the order of the rows. */
PL_MUST_CHECK enum pl_status pl_ratios_finish(struct pl_loader *loader, struct pl_cells *cells,
                                              struct pl_error *error);

void pl_ratios_abandon(struct pl_loader *loader);

#endif

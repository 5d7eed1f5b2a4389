/* Impact ratios: how often a group is chosen, over the group that is chosen most often. */
#ifndef PL_MEASURE_IMPACT_H
#define PL_MEASURE_IMPACT_H

#include "measure/measure.h"

/* Whether the measure is a rate of being chosen: selection_rate and scoring_rate. */
bool pl_metric_has_impact(const struct pl_metric *metric);

/*
 * The slice's rate over the highest of its grouping. False where there is none: of another measure, overall,
 * of a slice that is listed only or has no value, and where nobody at all is chosen.
 */
bool pl_slice_impact(const struct pl_slice *slice, size_t metric_index, double *ret_ratio);

/* Finds the impact ratios of the slices of one grouping. Leaves them as they are when no metric has any. */
PL_MUST_CHECK enum pl_status pl_impacts_make(struct pl_slice *slices, size_t slices_count,
                                             const struct pl_measure_options *options,
                                             struct pl_arena *arena, struct pl_error *error);

#endif

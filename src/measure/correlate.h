/*
 * How far the figures of slices hang together. Slices of one grouping are of different decisions, so as
 * a rule they do not; but where a query has items of several slices, what is measured of its list in
 * one is correlated with what is measured in another, and with the overall figure.
 */
#ifndef PL_MEASURE_CORRELATE_H
#define PL_MEASURE_CORRELATE_H

#include "measure/tally.h"

/* Fills `dependent` and `correlations` of a grouping whose tallies are complete; in `arena`. */
PL_MUST_CHECK enum pl_status pl_correlate(const struct pl_measure_options *options,
                                          const struct pl_tally *tallies,
                                          struct pl_grouping *grouping, struct pl_arena *arena,
                                          struct pl_error *error);

#endif

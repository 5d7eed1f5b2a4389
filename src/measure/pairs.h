/*
 * Pairs: what the joined decisions say about a measure here and there together. From the joint counts
 * of label and both answers, and from the differences of values, comes for each slice the difference of
 * a measure or the correlation of its two estimates.
 */
#ifndef PL_MEASURE_PAIRS_H
#define PL_MEASURE_PAIRS_H

#include "measure/join.h"

struct pl_pairs; /* of every slice that was measured here */

/*
 * Counts the pairs in every slice of `here`, which was measured on joined decisions with the baseline's
 * answer as the last segment. In `arena`.
 */
PL_MUST_CHECK enum pl_status pl_pairs_make(const struct pl_join *join,
                                           const struct pl_measured *here, struct pl_arena *arena,
                                           struct pl_pairs **ret_pairs, struct pl_error *error);

/*
 * Fills in difference, correlation and method of `beside`, whose two sides are of the slice of `here`
 * and of the baseline. Where the pairs say nothing about the measure it is PL_SIDES_INDEPENDENT.
 */
void pl_pairs_compare(const struct pl_pairs *pairs, const struct pl_slice *slice,
                      size_t metric_index, struct pl_sides *sides);

#endif

/* How many more decisions would settle what is unproven. */
#ifndef PL_JUDGE_NEEDED_H
#define PL_JUDGE_NEEDED_H

#include "judge/cases.h"

/*
 * More decisions in the slice (which has `slice_n` now) that would make the case clear at `alpha`, or a
 * breach at `level`, if its present estimate held: all its counts grow in proportion. Where the slice alone
 * cannot settle it, the other side is taken to grow as well and `*ret_in_both` is true. 0 when no number
 * up to a thousand million times as many would, as when the estimate lies on the limit.
 */
uint64_t pl_needed(const struct pl_test *test, double alpha, double level, uint64_t slice_n,
                   bool *ret_in_both);

#endif

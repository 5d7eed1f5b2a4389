/*
 * The gain over a baseline: how much better a measure is here than there. It is positive when it is
 * better, whichever side of the measure that is, so that every limit on it is a lower one: at least
 * minus the margin for `non_inferior_to`, more than the margin for `superior_to`.
 */
#ifndef PL_JUDGE_GAIN_H
#define PL_JUDGE_GAIN_H

#include "judge/cases.h"
#include "measure/against.h"

/* The side that is better: as the limit says, else as the measure has it. */
enum pl_better pl_gain_better(const struct pl_limit *limit, const struct pl_metric *metric);

/* The hypothesis of a limit with a baseline in one slice; the limit must have one. */
struct pl_test pl_gain_test(const struct pl_limit *limit, const struct pl_metric *metric,
                            const struct pl_sides *sides);

/* What the test's comparison gives as a gain; the identity for every other test. Falling for
   PL_SHOWN_SAVING, so that bounds change places. */
double pl_test_shown(const struct pl_test *test, double value);

#endif

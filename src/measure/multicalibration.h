/* Multicalibration error: the largest calibration error over every slice that was measured. */
#ifndef PL_MEASURE_MULTICALIBRATION_H
#define PL_MEASURE_MULTICALIBRATION_H

#include "measure/scan.h"

/* One grouping with its tallies; the first is all decisions. */
struct pl_multicalibration_part {
    const struct pl_partition *partition;
    const struct pl_slice *slices;
    const struct pl_tally *tallies;
};

struct pl_multicalibration_parts {
    const struct pl_multicalibration_part *items;
    size_t count;
};

/*
 * Makes the statistic and what is known of the slice behind it; its `stat` is undefined where there is
 * nothing to calibrate. The result lives in `arena`.
 */
PL_MUST_CHECK enum pl_status
pl_multicalibrate(const struct pl_scan *scan, const struct pl_measure_options *options,
                  const struct pl_multicalibration_parts *parts, struct pl_arena *arena,
                  struct pl_multicalibration *ret_result, struct pl_error *error);

#endif

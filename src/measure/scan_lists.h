/* Fills the part of the tallies that belongs to a ranking: one pass over the lists. */
#ifndef PL_MEASURE_SCAN_LISTS_H
#define PL_MEASURE_SCAN_LISTS_H

#include "measure/scan.h"

/* As the `scan` of a kind of task. */
PL_MUST_CHECK enum pl_status pl_scan_lists(const struct pl_scan *scan,
                                           const struct pl_partition *partition,
                                           struct pl_tally *tallies, struct pl_error *error);

#endif

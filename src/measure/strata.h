/* Slices within strata: for measures that compare a slice with the others of the same stratum. */
#ifndef PL_MEASURE_STRATA_H
#define PL_MEASURE_STRATA_H

#include "measure/scan.h"

/* Fills `disparities` of every tally. The scan's `strata` is not 0. Thread safe: touches nothing
   shared but for reading. False when memory is out. */
bool pl_strata_scan(const struct pl_scan *scan, const struct pl_partition *partition,
                    struct pl_tally *tallies);

#endif

/* Values of many replicates: sorted, and the bounds of their percentile interval. Pure functions. */
#ifndef PL_STATS_REPLICATES_H
#define PL_STATS_REPLICATES_H

#include <stdbool.h>
#include <stddef.h>

/* Ascending, in place. */
void pl_replicates_sort(double *values, size_t count);

/* The percentile bound at the one-sided level `tail`: of `count` sorted values (at least one) the one with
   floor(tail (count + 1)), at least the first, counted from below or from above. Never too near. */
double pl_replicates_bound(const double *sorted, size_t count, double tail, bool upper);

#endif

/* Percentiles of replicates by rank, without interpolation (B. Efron, The Jackknife, the Bootstrap (1982)). */
#include "stats/replicates.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;

    return first < second ? -1 : first > second;
}

void pl_replicates_sort(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_doubles);
}

double pl_replicates_bound(const double *sorted, size_t count, double tail, bool upper)
{
    assert(count > 0);

    const double rank = fmax(1.0, floor(tail * ((double)count + 1.0)));
    const size_t at = (size_t)fmin(rank, (double)count) - 1;

    return sorted[upper ? count - 1 - at : at];
}

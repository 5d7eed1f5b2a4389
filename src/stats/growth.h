/*
 * How many times as much data would settle a question. Pure functions; safe in any thread.
 */
#ifndef PL_STATS_GROWTH_H
#define PL_STATS_GROWTH_H

#include <stdbool.h>

/* Whether it is settled with `factor` times the data; once it is, it stays so. */
typedef bool (*pl_growth_settled)(const void *context, double factor);

struct pl_growth_search {
    pl_growth_settled is_settled;
    const void *context;
    double factor_max;
    double step; /* no finer than this: half a decision, say */
};

/* The smallest factor above 1 that settles, to a thousandth of what is added to 1; 0 when none up to
   `factor_max` does. */
double pl_growth_find(const struct pl_growth_search *search);

#endif

/*
 * What stat.c and contrast.c share: tails that are not cut at one half, so that a search over them
 * is smooth. Pure functions; safe in any thread.
 */
#ifndef PL_STATS_CONTRAST_H
#define PL_STATS_CONTRAST_H

#include "stats/stat.h"

/* As pl_stat_p_above and pl_stat_p_below, but between 1/2 and 1 too (a mixture's is 1 there). */
double pl_stat_tail_above(const struct pl_stat *stat, double bound, enum pl_rate_method method);
double pl_stat_tail_below(const struct pl_stat *stat, double bound, enum pl_rate_method method);

/* A value with the bounds that some level gave it. */
struct pl_bounds {
    double value;
    double low;
    double high;
};

struct pl_bounds pl_stat_bounds(const struct pl_stat *stat, double alpha,
                                enum pl_rate_method method);

/* pl_ratio_low and pl_ratio_high from bounds that are known already. */
double pl_bounds_ratio_low(const struct pl_bounds *a, const struct pl_bounds *b,
                           double correlation);
double pl_bounds_ratio_high(const struct pl_bounds *a, const struct pl_bounds *b,
                            double correlation);

#endif

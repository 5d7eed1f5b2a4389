/*
 * The mean price of a sample whose decisions are of several kinds, each with its price: bounds and
 * p-values for PL_STAT_PRICED. Called by stat.c; pure functions, safe in any thread.
 */
#ifndef PL_STATS_PRICED_H
#define PL_STATS_PRICED_H

#include "stats/stat.h"

/* One-sided bounds at `alpha`, 0 < alpha <= 1/2. */
double pl_priced_low(const struct pl_stat *stat, double alpha, enum pl_rate_method method);
double pl_priced_high(const struct pl_stat *stat, double alpha, enum pl_rate_method method);

/* The smallest alpha at which low(alpha) > bound, or high(alpha) < bound; 1 when even 1/2 does not do,
   and at least 1e-300. */
double pl_priced_p_above(const struct pl_stat *stat, double bound, enum pl_rate_method method);
double pl_priced_p_below(const struct pl_stat *stat, double bound, enum pl_rate_method method);

#endif

/*
 * Rates whose k and n are effective counts from a variance over clusters, known with few degrees of
 * freedom (stat.rate.df above 0). Pure functions; safe in any thread.
 *
 * At the level alpha such a rate counts as n (t_m(alpha) / t_df(alpha))^2 decisions, where t is Student's
 * quantile, m is one less than the number of decisions, and n is what stat.rate.rate says. Source: E. L.
 * Korn & B. I. Graubard, Survey Methodology 24 (1998) 193, whose intervals are the exact ones.
 */
#ifndef PL_STATS_EFFECTIVE_RATE_H
#define PL_STATS_EFFECTIVE_RATE_H

#include "stats/stat.h"

/* The counts at the level alpha, 0 < alpha <= 1/2; those of the statistic where df is 0. */
struct pl_rate pl_rate_at_level(const struct pl_stat *stat, double alpha);

/*
 * The p-value of the test that the bounds at all levels make: the p with tail(counts at the level p,
 * bound) = p, by a search to a relative 1e-9. Where df is 0 it is `tail` of the rate itself. Results below
 * 1e-300 are given as that.
 */
double pl_rate_tail(const struct pl_stat *stat, double bound,
                    double (*tail)(struct pl_rate rate, double bound));

#endif

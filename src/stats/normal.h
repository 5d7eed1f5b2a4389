/* The standard normal distribution. Pure functions; safe in any thread. */
#ifndef PL_STATS_NORMAL_H
#define PL_STATS_NORMAL_H

/* P(Z <= z). Absolute error below 1e-15; the lower tail keeps its relative precision. */
double pl_normal_cdf(double z);

/* P(Z > z); the upper tail keeps its relative precision. */
double pl_normal_sf(double z);

/* The z with P(Z <= z) = p, for 0 < p < 1. Relative error below 1e-14 for 1e-300 < p < 1 - 1e-16.
 */
double pl_normal_quantile(double p);

/* The z with P(Z > z) = alpha, for 0 < alpha < 1: exact in the far upper tail, where 1 - alpha is
   not. */
double pl_normal_upper_quantile(double alpha);

#endif

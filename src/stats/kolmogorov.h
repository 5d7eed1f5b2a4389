/*
 * The limit laws of two distances: the largest absolute value of a Brownian bridge (Kolmogorov) and
 * the range, largest minus smallest, of a standard Brownian motion on [0, 1] that starts at 0. Pure
 * functions; safe in any thread. Relative error below 1e-12 for tails above 1e-300.
 */
#ifndef PL_STATS_KOLMOGOROV_H
#define PL_STATS_KOLMOGOROV_H

/* P(K > x) = 2 sum (-1)^(k - 1) exp(-2 k^2 x^2). Source: A. Kolmogorov 1933; DLMF 20.7 for x < 1.
 */
double pl_kolmogorov_sf(double x);

/* The x with P(K > x) = alpha, for 0 < alpha < 1. */
double pl_kolmogorov_upper_quantile(double alpha);

/*
 * P(R > x) = 8 sum (-1)^(k - 1) k P(Z > k x). Source: W. Feller, Ann. Math. Stat. 22 (1951) 427;
 * its use for calibration in I. Arrieta-Ibarra, P. Gujral, J. Tannen, M. Tygert & C. Xu, J. Machine
 * Learning Research 23 (2022) 351. The mean of R is 2 sqrt(2 / pi) = 1.5958.
 */
double pl_brownian_range_sf(double x);

/* The x with P(R > x) = alpha, for 0 < alpha < 1. */
double pl_brownian_range_upper_quantile(double alpha);

#endif

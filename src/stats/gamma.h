/*
 * The regularised incomplete gamma function and the chi-square distribution. Pure functions; safe
 * in any thread.
 */
#ifndef PL_STATS_GAMMA_H
#define PL_STATS_GAMMA_H

/*
 * P(a, x) = 1 / Gamma(a) * integral from 0 to x of t^(a - 1) e^-t dt, and Q = 1 - P, each computed
 * so that its own small values keep their relative precision. a > 0 up to 1e8, x >= 0. Relative
 * error below 1e-12 for values above 1e-300. Source: DLMF 8.2, 8.7.1 (series), 8.9.2 (fraction).
 */
double pl_gamma_p(double a, double x);
double pl_gamma_q(double a, double x);

/* P(X > x) and the x with P(X > x) = alpha, for chi-square with df > 0 degrees of freedom (real).
 */
double pl_chi_square_sf(double x, double df);
double pl_chi_square_upper_quantile(double alpha, double df);

/*
 * ln Gamma(a) - ((a - 1/2) ln a - a + ln(2 pi) / 2), for a >= 10: what Stirling's formula leaves.
 * Absolute error below 1e-16. Source: DLMF 5.11.1.
 */
double pl_gamma_stirling_error(double a);

/* ln(1 + x) - x for x > -1 without cancellation near 0; relative error below 1e-15. */
double pl_log1p_minus(double x);

#endif

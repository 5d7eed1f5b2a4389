/*
 * The regularised incomplete beta function, its inverse, and the binomial tails that come from it.
 * Pure functions; safe in any thread. a and b are real numbers above 0, up to 1e9. Relative error
 * of the tails below 1e-10 wherever they are above 1e-300 (below 1e-12 for a + b under 1e5);
 * smaller ones may be 0.
 */
#ifndef PL_STATS_BETA_H
#define PL_STATS_BETA_H

/* I_x(a, b) = P(X <= x) for X of the beta distribution; 0 at x <= 0 and 1 at x >= 1. */
double pl_beta_cdf(double x, double a, double b);

/* P(X > x), with relative precision where it is small. */
double pl_beta_sf(double x, double a, double b);

/* Both tails at x = 1 - y where the caller knows both to full precision (x near 1, say). */
struct pl_beta_tails {
    double lower; /* P(X <= x) */
    double upper; /* P(X > x) */
    double slope; /* x (1 - x) times the density: the derivative of `lower` by logit(x) */
};
struct pl_beta_tails pl_beta_tails(double x, double y, double a, double b);

/* A quantile and its complement, each with relative precision: y = 1 - x. */
struct pl_beta_point {
    double x;
    double y;
};

/* The x with P(X <= x) = p, or with P(X > x) = p, for 0 < p < 1; relative error below 1e-12. */
struct pl_beta_point pl_beta_lower_point(double p, double a, double b);
struct pl_beta_point pl_beta_upper_point(double p, double a, double b);

/* As pl_beta_lower_point, x alone; 0 at p = 0 and 1 at p = 1. */
double pl_beta_quantile(double p, double a, double b);

/*
 * P(K >= k) and P(K <= k) for K binomial (n, p), carried on to real k and n by the beta function:
 * I_p(k, n - k + 1) and I_(1 - p)(n - k, k + 1). For k <= 0 the first is 1, for k >= n the second.
 */
double pl_binomial_at_least(double k, double n, double p);
double pl_binomial_at_most(double k, double n, double p);

#endif

/*
 * Bounds and intervals for a proportion: k of n decisions. Pure functions; safe in any thread. k
 * and n are counts, or effective counts (real numbers) when decisions carry weights; 0 <= k <= n, n
 * > 0 unless said otherwise.
 */
#ifndef PL_STATS_PROPORTION_H
#define PL_STATS_PROPORTION_H

#include "stats/estimate.h"
#include "stats/stat.h"

/*
 * Wilson's score bounds, one-sided at `alpha` (0 < alpha <= 1/2): the p with
 * |k / n - p| = z(alpha) sqrt(p (1 - p) / n). They never leave [0, 1], and stay honest at 0 and at
 * n, where the textbook interval has no width.
 *
 * Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209; coverage in Brown, Cai & DasGupta,
 * Statistical Science 16 (2001) 101.
 */
double pl_wilson_low(struct pl_rate rate, double alpha);
double pl_wilson_high(struct pl_rate rate, double alpha);

/* The p-values of the score test that those bounds invert: that the true rate is above `bound`, or
   below it. */
double pl_wilson_p_above(struct pl_rate rate, double bound);
double pl_wilson_p_below(struct pl_rate rate, double bound);

/*
 * The exact bounds: low solves P(K >= k | p) = alpha, high solves P(K <= k | p) = alpha. Each
 * misses with a chance of at most alpha, whatever the true rate (for whole k and n).
 *
 * Source: C. J. Clopper & E. S. Pearson, Biometrika 26 (1934) 404.
 */
double pl_exact_low(struct pl_rate rate, double alpha);
double pl_exact_high(struct pl_rate rate, double alpha);

/* P(K >= k) and P(K <= k) at the rate `bound`. */
double pl_exact_p_above(struct pl_rate rate, double bound);
double pl_exact_p_below(struct pl_rate rate, double bound);

/*
 * Two-sided intervals of `successes` out of `trials` at `confidence` (0 to 1, both excluded): both
 * bounds at alpha = (1 - confidence) / 2. Zero trials are PL_UNDEFINED_NO_DECISIONS.
 */
struct pl_estimate pl_proportion_wilson(uint64_t successes, uint64_t trials, double confidence);
struct pl_estimate pl_proportion_exact(uint64_t successes, uint64_t trials, double confidence);

#endif

/*
 * Bounds for a proportion. The score bounds invert the test that uses the variance under the
 * hypothesis, |p_hat - p| = z sqrt(p (1 - p) / n), a quadratic in p; the exact ones invert the
 * binomial tails, which are incomplete beta functions and so take real k and n.
 *
 * Valid for 0 <= k <= n, n > 0. Agrees with statsmodels 0.14 (proportion_confint, methods "wilson"
 * and "beta") to 1e-13 (tests/reference/stats/proportion.csv).
 */
#include "stats/proportion.h"

#include "stats/beta.h"
#include "stats/normal.h"

#include <assert.h>
#include <math.h>

/* The upper root; the lower one is 1 - this at n - k. */
double pl_wilson_high(struct pl_rate rate, double alpha)
{
    assert(rate.n > 0.0 && rate.k >= 0.0 && rate.k <= rate.n);
    assert(alpha > 0.0 && alpha <= 0.5);

    if (rate.k >= rate.n)
        return 1.0;

    const double z = pl_normal_upper_quantile(alpha);
    const double p = rate.k / rate.n;
    const double shrink = z * z / rate.n;
    const double half = z * sqrt((p * (1.0 - p) + 0.25 * shrink) / rate.n);

    return (p + 0.5 * shrink + half) / (1.0 + shrink);
}

/* The product of the roots is p^2 / (1 + z^2 / n), which gives the lower one without cancellation.
 */
double pl_wilson_low(struct pl_rate rate, double alpha)
{
    if (rate.k <= 0.0)
        return 0.0;

    const double z = pl_normal_upper_quantile(alpha);
    const double p = rate.k / rate.n;
    const double shrink = z * z / rate.n;
    const double half = z * sqrt((p * (1.0 - p) + 0.25 * shrink) / rate.n);

    assert(rate.k <= rate.n && alpha > 0.0 && alpha <= 0.5);
    return p * p / (p + 0.5 * shrink + half);
}

double pl_wilson_p_above(struct pl_rate rate, double bound)
{
    if (bound >= 1.0 || (rate.k <= 0.0 && bound >= 0.0))
        return 1.0;
    if (bound <= 0.0)
        return 0.0;
    return pl_normal_sf((rate.k / rate.n - bound) / sqrt(bound * (1.0 - bound) / rate.n));
}

double pl_wilson_p_below(struct pl_rate rate, double bound)
{
    if (bound <= 0.0 || (rate.k >= rate.n && bound <= 1.0))
        return 1.0;
    if (bound >= 1.0)
        return 0.0;
    return pl_normal_cdf((rate.k / rate.n - bound) / sqrt(bound * (1.0 - bound) / rate.n));
}

double pl_exact_low(struct pl_rate rate, double alpha)
{
    assert(rate.n > 0.0 && rate.k <= rate.n);

    if (rate.k <= 0.0)
        return 0.0;
    return pl_beta_lower_point(alpha, rate.k, rate.n - rate.k + 1.0).x;
}

double pl_exact_high(struct pl_rate rate, double alpha)
{
    assert(rate.n > 0.0 && rate.k >= 0.0);

    if (rate.k >= rate.n)
        return 1.0;
    return pl_beta_upper_point(alpha, rate.k + 1.0, rate.n - rate.k).x;
}

double pl_exact_p_above(struct pl_rate rate, double bound)
{
    return bound < 0.0 ? 0.0 : pl_binomial_at_least(rate.k, rate.n, bound);
}

double pl_exact_p_below(struct pl_rate rate, double bound)
{
    return bound > 1.0 ? 0.0 : pl_binomial_at_most(rate.k, rate.n, bound);
}

static struct pl_estimate two_sided(uint64_t successes, uint64_t trials, double confidence,
                                    enum pl_rate_method method)
{
    assert(successes <= trials);
    assert(confidence > 0.0 && confidence < 1.0);

    const struct pl_stat stat = {
        .kind = trials == 0 ? PL_STAT_NONE : PL_STAT_RATE,
        .reason = trials == 0 ? PL_UNDEFINED_NO_DECISIONS : PL_DEFINED,
        .n = trials,
        .value = trials == 0 ? 0.0 : (double)successes / (double)trials,
        .rate = {.rate = {.k = (double)successes, .n = (double)trials}},
    };

    return pl_stat_estimate(&stat, confidence, method);
}

struct pl_estimate pl_proportion_wilson(uint64_t successes, uint64_t trials, double confidence)
{
    return two_sided(successes, trials, confidence, PL_RATE_WILSON);
}

struct pl_estimate pl_proportion_exact(uint64_t successes, uint64_t trials, double confidence)
{
    return two_sided(successes, trials, confidence, PL_RATE_EXACT);
}

/*
 * A mean price m = base + sum of c_k p_k over disjoint shares p_k of one multinomial sample.
 *
 * Bounds by the method of variance estimates recovery (G. Y. Zou & A. Donner, Stat. Med. 27 (2008)
 * 1693), of several rates instead of two: low = m - sqrt(sum over j, k of s_j s_k r_jk D_j D_k), where
 * D_k = |c_k| times the distance from p_k to its own bound at the same level, on the side that lowers
 * m, s_k the sign of c_k, and r_jk = -sqrt(p_j p_k / ((1 - p_j)(1 - p_k))) the correlation of two
 * shares of one sample. With two shares it is the contrast of stat.c.
 *
 * The shares keep their own bounds, which no price distorts: a kind that is dear and was not seen
 * yet still counts, by what it may be, where a mean and its standard error know nothing of it.
 *
 * P-values are found by bisection (invert.h). Checked against an
 * independent computation and by simulated coverage in tests/unit/stats/test_priced.c.
 */
#include "stats/priced.h"

#include "stats/invert.h"
#include "stats/proportion.h"

#include <math.h>

/* The share as of as many decisions as the statistic stands for. */
static struct pl_rate rate_at(const struct pl_stat *stat, size_t k)
{
    const struct pl_rate rate = stat->priced.shares[k].rate;

    return (struct pl_rate){rate.k * stat->priced.factor, rate.n * stat->priced.factor};
}

/* c_k times how far its share may lie on the side that moves the sum by `sign`: signed as c_k is. */
static double reach(const struct pl_stat *stat, size_t k, double alpha, enum pl_rate_method method,
                    double sign)
{
    const struct pl_rate rate = rate_at(stat, k);
    const double price = stat->priced.shares[k].price;
    const double share = rate.k / rate.n;

    if (price * sign > 0.0)
        return price * fmax(0.0, (method == PL_RATE_EXACT ? pl_exact_high(rate, alpha)
                                                          : pl_wilson_high(rate, alpha)) -
                                     share);
    return price * fmax(0.0, share - (method == PL_RATE_EXACT ? pl_exact_low(rate, alpha)
                                                              : pl_wilson_low(rate, alpha)));
}

/* -r_jk is the product of these of j and of k. */
static double pull(const struct pl_stat *stat, size_t k)
{
    const struct pl_rate rate = rate_at(stat, k);

    return rate.k >= rate.n ? 0.0 : sqrt(rate.k / (rate.n - rate.k));
}

/*
 * The bound on the side of `sign`: -1 low, 1 high. With a_k = s_k D_k and r_jk = -u_j u_k for j != k the
 * double sum is sum a_k^2 - (sum a_k u_k)^2 + sum (a_k u_k)^2, so that one pass is enough.
 */
static double bound_at(const struct pl_stat *stat, double alpha, enum pl_rate_method method,
                       double sign)
{
    double squares = 0.0;
    double pulled = 0.0;

    for (size_t k = 0; k < stat->priced.count; k++) {
        const double a = reach(stat, k, alpha, method, sign);
        const double u = pull(stat, k);

        squares += a * a * (1.0 + u * u);
        pulled += a * u;
    }
    return stat->value + sign * sqrt(fmax(0.0, squares - pulled * pulled));
}

double pl_priced_low(const struct pl_stat *stat, double alpha, enum pl_rate_method method)
{
    return bound_at(stat, alpha, method, -1.0);
}

double pl_priced_high(const struct pl_stat *stat, double alpha, enum pl_rate_method method)
{
    return bound_at(stat, alpha, method, 1.0);
}

/* A test of the side of `sign`. */
struct side {
    const struct pl_stat *stat;
    double bound;
    enum pl_rate_method method;
    double sign;
};

/* Whether the bound on that side lies short of `bound`. */
static bool rejects(const void *context, double alpha)
{
    const struct side *side = context;

    return side->sign * (side->bound - bound_at(side->stat, alpha, side->method, side->sign)) > 0.0;
}

double pl_priced_p_above(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    const struct side side = {stat, bound, method, -1.0};

    return pl_invert_p(rejects, &side);
}

double pl_priced_p_below(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    const struct side side = {stat, bound, method, 1.0};

    return pl_invert_p(rejects, &side);
}

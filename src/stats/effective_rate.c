/*
 * The counts of a rate over clusters at a level, and the level that a bound has. The counts fall as the
 * level does, so the tail at the counts of a level falls more slowly than the level itself, and the two
 * meet once. The search is the Illinois variant of the rule of false position, in logarithms (M. Dowell
 * & P. Jarratt, BIT 11 (1971) 168). Agrees with the formula in SciPy (tests/unit/stats/
 * test_effective_rate.c).
 */
#include "stats/effective_rate.h"

#include "stats/student.h"

#include <math.h>

#define STEPS_MAX 200

static const double P_SMALLEST = 1e-300;
static const double LOG_TOLERANCE = 1e-9;

/* Nearer to one half both quantiles near 0, and their ratio no longer changes. */
static const double LEVEL_MAX = 0.49;

struct pl_rate pl_rate_at_level(const struct pl_stat *stat, double alpha)
{
    const double most = (double)stat->n - 1.0;
    const double level = fmin(alpha, LEVEL_MAX);
    struct pl_rate rate = stat->rate.rate;

    if (stat->rate.df <= 0.0 || most <= stat->rate.df)
        return rate;

    const double ratio =
        pl_student_upper_quantile(level, most) / pl_student_upper_quantile(level, stat->rate.df);

    rate.k *= ratio * ratio;
    rate.n *= ratio * ratio;
    return rate;
}

struct search {
    const struct pl_stat *stat;
    double bound;
    double (*tail)(struct pl_rate rate, double bound);
};

/* ln of the tail at the counts of the level, less ln of the level: it falls through 0. */
static double excess(const struct search *search, double log_level)
{
    const struct pl_rate rate = pl_rate_at_level(search->stat, exp(log_level));

    return log(fmax(P_SMALLEST, search->tail(rate, search->bound))) - log_level;
}

static double solve(const struct search *search, double low, double high)
{
    double at_low = excess(search, low);
    double at_high = excess(search, high);

    if (at_low <= 0.0)
        return low;
    if (at_high >= 0.0)
        return high;
    for (int step = 0, side = 0; step < STEPS_MAX && high - low > LOG_TOLERANCE; step++) {
        const double middle = (low * at_high - high * at_low) / (at_high - at_low);
        const double at = excess(search, middle);

        if (fabs(at) < LOG_TOLERANCE)
            return middle;
        if (at > 0.0) {
            low = middle;
            at_low = at;
            at_high *= side == 1 ? 0.5 : 1.0;
            side = 1;
        } else {
            high = middle;
            at_high = at;
            at_low *= side == -1 ? 0.5 : 1.0;
            side = -1;
        }
    }
    return 0.5 * (low + high);
}

double pl_rate_tail(const struct pl_stat *stat, double bound,
                    double (*tail)(struct pl_rate rate, double bound))
{
    const struct search search = {stat, bound, tail};
    const double half = tail(pl_rate_at_level(stat, 0.5), bound);

    /* Above one half the counts are those of one half. */
    if (stat->rate.df <= 0.0 || half >= 0.5)
        return half;
    return exp(solve(&search, log(P_SMALLEST), log(0.5)));
}

/*
 * Weighted means in one pass. Totals are summed with Neumaier's compensation, so that the order of
 * the rows does not show in the digits that matter; squares about the mean are kept by West's
 * update, which does not cancel when the mean is large beside the spread.
 *
 * The standard error is the linearised (design-based) one, which without weights is sd / sqrt(n):
 * W. G. Cochran, Sampling Techniques, 3rd ed. (1977), 6.3. Agrees with statsmodels 0.14 and NumPy
 * (tests/unit/stats/test_mean.c).
 */
#include "stats/mean.h"

#include <assert.h>
#include <math.h>

double pl_spread_about(const struct pl_spread *spread, double centre)
{
    const double shift = spread->mean - centre;

    return spread->squares + spread->weight * shift * shift;
}

void pl_mean_init(struct pl_mean *mean)
{
    *mean = (struct pl_mean){0};
}

void pl_mean_refuse_rate(struct pl_mean *mean)
{
    mean->not_a_rate = true;
}

void pl_mean_add(struct pl_mean *mean, double value, uint64_t count, double weight)
{
    const double total = (double)count * weight;
    const bool is_zero = !(value < 0.0 || value > 0.0);
    const bool is_one = !(value < 1.0 || value > 1.0);

    assert(isfinite(value) && weight > 0.0);
    if (count == 0)
        return;
    if (mean->n == 0)
        mean->first_weight = weight;
    mean->unequal = mean->unequal || weight < mean->first_weight || weight > mean->first_weight;
    mean->not_a_rate = mean->not_a_rate || !(is_zero || is_one);
    mean->n += count;
    pl_sum_add(&mean->weight, total);
    pl_sum_add(&mean->weight_squared, total * weight);
    pl_sum_add(&mean->total, total * value);
    pl_spread_add(&mean->spread, value, total * weight);
    mean->ones_squared += is_one ? total * weight : 0.0;
}

static struct pl_stat finish_rate(const struct pl_mean *mean)
{
    const struct pl_rate_sums sums = {
        .successes = pl_sum_value(&mean->total),
        .total = pl_sum_value(&mean->weight),
        .successes_squared = mean->ones_squared,
        .total_squared = pl_sum_value(&mean->weight_squared),
        .count = mean->n,
    };

    return (struct pl_stat){
        .kind = PL_STAT_RATE,
        .n = mean->n,
        .value = sums.successes / sums.total,
        .rate = {.rate = pl_rate_effective(&sums), .shape = PL_RATE_AS_IS},
    };
}

struct pl_stat pl_mean_finish(const struct pl_mean *mean)
{
    const double n = (double)mean->n;
    const double weight = pl_sum_value(&mean->weight);

    if (mean->n == 0)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_VALUES};
    if (!mean->not_a_rate)
        return finish_rate(mean);
    if (mean->n == 1)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_VALUE, .n = 1};

    const double value = pl_sum_value(&mean->total) / weight;
    const double squares = pl_spread_about(&mean->spread, value) / (weight * weight);
    const double effective =
        mean->unequal ? pl_kish_n(weight, pl_sum_value(&mean->weight_squared)) : n;

    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = mean->n,
        .value = value,
        .normal = {.se = sqrt(n / (n - 1.0) * squares),
                   .df = fmax(1.0, effective - 1.0),
                   .scale = PL_SCALE_IDENTITY,
                   .n_effective = effective},
    };
}

double pl_kish_n(double weight, double weight_squared)
{
    return weight_squared > 0.0 ? weight / weight_squared * weight : 0.0;
}

struct pl_rate pl_rate_effective(const struct pl_rate_sums *sums)
{
    const double count = (double)sums->count;

    if (sums->total <= 0.0)
        return (struct pl_rate){0};
    if (!(sums->total < count || sums->total > count || sums->total_squared < count ||
          sums->total_squared > count))
        return (struct pl_rate){.k = sums->successes, .n = sums->total};

    const double p = sums->successes / sums->total;
    const double kish = pl_kish_n(sums->total, sums->total_squared);

    if (p <= 0.0 || p >= 1.0)
        return (struct pl_rate){.k = p >= 1.0 ? kish : 0.0, .n = kish};

    const double failures_squared = fmax(0.0, sums->total_squared - sums->successes_squared);
    const double squares =
        (1.0 - p) * (1.0 - p) * sums->successes_squared + p * p * failures_squared;
    const double n = fmin(count, p * (1.0 - p) * sums->total * sums->total / squares);

    return (struct pl_rate){.k = p * n, .n = n};
}

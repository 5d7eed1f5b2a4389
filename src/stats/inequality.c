/*
 * Generalised entropy (A. F. Shorrocks, Econometrica 48 (1980) 613) of benefits b in {0, 1, 2}, as
 * T. Speicher et al., KDD 2018, use it for decisions:
 *
 *     GE_2 = (E b^2 / mu^2 - 1) / 2        GE_1 = E[b ln b] / mu - ln mu   (Theil; 0 ln 0 = 0)
 *
 * Both are f(mu, s) of two means, mu = E b and s = E c(b). The standard error is the delta method
 * over the cells, with the second order added, since the first vanishes at a maximum of f (a third
 * of the decisions false positives, the rest right):
 *
 *     se^2 = g' V g + tr((H V)^2) / 2,   V = sum w^2 (x - mean)(x - mean)' / W^2, x = (b, c(b)).
 *
 * Bounds are normal on the logarithmic scale. Where all n benefits are equal there is no spread to
 * go by: with a share r of others the index is at most r / (1 - r), so its bounds are those odds of
 * none in n.
 *
 * Valid for any n; relative error of the value 1e-12 above 1e-6. Reference values: AIF360's
 * generalized_entropy_index, in tests/reference/fairness.
 */
#include "stats/inequality.h"

#include <math.h>

/* Means, and the covariance of their estimates. */
struct moments {
    double mean;
    double second;
    double variance; /* of the mean, of the second, and between */
    double variance_second;
    double covariance;
};

/* c(b). */
static double second_of(double benefit, enum pl_entropy_order order)
{
    if (order == PL_ENTROPY_SQUARED)
        return benefit * benefit;
    return benefit > 0.0 ? benefit * log(benefit) : 0.0;
}

/* Decisions of the commonest benefit. */
static uint64_t most_of(const struct pl_benefits *benefits)
{
    uint64_t most = 0;

    for (int b = 0; b < PL_BENEFITS; b++)
        most = benefits->n[b] > most ? benefits->n[b] : most;
    return most;
}

static double total_weight(const struct pl_benefits *benefits)
{
    return benefits->weight[0] + benefits->weight[1] + benefits->weight[2];
}

static struct moments moments_of(const struct pl_benefits *benefits, enum pl_entropy_order order)
{
    const double total = total_weight(benefits);
    struct moments moments = {0};

    for (int b = 0; b < PL_BENEFITS; b++) {
        moments.mean += b * benefits->weight[b] / total;
        moments.second += second_of(b, order) * benefits->weight[b] / total;
    }
    for (int b = 0; b < PL_BENEFITS; b++) {
        const double share = benefits->weight_squared[b] / (total * total);
        const double first = b - moments.mean;
        const double second = second_of(b, order) - moments.second;

        moments.variance += share * first * first;
        moments.variance_second += share * second * second;
        moments.covariance += share * first * second;
    }
    return moments;
}

static double value_of(const struct moments *moments, enum pl_entropy_order order)
{
    const double mean = moments->mean;

    if (order == PL_ENTROPY_SQUARED)
        return fmax(0.0, 0.5 * (moments->second / (mean * mean) - 1.0));
    return fmax(0.0, moments->second / mean - log(mean));
}

/* The derivatives of f by mu and s: first, and second by mu twice and by both; by s twice it is
   0. */
struct slopes {
    double mean;
    double second;
    double mean_mean;
    double mean_second;
};

static struct slopes slopes_of(const struct moments *moments, enum pl_entropy_order order)
{
    const double mean = moments->mean;
    const double second = moments->second;
    const double square = mean * mean;

    if (order == PL_ENTROPY_SQUARED)
        return (struct slopes){
            .mean = -second / (square * mean),
            .second = 0.5 / square,
            .mean_mean = 3.0 * second / (square * square),
            .mean_second = -1.0 / (square * mean),
        };
    return (struct slopes){
        .mean = -second / square - 1.0 / mean,
        .second = 1.0 / mean,
        .mean_mean = 2.0 * second / (square * mean) + 1.0 / square,
        .mean_second = -1.0 / square,
    };
}

static double standard_error(const struct moments *moments, const struct slopes *slopes)
{
    const double first = slopes->mean * slopes->mean * moments->variance +
                         slopes->second * slopes->second * moments->variance_second +
                         2.0 * slopes->mean * slopes->second * moments->covariance;
    /* H V, row by row. */
    const double top =
        slopes->mean_mean * moments->variance + slopes->mean_second * moments->covariance;
    const double top_right =
        slopes->mean_mean * moments->covariance + slopes->mean_second * moments->variance_second;
    const double bottom_left = slopes->mean_second * moments->variance;
    const double bottom = slopes->mean_second * moments->covariance;
    const double trace = top * top + 2.0 * top_right * bottom_left + bottom * bottom;

    return sqrt(fmax(0.0, first) + 0.5 * fmax(0.0, trace));
}

double pl_generalized_entropy_value(const struct pl_benefits *benefits, enum pl_entropy_order order)
{
    if (benefits->weight[1] + benefits->weight[2] <= 0.0)
        return 0.0;

    const struct moments moments = moments_of(benefits, order);

    return value_of(&moments, order);
}

struct pl_stat pl_generalized_entropy(const struct pl_benefits *benefits,
                                      enum pl_entropy_order order)
{
    const uint64_t n = benefits->n[0] + benefits->n[1] + benefits->n[2];
    const double total = total_weight(benefits);

    if (n == 0)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_DECISIONS};
    if (benefits->n[0] == n)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_BENEFIT, .n = n};
    if (benefits->n[1] == n || benefits->n[2] == n) {
        const double squares =
            benefits->weight_squared[0] + benefits->weight_squared[1] + benefits->weight_squared[2];

        return (struct pl_stat){
            .kind = PL_STAT_RATE,
            .n = n,
            .rate = {.rate = {.n = total * total / squares}, .shape = PL_RATE_ODDS},
        };
    }

    const struct moments moments = moments_of(benefits, order);
    const struct slopes slopes = slopes_of(&moments, order);

    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = n,
        .value = value_of(&moments, order),
        .normal = {.se = standard_error(&moments, &slopes),
                   .df = HUGE_VAL,
                   .scale = PL_SCALE_LOG,
                   .n_effective = (double)(n - most_of(benefits))},
    };
}

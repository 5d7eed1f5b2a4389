/*
 * Kitagawa's decomposition of the difference of two rates, and direct standardisation.
 *
 * With a_s and b_s the shares of the two groups' trials in stratum s, and p_s and q_s their rates:
 *
 *     sum a p - sum b q  =  sum (a - b) (p + q) / 2  +  sum (p - q) (a + b) / 2
 *                            mix                        within
 *
 * E. M. Kitagawa, J. Am. Stat. Assoc. 50 (1955) 1168. The standardised rates are sum c p and sum c q,
 * with c the shares of both groups' trials taken together.
 *
 * Standard errors by the delta method. A group's trials are a multinomial sample over stratum and
 * outcome; the influence of one trial splits into what its outcome adds (mean 0 inside the stratum)
 * and what its stratum adds, which are uncorrelated. For the first group:
 *
 *     var within = sum ((a + b) / 2)^2 v(p) + Var_a((p - q) / 2) / n
 *     var mix    = sum ((a - b) / 2)^2 v(p) + Var_a((p + q) / 2) / n
 *
 * and likewise for the second. v(p) is r (1 - r) / n with r = (k + 1) / (n + 2), so that a stratum in
 * which all went one way is not taken for certain. The standard population c is taken as given.
 *
 * Valid where every stratum has trials of both groups; the sums are exact to rounding. Checked against
 * an implementation in plain Python and a multinomial bootstrap (tests/reference/mix.py).
 */
#include "stats/kitagawa.h"

#include <math.h>

/* What the sums need of one group in one stratum. */
struct side {
    double share;
    double rate;
    double variance;
};

static struct side side_of(const struct pl_kitagawa_stratum *stratum, int group, double weight)
{
    const struct pl_rate rate = stratum->rates[group];
    const double smoothed = (rate.k + 1.0) / (rate.n + 2.0);

    return (struct side){
        .share = stratum->weights[group] / weight,
        .rate = rate.k / rate.n,
        .variance = smoothed * (1.0 - smoothed) / rate.n,
    };
}

/* Sums over the strata. The variances that shares bring need the mean and the mean square of what
   each stratum adds, by the shares of each group. */
struct sums {
    double mix;
    double within;
    double standardised[2];
    double mix_variance;
    double within_variance;
    double standardised_variance[2];
    double mix_mean[2];
    double mix_square[2];
    double within_mean[2];
    double within_square[2];
};

static void add_stratum(struct sums *sums, const struct side sides[2], double pooled)
{
    const double mean_rate = 0.5 * (sides[0].rate + sides[1].rate);
    const double half_gap = 0.5 * (sides[0].rate - sides[1].rate);
    const double mean_share = 0.5 * (sides[0].share + sides[1].share);
    const double half_shift = 0.5 * (sides[0].share - sides[1].share);

    sums->mix += 2.0 * half_shift * mean_rate;
    sums->within += 2.0 * half_gap * mean_share;
    for (int group = 0; group < 2; group++) {
        const struct side *side = &sides[group];

        sums->standardised[group] += pooled * side->rate;
        sums->standardised_variance[group] += pooled * pooled * side->variance;
        sums->mix_variance += half_shift * half_shift * side->variance;
        sums->within_variance += mean_share * mean_share * side->variance;
        sums->mix_mean[group] += side->share * mean_rate;
        sums->mix_square[group] += side->share * mean_rate * mean_rate;
        sums->within_mean[group] += side->share * half_gap;
        sums->within_square[group] += side->share * half_gap * half_gap;
    }
}

static struct pl_stat normal(double value, double variance, uint64_t n)
{
    struct pl_stat stat = {.kind = PL_STAT_NORMAL, .n = n, .value = value};

    stat.normal.se = sqrt(variance);
    stat.normal.df = HUGE_VAL;
    return stat;
}

static struct pl_kitagawa finish(const struct sums *sums, const double n[2])
{
    double mix = sums->mix_variance;
    double within = sums->within_variance;

    for (int group = 0; group < 2; group++) {
        const double mix_mean = sums->mix_mean[group];
        const double within_mean = sums->within_mean[group];

        mix += fmax(0.0, sums->mix_square[group] - mix_mean * mix_mean) / n[group];
        within += fmax(0.0, sums->within_square[group] - within_mean * within_mean) / n[group];
    }
    return (struct pl_kitagawa){
        .mix = normal(sums->mix, mix, (uint64_t)(n[0] + n[1])),
        .within = normal(sums->within, within, (uint64_t)(n[0] + n[1])),
        .standardised = {normal(sums->standardised[0], sums->standardised_variance[0],
                                (uint64_t)n[0]),
                         normal(sums->standardised[1], sums->standardised_variance[1],
                                (uint64_t)n[1])},
    };
}

struct pl_kitagawa pl_kitagawa(const struct pl_kitagawa_request *request)
{
    const struct pl_stat none = {.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_COMMON_STRATUM};
    struct sums sums = {0};
    double weights[2] = {0.0, 0.0};

    for (size_t i = 0; i < request->count; i++)
        for (int group = 0; group < 2; group++)
            weights[group] += request->strata[i].weights[group];
    if (weights[0] <= 0.0 || weights[1] <= 0.0)
        return (struct pl_kitagawa){none, none, {none, none}};
    for (size_t i = 0; i < request->count; i++) {
        const struct pl_kitagawa_stratum *stratum = &request->strata[i];
        const struct side sides[2] = {side_of(stratum, 0, weights[0]),
                                      side_of(stratum, 1, weights[1])};

        add_stratum(&sums, sides,
                    (stratum->weights[0] + stratum->weights[1]) / (weights[0] + weights[1]));
    }
    return finish(&sums, request->n);
}

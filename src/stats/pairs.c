/*
 * Comparing two answers to the same decisions.
 *
 * Same trials. Of n decisions b are successes of the first answer alone and c of the second alone; the
 * difference of the two rates is b / n - c / n, whatever the decisions on which they agree. The shares
 * b / n and c / n are of one multinomial sample, with correlation -sqrt(p q / ((1 - p)(1 - q))), so
 * that MOVER (contrast.c) puts their bounds together. Its variance is the usual
 * (p + q - (p - q)^2) / n, and a test of no difference sees b and c only, as McNemar's does (Q.
 * McNemar, Psychometrika 12 (1947) 153). Newcombe's hybrid interval (Stat. Med. 17 (1998) 2635, method
 * 10) puts together the bounds of the two rates instead, with their correlation; where the answers
 * hardly ever differ that correlation is nearly 1 and the interval nearly empty, though 0 of n
 * disagreements are compatible with 3 / n of them. Here 0 of n has the bound that it has anywhere.
 *
 * Different trials, as of two precisions. Each decision moves an estimate by its influence, and the sum
 * of squares of the difference of the two is the variance of the difference (linearisation; C. G.
 * Moskowitz & M. S. Pepe, Clin. Trials 3 (2006) 272, for predictive values). The correlation that
 * follows goes into MOVER.
 *
 * Valid for any counts and weights >= 0. Checked against exact and asymptotic McNemar tests and
 * Newcombe's interval (tests/reference/stats/paired.csv), against simulated correlations
 * (paired_precision.csv), and by simulation at the margin (tests/prop/stats/paired.c).
 */
#include "stats/pairs.h"

#include <math.h>

static double share(struct pl_rate rate)
{
    return rate.n > 0.0 ? rate.k / rate.n : 0.0;
}

static double correlation_of_shares(double p, double q)
{
    return p >= 1.0 || q >= 1.0 ? 0.0 : -sqrt(p * q / ((1.0 - p) * (1.0 - q)));
}

struct pl_stat pl_paired_difference(const struct pl_discordance *discordance)
{
    const double p = share(discordance->only_first);
    const double q = share(discordance->only_second);

    if (discordance->n == 0)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_DECISIONS};
    return (struct pl_stat){
        .kind = PL_STAT_MIX,
        .n = discordance->n,
        .value = discordance->value,
        .mix = {.rates = {discordance->only_first, discordance->only_second},
                .coefficients = {1.0, -1.0},
                .correlation = correlation_of_shares(p, q)},
    };
}

void pl_influences_add(struct pl_influences *influences, double first, double second, double weight)
{
    influences->first += weight * first * first;
    influences->second += weight * second * second;
    influences->difference += weight * (first - second) * (first - second);
}

double pl_influences_correlation(const struct pl_influences *influences)
{
    const double product = influences->first * influences->second;

    if (product <= 0.0)
        return 0.0;

    const double twice = influences->first + influences->second - influences->difference;

    return fmax(-1.0, fmin(1.0, 0.5 * twice / sqrt(product)));
}

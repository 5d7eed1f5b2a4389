/*
 * Measures of ranking in one ascending pass over tied scores.
 *
 * AUC. With P and N the weights of positives and negatives, a positive's placement is
 * V = (negatives below + ties / 2) / N, a negative's U = (positives above + ties / 2) / P, and the
 * AUC is the weighted mean of either. DeLong's variance over m positives and n negatives is
 *
 *     [m / (m - 1)] sum w^2 (V - AUC)^2 / P^2 + [n / (n - 1)] sum w^2 (U - AUC)^2 / N^2,
 *
 * which for equal weights is S_V / m + S_U / n. With one decision of a label its spread cannot be
 * seen, and the largest possible variance AUC (1 - AUC) / min(m, n) stands in (Z. W. Birnbaum & O.
 * M. Klose, Ann. Math. Stat. 28 (1957) 929). On the logit scale it keeps its coverage in small
 * samples (G. Qin & L. Hotilovac, Stat. Methods Med. Res. 17 (2008) 207). Perfect separation has no
 * DeLong variance; it is taken for min(m, n) trials that all succeeded.
 *
 * Average precision. With T and F the weights of positives and negatives at or above a score, and
 * precision T / (T + F), one more positive at s adds precision(s) to the sum and F / (T + F)^2 to
 * every precision at or below s; a negative takes T / (T + F)^2 from them. These are the influence
 * function; the sum of its squares is the variance.
 *
 * Separation. The largest difference of the two distribution functions after any tie.
 *
 * Valid for any scores and weights >= 0. Values agree with scikit-learn to 1e-12, standard errors
 * with DeLong's definition and with numeric derivatives of scikit-learn's weighted functions to
 * 1e-8 (tests/reference/stats/roc.csv).
 */
#include "stats/roc.h"

#include <assert.h>
#include <math.h>

void pl_roc_init(struct pl_roc *roc, const struct pl_roc_totals *totals, unsigned parts)
{
    *roc = (struct pl_roc){.totals = *totals, .parts = parts};
}

static void add_placements(struct pl_roc *roc, const struct pl_tie *tie)
{
    const double positives = roc->totals.all.positives;
    const double negatives = roc->totals.all.negatives;
    const double below = pl_sum_value(&roc->negatives_below) + 0.5 * tie->negatives;
    const double above =
        fmax(0.0, positives - pl_sum_value(&roc->positives_below) - 0.5 * tie->positives);

    pl_sum_add(&roc->area, tie->positives * below);
    pl_spread_add(&roc->positive_placements, below / negatives, tie->positives_squared);
    pl_spread_add(&roc->negative_placements, above / positives, tie->negatives_squared);
}

static void add_precision(struct pl_roc *roc, const struct pl_tie *tie)
{
    const double positives =
        fmax(tie->positives, roc->totals.all.positives - pl_sum_value(&roc->positives_below));
    const double negatives =
        fmax(tie->negatives, roc->totals.all.negatives - pl_sum_value(&roc->negatives_below));
    const double all = positives + negatives;

    if (all <= 0.0)
        return;
    pl_sum_add(&roc->precision, tie->positives * (positives / all));
    roc->pull_positive += tie->positives * negatives / (all * all);
    roc->pull_negative -= tie->positives * positives / (all * all);
    pl_spread_add(&roc->positive_influence, positives / all + roc->pull_positive,
                  tie->positives_squared);
    roc->negative_influence += tie->negatives_squared * roc->pull_negative * roc->pull_negative;
}

static void note_separation(struct pl_roc *roc)
{
    const double first = pl_sum_value(&roc->positives_below) / roc->totals.all.positives;
    const double second = pl_sum_value(&roc->negatives_below) / roc->totals.all.negatives;

    if (fabs(first - second) <= roc->separation)
        return;
    roc->separation = fabs(first - second);
    roc->positives_share = fmin(1.0, first);
    roc->negatives_share = fmin(1.0, second);
}

void pl_roc_add(struct pl_roc *roc, const struct pl_tie *tie)
{
    const bool both = roc->totals.all.positives > 0.0 && roc->totals.all.negatives > 0.0;

    if (both && (roc->parts & PL_ROC_AREA) != 0)
        add_placements(roc, tie);
    if (roc->totals.all.positives > 0.0 && (roc->parts & PL_ROC_PRECISION) != 0)
        add_precision(roc, tie);
    pl_sum_add(&roc->positives_below, tie->positives);
    pl_sum_add(&roc->negatives_below, tie->negatives);
    if (both && (roc->parts & PL_ROC_SEPARATION) != 0)
        note_separation(roc);
}

static double positives_n(const struct pl_roc *roc)
{
    return pl_kish_n(roc->totals.all.positives, roc->totals.all.positives_squared);
}

static double negatives_n(const struct pl_roc *roc)
{
    return pl_kish_n(roc->totals.all.negatives, roc->totals.all.negatives_squared);
}

/* Why a measure that needs positives, and perhaps negatives, is undefined; PL_DEFINED if it is not.
 */
static enum pl_undefined missing(const struct pl_roc *roc, bool needs_negatives)
{
    if (roc->totals.all.positives <= 0.0)
        return PL_UNDEFINED_NO_LABELLED_POSITIVES;
    if (needs_negatives && roc->totals.all.negatives <= 0.0)
        return PL_UNDEFINED_NO_LABELLED_NEGATIVES;
    return PL_DEFINED;
}

static struct pl_stat undefined(const struct pl_roc *roc, enum pl_undefined reason)
{
    return (struct pl_stat){.kind = PL_STAT_NONE,
                            .reason = reason,
                            .n = roc->totals.positives_count + roc->totals.negatives_count};
}

/* One label's part of DeLong's variance. */
static double placement_variance(const struct pl_spread *placements, double auc, double weight,
                                 uint64_t count)
{
    const double n = (double)count;

    return n / (n - 1.0) * pl_spread_about(placements, auc) / (weight * weight);
}

static double auc_variance(const struct pl_roc *roc, double auc)
{
    const struct pl_roc_totals *totals = &roc->totals;

    if (totals->positives_count < 2 || totals->negatives_count < 2)
        return auc * (1.0 - auc) / fmin(positives_n(roc), negatives_n(roc));
    return placement_variance(&roc->positive_placements, auc, totals->all.positives,
                              totals->positives_count) +
           placement_variance(&roc->negative_placements, auc, totals->all.negatives,
                              totals->negatives_count);
}

/* A statistic between 0 and 1 on the logit scale. */
static struct pl_stat on_logit(const struct pl_roc *roc, double value, double variance,
                               double n_effective)
{
    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = roc->totals.positives_count + roc->totals.negatives_count,
        .value = fmax(0.0, fmin(1.0, value)),
        .normal = {.se = sqrt(fmax(0.0, variance)),
                   .df = HUGE_VAL,
                   .scale = PL_SCALE_LOGIT,
                   .n_effective = n_effective},
    };
}

struct pl_stat pl_roc_finish_auc(const struct pl_roc *roc)
{
    const enum pl_undefined reason = missing(roc, true);

    if (reason != PL_DEFINED)
        return undefined(roc, reason);

    const double auc =
        pl_sum_value(&roc->area) / roc->totals.all.positives / roc->totals.all.negatives;

    return on_logit(roc, auc, auc_variance(roc, auc), fmin(positives_n(roc), negatives_n(roc)));
}

struct pl_stat pl_roc_finish_average_precision(const struct pl_roc *roc)
{
    const enum pl_undefined reason = missing(roc, false);

    if (reason != PL_DEFINED)
        return undefined(roc, reason);

    const double weight = roc->totals.all.positives;
    const double value = pl_sum_value(&roc->precision) / weight;
    const double n = (double)(roc->totals.positives_count + roc->totals.negatives_count);
    const double squares =
        pl_spread_about(&roc->positive_influence, value) + roc->negative_influence;

    return on_logit(roc, value, n / fmax(1.0, n - 1.0) * squares / (weight * weight),
                    positives_n(roc));
}

struct pl_stat pl_roc_finish_ks(const struct pl_roc *roc)
{
    const enum pl_undefined reason = missing(roc, true);

    if (reason != PL_DEFINED)
        return undefined(roc, reason);

    const double first = roc->positives_share * (1.0 - roc->positives_share) / positives_n(roc);
    const double second = roc->negatives_share * (1.0 - roc->negatives_share) / negatives_n(roc);

    return (struct pl_stat){
        .kind = PL_STAT_BIASED,
        .n = roc->totals.positives_count + roc->totals.negatives_count,
        .value = fmin(1.0, roc->separation),
        .biased = {.noise = PL_NOISE_KOLMOGOROV,
                   .se_high = sqrt(first + second),
                   .spread = sqrt(1.0 / positives_n(roc) + 1.0 / negatives_n(roc)),
                   .ceiling = 1.0},
    };
}

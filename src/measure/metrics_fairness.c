/*
 * Measures of one slice that fairness is judged by, beside the rates of metrics_binary.c: how
 * errors divide, how often scores are above the median of all, and how unequal the benefits are.
 *
 * Definitions follow AIF360, SageMaker Clarify and New York City's rule on automated employment
 * decisions (6 RCNY 5-301); docs/conventions.md says where they differ.
 */
#include "measure/metrics.h"

#include "stats/inequality.h"

#define NEEDS_BOTH (PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS)

/* FN / FP, the odds of FN among the errors: the bounds are those of the share of FN, as odds. */
static struct pl_stat make_treatment_equality(const struct pl_tally *tally,
                                              const struct pl_metric *metric)
{
    if (pl_confusion_count(&tally->confusion, PL_FP) == 0)
        return pl_stat_undefined(
            pl_why_no_trials(&tally->confusion, PL_LABELLED, PL_UNDEFINED_NO_FALSE_POSITIVES));
    return pl_rate_stat(metric->row, &tally->confusion, tally->weighted);
}

/* (true_positive_rate + false_positive_rate) / 2. */
static struct pl_stat make_average_odds(const struct pl_tally *tally,
                                        const struct pl_metric *metric)
{
    (void)metric;
    return pl_mean_of_rates(tally, PL_FP);
}

/* The share of scores strictly above the median of all scores; a score on the median is not
   above. */
static struct pl_stat make_scoring_rate(const struct pl_tally *tally,
                                        const struct pl_metric *metric)
{
    const struct pl_rate_sums *sums = &tally->above_median;
    struct pl_stat stat = {.kind = PL_STAT_RATE, .n = sums->count};

    (void)metric;
    if (sums->count == 0)
        return pl_stat_undefined(tally->n == 0 ? PL_UNDEFINED_NO_DECISIONS
                                               : PL_UNDEFINED_NO_SCORES);
    stat.rate.rate =
        tally->weighted ? pl_rate_effective(sums) : (struct pl_rate){sums->successes, sums->total};
    stat.value = sums->successes / sums->total;
    return stat;
}

static struct pl_stat make_entropy(const struct pl_tally *tally, enum pl_entropy_order order)
{
    static const unsigned BENEFITS[] = {PL_FN, PL_TP | PL_TN, PL_FP};
    const struct pl_confusion *confusion = &tally->confusion;
    struct pl_benefits benefits;

    if (pl_confusion_count(confusion, PL_LABELLED) == 0)
        return pl_stat_undefined(
            pl_why_no_trials(confusion, PL_LABELLED, PL_UNDEFINED_NO_PREDICTIONS));
    for (int b = 0; b < PL_BENEFITS; b++) {
        benefits.n[b] = pl_confusion_count(confusion, BENEFITS[b]);
        benefits.weight[b] = pl_confusion_weight(confusion, BENEFITS[b]);
        benefits.weight_squared[b] = pl_confusion_weight_squared(confusion, BENEFITS[b]);
    }
    return pl_generalized_entropy(&benefits, order);
}

static struct pl_stat make_generalized_entropy(const struct pl_tally *tally,
                                               const struct pl_metric *metric)
{
    (void)metric;
    return make_entropy(tally, PL_ENTROPY_SQUARED);
}

static struct pl_stat make_theil(const struct pl_tally *tally, const struct pl_metric *metric)
{
    (void)metric;
    return make_entropy(tally, PL_ENTROPY_THEIL);
}

static const struct pl_metric_row ROWS[] = {
    {
        .help = {.name = "treatment_equality",
                 .formula = "FN / FP",
                 .interval = "that of FN / (FN + FP), as odds",
                 .source = "Berk et al., Sociol. Methods Res. 50 (2021); smclarify TE",
                 .summary = "Misses for each false alarm: which way a group is wronged."},
        .needs = NEEDS_BOTH,
        .successes = PL_FN,
        .trials = PL_FN | PL_FP,
        .shape = PL_RATE_ODDS,
        .without_trials = PL_UNDEFINED_NO_FALSE_POSITIVES,
        .make = make_treatment_equality,
    },
    {
        .help = {.name = "average_odds",
                 .formula = "(TP / (TP + FN) + FP / (FP + TN)) / 2",
                 .interval = "MOVER on two exact or Wilson rates",
                 .source = "aif360 ClassificationMetric.average_odds_difference, of one group",
                 .summary = "The mean of the true and the false positive rate; its differences are "
                            "average odds differences."},
        .needs = NEEDS_BOTH,
        .make = make_average_odds,
    },
    {
        .help = {.name = "scoring_rate",
                 .formula = "n with score > median of all / n with a score",
                 .interval = "Wilson score; exact (Clopper-Pearson) where it decides",
                 .source = "NYC DCWP, 6 RCNY 5-301 (Local Law 144)",
                 .summary = "The share with a score above the median of the full sample."},
        .needs = PL_NEEDS_MEDIAN,
        .make = make_scoring_rate,
    },
    {
        .help = {.name = "generalized_entropy",
                 .alias = "generalized_entropy_index",
                 .formula = "mean((b / mean b)^2 - 1) / 2, b = prediction - label + 1",
                 .interval = "delta method over the cells, on the logarithmic scale",
                 .source = "aif360 ClassificationMetric.generalized_entropy_index (alpha=2)",
                 .summary = "How unequal the benefits of decisions are: 0 when all are equal."},
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH,
        .make = make_generalized_entropy,
    },
    {
        .help = {.name = "theil_index",
                 .formula = "mean(b / mean b ln(b / mean b)), b = prediction - label + 1",
                 .interval = "delta method over the cells, on the logarithmic scale",
                 .source = "aif360 ClassificationMetric.theil_index",
                 .summary = "Inequality of benefits that weighs the worst off more."},
        .better = PL_BETTER_LOWER,
        .needs = NEEDS_BOTH,
        .make = make_theil,
    },
};

const struct pl_metric_table PL_METRICS_FAIRNESS = {
    .rows = ROWS,
    .count = sizeof ROWS / sizeof *ROWS,
    .tasks = PL_FOR_BINARY,
};

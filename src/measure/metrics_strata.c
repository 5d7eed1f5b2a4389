/*
 * Measures of a slice within strata, the groups of data.strata: each compares the slice with everybody
 * else of the same stratum, so they are comparisons already, and no gaps of them are taken.
 */
#include "measure/metrics.h"

static struct pl_stat disparity(const struct pl_tally *tally, enum pl_disparity_kind kind)
{
    if (tally->n == 0)
        return pl_stat_undefined(PL_UNDEFINED_NO_DECISIONS);
    if (!tally->has_strata)
        return pl_stat_undefined(PL_UNDEFINED_NO_STRATA);
    return tally->disparities[kind];
}

static struct pl_stat make_of_predictions(const struct pl_tally *tally,
                                          const struct pl_metric *metric)
{
    (void)metric;
    return disparity(tally, PL_DISPARITY_OF_PREDICTIONS);
}

static struct pl_stat make_of_labels(const struct pl_tally *tally, const struct pl_metric *metric)
{
    (void)metric;
    return disparity(tally, PL_DISPARITY_OF_LABELS);
}

#define INTERVAL "delta method on Fisher's scale, each stratum multinomial"

static const struct pl_metric_row ROWS[] = {
    {
        .help = {.name = "conditional_demographic_disparity",
                 .formula =
                     "sum over strata of n_i / n DD_i, DD = share of those predicted negative "
                     "- share of those predicted positive",
                 .interval = INTERVAL,
                 .source = "Wachter et al., W. Va. Law Rev. 123 (2021); smclarify CDDPL",
                 .summary =
                     "How much more of a slice is turned down than accepted, compared within "
                     "`data.strata`; 0 is parity."},
        .needs = PL_NEEDS_PREDICTIONS | PL_NEEDS_STRATA,
        .below_zero = true,
        .comparison = true,
        .make = make_of_predictions,
    },
    {
        .help = {.name = "conditional_demographic_disparity_in_labels",
                 .formula =
                     "sum over strata of n_i / n DD_i, DD = share of those labelled negative "
                     "- share of those labelled positive",
                 .interval = INTERVAL,
                 .source = "Wachter et al., W. Va. Law Rev. 123 (2021); smclarify CDDL",
                 .summary =
                     "The same for the labels: whether the data themselves turn a slice down "
                     "more often."},
        .needs = PL_NEEDS_LABELS | PL_NEEDS_STRATA,
        .below_zero = true,
        .comparison = true,
        .make = make_of_labels,
    },
};

const struct pl_metric_table PL_METRICS_STRATA = {
    .rows = ROWS,
    .count = sizeof ROWS / sizeof *ROWS,
    .tasks = PL_FOR_BINARY,
};

/*
 * Individual fairness: whether decisions are like those about the people nearest to them
 * (R. Zemel et al., ICML 2013). What is summed up comes from neighbours.c.
 */
#include "measure/metrics.h"
#include "measure/neighbours.h"

#include <math.h>

static struct pl_stat make_consistency(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_neighbour_sums *sums = &tally->neighbours;

    (void)metric;
    if (tally->n == 0)
        return pl_stat_undefined(PL_UNDEFINED_NO_DECISIONS);
    if (!tally->has_neighbours)
        return pl_stat_undefined(PL_UNDEFINED_NO_NEIGHBOURS);
    if (tally->compared < PL_CONSISTENCY_K)
        return pl_stat_undefined(PL_UNDEFINED_FEW_NEIGHBOURS);
    if (sums->n == 0)
        return pl_stat_undefined(PL_UNDEFINED_NO_FEATURES);

    const double n = (double)sums->n;
    const bool varies = sums->low < sums->high;
    const double mean = varies ? pl_sum_value(&sums->total) / n : sums->low;
    const double squares = pl_sum_value(&sums->squares) - n * mean * mean;

    /* Always the same, and not the best there is: no spread to judge by. */
    if (!varies && mean > 0.0)
        return pl_stat_undefined(PL_UNDEFINED_ONE_VALUE);
    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = sums->n,
        .value = 1.0 - mean,
        .normal = {.se = varies ? sqrt(fmax(0.0, squares) / (n * (n - 1.0))) : 0.0,
                   .df = fmax(1.0, n - 1.0),
                   .scale = PL_SCALE_LOGIT,
                   .n_effective = n},
    };
}

static const struct pl_metric_row ROWS[] = {
    {
        .help = {.name = "consistency",
                 .formula = "1 - mean |prediction - mean prediction of the 5 nearest decisions|",
                 .interval = "Student's t on the logit scale; at 1 that of a rate",
                 .source = "Zemel et al., ICML 2013; aif360 BinaryLabelDatasetMetric.consistency",
                 .summary =
                     "Whether those who are alike in `data.features` are decided alike; 1 is "
                     "best."},
        .needs = PL_NEEDS_PREDICTIONS | PL_NEEDS_NEIGHBOURS,
        .additivity = PL_ADDITIVE_MEAN,
        .better = PL_BETTER_HIGHER,
        .make = make_consistency,
    },
};

const struct pl_metric_table PL_METRICS_NEIGHBOURS = {
    .rows = ROWS,
    .count = sizeof ROWS / sizeof *ROWS,
    .tasks = PL_FOR_BINARY,
};

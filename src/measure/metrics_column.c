/*
 * The measures that need neither label nor prediction: how many decisions a slice has, and what a
 * column of the user's own comes to in it. They go with every kind of task.
 */
#include "measure/metrics.h"

#define WILSON "Wilson score; exact (Clopper-Pearson) where it decides"

static struct pl_stat make_count(const struct pl_tally *tally, const struct pl_metric *metric)
{
    (void)metric;
    return (struct pl_stat){.kind = PL_STAT_EXACT, .n = tally->n, .value = (double)tally->n};
}

/* The slice's part of all decisions. */
static struct pl_stat make_share(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_rate_sums sums = {
        .successes = tally->weight,
        .total = tally->all->weight,
        .successes_squared = tally->weight_squared,
        .total_squared = tally->all->weight_squared,
        .count = tally->all->n,
    };
    struct pl_stat stat = {.kind = PL_STAT_RATE, .n = tally->all->n};

    (void)metric;
    if (tally == tally->all)
        return (struct pl_stat){.kind = PL_STAT_EXACT, .n = tally->n, .value = 1.0};
    stat.rate.rate = tally->weighted ? pl_rate_effective(&sums)
                                     : (struct pl_rate){(double)tally->n, (double)tally->all->n};
    stat.value = sums.successes / sums.total;
    return stat;
}

/* A slice whose values are all the same, where the column varies, shows a value but not its spread. */
static struct pl_stat make_mean(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_column_tally *column = &tally->columns[metric->column];
    const struct pl_stat stat = pl_mean_finish(&column->mean);

    if (stat.kind == PL_STAT_NORMAL && column->varies && stat.normal.se <= 0.0)
        return (struct pl_stat){
            .kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_VALUE, .n = stat.n};
    return stat;
}

/* The total: the mean times the sum of weights, which is taken as given. */
static struct pl_stat make_sum(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_column_tally *column = &tally->columns[metric->column];
    struct pl_stat stat = make_mean(tally, metric);

    if (stat.kind == PL_STAT_NONE)
        return stat;
    stat.value = pl_sum_value(&column->mean.total);
    if (stat.kind == PL_STAT_NORMAL) {
        stat.normal.se *= column->weight;
        return stat;
    }

    struct pl_stat total = {.kind = PL_STAT_MIX, .n = stat.n, .value = stat.value};

    total.mix.rates[0] = stat.rate.rate;
    total.mix.rates[1] = stat.rate.rate;
    total.mix.coefficients[0] = column->weight;
    return total;
}

static struct pl_stat make_ratio(const struct pl_tally *tally, const struct pl_metric *metric)
{
    return pl_ratio_stat(&tally->ratios[metric->column]);
}

static struct pl_stat make_quantile(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_quantile_tally *quantile = &tally->quantiles[metric - tally->metrics];
    const struct pl_column_tally *column = &tally->columns[metric->column];

    if (!quantile->found)
        return pl_stat_undefined(PL_UNDEFINED_NO_VALUES);

    struct pl_stat stat = {.kind = PL_STAT_QUANTILE, .n = column->n, .value = quantile->value};

    stat.quantile.q = metric->argument;
    stat.quantile.n = pl_kish_n(column->weight, column->weight_squared);
    stat.quantile.window.values = quantile->values;
    stat.quantile.window.rank_last = quantile->rank_last;
    stat.quantile.window.count = quantile->count;
    return stat;
}

static const struct pl_metric_row ROWS[] = {
    {
        .help = {.name = "count",
                 .formula = "n",
                 .interval = "none: it is counted",
                 .source = "fairlearn.metrics.count",
                 .summary = "The number of decisions."},
        .make = make_count,
    },
    {
        .help = {.name = "share",
                 .formula = "n / n overall",
                 .interval = WILSON,
                 .source = "the slice's part of all decisions",
                 .summary = "The slice's part of all decisions."},
        .make = make_share,
    },
    {
        .help = {.name = "mean(COLUMN)",
                 .formula = "sum(w c) / sum(w)",
                 .interval = "Student's t; Wilson when every value is 0 or 1",
                 .source = "numpy.average",
                 .summary = "The mean of a column."},
        .argument = PL_ARGUMENT_COLUMN,
        .needs = PL_NEEDS_MEAN,
        .additivity = PL_ADDITIVE_MEAN,
        .make = make_mean,
    },
    {
        .help =
            {.name = "rate(COLUMN)",
             .formula = "share of 1 or true",
             .interval = WILSON,
             .source = "numpy.average",
             .summary =
                 "The share of decisions for which a column of 0 and 1 (or false and true) is 1."},
        .argument = PL_ARGUMENT_COLUMN,
        .needs = PL_NEEDS_MEAN,
        .additivity = PL_ADDITIVE_MEAN,
        .make = make_mean,
    },
    {
        .help = {.name = "sum(COLUMN)",
                 .formula = "sum(w c)",
                 .interval = "that of the mean, times the sum of weights",
                 .source = "numpy.sum",
                 .summary = "The total of a column."},
        .argument = PL_ARGUMENT_COLUMN,
        .needs = PL_NEEDS_MEAN,
        .total = true,
        .make = make_sum,
    },
    {
        .help = {.name = "ratio(COLUMN, COLUMN)",
                 .formula = "sum(w x) / sum(w y)",
                 .interval = "Student's t on the linearised ratio",
                 .source = "Cochran, Sampling Techniques, 1977, 6.4",
                 .summary = "One column's total over another's, such as the cost of a resolved "
                            "conversation."},
        .argument = PL_ARGUMENT_COLUMNS,
        .needs = PL_NEEDS_RATIO,
        .make = make_ratio,
    },
    {
        .help = {.name = "quantile(COLUMN, Q)",
                 .formula = "the smallest c whose cumulative share is at least q",
                 .interval = "exact order statistics",
                 .source = "numpy.quantile (method='inverted_cdf')",
                 .summary = "A quantile of a column, 0 < Q < 1."},
        .argument = PL_ARGUMENT_COLUMN_QUANTILE,
        .needs = PL_NEEDS_QUANTILE,
        .make = make_quantile,
    },
};

const struct pl_metric_table PL_METRICS_COLUMN = {
    .rows = ROWS,
    .count = sizeof ROWS / sizeof *ROWS,
    .tasks = PL_FOR_EVERY,
};

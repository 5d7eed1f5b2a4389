/*
 * The measures of predicted numbers. All are functions of the moments in stats/regression.h; the share
 * within a tolerance is a rate. Definitions follow scikit-learn, and errors are prediction - label.
 */
#include "measure/metrics.h"
#include "measure/regression.h"

#define SKLEARN   "sklearn.metrics."
#define STUDENT   "Student's t"
#define LOG_DELTA "delta method on the scale of the logarithm, Student's t"

/* Which decisions each is about: those with both, with a label, with a prediction. */
#define PAIRS     PL_TP
#define LABELLED  (PL_TP | PL_POSITIVE_UNPREDICTED)
#define PREDICTED (PL_TP | PL_UNLABELLED_POSITIVE)

/* A slice whose errors are all alike, where others differ, shows a value but not its spread. */
static struct pl_stat make_from(const struct pl_tally *tally,
                                struct pl_stat (*measure)(const struct pl_moments *moments))
{
    const struct pl_stat stat = measure(&tally->regression->moments);

    if (stat.kind != PL_STAT_NORMAL || stat.normal.se > 0.0)
        return stat;

    const struct pl_stat all = measure(&tally->all->regression->moments);

    if (all.kind == PL_STAT_NORMAL && all.normal.se <= 0.0)
        return stat;
    return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_VALUE, .n = stat.n};
}

static struct pl_stat make_mean_absolute_error(const struct pl_tally *tally,
                                               const struct pl_metric *metric)
{
    (void)metric;
    return make_from(tally, pl_moments_mean_absolute_error);
}

static struct pl_stat make_mean_squared_error(const struct pl_tally *tally,
                                              const struct pl_metric *metric)
{
    (void)metric;
    return make_from(tally, pl_moments_mean_squared_error);
}

static struct pl_stat make_root_mean_squared_error(const struct pl_tally *tally,
                                                   const struct pl_metric *metric)
{
    (void)metric;
    return make_from(tally, pl_moments_root_mean_squared_error);
}

static struct pl_stat make_mean_absolute_percentage_error(const struct pl_tally *tally,
                                                          const struct pl_metric *metric)
{
    (void)metric;
    return make_from(tally, pl_moments_mean_absolute_percentage_error);
}

static struct pl_stat make_mean_error(const struct pl_tally *tally, const struct pl_metric *metric)
{
    (void)metric;
    return make_from(tally, pl_moments_mean_error);
}

static struct pl_stat make_r2(const struct pl_tally *tally, const struct pl_metric *metric)
{
    (void)metric;
    return make_from(tally, pl_moments_r2);
}

static struct pl_stat make_mean_label(const struct pl_tally *tally, const struct pl_metric *metric)
{
    (void)metric;
    return make_from(tally, pl_moments_mean_label);
}

static struct pl_stat make_mean_prediction(const struct pl_tally *tally,
                                           const struct pl_metric *metric)
{
    (void)metric;
    return make_from(tally, pl_moments_mean_prediction);
}

static const struct pl_within *find_within(const struct pl_regression_tally *tally,
                                           double tolerance)
{
    size_t i = 0;

    while (tally->tolerances[i] < tolerance || tally->tolerances[i] > tolerance)
        i++;
    return &tally->withins[i];
}

/* The share of errors within the tolerance of the name. */
static struct pl_stat make_within(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_confusion *confusion = &tally->confusion;
    const struct pl_within *within = find_within(tally->regression, metric->argument);
    const struct pl_rate_sums sums = {
        .successes = within->weight,
        .total = pl_confusion_weight(confusion, PAIRS),
        .successes_squared = within->weight_squared,
        .total_squared = pl_confusion_weight_squared(confusion, PAIRS),
        .count = pl_confusion_count(confusion, PAIRS),
    };

    if (sums.count == 0)
        return pl_stat_undefined(pl_why_no_trials(confusion, PAIRS, PL_UNDEFINED_NO_PREDICTIONS));

    struct pl_stat stat = {.kind = PL_STAT_RATE, .n = sums.count};

    stat.rate.rate = tally->weighted ? pl_rate_effective(&sums)
                                     : (struct pl_rate){(double)within->n, (double)sums.count};
    stat.value =
        tally->weighted ? sums.successes / sums.total : stat.rate.rate.k / stat.rate.rate.n;
    return stat;
}

#define NEEDS_BOTH (PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS | PL_NEEDS_TASK)

static const struct pl_metric_row ROWS[] = {
    {
        .help = {.name = "mae",
                 .alias = "mean_absolute_error",
                 .formula = "mean(|prediction - label|)",
                 .interval = STUDENT,
                 .source = SKLEARN "mean_absolute_error",
                 .summary = "How far predictions are off, on average."},
        .needs = NEEDS_BOTH,
        .trials = PAIRS,
        .better = PL_BETTER_LOWER,
        .additivity = PL_ADDITIVE_RATE,
        .error = PL_ERROR_ABSOLUTE,
        .make = make_mean_absolute_error,
    },
    {
        .help = {.name = "mse",
                 .alias = "mean_squared_error",
                 .formula = "mean((prediction - label)^2)",
                 .interval = LOG_DELTA,
                 .source = SKLEARN "mean_squared_error",
                 .summary = "The mean squared error, in which large errors weigh most."},
        .needs = NEEDS_BOTH,
        .trials = PAIRS,
        .better = PL_BETTER_LOWER,
        .additivity = PL_ADDITIVE_RATE,
        .error = PL_ERROR_SQUARED,
        .make = make_mean_squared_error,
    },
    {
        .help = {.name = "rmse",
                 .alias = "root_mean_squared_error",
                 .formula = "sqrt(mean((prediction - label)^2))",
                 .interval = LOG_DELTA,
                 .source = SKLEARN "root_mean_squared_error",
                 .summary = "The root of the mean squared error, in the unit of the label."},
        .needs = NEEDS_BOTH,
        .trials = PAIRS,
        .better = PL_BETTER_LOWER,
        .error = PL_ERROR_SQUARED,
        .root = true,
        .make = make_root_mean_squared_error,
    },
    {
        .help = {.name = "mape",
                 .alias = "mean_absolute_percentage_error",
                 .formula = "mean(|prediction - label| / |label|)",
                 .interval = STUDENT,
                 .source = SKLEARN "mean_absolute_percentage_error",
                 .summary = "The mean error as a part of the label: 0.1 is 10 percent."},
        .needs = NEEDS_BOTH,
        .trials = PAIRS,
        .better = PL_BETTER_LOWER,
        .additivity = PL_ADDITIVE_RATE,
        .error = PL_ERROR_RELATIVE,
        .make = make_mean_absolute_percentage_error,
    },
    {
        .help = {.name = "mean_error",
                 .alias = "bias",
                 .formula = "mean(prediction - label)",
                 .interval = STUDENT,
                 .source = "numpy.mean",
                 .summary = "How far predictions are off to one side; above 0 they are too high."},
        .needs = NEEDS_BOTH,
        .trials = PAIRS,
        .additivity = PL_ADDITIVE_RATE,
        .below_zero = true,
        .error = PL_ERROR_SIGNED,
        .make = make_mean_error,
    },
    {
        .help = {.name = "r2",
                 .alias = "r2_score",
                 .formula = "1 - sum((prediction - label)^2) / sum((label - mean label)^2)",
                 .interval = "influence function on the scale of ln(1 - r2), Student's t",
                 .source = SKLEARN "r2_score",
                 .summary = "The part of the labels' variance in this group that is predicted."},
        .needs = NEEDS_BOTH,
        .trials = PAIRS,
        .better = PL_BETTER_HIGHER,
        .below_zero = true,
        .make = make_r2,
    },
    {
        .help = {.name = "within(TOLERANCE)",
                 .formula = "share of |prediction - label| <= TOLERANCE",
                 .interval = "Wilson score; exact (Clopper-Pearson) where it decides",
                 .source = "numpy.average",
                 .summary = "The share of predictions that are off by no more than a tolerance."},
        .argument = PL_ARGUMENT_NUMBER,
        .needs = NEEDS_BOTH,
        .trials = PAIRS,
        .better = PL_BETTER_HIGHER,
        .additivity = PL_ADDITIVE_RATE,
        .make = make_within,
    },
    {
        .help = {.name = "mean_label",
                 .formula = "mean(label)",
                 .interval = STUDENT,
                 .source = "numpy.average",
                 .summary = "The mean of the labels, predicted or not."},
        .needs = PL_NEEDS_LABELS | PL_NEEDS_TASK,
        .trials = LABELLED,
        .additivity = PL_ADDITIVE_RATE,
        .error = PL_ERROR_LABEL,
        .make = make_mean_label,
    },
    {
        .help = {.name = "mean_prediction",
                 .formula = "mean(prediction)",
                 .interval = STUDENT,
                 .source = "fairlearn.metrics.mean_prediction",
                 .summary = "The mean of the predictions, labelled or not."},
        .needs = PL_NEEDS_PREDICTIONS | PL_NEEDS_TASK,
        .trials = PREDICTED,
        .additivity = PL_ADDITIVE_RATE,
        .error = PL_ERROR_PREDICTION,
        .make = make_mean_prediction,
    },
};

const struct pl_metric_table PL_METRICS_REGRESSION = {
    .rows = ROWS,
    .count = sizeof ROWS / sizeof *ROWS,
    .tasks = PL_FOR_REGRESSION,
};

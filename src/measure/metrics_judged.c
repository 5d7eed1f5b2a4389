/*
 * Measures of decisions that a judge passes or fails and people have labelled in part: the predictions are
 * the judge's, the labels people's. How far the two agree, and what share people would pass of all
 * decisions.
 */
#include "measure/metrics.h"

#include "stats/agreement.h"
#include "stats/prediction_powered.h"

/* With weights the counts say nothing of the shares, and no method here takes any. */
static bool is_weighted(const struct pl_tally *tally)
{
    return tally->weighted;
}

static struct pl_stat make_kappa(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_confusion *confusion = &tally->confusion;
    const double counts[] = {(double)confusion->n[0][0], (double)confusion->n[0][1],
                             (double)confusion->n[1][0], (double)confusion->n[1][1]};
    const double first[] = {counts[0] + counts[1], counts[2] + counts[3]};
    const double second[] = {counts[0] + counts[2], counts[1] + counts[3]};
    const struct pl_rating_table table = {
        .counts = counts,
        .first = first,
        .second = second,
        .categories_count = 2,
        .n = pl_confusion_count(confusion, PL_LABELLED),
    };

    (void)metric;
    if (table.n == 0)
        return pl_stat_undefined(
            pl_why_no_trials(confusion, PL_LABELLED, PL_UNDEFINED_NO_PREDICTIONS));
    if (is_weighted(tally))
        return pl_stat_undefined(PL_UNDEFINED_NOT_OF_WEIGHTS);
    return pl_cohen_kappa(&table, PL_KAPPA_UNWEIGHTED);
}

static struct pl_stat make_corrected(const struct pl_tally *tally, const struct pl_metric *metric)
{
    const struct pl_confusion *confusion = &tally->confusion;
    const struct pl_ppi_counts counts = {
        .labelled = {{confusion->n[0][0], confusion->n[0][1]},
                     {confusion->n[1][0], confusion->n[1][1]}},
        .unlabelled = {confusion->n[PL_UNKNOWN][0], confusion->n[PL_UNKNOWN][1]},
    };

    (void)metric;
    if (pl_confusion_count(confusion, PL_LABELLED) == 0)
        return pl_stat_undefined(
            pl_why_no_trials(confusion, PL_LABELLED, PL_UNDEFINED_NO_PREDICTIONS));
    if (is_weighted(tally))
        return pl_stat_undefined(PL_UNDEFINED_NOT_OF_WEIGHTS);
    return pl_ppi_share(&counts, PL_PPI_CROSS_FITTED).stat;
}

static const struct pl_metric_row ROWS[] = {
    {
        .help = {.name = "cohen_kappa",
                 .alias = "kappa",
                 .formula = "(p_o - p_e) / (1 - p_e)",
                 .interval = "delta method (Fleiss, Cohen & Everitt 1969), on Fisher's scale",
                 .source = "sklearn.metrics.cohen_kappa_score",
                 .summary = "Agreement of labels and predictions beyond what chance gives."},
        .better = PL_BETTER_HIGHER,
        .needs = PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS,
        .below_zero = true,
        .make = make_kappa,
    },
    {
        .help = {.name = "corrected_rate",
                 .formula = "lambda mean(p) + mean(y - lambda p), y and p where there is a label",
                 .interval = "prediction-powered, each share with its own Wilson or exact bound",
                 .source = "Angelopoulos, Duchi & Zrnic, arXiv 2311.01453",
                 .summary =
                     "The share of positive labels among all decisions, where only some have "
                     "one: what a judge's predictions say, corrected by people's labels."},
        .needs = PL_NEEDS_LABELS | PL_NEEDS_PREDICTIONS,
        .make = make_corrected,
    },
};

const struct pl_metric_table PL_METRICS_JUDGED = {
    .rows = ROWS,
    .count = sizeof ROWS / sizeof *ROWS,
    .tasks = PL_FOR_BINARY,
};

/*
 * The table of measures: the tables of the task kinds taken together, and what their rows share: sums
 * over a confusion, and the rate that a row's combinations of label and prediction make.
 *
 * Definitions follow scikit-learn; docs/conventions.md says where they differ, mostly because 0/0 is
 * undefined here and not 0.
 */
#include "measure/metrics.h"

#include <assert.h>

/* In the order in which `plimsoll measures` lists them. */
static const struct pl_metric_table *const TABLES[] = {
    &PL_METRICS_BINARY,     &PL_METRICS_JUDGED,   &PL_METRICS_CLASSES,
    &PL_METRICS_REGRESSION, &PL_METRICS_FAIRNESS, &PL_METRICS_STRATA,
    &PL_METRICS_NEIGHBOURS, &PL_METRICS_RANKING,  &PL_METRICS_COLUMN,
};

#define TABLES_COUNT (sizeof TABLES / sizeof *TABLES)

double pl_confusion_weight(const struct pl_confusion *confusion, unsigned bits)
{
    double sum = 0.0;

    for (unsigned i = 0; i < 9; i++)
        if ((bits >> i & 1u) != 0)
            sum += confusion->weight[i / 3][i % 3];
    return sum;
}

double pl_confusion_weight_squared(const struct pl_confusion *confusion, unsigned bits)
{
    double sum = 0.0;

    for (unsigned i = 0; i < 9; i++)
        if ((bits >> i & 1u) != 0)
            sum += confusion->weight_squared[i / 3][i % 3];
    return sum;
}

uint64_t pl_confusion_count(const struct pl_confusion *confusion, unsigned bits)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < 9; i++)
        if ((bits >> i & 1u) != 0)
            sum += confusion->n[i / 3][i % 3];
    return sum;
}
struct pl_stat pl_stat_undefined(enum pl_undefined reason)
{
    return (struct pl_stat){.kind = PL_STAT_NONE, .reason = reason};
}

/* Why there are no trials: no decision at all, or none of the kind the measure counts. */
enum pl_undefined pl_why_no_trials(const struct pl_confusion *confusion, unsigned trials,
                                   enum pl_undefined reason)
{
    if (pl_confusion_count(confusion, 0x1ffu) == 0)
        return PL_UNDEFINED_NO_DECISIONS;
    if ((trials & PL_UNLABELLED_POSITIVE) == 0 &&
        pl_confusion_count(confusion, PL_ANY_POSITIVE_LABEL | PL_ANY_NEGATIVE_LABEL) == 0)
        return PL_UNDEFINED_NO_LABELS;
    return reason;
}

struct pl_rate pl_rate_of(const struct pl_confusion *confusion, unsigned successes, unsigned trials,
                          bool weighted)
{
    if (!weighted)
        return (struct pl_rate){(double)pl_confusion_count(confusion, successes),
                                (double)pl_confusion_count(confusion, trials)};

    const struct pl_rate_sums sums = {
        .successes = pl_confusion_weight(confusion, successes),
        .total = pl_confusion_weight(confusion, trials),
        .successes_squared = pl_confusion_weight_squared(confusion, successes),
        .total_squared = pl_confusion_weight_squared(confusion, trials),
        .count = pl_confusion_count(confusion, trials),
    };

    return pl_rate_effective(&sums);
}

static double shaped(double rate, enum pl_rate_shape shape)
{
    switch (shape) {
    case PL_RATE_JACCARD_TO_F1:
        return 2.0 * rate / (1.0 + rate);
    case PL_RATE_ODDS:
        return rate / (1.0 - rate);
    case PL_RATE_AS_IS:
        break;
    }
    return rate;
}

struct pl_stat pl_rate_stat(const struct pl_metric_row *row, const struct pl_confusion *confusion,
                            bool weighted)
{
    const uint64_t n = pl_confusion_count(confusion, row->trials);

    if (n == 0)
        return pl_stat_undefined(pl_why_no_trials(confusion, row->trials, row->without_trials));

    struct pl_stat stat = {.kind = PL_STAT_RATE, .n = n};
    const double total = pl_confusion_weight(confusion, row->trials);

    stat.rate.rate = pl_rate_of(confusion, row->successes, row->trials, weighted);
    stat.rate.shape = row->shape;
    stat.value = shaped(weighted ? pl_confusion_weight(confusion, row->successes) / total
                                 : stat.rate.rate.k / stat.rate.rate.n,
                        row->shape);
    return stat;
}

enum pl_better pl_metric_better(const struct pl_metric *metric)
{
    return metric->row->better;
}

const struct pl_confusion *pl_metric_confusion(const struct pl_tally *tally,
                                               const struct pl_metric *metric)
{
    if (metric->row->argument != PL_ARGUMENT_CLASS)
        return &tally->confusion;
    return &tally->classes[metric - tally->metrics].confusion;
}

struct pl_stat pl_mean_of_rates(const struct pl_tally *tally, unsigned of_negatives)
{
    const struct pl_confusion *confusion = &tally->confusion;
    const uint64_t positives = pl_confusion_count(confusion, PL_FN | PL_TP);
    const uint64_t negatives = pl_confusion_count(confusion, PL_TN | PL_FP);

    if (positives == 0)
        return pl_stat_undefined(
            pl_why_no_trials(confusion, PL_LABELLED, PL_UNDEFINED_NO_LABELLED_POSITIVES));
    if (negatives == 0)
        return pl_stat_undefined(
            pl_why_no_trials(confusion, PL_LABELLED, PL_UNDEFINED_NO_LABELLED_NEGATIVES));

    struct pl_stat stat = {.kind = PL_STAT_MIX, .n = positives + negatives};

    stat.mix.rates[0] = pl_rate_of(confusion, PL_TP, PL_FN | PL_TP, tally->weighted);
    stat.mix.rates[1] = pl_rate_of(confusion, of_negatives, PL_TN | PL_FP, tally->weighted);
    stat.mix.coefficients[0] = 0.5;
    stat.mix.coefficients[1] = 0.5;
    stat.value = 0.5 * pl_confusion_weight(confusion, PL_TP) /
                     pl_confusion_weight(confusion, PL_FN | PL_TP) +
                 0.5 * pl_confusion_weight(confusion, of_negatives) /
                     pl_confusion_weight(confusion, PL_TN | PL_FP);
    return stat;
}

size_t pl_metric_rows_count(void)
{
    size_t count = 0;

    for (size_t i = 0; i < TABLES_COUNT; i++)
        count += TABLES[i]->count;
    return count;
}

/* The table that holds row `*index` of all, which becomes its place there. */
static const struct pl_metric_table *table_of(size_t *index)
{
    size_t i = 0;

    while (*index >= TABLES[i]->count) {
        *index -= TABLES[i]->count;
        i++;
        assert(i < TABLES_COUNT);
    }
    return TABLES[i];
}

const struct pl_metric_row *pl_metric_row_at(size_t index)
{
    const struct pl_metric_table *table = table_of(&index);

    return &table->rows[index];
}

unsigned pl_metric_row_tasks(size_t index)
{
    const struct pl_metric_table *table = table_of(&index);

    return table->rows[index].tasks != 0 ? table->rows[index].tasks : table->tasks;
}

const char *pl_metric_alias_at(const struct pl_metric_help *help, size_t index)
{
    if (index == 0)
        return help->alias;
    return index <= PL_ALSO_MAX ? help->also[index - 1] : NULL;
}

size_t pl_metric_help_count(void)
{
    return pl_metric_rows_count();
}

struct pl_metric_help pl_metric_help_at(size_t index)
{
    struct pl_metric_help help = pl_metric_row_at(index)->help;

    help.tasks = pl_metric_row_tasks(index);
    return help;
}

/*
 * Averages of precision, recall and F1 over classes, with the variance of their influence functions.
 *
 * Each measure of a class is a ratio A / B of sums over decisions (both over predicted, both over
 * labelled, 2 both over labelled + predicted), so one more decision moves it by (a - m b) / B. The
 * macro average over the k classes with B > 0 moves by the sum over the classes of the decision
 * divided by k, the micro average sum A / sum B likewise with the sums, and the weighted average
 * sum L m / sum L by ((m - V) l + L dm) / sum L with L the labels of a class. The variance is
 * n / (n - 1) sum w^2 slope^2 over decisions; classes of one decision are correlated, and are taken
 * together.
 *
 * A class with few decisions that are all right, or all wrong, has no variance of its own, and the
 * macro average gives it the same part as the others. Its variance is therefore at least that of the
 * rate (k + 1/2) / (n + 1), Jeffreys' mean. Coverage is in docs/statistics.md.
 *
 * An average of exactly 0 or 1 is taken for that many trials that all failed or succeeded: the number
 * of classes times the decisions of the rarest, at most all of them. For a micro or weighted average,
 * all of them.
 */
#include "stats/class_slope.h"
#include "stats/mean.h"

#include <math.h>
#include <string.h>

static const double ROUNDING = 1e-12;

double pl_class_variance(const struct pl_class_table *table, double constant)
{
    const double n = (double)table->all.n;
    double squares = 0.0;

    for (size_t i = 0; i < table->pairs_count; i++) {
        struct pl_class_walk walk = pl_class_walk_start(table->sets, &table->pairs[i]);
        double slope = constant;

        while (pl_class_walk_next(&walk)) {
            const struct pl_class_slope *class = &table->slopes[walk.class];

            slope += walk.labelled ? class->labelled : 0.0;
            slope += walk.predicted ? class->predicted : 0.0;
            slope += walk.labelled && walk.predicted ? class->both : 0.0;
        }
        squares += table->pairs[i].weight_squared * slope * slope;
    }
    return n < 2.0 ? squares : n / (n - 1.0) * squares;
}

struct pl_stat pl_class_undefined(const struct pl_class_table *table, enum pl_undefined reason)
{
    return (struct pl_stat){.kind = PL_STAT_NONE, .reason = reason, .n = table->all.n};
}

/* A ratio of sums: `part` counts both twice for F1. */
struct ratio {
    double part;
    double whole;
};

static struct ratio ratio_of(const struct pl_class_sums *sums, enum pl_class_measure measure)
{
    switch (measure) {
    case PL_CLASS_PRECISION:
        return (struct ratio){sums->both.weight, sums->predicted.weight};
    case PL_CLASS_RECALL:
        return (struct ratio){sums->both.weight, sums->labelled.weight};
    case PL_CLASS_F1:
        break;
    }
    return (struct ratio){2.0 * sums->both.weight, sums->labelled.weight + sums->predicted.weight};
}

/* Adds `factor` times the slope of part / whole at the value m. */
static void add_slope(struct pl_class_slope *slope, enum pl_class_measure measure, double m,
                      double factor)
{
    slope->both += measure == PL_CLASS_F1 ? 2.0 * factor : factor;
    if (measure != PL_CLASS_PRECISION)
        slope->labelled -= m * factor;
    if (measure != PL_CLASS_RECALL)
        slope->predicted -= m * factor;
}

/* The rate behind the measure of a class; for F1 the Jaccard index. */
static struct pl_rate_sums rate_sums(const struct pl_class_sums *sums,
                                     enum pl_class_measure measure)
{
    const struct pl_class_sum *whole =
        measure == PL_CLASS_RECALL ? &sums->labelled : &sums->predicted;
    struct pl_rate_sums rate = {
        .successes = sums->both.weight,
        .total = whole->weight,
        .successes_squared = sums->both.weight_squared,
        .total_squared = whole->weight_squared,
        .count = whole->n,
    };

    if (measure == PL_CLASS_F1) {
        rate.total += sums->labelled.weight - sums->both.weight;
        rate.total_squared += sums->labelled.weight_squared - sums->both.weight_squared;
        rate.count += sums->labelled.n - sums->both.n;
    }
    return rate;
}

/* The variance of a rate r of n, for F1 of its shape 2 r / (1 + r). */
static double shaped_variance(double r, double n, enum pl_class_measure measure)
{
    const double slope = measure == PL_CLASS_F1 ? 2.0 / ((1.0 + r) * (1.0 + r)) : 1.0;

    return slope * slope * r * (1.0 - r) / n;
}

/* What the variance of a class lacks of that at Jeffreys' mean. */
static double lacking_variance(const struct pl_class_sums *sums, enum pl_class_measure measure)
{
    const struct pl_rate_sums whole = rate_sums(sums, measure);
    const struct pl_rate rate = pl_rate_effective(&whole);

    return fmax(0.0, shaped_variance((rate.k + 0.5) / (rate.n + 1.0), rate.n, measure) -
                         shaped_variance(rate.k / rate.n, rate.n, measure));
}

/* A value within ROUNDING of 1 is 1: one wrong decision of 10^11 is further off. */
static struct pl_stat on_logit(const struct pl_class_table *table, double exact, double variance,
                               double n_effective)
{
    const double value = exact > 1.0 - ROUNDING ? 1.0 : exact;

    if (value > 0.0 && value < 1.0 && (table->all.n == 1 || variance <= 0.0))
        return pl_class_undefined(table, PL_UNDEFINED_ONE_VALUE);
    return (struct pl_stat){.kind = PL_STAT_NORMAL,
                            .n = table->all.n,
                            .value = value,
                            .normal = {.se = sqrt(variance),
                                       .df = HUGE_VAL,
                                       .scale = PL_SCALE_LOGIT,
                                       .n_effective = n_effective}};
}

static struct pl_stat nothing(const struct pl_class_table *table, enum pl_class_measure measure)
{
    static const enum pl_undefined REASONS[] = {
        [PL_CLASS_PRECISION] = PL_UNDEFINED_NO_CLASS_PREDICTED,
        [PL_CLASS_RECALL] = PL_UNDEFINED_NO_CLASS_LABELLED,
        [PL_CLASS_F1] = PL_UNDEFINED_NO_CLASSES,
    };

    return pl_class_undefined(table,
                              table->all.n == 0 ? PL_UNDEFINED_NO_DECISIONS : REASONS[measure]);
}

static void clear_slopes(const struct pl_class_table *table)
{
    memset(table->slopes, 0, table->sets->classes_count * sizeof *table->slopes);
}

/* Of all decisions, as if they had the same weight. */
static double all_n(const struct pl_class_table *table)
{
    return pl_kish_n(table->all.weight, table->all.weight_squared);
}

static struct pl_stat macro_average(const struct pl_class_table *table,
                                    enum pl_class_measure measure)
{
    double classes = 0.0;
    double sum = 0.0;
    double lacking = 0.0;
    double rarest = HUGE_VAL;

    clear_slopes(table);
    for (uint32_t c = 0; c < table->sets->classes_count; c++) {
        const struct ratio ratio = ratio_of(&table->sums[c], measure);

        if (ratio.whole <= 0.0)
            continue;

        const struct pl_rate_sums rate = rate_sums(&table->sums[c], measure);

        classes += 1.0;
        sum += ratio.part / ratio.whole;
        lacking += lacking_variance(&table->sums[c], measure);
        rarest = fmin(rarest, pl_kish_n(rate.total, rate.total_squared));
        add_slope(&table->slopes[c], measure, ratio.part / ratio.whole, 1.0 / ratio.whole);
    }
    if (classes <= 0.0)
        return nothing(table, measure);
    return on_logit(table, sum / classes,
                    (pl_class_variance(table, 0.0) + lacking) / (classes * classes),
                    fmin(classes * rarest, all_n(table)));
}

static struct pl_stat micro_average(const struct pl_class_table *table,
                                    enum pl_class_measure measure)
{
    struct ratio sum = {0};

    for (uint32_t c = 0; c < table->sets->classes_count; c++) {
        const struct ratio ratio = ratio_of(&table->sums[c], measure);

        sum.part += ratio.part;
        sum.whole += ratio.whole;
    }
    if (sum.whole <= 0.0)
        return nothing(table, measure);
    clear_slopes(table);
    for (uint32_t c = 0; c < table->sets->classes_count; c++)
        add_slope(&table->slopes[c], measure, sum.part / sum.whole, 1.0 / sum.whole);
    return on_logit(table, sum.part / sum.whole, pl_class_variance(table, 0.0), all_n(table));
}

/* The sums of a weighted average: labels of the classes that have a value, and labels x value. */
static struct ratio weigh(const struct pl_class_table *table, enum pl_class_measure measure)
{
    struct ratio sum = {0};

    for (uint32_t c = 0; c < table->sets->classes_count; c++) {
        const struct ratio ratio = ratio_of(&table->sums[c], measure);

        if (ratio.whole <= 0.0)
            continue;
        sum.part += table->sums[c].labelled.weight * (ratio.part / ratio.whole);
        sum.whole += table->sums[c].labelled.weight;
    }
    return sum;
}

static struct pl_stat weighted_average(const struct pl_class_table *table,
                                       enum pl_class_measure measure)
{
    const struct ratio sum = weigh(table, measure);

    if (sum.whole <= 0.0)
        return nothing(table, measure);
    clear_slopes(table);
    for (uint32_t c = 0; c < table->sets->classes_count; c++) {
        const struct ratio ratio = ratio_of(&table->sums[c], measure);
        const double labelled = table->sums[c].labelled.weight;

        if (ratio.whole <= 0.0)
            continue;

        const double m = ratio.part / ratio.whole;

        table->slopes[c].labelled += (m - sum.part / sum.whole) / sum.whole;
        add_slope(&table->slopes[c], measure, m, labelled / sum.whole / ratio.whole);
    }
    return on_logit(table, sum.part / sum.whole, pl_class_variance(table, 0.0), all_n(table));
}

struct pl_stat pl_class_average(const struct pl_class_table *table, enum pl_class_measure measure,
                                enum pl_class_average average)
{
    const bool is_accuracy = average == PL_AVERAGE_MICRO ||
                             (average == PL_AVERAGE_WEIGHTED && measure == PL_CLASS_RECALL);

    if (is_accuracy && table->sets->single)
        return pl_class_accuracy(table);
    switch (average) {
    case PL_AVERAGE_MACRO:
        return macro_average(table, measure);
    case PL_AVERAGE_MICRO:
        return micro_average(table, measure);
    case PL_AVERAGE_WEIGHTED:
        return weighted_average(table, measure);
    case PL_AVERAGE_SAMPLES:
        break;
    }
    return pl_class_sample_average(table, measure);
}

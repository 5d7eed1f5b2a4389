/*
 * Agreement of labels and predictions of single classes: the Matthews correlation R_k and Cohen's
 * kappa. With s all weight, c the weight of right decisions, t_k and p_k that of class k among labels
 * and predictions, and N = c s - sum t_k p_k,
 *
 *     R_k = N / sqrt((s^2 - sum p_k^2) (s^2 - sum t_k^2)),    kappa = N / (s^2 - sum t_k p_k).
 *
 * One more decision with label a and prediction b moves c by [a = b], s, t_a and p_b by 1; the slopes
 * below follow, and their squares sum to the variance (delta method; both are unchanged when all
 * weights grow alike). Values agree with scikit-learn 1.9 to 1e-12, standard errors with numeric
 * derivatives of it to 1e-6 (tests/reference/stats/classes.csv).
 *
 * A value of exactly 1 or -1 is taken for so many trials that all went one way: the classes with a
 * label times the decisions of the rarest, at most all, which for two classes is what mcc.c takes.
 */
#include "stats/class_slope.h"
#include "stats/mean.h"

#include <math.h>

static const double ROUNDING = 1e-12;

/* The sums that both measures are made of. */
struct agreement {
    double all;
    double right;
    double labels_squared; /* sum of t_k^2 */
    double predictions_squared;
    double crossed; /* sum of t_k p_k */
    double classes; /* with a label */
    double rarest;  /* the fewest labels of one of them */
    bool one_label; /* all labels are of one class */
    bool one_prediction;
    bool one_class; /* both, and it is the same */
};

static struct agreement agreement_of(const struct pl_class_table *table)
{
    struct agreement sums = {.all = table->all.weight, .rarest = HUGE_VAL};
    double predicted_classes = 0.0;

    for (uint32_t c = 0; c < table->sets->classes_count; c++) {
        const struct pl_class_sums *class = &table->sums[c];
        const double t = class->labelled.weight;
        const double p = class->predicted.weight;

        sums.right += class->both.weight;
        sums.labels_squared += t * t;
        sums.predictions_squared += p * p;
        sums.crossed += t * p;
        sums.classes += class->labelled.n > 0 ? 1.0 : 0.0;
        predicted_classes += class->predicted.n > 0 ? 1.0 : 0.0;
        if (class->labelled.n > 0)
            sums.rarest = fmin(sums.rarest, t);
    }
    sums.one_label = sums.classes <= 1.0;
    sums.one_prediction = predicted_classes <= 1.0;
    sums.one_class = sums.one_label && sums.one_prediction && sums.crossed > 0.0;
    return sums;
}

/* Decisions for a value at the edge. */
static double edge_n(const struct pl_class_table *table, const struct agreement *sums)
{
    return fmin(1.0, sums->classes * sums->rarest / sums->all) *
           pl_kish_n(table->all.weight, table->all.weight_squared);
}

/* A value within ROUNDING of an end is the end. */
static struct pl_stat on_fisher(const struct pl_class_table *table, const struct agreement *sums,
                                double exact, double variance)
{
    const bool at_edge = fabs(exact) > 1.0 - ROUNDING;

    if (!at_edge && (table->all.n == 1 || variance <= 0.0))
        return pl_class_undefined(table, PL_UNDEFINED_ONE_VALUE);
    return (struct pl_stat){.kind = PL_STAT_NORMAL,
                            .n = table->all.n,
                            .value = at_edge ? copysign(1.0, exact) : exact,
                            .normal = {.se = sqrt(variance),
                                       .df = HUGE_VAL,
                                       .scale = PL_SCALE_FISHER,
                                       .n_effective = edge_n(table, sums)}};
}

struct pl_stat pl_class_matthews(const struct pl_class_table *table)
{
    const struct agreement sums = agreement_of(table);
    const double s = sums.all;
    const double labels = s * s - sums.labels_squared;
    const double predictions = s * s - sums.predictions_squared;

    if (table->all.n == 0)
        return pl_class_undefined(table, PL_UNDEFINED_NO_DECISIONS);
    if (sums.one_label || sums.one_prediction)
        return pl_class_undefined(table, sums.one_label ? PL_UNDEFINED_ONE_CLASS_LABELLED
                                                        : PL_UNDEFINED_ONE_CLASS_PREDICTED);

    const double root = sqrt(labels) * sqrt(predictions);
    const double value = (sums.right * s - sums.crossed) / root;

    for (uint32_t c = 0; c < table->sets->classes_count; c++) {
        const double t = table->sums[c].labelled.weight;
        const double p = table->sums[c].predicted.weight;

        table->slopes[c] = (struct pl_class_slope){
            .labelled = -p / root + value * t / labels,
            .predicted = -t / root + value * p / predictions,
            .both = s / root,
        };
    }
    return on_fisher(table, &sums, value,
                     pl_class_variance(table, sums.right / root -
                                                  value * s * (1.0 / labels + 1.0 / predictions)));
}

struct pl_stat pl_class_kappa(const struct pl_class_table *table)
{
    const struct agreement sums = agreement_of(table);
    const double s = sums.all;
    const double chance = s * s - sums.crossed;

    if (table->all.n == 0)
        return pl_class_undefined(table, PL_UNDEFINED_NO_DECISIONS);
    if (sums.one_class)
        return pl_class_undefined(table, PL_UNDEFINED_ONE_CLASS_LABELLED);

    const double value = (sums.right * s - sums.crossed) / chance;

    for (uint32_t c = 0; c < table->sets->classes_count; c++)
        table->slopes[c] = (struct pl_class_slope){
            .labelled = (value - 1.0) * table->sums[c].predicted.weight / chance,
            .predicted = (value - 1.0) * table->sums[c].labelled.weight / chance,
            .both = s / chance,
        };
    return on_fisher(table, &sums, value,
                     pl_class_variance(table, (sums.right - 2.0 * value * s) / chance));
}

/*
 * The Matthews correlation of labels and predictions, with the delta method on the four cells: as
 * it does not change when all cells grow alike, sum over cells of (sum of w^2) (d MCC / d cell)^2
 * is its variance, which without weights is the multinomial one. Valid for cells >= 0 with no empty
 * margin; agrees with scikit-learn 1.x (matthews_corrcoef) to 1e-14, its standard error
 * with a numeric derivative to 1e-6.
 */
#include "stats/mcc.h"

#include "stats/mean.h"

#include <math.h>

static enum pl_undefined missing_margin(const struct pl_two_by_two *table)
{
    const double(*w)[2] = table->weight;

    if (w[0][0] + w[0][1] + w[1][0] + w[1][1] <= 0.0)
        return PL_UNDEFINED_NO_DECISIONS;
    if (w[1][0] + w[1][1] <= 0.0)
        return PL_UNDEFINED_NO_LABELLED_POSITIVES;
    if (w[0][0] + w[0][1] <= 0.0)
        return PL_UNDEFINED_NO_LABELLED_NEGATIVES;
    if (w[0][1] + w[1][1] <= 0.0)
        return PL_UNDEFINED_NO_PREDICTED_POSITIVES;
    return w[0][0] + w[1][0] <= 0.0 ? PL_UNDEFINED_NO_PREDICTED_NEGATIVES : PL_DEFINED;
}

/* d MCC / d cell = (the opposite cell, with its sign) / root - MCC / 2 (1 / row + 1 / column). */
static double variance(const struct pl_two_by_two *table, double mcc, double root)
{
    const double(*w)[2] = table->weight;
    double sum = 0.0;

    for (int label = 0; label < 2; label++) {
        for (int prediction = 0; prediction < 2; prediction++) {
            const double opposite = w[1 - label][1 - prediction];
            const double row = w[label][0] + w[label][1];
            const double column = w[0][prediction] + w[1][prediction];
            const double slope = (label == prediction ? opposite : -opposite) / root -
                                 0.5 * mcc * (1.0 / row + 1.0 / column);

            sum += table->weight_squared[label][prediction] * slope * slope;
        }
    }
    return sum;
}

/*
 * For a correlation of -1 or 1: twice the rarer label's share of the effective decisions, which for
 * balanced labels is all of them (MCC is then 1 - 2 error rates).
 */
static double edge_n(const struct pl_two_by_two *table)
{
    const double(*w)[2] = table->weight;
    const double(*squared)[2] = table->weight_squared;
    const double positives = w[1][0] + w[1][1];
    const double negatives = w[0][0] + w[0][1];
    const double all = positives + negatives;
    const double n = pl_kish_n(all, squared[0][0] + squared[0][1] + squared[1][0] + squared[1][1]);

    return 2.0 * fmin(positives, negatives) / all * n;
}

struct pl_stat pl_mcc(const struct pl_two_by_two *table)
{
    const double(*w)[2] = table->weight;
    const enum pl_undefined reason = missing_margin(table);

    if (reason != PL_DEFINED)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = reason, .n = table->count};

    const double root = sqrt(w[1][0] + w[1][1]) * sqrt(w[0][0] + w[0][1]) *
                        sqrt(w[0][1] + w[1][1]) * sqrt(w[0][0] + w[1][0]);
    const double all_right = w[0][1] + w[1][0];
    const double all_wrong = w[0][0] + w[1][1];
    double mcc = (w[1][1] * w[0][0] - w[0][1] * w[1][0]) / root;

    if (all_right <= 0.0 || all_wrong <= 0.0) /* exactly, whatever the rounding of the root */
        mcc = all_right <= 0.0 ? 1.0 : -1.0;
    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = table->count,
        .value = mcc,
        .normal = {.se = sqrt(variance(table, mcc, root)),
                   .df = HUGE_VAL,
                   .scale = PL_SCALE_FISHER,
                   .n_effective = edge_n(table)},
    };
}

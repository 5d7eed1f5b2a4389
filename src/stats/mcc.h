/* The Matthews correlation of labels and predictions. Pure functions; safe in any thread. */
#ifndef PL_STATS_MCC_H
#define PL_STATS_MCC_H

#include "stats/stat.h"

/* Sums of weights and of squared weights (counts when there are none) by [label][prediction]. */
struct pl_two_by_two {
    double weight[2][2];
    double weight_squared[2][2];
    uint64_t count; /* decisions */
};

/*
 * (TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN)), as
 * sklearn.metrics.matthews_corrcoef, but undefined (with the reason) when a margin is 0. Standard
 * error by the delta method; PL_STAT_NORMAL on Fisher's scale.
 * Source: B. W. Matthews, Biochim. Biophys. Acta 405 (1975) 442; Bishop, Fienberg & Holland,
 * Discrete Multivariate Analysis (1975), 11.3 for the variance.
 */
struct pl_stat pl_mcc(const struct pl_two_by_two *table);

#endif

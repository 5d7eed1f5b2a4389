/*
 * Measures of ranking, in one pass over the scores and without arrays: area under the ROC curve,
 * average precision, Kolmogorov-Smirnov separation. Feed ties of equal score in ASCENDING order of
 * score. Pure values; one thread for each struct.
 */
#ifndef PL_STATS_ROC_H
#define PL_STATS_ROC_H

#include "stats/mean.h"
#include "stats/stat.h"

/* Decisions that share a score: sums of weights and of squared weights by label. Without weights
   each is the count. */
struct pl_tie {
    double positives;
    double negatives;
    double positives_squared;
    double negatives_squared;
};

/* The same sums over all ties, known beforehand, with the numbers of decisions. */
struct pl_roc_totals {
    struct pl_tie all;
    uint64_t positives_count;
    uint64_t negatives_count;
};

/* What a pass is for, as bits: each costs time. */
enum pl_roc_part {
    PL_ROC_AREA = 1 << 0,
    PL_ROC_PRECISION = 1 << 1,
    PL_ROC_SEPARATION = 1 << 2,
};

/* The state of the pass; nothing in it is for the caller. */
struct pl_roc {
    struct pl_roc_totals totals;
    unsigned parts;
    struct pl_sum positives_below; /* weights seen so far */
    struct pl_sum negatives_below;
    struct pl_sum area;                   /* sum over positives of w * negatives below, ties half */
    struct pl_spread positive_placements; /* share of negatives below, by squared weight */
    struct pl_spread negative_placements; /* share of positives above */
    struct pl_sum precision;              /* sum over positives of w * precision */
    struct pl_spread positive_influence;  /* precision here and pull on those below */
    double
        pull_positive; /* what one more positive, or negative, here adds to the precisions below */
    double pull_negative;
    double negative_influence; /* sum over negatives of (w * pull)^2 */
    double separation;         /* the largest |F1 - F0| so far, and F1 and F0 there */
    double positives_share;
    double negatives_share;
};

/* `parts` of enum pl_roc_part: only these may be finished. */
void pl_roc_init(struct pl_roc *roc, const struct pl_roc_totals *totals, unsigned parts);

/* The next higher score. */
void pl_roc_add(struct pl_roc *roc, const struct pl_tie *tie);

/*
 * The chance that a random positive scores above a random negative, ties counting half (the
 * Mann-Whitney statistic; sklearn.metrics.roc_auc_score). Variance by placements (E. R. DeLong,
 * D. M. DeLong & D. L. Clarke-Pearson, Biometrics 44 (1988) 837), with weights its linearised form.
 * PL_STAT_NORMAL on the logit scale. No positive or no negative is undefined.
 */
struct pl_stat pl_roc_finish_auc(const struct pl_roc *roc);

/*
 * AP = sum over positives of w * precision(score) / W1, where precision(s) is that of the rule
 * "score >= s", ties taken together (sklearn.metrics.average_precision_score). Variance by its
 * influence function. PL_STAT_NORMAL on the logit scale. No positive is undefined.
 */
struct pl_stat pl_roc_finish_average_precision(const struct pl_roc *roc);

/* The largest |F1(s) - F0(s)| over scores (scipy.stats.ks_2samp). PL_STAT_BIASED with Kolmogorov
   noise. No positive or no negative is undefined. */
struct pl_stat pl_roc_finish_ks(const struct pl_roc *roc);

#endif

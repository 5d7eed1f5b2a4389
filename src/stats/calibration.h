/*
 * Whether predicted probabilities come true, in one pass and without arrays. Feed ties of equal
 * probability in ASCENDING order. Pure values; one thread for each struct.
 */
#ifndef PL_STATS_CALIBRATION_H
#define PL_STATS_CALIBRATION_H

#include "stats/roc.h"
#include "stats/stat.h"

#include <stdbool.h>

#define PL_CALIBRATION_BINS 10

/* Sums over the bin that is being filled: residuals are y - p. */
struct pl_calibration_bin {
    double index;
    double weight;
    double residual;       /* sum of w (y - p) */
    double weight_squared; /* sums of w^2, w^2 (y - p), w^2 (y - p)^2 and w^2 p (1 - p) */
    double residual_weighted;
    double residual_squared;
    double model_variance;
};

/* The state of the pass; nothing in it is for the caller. */
struct pl_calibration {
    struct pl_roc_totals totals;
    double bins;
    struct pl_sum below; /* weight before this tie */
    struct pl_calibration_bin bin;
    struct pl_sum error; /* sum of |residual| over closed bins */
    double se_sum;       /* sum of their standard errors, and of the squares */
    double variance_sum;
    struct pl_sum walk;    /* cumulated w (y - p) */
    double walk_variance;  /* cumulated w^2 (y - p)^2, or w^2 p (1 - p) where that is larger */
    double model_variance; /* cumulated w^2 p (1 - p) */
    double walk_max;       /* the extremes, and the variance passed at each */
    double walk_min;
    double variance_at_max;
    double variance_at_min;
    bool outside; /* some probability was outside [0, 1] */
};

/* `bins` equal-mass bins, at least 1; PL_CALIBRATION_BINS is the usual number. */
void pl_calibration_init(struct pl_calibration *calibration, const struct pl_roc_totals *totals,
                         uint32_t bins);

/* The next higher probability. One outside [0, 1] makes the results PL_UNDEFINED_NOT_PROBABILITIES.
 */
void pl_calibration_add(struct pl_calibration *calibration, double probability,
                        const struct pl_tie *tie);

/*
 * Expected calibration error over equal-mass bins: sum over bins of (W_b / W) |mean y - mean p|. A
 * tie is never split: it belongs to bin floor(B * (weight below + half its own) / W). With distinct
 * probabilities and n a multiple of B these are the bins of sklearn.calibration.calibration_curve
 * (strategy="quantile"). PL_STAT_BIASED with half-normal noise.
 */
struct pl_stat pl_calibration_finish_error(const struct pl_calibration *calibration);

/*
 * Estimated cumulative calibration error: the range, starting value 0 included, of the cumulated
 * sums of w (y - p) / W in the order of p, a tie as one step (ECCE-R, also called Kuiper's
 * calibration metric). PL_STAT_BIASED with the noise of a Brownian range. Source: see kolmogorov.h.
 */
struct pl_stat pl_calibration_finish_ecce(const struct pl_calibration *calibration);

/* P(range of noise > ecce) under perfect calibration, for a statistic from the call above; 1 when
   it is undefined. */
double pl_ecce_p_value(const struct pl_stat *ecce);

/*
 * The loss of one decision, to be averaged by struct pl_mean: -ln of the probability given to what
 * happened, clipped to 2^-52 as sklearn.metrics.log_loss does, and (p - y)^2 (brier_score_loss).
 * 0 <= probability <= 1.
 */
double pl_log_loss(double probability, bool positive);
double pl_brier_loss(double probability, bool positive);

#endif

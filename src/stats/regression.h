/*
 * How far predicted numbers are from the true ones: mean errors of several kinds and the share of
 * variance explained, each with its uncertainty, from sums of powers. Sums are exact while rows come in,
 * so that neither their order nor threads show; the moments that are read from them are small and are
 * merged and taken apart to twice the precision of a double. Pure values; one thread for each struct.
 */
#ifndef PL_STATS_REGRESSION_H
#define PL_STATS_REGRESSION_H

#include "base/error.h"
#include "stats/double_double.h"
#include "stats/exact_sum.h"
#include "stats/stat.h"

#include <stdbool.h>
#include <stdint.h>

/* Labels and predictions must be below this in size: their fourth powers are summed. */
#define PL_REGRESSION_VALUE_MAX 1e70

/*
 * What is summed over decisions, each with its weight: e = prediction - label, r = |e / label|, and
 * z = label - centre of those with both; l = label - centre of those with a label, and q = prediction of those with
 * a prediction, whether they have the other or not.
 */
enum pl_moment {
    PL_MOMENT_PAIRS, /* the weights themselves */
    PL_MOMENT_E,
    PL_MOMENT_E_SIZE, /* |e| */
    PL_MOMENT_E2,
    PL_MOMENT_E4,
    PL_MOMENT_R,
    PL_MOMENT_R2,
    PL_MOMENT_Z,
    PL_MOMENT_Z2,
    PL_MOMENT_Z3,
    PL_MOMENT_Z4,
    PL_MOMENT_E2_Z,
    PL_MOMENT_E2_Z2,
    PL_MOMENT_LABELLED, /* the weights of those with a label */
    PL_MOMENT_L,
    PL_MOMENT_L2,
    PL_MOMENT_PREDICTED, /* the weights of those with a prediction */
    PL_MOMENT_Q,
    PL_MOMENT_Q2,
    PL_MOMENTS_COUNT
};

/* One decision, or `count` that are alike. A label or prediction that is not known is NaN. */
struct pl_regression_row {
    double label;
    double prediction;
    uint64_t count;
    double weight; /* of each; above 0 */
};

/* How many decisions a set of moments is of. */
struct pl_moment_counts {
    uint64_t pairs;
    uint64_t labelled;
    uint64_t predicted;
    uint64_t zero_labels; /* pairs whose label is 0, or so near that r is beyond all bounds */
};

/* Sums on their way: some 40 KB. `by_square` has squared weights, and is empty without weights. */
struct pl_moment_sums {
    double centre;
    bool weighted;
    struct pl_moment_counts counts;
    struct pl_exact_sum by_weight[PL_MOMENTS_COUNT];
    struct pl_exact_sum by_square[PL_MOMENTS_COUNT];
};

/* The moments of a set of decisions about `centre`. Zeroed is the empty set. */
struct pl_moments {
    double centre;
    bool weighted;
    struct pl_moment_counts counts;
    struct pl_double_double by_weight[PL_MOMENTS_COUNT];
    struct pl_double_double by_square[PL_MOMENTS_COUNT]; /* not used when all weights are 1 */
};

/* Of the pairs, those with an error of at most some tolerance. */
struct pl_within {
    uint64_t n;
    double weight; /* their weights, and the squares */
    double weight_squared;
};

/* Makes sums empty. They must be zeroed or in use. The moments are the more precise the nearer the
   centre is to the mean label; any finite one will do. */
void pl_moment_sums_reset(struct pl_moment_sums *sums, double centre, bool weighted);

/* Adds rows of weight and count 1: `labels` and `predictions` have `count` numbers, NaN for unknown. The
   sums must be without weights. */
void pl_moment_sums_add_many(struct pl_moment_sums *sums, const double *labels,
                             const double *predictions, size_t count);

void pl_moment_sums_add(struct pl_moment_sums *sums, const struct pl_regression_row *row);

/* Adds sums about the same centre. */
void pl_moment_sums_merge(struct pl_moment_sums *sums, const struct pl_moment_sums *other);

/* Reads the moments. PL_E_DATA when a sum is too large for a double. */
PL_MUST_CHECK enum pl_status pl_moment_sums_read(const struct pl_moment_sums *sums,
                                                 struct pl_moments *ret_moments,
                                                 struct pl_error *error);

/* Adds the moments of other decisions, or takes away those of a part; both with weights, or both without.
   The centre stays that of `moments` unless they are empty. Relative error 1e-30 of the larger of the two. */
void pl_moments_merge(struct pl_moments *moments, const struct pl_moments *other);
void pl_moments_subtract(struct pl_moments *moments, const struct pl_moments *part);

/*
 * The measures. Means have Student's interval with the linearised standard error and n - 1 degrees of
 * freedom (with weights Kish's n less 1); squared errors and r2 the same on a logarithmic scale. Undefined
 * where there are no labels or no predictions, PL_UNDEFINED_ONE_VALUE for a single row,
 * PL_UNDEFINED_ZERO_LABEL and PL_UNDEFINED_CONSTANT_LABELS. Where nothing varies the standard error is
 * 0: whether that can be believed is for the caller to say.
 */
struct pl_stat pl_moments_mean_absolute_error(const struct pl_moments *moments);
struct pl_stat pl_moments_mean_squared_error(const struct pl_moments *moments);
struct pl_stat pl_moments_root_mean_squared_error(const struct pl_moments *moments);
struct pl_stat pl_moments_mean_absolute_percentage_error(const struct pl_moments *moments);
struct pl_stat pl_moments_mean_error(const struct pl_moments *moments);
struct pl_stat pl_moments_r2(const struct pl_moments *moments);
struct pl_stat pl_moments_mean_label(const struct pl_moments *moments);
struct pl_stat pl_moments_mean_prediction(const struct pl_moments *moments);

#endif

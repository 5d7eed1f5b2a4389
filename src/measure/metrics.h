/*
 * The table of measures. A row says what the measure is, where its definition comes from, what it
 * needs of the data, and how it is made from a tally. Adding a measure is adding a row.
 */
#ifndef PL_MEASURE_METRICS_H
#define PL_MEASURE_METRICS_H

#include "measure/measure.h"
#include "measure/run.h"
#include "measure/tally.h"

/* What a measure needs, as bits. */
enum pl_metric_needs {
    PL_NEEDS_LABELS = 1 << 0,
    PL_NEEDS_PREDICTIONS = 1 << 1,
    PL_NEEDS_AREA = 1 << 2, /* parts of the ranking kernel over all scores */
    PL_NEEDS_PRECISION = 1 << 3,
    PL_NEEDS_SEPARATION = 1 << 4,
    PL_NEEDS_CALIBRATION = 1 << 5, /* the calibration kernel */
    PL_NEEDS_LOG_LOSS = 1 << 6,
    PL_NEEDS_BRIER = 1 << 7,
    PL_NEEDS_MEAN = 1 << 8,     /* of a column */
    PL_NEEDS_QUANTILE = 1 << 9, /* of a column */
};
#define PL_NEEDS_ROC    (PL_NEEDS_AREA | PL_NEEDS_PRECISION | PL_NEEDS_SEPARATION)
#define PL_NEEDS_SCORES (PL_NEEDS_ROC | PL_NEEDS_CALIBRATION | PL_NEEDS_LOG_LOSS | PL_NEEDS_BRIER)

/* Combinations of [label][prediction], as bits: label * 3 + prediction. */
enum pl_confusion_bit {
    PL_TN = 1 << 0,
    PL_FP = 1 << 1,
    PL_NEGATIVE_UNPREDICTED = 1 << 2,
    PL_FN = 1 << 3,
    PL_TP = 1 << 4,
    PL_POSITIVE_UNPREDICTED = 1 << 5,
    PL_UNLABELLED_NEGATIVE = 1 << 6,
    PL_UNLABELLED_POSITIVE = 1 << 7,
    PL_UNLABELLED_UNPREDICTED = 1 << 8,
};

/* How the whole follows from its parts: what comparisons with the overall figure rest on. */
enum pl_additivity {
    PL_ADDITIVE_NOT,  /* a ranking, a distance: the whole is no mean of its parts */
    PL_ADDITIVE_RATE, /* mean of the slices by the sum of weights of `trials` */
    PL_ADDITIVE_MEAN, /* mean of the slices by their numbers of values */
};

struct pl_metric_row {
    struct pl_metric_help help;
    unsigned needs;
    unsigned successes; /* a rate: which combinations count, of which; else 0 */
    unsigned trials;
    enum pl_rate_shape shape;
    enum pl_undefined without_trials;
    enum pl_additivity additivity;
    bool below_zero; /* it can be negative, so ratios of it make no sense */
    struct pl_stat (*make)(const struct pl_tally *tally, const struct pl_metric *metric);
    double (*p_value)(const struct pl_stat *stat); /* of the test that goes with it, or NULL */
};

size_t pl_metric_rows_count(void);
const struct pl_metric_row *pl_metric_row_at(size_t index);

/*
 * Reads a measure's name: "accuracy", an alias, "mean(latency_ms)", "quantile(latency_ms, 0.95)". The
 * canonical name and `ret_column` (empty unless generic) live in `arena`. PL_E_LINE when there is no
 * such measure; the message suggests the nearest.
 */
PL_MUST_CHECK enum pl_status pl_metric_parse(struct pl_str text, struct pl_arena *arena,
                                             struct pl_metric *ret_metric,
                                             struct pl_str *ret_column, struct pl_error *error);

/* The rate of a row from any confusion: counts, or effective counts where there are weights. */
struct pl_stat pl_rate_stat(const struct pl_metric_row *row, const struct pl_confusion *confusion,
                            bool weighted);

/* The sum of weights over the combinations in `bits`. */
double pl_confusion_weight(const struct pl_confusion *confusion, unsigned bits);
uint64_t pl_confusion_count(const struct pl_confusion *confusion, unsigned bits);
double pl_confusion_weight_squared(const struct pl_confusion *confusion, unsigned bits);

#endif

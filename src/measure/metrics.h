/*
 * The table of measures. A row says what the measure is, where its definition comes from, what it
 * needs of the data, and how it is made from a tally. Adding a measure is adding a row.
 */
#ifndef PL_MEASURE_METRICS_H
#define PL_MEASURE_METRICS_H

#include "measure/measure.h"
#include "measure/run.h"
#include "measure/tally.h"
#include "stats/classes.h"

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
    PL_NEEDS_COSTS = 1 << 20,         /* decisions by what they cost */
    PL_NEEDS_MEAN = 1 << 8,           /* of a column */
    PL_NEEDS_QUANTILE = 1 << 9,       /* of a column */
    PL_NEEDS_TASK = 1 << 10,          /* the part of the tally that belongs to the kind of task */
    PL_NEEDS_MEDIAN = 1 << 11,        /* which scores are above the median of all */
    PL_NEEDS_PROBABILITIES = 1 << 12, /* of the classes */
    PL_NEEDS_RATIO = 1 << 13,         /* of two columns */
    PL_NEEDS_STRATA = 1 << 16,        /* data.strata, and the counts of each slice in each */
    PL_NEEDS_MULTICALIBRATION = 1 << 17, /* the calibration of all slices together */
    PL_NEEDS_NEIGHBOURS = 1 << 18,       /* data.features, and who is near whom */
};
#define PL_NEEDS_ROC (PL_NEEDS_AREA | PL_NEEDS_PRECISION | PL_NEEDS_SEPARATION)
#define PL_NEEDS_SCORES                                                                            \
    (PL_NEEDS_ROC | PL_NEEDS_CALIBRATION | PL_NEEDS_LOG_LOSS | PL_NEEDS_BRIER | PL_NEEDS_MEDIAN)

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

#define PL_LABELLED           (PL_TN | PL_FP | PL_FN | PL_TP)
#define PL_ANY_POSITIVE_LABEL (PL_FN | PL_TP | PL_POSITIVE_UNPREDICTED)
#define PL_ANY_NEGATIVE_LABEL (PL_TN | PL_FP | PL_NEGATIVE_UNPREDICTED)
#define PL_PREDICTED_POSITIVE (PL_FP | PL_TP | PL_UNLABELLED_POSITIVE)
#define PL_PREDICTED_NEGATIVE (PL_TN | PL_FN | PL_UNLABELLED_NEGATIVE)

/* For which kinds of task a measure is, as bits. */
enum pl_for_task {
    PL_FOR_BINARY = 1 << PL_TASK_BINARY,
    PL_FOR_MULTICLASS = 1 << PL_TASK_MULTICLASS,
    PL_FOR_MULTILABEL = 1 << PL_TASK_MULTILABEL,
    PL_FOR_REGRESSION = 1 << PL_TASK_REGRESSION,
    PL_FOR_RANKING = 1 << PL_TASK_RANKING,
    PL_FOR_EVERY = (1 << PL_TASKS_COUNT) - 1,
};

/* What stands in the parentheses of a measure's name, or after its @. */
enum pl_argument {
    PL_ARGUMENT_NONE,
    PL_ARGUMENT_COLUMN,          /* mean(COLUMN) */
    PL_ARGUMENT_COLUMNS,         /* ratio(COLUMN, COLUMN) */
    PL_ARGUMENT_COLUMN_QUANTILE, /* quantile(COLUMN, Q), 0 < Q < 1 */
    PL_ARGUMENT_CLASS,           /* precision(CLASS): a class or label by its name */
    PL_ARGUMENT_NUMBER,          /* within(TOLERANCE): a finite number of at least 0 */
    PL_ARGUMENT_TOP,             /* ndcg@K: a whole number from 1 to PL_ARGUMENT_TOP_MAX */
};
#define PL_ARGUMENT_TOP_MAX 10000

/* How the whole follows from its parts: what comparisons with the overall figure rest on. */
enum pl_additivity {
    PL_ADDITIVE_NOT,   /* a ranking, a distance: the whole is no mean of its parts */
    PL_ADDITIVE_RATE,  /* mean of the slices by the sum of weights of `trials` */
    PL_ADDITIVE_MEAN,  /* mean of the slices by their numbers of values */
    PL_ADDITIVE_LISTS, /* a ratio of totals over queries, where no query is in two slices */
};

/* Of task regression: what a measure is the mean of, over the decisions of its `trials`. */
enum pl_error_total {
    PL_ERROR_NONE,
    PL_ERROR_ABSOLUTE,
    PL_ERROR_SQUARED,
    PL_ERROR_RELATIVE, /* to the label, both without their signs */
    PL_ERROR_SIGNED,
    PL_ERROR_LABEL,
    PL_ERROR_PREDICTION,
    PL_ERROR_TOTALS,
};

struct pl_metric_row {
    struct pl_metric_help help;
    unsigned tasks; /* enum pl_for_task; 0: those of the table */
    enum pl_argument argument;
    unsigned needs;
    unsigned successes; /* a rate: which combinations count, of which; else 0 */
    unsigned trials;
    enum pl_rate_shape shape;
    enum pl_undefined without_trials;
    enum pl_additivity additivity;
    bool of_all;           /* of all decisions only: a slice has no value of its own */
    bool comparison;       /* it compares a slice with others itself, so no gaps of it are taken */
    enum pl_better better; /* which side of it is better; neither where that depends on the use */
    enum pl_error_total error; /* PL_ERROR_NONE: it is no such mean */
    bool root;                 /* the root of that mean */
    bool total;                /* a mean times the sum of weights */
    bool below_zero;           /* it can be negative, so ratios of it make no sense */
    struct pl_stat (*make)(const struct pl_tally *tally, const struct pl_metric *metric);
    struct pl_stat (*of_classes)(const struct pl_class_table *table, unsigned which);
    unsigned which; /* passed on to `of_classes`, which makes what `make` then finds in the tally */
    double (*p_value)(const struct pl_stat *stat); /* of the test that goes with it, or NULL */
    const struct pl_list_measure *list; /* a measure of ranked lists: list_view.h; else NULL */
};

/* Rows that belong together. */
struct pl_metric_table {
    const struct pl_metric_row *rows;
    size_t count;
    unsigned tasks; /* of the rows that do not say */
};

extern const struct pl_metric_table PL_METRICS_BINARY;
extern const struct pl_metric_table PL_METRICS_CLASSES;
extern const struct pl_metric_table PL_METRICS_JUDGED;
extern const struct pl_metric_table PL_METRICS_REGRESSION;
extern const struct pl_metric_table PL_METRICS_FAIRNESS;
extern const struct pl_metric_table PL_METRICS_STRATA;
extern const struct pl_metric_table PL_METRICS_NEIGHBOURS;
extern const struct pl_metric_table PL_METRICS_COLUMN;
extern const struct pl_metric_table PL_METRICS_RANKING;

/* The rows of all tables, one after the other, and for which tasks each is. */
size_t pl_metric_rows_count(void);
const struct pl_metric_row *pl_metric_row_at(size_t index);
unsigned pl_metric_row_tasks(size_t index);

/*
 * Reads a measure's name as it stands in a line of this kind of task: "accuracy", an alias,
 * "mean(latency_ms)", "quantile(latency_ms, 0.95)", "precision(cat)", "ndcg@10". What the metric holds
 * lives in `arena`; its `column` is -1 until someone numbers `column_name`. PL_E_LINE when there is no
 * such measure, or none for this task; the message suggests the nearest.
 */
PL_MUST_CHECK enum pl_status pl_metric_parse(struct pl_str text, enum pl_task task,
                                             struct pl_arena *arena, struct pl_metric *ret_metric,
                                             struct pl_error *error);

/* The rate of a row from any confusion: counts, or effective counts where there are weights. */
struct pl_stat pl_rate_stat(const struct pl_metric_row *row, const struct pl_confusion *confusion,
                            bool weighted);

/* The confusion that the rate of a metric is of: the tally's, or that of the class it names. */
const struct pl_confusion *pl_metric_confusion(const struct pl_tally *tally,
                                               const struct pl_metric *metric);

/* An undefined statistic. */
struct pl_stat pl_stat_undefined(enum pl_undefined reason);

/* The queries outside a slice, and the slice's part in the whole; of kind PL_STAT_NONE where queries
   are in several slices. */
struct pl_stat pl_list_rest(const struct pl_tally *slice, const struct pl_metric *metric,
                            double *ret_share);

/* The correlation of a measure of lists in two slices that share queries. */
double pl_list_correlation(const struct pl_tally *first, const struct pl_tally *second,
                           const struct pl_metric *metric, const struct pl_clusters_shared *shared);

/* Why there are no trials: no decision at all, no label, or else `reason`. */
enum pl_undefined pl_why_no_trials(const struct pl_confusion *confusion, unsigned trials,
                                   enum pl_undefined reason);

/* The share of `successes` among `trials`, in counts or effective counts. */
struct pl_rate pl_rate_of(const struct pl_confusion *confusion, unsigned successes, unsigned trials,
                          bool weighted);

/* The mean of the true positive rate and of the share of `of_negatives` among the negatives: two rates
   of two samples. */
struct pl_stat pl_mean_of_rates(const struct pl_tally *tally, unsigned of_negatives);

/* The sum of weights over the combinations in `bits`. */
double pl_confusion_weight(const struct pl_confusion *confusion, unsigned bits);
uint64_t pl_confusion_count(const struct pl_confusion *confusion, unsigned bits);
double pl_confusion_weight_squared(const struct pl_confusion *confusion, unsigned bits);

#endif

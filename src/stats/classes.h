/*
 * Measures of decisions with more than two classes. A label or a prediction is a set of classes: of
 * one class where classes exclude each other (multiclass), of any number where they do not
 * (multilabel). Everything is a function of one table, how many decisions have which label and which
 * prediction. Pure functions; one thread for each table.
 */
#ifndef PL_STATS_CLASSES_H
#define PL_STATS_CLASSES_H

#include "base/arena.h"
#include "stats/stat.h"

/* The distinct labels and predictions that occur: set i has members[starts[i]] up to, but without,
   members[starts[i + 1]], ascending. */
struct pl_class_sets {
    const uint32_t *starts; /* count + 1 */
    const uint32_t *members;
    uint32_t count;
    uint32_t classes_count;
    bool single; /* every set is of one class */
};

/* Decisions that have the same label and the same prediction, both known. */
struct pl_class_pair {
    uint32_t label; /* a set */
    uint32_t prediction;
    uint64_t n;
    double weight; /* the sum of their weights, and of the squares; n when there are none */
    double weight_squared;
};

/* Decisions and weights of one kind. */
struct pl_class_sum {
    uint64_t n;
    double weight;
    double weight_squared;
};

/* One class: decisions that are labelled with it, predicted to be of it, and both. */
struct pl_class_sums {
    struct pl_class_sum labelled;
    struct pl_class_sum predicted;
    struct pl_class_sum both;
};

/* What measures are made from. Lives as long as its arena and the arrays that it was filled from. */
struct pl_class_table {
    const struct pl_class_sets *sets;
    const struct pl_class_pair *pairs;
    size_t pairs_count;
    struct pl_class_sums *sums; /* by class */
    struct pl_class_sum all;
    struct pl_class_slope *slopes; /* scratch */
};

/* Room for a table over `sets`, in `arena`; it may be filled again and again. */
PL_MUST_CHECK enum pl_status pl_class_table_init(struct pl_class_table *table,
                                                 const struct pl_class_sets *sets,
                                                 struct pl_arena *arena, struct pl_error *error);

/* The table of these pairs, which may hold the same label and prediction more than once. */
void pl_class_table_fill(struct pl_class_table *table, const struct pl_class_pair *pairs,
                         size_t count);

/* What is known of one class: precision is both / predicted, recall both / labelled, F1
   2 both / (labelled + predicted). */
enum pl_class_measure { PL_CLASS_PRECISION, PL_CLASS_RECALL, PL_CLASS_F1 };

/*
 * How many become one: the plain mean over classes, the ratio of the sums over classes, the mean
 * weighted by how often a class is the label, and the mean over decisions. Classes (decisions, for
 * PL_AVERAGE_SAMPLES) in which the measure is 0/0 have no part in a mean, as with
 * zero_division=np.nan in scikit-learn.
 */
enum pl_class_average {
    PL_AVERAGE_MACRO,
    PL_AVERAGE_MICRO,
    PL_AVERAGE_WEIGHTED,
    PL_AVERAGE_SAMPLES,
};

/*
 * An average of a measure. Where it is the share of right decisions (micro averages and weighted
 * recall of single classes) it is a PL_STAT_RATE; else PL_STAT_NORMAL on the logit scale with the
 * standard error of its influence function, or for PL_AVERAGE_SAMPLES that of a mean. The macro
 * average of precision, recall and F1; of recall it is the balanced accuracy.
 */
struct pl_stat pl_class_average(const struct pl_class_table *table, enum pl_class_measure measure,
                                enum pl_class_average average);

/* The share of right decisions: those whose prediction is the label, as a set. PL_STAT_RATE. */
struct pl_stat pl_class_accuracy(const struct pl_class_table *table);

/*
 * The correlation of labels and predictions of single classes: R_k of J. Gorodkin, Comput. Biol.
 * Chem. 28 (2004) 367, as sklearn.metrics.matthews_corrcoef; undefined when all labels, or all
 * predictions, are of one class. PL_STAT_NORMAL on Fisher's scale.
 */
struct pl_stat pl_class_matthews(const struct pl_class_table *table);

/*
 * Agreement beyond chance: (p_o - p_e) / (1 - p_e), J. Cohen, Educ. Psychol. Meas. 20 (1960) 37, as
 * sklearn.metrics.cohen_kappa_score; undefined when all labels and predictions are of one and the
 * same class. PL_STAT_NORMAL on Fisher's scale with the variance of J. L. Fleiss, J. Cohen & B. S.
 * Everitt, Psychol. Bull. 72 (1969) 323.
 */
struct pl_stat pl_class_kappa(const struct pl_class_table *table);

/* The mean over decisions of the share of classes that are wrong, labelled and not predicted or the
   other way; the share is of all classes of the sets. PL_STAT_NORMAL, or a rate of one class. */
struct pl_stat pl_class_hamming_loss(const struct pl_class_table *table);

/* The mean over decisions of the classes in both sets over those in either; a decision without any
   class has no part in it. PL_STAT_NORMAL, or a rate where every value is 0 or 1. */
struct pl_stat pl_class_jaccard(const struct pl_class_table *table);

#endif

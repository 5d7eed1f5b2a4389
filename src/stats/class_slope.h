/*
 * What the measures of classes share: a walk over the classes of one decision, and the variance of
 * a function of the table from its slopes. Private to src/stats.
 */
#ifndef PL_STATS_CLASS_SLOPE_H
#define PL_STATS_CLASS_SLOPE_H

#include "stats/classes.h"

/* How much one more decision of weight 1 moves a measure, for each class that is in its label, in
   its prediction, and in both. */
struct pl_class_slope {
    double labelled;
    double predicted;
    double both;
};

/* A walk over the classes that are in the label or in the prediction of a pair, ascending. */
struct pl_class_walk {
    const uint32_t *label;
    const uint32_t *label_end;
    const uint32_t *prediction;
    const uint32_t *prediction_end;
    uint32_t class; /* where the walk stands */
    bool labelled;
    bool predicted;
};

static inline struct pl_class_walk pl_class_walk_start(const struct pl_class_sets *sets,
                                                       const struct pl_class_pair *pair)
{
    return (struct pl_class_walk){
        .label = sets->members + sets->starts[pair->label],
        .label_end = sets->members + sets->starts[pair->label + 1],
        .prediction = sets->members + sets->starts[pair->prediction],
        .prediction_end = sets->members + sets->starts[pair->prediction + 1],
    };
}

/* Goes on to the next class; false at the end. */
static inline bool pl_class_walk_next(struct pl_class_walk *walk)
{
    const bool label_left = walk->label < walk->label_end;
    const bool prediction_left = walk->prediction < walk->prediction_end;

    if (!label_left && !prediction_left)
        return false;
    walk->labelled = label_left && (!prediction_left || *walk->label <= *walk->prediction);
    walk->predicted = prediction_left && (!label_left || *walk->prediction <= *walk->label);
    walk->class = walk->labelled ? *walk->label : *walk->prediction;
    walk->label += walk->labelled ? 1 : 0;
    walk->prediction += walk->predicted ? 1 : 0;
    return true;
}

/*
 * The variance of a measure whose slopes are table->slopes, and `constant` for every decision:
 * n / (n - 1) sum over decisions of (w * slope)^2. The slopes must sum to 0 over the decisions, as
 * those of a measure do that does not change when all weights grow alike.
 */
double pl_class_variance(const struct pl_class_table *table, double constant);

struct pl_stat pl_class_undefined(const struct pl_class_table *table, enum pl_undefined reason);

/* The mean of precision, recall or F1 over decisions. */
struct pl_stat pl_class_sample_average(const struct pl_class_table *table,
                                       enum pl_class_measure measure);

#endif

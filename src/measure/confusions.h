/*
 * Confusion matrices of tasks with classes: how many decisions of each class were taken for which.
 * Counts of decisions, never weighted; those without a label or a prediction are in none.
 */
#ifndef PL_MEASURE_CONFUSIONS_H
#define PL_MEASURE_CONFUSIONS_H

#include "measure/classes.h"
#include "measure/measure.h"

#define PL_CONFUSION_COUNTS_MAX 20000000 /* in the matrices of all slices together */

/*
 * `counts` of a matrix are, where classes exclude each other, by [label][prediction], and else for each
 * class [labelled so][predicted so] with 0 for no: the layouts of sklearn.metrics.confusion_matrix and
 * multilabel_confusion_matrix.
 */
struct pl_confusions {
    const struct pl_class_cells *classes;
    bool single;
    size_t counts_count; /* in one matrix */
    const uint64_t *overall;
    const uint64_t
        *slices; /* by grouping, then slice, one matrix after the other; NULL: not asked for */
    size_t slices_count;
};

/* In `arena`; `*ret_confusions` is NULL when the task has no classes. PL_E_LIMIT when the matrices of all
   slices would hold more than PL_CONFUSION_COUNTS_MAX counts. */
PL_MUST_CHECK enum pl_status pl_confusions_make(const struct pl_measured *measured,
                                                bool with_slices, struct pl_arena *arena,
                                                const struct pl_confusions **ret_confusions,
                                                struct pl_error *error);

#endif

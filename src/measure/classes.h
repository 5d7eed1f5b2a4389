/*
 * The part of the cells that tasks with classes have (multiclass, multilabel): how many decisions have
 * which label and which prediction, in each leaf. Counts are exact, and the same whatever the order of
 * rows or threads. A label and a prediction are sets of classes; where classes exclude each other, sets
 * of one.
 *
 * A class is known by its text. So that 1 in one column is 1.0 in another, a whole number with nothing
 * but zeros after the point is that whole number, and true and false are so in any case. Blanks around
 * the text do not count. Classes sort as numbers when all are whole numbers, else by their bytes.
 */
#ifndef PL_MEASURE_CLASSES_H
#define PL_MEASURE_CLASSES_H

#include "measure/cells.h"
#include "stats/classes.h"

#define PL_CLASSES_MAX    1000
#define PL_CLASS_SETS_MAX 100000    /* distinct labels and predictions of a multilabel task */
#define PL_PAIRS_MAX      100000000 /* distinct (leaf, label, prediction) */

struct pl_class_cells {
    const struct pl_str *names; /* by class, in order */
    uint32_t classes_count;
    struct pl_class_sets sets; /* in the order of their classes; sets.count stands for unknown */
    const struct pl_class_pair *pairs; /* by leaf, then label, then prediction; all distinct */
    const size_t
        *leaf_starts; /* leaves_count + 1: the pairs of leaf i are starts[i] .. starts[i + 1] */
    const int *probabilities; /* by class: its column among the cells' columns, or -1 */
    void *owned;              /* the pairs, freed with the cells */
};

/* The text by which a class is known: a part of `text`, or one of two constants. */
struct pl_str pl_class_name(struct pl_str text);

/* The number of the class of that name, or classes_count when there is none. */
uint32_t pl_class_find(const struct pl_class_cells *classes, struct pl_str name);

/* PL_E_DATA with the nearest class when a measure asks for one that is not in the data. */
PL_MUST_CHECK enum pl_status pl_class_check(const struct pl_cells *cells, struct pl_str name,
                                            struct pl_str metric, struct pl_error *error);

#endif

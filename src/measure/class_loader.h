/*
 * What is shared while the cells of a task with classes are loaded: rows are taken by
 * class_collect.c, and class_order.c puts classes, sets and pairs in order. Private to the loading.
 */
#ifndef PL_MEASURE_CLASS_LOADER_H
#define PL_MEASURE_CLASS_LOADER_H

#include "measure/classes.h"
#include "measure/task.h"

#define PL_CLASS_UNKNOWN      UINT32_MAX /* no label, or no prediction */
#define PL_CLASS_SMALL_NUMBER 4096 /* whole numbers below it are looked up without their text */

/* What stands between the classes of a set as the engine returns it: no text holds it. */
#define PL_CLASS_SEPARATOR '\x1f'

struct pl_leaf_pair {
    uint32_t leaf;
    struct pl_class_pair pair;
};

/* Classes and sets have the numbers of their arrival until they are put in order. */
struct pl_class_loader {
    bool single;
    struct pl_intern texts; /* as the engine returns them */
    uint32_t *text_sets;    /* the set of each text */
    size_t text_sets_size;
    struct pl_intern classes;              /* keys: names of classes */
    struct pl_intern sets;                 /* keys: the ascending numbers of their classes */
    uint32_t small[PL_CLASS_SMALL_NUMBER]; /* the set of a whole number, plus 1 */
    struct pl_leaf_pair *pairs;
    size_t pairs_count;
    size_t pairs_size;
    uint32_t label;                /* of the row that is being taken */
    uint32_t *probability_classes; /* by value column: its class, or PL_CLASS_UNKNOWN */
};

/* The functions of struct pl_task_kind for these tasks. */
enum pl_status pl_classes_plan(struct pl_builder *builder, struct pl_error *error);
enum pl_status pl_classes_take(struct pl_loader *loader, const struct pl_batch *batch,
                               struct pl_loader_row *row, struct pl_error *error);
enum pl_status pl_classes_answer(struct pl_loader *loader, const struct pl_plan *plan,
                                 const struct pl_batch *batch, struct pl_loader_row *row,
                                 struct pl_error *error);
enum pl_mark pl_classes_mark(const struct pl_loader *loader, const struct pl_loader_row *row,
                             size_t column);
enum pl_status pl_classes_finish(struct pl_loader *loader, struct pl_cells *cells,
                                 struct pl_error *error);
void pl_classes_abandon(struct pl_loader *loader);
enum pl_status pl_classes_filter(const struct pl_cells *from, const uint32_t *places,
                                 struct pl_cells *to, struct pl_arena *arena,
                                 struct pl_error *error);
void pl_classes_free_cells(struct pl_cells *cells);
enum pl_status pl_classes_scan(const struct pl_scan *scan, const struct pl_partition *partition,
                               struct pl_tally *tallies, struct pl_error *error);
void pl_classes_free_tally(struct pl_tally *tally);

#endif

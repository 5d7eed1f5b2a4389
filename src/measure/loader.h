/*
 * What is shared while cells are loaded: rows are collected (collect.c), groups and leaves are put in
 * order (order.c), and the runs are made (load.c). Private to the loading.
 */
#ifndef PL_MEASURE_LOADER_H
#define PL_MEASURE_LOADER_H

#include "measure/intern.h"
#include "measure/marks.h"
#include "measure/plan.h"
#include "measure/sort.h"

#define PL_COUNTED_BITS  13
#define PL_COUNTED_SLOTS (1u << PL_COUNTED_BITS) /* twice PL_COUNTED_MAX */
#define PL_COUNTED_MAX   4096u

/* The distinct values of one list while they are few: a hash table, emptied after each list. */
struct pl_counted_slot {
    uint64_t order;
    uint64_t count; /* 0: the slot is free */
};

struct pl_counted {
    struct pl_counted_slot slots[PL_COUNTED_SLOTS];
    uint32_t order[PL_COUNTED_MAX]; /* slots in use, in the order of arrival */
    size_t used;
};

/* Decisions that are alike: how many, and what each weighs. */
struct pl_kind {
    enum pl_mark label;
    enum pl_mark prediction;
    uint64_t count;
    double weight;
};

/* One row of the result, taken apart. */
struct pl_loader_row {
    size_t index;
    uint32_t leaf;
    struct pl_kind kind;
};

struct pl_task_kind;
struct pl_ratio_list;

struct pl_loader {
    const struct pl_plan *plan;
    const struct pl_task_kind *kind;
    struct pl_arena *arena;
    struct pl_intern groups[PL_SEGMENTS_MAX];
    struct pl_intern leaves;         /* keys: the group numbers of all segments */
    struct pl_confusion *confusions; /* by leaf, while loading */
    size_t confusions_size;
    struct pl_confusion *placed; /* by leaf, in order; in the arena */
    uint32_t *places;            /* once ordered: where each leaf by number went; in the arena */
    struct pl_marks labels;
    struct pl_marks predictions;
    struct pl_loose_list columns[PL_COLUMNS_MAX]; /* the score first, when it is loaded */
    uint64_t missing[PL_COLUMNS_MAX];
    size_t columns_count;
    uint64_t *row_counts; /* what a loose value points to */
    double *row_weights;
    struct pl_counted counted;
    size_t rows_count;
    size_t rows_size;
    uint64_t bad[PL_PLAN_CHECKS_MAX];
    uint64_t decisions;
    uint64_t file_rows;
    struct pl_ratio_list *ratios; /* what ratios.c keeps while loading */
    uint32_t threads;
    void *task; /* what the kind of task keeps while loading: see task.h */
};

static inline bool pl_plan_has_scores(const struct pl_plan *plan)
{
    return plan->score != PL_PLAN_NONE;
}

/* With scores loaded and no prediction column, predictions follow from the runs: pl_scores_confuse. */
static inline bool pl_plan_predicts_by_score(const struct pl_plan *plan)
{
    return pl_plan_has_scores(plan) && plan->prediction == PL_PLAN_NONE;
}

/* Nothing is loaded yet; `plan` and `arena` must outlive the loader. */
PL_MUST_CHECK enum pl_status pl_loader_init(struct pl_loader *loader, const struct pl_plan *plan,
                                            struct pl_arena *arena, struct pl_error *error);
void pl_loader_deinit(struct pl_loader *loader);

/* A visit of the query: takes a batch of rows into the loader, which is the context. */
enum pl_status pl_loader_take(const struct pl_batch *batch, void *context, struct pl_error *error);

/* The leaf of a row, which begins with its groups: their numbers, taken together. */
PL_MUST_CHECK enum pl_status pl_loader_leaf(struct pl_loader *loader, const struct pl_batch *batch,
                                            size_t row, uint32_t *ret_leaf, struct pl_error *error);

/* Counts decisions of one kind. */
void pl_confusion_add(struct pl_confusion *confusion, const struct pl_kind *kind);

/* All rows are in: fills segments, leaves and confusions of `cells` in the order of the groups' names,
   and renumbers the loose values. */
PL_MUST_CHECK enum pl_status pl_loader_order(struct pl_loader *loader, struct pl_cells *cells,
                                             struct pl_error *error);

#endif

/*
 * The kinds of task. A kind says what the one GROUP BY brings besides segments and columns, how a row
 * of it is taken, and which part of the cells and of the tallies that becomes. Adding a kind is adding
 * a file and a row of the table in task.c.
 *
 * Whatever the kind, the confusions of the cells say of each decision whether it has a label and a
 * prediction, for that is what slices are counted by. Where there is no positive and negative, a label
 * that is there is PL_POSITIVE, and a prediction is PL_POSITIVE when it is right, or when right and
 * wrong say nothing, and PL_NEGATIVE when it is wrong.
 */
#ifndef PL_MEASURE_TASK_H
#define PL_MEASURE_TASK_H

#include "measure/builder.h"
#include "measure/loader.h"
#include "measure/scan.h"

/* A function may be NULL where the kind has nothing to do there. */
struct pl_task_kind {
    /* Measured when nobody says which: those for which the data has what they need. Ends with NULL. */
    const char *const *standard;

    /* Whether the columns that the line names make the measures with these needs possible. */
    bool (*has_data)(const struct pl_data *data, unsigned needs);

    /* Every row is an item of its own and a GROUP BY would merge nothing: rows come as they are. */
    bool by_rows;

    /* Adds the kind's items to the statement: after the segments, before the value columns. */
    enum pl_status (*plan)(struct pl_builder *builder, struct pl_error *error);

    /* Takes one row of the result into the loader: its confusions, and what the kind keeps. Sets
       row->kind.label, which the runs of the value columns carry. */
    enum pl_status (*take)(struct pl_loader *loader, const struct pl_batch *batch,
                           struct pl_loader_row *row, struct pl_error *error);

    /* Label and prediction of a row of another query for which `plan` made the items, as `take` finds
       them; NULL: the kind's measures are not known for decisions in groups. */
    enum pl_status (*answer)(struct pl_loader *loader, const struct pl_plan *plan,
                             const struct pl_batch *batch, struct pl_loader_row *row,
                             struct pl_error *error);

    /* The mark that the values of a column carry; NULL: row->kind.label. */
    enum pl_mark (*mark)(const struct pl_loader *loader, const struct pl_loader_row *row,
                         size_t column);

    /* All rows are in, and loader->places says where each leaf went: makes the kind's part of the
       cells. */
    enum pl_status (*finish)(struct pl_loader *loader, struct pl_cells *cells,
                             struct pl_error *error);

    /* Frees loader->task, also after a failure. */
    void (*abandon)(struct pl_loader *loader);

    /* Copies the kind's part of `from` into `to`, for the leaves that stay: `places` says where each of
       from's leaves went, and is PL_LEAF_OUT for those left out. The new numbers rise with the old. The
       result is freed by `free_cells`, or lies in the arena. On an error nothing is left to free. A kind
       that has a part and no such function cannot be launched by slice. */
    enum pl_status (*filter)(const struct pl_cells *from, const uint32_t *places,
                             struct pl_cells *to, struct pl_arena *arena, struct pl_error *error);

    /* Frees the kind's part of the cells. */
    void (*free_cells)(struct pl_cells *cells);

    /* Fills the kind's part of every tally. Runs in several threads, each with its own tallies. */
    enum pl_status (*scan)(const struct pl_scan *scan, const struct pl_partition *partition,
                           struct pl_tally *tallies, struct pl_error *error);

    /* The pass is made even where no measure needs it: what it counts stands in every report. */
    bool always_scans;

    /* Frees the kind's part of one tally. */
    void (*free_tally)(struct pl_tally *tally);
};

/* The prediction of a row of task binary, by what the plan says of it. */
PL_MUST_CHECK enum pl_status pl_binary_prediction(struct pl_loader *loader,
                                                  const struct pl_plan *plan,
                                                  const struct pl_batch *batch, size_t row,
                                                  enum pl_mark *ret_mark, struct pl_error *error);

/* The row of a task, or NULL when this version has none. */
const struct pl_task_kind *pl_task_kind_of(enum pl_task task);

extern const struct pl_task_kind PL_TASK_KIND_BINARY;
extern const struct pl_task_kind PL_TASK_KIND_MULTICLASS;
extern const struct pl_task_kind PL_TASK_KIND_MULTILABEL;
extern const struct pl_task_kind PL_TASK_KIND_REGRESSION;
extern const struct pl_task_kind PL_TASK_KIND_RANKING;

#endif

/*
 * What the one GROUP BY is put together with. plan.c adds what every line has; a kind of task adds the
 * items of its own (task.h). Private to the planning.
 */
#ifndef PL_MEASURE_BUILDER_H
#define PL_MEASURE_BUILDER_H

#include "base/buffer.h"
#include "measure/plan.h"

#define PL_SQL_SIZE_BYTES_MAX ((size_t)4 << 20)

/* A double in SQL: a bare literal would be a decimal, which does not turn into the same double. */
#define PL_SQL_NUMBER "CAST('%.17g' AS DOUBLE)"

struct pl_builder {
    struct pl_plan *plan;
    const struct pl_plan_request *request;
    struct pl_arena *arena;
    struct pl_buffer select; /* items, in order */
    struct pl_buffer group;  /* ordinals of those that are groups */
    int items_count;
};

/* A column of the source by its name in the line, and where it stands there. */
struct pl_named_column {
    struct pl_str name;
    struct pl_place place;
};

/* Adds an item to the statement and returns its index in the result. */
int pl_builder_add(struct pl_builder *builder, struct pl_str sql, bool is_group);

/* The column of that name; PL_E_DATA with the nearest name when there is none. */
PL_MUST_CHECK enum pl_status pl_builder_column(const struct pl_builder *builder,
                                               const struct pl_named_column *named,
                                               const struct pl_column **ret_column,
                                               struct pl_error *error);

/*
 * The SQL that takes a column as a number, and the check that it is one; a missing value is NULL.
 * `rule` may say what must not hold besides, with `?` for the number; NULL: nothing. With `words`, the
 * texts "true" and "false" are 1 and 0.
 */
PL_MUST_CHECK enum pl_status pl_builder_number(struct pl_builder *builder,
                                               const struct pl_named_column *named, bool words,
                                               struct pl_str *ret_sql, struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_builder_checked_number(struct pl_builder *builder,
                                                       const struct pl_named_column *named,
                                                       const struct pl_check *rule,
                                                       struct pl_str *ret_sql,
                                                       struct pl_error *error);

/* Adds a label or prediction column as a group: whole numbers as they are, which is fastest; all else
   as text. */
PL_MUST_CHECK enum pl_status pl_builder_add_mark(struct pl_builder *builder,
                                                 const struct pl_named_column *named, int *ret_item,
                                                 struct pl_error *error);

/* Adds a number: as a list for each group, or as a group of its own, as plan->lists says. */
int pl_builder_add_value(struct pl_builder *builder, struct pl_str number);

/* The segments of the line, with which every query begins. */
PL_MUST_CHECK enum pl_status pl_builder_add_segments(struct pl_builder *builder,
                                                     struct pl_error *error);

/* What every query ends with: how many decisions, how many rows that none may have, and the rest of the
   statement. */
PL_MUST_CHECK enum pl_status pl_builder_finish(struct pl_builder *builder, struct pl_error *error);

/* The query for data.group: see clusters.h. */
PL_MUST_CHECK enum pl_status pl_cluster_plan(struct pl_builder *builder, struct pl_error *error);

/* A condition that no row may meet. */
PL_MUST_CHECK enum pl_status pl_builder_check(struct pl_builder *builder,
                                              const struct pl_check *check, struct pl_error *error);

/* A copy of an SQL text in the arena. */
PL_MUST_CHECK enum pl_status pl_builder_keep(struct pl_builder *builder, struct pl_buffer *sql,
                                             struct pl_str *ret_text, struct pl_error *error);

/* A rule for pl_builder_checked_number: the number must be finite. */
struct pl_check pl_check_finite(void);

#endif

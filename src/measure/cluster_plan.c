/*
 * The query for data.group: every row as it is, with its cluster, label and prediction, what it weighs,
 * and the values that are to be totalled. There is no GROUP BY: with as many clusters as decisions an
 * engine would hold far more of them than what is kept here.
 */
#include "measure/builder.h"
#include "measure/task.h"

static enum pl_status add_group(struct pl_builder *builder, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer condition = {0};
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column named = {data->group, data->group_place};
    struct pl_check check = {.column = data->group,
                             .place = data->group_place,
                             .wrong = "is no group: every decision needs one"};

    PL_RETURN_IF(pl_builder_add_mark(builder, &named, &builder->plan->cluster, error));
    pl_buffer_init(&condition, PL_SQL_SIZE_BYTES_MAX);
    pl_sql_identifier(&condition, named.name);
    pl_buffer_add_text(&condition, " IS NULL");
    PL_RETURN_IF(pl_builder_keep(builder, &condition, &check.condition, error));
    return pl_builder_check(builder, &check, error);
}

static enum pl_status add_value(struct pl_builder *builder, const struct pl_value_column *column,
                                struct pl_error *error)
{
    const struct pl_named_column named = {column->name, column->place};
    struct pl_str number;

    PL_RETURN_IF(pl_builder_number(builder, &named, true, &number, error));
    (void)pl_builder_add(builder, number, false);
    return PL_OK;
}

static enum pl_status add_values(struct pl_builder *builder, struct pl_error *error)
{
    struct pl_plan *plan = builder->plan;

    plan->first_column = builder->items_count;
    for (size_t i = 0; i < plan->columns_count; i++)
        PL_RETURN_IF(add_value(builder, &plan->columns[i], error));
    plan->first_ratio = builder->items_count;
    for (size_t i = 0; i < plan->ratios_count; i++)
        for (int side = 0; side < 2; side++)
            PL_RETURN_IF(add_value(builder, &plan->ratios[i].columns[side], error));
    return PL_OK;
}

/* Count times sampling weight, as far as the line has them; else every row weighs 1. */
static enum pl_status add_weight(struct pl_builder *builder, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column columns[] = {{data->count, data->count_place},
                                              {data->weight, data->weight_place}};

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    for (size_t i = 0; i < 2; i++) {
        struct pl_str number;

        if (columns[i].name.len == 0)
            continue;
        PL_RETURN_IF(pl_builder_number(builder, &columns[i], false, &number, error));
        pl_buffer_add_text(&sql, sql.len > 0 ? " * " : "");
        pl_buffer_add(&sql, number);
    }
    PL_RETURN_IF(pl_buffer_check(&sql, "an SQL statement", error));
    if (sql.len > 0)
        builder->plan->weight = pl_builder_add(builder, pl_buffer_view(&sql), false);
    return PL_OK;
}

enum pl_status pl_cluster_plan(struct pl_builder *builder, struct pl_error *error)
{
    const struct pl_task_kind *kind = pl_task_kind_of(builder->plan->line->data.task);

    builder->plan->rows = true;
    PL_RETURN_IF(pl_builder_add_segments(builder, error));
    PL_RETURN_IF(add_group(builder, error));
    if (kind->answer != NULL)
        PL_RETURN_IF(kind->plan(builder, error));
    PL_RETURN_IF(add_values(builder, error));
    PL_RETURN_IF(add_weight(builder, error));
    return pl_builder_finish(builder, error);
}

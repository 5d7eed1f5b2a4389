/*
 * What tasks with classes add to the one GROUP BY: the label and the prediction as groups. A set of
 * classes becomes a text in which its classes stand once each and in order, so that equal sets are one
 * group. Where there are probabilities and no predictions, the engine finds the most probable class.
 */
#include "measure/class_loader.h"

#include <stdlib.h>
#include <string.h>

static bool is_list(const struct pl_column *column)
{
    return pl_str_ends_with(column->engine_type, PL_STR("[]"));
}

/* Whole numbers as they are, which is fastest; other numbers without NaN; all else as text, of which
   the empty one is found to be no class later. */
static void add_single(struct pl_buffer *sql, const struct pl_column *column)
{
    const bool is_real = column->type == PL_TYPE_REAL;

    pl_buffer_add_text(sql, is_real ? "CAST(nullif(CAST(" : "CAST(");
    pl_sql_identifier(sql, column->name);
    if (is_real)
        pl_buffer_add_text(sql, " AS DOUBLE), 'nan'::DOUBLE) AS VARCHAR)");
    else
        pl_buffer_add_text(sql, column->type == PL_TYPE_INTEGER ? " AS BIGINT)" : " AS VARCHAR)");
}

/* No list is no answer; an empty one is the empty set. */
static void add_set(struct pl_buffer *sql, const struct pl_column *column, struct pl_str separator)
{
    pl_buffer_add_text(sql, "CASE WHEN ");
    pl_sql_identifier(sql, column->name);
    pl_buffer_add_text(sql, " IS NOT NULL THEN coalesce(array_to_string(list_sort(list_distinct(");
    pl_buffer_add_text(sql, is_list(column) ? "CAST(" : "string_split(CAST(");
    pl_sql_identifier(sql, column->name);
    if (is_list(column)) {
        pl_buffer_add_text(sql, " AS VARCHAR[])");
    } else {
        pl_buffer_add_text(sql, " AS VARCHAR), ");
        pl_sql_string(sql, separator.len > 0 ? separator : PL_STR("|"));
        pl_buffer_add_text(sql, ")");
    }
    pl_buffer_add_format(sql, ")), chr(%d)), '') END", PL_CLASS_SEPARATOR);
}

static enum pl_status add_classes(struct pl_builder *builder, const struct pl_named_column *named,
                                  int *ret_item, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    const struct pl_line *line = builder->plan->line;
    const struct pl_column *column = NULL;

    PL_RETURN_IF(pl_builder_column(builder, named, &column, error));
    if (line->data.task == PL_TASK_MULTICLASS && is_list(column))
        return pl_line_error(line, named->place, PL_E_DATA, error,
                             "%.*s: column `%.*s` holds %.*s; task `multiclass` needs one class "
                             "for each decision, and `multilabel` takes lists",
                             PL_STR_ARG(builder->plan->path), PL_STR_ARG(named->name),
                             PL_STR_ARG(column->engine_type));
    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    if (line->data.task == PL_TASK_MULTICLASS)
        add_single(&sql, column);
    else
        add_set(&sql, column, line->data.separator);
    *ret_item = pl_builder_add(builder, pl_buffer_view(&sql), true);
    return PL_OK;
}

static int compare_mappings(const void *a, const void *b)
{
    return pl_str_compare(((const struct pl_mapping *)a)->from,
                          ((const struct pl_mapping *)b)->from);
}

/* The mappings in the order of their classes, which settles ties; in the arena. */
static enum pl_status sort_mappings(struct pl_builder *builder, struct pl_mapping **ret_sorted,
                                    struct pl_error *error)
{
    const struct pl_mappings *given = &builder->plan->line->data.probabilities;
    struct pl_mapping *sorted = pl_arena_alloc_array(builder->arena, given->count, sizeof *sorted);

    if (sorted == NULL)
        return pl_arena_error(builder->arena, "the classes", error);
    memcpy(sorted, given->items, given->count * sizeof *sorted);
    qsort(sorted, given->count, sizeof *sorted, compare_mappings);
    *ret_sorted = sorted;
    return PL_OK;
}

/* The probabilities as SQL, each checked to be one. */
static enum pl_status take_probabilities(struct pl_builder *builder,
                                         const struct pl_mapping *sorted, struct pl_str *ret_sqls,
                                         struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_check rule = {
        .condition = PL_STR("coalesce(NOT isnan(?) AND NOT (? >= 0 AND ? <= 1), false)"),
        .wrong = "is not a probability: a number from 0 to 1 is needed",
    };

    for (size_t i = 0; i < data->probabilities.count; i++) {
        const struct pl_named_column named = {sorted[i].to, data->probabilities_place};

        PL_RETURN_IF(pl_builder_checked_number(builder, &named, &rule, &ret_sqls[i], error));
    }
    return PL_OK;
}

/* CASE WHEN any is missing THEN NULL WHEN first >= all THEN its class ... END */
static void add_most_probable(struct pl_builder *builder, const struct pl_mapping *sorted,
                              const struct pl_str *sqls)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer greatest = {0};
    const size_t count = builder->plan->line->data.probabilities.count;

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_init(&greatest, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&sql, "CASE WHEN ");
    for (size_t i = 0; i < count; i++) {
        pl_buffer_add_format(&greatest, "%s%s", i == 0 ? "greatest(" : ", ", sqls[i].ptr);
        pl_buffer_add_format(&sql, "%s%s IS NULL OR isnan(%s)", i == 0 ? "" : " OR ", sqls[i].ptr,
                             sqls[i].ptr);
    }
    pl_buffer_add_text(&greatest, ")");
    pl_buffer_add_text(&sql, " THEN NULL");
    for (size_t i = 0; i < count; i++) {
        pl_buffer_add_format(&sql, " WHEN %s >= ", sqls[i].ptr);
        pl_buffer_add(&sql, pl_buffer_view(&greatest));
        pl_buffer_add_text(&sql, " THEN ");
        pl_sql_string(&sql, sorted[i].from);
    }
    pl_buffer_add_text(&sql, " END");
    builder->plan->prediction = pl_builder_add(builder, pl_buffer_view(&sql), true);
}

static enum pl_status plan_probabilities(struct pl_builder *builder, struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;
    struct pl_mapping *sorted = NULL;
    struct pl_str *sqls =
        pl_arena_alloc_array(builder->arena, data->probabilities.count, sizeof *sqls);

    if (sqls == NULL)
        return pl_arena_error(builder->arena, "the classes", error);
    PL_RETURN_IF(sort_mappings(builder, &sorted, error));
    PL_RETURN_IF(take_probabilities(builder, sorted, sqls, error));
    if (data->prediction.len == 0)
        add_most_probable(builder, sorted, sqls);
    return PL_OK;
}

enum pl_status pl_classes_plan(struct pl_builder *builder, struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column label = {data->label, data->label_place};
    const struct pl_named_column prediction = {data->prediction, data->prediction_place};

    if (data->label.len > 0)
        PL_RETURN_IF(add_classes(builder, &label, &builder->plan->label, error));
    if (data->prediction.len > 0)
        PL_RETURN_IF(add_classes(builder, &prediction, &builder->plan->prediction, error));
    /* Read where a measure needs them, or where they are the only predictions. */
    if (data->probabilities.count > 0 &&
        (builder->request->needs_probabilities || data->prediction.len == 0))
        return plan_probabilities(builder, error);
    return PL_OK;
}

/*
 * Builds the one GROUP BY. Its groups are the segments, the label and the prediction. The values of
 * numeric columns come as one list for each group, or, where rows carry a count or a weight, as groups
 * too: both are exact, and give the same cells.
 */
#include "measure/plan.h"
#include "line/live_path.h"

#include "measure/builder.h"
#include "measure/join.h"
#include "measure/ratios.h"
#include "measure/task.h"
#include "stats/neighbours.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const struct pl_column *find_column(const struct pl_plan *plan, struct pl_str name)
{
    for (size_t i = 0; i < plan->source_columns.count; i++)
        if (pl_str_equal(plan->source_columns.items[i].name, name))
            return &plan->source_columns.items[i];
    return NULL;
}

/* "did you mean …" when a name is near, else the columns there are. */
static void suggest_column(const struct pl_plan *plan, struct pl_str name, struct pl_buffer *out)
{
    const char *names[256] = {0};
    size_t count = plan->source_columns.count;

    if (count > sizeof names / sizeof *names)
        count = sizeof names / sizeof *names;
    for (size_t i = 0; i < count; i++)
        names[i] = plan->source_columns.items[i].name.ptr;

    const char *nearest = pl_str_nearest(name, names, count);

    if (nearest != NULL) {
        pl_buffer_add_format(out, "did you mean `%s`?", nearest);
        return;
    }
    pl_buffer_add_text(out, "it has ");
    for (size_t i = 0; i < count && i < 12; i++)
        pl_buffer_add_format(out, "%s`%s`", i == 0 ? "" : ", ", names[i]);
    if (plan->source_columns.count > 12)
        pl_buffer_add_format(out, " and %zu more", plan->source_columns.count - 12);
}

enum pl_status pl_builder_column(const struct pl_builder *builder,
                                 const struct pl_named_column *named,
                                 const struct pl_column **ret_column, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer hint = {0};
    const struct pl_plan *plan = builder->plan;
    const struct pl_column *column = find_column(plan, named->name);

    if (column != NULL) {
        *ret_column = column;
        return PL_OK;
    }
    pl_buffer_init(&hint, PL_ERROR_MESSAGE_SIZE);
    suggest_column(plan, named->name, &hint);
    return pl_line_error(plan->line, named->place, PL_E_DATA, error,
                         "%.*s has no column `%.*s`; %.*s", PL_STR_ARG(plan->path),
                         PL_STR_ARG(named->name), PL_STR_ARG(pl_buffer_view(&hint)));
}

int pl_builder_add(struct pl_builder *builder, struct pl_str sql, bool is_group)
{
    if (builder->items_count > 0)
        pl_buffer_add_text(&builder->select, ", ");
    pl_buffer_add(&builder->select, sql);
    builder->items_count++;
    if (is_group)
        pl_buffer_add_format(&builder->group, "%s%d", builder->group.len == 0 ? "" : ", ",
                             builder->items_count);
    return builder->items_count - 1;
}

enum pl_status pl_builder_check(struct pl_builder *builder, const struct pl_check *check,
                                struct pl_error *error)
{
    struct pl_plan *plan = builder->plan;

    if (plan->checks_count == PL_PLAN_CHECKS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "more than %d columns are in use",
                            PL_PLAN_CHECKS_MAX);
    plan->checks[plan->checks_count++] = *check;
    return PL_OK;
}

enum pl_status pl_builder_keep(struct pl_builder *builder, struct pl_buffer *sql,
                               struct pl_str *ret_text, struct pl_error *error)
{
    PL_RETURN_IF(pl_buffer_check(sql, "an SQL statement", error));
    *ret_text = pl_arena_copy(builder->arena, pl_buffer_view(sql));
    return ret_text->ptr == NULL ? pl_arena_error(builder->arena, "an SQL statement", error)
                                 : PL_OK;
}

struct pl_check pl_check_finite(void)
{
    return (struct pl_check){
        .condition = PL_STR("coalesce(isinf(?), false)"),
        .wrong = "is not a finite number",
    };
}

/* Text that is no number is counted by a check. */
enum pl_status pl_builder_number(struct pl_builder *builder, const struct pl_named_column *named,
                                 bool words, struct pl_str *ret_sql, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer condition = {0};
    const struct pl_column *column = NULL;

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_init(&condition, PL_SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(pl_builder_column(builder, named, &column, error));

    const bool boolean = pl_str_equal_text(column->engine_type, "BOOLEAN");

    if (column->type == PL_TYPE_OTHER && !boolean)
        return pl_line_error(builder->plan->line, named->place, PL_E_DATA, error,
                             "%.*s: column `%.*s` holds %.*s; a number is needed",
                             PL_STR_ARG(builder->plan->path), PL_STR_ARG(named->name),
                             PL_STR_ARG(column->engine_type));
    pl_buffer_add_text(&sql, column->type == PL_TYPE_TEXT ? "TRY_CAST(" : "CAST(");
    if (words && column->type == PL_TYPE_TEXT) {
        pl_buffer_add_text(&sql, "CASE lower(");
        pl_sql_identifier(&sql, named->name);
        pl_buffer_add_text(&sql, ") WHEN 'true' THEN '1' WHEN 'false' THEN '0' ELSE ");
        pl_sql_identifier(&sql, named->name);
        pl_buffer_add_text(&sql, " END");
    } else {
        pl_sql_identifier(&sql, named->name);
    }
    pl_buffer_add_text(&sql, " AS DOUBLE)");
    PL_RETURN_IF(pl_builder_keep(builder, &sql, ret_sql, error));
    if (column->type != PL_TYPE_TEXT)
        return PL_OK;

    struct pl_check check = {
        .column = named->name, .place = named->place, .wrong = "is not a number"};

    pl_sql_identifier(&condition, named->name);
    pl_buffer_add_text(&condition, " IS NOT NULL AND ");
    pl_buffer_add(&condition, *ret_sql);
    pl_buffer_add_text(&condition, " IS NULL");
    PL_RETURN_IF(pl_builder_keep(builder, &condition, &check.condition, error));
    return pl_builder_check(builder, &check, error);
}

enum pl_status pl_builder_checked_number(struct pl_builder *builder,
                                         const struct pl_named_column *named,
                                         const struct pl_check *rule, struct pl_str *ret_sql,
                                         struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer condition = {0};
    struct pl_check check = *rule;

    pl_buffer_init(&condition, PL_SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(pl_builder_number(builder, named, false, ret_sql, error));
    check.column = named->name;
    check.place = named->place;
    for (size_t i = 0; i < rule->condition.len; i++) {
        if (rule->condition.ptr[i] == '?')
            pl_buffer_add(&condition, *ret_sql);
        else
            pl_buffer_add_char(&condition, rule->condition.ptr[i]);
    }
    PL_RETURN_IF(pl_builder_keep(builder, &condition, &check.condition, error));
    return pl_builder_check(builder, &check, error);
}

static void add_text_cast(struct pl_buffer *sql, struct pl_str column)
{
    pl_buffer_add_text(sql, "CAST(");
    pl_sql_identifier(sql, column);
    pl_buffer_add_text(sql, " AS VARCHAR)");
}

static enum pl_status add_column_segment(struct pl_builder *builder,
                                         const struct pl_segment *segment, struct pl_buffer *sql,
                                         struct pl_error *error)
{
    const struct pl_named_column named = {segment->column, segment->place};
    const struct pl_column *column = NULL;

    PL_RETURN_IF(pl_builder_column(builder, &named, &column, error));
    add_text_cast(sql, segment->column);
    return PL_OK;
}

/* Bins are named by their index, with zeros in front so that their names sort as they do. */
static enum pl_status add_bins_segment(struct pl_builder *builder, const struct pl_segment *segment,
                                       struct pl_buffer *sql, struct pl_error *error)
{
    const struct pl_named_column named = {segment->column, segment->place};
    struct pl_str number;

    PL_RETURN_IF(pl_builder_number(builder, &named, false, &number, error));
    pl_buffer_add_format(sql, "CASE WHEN %s IS NULL OR isnan(%s) THEN NULL", number.ptr,
                         number.ptr);
    for (size_t i = 0; i < segment->bins_count; i++)
        pl_buffer_add_format(sql, " WHEN %s < " PL_SQL_NUMBER " THEN '%06zu'", number.ptr,
                             segment->bins[i], i);
    pl_buffer_add_format(sql, " ELSE '%06zu' END", segment->bins_count);
    return PL_OK;
}

static enum pl_status add_map_segment(struct pl_builder *builder, const struct pl_segment *segment,
                                      struct pl_buffer *sql, struct pl_error *error)
{
    const struct pl_named_column named = {segment->column, segment->place};
    const struct pl_column *column = NULL;

    PL_RETURN_IF(pl_builder_column(builder, &named, &column, error));
    pl_buffer_add_text(sql, "CASE WHEN ");
    pl_sql_identifier(sql, segment->column);
    pl_buffer_add_text(sql, " IS NULL THEN NULL");
    for (size_t i = 0; i < segment->map_count; i++) {
        pl_buffer_add_text(sql, " WHEN ");
        add_text_cast(sql, segment->column);
        pl_buffer_add_text(sql, " = ");
        pl_sql_string(sql, segment->map[i].from);
        pl_buffer_add_text(sql, " THEN ");
        pl_sql_string(sql, segment->map[i].to);
    }
    pl_buffer_add_text(sql, " ELSE ");
    pl_sql_string(sql, segment->other);
    pl_buffer_add_text(sql, " END");
    return PL_OK;
}

static enum pl_status add_sql_segment(struct pl_builder *builder, const struct pl_segment *segment,
                                      struct pl_buffer *sql, struct pl_error *error)
{
    (void)builder;
    (void)error;
    pl_buffer_add_text(sql, "CAST((");
    pl_buffer_add(sql, segment->sql);
    pl_buffer_add_text(sql, "\n) AS VARCHAR)");
    return PL_OK;
}

enum pl_status pl_builder_add_segments(struct pl_builder *builder, struct pl_error *error)
{
    static enum pl_status (*const KINDS[])(struct pl_builder *, const struct pl_segment *,
                                           struct pl_buffer *, struct pl_error *) = {
        [PL_SEGMENT_COLUMN] = add_column_segment,
        [PL_SEGMENT_BINS] = add_bins_segment,
        [PL_SEGMENT_MAP] = add_map_segment,
        [PL_SEGMENT_SQL] = add_sql_segment,
    };
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    const struct pl_data *data = &builder->plan->line->data;

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    for (size_t i = 0; i < data->segments_count; i++) {
        pl_buffer_reset(&sql);
        PL_RETURN_IF(KINDS[data->segments[i].kind](builder, &data->segments[i], &sql, error));
        (void)pl_builder_add(builder, pl_buffer_view(&sql), true);
    }
    builder->plan->segments_count = data->segments_count;
    return PL_OK;
}

enum pl_status pl_builder_add_mark(struct pl_builder *builder, const struct pl_named_column *named,
                                   int *ret_item, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    const struct pl_column *column = NULL;

    PL_RETURN_IF(pl_builder_column(builder, named, &column, error));
    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    if (column->type == PL_TYPE_INTEGER) {
        pl_buffer_add_text(&sql, "CAST(");
        pl_sql_identifier(&sql, named->name);
        pl_buffer_add_text(&sql, " AS BIGINT)");
    } else {
        add_text_cast(&sql, named->name);
    }
    *ret_item = pl_builder_add(builder, pl_buffer_view(&sql), true);
    return PL_OK;
}

int pl_builder_add_value(struct pl_builder *builder, struct pl_str number)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_add_format(&sql, builder->plan->lists ? "list(%s)" : "%s", number.ptr);
    return pl_builder_add(builder, pl_buffer_view(&sql), !builder->plan->lists);
}

static enum pl_status add_columns(struct pl_builder *builder, struct pl_error *error)
{
    builder->plan->first_column = builder->items_count;
    for (size_t i = 0; i < builder->request->columns_count; i++) {
        const struct pl_value_column *column = &builder->request->columns[i];
        const struct pl_named_column named = {column->name, column->place};
        struct pl_str number;

        PL_RETURN_IF(pl_builder_number(builder, &named, true, &number, error));
        (void)pl_builder_add_value(builder, number);
    }
    return PL_OK;
}

static enum pl_status add_weight(struct pl_builder *builder, struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column named = {data->weight, data->weight_place};
    const struct pl_check rule = {
        .condition = PL_STR("coalesce(NOT (isfinite(?) AND ? >= 0), true)"),
        .wrong = "is not a weight: a number of at least 0 is needed",
    };
    struct pl_str number;

    if (data->weight.len == 0)
        return PL_OK;
    PL_RETURN_IF(pl_builder_checked_number(builder, &named, &rule, &number, error));
    builder->plan->weight = pl_builder_add(builder, number, true);
    return PL_OK;
}

static enum pl_status add_count(struct pl_builder *builder, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column named = {data->count, data->count_place};
    const struct pl_check rule = {
        .condition =
            PL_STR("coalesce(NOT (isfinite(?) AND ? >= 0 AND ? < 1e15 AND ? = floor(?)), true)"),
        .wrong = "is not a count: a whole number of at least 0 is needed",
    };
    struct pl_str number;

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    /* With clusters what a row counts is part of what it weighs. */
    if (data->count.len == 0 || builder->plan->cluster != PL_PLAN_NONE) {
        builder->plan->count = pl_builder_add(
            builder, builder->plan->rows ? PL_STR("CAST(1 AS BIGINT)") : PL_STR("count(*)"), false);
        builder->plan->file_rows = builder->plan->count;
        return PL_OK;
    }
    PL_RETURN_IF(pl_builder_checked_number(builder, &named, &rule, &number, error));
    pl_buffer_add_format(&sql, "CAST(coalesce(sum(TRY_CAST(%s AS BIGINT)), 0) AS BIGINT)",
                         number.ptr);
    builder->plan->count = pl_builder_add(builder, pl_buffer_view(&sql), false);
    builder->plan->file_rows = pl_builder_add(builder, PL_STR("count(*)"), false);
    return PL_OK;
}

static void add_checks(struct pl_builder *builder)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    builder->plan->first_check = builder->items_count;
    for (size_t i = 0; i < builder->plan->checks_count; i++) {
        pl_buffer_reset(&sql);
        pl_buffer_add_text(&sql,
                           builder->plan->rows ? "CAST(coalesce(" : "count(*) FILTER (WHERE ");
        pl_buffer_add(&sql, builder->plan->checks[i].condition);
        pl_buffer_add_text(&sql, builder->plan->rows ? ", false) AS BIGINT)" : ")");
        (void)pl_builder_add(builder, pl_buffer_view(&sql), false);
    }
}

static void add_where(const struct pl_plan *plan, struct pl_buffer *sql)
{
    if (plan->line->data.where.len == 0)
        return;
    pl_buffer_add_text(sql, " WHERE (");
    pl_buffer_add(sql, plan->line->data.where);
    pl_buffer_add_text(sql, "\n)");
}

static enum pl_status assemble(struct pl_builder *builder, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    struct pl_plan *plan = builder->plan;

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&sql, "SELECT ");
    pl_buffer_add(&sql, pl_buffer_view(&builder->select));
    pl_buffer_add_text(&sql, " FROM ");
    pl_buffer_add(&sql, plan->source);
    add_where(plan, &sql);
    if (builder->group.len > 0 && !plan->rows) {
        pl_buffer_add_text(&sql, " GROUP BY ");
        pl_buffer_add(&sql, pl_buffer_view(&builder->group));
    }
    /* Sums of weights are rounded: a fixed order makes them the same in every run. What is summed is
       count x weight, so rows that agree in both may change places. */
    if (plan->weight != PL_PLAN_NONE && !plan->rows)
        pl_buffer_add_format(&sql, " ORDER BY %d, %d", plan->weight + 1, plan->count + 1);
    PL_RETURN_IF(pl_buffer_check(&builder->select, "an SQL statement", error));
    return pl_builder_keep(builder, &sql, &plan->sql, error);
}

enum pl_status pl_builder_finish(struct pl_builder *builder, struct pl_error *error)
{
    PL_RETURN_IF(add_count(builder, error));
    add_checks(builder);
    if (builder->items_count > PL_BATCH_COLUMNS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "the line uses more than %d columns at once",
                            PL_BATCH_COLUMNS_MAX);
    return assemble(builder, error);
}

static enum pl_status build(struct pl_builder *builder, struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;

    /* Lists cannot carry the count or the weight of a row. */
    builder->plan->rows = pl_task_kind_of(data->task)->by_rows;
    builder->plan->lists = data->count.len == 0 && data->weight.len == 0 && !builder->plan->rows;
    PL_RETURN_IF(pl_builder_add_segments(builder, error));
    PL_RETURN_IF(pl_task_kind_of(data->task)->plan(builder, error));
    PL_RETURN_IF(add_columns(builder, error));
    PL_RETURN_IF(pl_ratios_plan(builder, error));
    PL_RETURN_IF(add_weight(builder, error));
    return pl_builder_finish(builder, error);
}

static enum pl_status add_features(struct pl_builder *builder, struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;

    if (data->features.count > PL_NEIGHBOURS_DIMENSIONS_MAX)
        return pl_line_error(builder->plan->line, data->features_place, PL_E_LIMIT, error,
                             "`data.features` names more than %d columns",
                             PL_NEIGHBOURS_DIMENSIONS_MAX);
    builder->plan->first_feature = builder->items_count;
    for (size_t i = 0; i < data->features.count; i++) {
        const struct pl_named_column named = {data->features.items[i], data->features_place};
        struct pl_str number;

        PL_RETURN_IF(pl_builder_number(builder, &named, true, &number, error));
        (void)pl_builder_add(builder, number, true);
    }
    return PL_OK;
}

/* How often each combination of groups, answer and features occurs. It asks for no label. */
static enum pl_status build_neighbours(struct pl_builder *builder, struct pl_error *error)
{
    PL_RETURN_IF(pl_builder_add_segments(builder, error));
    PL_RETURN_IF(pl_task_kind_of(builder->plan->line->data.task)->plan(builder, error));
    PL_RETURN_IF(add_features(builder, error));
    return pl_builder_finish(builder, error);
}

/* One query more, which begins with the same groups as the first and counts what `build` adds. */
static enum pl_status make_besides(const struct pl_plan *plan,
                                   const struct pl_plan_request *request, struct pl_arena *arena,
                                   enum pl_status (*build_it)(struct pl_builder *builder,
                                                              struct pl_error *error),
                                   struct pl_plan **ret_plan, struct pl_error *error)
{
    struct pl_plan *made = pl_arena_alloc(arena, sizeof *made);
    struct pl_builder builder = {.plan = made, .request = request, .arena = arena};

    if (made == NULL)
        return pl_arena_error(arena, "the plan", error);
    *made = *plan;
    made->line = request->line;
    made->label = made->prediction = made->score = made->weight = PL_PLAN_NONE;
    made->prediction_is_side = false;
    made->lists = false;
    made->columns_count = request->columns_count;
    made->checks_count = 0;
    pl_buffer_init(&builder.select, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_init(&builder.group, PL_SQL_SIZE_BYTES_MAX);

    const enum pl_status status = build_it(&builder, error);

    pl_buffer_deinit(&builder.select);
    pl_buffer_deinit(&builder.group);
    if (status == PL_OK)
        *ret_plan = made;
    return status;
}

static enum pl_status plan_neighbours(struct pl_plan *plan, const struct pl_plan_request *request,
                                      struct pl_arena *arena, struct pl_error *error)
{
    struct pl_line *line = pl_arena_alloc(arena, sizeof *line);
    const struct pl_plan_request asked = {.line = line};

    if (!request->needs_neighbours)
        return PL_OK;
    if (line == NULL)
        return pl_arena_error(arena, "the plan", error);
    *line = *request->line;
    line->data.label = PL_STR("");
    return make_besides(plan, &asked, arena, build_neighbours, &plan->neighbours, error);
}

static enum pl_status plan_clusters(struct pl_plan *plan, const struct pl_plan_request *request,
                                    struct pl_arena *arena, struct pl_error *error)
{
    struct pl_plan_request asked = *request;

    if (request->line->data.group.len == 0)
        return PL_OK;
    asked.needs_scores = false;
    asked.needs_probabilities = false;
    return make_besides(plan, &asked, arena, pl_cluster_plan, &plan->clusters, error);
}

/* True for what may stand within an SQL name: a name that ends here does not go on there. */
static bool is_name_byte(char byte)
{
    return isalnum((unsigned char)byte) || byte == '_' || (unsigned char)byte >= 0x80;
}

/* True when the expression has the name as a word of its own, in any case, as SQL names are. */
static bool speaks_of(struct pl_str sql, struct pl_str name)
{
    for (size_t i = 0; name.len > 0 && i + name.len <= sql.len; i++) {
        const bool starts = i == 0 || !is_name_byte(name.ptr[0]) || !is_name_byte(sql.ptr[i - 1]);
        const bool ends = i + name.len == sql.len || !is_name_byte(name.ptr[name.len - 1]) ||
                          !is_name_byte(sql.ptr[i + name.len]);

        if (starts && ends && strncasecmp(sql.ptr + i, name.ptr, name.len) == 0)
            return true;
    }
    return false;
}

/* True when an SQL expression of the line may speak of the column, so that its type must stay. */
static bool is_in_expressions(const struct pl_line *line, struct pl_str name)
{
    const struct pl_data *data = &line->data;

    if (speaks_of(data->where, name))
        return true;
    for (size_t i = 0; i < data->segments_count; i++)
        if (speaks_of(data->segments[i].sql, name))
            return true;
    return false;
}

static bool is_named(const struct pl_data *data, struct pl_str name)
{
    const struct pl_str fixed[] = {data->label, data->score,  data->prediction,
                                   data->count, data->weight, data->id,
                                   data->query, data->rank,   data->group};
    bool used = false;

    for (size_t j = 0; j < sizeof fixed / sizeof *fixed; j++)
        used |= fixed[j].len > 0 && pl_str_equal(fixed[j], name);
    for (size_t j = 0; j < data->segments_count; j++)
        used |= pl_str_equal(data->segments[j].column, name);
    for (size_t j = 0; j < data->probabilities.count; j++)
        used |= pl_str_equal(data->probabilities.items[j].to, name);
    for (size_t j = 0; j < data->features.count; j++)
        used |= pl_str_equal(data->features.items[j], name);
    return used;
}

size_t pl_plan_text_columns(const struct pl_line *line, const struct pl_columns *columns,
                            const struct pl_value_column *values, size_t values_count,
                            struct pl_str *ret_names)
{
    const enum pl_task task = line->data.task;
    const bool has_classes = task == PL_TASK_MULTICLASS || task == PL_TASK_MULTILABEL;
    size_t count = 0;

    for (size_t i = 0; i < columns->count; i++) {
        const struct pl_str name = columns->items[i].name;
        bool used = is_named(&line->data, name);

        for (size_t j = 0; j < values_count; j++)
            used |= pl_str_equal(values[j].name, name);
        /* A list of classes stays one. */
        used = used && !(has_classes && columns->items[i].type == PL_TYPE_OTHER);
        if (used && !is_in_expressions(line, name))
            ret_names[count++] = name;
    }
    return count;
}

static enum pl_status make_source(struct pl_plan *plan, struct pl_arena *arena,
                                  struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    PL_RETURN_IF(plan->driver->source(plan->connection, &plan->options, &sql, error));
    plan->source = pl_arena_copy(arena, pl_buffer_view(&sql));
    if (plan->source.ptr == NULL)
        return pl_arena_error(arena, "an SQL statement", error);
    return PL_OK;
}

/* The columns of the generic measures, those of ratios among them. */
static struct pl_value_column *list_values(const struct pl_plan_request *request,
                                           struct pl_arena *arena, size_t *ret_count)
{
    struct pl_value_column *values = pl_arena_alloc_array(
        arena, request->columns_count + 2 * request->ratios_count + 1, sizeof *values);
    size_t count = 0;

    if (values == NULL)
        return NULL;
    for (size_t i = 0; i < request->columns_count; i++)
        values[count++] = request->columns[i];
    for (size_t i = 0; i < request->ratios_count; i++) {
        values[count++] = request->ratios[i].columns[0];
        values[count++] = request->ratios[i].columns[1];
    }
    *ret_count = count;
    return values;
}

/* Describes the source as the engine sees it, then once more with our columns as text. */
static enum pl_status read_columns(struct pl_plan *plan, const struct pl_plan_request *request,
                                   struct pl_arena *arena, struct pl_error *error)
{
    plan->options = (struct pl_source_options){.path = plan->address};
    PL_RETURN_IF(make_source(plan, arena, error));
    if (plan->driver->describe(plan->connection, plan->source, arena, &plan->source_columns,
                               error) != PL_OK) {
        const struct pl_error cause = *error;

        return pl_error_set(error, PL_E_DATA, "%.*s cannot be read: %.400s", PL_STR_ARG(plan->path),
                            cause.message);
    }

    size_t values_count = 0;
    const struct pl_value_column *values = list_values(request, arena, &values_count);
    struct pl_str *names =
        pl_arena_alloc_array(arena, plan->source_columns.count + 1, sizeof *names);

    if (values == NULL || names == NULL)
        return pl_arena_error(arena, "the source's columns", error);
    plan->options.text_columns = names;
    plan->options.text_columns_count =
        pl_plan_text_columns(plan->line, &plan->source_columns, values, values_count, names);
    plan->options.columns = plan->source_columns;
    if (plan->options.text_columns_count == 0)
        return PL_OK;
    PL_RETURN_IF(make_source(plan, arena, error));
    return plan->driver->describe(plan->connection, plan->source, arena, &plan->source_columns,
                                  error);
}

static enum pl_status find_driver(const struct pl_line *line, struct pl_place place,
                                  struct pl_str path, const struct pl_driver **ret_driver,
                                  struct pl_error *error)
{
    *ret_driver = pl_driver_for(path);
    if (*ret_driver != NULL)
        return PL_OK;
    return pl_line_error(line, place, PL_E_DATA, error,
                         "%.*s is not a file of a known kind: .csv, .tsv, .jsonl, .ndjson or "
                         ".parquet, also with .gz or .zst",
                         PL_STR_ARG(path));
}

/* The path of the baseline's decisions; empty where they stand in the data's own rows. */
static enum pl_status find_other(const struct pl_line *line, const struct pl_join *join,
                                 struct pl_arena *arena, struct pl_str *ret_path,
                                 struct pl_error *error)
{
    const struct pl_driver *driver = NULL;

    *ret_path = PL_STR("");
    if (join == NULL || join->baseline->decisions.len == 0)
        return PL_OK;
    *ret_path = pl_line_path(line, join->baseline->decisions, arena);
    if (ret_path->ptr == NULL)
        return pl_arena_error(arena, "a path", error);
    return find_driver(line, join->baseline->place, *ret_path, &driver, error);
}

enum pl_status pl_plan_open(const struct pl_line *line, const struct pl_join *join,
                            uint32_t threads, struct pl_arena *arena, struct pl_plan *ret_plan,
                            struct pl_error *error)
{
    struct pl_str other;

    ret_plan->address = pl_line_path(line, line->data.decisions, arena);
    if (ret_plan->address.ptr == NULL)
        return pl_arena_error(arena, "a path", error);
    ret_plan->path = pl_line_path_shown(ret_plan->address);
    PL_RETURN_IF(
        find_driver(line, line->data.decisions_place, ret_plan->address, &ret_plan->driver, error));
    PL_RETURN_IF(find_other(line, join, arena, &other, error));

    const struct pl_connection_options options = {threads, ret_plan->address.ptr,
                                                  other.len > 0 ? other.ptr : NULL};

    PL_RETURN_IF(ret_plan->driver->open(&options, &ret_plan->connection, error));
    /* What is wrong with the values of a join's other side is wrong there. */
    if (join != NULL && join->there && other.len > 0) {
        ret_plan->address = other;
        ret_plan->path = pl_line_path_shown(other);
    }
    return PL_OK;
}

enum pl_status pl_plan_make(const struct pl_plan_request *request, uint32_t threads,
                            struct pl_arena *arena, struct pl_plan *ret_plan,
                            struct pl_error *error)
{
    struct pl_builder builder = {.plan = ret_plan, .request = request, .arena = arena};

    *ret_plan = (struct pl_plan){
        .line = request->line,
        .metrics = request->metrics,
        .metrics_count = request->metrics_count,
        .label = PL_PLAN_NONE,
        .prediction = PL_PLAN_NONE,
        .score = PL_PLAN_NONE,
        .query = PL_PLAN_NONE,
        .order = PL_PLAN_NONE,
        .weight = PL_PLAN_NONE,
        .cluster = PL_PLAN_NONE,
        .columns = request->columns,
        .columns_count = request->columns_count,
        .ratios = request->ratios,
        .ratios_count = request->ratios_count,
    };
    pl_buffer_init(&builder.select, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_init(&builder.group, PL_SQL_SIZE_BYTES_MAX);

    enum pl_status status =
        pl_plan_open(request->line, request->join, threads, arena, ret_plan, error);

    if (status == PL_OK && request->join != NULL)
        status = pl_join_source(ret_plan, request->join, request->joined, request->joined_count,
                                arena, error);
    else if (status == PL_OK)
        status = read_columns(ret_plan, request, arena, error);
    if (status == PL_OK)
        status = build(&builder, error);
    if (status == PL_OK)
        status = plan_neighbours(ret_plan, request, arena, error);
    if (status == PL_OK)
        status = plan_clusters(ret_plan, request, arena, error);
    pl_buffer_deinit(&builder.select);
    pl_buffer_deinit(&builder.group);
    if (status != PL_OK)
        pl_plan_deinit(ret_plan);
    return status;
}

void pl_plan_deinit(struct pl_plan *plan)
{
    if (plan->connection != NULL)
        plan->driver->close(plan->connection);
    plan->connection = NULL;
}

/*
 * When the GROUP BY fails or finds rows that may not be: which words of the line, or which row of
 * which file, are to blame. Runs only after a failure, so it may take its time.
 */
#include "measure/plan.h"

#include <string.h>

#define SQL_SIZE_BYTES_MAX ((size_t)4 << 20)

/* Has the engine look at one expression over the source, without reading rows. */
static enum pl_status try_expression(const struct pl_plan *plan, const char *clause,
                                     struct pl_str expression, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    struct pl_columns columns;
    struct pl_arena arena;

    pl_arena_init(&arena, (size_t)16 << 20);
    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&sql, "(SELECT 1 AS one FROM ");
    pl_buffer_add(&sql, plan->source);
    pl_buffer_add_format(&sql, " %s (", clause);
    pl_buffer_add(&sql, expression);
    pl_buffer_add_text(&sql, "\n))");

    enum pl_status status = pl_buffer_check(&sql, "an SQL statement", error);

    if (status == PL_OK)
        status =
            plan->driver->describe(plan->connection, pl_buffer_view(&sql), &arena, &columns, error);
    pl_arena_deinit(&arena);
    return status;
}

enum pl_status pl_plan_blame(const struct pl_plan *plan, enum pl_status status,
                             struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_data *data = &plan->line->data;
    const struct pl_error failure = *error;
    struct pl_error cause;

    (void)arena;
    if (status != PL_E_ENGINE)
        return status;
    if (data->where.len > 0 && try_expression(plan, "WHERE", data->where, &cause) != PL_OK)
        return pl_line_error(plan->line, data->where_place, PL_E_LINE, error,
                             "data.where is not a condition on these data: %.600s", cause.message);
    for (size_t i = 0; i < data->segments_count; i++) {
        const struct pl_segment *segment = &data->segments[i];

        if (segment->kind == PL_SEGMENT_SQL &&
            try_expression(plan, "GROUP BY", segment->sql, &cause) != PL_OK)
            return pl_line_error(plan->line, segment->place, PL_E_LINE, error,
                                 "the SQL of segment `%.*s` does not fit these data: %.600s",
                                 PL_STR_ARG(segment->name), cause.message);
    }
    return pl_error_set(error, PL_E_DATA, "%.*s cannot be read: %.700s", PL_STR_ARG(plan->path),
                        failure.message);
}

/* The first row found: its number within its file, the file, and the value as text. */
struct found {
    struct pl_arena *arena;
    struct pl_str path; /* as the line has it */
    int64_t row;
    struct pl_str file;
    struct pl_str value;
};

/* A single file is called what the line calls it; of a glob, the file's own name is shown. */
static struct pl_str file_name(struct pl_str path, struct pl_str file)
{
    const char *slash = memrchr(file.ptr, '/', file.len);

    if (strcspn(path.ptr, "*?[{") == path.len || slash == NULL)
        return path;
    return (struct pl_str){slash + 1, file.len - (size_t)(slash + 1 - file.ptr)};
}

static enum pl_status keep_found(const struct pl_batch *batch, void *context,
                                 struct pl_error *error)
{
    struct found *found = context;

    if (batch->rows_count == 0)
        return PL_OK;
    found->row = batch->columns[0].integers[0];
    found->file = pl_arena_copy(found->arena, file_name(found->path, batch->columns[1].texts[0]));
    found->value = pl_vector_valid(batch->columns[2].valid, 0)
                       ? pl_arena_copy(found->arena, batch->columns[2].texts[0])
                       : PL_STR("nothing");
    if (found->file.ptr == NULL || found->value.ptr == NULL)
        return pl_arena_error(found->arena, "an error", error);
    return PL_OK;
}

/* The statement that finds the first row meeting the check, with its file and its number in it. */
static enum pl_status add_search(const struct pl_plan *plan, const struct pl_check *check,
                                 struct pl_buffer *sql, struct pl_error *error)
{
    struct pl_source_options options = plan->options;

    options.with_file_name = true;
    pl_buffer_add_text(sql, "SELECT CAST(place - start + 1 AS BIGINT), CAST(filename AS VARCHAR), "
                            "CAST(found AS VARCHAR) FROM (SELECT place, filename, found, wrong, "
                            "min(place) OVER (PARTITION BY filename) AS start FROM (SELECT "
                            "row_number() OVER () AS place, filename, ");
    pl_sql_identifier(sql, check->column);
    pl_buffer_add_text(sql, " AS found, (");
    pl_buffer_add(sql, check->condition);
    pl_buffer_add_text(sql, ")");
    if (plan->line->data.where.len > 0) {
        pl_buffer_add_text(sql, " AND (");
        pl_buffer_add(sql, plan->line->data.where);
        pl_buffer_add_text(sql, "\n)");
    }
    pl_buffer_add_text(sql, " AS wrong FROM ");
    PL_RETURN_IF(plan->driver->source(plan->connection, &options, sql, error));
    pl_buffer_add_text(sql, ")) WHERE wrong");
    pl_buffer_add_text(sql, " ORDER BY place LIMIT 1");
    return pl_buffer_check(sql, "an SQL statement", error);
}

enum pl_status pl_plan_report(const struct pl_plan *plan, size_t index, struct pl_arena *arena,
                              struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    const struct pl_check *check = &plan->checks[index];
    struct found found = {.arena = arena, .path = plan->path};

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    if (add_search(plan, check, &sql, error) == PL_OK &&
        plan->driver->query(plan->connection, pl_buffer_view(&sql), keep_found, &found, error) ==
            PL_OK &&
        found.row > 0)
        return pl_error_set(error, PL_E_DATA, "%.*s: row %lld: column `%.*s`: %.*s %s",
                            PL_STR_ARG(found.file), (long long)found.row, PL_STR_ARG(check->column),
                            (int)(found.value.len > 80 ? 80 : found.value.len), found.value.ptr,
                            check->wrong);
    return pl_error_set(error, PL_E_DATA, "%.*s: column `%.*s`: a value %s", PL_STR_ARG(plan->path),
                        PL_STR_ARG(check->column), check->wrong);
}

/*
 * One statement counts rows and missing values, a second one what is there twice. Both are the engine's
 * work; nothing but counts comes back. That rows are equal is no fault by itself: decisions without an
 * id may well agree in every column.
 */
#include "measure/quality.h"

#include "measure/plan.h"

#define SQL_SIZE_BYTES_MAX ((size_t)1 << 20)

/* The first row of a result of whole numbers. */
struct counts {
    uint64_t items[PL_QUALITY_COLUMNS_MAX + 1];
    size_t count;
};

static enum pl_status take_counts(const struct pl_batch *batch, void *context,
                                  struct pl_error *error)
{
    struct counts *counts = context;

    (void)error;
    for (size_t i = 0; batch->rows_count > 0 && i < batch->columns_count && i < counts->count; i++)
        counts->items[i] = (uint64_t)batch->columns[i].integers[0];
    return PL_OK;
}

static void add_from(const struct pl_plan *plan, struct pl_buffer *sql)
{
    pl_buffer_add_text(sql, " FROM ");
    pl_buffer_add(sql, plan->source);
    if (plan->line->data.where.len == 0)
        return;
    pl_buffer_add_text(sql, " WHERE (");
    pl_buffer_add(sql, plan->line->data.where);
    pl_buffer_add_text(sql, "\n)");
}

static enum pl_status ask(const struct pl_plan *plan, struct pl_buffer *sql, struct counts *counts,
                          struct pl_error *error)
{
    add_from(plan, sql);
    PL_RETURN_IF(pl_buffer_check(sql, "an SQL statement", error));
    return plan->driver->query(plan->connection, pl_buffer_view(sql), take_counts, counts, error);
}

static enum pl_status count_missing(const struct pl_plan *plan, struct pl_quality *quality,
                                    struct pl_quality_column *columns, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    struct counts counts = {.count = quality->columns_count + 1};

    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&sql, "SELECT count(*)");
    for (size_t i = 0; i < quality->columns_count; i++) {
        pl_buffer_add_text(&sql, ", count(*) - count(");
        pl_sql_identifier(&sql, columns[i].name);
        pl_buffer_add_char(&sql, ')');
    }
    PL_RETURN_IF(ask(plan, &sql, &counts, error));
    quality->rows = counts.items[0];
    for (size_t i = 0; i < quality->columns_count; i++)
        columns[i].missing = counts.items[i + 1];
    return PL_OK;
}

static enum pl_status count_repeats(const struct pl_plan *plan, struct pl_quality *quality,
                                    struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    struct counts counts = {.count = 2};

    quality->repeats_counted = quality->rows <= PL_QUALITY_REPEATS_MAX;
    if (!quality->repeats_counted)
        return PL_OK;
    pl_buffer_init(&sql, SQL_SIZE_BYTES_MAX);
    pl_buffer_add_text(&sql, "SELECT count(*) - count(DISTINCT hash(");
    for (size_t i = 0; i < quality->columns_count; i++) {
        pl_buffer_add_text(&sql, i == 0 ? "" : ", ");
        pl_sql_identifier(&sql, quality->columns[i].name);
    }
    pl_buffer_add_text(&sql, "))");
    if (quality->id.len > 0) {
        pl_buffer_add_text(&sql, ", count(");
        pl_sql_identifier(&sql, quality->id);
        pl_buffer_add_text(&sql, ") - count(DISTINCT ");
        pl_sql_identifier(&sql, quality->id);
        pl_buffer_add_char(&sql, ')');
    }
    PL_RETURN_IF(ask(plan, &sql, &counts, error));
    quality->repeated_rows = counts.items[0];
    quality->repeated_ids = counts.items[1];
    return PL_OK;
}

static bool has_column(const struct pl_plan *plan, struct pl_str name)
{
    for (size_t i = 0; i < plan->source_columns.count; i++)
        if (pl_str_equal(plan->source_columns.items[i].name, name))
            return true;
    return false;
}

static enum pl_status read_source(const struct pl_plan *plan, struct pl_arena *arena,
                                  struct pl_quality *quality, struct pl_error *error)
{
    const size_t all = plan->source_columns.count;
    const size_t count = all < PL_QUALITY_COLUMNS_MAX ? all : PL_QUALITY_COLUMNS_MAX;
    struct pl_quality_column *columns = pl_arena_alloc_array(arena, count + 1, sizeof *columns);

    if (columns == NULL)
        return pl_arena_error(arena, "the columns", error);
    for (size_t i = 0; i < count; i++)
        columns[i] = (struct pl_quality_column){.name = plan->source_columns.items[i].name};
    quality->columns = columns;
    quality->columns_count = count;
    quality->columns_left_out = all - count;
    if (has_column(plan, plan->line->data.id))
        quality->id = plan->line->data.id;
    PL_RETURN_IF(count_missing(plan, quality, columns, error));
    return count_repeats(plan, quality, error);
}

enum pl_status pl_quality_read(const struct pl_line *line, uint32_t threads, struct pl_arena *arena,
                               struct pl_quality **ret_quality, struct pl_error *error)
{
    const struct pl_plan_request request = {.line = line};
    struct pl_quality *quality = pl_arena_alloc(arena, sizeof *quality);
    struct pl_plan *plan = pl_arena_alloc(arena, sizeof *plan);

    if (quality == NULL || plan == NULL)
        return pl_arena_error(arena, "the columns", error);
    *quality = (struct pl_quality){0};
    PL_RETURN_IF(pl_plan_make(&request, threads, arena, plan, error));

    const enum pl_status status = read_source(plan, arena, quality, error);

    pl_plan_deinit(plan);
    if (status == PL_OK)
        *ret_quality = quality;
    return status;
}

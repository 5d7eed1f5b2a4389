/*
 * An order of items, one list for each query. An item is a row that no other is like, so the statement
 * has no GROUP BY: its rows come as they are, and become the lists of the cells (lists.h).
 */
#include "measure/list_view.h"
#include "measure/metrics.h"
#include "measure/scan_lists.h"
#include "measure/task.h"

#include <math.h>
#include <stdlib.h>

#define DIGITS_MAX 24

static const char *const STANDARD[] = {
    "ndcg@10", "precision@10", "recall@10", "mrr", "map", "exposure", "exposure_share", NULL,
};

static bool has_data(const struct pl_data *data, unsigned needs)
{
    return (needs & PL_NEEDS_LABELS) == 0 || data->label.len > 0;
}

/* ---- the statement ---- */

static enum pl_status check_data(const struct pl_line *line, struct pl_error *error)
{
    const struct pl_data *data = &line->data;
    double from = 0.0;

    if (data->query.len == 0)
        return pl_line_error(line, data->decisions_place, PL_E_LINE, error,
                             "a ranking needs the column that says to which query an item belongs: "
                             "name it as `query`");
    if ((data->score.len == 0) == (data->rank.len == 0))
        return pl_line_error(line, data->query_place, PL_E_LINE, error,
                             "a ranking needs the column that orders the items: name a `score` "
                             "(highest first) or a `rank` (1 first)%s",
                             data->score.len > 0 ? ", not both" : "");
    if (data->count.len > 0)
        return pl_line_error(line, data->count_place, PL_E_LINE, error,
                             "a ranking cannot have a `count` column: an item stands in a list "
                             "once, and a list is one observation; a query's `weight` can say how "
                             "much it counts for");
    if (data->prediction.len > 0)
        return pl_line_error(line, data->prediction_place, PL_E_LINE, error,
                             "a ranking has no `prediction` column; name the `score` or `rank`");
    if (data->positive.len > 0 && (!pl_str_to_double(data->positive, &from) || !(from > 0.0)))
        return pl_line_error(line, data->query_place, PL_E_LINE, error,
                             "`positive` is `%.*s`; in a ranking it is the relevance from which an "
                             "item is relevant, a number above 0",
                             PL_STR_ARG(data->positive));
    return PL_OK;
}

static enum pl_status add_query(struct pl_builder *builder, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer condition = {0};
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column named = {data->query, data->query_place};
    struct pl_check check = {.column = data->query,
                             .place = data->query_place,
                             .wrong = "is no query: every item belongs to one"};

    PL_RETURN_IF(pl_builder_add_mark(builder, &named, &builder->plan->query, error));
    pl_buffer_init(&condition, PL_SQL_SIZE_BYTES_MAX);
    pl_sql_identifier(&condition, data->query);
    pl_buffer_add_text(&condition, " IS NULL");
    PL_RETURN_IF(pl_builder_keep(builder, &condition, &check.condition, error));
    return pl_builder_check(builder, &check, error);
}

/* What orders the items, highest first: the score, or less the rank. */
static enum pl_status order_sql(struct pl_builder *builder, struct pl_str *ret_sql,
                                struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column score = {data->score, data->score_place};
    const struct pl_named_column rank = {data->rank, data->rank_place};
    const struct pl_check finite = pl_check_finite();
    const struct pl_check place = {
        .condition = PL_STR("coalesce(NOT (? >= 1 AND isfinite(?)), false)"),
        .wrong = "is not a rank: a number of at least 1 is needed",
    };
    struct pl_str number;

    if (data->score.len > 0)
        return pl_builder_checked_number(builder, &score, &finite, ret_sql, error);
    PL_RETURN_IF(pl_builder_checked_number(builder, &rank, &place, &number, error));
    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_add_format(&sql, "-(%s)", number.ptr);
    return pl_builder_keep(builder, &sql, ret_sql, error);
}

static enum pl_status relevance_sql(struct pl_builder *builder, struct pl_str *ret_sql,
                                    struct pl_error *error)
{
    const struct pl_data *data = &builder->plan->line->data;
    const struct pl_named_column label = {data->label, data->label_place};
    const struct pl_check rule = {
        .condition = PL_STR("coalesce(NOT isnan(?) AND NOT (? >= 0 AND isfinite(?)), false)"),
        .wrong = "is not a relevance: a number of at least 0 is needed",
    };

    if (data->label.len > 0)
        return pl_builder_checked_number(builder, &label, &rule, ret_sql, error);
    *ret_sql = PL_STR("CAST(NULL AS DOUBLE)");
    return PL_OK;
}

static enum pl_status plan(struct pl_builder *builder, struct pl_error *error)
{
    struct pl_str order;
    struct pl_str relevance;

    PL_RETURN_IF(check_data(builder->plan->line, error));
    PL_RETURN_IF(add_query(builder, error));
    PL_RETURN_IF(order_sql(builder, &order, error));
    PL_RETURN_IF(relevance_sql(builder, &relevance, error));
    builder->plan->order = pl_builder_add(builder, order, false);
    builder->plan->label = pl_builder_add(builder, relevance, false);
    return PL_OK;
}

/* ---- the rows ---- */

/* A whole number as text, so that the same ids are the same queries whatever the file's types. */
static struct pl_str number_text(int64_t number, char digits[static DIGITS_MAX])
{
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t at = DIGITS_MAX;

    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (number < 0)
        digits[--at] = '-';
    return (struct pl_str){digits + at, DIGITS_MAX - at};
}

static struct pl_lists_builder *lists_of(struct pl_loader *loader)
{
    if (loader->task == NULL) {
        loader->task = malloc(sizeof(struct pl_lists_builder));
        if (loader->task != NULL)
            pl_lists_builder_init(loader->task);
    }
    return loader->task;
}

/* The id as text; without one the row is refused by a check, once all are in. */
static struct pl_str id_of(const struct pl_vector *vector, size_t row,
                           char digits[static DIGITS_MAX])
{
    if (!pl_vector_valid(vector->valid, row))
        return PL_STR("");
    return vector->type == PL_TYPE_INTEGER ? number_text(vector->integers[row], digits)
                                           : vector->texts[row];
}

static bool is_there(const struct pl_vector *vector, size_t row)
{
    return pl_vector_valid(vector->valid, row) && !isnan(vector->reals[row]);
}

static enum pl_status take(struct pl_loader *loader, const struct pl_batch *batch,
                           struct pl_loader_row *row, struct pl_error *error)
{
    const struct pl_vector *order = &batch->columns[loader->plan->order];
    const struct pl_vector *label = &batch->columns[loader->plan->label];
    struct pl_lists_builder *lists = lists_of(loader);
    char digits[DIGITS_MAX];

    if (lists == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the lists");
    row->kind.label = is_there(label, row->index) ? PL_POSITIVE : PL_UNKNOWN;
    row->kind.prediction = is_there(order, row->index) ? PL_POSITIVE : PL_UNKNOWN;
    pl_confusion_add(&loader->confusions[row->leaf], &row->kind);
    if (row->kind.prediction == PL_UNKNOWN)
        return PL_OK;

    const struct pl_list_query query = {
        .id = id_of(&batch->columns[loader->plan->query], row->index, digits),
        .weight = row->kind.weight,
    };
    const struct pl_list_item item = {
        .score = order->reals[row->index],
        .relevance =
            row->kind.label == PL_UNKNOWN ? PL_RELEVANCE_UNKNOWN : label->reals[row->index],
        .leaf = row->leaf,
    };

    return pl_lists_add(lists, &query, &item, error);
}

static enum pl_status finish(struct pl_loader *loader, struct pl_cells *cells,
                             struct pl_error *error)
{
    const struct pl_data *data = &loader->plan->line->data;
    struct pl_lists *lists = NULL;

    PL_RETURN_IF(pl_lists_make(loader->task, loader->places, &lists, error));
    if (data->positive.len > 0)
        (void)pl_str_to_double(data->positive, &lists->relevant_from);
    cells->lists = lists;
    cells->has_labels = data->label.len > 0;
    cells->has_predictions = true;
    return PL_OK;
}

static void abandon(struct pl_loader *loader)
{
    if (loader->task == NULL)
        return;
    pl_lists_builder_deinit(loader->task);
    free(loader->task);
    loader->task = NULL;
}

static enum pl_status filter(const struct pl_cells *from, const uint32_t *places,
                             struct pl_cells *to, struct pl_arena *arena, struct pl_error *error)
{
    (void)arena;
    to->lists = pl_lists_filter(from->lists, places);
    if (to->lists == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the lists of a slice");
    return PL_OK;
}

static void free_cells(struct pl_cells *cells)
{
    pl_lists_free(cells->lists);
    cells->lists = NULL;
}

const struct pl_task_kind PL_TASK_KIND_RANKING = {
    .standard = STANDARD,
    .has_data = has_data,
    .by_rows = true,
    .plan = plan,
    .take = take,
    .finish = finish,
    .abandon = abandon,
    .filter = filter,
    .free_cells = free_cells,
    .scan = pl_scan_lists,
    .always_scans = true,
};

/*
 * Collects the rows of the one GROUP BY: groups get numbers, combinations of groups become leaves, and
 * values are kept loose, each with the leaf and label it belongs to.
 */
#include "measure/loader.h"

#include "measure/ratios.h"
#include "measure/task.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static enum pl_status too_many_groups(const struct pl_loader *loader,
                                      const struct pl_segment *segment, struct pl_error *error)
{
    return pl_line_error(loader->plan->line, segment->place, PL_E_LIMIT, error,
                         "segment `%.*s` has more than %d groups: use `bins` or `map` to make "
                         "fewer",
                         PL_STR_ARG(segment->name), PL_SEGMENT_VALUES_MAX);
}

enum pl_status pl_loader_leaf(struct pl_loader *loader, const struct pl_batch *batch, size_t row,
                              uint32_t *ret_leaf, struct pl_error *error)
{
    uint32_t numbers[PL_SEGMENTS_MAX];
    const size_t count = loader->plan->segments_count;

    for (size_t i = 0; i < count; i++) {
        const struct pl_vector *vector = &batch->columns[i];
        const struct pl_str name =
            pl_vector_valid(vector->valid, row) ? vector->texts[row] : PL_STR(PL_GROUP_MISSING);

        PL_RETURN_IF(pl_intern_number(&loader->groups[i], name, &numbers[i], error));
        if (numbers[i] == PL_INTERN_FULL)
            return too_many_groups(loader, &loader->plan->line->data.segments[i], error);
    }

    const struct pl_str key = {(const char *)numbers, count * sizeof *numbers};

    PL_RETURN_IF(pl_intern_number(&loader->leaves, key, ret_leaf, error));
    if (*ret_leaf == PL_INTERN_FULL)
        return pl_error_set(error, PL_E_LIMIT,
                            "the segments cross into more than %d groups: declare fewer segments, "
                            "or make fewer groups with `bins` or `map`",
                            PL_LEAVES_MAX);
    return PL_OK;
}

static enum pl_status reserve_leaf(struct pl_loader *loader, uint32_t leaf, struct pl_error *error)
{
    if (leaf < loader->confusions_size)
        return PL_OK;

    const size_t size = loader->confusions_size == 0 ? 64 : loader->confusions_size * 2;
    struct pl_confusion *grown = realloc(loader->confusions, size * sizeof *grown);

    if (grown == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for %zu groups", size);
    memset(grown + loader->confusions_size, 0, (size - loader->confusions_size) * sizeof *grown);
    loader->confusions = grown;
    loader->confusions_size = size;
    return PL_OK;
}

/* How many decisions the row stands for, and the weight of each. */
static void take_size(const struct pl_plan *plan, const struct pl_batch *batch,
                      struct pl_loader_row *row)
{
    row->kind.count = (uint64_t)batch->columns[plan->count].integers[row->index];
    row->kind.weight =
        plan->weight == PL_PLAN_NONE ? 1.0 : batch->columns[plan->weight].reals[row->index];
}

static enum pl_status take_row(struct pl_loader *loader, const struct pl_batch *batch,
                               struct pl_loader_row *row, struct pl_error *error)
{
    row->kind.label = PL_UNKNOWN;
    row->kind.prediction = PL_UNKNOWN;
    PL_RETURN_IF(pl_loader_leaf(loader, batch, row->index, &row->leaf, error));
    PL_RETURN_IF(reserve_leaf(loader, row->leaf, error));
    return loader->kind->take(loader, batch, row, error);
}

void pl_confusion_add(struct pl_confusion *confusion, const struct pl_kind *kind)
{
    const double count = (double)kind->count;

    confusion->n[kind->label][kind->prediction] += kind->count;
    confusion->weight[kind->label][kind->prediction] += count * kind->weight;
    confusion->weight_squared[kind->label][kind->prediction] += count * kind->weight * kind->weight;
}

/* Where the result has value column `column` of the loader: the score, then the others. */
static const struct pl_vector *value_vector(const struct pl_loader *loader,
                                            const struct pl_batch *batch, size_t column)
{
    const struct pl_plan *plan = loader->plan;

    if (pl_plan_has_scores(plan))
        return column == 0 ? &batch->columns[plan->score]
                           : &batch->columns[plan->first_column + (int)column - 1];
    return &batch->columns[plan->first_column + (int)column];
}

/* Remembers count and weight of a row for the values that point to it. */
static enum pl_status keep_row(struct pl_loader *loader, const struct pl_kind *kind,
                               struct pl_error *error)
{
    if (loader->rows_count == loader->rows_size) {
        const size_t size = loader->rows_size == 0 ? 4096 : loader->rows_size * 2;
        uint64_t *counts = realloc(loader->row_counts, size * sizeof *counts);

        if (counts != NULL)
            loader->row_counts = counts;

        double *weights = realloc(loader->row_weights, size * sizeof *weights);

        if (weights != NULL)
            loader->row_weights = weights;
        if (counts == NULL || weights == NULL || size > PL_RUNS_MAX)
            return pl_error_set(error, PL_E_LIMIT, "no room for %zu rows of counts", size);
        loader->rows_size = size;
    }
    loader->row_counts[loader->rows_count] = kind->count;
    loader->row_weights[loader->rows_count++] = kind->weight;
    return PL_OK;
}

static enum pl_status add_loose(struct pl_loader *loader, size_t column,
                                const struct pl_loose *item, struct pl_error *error)
{
    struct pl_loose_list *list = &loader->columns[column];

    PL_RETURN_IF(pl_loose_reserve(list, 1, error));
    list->items[list->count++] = *item;
    return PL_OK;
}

/* Hands on the values counted so far, each with its count, and empties the table. */
static enum pl_status flush_counted(struct pl_loader *loader, size_t column, uint32_t key,
                                    struct pl_error *error)
{
    struct pl_counted *counted = &loader->counted;

    for (size_t i = 0; i < counted->used; i++) {
        struct pl_counted_slot *slot = &counted->slots[counted->order[i]];
        const struct pl_kind kind = {.count = slot->count, .weight = 1.0};
        const struct pl_loose item = {
            .order = slot->order, .key = key, .row = (uint32_t)loader->rows_count};

        PL_RETURN_IF(keep_row(loader, &kind, error));
        PL_RETURN_IF(add_loose(loader, column, &item, error));
        slot->count = 0;
    }
    counted->used = 0;
    return PL_OK;
}

/* Counts a value; false when the table has too many already. */
static bool count_value(struct pl_counted *counted, uint64_t order)
{
    /* The upper bits of the product: of whole numbers the lower bits of `order` are all 0. */
    uint32_t at = (uint32_t)(order * 0x9e3779b97f4a7c15u >> (64 - PL_COUNTED_BITS));

    while (counted->slots[at].count != 0 && counted->slots[at].order != order)
        at = (at + 1) & (PL_COUNTED_SLOTS - 1);
    if (counted->slots[at].count == 0) {
        if (counted->used == PL_COUNTED_MAX)
            return false;
        counted->slots[at].order = order;
        counted->order[counted->used++] = at;
    }
    counted->slots[at].count++;
    return true;
}

/* The leaf and the mark that the values of a column carry in this row. */
static uint32_t run_key(const struct pl_loader *loader, const struct pl_loader_row *row,
                        size_t column)
{
    const enum pl_mark mark =
        loader->kind->mark == NULL ? row->kind.label : loader->kind->mark(loader, row, column);

    return row->leaf * 4 + (uint32_t)mark;
}

/*
 * The values of one group. Few distinct ones are counted here, which leaves little to sort; once there
 * are many, the rest goes on one by one, as row 0, which counts 1.
 */
static enum pl_status take_list(struct pl_loader *loader, const struct pl_vector *vector,
                                const struct pl_loader_row *row, size_t column,
                                struct pl_error *error)
{
    const uint32_t key = run_key(loader, row, column);
    const struct pl_list range = vector->lists[row->index];
    bool counting = true;

    for (uint64_t i = range.offset; i < range.offset + range.length; i++) {
        if (!pl_vector_valid(vector->valid_reals, i) || isnan(vector->reals[i])) {
            loader->missing[column]++;
            continue;
        }

        const uint64_t order = pl_order_of(vector->reals[i]);

        counting = counting && count_value(&loader->counted, order);
        if (counting)
            continue;

        const struct pl_loose item = {.order = order, .key = key};

        PL_RETURN_IF(add_loose(loader, column, &item, error));
    }
    return flush_counted(loader, column, key, error);
}

static enum pl_status take_value(struct pl_loader *loader, const struct pl_vector *vector,
                                 const struct pl_loader_row *row, size_t column,
                                 struct pl_error *error)
{
    const bool valid = pl_vector_valid(vector->valid, row->index);

    if (!valid || isnan(vector->reals[row->index])) {
        loader->missing[column] += row->kind.count;
        return PL_OK;
    }

    const struct pl_loose item = {
        .order = pl_order_of(vector->reals[row->index]),
        .key = run_key(loader, row, column),
        .row = (uint32_t)loader->rows_count,
    };

    return add_loose(loader, column, &item, error);
}

/* Decisions of this row that have no score cannot have a prediction either. */
static void confuse_missing(struct pl_loader *loader, const struct pl_loader_row *row,
                            uint64_t missing_before)
{
    struct pl_loader_row missing = *row;

    missing.kind.prediction = PL_UNKNOWN;
    missing.kind.count = loader->missing[0] - missing_before;
    if (pl_plan_predicts_by_score(loader->plan))
        pl_confusion_add(&loader->confusions[row->leaf], &missing.kind);
}

static enum pl_status take_values(struct pl_loader *loader, const struct pl_batch *batch,
                                  const struct pl_loader_row *row, struct pl_error *error)
{
    const bool lists = loader->plan->lists;
    const uint64_t missing_before = loader->missing[0];

    for (size_t column = 0; column < loader->columns_count; column++) {
        const struct pl_vector *vector = value_vector(loader, batch, column);

        PL_RETURN_IF(lists ? take_list(loader, vector, row, column, error)
                           : take_value(loader, vector, row, column, error));
        if (column == 0)
            confuse_missing(loader, row, missing_before);
    }
    /* The values taken above point to this row. */
    return lists || loader->columns_count == 0 ? PL_OK : keep_row(loader, &row->kind, error);
}

enum pl_status pl_loader_take(const struct pl_batch *batch, void *context, struct pl_error *error)
{
    struct pl_loader *loader = context;
    const struct pl_plan *plan = loader->plan;

    for (struct pl_loader_row row = {0}; row.index < batch->rows_count; row.index++) {
        for (size_t i = 0; i < plan->checks_count; i++)
            loader->bad[i] +=
                (uint64_t)batch->columns[plan->first_check + (int)i].integers[row.index];
        loader->file_rows += (uint64_t)batch->columns[plan->file_rows].integers[row.index];
        take_size(plan, batch, &row);
        /* Such a row is no decision: it makes no group either. */
        if (row.kind.count == 0 || row.kind.weight == 0.0)
            continue;
        PL_RETURN_IF(take_row(loader, batch, &row, error));
        loader->decisions += row.kind.count;
        PL_RETURN_IF(take_values(loader, batch, &row, error));
        PL_RETURN_IF(pl_ratios_take(loader, batch, &row, error));
    }
    return PL_OK;
}

enum pl_status pl_loader_init(struct pl_loader *loader, const struct pl_plan *plan,
                              struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_data *data = &plan->line->data;
    const struct pl_kind one = {.count = 1, .weight = 1.0};

    memset(loader, 0, sizeof *loader);
    loader->plan = plan;
    loader->kind = pl_task_kind_of(data->task);
    loader->arena = arena;
    for (size_t i = 0; i < plan->segments_count; i++)
        pl_intern_init(&loader->groups[i], PL_SEGMENT_VALUES_MAX);
    pl_intern_init(&loader->leaves, PL_LEAVES_MAX);
    loader->labels =
        (struct pl_marks){.line = plan->line, .column = data->label, .place = data->label_place};
    loader->predictions = (struct pl_marks){
        .line = plan->line, .column = data->prediction, .place = data->prediction_place};
    loader->columns_count = plan->columns_count + (pl_plan_has_scores(plan) ? 1 : 0);
    assert(loader->columns_count <= PL_COLUMNS_MAX);
    /* Row 0 counts 1: values that come one by one point to it. */
    return keep_row(loader, &one, error);
}

void pl_loader_deinit(struct pl_loader *loader)
{
    if (loader->kind->abandon != NULL)
        loader->kind->abandon(loader);
    pl_ratios_abandon(loader);
    for (size_t i = 0; i < loader->plan->segments_count; i++)
        pl_intern_deinit(&loader->groups[i]);
    pl_intern_deinit(&loader->leaves);
    for (size_t i = 0; i < loader->columns_count; i++)
        pl_loose_deinit(&loader->columns[i]);
    free(loader->confusions);
    free(loader->row_counts);
    free(loader->row_weights);
}

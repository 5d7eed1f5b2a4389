/*
 * Collects the rows of the one GROUP BY: groups get numbers, combinations of groups become leaves,
 * values become runs. At the end groups and leaves are put into the order of their names, so that
 * nothing depends on the order in which rows came.
 */
#include "measure/load.h"

#include "measure/intern.h"
#include "measure/marks.h"
#include "measure/sort.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The group name of a missing value: no text of the data can equal it by accident but itself. */
#define MISSING "(missing)"

#define COUNTED_BITS  13
#define COUNTED_SLOTS (1u << COUNTED_BITS) /* twice COUNTED_MAX */
#define COUNTED_MAX   4096u

/* The distinct values of one list while they are few: a hash table, emptied after each list. */
struct counted_slot {
    uint64_t order;
    uint64_t count; /* 0: the slot is free */
};

struct counted {
    struct counted_slot slots[COUNTED_SLOTS];
    uint32_t order[COUNTED_MAX]; /* slots in use, in the order of arrival */
    size_t used;
};

struct loader {
    const struct pl_plan *plan;
    struct pl_arena *arena;
    struct pl_intern groups[PL_SEGMENTS_MAX];
    struct pl_intern leaves;         /* keys: the group numbers of all segments */
    struct pl_confusion *confusions; /* by leaf, while loading */
    size_t confusions_size;
    struct pl_confusion *placed; /* by leaf, in order; in the arena */
    struct pl_marks labels;
    struct pl_marks predictions;
    struct pl_loose_list columns[PL_COLUMNS_MAX]; /* the score first, when it is loaded */
    uint64_t missing[PL_COLUMNS_MAX];
    size_t columns_count;
    uint64_t *row_counts; /* what a loose value points to */
    double *row_weights;
    struct counted counted;
    size_t rows_count;
    size_t rows_size;
    uint64_t bad[PL_PLAN_CHECKS_MAX];
    uint64_t decisions;
};

/* One row of the result, taken apart. */
struct row {
    size_t index;
    uint32_t leaf;
    enum pl_mark label;
    enum pl_mark prediction;
    uint64_t count;
    double weight;
};

static bool has_score_column(const struct pl_plan *plan)
{
    return plan->score != PL_PLAN_NONE;
}

/* With scores loaded and no prediction column, predictions follow from the runs: confuse_scores. */
static bool predicts_by_score(const struct pl_plan *plan)
{
    return has_score_column(plan) && plan->prediction == PL_PLAN_NONE;
}

static enum pl_status too_many_groups(const struct loader *loader, const struct pl_segment *segment,
                                      struct pl_error *error)
{
    return pl_line_error(loader->plan->line, segment->place, PL_E_LIMIT, error,
                         "segment `%.*s` has more than %d groups: use `bins` or `map` to make "
                         "fewer",
                         PL_STR_ARG(segment->name), PL_SEGMENT_VALUES_MAX);
}

/* The leaf of a row: the numbers of its groups, taken together. */
static enum pl_status find_leaf(struct loader *loader, const struct pl_batch *batch, size_t row,
                                uint32_t *ret_leaf, struct pl_error *error)
{
    uint32_t numbers[PL_SEGMENTS_MAX];
    const size_t count = loader->plan->segments_count;

    for (size_t i = 0; i < count; i++) {
        const struct pl_vector *vector = &batch->columns[i];
        const struct pl_str name =
            pl_vector_valid(vector->valid, row) ? vector->texts[row] : PL_STR(MISSING);

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

static enum pl_status reserve_leaf(struct loader *loader, uint32_t leaf, struct pl_error *error)
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

static enum pl_status take_mark(struct pl_marks *marks, const struct pl_vector *vector, size_t row,
                                enum pl_mark *ret_mark, struct pl_error *error)
{
    char digits[24];

    *ret_mark = PL_UNKNOWN;
    if (!pl_vector_valid(vector->valid, row))
        return PL_OK;
    if (vector->type == PL_TYPE_INTEGER) {
        (void)snprintf(digits, sizeof digits, "%lld", (long long)vector->integers[row]);
        return pl_marks_take(marks, pl_str_of(digits), ret_mark, error);
    }
    return pl_marks_take(marks, vector->texts[row], ret_mark, error);
}

/* The side of the threshold, as the engine found it. */
static enum pl_mark side_of(const struct pl_vector *vector, size_t row)
{
    if (!pl_vector_valid(vector->valid, row))
        return PL_UNKNOWN;
    return vector->integers[row] != 0 ? PL_POSITIVE : PL_NEGATIVE;
}

/* How many decisions the row stands for, and the weight of each. */
static void take_size(const struct pl_plan *plan, const struct pl_batch *batch, struct row *row)
{
    row->count = (uint64_t)batch->columns[plan->count].integers[row->index];
    row->weight =
        plan->weight == PL_PLAN_NONE ? 1.0 : batch->columns[plan->weight].reals[row->index];
}

static enum pl_status take_row(struct loader *loader, const struct pl_batch *batch, struct row *row,
                               struct pl_error *error)
{
    const struct pl_plan *plan = loader->plan;

    row->label = PL_UNKNOWN;
    row->prediction = PL_UNKNOWN;
    PL_RETURN_IF(find_leaf(loader, batch, row->index, &row->leaf, error));
    PL_RETURN_IF(reserve_leaf(loader, row->leaf, error));
    if (plan->label != PL_PLAN_NONE)
        PL_RETURN_IF(take_mark(&loader->labels, &batch->columns[plan->label], row->index,
                               &row->label, error));
    if (plan->prediction == PL_PLAN_NONE)
        return PL_OK;
    if (!plan->prediction_is_side)
        return take_mark(&loader->predictions, &batch->columns[plan->prediction], row->index,
                         &row->prediction, error);
    row->prediction = side_of(&batch->columns[plan->prediction], row->index);
    return PL_OK;
}

static void confusion_add(struct pl_confusion *confusion, const struct row *row)
{
    const double count = (double)row->count;

    confusion->n[row->label][row->prediction] += row->count;
    confusion->weight[row->label][row->prediction] += count * row->weight;
    confusion->weight_squared[row->label][row->prediction] += count * row->weight * row->weight;
}

/* Where the result has value column `column` of the loader: the score, then the others. */
static const struct pl_vector *value_vector(const struct loader *loader,
                                            const struct pl_batch *batch, size_t column)
{
    const struct pl_plan *plan = loader->plan;

    if (has_score_column(plan))
        return column == 0 ? &batch->columns[plan->score]
                           : &batch->columns[plan->first_column + (int)column - 1];
    return &batch->columns[plan->first_column + (int)column];
}

/* Remembers count and weight of a row for the values that point to it. */
static enum pl_status keep_row(struct loader *loader, const struct row *row, struct pl_error *error)
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
    loader->row_counts[loader->rows_count] = row->count;
    loader->row_weights[loader->rows_count++] = row->weight;
    return PL_OK;
}

static enum pl_status add_loose(struct loader *loader, size_t column, const struct pl_loose *item,
                                struct pl_error *error)
{
    struct pl_loose_list *list = &loader->columns[column];

    PL_RETURN_IF(pl_loose_reserve(list, 1, error));
    list->items[list->count++] = *item;
    return PL_OK;
}

/* Hands on the values counted so far, each with its count, and empties the table. */
static enum pl_status flush_counted(struct loader *loader, size_t column, uint32_t key,
                                    struct pl_error *error)
{
    struct counted *counted = &loader->counted;

    for (size_t i = 0; i < counted->used; i++) {
        struct counted_slot *slot = &counted->slots[counted->order[i]];
        const struct row row = {.count = slot->count, .weight = 1.0};
        const struct pl_loose item = {
            .order = slot->order, .key = key, .row = (uint32_t)loader->rows_count};

        PL_RETURN_IF(keep_row(loader, &row, error));
        PL_RETURN_IF(add_loose(loader, column, &item, error));
        slot->count = 0;
    }
    counted->used = 0;
    return PL_OK;
}

/* Counts a value; false when the table has too many already. */
static bool count_value(struct counted *counted, uint64_t order)
{
    /* The upper bits of the product: of whole numbers the lower bits of `order` are all 0. */
    uint32_t at = (uint32_t)(order * 0x9e3779b97f4a7c15u >> (64 - COUNTED_BITS));

    while (counted->slots[at].count != 0 && counted->slots[at].order != order)
        at = (at + 1) & (COUNTED_SLOTS - 1);
    if (counted->slots[at].count == 0) {
        if (counted->used == COUNTED_MAX)
            return false;
        counted->slots[at].order = order;
        counted->order[counted->used++] = at;
    }
    counted->slots[at].count++;
    return true;
}

/*
 * The values of one group. Few distinct ones are counted here, which leaves little to sort; once there
 * are many, the rest goes on one by one, as row 0, which counts 1.
 */
static enum pl_status take_list(struct loader *loader, const struct pl_vector *vector,
                                const struct row *row, size_t column, struct pl_error *error)
{
    const uint32_t key = row->leaf * 4 + (uint32_t)row->label;
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

static enum pl_status take_value(struct loader *loader, const struct pl_vector *vector,
                                 const struct row *row, size_t column, struct pl_error *error)
{
    const bool valid = pl_vector_valid(vector->valid, row->index);

    if (!valid || isnan(vector->reals[row->index])) {
        loader->missing[column] += row->count;
        return PL_OK;
    }

    const struct pl_loose item = {
        .order = pl_order_of(vector->reals[row->index]),
        .key = row->leaf * 4 + (uint32_t)row->label,
        .row = (uint32_t)loader->rows_count,
    };

    return add_loose(loader, column, &item, error);
}

/* Decisions of this row that have no score cannot have a prediction either. */
static void confuse_missing(struct loader *loader, const struct row *row, uint64_t missing_before)
{
    struct row missing = *row;

    missing.prediction = PL_UNKNOWN;
    missing.count = loader->missing[0] - missing_before;
    if (predicts_by_score(loader->plan))
        confusion_add(&loader->confusions[row->leaf], &missing);
}

static enum pl_status take_values(struct loader *loader, const struct pl_batch *batch,
                                  const struct row *row, struct pl_error *error)
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
    return lists || loader->columns_count == 0 ? PL_OK : keep_row(loader, row, error);
}

static enum pl_status take_batch(const struct pl_batch *batch, void *context,
                                 struct pl_error *error)
{
    struct loader *loader = context;
    const struct pl_plan *plan = loader->plan;

    for (struct row row = {0}; row.index < batch->rows_count; row.index++) {
        for (size_t i = 0; i < plan->checks_count; i++)
            loader->bad[i] +=
                (uint64_t)batch->columns[plan->first_check + (int)i].integers[row.index];
        take_size(plan, batch, &row);
        /* Such a row is no decision: it makes no group either. */
        if (row.count == 0 || row.weight == 0.0)
            continue;
        PL_RETURN_IF(take_row(loader, batch, &row, error));
        loader->decisions += row.count;
        if (!predicts_by_score(plan))
            confusion_add(&loader->confusions[row.leaf], &row);
        PL_RETURN_IF(take_values(loader, batch, &row, error));
    }
    return PL_OK;
}

static void loader_init(struct loader *loader, const struct pl_plan *plan, struct pl_arena *arena)
{
    const struct pl_data *data = &plan->line->data;

    memset(loader, 0, sizeof *loader);
    loader->plan = plan;
    loader->arena = arena;
    for (size_t i = 0; i < plan->segments_count; i++)
        pl_intern_init(&loader->groups[i], PL_SEGMENT_VALUES_MAX);
    pl_intern_init(&loader->leaves, PL_LEAVES_MAX);
    loader->labels =
        (struct pl_marks){.line = plan->line, .column = data->label, .place = data->label_place};
    loader->predictions = (struct pl_marks){
        .line = plan->line, .column = data->prediction, .place = data->prediction_place};
    loader->columns_count = plan->columns_count + (has_score_column(plan) ? 1 : 0);
    assert(loader->columns_count <= PL_COLUMNS_MAX);
}

static void loader_deinit(struct loader *loader)
{
    for (size_t i = 0; i < loader->plan->segments_count; i++)
        pl_intern_deinit(&loader->groups[i]);
    pl_intern_deinit(&loader->leaves);
    for (size_t i = 0; i < loader->columns_count; i++)
        pl_loose_deinit(&loader->columns[i]);
    free(loader->confusions);
    free(loader->row_counts);
    free(loader->row_weights);
}

/* A number and what it sorts by. */
struct named {
    struct pl_str name;
    uint32_t number;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *first = a;
    const struct named *second = b;
    const bool first_missing = pl_str_equal_text(first->name, MISSING);
    const bool second_missing = pl_str_equal_text(second->name, MISSING);

    if (first_missing != second_missing)
        return first_missing ? 1 : -1;
    return pl_str_compare(first->name, second->name);
}

/* The name a group is shown by: bins come from the engine as their index. */
static struct pl_str group_name(struct pl_arena *arena, const struct pl_segment *segment,
                                struct pl_str name)
{
    uint64_t bin = 0;

    if (segment->kind != PL_SEGMENT_BINS || !pl_str_to_uint64(name, &bin))
        return pl_arena_copy(arena, name);
    if (bin == 0)
        return pl_arena_format(arena, "<%.15g", segment->bins[0]);
    if (bin == segment->bins_count)
        return pl_arena_format(arena, ">=%.15g", segment->bins[bin - 1]);
    return pl_arena_format(arena, "%.15g-%.15g", segment->bins[bin - 1], segment->bins[bin]);
}

/* Names of one segment in order; `ret_places` says where each number went. */
static enum pl_status sort_groups(struct loader *loader, size_t segment,
                                  struct pl_groups *ret_groups, uint32_t *ret_places,
                                  struct pl_error *error)
{
    const struct pl_intern *groups = &loader->groups[segment];
    const struct pl_segment *declared = &loader->plan->line->data.segments[segment];
    struct named *named = pl_arena_alloc_array(loader->arena, groups->count, sizeof *named);
    struct pl_str *names = pl_arena_alloc_array(loader->arena, groups->count, sizeof *names);

    if (named == NULL || names == NULL)
        return pl_arena_error(loader->arena, "the names of the groups", error);
    for (uint32_t i = 0; i < groups->count; i++)
        named[i] = (struct named){groups->keys[i], i};
    qsort(named, groups->count, sizeof *named, compare_named);
    for (uint32_t i = 0; i < groups->count; i++) {
        ret_places[named[i].number] = i;
        names[i] = group_name(loader->arena, declared, named[i].name);
        if (names[i].ptr == NULL)
            return pl_arena_error(loader->arena, "the names of the groups", error);
    }
    *ret_groups = (struct pl_groups){declared->name, names, groups->count};
    return PL_OK;
}

/* A leaf: the places of its groups, and the number it had while loading. */
struct leaf {
    uint32_t groups[PL_SEGMENTS_MAX];
    uint32_t number;
};

static int compare_leaves(const void *a, const void *b)
{
    const struct leaf *first = a;
    const struct leaf *second = b;

    for (size_t i = 0; i < PL_SEGMENTS_MAX; i++)
        if (first->groups[i] != second->groups[i])
            return first->groups[i] < second->groups[i] ? -1 : 1;
    return 0;
}

/* All leaves in the order of their groups; in the arena. */
static enum pl_status sort_leaves(struct loader *loader, uint32_t *const *places,
                                  struct leaf **ret_leaves, struct pl_error *error)
{
    const size_t count = loader->leaves.count;
    struct leaf *leaves = pl_arena_alloc_array(loader->arena, count, sizeof *leaves);

    if (leaves == NULL)
        return pl_arena_error(loader->arena, "the table of groups", error);
    for (size_t i = 0; i < count; i++) {
        uint32_t numbers[PL_SEGMENTS_MAX] = {0};

        memcpy(numbers, loader->leaves.keys[i].ptr, loader->leaves.keys[i].len);
        leaves[i].number = (uint32_t)i;
        for (size_t s = 0; s < loader->plan->segments_count; s++)
            leaves[i].groups[s] = places[s][numbers[s]];
    }
    qsort(leaves, count, sizeof *leaves, compare_leaves);
    *ret_leaves = leaves;
    return PL_OK;
}

/* Fills the cells' tables by the sorted leaves, and renumbers the loose values. */
static enum pl_status place_leaves(struct loader *loader, const struct leaf *leaves,
                                   struct pl_cells *cells, struct pl_error *error)
{
    const size_t count = loader->leaves.count;
    const size_t segments = loader->plan->segments_count;
    uint32_t *groups = pl_arena_alloc_array(loader->arena, count * segments + 1, sizeof *groups);
    uint32_t *places = pl_arena_alloc_array(loader->arena, count, sizeof *places);
    struct pl_confusion *confusions =
        pl_arena_alloc_array(loader->arena, count, sizeof *confusions);

    if (groups == NULL || places == NULL || confusions == NULL)
        return pl_arena_error(loader->arena, "the table of groups", error);
    for (size_t i = 0; i < count; i++) {
        places[leaves[i].number] = (uint32_t)i;
        confusions[i] = loader->confusions[leaves[i].number];
        memcpy(groups + i * segments, leaves[i].groups, segments * sizeof *groups);
    }
    for (size_t column = 0; column < loader->columns_count; column++)
        for (size_t i = 0; i < loader->columns[column].count; i++) {
            uint32_t *key = &loader->columns[column].items[i].key;

            *key = places[*key / 4] * 4 + *key % 4;
        }
    loader->placed = confusions;
    cells->leaf_groups = groups;
    cells->confusions = confusions;
    cells->leaves_count = count;
    return PL_OK;
}

static enum pl_status order_groups(struct loader *loader, struct pl_cells *cells,
                                   struct pl_error *error)
{
    const size_t segments = loader->plan->segments_count;
    struct pl_groups *groups = pl_arena_alloc_array(loader->arena, segments + 1, sizeof *groups);
    uint32_t *places[PL_SEGMENTS_MAX] = {0};
    struct leaf *leaves = NULL;

    if (groups == NULL)
        return pl_arena_error(loader->arena, "the names of the groups", error);
    for (size_t i = 0; i < segments; i++) {
        places[i] = pl_arena_alloc_array(loader->arena, loader->groups[i].count, sizeof **places);
        if (places[i] == NULL)
            return pl_arena_error(loader->arena, "the names of the groups", error);
        PL_RETURN_IF(sort_groups(loader, i, &groups[i], places[i], error));
    }
    PL_RETURN_IF(sort_leaves(loader, places, &leaves, error));
    PL_RETURN_IF(place_leaves(loader, leaves, cells, error));
    cells->segments = groups;
    cells->segments_count = segments;
    return PL_OK;
}

static struct pl_str column_name(const struct loader *loader, size_t column)
{
    const struct pl_plan *plan = loader->plan;

    if (!has_score_column(plan))
        return plan->columns[column].name;
    return column == 0 ? plan->line->data.score : plan->columns[column - 1].name;
}

/* Sorts the runs of every column; infinite values sort to the ends and are refused there. */
static enum pl_status make_runs(struct loader *loader, uint32_t threads, struct pl_runs *ret_runs,
                                struct pl_error *error)
{
    const bool weighted = loader->plan->weight != PL_PLAN_NONE;
    const struct pl_loose_rows rows = {
        .counts = loader->row_counts,
        .weights = weighted ? loader->row_weights : NULL,
    };

    for (size_t column = 0; column < loader->columns_count; column++) {
        struct pl_runs *runs = &ret_runs[column];
        const struct pl_str name = column_name(loader, column);

        PL_RETURN_IF(pl_runs_make(&loader->columns[column], &rows, threads, runs, error));
        runs->column = name;
        runs->missing = loader->missing[column];
        if (runs->count > 0 && (isinf(runs->values[0]) || isinf(runs->values[runs->count - 1])))
            return pl_error_set(error, PL_E_DATA,
                                "%.*s: column `%.*s` holds an infinite value; a finite number is "
                                "needed",
                                PL_STR_ARG(loader->plan->path), PL_STR_ARG(name));
    }
    return PL_OK;
}

/* Predictions from scores: every run falls on one side of the threshold. */
static void confuse_scores(struct pl_confusion *confusions, const struct pl_cells *cells)
{
    const struct pl_runs *runs = &cells->columns[0];

    for (size_t i = 0; i < runs->count; i++) {
        const struct row row = {
            .label = (enum pl_mark)(runs->keys[i] % 4),
            .prediction = runs->values[i] >= cells->threshold ? PL_POSITIVE : PL_NEGATIVE,
            .count = runs->counts[i],
            .weight = runs->weights == NULL ? 1.0 : runs->weights[i],
        };

        confusion_add(&confusions[runs->keys[i] / 4], &row);
    }
}

static enum pl_status check_rows(const struct loader *loader, struct pl_error *error)
{
    for (size_t i = 0; i < loader->plan->checks_count; i++)
        if (loader->bad[i] > 0)
            return pl_plan_report(loader->plan, i, loader->arena, error);
    if (loader->decisions == 0)
        return pl_error_set(error, PL_E_DATA, "%.*s has no decisions%s",
                            PL_STR_ARG(loader->plan->path),
                            loader->plan->line->data.where.len > 0 ? " that meet data.where" : "");
    return PL_OK;
}

static void count_unknown(struct pl_cells *cells)
{
    uint64_t known = 0;

    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        const struct pl_confusion *confusion = &cells->confusions[leaf];

        for (int label = 0; label < 3; label++)
            for (int prediction = 0; prediction < 3; prediction++) {
                const uint64_t n = confusion->n[label][prediction];

                known += n;
                cells->unlabelled += label == PL_UNKNOWN ? n : 0;
                cells->unpredicted += prediction == PL_UNKNOWN ? n : 0;
            }
    }
    assert(known == cells->decisions);
}

static enum pl_status finish(struct loader *loader, uint32_t threads, struct pl_cells *cells,
                             struct pl_error *error)
{
    const struct pl_plan *plan = loader->plan;
    struct pl_runs *runs =
        pl_arena_alloc_array(loader->arena, loader->columns_count + 1, sizeof *runs);

    if (runs == NULL)
        return pl_arena_error(loader->arena, "the columns", error);
    PL_RETURN_IF(check_rows(loader, error));
    PL_RETURN_IF(order_groups(loader, cells, error));
    cells->columns = runs;
    cells->columns_count = loader->columns_count;
    cells->has_labels = plan->label != PL_PLAN_NONE;
    cells->has_scores = has_score_column(plan);
    cells->has_predictions = plan->prediction != PL_PLAN_NONE || cells->has_scores;
    cells->has_weights = plan->weight != PL_PLAN_NONE;
    cells->threshold = plan->line->data.threshold;
    cells->decisions = loader->decisions;
    cells->source = plan->path;
    return make_runs(loader, threads, runs, error);
}

enum pl_status pl_cells_load(const struct pl_plan *plan, uint32_t threads, struct pl_arena *arena,
                             struct pl_cells *ret_cells, struct pl_error *error)
{
    struct loader *loader = malloc(sizeof *loader);
    struct pl_cells cells = {0};

    if (loader == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left to load the data");
    loader_init(loader, plan, arena);

    /* Row 0 counts 1: values that come one by one point to it. */
    const struct row one = {.count = 1, .weight = 1.0};
    enum pl_status status = keep_row(loader, &one, error);

    if (status == PL_OK)
        status = plan->driver->query(plan->connection, plan->sql, take_batch, loader, error);
    if (status != PL_OK)
        status = pl_plan_blame(plan, status, arena, error);
    else
        status = finish(loader, threads, &cells, error);
    if (status == PL_OK) {
        if (predicts_by_score(plan))
            confuse_scores(loader->placed, &cells);
        count_unknown(&cells);
        *ret_cells = cells;
    } else {
        pl_cells_deinit(&cells);
    }
    loader_deinit(loader);
    free(loader);
    return status;
}

void pl_cells_deinit(struct pl_cells *cells)
{
    for (size_t i = 0; i < cells->columns_count; i++) {
        struct pl_runs *runs = (struct pl_runs *)(uintptr_t)&cells->columns[i];

        pl_runs_deinit(runs);
    }
    cells->columns_count = 0;
}

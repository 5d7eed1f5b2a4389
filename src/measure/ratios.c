/*
 * From pairs to the sums of a ratio. Each row of the result becomes one item, the exact sums of its
 * pairs rounded once; items are put in order before they are added up, so that nothing depends on the
 * order in which rows came.
 */
#include "measure/ratios.h"

#include "stats/exact_sum.h"

#include <math.h>
#include <stdlib.h>

/* The sums of one row of the result, and where they belong. */
struct item {
    struct pl_ratio_sums sums;
    uint32_t leaf;
    uint32_t ratio;
};

struct pl_ratio_list {
    struct item *items;
    size_t count;
    size_t size;
};

/* A list of pairs for each group, or both values as groups of their own. */
static enum pl_status add_pair(struct pl_builder *builder, const struct pl_str *numbers,
                               struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sql = {0};

    if (!builder->plan->lists) {
        (void)pl_builder_add(builder, numbers[0], true);
        (void)pl_builder_add(builder, numbers[1], true);
        return PL_OK;
    }
    pl_buffer_init(&sql, PL_SQL_SIZE_BYTES_MAX);
    pl_buffer_add_format(&sql, "list({a: %s, b: %s})", numbers[0].ptr, numbers[1].ptr);
    PL_RETURN_IF(pl_buffer_check(&sql, "an SQL statement", error));
    (void)pl_builder_add(builder, pl_buffer_view(&sql), false);
    return PL_OK;
}

enum pl_status pl_ratios_plan(struct pl_builder *builder, struct pl_error *error)
{
    struct pl_plan *plan = builder->plan;

    plan->first_ratio = builder->items_count;
    for (size_t i = 0; i < plan->ratios_count; i++) {
        struct pl_str numbers[2];

        for (int side = 0; side < 2; side++) {
            const struct pl_value_column *column = &plan->ratios[i].columns[side];
            const struct pl_named_column named = {column->name, column->place};

            PL_RETURN_IF(pl_builder_number(builder, &named, true, &numbers[side], error));
        }
        PL_RETURN_IF(add_pair(builder, numbers, error));
    }
    return PL_OK;
}

static enum pl_status add_item(struct pl_loader *loader, const struct item *item,
                               struct pl_error *error)
{
    if (loader->ratios == NULL)
        loader->ratios = calloc(1, sizeof *loader->ratios);

    struct pl_ratio_list *list = loader->ratios;

    if (list != NULL && list->count == list->size) {
        const size_t size = list->size == 0 ? 256 : list->size * 2;
        struct item *grown = size > PL_RUNS_MAX ? NULL : realloc(list->items, size * sizeof *grown);

        if (grown != NULL) {
            list->items = grown;
            list->size = size;
        }
    }
    if (list == NULL || list->count == list->size)
        return pl_error_set(error, PL_E_LIMIT, "no room for the pairs of a ratio");
    list->items[list->count++] = *item;
    return PL_OK;
}

static enum pl_status not_finite(const struct pl_loader *loader, size_t ratio,
                                 struct pl_error *error)
{
    const struct pl_ratio_columns *columns = &loader->plan->ratios[ratio];

    return pl_line_error(loader->plan->line, columns->columns[0].place, PL_E_DATA, error,
                         "%.*s: column `%.*s` or `%.*s` holds a value that is infinite or too "
                         "large; finite numbers are needed",
                         PL_STR_ARG(loader->plan->path), PL_STR_ARG(columns->columns[0].name),
                         PL_STR_ARG(columns->columns[1].name));
}

/* The exact sums of a list of pairs, each of weight 1. */
struct exact {
    struct pl_exact_sum x;
    struct pl_exact_sum y;
    struct pl_exact_sum xx;
    struct pl_exact_sum xy;
    struct pl_exact_sum yy;
};

static enum pl_status round_sums(const struct exact *exact, struct pl_ratio_sums *sums)
{
    struct pl_error ignored; /* the caller knows the columns, and says it better */

    PL_RETURN_IF(pl_exact_sum_double_double(&exact->x, &sums->x, &ignored));
    PL_RETURN_IF(pl_exact_sum_double_double(&exact->y, &sums->y, &ignored));
    PL_RETURN_IF(pl_exact_sum_double_double(&exact->xx, &sums->xx, &ignored));
    PL_RETURN_IF(pl_exact_sum_double_double(&exact->xy, &sums->xy, &ignored));
    return pl_exact_sum_double_double(&exact->yy, &sums->yy, &ignored);
}

/* The pairs of one list that have both values. */
static enum pl_status sum_list(const struct pl_vector *vector, const struct pl_list *range,
                               struct pl_ratio_sums *sums)
{
    struct exact *exact = calloc(1, sizeof *exact);

    if (exact == NULL)
        return PL_E_MEMORY;
    for (uint64_t i = range->offset; i < range->offset + range->length; i++) {
        const double x = vector->reals[i];
        const double y = vector->seconds[i];

        if (!pl_vector_valid(vector->valid_reals, i) || isnan(x) ||
            !pl_vector_valid(vector->valid_seconds, i) || isnan(y))
            continue;
        sums->n++;
        pl_exact_sum_add(&exact->x, x);
        pl_exact_sum_add(&exact->y, y);
        pl_exact_sum_add_product(&exact->xx, x, x);
        pl_exact_sum_add_product(&exact->xy, x, y);
        pl_exact_sum_add_product(&exact->yy, y, y);
    }
    sums->weight = (double)sums->n;
    sums->weight_squared = (double)sums->n;

    const enum pl_status status = round_sums(exact, sums);

    free(exact);
    return status;
}

static struct pl_double_double scaled(struct pl_double_double value, double factor)
{
    return pl_double_double_multiply(value, pl_double_double_of(factor));
}

/* Decisions that share both values and their weight. */
static enum pl_status sum_alike(const struct pl_vector *vectors, const struct pl_loader_row *row,
                                struct pl_ratio_sums *sums)
{
    const double x = vectors[0].reals[row->index];
    const double y = vectors[1].reals[row->index];
    const double count = (double)row->kind.count;
    const double weight = row->kind.weight;
    const double squared = count * weight * weight;

    if (!pl_vector_valid(vectors[0].valid, row->index) || isnan(x) ||
        !pl_vector_valid(vectors[1].valid, row->index) || isnan(y))
        return PL_OK;
    sums->n = row->kind.count;
    sums->weight = count * weight;
    sums->weight_squared = squared;
    sums->x = scaled(pl_double_double_of(x), count * weight);
    sums->y = scaled(pl_double_double_of(y), count * weight);
    sums->xx = scaled(pl_double_double_two_product(x, x), squared);
    sums->xy = scaled(pl_double_double_two_product(x, y), squared);
    sums->yy = scaled(pl_double_double_two_product(y, y), squared);
    return isfinite(sums->xx.high) && isfinite(sums->yy.high) && isfinite(sums->xy.high)
               ? PL_OK
               : PL_E_DATA;
}

enum pl_status pl_ratios_take(struct pl_loader *loader, const struct pl_batch *batch,
                              const struct pl_loader_row *row, struct pl_error *error)
{
    const struct pl_plan *plan = loader->plan;

    for (size_t i = 0; i < plan->ratios_count; i++) {
        struct item item = {.leaf = row->leaf, .ratio = (uint32_t)i};
        const struct pl_vector *vectors =
            &batch->columns[plan->first_ratio + (int)(plan->lists ? i : 2 * i)];
        const enum pl_status status =
            plan->lists ? sum_list(vectors, &vectors->lists[row->index], &item.sums)
                        : sum_alike(vectors, row, &item.sums);

        if (status == PL_E_MEMORY)
            return pl_error_set(error, PL_E_MEMORY, "no memory left for the sums of a ratio");
        if (status != PL_OK)
            return not_finite(loader, i, error);
        if (item.sums.n > 0)
            PL_RETURN_IF(add_item(loader, &item, error));
    }
    return PL_OK;
}

static int compare_doubles(double a, double b)
{
    return (a > b) - (a < b);
}

/* By place, and then by everything that is rounded when it is added up. */
static int compare_items(const void *a, const void *b)
{
    const struct item *first = a;
    const struct item *second = b;
    const struct pl_ratio_sums *p = &first->sums;
    const struct pl_ratio_sums *q = &second->sums;
    const double KEYS[][2] = {
        {first->leaf, second->leaf}, {first->ratio, second->ratio},
        {p->x.high, q->x.high},      {p->y.high, q->y.high},
        {p->weight, q->weight},      {p->weight_squared, q->weight_squared},
        {p->xx.high, q->xx.high},    {p->yy.high, q->yy.high},
        {p->xy.high, q->xy.high},    {p->x.low, q->x.low},
        {p->y.low, q->y.low},        {p->xx.low, q->xx.low},
        {p->yy.low, q->yy.low},      {p->xy.low, q->xy.low},
    };

    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        const int order = compare_doubles(KEYS[i][0], KEYS[i][1]);

        if (order != 0)
            return order;
    }
    return 0;
}

enum pl_status pl_ratios_finish(struct pl_loader *loader, struct pl_cells *cells,
                                struct pl_error *error)
{
    const size_t ratios = loader->plan->ratios_count;
    struct pl_ratio_list *list = loader->ratios;
    struct pl_ratio_sums *sums =
        pl_arena_alloc_array(loader->arena, cells->leaves_count * ratios + 1, sizeof *sums);

    if (sums == NULL)
        return pl_arena_error(loader->arena, "the sums of the ratios", error);
    cells->ratios = (struct pl_ratios){.sums = sums, .count = ratios};
    if (list == NULL)
        return PL_OK;
    for (size_t i = 0; i < list->count; i++)
        list->items[i].leaf = loader->places[list->items[i].leaf];
    qsort(list->items, list->count, sizeof *list->items, compare_items);
    for (size_t i = 0; i < list->count; i++)
        pl_ratio_sums_add(&sums[list->items[i].leaf * ratios + list->items[i].ratio],
                          &list->items[i].sums);
    return PL_OK;
}

void pl_ratios_abandon(struct pl_loader *loader)
{
    if (loader->ratios != NULL)
        free(loader->ratios->items);
    free(loader->ratios);
    loader->ratios = NULL;
}

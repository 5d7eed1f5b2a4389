/*
 * Reads the features of every decision with its leaf and answer, puts decisions with the same features
 * at one point, and sums up how far each answer is from those of its neighbours. Points are sorted, so
 * that sums do not depend on the order in which the engine hands out rows.
 */
#include "measure/neighbours.h"

#include "measure/task.h"
#include "stats/neighbours.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More than the largest search that the limits above allow needs. */
#define SEARCH_SIZE_BYTES_MAX ((size_t)1 << 30)

/* Decisions that are alike in features, leaf and answer. */
struct alike {
    const double *features; /* set once all are in */
    uint64_t count;
    uint32_t leaf;
    uint16_t features_count;
    uint16_t answer;
};

struct pl_neighbour_rows {
    struct pl_loader *loader;
    const struct pl_plan *plan;
    size_t features_count;
    struct alike *items;
    double *features; /* of each item, one after the other */
    size_t count;
    size_t size;
    uint32_t leaves_count; /* of the first query */
    uint64_t bad[PL_PLAN_CHECKS_MAX];
};

void pl_neighbour_sums_merge(struct pl_neighbour_sums *sums, const struct pl_neighbour_sums *more)
{
    if (more->n == 0)
        return;
    sums->low = sums->n == 0 ? more->low : fmin(sums->low, more->low);
    sums->high = sums->n == 0 ? more->high : fmax(sums->high, more->high);
    sums->n += more->n;
    pl_sum_add(&sums->total, pl_sum_value(&more->total));
    pl_sum_add(&sums->squares, pl_sum_value(&more->squares));
}

static enum pl_status reserve(struct pl_neighbour_rows *rows, struct pl_error *error)
{
    const struct pl_data *data = &rows->plan->line->data;

    if (rows->count == PL_NEIGHBOUR_ROWS_MAX)
        return pl_line_error(
            rows->plan->line, data->features_place, PL_E_LIMIT, error,
            "%.*s has more than %d decisions that differ in their features, groups "
            "or answers, too many to look for neighbours among: sample it, or "
            "round the features",
            PL_STR_ARG(rows->plan->path), PL_NEIGHBOUR_ROWS_MAX);
    if (rows->count < rows->size)
        return PL_OK;

    const size_t size = rows->size == 0 ? 4096 : rows->size * 2;
    struct alike *items = realloc(rows->items, size * sizeof *items);

    if (items != NULL)
        rows->items = items;

    double *features =
        realloc(rows->features, size * rows->features_count * sizeof *rows->features);

    if (features != NULL)
        rows->features = features;
    if (items == NULL || features == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the features of decisions");
    rows->size = size;
    return PL_OK;
}

/* Copies the features of a row; `*ret_whole` is false when one of them is missing. */
static enum pl_status take_features(const struct pl_neighbour_rows *rows,
                                    const struct pl_batch *batch, size_t row, double *ret_features,
                                    bool *ret_whole, struct pl_error *error)
{
    const struct pl_plan *plan = rows->plan;

    *ret_whole = true;
    for (size_t i = 0; i < rows->features_count; i++) {
        const struct pl_vector *vector = &batch->columns[plan->first_feature + (int)i];
        const bool valid = pl_vector_valid(vector->valid, row) && !isnan(vector->reals[row]);

        if (valid && !(fabs(vector->reals[row]) <= PL_NEIGHBOUR_VALUE_MAX))
            return pl_line_error(plan->line, plan->line->data.features_place, PL_E_DATA, error,
                                 "%.*s: column `%.*s` holds %g; a feature must lie between -1e150 "
                                 "and 1e150",
                                 PL_STR_ARG(plan->path),
                                 PL_STR_ARG(plan->line->data.features.items[i]),
                                 vector->reals[row]);
        *ret_whole = *ret_whole && valid;
        /* -0 becomes 0. */
        ret_features[i] = valid ? vector->reals[row] + 0.0 : 0.0;
    }
    return PL_OK;
}

static enum pl_status take_row(struct pl_neighbour_rows *rows, const struct pl_batch *batch,
                               size_t row, struct pl_error *error)
{
    struct alike item = {
        .count = (uint64_t)batch->columns[rows->plan->count].integers[row],
        .features_count = (uint16_t)rows->features_count,
    };
    enum pl_mark answer = PL_UNKNOWN;
    bool whole = false;

    if (item.count == 0)
        return PL_OK;
    PL_RETURN_IF(pl_loader_leaf(rows->loader, batch, row, &item.leaf, error));
    if (item.leaf >= rows->leaves_count)
        return pl_error_set(error, PL_E_DATA, "%.*s changed while it was read",
                            PL_STR_ARG(rows->plan->path));
    PL_RETURN_IF(pl_binary_prediction(rows->loader, rows->plan, batch, row, &answer, error));
    PL_RETURN_IF(reserve(rows, error));
    PL_RETURN_IF(take_features(rows, batch, row,
                               rows->features + rows->count * rows->features_count, &whole, error));
    if (!whole || answer == PL_UNKNOWN)
        return PL_OK;
    item.answer = answer == PL_POSITIVE;
    rows->items[rows->count++] = item;
    return PL_OK;
}

static enum pl_status take(const struct pl_batch *batch, void *context, struct pl_error *error)
{
    struct pl_neighbour_rows *rows = context;

    for (size_t row = 0; row < batch->rows_count; row++) {
        for (size_t i = 0; i < rows->plan->checks_count; i++)
            rows->bad[i] +=
                (uint64_t)batch->columns[rows->plan->first_check + (int)i].integers[row];
        PL_RETURN_IF(take_row(rows, batch, row, error));
    }
    return PL_OK;
}

static enum pl_status run_query(struct pl_neighbour_rows *rows, struct pl_error *error)
{
    const struct pl_plan *plan = rows->plan;
    struct pl_arena *arena = rows->loader->arena;
    const enum pl_status status =
        plan->driver->query(plan->connection, plan->sql, take, rows, error);

    if (status != PL_OK)
        return pl_plan_blame(plan, status, arena, error);
    for (size_t i = 0; i < plan->checks_count; i++)
        if (rows->bad[i] > 0)
            return pl_plan_report(plan, i, arena, error);
    return PL_OK;
}

enum pl_status pl_neighbours_read(struct pl_loader *loader, struct pl_neighbour_rows **ret_rows,
                                  struct pl_error *error)
{
    struct pl_neighbour_rows *rows = calloc(1, sizeof *rows);

    if (rows == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the features of decisions");
    rows->loader = loader;
    rows->plan = loader->plan->neighbours;
    rows->features_count = rows->plan->line->data.features.count;
    rows->leaves_count = loader->leaves.count;

    const enum pl_status status = run_query(rows, error);

    if (status == PL_OK)
        *ret_rows = rows;
    else
        pl_neighbour_rows_free(rows);
    return status;
}

void pl_neighbour_rows_free(struct pl_neighbour_rows *rows)
{
    if (rows == NULL)
        return;
    free(rows->items);
    free(rows->features);
    free(rows);
}

static int compare_features(const struct alike *a, const struct alike *b)
{
    for (size_t i = 0; i < a->features_count; i++) {
        if (a->features[i] < b->features[i])
            return -1;
        if (a->features[i] > b->features[i])
            return 1;
    }
    return 0;
}

static int compare_alike(const void *left, const void *right)
{
    const struct alike *a = left;
    const struct alike *b = right;
    const int features = compare_features(a, b);

    if (features != 0)
        return features;
    if (a->leaf != b->leaf)
        return a->leaf < b->leaf ? -1 : 1;
    return (int)a->answer - (int)b->answer;
}

/* The points while they are made: of the items in order, those alike in features are one. */
struct points {
    double *coordinates;
    uint64_t *totals;
    uint64_t *positives;
    double *means;
    size_t count;
    uint64_t decisions;
};

static bool points_init(struct points *points, const struct pl_neighbour_rows *rows)
{
    const size_t size = rows->count + 1;

    points->coordinates = malloc(size * rows->features_count * sizeof *points->coordinates);
    points->totals = calloc(size, sizeof *points->totals);
    points->positives = calloc(size, sizeof *points->positives);
    points->means = calloc(size, sizeof *points->means);
    return points->coordinates != NULL && points->totals != NULL && points->positives != NULL &&
           points->means != NULL;
}

static void points_deinit(struct points *points)
{
    free(points->coordinates);
    free(points->totals);
    free(points->positives);
    free(points->means);
}

static bool starts_point(const struct pl_neighbour_rows *rows, size_t item)
{
    return item == 0 || compare_features(&rows->items[item - 1], &rows->items[item]) != 0;
}

/* Leaves get their places first, so that the sums do not depend on who was read first. */
static void sort_items(struct pl_neighbour_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        rows->items[i].features = rows->features + i * rows->features_count;
        rows->items[i].leaf = rows->loader->places[rows->items[i].leaf];
    }
    qsort(rows->items, rows->count, sizeof *rows->items, compare_alike);
}

static void gather_points(struct points *points, const struct pl_neighbour_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct alike *item = &rows->items[i];

        if (starts_point(rows, i))
            memcpy(points->coordinates + points->count++ * rows->features_count, item->features,
                   rows->features_count * sizeof *points->coordinates);
        points->totals[points->count - 1] += item->count;
        points->positives[points->count - 1] += item->answer == 1 ? item->count : 0;
        points->decisions += item->count;
    }
}

static void sum_up(const struct points *points, const struct pl_neighbour_rows *rows,
                   struct pl_neighbour_sums *leaves)
{
    size_t point = 0;

    for (size_t i = 0; i < rows->count; i++) {
        const struct alike *item = &rows->items[i];

        point += starts_point(rows, i) && i > 0 ? 1 : 0;

        const double mean = points->means[point];
        const double distance = item->answer == 1 ? 1.0 - mean : mean;
        const double count = (double)item->count;
        const struct pl_neighbour_sums one = {
            .n = item->count,
            .total = {.sum = count * distance},
            .squares = {.sum = count * distance * distance},
            .low = distance,
            .high = distance,
        };

        pl_neighbour_sums_merge(&leaves[item->leaf], &one);
    }
}

static enum pl_status find_means(struct points *points, const struct pl_neighbour_rows *rows,
                                 struct pl_error *error)
{
    const struct pl_neighbour_points given = {
        .coordinates = points->coordinates,
        .totals = points->totals,
        .positives = points->positives,
        .count = points->count,
        .dimensions = (uint32_t)rows->features_count,
    };

    const struct pl_neighbour_search search = {PL_CONSISTENCY_K, rows->loader->threads};
    struct pl_arena arena;

    pl_arena_init(&arena, SEARCH_SIZE_BYTES_MAX);

    const enum pl_status status = pl_neighbour_means(&given, &search, &arena, points->means, error);

    pl_arena_deinit(&arena);
    return status;
}

enum pl_status pl_neighbours_finish(const struct pl_loader *loader, struct pl_neighbour_rows *rows,
                                    struct pl_cells *cells, struct pl_error *error)
{
    struct pl_neighbour_cells *neighbours = pl_arena_alloc(loader->arena, sizeof *neighbours);
    struct pl_neighbour_sums *leaves =
        pl_arena_alloc_array(loader->arena, cells->leaves_count + 1, sizeof *leaves);
    struct points points = {0};
    enum pl_status status = PL_OK;

    if (neighbours == NULL || leaves == NULL)
        return pl_arena_error(loader->arena, "the neighbours", error);
    if (points_init(&points, rows)) {
        sort_items(rows);
        gather_points(&points, rows);
        if (points.decisions >= PL_CONSISTENCY_K) {
            status = find_means(&points, rows, error);
            if (status == PL_OK)
                sum_up(&points, rows, leaves);
        }
        *neighbours = (struct pl_neighbour_cells){leaves, points.decisions};
        cells->neighbours = neighbours;
    } else {
        status = pl_error_set(error, PL_E_MEMORY, "no memory left for %zu points", rows->count);
    }
    points_deinit(&points);
    return status;
}

enum pl_status pl_neighbours_filter(const struct pl_cells *from, const uint32_t *places,
                                    struct pl_cells *to, struct pl_arena *arena,
                                    struct pl_error *error)
{
    if (from->neighbours == NULL)
        return PL_OK;

    struct pl_neighbour_cells *neighbours = pl_arena_alloc(arena, sizeof *neighbours);
    struct pl_neighbour_sums *leaves =
        pl_arena_alloc_array(arena, to->leaves_count + 1, sizeof *leaves);

    if (neighbours == NULL || leaves == NULL)
        return pl_arena_error(arena, "the decisions of a slice", error);
    for (size_t leaf = 0; leaf < from->leaves_count; leaf++)
        if (places[leaf] != PL_LEAF_OUT)
            leaves[places[leaf]] = from->neighbours->leaves[leaf];
    *neighbours = (struct pl_neighbour_cells){leaves, from->neighbours->decisions};
    to->neighbours = neighbours;
    return PL_OK;
}

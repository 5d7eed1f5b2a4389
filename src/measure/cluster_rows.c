/*
 * Reads the rows of the query for data.group, in whatever order they come. A cluster is known by the hash
 * of its id, of 64 bits: among a million ids two share one with a chance of 3e-8, and would count as one
 * cluster. Rows of one cluster, leaf, label and prediction become one entry, found by a hash table with
 * linear probing; sums are compensated, and entries sorted in the end, so that nothing depends on the
 * order of the rows.
 */
#include "measure/clusters.h"
#include "measure/metrics.h"
#include "measure/task.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_COUNT_MIN 1024u
#define EMPTY           UINT32_MAX

struct pl_cluster_rows {
    struct pl_loader *loader;
    const struct pl_plan *plan;
    size_t leaves_count;
    uint64_t *clusters; /* of each entry: the hash of its cluster's id */
    uint32_t *keys;
    struct pl_sum *weights;
    struct pl_sum **totals;
    struct pl_sum **valid; /* NULL as long as no decision lacks a value */
    size_t columns_count;
    size_t totals_count;
    size_t count; /* entries */
    size_t size;
    uint32_t *slots; /* entries, or EMPTY; twice as many as there is room for entries */
    uint64_t bad[PL_PLAN_CHECKS_MAX];
};

static enum pl_status no_memory(struct pl_error *error)
{
    return pl_error_set(error, PL_E_MEMORY, "no memory left for the groups of decisions");
}

/* ---- the entries ---- */

void pl_cluster_rows_free(struct pl_cluster_rows *rows)
{
    if (rows == NULL)
        return;
    for (size_t i = 0; rows->totals != NULL && i < rows->totals_count; i++)
        free(rows->totals[i]);
    for (size_t i = 0; rows->valid != NULL && i < rows->columns_count; i++)
        free(rows->valid[i]);
    free(rows->totals);
    free(rows->valid);
    free(rows->weights);
    free(rows->keys);
    free(rows->clusters);
    free(rows->slots);
    free(rows);
}

static bool grow_sums(struct pl_sum **sums, size_t size)
{
    struct pl_sum *grown = realloc(*sums, size * sizeof *grown);

    if (grown != NULL)
        *sums = grown;
    return grown != NULL;
}

static bool grow_entries(struct pl_cluster_rows *rows, size_t size)
{
    uint64_t *clusters = realloc(rows->clusters, size * sizeof *clusters);
    uint32_t *keys = realloc(rows->keys, size * sizeof *keys);
    bool grown = clusters != NULL && keys != NULL && grow_sums(&rows->weights, size);

    if (clusters != NULL)
        rows->clusters = clusters;
    if (keys != NULL)
        rows->keys = keys;
    for (size_t i = 0; i < rows->totals_count; i++)
        grown = grown && grow_sums(&rows->totals[i], size);
    for (size_t i = 0; i < rows->columns_count; i++)
        grown = grown && (rows->valid[i] == NULL || grow_sums(&rows->valid[i], size));
    return grown;
}

static size_t slot_of(const struct pl_cluster_rows *rows, uint64_t cluster, uint32_t key)
{
    const size_t mask = 2 * rows->size - 1;
    size_t slot =
        (size_t)((cluster ^ key * 0x9e3779b97f4a7c15u) * 0xff51afd7ed558ccdu >> 20) & mask;

    while (rows->slots[slot] != EMPTY &&
           (rows->clusters[rows->slots[slot]] != cluster || rows->keys[rows->slots[slot]] != key))
        slot = (slot + 1) & mask;
    return slot;
}

/* Twice the room, with every entry in a slot again. */
static enum pl_status grow(struct pl_cluster_rows *rows, struct pl_error *error)
{
    const size_t size = rows->size == 0 ? SLOTS_COUNT_MIN : 2 * rows->size;
    uint32_t *slots = NULL;

    if (rows->size >= PL_CLUSTER_ENTRIES_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "more than %d combinations of group, segments, label and prediction",
                            PL_CLUSTER_ENTRIES_MAX);
    slots = malloc(2 * size * sizeof *slots);
    if (slots == NULL || !grow_entries(rows, size)) {
        free(slots);
        return no_memory(error);
    }
    memset(slots, 0xff, 2 * size * sizeof *slots);
    free(rows->slots);
    rows->slots = slots;
    rows->size = size;
    for (size_t i = 0; i < rows->count; i++)
        slots[slot_of(rows, rows->clusters[i], rows->keys[i])] = (uint32_t)i;
    return PL_OK;
}

static enum pl_status find_entry(struct pl_cluster_rows *rows, uint64_t cluster, uint32_t key,
                                 size_t *ret_entry, struct pl_error *error)
{
    if (rows->count == rows->size)
        PL_RETURN_IF(grow(rows, error));

    const size_t slot = slot_of(rows, cluster, key);

    if (rows->slots[slot] != EMPTY) {
        *ret_entry = rows->slots[slot];
        return PL_OK;
    }

    const size_t entry = rows->count++;

    rows->slots[slot] = (uint32_t)entry;
    rows->clusters[entry] = cluster;
    rows->keys[entry] = key;
    rows->weights[entry] = (struct pl_sum){0};
    for (size_t i = 0; i < rows->totals_count; i++)
        rows->totals[i][entry] = (struct pl_sum){0};
    for (size_t i = 0; i < rows->columns_count; i++)
        if (rows->valid[i] != NULL)
            rows->valid[i][entry] = (struct pl_sum){0};
    *ret_entry = entry;
    return PL_OK;
}

/* ---- the rows ---- */

static uint64_t cluster_of(const struct pl_vector *vector, size_t row)
{
    if (vector->type == PL_TYPE_INTEGER)
        return pl_str_hash(
            (struct pl_str){(const char *)&vector->integers[row], sizeof vector->integers[row]});
    return pl_str_hash(vector->texts[row]);
}

/* A number of the row; false when it is missing. */
static bool take_number(const struct pl_batch *batch, int item, size_t row, double *ret_number)
{
    const struct pl_vector *vector = &batch->columns[item];

    if (!pl_vector_valid(vector->valid, row) || isnan(vector->reals[row]))
        return false;
    *ret_number = vector->reals[row];
    return true;
}

/* From the first decision on that lacks a value those that have one are weighed apart. */
static bool start_valid(struct pl_cluster_rows *rows, size_t column)
{
    if (rows->valid[column] != NULL)
        return true;
    rows->valid[column] = malloc(rows->size * sizeof *rows->valid[column]);
    if (rows->valid[column] != NULL)
        memcpy(rows->valid[column], rows->weights, rows->count * sizeof *rows->weights);
    return rows->valid[column] != NULL;
}

/* Before the row's weight is added to that of its entry. */
static bool add_values(struct pl_cluster_rows *rows, const struct pl_batch *batch, size_t row,
                       size_t entry, double weight)
{
    for (size_t i = 0; i < rows->columns_count; i++) {
        double value = 0.0;

        if (!take_number(batch, rows->plan->first_column + (int)i, row, &value)) {
            if (!start_valid(rows, i))
                return false;
            continue;
        }
        pl_sum_add(&rows->totals[i][entry], weight * value);
        if (rows->valid[i] != NULL)
            pl_sum_add(&rows->valid[i][entry], weight);
    }
    return true;
}

static void add_ratios(struct pl_cluster_rows *rows, const struct pl_batch *batch, size_t row,
                       size_t entry, double weight)
{
    for (size_t i = 0; i < rows->plan->ratios_count; i++) {
        struct pl_sum **totals = rows->totals + rows->columns_count + 2 * i;
        const int first = rows->plan->first_ratio + 2 * (int)i;
        double values[2];

        if (!take_number(batch, first, row, &values[0]) ||
            !take_number(batch, first + 1, row, &values[1]))
            continue;
        pl_sum_add(&totals[0][entry], weight * values[0]);
        pl_sum_add(&totals[1][entry], weight * values[1]);
    }
}

/* What predicted numbers are off by, and the numbers themselves, as far as they are known. */
static void add_errors(struct pl_cluster_rows *rows, const struct pl_batch *batch, size_t row,
                       size_t entry, double weight)
{
    struct pl_sum **totals = rows->totals + rows->columns_count + 2 * rows->plan->ratios_count;
    double label = 0.0;
    double prediction = 0.0;
    const bool labelled = take_number(batch, rows->plan->label, row, &label);
    const bool predicted = take_number(batch, rows->plan->prediction, row, &prediction);
    const double error = prediction - label;
    const double values[PL_ERROR_TOTALS] = {
        [PL_ERROR_ABSOLUTE] = fabs(error),
        [PL_ERROR_SQUARED] = error * error,
        [PL_ERROR_RELATIVE] = label < 0.0 || label > 0.0 ? fabs(error / label) : 0.0,
        [PL_ERROR_SIGNED] = error,
        [PL_ERROR_LABEL] = label,
        [PL_ERROR_PREDICTION] = prediction,
    };

    for (int i = PL_ERROR_NONE + 1; i < PL_ERROR_TOTALS; i++)
        if ((labelled || i == PL_ERROR_PREDICTION) && (predicted || i == PL_ERROR_LABEL))
            pl_sum_add(&totals[i - 1][entry], weight * values[i]);
}

static enum pl_status take_row(struct pl_cluster_rows *rows, const struct pl_batch *batch,
                               size_t index, struct pl_error *error)
{
    const struct pl_plan *plan = rows->plan;
    const struct pl_task_kind *kind = rows->loader->kind;
    const struct pl_vector *group = &batch->columns[plan->cluster];
    struct pl_loader_row row = {.index = index,
                                .kind = {.label = PL_UNKNOWN, .prediction = PL_UNKNOWN}};
    double weight = 1.0;
    size_t entry = 0;

    /* Such a row is no decision, and one without a cluster is an error in the end. */
    if ((plan->weight != PL_PLAN_NONE && !take_number(batch, plan->weight, index, &weight)) ||
        weight <= 0.0 || !pl_vector_valid(group->valid, index))
        return PL_OK;
    PL_RETURN_IF(pl_loader_leaf(rows->loader, batch, index, &row.leaf, error));
    if (row.leaf >= rows->leaves_count)
        return pl_error_set(error, PL_E_DATA, "%.*s changed while it was read",
                            PL_STR_ARG(plan->path));
    if (kind->answer != NULL)
        PL_RETURN_IF(kind->answer(rows->loader, plan, batch, &row, error));
    PL_RETURN_IF(
        find_entry(rows, cluster_of(group, index),
                   row.leaf * 9 + (uint32_t)row.kind.label * 3 + (uint32_t)row.kind.prediction,
                   &entry, error));
    if (!add_values(rows, batch, index, entry, weight))
        return no_memory(error);
    add_ratios(rows, batch, index, entry, weight);
    if (plan->line->data.task == PL_TASK_REGRESSION)
        add_errors(rows, batch, index, entry, weight);
    pl_sum_add(&rows->weights[entry], weight);
    return PL_OK;
}

static enum pl_status take(const struct pl_batch *batch, void *context, struct pl_error *error)
{
    struct pl_cluster_rows *rows = context;

    for (size_t row = 0; row < batch->rows_count; row++) {
        for (size_t i = 0; i < rows->plan->checks_count; i++)
            rows->bad[i] +=
                (uint64_t)batch->columns[rows->plan->first_check + (int)i].integers[row];
        PL_RETURN_IF(take_row(rows, batch, row, error));
    }
    return PL_OK;
}

static enum pl_status run_query(struct pl_cluster_rows *rows, struct pl_error *error)
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

enum pl_status pl_clusters_read(struct pl_loader *loader, struct pl_cluster_rows **ret_rows,
                                struct pl_error *error)
{
    const struct pl_plan *plan = loader->plan->clusters;
    struct pl_cluster_rows *rows = NULL;

    if (plan == NULL)
        return PL_OK;
    rows = calloc(1, sizeof *rows);
    if (rows == NULL)
        return no_memory(error);
    rows->loader = loader;
    rows->plan = plan;
    rows->leaves_count = loader->leaves.count;
    rows->columns_count = plan->columns_count;
    rows->totals_count = plan->columns_count + 2 * plan->ratios_count +
                         (plan->line->data.task == PL_TASK_REGRESSION ? PL_ERROR_TOTALS - 1 : 0);
    rows->totals = calloc(rows->totals_count + 1, sizeof *rows->totals);
    rows->valid = calloc(rows->columns_count + 1, sizeof *rows->valid);

    const enum pl_status status =
        rows->totals != NULL && rows->valid != NULL ? run_query(rows, error) : no_memory(error);

    if (status == PL_OK)
        *ret_rows = rows;
    else
        pl_cluster_rows_free(rows);
    return status;
}

/* ---- from entries to clusters ---- */

/* Where an entry goes. */
struct ordered {
    uint64_t cluster;
    uint32_t key;
    uint32_t entry;
};

static int compare_ordered(const void *a, const void *b)
{
    const struct ordered *first = a;
    const struct ordered *next = b;

    if (first->cluster != next->cluster)
        return first->cluster < next->cluster ? -1 : 1;
    return (first->key > next->key) - (first->key < next->key);
}

/* The entries in order, by clusters and then keys, with every leaf in its place. */
static struct ordered *order_entries(const struct pl_cluster_rows *rows, const uint32_t *places)
{
    struct ordered *ordered = malloc((rows->count + 1) * sizeof *ordered);

    for (size_t i = 0; ordered != NULL && i < rows->count; i++)
        ordered[i] = (struct ordered){
            .cluster = rows->clusters[i],
            .key = places[rows->keys[i] / 9] * 9 + rows->keys[i] % 9,
            .entry = (uint32_t)i,
        };
    if (ordered != NULL)
        qsort(ordered, rows->count, sizeof *ordered, compare_ordered);
    return ordered;
}

static size_t count_clusters(const struct ordered *ordered, size_t count)
{
    size_t clusters = 0;

    for (size_t i = 0; i < count; i++)
        clusters += i == 0 || ordered[i].cluster != ordered[i - 1].cluster;
    return clusters;
}

static void round_sums(const struct pl_sum *sums, const struct ordered *ordered, size_t count,
                       double *ret_values)
{
    for (size_t i = 0; i < count; i++)
        ret_values[i] = pl_sum_value(&sums[ordered[i].entry]);
}

static void fill(const struct pl_cluster_rows *rows, const struct ordered *ordered,
                 struct pl_cluster_cells *clusters)
{
    size_t cluster = 0;

    for (size_t i = 0; i < rows->count; i++) {
        clusters->keys[i] = ordered[i].key;
        if (i == 0 || ordered[i].cluster != ordered[i - 1].cluster)
            clusters->starts[cluster++] = (uint32_t)i;
    }
    clusters->starts[cluster] = (uint32_t)rows->count;
    round_sums(rows->weights, ordered, rows->count, clusters->weights);
    for (size_t i = 0; i < rows->totals_count; i++)
        round_sums(rows->totals[i], ordered, rows->count, clusters->totals[i]);
    for (size_t i = 0; i < rows->columns_count; i++)
        if (rows->valid[i] != NULL)
            round_sums(rows->valid[i], ordered, rows->count, clusters->valid[i]);
}

enum pl_status pl_clusters_make(struct pl_cluster_rows *rows, const uint32_t *places,
                                struct pl_cluster_cells **ret_clusters, struct pl_error *error)
{
    struct ordered *ordered = order_entries(rows, places);
    struct pl_cluster_cells shape = {
        .column = rows->plan->line->data.group,
        .columns_count = rows->columns_count,
        .totals_count = rows->totals_count,
        .entries_count = rows->count,
    };
    bool wanted[PL_COLUMNS_MAX] = {false};

    if (ordered == NULL)
        return no_memory(error);
    /* Room for the clusters is made while that for finding entries is given back. */
    free(rows->slots);
    rows->slots = NULL;
    shape.count = count_clusters(ordered, rows->count);
    for (size_t i = 0; i < rows->columns_count; i++)
        wanted[i] = rows->valid[i] != NULL;

    struct pl_cluster_cells *clusters = pl_clusters_new(&shape, wanted);

    if (clusters != NULL)
        fill(rows, ordered, clusters);
    free(ordered);
    if (clusters == NULL)
        return no_memory(error);
    *ret_clusters = clusters;
    return PL_OK;
}

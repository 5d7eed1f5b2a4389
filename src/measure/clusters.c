/* The clusters of the cells: their room, and what stays of them in one slice. */
#include "measure/clusters.h"

#include <stdlib.h>

static bool allocate(struct pl_cluster_cells *clusters, const bool *wanted)
{
    const size_t size = clusters->entries_count + 1;

    clusters->starts = malloc((clusters->count + 1) * sizeof *clusters->starts);
    clusters->keys = malloc(size * sizeof *clusters->keys);
    clusters->weights = malloc(size * sizeof *clusters->weights);
    clusters->totals = calloc(clusters->totals_count + 1, sizeof *clusters->totals);
    clusters->valid = calloc(clusters->columns_count + 1, sizeof *clusters->valid);
    if (clusters->starts == NULL || clusters->keys == NULL || clusters->weights == NULL ||
        clusters->totals == NULL || clusters->valid == NULL)
        return false;
    for (size_t i = 0; i < clusters->totals_count; i++) {
        clusters->totals[i] = malloc(size * sizeof *clusters->totals[i]);
        if (clusters->totals[i] == NULL)
            return false;
    }
    for (size_t i = 0; i < clusters->columns_count; i++) {
        if (wanted[i])
            clusters->valid[i] = malloc(size * sizeof *clusters->valid[i]);
        if (wanted[i] && clusters->valid[i] == NULL)
            return false;
    }
    return true;
}

struct pl_cluster_cells *pl_clusters_new(const struct pl_cluster_cells *shape, const bool *wanted)
{
    struct pl_cluster_cells *clusters = calloc(1, sizeof *clusters);

    if (clusters == NULL)
        return NULL;
    clusters->column = shape->column;
    clusters->count = shape->count;
    clusters->columns_count = shape->columns_count;
    clusters->totals_count = shape->totals_count;
    clusters->entries_count = shape->entries_count;
    if (allocate(clusters, wanted))
        return clusters;
    pl_clusters_free(clusters);
    return NULL;
}

void pl_clusters_free(struct pl_cluster_cells *clusters)
{
    if (clusters == NULL)
        return;
    for (size_t i = 0; clusters->totals != NULL && i < clusters->totals_count; i++)
        free(clusters->totals[i]);
    for (size_t i = 0; clusters->valid != NULL && i < clusters->columns_count; i++)
        free(clusters->valid[i]);
    free(clusters->totals);
    free(clusters->valid);
    free(clusters->weights);
    free(clusters->keys);
    free(clusters->starts);
    free(clusters);
}

static void copy_entry(const struct pl_cluster_cells *from, size_t entry, uint32_t key,
                       struct pl_cluster_cells *to)
{
    const size_t at = to->entries_count++;

    to->keys[at] = key;
    to->weights[at] = from->weights[entry];
    for (size_t i = 0; i < from->totals_count; i++)
        to->totals[i][at] = from->totals[i][entry];
    for (size_t i = 0; i < from->columns_count; i++)
        if (from->valid[i] != NULL)
            to->valid[i][at] = from->valid[i][entry];
}

/* Entries that stay keep their order, and so do clusters. */
static void copy_clusters(const struct pl_cluster_cells *from, const uint32_t *places,
                          struct pl_cluster_cells *to)
{
    to->count = 0;
    to->entries_count = 0;
    to->starts[0] = 0;
    for (size_t cluster = 0; cluster < from->count; cluster++) {
        for (size_t i = from->starts[cluster]; i < from->starts[cluster + 1]; i++) {
            const uint32_t place = places[from->keys[i] / 9];

            if (place != PL_LEAF_OUT)
                copy_entry(from, i, place * 9 + from->keys[i] % 9, to);
        }
        if (to->entries_count > to->starts[to->count])
            to->starts[++to->count] = (uint32_t)to->entries_count;
    }
}

enum pl_status pl_clusters_filter(const struct pl_cluster_cells *from, const uint32_t *places,
                                  struct pl_cluster_cells **ret_clusters, struct pl_error *error)
{
    bool wanted[PL_COLUMNS_MAX] = {false};
    struct pl_cluster_cells *to = NULL;

    if (from == NULL)
        return PL_OK;
    for (size_t i = 0; i < from->columns_count; i++)
        wanted[i] = from->valid[i] != NULL;
    to = pl_clusters_new(from, wanted);
    if (to == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the groups of a slice");
    copy_clusters(from, places, to);
    *ret_clusters = to;
    return PL_OK;
}

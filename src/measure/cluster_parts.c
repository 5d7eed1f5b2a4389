/* The parts of one cluster: what they observe, and the products of what they observe together. */
#include "measure/cluster_parts.h"

#include <stdlib.h>
#include <string.h>

#define NOWHERE UINT32_MAX

bool pl_cluster_parts_init(struct pl_cluster_parts *parts, size_t metrics_count,
                           size_t slices_count, size_t parts_max)
{
    const size_t clusters = (parts_max + 1) * metrics_count + 1;

    *parts = (struct pl_cluster_parts){
        .metrics_count = metrics_count,
        .slices_count = slices_count,
        .slices = calloc(parts_max + 1, sizeof *parts->slices),
        .part_of = malloc((slices_count + 1) * sizeof *parts->part_of),
        .clusters = calloc(clusters, sizeof *parts->clusters),
        .taken = calloc(clusters, sizeof *parts->taken),
    };
    if (parts->slices == NULL || parts->part_of == NULL || parts->clusters == NULL ||
        parts->taken == NULL)
        return false;
    memset(parts->part_of, 0xff, slices_count * sizeof *parts->part_of);
    return true;
}

void pl_cluster_parts_deinit(struct pl_cluster_parts *parts)
{
    free(parts->slices);
    free(parts->part_of);
    free(parts->clusters);
    free(parts->taken);
}

bool pl_cluster_parts_start(struct pl_cluster_parts *parts, struct pl_tally *tallies,
                            bool dependent)
{
    const size_t metrics = parts->metrics_count;
    const size_t slices = parts->slices_count;

    for (size_t i = 0; i < slices; i++) {
        tallies[i].clustered.dependent = dependent;
        tallies[i].clustered.sums = calloc(metrics + 1, sizeof *tallies[i].clustered.sums);
        if (tallies[i].clustered.sums == NULL)
            return false;
    }
    if (!dependent || slices > PL_SHARED_SLICES_MAX)
        return true;
    parts->shared = calloc(metrics * slices * (slices + 1) + 1, sizeof *parts->shared);
    tallies[0].clustered.shared = parts->shared;
    return parts->shared != NULL;
}

size_t pl_cluster_parts_find(struct pl_cluster_parts *parts, uint32_t slice)
{
    if (parts->part_of[slice] == NOWHERE) {
        parts->part_of[slice] = (uint32_t)parts->count;
        parts->slices[parts->count++] = slice;
    }
    return parts->part_of[slice];
}

void pl_cluster_parts_tally(const struct pl_cluster_parts *parts, struct pl_tally *tallies,
                            size_t part)
{
    struct pl_cluster_tally *tally = &tallies[parts->slices[part]].clustered;
    const size_t first = pl_cluster_parts_at(parts, part);

    tally->count++;
    for (size_t m = 0; m < parts->metrics_count; m++)
        if (parts->taken[first + m])
            pl_clusters_add(&tally->sums[m], &parts->clusters[first + m]);
}

/* Adds the products of two parts; the last is that of the full cluster, and stands at the end. */
static void share_pair(const struct pl_cluster_parts *parts, size_t first, size_t second,
                       bool is_full)
{
    const size_t slices_count = parts->slices_count;
    size_t a = parts->slices[first];
    size_t b = is_full ? slices_count : parts->slices[second];
    const bool swapped = a > b;

    if (swapped) {
        const size_t swap = a;

        a = b;
        b = swap;
    }
    for (size_t m = 0; m < parts->metrics_count; m++) {
        const size_t one = pl_cluster_parts_at(parts, swapped ? second : first) + m;
        const size_t two = pl_cluster_parts_at(parts, swapped ? first : second) + m;

        if (parts->taken[one] && parts->taken[two])
            pl_clusters_share(&parts->shared[pl_shared_at(m, a, b, slices_count)],
                              &parts->clusters[one], &parts->clusters[two]);
    }
}

void pl_cluster_parts_share(const struct pl_cluster_parts *parts, size_t full)
{
    for (size_t i = 0; parts->shared != NULL && i < parts->count; i++) {
        share_pair(parts, i, full, true);
        for (size_t j = i + 1; j < parts->count; j++)
            share_pair(parts, i, j, false);
    }
}

void pl_cluster_parts_reset(struct pl_cluster_parts *parts)
{
    for (size_t part = 0; part < parts->count; part++)
        parts->part_of[parts->slices[part]] = NOWHERE;
    parts->count = 0;
}

/*
 * The parts of one cluster: what each slice that it reaches into observes there, for every measure. Where
 * a cluster is in several slices their observations are not independent, so products of them are summed
 * as well, and the full cluster takes part as if it were one more slice. Used by the pass over the lists
 * of a ranking, where a query is the cluster, and by that over data.group.
 */
#ifndef PL_MEASURE_CLUSTER_PARTS_H
#define PL_MEASURE_CLUSTER_PARTS_H

#include "measure/tally.h"

#include <stdbool.h>

struct pl_cluster_parts {
    size_t metrics_count;
    size_t slices_count;
    size_t count;     /* of the cluster at hand */
    uint32_t *slices; /* of each part */
    uint32_t *part_of;
    struct pl_cluster *clusters; /* parts, then the full cluster; each has one for every metric */
    bool *taken;                 /* as long: the cluster is there */
    struct pl_clusters_shared *shared;
};

/* Room for `parts_max` parts and the full cluster. What it was given it frees with deinit, but for the
   sums of the tallies. False when there is no memory. */
bool pl_cluster_parts_init(struct pl_cluster_parts *parts, size_t metrics_count,
                           size_t slices_count, size_t parts_max);
void pl_cluster_parts_deinit(struct pl_cluster_parts *parts);

/* The sums of every tally, and those of products where slices are `dependent`; freed with the tallies. */
bool pl_cluster_parts_start(struct pl_cluster_parts *parts, struct pl_tally *tallies,
                            bool dependent);

/* The part of a slice, made where it is new. */
size_t pl_cluster_parts_find(struct pl_cluster_parts *parts, uint32_t slice);

/* Where the observations of a part begin; part `count` is the full cluster. */
static inline size_t pl_cluster_parts_at(const struct pl_cluster_parts *parts, size_t part)
{
    return part * parts->metrics_count;
}

/* Adds what the part observed to the tally of its slice. */
void pl_cluster_parts_tally(const struct pl_cluster_parts *parts, struct pl_tally *tallies,
                            size_t part);

/* Adds the products of all parts, the full cluster, part `full`, among them. */
void pl_cluster_parts_share(const struct pl_cluster_parts *parts, size_t full);

/* No part is there any more. */
void pl_cluster_parts_reset(struct pl_cluster_parts *parts);

#endif

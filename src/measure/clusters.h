/*
 * Clusters: decisions that share data.group are not independent of each other, and the clusters are the
 * sample. A query besides the first brings every decision with its cluster; what is kept of it are, for
 * each cluster and leaf, the decisions by label and prediction and the totals of the columns, and nothing
 * of the clusters' names. From that the pass over the tallies sums up, for each measure that is a ratio
 * of two totals, how much clusters differ.
 */
#ifndef PL_MEASURE_CLUSTERS_H
#define PL_MEASURE_CLUSTERS_H

#include "measure/loader.h"
#include "measure/scan.h"

#define PL_CLUSTER_ENTRIES_MAX 250000000 /* combinations of cluster, leaf, label and prediction */

/* Entries of one cluster stand together. */
struct pl_cluster_cells {
    struct pl_str column;
    size_t count; /* clusters */
    uint32_t
        *starts;    /* count + 1: cluster i is the entries from starts[i] to before starts[i + 1] */
    uint32_t *keys; /* leaf * 9 + label * 3 + prediction */
    double *weights; /* of the decisions; how many, where there are no weights */
    double **totals; /* of each value column; of both columns of each ratio; of task regression
                         by enum pl_error_total less 1 */
    double *
        *valid; /* of each value column: the weights of the decisions that have a value; NULL: all
                         have one */
    size_t columns_count; /* value columns, the score not among them */
    size_t totals_count;
    size_t entries_count;
};

/* The rows of that query while they are read. */
struct pl_cluster_rows;

/* Reads them; the leaves must all be known to the loader, and are not yet in order. `*ret_rows` stays NULL
   where the plan asks for none. */
PL_MUST_CHECK enum pl_status pl_clusters_read(struct pl_loader *loader,
                                              struct pl_cluster_rows **ret_rows,
                                              struct pl_error *error);

/* Once the leaves are in order: `places` says where each leaf by number went. The rows are used up. */
PL_MUST_CHECK enum pl_status pl_clusters_make(struct pl_cluster_rows *rows, const uint32_t *places,
                                              struct pl_cluster_cells **ret_clusters,
                                              struct pl_error *error);

/* NULL is allowed. */
void pl_cluster_rows_free(struct pl_cluster_rows *rows);
void pl_clusters_free(struct pl_cluster_cells *clusters);

/* Room for so many entries and clusters, `valid` for the columns that it is `wanted` for; NULL when there
   is no memory. */
struct pl_cluster_cells *pl_clusters_new(const struct pl_cluster_cells *shape, const bool *wanted);

/* The leaves that stay, as in task.h; clusters of which nothing stays are left out. */
PL_MUST_CHECK enum pl_status pl_clusters_filter(const struct pl_cluster_cells *from,
                                                const uint32_t *places,
                                                struct pl_cluster_cells **ret_clusters,
                                                struct pl_error *error);

/* Of each measure the ratio of all decisions, from which a pass takes the values; 0 for a rate. */
PL_MUST_CHECK enum pl_status pl_clusters_centre(const struct pl_cells *cells,
                                                const struct pl_metric *metrics,
                                                size_t metrics_count, struct pl_arena *arena,
                                                const double **ret_centres, struct pl_error *error);

/* Fills the part of every tally that clusters have; false when there is no memory. */
bool pl_scan_clusters(const struct pl_scan *scan, const struct pl_partition *partition,
                      struct pl_tally *tallies);

/* Whether a measure is a ratio of two totals that the clusters have, or a multiple of one. */
bool pl_metric_has_clusters(const struct pl_metric *metric);

/* Whether its uncertainty is known where decisions belong together: that, or it has none. */
bool pl_metric_knows_clusters(const struct pl_metric *metric);

/* `alone`, the measure as if decisions were independent, as it is over the clusters of the slice. */
struct pl_stat pl_metric_over_clusters(const struct pl_tally *tally, const struct pl_metric *metric,
                                       const struct pl_stat *alone);

/* The same of all decisions outside the slice; of kind PL_STAT_NONE where clusters reach into several
   slices. */
struct pl_stat pl_metric_rest_over_clusters(const struct pl_tally *slice,
                                            const struct pl_metric *metric,
                                            const struct pl_stat *alone);

#endif

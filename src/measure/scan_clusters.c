/*
 * One pass over the clusters of data.group. In each, the entries are added up by the slice that they fall
 * into: one observation of two totals for every measure that is the ratio of both. Values are taken from
 * the ratio of all decisions, so that nothing cancels where a column is far from 0; neither the spread
 * about a ratio nor a correlation changes by that.
 */
#include "measure/cluster_parts.h"
#include "measure/clusters.h"
#include "measure/metrics.h"

#include <string.h>

/* Which totals a measure is the ratio of. */
enum totals {
    TOTALS_NONE,
    TOTALS_OF_DECISIONS,
    TOTALS_OF_A_COLUMN,
    TOTALS_OF_TWO_COLUMNS,
    TOTALS_OF_ERRORS,
};

static enum totals totals_of(const struct pl_metric_row *row)
{
    if (row->make == NULL && row->trials != 0 && row->argument != PL_ARGUMENT_CLASS)
        return TOTALS_OF_DECISIONS;
    if (row->error != PL_ERROR_NONE)
        return TOTALS_OF_ERRORS;
    if ((row->needs & PL_NEEDS_MEAN) != 0)
        return TOTALS_OF_A_COLUMN;
    return (row->needs & PL_NEEDS_RATIO) != 0 ? TOTALS_OF_TWO_COLUMNS : TOTALS_NONE;
}

bool pl_metric_has_clusters(const struct pl_metric *metric)
{
    return totals_of(metric->row) != TOTALS_NONE;
}

bool pl_metric_knows_clusters(const struct pl_metric *metric)
{
    return pl_metric_has_clusters(metric) || pl_str_equal_text(metric->name, "count");
}

/* Both totals of an entry, as they are. */
static struct pl_cluster totals_at(const struct pl_cells *cells, const struct pl_metric *metric,
                                   size_t entry)
{
    const struct pl_cluster_cells *clusters = cells->clusters;
    const unsigned bit = 1u << clusters->keys[entry] % 9;
    const size_t column = (size_t)metric->column - (cells->has_scores ? 1 : 0);
    const size_t ratio = clusters->columns_count + 2 * (size_t)metric->column;
    const size_t errors = clusters->totals_count - (PL_ERROR_TOTALS - 1) + metric->row->error - 1;
    const double weight = clusters->weights[entry];

    switch (totals_of(metric->row)) {
    case TOTALS_OF_DECISIONS:
        return (struct pl_cluster){.a = (metric->row->successes & bit) != 0 ? weight : 0.0,
                                   .b = (metric->row->trials & bit) != 0 ? weight : 0.0};
    case TOTALS_OF_A_COLUMN:
        return (struct pl_cluster){
            clusters->totals[column][entry],
            clusters->valid[column] == NULL ? weight : clusters->valid[column][entry], 0.0};
    case TOTALS_OF_TWO_COLUMNS:
        return (struct pl_cluster){clusters->totals[ratio][entry],
                                   clusters->totals[ratio + 1][entry], 0.0};
    case TOTALS_OF_ERRORS:
        return (struct pl_cluster){.a = clusters->totals[errors][entry],
                                   .b = (metric->row->trials & bit) != 0 ? weight : 0.0};
    case TOTALS_NONE:
    default:
        return (struct pl_cluster){0};
    }
}

enum pl_status pl_clusters_centre(const struct pl_cells *cells, const struct pl_metric *metrics,
                                  size_t metrics_count, struct pl_arena *arena,
                                  const double **ret_centres, struct pl_error *error)
{
    double *centres = pl_arena_alloc_array(arena, metrics_count + 1, sizeof *centres);

    if (centres == NULL)
        return pl_arena_error(arena, "the groups of decisions", error);
    for (size_t m = 0; m < metrics_count; m++) {
        struct pl_sum a = {0};
        struct pl_sum b = {0};

        for (size_t i = 0;
             totals_of(metrics[m].row) >= TOTALS_OF_A_COLUMN && i < cells->clusters->entries_count;
             i++) {
            const struct pl_cluster totals = totals_at(cells, &metrics[m], i);

            pl_sum_add(&a, totals.a);
            pl_sum_add(&b, totals.b);
        }
        centres[m] = pl_sum_value(&b) > 0.0 ? pl_sum_value(&a) / pl_sum_value(&b) : 0.0;
    }
    *ret_centres = centres;
    return PL_OK;
}

/* Adds an entry to a part. */
static void observe(const struct pl_scan *scan, struct pl_cluster_parts *parts, size_t part,
                    size_t entry)
{
    const size_t first = pl_cluster_parts_at(parts, part);

    for (size_t m = 0; m < scan->metrics_count; m++) {
        const struct pl_cluster totals = totals_at(scan->cells, &scan->metrics[m], entry);
        struct pl_cluster *cluster = &parts->clusters[first + m];

        cluster->a += totals.a - scan->centres[m] * totals.b;
        cluster->b += totals.b;
        /* A cluster may have a numerator only. */
        parts->taken[first + m] |=
            totals.b < 0.0 || totals.b > 0.0 || totals.a < 0.0 || totals.a > 0.0;
    }
}

/* Nothing is seen of a part yet. */
static void clear_part(const struct pl_scan *scan, struct pl_cluster_parts *parts, size_t part)
{
    const size_t first = pl_cluster_parts_at(parts, part);

    for (size_t m = 0; m < scan->metrics_count; m++) {
        parts->clusters[first + m] = (struct pl_cluster){.weight = 1.0};
        parts->taken[first + m] = false;
    }
}

/* The full cluster: all of its parts together. */
static void add_up(const struct pl_scan *scan, struct pl_cluster_parts *parts)
{
    const size_t full = pl_cluster_parts_at(parts, parts->count);

    clear_part(scan, parts, parts->count);
    for (size_t part = 0; part < parts->count; part++)
        for (size_t m = 0; m < scan->metrics_count; m++) {
            const struct pl_cluster *one = &parts->clusters[pl_cluster_parts_at(parts, part) + m];

            parts->clusters[full + m].a += one->a;
            parts->clusters[full + m].b += one->b;
            parts->taken[full + m] |= parts->taken[pl_cluster_parts_at(parts, part) + m];
        }
}

static void scan_cluster(const struct pl_scan *scan, const struct pl_partition *partition,
                         struct pl_cluster_parts *parts, struct pl_tally *tallies, size_t cluster)
{
    const struct pl_cluster_cells *clusters = scan->cells->clusters;

    pl_cluster_parts_reset(parts);
    for (size_t i = clusters->starts[cluster]; i < clusters->starts[cluster + 1]; i++) {
        const size_t known = parts->count;
        const size_t part =
            pl_cluster_parts_find(parts, partition->slice_of_leaf[clusters->keys[i] / 9]);

        if (part == known)
            clear_part(scan, parts, part);
        observe(scan, parts, part, i);
    }
    for (size_t part = 0; part < parts->count; part++)
        pl_cluster_parts_tally(parts, tallies, part);
    if (parts->shared == NULL)
        return;
    add_up(scan, parts);
    pl_cluster_parts_share(parts, parts->count);
}

/* Whether some cluster has decisions in two slices. */
static bool is_dependent(const struct pl_cluster_cells *clusters,
                         const struct pl_partition *partition)
{
    for (size_t c = 0; partition->slices_count > 1 && c < clusters->count; c++)
        for (size_t i = clusters->starts[c] + 1; i < clusters->starts[c + 1]; i++)
            if (partition->slice_of_leaf[clusters->keys[i] / 9] !=
                partition->slice_of_leaf[clusters->keys[i - 1] / 9])
                return true;
    return false;
}

static size_t longest(const struct pl_cluster_cells *clusters)
{
    size_t most = 1;

    for (size_t c = 0; c < clusters->count; c++)
        if (clusters->starts[c + 1] - clusters->starts[c] > most)
            most = clusters->starts[c + 1] - clusters->starts[c];
    return most;
}

bool pl_scan_clusters(const struct pl_scan *scan, const struct pl_partition *partition,
                      struct pl_tally *tallies)
{
    const struct pl_cluster_cells *clusters = scan->cells->clusters;
    const size_t most = longest(clusters);
    const size_t slices = partition->slices_count;
    struct pl_cluster_parts parts;
    const bool allocated =
        pl_cluster_parts_init(&parts, scan->metrics_count, slices, most < slices ? most : slices) &&
        pl_cluster_parts_start(&parts, tallies, is_dependent(clusters, partition));

    for (size_t cluster = 0; allocated && cluster < clusters->count; cluster++)
        scan_cluster(scan, partition, &parts, tallies, cluster);
    pl_cluster_parts_deinit(&parts);
    return allocated;
}

/* What a measure is of its ratio, near the value that it has. */
static double slope_of(const struct pl_tally *tally, const struct pl_metric *metric,
                       const struct pl_stat *alone)
{
    if (metric->row->root)
        return alone->value > 0.0 ? 0.5 / alone->value : 0.0;
    return metric->row->total ? tally->columns[metric->column].weight : 1.0;
}

struct pl_stat pl_metric_over_clusters(const struct pl_tally *tally, const struct pl_metric *metric,
                                       const struct pl_stat *alone)
{
    const size_t index = (size_t)(metric - tally->metrics);

    if (!pl_metric_has_clusters(metric))
        return pl_stat_unbounded(alone);
    return pl_clusters_apply(&tally->clustered.sums[index], alone, slope_of(tally, metric, alone));
}

struct pl_stat pl_metric_rest_over_clusters(const struct pl_tally *slice,
                                            const struct pl_metric *metric,
                                            const struct pl_stat *alone)
{
    const size_t index = (size_t)(metric - slice->metrics);

    if (slice->clustered.dependent)
        return pl_stat_undefined(PL_UNDEFINED_NO_VALUES);
    if (!pl_metric_has_clusters(metric))
        return pl_stat_unbounded(alone);

    const struct pl_clusters rest =
        pl_clusters_subtract(&slice->all->clustered.sums[index], &slice->clustered.sums[index]);

    return pl_clusters_apply(&rest, alone, slope_of(slice, metric, alone));
}

/* Turns the products that the pass over lists or clusters has summed into correlations. */
#include "measure/correlate.h"

#include "measure/clusters.h"
#include "measure/metrics.h"

static double correlation_of(const struct pl_tally *first, const struct pl_tally *second,
                             const struct pl_metric *metric,
                             const struct pl_clusters_shared *shared)
{
    const size_t index = (size_t)(metric - first->metrics);

    if (metric->row->list != NULL)
        return pl_list_correlation(first, second, metric, shared);
    return pl_clusters_correlation(&first->clustered.sums[index], &second->clustered.sums[index],
                                   shared);
}

static void correlate_metric(const struct pl_metric *metric, const struct pl_tally *tallies,
                             size_t slices_count, const struct pl_clusters_shared *shared,
                             double *ret_correlations)
{
    const struct pl_tally *overall = tallies[0].all;

    for (size_t a = 0; a < slices_count; a++)
        for (size_t b = a + 1; b <= slices_count; b++)
            ret_correlations[pl_shared_at(0, a, b, slices_count)] =
                correlation_of(&tallies[a], b == slices_count ? overall : &tallies[b], metric,
                               &shared[pl_shared_at(0, a, b, slices_count)]);
}

enum pl_status pl_correlate(const struct pl_measure_options *options,
                            const struct pl_tally *tallies, struct pl_grouping *grouping,
                            struct pl_arena *arena, struct pl_error *error)
{
    const size_t count = grouping->slices_count;
    const size_t size = count * (count + 1);

    if (count == 0 || !tallies[0].clustered.dependent)
        return PL_OK;
    grouping->dependent = true;
    if (tallies[0].clustered.shared == NULL)
        return PL_OK;

    double *correlations =
        pl_arena_alloc_array(arena, options->metrics_count * size, sizeof *correlations);

    if (correlations == NULL)
        return pl_arena_error(arena, "the correlations of slices", error);
    for (size_t m = 0; m < options->metrics_count; m++)
        if (options->metrics[m].row->list != NULL || pl_metric_has_clusters(&options->metrics[m]))
            correlate_metric(&options->metrics[m], tallies, count,
                             tallies[0].clustered.shared + m * size, correlations + m * size);
    grouping->correlations = correlations;
    return PL_OK;
}

bool pl_slices_are_dependent(const struct pl_measured *measured, const struct pl_grouping *grouping,
                             size_t metric_index)
{
    const struct pl_metric *metric = &measured->metrics[metric_index];

    return grouping->dependent &&
           (metric->row->list != NULL ||
            (measured->cells->clusters != NULL && pl_metric_has_clusters(metric)));
}

double pl_slices_correlation(const struct pl_measured *measured, const struct pl_grouping *grouping,
                             size_t metric_index, const struct pl_slice *const slices[static 2])
{
    const size_t count = grouping->slices_count;
    size_t places[2];

    if (!pl_slices_are_dependent(measured, grouping, metric_index))
        return 0.0;
    if (grouping->correlations == NULL)
        return -1.0;
    for (int i = 0; i < 2; i++)
        places[i] =
            slices[i] == &measured->overall ? count : (size_t)(slices[i] - grouping->slices);
    return places[0] < places[1]
               ? grouping->correlations[pl_shared_at(metric_index, places[0], places[1], count)]
               : grouping->correlations[pl_shared_at(metric_index, places[1], places[0], count)];
}

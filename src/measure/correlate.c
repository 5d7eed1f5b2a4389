/* Turns the products that the pass over the lists has summed into correlations. */
#include "measure/correlate.h"

#include "measure/metrics.h"

static void correlate_metric(const struct pl_metric *metric, const struct pl_tally *tallies,
                             size_t slices_count, const struct pl_clusters_shared *shared,
                             double *ret_correlations)
{
    const struct pl_tally *overall = tallies[0].all;

    for (size_t a = 0; a < slices_count; a++)
        for (size_t b = a + 1; b <= slices_count; b++)
            ret_correlations[pl_shared_at(0, a, b, slices_count)] =
                pl_list_correlation(&tallies[a], b == slices_count ? overall : &tallies[b], metric,
                                    &shared[pl_shared_at(0, a, b, slices_count)]);
}

enum pl_status pl_correlate(const struct pl_measure_options *options,
                            const struct pl_tally *tallies, struct pl_grouping *grouping,
                            struct pl_arena *arena, struct pl_error *error)
{
    const size_t count = grouping->slices_count;
    const size_t size = count * (count + 1);

    if (count == 0 || !tallies[0].ranking.dependent)
        return PL_OK;
    grouping->dependent = true;
    if (tallies[0].ranking.shared == NULL)
        return PL_OK;

    double *correlations =
        pl_arena_alloc_array(arena, options->metrics_count * size, sizeof *correlations);

    if (correlations == NULL)
        return pl_arena_error(arena, "the correlations of slices", error);
    for (size_t m = 0; m < options->metrics_count; m++)
        if (options->metrics[m].row->list != NULL)
            correlate_metric(&options->metrics[m], tallies, count,
                             tallies[0].ranking.shared + m * size, correlations + m * size);
    grouping->correlations = correlations;
    return PL_OK;
}

bool pl_slices_are_dependent(const struct pl_measured *measured, const struct pl_grouping *grouping,
                             size_t metric_index)
{
    return grouping->dependent && measured->metrics[metric_index].row->list != NULL;
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

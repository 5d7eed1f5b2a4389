/* Totals of groups, in one pass over the cases. Exercised by the tests of paired_runs.h and repeats.h. */
#include "stats/grouping.h"

#include <assert.h>

static void add_alone(const struct pl_grouping *grouping, const double *values,
                      struct pl_clusters *clusters)
{
    for (size_t i = 0; i < grouping->count; i++) {
        const struct pl_cluster alone = {values[i], 1.0, 1.0};

        pl_clusters_add(clusters, &alone);
    }
}

enum pl_status pl_grouping_sum(const struct pl_grouping *grouping, const double *values,
                               struct pl_arena *scratch, struct pl_clusters *ret_clusters,
                               struct pl_error *error)
{
    struct pl_clusters clusters = {0};

    if (grouping->groups == NULL) {
        add_alone(grouping, values, &clusters);
        *ret_clusters = clusters;
        return PL_OK;
    }

    struct pl_cluster *totals =
        pl_arena_alloc_array(scratch, grouping->groups_count, sizeof *totals);

    if (totals == NULL)
        return pl_arena_error(scratch, "groups of cases", error);
    for (size_t i = 0; i < grouping->count; i++) {
        assert(grouping->groups[i] < grouping->groups_count);
        totals[grouping->groups[i]].a += values[i];
        totals[grouping->groups[i]].b += 1.0;
    }
    for (uint32_t g = 0; g < grouping->groups_count; g++)
        if (totals[g].b > 0.0) {
            totals[g].weight = 1.0;
            pl_clusters_add(&clusters, &totals[g]);
        }
    *ret_clusters = clusters;
    return PL_OK;
}

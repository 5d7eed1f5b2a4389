/* The gap of a measure over the slices of a grouping: how far apart the two furthest are. */
#include "measure/measure.h"

#include "stats/gap.h"

/* The slices that a gap is taken over: those large enough, with a value. */
static size_t collect(const struct pl_grouping *grouping, size_t metric_index,
                      struct pl_stat *ret_stats, const struct pl_slice **ret_slices)
{
    size_t count = 0;

    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *slice = &grouping->slices[i];

        if (slice->too_small || slice->stats[metric_index].kind == PL_STAT_NONE)
            continue;
        ret_stats[count] = slice->stats[metric_index];
        ret_slices[count++] = slice;
    }
    return count;
}

enum pl_status pl_measure_between(const struct pl_measured *measured,
                                  const struct pl_grouping *grouping, size_t metric_index,
                                  struct pl_arena *arena, struct pl_between *ret_between,
                                  struct pl_error *error)
{
    struct pl_stat *stats =
        pl_arena_alloc_array(arena, grouping->slices_count + 1, sizeof *stats);
    const struct pl_slice **slices =
        pl_arena_alloc_array(arena, grouping->slices_count + 1, sizeof *slices);
    struct pl_gap difference = {0};
    struct pl_gap ratio = {0};

    if (stats == NULL || slices == NULL)
        return pl_arena_error(arena, "the comparison of groups", error);

    const struct pl_gap_request request = {
        .stats = stats,
        .count = collect(grouping, metric_index, stats, slices),
        .confidence = measured->confidence,
        .seed = measured->seed,
    };

    PL_RETURN_IF(pl_gap_difference(&request, arena, &difference, error));
    PL_RETURN_IF(pl_gap_ratio(&request, arena, &ratio, error));
    *ret_between = (struct pl_between){
        .difference = difference.estimate,
        .ratio = ratio.estimate,
    };
    if (difference.estimate.status != PL_ESTIMATE_UNDEFINED) {
        ret_between->largest = slices[difference.largest];
        ret_between->smallest = slices[difference.smallest];
    }
    return PL_OK;
}

/*
 * Impact ratio = rate of a group / highest rate of all groups that are compared, from unrounded values, as
 * 6 RCNY § 5-300 (New York City Local Law 144) and 29 CFR § 1607.4(D) define it. Groups that are listed
 * only (too few, too small a share, of missing values) are neither compared nor the highest.
 */
#include "measure/impact.h"

#define NONE (-1.0) /* no ratio is negative */

bool pl_metric_has_impact(const struct pl_metric *metric)
{
    return pl_str_equal_text(metric->name, "selection_rate") ||
           pl_str_equal_text(metric->name, "scoring_rate");
}

bool pl_slice_impact(const struct pl_slice *slice, size_t metric_index, double *ret_ratio)
{
    if (slice->impacts == NULL || slice->impacts[metric_index] < 0.0)
        return false;
    *ret_ratio = slice->impacts[metric_index];
    return true;
}

static bool is_compared(const struct pl_slice *slice, size_t metric)
{
    return !slice->too_small && slice->stats[metric].kind != PL_STAT_NONE;
}

static double find_highest(const struct pl_slice *slices, size_t count, size_t metric)
{
    double highest = 0.0;

    for (size_t i = 0; i < count; i++)
        if (is_compared(&slices[i], metric) && slices[i].stats[metric].value > highest)
            highest = slices[i].stats[metric].value;
    return highest;
}

enum pl_status pl_impacts_make(struct pl_slice *slices, size_t slices_count,
                               const struct pl_measure_options *options, struct pl_arena *arena,
                               struct pl_error *error)
{
    const size_t metrics = options->metrics_count;
    double *ratios = NULL;

    for (size_t metric = 0; metric < metrics; metric++) {
        if (!pl_metric_has_impact(&options->metrics[metric]))
            continue;
        if (ratios == NULL) {
            ratios = pl_arena_alloc_array(arena, slices_count * metrics + 1, sizeof *ratios);
            if (ratios == NULL)
                return pl_arena_error(arena, "the impact ratios", error);
            for (size_t i = 0; i < slices_count * metrics; i++)
                ratios[i] = NONE;
        }

        const double highest = find_highest(slices, slices_count, metric);

        for (size_t i = 0; i < slices_count; i++)
            if (highest > 0.0 && is_compared(&slices[i], metric))
                ratios[i * metrics + metric] = slices[i].stats[metric].value / highest;
    }
    for (size_t i = 0; ratios != NULL && i < slices_count; i++)
        slices[i].impacts = ratios + i * metrics;
    return PL_OK;
}

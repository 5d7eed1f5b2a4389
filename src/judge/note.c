/*
 * A gap between two groups may be a matter of where their decisions are. Where it points the other way
 * inside the strata the finding says so; what it decides stays as the line has it.
 */
#include "judge/note.h"

#include "mix/mix.h"

static bool compares_groups(enum pl_comparator comparator)
{
    return comparator == PL_COMPARE_MIN_RATIO || comparator == PL_COMPARE_MAX_RATIO ||
           comparator == PL_COMPARE_MAX_DIFFERENCE;
}

enum pl_status pl_finding_note(const struct pl_measured *measured, struct pl_arena *arena,
                               struct pl_finding *finding, struct pl_error *error)
{
    const struct pl_case *one = finding->deciding;
    const size_t metric = finding->metric_index;

    /* What is split is taken for independent. */
    if (measured->cells->clusters != NULL)
        return PL_OK;
    if (one == NULL || one->against == NULL || !one->judged ||
        !compares_groups(finding->limit->comparator) || one->slice->crossing == NULL ||
        one->slice->crossing->count != 1 || !pl_mix_can(&measured->metrics[metric]))
        return PL_OK;

    const bool larger = one->slice->stats[metric].value >= one->against->stats[metric].value;
    const struct pl_slice *high = larger ? one->slice : one->against;
    const struct pl_slice *low = larger ? one->against : one->slice;
    const struct pl_mix_request request = {
        .segment = one->slice->crossing->segments[0],
        .metric_index = metric,
        .groups = {high->groups[0], low->groups[0]},
        .confidence = finding->limit->confidence,
    };

    if (high->stats[metric].kind == PL_STAT_NONE || low->stats[metric].kind == PL_STAT_NONE)
        return PL_OK;
    return pl_mix_reversal(measured, &request, arena, &finding->note, error);
}

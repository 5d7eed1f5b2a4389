/*
 * The cases of a launch slice beside the others: it against every other group of the launch's segment,
 * or against the overall figure. Each is one hypothesis in one direction where the measure has a better
 * end: that this slice is the worse of the two, by more than the limit allows. A gap between two groups
 * thus holds back the one that it hurts, and not the other.
 */
#include "judge/cases.h"

#include <string.h>

struct adding {
    struct pl_trial *trial;
    const struct pl_judge_beside *beside;
    const struct pl_slice *own; /* the slice in the grouping at hand */
    enum pl_better better;
};

/* The slice of a grouping in which the whole launch slice lies. */
static const struct pl_slice *find_own(const struct pl_grouping *grouping,
                                       const struct pl_slice *launched)
{
    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *slice = &grouping->slices[i];
        uint32_t same = 0;

        for (uint32_t a = 0; a < grouping->crossing.count; a++)
            for (uint32_t b = 0; b < launched->crossing->count; b++)
                same += grouping->crossing.segments[a] == launched->crossing->segments[b] &&
                        slice->groups[a] == launched->groups[b];
        if (same == grouping->crossing.count)
            return slice;
    }
    return NULL;
}

/* Whether the comparison must be turned, to say that the slice is the worse. */
static bool must_turn(const struct pl_limit *limit, enum pl_better better)
{
    const struct pl_comparator_shape shape = pl_comparator_shape(limit->comparator);
    const bool bad_is_low = better == PL_BETTER_HIGHER;

    /* An upper limit is crossed by a high value, a lower one by a low value. */
    return shape.upper == bad_is_low;
}

static struct pl_test test_of(const struct pl_trial *trial, enum pl_better better,
                              const struct pl_comparison *comparison)
{
    const bool mirrored = pl_limit_is_mirrored(trial->limit);
    struct pl_test test = {
        .comparison = *comparison,
        .opposite = *comparison,
        .two_directions = mirrored && better == PL_BETTER_NEITHER,
        .upper = pl_comparator_shape(trial->limit->comparator).upper,
        .threshold = trial->limit->threshold,
    };

    if (!mirrored || comparison->reason != PL_DEFINED)
        return test;
    test.turned = test.two_directions ? pl_comparison_points_away(comparison, test.upper)
                                      : must_turn(trial->limit, better);
    if (test.turned)
        test.comparison = pl_comparison_turn(comparison);
    else
        test.opposite = pl_comparison_turn(comparison);
    return test;
}

static void add_case(const struct adding *adding, const struct pl_slice *against,
                     const struct pl_comparison *comparison)
{
    struct pl_trial *trial = adding->trial;
    const bool has_other =
        against == NULL ||
        (!against->too_small && against->stats[trial->metric_index].kind != PL_STAT_NONE);

    trial->tests[trial->count] = test_of(trial, adding->better, comparison);
    trial->cases[trial->count++] = (struct pl_case){
        .slice = adding->own,
        .against = against,
        .state = PL_STATE_UNPROVEN,
        .judged = !adding->own->too_small && has_other,
        .beside = true,
        .reason = comparison->reason,
        .p_value = 1.0,
        .n = adding->own->stats[trial->metric_index].n,
    };
}

static void add_group(const struct adding *adding, const struct pl_grouping *grouping,
                      const struct pl_slice *other)
{
    const size_t metric = adding->trial->metric_index;
    const struct pl_slice *const pair[2] = {adding->own, other};
    struct pl_comparison comparison =
        pl_comparison_between(pl_comparator_shape(adding->trial->limit->comparator).form,
                              &adding->own->stats[metric], &other->stats[metric]);

    comparison.correlation = pl_slices_correlation(adding->beside->whole, grouping, metric, pair);
    add_case(adding, other, &comparison);
}

static void add_groups(const struct adding *adding, const struct pl_grouping *grouping)
{
    const struct pl_str reference = adding->trial->limit->reference;

    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *other = &grouping->slices[i];

        if (other != adding->own &&
            (reference.len == 0 ||
             pl_str_equal(pl_slice_group(adding->beside->whole, other, 0), reference)))
            add_group(adding, grouping, other);
    }
}

static void add_grouping(struct adding *adding, const struct pl_grouping *grouping)
{
    const struct pl_trial *trial = adding->trial;
    const struct pl_comparator_shape shape = pl_comparator_shape(trial->limit->comparator);
    const struct pl_slice *overall = &adding->beside->whole->overall;
    const struct pl_slice *pair[2] = {NULL, overall};
    struct pl_comparison comparison;

    adding->own = find_own(grouping, adding->beside->slice);
    if (adding->own == NULL)
        return;
    pair[0] = adding->own;
    switch (shape.against) {
    case PL_AGAINST_NOTHING:
        comparison = pl_comparison_value_of(&adding->own->stats[trial->metric_index]);
        add_case(adding, NULL, &comparison);
        return;
    case PL_AGAINST_OVERALL:
        comparison =
            pl_comparison_to_overall(shape.form, adding->own, overall, trial->metric_index);
        comparison.correlation =
            pl_slices_correlation(adding->beside->whole, grouping, trial->metric_index, pair);
        add_case(adding, overall, &comparison);
        return;
    case PL_AGAINST_BASELINE: /* done by pl_trial_add_beside */
    case PL_AGAINST_GROUPS:
    default:
        add_groups(adding, grouping);
        return;
    }
}

/* Makes room for `more` cases behind those that are there. */
static enum pl_status grow(struct pl_trial *trial, size_t more, struct pl_arena *arena,
                           struct pl_error *error)
{
    struct pl_case *cases = pl_arena_alloc_array(arena, trial->count + more + 1, sizeof *cases);
    struct pl_test *tests = pl_arena_alloc_array(arena, trial->count + more + 1, sizeof *tests);

    if (cases == NULL || tests == NULL)
        return pl_arena_error(arena, "the cases of the limits", error);
    memcpy(cases, trial->cases, trial->count * sizeof *cases);
    memcpy(tests, trial->tests, trial->count * sizeof *tests);
    trial->cases = cases;
    trial->tests = tests;
    return PL_OK;
}

enum pl_status pl_trial_add_beside(struct pl_trial *trial, const struct pl_judge_beside *beside,
                                   size_t index, struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_crossings *crossings = &beside->crossings[index];
    struct adding adding = {
        .trial = trial,
        .beside = beside,
        .better = pl_metric_better(&beside->whole->metrics[trial->metric_index]),
    };

    if (adding.better == PL_BETTER_NEITHER)
        adding.better = beside->better[index];
    if (trial->limit->baseline != NULL) {
        PL_RETURN_IF(grow(trial, 1, arena, error));
        pl_trial_add_sides(trial, beside->whole, beside->slice);
        return PL_OK;
    }

    for (size_t i = 0; i < crossings->count; i++) {
        const struct pl_grouping *grouping = pl_grouping_find(beside->whole, &crossings->items[i]);

        if (grouping == NULL)
            continue;
        PL_RETURN_IF(grow(trial, grouping->slices_count, arena, error));
        add_grouping(&adding, grouping);
    }
    return PL_OK;
}

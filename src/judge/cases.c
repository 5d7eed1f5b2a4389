/*
 * Which cases a comparator makes: the measure in each slice, every pair of groups, every group against
 * the reference, or every slice against the overall figure. The table COMPARATORS says it all.
 */
#include "judge/cases.h"

#include "base/buffer.h"
#include "judge/gain.h"
#include "measure/metrics.h"

#include <math.h>

#define GROUPS_SHOWN_MAX 64

static const struct pl_comparator_shape COMPARATORS[] = {
    [PL_COMPARE_MIN] = {PL_FORM_VALUE, PL_AGAINST_NOTHING, false},
    [PL_COMPARE_MAX] = {PL_FORM_VALUE, PL_AGAINST_NOTHING, true},
    [PL_COMPARE_MIN_RATIO] = {PL_FORM_RATIO, PL_AGAINST_GROUPS, false},
    [PL_COMPARE_MAX_RATIO] = {PL_FORM_RATIO, PL_AGAINST_GROUPS, true},
    [PL_COMPARE_MAX_DIFFERENCE] = {PL_FORM_DIFFERENCE, PL_AGAINST_GROUPS, true},
    [PL_COMPARE_MAX_RATIO_TO_OVERALL] = {PL_FORM_RATIO, PL_AGAINST_OVERALL, true},
    [PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL] = {PL_FORM_DIFFERENCE, PL_AGAINST_OVERALL, true},
    [PL_COMPARE_NON_INFERIOR_TO] = {PL_FORM_DIFFERENCE, PL_AGAINST_BASELINE, false},
    [PL_COMPARE_SUPERIOR_TO] = {PL_FORM_DIFFERENCE, PL_AGAINST_BASELINE, false},
};

struct maker {
    const struct pl_line *line;
    const struct pl_measured *measured;
    struct pl_arena *arena;
    struct pl_trial *trial;
    size_t size;
};

struct pl_comparator_shape pl_comparator_shape(enum pl_comparator comparator)
{
    return COMPARATORS[comparator];
}

/* An upper bound on the number of cases of a grouping. */
static size_t count_cases(const struct pl_grouping *grouping, const struct pl_limit *limit)
{
    const size_t n = grouping->slices_count;

    if (COMPARATORS[limit->comparator].against == PL_AGAINST_GROUPS && limit->reference.len == 0)
        return n * (n - (n > 0 ? 1 : 0)) / 2 + n;
    return n;
}

bool pl_limit_is_mirrored(const struct pl_limit *limit)
{
    return limit->comparator == PL_COMPARE_MAX_DIFFERENCE ||
           limit->comparator == PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL ||
           ((limit->comparator == PL_COMPARE_MIN_RATIO ||
             limit->comparator == PL_COMPARE_MAX_RATIO) &&
            limit->reference.len == 0);
}

struct pl_comparison pl_comparison_turn(const struct pl_comparison *comparison)
{
    struct pl_comparison turned = *comparison;

    turned.a = comparison->b;
    turned.b = comparison->a;
    turned.no_value = comparison->form == PL_FORM_RATIO && turned.b.value == 0.0;
    return turned;
}

bool pl_comparison_points_away(const struct pl_comparison *comparison, bool upper)
{
    if (comparison->form == PL_FORM_DIFFERENCE)
        return comparison->a.value < comparison->b.value;
    return upper ? comparison->a.value < comparison->b.value
                 : comparison->a.value > comparison->b.value;
}

static void add_case(struct maker *maker, const struct pl_slice *slice,
                     const struct pl_slice *against, const struct pl_comparison *comparison)
{
    const struct pl_limit *limit = maker->trial->limit;
    struct pl_case *one = &maker->trial->cases[maker->trial->count];
    struct pl_test *test = &maker->trial->tests[maker->trial->count++];
    const size_t metric = maker->trial->metric_index;
    const bool against_small = against != NULL && against->too_small;

    *test = (struct pl_test){
        .comparison = *comparison,
        .two_directions = pl_limit_is_mirrored(limit),
        .upper = COMPARATORS[limit->comparator].upper,
        .threshold = limit->threshold,
    };
    *one = (struct pl_case){
        .slice = slice,
        .against = against,
        .state = PL_STATE_UNPROVEN,
        .judged = !slice->too_small && !against_small,
        .reason = comparison->reason,
        .p_value = 1.0,
        .n = slice->stats[metric].n,
    };
    if (!test->two_directions || comparison->reason != PL_DEFINED)
        return;
    test->opposite = pl_comparison_turn(comparison);
    if (!pl_comparison_points_away(comparison, test->upper))
        return;

    test->opposite = *comparison;
    test->comparison = pl_comparison_turn(comparison);
    /* Between groups the case is told from the side that the data show; to overall it stays. */
    if (COMPARATORS[limit->comparator].against == PL_AGAINST_GROUPS && limit->reference.len == 0) {
        one->slice = against;
        one->against = slice;
        one->n = against->stats[metric].n;
    } else {
        test->turned = true;
    }
}

static void add_values(struct maker *maker, const struct pl_grouping *grouping)
{
    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *slice = &grouping->slices[i];
        const struct pl_comparison comparison =
            pl_comparison_value_of(&slice->stats[maker->trial->metric_index]);

        add_case(maker, slice, NULL, &comparison);
    }
}

static void add_to_overall(struct maker *maker, const struct pl_grouping *grouping)
{
    const struct pl_slice *overall = &maker->measured->overall;

    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *slice = &grouping->slices[i];
        const struct pl_slice *const pair[2] = {slice, overall};
        struct pl_comparison comparison =
            pl_comparison_to_overall(COMPARATORS[maker->trial->limit->comparator].form, slice,
                                     overall, maker->trial->metric_index);

        comparison.correlation =
            pl_slices_correlation(maker->measured, grouping, maker->trial->metric_index, pair);
        add_case(maker, slice, overall, &comparison);
    }
}

void pl_trial_add_sides(struct pl_trial *trial, const struct pl_measured *measured,
                        const struct pl_slice *slice)
{
    const struct pl_against *against = pl_against_of(measured, trial->limit->baseline);
    const struct pl_sides *sides =
        against == NULL ? NULL : pl_sides_of(measured, against, slice, trial->metric_index);
    struct pl_test *test = &trial->tests[trial->count];
    struct pl_case *one = &trial->cases[trial->count++];

    *one = (struct pl_case){
        .slice = slice,
        .sides = sides,
        .state = PL_STATE_UNPROVEN,
        .judged = !slice->too_small,
        .reason = PL_UNDEFINED_NO_BASELINE,
        .p_value = 1.0,
        .n = slice->n,
    };
    /* Where thresholds are tried the baseline is not measured again. */
    if (sides == NULL)
        return;
    *test = pl_gain_test(trial->limit, &measured->metrics[trial->metric_index], sides);
    one->judged = one->judged && sides->decisions_here >= measured->smallest_slice &&
                  sides->decisions_there >= measured->smallest_slice;
    one->reason = test->comparison.reason;
    one->n = sides->here.n;
}

static void add_to_baseline(struct maker *maker, const struct pl_grouping *grouping)
{
    for (size_t i = 0; i < grouping->slices_count; i++)
        pl_trial_add_sides(maker->trial, maker->measured, &grouping->slices[i]);
}

static void add_pair(struct maker *maker, const struct pl_grouping *grouping,
                     const struct pl_slice *a, const struct pl_slice *b)
{
    const size_t metric = maker->trial->metric_index;
    const struct pl_slice *const pair[2] = {a, b};
    struct pl_comparison comparison = pl_comparison_between(
        COMPARATORS[maker->trial->limit->comparator].form, &a->stats[metric], &b->stats[metric]);

    comparison.correlation = pl_slices_correlation(maker->measured, grouping, metric, pair);
    add_case(maker, a, b, &comparison);
}

/* Larger, and first of all large enough. */
static bool is_larger(const struct pl_slice *a, const struct pl_slice *b)
{
    return a->too_small == b->too_small ? a->n > b->n : b->too_small;
}

/*
 * Every pair of groups that are large enough. A group that is too small is listed once, against the
 * largest group, and not with every other.
 */
static void add_pairs(struct maker *maker, const struct pl_grouping *grouping)
{
    const struct pl_slice *largest = NULL;

    for (size_t i = 0; i < grouping->slices_count; i++)
        if (largest == NULL || is_larger(&grouping->slices[i], largest))
            largest = &grouping->slices[i];
    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *a = &grouping->slices[i];

        if (a->too_small) {
            if (a != largest)
                add_pair(maker, grouping, a, largest);
            continue;
        }
        for (size_t j = i + 1; j < grouping->slices_count; j++)
            if (!grouping->slices[j].too_small)
                add_pair(maker, grouping, a, &grouping->slices[j]);
    }
}

static const struct pl_slice *find_reference(const struct pl_measured *measured,
                                             const struct pl_grouping *grouping,
                                             const struct pl_limit *limit)
{
    for (size_t i = 0; i < grouping->slices_count; i++)
        if (grouping->crossing.count == 1 &&
            pl_str_equal(pl_slice_group(measured, &grouping->slices[i], 0), limit->reference))
            return &grouping->slices[i];
    return NULL;
}

/* Names the nearest group, or the first few that there are. */
static void suggest_group(const struct pl_measured *measured, const struct pl_grouping *grouping,
                          struct pl_str wanted, struct pl_buffer *out)
{
    const char *names[GROUPS_SHOWN_MAX] = {0};
    size_t count = 0;

    for (size_t i = 0; i < grouping->slices_count && count < GROUPS_SHOWN_MAX; i++)
        names[count++] = pl_slice_group(measured, &grouping->slices[i], 0).ptr;

    const char *nearest = pl_str_nearest(wanted, names, count);

    if (nearest != NULL) {
        pl_buffer_add_format(out, "did you mean `%s`?", nearest);
        return;
    }
    pl_buffer_add_text(out, "there are ");
    for (size_t i = 0; i < count && i < 8; i++)
        pl_buffer_add_format(out, "%s`%s`", i == 0 ? "" : ", ", names[i]);
    if (grouping->slices_count > 8)
        pl_buffer_add_format(out, " and %zu more", grouping->slices_count - 8);
}

static enum pl_status unknown_reference(const struct maker *maker,
                                        const struct pl_grouping *grouping, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer hint = {0};
    const struct pl_limit *limit = maker->trial->limit;
    const struct pl_segment *segment = &maker->line->data.segments[grouping->crossing.segments[0]];

    pl_buffer_init(&hint, PL_ERROR_MESSAGE_SIZE);
    suggest_group(maker->measured, grouping, limit->reference, &hint);
    return pl_line_error(maker->line, limit->reference_place, PL_E_LINE, error,
                         "there is no group `%.*s` in segment `%.*s`; %.*s",
                         PL_STR_ARG(limit->reference), PL_STR_ARG(segment->name),
                         PL_STR_ARG(pl_buffer_view(&hint)));
}

static enum pl_status add_to_reference(struct maker *maker, const struct pl_grouping *grouping,
                                       struct pl_error *error)
{
    const struct pl_slice *reference =
        find_reference(maker->measured, grouping, maker->trial->limit);

    if (reference == NULL && maker->trial->lenient)
        return PL_OK;
    if (reference == NULL)
        return unknown_reference(maker, grouping, error);
    for (size_t i = 0; i < grouping->slices_count; i++)
        if (&grouping->slices[i] != reference)
            add_pair(maker, grouping, &grouping->slices[i], reference);
    return PL_OK;
}

static enum pl_status add_grouping(struct maker *maker, const struct pl_grouping *grouping,
                                   struct pl_error *error)
{
    const struct pl_limit *limit = maker->trial->limit;

    switch (COMPARATORS[limit->comparator].against) {
    case PL_AGAINST_NOTHING:
        add_values(maker, grouping);
        return PL_OK;
    case PL_AGAINST_OVERALL:
        add_to_overall(maker, grouping);
        return PL_OK;
    case PL_AGAINST_BASELINE:
        add_to_baseline(maker, grouping);
        return PL_OK;
    case PL_AGAINST_GROUPS:
    default:
        if (limit->reference.len > 0)
            return add_to_reference(maker, grouping, error);
        add_pairs(maker, grouping);
        return PL_OK;
    }
}

static enum pl_status allocate_cases(struct maker *maker, struct pl_error *error)
{
    const struct pl_limit *limit = maker->trial->limit;

    maker->size = 1;
    for (size_t i = 0; i < limit->crossings_count; i++)
        maker->size += count_cases(pl_grouping_find(maker->measured, &limit->crossings[i]), limit);
    if (maker->size > PL_CASES_MAX)
        return pl_line_error(maker->line, limit->place, PL_E_LIMIT, error,
                             "this limit compares more than %d pairs of groups: name a "
                             "`reference`, or make fewer groups",
                             PL_CASES_MAX);
    maker->trial->cases =
        pl_arena_alloc_array(maker->arena, maker->size, sizeof *maker->trial->cases);
    maker->trial->tests =
        pl_arena_alloc_array(maker->arena, maker->size, sizeof *maker->trial->tests);
    if (maker->trial->cases == NULL || maker->trial->tests == NULL)
        return pl_arena_error(maker->arena, "the cases of the limits", error);
    return PL_OK;
}

/* Nothing is told of all decisions by a measure that compares a slice with the others. */
static bool compares_slices(const struct pl_metric *metric)
{
    return metric->row != NULL && metric->row->comparison;
}

enum pl_status pl_trial_make(const struct pl_line *line, const struct pl_measured *measured,
                             const struct pl_limit *limit, struct pl_arena *arena,
                             struct pl_trial *ret_trial, struct pl_error *error)
{
    struct maker maker = {.line = line, .measured = measured, .arena = arena, .trial = ret_trial};

    PL_RETURN_IF(allocate_cases(&maker, error));
    if (COMPARATORS[limit->comparator].against == PL_AGAINST_NOTHING &&
        !compares_slices(&measured->metrics[ret_trial->metric_index])) {
        const struct pl_comparison comparison =
            pl_comparison_value_of(&measured->overall.stats[ret_trial->metric_index]);

        add_case(&maker, &measured->overall, NULL, &comparison);
    }
    /* A slice of a launch is compared by what was measured of the whole. */
    if (limit->baseline != NULL && ret_trial->lenient)
        return PL_OK;
    if (limit->baseline != NULL)
        pl_trial_add_sides(ret_trial, measured, &measured->overall);
    for (size_t i = 0; i < limit->crossings_count; i++)
        PL_RETURN_IF(add_grouping(&maker, pl_grouping_find(measured, &limit->crossings[i]), error));
    return PL_OK;
}

static double p_crossed(const struct pl_test *test, const struct pl_comparison *comparison)
{
    return test->upper ? pl_comparison_p_above(comparison, test->threshold)
                       : pl_comparison_p_below(comparison, test->threshold);
}

double pl_test_p_crossed(const struct pl_test *test)
{
    const double p = p_crossed(test, &test->comparison);

    if (!test->two_directions)
        return p;
    return fmin(p, p_crossed(test, &test->opposite));
}

static double good_bound(const struct pl_test *test, const struct pl_comparison *comparison,
                         double alpha)
{
    return test->upper ? pl_comparison_high(comparison, alpha)
                       : pl_comparison_low(comparison, alpha);
}

double pl_test_clear_bound(const struct pl_test *test, double alpha)
{
    const double bound = good_bound(test, &test->comparison, alpha);

    if (!test->two_directions)
        return bound;

    const double other = good_bound(test, &test->opposite, alpha);

    return test->upper ? fmax(bound, other) : fmin(bound, other);
}

bool pl_test_is_clear(const struct pl_test *test, double alpha)
{
    return pl_test_is_good(test, pl_test_clear_bound(test, alpha));
}

bool pl_test_is_good(const struct pl_test *test, double value)
{
    if (test->strict)
        return test->upper ? value < test->threshold : value > test->threshold;
    return test->upper ? value <= test->threshold : value >= test->threshold;
}

/* The direction that the data show has the stronger bound; a difference is never below 0. */
double pl_test_breach_bound(const struct pl_test *test, double level)
{
    const double bound = test->upper ? pl_comparison_low(&test->comparison, level)
                                     : pl_comparison_high(&test->comparison, level);

    if (test->two_directions && test->comparison.form == PL_FORM_DIFFERENCE)
        return fmax(bound, 0.0);
    if (test->two_directions && !test->upper)
        return fmin(bound, 1.0);
    return test->two_directions ? fmax(bound, 1.0) : bound;
}

size_t pl_test_size(const struct pl_test *test)
{
    return test->two_directions ? 2 : 1;
}

/* Fairness between groups in memory: who is compared with whom, how two measures become one
   figure, and what excludes what. The figures themselves are checked against Fairlearn and
   AIF360 by tests/cli/test_fairness.py. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fairness/fairness.h"
#include "measure/metrics.h"

#include <math.h>
#include <string.h>

#define GROUPS_MAX 4
#define ARENA_SIZE ((size_t)1 << 26)

/* True positives, false negatives, false positives and true negatives of each group, by name. */
struct counts {
    const char *name;
    uint64_t tp, fn, fp, tn;
};

struct audit {
    struct pl_arena arena;
    struct pl_str names[GROUPS_MAX];
    uint32_t leaf_groups[GROUPS_MAX];
    struct pl_confusion confusions[GROUPS_MAX];
    struct pl_groups segment;
    struct pl_cells cells;
    const struct pl_fairness_grouping *grouping;
};

static const struct pl_crossing BY_GROUP = {.segments = {0}, .count = 1};
static const char *const MEASURES[] = {"selection_rate",     "base_rate",
                                       "error_rate",         "precision",
                                       "true_positive_rate", "false_positive_rate"};

#define MEASURES_COUNT (sizeof MEASURES / sizeof *MEASURES)

static void assert_near(double value, double expected, double tolerance)
{
    assert_true(fabs(value - expected) <= tolerance);
}

static void add(struct pl_confusion *confusion, int label, int prediction, uint64_t n)
{
    confusion->n[label][prediction] = n;
    confusion->weight[label][prediction] = (double)n;
    confusion->weight_squared[label][prediction] = (double)n;
}

static void fill_cells(struct audit *audit, const struct counts *counts, size_t count)
{
    for (size_t g = 0; g < count; g++) {
        audit->names[g] = pl_str_of(counts[g].name);
        audit->leaf_groups[g] = (uint32_t)g;
        add(&audit->confusions[g], PL_POSITIVE, PL_POSITIVE, counts[g].tp);
        add(&audit->confusions[g], PL_POSITIVE, PL_NEGATIVE, counts[g].fn);
        add(&audit->confusions[g], PL_NEGATIVE, PL_POSITIVE, counts[g].fp);
        add(&audit->confusions[g], PL_NEGATIVE, PL_NEGATIVE, counts[g].tn);
        audit->cells.decisions += counts[g].tp + counts[g].fn + counts[g].fp + counts[g].tn;
    }
    audit->segment = (struct pl_groups){
        .segment = PL_STR("team"), .names = audit->names, .count = (uint32_t)count};
    audit->cells.segments = &audit->segment;
    audit->cells.segments_count = 1;
    audit->cells.leaf_groups = audit->leaf_groups;
    audit->cells.confusions = audit->confusions;
    audit->cells.leaves_count = count;
    audit->cells.has_labels = true;
    audit->cells.has_predictions = true;
}

static struct pl_measured *measure(struct audit *audit)
{
    struct pl_metric *metrics =
        pl_arena_alloc_array(&audit->arena, MEASURES_COUNT, sizeof *metrics);
    struct pl_measured *measured = NULL;
    struct pl_error error;

    assert_non_null(metrics);
    for (size_t i = 0; i < MEASURES_COUNT; i++)
        assert_int_equal(pl_metric_parse(pl_str_of(MEASURES[i]), PL_TASK_BINARY, &audit->arena,
                                         &metrics[i], &error),
                         PL_OK);

    const struct pl_measure_options options = {
        .metrics = metrics,
        .metrics_count = MEASURES_COUNT,
        .crossings = &BY_GROUP,
        .crossings_count = 1,
        .costs = {.false_positive = 1.0, .false_negative = 1.0},
        .confidence = 0.95,
        .smallest_slice = 30,
        .seed = 1,
        .threads = 1,
    };

    assert_int_equal(pl_measure(&audit->cells, &options, &audit->arena, &measured, &error), PL_OK);
    return measured;
}

/* Compares by the definitions named; `reference` may be NULL. */
static enum pl_status compare(struct audit *audit, const struct counts *counts, size_t count,
                              const char *reference, struct pl_error *error)
{
    static const char *const ASKED[] = {"equalized_odds", "equalized_odds_mean", "impact_ratio",
                                        "scoring_rate_parity"};
    const struct pl_fairness_definition *definitions[4];
    const struct pl_fairness_reference named = {.segment = 0, .group = pl_str_of(reference)};
    const struct pl_fairness_options options = {
        .definitions = definitions,
        .definitions_count = 4,
        .references = &named,
        .references_count = reference == NULL ? 0 : 1,
    };
    const struct pl_between *betweens = NULL;
    struct pl_fairness *fairness = NULL;
    size_t betweens_count = 0;

    *audit = (struct audit){0};
    pl_arena_init(&audit->arena, ARENA_SIZE);
    for (size_t i = 0; i < 4; i++)
        definitions[i] = pl_fairness_definition_find(pl_str_of(ASKED[i]));
    fill_cells(audit, counts, count);

    const struct pl_measured *measured = measure(audit);

    assert_int_equal(
        pl_measure_between(measured, 1, &audit->arena, &betweens, &betweens_count, error), PL_OK);
    PL_RETURN_IF(pl_fairness_run(measured, betweens, &options, &audit->arena, &fairness, error));
    assert_int_equal(fairness->left_out_count, 1);
    assert_string_equal(fairness->left_out[0]->name, "scoring_rate_parity");
    audit->grouping = &fairness->groupings[0];
    return PL_OK;
}

static const struct counts THREE[] = {
    {"a", 80, 20, 30, 70}, {"b", 160, 40, 20, 180}, {"c", 30, 70, 30, 70}};

static void the_largest_group_is_the_reference(void **state)
{
    struct audit audit;
    struct pl_error error;

    (void)state;
    assert_int_equal(compare(&audit, THREE, 3, NULL, &error), PL_OK);
    assert_int_equal(audit.grouping->reference->groups[0], 1);
    assert_false(audit.grouping->reference_named);
    assert_int_equal(audit.grouping->figures[0].groups_count, 2);
    pl_arena_deinit(&audit.arena);
}

static void a_reference_that_is_no_group_is_an_error_that_names_the_nearest(void **state)
{
    static const struct counts LONG[] = {{"north", 80, 20, 30, 70}, {"south", 80, 20, 30, 70}};
    struct audit audit;
    struct pl_error error;

    (void)state;
    assert_int_equal(compare(&audit, LONG, 2, "noth", &error), PL_E_USAGE);
    assert_non_null(strstr(error.message, "did you mean `north`?"));
    pl_arena_deinit(&audit.arena);
}

/* True positive rates 0.8, 0.8 and 0.3; false positive rates 0.3, 0.1 and 0.3. */
static void the_worse_of_two_measures_decides_and_the_mean_is_of_both(void **state)
{
    struct audit audit;
    struct pl_error error;

    (void)state;
    assert_int_equal(compare(&audit, THREE, 3, NULL, &error), PL_OK);

    const struct pl_fairness_gap *worst = &audit.grouping->figures[0].gaps[PL_FAIRNESS_BETWEEN];
    const struct pl_fairness_gap *mean = &audit.grouping->figures[1].gaps[PL_FAIRNESS_BETWEEN];

    assert_near(worst->difference.value, 0.5, 1e-12);
    assert_int_equal(worst->measure, 0);
    assert_int_equal(worst->second->groups[0], 2);
    assert_near(worst->ratio.value, 1.0 / 3.0, 1e-12);
    assert_near(mean->difference.value, 0.35, 1e-12);
    assert_true(worst->difference.low <= 0.5 && worst->difference.high >= 0.5);
    pl_arena_deinit(&audit.arena);
}

static void a_group_that_is_too_small_is_listed_and_not_judged(void **state)
{
    static const struct counts SMALL[] = {
        {"a", 80, 20, 30, 70}, {"b", 60, 40, 20, 80}, {"c", 0, 9, 9, 0}};
    struct audit audit;
    struct pl_error error;

    (void)state;
    assert_int_equal(compare(&audit, SMALL, 3, NULL, &error), PL_OK);
    assert_int_equal(audit.grouping->judged_count, 2);
    assert_int_equal(audit.grouping->too_small_count, 1);
    assert_int_equal(audit.grouping->too_small[0]->groups[0], 2);
    assert_near(audit.grouping->figures[0].gaps[PL_FAIRNESS_BETWEEN].difference.value, 0.2, 1e-12);
    pl_arena_deinit(&audit.arena);
}

static void one_group_has_nothing_to_be_compared_with(void **state)
{
    struct audit audit;
    struct pl_error error;

    (void)state;
    assert_int_equal(compare(&audit, THREE, 1, NULL, &error), PL_OK);
    for (int form = 0; form < PL_FAIRNESS_FORMS_COUNT; form++)
        if (form != PL_FAIRNESS_TO_OVERALL)
            assert_int_equal(audit.grouping->figures[0].gaps[form].difference.reason,
                             PL_UNDEFINED_ONE_GROUP);
    assert_near(audit.grouping->figures[0].gaps[PL_FAIRNESS_TO_OVERALL].difference.value, 0.0,
                1e-15);
    assert_int_equal(audit.grouping->conflicts.parity_and_errors, PL_CONFLICT_UNKNOWN);
    pl_arena_deinit(&audit.arena);
}

static enum pl_fairness_conflict conflict_of(const struct counts *counts, size_t count)
{
    struct audit audit;
    struct pl_error error;

    assert_int_equal(compare(&audit, counts, count, NULL, &error), PL_OK);

    const enum pl_fairness_conflict conflict = audit.grouping->conflicts.parity_and_errors;

    pl_arena_deinit(&audit.arena);
    return conflict;
}

static void definitions_exclude_each_other_only_where_base_rates_differ(void **state)
{
    static const struct counts APART[] = {{"a", 300, 100, 90, 510}, {"b", 100, 60, 80, 760}};
    static const struct counts ALIKE[] = {{"a", 80, 20, 30, 70}, {"b", 82, 20, 30, 70}};
    static const struct counts PERFECT[] = {{"a", 300, 0, 0, 700}, {"b", 700, 0, 0, 300}};

    (void)state;
    assert_int_equal(conflict_of(APART, 2), PL_CONFLICT_EXCLUDE);
    assert_int_equal(conflict_of(ALIKE, 2), PL_CONFLICT_EQUAL_BASES);
    assert_int_equal(conflict_of(PERFECT, 2), PL_CONFLICT_PERFECT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_group_is_the_reference),
        cmocka_unit_test(a_reference_that_is_no_group_is_an_error_that_names_the_nearest),
        cmocka_unit_test(the_worse_of_two_measures_decides_and_the_mean_is_of_both),
        cmocka_unit_test(a_group_that_is_too_small_is_listed_and_not_judged),
        cmocka_unit_test(one_group_has_nothing_to_be_compared_with),
        cmocka_unit_test(definitions_exclude_each_other_only_where_base_rates_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

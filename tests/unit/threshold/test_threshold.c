/* The whole of it, on data of known counts: choices, flips, cost, limits and the held-out half. */
#include "../measure/data_case.h"

#include "threshold/keep.h"
#include "threshold/threshold.h"

#include <math.h>

/* Of two groups; in b the score runs two lower. Columns: group, score, label, count. */
static const char DATA[] = "g,s,y,n\n"
                           "a,1,0,90\na,1,1,10\na,2,0,80\na,2,1,20\na,3,0,60\na,3,1,40\n"
                           "a,4,0,40\na,4,1,60\na,5,0,20\na,5,1,80\n"
                           "b,0,0,80\nb,0,1,20\nb,1,0,60\nb,1,1,40\nb,2,0,40\nb,2,1,60\n"
                           "b,3,0,20\nb,3,1,80\nb,4,0,10\nb,4,1,90\n"
                           "c,3,1,5\nc,2,0,5\n"
                           "b,3,,7\n";

static const char LINE[] = "plimsoll: 1\nfeature: f\n"
                           "data:\n  decisions: d.csv\n"
                           "  columns: {label: y, score: s, count: n}\n"
                           "  threshold: 3\n  segments: {g: g}\n"
                           "limits:\n  - {metric: accuracy, min: 0.6}\n"
                           "  - {metric: roc_auc, min: 0.5}\n";

struct threshold_case {
    struct data_case data;
    struct pl_line line;
    const bool *kept;
    struct pl_crossing by;
    struct pl_thresholds *thresholds;
};

static void find(struct threshold_case *test, const char *keep, uint32_t threads)
{
    static const struct pl_str COST[] = {{"expected_cost", 13}};
    const struct pl_str texts[] = {pl_str_of(keep)};

    memset(test, 0, sizeof *test);
    case_open(&test->data);
    case_write(&test->data, "d.csv", DATA);
    case_line(&test->data, LINE);
    test->by.count = 1;
    if (pl_keeps_read(test->data.line, (struct pl_strs){texts, keep == NULL ? 0 : 1},
                      &test->data.arena, &test->line, &test->kept, &test->data.error) != PL_OK)
        fail_msg("%s", test->data.error.message);

    const struct pl_measure_request measure = {
        .metrics = {COST, 1},
        .crossings = &test->by,
        .crossings_count = 1,
        .with_scores = true,
        .threads = threads,
    };

    if (pl_measure_line(&test->line, &measure, &test->data.arena, &test->data.measured,
                        &test->data.error) != PL_OK)
        fail_msg("%s", test->data.error.message);

    const struct pl_threshold_request request = {
        .line = &test->line,
        .kept = test->kept,
        .measured = test->data.measured,
        .by = &test->by,
        .held_out = 0.5,
        .threads = threads,
    };

    if (pl_thresholds_find(&request, &test->data.arena, &test->thresholds, &test->data.error) !=
        PL_OK)
        fail_msg("%s", test->data.error.message);
}

static void end(struct threshold_case *test)
{
    pl_thresholds_deinit(test->thresholds);
    case_close(&test->data);
}

static void the_cheapest_thresholds_are_those_where_odds_turn(void **state)
{
    struct threshold_case test;

    (void)state;
    find(&test, NULL, 1);

    const struct pl_choice *groups = &test.thresholds->choices[PL_CHOICE_GROUPS];

    assert_int_equal(test.thresholds->choices_count, 3);
    assert_int_equal(groups->groups_count, 3);
    assert_true(groups->groups[0].threshold == 4.0);
    assert_true(groups->groups[1].threshold == 2.0);
    /* Too small to be fitted. */
    assert_true(groups->groups[2].threshold == 3.0);
    assert_false(groups->groups[2].fitted);
    assert_true(groups->kept && groups->proven);
    end(&test);
}

static void flips_and_costs_are_counted_exactly(void **state)
{
    struct threshold_case test;

    (void)state;
    find(&test, NULL, 1);

    const struct pl_choice *present = &test.thresholds->choices[PL_CHOICE_PRESENT];
    const struct pl_choice *groups = &test.thresholds->choices[PL_CHOICE_GROUPS];

    /* a at 4: the 100 of score 3 to no. b at 2: the 100 of score 2 to yes. */
    assert_int_equal(pl_flips_total(&groups->flips), 200);
    assert_int_equal(groups->groups[0].flips.to_negative[PL_POSITIVE], 40);
    assert_int_equal(groups->groups[1].flips.to_positive[PL_NEGATIVE], 40);
    assert_int_equal(pl_flips_total(&present->flips), 0);
    assert_near(present->change.value, 0.0, 0.0);
    /* Wrong before: a 120 + 30, b 30 + 120; 20 less on each side after. */
    assert_near(present->cost.value, 300.0 / 1010.0, 1e-12);
    assert_near(groups->cost.value, 260.0 / 1010.0, 1e-12);
    assert_near(groups->change.value, -40.0 / 1010.0, 1e-12);
    end(&test);
}

static void no_choice_of_a_kind_costs_less_than_the_one_found(void **state)
{
    struct threshold_case test;

    (void)state;
    find(&test, "true_positive_rate max_difference 0.1 by g", 1);
    for (size_t i = 1; i < 3; i++) {
        const struct pl_choice *choice = &test.thresholds->choices[i];

        assert_true(choice->kept);
        if (i == 1)
            assert_true(test.thresholds->choices[2].cost.value <= choice->cost.value + 1e-15);
    }
    /* The limit is said to be kept, and the judge finds the same value. */
    for (size_t i = 0; i < 3; i++) {
        const struct pl_choice *choice = &test.thresholds->choices[i];
        const struct pl_finding *finding = &choice->judgement->findings[2];

        assert_int_equal(choice->judgement->findings_count, 3);
        assert_int_equal(finding->deciding->reason, PL_DEFINED);
        assert_int_equal(choice->kept, finding->deciding->value <= 0.1);
    }
    end(&test);
}

static void what_cannot_be_kept_has_a_nearest(void **state)
{
    struct threshold_case test;

    (void)state;
    find(&test, "accuracy min 0.8", 1);
    for (size_t i = 0; i < 3; i++) {
        const struct pl_choice *choice = &test.thresholds->choices[i];
        const double accuracy = choice->judgement->findings[0].deciding->value;

        assert_false(choice->kept);
        assert_near(choice->excess, 0.8 - accuracy, 1e-12);
    }
    assert_true(test.thresholds->choices[2].excess <= test.thresholds->choices[1].excess);
    assert_true(test.thresholds->choices[1].excess <= test.thresholds->choices[0].excess);
    end(&test);
}

static void the_held_out_half_is_judged_at_the_thresholds_of_the_other(void **state)
{
    struct threshold_case test;

    (void)state;
    find(&test, "accuracy min 0.6", 1);

    const struct pl_held_out *held_out = &test.thresholds->held_out;

    assert_true(held_out->given);
    assert_int_equal(held_out->fitted_decisions + held_out->seen_decisions, 1017);
    assert_near(held_out->choices[PL_CHOICE_PRESENT].change.value, 0.0, 0.0);
    for (size_t i = 0; i < 3; i++) {
        const struct pl_choice *choice = &held_out->choices[i];

        /* Two limits of accuracy; none of roc_auc, which no threshold moves. */
        assert_int_equal(choice->judgement->findings_count, 2);
        assert_near(choice->cost.value,
                    held_out->choices[PL_CHOICE_PRESENT].cost.value + choice->change.value, 1e-12);
        assert_near(choice->cost.value, 1.0 - choice->judgement->findings[0].deciding->value,
                    1e-12);
        assert_int_equal(choice->measured->overall.n, held_out->seen_decisions);
    }
    assert_near(held_out->groups_against_one.value,
                held_out->choices[PL_CHOICE_GROUPS].cost.value -
                    held_out->choices[PL_CHOICE_ONE].cost.value,
                1e-12);
    /* What was fitted is at its best where it was fitted. */
    for (size_t i = 1; i < 3; i++)
        assert_true(held_out->fitted_costs[i].value <= held_out->fitted_costs[i - 1].value);
    end(&test);
}

static void the_same_comes_out_again_and_with_more_threads(void **state)
{
    static const char KEEP[] = "selection_rate min_ratio 0.9 by g";
    struct threshold_case once;
    struct threshold_case again;

    (void)state;
    find(&once, KEEP, 1);
    find(&again, KEEP, 4);
    for (size_t i = 0; i < 3; i++) {
        const struct pl_choice *first = &once.thresholds->held_out.choices[i];
        const struct pl_choice *second = &again.thresholds->held_out.choices[i];

        for (size_t g = 0; g < first->groups_count; g++)
            assert_true(first->groups[g].threshold == second->groups[g].threshold);
        assert_true(first->cost.value == second->cost.value);
        assert_true(first->cost.low == second->cost.low);
    }
    end(&once);
    end(&again);
}

static void a_line_that_no_threshold_decides_is_refused(void **state)
{
    static const char *const LINES[] = {
        "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n"
        "  columns: {label: y, prediction: p}\n",
        "plimsoll: 1\nfeature: f\ndata:\n  decisions: d.csv\n  columns: {score: s}\n",
    };
    static const char *const WORDS[] = {"names no score", "names no label"};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct data_case test;

        case_open(&test);
        case_line(&test, LINES[i]);
        assert_int_equal(pl_threshold_check(test.line, &test.error), PL_E_LINE);
        assert_non_null(strstr(test.error.message, WORDS[i]));
        case_close(&test);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cheapest_thresholds_are_those_where_odds_turn),
        cmocka_unit_test(flips_and_costs_are_counted_exactly),
        cmocka_unit_test(no_choice_of_a_kind_costs_less_than_the_one_found),
        cmocka_unit_test(what_cannot_be_kept_has_a_nearest),
        cmocka_unit_test(the_held_out_half_is_judged_at_the_thresholds_of_the_other),
        cmocka_unit_test(the_same_comes_out_again_and_with_more_threads),
        cmocka_unit_test(a_line_that_no_threshold_decides_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

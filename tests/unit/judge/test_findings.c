/* Findings: what each comparator calls clear, unproven and breach, in which slice, and by how much. */
#include "judge_case.h"

#include <math.h>

/* A finds 900 of 1,000 positives, B 600. */
static const struct counts TWO[] = {{"A", 900, 100, 100, 900}, {"B", 600, 400, 400, 600}};

/* A limit, and what it makes of TWO. */
struct expected {
    const char *limit;
    enum pl_state state;
    double value;
    const char *slice; /* NULL: any */
    const char *against;
};

static void assert_finding(struct judge_case *test, const struct expected *expected)
{
    const struct pl_finding *finding = &test->judgement->findings[0];
    const struct pl_case *one = finding->deciding;

    if (finding->state != expected->state)
        fail_msg("%s is %s", expected->limit, pl_state_name(finding->state));
    assert_non_null(one);
    assert_near(one->value, expected->value, 1e-12);
    if (expected->slice != NULL && one->slice != slice_of(&test->data, expected->slice))
        fail_msg("%s is decided by another slice", expected->limit);
    if (expected->against == NULL)
        assert_null(one->against);
    else
        assert_ptr_equal(one->against, slice_of(&test->data, expected->against));
    assert_true(one->low <= one->value + 1e-12 && one->value <= one->high + 1e-12);
    assert_true((one->needed > 0) == (finding->state == PL_STATE_UNPROVEN));
    /* The bound that decides stands where the limit says. */
    if (finding->state == PL_STATE_CLEAR)
        assert_true(one->low >= finding->limit->threshold ||
                    one->high <= finding->limit->threshold);
    if (finding->state == PL_STATE_BREACH)
        assert_true(one->low > finding->limit->threshold || one->high < finding->limit->threshold);
}

static void every_comparator_has_its_three_states(void **state)
{
    static const struct expected CASES[] = {
        {"{metric: accuracy, min: 0.7}", PL_STATE_CLEAR, 0.75, "overall", NULL},
        {"{metric: accuracy, min: 0.745}", PL_STATE_UNPROVEN, 0.75, "overall", NULL},
        {"{metric: accuracy, min: 0.8}", PL_STATE_BREACH, 0.75, "overall", NULL},
        {"{metric: accuracy, min: 0.55, by: g}", PL_STATE_CLEAR, 0.6, "g=B", NULL},
        {"{metric: accuracy, min: 0.7, by: g}", PL_STATE_BREACH, 0.6, "g=B", NULL},
        {"{metric: error_rate, max: 0.3}", PL_STATE_CLEAR, 0.25, "overall", NULL},
        {"{metric: error_rate, max: 0.255}", PL_STATE_UNPROVEN, 0.25, "overall", NULL},
        {"{metric: error_rate, max: 0.2}", PL_STATE_BREACH, 0.25, "overall", NULL},
        {"{metric: error_rate, max: 0.3, by: g}", PL_STATE_BREACH, 0.4, "g=B", NULL},
        {"{metric: recall, max_difference: 0.4, by: g}", PL_STATE_CLEAR, 0.3, "g=A", "g=B"},
        {"{metric: recall, max_difference: 0.31, by: g}", PL_STATE_UNPROVEN, 0.3, "g=A", "g=B"},
        {"{metric: recall, max_difference: 0.1, by: g}", PL_STATE_BREACH, 0.3, "g=A", "g=B"},
        {"{metric: recall, min_ratio: 0.5, by: g}", PL_STATE_CLEAR, 2.0 / 3, "g=B", "g=A"},
        {"{metric: recall, min_ratio: 0.66, by: g}", PL_STATE_UNPROVEN, 2.0 / 3, "g=B", "g=A"},
        {"{metric: recall, min_ratio: 0.8, by: g}", PL_STATE_BREACH, 2.0 / 3, "g=B", "g=A"},
        {"{metric: recall, max_ratio: 1.8, by: g}", PL_STATE_CLEAR, 1.5, "g=A", "g=B"},
        {"{metric: recall, max_ratio: 1.52, by: g}", PL_STATE_UNPROVEN, 1.5, "g=A", "g=B"},
        {"{metric: recall, max_ratio: 1.25, by: g}", PL_STATE_BREACH, 1.5, "g=A", "g=B"},
        {"{metric: recall, max_ratio_to_overall: 1.3, by: g}", PL_STATE_CLEAR, 1.2, "g=A",
         "overall"},
        {"{metric: recall, max_ratio_to_overall: 1.21, by: g}", PL_STATE_UNPROVEN, 1.2, "g=A",
         "overall"},
        {"{metric: recall, max_ratio_to_overall: 1.1, by: g}", PL_STATE_BREACH, 1.2, "g=A",
         "overall"},
        {"{metric: recall, max_difference_to_overall: 0.2, by: g}", PL_STATE_CLEAR, 0.15, NULL,
         "overall"},
        {"{metric: recall, max_difference_to_overall: 0.1, by: g}", PL_STATE_BREACH, 0.15, NULL,
         "overall"},
        /* With a reference, ratios go one way and differences both. */
        {"{metric: recall, min_ratio: 0.8, by: g, reference: A}", PL_STATE_BREACH, 2.0 / 3, "g=B",
         "g=A"},
        {"{metric: recall, min_ratio: 0.8, by: g, reference: B}", PL_STATE_CLEAR, 1.5, "g=A",
         "g=B"},
        {"{metric: recall, max_ratio: 1.25, by: g, reference: A}", PL_STATE_CLEAR, 2.0 / 3, "g=B",
         "g=A"},
        {"{metric: recall, max_ratio: 1.25, by: g, reference: B}", PL_STATE_BREACH, 1.5, "g=A",
         "g=B"},
        {"{metric: recall, max_difference: 0.1, by: g, reference: A}", PL_STATE_BREACH, 0.3, "g=B",
         "g=A"},
        {"{metric: recall, max_difference: 0.1, by: g, reference: B}", PL_STATE_BREACH, 0.3, "g=A",
         "g=B"},
        {"{metric: recall, max_difference: 0.4, by: g, reference: A}", PL_STATE_CLEAR, 0.3, "g=B",
         "g=A"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct judge_case test;
        char limits[128];

        (void)snprintf(limits, sizeof limits, "  - %s", CASES[i].limit);
        judge_open(&test,
                   &(struct judge_request){.counts = TWO, .counts_count = 2, .limits = limits});
        assert_finding(&test, &CASES[i]);
        judge_close(&test);
    }
}

static void a_difference_to_overall_is_mirrored_for_the_groups_on_both_sides(void **state)
{
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = TWO,
                          .counts_count = 2,
                          .limits = "  - {metric: recall, max_difference_to_overall: 0.1, by: g}"});

    const struct pl_finding *finding = &test.judgement->findings[0];

    assert_int_equal(finding->cases_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_near(finding->cases[i].value, 0.15, 1e-12);
        assert_int_equal(finding->cases[i].state, PL_STATE_BREACH);
        assert_ptr_equal(finding->cases[i].against, &test.data.measured->overall);
    }
    assert_ptr_not_equal(finding->cases[0].slice, finding->cases[1].slice);
    /* The same two samples; only Holm's level differs. */
    assert_near(finding->cases[0].p_value, finding->cases[1].p_value, 1e-15);
    assert_near(finding->cases[0].high, finding->cases[1].high, 1e-12);
    assert_int_equal(test.judgement->family_size, 4);
    judge_close(&test);
}

/* ---- Holm ---- */

#define GROUPS_COUNT 40

static void a_weak_sign_is_a_breach_alone_and_none_among_many(void **state)
{
    struct counts groups[GROUPS_COUNT];
    char names[GROUPS_COUNT][8];
    struct judge_case test;
    const struct judge_request alone = {.counts = groups,
                                        .counts_count = 1,
                                        .limits =
                                            "  - {metric: recall, max_difference: 0.9, by: g}\n"
                                            "  - {metric: accuracy, min: 0.5}"};
    struct judge_request many = {.counts = groups,
                                 .counts_count = GROUPS_COUNT,
                                 .limits = "  - {metric: accuracy, min: 0.5, by: g}"};

    (void)state;
    for (size_t i = 0; i < GROUPS_COUNT; i++) {
        (void)snprintf(names[i], sizeof names[i], "g%02zu", i);
        groups[i] = (struct counts){names[i], i == 0 ? 20 : 40, i == 0 ? 29 : 10, 10, 40};
        if (i == 0)
            groups[i].fp = 30, groups[i].tn = 21;
    }
    /* 41 of 100 right: P(K <= 41) is 0.044. */
    judge_open(&test, &alone);
    assert_int_equal(test.judgement->findings[1].state, PL_STATE_BREACH);
    assert_near(test.judgement->findings[1].deciding->p_value, 0.0443130, 1e-6);
    /* One group makes no pair: nothing to compare, nothing proven. */
    assert_int_equal(test.judgement->findings[0].cases_count, 0);
    assert_null(test.judgement->findings[0].deciding);
    assert_int_equal(test.judgement->findings[0].state, PL_STATE_UNPROVEN);
    assert_int_equal(test.judgement->family_size, 1);
    judge_close(&test);

    judge_open(&test, &many);
    assert_int_equal(test.judgement->family_size, GROUPS_COUNT + 1);
    assert_int_equal(test.judgement->findings[0].state, PL_STATE_UNPROVEN);
    assert_ptr_equal(test.judgement->findings[0].deciding->slice, slice_of(&test.data, "g=g00"));
    assert_near(test.judgement->findings[0].deciding->p_value, 0.0443130, 1e-6);
    judge_close(&test);

    /* Judged at the point it is no member of the family, and crossed. */
    many.limits = "  - {metric: accuracy, min: 0.5, by: g, judge: point}\n"
                  "  - {metric: accuracy, min: 0.1}";
    judge_open(&test, &many);
    assert_int_equal(test.judgement->family_size, 1);
    assert_int_equal(test.judgement->findings[0].state, PL_STATE_BREACH);
    assert_int_equal(test.judgement->findings[0].judged_count, GROUPS_COUNT + 1);
    judge_close(&test);
}

static void the_family_is_that_of_all_limits_together(void **state)
{
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = TWO,
                          .counts_count = 2,
                          .limits = "  - {metric: accuracy, min: 0.5, by: g}\n"
                                    "  - {metric: recall, max_difference: 0.1, by: g}\n"
                                    "  - {metric: recall, min_ratio: 0.1, by: g, reference: A}\n"
                                    "  - {metric: precision, max: 0.9, judge: point}"});
    assert_int_equal(test.judgement->family_size, 3 + 2 + 1);
    assert_int_equal(test.judgement->findings_count, 4);
    judge_close(&test);
}

static void each_limit_may_have_a_confidence_of_its_own(void **state)
{
    static const struct counts ONE[] = {{"A", 20, 29, 30, 21}}; /* 41 of 100 right */
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = ONE,
                          .counts_count = 1,
                          .limits = "  - {metric: accuracy, min: 0.5, confidence: 0.90}\n"
                                    "  - {metric: error_rate, max: 0.5, confidence: 0.99}\n"
                                    "  - {metric: accuracy, min: 0.3, confidence: 0.90}\n"
                                    "  - {metric: accuracy, min: 0.3, confidence: 0.999}"});
    assert_int_equal(test.judgement->family_size, 4);
    assert_int_equal(test.judgement->findings[0].state, PL_STATE_UNPROVEN); /* 4 x 0.044 > 0.1 */
    assert_int_equal(test.judgement->findings[1].state, PL_STATE_UNPROVEN);
    assert_int_equal(test.judgement->findings[2].state, PL_STATE_CLEAR);
    assert_int_equal(test.judgement->findings[3].state, PL_STATE_UNPROVEN);
    judge_close(&test);
}

/* ---- point ---- */

static void judged_at_the_point_the_value_alone_decides(void **state)
{
    static const struct expected CASES[] = {
        {"{metric: accuracy, min: 0.75, judge: point}", PL_STATE_CLEAR, 0.75, "overall", NULL},
        {"{metric: accuracy, min: 0.7501, judge: point}", PL_STATE_BREACH, 0.75, "overall", NULL},
        {"{metric: error_rate, max: 0.25, judge: point}", PL_STATE_CLEAR, 0.25, "overall", NULL},
        {"{metric: error_rate, max: 0.2499, judge: point}", PL_STATE_BREACH, 0.25, "overall", NULL},
        {"{metric: recall, max_difference: 0.2999, by: g, judge: point}", PL_STATE_BREACH, 0.3,
         "g=A", "g=B"},
        {"{metric: recall, max_difference: 0.3001, by: g, judge: point}", PL_STATE_CLEAR, 0.3,
         "g=A", "g=B"},
        {"{metric: recall, min_ratio: 0.8, by: g, judge: point}", PL_STATE_BREACH, 2.0 / 3, "g=B",
         "g=A"},
        {"{metric: recall, min_ratio: 0.66, by: g, judge: point}", PL_STATE_CLEAR, 2.0 / 3, "g=B",
         "g=A"},
        {"{metric: recall, max_ratio: 1.49, by: g, judge: point}", PL_STATE_BREACH, 1.5, "g=A",
         "g=B"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct judge_case test;
        char limits[128];

        (void)snprintf(limits, sizeof limits, "  - %s", CASES[i].limit);
        judge_open(&test,
                   &(struct judge_request){.counts = TWO, .counts_count = 2, .limits = limits});

        const struct pl_finding *finding = &test.judgement->findings[0];

        if (finding->state != CASES[i].state)
            fail_msg("%s is %s", CASES[i].limit, pl_state_name(finding->state));
        assert_near(finding->deciding->value, CASES[i].value, 1e-12);
        assert_ptr_equal(finding->deciding->slice, slice_of(&test.data, CASES[i].slice));
        assert_int_equal(test.judgement->family_size, 0);
        judge_close(&test);
    }
}

/* ---- too small, no value ---- */

static void slices_too_small_are_listed_last_and_not_judged(void **state)
{
    static const struct counts THREE[] = {
        {"A", 900, 100, 100, 900}, {"B", 900, 100, 100, 900}, {"C", 0, 10, 10, 0}};
    struct judge_case test;

    (void)state;
    judge_open(&test,
               &(struct judge_request){
                   .counts = THREE,
                   .counts_count = 3,
                   .limits = "  - {metric: accuracy, min: 0.8, by: g}\n"
                             "  - {metric: recall, max_difference: 0.2, by: g}\n"
                             "  - {metric: recall, max_difference: 0.2, by: g, reference: C}\n"
                             "  - {metric: accuracy, min: 0.8, by: g, judge: point}"});
    for (size_t i = 0; i < 4; i++) {
        const struct pl_finding *finding = &test.judgement->findings[i];
        const struct pl_case *last = &finding->cases[finding->cases_count - 1];

        assert_int_equal(finding->small_count + finding->judged_count, finding->cases_count);
        assert_false(last->judged);
        assert_int_equal(last->state, PL_STATE_UNPROVEN);
    }
    assert_int_equal(test.judgement->findings[0].state, PL_STATE_CLEAR);
    assert_int_equal(test.judgement->findings[0].small_count, 1);
    assert_int_equal(test.judgement->findings[1].state, PL_STATE_CLEAR);
    assert_int_equal(test.judgement->findings[1].small_count, 1);
    /* The reference itself is too small: nothing can be judged against it. */
    assert_int_equal(test.judgement->findings[2].state, PL_STATE_UNPROVEN);
    assert_int_equal(test.judgement->findings[2].judged_count, 0);
    assert_int_equal(test.judgement->findings[3].state, PL_STATE_CLEAR);
    assert_int_equal(test.judgement->family_size, 3 + 2);
    judge_close(&test);
}

static void a_figure_without_a_value_is_unproven_not_clear(void **state)
{
    static const struct counts NO_POSITIVES[] = {{"A", 900, 100, 100, 900}, {"B", 0, 0, 100, 900}};
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = NO_POSITIVES,
                          .counts_count = 2,
                          .limits = "  - {metric: recall, min: 0.5, by: g}\n"
                                    "  - {metric: recall, max_difference: 0.5, by: g}\n"
                                    "  - {metric: recall, min: 0.5, by: g, judge: point}"});
    for (size_t i = 0; i < 3; i++) {
        const struct pl_finding *finding = &test.judgement->findings[i];

        assert_int_equal(finding->state, PL_STATE_UNPROVEN);
        assert_int_equal(finding->deciding->reason, PL_UNDEFINED_NO_LABELLED_POSITIVES);
        assert_int_equal(finding->deciding->needed, 0);
    }
    judge_close(&test);
}

static void a_ratio_to_nothing_has_no_value_and_is_tested_all_the_same(void **state)
{
    static const struct counts ZERO[] = {{"A", 500, 500, 0, 1000}, {"B", 0, 1000, 0, 1000}};
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = ZERO,
                          .counts_count = 2,
                          .limits = "  - {metric: recall, max_ratio: 1.25, by: g}\n"
                                    "  - {metric: recall, min_ratio: 0.8, by: g}\n"
                                    "  - {metric: false_positive_rate, max_ratio: 1.25, by: g}"});
    assert_int_equal(test.judgement->findings[0].state, PL_STATE_BREACH);
    assert_int_equal(test.judgement->findings[0].deciding->reason, PL_UNDEFINED_ZERO_REFERENCE);
    assert_int_equal(test.judgement->findings[1].state, PL_STATE_BREACH);
    assert_near(test.judgement->findings[1].deciding->value, 0.0, 0.0);
    assert_int_equal(test.judgement->findings[2].state, PL_STATE_UNPROVEN);
    judge_close(&test);
}

static void a_slice_with_all_that_counts_does_not_differ_from_the_whole(void **state)
{
    /* Every labelled positive is in A. */
    static const struct counts ALL_IN_ONE[] = {{"A", 60, 40, 100, 900}, {"B", 0, 0, 100, 900}};
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = ALL_IN_ONE,
                          .counts_count = 2,
                          .limits = "  - {metric: recall, max_difference_to_overall: 0.01, by: g}\n"
                                    "  - {metric: recall, max_ratio_to_overall: 1.01, by: g}"});
    for (size_t i = 0; i < 2; i++) {
        const struct pl_finding *finding = &test.judgement->findings[i];
        const struct pl_slice *slice = slice_of(&test.data, "g=A");
        size_t at = 0;

        while (at < finding->cases_count && finding->cases[at].slice != slice)
            at++;
        assert_true(at < finding->cases_count);
        assert_int_equal(finding->cases[at].state, PL_STATE_CLEAR);
        assert_near(finding->cases[at].value, i == 0 ? 0.0 : 1.0, 1e-12);
    }
    judge_close(&test);
}

static void a_reference_that_is_not_there_is_an_error_at_its_place(void **state)
{
    struct judge_case test;

    (void)state;
    assert_int_equal(
        judge_try(&test,
                  &(struct judge_request){
                      .counts = TWO,
                      .counts_count = 2,
                      .limits = "  - {metric: recall, max_difference: 0.1, by: g, reference: C}"}),
        PL_E_LINE);
    assert_non_null(strstr(test.data.error.message, "`C`"));
    assert_int_equal(test.data.error.line, 8);
    judge_close(&test);
}

static void cases_come_worst_first(void **state)
{
    static const struct counts FIVE[] = {{"A", 950, 50, 50, 950},
                                         {"B", 600, 400, 400, 600},
                                         {"C", 850, 150, 150, 850},
                                         {"D", 700, 300, 300, 700},
                                         {"E", 800, 200, 200, 800}};
    static const char *const ORDER[] = {"g=B", "g=D", "overall", "g=E", "g=C", "g=A"};
    struct judge_case test;

    (void)state;
    judge_open(&test,
               &(struct judge_request){.counts = FIVE,
                                       .counts_count = 5,
                                       .limits = "  - {metric: accuracy, min: 0.81, by: g}"});
    assert_int_equal(test.judgement->findings[0].cases_count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct pl_str text = pl_slice_text(
            test.data.measured, test.judgement->findings[0].cases[i].slice, &test.data.arena);

        if (!pl_str_equal_text(text, ORDER[i]))
            fail_msg("%zu is %.*s", i, PL_STR_ARG(text));
        if (i > 0)
            assert_true(test.judgement->findings[0].cases[i].state <=
                        test.judgement->findings[0].cases[i - 1].state);
    }
    assert_ptr_equal(test.judgement->findings[0].deciding, &test.judgement->findings[0].cases[0]);
    judge_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_comparator_has_its_three_states),
        cmocka_unit_test(a_difference_to_overall_is_mirrored_for_the_groups_on_both_sides),
        cmocka_unit_test(a_weak_sign_is_a_breach_alone_and_none_among_many),
        cmocka_unit_test(the_family_is_that_of_all_limits_together),
        cmocka_unit_test(each_limit_may_have_a_confidence_of_its_own),
        cmocka_unit_test(judged_at_the_point_the_value_alone_decides),
        cmocka_unit_test(slices_too_small_are_listed_last_and_not_judged),
        cmocka_unit_test(a_figure_without_a_value_is_unproven_not_clear),
        cmocka_unit_test(a_ratio_to_nothing_has_no_value_and_is_tested_all_the_same),
        cmocka_unit_test(a_slice_with_all_that_counts_does_not_differ_from_the_whole),
        cmocka_unit_test(a_reference_that_is_not_there_is_an_error_at_its_place),
        cmocka_unit_test(cases_come_worst_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

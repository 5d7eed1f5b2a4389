/* How many more decisions would settle it: with that many more, at the same rates, it is settled. */
#include "judge_case.h"

#include "judge/needed.h"

#include <math.h>

/* Multiples of UNIT, so that groups grow in whole steps that move no rate. */
#define UNIT 1000.0

static const struct counts TWO[] = {{"A", 9000, 1000, 1000, 9000}, {"B", 6000, 4000, 4000, 6000}};

enum growth { SLICE_ALONE, ALL };

struct unsettled {
    const char *limit;
    enum growth growth;
};

static struct counts grown(const struct counts *counts, double factor)
{
    const double step = ceil(UNIT * factor) / UNIT;

    return (struct counts){counts->group, counts->tp * step, counts->fn * step, counts->fp * step,
                           counts->tn * step};
}

/* The state after `share` of the decisions that were said to be needed have come. */
static enum pl_state state_after(const struct judge_case *before, const struct unsettled *unsettled,
                                 double share)
{
    const struct pl_case *one = before->judgement->findings[0].deciding;
    const double factor = 1.0 + share * (double)one->needed / (double)one->slice->n;
    struct counts counts[2];
    struct judge_case after;
    char limits[160];

    for (size_t i = 0; i < 2; i++) {
        const bool is_slice =
            one->slice->crossing == NULL ||
            pl_str_equal_text(pl_slice_group(before->data.measured, one->slice, 0), TWO[i].group);

        counts[i] = grown(&TWO[i], unsettled->growth == ALL || is_slice ? factor : 1.0);
    }
    (void)snprintf(limits, sizeof limits, "  - %s", unsettled->limit);
    judge_open(&after,
               &(struct judge_request){.counts = counts, .counts_count = 2, .limits = limits});

    const enum pl_state state = after.judgement->findings[0].state;

    judge_close(&after);
    return state;
}

static void what_is_needed_settles_it_and_much_less_does_not(void **state)
{
    static const struct unsettled CASES[] = {
        {"{metric: accuracy, min: 0.749}", ALL},
        {"{metric: accuracy, min: 0.751}", ALL},
        {"{metric: accuracy, max: 0.752}", ALL},
        {"{metric: accuracy, max: 0.749}", ALL},
        {"{metric: balanced_accuracy, min: 0.749}", ALL},
        {"{metric: matthews_corrcoef, min: 0.499}", ALL},
        {"{metric: f1, min: 0.749}", ALL},
        {"{metric: expected_cost, max: 0.251}", ALL},
        /* Two groups: the one that the finding names grows, where that is enough. */
        {"{metric: recall, max_difference: 0.309, by: g}", SLICE_ALONE},
        {"{metric: recall, max_difference: 0.306, by: g}", ALL},
        {"{metric: recall, max_difference: 0.2895, by: g}", SLICE_ALONE},
        {"{metric: recall, max_difference: 0.295, by: g}", ALL},
        {"{metric: recall, max_difference: 0.306, by: g, reference: A}", SLICE_ALONE},
        {"{metric: recall, max_difference: 0.309, by: g, reference: B}", SLICE_ALONE},
        {"{metric: recall, max_difference: 0.293, by: g, reference: A}", SLICE_ALONE},
        {"{metric: recall, min_ratio: 0.66, by: g, reference: A}", SLICE_ALONE},
        {"{metric: recall, max_ratio: 1.521, by: g}", SLICE_ALONE},
        /* To overall: both, or the overall figure itself would move. */
        {"{metric: recall, max_ratio_to_overall: 1.205, by: g}", ALL},
        {"{metric: recall, max_ratio_to_overall: 1.198, by: g}", ALL},
        {"{metric: recall, max_ratio_to_overall: 1.192, by: g}", ALL},
        {"{metric: recall, max_difference_to_overall: 0.1545, by: g}", ALL},
        {"{metric: recall, max_difference_to_overall: 0.153, by: g}", ALL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct judge_case test;
        char limits[160];

        (void)snprintf(limits, sizeof limits, "  - %s", CASES[i].limit);
        judge_open(&test,
                   &(struct judge_request){.counts = TWO, .counts_count = 2, .limits = limits});

        const struct pl_finding *finding = &test.judgement->findings[0];

        if (finding->state != PL_STATE_UNPROVEN || finding->deciding->needed == 0)
            fail_msg("%s is %s, needs %llu", CASES[i].limit, pl_state_name(finding->state),
                     (unsigned long long)finding->deciding->needed);
        if (state_after(&test, &CASES[i], 1.01) == PL_STATE_UNPROVEN)
            fail_msg("%s is not settled by %llu more", CASES[i].limit,
                     (unsigned long long)finding->deciding->needed);
        if (state_after(&test, &CASES[i], 0.9) != PL_STATE_UNPROVEN)
            fail_msg("%s needs fewer than %llu more", CASES[i].limit,
                     (unsigned long long)finding->deciding->needed);
        judge_close(&test);
    }
}

static void a_value_on_the_limit_is_never_settled(void **state)
{
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){.counts = TWO,
                                              .counts_count = 2,
                                              .limits = "  - {metric: accuracy, min: 0.75}"});
    assert_int_equal(test.judgement->findings[0].state, PL_STATE_UNPROVEN);
    assert_int_equal(test.judgement->findings[0].deciding->needed, 0);
    judge_close(&test);
}

static void when_the_other_group_is_the_small_one_it_grows_too(void **state)
{
    /* However many decisions A gets, the 40 of B leave the difference open. */
    static const struct counts UNEVEN[] = {{"A", 9000, 1000, 1000, 9000}, {"B", 14, 6, 2, 18}};
    struct judge_case test;

    (void)state;
    judge_open(&test, &(struct judge_request){
                          .counts = UNEVEN,
                          .counts_count = 2,
                          .limits = "  - {metric: recall, max_difference: 0.3, by: g}"});
    assert_int_equal(test.judgement->findings[0].state, PL_STATE_UNPROVEN);
    assert_true(test.judgement->findings[0].deciding->needed > 0);
    judge_close(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_needed_settles_it_and_much_less_does_not),
        cmocka_unit_test(a_value_on_the_limit_is_never_settled),
        cmocka_unit_test(when_the_other_group_is_the_small_one_it_grows_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

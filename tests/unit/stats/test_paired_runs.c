/* Two runs on the same cases: against statsmodels and SciPy, on MMLU's counts, and at the edges. */
#include "stats/paired_runs.h"

#include "runs_of.h"

static struct pl_paired_means means_of(const struct pl_paired_scores *scores)
{
    struct pl_arena arena;
    struct pl_paired_means means;
    struct pl_error error;

    pl_arena_init(&arena, 16u << 20);
    assert_int_equal(pl_paired_means(scores, &arena, &means, &error), PL_OK);
    pl_arena_deinit(&arena);
    return means;
}

static struct pl_grouped_mean first_of(const struct pl_paired_scores *scores)
{
    const struct pl_run_scores run = {scores->first, scores->groups, scores->count,
                                      scores->groups_count};
    struct pl_arena arena;
    struct pl_grouped_mean mean;
    struct pl_error error;

    pl_arena_init(&arena, 16u << 20);
    assert_int_equal(pl_grouped_mean(&run, &arena, &mean, &error), PL_OK);
    pl_arena_deinit(&arena);
    return mean;
}

static void assert_errors(const struct pl_paired_scores *scores, const double *v)
{
    const struct pl_paired_means means = means_of(scores);
    const struct pl_grouped_mean first = first_of(scores);

    assert_close(means.paired.value, v[0], 1e-12);
    assert_close(means.se_unpaired, v[1], 1e-10);
    assert_close(means.se_paired, v[3], 1e-10);
    assert_close(means.se_grouped, v[5], 1e-10);
    assert_close(first.se_grouped, v[6], 1e-10);
    assert_close(first.se_plain, v[7], 1e-10);
    assert_close(first.design_effect, v[6] * v[6] / v[7] / v[7], 1e-9);
    assert_ptr_equal(pl_paired_deciding(&means), &means.grouped);
    assert_int_equal(means.grouped.n, scores->count);
}

static void errors_agree_with_statsmodels(void **state)
{
    static const char *const NAMES[] = {"scores", "right", "close"};
    static struct runs runs;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        runs_read(&runs, NAMES[i]);
        assert_errors(&runs.scores, table_read("paired_runs.csv")->rows[i].values);
    }
}

static void swapping_the_runs_turns_the_sign(void **state)
{
    static const char *const NAMES[] = {"scores", "right"};
    static struct runs runs;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        runs_read(&runs, NAMES[i]);

        const struct pl_paired_means there = means_of(&runs.scores);

        runs.scores.first = runs.second;
        runs.scores.second = runs.first;

        const struct pl_paired_means back = means_of(&runs.scores);

        assert_near(there.paired.value, -back.paired.value, 1e-14);
        assert_near(pl_stat_low(&there.paired, 0.025, PL_RATE_EXACT),
                    -pl_stat_high(&back.paired, 0.025, PL_RATE_EXACT), 1e-12);
        assert_near(pl_stat_low(&there.grouped, 0.025, PL_RATE_EXACT),
                    -pl_stat_high(&back.grouped, 0.025, PL_RATE_EXACT), 1e-12);
        assert_near(pl_stat_low(&there.unpaired, 0.025, PL_RATE_EXACT),
                    -pl_stat_high(&back.unpaired, 0.025, PL_RATE_EXACT), 1e-12);
        assert_true(there.correlation > 0.0);
    }
}

static void scores_are_tested_by_paired_t(void **state)
{
    static struct runs runs;
    struct pl_paired_means means;

    (void)state;
    runs_read(&runs, "close");
    runs.scores.groups = NULL;
    means = means_of(&runs.scores);

    const double *v = table_read("paired_runs.csv")->rows[2].values;

    assert_close(means.unpaired.normal.df, v[2], 1e-10);
    assert_close(2.0 * pl_stat_p_above(&means.paired, 0.0, PL_RATE_WILSON), v[4], 1e-9);
    assert_int_equal(means.grouped.kind, PL_STAT_NONE);
    assert_near(means.se_grouped, -1.0, 0.0);
    assert_ptr_equal(pl_paired_deciding(&means), &means.paired);
}

/* E. L. Korn & B. I. Graubard, Survey Methodology 24 (1998) 193. */
static void a_share_by_groups_has_effective_counts(void **state)
{
    static struct runs runs;
    struct pl_grouped_mean mean;

    (void)state;
    runs_read(&runs, "right");
    mean = first_of(&runs.scores);

    const double p = mean.plain.value;
    const double n = p * (1.0 - p) / mean.se_grouped / mean.se_grouped;

    assert_int_equal(mean.grouped.kind, PL_STAT_RATE);
    assert_close(mean.grouped.rate.rate.n, fmin(n, 150.0), 1e-12);
    assert_near(mean.grouped.rate.df, (double)mean.groups - 1.0, 0.0);
    runs.scores.groups = NULL;
    mean = first_of(&runs.scores);
    assert_int_equal(mean.grouped.kind, PL_STAT_NONE);
    assert_near(mean.design_effect, 0.0, 0.0);
}

/* The expanded items of tests/reference/stats/mmlu_counts.csv. */
#define ITEMS_MAX 2449

static void mmlu_has_the_known_errors(void **state)
{
    static double first[ITEMS_MAX];
    static double second[ITEMS_MAX];
    static uint32_t groups[ITEMS_MAX];
    const struct table *counts = table_read("mmlu_counts.csv");
    struct pl_paired_scores scores = {.first = first, .second = second, .groups = groups};

    (void)state;
    for (uint32_t g = 0; g < counts->count; g++)
        for (int kind = 0; kind < 4; kind++)
            for (int i = 0; i < (int)counts->rows[g].values[kind]; i++) {
                assert_true(scores.count < ITEMS_MAX);
                first[scores.count] = kind < 2 ? 1.0 : 0.0;
                second[scores.count] = kind == 0 || kind == 2 ? 1.0 : 0.0;
                groups[scores.count] = g;
                scores.count++;
            }
    scores.groups_count = (uint32_t)counts->count;
    assert_int_equal(scores.count, ITEMS_MAX);
    assert_int_equal(scores.groups_count, 17);
    assert_errors(&scores, table_read("mmlu.csv")->rows[0].values);
}

static void right_or_wrong_is_tested_as_by_mcnemar(void **state)
{
    const struct table *table = table_read("mcnemar.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const double *v = table->rows[i].values;
        const struct pl_mcnemar test = pl_mcnemar((uint64_t)v[0], (uint64_t)v[1]);

        assert_close(test.exact, v[2], 1e-11);
        assert_close(test.mid, v[3], 1e-10);
        assert_close(test.greater, v[4], 1e-11);
    }
}

/* The 6B model with a verifier gets more right than the 175B model without: 515 and 458 of 1,319. */
static void gsm8k_has_the_known_p_values(void **state)
{
    const struct table *table = table_read("gsm8k.csv");

    (void)state;
    assert_int_equal(table->count, 6);
    for (size_t i = 0; i < table->count; i++) {
        const double *v = table->rows[i].values;
        const struct pl_mcnemar test = pl_mcnemar((uint64_t)v[1], (uint64_t)v[2]);

        assert_near(v[0] + v[1] + v[2] + v[3], 1319.0, 0.0);
        assert_close(test.exact, v[4], 1e-10);
        if (strcmp(table->rows[i].name, "6b_verification 175b_finetuning") == 0)
            assert_near(test.exact, 0.0032, 0.00005);
    }
}

static void only_zeros_and_ones_are_pairs(void **state)
{
    const double first[] = {1, 0, 1, 1};
    const double second[] = {1, 1, 0, 0};
    const double half[] = {1, 0.5, 0, 0};
    struct pl_discordance pairs;

    (void)state;
    assert_true(pl_paired_is_binary(
        &(struct pl_paired_scores){.first = first, .second = second, .count = 4}, &pairs));
    assert_near(pairs.only_first.k, 2.0, 0.0);
    assert_near(pairs.only_second.k, 1.0, 0.0);
    assert_near(pairs.value, 0.25, 1e-15);
    assert_false(pl_paired_is_binary(
        &(struct pl_paired_scores){.first = first, .second = half, .count = 4}, &pairs));
}

static void several_runs_agree_with_statsmodels(void **state)
{
    static uint8_t right[1024];
    const struct table reference = *table_read("cochran.csv");
    const struct table *data = table_read("cochran_data.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *v = reference.rows[i].values;
        const size_t runs = (size_t)v[0];
        size_t count = 0;

        for (size_t row = 0; row < data->count; row++) {
            if (strcmp(data->rows[row].name, reference.rows[i].name) != 0)
                continue;
            for (size_t r = 0; r < runs; r++)
                right[count * runs + r] = (uint8_t)data->rows[row].values[r];
            count++;
        }

        const struct pl_cochran result = pl_cochran_q(right, count, runs);

        assert_close(result.q, v[1], 1e-12);
        assert_near(result.df, v[2], 0.0);
        assert_close(result.p_value, v[3], 1e-9);
    }
}

static void runs_that_never_differ_have_no_q(void **state)
{
    const uint8_t right[] = {1, 1, 0, 0};
    const struct pl_cochran result = pl_cochran_q(right, 2, 2);

    (void)state;
    assert_near(result.q, 0.0, 0.0);
    assert_near(result.p_value, 1.0, 0.0);
    assert_int_equal(result.telling, 0);
}

/* ---- what it comes to ---- */

static const struct pl_outcome_options OPTIONS = {
    .confidence = 0.95, .power = 0.8, .method = PL_RATE_WILSON};

static struct pl_stat near_normal(double value, double se, double df)
{
    return (struct pl_stat){.kind = PL_STAT_NORMAL,
                            .n = 100,
                            .value = value,
                            .normal = {.se = se, .df = df, .n_effective = 100.0}};
}

static void outcomes_follow_the_interval(void **state)
{
    const struct pl_stat better = near_normal(0.3, 0.1, HUGE_VAL);
    const struct pl_stat worse = near_normal(-0.3, 0.1, HUGE_VAL);
    const struct pl_stat open = near_normal(0.1, 0.1, HUGE_VAL);
    const struct pl_stat none = {.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_VALUE};

    (void)state;
    assert_string_equal(pl_change_name(pl_outcome_of(&better, &OPTIONS).change), "improved");
    assert_string_equal(pl_change_name(pl_outcome_of(&worse, &OPTIONS).change), "worse");
    assert_string_equal(pl_change_name(pl_outcome_of(&open, &OPTIONS).change), "no_evidence");
    assert_near(pl_outcome_of(&open, &OPTIONS).p_value, 0.31731050786291415, 1e-12);
    assert_int_equal(pl_outcome_of(&none, &OPTIONS).change, PL_CHANGE_NOT_SHOWN);
    assert_int_equal(pl_outcome_of(&better, &OPTIONS).more, 0);
}

/* One standard error from 0 with 100 cases: (1.96)^2 and (1.96 + 0.8416)^2 times as many are needed. */
static void more_cases_settle_it(void **state)
{
    const struct pl_stat open = near_normal(0.1, 0.1, HUGE_VAL);
    const struct pl_stat zero = near_normal(0.0, 0.1, HUGE_VAL);
    const struct pl_outcome outcome = pl_outcome_of(&open, &OPTIONS);

    (void)state;
    assert_true(outcome.more >= 285 && outcome.more <= 286);
    assert_true(outcome.more_at_power >= 685 && outcome.more_at_power <= 686);
    assert_int_equal(pl_outcome_of(&zero, &OPTIONS).more, 0);
}

/* 3 of 3 more right than wrong prove nothing; the number says how many would. */
static void three_of_three_prove_nothing(void **state)
{
    const struct pl_discordance pairs = {
        .only_first = {3, 3}, .only_second = {0, 3}, .value = 1.0, .n = 3};
    const struct pl_stat stat = pl_paired_difference(&pairs);
    const struct pl_outcome_options exact = {
        .confidence = 0.95, .power = 0.8, .method = PL_RATE_EXACT};
    const struct pl_outcome outcome = pl_outcome_of(&stat, &exact);

    (void)state;
    assert_true(pl_mcnemar(3, 0).exact > 0.2);
    assert_int_equal(outcome.change, PL_CHANGE_NOT_SHOWN);
    assert_true(outcome.more > 0 && outcome.more < 10);
}

static void a_difference_that_never_varies_is_undefined(void **state)
{
    const double first[] = {0.5, 0.6, 0.7};
    const double second[] = {0.5, 0.6, 0.7};
    const struct pl_paired_means means =
        means_of(&(struct pl_paired_scores){.first = first, .second = second, .count = 3});

    (void)state;
    assert_int_equal(means.paired.reason, PL_UNDEFINED_ONE_VALUE);
    assert_int_equal(pl_outcome_of(&means.paired, &OPTIONS).change, PL_CHANGE_NOT_SHOWN);
    assert_near(means.correlation, 1.0, 1e-12);
}

/* In one group all is shared, whatever the number of its cases. */
static void one_group_shows_nothing(void **state)
{
    const double first[] = {0.9, 0.8, 0.95, 0.7};
    const double second[] = {0.1, 0.3, 0.2, 0.1};
    const uint32_t groups[] = {0, 0, 0, 0};
    const struct pl_paired_means means = means_of(&(struct pl_paired_scores){
        .first = first, .second = second, .groups = groups, .count = 4, .groups_count = 1});
    const struct pl_outcome outcome = pl_outcome_of(pl_paired_deciding(&means), &OPTIONS);

    (void)state;
    assert_int_equal(means.grouped.kind, PL_STAT_UNBOUNDED);
    assert_near(means.se_grouped, -1.0, 0.0);
    assert_int_equal(outcome.change, PL_CHANGE_NOT_SHOWN);
    assert_near(outcome.p_value, 1.0, 0.0);
    assert_int_equal(outcome.more, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_agree_with_statsmodels),
        cmocka_unit_test(swapping_the_runs_turns_the_sign),
        cmocka_unit_test(scores_are_tested_by_paired_t),
        cmocka_unit_test(a_share_by_groups_has_effective_counts),
        cmocka_unit_test(mmlu_has_the_known_errors),
        cmocka_unit_test(right_or_wrong_is_tested_as_by_mcnemar),
        cmocka_unit_test(gsm8k_has_the_known_p_values),
        cmocka_unit_test(only_zeros_and_ones_are_pairs),
        cmocka_unit_test(several_runs_agree_with_statsmodels),
        cmocka_unit_test(runs_that_never_differ_have_no_q),
        cmocka_unit_test(outcomes_follow_the_interval),
        cmocka_unit_test(more_cases_settle_it),
        cmocka_unit_test(three_of_three_prove_nothing),
        cmocka_unit_test(one_group_shows_nothing),
        cmocka_unit_test(a_difference_that_never_varies_is_undefined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Repeats: HumanEval's formula by counting every draw, clustered errors, and the parts of a variance. */
#include "stats/repeats.h"

#include "table.h"

/* Of n repeats, the first c passed: the shares of the draws of k without replacement in which some did, and
   in which all did, by trying every set. */
static void count_draws(uint32_t n, uint32_t c, uint32_t k, double *ret_some, double *ret_all)
{
    double sets = 0.0;

    *ret_some = *ret_all = 0.0;
    for (uint32_t set = 0; set < 1u << n; set++) {
        const uint32_t passed = set & ((1u << c) - 1u);

        if ((uint32_t)__builtin_popcount(set) != k)
            continue;
        sets += 1.0;
        *ret_some += passed != 0 ? 1.0 : 0.0;
        *ret_all += passed == set ? 1.0 : 0.0;
    }
    *ret_some /= sets;
    *ret_all /= sets;
}

static void passes_are_counted_over_all_draws(void **state)
{
    (void)state;
    for (uint32_t n = 1; n <= 8; n++)
        for (uint32_t c = 0; c <= n; c++)
            for (uint32_t k = 1; k <= n; k++) {
                const struct pl_case_passes passes = {.repeats = n, .passed = c};
                double some = 0.0;
                double all = 0.0;

                count_draws(n, c, k, &some, &all);
                assert_near(pl_pass_at_least_once(&passes, k), some, 1e-14);
                assert_near(pl_pass_every_time(&passes, k), all, 1e-14);
            }
}

/* 1 - C(95, 10) / C(100, 10) by exact fractions */
static void many_repeats_keep_their_precision(void **state)
{
    const struct pl_case_passes passes = {.repeats = 100, .passed = 5};

    (void)state;
    assert_near(pl_pass_at_least_once(&passes, 10), 0.4162476330738481, 1e-14);
    assert_near(pl_pass_at_least_once(&passes, 1), 0.05, 1e-15);
}

static struct pl_stat rate_of(const struct pl_repeated *repeated, enum pl_pass_kind kind,
                              uint32_t k)
{
    const struct pl_pass_request request = {.repeated = repeated, .kind = kind, .k = k};
    struct pl_arena arena;
    struct pl_stat stat;
    struct pl_error error;

    pl_arena_init(&arena, 1u << 20);
    assert_int_equal(pl_pass_rate(&request, &arena, &stat, &error), PL_OK);
    pl_arena_deinit(&arena);
    return stat;
}

/* pass@1 is the mean of the cases' rates, with the standard error of these; two cases of five repeats are
   no sample of ten. */
static void cases_are_the_sample(void **state)
{
    const struct pl_case_passes cases[] = {{4, 4}, {4, 2}, {4, 1}, {4, 0}, {4, 4}, {4, 3}};
    const uint32_t groups[] = {0, 0, 1, 1, 2, 2};
    struct pl_repeated repeated = {.cases = cases, .count = 6};
    const struct pl_stat alone = rate_of(&repeated, PL_PASS_AT_K, 1);

    (void)state;
    assert_near(alone.value, 14.0 / 24.0, 1e-15);
    /* sd of 1, .5, .25, 0, 1, .75 is .408248..., over sqrt(6) */
    assert_near(alone.normal.se, sqrt(0.8333333333333334 / 5.0 / 6.0), 1e-12);
    assert_int_equal(alone.n, 6);
    repeated.groups = groups;
    repeated.groups_count = 3;

    const struct pl_stat grouped = rate_of(&repeated, PL_PASS_AT_K, 1);

    assert_near(grouped.value, alone.value, 1e-15);
    assert_true(grouped.normal.se > alone.normal.se);
    assert_near(grouped.normal.df, 2.0, 0.0);
}

static void every_time_falls_where_at_least_once_rises(void **state)
{
    const struct pl_case_passes cases[] = {{4, 4}, {4, 2}, {4, 1}, {4, 3}, {2, 1}};
    const struct pl_repeated repeated = {.cases = cases, .count = 5};

    (void)state;
    for (uint32_t k = 1; k < 4; k++) {
        assert_true(rate_of(&repeated, PL_PASS_ALL_K, k + 1).value <
                    rate_of(&repeated, PL_PASS_ALL_K, k).value);
        assert_true(rate_of(&repeated, PL_PASS_AT_K, k + 1).value >
                    rate_of(&repeated, PL_PASS_AT_K, k).value);
    }
    assert_int_equal(rate_of(&repeated, PL_PASS_AT_K, 2).n, 5);
    assert_int_equal(rate_of(&repeated, PL_PASS_AT_K, 3).n, 4);
    assert_int_equal(rate_of(&repeated, PL_PASS_AT_K, 5).reason, PL_UNDEFINED_FEW_REPEATS);
}

/* Means 1, 2, 3 with sums of squares .5, 2, 0 about them, two repeats each: sigma^2 = 2.5 / 3, omega^2 =
   1 - sigma^2 / 2. */
static void variance_splits_into_its_parts(void **state)
{
    const double first[] = {0.5, 1.5};
    const double second[] = {1.0, 3.0};
    const double third[] = {3.0, 3.0};
    struct pl_variance_split split = {0};

    (void)state;
    pl_variance_split_add(&split, first, 2);
    pl_variance_split_add(&split, second, 2);
    pl_variance_split_add(&split, third, 2);

    const struct pl_variance_parts parts = pl_variance_split_finish(&split);

    assert_near(parts.within, 2.5 / 3.0, 1e-14);
    assert_near(parts.between, 1.0 - 2.5 / 6.0, 1e-14);
    assert_near(parts.repeats, 2.0, 1e-14);
    assert_near(parts.now, sqrt(1.0 / 3.0), 1e-14);
    assert_near(parts.at_least, sqrt((1.0 - 2.5 / 6.0) / 3.0), 1e-14);
}

static void what_was_not_repeated_has_no_parts(void **state)
{
    const double scores[] = {1.0, 2.0};
    struct pl_variance_split split = {0};
    struct pl_variance_parts parts = pl_variance_split_finish(&split);

    (void)state;
    assert_near(parts.now, -1.0, 0.0);
    pl_variance_split_add(&split, &scores[0], 1);
    pl_variance_split_add(&split, &scores[1], 1);
    parts = pl_variance_split_finish(&split);
    assert_near(parts.between, -1.0, 0.0);
    assert_near(parts.within, -1.0, 0.0);
    assert_near(parts.now, 0.5, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passes_are_counted_over_all_draws),
        cmocka_unit_test(many_repeats_keep_their_precision),
        cmocka_unit_test(cases_are_the_sample),
        cmocka_unit_test(every_time_falls_where_at_least_once_rises),
        cmocka_unit_test(variance_splits_into_its_parts),
        cmocka_unit_test(what_was_not_repeated_has_no_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

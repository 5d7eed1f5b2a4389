/* Gaps between groups: the values, what must hold of the intervals, and every kind of statistic. */
#include "stats/gap.h"

#include "stats/normal.h"
#include "stats_of.h"
#include "table.h"

static struct pl_gap gap_of(const struct pl_stat *stats, size_t count, bool is_ratio, uint64_t seed)
{
    const struct pl_gap_request request = {
        .stats = stats, .count = count, .confidence = 0.95, .seed = seed};
    struct pl_gap gap;
    struct pl_arena arena;
    struct pl_error error;

    pl_arena_init(&arena, 1 << 24);
    assert_int_equal(is_ratio ? pl_gap_ratio(&request, &arena, &gap, &error)
                              : pl_gap_difference(&request, &arena, &gap, &error),
                     PL_OK);
    pl_arena_deinit(&arena);
    return gap;
}

static void the_largest_and_smallest_groups_are_named(void **state)
{
    const struct pl_stat stats[] = {rate_of(30, 100), rate_of(45, 90), rate_of(10, 80),
                                    rate_of(45, 90)};
    const struct pl_gap difference = gap_of(stats, 4, false, 1);
    const struct pl_gap ratio = gap_of(stats, 4, true, 1);

    (void)state;
    assert_int_equal(difference.largest, 1);
    assert_int_equal(difference.smallest, 2);
    assert_near(difference.estimate.value, 0.375, 1e-15);
    assert_near(ratio.estimate.value, 0.25, 1e-15);
    assert_int_equal(difference.estimate.n, 360);
}

/* Two large groups: the interval is the normal one of a single difference. */
static void two_large_groups_have_the_textbook_interval(void **state)
{
    const struct pl_stat stats[] = {rate_of(6000, 10000), rate_of(4500, 9000)};
    const struct pl_gap gap = gap_of(stats, 2, false, 1);
    const double se = sqrt(0.24 / 10000.0 + 0.25 / 9000.0);
    const double reach = pl_normal_upper_quantile(0.025) * se;

    (void)state;
    assert_near(gap.estimate.low, 0.1 - reach, 0.1 * reach);
    assert_near(gap.estimate.high, 0.1 + reach, 0.1 * reach);
}

static void more_groups_widen_the_interval(void **state)
{
    struct pl_stat stats[40];

    (void)state;
    for (size_t i = 0; i < 40; i++)
        stats[i] = rate_of(50 + (double)(i % 3), 100);
    assert_true(gap_of(stats, 40, false, 1).estimate.high >
                gap_of(stats, 3, false, 1).estimate.high);
}

static void the_seed_alone_decides(void **state)
{
    const struct pl_stat stats[] = {rate_of(30, 100), rate_of(45, 90), rate_of(10, 80)};
    const struct pl_gap first = gap_of(stats, 3, false, 7);
    const struct pl_gap again = gap_of(stats, 3, false, 7);
    const struct pl_gap other = gap_of(stats, 3, false, 8);

    (void)state;
    assert_true(first.estimate.low == again.estimate.low);
    assert_true(first.estimate.low != other.estimate.low);
    assert_near(first.estimate.low, other.estimate.low, 0.02);
}

static void groups_that_never_or_always_happen_keep_a_width(void **state)
{
    const struct pl_stat stats[] = {rate_of(0, 40), rate_of(40, 40), rate_of(0, 3)};
    const struct pl_gap difference = gap_of(stats, 3, false, 1);
    const struct pl_gap ratio = gap_of(stats, 3, true, 1);

    (void)state;
    assert_true(difference.estimate.low > 0.5 && difference.estimate.low < 1.0);
    assert_true(ratio.estimate.value == 0.0 && ratio.estimate.low == 0.0);
    assert_true(ratio.estimate.high > 0.0);
}

static void undefined_groups_are_passed_over(void **state)
{
    const struct pl_stat none = {.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_LABELS};
    const struct pl_stat stats[] = {none, rate_of(30, 100), none, rate_of(10, 80)};
    const struct pl_stat zeros[] = {rate_of(0, 10), rate_of(0, 12)};
    const struct pl_gap gap = gap_of(stats, 4, false, 1);

    (void)state;
    assert_int_equal(gap.largest, 1);
    assert_int_equal(gap.smallest, 3);
    assert_int_equal(gap_of(stats, 3, false, 1).estimate.reason, PL_UNDEFINED_ONE_GROUP);
    assert_int_equal(gap_of(zeros, 2, true, 1).estimate.reason, PL_UNDEFINED_ZERO_REFERENCE);
}

static void every_kind_has_an_interval_around_its_value(void **state)
{
    static double ranks[60];
    const struct pl_stat stats[][3] = {
        {normal_of(0.7, 0.03, HUGE_VAL, PL_SCALE_LOGIT),
         normal_of(1.0, 0, HUGE_VAL, PL_SCALE_LOGIT),
         normal_of(0.9, 0.02, HUGE_VAL, PL_SCALE_LOGIT)},
        {normal_of(0.5, 0.03, HUGE_VAL, PL_SCALE_FISHER), normal_of(0.3, 0.1, 9, PL_SCALE_FISHER),
         normal_of(1.0, 0.0, HUGE_VAL, PL_SCALE_FISHER)},
        {normal_of(12.0, 1.0, 20.0, PL_SCALE_IDENTITY), rate_of(9, 10), rate_of(8, 10)},
        {biased_of(PL_NOISE_KUIPER, 0.2), biased_of(PL_NOISE_KUIPER, 0.3),
         biased_of(PL_NOISE_HALF_NORMALS, 0.01)},
        {mix_of((struct pl_rate){3, 9}, (struct pl_rate){5, 9}, 0.0), exact_of(0.9),
         mix_of((struct pl_rate){9, 9}, (struct pl_rate){5, 9}, 0.0)},
        {quantile_of(0.5, 60, ranks), quantile_of(0.9, 60, ranks), exact_of(40.0)},
    };

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        for (int is_ratio = 0; is_ratio < 2; is_ratio++) {
            const struct pl_estimate e = gap_of(stats[i], 3, is_ratio, 1).estimate;

            assert_int_equal(e.status, PL_ESTIMATE_OK);
            assert_true(e.low <= e.value && e.value <= e.high);
            assert_true(e.low < e.high && e.low >= 0.0);
            assert_true(!is_ratio || e.high <= 1.0);
        }
    }
}

static void many_groups_take_the_linear_bound(void **state)
{
    static struct pl_stat stats[33];

    (void)state;
    for (size_t i = 0; i < 33; i++)
        stats[i] = rate_of(50 + (double)(i % 5), 100);

    const struct pl_gap fewer = gap_of(stats, 32, false, 1);
    const struct pl_gap more = gap_of(stats, 33, false, 1);

    assert_true(more.estimate.high >= fewer.estimate.high);
    assert_near(more.estimate.high, fewer.estimate.high, 0.05);
}

static void a_full_arena_is_an_error(void **state)
{
    const struct pl_stat stats[] = {rate_of(30, 100), rate_of(45, 90)};
    const struct pl_gap_request request = {.stats = stats, .count = 2, .confidence = 0.95};
    struct pl_gap gap;
    struct pl_arena arena;
    struct pl_error error;

    (void)state;
    pl_arena_init(&arena, 64);
    assert_int_equal(pl_gap_difference(&request, &arena, &gap, &error), PL_E_LIMIT);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_and_smallest_groups_are_named),
        cmocka_unit_test(two_large_groups_have_the_textbook_interval),
        cmocka_unit_test(more_groups_widen_the_interval),
        cmocka_unit_test(the_seed_alone_decides),
        cmocka_unit_test(groups_that_never_or_always_happen_keep_a_width),
        cmocka_unit_test(undefined_groups_are_passed_over),
        cmocka_unit_test(every_kind_has_an_interval_around_its_value),
        cmocka_unit_test(many_groups_take_the_linear_bound),
        cmocka_unit_test(a_full_arena_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

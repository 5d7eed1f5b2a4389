/* Bounds and p-values of one statistic: that each inverts the other, at the edges, and by laws. */
#include "stats/stat.h"

#include "stats/normal.h"
#include "stats/proportion.h"
#include "stats_of.h"
#include "table.h"

#define STATS_COUNT 14

static void fill(struct pl_stat stats[STATS_COUNT])
{
    stats[0] = rate_of(7, 30);
    stats[1] = rate_of(41.5, 60.25);
    stats[2] = rate_of(7, 30);
    stats[2].rate.shape = PL_RATE_JACCARD_TO_F1;
    stats[2].value = 2.0 * 7.0 / 37.0;
    stats[3] = normal_of(3.2, 0.4, 11.0, PL_SCALE_IDENTITY);
    stats[4] = normal_of(0.91, 0.03, HUGE_VAL, PL_SCALE_LOGIT);
    stats[5] = normal_of(-0.4, 0.1, HUGE_VAL, PL_SCALE_FISHER);
    stats[6] = normal_of(1.0, 0.0, HUGE_VAL, PL_SCALE_LOGIT);
    stats[7] = normal_of(-1.0, 0.0, HUGE_VAL, PL_SCALE_FISHER);
    stats[8] = biased_of(PL_NOISE_HALF_NORMALS, 0.12);
    stats[9] = biased_of(PL_NOISE_KOLMOGOROV, 0.12);
    stats[10] = biased_of(PL_NOISE_KUIPER, 0.12);
    stats[11] = mix_of((struct pl_rate){30, 40}, (struct pl_rate){55, 90}, 0.0);
    stats[12] = mix_of((struct pl_rate){30, 40}, (struct pl_rate){55, 90}, -0.4);
    stats[13] = mix_of((struct pl_rate){40, 40}, (struct pl_rate){55, 90}, 0.3);
}

/* Where a bound is at the end of its range no level gives it back. */
static bool inside(const struct pl_stat *stat, double bound)
{
    if (stat->kind == PL_STAT_BIASED)
        return bound > 0.0 && bound < 1.0;
    if (stat->kind == PL_STAT_NORMAL && stat->normal.scale == PL_SCALE_IDENTITY)
        return true;
    return bound > -1.0 && bound < 1.0;
}

static void p_values_invert_the_bounds(void **state)
{
    static const double ALPHAS[] = {0.4, 0.05, 0.001, 1e-8};
    struct pl_stat stats[STATS_COUNT];

    (void)state;
    fill(stats);
    for (size_t i = 0; i < STATS_COUNT * 4 * 2; i++) {
        const struct pl_stat *stat = &stats[i % STATS_COUNT];
        const double alpha = ALPHAS[i / STATS_COUNT % 4];
        const enum pl_rate_method method = (enum pl_rate_method)(i / STATS_COUNT / 4);
        const double low = pl_stat_low(stat, alpha, method);
        const double high = pl_stat_high(stat, alpha, method);

        assert_true(low <= stat->value && stat->value <= high);
        if (inside(stat, low))
            assert_close(pl_stat_p_above(stat, low, method), alpha, 2e-6);
        if (inside(stat, high))
            assert_close(pl_stat_p_below(stat, high, method), alpha, 2e-6);
        assert_true(pl_stat_p_above(stat, high, method) == 1.0);
    }
}

static void lower_levels_give_wider_bounds(void **state)
{
    struct pl_stat stats[STATS_COUNT];

    (void)state;
    fill(stats);
    for (size_t i = 0; i < STATS_COUNT; i++) {
        double low = HUGE_VAL;
        double high = -HUGE_VAL;

        for (double alpha = 0.5; alpha > 1e-12; alpha *= 0.3) {
            assert_true(pl_stat_low(&stats[i], alpha, PL_RATE_EXACT) <= low);
            assert_true(pl_stat_high(&stats[i], alpha, PL_RATE_EXACT) >= high);
            low = pl_stat_low(&stats[i], alpha, PL_RATE_EXACT);
            high = pl_stat_high(&stats[i], alpha, PL_RATE_EXACT);
        }
    }
}

static void a_count_is_known_without_error(void **state)
{
    const struct pl_stat count = exact_of(17.0);

    (void)state;
    assert_true(pl_stat_low(&count, 0.05, PL_RATE_WILSON) == 17.0);
    assert_true(pl_stat_high(&count, 0.05, PL_RATE_WILSON) == 17.0);
    assert_true(pl_stat_p_above(&count, 16.0, PL_RATE_WILSON) == 0.0);
    assert_true(pl_stat_p_above(&count, 17.0, PL_RATE_WILSON) == 1.0);
    assert_true(pl_stat_p_below(&count, 18.0, PL_RATE_WILSON) == 0.0);
}

static void f1_takes_the_bounds_of_its_jaccard_index(void **state)
{
    struct pl_stat f1 = rate_of(12, 20);
    const double low = pl_exact_low((struct pl_rate){12, 20}, 0.025);

    (void)state;
    f1.rate.shape = PL_RATE_JACCARD_TO_F1;
    f1.value = 24.0 / 32.0;
    assert_near(pl_stat_low(&f1, 0.025, PL_RATE_EXACT), 2.0 * low / (1.0 + low), 1e-15);
}

static void perfect_separation_takes_an_exact_bound(void **state)
{
    const struct pl_stat auc = normal_of(1.0, 0.0, HUGE_VAL, PL_SCALE_LOGIT);
    const struct pl_stat mcc = normal_of(1.0, 0.0, HUGE_VAL, PL_SCALE_FISHER);
    const double rate_low = pow(0.05, 1.0 / 40.0);

    (void)state;
    assert_near(pl_stat_low(&auc, 0.05, PL_RATE_WILSON), rate_low, 1e-13);
    assert_true(pl_stat_high(&auc, 0.05, PL_RATE_WILSON) == 1.0);
    assert_near(pl_stat_low(&mcc, 0.05, PL_RATE_WILSON), 2.0 * rate_low - 1.0, 1e-13);
    assert_true(pl_stat_p_below(&auc, 1.0, PL_RATE_WILSON) == 1.0);
}

static void nothing_stays_undefined(void **state)
{
    const struct pl_stat none = {.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_LABELS, .n = 3};
    const struct pl_estimate estimate = pl_stat_estimate(&none, 0.95, PL_RATE_WILSON);

    (void)state;
    assert_int_equal(estimate.status, PL_ESTIMATE_UNDEFINED);
    assert_int_equal(estimate.reason, PL_UNDEFINED_NO_LABELS);
    assert_int_equal(estimate.n, 3);
}

static void an_estimate_is_two_one_sided_bounds(void **state)
{
    const struct pl_stat stat = normal_of(3.0, 0.5, HUGE_VAL, PL_SCALE_IDENTITY);
    const struct pl_estimate estimate = pl_stat_estimate(&stat, 0.9, PL_RATE_WILSON);

    (void)state;
    assert_int_equal(estimate.status, PL_ESTIMATE_OK);
    assert_near(estimate.low, 3.0 - 0.5 * pl_normal_upper_quantile(0.05), 1e-14);
    assert_near(estimate.high, 3.0 + 0.5 * pl_normal_upper_quantile(0.05), 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p_values_invert_the_bounds),
        cmocka_unit_test(lower_levels_give_wider_bounds),
        cmocka_unit_test(a_count_is_known_without_error),
        cmocka_unit_test(f1_takes_the_bounds_of_its_jaccard_index),
        cmocka_unit_test(perfect_separation_takes_an_exact_bound),
        cmocka_unit_test(nothing_stays_undefined),
        cmocka_unit_test(an_estimate_is_two_one_sided_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

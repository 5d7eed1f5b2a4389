/* Means and effective counts: against NumPy and statsmodels, and by the laws of weights. */
#include "stats/mean.h"

#include "table.h"

static void a_mean_has_students_interval(void **state)
{
    static const double VALUES[] = {2.1, 3.4, 1.9, 5.6, 4.4, 2.8};
    struct pl_mean mean;

    (void)state;
    pl_mean_init(&mean);
    for (size_t i = 0; i < 6; i++)
        pl_mean_add(&mean, VALUES[i], 1, 1.0);

    const struct pl_stat stat = pl_mean_finish(&mean);
    const struct pl_estimate estimate = pl_stat_estimate(&stat, 0.95, PL_RATE_WILSON);

    /* Source: statsmodels 0.14, DescrStatsW(values).tconfint_mean(). */
    assert_near(estimate.value, 3.3666666666666667, 1e-14);
    assert_near(estimate.low, 1.8726791403146699, 1e-12);
    assert_near(estimate.high, 4.8606541930186635, 1e-12);
}

static void weighted_means_are_linearised(void **state)
{
    static const double VALUES[] = {2.1, 3.4, 1.9, 5.6};
    static const double WEIGHTS[] = {1.0, 0.5, 2.5, 3.0};
    struct pl_mean mean;

    (void)state;
    pl_mean_init(&mean);
    for (size_t i = 0; i < 4; i++)
        pl_mean_add(&mean, VALUES[i], 1, WEIGHTS[i]);

    const struct pl_stat stat = pl_mean_finish(&mean);

    /* Source: NumPy 2, sqrt(n / (n - 1) * sum((w * (x - m)) ** 2)) / sum(w). */
    assert_near(stat.value, 3.621428571428571, 1e-14);
    assert_near(stat.normal.se, 1.2353129948302357, 1e-14);
    assert_near(stat.normal.df, 7.0 * 7.0 / 16.5 - 1.0, 1e-12);
}

static void a_count_stands_for_as_many_decisions(void **state)
{
    struct pl_mean one_by_one;
    struct pl_mean at_once;

    (void)state;
    pl_mean_init(&one_by_one);
    pl_mean_init(&at_once);
    for (int i = 0; i < 5; i++) {
        pl_mean_add(&one_by_one, 2.5, 1, 1.0);
        pl_mean_add(&one_by_one, 0.5 * i, 1, 1.0);
        pl_mean_add(&at_once, 0.5 * i, 1, 1.0);
    }
    pl_mean_add(&at_once, 2.5, 5, 1.0);

    const struct pl_stat first = pl_mean_finish(&one_by_one);
    const struct pl_stat second = pl_mean_finish(&at_once);

    assert_int_equal(first.n, second.n);
    assert_near(first.value, second.value, 1e-15);
    assert_near(first.normal.se, second.normal.se, 1e-15);
}

static void zeros_and_ones_are_a_rate(void **state)
{
    struct pl_mean mean;

    (void)state;
    pl_mean_init(&mean);
    pl_mean_add(&mean, 0.0, 30, 1.0);
    pl_mean_add(&mean, 1.0, 10, 1.0);

    const struct pl_stat stat = pl_mean_finish(&mean);

    assert_int_equal(stat.kind, PL_STAT_RATE);
    assert_true(stat.rate.rate.k == 10.0 && stat.rate.rate.n == 40.0 && stat.value == 0.25);
}

static void too_little_is_undefined(void **state)
{
    struct pl_mean mean;

    (void)state;
    pl_mean_init(&mean);
    assert_int_equal(pl_mean_finish(&mean).reason, PL_UNDEFINED_NO_VALUES);
    pl_mean_add(&mean, 3.5, 0, 1.0);
    assert_int_equal(pl_mean_finish(&mean).reason, PL_UNDEFINED_NO_VALUES);
    pl_mean_add(&mean, 3.5, 1, 1.0);
    assert_int_equal(pl_mean_finish(&mean).reason, PL_UNDEFINED_ONE_VALUE);
}

static void small_spreads_about_large_means_survive(void **state)
{
    struct pl_mean mean;

    (void)state;
    pl_mean_init(&mean);
    for (int i = 0; i < 1000; i++)
        pl_mean_add(&mean, 1e9 + i % 2, 1, 1.0);

    const struct pl_stat stat = pl_mean_finish(&mean);

    assert_true(stat.value == 1e9 + 0.5);
    assert_close(stat.normal.se, sqrt(0.25 / 999.0), 1e-12);
}

static void sums_keep_what_rounding_drops(void **state)
{
    struct pl_sum sum = {0};

    (void)state;
    pl_sum_add(&sum, 1.0);
    pl_sum_add(&sum, 1e100);
    pl_sum_add(&sum, 1.0);
    pl_sum_add(&sum, -1e100);
    assert_true(pl_sum_value(&sum) == 2.0);
}

static void equal_weights_give_back_the_counts(void **state)
{
    const struct pl_rate_sums sums = {.successes = 3.0 * 12,
                                      .total = 3.0 * 40,
                                      .successes_squared = 9.0 * 12,
                                      .total_squared = 9.0 * 40,
                                      .count = 40};
    const struct pl_rate rate = pl_rate_effective(&sums);

    (void)state;
    assert_near(rate.n, 40.0, 1e-12);
    assert_near(rate.k, 12.0, 1e-12);
}

static void effective_counts_have_the_linearised_variance(void **state)
{
    const struct pl_rate_sums sums = {.successes = 5.0,
                                      .total = 16.0,
                                      .successes_squared = 9.0,
                                      .total_squared = 30.0,
                                      .count = 14};
    const struct pl_rate rate = pl_rate_effective(&sums);
    const double p = 5.0 / 16.0;

    (void)state;
    assert_near(rate.k / rate.n, p, 1e-15);
    assert_near(p * (1.0 - p) / rate.n,
                ((1.0 - p) * (1.0 - p) * 9.0 + p * p * 21.0) / (16.0 * 16.0), 1e-15);
}

static void the_ends_take_kishs_size(void **state)
{
    const struct pl_rate_sums none = {.total = 16.0, .total_squared = 30.0, .count = 14};
    const struct pl_rate_sums nothing = {0};

    (void)state;
    assert_near(pl_kish_n(16.0, 30.0), 256.0 / 30.0, 1e-14);
    assert_true(pl_rate_effective(&none).k == 0.0);
    assert_near(pl_rate_effective(&none).n, 256.0 / 30.0, 1e-14);
    assert_true(pl_rate_effective(&nothing).n == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mean_has_students_interval),
        cmocka_unit_test(weighted_means_are_linearised),
        cmocka_unit_test(a_count_stands_for_as_many_decisions),
        cmocka_unit_test(zeros_and_ones_are_a_rate),
        cmocka_unit_test(too_little_is_undefined),
        cmocka_unit_test(small_spreads_about_large_means_survive),
        cmocka_unit_test(sums_keep_what_rounding_drops),
        cmocka_unit_test(equal_weights_give_back_the_counts),
        cmocka_unit_test(effective_counts_have_the_linearised_variance),
        cmocka_unit_test(the_ends_take_kishs_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

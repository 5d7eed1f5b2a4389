/* Pairs: against McNemar's tests of SciPy and statsmodels, Newcombe's interval, and simulated
   correlations. */
#include "stats/pairs.h"

#include "table.h"

static struct pl_stat difference_of(double first, double second, double n)
{
    const struct pl_discordance discordance = {
        .only_first = {first, n},
        .only_second = {second, n},
        .value = (first - second) / n,
        .n = (uint64_t)n,
    };

    return pl_paired_difference(&discordance);
}

/* The test of no difference sees the pairs that disagree only, as McNemar's does. With score bounds it
   follows the asymptotic test, with exact ones it lies between that and the exact test. */
static void no_difference_is_tested_as_by_mcnemar(void **state)
{
    const struct table *table = table_read("paired.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const double *v = table->rows[i].values;
        const struct pl_stat stat = difference_of(v[1], v[2], v[0] + v[1] + v[2] + v[3]);
        const double score = pl_stat_p_above(&stat, 0.0, PL_RATE_WILSON);
        const double exact = pl_stat_p_above(&stat, 0.0, PL_RATE_EXACT);

        assert_true(exact >= v[5] && exact <= v[4]);
        assert_true(fabs(score - v[5]) <= 0.4 * v[5]);
        if (v[1] + v[2] >= 60.0)
            assert_close(score, v[5], 0.1);
    }
}

/* R. G. Newcombe's interval (method 10) puts the same together in another way: within a seventh of its
   length for as few as 50 decisions, and a thirtieth for 1,000. */
static void the_interval_is_near_newcombes(void **state)
{
    const struct table *table = table_read("paired.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const double *v = table->rows[i].values;
        const double n = v[0] + v[1] + v[2] + v[3];
        const double tolerance = (n >= 1000.0 ? 0.03 : 0.15) * (v[7] - v[6]);
        const struct pl_stat stat = difference_of(v[1], v[2], n);

        assert_near(pl_stat_low(&stat, 0.025, PL_RATE_WILSON), v[6], tolerance);
        assert_near(pl_stat_high(&stat, 0.025, PL_RATE_WILSON), v[7], tolerance);
    }
}

/* 0 of n disagreements are compatible with 1 - 0.05^(1/n) of them. */
static void answers_that_never_differ_leave_something_unknown(void **state)
{
    const struct pl_stat stat = difference_of(0.0, 0.0, 100.0);

    (void)state;
    assert_near(stat.value, 0.0, 0.0);
    assert_near(pl_stat_low(&stat, 0.05, PL_RATE_EXACT), -(1.0 - pow(0.05, 0.01)), 1e-9);
    assert_near(pl_stat_high(&stat, 0.05, PL_RATE_EXACT), 1.0 - pow(0.05, 0.01), 1e-9);
}

static void no_pair_has_no_difference(void **state)
{
    const struct pl_discordance none = {.n = 0};

    (void)state;
    assert_int_equal(pl_paired_difference(&none).kind, PL_STAT_NONE);
    assert_int_equal(pl_paired_difference(&none).reason, PL_UNDEFINED_NO_DECISIONS);
}

/* Two precisions: influences (right - precision) / predicted of the decisions each side selected. */
static void precisions_are_correlated_as_in_simulation(void **state)
{
    const struct table *table = table_read("paired_precision.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const double *n = table->rows[i].values;
        const double here = n[0] + n[1] + n[3] + n[4];
        const double there = n[0] + n[2] + n[3] + n[5];
        const double precision_here = (n[0] + n[1]) / here;
        const double precision_there = (n[0] + n[2]) / there;
        struct pl_influences influences = {0};

        for (int label = 0; label < 2; label++) {
            const double right = label == 0 ? 1.0 : 0.0;
            const double first = (right - precision_here) / here;
            const double second = (right - precision_there) / there;

            pl_influences_add(&influences, first, second, n[3 * label]);
            pl_influences_add(&influences, first, 0.0, n[3 * label + 1]);
            pl_influences_add(&influences, 0.0, second, n[3 * label + 2]);
        }
        assert_near(pl_influences_correlation(&influences), n[6], 0.01);
    }
}

static void an_estimate_without_spread_is_correlated_with_nothing(void **state)
{
    struct pl_influences influences = {0};

    (void)state;
    assert_near(pl_influences_correlation(&influences), 0.0, 0.0);
    pl_influences_add(&influences, 0.0, 1.0, 5.0);
    assert_near(pl_influences_correlation(&influences), 0.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_difference_is_tested_as_by_mcnemar),
        cmocka_unit_test(the_interval_is_near_newcombes),
        cmocka_unit_test(answers_that_never_differ_leave_something_unknown),
        cmocka_unit_test(no_pair_has_no_difference),
        cmocka_unit_test(precisions_are_correlated_as_in_simulation),
        cmocka_unit_test(an_estimate_without_spread_is_correlated_with_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

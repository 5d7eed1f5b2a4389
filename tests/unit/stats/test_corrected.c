/* Corrected shares: against delta method, Lang & Reiczigel, a search by SciPy, and at the edges. */
#include "stats/corrected.h"

#include "stats/clusters.h"

#include "table.h"

static struct pl_judged judged_of(const double *v)
{
    return (struct pl_judged){
        .passed = {v[0], v[1]},
        .specificity = {v[2], v[3]},
        .sensitivity = {v[4], v[5]},
        .n = (uint64_t)v[1],
    };
}

/* C. Lee et al., arXiv 2511.21140. */
static void the_papers_example_is_a_sixth(void **state)
{
    const struct pl_judged judged = {{400, 1000}, {140, 200}, {180, 200}, 1000};

    (void)state;
    assert_near(pl_rogan_gladen(&judged).value, 1.0 / 6.0, 1e-15);
}

static void values_and_errors_agree_with_the_references(void **state)
{
    const struct table *table = table_read("rogan_gladen.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const double *v = table->rows[i].values;
        const struct pl_judged judged = judged_of(v);
        const struct pl_rogan_gladen_raw raw = pl_rogan_gladen_unclipped(&judged);
        const struct pl_estimate lang = pl_rogan_gladen_lang_reiczigel(&judged, 0.95);
        const double clipped = fmin(1.0, fmax(0.0, v[6]));

        assert_near(raw.value, v[6], 1e-14);
        assert_close(raw.se, v[7], 1e-8);
        assert_near(lang.value, clipped, 1e-14);
        assert_near(lang.low, fmin(clipped, v[8]), 1e-12);
        assert_near(lang.high, fmax(clipped, v[9]), 1e-12);
    }
}

static void bounds_are_those_of_the_search(void **state)
{
    const struct table *table = table_read("rogan_gladen.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const double *v = table->rows[i].values;
        const struct pl_judged judged = judged_of(v);
        const struct pl_stat stat = pl_rogan_gladen(&judged);

        assert_int_equal(stat.kind, PL_STAT_CORRECTED);
        assert_near(pl_stat_low(&stat, 0.05, PL_RATE_WILSON), v[10], 1e-10);
        assert_near(pl_stat_high(&stat, 0.05, PL_RATE_WILSON), v[11], 1e-10);
        assert_near(pl_stat_low(&stat, 0.05, PL_RATE_EXACT), v[12], 1e-10);
        assert_near(pl_stat_high(&stat, 0.05, PL_RATE_EXACT), v[13], 1e-10);
    }
}

static void p_values_invert_the_bounds(void **state)
{
    static const double ALPHAS[] = {1e-6, 0.001, 0.025, 0.2};
    const struct table *table = table_read("rogan_gladen.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const struct pl_judged judged = judged_of(table->rows[i].values);
        const struct pl_stat stat = pl_rogan_gladen(&judged);

        for (size_t a = 0; a < 4; a++) {
            const double low = pl_stat_low(&stat, ALPHAS[a], PL_RATE_EXACT);
            const double high = pl_stat_high(&stat, ALPHAS[a], PL_RATE_EXACT);

            assert_true(0.0 <= low && low <= stat.value && stat.value <= high && high <= 1.0);
            if (low > 0.0)
                assert_close(pl_stat_p_above(&stat, low, PL_RATE_EXACT), ALPHAS[a], 1e-6);
            if (high < 1.0)
                assert_close(pl_stat_p_below(&stat, high, PL_RATE_EXACT), ALPHAS[a], 1e-6);
        }
    }
}

/* A judge without error and calibrated without end leaves Wilson's bounds. */
static void a_perfect_judge_leaves_the_rate_as_it_is(void **state)
{
    const struct pl_judged judged = {{80, 100}, {1e12, 1e12}, {1e12, 1e12}, 100};
    const struct pl_stat stat = pl_rogan_gladen(&judged);
    const struct pl_stat rate = {
        .kind = PL_STAT_RATE, .n = 100, .value = 0.8, .rate = {{80, 100}, PL_RATE_AS_IS, 0.0}};

    (void)state;
    assert_near(stat.value, 0.8, 1e-12);
    assert_near(pl_stat_low(&stat, 0.025, PL_RATE_WILSON),
                pl_stat_low(&rate, 0.025, PL_RATE_WILSON), 1e-9);
    assert_near(pl_stat_high(&stat, 0.025, PL_RATE_WILSON),
                pl_stat_high(&rate, 0.025, PL_RATE_WILSON), 1e-9);
}

static void what_cannot_be_corrected_says_why(void **state)
{
    const struct pl_judged no_failures = {{80, 100}, {0, 0}, {20, 20}, 100};
    const struct pl_judged no_passes = {{80, 100}, {20, 20}, {0, 0}, 100};
    const struct pl_judged nothing = {{0, 0}, {20, 20}, {20, 20}, 0};
    const struct pl_judged coin = {{50, 100}, {12, 20}, {11, 20}, 100};
    const struct pl_judged reversed = {{50, 100}, {2, 20}, {3, 20}, 100};
    const struct pl_judged other_cases = {{950, 1000}, {90, 100}, {70, 100}, 1000};

    (void)state;
    assert_int_equal(pl_rogan_gladen(&no_failures).reason, PL_UNDEFINED_NO_CALIBRATION);
    assert_int_equal(pl_rogan_gladen(&no_passes).reason, PL_UNDEFINED_NO_CALIBRATION);
    assert_int_equal(pl_rogan_gladen(&nothing).reason, PL_UNDEFINED_NO_DECISIONS);
    assert_int_equal(pl_rogan_gladen(&coin).reason, PL_UNDEFINED_JUDGE_IS_CHANCE);
    assert_int_equal(pl_rogan_gladen(&reversed).reason, PL_UNDEFINED_JUDGE_IS_CHANCE);
    assert_int_equal(pl_rogan_gladen(&other_cases).reason, PL_UNDEFINED_JUDGE_MISFIT);
    assert_int_equal(pl_rogan_gladen_lang_reiczigel(&coin, 0.95).status, PL_ESTIMATE_UNDEFINED);
}

static struct pl_stat rate(double k, double n)
{
    return (struct pl_stat){
        .kind = PL_STAT_RATE, .n = (uint64_t)n, .value = k / n, .rate = {.rate = {k, n}}};
}

static double grouped_low(const struct pl_judged_groups *groups)
{
    const struct pl_stat stat = pl_rogan_gladen_grouped(groups);

    return pl_stat_low(&stat, 0.05, PL_RATE_EXACT);
}

/* Rates of cases change nothing; groups of ten that are all alike leave a tenth of the cases. */
static void groups_are_the_sample_where_there_are_groups(void **state)
{
    const struct pl_judged judged = {{800, 1000}, {90, 100}, {95, 100}, 1000};
    const struct pl_stat alone = rate(800, 1000);
    struct pl_judged_groups groups = {alone, rate(90, 100), rate(95, 100)};
    const struct pl_stat plain = pl_rogan_gladen(&judged);
    struct pl_clusters clusters = {0};

    (void)state;
    assert_near(pl_rogan_gladen_grouped(&groups).value, plain.value, 1e-15);
    assert_near(grouped_low(&groups), pl_stat_low(&plain, 0.05, PL_RATE_EXACT), 1e-15);
    for (int g = 0; g < 100; g++) {
        const struct pl_cluster cluster = {g < 80 ? 10.0 : 0.0, 10.0, 1.0};

        pl_clusters_add(&clusters, &cluster);
    }
    groups.passed = pl_clusters_apply(&clusters, &alone, 1.0);

    const struct pl_judged tenth = {{80, 100}, {90, 100}, {95, 100}, 100};
    const struct pl_stat fewer = pl_rogan_gladen(&tenth);

    assert_near(grouped_low(&groups), pl_stat_low(&fewer, 0.05, PL_RATE_EXACT), 0.004);
    assert_true(grouped_low(&groups) < pl_stat_low(&plain, 0.05, PL_RATE_EXACT) - 0.02);

    const struct pl_stat stat = pl_rogan_gladen_grouped(&groups);

    assert_close(pl_stat_p_above(&stat, grouped_low(&groups), PL_RATE_EXACT), 0.05, 1e-6);
    groups.sensitivity = (struct pl_stat){.kind = PL_STAT_NONE};
    assert_int_equal(pl_rogan_gladen_grouped(&groups).reason, PL_UNDEFINED_NO_CALIBRATION);
}

static void more_data_make_bounds_closer(void **state)
{
    const struct pl_judged judged = {{400, 1000}, {140, 200}, {180, 200}, 1000};
    const struct pl_stat stat = pl_rogan_gladen(&judged);
    const struct pl_stat more = pl_stat_scaled(&stat, 4.0);
    const double wide = pl_stat_high(&stat, 0.05, PL_RATE_WILSON) - stat.value;
    const double narrow = pl_stat_high(&more, 0.05, PL_RATE_WILSON) - stat.value;

    (void)state;
    assert_near(narrow, 0.5 * wide, 0.03 * wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_papers_example_is_a_sixth),
        cmocka_unit_test(values_and_errors_agree_with_the_references),
        cmocka_unit_test(bounds_are_those_of_the_search),
        cmocka_unit_test(p_values_invert_the_bounds),
        cmocka_unit_test(a_perfect_judge_leaves_the_rate_as_it_is),
        cmocka_unit_test(what_cannot_be_corrected_says_why),
        cmocka_unit_test(groups_are_the_sample_where_there_are_groups),
        cmocka_unit_test(more_data_make_bounds_closer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

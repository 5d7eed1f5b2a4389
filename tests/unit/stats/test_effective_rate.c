/* Rates over clusters: their bounds against Korn & Graubard's formula, and by their laws. */
#include "stats/effective_rate.h"

#include "stats/proportion.h"
#include "stats/student.h"
#include "table.h"

static struct pl_stat rate_of(const double *row)
{
    const double n = row[2];

    return (struct pl_stat){
        .kind = PL_STAT_RATE,
        .n = (uint64_t)row[0],
        .value = row[3],
        .rate = {.rate = {.k = row[3] * n, .n = n}, .df = row[1]},
    };
}

static void bounds_agree_with_korn_and_graubard(void **state)
{
    const struct table *table = table_read("effective_rate.csv");

    (void)state;
    assert_true(table->count > 0);
    for (size_t i = 0; i < table->count; i++) {
        const double *row = table->rows[i].values;
        const struct pl_stat stat = rate_of(row);
        const enum pl_rate_method method =
            strcmp(table->rows[i].name, "exact") == 0 ? PL_RATE_EXACT : PL_RATE_WILSON;

        assert_near(pl_stat_low(&stat, row[4], method), row[5], 1e-9);
        assert_near(pl_stat_high(&stat, row[4], method), row[6], 1e-9);
    }
}

/* The p-value at a bound is the level that gave the bound. */
static void p_values_invert_the_bounds(void **state)
{
    static const double ALPHAS[] = {1e-6, 1e-4, 0.025, 0.3, 0.49};
    const struct table *table = table_read("effective_rate.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++)
        for (size_t a = 0; a < sizeof ALPHAS / sizeof *ALPHAS; a++)
            for (int method = PL_RATE_WILSON; method <= PL_RATE_EXACT; method++) {
                const struct pl_stat stat = rate_of(table->rows[i].values);
                const double low = pl_stat_low(&stat, ALPHAS[a], (enum pl_rate_method)method);
                const double high = pl_stat_high(&stat, ALPHAS[a], (enum pl_rate_method)method);

                assert_close(pl_stat_p_above(&stat, low, (enum pl_rate_method)method), ALPHAS[a],
                             1e-6);
                assert_close(pl_stat_p_below(&stat, high, (enum pl_rate_method)method), ALPHAS[a],
                             1e-6);
            }
}

static void without_degrees_of_freedom_a_rate_is_a_binomial(void **state)
{
    struct pl_stat stat = {
        .kind = PL_STAT_RATE, .n = 40, .value = 0.2, .rate = {.rate = {.k = 8.0, .n = 40.0}}};

    (void)state;
    assert_near(pl_stat_low(&stat, 0.025, PL_RATE_WILSON), pl_wilson_low(stat.rate.rate, 0.025),
                0.0);
    assert_near(pl_rate_tail(&stat, 0.1, pl_exact_p_above), pl_exact_p_above(stat.rate.rate, 0.1),
                0.0);
    /* As many clusters as decisions. */
    stat.rate.df = 39.0;
    assert_near(pl_rate_at_level(&stat, 0.025).n, 40.0, 0.0);
}

static void fewer_clusters_widen_the_interval(void **state)
{
    double width = 0.0;

    (void)state;
    for (double df = 200.0; df >= 1.0; df /= 2.0) {
        const struct pl_stat stat = {
            .kind = PL_STAT_RATE,
            .n = 1000,
            .value = 0.3,
            .rate = {.rate = {.k = 60.0, .n = 200.0}, .df = df},
        };
        const double now =
            pl_stat_high(&stat, 0.025, PL_RATE_WILSON) - pl_stat_low(&stat, 0.025, PL_RATE_WILSON);

        assert_true(now > width);
        width = now;
    }
}

static void what_is_not_known_has_no_bounds_and_rejects_nothing(void **state)
{
    const struct pl_stat stat = {.kind = PL_STAT_UNBOUNDED, .n = 40, .value = 0.7};

    (void)state;
    assert_true(isinf(pl_stat_low(&stat, 0.025, PL_RATE_WILSON)));
    assert_true(isinf(pl_stat_high(&stat, 0.025, PL_RATE_WILSON)));
    assert_near(pl_stat_p_above(&stat, 0.1, PL_RATE_WILSON), 1.0, 0.0);
    assert_near(pl_stat_p_below(&stat, 0.9, PL_RATE_WILSON), 1.0, 0.0);
    assert_near(pl_stat_estimate(&stat, 0.95, PL_RATE_WILSON).value, 0.7, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_agree_with_korn_and_graubard),
        cmocka_unit_test(p_values_invert_the_bounds),
        cmocka_unit_test(without_degrees_of_freedom_a_rate_is_a_binomial),
        cmocka_unit_test(fewer_clusters_widen_the_interval),
        cmocka_unit_test(what_is_not_known_has_no_bounds_and_rejects_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

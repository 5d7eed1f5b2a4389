/* Ratios over clusters: against statsmodels and the linearised definition, and at the edges. */
#include "stats/clusters.h"

#include "table.h"

static struct pl_clusters clusters_of(const char *name)
{
    const struct table *data = table_read("clusters_data.csv");
    struct pl_clusters clusters = {0};

    for (size_t i = 0; i < data->count; i++) {
        const double *values = data->rows[i].values;
        const struct pl_cluster cluster = {values[0], values[1], values[2]};

        if (strcmp(data->rows[i].name, name) == 0)
            pl_clusters_add(&clusters, &cluster);
    }
    assert_true(clusters.n > 0);
    return clusters;
}

static void ratios_agree_with_their_linearised_definition(void **state)
{
    const struct table reference = *table_read("clusters.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *expected = reference.rows[i].values;
        const struct pl_clusters clusters = clusters_of(reference.rows[i].name);
        const struct pl_stat stat =
            pl_clusters_finish(&clusters, PL_RANGE_OPEN, PL_UNDEFINED_NO_VALUES);

        assert_int_equal(stat.kind, PL_STAT_NORMAL);
        assert_close(stat.value, expected[0], 1e-12);
        assert_close(stat.normal.se, expected[1], 1e-11);
        assert_close(stat.normal.df, expected[2], 1e-12);
    }
}

static void means_between_0_and_1_keep_their_bounds_there(void **state)
{
    const struct pl_cluster values[] = {{0.99, 1, 1}, {0.98, 1, 1}, {0.5, 1, 1}};
    struct pl_clusters clusters = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        pl_clusters_add(&clusters, &values[i]);

    const struct pl_stat stat =
        pl_clusters_finish(&clusters, PL_RANGE_UNIT, PL_UNDEFINED_NO_VALUES);

    assert_true(pl_stat_high(&stat, 0.025, PL_RATE_WILSON) < 1.0);
    assert_true(pl_stat_low(&stat, 0.025, PL_RATE_WILSON) > 0.0);
}

static void clusters_that_are_all_0_or_1_are_a_rate(void **state)
{
    struct pl_clusters clusters = {0};

    (void)state;
    for (int i = 0; i < 10; i++) {
        const struct pl_cluster cluster = {i < 7 ? 1.0 : 0.0, 1.0, 1.0};

        pl_clusters_add(&clusters, &cluster);
    }

    const struct pl_stat stat =
        pl_clusters_finish(&clusters, PL_RANGE_UNIT, PL_UNDEFINED_NO_VALUES);

    assert_int_equal(stat.kind, PL_STAT_RATE);
    assert_near(stat.rate.rate.k, 7.0, 0.0);
    assert_near(stat.rate.rate.n, 10.0, 0.0);
}

static void clusters_that_do_not_differ_take_the_widest_bounds(void **state)
{
    struct pl_clusters clusters = {0};

    (void)state;
    for (int i = 0; i < 4; i++) {
        const struct pl_cluster cluster = {0.3, 1.0, 1.0};

        pl_clusters_add(&clusters, &cluster);

        const struct pl_stat unit =
            pl_clusters_finish(&clusters, PL_RANGE_UNIT, PL_UNDEFINED_NO_VALUES);
        const struct pl_stat open =
            pl_clusters_finish(&clusters, PL_RANGE_OPEN, PL_UNDEFINED_NO_VALUES);

        assert_int_equal(unit.kind, PL_STAT_RATE);
        assert_near(unit.value, 0.3, 1e-15);
        assert_near(unit.rate.rate.k, 0.3 * (i + 1), 1e-15);
        assert_int_equal(open.kind, PL_STAT_NONE);
        assert_int_equal(open.reason, PL_UNDEFINED_ONE_VALUE);
    }
}

static void nothing_is_undefined(void **state)
{
    const struct pl_cluster empty = {0.0, 0.0, 1.0};
    struct pl_clusters clusters = {0};

    (void)state;
    assert_int_equal(pl_clusters_finish(&clusters, PL_RANGE_UNIT, PL_UNDEFINED_NO_VALUES).reason,
                     PL_UNDEFINED_NO_VALUES);
    pl_clusters_add(&clusters, &empty);
    assert_int_equal(pl_clusters_finish(&clusters, PL_RANGE_OPEN, PL_UNDEFINED_NO_VALUES).reason,
                     PL_UNDEFINED_NO_VALUES);
}

static void the_rest_is_what_was_not_in_the_part(void **state)
{
    struct pl_clusters whole = {0};
    struct pl_clusters part = {0};
    struct pl_clusters other = {0};

    (void)state;
    for (int i = 0; i < 40; i++) {
        const struct pl_cluster cluster = {0.01 * i * i, 1.0 + i % 5, 1.0 + 0.1 * (i % 3)};

        pl_clusters_add(&whole, &cluster);
        pl_clusters_add(i % 4 == 0 ? &part : &other, &cluster);
    }

    const struct pl_clusters rest = pl_clusters_subtract(&whole, &part);
    const struct pl_stat a = pl_clusters_finish(&rest, PL_RANGE_OPEN, PL_UNDEFINED_NO_VALUES);
    const struct pl_stat b = pl_clusters_finish(&other, PL_RANGE_OPEN, PL_UNDEFINED_NO_VALUES);

    assert_int_equal(a.n, b.n);
    assert_close(a.value, b.value, 1e-14);
    assert_close(a.normal.se, b.normal.se, 1e-12);
    assert_int_equal(pl_clusters_subtract(&part, &part).n, 0);
}

static void the_correlation_is_that_of_the_influences(void **state)
{
    struct pl_clusters first = {0};
    struct pl_clusters second = {0};
    struct pl_clusters_shared same = {0};
    struct pl_clusters_shared opposite = {0};

    (void)state;
    for (int i = 0; i < 20; i++) {
        const struct pl_cluster a = {1.0 + i % 7, 1.0, 1.0};
        const struct pl_cluster b = {10.0 - a.a, 1.0, 1.0};

        pl_clusters_add(&first, &a);
        pl_clusters_add(&second, &b);
        pl_clusters_share(&same, &a, &a);
        pl_clusters_share(&opposite, &a, &b);
    }
    assert_near(pl_clusters_correlation(&first, &first, &same), 1.0, 1e-12);
    assert_near(pl_clusters_correlation(&first, &second, &opposite), -1.0, 1e-12);
}

/* Clusters of the table by their totals; values far from 0 are taken from near their mean, as the pass
   over clusters does, for squares far from it cancel. */
static struct pl_clusters totals_of(const char *name)
{
    const struct table *data = table_read("cluster_totals.csv");
    struct pl_clusters clusters = {0};

    for (size_t i = 0; i < data->count; i++) {
        const double *values = data->rows[i].values;
        const double centre = strcmp(name, "far") == 0 ? 1e6 : 0.0;
        const struct pl_cluster cluster = {values[0] - centre * values[1], values[1], 1.0};

        if (strcmp(data->rows[i].name, name) == 0)
            pl_clusters_add(&clusters, &cluster);
    }
    return clusters;
}

static void standard_errors_agree_with_statsmodels(void **state)
{
    const struct table reference = *table_read("cluster_errors.csv");

    (void)state;
    assert_true(reference.count > 0);
    for (size_t i = 0; i < reference.count; i++) {
        const double *expected = reference.rows[i].values;
        const struct pl_clusters clusters = totals_of(reference.rows[i].name);

        assert_true((double)clusters.n == expected[4]);
        assert_close(pl_clusters_se(&clusters), expected[1], 1e-8);
    }
}

static struct pl_stat rate_alone(double k, double n)
{
    return (struct pl_stat){
        .kind = PL_STAT_RATE, .n = (uint64_t)n, .value = k / n, .rate = {.rate = {.k = k, .n = n}}};
}

static void a_rate_gets_effective_counts_and_keeps_its_value(void **state)
{
    const struct table reference = *table_read("cluster_errors.csv");
    const double *expected = reference.rows[0].values;
    const struct pl_clusters clusters = totals_of("rate");
    const struct pl_stat alone = rate_alone(expected[0] * expected[3], expected[3]);
    const struct pl_stat stat = pl_clusters_apply(&clusters, &alone, 1.0);
    const double p = expected[0];

    (void)state;
    assert_string_equal(reference.rows[0].name, "rate");
    assert_int_equal(stat.kind, PL_STAT_RATE);
    assert_near(stat.value, alone.value, 0.0);
    assert_close(stat.rate.rate.n, p * (1.0 - p) / (expected[1] * expected[1]), 1e-9);
    assert_close(stat.rate.rate.k / stat.rate.rate.n, p, 1e-12);
    assert_near(stat.rate.df, expected[4] - 1.0, 0.0);
    assert_close(pl_clusters_inflation(&stat, &alone),
                 expected[1] / sqrt(p * (1.0 - p) / expected[3]), 1e-9);
}

static void a_mean_gets_their_standard_error(void **state)
{
    const struct table reference = *table_read("cluster_errors.csv");
    const double *expected = reference.rows[2].values;
    const struct pl_clusters clusters = totals_of("mean");
    const struct pl_stat alone = {
        .kind = PL_STAT_NORMAL,
        .n = (uint64_t)expected[3],
        .value = expected[0],
        .normal = {.se = expected[2], .df = expected[3] - 1.0, .n_effective = expected[3]},
    };
    const struct pl_stat once = pl_clusters_apply(&clusters, &alone, 1.0);
    const struct pl_stat total = pl_clusters_apply(&clusters, &alone, -3.0);

    (void)state;
    assert_string_equal(reference.rows[2].name, "mean");
    assert_close(once.normal.se, expected[1], 1e-10);
    assert_near(once.normal.df, expected[4] - 1.0, 0.0);
    assert_close(total.normal.se, 3.0 * expected[1], 1e-10);
    assert_close(pl_clusters_inflation(&once, &alone), expected[1] / expected[2], 1e-10);
}

/* Five clusters of ten: at an end, and in one cluster, nothing shows how alike decisions are. */
static void at_the_ends_each_cluster_is_one_trial(void **state)
{
    const struct pl_cluster full = {10.0, 10.0, 1.0};
    const struct pl_stat alone = rate_alone(50.0, 50.0);
    const struct pl_stat half = rate_alone(5.0, 10.0);
    struct pl_clusters clusters = {0};

    (void)state;
    for (size_t i = 0; i < 5; i++)
        pl_clusters_add(&clusters, &full);

    const struct pl_stat stat = pl_clusters_apply(&clusters, &alone, 1.0);

    assert_near(stat.rate.rate.n, 5.0, 1e-12);
    assert_near(stat.rate.rate.k, 5.0, 1e-12);
    assert_near(stat.rate.df, 0.0, 0.0);

    struct pl_clusters one = {0};
    const struct pl_cluster lone = {5.0, 10.0, 1.0};

    pl_clusters_add(&one, &lone);
    assert_near(pl_clusters_apply(&one, &half, 1.0).rate.rate.n, 1.0, 1e-12);
    assert_near(pl_clusters_se(&one), 0.0, 0.0);
}

/* Decisions that differ within clusters and not between them are never worth more than they are. */
static void a_rate_never_counts_for_more_than_its_decisions(void **state)
{
    const struct pl_cluster even = {5.0, 10.0, 1.0};
    const struct pl_stat alone = rate_alone(50.0, 100.0);
    struct pl_clusters clusters = {0};

    (void)state;
    for (size_t i = 0; i < 10; i++)
        pl_clusters_add(&clusters, &even);
    assert_near(pl_clusters_apply(&clusters, &alone, 1.0).rate.rate.n, 100.0, 0.0);
}

static void what_clusters_do_not_tell_has_no_bounds(void **state)
{
    const struct pl_cluster lone = {5.0, 10.0, 1.0};
    const struct pl_stat area = {
        .kind = PL_STAT_NORMAL,
        .n = 10,
        .value = 0.8,
        .normal = {.se = 0.1, .df = HUGE_VAL, .scale = PL_SCALE_LOGIT, .n_effective = 10.0}};
    const struct pl_stat mean = {
        .kind = PL_STAT_NORMAL, .n = 10, .value = 0.5, .normal = {.se = 0.1, .df = 9.0}};
    const struct pl_stat none = {.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_VALUES};
    const struct pl_stat count = {.kind = PL_STAT_EXACT, .n = 10, .value = 10.0};
    struct pl_clusters clusters = {0};

    (void)state;
    pl_clusters_add(&clusters, &lone);
    assert_int_equal(pl_clusters_apply(&clusters, &area, 1.0).kind, PL_STAT_UNBOUNDED);
    assert_int_equal(pl_clusters_apply(&clusters, &mean, 1.0).kind, PL_STAT_UNBOUNDED);
    assert_near(pl_clusters_apply(&clusters, &mean, 1.0).value, 0.5, 0.0);
    assert_int_equal(pl_clusters_apply(&clusters, &none, 1.0).kind, PL_STAT_NONE);
    assert_int_equal(pl_clusters_apply(&clusters, &count, 1.0).kind, PL_STAT_EXACT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ratios_agree_with_their_linearised_definition),
        cmocka_unit_test(means_between_0_and_1_keep_their_bounds_there),
        cmocka_unit_test(clusters_that_are_all_0_or_1_are_a_rate),
        cmocka_unit_test(clusters_that_do_not_differ_take_the_widest_bounds),
        cmocka_unit_test(nothing_is_undefined),
        cmocka_unit_test(the_rest_is_what_was_not_in_the_part),
        cmocka_unit_test(the_correlation_is_that_of_the_influences),
        cmocka_unit_test(standard_errors_agree_with_statsmodels),
        cmocka_unit_test(a_rate_gets_effective_counts_and_keeps_its_value),
        cmocka_unit_test(a_mean_gets_their_standard_error),
        cmocka_unit_test(at_the_ends_each_cluster_is_one_trial),
        cmocka_unit_test(a_rate_never_counts_for_more_than_its_decisions),
        cmocka_unit_test(what_clusters_do_not_tell_has_no_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

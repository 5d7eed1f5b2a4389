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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

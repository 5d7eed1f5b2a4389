/* The search for how much more data would settle a question, and statistics as if there were more. */
#include "stats/growth.h"

#include "stats/stat.h"
#include "table.h"

static bool at_least(const void *context, double factor)
{
    return factor >= *(const double *)context;
}

static void the_smallest_factor_is_found(void **state)
{
    static const double FACTORS[] = {1.001, 1.5, 2.0, 3.7, 1000.0, 12345.6};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        const struct pl_growth_search search = {
            .is_settled = at_least, .context = &FACTORS[i], .factor_max = 1e6, .step = 1e-6};
        const double found = pl_growth_find(&search);

        assert_true(found >= FACTORS[i]);
        assert_true(found - FACTORS[i] <= 1e-3 * (found - 1.0) + 1e-6);
    }
}

static void beyond_the_maximum_there_is_none(void **state)
{
    const double wanted = 2000.0;
    const struct pl_growth_search search = {
        .is_settled = at_least, .context = &wanted, .factor_max = 1000.0, .step = 0.1};

    (void)state;
    assert_near(pl_growth_find(&search), 0.0, 0.0);
}

/* Twice the data of each kind: bounds as of twice the counts, standard errors over the root of two. */
static void statistics_grow_with_their_data(void **state)
{
    const struct pl_stat rate = {
        .kind = PL_STAT_RATE, .n = 10, .value = 0.7, .rate = {{7, 10}, PL_RATE_AS_IS, 0.0}};
    const struct pl_stat twice = {
        .kind = PL_STAT_RATE, .n = 20, .value = 0.7, .rate = {{14, 20}, PL_RATE_AS_IS, 0.0}};
    const struct pl_stat normal = {.kind = PL_STAT_NORMAL,
                                   .n = 10,
                                   .value = 2.0,
                                   .normal = {.se = 1.0, .df = 9.0, .n_effective = 10.0}};
    const struct pl_stat grown = pl_stat_scaled(&rate, 2.0);
    const struct pl_stat grown_normal = pl_stat_scaled(&normal, 2.0);

    (void)state;
    assert_near(pl_stat_low(&grown, 0.05, PL_RATE_EXACT), pl_stat_low(&twice, 0.05, PL_RATE_EXACT),
                1e-15);
    assert_near(grown_normal.normal.se, sqrt(0.5), 1e-15);
    assert_near(grown_normal.normal.df, 19.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_factor_is_found),
        cmocka_unit_test(beyond_the_maximum_there_is_none),
        cmocka_unit_test(statistics_grow_with_their_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

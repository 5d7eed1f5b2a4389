/* The hypergeometric law: against mpmath, against counting by hand, and by its own rules. */
#include "stats/hypergeometric.h"

#include "table.h"

static void masses_and_tails_agree_with_mpmath(void **state)
{
    const struct table *table = table_read("hypergeometric.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const double *values = table->rows[i].values;
        const struct pl_hypergeometric law = {(uint64_t)values[0], (uint64_t)values[1],
                                              (uint64_t)values[2]};
        const uint64_t k = (uint64_t)values[3];
        const double tolerance = law.population > 1000000 ? 1e-8 : 1e-11;

        assert_near(pl_hypergeometric_log_mass(&law, k), values[4], tolerance);
        assert_close(pl_hypergeometric_at_least(&law, k), values[5], tolerance);
    }
}

static void tails_are_the_sums_of_masses(void **state)
{
    (void)state;
    for (uint64_t population = 1; population <= 24; population++)
        for (uint64_t marked = 0; marked <= population; marked++)
            for (uint64_t drawn = 0; drawn <= population; drawn++) {
                const struct pl_hypergeometric law = {population, marked, drawn};
                double sum = 0.0;

                for (uint64_t k = drawn + 1; k > 0; k--) {
                    sum += exp(pl_hypergeometric_log_mass(&law, k - 1));
                    assert_near(pl_hypergeometric_at_least(&law, k - 1), sum, 1e-12);
                }
                assert_near(sum, 1.0, 1e-12);
            }
}

static void one_more_marked_is_rarer_and_one_more_unmarked_is_commoner(void **state)
{
    (void)state;
    for (uint64_t drawn = 0; drawn < 60; drawn++)
        for (uint64_t k = 0; k <= drawn; k++) {
            const struct pl_hypergeometric law = {60, 23, drawn};
            const struct pl_hypergeometric more = {60, 23, drawn + 1};
            const double tail = pl_hypergeometric_at_least(&law, k);

            assert_true(pl_hypergeometric_at_least(&more, k + 1) <= tail * (1.0 + 1e-12) + 1e-15);
            assert_true(pl_hypergeometric_at_least(&more, k) >= tail * (1.0 - 1e-12) - 1e-15);
        }
}

static void what_cannot_be_has_no_mass(void **state)
{
    const struct pl_hypergeometric law = {10, 8, 5};

    (void)state;
    assert_true(pl_hypergeometric_log_mass(&law, 2) == -HUGE_VAL);
    assert_true(pl_hypergeometric_log_mass(&law, 6) == -HUGE_VAL);
    assert_true(pl_hypergeometric_at_least(&law, 3) == 1.0);
    assert_true(pl_hypergeometric_at_least(&law, 6) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masses_and_tails_agree_with_mpmath),
        cmocka_unit_test(tails_are_the_sums_of_masses),
        cmocka_unit_test(one_more_marked_is_rarer_and_one_more_unmarked_is_commoner),
        cmocka_unit_test(what_cannot_be_has_no_mass),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

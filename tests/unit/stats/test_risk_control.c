/* P-values for bounded risks against MAPIE, SciPy and NumPy; procedures; and how many losses are needed. */
#include "stats/risk_control.h"

#include "table.h"

static void p_values_are_those_of_scipy_and_mapie(void **state)
{
    (void)state;
    const struct table *table = table_read("risk.csv");

    for (size_t i = 0; i < table->count; i++) {
        const double *v = table->rows[i].values; /* n, bound, losses, p, mean, p */

        assert_true(fabs(pl_risk_p_binomial((uint64_t)v[2], (uint64_t)v[0], v[1]) - v[3]) <=
                    1e-10 * v[3] + 1e-300);
        assert_true(fabs(pl_risk_p_hoeffding_bentkus(v[4], (uint64_t)v[0], v[1]) - v[5]) <=
                    1e-10 * v[5] + 1e-300);
    }
}

static void wagers_are_those_of_the_definition(void **state)
{
    (void)state;
    static struct table expected;
    const struct table *data = NULL;

    expected = *table_read("wager.csv");
    data = table_read("wager_data.csv");
    for (size_t i = 0; i < expected.count; i++) {
        const double *v = expected.rows[i].values; /* bound, delta, p */
        struct pl_wager wager;
        uint64_t n = 0;

        for (size_t j = 0; j < data->count; j++)
            n += strcmp(data->rows[j].name, expected.rows[i].name) == 0;
        pl_wager_init(&wager, v[0], v[1], n);
        for (size_t j = 0; j < data->count; j++)
            if (strcmp(data->rows[j].name, expected.rows[i].name) == 0)
                pl_wager_add(&wager, data->rows[j].values[0]);
        assert_close(pl_wager_p(&wager), v[2], 1e-10);
    }
}

static void without_losses_nothing_is_rejected(void **state)
{
    (void)state;
    struct pl_wager wager;

    pl_wager_init(&wager, 0.1, 0.05, 0);
    assert_true(pl_wager_p(&wager) == 1.0);
    assert_true(pl_risk_p_binomial(0, 0, 0.1) == 1.0);
    assert_true(pl_risk_p_hoeffding_bentkus(0.0, 0, 0.1) == 1.0);
}

/* Means of halves: n times the mean is whole, and is not rounded up. */
static void a_whole_number_of_losses_stays_whole(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 300; n++) {
        const double mean = (double)(n / 3) / (double)n;
        const double bentkus = 2.71828182845904523536 * pl_risk_p_binomial(n / 3, n, 0.5);

        assert_true(pl_risk_p_hoeffding_bentkus(mean, n, 0.5) <= bentkus);
    }
}

static bool wager_rejects(uint64_t n, double bound, double delta)
{
    struct pl_wager wager;

    pl_wager_init(&wager, bound, delta, n);
    for (uint64_t i = 0; i < n; i++)
        pl_wager_add(&wager, 0.0);
    return pl_wager_p(&wager) <= delta;
}

static void what_is_needed_is_the_least_that_can_reject(void **state)
{
    (void)state;
    static const double BOUNDS[] = {0.5, 0.2, 0.1, 0.05, 0.01};
    static const double DELTAS[] = {0.2, 0.1, 0.05, 0.01};

    assert_int_equal(pl_risk_losses_needed(0.10, 0.05), 29); /* as cases_to_clear has it */
    assert_int_equal(pl_risk_losses_needed(0.05, 0.05), 59);
    assert_int_equal(pl_risk_losses_needed(0.01, 0.05), 299);
    assert_int_equal(pl_risk_losses_needed(1e-12, 0.05), 0);
    assert_int_equal(pl_wager_losses_needed(0.0, 0.05), 0);
    assert_int_equal(pl_wager_losses_needed(-0.1, 0.05), 0);
    for (size_t i = 0; i < sizeof BOUNDS / sizeof BOUNDS[0]; i++)
        for (size_t j = 0; j < sizeof DELTAS / sizeof DELTAS[0]; j++) {
            const uint64_t exact = pl_risk_losses_needed(BOUNDS[i], DELTAS[j]);
            const uint64_t wager = pl_wager_losses_needed(BOUNDS[i], DELTAS[j]);

            assert_true(pl_risk_p_binomial(0, exact, BOUNDS[i]) <= DELTAS[j] * (1.0 + 1e-12));
            assert_true(pl_risk_p_binomial(0, exact - 1, BOUNDS[i]) > DELTAS[j]);
            assert_true(wager_rejects(wager, BOUNDS[i], DELTAS[j]));
            assert_false(wager_rejects(wager - 1, BOUNDS[i], DELTAS[j]));
        }
}

static void procedures_pick_what_they_may(void **state)
{
    (void)state;
    static const double P_VALUES[] = {0.001, 0.05, 0.06, 0.0001};

    assert_int_equal(pl_fixed_sequence(P_VALUES, 4, 0.05), 2);
    assert_int_equal(pl_fixed_sequence(P_VALUES, 4, 0.0005), 0);
    assert_int_equal(pl_fixed_sequence(P_VALUES, 4, 0.1), 4);
    assert_int_equal(pl_fixed_sequence(NULL, 0, 0.1), 0);
    assert_true(pl_bonferroni_rejects(0.0125, 4, 0.05));
    assert_false(pl_bonferroni_rejects(0.013, 4, 0.05));
    assert_true(pl_conformal_risk_holds(9.0, 99, 1.0, 0.1));
    assert_false(pl_conformal_risk_holds(9.5, 99, 1.0, 0.1));
    assert_false(pl_conformal_risk_holds(0.0, 0, 1.0, 0.99));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(p_values_are_those_of_scipy_and_mapie),
        cmocka_unit_test(wagers_are_those_of_the_definition),
        cmocka_unit_test(without_losses_nothing_is_rejected),
        cmocka_unit_test(a_whole_number_of_losses_stays_whole),
        cmocka_unit_test(what_is_needed_is_the_least_that_can_reject),
        cmocka_unit_test(procedures_pick_what_they_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The incomplete gamma function: against mpmath, and its pieces near where they cancel. */
#include "stats/gamma.h"

#include "table.h"

static void both_halves_agree_with_mpmath(void **state)
{
    (void)state;
    const struct table *table = table_read("gamma.csv");

    for (size_t i = 0; i < table->count; i++) {
        const double *row = table->rows[i].values;

        assert_close(pl_gamma_p(row[0], row[1]), row[2], 1e-12);
        if (row[3] > 1e-14 || row[1] >= row[0])
            assert_close(pl_gamma_q(row[0], row[1]), row[3], 1e-12);
    }
}

static void chi_square_quantiles_agree_with_scipy(void **state)
{
    (void)state;
    const struct table *table = table_read("chi_square.csv");

    for (size_t i = 0; i < table->count; i++) {
        const double *row = table->rows[i].values;

        const double x = pl_chi_square_upper_quantile(row[1], row[0]);

        assert_close(x, row[2], 1e-11);
        assert_close(pl_chi_square_sf(x, row[0]), row[1], 1e-12);
    }
}

static void the_logarithm_less_its_argument_keeps_its_digits(void **state)
{
    (void)state;
    assert_close(pl_log1p_minus(1e-9), -0.5e-18 * (1.0 - 2e-9 / 3.0), 1e-15);
    assert_close(pl_log1p_minus(-1e-9), -0.5e-18 * (1.0 + 2e-9 / 3.0), 1e-15);
    for (double x = -0.99; x < 3.0; x += 0.01)
        assert_near(pl_log1p_minus(x), log1p(x) - x, 4e-15);
}

static void stirlings_error_completes_the_factorial(void **state)
{
    double log_factorial = 0.0;

    (void)state;
    for (int a = 2; a <= 60; a++) {
        log_factorial += log(a - 1.0);
        if (a >= 10)
            assert_near(pl_gamma_stirling_error(a) + (a - 0.5) * log(a) - a + 0.5 * log(2.0 * M_PI),
                        log_factorial, 1e-12);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_halves_agree_with_mpmath),
        cmocka_unit_test(chi_square_quantiles_agree_with_scipy),
        cmocka_unit_test(the_logarithm_less_its_argument_keeps_its_digits),
        cmocka_unit_test(stirlings_error_completes_the_factorial),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The incomplete beta function: against mpmath, against itself, and at the edges. */
#include "stats/beta.h"

#include "table.h"

static const double SMALLEST = 1e-300;

static void both_tails_agree_with_mpmath(void **state)
{
    (void)state;
    const struct table *table = table_read("beta.csv");

    for (size_t i = 0; i < table->count; i++) {
        const double *row = table->rows[i].values;
        const double tolerance = row[0] + row[1] < 1e5 ? 1e-12 : 1e-10;
        const struct pl_beta_tails tails = pl_beta_tails(row[2], 1.0 - row[2], row[0], row[1]);

        if (row[3] > SMALLEST)
            assert_close(tails.lower, row[3], tolerance);
        if (row[4] > SMALLEST)
            assert_close(tails.upper, row[4], tolerance);
    }
}

static void quantiles_agree_with_mpmath(void **state)
{
    (void)state;
    const struct table *table = table_read("beta_quantile.csv");

    for (size_t i = 0; i < table->count; i++) {
        const double *row = table->rows[i].values;

        assert_close(pl_beta_quantile(row[2], row[0], row[1]), row[3], 1e-12);
    }
}

static void a_quantile_has_the_tail_it_was_asked_for(void **state)
{
    static const double SHAPES[] = {0.05, 0.5, 1.0, 3.0, 40.0, 2600.0, 1e6, 1e9};
    static const double TAILS[] = {1e-280, 1e-30, 1e-6, 0.025, 0.4, 0.5};

    (void)state;
    for (size_t i = 0; i < 8 * 8 * 6; i++) {
        const double a = SHAPES[i % 8];
        const double b = SHAPES[i / 8 % 8];
        const double p = TAILS[i / 64];
        const struct pl_beta_point low = pl_beta_lower_point(p, a, b);
        const struct pl_beta_point high = pl_beta_upper_point(p, a, b);

        if (low.x > SMALLEST && low.y > SMALLEST)
            assert_close(pl_beta_tails(low.x, low.y, a, b).lower, p, 1e-8);
        if (high.x > SMALLEST && high.y > SMALLEST)
            assert_close(pl_beta_tails(high.x, high.y, a, b).upper, p, 1e-8);
    }
}

static void the_ends_are_exact(void **state)
{
    (void)state;
    assert_true(pl_beta_cdf(0.0, 2.0, 3.0) == 0.0 && pl_beta_cdf(1.0, 2.0, 3.0) == 1.0);
    assert_true(pl_beta_sf(0.0, 2.0, 3.0) == 1.0 && pl_beta_sf(1.0, 2.0, 3.0) == 0.0);
    assert_true(pl_beta_quantile(0.0, 2.0, 3.0) == 0.0 && pl_beta_quantile(1.0, 2.0, 3.0) == 1.0);
}

static void binomial_tails_are_sums_of_their_terms(void **state)
{
    const double p = 0.3;
    double sum = 0.0;
    double term = pow(1.0 - p, 12);

    (void)state;
    for (int k = 0; k < 12; k++) {
        sum += term;
        term *= (12.0 - k) / (k + 1.0) * p / (1.0 - p);
        assert_close(pl_binomial_at_most(k, 12.0, p), sum, 1e-14);
        assert_near(pl_binomial_at_least(k + 1, 12.0, p), 1.0 - sum, 1e-14);
    }
    assert_true(pl_binomial_at_least(0.0, 12.0, p) == 1.0);
    assert_true(pl_binomial_at_most(12.0, 12.0, p) == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_tails_agree_with_mpmath),
        cmocka_unit_test(quantiles_agree_with_mpmath),
        cmocka_unit_test(a_quantile_has_the_tail_it_was_asked_for),
        cmocka_unit_test(the_ends_are_exact),
        cmocka_unit_test(binomial_tails_are_sums_of_their_terms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Kolmogorov's law and the Brownian range: against their series, simulation and known means. */
#include "stats/kolmogorov.h"

#include "base/rng.h"
#include "table.h"

static void tails_agree_with_mpmath(void **state)
{
    (void)state;
    const struct table *table = table_read("kolmogorov.csv");

    for (size_t i = 0; i < table->count; i++) {
        const double *row = table->rows[i].values;

        if (row[1] > 1e-300)
            assert_close(pl_kolmogorov_sf(row[0]), row[1], 1e-12);
        if (row[2] > 1e-300)
            assert_close(pl_brownian_range_sf(row[0]), row[2], 1e-12);
    }
}

static void quantiles_invert_the_tails(void **state)
{
    (void)state;
    for (double alpha = 0.99; alpha > 1e-250; alpha *= 0.01) {
        assert_close(pl_kolmogorov_sf(pl_kolmogorov_upper_quantile(alpha)), alpha, 1e-11);
        assert_close(pl_brownian_range_sf(pl_brownian_range_upper_quantile(alpha)), alpha, 1e-11);
    }
    /* Source: SciPy 1.17, kstwobign.isf(0.05). */
    assert_near(pl_kolmogorov_upper_quantile(0.05), 1.3580986393225505, 1e-12);
}

/* The mean of a positive variable is the integral of its upper tail. */
static void the_means_are_the_known_ones(void **state)
{
    double range = 0.0;
    double bridge = 0.0;

    (void)state;
    for (double x = 0.0005; x < 12.0; x += 0.001) {
        range += 0.001 * pl_brownian_range_sf(x);
        bridge += 0.001 * pl_kolmogorov_sf(x);
    }
    assert_near(range, 2.0 * sqrt(2.0 / M_PI), 1e-6);
    assert_near(bridge, sqrt(M_PI / 2.0) * log(2.0), 1e-6);
}

/* A walk of finitely many steps misses some of the range: about 1.17 / sqrt(steps). */
static void the_range_of_a_simulated_walk_follows_the_law(void **state)
{
    enum { WALKS = 4000, STEPS = 1000 };
    struct pl_rng rng;
    int above = 0;

    (void)state;
    pl_rng_init(&rng, 5, 0);
    for (int walk = 0; walk < WALKS; walk++) {
        double at = 0.0;
        double low = 0.0;
        double high = 0.0;

        for (int i = 0; i < STEPS; i++) {
            at += pl_rng_normal(&rng) / sqrt(STEPS);
            low = fmin(low, at);
            high = fmax(high, at);
        }
        above += high - low + 1.166 / sqrt(STEPS) > 1.8;
    }
    assert_near((double)above / WALKS, pl_brownian_range_sf(1.8), 0.03);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tails_agree_with_mpmath),
        cmocka_unit_test(quantiles_invert_the_tails),
        cmocka_unit_test(the_means_are_the_known_ones),
        cmocka_unit_test(the_range_of_a_simulated_walk_follows_the_law),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

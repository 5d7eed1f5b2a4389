/* Contrasts and ratios: against statsmodels, that p-values invert bounds, and by their laws. */
#include "stats/stat.h"

#include "stats_of.h"
#include "table.h"

#define KINDS 8

static double RANKS[80];

static void fill(struct pl_stat stats[KINDS])
{
    stats[0] = rate_of(23, 40);
    stats[1] = rate_of(310, 900);
    stats[2] = rate_of(0, 25);
    stats[3] = rate_of(12, 12);
    stats[4] = normal_of(0.8, 0.05, 12.0, PL_SCALE_LOGIT);
    stats[5] = mix_of((struct pl_rate){30, 40}, (struct pl_rate){55, 90}, 0.2);
    stats[6] = biased_of(PL_NOISE_KUIPER, 0.3);
    stats[7] = normal_of(0.1, 0.04, HUGE_VAL, PL_SCALE_IDENTITY);
}

static struct pl_contrast difference(const struct pl_stat *a, const struct pl_stat *b)
{
    return (struct pl_contrast){.stats = {a, b}, .coefficients = {1.0, -1.0}};
}

static void differences_of_rates_are_newcombes(void **state)
{
    (void)state;
    const struct table *table = table_read("newcombe.csv");

    for (size_t i = 0; i < table->count; i++) {
        const double *row = table->rows[i].values;
        const struct pl_stat a = rate_of(row[0], row[1]);
        const struct pl_stat b = rate_of(row[2], row[3]);
        const struct pl_contrast contrast = difference(&a, &b);

        assert_near(pl_contrast_low(&contrast, 0.5 * row[4], PL_RATE_WILSON), row[5], 1e-12);
        assert_near(pl_contrast_high(&contrast, 0.5 * row[4], PL_RATE_WILSON), row[6], 1e-12);
    }
}

/* All pairs of kinds, coefficients of both signs, correlations, methods and levels. */
static void p_values_invert_the_bounds(void **state)
{
    static const double CORRELATIONS[] = {0.0, 0.35, -0.6};
    static const double ALPHAS[] = {0.3, 0.04, 1e-5};
    struct pl_stat stats[KINDS];

    (void)state;
    fill(stats);
    for (size_t i = 0; i < (size_t)KINDS * KINDS * 3 * 3 * 2; i++) {
        const struct pl_contrast contrast = {
            .stats = {&stats[i % KINDS], &stats[i / KINDS % KINDS]},
            .coefficients = {i % 3 == 0 ? 0.7 : 1.0, i % 2 == 0 ? -1.0 : -1.3},
            .correlation = CORRELATIONS[i / 64 % 3],
        };
        const double alpha = ALPHAS[i / 192 % 3];
        const enum pl_rate_method method = (enum pl_rate_method)(i / 576);
        const double value = pl_contrast_value(&contrast);
        const double low = pl_contrast_low(&contrast, alpha, method);
        const double high = pl_contrast_high(&contrast, alpha, method);

        if (value - low > 1e-9)
            assert_close(pl_contrast_p_above(&contrast, low, method), alpha, 2e-5);
        if (high - value > 1e-9)
            assert_close(pl_contrast_p_below(&contrast, high, method), alpha, 2e-5);
    }
}

static void order_statistics_can_be_contrasted(void **state)
{
    const struct pl_stat a = quantile_of(0.5, 80, RANKS);
    const struct pl_stat b = exact_of(10.0);
    const struct pl_contrast contrast = difference(&a, &b);

    (void)state;
    assert_true(pl_contrast_low(&contrast, 0.025, PL_RATE_WILSON) ==
                pl_stat_low(&a, 0.025, PL_RATE_WILSON) - 10.0);
    assert_close(pl_contrast_p_above(&contrast, 20.0, PL_RATE_WILSON),
                 pl_stat_p_above(&a, 30.0, PL_RATE_WILSON), 1e-6);
}

static void the_upper_bound_mirrors_the_lower(void **state)
{
    const struct pl_stat a = rate_of(23, 40);
    const struct pl_stat b = rate_of(310, 900);
    const struct pl_contrast forth = difference(&a, &b);
    const struct pl_contrast back = difference(&b, &a);

    (void)state;
    assert_true(pl_contrast_low(&forth, 0.01, PL_RATE_EXACT) ==
                -pl_contrast_high(&back, 0.01, PL_RATE_EXACT));
    assert_close(pl_contrast_p_above(&forth, 0.1, PL_RATE_EXACT),
                 pl_contrast_p_below(&back, -0.1, PL_RATE_EXACT), 1e-6);
}

static void one_sample_against_a_known_value_is_its_own_test(void **state)
{
    const struct pl_stat a = rate_of(23, 40);
    const struct pl_stat b = exact_of(0.4);
    const struct pl_contrast contrast = difference(&a, &b);

    (void)state;
    assert_close(pl_contrast_p_above(&contrast, 0.0, PL_RATE_EXACT),
                 pl_stat_p_above(&a, 0.4, PL_RATE_EXACT), 1e-9);
}

static void positive_correlation_narrows_a_difference(void **state)
{
    const struct pl_stat a = rate_of(60, 100);
    const struct pl_stat b = rate_of(50, 100);
    struct pl_contrast contrast = difference(&a, &b);
    const double apart = pl_contrast_low(&contrast, 0.05, PL_RATE_WILSON);

    (void)state;
    contrast.correlation = 0.5;
    assert_true(pl_contrast_low(&contrast, 0.05, PL_RATE_WILSON) > apart);
}

static void far_apart_rates_have_tiny_p_values(void **state)
{
    const struct pl_stat a = rate_of(9000, 10000);
    const struct pl_stat b = rate_of(100, 10000);
    const struct pl_contrast contrast = difference(&a, &b);
    const double p = pl_contrast_p_above(&contrast, 0.1, PL_RATE_EXACT);

    (void)state;
    assert_true(p > 0.0 && p <= 1e-250);
    assert_true(pl_contrast_p_above(&contrast, 0.9, PL_RATE_EXACT) == 1.0);
}

/* A / B is not rejected at r exactly when A - r B is not rejected at 0. */
static void ratio_bounds_invert_the_contrast(void **state)
{
    static const double CORRELATIONS[] = {0.0, 0.4, -0.3};
    struct pl_stat stats[KINDS];

    (void)state;
    fill(stats);
    for (size_t i = 0; i < (size_t)KINDS * KINDS * 3; i++) {
        const struct pl_stat *a = &stats[i % KINDS];
        const struct pl_stat *b = &stats[i / KINDS % KINDS];
        const double correlation = CORRELATIONS[i / 64];
        struct pl_contrast contrast = {.stats = {a, b}, .correlation = correlation};

        if (b->value <= 0.0)
            continue;

        const double low = pl_ratio_low(a, b, correlation, 0.03, PL_RATE_EXACT);
        const double high = pl_ratio_high(a, b, correlation, 0.03, PL_RATE_EXACT);

        assert_true(low <= a->value / b->value && a->value / b->value <= high);
        contrast.coefficients[0] = 1.0;
        contrast.coefficients[1] = -low;
        if (low > 0.0)
            assert_near(pl_contrast_low(&contrast, 0.03, PL_RATE_EXACT), 0.0, 1e-9);
        contrast.coefficients[1] = -high;
        if (!isinf(high))
            assert_near(pl_contrast_high(&contrast, 0.03, PL_RATE_EXACT), 0.0, 1e-9 * high);
    }
}

static void a_ratio_to_what_may_be_zero_has_no_upper_bound(void **state)
{
    const struct pl_stat a = rate_of(5, 10);
    const struct pl_stat b = normal_of(0.05, 0.2, HUGE_VAL, PL_SCALE_IDENTITY);

    (void)state;
    assert_true(isinf(pl_ratio_high(&a, &b, 0.0, 0.05, PL_RATE_WILSON)));
    assert_true(pl_ratio_low(&b, &a, 0.0, 0.05, PL_RATE_WILSON) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(differences_of_rates_are_newcombes),
        cmocka_unit_test(p_values_invert_the_bounds),
        cmocka_unit_test(order_statistics_can_be_contrasted),
        cmocka_unit_test(the_upper_bound_mirrors_the_lower),
        cmocka_unit_test(one_sample_against_a_known_value_is_its_own_test),
        cmocka_unit_test(positive_correlation_narrows_a_difference),
        cmocka_unit_test(far_apart_rates_have_tiny_p_values),
        cmocka_unit_test(ratio_bounds_invert_the_contrast),
        cmocka_unit_test(a_ratio_to_what_may_be_zero_has_no_upper_bound),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

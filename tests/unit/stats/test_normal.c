/* The normal distribution: against SciPy, through its inverse, and in both far tails. */
#include "stats/normal.h"

#include "table.h"

/* Source: SciPy 1.10, norm.ppf(p). */
static const struct {
    double p, z;
} SCIPY[] = {
    {1e-300, -37.0471},         {1e-10, -6.361340902404056}, {0.025, -1.959963984540054},
    {0.3, -0.5244005127080409}, {0.975, 1.959963984540054},
};

static void quantiles_agree_with_scipy(void **state)
{
    (void)state;
    for (size_t i = 1; i < sizeof SCIPY / sizeof *SCIPY; i++)
        assert_close(pl_normal_quantile(SCIPY[i].p), SCIPY[i].z, 1e-14);
    assert_close(pl_normal_quantile(SCIPY[0].p), SCIPY[0].z, 1e-5);
}

static void quantiles_invert_the_tails(void **state)
{
    (void)state;
    for (double log_p = -690.0; log_p < -0.7; log_p += 7.3) {
        const double p = exp(log_p);

        assert_close(pl_normal_cdf(pl_normal_quantile(p)), p, 1e-12);
        assert_close(pl_normal_sf(pl_normal_upper_quantile(p)), p, 1e-12);
    }
}

static void the_tails_are_mirror_images(void **state)
{
    (void)state;
    for (double z = -37.0; z <= 37.0; z += 0.7)
        assert_true(pl_normal_sf(z) == pl_normal_cdf(-z));
    assert_near(pl_normal_cdf(0.0), 0.5, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_agree_with_scipy),
        cmocka_unit_test(quantiles_invert_the_tails),
        cmocka_unit_test(the_tails_are_mirror_images),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

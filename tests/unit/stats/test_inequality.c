/* Inequality of benefits: values that can be worked out by hand, the edges, and how wide it is. */
#include "stats/inequality.h"

#include "stats_of.h"
#include "table.h"

static struct pl_benefits benefits_of(uint64_t none, uint64_t one, uint64_t two)
{
    return (struct pl_benefits){
        .n = {none, one, two},
        .weight = {(double)none, (double)one, (double)two},
        .weight_squared = {(double)none, (double)one, (double)two},
    };
}

/* Of 1, 1, 0 and 2 the mean is 1: GE_2 = (6 / 4 - 1) / 2 and GE_1 = 2 ln 2 / 4. */
static void the_indices_are_those_of_the_formula(void **state)
{
    const struct pl_benefits benefits = benefits_of(1, 2, 1);
    const struct pl_stat squared = pl_generalized_entropy(&benefits, PL_ENTROPY_SQUARED);
    const struct pl_stat theil = pl_generalized_entropy(&benefits, PL_ENTROPY_THEIL);

    (void)state;
    assert_near(squared.value, 0.25, 1e-15);
    assert_near(theil.value, 0.5 * 0.693147180559945309, 1e-15);
    assert_int_equal(squared.n, 4);
}

static void without_decisions_or_benefits_there_is_no_index(void **state)
{
    const struct pl_benefits nobody = benefits_of(0, 0, 0);
    const struct pl_benefits nothing = benefits_of(12, 0, 0);

    (void)state;
    assert_int_equal(pl_generalized_entropy(&nobody, PL_ENTROPY_THEIL).reason,
                     PL_UNDEFINED_NO_DECISIONS);
    assert_int_equal(pl_generalized_entropy(&nothing, PL_ENTROPY_THEIL).reason,
                     PL_UNDEFINED_NO_BENEFIT);
}

/* No error in 40 does not prove that there is none: the bound is the odds of none in 40. */
static void equal_benefits_are_zero_with_a_bound(void **state)
{
    const struct pl_benefits right = benefits_of(0, 40, 0);
    const struct pl_benefits all_two = benefits_of(0, 0, 40);
    const struct pl_stat stat = pl_generalized_entropy(&right, PL_ENTROPY_SQUARED);
    const double rate = 1.0 - pow(0.05, 1.0 / 40.0);

    (void)state;
    assert_true(stat.value == 0.0);
    assert_true(pl_generalized_entropy(&all_two, PL_ENTROPY_THEIL).value == 0.0);
    assert_near(pl_stat_high(&stat, 0.05, PL_RATE_EXACT), rate / (1.0 - rate), 1e-12);
}

/* A third of the decisions false positives is where GE_2 is largest and its slope 0. */
static void the_maximum_keeps_a_width(void **state)
{
    const struct pl_benefits benefits = benefits_of(0, 200, 100);
    const struct pl_stat stat = pl_generalized_entropy(&benefits, PL_ENTROPY_SQUARED);

    (void)state;
    assert_near(stat.value, 0.0625, 1e-12);
    assert_true(stat.normal.se > 1e-4);
    assert_true(pl_stat_low(&stat, 0.025, PL_RATE_WILSON) < stat.value);
}

/* Where the slope is not 0, the standard error is that of the slope: d/dr of r / (2 (1 - r)). */
static void the_standard_error_is_the_delta_method(void **state)
{
    const struct pl_benefits benefits = benefits_of(20000, 80000, 0);
    const struct pl_stat stat = pl_generalized_entropy(&benefits, PL_ENTROPY_SQUARED);
    const double expected = 0.5 / (0.8 * 0.8) * sqrt(0.2 * 0.8 / 100000.0);

    (void)state;
    assert_near(stat.value, 0.125, 1e-12);
    assert_near(stat.normal.se, expected, 1e-4 * expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_indices_are_those_of_the_formula),
        cmocka_unit_test(without_decisions_or_benefits_there_is_no_index),
        cmocka_unit_test(equal_benefits_are_zero_with_a_bound),
        cmocka_unit_test(the_maximum_keeps_a_width),
        cmocka_unit_test(the_standard_error_is_the_delta_method),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

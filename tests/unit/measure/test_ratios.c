/* The ratio of two columns: its value and standard error, and where there is none. */
#include "measure/ratio_sums.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

/* One decision of weight 1. */
static struct pl_ratio_sums one_of(double x, double y)
{
    return (struct pl_ratio_sums){
        .n = 1,
        .weight = 1.0,
        .weight_squared = 1.0,
        .x = pl_double_double_of(x),
        .y = pl_double_double_of(y),
        .xx = pl_double_double_two_product(x, x),
        .xy = pl_double_double_two_product(x, y),
        .yy = pl_double_double_two_product(y, y),
    };
}

static struct pl_ratio_sums sums_of(const double (*pairs)[2], size_t count)
{
    struct pl_ratio_sums sums = {0};

    for (size_t i = 0; i < count; i++) {
        const struct pl_ratio_sums one = one_of(pairs[i][0], pairs[i][1]);

        pl_ratio_sums_add(&sums, &one);
    }
    return sums;
}

/* R = 17 / 3; residuals 3 - R, 5 - R, 2, 7 - R: by hand. */
static void the_value_and_its_error_are_those_of_the_ratio_estimator(void **state)
{
    static const double PAIRS[][2] = {{3, 1}, {5, 1}, {2, 0}, {7, 1}};
    const struct pl_ratio_sums sums = sums_of(PAIRS, 4);
    const struct pl_stat stat = pl_ratio_stat(&sums);
    const double r = 17.0 / 3.0;
    const double squares = (3 - r) * (3 - r) + (5 - r) * (5 - r) + 2.0 * 2.0 + (7 - r) * (7 - r);

    (void)state;
    assert_int_equal(stat.kind, PL_STAT_NORMAL);
    assert_true(stat.value == r);
    assert_true(fabs(stat.normal.se - sqrt(4.0 / 3.0 * squares) / 3.0) < 1e-14);
    assert_true(stat.normal.df == 3.0);
    assert_int_equal(stat.n, 4);
}

static void columns_in_proportion_have_no_error_left_though_they_are_large(void **state)
{
    static const double PAIRS[][2] = {{3e9, 1e9}, {3e-3, 1e-3}, {3.3e8, 1.1e8}};
    const struct pl_ratio_sums sums = sums_of(PAIRS, 3);
    const struct pl_stat stat = pl_ratio_stat(&sums);

    (void)state;
    assert_true(fabs(stat.value - 3.0) < 1e-15);
    assert_true(stat.normal.se < 1e-12);
}

static void without_a_denominator_or_a_second_decision_there_is_no_ratio(void **state)
{
    static const double ZERO[][2] = {{3, 1}, {5, -1}};
    const struct pl_ratio_sums zero = sums_of(ZERO, 2);
    const struct pl_ratio_sums one = sums_of(ZERO, 1);
    const struct pl_ratio_sums none = {0};

    (void)state;
    assert_int_equal(pl_ratio_stat(&zero).kind, PL_STAT_NONE);
    assert_int_equal(pl_ratio_stat(&zero).reason, PL_UNDEFINED_ZERO_DENOMINATOR);
    assert_int_equal(pl_ratio_stat(&one).reason, PL_UNDEFINED_ONE_VALUE);
    assert_int_equal(pl_ratio_stat(&none).reason, PL_UNDEFINED_NO_VALUES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_value_and_its_error_are_those_of_the_ratio_estimator),
        cmocka_unit_test(columns_in_proportion_have_no_error_left_though_they_are_large),
        cmocka_unit_test(without_a_denominator_or_a_second_decision_there_is_no_ratio),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Exact sums: against Python's fractions and math.fsum, in any order, in parts, and where they end. */
#include "stats/exact_sum.h"

#include "base/rng.h"

#include "table.h"

#include <float.h>

#define VALUES_IN_CASE_MAX 128

/* The rows of one case stand together. */
struct sum_case {
    const char *name;
    double values[VALUES_IN_CASE_MAX];
    size_t count;
    double sum;
    double left;
};

/* Reads the case that starts at row `at`; the row after it. */
static size_t case_read(const struct table *table, size_t at, struct sum_case *ret_case)
{
    const struct row *first = &table->rows[at];

    *ret_case =
        (struct sum_case){.name = first->name, .sum = first->values[1], .left = first->values[2]};
    for (; at < table->count && strcmp(table->rows[at].name, first->name) == 0; at++) {
        assert_true(ret_case->count < VALUES_IN_CASE_MAX);
        ret_case->values[ret_case->count++] = table->rows[at].values[0];
    }
    return at;
}

static void assert_sum(const struct pl_exact_sum *sum, const struct sum_case *one)
{
    double value = (double)NAN;
    struct pl_double_double pair = {(double)NAN, (double)NAN};

    assert_int_equal(pl_exact_sum_value(sum, &value, NULL), PL_OK);
    assert_int_equal(pl_exact_sum_double_double(sum, &pair, NULL), PL_OK);
    if (value != one->sum || pair.high != one->sum || pair.low != one->left)
        fail_msg("%s: %a + %a, not %a + %a", one->name, value, pair.low, one->sum, one->left);
}

static void sums_are_rounded_once(void **state)
{
    const struct table *table = table_read("exact_sum.csv");
    struct sum_case one;

    (void)state;
    for (size_t at = 0; at < table->count;) {
        struct pl_exact_sum sum = {0};

        at = case_read(table, at, &one);
        for (size_t i = 0; i < one.count; i++)
            pl_exact_sum_add(&sum, one.values[i]);
        assert_sum(&sum, &one);
    }
}

static void order_does_not_matter(void **state)
{
    const struct table *table = table_read("exact_sum.csv");
    struct sum_case one;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 1, 0);
    for (size_t at = 0; at < table->count;) {
        at = case_read(table, at, &one);
        for (int round = 0; round < 20; round++) {
            struct pl_exact_sum sum = {0};

            for (size_t i = one.count; i > 0; i--) {
                const size_t j = (size_t)pl_rng_below(&rng, i);
                const double value = one.values[j];

                one.values[j] = one.values[i - 1];
                one.values[i - 1] = value;
                pl_exact_sum_add(&sum, value);
            }
            assert_sum(&sum, &one);
        }
    }
}

static void parts_make_the_whole_and_can_be_taken_away(void **state)
{
    const struct table *table = table_read("exact_sum.csv");
    struct sum_case one;

    (void)state;
    for (size_t at = 0; at < table->count;) {
        struct pl_exact_sum parts[3] = {0};
        struct pl_exact_sum whole = {0};

        at = case_read(table, at, &one);
        for (size_t i = 0; i < one.count; i++)
            pl_exact_sum_add(&parts[i % 3], one.values[i]);
        for (int part = 0; part < 3; part++)
            pl_exact_sum_merge(&whole, &parts[part]);
        assert_sum(&whole, &one);
        pl_exact_sum_subtract(&whole, &parts[0]);
        pl_exact_sum_subtract(&whole, &parts[2]);
        pl_exact_sum_subtract(&parts[1], &whole);
        one.sum = one.left = 0.0;
        assert_sum(&parts[1], &one);
    }
}

/* What is left of a sum of many is not what rounding each step would leave. */
static void millions_of_tenths_lose_nothing(void **state)
{
    struct pl_exact_sum sum = {0};
    double value = 0.0;
    double naive = 0.0;

    (void)state;
    for (int i = 0; i < 3000000; i++) {
        pl_exact_sum_add(&sum, 0.1);
        naive += 0.1;
    }
    assert_int_equal(pl_exact_sum_value(&sum, &value, NULL), PL_OK);
    /* Source: Python, float(3000000 * fractions.Fraction(0.1)). */
    assert_true(value == 300000.0);
    assert_true(naive != value);
}

static void products_are_not_rounded(void **state)
{
    struct pl_exact_sum sum = {0};
    double value = (double)NAN;
    const double x = 1.0 + DBL_EPSILON;

    (void)state;
    pl_exact_sum_add_product(&sum, x, x);
    pl_exact_sum_add(&sum, -1.0);
    pl_exact_sum_add(&sum, -2.0 * DBL_EPSILON);
    assert_int_equal(pl_exact_sum_value(&sum, &value, NULL), PL_OK);
    assert_true(value == DBL_EPSILON * DBL_EPSILON);
}

static void sums_beyond_a_double_are_refused(void **state)
{
    struct pl_exact_sum sum = {0};
    struct pl_error error;
    double value = 42.0;

    (void)state;
    pl_exact_sum_add(&sum, DBL_MAX);
    pl_exact_sum_add(&sum, DBL_MAX);
    assert_int_equal(pl_exact_sum_value(&sum, &value, &error), PL_E_DATA);
    assert_true(value == 42.0);
    assert_non_null(strstr(error.message, "too large"));
    pl_exact_sum_add(&sum, -DBL_MAX);
    assert_int_equal(pl_exact_sum_value(&sum, &value, &error), PL_OK);
    assert_true(value == DBL_MAX);
    /* Half a unit above the largest rounds past it. */
    pl_exact_sum_add(&sum, ldexp(1.0, 970));
    assert_int_equal(pl_exact_sum_value(&sum, &value, &error), PL_E_DATA);
    pl_exact_sum_add(&sum, -5e-324);
    assert_int_equal(pl_exact_sum_value(&sum, &value, &error), PL_OK);
}

static void what_is_no_number_spoils_a_sum(void **state)
{
    static const double VALUES[] = {HUGE_VAL, -HUGE_VAL, (double)NAN};
    struct pl_error error;
    double value = 0.0;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct pl_exact_sum sum = {0};
        struct pl_exact_sum other = {0};

        pl_exact_sum_add(&sum, VALUES[i]);
        pl_exact_sum_merge(&other, &sum);
        assert_int_equal(pl_exact_sum_value(&sum, &value, &error), PL_E_DATA);
        assert_int_equal(pl_exact_sum_value(&other, &value, &error), PL_E_DATA);
        pl_exact_sum_reset(&sum);
        assert_int_equal(pl_exact_sum_value(&sum, &value, &error), PL_OK);
        assert_true(value == 0.0 && !signbit(value));
    }
}

/* Source: Python, fractions; each figure to twice the precision of a double. */
static void double_doubles_keep_what_doubles_lose(void **state)
{
    const struct pl_double_double third =
        pl_double_double_divide(pl_double_double_of(1.0), pl_double_double_of(3.0));
    const struct pl_double_double one = pl_double_double_multiply(third, pl_double_double_of(3.0));
    const struct pl_double_double square = pl_double_double_multiply(third, third);
    const struct pl_double_double nothing = pl_double_double_subtract(
        square, pl_double_double_divide(pl_double_double_of(1.0), pl_double_double_of(9.0)));

    (void)state;
    assert_true(third.high == 1.0 / 3.0);
    assert_close(third.low, 1.850371707708594e-17, 1e-14);
    assert_near(pl_double_double_subtract(one, pl_double_double_of(1.0)).high, 0.0, 1e-31);
    assert_near(nothing.high, 0.0, 1e-32);
    assert_true(pl_double_double_value(pl_double_double_two_sum(1e16, 1.0)) == 1e16);
    assert_true(pl_double_double_two_sum(1e16, 1.0).low == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_are_rounded_once),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(parts_make_the_whole_and_can_be_taken_away),
        cmocka_unit_test(millions_of_tenths_lose_nothing),
        cmocka_unit_test(products_are_not_rounded),
        cmocka_unit_test(sums_beyond_a_double_are_refused),
        cmocka_unit_test(what_is_no_number_spoils_a_sum),
        cmocka_unit_test(double_doubles_keep_what_doubles_lose),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

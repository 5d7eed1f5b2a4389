/* Decimals: parsing, comparing, and dividing exactly, with figures that can be checked by hand. */
#include "json/decimal.h"

#include <stdio.h>
#include <string.h>

#include "json_text.h"

#include "base/rng.h"

static struct pl_json_decimal decimal(const char *text)
{
    struct pl_json_decimal parsed;

    if (!pl_json_decimal_parse(pl_str_of(text), &parsed))
        fail_msg("%s is a number", text);
    return parsed;
}

static void equal_numbers_parse_alike(void **state)
{
    (void)state;
    static const char *const PAIRS[][2] = {
        {"100", "1e2"},     {"0.001", "1E-3"}, {"-1.50", "-15e-1"}, {"0", "-0.000e99"},
        {"120.0", "1.2e2"}, {"0.0e5", "0"},    {"1e+2", "100.00"},  {"0.10", "1e-1"},
    };

    for (size_t i = 0; i < COUNT(PAIRS); i++) {
        const struct pl_json_decimal a = decimal(PAIRS[i][0]), b = decimal(PAIRS[i][1]);

        assert_int_equal(a.count, b.count);
        assert_true(a.exponent == b.exponent && a.negative == b.negative);
        assert_memory_equal(a.digits, b.digits, a.count);
        assert_int_equal(pl_json_decimal_compare(&a, &b), 0);
    }
}

static void what_is_no_number_is_refused(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"",   "-",  "01",   "1.",   ".5", "1e", "1e+",
                                        "1x", "+1", "1.e5", "1e5x", " 1", "--1"};
    struct pl_json_decimal parsed;

    for (size_t i = 0; i < COUNT(TEXTS); i++)
        assert_false(pl_json_decimal_parse(pl_str_of(TEXTS[i]), &parsed));
}

static void order_is_that_of_the_numbers(void **state)
{
    (void)state;
    static const char *const SORTED[] = {
        "-1e400",
        "-12",
        "-1.21",
        "-1.2",
        "-1",
        "-1e-400",
        "0",
        "1e-400",
        "0.1",
        "0.11",
        "0.2",
        "1",
        "9.99",
        "10",
        "18446744073709551615",
        "18446744073709551616",
        "1e20",
        "1e400",
    };

    for (size_t i = 0; i < COUNT(SORTED); i++) {
        for (size_t j = 0; j < COUNT(SORTED); j++) {
            const struct pl_json_decimal a = decimal(SORTED[i]), b = decimal(SORTED[j]);
            const int order = pl_json_decimal_compare(&a, &b);

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

struct division {
    const char *a, *b;
    bool is_multiple;
};

static const struct division DIVISIONS[] = {
    {"0.3", "0.1", true},
    {"19.99", "0.01", true},
    {"0.0075", "0.0001", true},
    {"0.00751", "0.0001", false},
    {"4.5", "1.5", true},
    {"35", "1.5", false},
    {"0", "7", true},
    {"-21", "7", true},
    {"-22", "7", false},
    {"1e308", "0.123456789", false},
    {"1e308", "3", false},
    {"1e308", "0.5", true},
    {"1e1000000000000", "1024", true},
    {"1e1000000000000", "1023", false},
    {"12391239123", "1e-8", true},
    {"1e9", "512", true},
    {"1e8", "512", false},
    {"1e9", "1024", false},
    {"1e10", "1024", true},
    {"99999999999999999999999999999999", "33333333333333333333333333333333", true},
    {"99999999999999999999999999999998", "33333333333333333333333333333333", false},
    /* 2^100 times 10^-100 divides 1: the quotient is 5^100. */
    {"1", "1267650600228229401496703205376e-100", true},
    {"1", "1267650600228229401496703205376e-99", false},
};

static void division_is_exact(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(DIVISIONS); i++) {
        const struct pl_json_decimal a = decimal(DIVISIONS[i].a), b = decimal(DIVISIONS[i].b);

        print_message("%s / %s\n", DIVISIONS[i].a, DIVISIONS[i].b);
        assert_int_equal(pl_json_decimal_is_multiple(&a, &b), DIVISIONS[i].is_multiple);
    }
}

/* A law: with integers of 64 bits and a common shift of the point, it is the remainder of C. */
static void division_agrees_with_that_of_integers(void **state)
{
    (void)state;
    struct pl_rng rng;

    pl_rng_init(&rng, 20240601, 0);
    for (int i = 0; i < 20000; i++) {
        char left[64], right[64];
        const uint64_t b = 1 + pl_rng_below(&rng, 1 + (UINT64_C(1) << pl_rng_below(&rng, 20)));
        const uint64_t a = pl_rng_below(&rng, 1000) * b + (i % 2 == 0 ? 0 : pl_rng_below(&rng, b));
        const int shift = (int)pl_rng_below(&rng, 12) - 6;

        (void)snprintf(left, sizeof left, "%llue%d", (unsigned long long)a, shift);
        (void)snprintf(right, sizeof right, "%llue%d", (unsigned long long)b, shift);

        const struct pl_json_decimal x = decimal(left), y = decimal(right);

        if (pl_json_decimal_is_multiple(&x, &y) != (a % b == 0))
            fail_msg("%s and %s", left, right);
    }
}

static void digits_have_their_limit(void **state)
{
    (void)state;
    char text[3 * PL_JSON_DECIMAL_DIGITS_MAX];
    struct pl_json_decimal parsed;

    memset(text, '7', sizeof text);
    assert_true(pl_json_decimal_parse((struct pl_str){text, sizeof text}, &parsed));
    assert_int_equal(parsed.count, PL_JSON_DECIMAL_DIGITS_MAX);
    assert_true(parsed.exponent == 2 * PL_JSON_DECIMAL_DIGITS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_numbers_parse_alike),
        cmocka_unit_test(what_is_no_number_is_refused),
        cmocka_unit_test(order_is_that_of_the_numbers),
        cmocka_unit_test(division_is_exact),
        cmocka_unit_test(division_agrees_with_that_of_integers),
        cmocka_unit_test(digits_have_their_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

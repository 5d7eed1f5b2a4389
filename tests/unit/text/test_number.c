/* The last number of a text, by the rules at the top of number.c. */
#include "text/number.h"

#include "text_case.h"

struct number_case {
    const char *text;
    double value;
    bool is_percent;
    bool is_fraction;
};

static void the_last_number_is_found(void **state)
{
    static const struct number_case CASES[] = {
        {"42", 42, false, false},
        {"She has 3 apples and 12 pears.", 12, false, false},
        {"so it costs $1,234.50", 1234.5, false, false},
        {"1,234,567 people", 1234567, false, false},
        {"1,23", 23, false, false},
        {"1234,567", 567, false, false},
        {"between 2,500 and 3", 3, false, false},
        {"-5", -5, false, false},
        {"It fell by -$7.25.", -7.25, false, false},
        {"$-7", -7, false, false},
        {"16-3", 3, false, false},
        {"16 - 3", 3, false, false},
        {"x = -3", -3, false, false},
        {"\xe2\x88\x92"
         "8 degrees",
         -8, false, false},
        {"12%", 12, true, false},
        {"12.5 % of them", 12.5, true, false},
        {"3/4", 0.75, false, true},
        {"1 1/2 cups", 1.5, false, true},
        {"1\xc2\xbd cups", 1.5, false, true},
        {"\xc2\xbe", 0.75, false, true},
        {"12/25/2020", 2020, false, false},
        {"5/0", 0, false, false},
        {"6.02e23 of them", 6.02e23, false, false},
        {"1E-3", 1e-3, false, false},
        {"2e", 2, false, false},
        {"5kg", 5, false, false},
        {"H2O has 1 name", 1, false, false},
        {"version 1.2.3 of 7 things in 1.2.3", 7, false, false},
        {".5", 0.5, false, false},
        {"It was 5.", 5, false, false},
        {"<<16-3=13>>13 eggs", 13, false, false},
        {"#### 42", 42, false, false},
        {"so 7\n#### 42\n(see step 3)", 42, false, false},
        {"#### 9 and #### none", 9, false, false},
        {"\xe5\x85\xb1"
         "42\xe4\xb8\xaa",
         42, false, false},
        {"\xe2\x82\xac"
         "9",
         9, false, false},
        {"(3)", 3, false, false},
        {"007", 7, false, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct pl_number number;

        if (!pl_number_last(pl_str_of(CASES[i].text), &number))
            fail_msg("no number in '%s'", CASES[i].text);
        if (!(fabs(number.value - CASES[i].value) <= 1e-12 * fabs(CASES[i].value)))
            fail_msg("'%s': %g, not %g", CASES[i].text, number.value, CASES[i].value);
        assert_int_equal(number.is_percent, CASES[i].is_percent);
        assert_int_equal(number.is_fraction, CASES[i].is_fraction);
    }
}

static void texts_without_a_number_have_none(void **state)
{
    static const char *const TEXTS[] = {"",  "none", "H2O", "1.2.3", "####",
                                        "-", "$",    "x1",  "e5 .",  "1e999"};
    struct pl_number number;

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        if (pl_number_last(pl_str_of(TEXTS[i]), &number))
            fail_msg("'%s' has %g", TEXTS[i], number.value);
}

static void the_number_knows_where_it_stands(void **state)
{
    const struct pl_str text = PL_STR("that is -$1,234.50 in all");
    struct pl_number number;

    (void)state;
    assert_true(pl_number_last(text, &number));
    assert_true(pl_str_equal(number.text, PL_STR("-$1,234.50")));
    assert_ptr_equal(number.text.ptr, text.ptr + 8);
}

static void a_tolerance_is_absolute_or_relative(void **state)
{
    (void)state;
    assert_true(pl_number_is_near(10.0, 10.0, 0.0, 0.0));
    assert_false(pl_number_is_near(10.1, 10.0, 0.0, 0.0));
    assert_true(pl_number_is_near(10.1, 10.0, 0.11, 0.0));
    assert_true(pl_number_is_near(10.1, 10.0, 0.0, 0.0101));
    assert_false(pl_number_is_near(-10.0, 10.0, 1.0, 1.0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_number_is_found),
        cmocka_unit_test(texts_without_a_number_have_none),
        cmocka_unit_test(the_number_knows_where_it_stands),
        cmocka_unit_test(a_tolerance_is_absolute_or_relative),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

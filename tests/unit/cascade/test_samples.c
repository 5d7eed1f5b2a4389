/* Which samples agree, and when nothing can be said. */
#include "cascade/confidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void two_samples_agree_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool agree;
    } CASES[] = {
        {"Yes", "yes", true},
        {" Yes.\n", "\"YES\"", true},
        {"**Paris**", "Paris!", true},
        {"STRASSE", "Straße", true},
        {"\xe2\x80\x9cParis\xe2\x80\x9d", "paris\xe2\x80\xa6", true},
        {"No", "Yes", false},
        {"a b", "ab", false},
        {"-5", "5", false}, /* a sign is part of the answer */
        {"5%", "5", false},
        {"$5", "5", false},
        {".5", "5", false},
        {"5", "5.0", true},
        {"1e2", "100", true},
        {"{\"a\": 1, \"b\": [true]}", "{\"b\":[true],\"a\":1.0}", true},
        {"{\"a\": \"X\"}", "{\"a\": \"x\"}", false}, /* a value is a value */
        {"[1, 2]", "[2, 1]", false},
        {"{\"a\": 1}", "{\"a\": 1", true}, /* no JSON: the texts are the same but for the end */
        {"Yes", "", false},
        {"Yes", "...", false},
        {"\xff", "\xff", true},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct pl_str samples[] = {pl_str_of(CASES[i].a), pl_str_of(CASES[i].b)};
        double signal = 123.0;

        assert_true(pl_samples_agree(samples, 2, &signal));
        assert_true(signal == (CASES[i].agree ? 1.0 : 0.0));
    }
}

static void the_share_is_of_the_others(void **state)
{
    (void)state;
    const struct pl_str samples[] = {PL_STR("Yes"), PL_STR("no"), PL_STR("yes."), PL_STR("YES"),
                                     PL_STR("maybe")};
    double signal;

    assert_true(pl_samples_agree(samples, 5, &signal));
    assert_true(signal == 0.5);
    assert_true(pl_samples_agree(samples, 4, &signal));
    assert_true(signal == 2.0 / 3.0);
}

static void fewer_than_two_and_an_empty_first_are_undefined(void **state)
{
    (void)state;
    static char long_text[(1 << 20) + 1];
    const struct pl_str samples[] = {PL_STR("Yes"), PL_STR("Yes")};
    const struct pl_str empty[] = {PL_STR(" . "), PL_STR(""), PL_STR(" . ")};
    const struct pl_str long_ones[] = {{long_text, sizeof long_text},
                                       {long_text, sizeof long_text}};
    double signal = 123.0;

    assert_false(pl_samples_agree(NULL, 0, &signal));
    assert_false(pl_samples_agree(samples, 1, &signal));
    assert_false(pl_samples_agree(empty, 3, &signal));
    assert_false(pl_samples_agree(long_ones, 2, &signal)); /* longer than what is compared */
    assert_true(signal == 123.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_samples_agree_or_not),
        cmocka_unit_test(the_share_is_of_the_others),
        cmocka_unit_test(fewer_than_two_and_an_empty_first_are_undefined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Keys: taken from the environment, masked where they stand in text. */
#include "client/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static void a_key_is_what_the_variable_holds(void **state)
{
    (void)state;
    PL_CLEANUP(pl_secret_cleanup) struct pl_secret *secret = NULL;
    struct pl_error error = {0};

    assert_int_equal(setenv("PL_TEST_KEY", "  sk-123\n", 1), 0);
    assert_int_equal(pl_secret_from_environment("PL_TEST_KEY", &secret, &error), PL_OK);
    assert_true(pl_str_equal_text(pl_secret_reveal(secret), "sk-123"));
    /* It is a copy: the environment may change. */
    assert_int_equal(setenv("PL_TEST_KEY", "other", 1), 0);
    assert_true(pl_str_equal_text(pl_secret_reveal(secret), "sk-123"));
}

static void a_key_that_is_not_there_is_told_by_the_name_of_its_variable(void **state)
{
    (void)state;
    struct pl_secret *secret = NULL;
    struct pl_error error = {0};

    assert_int_equal(unsetenv("PL_TEST_KEY"), 0);
    assert_int_equal(pl_secret_from_environment("PL_TEST_KEY", &secret, &error), PL_E_NOT_FOUND);
    assert_string_equal(error.message,
                        "the environment variable PL_TEST_KEY, which holds a key, is not set");
    assert_null(secret);
}

static void every_occurrence_is_masked_in_place(void **state)
{
    (void)state;
    PL_CLEANUP(pl_secret_cleanup) struct pl_secret *secret = NULL;
    static const struct {
        const char *text, *masked;
        size_t count;
    } CASES[] = {
        {"", "", 0},
        {"aab", "***", 1},
        {"aaab", "a***", 1},
        {"xaabaaby", "x******y", 2},
        {"aabaaab aab", "***a*** ***", 3},
        {"aa", "aa", 0},
        {"nothing", "nothing", 0},
    };

    assert_int_equal(setenv("PL_TEST_KEY", "aab", 1), 0);
    assert_int_equal(pl_secret_from_environment("PL_TEST_KEY", &secret, NULL), PL_OK);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char text[64];

        (void)strcpy(text, CASES[i].text);
        assert_int_equal(pl_secret_mask(secret, text, strlen(text)), CASES[i].count);
        assert_string_equal(text, CASES[i].masked);
    }
    assert_int_equal(pl_secret_mask(NULL, NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_what_the_variable_holds),
        cmocka_unit_test(a_key_that_is_not_there_is_told_by_the_name_of_its_variable),
        cmocka_unit_test(every_occurrence_is_masked_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

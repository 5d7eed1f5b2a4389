/* Errors: complete messages, no overrun, and a name for every status. */
#include "base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

static void a_status_and_a_message_are_kept(void **state)
{
    (void)state;
    struct pl_error error = {.line = 7, .column = 9, .file = "old"};

    assert_int_equal(pl_error_set(&error, PL_E_DATA, "column %s has %d values", "race", 0),
                     PL_E_DATA);
    assert_int_equal(error.status, PL_E_DATA);
    assert_string_equal(error.message, "column race has 0 values");
    assert_string_equal(error.file, "");
    assert_int_equal(error.line, 0);
    assert_int_equal(error.column, 0);
}

static void no_error_struct_is_fine(void **state)
{
    (void)state;
    assert_int_equal(pl_error_set(NULL, PL_E_BUSY, "held"), PL_E_BUSY);
    assert_int_equal(pl_error_errno(NULL, EACCES, "open"), PL_E_PERMISSION);
}

static void a_long_message_is_cut_and_ends_in_nul(void **state)
{
    (void)state;
    struct pl_error error;
    char text[3 * PL_ERROR_MESSAGE_SIZE];

    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    (void)pl_error_set(&error, PL_E_IO, "%s", text);
    assert_int_equal(strlen(error.message), PL_ERROR_MESSAGE_SIZE - 1);
    (void)pl_error_errno(&error, EIO, "%s", text);
    assert_int_equal(strlen(error.message), PL_ERROR_MESSAGE_SIZE - 1);
    assert_int_equal(error.status, PL_E_IO);
    (void)pl_error_locate(&error, text, 1, 2);
    assert_int_equal(strlen(error.file), PL_ERROR_FILE_SIZE - 1);
}

static const struct {
    int errno_value;
    enum pl_status status;
} ERRNO_CASES[] = {
    {ENOENT, PL_E_NOT_FOUND}, {EEXIST, PL_E_EXISTS}, {EACCES, PL_E_PERMISSION},
    {ENOMEM, PL_E_MEMORY},    {ENOSPC, PL_E_IO},     {EWOULDBLOCK, PL_E_BUSY},
};

static void errno_becomes_a_status_with_its_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ERRNO_CASES / sizeof *ERRNO_CASES; i++) {
        struct pl_error error = {0};

        assert_int_equal(pl_error_errno(&error, ERRNO_CASES[i].errno_value, "cannot open %s", "f"),
                         ERRNO_CASES[i].status);
        assert_ptr_equal(strstr(error.message, "cannot open f: "), error.message);
        assert_non_null(strstr(error.message, strerror(ERRNO_CASES[i].errno_value)));
    }
}

static void an_error_can_be_located(void **state)
{
    (void)state;
    struct pl_error error;

    (void)pl_error_set(&error, PL_E_LINE, "unknown key");
    assert_int_equal(pl_error_locate(&error, "plimsoll.yaml", 12, 3), PL_E_LINE);
    assert_string_equal(error.file, "plimsoll.yaml");
    assert_int_equal(error.line, 12);
    assert_int_equal(error.column, 3);
    assert_string_equal(error.message, "unknown key");
}

static enum pl_status return_if(enum pl_status status)
{
    PL_RETURN_IF(status);
    return PL_E_USAGE;
}

static void return_if_leaves_on_failure_only(void **state)
{
    (void)state;
    assert_int_equal(return_if(PL_E_MEMORY), PL_E_MEMORY);
    assert_int_equal(return_if(PL_OK), PL_E_USAGE);
}

static void every_status_has_its_own_name(void **state)
{
    (void)state;
    for (int i = PL_OK; i <= PL_E_INTERRUPTED; i++) {
        assert_non_null(pl_status_name((enum pl_status)i));
        for (int j = PL_OK; j < i; j++)
            assert_string_not_equal(pl_status_name((enum pl_status)i),
                                    pl_status_name((enum pl_status)j));
    }
    assert_string_equal(pl_status_name(PL_E_NOT_FOUND), "not_found");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_and_a_message_are_kept),
        cmocka_unit_test(no_error_struct_is_fine),
        cmocka_unit_test(a_long_message_is_cut_and_ends_in_nul),
        cmocka_unit_test(errno_becomes_a_status_with_its_words),
        cmocka_unit_test(an_error_can_be_located),
        cmocka_unit_test(return_if_leaves_on_failure_only),
        cmocka_unit_test(every_status_has_its_own_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Dates of HTTP: the examples of RFC 9110 5.6.7, days around leap years against timegm, and what is none. */
#include "client/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <time.h>

#define NOW_S 1700000000

static void the_three_forms_say_the_same(void **state)
{
    (void)state;
    static const char *const FORMS[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    };

    for (size_t i = 0; i < 3; i++) {
        int64_t unix_s = 0;

        assert_true(pl_http_date_read(pl_str_of(FORMS[i]), NOW_S, &unix_s));
        assert_int_equal(unix_s, 784111777);
    }
}

static void days_are_those_of_the_library(void **state)
{
    (void)state;

    for (int64_t day = 0; day < 60000; day += 1) {
        const time_t expected = (time_t)(day * 86400 + day % 86400);
        struct tm parts;
        char text[64];
        int64_t unix_s = 0;

        assert_non_null(gmtime_r(&expected, &parts));
        assert_true(strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts) > 0);
        assert_true(pl_http_date_read(pl_str_of(text), NOW_S, &unix_s));
        assert_int_equal(unix_s, expected);
    }
}

static void a_year_of_two_digits_is_near_now(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int year;
    } CASES[] = {
        {"Sunday, 01-Jan-73 00:00:00 GMT", 2073},
        {"Sunday, 01-Jan-74 00:00:00 GMT", 1974},
        {"Sunday, 01-Jan-00 00:00:00 GMT", 2000},
        {"Sunday, 01-Jan-23 00:00:00 GMT", 2023},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        int64_t unix_s = 0;
        time_t time = 0;
        struct tm parts;

        assert_true(pl_http_date_read(pl_str_of(CASES[i].text), NOW_S, &unix_s));
        time = (time_t)unix_s;
        assert_non_null(gmtime_r(&time, &parts));
        assert_int_equal(parts.tm_year + 1900, CASES[i].year);
    }
}

static void what_is_no_date_is_refused(void **state)
{
    (void)state;
    static const char *const BAD[] = {
        "",
        " ",
        "Sun,",
        "Sun, ",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1969 08:49:37 GMT",
        "Sun Nov 06 08:49:37",
    };

    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        int64_t unix_s = 0;

        assert_false(pl_http_date_read(pl_str_of(BAD[i]), NOW_S, &unix_s));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_forms_say_the_same),
        cmocka_unit_test(days_are_those_of_the_library),
        cmocka_unit_test(a_year_of_two_digits_is_near_now),
        cmocka_unit_test(what_is_no_date_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

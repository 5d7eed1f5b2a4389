/* Scalars with units: what each kind reads, and what it refuses. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "line/units.h"

static void shares_are_numbers_or_percentages(void **state)
{
    static const struct {
        const char *text;
        double value;
    } CASES[] = {
        {"0.25", 0.25}, {"25%", 0.25},       {"7%", 0.07},    {"100%", 1},      {"0", 0},
        {"-3", -3},     {"1_000.5", 1000.5}, {"1e-3", 0.001}, {"12.5%", 0.125},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double value = -1e300;

        assert_true(pl_units_share(pl_str_of(CASES[i].text), &value));
        assert_true(value == CASES[i].value);
    }
}

static void text_that_is_no_share_is_refused_and_changes_nothing(void **state)
{
    static const char *const CASES[] = {"",     "%",   "25 %", "25%%", "300ms",
                                        "half", "nan", "inf",  "0x10", "1,5",
                                        "_1",   "1_",  "1__0", "--1",  "1e999"};

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double value = 42;

        assert_false(pl_units_share(pl_str_of(CASES[i]), &value));
        assert_true(value == 42);
    }
}

static void rates_are_made_yearly(void **state)
{
    static const struct {
        const char *text;
        double per_year;
    } CASES[] = {
        {"10_000/year", 10000}, {"1/month", 12},   {"7/week", 365.25},
        {"2/day", 730.5},       {"1/hour", 8766},  {"1/minute", 525960},
        {"1/second", 31557600}, {"0.5/year", 0.5}, {"100 /year", 100},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double value = -1e300;

        assert_true(pl_units_rate(pl_str_of(CASES[i].text), &value));
        assert_true(fabs(value - CASES[i].per_year) <= 1e-9 * CASES[i].per_year);
    }
}

static void a_rate_needs_a_number_and_a_period(void **state)
{
    static const char *const CASES[] = {"",          "10_000", "/year",       "year",
                                        "10 a year", "5/yea",  "5/fortnight", "1e308/second"};

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        double value = 42;

        assert_false(pl_units_rate(pl_str_of(CASES[i]), &value));
        assert_true(value == 42);
    }
}

static void durations_are_milliseconds(void **state)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } CASES[] = {
        {"300ms", 300},    {"2s", 2000},      {"5m", 300000}, {"1h", 3600000}, {"1.5h", 5400000},
        {"7d", 604800000}, {"1w", 604800000}, {"0s", 0},      {"0.4ms", 0},    {"1_000ms", 1000},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint64_t ms = 7;

        assert_true(pl_units_duration(pl_str_of(CASES[i].text), &ms));
        assert_int_equal(ms, CASES[i].ms);
    }
}

static void a_duration_needs_a_unit_and_is_not_negative(void **state)
{
    static const char *const CASES[] = {"", "5", "h", "-1s", "5 h", "1e300d", "5y", "ms"};

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint64_t ms = 7;

        assert_false(pl_units_duration(pl_str_of(CASES[i]), &ms));
        assert_int_equal(ms, 7);
    }
}

/* 2026-11-21T17:30:00Z */
#define NOW_MS UINT64_C(1795282200000)

static void moments_are_days_times_of_day_or_how_long_ago(void **state)
{
    static const struct {
        const char *text;
        uint64_t ms;
    } CASES[] = {
        {"now", NOW_MS},
        {"today", UINT64_C(1795219200000)},
        {"yesterday", UINT64_C(1795132800000)},
        {"36h", UINT64_C(1795152600000)},
        {"0s", NOW_MS},
        {"1970-01-01", 0},
        {"2026-11-20", UINT64_C(1795132800000)},
        {"2026-11-20T13:30", UINT64_C(1795181400000)},
        {"2026-11-20T13:30Z", UINT64_C(1795181400000)},
        {"2026-11-20T13:30:05", UINT64_C(1795181405000)},
        {"2026-11-20T13:30:05Z", UINT64_C(1795181405000)},
        {"2000-02-29", UINT64_C(951782400000)},
        {"2024-12-31T23:59:59", UINT64_C(1735689599000)},
        {"2100-03-01", UINT64_C(4107542400000)},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint64_t ms = 7;

        assert_true(pl_units_moment(pl_str_of(CASES[i].text), NOW_MS, &ms));
        assert_int_equal(ms, CASES[i].ms);
    }
}

static void what_is_no_moment_is_refused_and_changes_nothing(void **state)
{
    static const char *const CASES[] = {
        "",
        "tomorrow",
        "2026-11-31",
        "2025-02-29",
        "1900-01-01",
        "2026-13-01",
        "2026-11-20T24:00",
        "2026-11-20T13:60",
        "2026-11-20 13:00",
        "2026-11-20Z",
        "2100-02-29",
        "20261120",
        "-1h",
        "2026-11-20T13:30ZZ",
        "2026-11-20T1",
        "99999w",
        "2026-00-10",
        "2026-11-00",
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        uint64_t ms = 7;

        assert_false(pl_units_moment(pl_str_of(CASES[i]), NOW_MS, &ms));
        assert_int_equal(ms, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_are_numbers_or_percentages),
        cmocka_unit_test(text_that_is_no_share_is_refused_and_changes_nothing),
        cmocka_unit_test(rates_are_made_yearly),
        cmocka_unit_test(a_rate_needs_a_number_and_a_period),
        cmocka_unit_test(durations_are_milliseconds),
        cmocka_unit_test(a_duration_needs_a_unit_and_is_not_negative),
        cmocka_unit_test(moments_are_days_times_of_day_or_how_long_ago),
        cmocka_unit_test(what_is_no_moment_is_refused_and_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

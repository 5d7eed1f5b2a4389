/* Figures as people write them: every kind, the edges of rounding, and simple fractions. */
#include "report/number.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#define TEXT_SIZE_BYTES_MAX 4096

static void the_name_decides_how_a_measure_is_shown(void **state)
{
    static const struct {
        const char *metric;
        enum pl_figure figure;
    } CASES[] = {
        {"accuracy", PL_FIGURE_PERCENT},
        {"balanced_accuracy", PL_FIGURE_PERCENT},
        {"false_positive_rate", PL_FIGURE_PERCENT},
        {"selection_rate", PL_FIGURE_PERCENT},
        {"rate(clicked)", PL_FIGURE_PERCENT},
        {"share", PL_FIGURE_PERCENT},
        {"roc_auc", PL_FIGURE_FRACTION},
        {"f1", PL_FIGURE_FRACTION},
        {"matthews_corrcoef", PL_FIGURE_FRACTION},
        {"ks_separation", PL_FIGURE_FRACTION},
        {"count", PL_FIGURE_COUNT},
        {"mean(latency_ms)", PL_FIGURE_PLAIN},
        {"quantile(hit_rate, 0.9)", PL_FIGURE_PLAIN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_int_equal(pl_figure_of(pl_str_of(CASES[i].metric)), CASES[i].figure);
}

static void figures_are_written_with_their_units(void **state)
{
    static const struct {
        enum pl_figure figure;
        double value;
        const char *text;
    } CASES[] = {
        {PL_FIGURE_PERCENT, 0.4485, "44.9 %"},
        {PL_FIGURE_PERCENT, 0.0, "0.0 %"},
        {PL_FIGURE_PERCENT, 1.0, "100.0 %"},
        {PL_FIGURE_PERCENT, 0.0004, "0.04 %"},
        {PL_FIGURE_PERCENT, 0.99996, "99.996 %"},
        {PL_FIGURE_POINTS, 0.353, "35.3 points"},
        {PL_FIGURE_POINTS, -0.00000001, "0.0000 points"},
        {PL_FIGURE_FRACTION, 0.70216, "0.702"},
        {PL_FIGURE_FRACTION, -0.25, "-0.250"},
        {PL_FIGURE_FRACTION, -0.0001, "0.000"},
        {PL_FIGURE_COUNT, 7214.0, "7,214"},
        {PL_FIGURE_COUNT, 999.0, "999"},
        {PL_FIGURE_PLAIN, 312.25, "312.25"},
        {PL_FIGURE_PLAIN, 1234567890.0, "1.23457e+09"},
    };
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        pl_buffer_reset(&out);
        pl_figure_write(&out, CASES[i].figure, CASES[i].value);
        assert_string_equal(pl_buffer_view(&out).ptr, CASES[i].text);
    }
    pl_buffer_deinit(&out);
}

static void intervals_have_no_unit_and_say_when_there_is_no_bound(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_interval_write(&out, PL_FIGURE_PERCENT, 0.401, 0.446);
    assert_string_equal(out.ptr, "[40.1, 44.6]");
    pl_buffer_reset(&out);
    pl_interval_write(&out, PL_FIGURE_FRACTION, 0.5, HUGE_VAL);
    assert_string_equal(out.ptr, "[0.500, no bound]");
    pl_buffer_deinit(&out);
}

static void counts_have_a_comma_at_every_third_digit(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_count_write(&out, 18446744073709551615u);
    assert_string_equal(out.ptr, "18,446,744,073,709,551,615");
    pl_buffer_deinit(&out);
}

static void a_confidence_is_written_as_it_was_given(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_confidence_write(&out, 0.95);
    pl_confidence_write(&out, 0.999);
    assert_string_equal(out.ptr, "95 %99.9 %");
    pl_buffer_deinit(&out);
}

static void simple_fractions_are_near_the_rate(void **state)
{
    static const struct {
        double rate;
        const char *text;
    } CASES[] = {
        {0.3333, "about 1 in 3"}, {0.5, "about 1 in 2"},     {0.4485, "about 4 in 9"},
        {0.21, "about 1 in 5"},   {0.004, "about 1 in 250"}, {0.25, "about 1 in 4"},
    };
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        pl_buffer_reset(&out);
        assert_true(pl_one_in_write(&out, CASES[i].rate));
        assert_string_equal(out.ptr, CASES[i].text);
    }
    pl_buffer_reset(&out);
    assert_false(pl_one_in_write(&out, 0.0));
    assert_false(pl_one_in_write(&out, 0.0005));
    assert_false(pl_one_in_write(&out, 0.95));
    assert_false(pl_one_in_write(&out, (double)NAN));
    assert_int_equal(out.len, 0);
    pl_buffer_deinit(&out);
}

static void every_fraction_that_is_said_is_within_a_twentieth(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    for (int i = 1; i < 1000; i++) {
        double part = 0.0;
        double whole = 0.0;

        pl_buffer_reset(&out);
        if (!pl_one_in_write(&out, i / 1000.0))
            continue;
        assert_int_equal(sscanf(out.ptr, "about %lf in %lf", &part, &whole), 2);
        assert_true(fabs(part / whole - i / 1000.0) <= 0.0501 * i / 1000.0);
    }
    pl_buffer_deinit(&out);
}

static void a_bar_is_as_long_as_its_share(void **state)
{
    struct pl_buffer out;

    (void)state;
    pl_buffer_init(&out, TEXT_SIZE_BYTES_MAX);
    pl_bar_write(&out, 0.5, 4);
    assert_string_equal(out.ptr, "██");
    pl_buffer_reset(&out);
    pl_bar_write(&out, 0.3125, 2);
    assert_string_equal(out.ptr, "▋");
    pl_buffer_reset(&out);
    pl_bar_write(&out, 7.0, 3);
    assert_string_equal(out.ptr, "███");
    pl_buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_name_decides_how_a_measure_is_shown),
        cmocka_unit_test(figures_are_written_with_their_units),
        cmocka_unit_test(intervals_have_no_unit_and_say_when_there_is_no_bound),
        cmocka_unit_test(counts_have_a_comma_at_every_third_digit),
        cmocka_unit_test(a_confidence_is_written_as_it_was_given),
        cmocka_unit_test(simple_fractions_are_near_the_rate),
        cmocka_unit_test(every_fraction_that_is_said_is_within_a_twentieth),
        cmocka_unit_test(a_bar_is_as_long_as_its_share),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

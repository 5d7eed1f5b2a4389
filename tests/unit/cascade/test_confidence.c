/* Signals over tokens and their edges, and what a signal means by a map of steps. */
#include "cascade/confidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

#define TOKENS_MAX 4
#define NONE       (-(double)INFINITY)
#define UNDEFINED  ((double)NAN)

struct token_case {
    struct pl_token_logprob tokens[TOKENS_MAX];
    size_t count;
    double mean, minimum, margin; /* UNDEFINED: must be */
};

/* Probabilities: ln 0.5, ln 0.25 and ln 0.125. */
#define HALF    (-0.69314718055994530942)
#define QUARTER (-1.38629436111989061883)
#define EIGHTH  (-2.07944154167983592825)

static const struct token_case CASES[] = {
    {.count = 0, .mean = UNDEFINED, .minimum = UNDEFINED, .margin = UNDEFINED},
    {{{HALF, QUARTER}}, 1, 0.5, 0.5, 0.25},
    {{{HALF, QUARTER}, {EIGHTH, HALF}}, 2, 0.25, 0.125, (0.25 - 0.375) / 2},
    {{{0.0, -9999.0}}, 1, 1.0, 1.0, 1.0},
    /* a runner-up that is missing once, at any place, leaves no margin */
    {{{HALF, QUARTER}, {HALF, NONE}}, 2, 0.5, 0.5, UNDEFINED},
    {{{HALF, NONE}, {HALF, QUARTER}}, 2, 0.5, 0.5, UNDEFINED},
    {{{HALF, (double)NAN}}, 1, 0.5, 0.5, UNDEFINED},
    {{{HALF, 0.1}}, 1, 0.5, 0.5, UNDEFINED},
    /* what is no log probability is as unlikely as can be, in the midst of certainty too */
    {{{0.0, EIGHTH}, {(double)NAN, HALF}, {0.0, EIGHTH}}, 3, 0.0, 0.0, (0.875 - 0.5 + 0.875) / 3},
    {{{0.0, HALF}, {0.5, HALF}}, 2, 0.0, 0.0, 0.0},
    {{{0.0, HALF}, {(double)INFINITY, HALF}}, 2, 0.0, 0.0, 0.0},
    {{{0.0, HALF}, {-9999.0, HALF}}, 2, 0.0, 0.0, 0.0},
    {{{0.0, HALF}, {-20000.0, HALF}}, 2, 0.0, 0.0, 0.0},
    {{{0.0, HALF}, {-(double)INFINITY, HALF}}, 2, 0.0, 0.0, 0.0},
    {{{-9998.0, HALF}}, 1, 0.0, 0.0, -0.5},
};

typedef bool (*signal_of)(const struct pl_token_signals *signals, double *ret_signal);

static void check(const struct token_case *test, signal_of function, double expected)
{
    struct pl_token_signals signals = {0};
    double signal = 123.0;

    for (size_t i = 0; i < test->count; i++)
        pl_token_signals_add(&signals, test->tokens[i]);

    const bool is_defined = function(&signals, &signal);

    assert_int_equal(is_defined, !isnan(expected));
    if (is_defined)
        assert_true(fabs(signal - expected) <= 1e-15);
    else
        assert_true(signal == 123.0); /* untouched */
}

static void signals_of_tokens_are_as_defined_and_undefined_where_they_must_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        check(&CASES[i], pl_token_signals_mean, CASES[i].mean);
        check(&CASES[i], pl_token_signals_minimum, CASES[i].minimum);
        check(&CASES[i], pl_token_signals_margin, CASES[i].margin);
    }
}

static void many_certain_tokens_do_not_dilute_one_that_is_none(void **state)
{
    (void)state;
    struct pl_token_signals signals = {0};
    double signal;

    pl_token_signals_add(&signals, (struct pl_token_logprob){-9999.0, NONE});
    for (int i = 0; i < 1000000; i++)
        pl_token_signals_add(&signals, (struct pl_token_logprob){0.0, NONE});
    assert_true(pl_token_signals_mean(&signals, &signal));
    assert_true(signal == 0.0);
}

static void a_step_holds_from_its_signal_on(void **state)
{
    (void)state;
    static const double SIGNALS[] = {0.1, 0.4, 0.4000001, 0.9}, VALUES[] = {0.0, 0.5, 0.5, 1.0};
    static const struct pl_calibration_map MAP = {SIGNALS, VALUES, 4, .next = NULL};
    static const double EXPECTED[][2] = {
        {-(double)INFINITY, 0.0}, {0.0, 0.0},     {0.1, 0.0}, {0.39, 0.0}, {0.4, 0.5},
        {0.4000001, 0.5},         {0.89999, 0.5}, {0.9, 1.0}, {2.0, 1.0},  {(double)INFINITY, 1.0},
        {(double)NAN, 0.0},
    };

    for (size_t i = 0; i < sizeof EXPECTED / sizeof EXPECTED[0]; i++)
        assert_true(pl_calibrated(&MAP, EXPECTED[i][0]) == EXPECTED[i][1]);
}

static void one_step_is_a_constant_and_nan_is_never_sure(void **state)
{
    (void)state;
    static const double SIGNAL[] = {0.5}, VALUE[] = {0.75};
    static const struct pl_calibration_map MAP = {SIGNAL, VALUE, 1, .next = NULL};

    assert_true(pl_calibrated(&MAP, 0.0) == 0.75);
    assert_true(pl_calibrated(&MAP, 1.0) == 0.75);
    assert_true(pl_calibrated(&MAP, (double)NAN) == 0.0);
}

/* Against a walk over all steps, for every count up to 70. */
static void the_search_finds_what_a_walk_finds(void **state)
{
    (void)state;
    double signals[70], values[70];

    for (size_t i = 0; i < 70; i++) {
        signals[i] = (double)i / 70.0;
        values[i] = (double)(i + 1) / 71.0;
    }
    for (size_t count = 1; count <= 70; count++) {
        const struct pl_calibration_map map = {signals, values, count, .next = NULL};

        for (double signal = -0.1; signal < 1.1; signal += 0.003) {
            double expected = values[0];

            for (size_t i = 0; i < count; i++)
                if (signals[i] <= signal)
                    expected = values[i];
            assert_true(pl_calibrated(&map, signal) == expected);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signals_of_tokens_are_as_defined_and_undefined_where_they_must_be),
        cmocka_unit_test(many_certain_tokens_do_not_dilute_one_that_is_none),
        cmocka_unit_test(a_step_holds_from_its_signal_on),
        cmocka_unit_test(one_step_is_a_constant_and_nan_is_never_sure),
        cmocka_unit_test(the_search_finds_what_a_walk_finds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

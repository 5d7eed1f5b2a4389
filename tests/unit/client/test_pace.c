/* The pace, under a clock that the test turns. */
#include "client/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define SECOND 1000000000ull
#define BEGIN  (5 * SECOND)

static struct pl_pace pace_of(uint32_t in_flight, double requests, double tokens)
{
    const struct pl_pace_limits limits = {in_flight, requests, tokens};
    struct pl_pace pace;

    pl_pace_init(&pace, &limits, BEGIN);
    return pace;
}

/* Calls of `tokens` each that start as soon as they may and end at once with `used`: how many start within
   so many seconds, the first moment included. */
static int started_within(struct pl_pace *pace, double tokens, double used, uint64_t seconds)
{
    uint64_t now = BEGIN;
    int started = 0;

    for (;;) {
        const uint64_t wait = pl_pace_wait_ns(pace, tokens, now);

        now += wait;
        if (now >= BEGIN + seconds * SECOND)
            return started;
        if (wait > 0)
            assert_int_equal(pl_pace_wait_ns(pace, tokens, now), 0);
        pl_pace_start(pace, tokens, now);
        pl_pace_end(pace, tokens, used, now);
        started++;
    }
}

static void without_limits_nothing_waits(void **state)
{
    (void)state;
    struct pl_pace pace = pace_of(0, 0.0, 0.0);

    for (int i = 0; i < 1000; i++) {
        assert_int_equal(pl_pace_wait_ns(&pace, 1e9, BEGIN), 0);
        pl_pace_start(&pace, 1e9, BEGIN);
    }
}

static void a_call_waits_for_another_to_end(void **state)
{
    (void)state;
    struct pl_pace pace = pace_of(2, 0.0, 0.0);

    pl_pace_start(&pace, 1.0, BEGIN);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN), 0);
    pl_pace_start(&pace, 1.0, BEGIN);
    assert_true(pl_pace_wait_ns(&pace, 1.0, BEGIN + 3600 * SECOND) == PL_PACE_AFTER_A_CALL);
    pl_pace_end(&pace, 1.0, 1.0, BEGIN);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN), 0);
}

/* The bucket holds a second's worth, and any minute sees the limit and a second's worth more. */
static void requests_start_at_their_rate(void **state)
{
    (void)state;
    struct pl_pace slow = pace_of(0, 60.0, 0.0), fast = pace_of(0, 6000.0, 0.0);
    struct pl_pace rare = pace_of(0, 1.0, 0.0);

    assert_int_equal(started_within(&slow, 1.0, 1.0, 60), 60);
    assert_int_equal(started_within(&fast, 1.0, 1.0, 1), 199);
    assert_int_equal(started_within(&rare, 1.0, 1.0, 600), 10);
}

static void the_wait_is_exact(void **state)
{
    (void)state;
    struct pl_pace pace = pace_of(0, 30.0, 0.0);

    pl_pace_start(&pace, 1.0, BEGIN);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN), 2 * SECOND);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN + SECOND / 2), 3 * SECOND / 2);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN + 2 * SECOND), 0);
}

static void tokens_start_at_their_rate_though_a_call_is_larger_than_the_bucket(void **state)
{
    (void)state;
    struct pl_pace pace = pace_of(0, 0.0, 6000.0); /* 100 a second */

    /* 500 tokens: the bucket goes 400 into debt, and is full again after five seconds. */
    pl_pace_start(&pace, 500.0, BEGIN);
    assert_int_equal(pl_pace_wait_ns(&pace, 500.0, BEGIN), 5 * SECOND);
    assert_int_equal(pl_pace_wait_ns(&pace, 10.0, BEGIN), 41 * SECOND / 10);
    pace = pace_of(0, 0.0, 6000.0);
    assert_int_equal(started_within(&pace, 500.0, 500.0, 60), 12);
}

static void the_estimate_is_settled_at_the_end(void **state)
{
    (void)state;
    struct pl_pace pace = pace_of(0, 0.0, 6000.0);

    pl_pace_start(&pace, 500.0, BEGIN);
    pl_pace_end(&pace, 500.0, 150.0, BEGIN);
    assert_int_equal(pl_pace_wait_ns(&pace, 50.0, BEGIN), SECOND);
    /* What it took beyond the estimate is a debt as well. */
    pace = pace_of(0, 0.0, 6000.0);
    pl_pace_start(&pace, 10.0, BEGIN);
    pl_pace_end(&pace, 10.0, 300.0, BEGIN);
    assert_int_equal(pl_pace_wait_ns(&pace, 10.0, BEGIN), 21 * SECOND / 10);
    /* What is given back never makes more than a full bucket. */
    pace = pace_of(0, 0.0, 6000.0);
    pl_pace_start(&pace, 100.0, BEGIN);
    pl_pace_end(&pace, 100.0, 0.0, BEGIN + SECOND);
    pl_pace_start(&pace, 100.0, BEGIN + SECOND);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN + SECOND), SECOND / 100);
}

static void a_hold_holds_all_and_never_becomes_shorter(void **state)
{
    (void)state;
    struct pl_pace pace = pace_of(0, 0.0, 0.0);

    pl_pace_hold(&pace, BEGIN + 10 * SECOND);
    pl_pace_hold(&pace, BEGIN + 2 * SECOND);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN), 10 * SECOND);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN + 10 * SECOND), 0);
}

static void a_clock_that_stands_or_goes_back_does_no_harm(void **state)
{
    (void)state;
    struct pl_pace pace = pace_of(0, 60.0, 0.0);

    pl_pace_start(&pace, 1.0, BEGIN);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN - SECOND), SECOND);
    assert_int_equal(pl_pace_wait_ns(&pace, 1.0, BEGIN), SECOND);
}

static void a_rate_next_to_nothing_is_a_long_wait_and_no_overflow(void **state)
{
    (void)state;
    struct pl_pace pace = pace_of(0, 1e-300, 0.0);

    pl_pace_start(&pace, 1.0, BEGIN);
    assert_true(pl_pace_wait_ns(&pace, 1.0, BEGIN) > 1000000 * SECOND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_limits_nothing_waits),
        cmocka_unit_test(a_call_waits_for_another_to_end),
        cmocka_unit_test(requests_start_at_their_rate),
        cmocka_unit_test(the_wait_is_exact),
        cmocka_unit_test(tokens_start_at_their_rate_though_a_call_is_larger_than_the_bucket),
        cmocka_unit_test(the_estimate_is_settled_at_the_end),
        cmocka_unit_test(a_hold_holds_all_and_never_becomes_shorter),
        cmocka_unit_test(a_clock_that_stands_or_goes_back_does_no_harm),
        cmocka_unit_test(a_rate_next_to_nothing_is_a_long_wait_and_no_overflow),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

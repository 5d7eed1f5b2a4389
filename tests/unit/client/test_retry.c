/* Trying again: which failures, after how long, and when no more. */
#include "client/retry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define NOW_MS 1700000000500u /* Tue, 14 Nov 2023 22:13:20.5 GMT */

static const struct pl_retry_policy POLICY = {
    .attempts_max = 5, .delay_ms_base = 100, .delay_ms_max = 400, .total_ms_max = 10000};

static struct pl_retry_hint hint_of(const char *name, const char *value)
{
    struct pl_retry_hint hint = {0};

    pl_retry_hint_read(&hint, pl_str_of(name), pl_str_of(value), NOW_MS);
    return hint;
}

static void statuses_that_may_pass(void **state)
{
    (void)state;
    static const int PASS[] = {408, 409, 425, 429, 500, 502, 503, 504, 520, 599};
    static const int STAY[] = {0, 200, 301, 400, 401, 403, 404, 413, 422, 501, 505, 600};

    for (size_t i = 0; i < sizeof PASS / sizeof PASS[0]; i++)
        assert_true(pl_retry_status(PASS[i]));
    for (size_t i = 0; i < sizeof STAY / sizeof STAY[0]; i++)
        assert_false(pl_retry_status(STAY[i]));
}

/* Over 20,000 draws: within 0 and the ceiling, both ends reached, the mean half of it within 2 %. */
static void the_jitter_is_full_and_the_ceiling_doubles(void **state)
{
    (void)state;
    static const uint64_t CEILINGS[] = {100, 200, 400, 400};
    struct pl_rng rng;

    pl_rng_init(&rng, 1, 0);
    for (uint32_t attempts = 1; attempts <= 4; attempts++) {
        const struct pl_retry_case one = {.retryable = true, .attempts = attempts};
        const uint64_t ceiling = CEILINGS[attempts - 1];
        uint64_t least = UINT64_MAX, most = 0, sum = 0;

        for (int i = 0; i < 20000; i++) {
            uint64_t delay = 0;

            assert_int_equal(pl_retry_decide(&POLICY, &one, &rng, &delay), PL_RETRY_AGAIN);
            least = delay < least ? delay : least;
            most = delay > most ? delay : most;
            sum += delay;
        }
        assert_int_equal(least, 0);
        assert_int_equal(most, ceiling);
        assert_in_range(sum / 20000, ceiling * 49 / 100, ceiling * 51 / 100);
    }
}

static void the_same_seed_waits_the_same(void **state)
{
    (void)state;
    const struct pl_retry_case one = {.retryable = true, .attempts = 3};
    struct pl_rng a, b, c;
    int different = 0;

    pl_rng_init(&a, 7, 3);
    pl_rng_init(&b, 7, 3);
    pl_rng_init(&c, 7, 4);
    for (int i = 0; i < 100; i++) {
        uint64_t delays[3];

        (void)pl_retry_decide(&POLICY, &one, &a, &delays[0]);
        (void)pl_retry_decide(&POLICY, &one, &b, &delays[1]);
        (void)pl_retry_decide(&POLICY, &one, &c, &delays[2]);
        assert_int_equal(delays[0], delays[1]);
        different += delays[0] != delays[2];
    }
    assert_true(different > 50);
}

static void there_is_an_end_to_attempts_and_to_time(void **state)
{
    (void)state;
    struct pl_retry_case one = {.retryable = true, .attempts = 5};
    struct pl_rng rng;
    uint64_t delay = 0;

    pl_rng_init(&rng, 1, 0);
    assert_int_equal(pl_retry_decide(&POLICY, &one, &rng, &delay), PL_RETRY_EXHAUSTED);
    one.attempts = 1;
    one.elapsed_ms = 10001;
    assert_int_equal(pl_retry_decide(&POLICY, &one, &rng, &delay), PL_RETRY_TOO_LATE);
    one.elapsed_ms = 0;
    one.hint = hint_of("Retry-After", "11");
    assert_int_equal(pl_retry_decide(&POLICY, &one, &rng, &delay), PL_RETRY_TOO_LATE);
    assert_in_range(delay, 11000, 11100);
    one.hint = hint_of("Retry-After", "9");
    assert_int_equal(pl_retry_decide(&POLICY, &one, &rng, &delay), PL_RETRY_AGAIN);
    assert_in_range(delay, 9000, 9100);
}

static void the_server_has_the_last_word(void **state)
{
    (void)state;
    struct pl_retry_case one = {.retryable = true, .attempts = 1};
    struct pl_rng rng;
    uint64_t delay = 0;

    pl_rng_init(&rng, 1, 0);
    one.hint = hint_of("X-Should-Retry", "false");
    assert_int_equal(pl_retry_decide(&POLICY, &one, &rng, &delay), PL_RETRY_NOT);
    one.retryable = false;
    one.hint = hint_of("x-should-retry", "True");
    assert_int_equal(pl_retry_decide(&POLICY, &one, &rng, &delay), PL_RETRY_AGAIN);
    one.hint = hint_of("x-should-retry", "perhaps");
    assert_int_equal(pl_retry_decide(&POLICY, &one, &rng, &delay), PL_RETRY_NOT);
}

static void headers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value;
        bool has;
        uint64_t after_ms;
    } CASES[] = {
        {"Retry-After", "120", true, 120000},
        {"retry-after", " 0 ", true, 0},
        {"RETRY-AFTER", "1.5", true, 1500},
        {"retry-after", "Tue, 14 Nov 2023 22:13:23 GMT", true, 2500},
        {"retry-after", "Tue, 14 Nov 2023 22:13:00 GMT", true, 0},
        {"retry-after", "-3", false, 0},
        {"retry-after", "soon", false, 0},
        {"retry-after", "", false, 0},
        {"retry-after", "nan", false, 0},
        {"retry-after", "1e300", true, 315360000000},
        {"retry-after-ms", "250", true, 250},
        {"retry-after-ms", "250.2", true, 251},
        {"retry-after-ms", "Tue, 14 Nov 2023 22:13:23 GMT", false, 0},
        {"retry-after-m", "250", false, 0},
        {"x-retry-after", "250", false, 0},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct pl_retry_hint hint = hint_of(CASES[i].name, CASES[i].value);

        assert_int_equal(hint.has_after, CASES[i].has);
        assert_int_equal(hint.after_ms, CASES[i].after_ms);
    }
}

static void milliseconds_win_in_either_order(void **state)
{
    (void)state;
    struct pl_retry_hint a = {0}, b = {0};

    pl_retry_hint_read(&a, PL_STR("retry-after"), PL_STR("3600"), NOW_MS);
    pl_retry_hint_read(&a, PL_STR("retry-after-ms"), PL_STR("20"), NOW_MS);
    pl_retry_hint_read(&b, PL_STR("retry-after-ms"), PL_STR("20"), NOW_MS);
    pl_retry_hint_read(&b, PL_STR("retry-after"), PL_STR("3600"), NOW_MS);
    assert_int_equal(a.after_ms, 20);
    assert_int_equal(b.after_ms, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(statuses_that_may_pass),
        cmocka_unit_test(the_jitter_is_full_and_the_ceiling_doubles),
        cmocka_unit_test(the_same_seed_waits_the_same),
        cmocka_unit_test(there_is_an_end_to_attempts_and_to_time),
        cmocka_unit_test(the_server_has_the_last_word),
        cmocka_unit_test(headers_are_read),
        cmocka_unit_test(milliseconds_win_in_either_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

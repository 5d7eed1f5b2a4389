/* The meters: what is reserved and spent is never more than allowed, at no moment and on no clock. */
#include "keys_folder.h"

#include "base/rng.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>

#define THREADS     8
#define ROUNDS      20000
#define NANO        1e-9                            /* the unit that money is counted in */
#define MONTH_START (UINT64_C(20028) * TEST_DAY_MS) /* 2024-11-01 */

static enum pl_key_answer take(const struct test_keys *test, double money, uint64_t tokens,
                               uint64_t now_ms, struct pl_reservation *reservation)
{
    struct pl_key_room room;

    return pl_keys_reserve(test->key, (struct pl_key_need){money, tokens}, now_ms, reservation,
                           &room);
}

/* Reserves and settles the same. */
static enum pl_key_answer spend(const struct test_keys *test, double money, uint64_t tokens,
                                uint64_t now_ms)
{
    struct pl_reservation reservation;
    const enum pl_key_answer answer = take(test, money, tokens, now_ms, &reservation);

    if (answer == PL_KEY_OK)
        pl_keys_settle(&reservation, money, tokens, now_ms);
    return answer;
}

/* ---- one thread ---- */

static void what_is_reserved_is_not_there_for_others_until_it_is_given_back(void **state)
{
    (void)state;
    struct test_keys test =
        test_keys_with((struct pl_key_terms){.money_max = 1, .tokens_max = 100});
    struct pl_reservation first, second;

    assert_int_equal(take(&test, 0.75, 60, TEST_NOW_MS, &first), PL_KEY_OK);
    assert_int_equal(take(&test, 0.5, 1, TEST_NOW_MS, &second), PL_KEY_NO_BUDGET);
    assert_null(second.key);
    assert_int_equal(take(&test, 0.1, 50, TEST_NOW_MS, &second), PL_KEY_NO_BUDGET);
    /* What was refused for its tokens has taken no money: there is exactly as much as before. */
    assert_int_equal(take(&test, 0.25, 40, TEST_NOW_MS, &second), PL_KEY_OK);
    pl_keys_settle(&second, 0, 0, TEST_NOW_MS);
    pl_keys_settle(&first, 0.25, 10, TEST_NOW_MS);
    assert_int_equal(take(&test, 0.75, 90, TEST_NOW_MS, &first), PL_KEY_OK);
    assert_int_equal(take(&test, NANO, 0, TEST_NOW_MS, &second), PL_KEY_NO_BUDGET);
    pl_keys_settle(&first, 0.75, 90, TEST_NOW_MS);
    assert_near(pl_client_key_spent(test.key, TEST_NOW_MS).money, 1, 1e-12);
    assert_int_equal(pl_client_key_spent(test.key, TEST_NOW_MS).tokens, 100);
    test_keys_end(&test);
}

static void a_reservation_is_settled_once(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_max = 100});
    struct pl_reservation reservation;

    assert_int_equal(take(&test, 0, 60, TEST_NOW_MS, &reservation), PL_KEY_OK);
    pl_keys_settle(&reservation, 0, 10, TEST_NOW_MS);
    pl_keys_settle(&reservation, 0, 10, TEST_NOW_MS);
    assert_int_equal(pl_client_key_spent(test.key, TEST_NOW_MS).tokens, 10);
    assert_int_equal(take(&test, 0, 91, TEST_NOW_MS, &reservation), PL_KEY_NO_BUDGET);
    assert_int_equal(take(&test, 0, 90, TEST_NOW_MS, &reservation), PL_KEY_OK);
    pl_keys_settle(&reservation, 0, 0, TEST_NOW_MS);
    test_keys_end(&test);
}

static void more_than_was_reserved_is_taken_all_the_same(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.money_max = 1});
    struct pl_reservation reservation;

    assert_int_equal(take(&test, 0.5, 0, TEST_NOW_MS, &reservation), PL_KEY_OK);
    pl_keys_settle(&reservation, 2.5, 0, TEST_NOW_MS);
    assert_near(pl_client_key_spent(test.key, TEST_NOW_MS).money, 2.5, 1e-12);
    assert_int_equal(take(&test, 0, 0, TEST_NOW_MS, &reservation), PL_KEY_NO_BUDGET);
    test_keys_end(&test);
}

static void needs_that_are_no_numbers_take_nothing_and_too_large_ones_are_refused(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.money_max = 1});
    struct pl_reservation reservation;

    assert_int_equal(take(&test, (double)INFINITY, 0, TEST_NOW_MS, &reservation), PL_KEY_NO_BUDGET);
    assert_int_equal(take(&test, 0, UINT64_MAX, TEST_NOW_MS, &reservation), PL_KEY_OK);
    pl_keys_settle(&reservation, (double)NAN, 0, TEST_NOW_MS);
    assert_int_equal(take(&test, -5, 0, TEST_NOW_MS, &reservation), PL_KEY_OK);
    pl_keys_settle(&reservation, -5, 0, TEST_NOW_MS);
    assert_near(pl_client_key_spent(test.key, TEST_NOW_MS).money, 0, 0);
    test_keys_end(&test);
}

/* ---- clocks ---- */

static void a_new_day_and_a_new_month_open_the_budget_again(void **state)
{
    (void)state;
    static const struct {
        enum pl_budget_period period;
        uint64_t before, after;
    } CASES[] = {
        {PL_BUDGET_DAY, TEST_NOW_MS / TEST_DAY_MS * TEST_DAY_MS + TEST_DAY_MS - 1,
         TEST_NOW_MS / TEST_DAY_MS * TEST_DAY_MS + TEST_DAY_MS},
        {PL_BUDGET_MONTH, MONTH_START - 1, MONTH_START},
        /* 2024-02-29 to 2024-03-01, and the turn of a year. */
        {PL_BUDGET_MONTH, UINT64_C(19783) * TEST_DAY_MS - 1, UINT64_C(19783) * TEST_DAY_MS},
        {PL_BUDGET_MONTH, UINT64_C(20089) * TEST_DAY_MS - 1, UINT64_C(20089) * TEST_DAY_MS},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct test_keys test =
            test_keys_with((struct pl_key_terms){.tokens_max = 10, .period = CASES[i].period});
        struct pl_reservation reservation;
        struct pl_key_room room;

        assert_int_equal(spend(&test, 0, 10, CASES[i].before), PL_KEY_OK);
        assert_int_equal(pl_keys_reserve(test.key, (struct pl_key_need){0, 1}, CASES[i].before,
                                         &reservation, &room),
                         PL_KEY_NO_BUDGET);
        assert_int_equal(room.retry_after_ms, CASES[i].after - CASES[i].before);
        assert_int_equal(spend(&test, 0, 10, CASES[i].after), PL_KEY_OK);
        assert_int_equal(spend(&test, 0, 1, CASES[i].after), PL_KEY_NO_BUDGET);
        assert_int_equal(pl_client_key_spent(test.key, CASES[i].after).tokens_total, 20);
        test_keys_end(&test);
    }
}

static void a_budget_in_all_never_opens_again(void **state)
{
    (void)state;
    struct test_keys test =
        test_keys_with((struct pl_key_terms){.tokens_max = 10, .period = PL_BUDGET_TOTAL});

    assert_int_equal(spend(&test, 0, 10, TEST_NOW_MS), PL_KEY_OK);
    for (uint64_t years = 0; years < 50; years++)
        assert_int_equal(spend(&test, 0, 1, TEST_NOW_MS + years * 365 * TEST_DAY_MS),
                         PL_KEY_NO_BUDGET);
    test_keys_end(&test);
}

static void a_clock_that_goes_to_and_fro_opens_no_period_twice(void **state)
{
    (void)state;
    struct test_keys test =
        test_keys_with((struct pl_key_terms){.tokens_max = 10, .period = PL_BUDGET_MONTH});

    assert_int_equal(spend(&test, 0, 10, MONTH_START - 1), PL_KEY_OK);
    assert_int_equal(spend(&test, 0, 6, MONTH_START), PL_KEY_OK);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(spend(&test, 0, 5, MONTH_START - 1), PL_KEY_NO_BUDGET);
        assert_int_equal(spend(&test, 0, 5, MONTH_START), PL_KEY_NO_BUDGET);
    }
    /* What is left of the later one may be used on either side. */
    assert_int_equal(spend(&test, 0, 4, MONTH_START - 1), PL_KEY_OK);
    assert_int_equal(spend(&test, 0, 1, MONTH_START), PL_KEY_NO_BUDGET);
    assert_int_equal(pl_client_key_spent(test.key, MONTH_START).tokens, 10);
    test_keys_end(&test);
}

static void what_was_reserved_before_midnight_burdens_the_day_before(void **state)
{
    (void)state;
    const uint64_t midnight = TEST_NOW_MS / TEST_DAY_MS * TEST_DAY_MS + TEST_DAY_MS;
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_max = 10});
    struct pl_reservation reservation;

    assert_int_equal(take(&test, 0, 10, midnight - 1, &reservation), PL_KEY_OK);
    assert_int_equal(spend(&test, 0, 7, midnight), PL_KEY_OK);
    pl_keys_settle(&reservation, 0, 9, midnight + 1);
    assert_int_equal(pl_client_key_spent(test.key, midnight).tokens, 7);
    assert_int_equal(pl_client_key_spent(test.key, midnight).tokens_total, 16);
    assert_int_equal(spend(&test, 0, 4, midnight), PL_KEY_NO_BUDGET);
    assert_int_equal(spend(&test, 0, 3, midnight), PL_KEY_OK);
    test_keys_end(&test);
}

/* Nor is a refused request a use. */
static void the_last_use_does_not_go_back(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.requests_per_minute = 3});

    assert_int_equal(pl_client_key_spent(test.key, TEST_NOW_MS).used_ms, 0);
    assert_int_equal(spend(&test, 0, 0, TEST_NOW_MS), PL_KEY_OK);
    assert_int_equal(spend(&test, 0, 0, TEST_NOW_MS), PL_KEY_OK);
    assert_int_equal(spend(&test, 0, 0, TEST_NOW_MS - 5), PL_KEY_TOO_FAST);
    assert_int_equal(pl_client_key_spent(test.key, TEST_NOW_MS).used_ms, TEST_NOW_MS);
    assert_int_equal(spend(&test, 0, 0, TEST_NOW_MS - TEST_DAY_MS + 60000), PL_KEY_TOO_FAST);
    assert_int_equal(spend(&test, 0, 0, TEST_NOW_MS - TEST_DAY_MS + 90000), PL_KEY_OK);
    assert_int_equal(pl_client_key_spent(test.key, TEST_NOW_MS).used_ms, TEST_NOW_MS);
    test_keys_end(&test);
}

/* ---- speed ---- */

/* Against a bucket that is written down plainly: what is in it, in parts of a token. */
static void a_bucket_lets_through_what_a_plain_one_does(void **state)
{
    (void)state;
    const uint64_t rate = 600; /* one for each 100 ms, so that all is exact */
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_per_minute = rate});
    struct pl_rng rng;
    uint64_t now_ms = TEST_NOW_MS, filled_ms = rate * 100, refused = 0;

    pl_rng_init(&rng, 11, 0);
    for (int i = 0; i < 20000; i++) {
        const uint64_t step_ms = pl_rng_below(&rng, 3000), tokens = pl_rng_below(&rng, 40);
        struct pl_reservation reservation;
        struct pl_key_room room;

        now_ms += step_ms;
        filled_ms = filled_ms + step_ms > rate * 100 ? rate * 100 : filled_ms + step_ms;

        const bool fits = tokens * 100 <= filled_ms;
        const enum pl_key_answer answer =
            pl_keys_reserve(test.key, (struct pl_key_need){0, tokens}, now_ms, &reservation, &room);

        assert_int_equal(answer, fits ? PL_KEY_OK : PL_KEY_TOO_FAST);
        refused += !fits;
        if (fits) {
            filled_ms -= tokens * 100;
            pl_keys_settle(&reservation, 0, tokens, now_ms);
        } else {
            assert_int_equal(room.retry_after_ms, tokens * 100 - filled_ms);
        }
        assert_int_equal(room.tokens_left, filled_ms / 100);
        assert_int_equal(room.tokens_reset_ms, rate * 100 - filled_ms);
    }
    assert_true(refused > 100 && refused < 19900);
    test_keys_end(&test);
}

static void what_the_budget_refuses_takes_no_speed(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){
        .requests_per_minute = 3, .tokens_per_minute = 100, .tokens_max = 80});
    struct pl_reservation reservation;
    struct pl_key_room room;

    for (int i = 0; i < 5; i++) {
        assert_int_equal(pl_keys_reserve(test.key, (struct pl_key_need){0, 90}, TEST_NOW_MS,
                                         &reservation, &room),
                         PL_KEY_NO_BUDGET);
        assert_string_equal(room.what, "tokens a day");
        assert_int_equal(room.requests_left, 3);
        assert_int_equal(room.tokens_left, 100);
    }
    /* Nor does what is too many tokens at once take a request. */
    assert_int_equal(take(&test, 0, 101, TEST_NOW_MS, &reservation), PL_KEY_TOO_FAST);
    assert_int_equal(spend(&test, 0, 30, TEST_NOW_MS), PL_KEY_OK);
    assert_int_equal(spend(&test, 0, 30, TEST_NOW_MS), PL_KEY_OK);
    assert_int_equal(spend(&test, 0, 20, TEST_NOW_MS), PL_KEY_OK);
    test_keys_end(&test);
}

static void what_was_not_used_is_given_back_to_the_bucket(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_per_minute = 100});
    struct pl_reservation reservation;

    assert_int_equal(take(&test, 0, 100, TEST_NOW_MS, &reservation), PL_KEY_OK);
    pl_keys_settle(&reservation, 0, 10, TEST_NOW_MS);
    assert_int_equal(take(&test, 0, 91, TEST_NOW_MS, &reservation), PL_KEY_TOO_FAST);
    assert_int_equal(take(&test, 0, 90, TEST_NOW_MS, &reservation), PL_KEY_OK);
    /* More than was reserved is owed: it is a minute's worth until there is room again. */
    pl_keys_settle(&reservation, 0, 190, TEST_NOW_MS);
    assert_int_equal(take(&test, 0, 1, TEST_NOW_MS + 60000, &reservation), PL_KEY_TOO_FAST);
    assert_int_equal(take(&test, 0, 1, TEST_NOW_MS + 60600, &reservation), PL_KEY_OK);
    pl_keys_settle(&reservation, 0, 1, TEST_NOW_MS);
    test_keys_end(&test);
}

static void a_clock_that_goes_back_far_empties_the_bucket_and_no_more(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.requests_per_minute = 60});
    const uint64_t past_ms = TEST_NOW_MS - 1000 * TEST_DAY_MS;

    assert_int_equal(spend(&test, 0, 0, TEST_NOW_MS), PL_KEY_OK);
    assert_int_equal(spend(&test, 0, 0, past_ms), PL_KEY_TOO_FAST);
    assert_int_equal(spend(&test, 0, 0, past_ms + 1000), PL_KEY_OK);
    assert_int_equal(spend(&test, 0, 0, past_ms + 1500), PL_KEY_TOO_FAST);
    assert_int_equal(spend(&test, 0, 0, past_ms + 2000), PL_KEY_OK);
    test_keys_end(&test);
}

/* ---- many threads ---- */

/* What has certainly been taken out, at most what the meter says: added to after a reservation, and
   taken off before it is settled. */
struct race {
    struct pl_client_key *key;
    uint64_t tokens_max, nanos_max;
    atomic_uint_fast64_t seeds;         /* one for each thread */
    atomic_uint_fast64_t tokens, nanos; /* reserved and spent */
    atomic_uint_fast64_t tokens_spent, nanos_spent, served, refused;
    atomic_uint_fast64_t overdrawn; /* how often there was more than is allowed */
};

static void *race(void *context)
{
    struct race *race = context;
    struct pl_rng rng;

    pl_rng_init(&rng, 5, atomic_fetch_add(&race->seeds, 1));
    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t tokens = 1 + pl_rng_below(&rng, 50), nanos = 1 + pl_rng_below(&rng, 5000);
        const uint64_t tokens_used = pl_rng_below(&rng, tokens + 1) / 40;
        const uint64_t nanos_used = pl_rng_below(&rng, nanos + 1) / 40;
        struct pl_reservation reservation;
        struct pl_key_room room;

        if (pl_keys_reserve(race->key, (struct pl_key_need){(double)nanos * NANO, tokens},
                            TEST_NOW_MS, &reservation, &room) != PL_KEY_OK) {
            atomic_fetch_add(&race->refused, 1);
            continue;
        }
        if (atomic_fetch_add(&race->tokens, tokens) + tokens > race->tokens_max)
            atomic_fetch_add(&race->overdrawn, 1);
        if (atomic_fetch_add(&race->nanos, nanos) + nanos > race->nanos_max)
            atomic_fetch_add(&race->overdrawn, 1);
        atomic_fetch_add(&race->served, 1);
        atomic_fetch_add(&race->tokens_spent, tokens_used);
        atomic_fetch_add(&race->nanos_spent, nanos_used);
        atomic_fetch_sub(&race->tokens, tokens - tokens_used);
        atomic_fetch_sub(&race->nanos, nanos - nanos_used);
        pl_keys_settle(&reservation, (double)nanos_used * NANO, tokens_used, TEST_NOW_MS);
    }
    return NULL;
}

static void many_threads_never_reserve_more_than_the_budget(void **state)
{
    (void)state;
    struct race common = {.tokens_max = 20000, .nanos_max = 1500000};
    struct test_keys test = test_keys_with((struct pl_key_terms){
        .tokens_max = common.tokens_max, .money_max = (double)common.nanos_max * NANO});
    pthread_t threads[THREADS];
    struct pl_reservation reservation;

    common.key = test.key;
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, race, &common), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);

    const struct pl_key_spent spent = pl_client_key_spent(test.key, TEST_NOW_MS);
    const uint64_t tokens_left = common.tokens_max - atomic_load(&common.tokens_spent);
    const uint64_t nanos_left = common.nanos_max - atomic_load(&common.nanos_spent);

    assert_int_equal(atomic_load(&common.overdrawn), 0);
    assert_true(atomic_load(&common.served) > 100);
    assert_true(atomic_load(&common.refused) > 100); /* the bound was met */
    assert_int_equal(spent.tokens, atomic_load(&common.tokens_spent));
    assert_int_equal(llround(spent.money / NANO), atomic_load(&common.nanos_spent));
    assert_int_equal(spent.requests_total, atomic_load(&common.served));
    /* All that was not used was given back, to the last unit. */
    assert_int_equal(take(&test, (double)(nanos_left + 1) * NANO, 0, TEST_NOW_MS, &reservation),
                     PL_KEY_NO_BUDGET);
    assert_int_equal(take(&test, 0, tokens_left + 1, TEST_NOW_MS, &reservation), PL_KEY_NO_BUDGET);
    if (tokens_left > 0 && nanos_left > 0) {
        assert_int_equal(
            take(&test, (double)nanos_left * NANO, tokens_left, TEST_NOW_MS, &reservation),
            PL_KEY_OK);
        pl_keys_settle(&reservation, 0, 0, TEST_NOW_MS);
    }
    test_keys_end(&test);
}

/* Requests that all come in the same millisecond. */
static void *knock(void *context)
{
    struct race *race = context;

    for (int i = 0; i < ROUNDS; i++) {
        struct pl_reservation reservation;
        struct pl_key_room room;

        if (pl_keys_reserve(race->key, (struct pl_key_need){0, 0}, TEST_NOW_MS, &reservation,
                            &room) != PL_KEY_OK)
            continue;
        pl_keys_settle(&reservation, 0, 0, TEST_NOW_MS);
        atomic_fetch_add(&race->served, 1);
    }
    return NULL;
}

static void many_threads_get_as_many_requests_as_a_minute_has(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.requests_per_minute = 12345});
    struct race common = {.key = test.key};
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, knock, &common), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&common.served), 12345);
    test_keys_end(&test);
}

/* Each thread has a clock of its own, up to three days apart from the others. */
struct clocks {
    struct pl_client_key *key;
    uint64_t seed;
    atomic_uint_fast64_t *taken; /* by all */
};

#define DAYS 3

static void *spend_on_own_clock(void *context)
{
    const struct clocks *clocks = context;
    struct pl_rng rng;

    pl_rng_init(&rng, clocks->seed, 0);
    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t now_ms = TEST_NOW_MS + pl_rng_below(&rng, DAYS) * TEST_DAY_MS;
        struct pl_reservation reservation;
        struct pl_key_room room;

        if (pl_keys_reserve(clocks->key, (struct pl_key_need){0, 1}, now_ms, &reservation, &room) !=
            PL_KEY_OK)
            continue;
        pl_keys_settle(&reservation, 0, 1, now_ms);
        atomic_fetch_add(clocks->taken, 1);
    }
    return NULL;
}

static void clocks_that_differ_open_each_period_once(void **state)
{
    (void)state;
    struct test_keys test = test_keys_with((struct pl_key_terms){.tokens_max = 1000});
    struct clocks clocks[THREADS];
    atomic_uint_fast64_t taken = 0;
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++) {
        clocks[i] = (struct clocks){test.key, i, &taken};
        assert_int_equal(pthread_create(&threads[i], NULL, spend_on_own_clock, &clocks[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_true(atomic_load(&taken) >= 1000);
    assert_true(atomic_load(&taken) <= DAYS * 1000);
    assert_int_equal(pl_client_key_spent(test.key, TEST_NOW_MS).tokens_total, atomic_load(&taken));
    test_keys_end(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_reserved_is_not_there_for_others_until_it_is_given_back),
        cmocka_unit_test(a_reservation_is_settled_once),
        cmocka_unit_test(more_than_was_reserved_is_taken_all_the_same),
        cmocka_unit_test(needs_that_are_no_numbers_take_nothing_and_too_large_ones_are_refused),
        cmocka_unit_test(a_new_day_and_a_new_month_open_the_budget_again),
        cmocka_unit_test(a_budget_in_all_never_opens_again),
        cmocka_unit_test(a_clock_that_goes_to_and_fro_opens_no_period_twice),
        cmocka_unit_test(what_was_reserved_before_midnight_burdens_the_day_before),
        cmocka_unit_test(the_last_use_does_not_go_back),
        cmocka_unit_test(a_bucket_lets_through_what_a_plain_one_does),
        cmocka_unit_test(what_the_budget_refuses_takes_no_speed),
        cmocka_unit_test(what_was_not_used_is_given_back_to_the_bucket),
        cmocka_unit_test(a_clock_that_goes_back_far_empties_the_bucket_and_no_more),
        cmocka_unit_test(many_threads_never_reserve_more_than_the_budget),
        cmocka_unit_test(many_threads_get_as_many_requests_as_a_minute_has),
        cmocka_unit_test(clocks_that_differ_open_each_period_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

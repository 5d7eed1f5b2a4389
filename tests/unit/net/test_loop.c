/* The loop: work from other threads, timers, deadlines; and which addresses are private. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "net/inside.h"
#include "net/resolve.h"
#include "net/wheel.h"

#define THREADS 4
#define POSTS   5000

static struct pl_loop *loop;

static void start(void)
{
    struct pl_error error = {0};

    if (pl_loop_new(&loop, &error) != PL_OK)
        fail_msg("%s", error.message);
}

static void run(void)
{
    assert_int_equal(pl_loop_run(loop, NULL), PL_OK);
}

/* --- Posts ------------------------------------------------------------------------------------ */

struct poster {
    pthread_t thread;
    unsigned next;
    bool in_order;
};

static unsigned done_count;

struct numbered {
    struct poster *poster;
    unsigned number;
};

static struct numbered numbered[THREADS][POSTS];
static struct poster posters[THREADS];

static void take(void *context)
{
    const struct numbered *it = context;

    if (it->number != it->poster->next++)
        it->poster->in_order = false;
    if (++done_count == THREADS * POSTS)
        pl_loop_stop(loop);
}

static void *post_all(void *context)
{
    struct poster *poster = context;
    const size_t which = (size_t)(poster - posters);

    for (unsigned i = 0; i < POSTS; i++) {
        numbered[which][i] = (struct numbered){poster, i};
        while (pl_loop_post(loop, take, &numbered[which][i], NULL) != PL_OK)
            continue;
    }
    return NULL;
}

static void what_threads_post_is_done_in_their_order(void **state)
{
    (void)state;
    start();
    done_count = 0;
    for (size_t i = 0; i < THREADS; i++) {
        posters[i] = (struct poster){.in_order = true};
        assert_int_equal(pthread_create(&posters[i].thread, NULL, post_all, &posters[i]), 0);
    }
    run();
    assert_int_equal(done_count, THREADS * POSTS);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(posters[i].thread, NULL), 0);
        assert_true(posters[i].in_order);
    }
    pl_loop_free(loop);
}

static void count(void *context)
{
    ++*(unsigned *)context;
}

static void stop(void *context)
{
    pl_loop_stop(context);
}

static void posts_are_bounded_and_told_of(void **state)
{
    (void)state;
    struct pl_error error = {0};
    unsigned counted = 0;

    start();
    for (size_t i = 0; i < PL_LOOP_POSTS_MAX; i++)
        assert_int_equal(pl_loop_post(loop, i + 1 < PL_LOOP_POSTS_MAX ? count : stop,
                                      i + 1 < PL_LOOP_POSTS_MAX ? (void *)&counted : loop, &error),
                         PL_OK);
    assert_int_equal(pl_loop_post(loop, count, &counted, &error), PL_E_LIMIT);
    assert_non_null(strstr(error.message, "65536"));
    run();
    assert_int_equal(counted, PL_LOOP_POSTS_MAX - 1);
    pl_loop_free(loop);
}

static void a_loop_that_was_stopped_can_run_again(void **state)
{
    (void)state;
    unsigned counted = 0;

    start();
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(pl_loop_post(loop, count, &counted, NULL), PL_OK);
        pl_loop_stop(loop);
        run();
        assert_int_equal(counted, i);
    }
    pl_loop_free(loop);
}

/* --- Timers ----------------------------------------------------------------------------------- */

static uint64_t now_ms(void)
{
    return pl_net_clock_ns() / 1000000;
}

static void a_timer_fires_once_for_each_start_and_never_early(void **state)
{
    (void)state;
    struct pl_timer counts = {0}, stops = {0}, stopped = {0};
    unsigned counted = 0;

    start();
    assert_int_equal(pl_timer_init(&counts, loop, count, &counted, NULL), PL_OK);
    assert_int_equal(pl_timer_init(&stopped, loop, count, &counted, NULL), PL_OK);
    assert_int_equal(pl_timer_init(&stops, loop, stop, loop, NULL), PL_OK);
    for (unsigned i = 1; i <= 2; i++) {
        const uint64_t from = now_ms();

        pl_timer_start(&counts, 1000000);
        pl_timer_start(&counts, 5); /* anew */
        pl_timer_start(&stopped, 5);
        pl_timer_stop(&stopped);
        pl_timer_start(&stops, 50);
        run();
        assert_int_equal(counted, i);
        assert_true(now_ms() - from >= 49);
    }
    pl_timer_deinit(&counts);
    pl_timer_deinit(&stopped);
    pl_timer_deinit(&stops);
    pl_timer_deinit(&stops);
    pl_loop_free(loop);
}

/* --- The wheel: by a clock of the test's own -------------------------------------------------- */

#define DEADLINES 400

struct due {
    struct pl_deadline deadline;
    struct pl_wheel *wheel;
    uint64_t at_ms;
    unsigned fired;
    bool early, late;
};

static uint64_t clock_ms;

static void fire(void *context)
{
    struct due *due = context;

    due->fired++;
    due->early |= clock_ms < due->at_ms;
    due->late |= clock_ms > due->at_ms + PL_DEADLINE_LATE_MS_MAX;
}

/* Deadlines near and far, some of them moved and some removed; the clock goes on as the wheel asks
   for. */
static void deadlines_come_in_their_time(void **state)
{
    (void)state;
    static struct due dues[DEADLINES];
    struct pl_wheel wheel;
    uint64_t delay = 0, random = 88172645463325252u;

    clock_ms = 123456;
    pl_wheel_init(&wheel, clock_ms);
    for (size_t i = 0; i < DEADLINES; i++) {
        dues[i] = (struct due){.deadline = {.fire = fire, .context = &dues[i]}};
        for (int moves = 0; moves < 3; moves++) {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;

            const uint64_t delay_ms = random % (i % 3 == 0 ? 100 : i % 3 == 1 ? 5000 : 60000);

            dues[i].at_ms = clock_ms + delay_ms;
            (void)pl_wheel_set(&wheel, &dues[i].deadline, clock_ms, delay_ms);
        }
        if (i % 10 == 9)
            pl_wheel_remove(&wheel, &dues[i].deadline);
        if (i % 10 == 8)
            (void)pl_wheel_set(&wheel, &dues[i].deadline, clock_ms, PL_DEADLINE_NEVER);
    }
    while (clock_ms < 123456 + 70000 && pl_wheel_next(&wheel, clock_ms, &delay)) {
        clock_ms += delay;
        pl_wheel_turn(&wheel, clock_ms);
    }
    for (size_t i = 0; i < DEADLINES; i++) {
        assert_int_equal(dues[i].fired, i % 10 < 8);
        assert_false(dues[i].early);
        assert_false(dues[i].late);
        pl_wheel_remove(&wheel, &dues[i].deadline);
    }
    assert_int_equal(wheel.count, 0);
    assert_false(pl_wheel_next(&wheel, clock_ms, &delay));
}

/* The machine slept: all that was due meanwhile comes at once, and nothing twice. */
static void a_clock_that_jumps_ahead_loses_no_deadline(void **state)
{
    (void)state;
    static struct due dues[DEADLINES];
    struct pl_wheel wheel;

    clock_ms = 1000;
    pl_wheel_init(&wheel, clock_ms);
    for (size_t i = 0; i < DEADLINES; i++) {
        dues[i] = (struct due){.deadline = {.fire = fire, .context = &dues[i]},
                               .at_ms = clock_ms + i * 100};
        (void)pl_wheel_set(&wheel, &dues[i].deadline, clock_ms, i * 100);
    }
    clock_ms += 3600000;
    pl_wheel_turn(&wheel, clock_ms);
    for (size_t i = 0; i < DEADLINES; i++)
        assert_int_equal(dues[i].fired, 1);
    assert_int_equal(wheel.count, 0);
}

/* --- Addresses -------------------------------------------------------------------------------- */

static void private_addresses_are_known(void **state)
{
    (void)state;
    static const char *const PRIVATE[] = {
        "127.0.0.1",
        "127.255.255.255",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.127.255.255",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "192.0.0.1",
        "::",
        "::1",
        "[::1]",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fdff::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.1.2.3",
        "::127.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::1",
        "2002:c0a8:101::1",
    };
    static const char *const PUBLIC[] = {
        "1.1.1.1",        "8.8.8.8",          "9.255.255.255",   "11.0.0.0",
        "172.15.255.255", "172.32.0.0",       "192.167.255.255", "192.169.0.0",
        "169.253.0.1",    "100.63.255.255",   "100.128.0.0",     "198.17.255.255",
        "198.20.0.0",     "223.255.255.255",  "2606:4700::1111", "[2606:4700::1111]",
        "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1",
    };
    static const char *const NONE[] = {"",           "localhost", "127.1",      "0177.0.0.1",
                                       "2130706433", "1.2.3.4.5", "127.0.0.1 ", "[127.0.0.1",
                                       "::1%lo",     "[]",        "0x7f.0.0.1"};
    struct pl_address address;

    for (size_t i = 0; i < sizeof PRIVATE / sizeof PRIVATE[0]; i++)
        if (!pl_address_parse(PRIVATE[i], 80, &address) || !pl_address_is_private(&address.address))
            fail_msg("%s is private", PRIVATE[i]);
    for (size_t i = 0; i < sizeof PUBLIC / sizeof PUBLIC[0]; i++)
        if (!pl_address_parse(PUBLIC[i], 80, &address) || pl_address_is_private(&address.address))
            fail_msg("%s is public", PUBLIC[i]);
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        if (pl_address_parse(NONE[i], 80, &address))
            fail_msg("\"%s\" is no address", NONE[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_threads_post_is_done_in_their_order),
        cmocka_unit_test(posts_are_bounded_and_told_of),
        cmocka_unit_test(a_loop_that_was_stopped_can_run_again),
        cmocka_unit_test(a_timer_fires_once_for_each_start_and_never_early),
        cmocka_unit_test(deadlines_come_in_their_time),
        cmocka_unit_test(a_clock_that_jumps_ahead_loses_no_deadline),
        cmocka_unit_test(private_addresses_are_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

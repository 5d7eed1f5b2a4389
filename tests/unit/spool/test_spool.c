/* The spool in one process: what is put arrives once, what is begun and not ended is interrupted. */
#include "spool_folder.h"

#include <sys/syscall.h>

#define OTHERS 20

/* How often the wall clock was asked for: this function stands in for the C library's. */
static _Atomic uint64_t wall_clock_asked;

int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    if (clock == CLOCK_REALTIME)
        atomic_fetch_add(&wall_clock_asked, 1);
    return (int)syscall(SYS_clock_gettime, clock, ret_time);
}

static void what_is_put_arrives_once(void **state)
{
    (void)state;
    struct test_spool test;
    char text[4096];

    test_spool_init(&test);
    struct pl_spool *spool = test_spool_open(&test, NULL);
    struct pl_lane *lane = pl_spool_lane(spool, 0);

    for (uint64_t i = 0; i < 1000; i++) {
        const uint64_t begun =
            pl_lane_begin(lane, TEST_TIME_MS + i, test_decision(i, NULL, 0, text));

        assert_true(begun != 0);
        assert_true(pl_lane_end(lane, begun, "decision", TEST_TIME_MS + i,
                                test_decision(i, "served", 300, text)));
    }
    test_spool_drain(spool);

    const struct pl_spool_counts counts = pl_spool_counts(spool);

    assert_int_equal(counts.begun, 1000);
    assert_int_equal(counts.ended, 1000);
    assert_int_equal(counts.committed, 1000);
    assert_in_range(counts.commits, 1, 1000);
    assert_int_equal(counts.no_room, 0);
    assert_int_equal(counts.refused, 0);
    assert_false(counts.failing);
    test_spool_close(spool);
    for (int again = 0; again < 2; again++) {
        struct test_ledger ledger = test_ledger_read(&test);

        assert_int_equal(ledger.records, 1000);
        assert_int_equal(ledger.interrupted, 0);
        for (int i = 0; i < 1000; i++)
            assert_int_equal(ledger.times[i], 1);
        test_ledger_free(&ledger);
        spool = test_spool_open(&test, NULL);
        assert_int_equal(pl_spool_counts(spool).recovered, 0);
        test_spool_close(spool);
    }
    test_spool_deinit(&test);
}

static void what_was_not_ended_is_interrupted(void **state)
{
    (void)state;
    struct test_spool test;
    char text[4096];

    test_spool_init(&test);
    struct pl_spool *spool = test_spool_open(&test, NULL);
    struct pl_lane *lane = pl_spool_lane(spool, 0);
    uint64_t begun[100];

    for (uint64_t i = 0; i < 100; i++)
        begun[i] = pl_lane_begin(lane, TEST_TIME_MS, test_decision(i, NULL, i * 20, text));
    for (uint64_t i = 0; i < 100; i += 2)
        assert_true(pl_lane_end(lane, begun[i], "decision", TEST_TIME_MS,
                                test_decision(i, "served", 0, text)));
    test_spool_close(spool);
    spool = test_spool_open(&test, NULL);
    assert_int_equal(pl_spool_counts(spool).interrupted, 50);
    assert_int_equal(pl_spool_counts(spool).recovered, 50);
    test_spool_close(spool);

    struct test_ledger ledger = test_ledger_read(&test);

    assert_int_equal(ledger.records, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(ledger.times[i], 1);
        assert_int_equal(ledger.cut[i], i % 2);
    }
    test_ledger_free(&ledger);
    test_spool_deinit(&test);
}

static void a_lane_that_is_full_spills_and_goes_back(void **state)
{
    (void)state;
    struct test_spool test;
    char text[4096];
    uint64_t failed = 0;

    test_spool_init(&test);
    test.options.commit_ms = 200; /* the ring of 64 KiB is full long before */
    test.options.spill_size_bytes_max = (size_t)1 << 20;
    struct pl_spool *spool = test_spool_open(&test, NULL);
    struct pl_lane *lane = pl_spool_lane(spool, 0);

    for (uint64_t i = 0; i < 1000; i++)
        assert_true(pl_lane_end(lane, 0, "decision", TEST_TIME_MS + i,
                                test_decision(i, "served", 700, text)));
    assert_true(pl_spool_counts(spool).spilled_bytes >= 600000);
    for (uint64_t i = 1000; i < 3000; i++)
        failed += !pl_lane_end(lane, 0, "decision", TEST_TIME_MS + i,
                               test_decision(i, "served", 700, text));
    assert_int_equal(pl_spool_counts(spool).no_room, failed);
    assert_true(failed > 1000);
    test_spool_drain(spool);
    assert_true(
        pl_lane_end(lane, 0, "decision", TEST_TIME_MS, test_decision(3000, NULL, 700, text)));
    test_spool_drain(spool);
    assert_true(lane->spill == NULL);
    assert_int_equal(pl_spool_counts(spool).spilled_bytes, 0);
    test_spool_close(spool);

    struct test_ledger ledger = test_ledger_read(&test);

    assert_int_equal(ledger.records, 3001 - failed);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ledger.times[i], 1);
    assert_int_equal(ledger.times[3000], 1);
    test_ledger_free(&ledger);
    test_spool_deinit(&test);
}

static void a_second_process_is_told(void **state)
{
    (void)state;
    struct test_spool test;
    struct pl_spool *second = NULL;
    struct pl_error error = {0};

    test_spool_init(&test);
    struct pl_spool *spool = test_spool_open(&test, NULL);

    assert_int_equal(pl_spool_open(&test.options, &second, &error), PL_E_BUSY);
    assert_non_null(strstr(error.message, "another process uses the spool"));
    test_spool_close(spool);
    test_spool_deinit(&test);
}

/* The times that records carry, in their order. */
static enum pl_status check_time(const struct pl_ledger_record *record, void *context,
                                 struct pl_error *error)
{
    const uint64_t **next = context;

    (void)error;
    assert_int_equal(record->time_ms, *(*next)++);
    return PL_OK;
}

/* A clock that jumps, or that of another machine, changes nothing but the times in the records. */
static void no_clock_but_the_records_own_counts(void **state)
{
    (void)state;
    static const uint64_t TIMES[] = {TEST_TIME_MS, 0, UINT64_MAX, 1, TEST_TIME_MS - 86400000};
    const uint64_t *next = TIMES;
    struct test_spool test;
    struct pl_ledger_check check;
    struct pl_error error = {0};
    char text[256];

    test_spool_init(&test);
    wall_clock_asked = 0;
    struct pl_spool *spool = test_spool_open(&test, NULL);

    for (uint64_t i = 0; i < 5; i++)
        assert_true(pl_lane_end(pl_spool_lane(spool, 0), 0, "decision", TIMES[i],
                                test_decision(i, "served", 0, text)));
    test_spool_drain(spool);
    test_spool_close(spool);
    assert_int_equal(wall_clock_asked, 0);
    (void)pl_clock_unix_ms();
    assert_int_equal(wall_clock_asked, 1); /* so it would have been noticed */
    assert_int_equal(pl_ledger_verify(test.ledger_folder, NULL, check_time, &next, &check, &error),
                     PL_OK);
    assert_int_equal(check.records, 5);
    test_spool_deinit(&test);
}

struct rush {
    struct pl_lane *lane;
    atomic_bool stop;
    uint64_t put;
};

static void *put_without_end(void *context)
{
    const struct timespec pause = {.tv_nsec = 100000};
    struct rush *rush = context;
    char text[1024];

    while (!atomic_load(&rush->stop)) {
        if (pl_lane_end(rush->lane, 0, "decision", TEST_TIME_MS,
                        test_decision(TEST_RECORDS_MAX + rush->put, "served", 500, text)))
            rush->put++;
        else
            (void)nanosleep(&pause, NULL);
    }
    return NULL;
}

/* Commands write to the ledger of a server that is at work, and wait for their turn only. */
static void others_write_while_the_keeper_is_busy(void **state)
{
    (void)state;
    const struct pl_ledger_options options = {.lock_wait_ms = 5000};
    struct test_spool test;
    struct pl_error error = {0};
    char text[256];
    pthread_t thread;

    test_spool_init(&test);
    test.options.commit_ms = 1;
    test.options.spill_size_bytes_max = 1; /* none: what finds no room is put again */
    struct pl_spool *spool = test_spool_open(&test, NULL);
    struct rush rush = {.lane = pl_spool_lane(spool, 0)};

    assert_int_equal(pthread_create(&thread, NULL, put_without_end, &rush), 0);
    for (uint64_t i = 0; i < OTHERS; i++) {
        struct pl_ledger_writer *writer = NULL;

        if (pl_ledger_open(test.ledger_folder, &options, &writer, &error) != PL_OK)
            fail_msg("%s", error.message);
        assert_int_equal(
            pl_ledger_append(writer, "flag", TEST_TIME_MS, test_decision(i, NULL, 0, text), &error),
            PL_OK);
        assert_int_equal(pl_ledger_commit(writer, NULL, &error), PL_OK);
        pl_ledger_close(writer);
    }
    atomic_store(&rush.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    test_spool_close(spool);

    struct test_ledger ledger = test_ledger_read(&test);

    assert_int_equal(ledger.records, rush.put + OTHERS);
    assert_int_equal(ledger.others, rush.put);
    assert_true(rush.put > OTHERS);
    for (uint64_t i = 0; i < OTHERS; i++)
        assert_int_equal(ledger.times[i], 1);
    test_ledger_free(&ledger);
    test_spool_deinit(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_arrives_once),
        cmocka_unit_test(what_was_not_ended_is_interrupted),
        cmocka_unit_test(a_lane_that_is_full_spills_and_goes_back),
        cmocka_unit_test(a_second_process_is_told),
        cmocka_unit_test(others_write_while_the_keeper_is_busy),
        cmocka_unit_test(no_clock_but_the_records_own_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

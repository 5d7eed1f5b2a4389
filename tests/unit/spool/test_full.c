/*
 * A disk that is full, played by a limit on the size of files: the ledger cannot grow and no spill
 * file can be made, while what is mapped already can be written to. Nothing that was taken is lost,
 * what is not taken is told and counted, and all goes on when there is room again.
 */
#include "spool_child.h"

#include <signal.h>
#include <sys/resource.h>

#define BODY_SIZE 700

static void limit_files(rlim_t size)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void fill_disk(void)
{
    limit_files(2048);
}

static void make_room(void)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit_files(limit.rlim_max);
}

static const struct pl_spool_hooks SOON = {.retry_ms = 2};

/* So that the ledger's segment is larger than a full disk allows. */
static void write_some(struct pl_spool *spool, uint64_t first, uint64_t count)
{
    char text[1024];

    for (uint64_t i = first; i < first + count; i++)
        assert_true(pl_lane_end(pl_spool_lane(spool, 0), 0, "decision", TEST_TIME_MS,
                                test_decision(i, "served", BODY_SIZE, text)));
    test_spool_drain(spool);
}

static void wait_for(const struct pl_spool *spool, bool failing)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    for (int i = 0; i < 10000 && pl_spool_counts(spool).failing != failing; i++)
        (void)nanosleep(&pause, NULL);
    assert_int_equal(pl_spool_counts(spool).failing, failing);
}

/* Begins and ends decisions as `refuse` does; what was finished is noted. Returns how many were. */
static uint64_t serve(struct pl_spool *spool, uint64_t first, uint64_t count,
                      struct test_notes *notes)
{
    struct pl_lane *lane = pl_spool_lane(spool, 0);
    uint64_t finished = 0;
    char text[1024];

    for (uint64_t i = first; i < first + count; i++) {
        const uint64_t begun = pl_lane_begin(lane, TEST_TIME_MS, test_decision(i, NULL, 0, text));

        if (begun == 0)
            continue;
        if (pl_lane_end(lane, begun, "decision", TEST_TIME_MS,
                        test_decision(i, "served", BODY_SIZE, text))) {
            notes->state[i] = TEST_FINISHED;
            finished++;
        } else {
            notes->state[i] = TEST_DROPPED;
        }
    }
    return finished;
}

static void assert_noted(const struct test_spool *test, const struct test_notes *notes,
                         uint64_t first, uint64_t count)
{
    struct test_ledger ledger = test_ledger_read(test);

    for (uint64_t i = 0; i < first; i++)
        assert_int_equal(ledger.times[i], 1);
    for (uint64_t i = first; i < first + count; i++) {
        assert_int_equal(ledger.times[i], notes->state[i] == TEST_FINISHED);
        assert_int_equal(ledger.cut[i], 0);
    }
    test_ledger_free(&ledger);
}

static void a_full_disk_refuses_and_recovers(void **state)
{
    (void)state;
    struct test_spool test;
    struct test_notes *notes = test_notes_new();
    struct pl_spool_counts counts;
    uint64_t taken;

    test_spool_init(&test);
    test.options.open_count_max = 16; /* dropped decisions must not use them up */
    struct pl_spool *spool = test_spool_open(&test, &SOON);

    write_some(spool, 0, 20);
    fill_disk();
    taken = serve(spool, 20, 1000, notes);
    assert_in_range(taken, 40, 100); /* the ring of 64 KiB */
    wait_for(spool, true);
    counts = pl_spool_counts(spool);
    assert_int_equal(counts.ended, taken);
    assert_int_equal(counts.begun, counts.ended + counts.dropped);
    assert_int_equal(counts.no_room, 1000 - taken);
    /* After the first that was dropped nothing is begun that would be dropped too. */
    assert_in_range(counts.dropped, 1, 3);
    assert_int_equal(counts.waiting, taken);
    make_room();
    test_spool_drain(spool);
    wait_for(spool, false);
    for (uint64_t i = 0; i < 5; i++) {
        assert_int_equal(serve(spool, 1020 + i * 20, 20, notes), 20);
        test_spool_drain(spool);
    }
    assert_int_equal(pl_spool_counts(spool).interrupted, 0);
    test_spool_close(spool);
    assert_noted(&test, notes, 20, 1100);
    test_notes_free(notes);
    test_spool_deinit(&test);
}

/* As `serve_unlogged`: what cannot be put is served all the same, and counted. */
static void a_full_disk_counts_what_is_not_put(void **state)
{
    (void)state;
    struct test_spool test;
    char text[1024];
    uint64_t failed = 0;

    test_spool_init(&test);
    struct pl_spool *spool = test_spool_open(&test, &SOON);
    struct pl_lane *lane = pl_spool_lane(spool, 0);

    write_some(spool, 0, 20);
    fill_disk();
    for (uint64_t i = 20; i < 1020; i++) {
        const uint64_t begun = pl_lane_begin(lane, TEST_TIME_MS, test_decision(i, NULL, 0, text));

        failed += !pl_lane_end(lane, begun, "decision", TEST_TIME_MS,
                               test_decision(i, "served", BODY_SIZE, text));
    }
    assert_in_range(failed, 800, 960);
    make_room();
    test_spool_drain(spool);
    assert_int_equal(pl_spool_counts(spool).committed, 1020 - failed);
    test_spool_close(spool);

    struct test_ledger ledger = test_ledger_read(&test);

    assert_int_equal(ledger.records, 1020 - failed);
    assert_int_equal(ledger.interrupted, 0);
    test_ledger_free(&ledger);
    test_spool_deinit(&test);
}

static void note_failure(const struct pl_error *failure, void *context)
{
    _Atomic int *told = context;

    atomic_store(told, failure != NULL && failure->message[0] != '\0' ? 2 : 1);
}

static void a_full_disk_fails_who_waits(void **state)
{
    (void)state;
    struct test_spool test;
    const struct timespec pause = {.tv_nsec = 1000000};
    const struct pl_spool_record record = {"feedback", TEST_TIME_MS, PL_STR("{\"id\":\"d_30\"}")};
    struct pl_error error = {0};
    _Atomic int told = 0;

    test_spool_init(&test);
    struct pl_spool *spool = test_spool_open(&test, &SOON);

    write_some(spool, 0, 20);
    for (int full = 1; full >= 0; full--) {
        if (full)
            fill_disk();
        else
            make_room();
        atomic_store(&told, 0);
        assert_int_equal(pl_spool_put_durable(spool, &record, note_failure, &told, &error), PL_OK);
        for (int i = 0; i < 10000 && atomic_load(&told) == 0; i++)
            (void)nanosleep(&pause, NULL);
        assert_int_equal(atomic_load(&told), full ? 2 : 1);
    }
    test_spool_close(spool);
    test_spool_deinit(&test);
}

static void fill_and_die(void *context)
{
    const struct test_spool *test = context;
    struct pl_spool *spool = child_open(test, &SOON);
    char text[1024];

    for (uint64_t i = 0; i < 60; i++)
        child_check(pl_lane_end(pl_spool_lane(spool, 0), 0, "decision", TEST_TIME_MS,
                                test_decision(i, "served", BODY_SIZE, text)),
                    "no room");
    _exit(CHILD_STRUCK);
}

/* A start on a full disk says so and takes nothing away; the next one with room has it all. */
static void a_start_on_a_full_disk_keeps_what_was_left(void **state)
{
    (void)state;
    struct test_spool test;
    struct pl_spool *spool = NULL;
    struct pl_error error = {0};

    test_spool_init(&test);
    test.options.commit_ms = 60000;
    assert_int_equal(child_wait(child_start(fill_and_die, &test)), CHILD_STRUCK);
    fill_disk();
    for (int i = 0; i < 3; i++) {
        assert_int_equal(pl_spool_open(&test.options, &spool, &error), PL_E_IO);
        assert_true(strlen(error.message) > 10);
    }
    make_room();
    spool = test_spool_open(&test, NULL);
    assert_int_equal(pl_spool_counts(spool).recovered, 60);
    test_spool_close(spool);

    struct test_ledger ledger = test_ledger_read(&test);

    assert_int_equal(ledger.records, 60);
    for (int i = 0; i < 60; i++)
        assert_int_equal(ledger.times[i], 1);
    test_ledger_free(&ledger);
    test_spool_deinit(&test);
}

static int ignore_signal(void **state)
{
    (void)state;
    return signal(SIGXFSZ, SIG_IGN) == SIG_ERR;
}

/* A test that failed must not leave the others with a full disk. */
static int have_room(void **state)
{
    (void)state;
    make_room();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_full_disk_refuses_and_recovers, have_room),
        cmocka_unit_test_teardown(a_full_disk_counts_what_is_not_put, have_room),
        cmocka_unit_test_teardown(a_full_disk_fails_who_waits, have_room),
        cmocka_unit_test_teardown(a_start_on_a_full_disk_keeps_what_was_left, have_room),
    };

    return cmocka_run_group_tests(tests, ignore_signal, NULL);
}

/*
 * The n-th request of the ledger to the disk fails, n = 0, 1, 2, …, once or ten times over, while the
 * spool lives on: the keeper finds out what the ledger has, and every record is there once.
 */
#include "spool_folder.h"
#include "spool_ops.h"

#define BATCHES   6
#define PER_BATCH 40
#define RECORDS   (BATCHES * PER_BATCH)

struct fault {
    struct test_ops ops; /* the first member */
    int64_t times;       /* how often */
};

static bool strikes(struct test_ops *ops)
{
    const struct fault *fault = (const struct fault *)(const void *)ops;
    const int64_t left = atomic_fetch_sub(&ops->countdown, 1);

    errno = left % 2 == 0 ? ENOSPC : EIO;
    return left <= 0 && left > -fault->times;
}

static void put_batch(struct pl_spool *spool, uint64_t first)
{
    struct pl_lane *lane = pl_spool_lane(spool, 0);
    char text[1024];

    for (uint64_t i = first; i < first + PER_BATCH; i++) {
        const uint64_t begun = pl_lane_begin(lane, TEST_TIME_MS, test_decision(i, NULL, 0, text));

        assert_true(begun != 0);
        assert_true(pl_lane_end(lane, begun, "decision", TEST_TIME_MS,
                                test_decision(i, "served", 100 + i, text)));
    }
    test_spool_drain(spool);
}

/* Whether the fault was reached. */
static bool fail_at(int64_t n, int64_t times)
{
    struct test_spool test;
    struct fault fault = {.ops = {.strikes = strikes}, .times = times};
    const struct pl_ledger_ops ops = test_ops_make(&fault.ops);
    const struct pl_spool_hooks hooks = {.ops = &ops, .retry_ms = 1};

    test_spool_init(&test);
    test.options.commit_ms = 1;
    fault.ops.countdown = INT64_MAX;
    struct pl_spool *spool = test_spool_open(&test, &hooks);

    put_batch(spool, 0);
    atomic_store(&fault.ops.countdown, n);
    for (uint64_t i = 1; i < BATCHES; i++)
        put_batch(spool, i * PER_BATCH);
    const bool reached = atomic_load(&fault.ops.countdown) <= -times;

    assert_int_equal(pl_spool_counts(spool).committed, RECORDS);
    assert_int_equal(pl_spool_counts(spool).no_room, 0);
    test_spool_close(spool);

    struct test_ledger ledger = test_ledger_read(&test);

    if (ledger.records != RECORDS)
        fail_msg("%" PRIu64 " records instead of %d after fault %" PRId64, ledger.records, RECORDS,
                 n);
    for (uint64_t i = 0; i < RECORDS; i++)
        assert_int_equal(ledger.times[i], 1);
    test_ledger_free(&ledger);
    test_spool_deinit(&test);
    return reached;
}

static void a_request_that_fails_loses_and_repeats_nothing(void **state)
{
    (void)state;
    int64_t n = 0;

    while (fail_at(n, 1))
        n++;
    assert_in_range(n, 30, 1000);
}

static void requests_that_fail_in_a_row_lose_and_repeat_nothing(void **state)
{
    (void)state;
    int64_t n = 0;

    while (fail_at(n, 10))
        n++;
    assert_in_range(n, 20, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_that_fails_loses_and_repeats_nothing),
        cmocka_unit_test(requests_that_fail_in_a_row_lose_and_repeat_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

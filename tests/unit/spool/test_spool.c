/* The spool in one process: what is put arrives once, what is begun and not ended is interrupted. */
#include "spool_folder.h"

static void what_is_put_arrives_once(void **state)
{
    (void)state;
    struct test_spool test;
    char text[4096];

    test_spool_init(&test);
    struct pl_spool *spool = test_spool_open(&test, NULL);
    struct pl_lane *lane = pl_spool_lane(spool, 0);

    for (uint64_t i = 0; i < 1000; i++) {
        const uint64_t begun = pl_lane_begin(lane, TEST_TIME_MS + i, test_decision(i, NULL, 0, text));

        assert_true(begun != 0);
        assert_true(pl_lane_end(lane, begun, "decision", TEST_TIME_MS + i,
                                test_decision(i, "served", 300, text)));
    }
    test_spool_drain(spool);

    const struct pl_spool_counts counts = pl_spool_counts(spool);

    assert_int_equal(counts.begun, 1000);
    assert_int_equal(counts.ended, 1000);
    assert_int_equal(counts.committed, 1000);
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
    assert_true(pl_lane_end(lane, 0, "decision", TEST_TIME_MS, test_decision(3000, NULL, 700, text)));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_arrives_once),
        cmocka_unit_test(what_was_not_ended_is_interrupted),
        cmocka_unit_test(a_lane_that_is_full_spills_and_goes_back),
        cmocka_unit_test(a_second_process_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

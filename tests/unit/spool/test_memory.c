/* What lanes take of the process's memory, as the system counts it. */
#include "spool_folder.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED true
#elif defined __has_feature
#define SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define SANITIZED false
#endif

static uint64_t resident_kb(void)
{
    FILE *status = fopen("/proc/self/status", "re");
    unsigned long long kb = 0;
    char line[256];

    assert_non_null(status);
    while (fgets(line, sizeof line, status) != NULL && sscanf(line, "VmRSS: %llu", &kb) != 1)
        continue;
    (void)fclose(status);
    assert_true(kb > 0);
    return kb;
}

/* A lane that is made and not used takes next to no memory, whatever its size. */
static void a_lane_at_rest_takes_little_memory(void **state)
{
    (void)state;
    struct test_spool test;
    uint64_t kb[2];

    if (SANITIZED)
        skip(); /* they have memory of their own for every byte */

    test_spool_init(&test);
    test.options.lane_size_bytes = 0;
    test.options.open_count_max = 0;
    for (int i = 0; i < 2; i++) {
        test.options.lanes_count = i == 0 ? 1 : 33;

        struct pl_spool *spool = test_spool_open(&test, NULL);

        kb[i] = resident_kb();
        test_spool_close(spool);
    }
    (void)printf("%.1f kB each\n", ((double)kb[1] - (double)kb[0]) / 32);
    assert_true(kb[1] < kb[0] + (uint64_t)32 * 24);
    test_spool_deinit(&test);
}

/* After a burst that touched all of its pages, too. */
static void a_lane_gives_its_memory_back(void **state)
{
    (void)state;
    const struct timespec pause = {.tv_nsec = 10000000};
    struct test_spool test;
    char text[1024];
    uint64_t busy;

    if (SANITIZED)
        skip(); /* as above */
    test_spool_init(&test);
    test.options.lane_size_bytes = (size_t)16 << 20;
    struct pl_spool *spool = test_spool_open(&test, NULL);
    const uint64_t before = resident_kb();

    for (int batch = 0; batch < 3; batch++) {
        for (uint64_t i = 0; i < 10000; i++)
            assert_true(pl_lane_end(pl_spool_lane(spool, 0), 0, "decision", TEST_TIME_MS,
                                    test_decision(i, "served", 700, text)));
        test_spool_drain(spool);
    }
    busy = resident_kb();
    assert_true(busy > before + 16 * 1024);
    for (int i = 0; i < 1000 && resident_kb() + 12 * 1024 > busy; i++)
        (void)nanosleep(&pause, NULL);
    assert_true(resident_kb() + 12 * 1024 <= busy);
    assert_true(pl_lane_end(pl_spool_lane(spool, 0), 0, "decision", TEST_TIME_MS,
                            test_decision(10000, "served", 700, text)));
    test_spool_close(spool);

    struct test_ledger ledger = test_ledger_read(&test);

    assert_int_equal(ledger.records, 30001);
    assert_int_equal(ledger.times[10000], 1);
    test_ledger_free(&ledger);
    test_spool_deinit(&test);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lane_at_rest_takes_little_memory),
        cmocka_unit_test(a_lane_gives_its_memory_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

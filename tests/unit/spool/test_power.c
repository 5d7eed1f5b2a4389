/*
 * A loss of power: the ledger is as it was committed, while each page of a lane and of the cursors is
 * as it was at some moment since their last sync, each at another one. Out of copies of a lane that was
 * at work such files are put together at random and recovered, hundreds of times: no decision may be
 * in the ledger twice, none as interrupted that is there as ended, and none that never was.
 */
#include "spool_child.h"

#include "base/rng.h"
#include "spool/cursors.h"

#define COPIES    24
#define MIXTURES  300
#define PER_COPY  17 /* decisions */
#define DECISIONS (COPIES * PER_COPY)
#define SLOTS     48
#define RING_SIZE ((size_t)8 << 10)
#define LANE_SIZE (PL_LANE_HEADER_SIZE + SLOTS * (size_t)PL_LANE_SLOT_SIZE + RING_SIZE)
#define PAGE      ((size_t)4096)

struct copy {
    char lane[LANE_SIZE];
    char cursors[2 * 8192];
};

struct run {
    struct test_spool *test;
    struct copy *copies; /* shared with the child */
};

static void read_file(const char *folder, const char *name, char *ret_bytes, size_t size)
{
    char path[TEST_PATH_SIZE];
    const int fd = open(test_path(folder, name, path), O_RDONLY);

    child_check(fd != -1 && read(fd, ret_bytes, size) == (ssize_t)size, "a file is not as large");
    (void)close(fd);
}

struct open_decision {
    uint64_t begun;
    uint64_t number;
};

static void end(struct pl_lane *lane, const struct open_decision *decision)
{
    char text[1024];

    child_check(pl_lane_end(lane, decision->begun, "decision", TEST_TIME_MS,
                            test_decision(decision->number, "served", 200, text)),
                "no room");
}

/* Begins some decisions; of each three one is ended when the next such one is begun, and few never. */
static void decide(struct pl_lane *lane, uint64_t first, struct open_decision *waiting)
{
    char text[1024];

    for (uint64_t i = first; i < first + PER_COPY; i++) {
        struct open_decision decision = {.number = i};

        decision.begun = pl_lane_begin(lane, TEST_TIME_MS, test_decision(i, NULL, 0, text));
        child_check(decision.begun != 0, "not begun");
        if (i % 50 == 0)
            continue;
        if (i % 3 == 1) {
            const struct open_decision other = *waiting;

            *waiting = decision;
            decision = other;
        }
        if (decision.begun != 0)
            end(lane, &decision);
    }
}

static void work(void *context)
{
    const struct run *run = context;
    struct pl_spool *spool = child_open(run->test, NULL);
    struct open_decision waiting = {0};

    for (size_t i = 0; i < COPIES; i++) {
        struct copy *copy = &run->copies[i];

        decide(pl_spool_lane(spool, 0), i * PER_COPY, &waiting);
        /* Some copies are taken while nothing waits, others in the middle of it. */
        while (i % 2 == 0 && pl_spool_counts(spool).waiting > 0)
            (void)sched_yield();
        read_file(run->test->spool_folder, "lane-0000", copy->lane, sizeof copy->lane);
        read_file(run->test->spool_folder, "cursors", copy->cursors, sizeof copy->cursors);
    }
    _exit(CHILD_STRUCK);
}

/* The cursors, as of another start of the machine. */
static void write_cursors(const struct test_spool *test, char *bytes)
{
    struct test_file file = {
        .name = "cursors", .bytes = bytes, .len = sizeof((struct copy *)0)->cursors, .mode = 0600};
    struct pl_cursors cursors = {.fd = -1};
    struct pl_error error = {0};
    bool found = false;

    test_file_write(test->spool_folder, &file);
    assert_int_equal(pl_cursors_read(test->spool_folder, &cursors.now, &found, &error), PL_OK);
    assert_true(found);
    cursors.now.boot[0] = 'x';
    assert_int_equal(pl_cursors_make(&cursors, test->spool_folder, &error), PL_OK);
    pl_cursors_close(&cursors);
}

/* A lane of which each page is of any of the copies. */
static void write_lane(const struct test_spool *test, const struct copy *copies, struct pl_rng *rng)
{
    static char bytes[LANE_SIZE];
    struct test_file file = {
        .name = "lane-0000", .bytes = bytes, .len = sizeof bytes, .mode = 0600};

    for (size_t at = 0; at < LANE_SIZE; at += PAGE) {
        const size_t size = LANE_SIZE - at < PAGE ? LANE_SIZE - at : PAGE;

        memcpy(bytes + at, copies[pl_rng_below(rng, COPIES)].lane + at, size);
    }
    test_file_write(test->spool_folder, &file);
}

/* The ledger after a recovery has what it had, and nothing twice. */
static void check(const struct test_spool *test, const struct test_ledger *before)
{
    struct pl_spool *spool = test_spool_open(test, NULL);
    struct test_ledger after;

    test_spool_close(spool);
    after = test_ledger_read(test);
    assert_int_equal(after.others, 0);
    for (uint64_t i = 0; i < TEST_RECORDS_MAX; i++) {
        if (after.times[i] < before->times[i] || after.times[i] > 1 ||
            (before->times[i] == 1 && after.cut[i] != 0) || (i >= DECISIONS && after.times[i] != 0))
            fail_msg("decision %" PRIu64 " stands there %u times, %u as interrupted; %u before", i,
                     after.times[i], after.cut[i], before->times[i]);
    }
    test_ledger_free(&after);
}

static void any_mixture_of_pages_repeats_nothing(void **state)
{
    (void)state;
    const uint64_t seed = (uint64_t)time(NULL);
    struct test_spool test;
    struct copy *copies = mmap(NULL, COPIES * sizeof *copies, PROT_READ | PROT_WRITE,
                               MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct run run = {.test = &test, .copies = copies};
    struct test_files ledger_files;
    struct test_ledger before;
    struct pl_rng rng;

    assert_true(copies != MAP_FAILED);
    test_use_memory();
    test_spool_init(&test);
    test.options.lane_size_bytes = RING_SIZE;
    test.options.open_count_max = SLOTS;
    test.options.commit_ms = 1;
    assert_int_equal(child_wait(child_start(work, &run)), CHILD_STRUCK);
    test_files_take(test.ledger_folder, &ledger_files);
    before = test_ledger_read(&test);
    assert_true(before.records > DECISIONS / 2);
    (void)printf("seed %" PRIu64 "\n", seed);
    pl_rng_init(&rng, seed, 0);
    for (int i = 0; i < MIXTURES; i++) {
        test_folder_clear(test.spool_folder);
        test_files_restore(test.ledger_folder, &ledger_files);
        write_lane(&test, copies, &rng);
        write_cursors(&test, copies[pl_rng_below(&rng, COPIES)].cursors);
        check(&test, &before);
    }
    test_ledger_free(&before);
    test_files_free(&ledger_files);
    test_spool_deinit(&test);
    assert_int_equal(munmap(copies, COPIES * sizeof *copies), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_mixture_of_pages_repeats_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What a start makes of files that are not as they were left: cut, overwritten, of another version, of
 * another start of the machine, older than the ledger. Nothing comes into the ledger twice, nothing
 * that was never put, and what cannot be read is told.
 */
#include "spool_child.h"

#include "spool/cursors.h"

#include <errno.h>
#include <sys/stat.h>

#define LANE      "lane-0000"
#define COMMITTED 20 /* decisions 0 … 19 are in the ledger before anything happens */
#define LEFT      12 /* 20 … 31 are in the lane only, 32 … 39 open */
#define OPEN      8
#define ALL       (COMMITTED + LEFT + OPEN)

/* A spool as a process left it that was killed, and its files. */
struct left {
    struct test_spool test;
    struct test_files spool, ledger;
};

static void put(struct pl_lane *lane, uint64_t begun, uint64_t number)
{
    char text[512];

    child_check(pl_lane_end(lane, begun, "decision", TEST_TIME_MS + number,
                            test_decision(number, "served", 300, text)),
                "no room");
}

static void leave(void *context)
{
    const struct timespec pause = {.tv_nsec = 1000000};
    struct test_spool *test = context;
    struct pl_error error = {0};
    struct pl_spool *spool;
    struct pl_lane *lane;
    char text[512];

    /* The first are committed at once, … */
    spool = child_open(test, NULL);
    lane = pl_spool_lane(spool, 0);
    for (uint64_t i = 0; i < COMMITTED; i++)
        put(lane, 0, i);
    while (pl_spool_counts(spool).waiting > 0)
        (void)nanosleep(&pause, NULL);
    child_check(pl_spool_close(spool, &error) == PL_OK, error.message);

    /* … the others wait for a minute, and in vain. */
    test->options.commit_ms = 60000;
    spool = child_open(test, NULL);
    lane = pl_spool_lane(spool, 0);
    for (uint64_t i = COMMITTED; i < ALL; i++) {
        const uint64_t begun = pl_lane_begin(lane, TEST_TIME_MS, test_decision(i, NULL, 0, text));

        child_check(begun != 0, "not begun");
        if (i < COMMITTED + LEFT)
            put(lane, begun, i);
    }
    _exit(CHILD_STRUCK);
}

static void left_init(struct left *left)
{
    test_use_memory();
    test_spool_init(&left->test);
    left->test.options.lane_size_bytes = (size_t)8 << 10;
    left->test.options.open_count_max = 16;
    assert_int_equal(child_wait(child_start(leave, &left->test)), CHILD_STRUCK);
    test_files_take(left->test.spool_folder, &left->spool);
    test_files_take(left->test.ledger_folder, &left->ledger);
}

static void left_deinit(struct left *left)
{
    test_files_free(&left->spool);
    test_files_free(&left->ledger);
    test_spool_deinit(&left->test);
}

/* Both folders as the killed process left them. */
static void left_restore(struct left *left)
{
    test_files_restore(left->test.spool_folder, &left->spool);
    test_files_restore(left->test.ledger_folder, &left->ledger);
}

/* Recovers; how many files were set aside. */
static uint64_t recover(const struct left *left)
{
    struct pl_spool *spool = test_spool_open(&left->test, NULL);
    const uint64_t set_aside = pl_spool_counts(spool).set_aside;

    test_spool_close(spool);
    return set_aside;
}

/* Every decision of [first, end) stands there `times`, as interrupted or not. */
static void assert_times(const struct test_ledger *ledger, uint64_t first, uint64_t end,
                         unsigned times, bool cut)
{
    for (uint64_t i = first; i < end; i++) {
        assert_int_equal(ledger->times[i], times);
        assert_int_equal(ledger->cut[i], cut ? times : 0);
    }
}

static void assert_all_once(const struct left *left)
{
    struct test_ledger ledger = test_ledger_read(&left->test);

    assert_int_equal(ledger.records, ALL);
    assert_times(&ledger, 0, COMMITTED + LEFT, 1, false);
    assert_times(&ledger, COMMITTED + LEFT, ALL, 1, true);
    test_ledger_free(&ledger);
}

static void what_a_killed_process_left_is_recovered(void **state)
{
    (void)state;
    struct left left;

    left_init(&left);
    assert_int_equal(recover(&left), 0);
    assert_all_once(&left);
    left_deinit(&left);
}

/* The cursors only save reading: without them the ledger itself says what it has. */
static void lost_cursors_repeat_nothing(void **state)
{
    (void)state;
    struct left left;

    left_init(&left);
    for (size_t size = 0; size < 3; size++) {
        struct test_file cursors = *test_files_get(&left.spool, "cursors");
        char *bytes = cursors.bytes;

        left_restore(&left);
        cursors.bytes = calloc(1, cursors.len + 1);
        assert_non_null(cursors.bytes);
        if (size == 1)
            memcpy(cursors.bytes, bytes, cursors.len / 2); /* one of the copies */
        cursors.len = size == 2 ? 10 : cursors.len;
        test_file_write(left.test.spool_folder, &cursors);
        free(cursors.bytes);
        assert_int_equal(recover(&left), 0);
        assert_all_once(&left);
    }
    left_deinit(&left);
}

static void a_file_of_another_version_is_refused_and_kept(void **state)
{
    (void)state;
    struct left left;
    struct pl_spool *spool = NULL;
    struct pl_error error = {0};

    left_init(&left);
    struct test_file lane = *test_files_get(&left.spool, LANE);

    lane.bytes[14] = '2';
    test_file_write(left.test.spool_folder, &lane);
    assert_int_equal(pl_spool_open(&left.test.options, &spool, &error), PL_E_UNSUPPORTED);
    assert_non_null(strstr(error.message, LANE));
    assert_non_null(strstr(error.message, "another version"));
    lane.bytes[14] = '1';
    test_file_write(left.test.spool_folder, &lane);
    assert_int_equal(recover(&left), 0);
    assert_all_once(&left);
    left_deinit(&left);
}

/* Any byte of the header: the file is kept beside, and only the ledger's own records are there. */
static void a_damaged_header_is_set_aside(void **state)
{
    (void)state;
    struct left left;
    char path[TEST_PATH_SIZE];

    left_init(&left);
    struct test_file *lane = test_files_get(&left.spool, LANE);

    for (size_t at = 0; at < sizeof(struct pl_lane_header); at += 5) {
        if (at == 14 || at == 15) /* the version */
            continue;
        left_restore(&left);
        lane->bytes[at] ^= 0x20;
        test_file_write(left.test.spool_folder, lane);
        lane->bytes[at] ^= 0x20;
        assert_int_equal(recover(&left), 1);
        assert_int_equal(access(test_path(left.test.spool_folder, LANE ".bad", path), F_OK), 0);

        struct test_ledger ledger = test_ledger_read(&left.test);

        assert_int_equal(ledger.records, COMMITTED);
        test_ledger_free(&ledger);
    }
    left_deinit(&left);
}

/* Whatever is missing of a lane, the records before it are there, and none stands there twice. */
static void a_lane_that_is_cut_is_read_as_far_as_it_goes(void **state)
{
    (void)state;
    struct left left;
    uint64_t most = 0;

    left_init(&left);
    struct test_file lane = *test_files_get(&left.spool, LANE);
    const size_t whole = lane.len;
    const size_t ring = PL_LANE_HEADER_SIZE + (size_t)16 * PL_LANE_SLOT_SIZE;

    for (lane.len = 0; lane.len < whole; lane.len += lane.len < ring ? 1777 : 97) {
        left_restore(&left);
        test_file_write(left.test.spool_folder, &lane);
        /* Nothing at all was never used; a piece of a header tells nothing. */
        assert_int_equal(recover(&left), lane.len > 0 && lane.len < PL_LANE_HEADER_SIZE);

        struct test_ledger ledger = test_ledger_read(&left.test);
        uint64_t found = 0;

        assert_times(&ledger, 0, COMMITTED, 1, false);
        while (found < LEFT && ledger.cut[COMMITTED + found] == 0 &&
               ledger.times[COMMITTED + found] == 1)
            found++;
        for (uint64_t i = COMMITTED; i < ALL; i++)
            assert_true(ledger.times[i] <= 1);
        assert_true(lane.len < ring || found >= most);
        most = found;
        test_ledger_free(&ledger);
    }
    assert_int_equal(most, LEFT);
    left_deinit(&left);
}

/* The record is one of those that were put, to the byte. */
static enum pl_status check_body(const struct pl_ledger_record *record, void *context,
                                 struct pl_error *error)
{
    uint64_t *next = context;
    char served[512], cut[512];

    (void)error;
    for (; *next < ALL; ++*next)
        if (pl_str_equal(record->body, test_decision(*next, "served", 300, served)) ||
            pl_str_equal(record->body, test_decision(*next, "interrupted", 0, cut)))
            return PL_OK;
    fail_msg("record %" PRIu64 " was never put", record->sequence);
    return PL_E_CORRUPT;
}

static void assert_bodies(const struct left *left)
{
    uint64_t next = 0;
    struct pl_ledger_check check;
    struct pl_error error = {0};

    assert_int_equal(
        pl_ledger_verify(left->test.ledger_folder, NULL, check_body, &next, &check, &error), PL_OK);
    assert_int_equal(check.bad_block, 0);
}

/* A byte changed anywhere: its record is missing, and those behind it, and nothing else is there. */
static void a_changed_byte_forges_nothing(void **state)
{
    (void)state;
    struct left left;

    left_init(&left);
    struct test_file *lane = test_files_get(&left.spool, LANE);

    for (size_t at = PL_LANE_HEADER_SIZE; at < lane->len; at += at % 16 == 0 ? 7 : 149) {
        left_restore(&left);
        lane->bytes[at] ^= 0x01;
        test_file_write(left.test.spool_folder, lane);
        lane->bytes[at] ^= 0x01;
        assert_int_equal(recover(&left), 0);

        struct test_ledger ledger = test_ledger_read(&left.test);

        assert_int_equal(ledger.others, 0);
        assert_times(&ledger, 0, COMMITTED, 1, false);
        for (uint64_t i = COMMITTED; i < ALL; i++)
            assert_true(ledger.times[i] <= 1 && (ledger.cut[i] == 0 || i >= COMMITTED + LEFT));
        test_ledger_free(&ledger);
        assert_bodies(&left);
    }
    left_deinit(&left);
}

static void a_file_that_was_never_written_to_is_removed(void **state)
{
    (void)state;
    struct left left;
    char nothing[8192] = "";
    struct test_file spill = {.bytes = nothing, .mode = 0600};

    left_init(&left);
    for (spill.len = 0; spill.len <= sizeof nothing; spill.len += 4096) {
        left_restore(&left);
        (void)snprintf(spill.name, sizeof spill.name, LANE "-spill-00000001");
        test_file_write(left.test.spool_folder, &spill);
        assert_int_equal(recover(&left), 0);
        assert_all_once(&left);
    }
    left_deinit(&left);
}

/* The end of the ledger. */
static struct pl_ledger_place end_of(const struct left *left)
{
    struct pl_ledger_writer *writer = NULL;
    struct pl_ledger_place end;
    struct pl_error error = {0};

    assert_int_equal(pl_ledger_open(left->test.ledger_folder, NULL, &writer, &error), PL_OK);
    pl_ledger_end(writer, &end);
    pl_ledger_close(writer);
    return end;
}

/*
 * As after a loss of power: the lane is older than the ledger, which has it all, and the cursors,
 * which came to the disk by themselves, are newer than the lane.
 */
static void lanes_older_than_the_ledger_repeat_nothing(void **state)
{
    (void)state;
    struct left left;
    struct pl_cursors cursors = {.fd = -1};
    struct pl_error error = {0};
    bool found = false;

    left_init(&left);
    assert_int_equal(recover(&left), 0);
    test_files_restore(left.test.spool_folder, &left.spool);
    assert_int_equal(pl_cursors_read(left.test.spool_folder, &cursors.now, &found, &error), PL_OK);
    assert_true(found);
    const struct pl_ledger_place end = end_of(&left);

    pl_spool_place_set(&cursors.now.noted, &end);
    cursors.now.boot[0] ^= 1;
    assert_int_equal(pl_cursors_make(&cursors, left.test.spool_folder, &error), PL_OK);
    pl_cursors_close(&cursors);
    assert_int_equal(recover(&left), 0);
    assert_all_once(&left);
    left_deinit(&left);
}

/* The decision's own record is in the ledger, while the table, older than that, has it as open. */
static void a_decision_in_the_ledger_is_not_interrupted(void **state)
{
    (void)state;
    struct left left;
    struct pl_ledger_writer *writer = NULL;
    struct pl_error error = {0};
    char text[512];

    left_init(&left);
    assert_int_equal(pl_ledger_open(left.test.ledger_folder, NULL, &writer, &error), PL_OK);
    assert_int_equal(pl_ledger_append(writer, "decision", TEST_TIME_MS,
                                      test_decision(ALL - 1, "served", 200, text), &error),
                     PL_OK);
    assert_int_equal(pl_ledger_commit(writer, NULL, &error), PL_OK);
    pl_ledger_close(writer);
    assert_int_equal(recover(&left), 0);

    struct test_ledger ledger = test_ledger_read(&left.test);

    assert_int_equal(ledger.records, ALL);
    assert_times(&ledger, COMMITTED + LEFT, ALL - 1, 1, true);
    assert_times(&ledger, ALL - 1, ALL, 1, false);
    test_ledger_free(&ledger);
    left_deinit(&left);
}

/* The ledger was moved away: what was left goes into the new one. */
static void another_ledger_gets_what_was_left(void **state)
{
    (void)state;
    struct left left;

    left_init(&left);
    test_folder_clear(left.test.ledger_folder);
    assert_int_equal(recover(&left), 0);

    struct test_ledger ledger = test_ledger_read(&left.test);

    assert_int_equal(ledger.records, LEFT + OPEN);
    assert_times(&ledger, COMMITTED, COMMITTED + LEFT, 1, false);
    test_ledger_free(&ledger);
    left_deinit(&left);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_killed_process_left_is_recovered),
        cmocka_unit_test(lost_cursors_repeat_nothing),
        cmocka_unit_test(a_file_of_another_version_is_refused_and_kept),
        cmocka_unit_test(a_damaged_header_is_set_aside),
        cmocka_unit_test(a_lane_that_is_cut_is_read_as_far_as_it_goes),
        cmocka_unit_test(a_changed_byte_forges_nothing),
        cmocka_unit_test(a_file_that_was_never_written_to_is_removed),
        cmocka_unit_test(lanes_older_than_the_ledger_repeat_nothing),
        cmocka_unit_test(a_decision_in_the_ledger_is_not_interrupted),
        cmocka_unit_test(another_ledger_gets_what_was_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Reading on from where one stopped. Ledgers are written by the real writer, in segments of two blocks; each record is
 * compared with the one that belongs there, so that a gap, a double or a changed byte fails.
 */
#include "ledger_folder.h"

#include "ledger/follow.h"

#define BLOCKS            5
#define RECORDS_PER_BLOCK 2
#define RECORDS           (BLOCKS * RECORDS_PER_BLOCK)
#define SEGMENT_SIZE      1300 /* two blocks */

struct reading {
    char folder[TEST_PATH_SIZE / 2];
    struct pl_ledger_mark mark;
    uint64_t records;
    uint64_t blocks;
    uint64_t stop_after; /* blocks; 0: do not */
    struct pl_error error;
};

static enum pl_status take_block(const struct pl_ledger_mark *mark, void *context,
                                 struct pl_error *error)
{
    struct reading *reading = context;

    reading->blocks++;
    assert_int_equal(mark->place.block, reading->blocks);
    assert_int_equal(mark->place.records, reading->records);
    if (reading->stop_after > 0 && reading->blocks >= reading->stop_after)
        return pl_error_set(error, PL_E_INTERRUPTED, "enough");
    return PL_OK;
}

static enum pl_status take_record(const struct pl_ledger_record *record, void *context,
                                  struct pl_error *error)
{
    struct reading *reading = context;

    return test_visit(record, &reading->records, error);
}

static enum pl_status follow(struct reading *reading)
{
    const struct pl_ledger_follower follower = {take_record, take_block, reading};

    reading->error = (struct pl_error){0};
    return pl_ledger_follow(reading->folder, &reading->mark, &follower, &reading->error);
}

static void begin(struct reading *reading)
{
    *reading = (struct reading){0};
    test_folder_make(reading->folder);
}

static void begin_again(struct reading *reading)
{
    reading->mark = (struct pl_ledger_mark){0};
    reading->records = reading->blocks = 0;
}

static void a_folder_that_is_not_there_is_an_empty_ledger(void **state)
{
    struct reading reading;

    (void)state;
    begin(&reading);
    test_folder_remove(reading.folder);
    assert_int_equal(follow(&reading), PL_OK);
    assert_int_equal(reading.records, 0);
    assert_int_equal(reading.mark.place.block, 0);
}

static void every_record_comes_once_and_the_mark_is_the_head(void **state)
{
    struct reading reading;
    struct pl_ledger_head head;

    (void)state;
    begin(&reading);
    test_ledger_write(reading.folder, SEGMENT_SIZE, BLOCKS, RECORDS_PER_BLOCK);
    assert_int_equal(follow(&reading), PL_OK);
    assert_int_equal(reading.records, RECORDS);
    assert_int_equal(pl_ledger_read_head(reading.folder, &head, &reading.error), PL_OK);
    assert_int_equal(reading.mark.place.block, head.block);
    assert_string_equal(reading.mark.place.hash, head.hash);
    assert_int_equal(strlen(reading.mark.public_key), 64);
    assert_int_equal(follow(&reading), PL_OK);
    assert_int_equal(reading.records, RECORDS);
    test_folder_remove(reading.folder);
}

static void what_comes_later_is_read_from_the_mark_on(void **state)
{
    struct reading reading;

    (void)state;
    begin(&reading);
    for (uint64_t block = 1; block <= BLOCKS; block++) {
        test_ledger_write(reading.folder, SEGMENT_SIZE, 1, RECORDS_PER_BLOCK);
        assert_int_equal(follow(&reading), PL_OK);
        assert_int_equal(reading.records, block * RECORDS_PER_BLOCK);
    }
    test_folder_remove(reading.folder);
}

static void who_stops_in_the_middle_goes_on_there(void **state)
{
    (void)state;
    for (uint64_t stop = 1; stop < BLOCKS; stop++) {
        struct reading reading;

        begin(&reading);
        test_ledger_write(reading.folder, SEGMENT_SIZE, BLOCKS, RECORDS_PER_BLOCK);
        reading.stop_after = stop;
        assert_int_equal(follow(&reading), PL_E_INTERRUPTED);
        assert_int_equal(reading.mark.place.block, stop);
        reading.stop_after = 0;
        assert_int_equal(follow(&reading), PL_OK);
        assert_int_equal(reading.records, RECORDS);
        test_folder_remove(reading.folder);
    }
}

/* What is in the segment beyond the head was not acknowledged yet. */
static void nothing_is_read_beyond_the_head(void **state)
{
    struct reading reading;
    struct test_files before, after;

    (void)state;
    begin(&reading);
    test_ledger_write(reading.folder, 0, 2, RECORDS_PER_BLOCK);
    test_files_take(reading.folder, &before);
    test_ledger_write(reading.folder, 0, 1, RECORDS_PER_BLOCK);
    test_files_take(reading.folder, &after);
    test_file_write(reading.folder, test_files_get(&before, "head"));
    assert_int_equal(follow(&reading), PL_OK);
    assert_int_equal(reading.blocks, 2);
    test_file_write(reading.folder, test_files_get(&after, "head"));
    assert_int_equal(follow(&reading), PL_OK);
    assert_int_equal(reading.records, 3 * RECORDS_PER_BLOCK);
    test_files_free(&before);
    test_files_free(&after);
    test_folder_remove(reading.folder);
}

/* Flips each byte of a file in turn, and reads from the start. */
static void flip_all(struct reading *reading, struct test_files *files, const char *name)
{
    struct test_file *file = test_files_get(files, name);

    for (size_t i = 0; i < file->len; i++) {
        begin_again(reading);
        file->bytes[i] ^= 1;
        test_file_write(reading->folder, file);
        if (follow(reading) != PL_E_CORRUPT)
            fail_msg("%s: byte %zu was flipped, and it was not noticed", name, i);
        assert_int_equal(reading->mark.place.block, reading->blocks);
        assert_true(reading->blocks < BLOCKS || strcmp(name, "head") == 0);
        file->bytes[i] ^= 1;
    }
    test_file_write(reading->folder, file);
}

static void any_flipped_byte_is_noticed_before_its_block_is_given_out(void **state)
{
    static const char *const NAMES[] = {"segment-000001.jsonl", "segment-000002.jsonl",
                                        "segment-000003.jsonl", "head", "key.pub"};
    struct reading reading;
    struct test_files files;

    (void)state;
    begin(&reading);
    test_ledger_write(reading.folder, SEGMENT_SIZE, BLOCKS, RECORDS_PER_BLOCK);
    test_files_take(reading.folder, &files);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        flip_all(&reading, &files, NAMES[i]);
    begin_again(&reading);
    assert_int_equal(follow(&reading), PL_OK);
    assert_int_equal(reading.records, RECORDS);
    test_files_free(&files);
    test_folder_remove(reading.folder);
}

static void another_ledger_in_its_place_is_noticed(void **state)
{
    struct reading reading;
    struct test_files early, late;

    (void)state;
    begin(&reading);
    test_ledger_write(reading.folder, SEGMENT_SIZE, 2, RECORDS_PER_BLOCK);
    test_files_take(reading.folder, &early);
    test_ledger_write(reading.folder, SEGMENT_SIZE, 1, RECORDS_PER_BLOCK);
    test_files_take(reading.folder, &late);
    assert_int_equal(follow(&reading), PL_OK);

    /* Cut, and then grown again to other blocks under the same key. */
    test_files_restore(reading.folder, &early);
    assert_int_equal(follow(&reading), PL_E_CORRUPT);
    assert_non_null(strstr(reading.error.message, "its head ends before that"));
    test_ledger_write(reading.folder, SEGMENT_SIZE, 1, RECORDS_PER_BLOCK + 1);
    assert_int_equal(follow(&reading), PL_E_CORRUPT);
    assert_non_null(strstr(reading.error.message, "another hash there"));
    test_ledger_write(reading.folder, SEGMENT_SIZE, 1, RECORDS_PER_BLOCK);
    assert_int_equal(follow(&reading), PL_E_CORRUPT);
    assert_non_null(strstr(reading.error.message, "replaced or cut"));

    /* Another key. */
    test_folder_clear(reading.folder);
    test_ledger_write(reading.folder, SEGMENT_SIZE, BLOCKS, RECORDS_PER_BLOCK);
    assert_int_equal(follow(&reading), PL_E_CORRUPT);
    assert_non_null(strstr(reading.error.message, "its key is another one"));

    /* Gone. */
    test_folder_clear(reading.folder);
    assert_int_equal(follow(&reading), PL_E_CORRUPT);
    assert_non_null(strstr(reading.error.message, "it is empty"));
    test_files_restore(reading.folder, &late);
    assert_int_equal(follow(&reading), PL_OK);
    assert_int_equal(reading.records, 3 * RECORDS_PER_BLOCK);
    test_files_free(&early);
    test_files_free(&late);
    test_folder_remove(reading.folder);
    assert_int_equal(follow(&reading), PL_E_CORRUPT);
    assert_non_null(strstr(reading.error.message, "is gone since"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_that_is_not_there_is_an_empty_ledger),
        cmocka_unit_test(every_record_comes_once_and_the_mark_is_the_head),
        cmocka_unit_test(what_comes_later_is_read_from_the_mark_on),
        cmocka_unit_test(who_stops_in_the_middle_goes_on_there),
        cmocka_unit_test(nothing_is_read_beyond_the_head),
        cmocka_unit_test(any_flipped_byte_is_noticed_before_its_block_is_given_out),
        cmocka_unit_test(another_ledger_in_its_place_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

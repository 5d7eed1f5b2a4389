/* The ledger from outside: what is appended is read, what is wrong is refused, and who may write.
 */
#include "ledger_folder.h"

#include "base/file.h"
#include "ledger/folder.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* One folder for each test. */
static int make(void **state)
{
    char *path = malloc(TEST_PATH_SIZE / 2);

    assert_non_null(path);
    test_folder_make(path);
    *state = path;
    return 0;
}

static int remove_it(void **state)
{
    test_folder_remove(*state);
    free(*state);
    return 0;
}

static struct pl_ledger_writer *open_writer(const char *folder, size_t segment_size)
{
    const struct pl_ledger_options options = {.segment_size_bytes_max = segment_size};
    struct pl_ledger_writer *writer = NULL;
    struct pl_error error = {0};

    if (pl_ledger_open(folder, &options, &writer, &error) != PL_OK)
        fail_msg("open: %s", error.message);
    return writer;
}

/* Opening must be refused with this status, name `word`, and leave every file as it was. */
static void assert_refused(const char *folder, enum pl_status status, const char *word)
{
    struct pl_ledger_writer *writer = NULL;
    struct pl_error error = {0};
    struct test_files before, after;

    test_files_take(folder, &before);
    assert_int_equal(pl_ledger_open(folder, NULL, &writer, &error), status);
    assert_null(writer);
    if (strstr(error.message, word) == NULL)
        fail_msg("\"%s\" does not name \"%s\"", error.message, word);
    test_files_take(folder, &after);
    test_files_assert_same(&before, &after);
    test_files_free(&before);
    test_files_free(&after);
}

static void a_new_ledger_is_empty_and_holds(void **state)
{
    struct pl_ledger_head head;
    char path[TEST_PATH_SIZE];
    struct stat key;

    pl_ledger_close(open_writer(*state, 0));
    assert_int_equal(test_assert_holds(*state), 0);
    assert_int_equal(pl_ledger_read_head(*state, &head, NULL), PL_OK);
    assert_int_equal(head.block, 0);
    assert_int_equal(head.records, 0);
    assert_int_equal(strspn(head.hash, "0"), 64);
    assert_int_equal(stat(test_path(*state, "key", path), &key), 0);
    assert_int_equal(key.st_mode & 07777, 0600);
    assert_int_equal(key.st_size, 65);
}

static void folders_above_are_made(void **state)
{
    char path[TEST_PATH_SIZE], above[TEST_PATH_SIZE];

    test_ledger_write(test_path(*state, "a/b", path), 0, 1, 1);
    assert_int_equal(test_assert_holds(path), 1);
    test_folder_remove(path);
    assert_int_equal(rmdir(test_path(*state, "a", above)), 0);
}

static void a_ledger_that_is_not_there_has_an_empty_head(void **state)
{
    char path[TEST_PATH_SIZE];
    struct pl_ledger_head head = {.block = 9};
    struct pl_ledger_check check;

    test_path(*state, "nowhere", path);
    assert_int_equal(pl_ledger_read_head(path, &head, NULL), PL_OK);
    assert_int_equal(head.block, 0);
    assert_int_equal(pl_ledger_verify(path, NULL, NULL, NULL, &check, NULL), PL_E_NOT_FOUND);
    assert_int_equal(pl_ledger_read_head(*state, &head, NULL), PL_OK);
    assert_int_equal(test_assert_holds(*state), 0);
}

static void what_was_committed_is_read_in_order(void **state)
{
    struct pl_ledger_head head;
    struct pl_ledger_check check;

    test_ledger_write(*state, 0, 3, 5);
    check = test_verify(*state);
    assert_int_equal(check.bad_block, 0);
    assert_int_equal(check.blocks, 3);
    assert_int_equal(check.records, 15);
    assert_int_equal(check.segments, 1);
    assert_false(check.unsealed_tail);
    assert_int_equal(pl_ledger_read_head(*state, &head, NULL), PL_OK);
    assert_int_equal(head.block, 3);
    assert_int_equal(head.records, 15);
    assert_string_equal(head.hash, check.hash);
}

static enum pl_status note_record(const struct pl_ledger_record *record, void *context,
                                  struct pl_error *error)
{
    (void)error;
    if (record->sequence == 3) {
        assert_int_equal(record->block, 2);
        assert_true(pl_str_equal_text(record->kind, "verdict"));
        assert_int_equal(record->time_ms, 42);
        assert_true(pl_str_equal_text(record->body, "{\"v\":\"ship\"}"));
        assert_true(pl_str_equal_text(
            record->line,
            "{\"seq\":3,\"time_ms\":42,\"kind\":\"verdict\",\"body\":{\"v\":\"ship\"}}"));
        *(bool *)context = true;
    }
    return PL_OK;
}

static void a_record_is_seen_with_all_its_parts(void **state)
{
    struct pl_ledger_writer *writer = open_writer(*state, 0);
    struct pl_ledger_check check;
    bool seen = false;

    assert_int_equal(test_commit(writer, 1, 2, NULL), PL_OK);
    assert_int_equal(pl_ledger_append(writer, "verdict", 42, PL_STR("{\"v\":\"ship\"}"), NULL),
                     PL_OK);
    assert_int_equal(pl_ledger_commit(writer, NULL, NULL), PL_OK);
    pl_ledger_close(writer);
    assert_int_equal(pl_ledger_verify(*state, NULL, note_record, &seen, &check, NULL), PL_OK);
    assert_true(seen);
}

static void nothing_is_kept_without_a_commit(void **state)
{
    struct pl_ledger_writer *writer = open_writer(*state, 0);
    char body[64];

    assert_int_equal(test_commit(writer, 1, 2, NULL), PL_OK);
    assert_int_equal(pl_ledger_append(writer, "decision", 0, test_body(3, body), NULL), PL_OK);
    pl_ledger_close(writer);
    assert_int_equal(test_assert_holds(*state), 2);
}

static void an_empty_commit_writes_nothing(void **state)
{
    struct pl_ledger_writer *writer = open_writer(*state, 0);
    struct pl_ledger_head head;

    assert_int_equal(pl_ledger_commit(writer, &head, NULL), PL_OK);
    assert_int_equal(head.block, 0);
    assert_int_equal(test_commit(writer, 1, 1, NULL), PL_OK);
    assert_int_equal(pl_ledger_commit(writer, &head, NULL), PL_OK);
    assert_int_equal(head.block, 1);
    assert_int_equal(head.records, 1);
    pl_ledger_close(writer);
    assert_int_equal(test_verify(*state).blocks, 1);
}

static void the_chain_goes_on_after_reopening(void **state)
{
    for (int i = 0; i < 5; i++)
        test_ledger_write(*state, 900, 2, 2);
    const struct pl_ledger_check check = test_verify(*state);

    assert_int_equal(check.bad_block, 0);
    assert_int_equal(check.records, 20);
    assert_int_equal(check.blocks, 10);
    assert_true(check.segments > 3);
}

/* A block always finds room, even where the segment's limit is smaller. */
static void a_block_larger_than_a_segment_has_one_of_its_own(void **state)
{
    test_ledger_write(*state, 1, 4, 3);
    const struct pl_ledger_check check = test_verify(*state);

    assert_int_equal(check.bad_block, 0);
    assert_int_equal(check.segments, 4);
}

static void segments_stay_within_their_size(void **state)
{
    struct test_files files;

    test_ledger_write(*state, 2000, 20, 3);
    assert_int_equal(test_assert_holds(*state), 60);
    test_files_take(*state, &files);
    for (size_t i = 0; i < files.count; i++)
        if (strncmp(files.file[i].name, "segment-", 8) == 0)
            assert_in_range(files.file[i].len, 600, 2000);
    test_files_free(&files);
}

static const struct {
    const char *kind;
    const char *body;
} BAD_RECORDS[] = {
    {"Verdict", "{}"},
    {"", "{}"},
    {"a b", "{}"},
    {"a\",\"x", "{}"},
    {"verdict", ""},
    {"verdict", "[]"},
    {"verdict", "{"},
    {"verdict", "{}{}"},
    {"verdict", "{}\n{}"},
    {"verdict", "{\"a\":\n1}"},
    {"verdict", "{\"a\":\"\xff\"}"},
    {"verdict", "{}}\n{\"seq\":2,\"time_ms\":0,\"kind\":\"forged\",\"body\":{}"},
};

static void bad_records_are_refused_and_leave_no_trace(void **state)
{
    struct pl_ledger_writer *writer = open_writer(*state, 0);
    struct pl_error error = {0};

    for (size_t i = 0; i < sizeof BAD_RECORDS / sizeof *BAD_RECORDS; i++) {
        assert_int_equal(pl_ledger_append(writer, BAD_RECORDS[i].kind, 0,
                                          pl_str_of(BAD_RECORDS[i].body), &error),
                         PL_E_DATA);
        assert_true(strlen(error.message) > 20);
    }
    assert_int_equal(test_commit(writer, 1, 3, NULL), PL_OK);
    pl_ledger_close(writer);
    assert_int_equal(test_assert_holds(*state), 3);
}

/* {"a":"xxx…"} of the given length in all. */
static char *long_body(size_t length)
{
    char *text = malloc(length + 1);

    assert_non_null(text);
    memset(text, 'x', length);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + length - 2, "\"}", 3);
    return text;
}

static void a_record_over_the_limit_is_refused(void **state)
{
    struct pl_ledger_writer *writer = open_writer(*state, 0);
    char *large = long_body(PL_LEDGER_RECORD_SIZE_BYTES_MAX);
    struct pl_error error = {0};

    assert_int_equal(pl_ledger_append(writer, "decision", 0, pl_str_of(large), &error), PL_E_LIMIT);
    assert_non_null(strstr(error.message, "1048576"));
    assert_int_equal(test_commit(writer, 1, 1, NULL), PL_OK);
    pl_ledger_close(writer);
    assert_int_equal(test_assert_holds(*state), 1);
    free(large);
}

/* Twenty records of nearly a megabyte do not fit in one block of eight. */
static void a_full_block_is_committed_by_itself(void **state)
{
    struct pl_ledger_writer *writer = open_writer(*state, 0);
    char *large = long_body(PL_LEDGER_RECORD_SIZE_BYTES_MAX - 200);
    struct pl_ledger_check check;

    for (int i = 0; i < 20; i++)
        assert_int_equal(pl_ledger_append(writer, "decision", 0, pl_str_of(large), NULL), PL_OK);
    pl_ledger_close(writer);
    assert_int_equal(pl_ledger_verify(*state, NULL, NULL, NULL, &check, NULL), PL_OK);
    assert_int_equal(check.bad_block, 0);
    assert_int_equal(check.blocks, 2);
    assert_in_range(check.records, 14, 16);
    free(large);
}

static void a_second_writer_is_told_who_writes(void **state)
{
    struct pl_ledger_writer *first = open_writer(*state, 0);
    char process[32];

    (void)snprintf(process, sizeof process, "process %ld ", (long)getpid());
    assert_refused(*state, PL_E_BUSY, process);
    pl_ledger_close(first);
    pl_ledger_close(open_writer(*state, 0));
}

/* The child holds the ledger for a while after it has said so. */
static pid_t hold_for_a_while(const char *folder)
{
    int ready[2];
    char byte;

    assert_int_equal(pipe(ready), 0);
    const pid_t child = fork();

    if (child == 0) {
        struct pl_ledger_writer *writer = NULL;
        const struct timespec pause = {.tv_nsec = 150000000};

        if (pl_ledger_open(folder, NULL, &writer, NULL) != PL_OK ||
            test_commit(writer, 1, 2, NULL) != PL_OK || write(ready[1], "r", 1) != 1)
            _exit(1);
        (void)nanosleep(&pause, NULL);
        pl_ledger_close(writer);
        _exit(0);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    (void)close(ready[0]);
    return child;
}

static void a_second_writer_may_wait(void **state)
{
    const struct pl_ledger_options patient = {.lock_wait_ms = 20000}, hasty = {.lock_wait_ms = 20};
    struct pl_ledger_writer *writer = NULL;
    const pid_t child = hold_for_a_while(*state);
    int status = -1;

    assert_int_equal(pl_ledger_open(*state, &hasty, &writer, NULL), PL_E_BUSY);
    assert_int_equal(pl_ledger_open(*state, &patient, &writer, NULL), PL_OK);
    assert_int_equal(test_commit(writer, 3, 2, NULL), PL_OK);
    pl_ledger_close(writer);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(test_assert_holds(*state), 4);
}

static void a_key_that_others_can_read_is_refused(void **state)
{
    char path[TEST_PATH_SIZE], command[TEST_PATH_SIZE + 16];

    test_ledger_write(*state, 0, 1, 1);
    assert_int_equal(chmod(test_path(*state, "key", path), 0640), 0);
    (void)snprintf(command, sizeof command, "chmod 600 '%s'", path);
    assert_refused(*state, PL_E_PERMISSION, command);
    assert_int_equal(chmod(path, 0600), 0);
    pl_ledger_close(open_writer(*state, 0));
}

static void a_missing_file_is_never_made_anew(void **state)
{
    static const char *const NAMES[] = {"key", "key.pub", "head", "segment-000001.jsonl",
                                        "segment-000002.jsonl"};
    struct test_files files;
    char path[TEST_PATH_SIZE];

    test_ledger_write(*state, 1300, 3, 2);
    test_files_take(*state, &files);
    assert_non_null(test_files_find(&files, "segment-000002.jsonl"));
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        test_files_restore(*state, &files);
        assert_int_equal(unlink(test_path(*state, NAMES[i], path)), 0);
        /* Only the last segment is looked at, so that opening stays cheap. */
        if (strcmp(NAMES[i], "segment-000001.jsonl") != 0)
            assert_refused(*state, PL_E_CORRUPT, NAMES[i]);
        if (strcmp(NAMES[i], "key") != 0)
            assert_int_not_equal(test_verify(*state).bad_block, 0);
    }
    test_files_free(&files);
}

static void a_key_of_another_ledger_is_refused(void **state)
{
    static const char *const NAMES[] = {"key", "key.pub", "head"};
    struct test_files files, others;

    test_ledger_write(*state, 0, 2, 2);
    test_files_take(*state, &files);
    test_folder_clear(*state);
    test_ledger_write(*state, 0, 2, 2);
    test_files_take(*state, &others);
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        test_files_restore(*state, &files);
        test_file_write(*state, test_files_get(&others, NAMES[i]));
        assert_refused(*state, PL_E_CORRUPT, NAMES[i]);
    }
    test_files_free(&files);
    test_files_free(&others);
}

static void the_key_to_check_with_can_be_demanded(void **state)
{
    struct test_file key;
    struct pl_ledger_check check;
    struct pl_error error = {0};
    char hex[65] = {0};

    test_ledger_write(*state, 0, 1, 1);
    test_file_read(*state, "key.pub", &key);
    memcpy(hex, key.bytes, 64);
    assert_int_equal(pl_ledger_verify(*state, hex, NULL, NULL, &check, &error), PL_OK);
    assert_int_equal(check.bad_block, 0);

    /* The public key of RFC 8032, test 1: someone else's. */
    assert_int_equal(
        pl_ledger_verify(*state, "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
                         NULL, NULL, &check, &error),
        PL_OK);
    assert_int_equal(check.bad_block, 1);
    hex[0] = 'X';
    assert_int_equal(pl_ledger_verify(*state, hex, NULL, NULL, &check, &error), PL_E_USAGE);
    free(key.bytes);
}

static enum pl_status stop_at_three(const struct pl_ledger_record *record, void *context,
                                    struct pl_error *error)
{
    *(uint64_t *)context = record->sequence;
    return record->sequence == 3 ? pl_error_set(error, PL_E_INTERRUPTED, "enough") : PL_OK;
}

static void a_visitor_may_stop(void **state)
{
    struct pl_ledger_check check;
    struct pl_error error = {0};
    uint64_t last = 0;

    test_ledger_write(*state, 0, 2, 4);
    assert_int_equal(pl_ledger_verify(*state, NULL, stop_at_three, &last, &check, &error),
                     PL_E_INTERRUPTED);
    assert_int_equal(last, 3);
    assert_string_equal(error.message, "enough");
}

static void append_bytes(const char *folder, const char *name, const char *bytes, size_t length)
{
    char path[TEST_PATH_SIZE];
    const int fd = open(test_path(folder, name, path), O_WRONLY | O_APPEND | O_CREAT, 0644);

    assert_true(fd != -1);
    assert_int_equal(write(fd, bytes, length), (ssize_t)length);
    assert_int_equal(close(fd), 0);
}

static void an_unsealed_tail_is_told_and_then_cut_off(void **state)
{
    static const char *const NAMES[] = {"segment-000001.jsonl", "segment-000002.jsonl"};
    static const char TAIL[] = "{\"seq\":3,\"time_ms\":1,\"kind\":\"decision\",\"body\":{}}\n{\"se";
    struct test_files files, after;

    test_ledger_write(*state, 0, 1, 2);
    test_files_take(*state, &files);
    for (size_t i = 0; i < 2; i++) {
        test_files_restore(*state, &files);
        append_bytes(*state, NAMES[i], TAIL, sizeof TAIL - 1);
        const struct pl_ledger_check check = test_verify(*state);

        assert_int_equal(check.bad_block, 0);
        assert_int_equal(check.records, 2);
        assert_true(check.unsealed_tail);
        pl_ledger_close(open_writer(*state, 0));
        test_files_take(*state, &after);
        test_files_assert_same(&files, &after);
        test_files_free(&after);
        test_ledger_write(*state, 0, 1, 2);
        assert_int_equal(test_assert_holds(*state), 4);
    }
    test_files_free(&files);
}

/* The ledger as it was after each of four blocks. */
static void write_history(const char *folder, size_t segment_size, struct test_files history[4])
{
    for (int i = 0; i < 4; i++) {
        test_ledger_write(folder, segment_size, 1, 2);
        test_files_take(folder, &history[i]);
    }
}

static void one_block_past_the_head_is_taken_in(void **state)
{
    static const size_t SEGMENT_SIZES[] = {0, 1};

    for (size_t i = 0; i < 2; i++) {
        struct test_files history[4], after;

        test_folder_clear(*state);
        write_history(*state, SEGMENT_SIZES[i], history);
        test_file_write(*state, test_files_get(&history[2], "head"));
        assert_int_equal(test_assert_holds(*state), 8);
        pl_ledger_close(open_writer(*state, SEGMENT_SIZES[i]));
        test_files_take(*state, &after);
        test_files_assert_same(&history[3], &after);
        test_ledger_write(*state, SEGMENT_SIZES[i], 1, 2);
        assert_int_equal(test_assert_holds(*state), 10);
        test_files_free(&after);
        for (int j = 0; j < 4; j++)
            test_files_free(&history[j]);
    }
}

static void two_blocks_past_the_head_are_no_crash(void **state)
{
    static const size_t SEGMENT_SIZES[] = {0, 1};

    for (size_t i = 0; i < 2; i++) {
        struct test_files history[4];

        test_folder_clear(*state);
        write_history(*state, SEGMENT_SIZES[i], history);
        test_file_write(*state, test_files_get(&history[1], "head"));
        assert_int_equal(test_verify(*state).bad_block, 4);
        assert_refused(*state, PL_E_CORRUPT, "neither a whole block nor an interrupted write");
        for (int j = 0; j < 4; j++)
            test_files_free(&history[j]);
    }
}

static void a_cut_tail_is_noticed_by_the_head(void **state)
{
    static const size_t SEGMENT_SIZES[] = {0, 1};

    for (size_t i = 0; i < 2; i++) {
        struct test_files history[4];

        test_folder_clear(*state);
        write_history(*state, SEGMENT_SIZES[i], history);
        const struct test_file head = *test_files_get(&history[3], "head");

        test_files_restore(*state, &history[1]);
        test_file_write(*state, &head);
        const struct pl_ledger_check check = test_verify(*state);

        assert_int_equal(check.bad_block, 3);
        assert_int_equal(check.records, 4);
        assert_refused(*state, PL_E_CORRUPT, "missing");
        for (int j = 0; j < 4; j++)
            test_files_free(&history[j]);
    }
}

static void a_changed_block_past_the_head_is_refused(void **state)
{
    struct test_files history[4];
    struct test_file *segment;

    write_history(*state, 0, history);
    segment = test_files_get(&history[3], "segment-000001.jsonl");
    memcpy(memmem(segment->bytes, segment->len, "{\"n\":8", 6), "{\"n\":9", 6);
    test_files_restore(*state, &history[3]);
    test_file_write(*state, test_files_get(&history[2], "head"));
    assert_int_equal(test_verify(*state).bad_block, 4);
    assert_refused(*state, PL_E_CORRUPT, "neither a whole block nor an interrupted write");
    for (int j = 0; j < 4; j++)
        test_files_free(&history[j]);
}

/* The newline before a signed seal is gone: no crash does that, so nothing is cut off. */
static void a_signed_seal_in_the_tail_is_refused(void **state)
{
    struct test_files history[4];
    struct test_file *segment;
    char *last_seal = NULL;

    write_history(*state, 0, history);
    segment = test_files_get(&history[3], "segment-000001.jsonl");
    last_seal = memmem(segment->bytes, segment->len, "{\"seal\":4", 9);
    assert_non_null(last_seal);
    last_seal[-1] = ' ';
    test_files_restore(*state, &history[3]);
    test_file_write(*state, test_files_get(&history[2], "head"));
    assert_int_equal(test_verify(*state).bad_block, 4);
    assert_refused(*state, PL_E_CORRUPT, "neither a whole block nor an interrupted write");
    for (int j = 0; j < 4; j++)
        test_files_free(&history[j]);
}

static void a_single_block_without_a_head_is_noticed(void **state)
{
    char path[TEST_PATH_SIZE];

    test_ledger_write(*state, 0, 1, 1);
    assert_int_equal(unlink(test_path(*state, "head", path)), 0);
    assert_int_equal(test_verify(*state).bad_block, 1);
}

/* Signs a head with the ledger's own key. */
static void forge_head(const char *path, struct pl_format_head head)
{
    struct pl_folder folder;
    struct pl_folder_file file;
    struct pl_seal_key key;
    struct pl_str hex;

    assert_int_equal(pl_folder_open(&folder, path, &PL_LEDGER_OPS_SYSTEM, NULL), PL_OK);
    assert_int_equal(pl_folder_read(&folder, PL_FOLDER_KEY, &file, NULL), PL_OK);
    assert_true(pl_folder_file_is_key(&file, &hex) && pl_seal_key_init(&key, hex));
    assert_int_equal(pl_folder_write_head(&folder, &key, &head, NULL, NULL), PL_OK);
    pl_folder_close(&folder);
}

static void a_signed_head_must_agree_with_the_chain(void **state)
{
    struct test_file file;
    struct pl_format_head good, bad[5];

    test_ledger_write(*state, 0, 2, 2);
    test_file_read(*state, "head", &file);
    assert_true(pl_format_head_read((struct pl_str){file.bytes, file.len}, &good));
    free(file.bytes);
    forge_head(*state, good);
    assert_int_equal(test_assert_holds(*state), 4);
    for (size_t i = 0; i < 5; i++)
        bad[i] = good;
    bad[0].records++;
    bad[1].segment++;
    bad[2].offset--;
    bad[3].hash[0] = bad[3].hash[0] == 'a' ? 'b' : 'a';
    bad[4].block = 1;
    for (size_t i = 0; i < 5; i++) {
        forge_head(*state, bad[i]);
        assert_int_equal(test_verify(*state).bad_block, bad[i].block);
    }
}

/* A new segment is begun only when the one before it is complete. */
static void tails_in_two_segments_are_no_crash(void **state)
{
    test_ledger_write(*state, 0, 1, 2);
    append_bytes(*state, "segment-000001.jsonl", "{\"seq\"", 6);
    append_bytes(*state, "segment-000002.jsonl", "{\"plim", 6);
    assert_int_equal(test_verify(*state).bad_block, 2);
    assert_refused(*state, PL_E_CORRUPT, "segment-000001.jsonl");
}

/* A reader beside a writer never sees a chain that does not hold. */
static void readers_may_read_while_one_writes(void **state)
{
    const pid_t child = fork();
    uint64_t records = 0;

    if (child == 0) {
        const struct pl_ledger_options options = {.segment_size_bytes_max = 5000};
        struct pl_ledger_writer *writer = NULL;

        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (pl_ledger_open(*state, &options, &writer, NULL) != PL_OK)
            _exit(1);
        for (uint64_t i = 0;; i++) {
            const struct timespec pause = {.tv_nsec = 1000000};

            if (test_commit(writer, i * 3 + 1, 3, NULL) != PL_OK)
                _exit(2);
            (void)nanosleep(&pause, NULL);
        }
    }
    const uint64_t deadline = pl_clock_monotonic_ns() + 20000000000u;

    while (records < 300 && pl_clock_monotonic_ns() < deadline) {
        const uint64_t now = test_assert_holds(*state);

        assert_true(now >= records);
        records = now;
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(records >= 300);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make, remove_it)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_new_ledger_is_empty_and_holds),
        IN_FOLDER(folders_above_are_made),
        IN_FOLDER(a_ledger_that_is_not_there_has_an_empty_head),
        IN_FOLDER(what_was_committed_is_read_in_order),
        IN_FOLDER(a_record_is_seen_with_all_its_parts),
        IN_FOLDER(nothing_is_kept_without_a_commit),
        IN_FOLDER(an_empty_commit_writes_nothing),
        IN_FOLDER(the_chain_goes_on_after_reopening),
        IN_FOLDER(a_block_larger_than_a_segment_has_one_of_its_own),
        IN_FOLDER(segments_stay_within_their_size),
        IN_FOLDER(bad_records_are_refused_and_leave_no_trace),
        IN_FOLDER(a_record_over_the_limit_is_refused),
        IN_FOLDER(a_full_block_is_committed_by_itself),
        IN_FOLDER(a_second_writer_is_told_who_writes),
        IN_FOLDER(a_second_writer_may_wait),
        IN_FOLDER(a_key_that_others_can_read_is_refused),
        IN_FOLDER(a_missing_file_is_never_made_anew),
        IN_FOLDER(a_key_of_another_ledger_is_refused),
        IN_FOLDER(the_key_to_check_with_can_be_demanded),
        IN_FOLDER(a_visitor_may_stop),
        IN_FOLDER(an_unsealed_tail_is_told_and_then_cut_off),
        IN_FOLDER(one_block_past_the_head_is_taken_in),
        IN_FOLDER(two_blocks_past_the_head_are_no_crash),
        IN_FOLDER(a_cut_tail_is_noticed_by_the_head),
        IN_FOLDER(a_changed_block_past_the_head_is_refused),
        IN_FOLDER(a_signed_seal_in_the_tail_is_refused),
        IN_FOLDER(a_single_block_without_a_head_is_noticed),
        IN_FOLDER(a_signed_head_must_agree_with_the_chain),
        IN_FOLDER(tails_in_two_segments_are_no_crash),
        IN_FOLDER(readers_may_read_while_one_writes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

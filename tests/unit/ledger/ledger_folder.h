/*
 * What the ledger's tests share: a temporary folder, its files as bytes, and a ledger of known
 * records. Any failure of the test's own doing fails the test.
 */
#ifndef PL_TESTS_LEDGER_FOLDER_H
#define PL_TESTS_LEDGER_FOLDER_H

#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define TEST_PATH_SIZE 512
#define TEST_FILES_MAX 32
#define TEST_TIME_MS   1700000000000u

struct test_file {
    char name[64];
    char *bytes;
    size_t len;
    mode_t mode;
};

/* The files of a folder at one moment. */
struct test_files {
    struct test_file file[TEST_FILES_MAX];
    size_t count;
};

static inline void test_folder_make(char ret_path[TEST_PATH_SIZE / 2])
{
    const char *parent = getenv("TMPDIR");

    (void)snprintf(ret_path, TEST_PATH_SIZE / 2, "%s/plimsoll-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    assert_non_null(mkdtemp(ret_path));
}

static inline void test_folder_clear(const char *path)
{
    DIR *folder = opendir(path);

    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.')
            assert_int_equal(unlinkat(dirfd(folder), entry->d_name, 0), 0);
    (void)closedir(folder);
}

static inline void test_folder_remove(const char *path)
{
    test_folder_clear(path);
    assert_int_equal(rmdir(path), 0);
}

static inline const char *test_path(const char *folder, const char *name,
                                    char ret_path[TEST_PATH_SIZE])
{
    (void)snprintf(ret_path, TEST_PATH_SIZE, "%s/%s", folder, name);
    return ret_path;
}

static inline void test_file_write(const char *folder, const struct test_file *file)
{
    char path[TEST_PATH_SIZE];
    const int fd = open(test_path(folder, file->name, path), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd != -1);
    assert_int_equal(write(fd, file->bytes, file->len), (ssize_t)file->len);
    assert_int_equal(fchmod(fd, file->mode & 07777), 0);
    assert_int_equal(close(fd), 0);
}

static inline void test_file_read(const char *folder, const char *name, struct test_file *ret_file)
{
    char path[TEST_PATH_SIZE];
    struct stat status;
    const int fd = open(test_path(folder, name, path), O_RDONLY);

    assert_true(fd != -1);
    assert_int_equal(fstat(fd, &status), 0);
    (void)snprintf(ret_file->name, sizeof ret_file->name, "%.63s", name);
    ret_file->len = (size_t)status.st_size;
    ret_file->mode = status.st_mode;
    ret_file->bytes = malloc(ret_file->len + 1);
    assert_non_null(ret_file->bytes);
    assert_int_equal(read(fd, ret_file->bytes, ret_file->len), (ssize_t)ret_file->len);
    assert_int_equal(close(fd), 0);
}

static inline void test_files_take(const char *path, struct test_files *ret_files)
{
    DIR *folder = opendir(path);

    assert_non_null(folder);
    ret_files->count = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        assert_true(ret_files->count < TEST_FILES_MAX);
        test_file_read(path, entry->d_name, &ret_files->file[ret_files->count++]);
    }
    (void)closedir(folder);
}

static inline void test_files_restore(const char *folder, const struct test_files *files)
{
    test_folder_clear(folder);
    for (size_t i = 0; i < files->count; i++)
        test_file_write(folder, &files->file[i]);
}

static inline void test_files_free(struct test_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->file[i].bytes);
    files->count = 0;
}

static inline struct test_file *test_files_find(struct test_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->file[i].name, name) == 0)
            return &files->file[i];
    return NULL;
}

/* As test_files_find, for a file that must be there. */
static inline struct test_file *test_files_get(struct test_files *files, const char *name)
{
    struct test_file *file = test_files_find(files, name);

    if (file == NULL) {
        fail_msg("%s is not there", name);
        abort(); /* not reached; the compiler cannot know */
    }
    return file;
}

/* Everything but the lock, whose bytes mean nothing, is the same. */
static inline void test_files_assert_same(struct test_files *a, struct test_files *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const struct test_file *other = test_files_get(b, a->file[i].name);

        if (strcmp(other->name, "lock") == 0)
            continue;
        assert_int_equal(a->file[i].len, other->len);
        assert_memory_equal(a->file[i].bytes, other->bytes, other->len);
    }
}

/* Record number N of any test ledger has this body. */
static inline struct pl_str test_body(uint64_t number, char ret_body[64])
{
    const int length =
        snprintf(ret_body, 64, "{\"n\":%llu,\"text\":\"h\xc3\xa9\"}", (unsigned long long)number);

    return (struct pl_str){ret_body, (size_t)length};
}

/* Appends the records first .. first + count - 1 and commits them as one block. */
static inline enum pl_status test_commit(struct pl_ledger_writer *writer, uint64_t first,
                                         uint64_t count, struct pl_error *error)
{
    for (uint64_t i = first; i < first + count; i++) {
        char body[64];

        PL_RETURN_IF(
            pl_ledger_append(writer, "decision", TEST_TIME_MS + i, test_body(i, body), error));
    }
    return pl_ledger_commit(writer, NULL, error);
}

/* Opens, writes `blocks` blocks of `records` records each, closes. */
static inline void test_ledger_write(const char *folder, size_t segment_size, uint64_t blocks,
                                     uint64_t records)
{
    const struct pl_ledger_options options = {.segment_size_bytes_max = segment_size};
    struct pl_ledger_writer *writer = NULL;
    struct pl_ledger_head head;
    struct pl_error error = {0};

    if (pl_ledger_open(folder, &options, &writer, &error) != PL_OK)
        fail_msg("open: %s", error.message);
    assert_int_equal(pl_ledger_commit(writer, &head, &error), PL_OK);
    for (uint64_t i = 0; i < blocks; i++)
        if (test_commit(writer, head.records + i * records + 1, records, &error) != PL_OK)
            fail_msg("commit: %s", error.message);
    pl_ledger_close(writer);
}

/* Counts the records and fails unless each is the one that belongs there. */
static inline enum pl_status test_visit(const struct pl_ledger_record *record, void *context,
                                        struct pl_error *error)
{
    uint64_t *count = context;
    char body[64];

    (void)error;
    *count += 1;
    assert_int_equal(record->sequence, *count);
    assert_int_equal(record->time_ms, TEST_TIME_MS + *count);
    assert_true(pl_str_equal_text(record->kind, "decision"));
    assert_true(pl_str_equal(record->body, test_body(*count, body)));
    return PL_OK;
}

/* Verifies, with every record checked against test_body. */
static inline struct pl_ledger_check test_verify(const char *folder)
{
    struct pl_ledger_check check = {0};
    struct pl_error error = {0};
    uint64_t count = 0;

    if (pl_ledger_verify(folder, NULL, test_visit, &count, &check, &error) != PL_OK)
        fail_msg("verify: %s", error.message);
    assert_int_equal(count, check.records);
    return check;
}

/* Fails unless the ledger holds, and returns how many records it has. */
static inline uint64_t test_assert_holds(const char *folder)
{
    const struct pl_ledger_check check = test_verify(folder);

    if (check.bad_block != 0)
        fail_msg("%s", check.problem);
    return check.records;
}

#endif

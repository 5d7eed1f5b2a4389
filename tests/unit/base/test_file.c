/* Files: read within a limit, replaced whole or not at all, and clocks that run forward. */
#include "base/file.h"

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
#include <unistd.h>

#define PATH_SIZE 512

struct folder {
    char path[PATH_SIZE / 2];
    struct pl_arena arena;
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    const char *parent = getenv("TMPDIR");

    assert_non_null(folder);
    (void)snprintf(folder->path, sizeof folder->path, "%s/plimsoll-XXXXXX",
                   parent == NULL ? "/tmp" : parent);
    assert_non_null(mkdtemp(folder->path));
    pl_arena_init(&folder->arena, (size_t)8 << 20);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    struct folder *folder = *state;
    char command[PATH_SIZE];

    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder->path);
    pl_arena_deinit(&folder->arena);
    const int failed = system(command);

    free(folder);
    return failed;
}

/* A path in the test's folder; `ret_path` is returned for use in a call. */
static const char *in(const struct folder *folder, const char *name, char ret_path[PATH_SIZE])
{
    (void)snprintf(ret_path, PATH_SIZE, "%s/%s", folder->path, name);
    return ret_path;
}

static int entries_count(const char *path)
{
    DIR *folder = opendir(path);
    int count = -2; /* "." and ".." */

    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    (void)closedir(folder);
    return count;
}

static void assert_holds(struct folder *folder, const char *path, const char *expected)
{
    struct pl_str text;

    assert_int_equal(pl_file_read(path, 1 << 20, &folder->arena, &text, NULL), PL_OK);
    assert_string_equal(text.ptr, expected);
    assert_int_equal(text.len, strlen(expected));
}

static void what_was_written_is_read(void **state)
{
    struct folder *folder = *state;
    char path[PATH_SIZE];

    in(folder, "a", path);
    assert_false(pl_file_exists(path));
    assert_int_equal(pl_file_write(path, PL_STR("first"), false, NULL), PL_OK);
    assert_true(pl_file_exists(path));
    assert_holds(folder, path, "first");
    assert_int_equal(pl_file_write(path, PL_STR(""), false, NULL), PL_OK);
    assert_holds(folder, path, "");
    assert_int_equal(entries_count(folder->path), 1);
}

static void a_large_file_keeps_every_byte(void **state)
{
    struct folder *folder = *state;
    char path[PATH_SIZE];
    const size_t size = ((size_t)1 << 20) + 17;
    char *bytes = malloc(size);
    struct pl_str text;

    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (char)(i * 2654435761u >> 13);
    assert_int_equal(
        pl_file_write(in(folder, "a", path), (struct pl_str){bytes, size}, false, NULL), PL_OK);
    assert_int_equal(pl_file_read(path, size, &folder->arena, &text, NULL), PL_OK);
    assert_int_equal(text.len, size);
    assert_memory_equal(text.ptr, bytes, size);
    assert_int_equal(text.ptr[size], '\0');
    free(bytes);
}

static void a_file_over_the_limit_is_refused(void **state)
{
    struct folder *folder = *state;
    char path[PATH_SIZE];
    struct pl_error error;
    struct pl_str text = PL_STR("untouched");

    assert_int_equal(pl_file_write(in(folder, "a", path), PL_STR("12345"), false, NULL), PL_OK);
    assert_int_equal(pl_file_read(path, 4, &folder->arena, &text, &error), PL_E_LIMIT);
    assert_non_null(strstr(error.message, "is larger than 4 bytes"));
    assert_true(pl_str_equal_text(text, "untouched"));
    assert_int_equal(pl_file_read(path, 5, &folder->arena, &text, &error), PL_OK);
}

static void a_missing_file_is_named(void **state)
{
    struct folder *folder = *state;
    char path[PATH_SIZE];
    struct pl_error error;
    struct pl_str text;

    in(folder, "nowhere", path);
    assert_int_equal(pl_file_read(path, 10, &folder->arena, &text, &error), PL_E_NOT_FOUND);
    assert_non_null(strstr(error.message, path));
    assert_int_not_equal(pl_file_read(folder->path, 10, &folder->arena, &text, &error), PL_OK);
}

static void exclusive_never_overwrites(void **state)
{
    struct folder *folder = *state;
    char path[PATH_SIZE];

    in(folder, "a", path);
    assert_int_equal(pl_file_write(path, PL_STR("mine"), true, NULL), PL_OK);
    assert_int_equal(pl_file_write(path, PL_STR("yours"), true, NULL), PL_E_EXISTS);
    assert_holds(folder, path, "mine");
    assert_int_equal(entries_count(folder->path), 1);
}

static void a_failed_write_leaves_nothing_behind(void **state)
{
    struct folder *folder = *state;
    char path[PATH_SIZE];

    assert_int_equal(pl_folder_make(in(folder, "d", path), NULL), PL_OK);
    assert_int_not_equal(pl_file_write(path, PL_STR("x"), false, NULL), PL_OK);
    assert_int_equal(pl_file_write(in(folder, "no/such", path), PL_STR("x"), false, NULL),
                     PL_E_NOT_FOUND);
    assert_int_equal(entries_count(folder->path), 1);
}

static void the_mode_of_a_replaced_file_stays(void **state)
{
    struct folder *folder = *state;
    char path[PATH_SIZE];
    struct stat after;

    in(folder, "a", path);
    assert_int_equal(pl_file_write(path, PL_STR("x"), false, NULL), PL_OK);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(pl_file_write(path, PL_STR("y"), false, NULL), PL_OK);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(after.st_mode & 07777, 0640);
}

static void a_link_is_followed_and_stays(void **state)
{
    struct folder *folder = *state;
    char path[PATH_SIZE], link_path[PATH_SIZE];
    struct stat after;

    in(folder, "a", path);
    in(folder, "link", link_path);
    assert_int_equal(pl_file_write(path, PL_STR("x"), false, NULL), PL_OK);
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(pl_file_write(link_path, PL_STR("y"), false, NULL), PL_OK);
    assert_holds(folder, path, "y");
    assert_int_equal(lstat(link_path, &after), 0);
    assert_true(S_ISLNK(after.st_mode));
}

static void a_device_is_written_and_not_replaced(void **state)
{
    (void)state;
    struct stat after;

    assert_int_equal(pl_file_write("/dev/null", PL_STR("x"), false, NULL), PL_OK);
    assert_int_equal(stat("/dev/null", &after), 0);
    assert_true(S_ISCHR(after.st_mode));
}

static void folders_are_made_with_those_above(void **state)
{
    struct folder *folder = *state;
    char path[PATH_SIZE], file[PATH_SIZE];
    struct stat made;

    in(folder, "a/b//c/", path);
    assert_int_equal(pl_folder_make(path, NULL), PL_OK);
    assert_int_equal(pl_folder_make(path, NULL), PL_OK);
    assert_int_equal(stat(path, &made), 0);
    assert_true(S_ISDIR(made.st_mode));
    assert_int_equal(pl_file_write(in(folder, "f", file), PL_STR("x"), false, NULL), PL_OK);
    assert_int_equal(pl_folder_make(file, NULL), PL_E_EXISTS);
    assert_int_not_equal(pl_folder_make(in(folder, "f/g", file), NULL), PL_OK);
}

static void writing_to_a_closed_descriptor_fails(void **state)
{
    (void)state;
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct pl_error error;

    assert_int_equal(pl_fd_write(fd, PL_STR("x"), "the pipe", &error), PL_E_IO);
    assert_non_null(strstr(error.message, "cannot write the pipe"));
    pl_fd_close(&fd);
    assert_int_equal(fd, -1);
    pl_fd_close(&fd);
}

static void clocks_run_and_processors_exist(void **state)
{
    (void)state;
    const uint64_t before = pl_clock_monotonic_ns();

    assert_true(pl_clock_monotonic_ns() >= before);

    /* Work moves the thread's clock, which no other thread does. */
    const uint64_t worked = pl_clock_thread_ns();

    while (pl_clock_thread_ns() == worked) {
    }
    assert_true(pl_clock_thread_ns() > worked);
    assert_true(pl_clock_unix_ms() > 1577836800000u); /* 2020-01-01 */
    assert_true(pl_clock_unix_ms() < 7258118400000u); /* 2200-01-01 */
    assert_true(pl_processors_count() >= 1);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(what_was_written_is_read),
        IN_FOLDER(a_large_file_keeps_every_byte),
        IN_FOLDER(a_file_over_the_limit_is_refused),
        IN_FOLDER(a_missing_file_is_named),
        IN_FOLDER(exclusive_never_overwrites),
        IN_FOLDER(a_failed_write_leaves_nothing_behind),
        IN_FOLDER(the_mode_of_a_replaced_file_stays),
        IN_FOLDER(a_link_is_followed_and_stays),
        cmocka_unit_test(a_device_is_written_and_not_replaced),
        IN_FOLDER(folders_are_made_with_those_above),
        cmocka_unit_test(writing_to_a_closed_descriptor_fails),
        cmocka_unit_test(clocks_run_and_processors_exist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

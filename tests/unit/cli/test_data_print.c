/* Fingerprints of data files: the documented bytes are hashed, and every change at the ends shows.
 */
#include "cli/data_print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/file.h"
#include "ledger/ledger.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)
#define MIB                  ((size_t)1 << 20)

struct folder {
    char path[64];
    struct pl_arena arena;
};

static int setup(void **state)
{
    static struct folder folder;

    memcpy(folder.path, "/tmp/plimsoll-print-XXXXXX", 27);
    if (mkdtemp(folder.path) == NULL)
        return -1;
    pl_arena_init(&folder.arena, ARENA_SIZE_BYTES_MAX);
    *state = &folder;
    return 0;
}

static int teardown(void **state)
{
    static const char *const NAMES[] = {"a.csv", "b.csv", "large"};
    struct folder *folder = *state;
    char path[128];

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder->path, NAMES[i]);
        (void)unlink(path);
    }
    pl_arena_deinit(&folder->arena);
    return rmdir(folder->path);
}

static void write_file(const struct folder *folder, const char *name, struct pl_str text)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", folder->path, name);
    assert_int_equal(pl_file_write(path, text, false, NULL), PL_OK);
}

static struct pl_data_print print_of(struct folder *folder, const char *pattern)
{
    struct pl_data_print print;
    const struct pl_str path = pl_arena_format(&folder->arena, "%s/%s", folder->path, pattern);

    assert_int_equal(pl_data_print_make(path, &folder->arena, &print, NULL), PL_OK);
    return print;
}

static void one_file_is_hashed_by_its_bytes(void **state)
{
    char expected[PL_LEDGER_HASH_TEXT_SIZE];
    struct pl_data_print print;

    write_file(*state, "a.csv", PL_STR("x,y\n1,2\n"));
    print = print_of(*state, "a.csv");
    pl_hash_bytes(PL_STR("x,y\n1,2\n"), expected);
    assert_int_equal(print.files, 1);
    assert_int_equal(print.size_bytes, 8);
    assert_true(print.whole);
    assert_string_equal(print.hash, expected);
}

static void several_files_are_hashed_in_the_order_of_their_names(void **state)
{
    char a[PL_LEDGER_HASH_TEXT_SIZE];
    char b[PL_LEDGER_HASH_TEXT_SIZE];
    char both[256];
    struct pl_data_print print;

    write_file(*state, "b.csv", PL_STR("bb"));
    write_file(*state, "a.csv", PL_STR("a"));
    print = print_of(*state, "*.csv");
    pl_hash_bytes(PL_STR("a"), a);
    pl_hash_bytes(PL_STR("bb"), b);
    (void)snprintf(both, sizeof both, "%s 1\n%s 2\n", a, b);
    pl_hash_bytes(pl_str_of(both), a);
    assert_int_equal(print.files, 2);
    assert_int_equal(print.size_bytes, 3);
    assert_string_equal(print.hash, a);
}

static void no_file_has_no_hash(void **state)
{
    const struct pl_data_print missing = print_of(*state, "none.csv");
    const struct pl_data_print folder = print_of(*state, ".");

    assert_int_equal(missing.files, 0);
    assert_null(missing.hash);
    assert_int_equal(folder.files, 0);
}

/* Writes one byte of a file of 20 MiB, which is holes otherwise. */
static void poke(const struct folder *folder, off_t offset, char byte)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/large", folder->path);

    const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)(20 * MIB)), 0);
    assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
    (void)close(fd);
}

static void a_large_file_is_hashed_by_its_size_and_ends(void **state)
{
    struct folder *folder = *state;
    struct pl_buffer bytes;
    char expected[PL_LEDGER_HASH_TEXT_SIZE];
    static const char ZEROS[MIB];

    poke(folder, 0, 'x');
    pl_buffer_init(&bytes, 4 * MIB);
    pl_buffer_add_format(&bytes, "%zu\nx", 20 * MIB);
    pl_buffer_add(&bytes, (struct pl_str){ZEROS, MIB - 1});
    pl_buffer_add(&bytes, (struct pl_str){ZEROS, MIB});
    pl_hash_bytes(pl_buffer_view(&bytes), expected);
    pl_buffer_deinit(&bytes);

    const struct pl_data_print print = print_of(folder, "large");

    assert_false(print.whole);
    assert_string_equal(print.hash, expected);
    poke(folder, (off_t)(20 * MIB) - 1, 'y');
    assert_string_not_equal(print_of(folder, "large").hash, expected);
    poke(folder, (off_t)(20 * MIB) - 1, 0);
    poke(folder, (off_t)MIB - 1, 'y');
    assert_string_not_equal(print_of(folder, "large").hash, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_file_is_hashed_by_its_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(several_files_are_hashed_in_the_order_of_their_names, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(no_file_has_no_hash, setup, teardown),
        cmocka_unit_test_setup_teardown(a_large_file_is_hashed_by_its_size_and_ends, setup,
                                        teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The law of the ledger: whatever is changed in its folder, other than the secret key and the lock,
 * is noticed, and a block is named. The ledger here has three blocks in two segments; every bit of
 * every file is flipped, every byte removed, doubled and cut at, every line deleted, doubled and
 * swapped.
 */
#include "ledger_folder.h"

#define SEGMENT_SIZE      1300 /* two blocks */
#define BLOCKS            3
#define RECORDS_PER_BLOCK 2
#define LINES_MAX         32

struct tamper {
    char folder[TEST_PATH_SIZE / 2];
    struct test_files good;
};

static int make(void **state)
{
    struct tamper *tamper = calloc(1, sizeof *tamper);

    assert_non_null(tamper);
    test_folder_make(tamper->folder);
    test_ledger_write(tamper->folder, SEGMENT_SIZE, BLOCKS, RECORDS_PER_BLOCK);
    test_files_take(tamper->folder, &tamper->good);
    assert_non_null(test_files_find(&tamper->good, "segment-000002.jsonl"));
    assert_null(test_files_find(&tamper->good, "segment-000003.jsonl"));
    *state = tamper;
    return 0;
}

static int remove_it(void **state)
{
    struct tamper *tamper = *state;

    test_folder_remove(tamper->folder);
    test_files_free(&tamper->good);
    free(tamper);
    return 0;
}

static bool is_secret(const struct test_file *file)
{
    return strcmp(file->name, "key") == 0 || strcmp(file->name, "lock") == 0;
}

static bool is_segment(const struct test_file *file)
{
    return strncmp(file->name, "segment-", 8) == 0;
}

/* The block that the byte at `offset` belongs to; 0 for the head and the public key. */
static uint64_t block_of(const struct test_file *file, size_t offset)
{
    uint64_t block = strcmp(file->name, "segment-000002.jsonl") == 0 ? 3 : 1;
    const char *at = file->bytes;
    const char *end = file->bytes + file->len;

    if (!is_segment(file))
        return 0;
    while (at < end) {
        const char *next = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;

        if (offset < (size_t)(next - file->bytes))
            return block;
        if (strncmp(at, "{\"seal\":", 8) == 0)
            block++;
        at = next;
    }
    return block;
}

/* Verifies a changed ledger: it must not hold, and name `block` (any, when that is 0). */
static void assert_noticed(const struct tamper *tamper, uint64_t block, const char *how, size_t at)
{
    struct pl_ledger_check check = {0};
    struct pl_error error = {0};

    if (pl_ledger_verify(tamper->folder, NULL, NULL, NULL, &check, &error) != PL_OK)
        fail_msg("%s at %zu: %s", how, at, error.message);
    if (check.bad_block == 0)
        fail_msg("%s at %zu was not noticed", how, at);
    if (block != 0 && check.bad_block != block)
        fail_msg("%s at %zu: block %d is blamed, not %d", how, at, (int)check.bad_block,
                 (int)block);
    assert_true(check.bad_block <= BLOCKS + 1);
    assert_true(strncmp(check.problem, "block ", 6) == 0);
    assert_true(check.blocks < check.bad_block || block == 0);
}

/* Writes a changed copy of one file, verifies, and puts the good one back. */
static void try_file(const struct tamper *tamper, const struct test_file *good,
                     const struct test_file *changed, const char *how, size_t at)
{
    test_file_write(tamper->folder, changed);
    assert_noticed(tamper, block_of(good, at), how, at);
    test_file_write(tamper->folder, good);
}

static void the_untouched_ledger_holds(void **state)
{
    const struct tamper *tamper = *state;
    const struct pl_ledger_check check = test_verify(tamper->folder);

    assert_int_equal(check.bad_block, 0);
    assert_int_equal(check.blocks, BLOCKS);
    assert_int_equal(check.segments, 2);
    assert_int_equal(check.records, BLOCKS * RECORDS_PER_BLOCK);
}

static void any_flipped_bit_is_noticed(void **state)
{
    const struct tamper *tamper = *state;

    for (size_t i = 0; i < tamper->good.count; i++) {
        const struct test_file *good = &tamper->good.file[i];

        if (is_secret(good))
            continue;
        for (size_t bit = 0; bit < 8 * good->len; bit++) {
            good->bytes[bit / 8] = (char)(good->bytes[bit / 8] ^ 1 << bit % 8);
            test_file_write(tamper->folder, good);
            good->bytes[bit / 8] = (char)(good->bytes[bit / 8] ^ 1 << bit % 8);
            assert_noticed(tamper, block_of(good, bit / 8), good->name, bit / 8);
        }
        test_file_write(tamper->folder, good);
    }
}

/* Bytes [at, at + removed) become `added`. */
static struct test_file replace(const struct test_file *good, size_t at, size_t removed,
                                struct pl_str added)
{
    struct test_file changed = *good;

    changed.len = good->len - removed + added.len;
    changed.bytes = malloc(changed.len + 1);
    assert_non_null(changed.bytes);
    memcpy(changed.bytes, good->bytes, at);
    if (added.len > 0)
        memcpy(changed.bytes + at, added.ptr, added.len);
    memcpy(changed.bytes + at + added.len, good->bytes + at + removed, good->len - at - removed);
    return changed;
}

/* Adds a byte before the one at `at`. A newline before a newline is as good as one after it. */
static void try_added(const struct tamper *tamper, const struct test_file *good, size_t at,
                      char byte)
{
    const size_t where = byte == '\n' && good->bytes[at] == '\n' ? at + 1 : at;
    struct test_file changed = replace(good, at, 0, (struct pl_str){&byte, 1});

    /* A newline after the last seal is an unsealed tail, which is told and no harm. */
    if (where < good->len || !is_segment(good)) {
        test_file_write(tamper->folder, &changed);
        assert_noticed(tamper, block_of(good, where), "a byte added", at);
    }
    free(changed.bytes);
}

static void any_byte_removed_or_added_is_noticed(void **state)
{
    const struct tamper *tamper = *state;

    for (size_t i = 0; i < tamper->good.count; i++) {
        const struct test_file *good = &tamper->good.file[i];

        for (size_t at = 0; !is_secret(good) && at < good->len; at++) {
            struct test_file without = replace(good, at, 1, PL_STR(""));

            try_file(tamper, good, &without, "a byte removed", at);
            try_added(tamper, good, at, ' ');
            try_added(tamper, good, at, '\n');
            free(without.bytes);
        }
        test_file_write(tamper->folder, good);
    }
}

static void a_cut_at_any_length_is_noticed(void **state)
{
    const struct tamper *tamper = *state;

    for (size_t i = 0; i < tamper->good.count; i++) {
        const struct test_file *good = &tamper->good.file[i];
        struct test_file cut = *good;

        for (cut.len = 0; !is_secret(good) && cut.len < good->len; cut.len++)
            try_file(tamper, good, &cut, "a cut", cut.len);
    }
}

/* The lines of a file, newlines included. */
static size_t split(const struct test_file *file, struct pl_str ret_lines[LINES_MAX])
{
    size_t count = 0;

    for (size_t at = 0; at < file->len;) {
        const char *end = memchr(file->bytes + at, '\n', file->len - at);

        assert_non_null(end);
        assert_true(count < LINES_MAX);
        ret_lines[count] = (struct pl_str){file->bytes + at, (size_t)(end - file->bytes) + 1 - at};
        at += ret_lines[count++].len;
    }
    return count;
}

static void any_line_deleted_or_doubled_is_noticed(void **state)
{
    const struct tamper *tamper = *state;

    for (size_t i = 0; i < tamper->good.count; i++) {
        const struct test_file *good = &tamper->good.file[i];
        struct pl_str lines[LINES_MAX];
        const size_t count = is_segment(good) ? split(good, lines) : 0;

        for (size_t j = 0; j < count; j++) {
            const size_t at = (size_t)(lines[j].ptr - good->bytes);
            struct test_file without = replace(good, at, lines[j].len, PL_STR(""));
            struct test_file doubled = replace(good, at, 0, lines[j]);

            try_file(tamper, good, &without, "a line deleted", at);
            test_file_write(tamper->folder, &doubled);
            assert_noticed(tamper, 0, "a line doubled", at);
            test_file_write(tamper->folder, good);
            free(without.bytes);
            free(doubled.bytes);
        }
    }
}

/* Swaps the neighbours [a, b) and [b, c) of a file. */
static void try_swap(const struct tamper *tamper, const struct test_file *good, size_t a, size_t b,
                     size_t c)
{
    const struct test_file first_gone = replace(good, a, b - a, PL_STR(""));
    const struct test_file swapped =
        replace(&first_gone, a + (c - b), 0, (struct pl_str){good->bytes + a, b - a});

    try_file(tamper, good, &swapped, "a swap", a);
    free(first_gone.bytes);
    free(swapped.bytes);
}

static void any_two_lines_swapped_are_noticed(void **state)
{
    const struct tamper *tamper = *state;

    for (size_t i = 0; i < tamper->good.count; i++) {
        const struct test_file *good = &tamper->good.file[i];
        struct pl_str lines[LINES_MAX];
        const size_t count = is_segment(good) ? split(good, lines) : 0;

        for (size_t j = 0; j + 1 < count; j++) {
            const size_t at = (size_t)(lines[j].ptr - good->bytes);

            try_swap(tamper, good, at, at + lines[j].len, at + lines[j].len + lines[j + 1].len);
        }
    }
}

/* Where the blocks of the first segment begin and end: three offsets. */
static void first_segment_blocks(const struct test_file *file, size_t ret_offsets[3])
{
    struct pl_str lines[LINES_MAX];
    const size_t count = split(file, lines);
    size_t found = 1;

    ret_offsets[0] = lines[0].len; /* after the header */
    for (size_t i = 0; i < count; i++)
        if (strncmp(lines[i].ptr, "{\"seal\":", 8) == 0)
            ret_offsets[found++] = (size_t)(lines[i].ptr - file->bytes) + lines[i].len;
    assert_int_equal(found, 3);
}

static void blocks_swapped_deleted_or_repeated_are_noticed(void **state)
{
    struct tamper *tamper = *state;
    const struct test_file *good = test_files_get(&tamper->good, "segment-000001.jsonl");
    size_t at[3];

    first_segment_blocks(good, at);
    try_swap(tamper, good, at[0], at[1], at[2]);
    for (int i = 0; i < 2; i++) {
        struct test_file without = replace(good, at[i], at[i + 1] - at[i], PL_STR(""));
        struct test_file doubled =
            replace(good, at[i], 0, (struct pl_str){good->bytes + at[i], at[i + 1] - at[i]});

        try_file(tamper, good, &without, "a block deleted", at[i]);
        test_file_write(tamper->folder, &doubled);
        assert_noticed(tamper, (uint64_t)i + 2, "a block repeated", at[i]);
        test_file_write(tamper->folder, good);
        free(without.bytes);
        free(doubled.bytes);
    }
}

static void any_file_removed_is_noticed(void **state)
{
    const struct tamper *tamper = *state;

    for (size_t i = 0; i < tamper->good.count; i++) {
        const struct test_file *good = &tamper->good.file[i];
        char path[TEST_PATH_SIZE];

        if (is_secret(good))
            continue;
        assert_int_equal(unlink(test_path(tamper->folder, good->name, path)), 0);
        assert_noticed(tamper, block_of(good, 0), good->name, 0);
        test_file_write(tamper->folder, good);
    }
}

/* Renames the files, which must be noticed, and puts everything back. */
static void try_rename(const struct tamper *tamper, const char *from, const char *to)
{
    char from_path[TEST_PATH_SIZE], to_path[TEST_PATH_SIZE];

    assert_int_equal(
        rename(test_path(tamper->folder, from, from_path), test_path(tamper->folder, to, to_path)),
        0);
    assert_noticed(tamper, 0, to, 0);
    test_files_restore(tamper->folder, &tamper->good);
}

static void segments_renamed_or_exchanged_are_noticed(void **state)
{
    struct tamper *tamper = *state;
    struct test_file first = *test_files_get(&tamper->good, "segment-000001.jsonl");
    struct test_file second = *test_files_get(&tamper->good, "segment-000002.jsonl");
    struct test_file exchanged;

    try_rename(tamper, "segment-000001.jsonl", "segment-000000.jsonl");
    try_rename(tamper, "segment-000001.jsonl", "segment-000003.jsonl");
    try_rename(tamper, "segment-000002.jsonl", "segment-000003.jsonl");
    try_rename(tamper, "segment-000002.jsonl", "segment-2.jsonl");
    try_rename(tamper, "segment-000002.jsonl", "segment-000001.jsonl");
    exchanged = first;
    memcpy(exchanged.name, second.name, sizeof exchanged.name);
    test_file_write(tamper->folder, &exchanged);
    memcpy(second.name, first.name, sizeof second.name);
    test_file_write(tamper->folder, &second);
    assert_noticed(tamper, 1, "segments exchanged", 0);
}

/* All in one segment: the same lines, cut into files in another way, are another ledger. */
static void segments_joined_are_noticed(void **state)
{
    struct tamper *tamper = *state;
    const struct test_file *first = test_files_get(&tamper->good, "segment-000001.jsonl");
    const struct test_file *second = test_files_get(&tamper->good, "segment-000002.jsonl");
    struct test_file joined =
        replace(first, first->len, 0, (struct pl_str){second->bytes, second->len});
    char path[TEST_PATH_SIZE];

    test_file_write(tamper->folder, &joined);
    assert_int_equal(unlink(test_path(tamper->folder, second->name, path)), 0);
    assert_noticed(tamper, 3, "segments joined", 0);
    free(joined.bytes);
}

/* Whole files of another ledger, with signatures that are good under its own key. */
static void files_of_another_ledger_are_noticed(void **state)
{
    struct tamper *tamper = *state;
    struct test_files others;

    test_folder_clear(tamper->folder);
    test_ledger_write(tamper->folder, SEGMENT_SIZE, BLOCKS, RECORDS_PER_BLOCK);
    test_files_take(tamper->folder, &others);
    for (size_t i = 0; i < others.count; i++) {
        if (is_secret(&others.file[i]))
            continue;
        test_files_restore(tamper->folder, &tamper->good);
        test_file_write(tamper->folder, &others.file[i]);
        assert_noticed(tamper, 0, others.file[i].name, 0);
    }
    test_files_free(&others);
}

#define TAMPERED(test) cmocka_unit_test_setup_teardown(test, make, remove_it)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TAMPERED(the_untouched_ledger_holds),
        TAMPERED(any_flipped_bit_is_noticed),
        TAMPERED(any_byte_removed_or_added_is_noticed),
        TAMPERED(a_cut_at_any_length_is_noticed),
        TAMPERED(any_line_deleted_or_doubled_is_noticed),
        TAMPERED(any_two_lines_swapped_are_noticed),
        TAMPERED(blocks_swapped_deleted_or_repeated_are_noticed),
        TAMPERED(any_file_removed_is_noticed),
        TAMPERED(segments_renamed_or_exchanged_are_noticed),
        TAMPERED(segments_joined_are_noticed),
        TAMPERED(files_of_another_ledger_are_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Arenas: alignment, zeroing, the maximum, and copies that outlive what they were made from. */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#define MEGABYTE ((size_t)1 << 20)

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct pl_arena arena;

    pl_arena_init(&arena, 4 * MEGABYTE);
    for (size_t size = 0; size < 3000; size += 7) {
        const unsigned char *memory = pl_arena_alloc(&arena, size);

        assert_non_null(memory);
        assert_int_equal((uintptr_t)memory % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(memory[i], 0);
    }
    pl_arena_deinit(&arena);
}

static void allocations_do_not_overlap(void **state)
{
    (void)state;
    struct pl_arena arena;
    unsigned char *memory[200];

    pl_arena_init(&arena, 4 * MEGABYTE);
    for (size_t i = 0; i < 200; i++) {
        memory[i] = pl_arena_alloc(&arena, i * 13);
        assert_non_null(memory[i]);
        memset(memory[i], (int)i, i * 13);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j < i * 13; j++)
            assert_int_equal(memory[i][j], i);
    pl_arena_deinit(&arena);
}

static void a_request_larger_than_a_block_gets_its_own(void **state)
{
    (void)state;
    struct pl_arena arena;

    pl_arena_init(&arena, 8 * MEGABYTE);
    char *large = pl_arena_alloc(&arena, 5 * MEGABYTE);

    assert_non_null(large);
    large[5 * MEGABYTE - 1] = 'x';
    pl_arena_deinit(&arena);
}

static void past_the_maximum_there_is_nothing(void **state)
{
    (void)state;
    struct pl_arena arena;
    struct pl_error error = {0};
    size_t given = 0;

    pl_arena_init(&arena, MEGABYTE);
    while (given < 64 * MEGABYTE && pl_arena_alloc(&arena, 1024) != NULL)
        given += 1024;
    assert_true(given >= MEGABYTE / 4 && given <= MEGABYTE);
    assert_true(arena.size_bytes <= MEGABYTE);
    assert_null(pl_arena_copy(&arena, (struct pl_str){"", MEGABYTE}).ptr);
    assert_int_equal(pl_arena_error(&arena, "the table", &error), PL_E_LIMIT);
    assert_string_equal(error.message, "the table needs more than 1 MB, its limit");
    pl_arena_deinit(&arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct pl_arena arena;

    pl_arena_init(&arena, SIZE_MAX / 4);
    assert_null(pl_arena_alloc(&arena, SIZE_MAX));
    assert_null(pl_arena_alloc_array(&arena, SIZE_MAX / 8, 16));
    assert_non_null(pl_arena_alloc_array(&arena, 0, 16));
    assert_non_null(pl_arena_alloc_array(&arena, 16, 0));
    pl_arena_deinit(&arena);
}

static void copies_and_formats_end_in_nul(void **state)
{
    (void)state;
    struct pl_arena arena;
    char source[] = "tide";

    pl_arena_init(&arena, MEGABYTE);
    const struct pl_str copy = pl_arena_copy(&arena, (struct pl_str){source, 3});
    const struct pl_str empty = pl_arena_copy(&arena, (struct pl_str){NULL, 0});
    const struct pl_str text = pl_arena_format(&arena, "%s-%03d", "slice", 7);

    source[0] = 'X';
    assert_string_equal(copy.ptr, "tid");
    assert_int_equal(copy.len, 3);
    assert_string_equal(empty.ptr, "");
    assert_string_equal(text.ptr, "slice-007");
    assert_int_equal(text.len, 9);
    pl_arena_deinit(&arena);
}

static void an_arena_may_be_used_again(void **state)
{
    (void)state;
    struct pl_arena arena;

    pl_arena_init(&arena, MEGABYTE);
    assert_non_null(pl_arena_alloc(&arena, 100));
    pl_arena_deinit(&arena);
    assert_int_equal(arena.size_bytes, 0);
    assert_non_null(pl_arena_alloc(&arena, 100));
    pl_arena_deinit(&arena);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(allocations_do_not_overlap),
        cmocka_unit_test(a_request_larger_than_a_block_gets_its_own),
        cmocka_unit_test(past_the_maximum_there_is_nothing),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(copies_and_formats_end_in_nul),
        cmocka_unit_test(an_arena_may_be_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What --by can say: columns, crossings, bins, and what it cannot. */
#include "cli/splits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)1 << 20)

static struct pl_texts texts_of(const char *a, const char *b)
{
    return (struct pl_texts){.items = {a, b}, .count = b == NULL ? 1 : 2};
}

static int setup(void **state)
{
    static struct pl_arena arena;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    *state = &arena;
    return 0;
}

static int teardown(void **state)
{
    pl_arena_deinit(*state);
    return 0;
}

static void a_column_is_a_segment_of_its_own_name(void **state)
{
    const struct pl_texts texts = texts_of("race", "sex");
    struct pl_splits splits;

    pl_splits_init(&splits, NULL, 0);
    assert_int_equal(pl_splits_read(&texts, *state, &splits, NULL), PL_OK);
    assert_int_equal(splits.segments_count, 2);
    assert_int_equal(splits.crossings_count, 2);
    assert_int_equal(splits.segments[1].kind, PL_SEGMENT_COLUMN);
    assert_true(pl_str_equal_text(splits.segments[1].name, "sex"));
    assert_true(pl_str_equal_text(splits.segments[1].column, "sex"));
    assert_int_equal(splits.crossings[1].segments[0], 1);
}

static void a_crossing_shares_the_segments_named_before(void **state)
{
    const struct pl_texts texts = texts_of("race", "sex * race");
    struct pl_splits splits;

    pl_splits_init(&splits, NULL, 0);
    assert_int_equal(pl_splits_read(&texts, *state, &splits, NULL), PL_OK);
    assert_int_equal(splits.segments_count, 2);
    assert_int_equal(splits.crossings[1].count, 2);
    assert_int_equal(splits.crossings[1].segments[0], 1);
    assert_int_equal(splits.crossings[1].segments[1], 0);
}

static void bins_are_read_with_their_edges(void **state)
{
    const struct pl_texts texts = texts_of("age=years:25, 45.5", "sex*age");
    struct pl_splits splits;

    pl_splits_init(&splits, NULL, 0);
    assert_int_equal(pl_splits_read(&texts, *state, &splits, NULL), PL_OK);
    assert_int_equal(splits.segments_count, 2);
    assert_int_equal(splits.segments[0].kind, PL_SEGMENT_BINS);
    assert_true(pl_str_equal_text(splits.segments[0].name, "age"));
    assert_true(pl_str_equal_text(splits.segments[0].column, "years"));
    assert_int_equal(splits.segments[0].bins_count, 2);
    assert_true(splits.segments[0].bins[1] == 45.5);
    assert_int_equal(splits.crossings[1].segments[1], 0);
}

static void a_column_may_have_another_name(void **state)
{
    const struct pl_texts texts = texts_of("group=col", NULL);
    struct pl_splits splits;

    pl_splits_init(&splits, NULL, 0);
    assert_int_equal(pl_splits_read(&texts, *state, &splits, NULL), PL_OK);
    assert_true(pl_str_equal_text(splits.segments[0].name, "group"));
    assert_true(pl_str_equal_text(splits.segments[0].column, "col"));
}

static void what_makes_no_sense_is_said(void **state)
{
    static const struct {
        const char *first, *second, *words;
    } CASES[] = {
        {"", NULL, "names no column"},
        {"a*", NULL, "names no column"},
        {"=x", NULL, "names no column"},
        {"a=", NULL, "names no column"},
        {"a*a", NULL, "crosses `a` with itself"},
        {"a*b*c*d*e", NULL, "more than 4 segments"},
        {"a=a:", NULL, "is not a number"},
        {"a=a:1,x", NULL, "the edge `x` of `a` is not a number"},
        {"a=a:3,2", NULL, "must rise"},
        {"a=a:1", "a=a:2", "two meanings"},
        {"a=b", "a=c", "two meanings"},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct pl_texts texts = texts_of(CASES[i].first, CASES[i].second);
        struct pl_splits splits;
        struct pl_error error = {0};

        pl_splits_init(&splits, NULL, 0);
        assert_int_equal(pl_splits_read(&texts, *state, &splits, &error), PL_E_USAGE);
        if (strstr(error.message, CASES[i].words) == NULL)
            fail_msg("\"%s\" does not say \"%s\"", error.message, CASES[i].words);
    }
}

static void more_segments_than_the_engine_takes_are_an_error(void **state)
{
    struct pl_texts texts = {.count = PL_SEGMENTS_MAX + 1};
    char names[PL_SEGMENTS_MAX + 1][4];
    struct pl_splits splits;

    for (size_t i = 0; i <= PL_SEGMENTS_MAX; i++) {
        memcpy(names[i], "aA", 3);
        names[i][1] = (char)('A' + i);
        texts.items[i] = names[i];
    }
    pl_splits_init(&splits, NULL, 0);
    assert_int_equal(pl_splits_read(&texts, *state, &splits, NULL), PL_E_USAGE);
    texts.count--;
    pl_splits_init(&splits, NULL, 0);
    assert_int_equal(pl_splits_read(&texts, *state, &splits, NULL), PL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_column_is_a_segment_of_its_own_name),
        cmocka_unit_test(a_crossing_shares_the_segments_named_before),
        cmocka_unit_test(bins_are_read_with_their_edges),
        cmocka_unit_test(a_column_may_have_another_name),
        cmocka_unit_test(what_makes_no_sense_is_said),
        cmocka_unit_test(more_segments_than_the_engine_takes_are_an_error),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}

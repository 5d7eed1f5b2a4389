/* The state of a flag as JSON: it reads back what was written, and refuses all else. */
#include "flag/flag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

struct fixture {
    struct pl_arena arena;
    struct pl_flag_state_now now;
    struct pl_error error;
};

static void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){0};
    pl_arena_init(&fixture->arena, 1 << 20);
}

static enum pl_status read_text(struct fixture *fixture, const char *text)
{
    return pl_flag_now_read(pl_str_of(text), &fixture->arena, &fixture->now, &fixture->error);
}

static void write(const struct pl_flag_state_now *now, struct pl_buffer *out)
{
    struct pl_json json;

    pl_buffer_reset(out);
    pl_json_init(&json, out, false);
    pl_flag_now_write(&json, now);
}

static void test_reads_back_what_was_written(void **state)
{
    static const struct pl_str DARK[] = {TEXT("language=hi"), TEXT("a=b * c=\"d\"")};
    static const struct pl_flag_state_now STATES[] = {
        {0},
        {.killed = true,
         .has_share = true,
         .share = 0.1,
         .stage = 3,
         .off_in = {DARK, 2},
         .version = UINT64_MAX,
         .changed_ms = 1763742000000,
         .who = TEXT("a@b"),
         .why = TEXT("l\xc3\xa4uft \"nicht\"\n")},
        {.has_share = true, .share = 0.0, .version = 1},
    };
    struct fixture fixture;
    struct pl_buffer first;
    struct pl_buffer second;

    (void)state;
    set_up(&fixture);
    pl_buffer_init(&first, 1 << 16);
    pl_buffer_init(&second, 1 << 16);
    for (size_t i = 0; i < sizeof STATES / sizeof STATES[0]; i++) {
        write(&STATES[i], &first);
        assert_int_equal(read_text(&fixture, first.ptr), PL_OK);
        assert_true(fixture.now.killed == STATES[i].killed);
        assert_true(fixture.now.has_share == STATES[i].has_share);
        assert_true(fixture.now.share == STATES[i].share);
        assert_int_equal(fixture.now.off_in.count, STATES[i].off_in.count);
        write(&fixture.now, &second);
        assert_string_equal(first.ptr, second.ptr);
    }
    pl_buffer_deinit(&first);
    pl_buffer_deinit(&second);
    pl_arena_deinit(&fixture.arena);
}

static void test_what_is_none_of_ours_is_corrupt(void **state)
{
    static const char *const BAD[] = {
        "",
        "{",
        "null",
        "[]",
        "{}",
        "{\"killed\":true}",
        "{\"version\":-1}",
        "{\"version\":1.5}",
        "{\"version\":\"1\"}",
        "{\"version\":1,\"killed\":1}",
        "{\"version\":1,\"share\":1.01}",
        "{\"version\":1,\"share\":-0.1}",
        "{\"version\":1,\"share\":\"0.1\"}",
        "{\"version\":1,\"stage\":4294967296}",
        "{\"version\":1,\"off_in\":\"language=hi\"}",
        "{\"version\":1,\"off_in\":[1]}",
        "{\"version\":1,\"off_in\":[\"language\"]}",
        "{\"version\":1,\"off_in\":[\"\"]}",
        "{\"version\":1,\"who\":1}",
        "{\"version\":1,\"stricter\":true}",
        "{\"version\":1,\"version\":2}",
        "{\"version\":1} x",
    };
    struct fixture fixture;

    (void)state;
    set_up(&fixture);
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++) {
        fixture.now.version = 77;
        assert_int_equal(read_text(&fixture, BAD[i]), PL_E_CORRUPT);
        assert_true(fixture.error.message[0] != '\0');
        assert_int_equal(fixture.now.version, 77);
    }
    pl_arena_deinit(&fixture.arena);
}

static void test_too_many_dark_slices_are_refused(void **state)
{
    struct fixture fixture;
    struct pl_buffer text;

    (void)state;
    set_up(&fixture);
    pl_buffer_init(&text, 1 << 16);
    pl_buffer_add_text(&text, "{\"version\":1,\"off_in\":[\"a=b\"");
    for (int i = 1; i < PL_FLAG_OFF_IN_MAX; i++)
        pl_buffer_add_text(&text, ",\"a=b\"");
    pl_buffer_add_text(&text, "]}");
    assert_int_equal(read_text(&fixture, text.ptr), PL_OK);
    assert_int_equal(fixture.now.off_in.count, PL_FLAG_OFF_IN_MAX);
    pl_buffer_cut(&text, text.len - 2);
    pl_buffer_add_text(&text, ",\"a=b\"]}");
    assert_int_equal(read_text(&fixture, text.ptr), PL_E_CORRUPT);
    pl_buffer_deinit(&text);
    pl_arena_deinit(&fixture.arena);
}

static void test_what_is_a_slice(void **state)
{
    (void)state;
    assert_true(pl_flag_slice_is_valid(PL_STR("language=hi")));
    assert_true(pl_flag_slice_is_valid(PL_STR("language=hi * plan=a=b")));
    assert_false(pl_flag_slice_is_valid(PL_STR("")));
    assert_false(pl_flag_slice_is_valid(PL_STR("language")));
    assert_false(pl_flag_slice_is_valid(PL_STR("language=")));
    assert_false(pl_flag_slice_is_valid(PL_STR("=hi")));
    assert_false(pl_flag_slice_is_valid(PL_STR("language=hi * ")));
    assert_false(pl_flag_slice_is_valid(PL_STR("language=hi * plan")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reads_back_what_was_written),
        cmocka_unit_test(test_what_is_none_of_ours_is_corrupt),
        cmocka_unit_test(test_too_many_dark_slices_are_refused),
        cmocka_unit_test(test_what_is_a_slice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

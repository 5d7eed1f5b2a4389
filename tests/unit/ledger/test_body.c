/* Bodies of records as trees: what is read is written again as it stood. */
#include "ledger/body.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void what_is_read_is_written_as_it_stood(void **state)
{
    static const char TEXT[] = "{\"a\":[1,-2,0.1,1e-300,0.18791746436928314,9007199254740993],"
                               "\"b\":{\"c\":null,\"d\":true,"
                               "\"e\":\"\\u0001\\\"ü\"},\"f\":\"\",\"g\":[],\"h\":{}}";
    struct pl_arena arena;
    struct pl_body *body = NULL;
    struct pl_buffer out;
    struct pl_json json;

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 20);
    pl_buffer_init(&out, (size_t)1 << 16);
    assert_int_equal(pl_body_read(pl_str_of(TEXT), &arena, &body, NULL), PL_OK);
    pl_json_init(&json, &out, false);
    pl_body_write(&json, body);
    assert_string_equal(out.ptr, TEXT);
    pl_buffer_deinit(&out);
    pl_arena_deinit(&arena);
}

static void what_is_not_there_is_null_and_no_crash(void **state)
{
    struct pl_arena arena;
    struct pl_body *body = NULL;
    double number = 7.0;

    (void)state;
    pl_arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(pl_body_read(PL_STR("{\"a\":\"x\",\"n\":3}"), &arena, &body, NULL), PL_OK);
    assert_true(pl_body_is_null(pl_body_get(pl_body_get(body, "none"), "deeper")));
    assert_true(pl_body_is_null(pl_body_get(pl_body_get(body, "a"), "deeper")));
    assert_false(pl_body_number(pl_body_get(body, "a"), &number));
    assert_true(number == 7.0);
    assert_int_equal(pl_body_text(pl_body_get(body, "n")).len, 0);
    assert_int_equal(pl_body_count(pl_body_get(body, "n")), 3);
    assert_true(pl_body_member_is(body, "a", "x"));
    assert_false(pl_body_member_is(body, "a", NULL));
    assert_null(pl_body_find(body, "none"));
    pl_body_drop(body, "none");
    pl_body_drop(body, "a");
    assert_int_equal(body->count, 1);
    assert_true(pl_str_equal_text(body->items[0].key, "n"));
    pl_arena_deinit(&arena);
}

static void text_that_is_no_json_is_refused(void **state)
{
    static const char *const TEXTS[] = {"", "{", "{\"a\":}", "{} {}"};

    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct pl_arena arena;
        struct pl_body *body = NULL;

        pl_arena_init(&arena, (size_t)1 << 20);
        assert_int_equal(pl_body_read(pl_str_of(TEXTS[i]), &arena, &body, NULL), PL_E_CORRUPT);
        assert_null(body);
        pl_arena_deinit(&arena);
    }
}

static void an_arena_that_is_full_is_an_error(void **state)
{
    struct pl_arena arena;
    struct pl_body *body = NULL;

    (void)state;
    pl_arena_init(&arena, 64);
    assert_int_equal(pl_body_read(PL_STR("[1,2,3,4,5,6,7,8,9]"), &arena, &body, NULL), PL_E_LIMIT);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_is_written_as_it_stood),
        cmocka_unit_test(what_is_not_there_is_null_and_no_crash),
        cmocka_unit_test(text_that_is_no_json_is_refused),
        cmocka_unit_test(an_arena_that_is_full_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

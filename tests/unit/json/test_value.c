/* Looking at values: types, numbers in all their forms, strings, and walks. */
#include <math.h>

#include "json_text.h"

static void every_type_is_told(void **state)
{
    (void)state;
    DOCUMENT *document = plain("[null,false,1,2.5,-3,\"s\",[],{}]");
    static const enum pl_json_type TYPES[] = {
        PL_JSON_NULL,   PL_JSON_BOOL,   PL_JSON_NUMBER, PL_JSON_NUMBER,
        PL_JSON_NUMBER, PL_JSON_STRING, PL_JSON_ARRAY,  PL_JSON_OBJECT,
    };
    struct pl_json_walk walk = pl_json_value_walk(pl_json_document_root(document));
    size_t i = 0;

    for (; pl_json_walk_next(&walk); i++)
        assert_int_equal(pl_json_value_type(walk.value), TYPES[i]);
    assert_int_equal(i, COUNT(TYPES));
    assert_string_equal(pl_json_type_name(PL_JSON_BOOL), "boolean");
    assert_string_equal(pl_json_type_name(PL_JSON_OBJECT), "object");
}

struct number {
    const char *text;
    enum pl_json_number stored;
    bool is_integer, is_int64, is_uint64;
    int64_t as_int64;
    uint64_t as_uint64;
};

static const struct number NUMBERS[] = {
    {"0", PL_JSON_UINT64, true, true, true, 0, 0},
    {"-0", PL_JSON_INT64, true, true, false, 0, 0},
    {"42", PL_JSON_UINT64, true, true, true, 42, 42},
    {"-42", PL_JSON_INT64, true, true, false, -42, 0},
    {"1.0", PL_JSON_DOUBLE, true, true, true, 1, 1},
    {"-2e3", PL_JSON_DOUBLE, true, true, false, -2000, 0},
    {"1.5", PL_JSON_DOUBLE, false, false, false, 0, 0},
    {"9223372036854775807", PL_JSON_UINT64, true, true, true, INT64_MAX, INT64_MAX},
    {"9223372036854775808", PL_JSON_UINT64, true, false, true, 0, UINT64_C(9223372036854775808)},
    {"-9223372036854775808", PL_JSON_INT64, true, true, false, INT64_MIN, 0},
    {"18446744073709551615", PL_JSON_UINT64, true, false, true, 0, UINT64_MAX},
    {"18446744073709551616", PL_JSON_BIG, true, false, false, 0, 0},
    {"-9223372036854775809", PL_JSON_BIG, true, false, false, 0, 0},
    {"1e19", PL_JSON_DOUBLE, true, false, true, 0, UINT64_C(10000000000000000000)},
    {"1e20", PL_JSON_DOUBLE, true, false, false, 0, 0},
    {"1e400", PL_JSON_BIG, true, false, false, 0, 0},
    {"1.5e-3", PL_JSON_DOUBLE, false, false, false, 0, 0},
};

static void numbers_say_what_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(NUMBERS); i++) {
        const struct number *row = &NUMBERS[i];
        DOCUMENT *document = exact(row->text);
        const struct pl_json_value *value = pl_json_document_root(document);
        int64_t signed_value = 0;
        uint64_t unsigned_value = 0;

        print_message("%s\n", row->text);
        assert_int_equal(pl_json_value_number(value), row->stored);
        assert_int_equal(pl_json_value_is_integer(value), row->is_integer);
        assert_int_equal(pl_json_value_int64(value, &signed_value), row->is_int64);
        assert_int_equal(pl_json_value_uint64(value, &unsigned_value), row->is_uint64);
        assert_true(signed_value == row->as_int64);
        assert_true(unsigned_value == row->as_uint64);
    }
}

static void big_numbers_keep_their_text_where_asked(void **state)
{
    (void)state;
    char room[32];
    DOCUMENT *kept = exact("[123456789012345678901234567890, 1e400, 0.1]");
    DOCUMENT *rounded = plain("[123456789012345678901234567890]");
    const struct pl_json_value *root = pl_json_document_root(kept);

    assert_true(pl_str_equal_text(pl_json_value_digits(pl_json_value_at(root, 0), room),
                                  "123456789012345678901234567890"));
    assert_true(pl_json_value_double(pl_json_value_at(root, 0)) ==
                123456789012345678901234567890.0);
    assert_true(isinf(pl_json_value_double(pl_json_value_at(root, 1))));
    assert_true(pl_str_equal_text(pl_json_value_digits(pl_json_value_at(root, 2), room), "0.1"));
    root = pl_json_value_at(pl_json_document_root(rounded), 0);
    assert_int_equal(pl_json_value_number(root), PL_JSON_DOUBLE);
    assert_true(pl_json_value_double(root) == 123456789012345678901234567890.0);
}

static void integers_are_written_with_all_their_digits(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"0", "7", "-1", "18446744073709551615",
                                        "-9223372036854775808"};

    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        char room[32];
        DOCUMENT *document = plain(TEXTS[i]);

        assert_true(pl_str_equal_text(pl_json_value_digits(pl_json_document_root(document), room),
                                      TEXTS[i]));
    }
}

static void strings_come_without_escapes(void **state)
{
    (void)state;
    DOCUMENT *document = plain("\"a\\u0000\\n\\u00e9\\ud83d\\ude00/\"");
    static const char EXPECTED[] = "a\0\n\xc3\xa9\xf0\x9f\x98\x80/";

    assert_true(pl_str_equal(pl_json_value_str(pl_json_document_root(document)),
                             (struct pl_str){EXPECTED, sizeof EXPECTED - 1}));
}

static void members_and_items_are_found_and_walked_in_order(void **state)
{
    (void)state;
    DOCUMENT *document = plain("{\"b\":[10,[20],30],\"a\":true,\"\":null}");
    const struct pl_json_value *root = pl_json_document_root(document);
    const struct pl_json_value *array = pl_json_value_get_text(root, "b");
    static const char *const NAMES[] = {"b", "a", ""};
    struct pl_json_walk walk = pl_json_value_walk(root);

    for (size_t i = 0; i < 3; i++) {
        assert_true(pl_json_walk_next(&walk));
        assert_true(pl_str_equal_text(walk.name, NAMES[i]));
        assert_ptr_equal(walk.value, pl_json_value_get_text(root, NAMES[i]));
    }
    assert_false(pl_json_walk_next(&walk));
    assert_int_equal(pl_json_value_count(array), 3);
    assert_true(pl_json_value_double(pl_json_value_at(array, 2)) == 30);
    assert_null(pl_json_value_at(array, 3));
    assert_null(pl_json_value_get_text(root, "c"));
    assert_null(pl_json_value_get_text(array, "b"));
    assert_true(pl_json_value_bool(pl_json_value_get_text(root, "a")));
}

static void scalars_have_nothing_to_walk_over(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"1", "\"abc\"", "null", "[]", "{}"};

    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        DOCUMENT *document = plain(TEXTS[i]);
        struct pl_json_walk walk = pl_json_value_walk(pl_json_document_root(document));

        assert_int_equal(pl_json_value_count(pl_json_document_root(document)), 0);
        assert_false(pl_json_walk_next(&walk));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_is_told),
        cmocka_unit_test(numbers_say_what_they_are),
        cmocka_unit_test(big_numbers_keep_their_text_where_asked),
        cmocka_unit_test(integers_are_written_with_all_their_digits),
        cmocka_unit_test(strings_come_without_escapes),
        cmocka_unit_test(members_and_items_are_found_and_walked_in_order),
        cmocka_unit_test(scalars_have_nothing_to_walk_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The JSON writer: exact text for small trees, and doubles that read back to the same bits. */
#include "base/json.h"

#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct out {
    struct pl_buffer buffer;
    struct pl_json json;
};

static void start(struct out *out, bool pretty)
{
    pl_buffer_init(&out->buffer, 1 << 16);
    pl_json_init(&out->json, &out->buffer, pretty);
}

static void finish(struct out *out, const char *expected)
{
    assert_string_equal(pl_buffer_view(&out->buffer).ptr, expected);
    pl_buffer_deinit(&out->buffer);
}

static void write_tree(struct pl_json *json)
{
    pl_json_open_object(json);
    pl_json_key(json, "name");
    pl_json_text(json, "race");
    pl_json_key(json, "n");
    pl_json_uint64(json, UINT64_MAX);
    pl_json_key_str(json, PL_STR("list"));
    pl_json_open_array(json);
    pl_json_bool(json, true);
    pl_json_null(json);
    pl_json_double(json, 0.5);
    pl_json_raw(json, PL_STR("{\"a\":1}"));
    pl_json_close_array(json);
    pl_json_key(json, "none");
    pl_json_open_object(json);
    pl_json_close_object(json);
    pl_json_close_object(json);
}

static void a_tree_on_one_line_has_no_blanks(void **state)
{
    (void)state;
    struct out out;

    start(&out, false);
    write_tree(&out.json);
    finish(&out, "{\"name\":\"race\",\"n\":18446744073709551615,\"list\":[true,null,0.5,{\"a\":1}],"
                 "\"none\":{}}");
}

static void a_pretty_tree_is_indented_by_two(void **state)
{
    (void)state;
    struct out out;

    start(&out, true);
    write_tree(&out.json);
    finish(&out, "{\n  \"name\": \"race\",\n  \"n\": 18446744073709551615,\n  \"list\": [\n"
                 "    true,\n    null,\n    0.5,\n    {\"a\":1}\n  ],\n  \"none\": {}\n}");
}

static const struct {
    const char *text;
    const char *json;
} STRINGS[] = {
    {"", "\"\""},
    {"plain", "\"plain\""},
    {"a\"b\\c", "\"a\\\"b\\\\c\""},
    {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
    {"\x01\x1f\x7f", "\"\\u0001\\u001f\\u007f\""},
    {"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2", "\"h\xc3\xa9 \xe2\x82\xac \xf0\x9f\x9a\xa2\""},
    {"a\xff z", "\"a\xef\xbf\xbd z\""},
    {"\xc3", "\"\xef\xbf\xbd\""},
    {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
};

static void strings_are_escaped_and_always_valid_utf8(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof STRINGS / sizeof *STRINGS; i++) {
        struct out out;

        start(&out, false);
        pl_json_text(&out.json, STRINGS[i].text);
        assert_true(pl_str_is_utf8(pl_buffer_view(&out.buffer)));
        finish(&out, STRINGS[i].json);
    }
}

static void a_nul_inside_a_string_is_escaped(void **state)
{
    (void)state;
    struct out out;

    start(&out, false);
    pl_json_str(&out.json, (struct pl_str){"a\0b", 3});
    finish(&out, "\"a\\u0000b\"");
}

static void short_doubles_stay_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } CASES[] = {{0.1, "0.1"},
                 {1.0, "1"},
                 {-2.5, "-2.5"},
                 {1e300, "1e+300"},
                 {0.0, "0"},
                 {1.0 / 3.0, "0.3333333333333333"},
                 {0.1 + 0.2, "0.30000000000000004"}};

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char text[32];

        pl_json_format_double(CASES[i].value, text);
        assert_string_equal(text, CASES[i].text);
    }
}

static void any_double_reads_back_to_the_same_bits(void **state)
{
    (void)state;
    struct pl_rng rng;
    int tried = 0;

    pl_rng_init(&rng, 20240229, 0);
    while (tried < 20000) {
        const uint64_t bits = pl_rng_next(&rng);
        double value, back;
        char text[32];

        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        pl_json_format_double(value, text);
        back = strtod(text, NULL);
        assert_memory_equal(&back, &value, sizeof value);
        tried++;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_on_one_line_has_no_blanks),
        cmocka_unit_test(a_pretty_tree_is_indented_by_two),
        cmocka_unit_test(strings_are_escaped_and_always_valid_utf8),
        cmocka_unit_test(a_nul_inside_a_string_is_escaped),
        cmocka_unit_test(short_doubles_stay_short),
        cmocka_unit_test(any_double_reads_back_to_the_same_bits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The JSON checker: a table of texts that are, and are not, one object on one line. */
#include "ledger/json_object.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

static const char *const VALID[] = {
    "{}",
    "{ }",
    "{\t}",
    "{\"a\":1}",
    "{ \"a\" : 1 , \"b\" : [ ] }",
    "{\"a\":{\"b\":[1,2,[3,{}]]}}",
    "{\"a\":true,\"b\":false,\"c\":null}",
    "{\"n\":[0,-0,1.5,-2.25e10,1E+2,1e-2,10]}",
    "{\"s\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\"}",
    "{\"h\xc3\xa9\":\"\xf0\x9f\x9a\xa2 \x7f\"}",
    "{\"a\":1,\"a\":2}",
    "{\"\":\"\"}",
};

static const char *const INVALID[] = {
    "",
    " ",
    "1",
    "[]",
    "null",
    "\"a\"",
    " {}",
    "{} ",
    "{}{}",
    "{",
    "}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{\"a\":1 \"b\":2}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":[1,]}",
    "{\"a\":[1 2]}",
    "{\"a\":[1}",
    "{\"a\":01}",
    "{\"a\":+1}",
    "{\"a\":.5}",
    "{\"a\":1.}",
    "{\"a\":1e}",
    "{\"a\":-}",
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":tru}",
    "{\"a\":nulll}",
    "{\"a\":\"\n\"}",
    "{\"a\":\n1}",
    "{\"a\":1}\n",
    "{\"a\":\r1}",
    "{\"a\":\"\t\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\\u12\"}",
    "{\"a\":\"open}",
    "{\"a\":\"\xff\"}",
    "{\"a\":\"\xc3\"}",
    "{\"a\":/**/1}",
};

static void one_object_on_one_line_is_valid(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof VALID / sizeof *VALID; i++)
        if (!pl_json_object_is_valid(pl_str_of(VALID[i])))
            fail_msg("refused: %s", VALID[i]);
}

static void anything_else_is_not(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof INVALID / sizeof *INVALID; i++)
        if (pl_json_object_is_valid(pl_str_of(INVALID[i])))
            fail_msg("accepted: %s", INVALID[i]);
    assert_false(pl_json_object_is_valid((struct pl_str){"{\"a\0\":1}", 8}));
    assert_false(pl_json_object_is_valid((struct pl_str){"{\"\\\0\":1}", 8}));
}

/* No prefix of an object is an object. */
static void every_cut_is_noticed(void **state)
{
    (void)state;
    const struct pl_str text = PL_STR("{\"a\":[1.5e3,{\"b\":\"\\u00e9\"},null],\"c\":-0.1}");

    assert_true(pl_json_object_is_valid(text));
    for (size_t cut = 0; cut < text.len; cut++)
        assert_false(pl_json_object_is_valid((struct pl_str){text.ptr, cut}));
}

/* Every byte at every place of a string: only a few may not stand there by themselves. */
static void each_byte_counts_wherever_it_stands(void **state)
{
    (void)state;
    for (size_t place = 0; place < 40; place++)
        for (unsigned byte = 0; byte < 256; byte++) {
            char text[64] = "{\"a\":\"";
            const size_t start = strlen(text);

            memset(text + start, 'b', 40);
            text[start + place] = (char)byte;
            memcpy(text + start + 40, "\"}", 2);

            /* A backslash begins the escape \b of the letter after it; before the quote it keeps it. */
            const bool plain = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
            const bool escape = byte == '\\' && place < 39;

            if (pl_json_object_is_valid((struct pl_str){text, start + 42}) != (plain || escape))
                fail_msg("byte %u at %zu", byte, place);
        }
}

static bool nested_is_valid(size_t depth)
{
    char text[1024];
    size_t length = 0;

    length += (size_t)(stpcpy(text, "{\"a\":") - text);
    for (size_t i = 1; i < depth; i++)
        text[length++] = '[';
    text[length++] = '1';
    for (size_t i = 1; i < depth; i++)
        text[length++] = ']';
    text[length++] = '}';
    return pl_json_object_is_valid((struct pl_str){text, length});
}

static void depth_has_a_limit(void **state)
{
    (void)state;
    assert_true(nested_is_valid(1));
    assert_true(nested_is_valid(PL_JSON_OBJECT_DEPTH_MAX));
    assert_false(nested_is_valid(PL_JSON_OBJECT_DEPTH_MAX + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_object_on_one_line_is_valid),
        cmocka_unit_test(anything_else_is_not),
        cmocka_unit_test(every_cut_is_noticed),
        cmocka_unit_test(each_byte_counts_wherever_it_stands),
        cmocka_unit_test(depth_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

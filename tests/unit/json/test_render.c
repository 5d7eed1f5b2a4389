/* Values back to text: as they came in, and in the one form of all equal values. */
#include "json/render.h"

#include "json_text.h"

static void check(const char *text, const char *expected, bool canonical)
{
    DOCUMENT *document = exact(text);
    struct pl_buffer out;

    pl_buffer_init(&out, 1000);
    if (canonical)
        pl_json_value_write_canonical(pl_json_document_root(document), &out);
    else
        pl_json_value_write(pl_json_document_root(document), &out);
    if (!pl_str_equal_text(pl_buffer_view(&out), expected))
        fail_msg("%s became %s", text, out.ptr);
    pl_buffer_deinit(&out);
}

static void text_comes_back_without_blanks(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "null",
        "[]",
        "{}",
        "[true,false,[null]]",
        "{\"b\":1,\"a\":{\"\":[1,2]}}",
        "\"q\\\"b\\\\n\\n\\u0001\xc3\xa9\"",
        "[0,-1,18446744073709551615,0.1,1.5e-07]",
        "[123456789012345678901234567890,1e400]",
    };

    for (size_t i = 0; i < COUNT(TEXTS); i++)
        check(TEXTS[i], TEXTS[i], false);
    check(" { \"a\" : [ 1 , 2 ] } ", "{\"a\":[1,2]}", false);
    check("\"\\u0041\\/\"", "\"A/\"", false);
}

static void equal_values_have_one_canonical_text(void **state)
{
    (void)state;
    check("{\"b\":1.0,\"a\":[100,1.50]}", "{\"a\":[1e2,15e-1],\"b\":1}", true);
    check("{\"a\":[1e2,15e-1],\"b\":1}", "{\"a\":[1e2,15e-1],\"b\":1}", true);
    check("[-0.0,0,1e400,100000000000000000000,\"x\",null,true]",
          "[0,0,1e400,1e20,\"x\",null,true]", true);
    check("[1234567890123456700,12345678901234567000000e-3]",
          "[1234567890123456700,12345678901234567000]", true);
    check("{\"aa\":{},\"a\":[],\"\xc3\xa9\":-2.50,\"\":0}",
          "{\"\":0,\"a\":[],\"aa\":{},\"\xc3\xa9\":-25e-1}", true);
}

static void a_buffer_that_is_too_small_is_told(void **state)
{
    (void)state;
    DOCUMENT *document = plain("[\"a long text\"]");
    struct pl_buffer out;
    struct pl_error error = {0};

    pl_buffer_init(&out, 4);
    pl_json_value_write(pl_json_document_root(document), &out);
    assert_int_equal(pl_buffer_check(&out, "the text", &error), PL_E_LIMIT);
    pl_buffer_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_comes_back_without_blanks),
        cmocka_unit_test(equal_values_have_one_canonical_text),
        cmocka_unit_test(a_buffer_that_is_too_small_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Members changed in the text of an object: what is not meant keeps every byte. */
#include "json/patch.h"

#include "json_text.h"

static struct pl_buffer out;

static int set_up(void **state)
{
    (void)state;
    pl_buffer_init(&out, 1 << 16);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pl_buffer_deinit(&out);
    return 0;
}

static void expect(const char *object, const struct pl_json_patch *patches, size_t count,
                   const char *wanted)
{
    pl_buffer_reset(&out);
    assert_true(pl_json_patch_write(pl_str_of(object), patches, count, &out));
    if (!pl_str_equal_text(pl_buffer_view(&out), wanted))
        fail_msg("%s became %.*s, not %s", object, (int)out.len, out.ptr, wanted);
}

static void a_member_is_changed_where_it_stands(void **state)
{
    (void)state;
    const struct pl_json_patch model = {"model", PL_STR("\"x\"")};

    expect("{\"model\":\"a\"}", &model, 1, "{\"model\":\"x\"}");
    expect(" {  \"a\" : 1.50 ,\n\t\"model\" :  \"a\\\"}\" , \"b\":[1e2,-0.0]}\r\n", &model, 1,
           " {  \"a\" : 1.50 ,\n\t\"model\" :  \"x\" , \"b\":[1e2,-0.0]}\r\n");
    expect("{\"in\":{\"model\":1},\"model\":2}", &model, 1, "{\"in\":{\"model\":1},\"model\":\"x\"}");
    /* A second one of the name would be read by those who take the last. */
    expect("{\"model\":1,\"model\":2}", &model, 1, "{\"model\":\"x\",\"model\":\"x\"}");
}

static void a_member_that_is_not_there_comes_last(void **state)
{
    (void)state;
    const struct pl_json_patch added[] = {{"n", PL_STR("2")}, {"o", PL_STR("{}")}};

    expect("{}", added, 2, "{\"n\":2,\"o\":{}}");
    expect("{ }", added, 1, "{\"n\":2 }");
    expect("{\"a\": 1 }", added, 2, "{\"a\": 1,\"n\":2,\"o\":{} }");
}

static void a_member_is_left_out_with_its_comma(void **state)
{
    (void)state;
    const struct pl_json_patch gone = {"a", {0}};

    expect("{\"a\":1}", &gone, 1, "{}");
    expect("{\"a\":1,\"b\":2}", &gone, 1, "{\"b\":2}");
    expect("{\"b\":2 , \"a\":1}", &gone, 1, "{\"b\":2}");
    expect("{\"b\":2,\"a\":1,\"c\":3}", &gone, 1, "{\"b\":2,\"c\":3}");
    expect("{\"a\":1,\"a\":2,\"c\":3}", &gone, 1, "{\"c\":3}");
    expect("{\"b\":2}", &gone, 1, "{\"b\":2}");
}

static void what_is_no_object_or_hides_a_name_is_refused(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"", "[]", "1", "\"{}\"", "{\"mod\\u0065l\":1}", "{\"a\":}",
                                        "{\"a\"", "{\"a\":1", "{\"a\" 1}", "{,}"};
    const struct pl_json_patch model = {"model", PL_STR("1")};

    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        pl_buffer_reset(&out);
        if (pl_json_patch_write(pl_str_of(TEXTS[i]), &model, 1, &out))
            fail_msg("%s became %.*s", TEXTS[i], (int)out.len, out.ptr);
    }
}

static void members_and_items_are_walked_in_their_order(void **state)
{
    (void)state;
    struct pl_json_scan scan;
    const char *const names[] = {"a", "b c", ""};
    const char *const values[] = {"[1, {\"x\":\"]\"}]", "null", "\"\\\"\""};
    size_t i = 0;

    assert_true(pl_json_scan_begin(
        &scan, PL_STR("{\"a\":[1, {\"x\":\"]\"}] ,\"b c\" : null,\"\":\"\\\"\"}")));
    for (; pl_json_scan_next(&scan); i++) {
        assert_true(pl_str_equal_text(scan.name, names[i]));
        assert_true(pl_str_equal_text(scan.value, values[i]));
    }
    assert_int_equal(i, 3);
    assert_false(scan.broken);
    assert_true(pl_str_equal_text(pl_json_member_of(PL_STR("{\"a\":{\"b\":1},\"b\":2}"), "b"), "2"));
    assert_null(pl_json_member_of(PL_STR("{\"a\":1}"), "b").ptr);
    assert_null(pl_json_member_of(PL_STR("[1]"), "b").ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_member_is_changed_where_it_stands),
        cmocka_unit_test(a_member_that_is_not_there_comes_last),
        cmocka_unit_test(a_member_is_left_out_with_its_comma),
        cmocka_unit_test(what_is_no_object_or_hides_a_name_is_refused),
        cmocka_unit_test(members_and_items_are_walked_in_their_order),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}

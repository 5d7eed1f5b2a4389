/* JSON Pointers by the examples of RFC 6901, and plain paths. */
#include "json/path.h"

#include "json_text.h"

/* The document of RFC 6901, section 5. */
static const char RFC[] =
    "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
    "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8}";

static void pointers_find_what_the_rfc_says(void **state)
{
    (void)state;
    static const char *const POINTERS[] = {"/",     "/a~1b", "/c%d", "/e^f", "/g|h",
                                           "/i\\j", "/k\"l", "/ ",   "/m~0n"};
    DOCUMENT *document = plain(RFC);
    const struct pl_json_value *root = pl_json_document_root(document);

    for (size_t i = 0; i < COUNT(POINTERS); i++) {
        const struct pl_json_value *found = pl_json_pointer_get(root, pl_str_of(POINTERS[i]));

        assert_non_null(found);
        assert_true(pl_json_value_double(found) == (double)i);
    }
    assert_ptr_equal(pl_json_pointer_get(root, PL_STR("")), root);
    assert_true(
        pl_str_equal_text(pl_json_value_str(pl_json_pointer_get(root, PL_STR("/foo/0"))), "bar"));
}

static void pointers_to_nothing_find_nothing(void **state)
{
    (void)state;
    static const char *const POINTERS[] = {
        "foo",   "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/0/x",
        "/foo/", "/m~n",   "/m~",    "/m~2n",   "/nope",   "/foo/99999999999999999999",
        "//",
    };
    DOCUMENT *document = plain(RFC);

    for (size_t i = 0; i < COUNT(POINTERS); i++)
        assert_null(pl_json_pointer_get(pl_json_document_root(document), pl_str_of(POINTERS[i])));
}

static void steps_are_added_with_their_escapes(void **state)
{
    (void)state;
    struct pl_buffer out;

    pl_buffer_init(&out, 100);
    pl_json_pointer_add(&out, PL_STR("a/b~c"));
    pl_json_pointer_add(&out, PL_STR(""));
    pl_json_pointer_add_index(&out, 12);
    assert_true(pl_str_equal_text(pl_buffer_view(&out), "/a~1b~0c//12"));
    pl_buffer_deinit(&out);
}

static void paths_find_members_and_items(void **state)
{
    (void)state;
    DOCUMENT *document = plain("{\"choices\":[{\"message\":{\"content\":\"hi\"}}],\"m\":[[1,2]]}");
    const struct pl_json_value *root = pl_json_document_root(document);
    const struct pl_json_value *array = pl_json_value_get_text(root, "m");

    assert_true(pl_str_equal_text(
        pl_json_value_str(pl_json_path_get(root, PL_STR("choices[0].message.content"))), "hi"));
    assert_true(pl_json_value_double(pl_json_path_get(root, PL_STR("m[0][1]"))) == 2);
    assert_true(pl_json_value_double(pl_json_path_get(array, PL_STR("[0][0]"))) == 1);
    assert_ptr_equal(pl_json_path_get(root, PL_STR("")), root);
    assert_null(pl_json_path_get(root, PL_STR("choices[1]")));
    assert_null(pl_json_path_get(root, PL_STR("choices.message")));
    assert_null(pl_json_path_get(root, PL_STR("[0]")));
    assert_null(pl_json_path_get(root, PL_STR("nope.at.all")));
}

static void what_is_no_path_is_told(void **state)
{
    (void)state;
    static const char *const WRONG[] = {".a",    "a.",    "a..b", "a[",   "a[]",  "a[x]",
                                        "a[-1]", "a[01]", "a]",   "[0]a", "a[0]b"};
    static const char *const RIGHT[] = {"", "a", "a.b", "a[0]", "[0]", "[0][1].x", "a b.c-d"};

    for (size_t i = 0; i < COUNT(WRONG); i++)
        assert_false(pl_json_path_is_valid(pl_str_of(WRONG[i])));
    for (size_t i = 0; i < COUNT(RIGHT); i++)
        assert_true(pl_json_path_is_valid(pl_str_of(RIGHT[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_find_what_the_rfc_says),
        cmocka_unit_test(pointers_to_nothing_find_nothing),
        cmocka_unit_test(steps_are_added_with_their_escapes),
        cmocka_unit_test(paths_find_members_and_items),
        cmocka_unit_test(what_is_no_path_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

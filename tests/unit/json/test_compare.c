/* Equality, and hashes that agree with it: pairs that are equal, and pairs that are not. */
#include "json/compare.h"

#include <stdio.h>

#include "json_text.h"

static const char *const EQUAL[][2] = {
    {"1", "1.0"},
    {"100", "1e2"},
    {"0", "-0.0"},
    {"0", "-0"},
    {"100000000000000000000", "1e20"},
    {"9007199254740994", "9007199254740994.0"},
    {"1e400", "10e399"},
    {"\"\\u00e9\"", "\"\xc3\xa9\""},
    {"{\"a\":1,\"b\":[true,null]}", "{\"b\":[true,null],\"a\":1.0}"},
    {"[]", "[ ]"},
    {"{\"a\":{\"x\":1,\"y\":2}}", "{\"a\":{\"y\":2,\"x\":1}}"},
};

static const char *const DIFFERENT[][2] = {
    {"1", "true"},
    {"0", "false"},
    {"0", "null"},
    {"\"1\"", "1"},
    {"[]", "{}"},
    {"[1,2]", "[2,1]"},
    {"[1]", "[1,1]"},
    {"{\"a\":1}", "{\"a\":2}"},
    {"{\"a\":1}", "{\"b\":1}"},
    {"\"\xc3\xa9\"", "\"e\\u0301\""},
    {"9007199254740993", "9007199254740992"},
    {"18446744073709551615", "18446744073709551616"},
    {"0.1", "0.10000000000000002"},
    {"1", "-1"},
    {"false", "null"},
    {"{\"a\":1,\"b\":2}", "{\"a\":2,\"b\":1}"},
    {"[[1],2]", "[1,[2]]"},
};

static void values_that_are_equal_have_one_hash(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(EQUAL); i++) {
        DOCUMENT *a = exact(EQUAL[i][0]);
        DOCUMENT *b = exact(EQUAL[i][1]);

        print_message("%s = %s\n", EQUAL[i][0], EQUAL[i][1]);
        assert_true(pl_json_value_equal(pl_json_document_root(a), pl_json_document_root(b)));
        assert_true(pl_json_value_equal(pl_json_document_root(b), pl_json_document_root(a)));
        assert_true(pl_json_value_hash(pl_json_document_root(a)) ==
                    pl_json_value_hash(pl_json_document_root(b)));
    }
}

static void values_that_differ_are_told_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(DIFFERENT); i++) {
        DOCUMENT *a = exact(DIFFERENT[i][0]);
        DOCUMENT *b = exact(DIFFERENT[i][1]);

        print_message("%s != %s\n", DIFFERENT[i][0], DIFFERENT[i][1]);
        assert_false(pl_json_value_equal(pl_json_document_root(a), pl_json_document_root(b)));
        assert_false(pl_json_value_equal(pl_json_document_root(b), pl_json_document_root(a)));
        assert_false(pl_json_value_hash(pl_json_document_root(a)) ==
                     pl_json_value_hash(pl_json_document_root(b)));
    }
}

static void numbers_are_ordered_by_value(void **state)
{
    (void)state;
    static const char *const SORTED[] = {
        "-1e400",
        "-9223372036854775808",
        "-1.5",
        "-1",
        "0",
        "0.1",
        "1",
        "1.5",
        "2",
        "9007199254740993",
        "9007199254740994.0",
        "18446744073709551615",
        "18446744073709551616",
        "1e20",
        "1e300",
        "1e400",
    };

    for (size_t i = 0; i < COUNT(SORTED); i++) {
        for (size_t j = 0; j < COUNT(SORTED); j++) {
            DOCUMENT *a = exact(SORTED[i]);
            DOCUMENT *b = exact(SORTED[j]);
            const int order =
                pl_json_number_compare(pl_json_document_root(a), pl_json_document_root(b));

            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    }
}

/* An object of many members, written forwards or backwards; one value may be another. */
static struct pl_json_document *large(bool backwards, int changed)
{
    char text[4000];
    size_t len = 0;

    for (int i = 0; i < 200; i++) {
        const int k = backwards ? 199 - i : i;

        len += (size_t)snprintf(text + len, sizeof text - len, "%c\"k%d\":%d", i == 0 ? '{' : ',',
                                k, k == changed ? -1 : k);
    }
    (void)snprintf(text + len, sizeof text - len, "}");
    return plain(text);
}

static void large_objects_are_compared_without_regard_to_order(void **state)
{
    (void)state;
    DOCUMENT *a = large(false, -1);
    DOCUMENT *b = large(true, -1);
    DOCUMENT *c = large(true, 77);

    assert_true(pl_json_value_equal(pl_json_document_root(a), pl_json_document_root(b)));
    assert_false(pl_json_value_equal(pl_json_document_root(a), pl_json_document_root(c)));
    assert_true(pl_json_value_hash(pl_json_document_root(a)) ==
                pl_json_value_hash(pl_json_document_root(b)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_that_are_equal_have_one_hash),
        cmocka_unit_test(values_that_differ_are_told_apart),
        cmocka_unit_test(numbers_are_ordered_by_value),
        cmocka_unit_test(large_objects_are_compared_without_regard_to_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

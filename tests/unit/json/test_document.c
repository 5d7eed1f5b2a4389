/* Reading JSON: what is taken, what is refused and where, the limits, and reading again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_text.h"

struct refusal {
    const char *text;
    size_t len; /* 0: up to the NUL */
    uint32_t line, column;
};

static const struct refusal REFUSALS[] = {
    {"", 0, 1, 1},
    {" ", 0, 1, 1},
    {"{\"a\": 1,}", 0, 1, 8},
    {"[1,\n 2,\n x]", 0, 3, 2},
    {"[1] [2]", 0, 1, 5},
    {"nul", 0, 1, 4},
    {"01", 0, 1, 1},
    {"1.", 0, 1, 3},
    {"-", 0, 1, 2},
    {"+1", 0, 1, 1},
    {".5", 0, 1, 1},
    {"NaN", 0, 1, 1},
    {"Infinity", 0, 1, 1},
    {"1e999", 0, 1, 1},
    {"'a'", 0, 1, 1},
    {"\"a", 0, 1, 3},
    {"\"\n\"", 0, 1, 2},
    {"\"\\x\"", 0, 1, 3},
    {"\"\\ud800\"", 0, 1, 8},
    {"// c\n1", 0, 1, 1},
    {"[1]\0", 4, 1, 4},
    {"\xef\xbb\xbf[]", 0, 1, 1},
    {"\"\xff\"", 0, 1, 2},
    {"\"\xc0\xaf\"", 0, 1, 2},
    {"\"\xed\xa0\x80\"", 0, 1, 2},
    {"\"\xc3\xa9\xc3\xa9\" x", 0, 1, 6},
};

static void what_is_not_json_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REFUSALS); i++) {
        const struct refusal *row = &REFUSALS[i];
        const struct pl_str text = {row->text, row->len > 0 ? row->len : strlen(row->text)};
        struct pl_json_document *document = NULL;
        struct pl_error error = {0};

        if (pl_json_document_open(text, NULL, &document, &error) != PL_E_DATA)
            fail_msg("row %zu was taken", i);
        if (error.line != row->line || error.column != row->column)
            fail_msg("row %zu: %u:%u, not %u:%u: %s", i, error.line, error.column, row->line,
                     row->column, error.message);
        assert_null(document);
        assert_true(strlen(error.message) > 10);
    }
}

static void what_is_json_is_read(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "null",
        "true",
        " 1 ",
        "\t\r\n[ ]\n",
        "{}",
        "-0",
        "-0.0",
        "1e-999",
        "1E+2",
        "\"\"",
        "\"\\u0000\"",
        "\"\\ud83d\\ude00\"",
        "[[[]]]",
        "\"\x7f\"",
        "\"/\"",
        "\"\\/\"",
        "18446744073709551616",
        "{\"\": {\"a\": [1, 2.5, \"x\", null, true, false]}}",
    };

    for (size_t i = 0; i < COUNT(TEXTS); i++) {
        DOCUMENT *document = plain(TEXTS[i]);

        assert_non_null(pl_json_document_root(document));
    }
}

static enum pl_status status_of(const char *text, const struct pl_json_options *options)
{
    struct pl_json_document *document = NULL;
    struct pl_error error = {0};
    const enum pl_status status =
        pl_json_document_open(pl_str_of(text), options, &document, &error);

    pl_json_document_free(document);
    return status;
}

static void nesting_has_its_limit(void **state)
{
    (void)state;
    const struct pl_json_options options = {.nesting_max = 2};
    char text[2 * PL_JSON_NESTING_MAX + 3] = {0};

    assert_int_equal(status_of("[[1],[2],{\"a\":3}]", &options), PL_OK);
    assert_int_equal(status_of("[[1],[[2]]]", &options), PL_E_LIMIT);
    assert_int_equal(status_of("[{\"a\":[]}]", &options), PL_E_LIMIT);
    memset(text, '[', PL_JSON_NESTING_MAX);
    memset(text + PL_JSON_NESTING_MAX, ']', PL_JSON_NESTING_MAX);
    assert_int_equal(status_of(text, NULL), PL_OK);
    memset(text, '[', PL_JSON_NESTING_MAX + 1);
    memset(text + PL_JSON_NESTING_MAX + 1, ']', PL_JSON_NESTING_MAX + 1);
    assert_int_equal(status_of(text, NULL), PL_E_LIMIT);
}

static void the_text_has_its_limit(void **state)
{
    (void)state;
    const struct pl_json_options options = {.size_bytes_max = 5};

    assert_int_equal(status_of("[1,2]", &options), PL_OK);
    assert_int_equal(status_of("[1,2 ]", &options), PL_E_LIMIT);
}

static void a_name_twice_in_one_object_is_refused(void **state)
{
    (void)state;
    static const char *const TWINS[] = {
        "{\"a\":1,\"b\":2,\"a\":3}",
        "[{\"x\":{\"\":1,\"\":1}}]",
        "{\"a\":1,\"\\u0061\":2}",
        ("{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,\"j\":0,\"k\":0,"
         "\"l\":0,\"m\":0,\"n\":0,\"b\":0}"),
    };

    for (size_t i = 0; i < COUNT(TWINS); i++)
        assert_int_equal(status_of(TWINS[i], NULL), PL_E_DATA);
    assert_int_equal(status_of("{\"a\":{\"a\":1},\"b\":{\"a\":1}}", NULL), PL_OK);
    assert_int_equal(
        status_of("{\"a\":0,\"b\":0,\"c\":0,\"d\":0,\"e\":0,\"f\":0,\"g\":0,\"h\":0,\"i\":0,"
                  "\"j\":0,\"k\":0,\"l\":0,\"m\":{\"a\":1},\"n\":0,\"o\":0}",
                  NULL),
        PL_OK);
}

static void a_name_twice_can_be_kept_and_then_the_last_one_counts(void **state)
{
    (void)state;
    const struct pl_json_options options = {.duplicates_kept = true};
    DOCUMENT *document = document_of("{\"a\":1,\"b\":2,\"a\":3}", &options);
    const struct pl_json_value *root = pl_json_document_root(document);

    assert_int_equal(pl_json_value_count(root), 3);
    assert_true(pl_json_value_double(pl_json_value_get_text(root, "a")) == 3);
}

static void a_document_reads_again_and_again(void **state)
{
    (void)state;
    DOCUMENT *document = NULL;
    struct pl_error error = {0};
    char text[5000];

    assert_int_equal(pl_json_document_new(NULL, &document, &error), PL_OK);
    assert_null(pl_json_document_root(document));
    for (int i = 0; i < 300; i++) {
        const int blanks = i * 13;

        (void)snprintf(text, sizeof text, "{\"n\":%d,%*s\"s\":\"x\"}", i, blanks, "");
        assert_int_equal(pl_json_document_read(document, pl_str_of(text), &error), PL_OK);
        memset(text, '!', sizeof text);

        const struct pl_json_value *root = pl_json_document_root(document);

        assert_true(pl_json_value_double(pl_json_value_get_text(root, "n")) == i);
        assert_true(pl_str_equal_text(pl_json_value_str(pl_json_value_get_text(root, "s")), "x"));
    }
    assert_int_equal(pl_json_document_read(document, PL_STR("["), &error), PL_E_DATA);
    assert_null(pl_json_document_root(document));
}

static void a_large_text_is_read_as_well(void **state)
{
    (void)state;
    const size_t items = 700000;
    char *text = malloc(2 * items + 2);
    DOCUMENT *document = NULL;
    struct pl_error error = {0};

    assert_non_null(text);
    for (size_t i = 0; i < items; i++)
        memcpy(text + 2 * i, i == 0 ? "[7" : ",7", 2);
    text[2 * items] = ']';
    assert_int_equal(
        pl_json_document_open((struct pl_str){text, 2 * items + 1}, NULL, &document, &error),
        PL_OK);
    free(text);
    assert_int_equal(pl_json_value_count(pl_json_document_root(document)), items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_json_is_refused_with_its_place),
        cmocka_unit_test(what_is_json_is_read),
        cmocka_unit_test(nesting_has_its_limit),
        cmocka_unit_test(the_text_has_its_limit),
        cmocka_unit_test(a_name_twice_in_one_object_is_refused),
        cmocka_unit_test(a_name_twice_can_be_kept_and_then_the_last_one_counts),
        cmocka_unit_test(a_document_reads_again_and_again),
        cmocka_unit_test(a_large_text_is_read_as_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

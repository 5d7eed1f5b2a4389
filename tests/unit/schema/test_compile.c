/* Compiling: what is refused, with which status and which place in its message, and what references
   find. */
#include <stdio.h>
#include <string.h>

#include "schema_text.h"

struct refusal {
    const char *schema;
    enum pl_status status;
    const char *message; /* a part of it */
};

static const struct refusal REFUSALS[] = {
    {"{", PL_E_DATA, "not JSON"},
    {"[]", PL_E_DATA, "at #: a schema is an object, true or false"},
    {"{\"type\": \"text\"}", PL_E_DATA, "at #/type: must be the name of a type"},
    {"{\"type\": [\"string\", 1]}", PL_E_DATA, "at #/type"},
    {"{\"minLength\": -1}", PL_E_DATA, "at #/minLength: must be an integer of 0 or more"},
    {"{\"minLength\": 1.5}", PL_E_DATA, "at #/minLength"},
    {"{\"multipleOf\": 0}", PL_E_DATA, "at #/multipleOf: must be a number greater than 0"},
    {"{\"minimum\": \"1\"}", PL_E_DATA, "at #/minimum: must be a number"},
    {"{\"required\": [1]}", PL_E_DATA, "at #/required: must be an array of strings"},
    {"{\"properties\": []}", PL_E_DATA, "at #/properties: must be an object of schemas"},
    {"{\"properties\": {\"a/b\": 1}}", PL_E_DATA, "at #/properties/a~1b: a schema is"},
    {"{\"allOf\": []}", PL_E_DATA, "at #/allOf: must be an array of one schema or more"},
    {"{\"anyOf\": [{\"not\": 3}]}", PL_E_DATA, "at #/anyOf/0/not: a schema is"},
    {"{\"enum\": 1}", PL_E_DATA, "at #/enum: must be an array"},
    {"{\"uniqueItems\": 1}", PL_E_DATA, "at #/uniqueItems: must be true or false"},
    {"{\"$ref\": 1}", PL_E_DATA, "at #/$ref: must be a string"},
    {"{\"$id\": 1}", PL_E_DATA, "at #/$id: must be a string"},
    {"{\"$id\": \"a\", \"not\": {\"$id\": \"b#c\"}}", PL_E_DATA, "must not have a fragment"},
    {"{\"allOf\": [{\"$id\": \"b\"}, {\"$id\": \"b\"}]}", PL_E_DATA, "is there already"},
    {"{\"$anchor\": 1}", PL_E_DATA, "at #/$anchor: must be a string"},
    {"{\"pattern\": \"(\"}", PL_E_DATA, "at #: '(' is not a regular expression"},
    {"{\"patternProperties\": {\"\\\\Z\": true}}", PL_E_DATA, "an escape that does not exist"},
    {"{\"items\": [true]}", PL_E_UNSUPPORTED, "prefixItems in draft 2020-12"},
    {"{\"$ref\": \"#/$defs/a\"}", PL_E_NOT_FOUND, "refers to '#/$defs/a' at #, and nothing"},
    {"{\"$ref\": \"#a\"}", PL_E_NOT_FOUND, "'#a'"},
    {"{\"$ref\": \"#/%zz\"}", PL_E_NOT_FOUND, "'#/%zz'"},
    {"{\"not\": {\"$ref\": \"other.json\"}}", PL_E_NOT_FOUND, "'other.json' at #/not"},
    {"{\"$ref\": \"#/a\", \"a\": 1}", PL_E_DATA, "at #/a: a schema is"},
    {"{\"$schema\": \"http://json-schema.org/draft-04/schema#\"}", PL_E_UNSUPPORTED, "not known"},
    {"{\"$schema\": \"https://example.org/meta\"}", PL_E_UNSUPPORTED, "not known"},
};

static void a_schema_that_is_wrong_is_refused_with_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(REFUSALS); i++) {
        struct pl_schema *schema = NULL;
        struct pl_error error = {0};
        const enum pl_status status =
            pl_schema_compile(pl_str_of(REFUSALS[i].schema), NULL, &schema, &error);

        print_message("%s: %s\n", REFUSALS[i].schema, error.message);
        assert_int_equal(status, REFUSALS[i].status);
        assert_non_null(strstr(error.message, REFUSALS[i].message));
        assert_null(schema);
    }
}

static void sources_are_found_by_their_address_and_relative_to_it(void **state)
{
    (void)state;
    const struct pl_schema_source sources[] = {
        {PL_STR("https://example.org/s/a.json"), PL_STR("{\"$ref\": \"sub/b.json#/$defs/x\"}")},
        {PL_STR("https://example.org/s/sub/b.json"),
         PL_STR("{\"$defs\": {\"x\": {\"$ref\": \"../c.json#here\"}}}")},
        {PL_STR("https://example.org/s/c.json"),
         PL_STR("{\"$id\": \"https://example.org/elsewhere\", \"$defs\": {\"y\": {\"$anchor\": "
                "\"here\", \"type\": \"integer\"}}}")},
    };
    const struct pl_schema_options options = {
        .uri = PL_STR("https://example.org/s/root"), .sources = sources, .sources_count = 3};
    SCHEMA *schema = schema_with("{\"items\": {\"$ref\": \"a.json\"}}", &options);
    CHECKER *checker = checker_of(schema);
    size_t count = 0;

    assert_true(is_valid(checker, "[1, 2]"));
    assert_false(is_valid(checker, "[1, \"2\"]"));

    const struct pl_schema_fault *faults = pl_schema_checker_faults(checker, &count);

    assert_int_equal(count, 1);
    assert_true(pl_str_equal_text(faults[0].instance, "/1"));
    assert_true(
        pl_str_equal_text(faults[0].keyword, "https://example.org/elsewhere#/$defs/y/type"));
}

static void the_meta_schema_is_built_in(void **state)
{
    (void)state;
    SCHEMA *schema = schema_of("{\"$ref\": \"https://json-schema.org/draft/2020-12/schema\"}");
    CHECKER *checker = checker_of(schema);

    assert_true(is_valid(checker, "{\"type\": \"object\", \"properties\": {\"a\": true}}"));
    assert_false(is_valid(checker, "{\"properties\": {\"a\": {\"minLength\": -1}}}"));
}

static void a_vocabulary_that_is_required_and_not_known_is_refused(void **state)
{
    (void)state;
    static const char META[] = "{\"$vocabulary\": {\"https://example.org/vocab\": %s}}";
    static const char *const REQUIRED[] = {"false", "true"};

    for (size_t i = 0; i < 2; i++) {
        char text[100];
        struct pl_schema *schema = NULL;
        struct pl_error error = {0};

        (void)snprintf(text, sizeof text, META, REQUIRED[i]);

        const struct pl_schema_source source = {PL_STR("https://example.org/meta"),
                                                pl_str_of(text)};
        const struct pl_schema_options options = {.sources = &source, .sources_count = 1};

        assert_int_equal(pl_schema_compile(PL_STR("{\"$schema\": \"https://example.org/meta\"}"),
                                           &options, &schema, &error),
                         i == 0 ? PL_OK : PL_E_UNSUPPORTED);
        pl_schema_free(schema);
    }
}

static void older_drafts_are_read_by_their_own_rules_for_references(void **state)
{
    (void)state;
    SCHEMA *seven = schema_of("{\"$schema\": \"http://json-schema.org/draft-07/schema#\","
                              "\"definitions\": {\"a\": {\"type\": \"integer\"}},"
                              "\"items\": {\"$ref\": \"#/definitions/a\", \"minimum\": 5}}");
    SCHEMA *now = schema_of("{\"definitions\": {\"a\": {\"type\": \"integer\"}},"
                            "\"items\": {\"$ref\": \"#/definitions/a\", \"minimum\": 5}}");
    CHECKER *by_seven = checker_of(seven);
    CHECKER *by_now = checker_of(now);

    assert_true(is_valid(by_seven, "[1]"));
    assert_false(is_valid(by_now, "[1]"));
    assert_false(is_valid(by_seven, "[\"1\"]"));
}

static void formats_are_checked_where_asked(void **state)
{
    (void)state;
    const struct pl_schema_options options = {.formats_asserted = true};
    SCHEMA *noted = schema_of("{\"format\": \"date\"}");
    SCHEMA *checked = schema_with("{\"format\": \"date\"}", &options);
    SCHEMA *unknown = schema_with("{\"format\": \"colour\"}", &options);
    CHECKER *a = checker_of(noted);
    CHECKER *b = checker_of(checked);
    CHECKER *c = checker_of(unknown);

    assert_true(is_valid(a, "\"2023-02-29\""));
    assert_false(is_valid(b, "\"2023-02-29\""));
    assert_true(is_valid(b, "\"2024-02-29\""));
    assert_true(is_valid(b, "20240229"));
    assert_true(is_valid(c, "\"\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_schema_that_is_wrong_is_refused_with_its_place),
        cmocka_unit_test(sources_are_found_by_their_address_and_relative_to_it),
        cmocka_unit_test(the_meta_schema_is_built_in),
        cmocka_unit_test(a_vocabulary_that_is_required_and_not_known_is_refused),
        cmocka_unit_test(older_drafts_are_read_by_their_own_rules_for_references),
        cmocka_unit_test(formats_are_checked_where_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

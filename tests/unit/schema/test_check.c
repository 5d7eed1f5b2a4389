/* Checking: the faults and their sentences, exact multiples, large arrays, and the limits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "schema_text.h"

#include "base/rng.h"

struct fault_case {
    const char *schema, *value, *instance, *keyword, *message;
};

static const struct fault_case FAULTS[] = {
    {"{\"type\": \"string\"}", "3", "", "#/type", "must be of type \"string\", and is 3"},
    {"{\"properties\": {\"a\": {\"items\": {\"type\": [\"null\", \"integer\"]}}}}",
     "{\"a\": [1, 1.5]}", "/a/1", "#/properties/a/items/type",
     "must be of type [\"null\",\"integer\"], and is 1.5"},
    {"false", "1", "", "#", "is not allowed here"},
    {"{\"additionalProperties\": false}", "{\"x/y\": 1}", "/x~1y", "#/additionalProperties",
     "is not allowed here"},
    {"{\"required\": [\"a\", \"b\"]}", "{\"a\": 1}", "", "#/required", "the member 'b' is missing"},
    {"{\"minimum\": 2}", "1", "", "#/minimum", "must be at least 2, and is 1"},
    {"{\"maximum\": 2.5}", "3", "", "#/maximum", "must be at most 2.5, and is 3"},
    {"{\"exclusiveMinimum\": 2}", "2.0", "", "#/exclusiveMinimum",
     "must be greater than 2, and is 2"},
    {"{\"exclusiveMaximum\": 2}", "2", "", "#/exclusiveMaximum", "must be less than 2, and is 2"},
    {"{\"multipleOf\": 0.01}", "0.295", "", "#/multipleOf",
     "must be a multiple of 0.01, and is 0.295"},
    {"{\"minLength\": 3}", "\"\xc3\xa9\xc3\xa9\"", "", "#/minLength",
     "must have at least 3 characters, and has 2"},
    {"{\"maxLength\": 1}", "\"\xc3\xa9\xc3\xa9\"", "", "#/maxLength",
     "must have at most 1 characters, and has 2"},
    {"{\"pattern\": \"^a\"}", "\"b\"", "", "#/pattern", "must match '^a', and is \"b\""},
    {"{\"minItems\": 1}", "[]", "", "#/minItems", "must have at least 1 items, and has 0"},
    {"{\"maxItems\": 0}", "[1]", "", "#/maxItems", "must have at most 0 items, and has 1"},
    {"{\"uniqueItems\": true}", "[1, 2, 1.0]", "", "#/uniqueItems",
     "must not have an item twice, and items 0 and 2 are equal"},
    {"{\"contains\": {\"type\": \"null\"}}", "[1]", "", "#/contains",
     "must have at least 1 items of a kind, and has 0"},
    {"{\"contains\": true, \"maxContains\": 1}", "[1, 2]", "", "#/maxContains",
     "must have at most 1 items of a kind, and has 2"},
    {"{\"minProperties\": 1}", "{}", "", "#/minProperties",
     "must have at least 1 members, and has 0"},
    {"{\"maxProperties\": 0}", "{\"a\": 1}", "", "#/maxProperties",
     "must have at most 0 members, and has 1"},
    {"{\"propertyNames\": {\"maxLength\": 1}}", "{\"ab\": 1}", "/ab", "#/propertyNames/maxLength",
     "must have at most 1 characters, and has 2"},
    {"{\"dependentRequired\": {\"a\": [\"b\"]}}", "{\"a\": 1}", "", "#/dependentRequired",
     "the member 'b' is missing, as 'a' is there"},
    {"{\"const\": {\"a\": 1}}", "{}", "", "#/const", "must be {\"a\":1}, and is {}"},
    {"{\"enum\": [1, 2]}", "3", "", "#/enum",
     "must be one of the 2 values that are listed, and is 3"},
    {"{\"not\": {}}", "1", "", "#/not", "must not fit the schema of 'not', and does"},
    {"{\"anyOf\": [{\"minimum\": 5}, {\"minimum\": 6}]}", "1", "", "#/anyOf",
     "fits none of the 2 alternatives"},
    {"{\"oneOf\": [true, true]}", "1", "", "#/oneOf", "fits more than one of the 2 alternatives"},
    {"{\"if\": {\"minimum\": 5}, \"then\": {\"multipleOf\": 2}}", "7", "", "#/then/multipleOf",
     "must be a multiple of 2, and is 7"},
    {"{\"properties\": {\"a\": true}, \"unevaluatedProperties\": false}", "{\"a\": 1, \"b\": 2}",
     "/b", "#/unevaluatedProperties", "is not allowed here"},
    {"{\"prefixItems\": [true], \"unevaluatedItems\": {\"type\": \"null\"}}", "[1, 2]", "/1",
     "#/unevaluatedItems/type", "must be of type \"null\", and is 2"},
    {"{\"$ref\": \"#/$defs/a\", \"$defs\": {\"a\": {\"type\": \"null\"}}}", "1", "",
     "#/$defs/a/type", "must be of type \"null\", and is 1"},
};

static void check_fault(const struct pl_schema_fault *fault, const struct fault_case *row)
{
    print_message("%s | %s | %s\n", fault->instance.ptr, fault->keyword.ptr, fault->message.ptr);
    assert_string_equal(fault->instance.ptr, row->instance);
    assert_string_equal(fault->keyword.ptr, row->keyword);
    assert_string_equal(fault->message.ptr, row->message);
}

static void a_fault_says_where_which_and_what(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(FAULTS); i++) {
        SCHEMA *schema = schema_of(FAULTS[i].schema);
        CHECKER *checker = checker_of(schema);
        size_t count = 0;

        print_message("%s\n", FAULTS[i].schema);
        assert_false(is_valid(checker, FAULTS[i].value));

        const struct pl_schema_fault *faults = pl_schema_checker_faults(checker, &count);

        assert_int_equal(count, 1);
        check_fault(&faults[0], &FAULTS[i]);
    }
}

static void all_faults_are_found_up_to_the_most(void **state)
{
    (void)state;
    SCHEMA *schema = schema_of("{\"items\": {\"type\": \"integer\", \"minimum\": 3},"
                               "\"maxItems\": 2, \"uniqueItems\": true}");
    CHECKER *checker = checker_of(schema);
    size_t count = 0;

    assert_false(is_valid(checker, "[1, \"x\", 4, 1]"));
    (void)pl_schema_checker_faults(checker, &count);
    assert_int_equal(count, 5);
    assert_false(is_valid(checker, "[0,0,0,0,0,0,0,0,0,0,0,0,0,0]"));
    (void)pl_schema_checker_faults(checker, &count);
    assert_int_equal(count, FAULTS_MAX);
    assert_true(is_valid(checker, "[3, 4]"));
    (void)pl_schema_checker_faults(checker, &count);
    assert_int_equal(count, 0);
}

static void of_alternatives_the_one_that_is_meant_is_explained(void **state)
{
    (void)state;
    SCHEMA *schema =
        schema_of("{\"anyOf\": [{\"type\": \"null\"}, {\"$ref\": \"#/$defs/a\"}],"
                  "\"$defs\": {\"a\": {\"type\": \"object\", \"required\": [\"k\"]}}}");
    CHECKER *checker = checker_of(schema);
    size_t count = 0;

    assert_false(is_valid(checker, "{}"));

    const struct pl_schema_fault *faults = pl_schema_checker_faults(checker, &count);

    assert_int_equal(count, 2);
    assert_string_equal(faults[0].keyword.ptr, "#/anyOf");
    assert_string_equal(faults[1].keyword.ptr, "#/$defs/a/required");
}

/* A law: n hundredths are a multiple of d hundredths when d divides n, however the number is written. */
static void multiples_of_decimals_are_exact(void **state)
{
    (void)state;
    struct pl_rng rng;

    pl_rng_init(&rng, 20240601, 1);
    for (int i = 0; i < 300; i++) {
        const int places = (int)pl_rng_below(&rng, 9);
        const uint64_t divisor = 1 + pl_rng_below(&rng, 30);
        char text[100];

        (void)snprintf(text, sizeof text, "{\"multipleOf\": %llue-%d}", (unsigned long long)divisor,
                       places);
        SCHEMA *schema = schema_of(text);
        CHECKER *checker = checker_of(schema);

        for (int j = 0; j < 100; j++) {
            const uint64_t number = 1 + pl_rng_below(&rng, UINT64_C(1) << pl_rng_below(&rng, 62));

            (void)snprintf(text, sizeof text, "%llue-%d", (unsigned long long)number, places);
            if (number < UINT64_C(1000000000000000))
                assert_int_equal(is_valid(checker, text), number % divisor == 0);
            (void)snprintf(text, sizeof text, "%llu5e-%d", (unsigned long long)number, places + 1);
            if (number < UINT64_C(100000000000000))
                assert_int_equal(is_valid(checker, text), (10 * number + 5) % (10 * divisor) == 0);
        }
    }
}

/* An array of `count` objects of which, unless it is -1, item `twin` is the same as item 0. */
static char *large_array(size_t count, int twin)
{
    char *text = malloc(count * 40 + 3);
    size_t len = 0;

    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        len += (size_t)sprintf(text + len, "%c{\"id\":%zu,\"b\":%d}", i == 0 ? '[' : ',',
                               (int)i == twin ? 0 : i, 1);
    (void)strcpy(text + len, "]");
    return text;
}

static void equal_items_are_found_in_large_arrays(void **state)
{
    (void)state;
    SCHEMA *schema = schema_of("{\"uniqueItems\": true}");
    CHECKER *checker = checker_of(schema);
    static const size_t COUNTS[] = {8, 9, 1000, 100000};

    for (size_t i = 0; i < COUNT(COUNTS); i++) {
        char *none = large_array(COUNTS[i], -1), *one = large_array(COUNTS[i], (int)COUNTS[i] - 1);

        assert_true(is_valid(checker, none));
        assert_false(is_valid(checker, one));
        free(none);
        free(one);
    }
}

static void more_members_than_bits_may_be_required(void **state)
{
    (void)state;
    char schema_text[2000] = "{\"required\": [\"k0\"", value[2000] = "{\"k0\": 0", part[32];

    for (int i = 1; i < 100; i++) {
        (void)snprintf(part, sizeof part, ",\"k%d\"", i);
        (void)strcat(schema_text, part);
        (void)snprintf(part, sizeof part, ",\"k%d\": 0", i);
        if (i < 99)
            (void)strcat(value, part);
    }
    (void)strcat(schema_text, "]}");

    SCHEMA *schema = schema_of(schema_text);
    CHECKER *checker = checker_of(schema);
    char whole[2100];

    (void)snprintf(whole, sizeof whole, "%s}", value);
    assert_false(is_valid(checker, whole));
    (void)snprintf(whole, sizeof whole, "%s,\"k99\": 1}", value);
    assert_true(is_valid(checker, whole));
}

static void many_listed_values_are_looked_up_by_value(void **state)
{
    (void)state;
    SCHEMA *schema = schema_of("{\"enum\": [0,1,2,3,4,5,6,7,8,9,\"a\",[1],{\"k\":1,\"l\":2}]}");
    CHECKER *checker = checker_of(schema);

    assert_true(is_valid(checker, "9.0"));
    assert_true(is_valid(checker, "{\"l\":2,\"k\":1e0}"));
    assert_true(is_valid(checker, "[1]"));
    assert_false(is_valid(checker, "10"));
    assert_false(is_valid(checker, "\"b\""));
    assert_false(is_valid(checker, "[1,1]"));
}

static void what_would_never_end_is_stopped(void **state)
{
    (void)state;
    static const char *const SCHEMAS[] = {
        "{\"$ref\": \"#\"}",
        "{\"allOf\": [{\"$ref\": \"#\"}]}",
        "{\"not\": {\"not\": {\"$ref\": \"#\"}}}",
        "{\"anyOf\": [{\"$ref\": \"#\"}, true]}",
        "{\"pattern\": \"^(a+)+$\"}",
    };
    const char *text = "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!\"";

    for (size_t i = 0; i < COUNT(SCHEMAS); i++) {
        SCHEMA *schema = schema_of(SCHEMAS[i]);
        CHECKER *checker = checker_of(schema);
        struct pl_error error = {0};
        bool valid = false;

        assert_int_equal(status_of(checker, text, &valid, &error), PL_E_LIMIT);
        assert_true(strlen(error.message) > 20);
    }
}

/* Each level applies the next one twice: 2^40 steps. */
static void work_that_doubles_at_each_level_is_stopped(void **state)
{
    (void)state;
    char text[4000] = "{\"$ref\": \"#/$defs/l0\", \"$defs\": {";
    struct pl_error error = {0};
    bool valid = false;

    for (int i = 0; i < 40; i++) {
        char level[96];

        (void)snprintf(
            level, sizeof level,
            "\"l%d\": {\"allOf\": [{\"$ref\": \"#/$defs/l%d\"}, {\"$ref\": \"#/$defs/l%d\"}]}, ", i,
            i + 1, i + 1);
        (void)strcat(text, level);
    }
    (void)strcat(text, "\"l40\": true}}");

    SCHEMA *schema = schema_of(text);
    CHECKER *checker = checker_of(schema);

    assert_int_equal(status_of(checker, "1", &valid, &error), PL_E_LIMIT);
    assert_non_null(strstr(error.message, "too many steps"));
}

static void a_schema_may_be_as_deep_as_the_value(void **state)
{
    (void)state;
    SCHEMA *schema = schema_of("{\"type\": [\"array\", \"null\"], \"items\": {\"anyOf\": "
                               "[{\"$ref\": \"#\"}]}}");
    CHECKER *checker = checker_of(schema);
    char text[2 * 250 + 5];

    memset(text, '[', 250);
    (void)strcpy(text + 250, "null");
    memset(text + 254, ']', 250);
    text[504] = '\0';
    assert_true(is_valid(checker, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_says_where_which_and_what),
        cmocka_unit_test(all_faults_are_found_up_to_the_most),
        cmocka_unit_test(of_alternatives_the_one_that_is_meant_is_explained),
        cmocka_unit_test(multiples_of_decimals_are_exact),
        cmocka_unit_test(equal_items_are_found_in_large_arrays),
        cmocka_unit_test(more_members_than_bits_may_be_required),
        cmocka_unit_test(many_listed_values_are_looked_up_by_value),
        cmocka_unit_test(what_would_never_end_is_stopped),
        cmocka_unit_test(work_that_doubles_at_each_level_is_stopped),
        cmocka_unit_test(a_schema_may_be_as_deep_as_the_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* OFREP as text: what a request may hold, what each flag answers, and when a tag changes. */
#include "flag/ofrep.h"
#include "ledger/ledger.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define ARENA_SIZE_BYTES_MAX  ((size_t)1 << 20)
#define ANSWER_SIZE_BYTES_MAX ((size_t)64 << 10)

static const struct pl_arm TONE[] = {
    {.name = TEXT("plain"), .share = 0.5},
    {.name = TEXT("warm"), .share = 0.5},
};
static const struct pl_arm AGE[] = {{.name = TEXT("one"), .share = 1.0}};

struct fixture {
    struct pl_arena arena;
    struct pl_experiment_line experiments[2];
    struct pl_serving serving;
    struct pl_condition *whens[2];
    struct pl_flag_state_now now;
    struct pl_launch_now launch;
    struct pl_ofrep_flags flags;
    struct pl_ofrep_context context;
    struct pl_buffer out;
};

static void hash(struct pl_str bytes, char ret_hex[65])
{
    pl_hash_bytes(bytes, ret_hex);
}

static int set_up(void **state)
{
    static struct fixture fixture;
    struct pl_error error = {0};

    fixture = (struct fixture){
        .experiments = {{.name = TEXT("tone"), .arms = TONE, .arms_count = 2, .share = 1.0},
                        {.name = TEXT("age"), .arms = AGE, .arms_count = 1, .share = 1.0}},
        .serving = {.flag = {.given = true, .share = 1.0}, .experiments_count = 2},
        .now = {.version = 3, .who = TEXT("ann"), .why = TEXT("secret reasons")},
    };
    fixture.serving.experiments = fixture.experiments;
    fixture.flags = (struct pl_ofrep_flags){
        .feature = TEXT("answers"),
        .config = TEXT("0123456789ab"),
        .serving = &fixture.serving,
        .whens = fixture.whens,
        .now = &fixture.now,
        .launch = &fixture.launch,
        .hash = hash,
    };
    pl_arena_init(&fixture.arena, ARENA_SIZE_BYTES_MAX);
    pl_buffer_init(&fixture.out, ANSWER_SIZE_BYTES_MAX);
    assert_int_equal(pl_condition_compile(PL_STR("age >= 18 and member = true and city <> 'x'"),
                                          &fixture.arena, &fixture.whens[1], &error),
                     PL_OK);
    *state = &fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    pl_arena_deinit(&fixture->arena);
    pl_buffer_deinit(&fixture->out);
    return 0;
}

static void ask(struct fixture *fixture, const char *body)
{
    struct pl_ofrep_failure failure = {0};

    if (!pl_ofrep_read(pl_str_of(body), &fixture->arena, &fixture->context, &failure))
        fail_msg("%s: %s", failure.code, failure.details);
}

static void assert_single(struct fixture *fixture, const char *key, int status, const char *answer)
{
    pl_buffer_reset(&fixture->out);
    assert_int_equal(
        pl_ofrep_single(&fixture->flags, &fixture->context, pl_str_of(key), &fixture->out), status);
    assert_string_equal(fixture->out.ptr, answer);
}

/* Every code of the protocol that a body can be to blame for. */
static void test_a_request_that_cannot_be_answered_says_why(void **state)
{
    static const struct {
        const char *body, *code, *details;
    } CASES[] = {
        {"", "PARSE_ERROR", "line 1, column 1: "},
        {"{\"context\":", "PARSE_ERROR", "line 1, column 12: "},
        {"{\"context\":{\"targetingKey\":\"\xff\"}}", "PARSE_ERROR", "line 1, column "},
        {"[]", "INVALID_CONTEXT", "the body is not a JSON object with a context"},
        {"null", "INVALID_CONTEXT", "the body is not a JSON object with a context"},
        {"{}", "INVALID_CONTEXT", "`context` is missing, or is not a JSON object"},
        {"{\"context\":null}", "INVALID_CONTEXT", "`context` is missing, or is not a JSON object"},
        {"{\"context\":[]}", "INVALID_CONTEXT", "`context` is missing, or is not a JSON object"},
        {"{\"context\":{}}", "TARGETING_KEY_MISSING",
         "`context.targetingKey` is missing: it says whose flags these are"},
        {"{\"context\":{\"targetingKey\":null}}", "TARGETING_KEY_MISSING",
         "`context.targetingKey` is missing: it says whose flags these are"},
        {"{\"context\":{\"targetingKey\":\"\"}}", "TARGETING_KEY_MISSING",
         "`context.targetingKey` is empty"},
        {"{\"context\":{\"targetingKey\":7}}", "INVALID_CONTEXT",
         "`context.targetingKey` is not a string"},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct pl_ofrep_failure failure = {0};
        struct pl_ofrep_context context = {.attributes_count = 77};

        assert_false(pl_ofrep_read(pl_str_of(CASES[i].body), &fixture->arena, &context, &failure));
        assert_string_equal(failure.code, CASES[i].code);
        assert_memory_equal(failure.details, CASES[i].details, strlen(CASES[i].details));
        assert_int_equal(context.attributes_count, 77);
    }
}

static void test_a_failure_is_an_answer(void **state)
{
    static const struct pl_ofrep_failure FAILURE = {"PARSE_ERROR", "not \"JSON\""};
    struct fixture *fixture = *state;

    pl_ofrep_fail(PL_STR("answers"), &FAILURE, &fixture->out);
    assert_string_equal(fixture->out.ptr, "{\"key\":\"answers\",\"errorCode\":\"PARSE_ERROR\","
                                          "\"errorDetails\":\"not \\\"JSON\\\"\"}");
    pl_buffer_reset(&fixture->out);
    pl_ofrep_fail((struct pl_str){0}, &FAILURE, &fixture->out);
    assert_string_equal(fixture->out.ptr, "{\"errorCode\":\"PARSE_ERROR\","
                                          "\"errorDetails\":\"not \\\"JSON\\\"\"}");
}

static void test_a_context_has_its_bounds(void **state)
{
    struct fixture *fixture = *state;
    struct pl_ofrep_failure failure = {0};
    struct pl_buffer body;

    for (int many = 0; many < 2; many++) {
        pl_buffer_init(&body, ANSWER_SIZE_BYTES_MAX);
        pl_buffer_add_text(&body, "{\"context\":{\"targetingKey\":\"a\"");
        for (int i = 1; i < PL_OFREP_ATTRIBUTES_MAX + many; i++)
            pl_buffer_add_format(&body, ",\"a%d\":%d", i, i);
        pl_buffer_add_text(&body, "}}");
        assert_int_equal(
            pl_ofrep_read(pl_buffer_view(&body), &fixture->arena, &fixture->context, &failure),
            many == 0);
        pl_buffer_deinit(&body);
    }
    assert_string_equal(failure.code, "INVALID_CONTEXT");
    assert_int_equal(fixture->context.attributes_count, PL_OFREP_ATTRIBUTES_MAX);

    pl_buffer_init(&body, 2 * PL_OFREP_BODY_SIZE_BYTES_MAX);
    pl_buffer_add_text(&body, "{\"context\":{\"targetingKey\":\"");
    while (body.len <= PL_OFREP_BODY_SIZE_BYTES_MAX)
        pl_buffer_add_char(&body, 'a');
    pl_buffer_add_text(&body, "\"}}");
    assert_false(
        pl_ofrep_read(pl_buffer_view(&body), &fixture->arena, &fixture->context, &failure));
    assert_string_equal(failure.code, "PARSE_ERROR");
    pl_buffer_deinit(&body);
}

/* As the group of a segment, and as the value of a column. */
static void test_attributes_of_every_type_are_read(void **state)
{
    static const struct {
        const char *name, *group;
        enum pl_datum_kind kind;
    } CASES[] = {
        {"targetingKey", "user-1", PL_DATUM_TEXT},
        {"text", "a b", PL_DATUM_TEXT},
        {"empty", "", PL_DATUM_TEXT},
        {"whole", "42", PL_DATUM_NUMBER},
        {"less", "-0.5", PL_DATUM_NUMBER},
        {"yes", "true", PL_DATUM_BOOL},
        {"no", "false", PL_DATUM_BOOL},
        {"nothing", "(missing)", PL_DATUM_NULL},
        {"list", "(missing)", PL_DATUM_NULL},
        {"object", "(missing)", PL_DATUM_NULL},
    };
    struct fixture *fixture = *state;

    ask(fixture, "{\"context\":{\"targetingKey\":\"user-1\",\"text\":\"a b\",\"empty\":\"\","
                 "\"whole\":42,\"less\":-0.5,\"yes\":true,\"no\":false,\"nothing\":null,"
                 "\"list\":[1],\"object\":{\"a\":1}}}");
    assert_true(pl_str_equal_text(fixture->context.targeting_key, "user-1"));
    assert_int_equal(fixture->context.attributes_count, sizeof CASES / sizeof *CASES);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct pl_ofrep_attribute *attribute = &fixture->context.attributes[i];

        assert_true(pl_str_equal_text(attribute->name, CASES[i].name));
        assert_true(pl_str_equal_text(attribute->group, CASES[i].group));
        assert_int_equal(attribute->datum.kind, CASES[i].kind);
    }
    assert_true(fixture->context.attributes[3].datum.number == 42.0);
    assert_true(fixture->context.attributes[4].datum.number == -0.5);
    assert_true(fixture->context.attributes[5].datum.truth);
    assert_false(fixture->context.attributes[6].datum.truth);
}

static void test_the_flag_of_the_feature_is_a_boolean_with_its_reason(void **state)
{
    static const struct pl_str DARK[] = {TEXT("language=hi")};
    struct fixture *fixture = *state;

    ask(fixture, "{\"context\":{\"targetingKey\":\"user-1\",\"language\":\"hi\"}}");
    assert_single(fixture, "answers", 200,
                  "{\"key\":\"answers\",\"reason\":\"STATIC\",\"variant\":\"on\",\"value\":true,"
                  "\"metadata\":{\"why\":\"on\"}}");
    fixture->now.off_in = (struct pl_strs){DARK, 1};
    assert_single(fixture, "answers", 200,
                  "{\"key\":\"answers\",\"reason\":\"TARGETING_MATCH\",\"variant\":\"off\","
                  "\"value\":false,\"metadata\":{\"why\":\"the slice is dark\","
                  "\"where\":\"language=hi\"}}");
    fixture->now.killed = true;
    assert_single(fixture, "answers", 200,
                  "{\"key\":\"answers\",\"reason\":\"DISABLED\",\"variant\":\"off\","
                  "\"value\":false,\"metadata\":{\"why\":\"killed\"}}");
    fixture->now = (struct pl_flag_state_now){.has_share = true, .share = 0.0};
    assert_single(fixture, "answers", 200,
                  "{\"key\":\"answers\",\"reason\":\"SPLIT\",\"variant\":\"off\",\"value\":false,"
                  "\"metadata\":{\"why\":\"outside of the share\"}}");
}

static void test_an_experiment_is_the_arm_or_has_no_value(void **state)
{
    struct fixture *fixture = *state;

    /* The arm of user-1 in "tone" is that of the bucket of arm/answers/tone: 0.5 and more is the second. */
    const bool warm = pl_bucket(PL_STR("arm/answers/tone"), PL_STR("user-1")) >= 0.5;
    char expected[256];

    ask(fixture,
        "{\"context\":{\"targetingKey\":\"user-1\",\"age\":18,\"member\":true,\"city\":\"y\"}}");
    (void)snprintf(expected, sizeof expected,
                   "{\"key\":\"answers.tone\",\"reason\":\"SPLIT\",\"variant\":\"%s\","
                   "\"value\":\"%s\",\"metadata\":{\"experiment\":\"tone\",\"why\":\"assigned\"}}",
                   warm ? "warm" : "plain", warm ? "warm" : "plain");
    assert_single(fixture, "answers.tone", 200, expected);
    assert_single(fixture, "answers.age", 200,
                  "{\"key\":\"answers.age\",\"reason\":\"SPLIT\",\"variant\":\"one\","
                  "\"value\":\"one\",\"metadata\":{\"experiment\":\"age\",\"why\":\"assigned\"}}");

    /* A condition over types: a number that is too small, and a column that is missing. */
    ask(fixture,
        "{\"context\":{\"targetingKey\":\"user-1\",\"age\":17.9,\"member\":true,\"city\":\"y\"}}");
    pl_buffer_reset(&fixture->out);
    assert_int_equal(
        pl_ofrep_single(&fixture->flags, &fixture->context, PL_STR("answers.age"), &fixture->out),
        200);
    assert_non_null(strstr(fixture->out.ptr,
                           "\"reason\":\"TARGETING_MATCH\",\"variant\":\"none\",\"metadata\""));
    assert_null(strstr(fixture->out.ptr, "\"value\""));
    ask(fixture, "{\"context\":{\"targetingKey\":\"user-1\",\"age\":18,\"member\":true}}");
    pl_buffer_reset(&fixture->out);
    (void)pl_ofrep_single(&fixture->flags, &fixture->context, PL_STR("answers.age"), &fixture->out);
    assert_null(strstr(fixture->out.ptr, "\"value\""));

    /* Where the feature is off there is no arm to be in. */
    fixture->now.killed = true;
    assert_single(fixture, "answers.tone", 200,
                  "{\"key\":\"answers.tone\",\"reason\":\"DISABLED\",\"variant\":\"none\","
                  "\"metadata\":{\"experiment\":\"tone\",\"why\":\"killed\"}}");
}

static void test_no_other_key_is_a_flag(void **state)
{
    static const char *const KEYS[] = {"",         "answer",        "answers.",  "answers.ton",
                                       "answers ", "answers.tone.", "ANSWERS",   "answersXtone",
                                       "tone",     "answers..tone", "other.tone"};
    struct fixture *fixture = *state;

    ask(fixture, "{\"context\":{\"targetingKey\":\"user-1\"}}");
    for (size_t i = 0; i < sizeof KEYS / sizeof *KEYS; i++) {
        pl_buffer_reset(&fixture->out);
        assert_int_equal(
            pl_ofrep_single(&fixture->flags, &fixture->context, pl_str_of(KEYS[i]), &fixture->out),
            404);
        assert_non_null(strstr(fixture->out.ptr, "\"errorCode\":\"FLAG_NOT_FOUND\""));
        assert_int_equal(strstr(fixture->out.ptr, "\"key\":\"") != NULL, KEYS[i][0] != '\0');
    }
}

/* The answer in bulk; the tag goes into `ret_etag`. */
static const char *bulk(struct fixture *fixture, char ret_etag[PL_OFREP_ETAG_SIZE])
{
    pl_buffer_reset(&fixture->out);
    pl_ofrep_bulk(&fixture->flags, &fixture->context, &fixture->out, ret_etag);
    assert_int_equal(fixture->out.failed, PL_OK);
    return fixture->out.ptr;
}

static void test_all_flags_at_once_are_those_one_by_one(void **state)
{
    static const char *const KEYS[] = {"answers", "answers.tone", "answers.age"};
    struct fixture *fixture = *state;
    char etag[PL_OFREP_ETAG_SIZE];
    char expected[4096] = "{\"flags\":[";

    ask(fixture, "{\"context\":{\"targetingKey\":\"user-1\"}}");
    for (size_t i = 0; i < 3; i++) {
        pl_buffer_reset(&fixture->out);
        (void)pl_ofrep_single(&fixture->flags, &fixture->context, pl_str_of(KEYS[i]),
                              &fixture->out);
        (void)strcat(expected, i == 0 ? "" : ",");
        (void)strcat(expected, fixture->out.ptr);
    }
    (void)strcat(expected, "],\"eventStreams\":[{\"type\":\"sse\",\"endpoint\":"
                           "{\"requestUri\":\"/ofrep/v1/events\"}}]}");
    assert_string_equal(bulk(fixture, etag), expected);
}

/* The same answer has the same tag, whatever else is in the context; another answer has another one. */
static void test_a_tag_changes_exactly_when_the_answer_does(void **state)
{
    struct fixture *fixture = *state;
    char first[PL_OFREP_ETAG_SIZE], tag[PL_OFREP_ETAG_SIZE];
    char answer[4096];

    ask(fixture, "{\"context\":{\"targetingKey\":\"user-1\"}}");
    (void)snprintf(answer, sizeof answer, "%s", bulk(fixture, first));
    assert_int_equal(strlen(first), 34);
    assert_true(first[0] == '"' && first[33] == '"');
    assert_int_equal(strspn(first + 1, "0123456789abcdef"), 32);

    /* A change that does not touch this subject. */
    fixture->now = (struct pl_flag_state_now){.version = 9, .why = TEXT("another"), .stage = 1};
    ask(fixture, "{\"context\":{\"color\":\"red\",\"targetingKey\":\"user-1\"}}");
    assert_string_equal(bulk(fixture, tag), answer);
    assert_string_equal(tag, first);

    fixture->now.killed = true;
    assert_string_not_equal(bulk(fixture, tag), answer);
    assert_string_not_equal(tag, first);
    fixture->now.killed = false;
    (void)bulk(fixture, tag);
    assert_string_equal(tag, first);
}

static void test_the_tag_of_all_that_counts_changes_with_each_part(void **state)
{
    static const struct pl_str ALLOWED[] = {TEXT("en"), TEXT("hi")};
    struct fixture *fixture = *state;
    char tags[8][PL_OFREP_ETAG_SIZE];
    size_t count = 0;

    pl_ofrep_config_etag(&fixture->flags, tags[count++]);
    fixture->now.version++;
    pl_ofrep_config_etag(&fixture->flags, tags[count++]);
    fixture->flags.config = PL_STR("0123456789ac");
    pl_ofrep_config_etag(&fixture->flags, tags[count++]);
    fixture->launch = (struct pl_launch_now){.known = true, .segment = TEXT("language")};
    pl_ofrep_config_etag(&fixture->flags, tags[count++]);
    fixture->launch.allowed = (struct pl_strs){ALLOWED, 1};
    pl_ofrep_config_etag(&fixture->flags, tags[count++]);
    fixture->launch.allowed.count = 2;
    pl_ofrep_config_etag(&fixture->flags, tags[count++]);
    fixture->launch.whole = true;
    pl_ofrep_config_etag(&fixture->flags, tags[count++]);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(tags[i], tags[j]);
    /* No verdict at all is what it was before there was one. */
    fixture->flags.launch = NULL;
    pl_ofrep_config_etag(&fixture->flags, tags[count]);
    assert_string_equal(tags[count], tags[2]);
}

static void test_if_none_match_is_read_as_a_list(void **state)
{
    static const char ETAG[] = "\"0123456789abcdef0123456789abcdef\"";
    static const struct {
        const char *header;
        bool matches;
    } CASES[] = {
        {"", false},
        {"\"0123456789abcdef0123456789abcdef\"", true},
        {"W/\"0123456789abcdef0123456789abcdef\"", true},
        {"\"a\", \"0123456789abcdef0123456789abcdef\" ", true},
        {"\"a\",\"b\"", false},
        {"*", true},
        {"0123456789abcdef0123456789abcdef", false},
        {"\"0123456789abcdef0123456789abcdef", false},
        {",", false},
        {"w/\"0123456789abcdef0123456789abcdef\"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        assert_int_equal(pl_ofrep_matches(pl_str_of(CASES[i].header), ETAG), CASES[i].matches);
}

static void test_an_event_says_ask_again(void **state)
{
    struct fixture *fixture = *state;

    pl_ofrep_event(7, "\"ab\"", &fixture->out);
    pl_ofrep_event(8, NULL, &fixture->out);
    assert_string_equal(fixture->out.ptr,
                        "event: message\nid: 7\ndata: {\"type\":\"refetchEvaluation\","
                        "\"etag\":\"\\\"ab\\\"\"}\n\n"
                        "event: message\nid: 8\ndata: {\"type\":\"refetchEvaluation\"}\n\n");
}

/* Reasons and names of people are the owner's, not the application's. */
static void test_nobody_learns_who_and_why(void **state)
{
    struct fixture *fixture = *state;
    char etag[PL_OFREP_ETAG_SIZE];

    fixture->now.killed = true;
    ask(fixture, "{\"context\":{\"targetingKey\":\"user-1\"}}");
    assert_null(strstr(bulk(fixture, etag), "secret"));
    assert_null(strstr(fixture->out.ptr, "ann"));
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_request_that_cannot_be_answered_says_why),
        CASE(test_a_failure_is_an_answer),
        CASE(test_a_context_has_its_bounds),
        CASE(test_attributes_of_every_type_are_read),
        CASE(test_the_flag_of_the_feature_is_a_boolean_with_its_reason),
        CASE(test_an_experiment_is_the_arm_or_has_no_value),
        CASE(test_no_other_key_is_a_flag),
        CASE(test_all_flags_at_once_are_those_one_by_one),
        CASE(test_a_tag_changes_exactly_when_the_answer_does),
        CASE(test_the_tag_of_all_that_counts_changes_with_each_part),
        CASE(test_if_none_match_is_read_as_a_list),
        CASE(test_an_event_says_ask_again),
        CASE(test_nobody_learns_who_and_why),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

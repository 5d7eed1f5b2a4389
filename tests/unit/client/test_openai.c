/* The OpenAI wire format: what is written, and what is read of an answer in one piece. */
#include "client/openai.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "client/base64.h"

#include <string.h>

#define ARENA_BYTES ((size_t)1 << 20)

static const struct pl_message HELLO = {.role = {"user", 4}, .content = {"hello", 5}};

static void expect_body(const struct pl_openai_request *request, const char *expected)
{
    struct pl_buffer out;
    struct pl_error error = {0};

    pl_buffer_init(&out, 4096);
    assert_int_equal(pl_openai_write(request, &out, &error), PL_OK);
    assert_string_equal(pl_buffer_view(&out).ptr, expected);
    pl_buffer_deinit(&out);
}

static void a_chat_says_only_what_is_asked(void **state)
{
    (void)state;
    struct pl_openai_request request = {
        .model = PL_STR("m"), .messages = &HELLO, .messages_count = 1};

    expect_body(&request,
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]}");
    request.has_temperature = true;
    request.max_tokens = 5;
    request.n = 1;
    request.stream = true;
    expect_body(&request,
                "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],"
                "\"max_tokens\":5,\"temperature\":0,\"stream\":true,"
                "\"stream_options\":{\"include_usage\":true}}");
}

static void further_parameters_stand_in_the_place_of_ours(void **state)
{
    (void)state;
    const struct pl_openai_request request = {
        .model = PL_STR("m"),
        .messages = &HELLO,
        .messages_count = 1,
        .max_tokens = 5,
        .has_seed = true,
        .seed = 1,
        .stream = true,
        .extra = PL_STR("{\"seed\": 18446744073709551615, \"max_completion_tokens\": 9,"
                        " \"stream_options\": {}, \"model\": \"other\", \"a\\\"b\": [1.50, null]}"),
    };

    expect_body(&request,
                "{\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}],\"stream\":true,"
                "\"seed\":18446744073709551615,\"max_completion_tokens\":9,"
                "\"stream_options\":{},\"model\":\"other\",\"a\\\"b\":[1.5,null]}");
}

static void completions_and_embeddings_have_their_own_members(void **state)
{
    (void)state;
    const struct pl_str inputs[] = {PL_STR("a"), PL_STR("\"b\"\n")};
    struct pl_openai_request request = {
        .api = PL_OPENAI_COMPLETIONS,
        .model = PL_STR("m"),
        .inputs = inputs,
        .inputs_count = 1,
        .logprobs = true,
        .top_logprobs = 2,
    };

    expect_body(&request, "{\"model\":\"m\",\"prompt\":\"a\",\"logprobs\":2}");
    request.api = PL_OPENAI_EMBEDDINGS;
    request.inputs_count = 2;
    expect_body(&request, "{\"model\":\"m\",\"input\":[\"a\",\"\\\"b\\\"\\n\"]}");
}

/* A body that is no answer, or one with faults that are passed over. */
static enum pl_status read_body(enum pl_openai_api api, const char *body, struct pl_arena *arena,
                                struct pl_answer *answer)
{
    struct pl_error error = {0};
    const enum pl_status status = pl_openai_read(api, pl_str_of(body), arena, answer, &error);

    assert_true((status == PL_OK) == (error.message[0] == '\0'));
    return status;
}

static void what_is_no_answer_is_told_apart(void **state)
{
    (void)state;
    static const struct {
        enum pl_openai_api api;
        const char *body;
        enum pl_status status;
    } CASES[] = {
        {PL_OPENAI_CHAT, "", PL_E_DATA},
        {PL_OPENAI_CHAT, "{\"choices\": [", PL_E_DATA},
        {PL_OPENAI_CHAT, "<html>", PL_E_DATA},
        {PL_OPENAI_CHAT, "[]", PL_E_UNSUPPORTED},
        {PL_OPENAI_CHAT, "\"text\"", PL_E_UNSUPPORTED},
        {PL_OPENAI_CHAT, "{}", PL_E_UNSUPPORTED},
        {PL_OPENAI_CHAT, "{\"choices\": {}}", PL_E_UNSUPPORTED},
        {PL_OPENAI_CHAT, "{\"choices\": []}", PL_E_UNSUPPORTED},
        {PL_OPENAI_CHAT, "{\"choices\": [1]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_CHAT, "{\"choices\": [{\"message\": \"x\"}]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_CHAT, "{\"choices\": [{\"message\": {\"content\": 1}}]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_CHAT, "{\"choices\": [{\"message\": {\"tool_calls\": [1]}}]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_COMPLETIONS, "{\"choices\": [{\"text\": null}]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_EMBEDDINGS, "{\"data\": []}", PL_E_UNSUPPORTED},
        {PL_OPENAI_EMBEDDINGS, "{\"data\": [{\"embedding\": []}]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_EMBEDDINGS, "{\"data\": [{\"embedding\": [1, \"2\"]}]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_EMBEDDINGS, "{\"data\": [{\"embedding\": [1e300]}]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_EMBEDDINGS, "{\"data\": [{\"embedding\": \"AAA\"}]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_EMBEDDINGS, "{\"data\": [{\"embedding\": \"AADAfw==\"}]}", PL_E_UNSUPPORTED},
        {PL_OPENAI_EMBEDDINGS,
         "{\"data\": [{\"index\": 0, \"embedding\": [1]}, {\"index\": 0, \"embedding\": [1]}]}",
         PL_E_UNSUPPORTED},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct pl_answer answer = {0};
        struct pl_arena arena;

        pl_arena_init(&arena, ARENA_BYTES);
        assert_int_equal(read_body(CASES[i].api, CASES[i].body, &arena, &answer), CASES[i].status);
        assert_null(answer.replies);
        pl_arena_deinit(&arena);
    }
}

static void what_servers_do_otherwise_is_read_all_the_same(void **state)
{
    (void)state;
    struct pl_answer answer = {0};
    struct pl_arena arena;

    pl_arena_init(&arena, ARENA_BYTES);
    assert_int_equal(
        read_body(
            PL_OPENAI_CHAT,
            "{\"id\": 7, \"id\": \"x\", \"choices\": ["
            "{\"index\": 1, \"message\": {\"content\": [{\"type\": \"text\", \"text\": \"a\"},"
            " {\"type\": \"image\"}, {\"text\": \"b\"}], \"reasoning\": \"why\"}},"
            "{\"index\": 0, \"message\": {\"content\": null, \"tool_calls\":"
            " [{\"function\": {\"name\": \"f\", \"arguments\": {\"a\": 1}}}]}}],"
            "\"usage\": {\"prompt_tokens\": 5, \"prompt_cache_hit_tokens\": 3,"
            " \"completion_tokens\": -1}}",
            &arena, &answer),
        PL_OK);
    assert_true(pl_str_equal_text(answer.id, "x"));
    assert_int_equal(answer.replies_count, 2);
    assert_false(answer.replies[0].has_text);
    assert_int_equal(answer.replies[0].tool_calls_count, 1);
    assert_true(pl_str_equal_text(answer.replies[0].tool_calls[0].arguments, "{\"a\":1}"));
    assert_true(pl_str_equal_text(answer.replies[1].text, "ab"));
    assert_true(pl_str_equal_text(answer.replies[1].reasoning, "why"));
    assert_true(answer.usage.known);
    assert_int_equal(answer.usage.prompt, 5);
    assert_int_equal(answer.usage.cached, 3);
    assert_int_equal(answer.usage.completion, 0);
    pl_arena_deinit(&arena);
}

static void the_margin_is_to_the_best_other_token(void **state)
{
    (void)state;
    struct pl_answer answer = {0};
    struct pl_arena arena;
    const struct pl_logprobs *logprobs = NULL;

    pl_arena_init(&arena, ARENA_BYTES);
    assert_int_equal(
        read_body(
            PL_OPENAI_CHAT,
            "{\"choices\": [{\"message\": {\"content\": \"ab\"}, \"logprobs\": {\"content\": ["
            "{\"token\": \"a\", \"logprob\": -0.25, \"top_logprobs\": ["
            "{\"token\": \"a\", \"logprob\": -0.25}, {\"token\": \"x\", \"logprob\": -3},"
            "{\"token\": \"y\", \"logprob\": -2.25}]},"
            "{\"token\": \"b\", \"logprob\": -1.75, \"top_logprobs\": ["
            "{\"token\": \"c\", \"logprob\": -0.75}]},"
            "{\"token\": \"c\", \"logprob\": -1, \"top_logprobs\": []},"
            "{\"token\": \"d\", \"logprob\": null}]}}]}",
            &arena, &answer),
        PL_OK);
    logprobs = &answer.replies[0].logprobs;
    assert_int_equal(logprobs->count, 3);
    assert_true(logprobs->mean == -1.0);
    assert_true(logprobs->min == -1.75);
    assert_int_equal(logprobs->margins_count, 2);
    assert_true(logprobs->margin_mean == 0.5);
    assert_true(logprobs->margin_min == -1.0);
    pl_arena_deinit(&arena);
}

static void an_arena_that_is_too_small_is_a_limit(void **state)
{
    (void)state;
    static const char BODY[] =
        "{\"choices\": [{\"message\": {\"content\": \"a text\", \"tool_calls\": [{\"id\": \"i\","
        " \"function\": {\"name\": \"f\", \"arguments\": \"{}\"}}]}}]}";
    struct pl_answer answer = {0};
    enum pl_status status = PL_E_LIMIT;
    size_t size = 0;

    while (status != PL_OK && size < ARENA_BYTES) {
        struct pl_arena arena;
        struct pl_error error = {0};

        pl_arena_init(&arena, size);
        answer = (struct pl_answer){0};
        status = pl_openai_read(PL_OPENAI_CHAT, PL_STR(BODY), &arena, &answer, &error);
        if (status != PL_OK) {
            assert_int_equal(status, PL_E_LIMIT);
            assert_null(answer.replies);
            size += 64;
        }
        pl_arena_deinit(&arena);
    }
    assert_int_equal(status, PL_OK);
    assert_true(size > 0);
}

static void errors_are_found_in_the_shapes_they_have(void **state)
{
    (void)state;
    static const struct {
        const char *body, *message, *type, *code;
    } CASES[] = {
        {"{\"error\": {\"message\": \"m\", \"type\": \"t\", \"code\": \"c\"}}", "m", "t", "c"},
        {"{\"error\": {\"message\": \"m\", \"code\": 429}}", "m", "", "429"},
        {"{\"error\": {\"type\": \"t\", \"code\": null}}", "", "t", ""},
        {"{\"error\": \"m\"}", "m", "", ""},
        {"{\"object\": \"error\", \"message\": \"m\", \"type\": \"t\", \"code\": 40}", "m", "t",
         "40"},
        {"{\"detail\": \"m\"}", "m", "", ""},
    };
    static const char *const NONE[] = {"",
                                       "{}",
                                       "[]",
                                       "{\"error\": null}",
                                       "{\"error\": 1}",
                                       "{\"message\": {}}",
                                       "oops",
                                       "{\"choices\": [], \"message\": \"m\"}"};
    struct pl_arena arena;
    struct pl_openai_error told;

    pl_arena_init(&arena, ARENA_BYTES);
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_true(pl_openai_read_error(pl_str_of(CASES[i].body), &arena, &told));
        assert_true(pl_str_equal_text(told.message, CASES[i].message));
        assert_true(pl_str_equal_text(told.type, CASES[i].type));
        assert_true(pl_str_equal_text(told.code, CASES[i].code));
    }
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        assert_false(pl_openai_read_error(pl_str_of(NONE[i]), &arena, &told));
    pl_arena_deinit(&arena);
}

/* The examples of RFC 4648 section 10, padded and not, and what is no base64. */
static void base64_is_that_of_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *text, *bytes;
    } CASES[] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zg", "f"},
        {"Zm8", "fo"},
        {"Zm9vYmFy", "foobar"},
        {"+/+/", "\xfb\xff\xbf"},
    };
    static const char *const BAD[] = {"Z",      "Zm9vY", "Zm9=v", "Zg=",  "Z===", "Zm 9",
                                      "Zm9v\n", "Zh==",  "Zm9=",  "-_-_", "===="};
    unsigned char bytes[64];
    size_t size = 0;

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        assert_true(pl_base64_read(pl_str_of(CASES[i].text), bytes, &size));
        assert_int_equal(size, strlen(CASES[i].bytes));
        assert_memory_equal(bytes, CASES[i].bytes, size);
    }
    for (size_t i = 0; i < sizeof BAD / sizeof BAD[0]; i++)
        assert_false(pl_base64_read(pl_str_of(BAD[i]), bytes, &size));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chat_says_only_what_is_asked),
        cmocka_unit_test(further_parameters_stand_in_the_place_of_ours),
        cmocka_unit_test(completions_and_embeddings_have_their_own_members),
        cmocka_unit_test(what_is_no_answer_is_told_apart),
        cmocka_unit_test(what_servers_do_otherwise_is_read_all_the_same),
        cmocka_unit_test(the_margin_is_to_the_best_other_token),
        cmocka_unit_test(an_arena_that_is_too_small_is_a_limit),
        cmocka_unit_test(errors_are_found_in_the_shapes_they_have),
        cmocka_unit_test(base64_is_that_of_the_standard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

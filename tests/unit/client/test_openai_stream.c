/* Answers in chunks: what they are put together to, when they are whole, and how much they may be. */
#include "client/openai.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define ARENA_BYTES ((size_t)1 << 20)
#define TEXT_BYTES  ((size_t)1 << 16)
#define CHUNKS_MAX  8

struct stream {
    struct pl_arena arena;
    struct pl_openai_stream *stream;
    struct pl_answer answer;
    bool whole;
    enum pl_openai_chunk kind; /* of the last chunk */
    enum pl_status status;     /* of the last chunk */
};

static struct stream read_chunks(const struct pl_openai_expected *expected,
                                 const char *const chunks[CHUNKS_MAX])
{
    struct stream read = {0};

    pl_arena_init(&read.arena, ARENA_BYTES);
    read.stream = pl_openai_stream_new(expected, &read.arena);
    assert_non_null(read.stream);
    for (size_t i = 0; i < CHUNKS_MAX && chunks[i] != NULL && read.status == PL_OK; i++)
        read.status = pl_openai_stream_add(read.stream, pl_str_of(chunks[i]), &read.kind, NULL);
    read.whole = pl_openai_stream_is_whole(read.stream);
    assert_int_equal(pl_openai_stream_answer(read.stream, &read.answer, NULL), PL_OK);
    pl_openai_stream_end(read.stream);
    return read;
}

static struct stream read_chat(const char *const chunks[CHUNKS_MAX])
{
    const struct pl_openai_expected expected = {PL_OPENAI_CHAT, 1, TEXT_BYTES};

    return read_chunks(&expected, chunks);
}

static void a_stream_is_whole_when_it_is_done_or_all_have_finished(void **state)
{
    (void)state;
    static const char TEXT[] = "{\"choices\": [{\"index\": 0, \"delta\": {\"content\": \"a\"}}]}";
    static const char STOP[] =
        "{\"choices\": [{\"index\": 0, \"delta\": {}, \"finish_reason\": \"stop\"}]}";
    static const char STOP_1[] =
        "{\"choices\": [{\"index\": 1, \"delta\": {}, \"finish_reason\": \"stop\"}]}";
    static const struct {
        uint32_t replies;
        const char *chunks[CHUNKS_MAX];
        bool whole;
    } CASES[] = {
        {1, {NULL}, false},          {1, {"[DONE]"}, false},        {1, {TEXT}, false},
        {1, {TEXT, "[DONE]"}, true}, {1, {TEXT, STOP}, true},       {0, {TEXT, STOP}, true},
        {1, {TEXT, STOP_1}, false},  {2, {TEXT, STOP}, false},      {2, {TEXT, STOP, STOP_1}, true},
        {2, {TEXT, "[DONE]"}, true}, {1, {TEXT, " [DONE] "}, true},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const struct pl_openai_expected expected = {PL_OPENAI_CHAT, CASES[i].replies, TEXT_BYTES};
        struct stream read = read_chunks(&expected, CASES[i].chunks);

        assert_int_equal(read.status, PL_OK);
        assert_int_equal(read.whole, CASES[i].whole);
        pl_arena_deinit(&read.arena);
    }
}

/* What counts as a first token: something was said. */
static void chunks_are_of_four_kinds(void **state)
{
    (void)state;
    static const struct {
        const char *chunk;
        enum pl_openai_chunk kind;
    } CASES[] = {
        {"{}", PL_OPENAI_NOTHING},
        {"{\"choices\": []}", PL_OPENAI_NOTHING},
        {"{\"choices\": [{\"delta\": {\"role\": \"assistant\", \"content\": \"\"}}]}",
         PL_OPENAI_NOTHING},
        {"{\"choices\": [], \"usage\": {\"prompt_tokens\": 1}}", PL_OPENAI_NOTHING},
        {"{\"error\": null, \"choices\": []}", PL_OPENAI_NOTHING},
        {"{\"choices\": [{\"delta\": {\"content\": \"a\"}}]}", PL_OPENAI_TOKEN},
        {"{\"choices\": [{\"delta\": {\"reasoning_content\": \"a\"}}]}", PL_OPENAI_TOKEN},
        {"{\"choices\": [{\"delta\": {\"refusal\": \"a\"}}]}", PL_OPENAI_TOKEN},
        {"{\"choices\": [{\"delta\": {\"tool_calls\": [{\"index\": 0}]}}]}", PL_OPENAI_TOKEN},
        {"[DONE]", PL_OPENAI_DONE},
        {"{\"error\": {\"message\": \"m\"}}", PL_OPENAI_ERROR},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const char *const chunks[CHUNKS_MAX] = {CASES[i].chunk};
        struct stream read = read_chat(chunks);

        assert_int_equal(read.status, PL_OK);
        assert_int_equal(read.kind, CASES[i].kind);
        pl_arena_deinit(&read.arena);
    }
}

/* By index; without one, an id begins the next; a name that is said again is not added again. */
static void tool_calls_are_put_together_however_they_come(void **state)
{
    (void)state;
    static const char *const STREAMS[][CHUNKS_MAX] = {
        {"{\"choices\": [{\"delta\": {\"tool_calls\": ["
         "{\"index\": 0, \"id\": \"a\", \"function\": {\"name\": \"f\", \"arguments\": \"\"}},"
         "{\"index\": 1, \"id\": \"b\", \"function\": {\"name\": \"g\"}}]}}]}",
         "{\"choices\": [{\"delta\": {\"tool_calls\": ["
         "{\"index\": 1, \"function\": {\"arguments\": \"{\\\"x\\\"\"}}]}}]}",
         "{\"choices\": [{\"delta\": {\"tool_calls\": ["
         "{\"index\": 0, \"function\": {\"arguments\": \"{}\"}},"
         "{\"index\": 1, \"function\": {\"arguments\": \": 1}\"}}]}}]}"},
        {"{\"choices\": [{\"delta\": {\"tool_calls\": ["
         "{\"id\": \"a\", \"function\": {\"name\": \"f\", \"arguments\": \"{\"}}]}}]}",
         "{\"choices\": [{\"delta\": {\"tool_calls\": ["
         "{\"function\": {\"name\": \"f\", \"arguments\": \"}\"}}]}}]}",
         "{\"choices\": [{\"delta\": {\"tool_calls\": ["
         "{\"id\": \"b\", \"function\": {\"name\": \"g\", \"arguments\": \"{\\\"x\\\": "
         "1}\"}}]}}]}"},
    };

    for (size_t i = 0; i < sizeof STREAMS / sizeof STREAMS[0]; i++) {
        struct stream read = read_chat(STREAMS[i]);
        const struct pl_reply *reply = read.answer.replies;

        assert_int_equal(read.status, PL_OK);
        assert_int_equal(reply->tool_calls_count, 2);
        assert_true(pl_str_equal_text(reply->tool_calls[0].id, "a"));
        assert_true(pl_str_equal_text(reply->tool_calls[0].name, "f"));
        assert_true(pl_str_equal_text(reply->tool_calls[0].arguments, "{}"));
        assert_true(pl_str_equal_text(reply->tool_calls[1].id, "b"));
        assert_true(pl_str_equal_text(reply->tool_calls[1].name, "g"));
        assert_true(pl_str_equal_text(reply->tool_calls[1].arguments, "{\"x\": 1}"));
        pl_arena_deinit(&read.arena);
    }
}

/* Some servers tell the usage so far with every chunk: the last one counts. */
static void the_last_usage_counts(void **state)
{
    (void)state;
    static const char *const CHUNKS[CHUNKS_MAX] = {
        "{\"choices\": [], \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": 1}}",
        "{\"choices\": [], \"usage\": null}",
        "{\"choices\": [], \"usage\": {\"prompt_tokens\": 9, \"completion_tokens\": 2}}",
    };
    struct stream read = read_chat(CHUNKS);

    assert_true(read.answer.usage.known);
    assert_int_equal(read.answer.usage.prompt, 9);
    assert_int_equal(read.answer.usage.completion, 2);
    pl_arena_deinit(&read.arena);
}

static void what_is_no_chunk_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *chunk;
        enum pl_status status;
    } CASES[] = {
        {"", PL_E_DATA},
        {"{\"choices\"", PL_E_DATA},
        {"done", PL_E_DATA},
        {"[1]", PL_E_UNSUPPORTED},
        {"{\"choices\": [1]}", PL_E_UNSUPPORTED},
        {"{\"choices\": [{\"index\": -1}]}", PL_E_UNSUPPORTED},
        {"{\"choices\": [{\"index\": 128}]}", PL_E_LIMIT},
        {"{\"choices\": [{\"index\": 18446744073709551615}]}", PL_E_LIMIT},
        {"{\"choices\": [{\"delta\": {\"tool_calls\": [{\"index\": 128}]}}]}", PL_E_LIMIT},
    };

    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const char *const chunks[CHUNKS_MAX] = {CASES[i].chunk};
        struct stream read = read_chat(chunks);

        assert_int_equal(read.status, CASES[i].status);
        pl_arena_deinit(&read.arena);
    }
}

static void all_texts_together_are_bounded(void **state)
{
    (void)state;
    static const char *const CHUNKS[CHUNKS_MAX] = {
        "{\"choices\": [{\"delta\": {\"content\": \"0123456789\"}}]}",
        "{\"choices\": [{\"delta\": {\"reasoning\": \"0123456789\"}}]}",
    };
    const struct pl_openai_expected enough = {PL_OPENAI_CHAT, 1, 100};
    const struct pl_openai_expected little = {PL_OPENAI_CHAT, 1, 20};
    const struct pl_openai_expected less = {PL_OPENAI_CHAT, 1, 19};
    struct stream read = read_chunks(&enough, CHUNKS);

    assert_int_equal(read.status, PL_OK);
    pl_arena_deinit(&read.arena);
    read = read_chunks(&little, CHUNKS);
    assert_int_equal(read.status, PL_OK);
    pl_arena_deinit(&read.arena);
    read = read_chunks(&less, CHUNKS);
    assert_int_equal(read.status, PL_E_LIMIT);
    pl_arena_deinit(&read.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stream_is_whole_when_it_is_done_or_all_have_finished),
        cmocka_unit_test(chunks_are_of_four_kinds),
        cmocka_unit_test(tool_calls_are_put_together_however_they_come),
        cmocka_unit_test(the_last_usage_counts),
        cmocka_unit_test(what_is_no_chunk_is_refused),
        cmocka_unit_test(all_texts_together_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

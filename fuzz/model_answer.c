/*
 * Fuzz target of what is read from a model server: the first byte says how the rest is read: as an answer of
 * each API, as the events of a stream (parted by line feeds), as an error, or as headers. What comes out
 * must lie within its limits, and reading it twice must give the same.
 */
#include "client/openai.h"
#include "client/retry.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES ((size_t)8 << 20)
#define TEXT_BYTES  ((size_t)64 << 10)
#define NOW_MS      1700000000000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Touches every byte, so that the sanitizers see one that is not there. */
static uint64_t look_at(struct pl_str text)
{
    must(text.ptr != NULL && text.ptr[text.len] == '\0');
    return pl_str_hash(text);
}

static uint64_t check_reply(const struct pl_reply *reply)
{
    uint64_t hash = look_at(reply->text) ^ look_at(reply->refusal) ^ look_at(reply->finish_reason);

    must(reply->tool_calls_count <= PL_OPENAI_TOOL_CALLS_MAX);
    for (size_t i = 0; i < reply->tool_calls_count; i++)
        hash = hash * 31 + look_at(reply->tool_calls[i].name) +
               look_at(reply->tool_calls[i].arguments);
    must(isfinite(reply->logprobs.min) && reply->logprobs.margins_count <= reply->logprobs.count);
    return hash;
}

static uint64_t check_answer(const struct pl_answer *answer)
{
    uint64_t hash = look_at(answer->id) ^ look_at(answer->model);

    must(answer->replies_count <= PL_OPENAI_REPLIES_MAX);
    must(answer->embeddings_count <= PL_OPENAI_EMBEDDINGS_MAX);
    for (size_t i = 0; i < answer->replies_count; i++)
        hash = hash * 31 + check_reply(&answer->replies[i]);
    for (size_t i = 0; i < answer->embeddings_count; i++)
        for (size_t j = 0; j < answer->embeddings[i].count; j++)
            must(isfinite(answer->embeddings[i].values[j]));
    return hash;
}

static uint64_t read_whole(enum pl_openai_api api, struct pl_str body)
{
    struct pl_answer answer = {0};
    struct pl_arena arena;
    struct pl_error error = {0};
    uint64_t hash = 0;

    pl_arena_init(&arena, ARENA_BYTES);
    if (pl_openai_read(api, body, &arena, &answer, &error) == PL_OK)
        hash = check_answer(&answer);
    else
        must(error.message[0] != '\0' && answer.replies == NULL);
    pl_arena_deinit(&arena);
    return hash;
}

static uint64_t read_events(enum pl_openai_api api, struct pl_str body)
{
    const struct pl_openai_expected expected = {api, 1, TEXT_BYTES};
    struct pl_answer answer = {0};
    struct pl_arena arena;
    uint64_t hash = 0;
    enum pl_status status = PL_OK;

    pl_arena_init(&arena, ARENA_BYTES);

    struct pl_openai_stream *stream = pl_openai_stream_new(&expected, &arena);

    must(stream != NULL);
    while (body.len > 0 && status == PL_OK) {
        const char *end = memchr(body.ptr, '\n', body.len);
        const size_t len = end == NULL ? body.len : (size_t)(end - body.ptr);
        enum pl_openai_chunk kind = PL_OPENAI_NOTHING;

        status = pl_openai_stream_add(stream, (struct pl_str){body.ptr, len}, &kind, NULL);
        body = end == NULL ? (struct pl_str){"", 0}
                           : (struct pl_str){body.ptr + len + 1, body.len - len - 1};
    }
    (void)pl_openai_stream_is_whole(stream);
    if (pl_openai_stream_answer(stream, &answer, NULL) == PL_OK)
        hash = check_answer(&answer);
    pl_openai_stream_end(stream);
    pl_arena_deinit(&arena);
    return hash;
}

static void read_error(struct pl_str body)
{
    struct pl_openai_error told;
    struct pl_arena arena;

    pl_arena_init(&arena, ARENA_BYTES);
    if (pl_openai_read_error(body, &arena, &told))
        (void)(look_at(told.message) ^ look_at(told.type) ^ look_at(told.code));
    pl_arena_deinit(&arena);
}

static void read_header(struct pl_str value)
{
    struct pl_retry_hint hint = {0};
    int64_t unix_s = 0;

    pl_retry_hint_read(&hint, PL_STR("retry-after"), value, NOW_MS);
    pl_retry_hint_read(&hint, PL_STR("retry-after-ms"), value, NOW_MS);
    pl_retry_hint_read(&hint, PL_STR("x-should-retry"), value, NOW_MS);
    must(hint.after_ms <= 315360000000u);
    if (pl_http_date_read(value, (int64_t)(NOW_MS / 1000), &unix_s))
        must(unix_s >= 0 && unix_s < 253402300801);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;

    const struct pl_str rest = {(const char *)data + 1, size - 1};
    const enum pl_openai_api api = (enum pl_openai_api)(data[0] % 3);

    switch (data[0] / 3 % 4) {
    case 0:
        must(read_whole(api, rest) == read_whole(api, rest));
        break;
    case 1:
        must(read_events(api, rest) == read_events(api, rest));
        break;
    case 2:
        read_error(rest);
        break;
    default:
        read_header(rest);
        break;
    }
    return 0;
}

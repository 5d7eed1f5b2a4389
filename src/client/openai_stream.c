/*
 * Answers that come as chunks. Each text grows in a buffer of its own; the deltas of parallel tool calls are
 * put together by their index, as are those of several replies. The sizes of all texts together are
 * bounded.
 */
#include "client/openai.h"

#include "client/openai_parts.h"
#include "json/document.h"
#include "json/render.h"
#include "json/value.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What a chunk may be larger than all texts. */
#define CHUNK_EXTRA_BYTES ((size_t)64 << 10)

struct growing_call {
    struct pl_buffer id, name, arguments;
};

struct growing_reply {
    bool has_text;
    struct pl_buffer text, reasoning, refusal, finish_reason;
    struct growing_call *calls; /* owned, as many as there are */
    size_t calls_count;
    struct pl_logprob_sums logprobs;
};

struct pl_openai_stream {
    struct pl_openai_expected expected;
    struct pl_arena *arena;
    struct pl_json_document *document; /* read into again and again */
    struct growing_reply *replies;     /* owned */
    size_t replies_count;
    struct pl_buffer id, model;
    struct pl_usage usage;
    size_t texts_size_bytes;
    bool done;
};

struct pl_openai_stream *pl_openai_stream_new(const struct pl_openai_expected *expected,
                                              struct pl_arena *arena)
{
    const struct pl_json_options options = {
        .size_bytes_max = expected->text_size_bytes_max + CHUNK_EXTRA_BYTES,
        .duplicates_kept = true,
    };
    struct pl_openai_stream *stream = pl_arena_alloc(arena, sizeof *stream);

    if (stream == NULL || pl_json_document_new(&options, &stream->document, NULL) != PL_OK)
        return NULL;
    stream->expected = *expected;
    stream->arena = arena;
    pl_buffer_init(&stream->id, expected->text_size_bytes_max + 1);
    pl_buffer_init(&stream->model, expected->text_size_bytes_max + 1);
    return stream;
}

static void end_reply(struct growing_reply *reply)
{
    for (size_t i = 0; i < reply->calls_count; i++) {
        pl_buffer_deinit(&reply->calls[i].id);
        pl_buffer_deinit(&reply->calls[i].name);
        pl_buffer_deinit(&reply->calls[i].arguments);
    }
    free(reply->calls);
    pl_buffer_deinit(&reply->text);
    pl_buffer_deinit(&reply->reasoning);
    pl_buffer_deinit(&reply->refusal);
    pl_buffer_deinit(&reply->finish_reason);
}

void pl_openai_stream_end(struct pl_openai_stream *stream)
{
    if (stream == NULL)
        return;
    for (size_t i = 0; i < stream->replies_count; i++)
        end_reply(&stream->replies[i]);
    free(stream->replies);
    pl_buffer_deinit(&stream->id);
    pl_buffer_deinit(&stream->model);
    pl_json_document_free(stream->document);
    *stream = (struct pl_openai_stream){0};
}

/* --- Growing ------------------------------------------------------------------------------------ */

/* Room for `count` items of a list that grows, the new ones zeroed. */
static void *grow(void *items, size_t before, size_t count, size_t item_size_bytes)
{
    char *grown = reallocarray(items, count, item_size_bytes);

    if (grown != NULL)
        memset(grown + before * item_size_bytes, 0, (count - before) * item_size_bytes);
    return grown;
}

static enum pl_status out_of_memory(struct pl_error *error)
{
    return pl_error_set(error, PL_E_MEMORY, "no memory left for an answer");
}

static enum pl_status find_reply(struct pl_openai_stream *stream, uint64_t index,
                                 struct growing_reply **ret_reply, struct pl_error *error)
{
    const size_t most = stream->expected.text_size_bytes_max + 1;

    if (index >= PL_OPENAI_REPLIES_MAX)
        return pl_error_set(error, PL_E_LIMIT, "there are more than %d choices in it",
                            PL_OPENAI_REPLIES_MAX);
    if (index >= stream->replies_count) {
        const size_t before = stream->replies_count, count = (size_t)index + 1;
        struct growing_reply *grown = grow(stream->replies, before, count, sizeof *stream->replies);

        if (grown == NULL)
            return out_of_memory(error);
        stream->replies = grown;
        for (size_t i = before; i < count; i++) {
            pl_buffer_init(&grown[i].text, most);
            pl_buffer_init(&grown[i].reasoning, most);
            pl_buffer_init(&grown[i].refusal, most);
            pl_buffer_init(&grown[i].finish_reason, most);
        }
        stream->replies_count = count;
    }
    *ret_reply = &stream->replies[index];
    return PL_OK;
}

static enum pl_status find_call(struct pl_openai_stream *stream, struct growing_reply *reply,
                                uint64_t index, struct growing_call **ret_call,
                                struct pl_error *error)
{
    const size_t most = stream->expected.text_size_bytes_max + 1;

    if (index >= PL_OPENAI_TOOL_CALLS_MAX)
        return pl_error_set(error, PL_E_LIMIT, "a reply has more than %d tool calls",
                            PL_OPENAI_TOOL_CALLS_MAX);
    if (index >= reply->calls_count) {
        const size_t before = reply->calls_count, count = (size_t)index + 1;
        struct growing_call *grown = grow(reply->calls, before, count, sizeof *reply->calls);

        if (grown == NULL)
            return out_of_memory(error);
        reply->calls = grown;
        for (size_t i = before; i < count; i++) {
            pl_buffer_init(&grown[i].id, most);
            pl_buffer_init(&grown[i].name, most);
            pl_buffer_init(&grown[i].arguments, most);
        }
        reply->calls_count = count;
    }
    *ret_call = &reply->calls[index];
    return PL_OK;
}

/* Adds a piece of text, and says whether it was one. */
static bool add(struct pl_openai_stream *stream, struct pl_buffer *target, struct pl_str piece)
{
    if (piece.len == 0)
        return false;
    stream->texts_size_bytes += piece.len;
    if (stream->texts_size_bytes > stream->expected.text_size_bytes_max)
        target->failed = PL_E_LIMIT;
    pl_buffer_add(target, piece);
    return true;
}

/* The first one said is kept. */
static void add_once(struct pl_openai_stream *stream, struct pl_buffer *target, struct pl_str text)
{
    if (target->len == 0)
        (void)add(stream, target, text);
}

/* --- Chunks ------------------------------------------------------------------------------------- */

/* A name comes whole, mostly; some servers say it again with every piece, and some in pieces. */
static void add_name(struct pl_openai_stream *stream, struct growing_call *call, struct pl_str name)
{
    if (!pl_str_equal(pl_buffer_view(&call->name), name))
        (void)add(stream, &call->name, name);
}

/* Which call a delta belongs to: that of its index; without one, a new one where it has an id. */
static uint64_t index_of_call(const struct growing_reply *reply, const struct pl_json_value *delta)
{
    const struct pl_json_value *index = pl_json_value_get_text(delta, "index");
    const bool is_new = pl_openai_member(delta, "id").len > 0 || reply->calls_count == 0;
    uint64_t number = 0;

    if (index != NULL && pl_json_value_uint64(index, &number))
        return number;
    return is_new ? reply->calls_count : reply->calls_count - 1;
}

static enum pl_status add_arguments(struct pl_openai_stream *stream, struct growing_call *call,
                                    const struct pl_json_value *arguments)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};

    if (arguments == NULL || pl_json_value_type(arguments) == PL_JSON_NULL)
        return PL_OK;
    if (pl_json_value_type(arguments) == PL_JSON_STRING) {
        (void)add(stream, &call->arguments, pl_json_value_str(arguments));
        return PL_OK;
    }
    pl_buffer_init(&text, stream->expected.text_size_bytes_max + 1);
    pl_json_value_write(arguments, &text);
    (void)add(stream, &call->arguments, pl_buffer_view(&text));
    return PL_OK;
}

static enum pl_status add_function(struct pl_openai_stream *stream, struct growing_call *call,
                                   const struct pl_json_value *function, struct pl_error *error)
{
    if (function == NULL || pl_json_value_type(function) != PL_JSON_OBJECT)
        return PL_OK;
    add_name(stream, call, pl_openai_member(function, "name"));
    PL_RETURN_IF(add_arguments(stream, call, pl_json_value_get_text(function, "arguments")));
    PL_RETURN_IF(pl_buffer_check(&call->name, "an answer", error));
    return pl_buffer_check(&call->arguments, "an answer", error);
}

static enum pl_status add_tool_calls(struct pl_openai_stream *stream, struct growing_reply *reply,
                                     const struct pl_json_value *delta, bool *is_token,
                                     struct pl_error *error)
{
    const struct pl_json_value *calls = pl_json_value_get_text(delta, "tool_calls");
    const struct pl_json_value *only = pl_json_value_get_text(delta, "function_call");
    struct growing_call *call = NULL;
    struct pl_json_walk walk = {0};

    if (only != NULL && pl_json_value_type(only) == PL_JSON_OBJECT) {
        *is_token = true;
        PL_RETURN_IF(find_call(stream, reply, 0, &call, error));
        assert(call != NULL);
        return add_function(stream, call, only, error);
    }
    if (calls == NULL)
        return PL_OK;
    walk = pl_json_value_walk(calls);
    while (pl_json_walk_next(&walk)) {
        *is_token = true;
        PL_RETURN_IF(find_call(stream, reply, index_of_call(reply, walk.value), &call, error));
        assert(call != NULL);
        add_once(stream, &call->id, pl_openai_member(walk.value, "id"));
        PL_RETURN_IF(pl_buffer_check(&call->id, "an answer", error));
        PL_RETURN_IF(
            add_function(stream, call, pl_json_value_get_text(walk.value, "function"), error));
    }
    return PL_OK;
}

static enum pl_status add_delta(struct pl_openai_stream *stream, struct growing_reply *reply,
                                const struct pl_json_value *delta, bool *is_token,
                                struct pl_error *error)
{
    const struct pl_str content = pl_openai_member(delta, "content");
    struct pl_str reasoning = pl_openai_member(delta, "reasoning_content");

    if (reasoning.len == 0)
        reasoning = pl_openai_member(delta, "reasoning");
    reply->has_text = reply->has_text || content.len > 0;
    *is_token |= add(stream, &reply->text, content);
    *is_token |= add(stream, &reply->reasoning, reasoning);
    *is_token |= add(stream, &reply->refusal, pl_openai_member(delta, "refusal"));
    PL_RETURN_IF(pl_buffer_check(&reply->text, "an answer", error));
    PL_RETURN_IF(pl_buffer_check(&reply->reasoning, "an answer", error));
    PL_RETURN_IF(pl_buffer_check(&reply->refusal, "an answer", error));
    return add_tool_calls(stream, reply, delta, is_token, error);
}

static enum pl_status add_choice(struct pl_openai_stream *stream,
                                 const struct pl_json_value *choice, bool *is_token,
                                 struct pl_error *error)
{
    const struct pl_json_value *index = pl_json_value_get_text(choice, "index");
    const struct pl_json_value *delta = pl_json_value_get_text(choice, "delta");
    struct growing_reply *reply = NULL;
    uint64_t number = 0;

    if (pl_json_value_type(choice) != PL_JSON_OBJECT ||
        (index != NULL && !pl_json_value_uint64(index, &number)))
        return pl_error_set(error, PL_E_UNSUPPORTED, "a choice in its stream is none");
    PL_RETURN_IF(find_reply(stream, number, &reply, error));
    assert(reply != NULL);
    pl_openai_logprobs_add(&reply->logprobs, pl_json_value_get_text(choice, "logprobs"));
    if (stream->expected.api == PL_OPENAI_CHAT) {
        if (delta != NULL && pl_json_value_type(delta) == PL_JSON_OBJECT)
            PL_RETURN_IF(add_delta(stream, reply, delta, is_token, error));
    } else {
        reply->has_text = true;
        *is_token |= add(stream, &reply->text, pl_openai_member(choice, "text"));
        PL_RETURN_IF(pl_buffer_check(&reply->text, "an answer", error));
    }
    add_once(stream, &reply->finish_reason, pl_openai_member(choice, "finish_reason"));
    return pl_buffer_check(&reply->finish_reason, "an answer", error);
}

static enum pl_status add_chunk(struct pl_openai_stream *stream, const struct pl_json_value *root,
                                enum pl_openai_chunk *ret_kind, struct pl_error *error)
{
    const struct pl_json_value *told = pl_json_value_get_text(root, "error");
    const struct pl_json_value *choices = pl_json_value_get_text(root, "choices");
    const struct pl_usage usage = pl_openai_usage(root);
    struct pl_json_walk walk = {0};
    bool is_token = false;

    if (told != NULL && pl_json_value_type(told) != PL_JSON_NULL) {
        *ret_kind = PL_OPENAI_ERROR;
        return PL_OK;
    }
    if (usage.known)
        stream->usage = usage;
    add_once(stream, &stream->id, pl_openai_member(root, "id"));
    add_once(stream, &stream->model, pl_openai_member(root, "model"));
    if (choices != NULL) {
        walk = pl_json_value_walk(choices);
        while (pl_json_walk_next(&walk))
            PL_RETURN_IF(add_choice(stream, walk.value, &is_token, error));
    }
    PL_RETURN_IF(pl_buffer_check(&stream->id, "an answer", error));
    PL_RETURN_IF(pl_buffer_check(&stream->model, "an answer", error));
    *ret_kind = is_token ? PL_OPENAI_TOKEN : PL_OPENAI_NOTHING;
    return PL_OK;
}

enum pl_status pl_openai_stream_add(struct pl_openai_stream *stream, struct pl_str data,
                                    enum pl_openai_chunk *ret_kind, struct pl_error *error)
{
    const struct pl_str text = pl_str_trim(data);
    const struct pl_json_value *root = NULL;
    enum pl_status status = PL_OK;

    if (pl_str_equal_text(text, "[DONE]")) {
        stream->done = true;
        *ret_kind = PL_OPENAI_DONE;
        return PL_OK;
    }
    status = pl_json_document_read(stream->document, text, error);
    if (status == PL_E_LIMIT)
        return pl_error_set(error, PL_E_UNSUPPORTED, "the JSON in its stream is nested too deeply");
    PL_RETURN_IF(status);
    root = pl_json_document_root(stream->document);
    if (pl_json_value_type(root) != PL_JSON_OBJECT)
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "an event in its stream is JSON, and no object");
    return add_chunk(stream, root, ret_kind, error);
}

bool pl_openai_stream_is_whole(const struct pl_openai_stream *stream)
{
    const size_t expected = stream->expected.replies == 0 ? 1 : stream->expected.replies;

    if (stream->replies_count == 0)
        return false;
    if (stream->done)
        return true;
    for (size_t i = 0; i < stream->replies_count; i++)
        if (stream->replies[i].finish_reason.len == 0)
            return false;
    return stream->replies_count >= expected;
}

/* --- The answer --------------------------------------------------------------------------------- */

static bool keep(const struct pl_openai_stream *stream, const struct pl_buffer *buffer,
                 struct pl_str *ret_text)
{
    *ret_text = pl_arena_copy(stream->arena, pl_buffer_view(buffer));
    return ret_text->ptr != NULL;
}

static bool keep_reply(const struct pl_openai_stream *stream, const struct growing_reply *growing,
                       struct pl_reply *reply)
{
    reply->has_text = growing->has_text;
    reply->logprobs = pl_openai_logprobs_of(&growing->logprobs);
    reply->tool_calls_count = growing->calls_count;
    reply->tool_calls =
        pl_arena_alloc_array(stream->arena, growing->calls_count + 1, sizeof *reply->tool_calls);
    if (reply->tool_calls == NULL)
        return false;
    for (size_t i = 0; i < growing->calls_count; i++)
        if (!keep(stream, &growing->calls[i].id, &reply->tool_calls[i].id) ||
            !keep(stream, &growing->calls[i].name, &reply->tool_calls[i].name) ||
            !keep(stream, &growing->calls[i].arguments, &reply->tool_calls[i].arguments))
            return false;
    return keep(stream, &growing->text, &reply->text) &&
           keep(stream, &growing->reasoning, &reply->reasoning) &&
           keep(stream, &growing->refusal, &reply->refusal) &&
           keep(stream, &growing->finish_reason, &reply->finish_reason);
}

enum pl_status pl_openai_stream_answer(const struct pl_openai_stream *stream,
                                       struct pl_answer *ret_answer, struct pl_error *error)
{
    struct pl_answer answer = {.usage = stream->usage, .replies_count = stream->replies_count};

    answer.replies =
        pl_arena_alloc_array(stream->arena, stream->replies_count + 1, sizeof *answer.replies);
    if (answer.replies == NULL || !keep(stream, &stream->id, &answer.id) ||
        !keep(stream, &stream->model, &answer.model))
        return pl_arena_error(stream->arena, "an answer", error);
    for (size_t i = 0; i < stream->replies_count; i++)
        if (!keep_reply(stream, &stream->replies[i], &answer.replies[i]))
            return pl_arena_error(stream->arena, "an answer", error);
    *ret_answer = answer;
    return PL_OK;
}

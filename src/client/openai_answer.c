/* Answers that come in one piece, and error objects. */
#include "client/openai.h"

#include "client/base64.h"
#include "client/openai_parts.h"
#include "json/document.h"
#include "json/render.h"
#include "json/value.h"

#include <math.h>
#include <string.h>

#define ARGUMENTS_BYTES_MAX ((size_t)16 << 20)

static const struct pl_str EMPTY = {"", 0};

struct reading {
    struct pl_arena *arena;
    struct pl_error *error;
};

static enum pl_status other_shape(const struct reading *reading, const char *what)
{
    return pl_error_set(reading->error, PL_E_UNSUPPORTED, "%s", what);
}

static enum pl_status arena_full(const struct reading *reading)
{
    return pl_arena_error(reading->arena, "an answer", reading->error);
}

/* Copies a text; one that is not there stays empty. */
static enum pl_status copy(const struct reading *reading, struct pl_str text,
                           struct pl_str *ret_copied)
{
    const struct pl_str copied = pl_arena_copy(reading->arena, text.ptr == NULL ? EMPTY : text);

    if (copied.ptr == NULL)
        return arena_full(reading);
    *ret_copied = copied;
    return PL_OK;
}

static enum pl_status copy_member(const struct reading *reading, const struct pl_json_value *value,
                                  const char *name, struct pl_str *ret_text)
{
    return copy(reading, pl_openai_member(value, name), ret_text);
}

/* --- Replies ------------------------------------------------------------------------------------ */

/* The content that is a list of parts: the texts among them, one after the other. */
static enum pl_status join_parts(const struct reading *reading, const struct pl_json_value *parts,
                                 struct pl_str *ret_text)
{
    struct pl_json_walk walk = pl_json_value_walk(parts);
    size_t len = 0, at = 0;
    char *joined = NULL;

    while (pl_json_walk_next(&walk))
        len += pl_openai_member(walk.value, "text").len;
    joined = pl_arena_alloc(reading->arena, len + 1);
    if (joined == NULL)
        return arena_full(reading);
    walk = pl_json_value_walk(parts);
    while (pl_json_walk_next(&walk)) {
        const struct pl_str part = pl_openai_member(walk.value, "text");

        if (part.len > 0)
            memcpy(joined + at, part.ptr, part.len);
        at += part.len;
    }
    *ret_text = (struct pl_str){joined, len};
    return PL_OK;
}

static enum pl_status read_text(const struct reading *reading, const struct pl_json_value *value,
                                struct pl_reply *reply)
{
    if (value == NULL || pl_json_value_type(value) == PL_JSON_NULL)
        return copy(reading, (struct pl_str){0}, &reply->text);
    reply->has_text = true;
    if (pl_json_value_type(value) == PL_JSON_STRING)
        return copy(reading, pl_json_value_str(value), &reply->text);
    if (pl_json_value_type(value) == PL_JSON_ARRAY)
        return join_parts(reading, value, &reply->text);
    return other_shape(reading, "the content of a reply is neither text nor null");
}

/* Arguments are text that holds JSON; some servers give the JSON itself. */
static enum pl_status read_arguments(const struct reading *reading,
                                     const struct pl_json_value *value, struct pl_str *ret_text)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};

    if (value == NULL)
        return copy(reading, (struct pl_str){0}, ret_text);
    if (pl_json_value_type(value) == PL_JSON_STRING)
        return copy(reading, pl_json_value_str(value), ret_text);
    pl_buffer_init(&text, ARGUMENTS_BYTES_MAX);
    pl_json_value_write(value, &text);
    PL_RETURN_IF(pl_buffer_check(&text, "the arguments of a tool call", reading->error));
    return copy(reading, pl_buffer_view(&text), ret_text);
}

static enum pl_status read_function(const struct reading *reading,
                                    const struct pl_json_value *function, struct pl_tool_call *call)
{
    if (function == NULL || pl_json_value_type(function) != PL_JSON_OBJECT)
        return other_shape(reading, "a tool call names no function");
    PL_RETURN_IF(copy_member(reading, function, "name", &call->name));
    return read_arguments(reading, pl_json_value_get_text(function, "arguments"), &call->arguments);
}

static enum pl_status read_tool_calls(const struct reading *reading,
                                      const struct pl_json_value *message, struct pl_reply *reply)
{
    const struct pl_json_value *calls = pl_json_value_get_text(message, "tool_calls");
    const struct pl_json_value *only = pl_json_value_get_text(message, "function_call");
    const size_t listed = calls == NULL ? 0 : pl_json_value_count(calls);
    const bool has_only = only != NULL && pl_json_value_type(only) == PL_JSON_OBJECT && listed == 0;
    struct pl_json_walk walk = {0};

    if (listed > PL_OPENAI_TOOL_CALLS_MAX)
        return pl_error_set(reading->error, PL_E_LIMIT, "a reply has more than %d tool calls",
                            PL_OPENAI_TOOL_CALLS_MAX);
    reply->tool_calls = pl_arena_alloc_array(reading->arena, listed + 1, sizeof *reply->tool_calls);
    if (reply->tool_calls == NULL)
        return arena_full(reading);
    if (has_only)
        return read_function(reading, only, &reply->tool_calls[reply->tool_calls_count++]);
    if (listed == 0)
        return PL_OK;
    walk = pl_json_value_walk(calls);
    while (pl_json_walk_next(&walk)) {
        struct pl_tool_call *call = &reply->tool_calls[reply->tool_calls_count++];

        PL_RETURN_IF(copy_member(reading, walk.value, "id", &call->id));
        PL_RETURN_IF(read_function(reading, pl_json_value_get_text(walk.value, "function"), call));
    }
    return PL_OK;
}

static enum pl_status read_message(const struct reading *reading,
                                   const struct pl_json_value *message, struct pl_reply *reply)
{
    struct pl_str reasoning = pl_openai_member(message, "reasoning_content");

    if (reasoning.len == 0)
        reasoning = pl_openai_member(message, "reasoning");
    PL_RETURN_IF(read_text(reading, pl_json_value_get_text(message, "content"), reply));
    PL_RETURN_IF(copy(reading, reasoning, &reply->reasoning));
    PL_RETURN_IF(copy_member(reading, message, "refusal", &reply->refusal));
    return read_tool_calls(reading, message, reply);
}

static enum pl_status read_choice(const struct reading *reading, enum pl_openai_api api,
                                  const struct pl_json_value *choice, struct pl_reply *reply)
{
    const struct pl_json_value *message = pl_json_value_get_text(choice, "message");
    const struct pl_json_value *text = pl_json_value_get_text(choice, "text");
    struct pl_logprob_sums sums = {0};

    pl_openai_logprobs_add(&sums, pl_json_value_get_text(choice, "logprobs"));
    reply->logprobs = pl_openai_logprobs_of(&sums);
    PL_RETURN_IF(copy_member(reading, choice, "finish_reason", &reply->finish_reason));
    if (api == PL_OPENAI_CHAT) {
        if (message == NULL || pl_json_value_type(message) != PL_JSON_OBJECT)
            return other_shape(reading, "a choice has no message");
        return read_message(reading, message, reply);
    }
    if (text == NULL || pl_json_value_type(text) != PL_JSON_STRING)
        return other_shape(reading, "a choice has no text");
    return read_text(reading, text, reply);
}

/* Where a choice belongs: at its index, where that is a place there is. */
static size_t place_of(const struct pl_json_value *item, size_t otherwise, size_t count)
{
    const struct pl_json_value *index = pl_json_value_get_text(item, "index");
    uint64_t place = 0;

    return index != NULL && pl_json_value_uint64(index, &place) && place < count ? (size_t)place
                                                                                 : otherwise;
}

static enum pl_status read_choices(const struct reading *reading, enum pl_openai_api api,
                                   const struct pl_json_value *root, struct pl_answer *answer)
{
    const struct pl_json_value *choices = pl_json_value_get_text(root, "choices");
    struct pl_json_walk walk = {0};
    size_t count = 0;

    if (choices == NULL || pl_json_value_type(choices) != PL_JSON_ARRAY ||
        pl_json_value_count(choices) == 0)
        return other_shape(reading, "there are no choices in it");
    count = pl_json_value_count(choices);
    if (count > PL_OPENAI_REPLIES_MAX)
        return pl_error_set(reading->error, PL_E_LIMIT, "there are more than %d choices in it",
                            PL_OPENAI_REPLIES_MAX);
    answer->replies = pl_arena_alloc_array(reading->arena, count, sizeof *answer->replies);
    if (answer->replies == NULL)
        return arena_full(reading);
    answer->replies_count = count;
    for (size_t i = 0; i < count; i++)
        answer->replies[i] = (struct pl_reply){
            .text = EMPTY, .reasoning = EMPTY, .refusal = EMPTY, .finish_reason = EMPTY};
    walk = pl_json_value_walk(choices);
    for (size_t i = 0; pl_json_walk_next(&walk); i++)
        PL_RETURN_IF(read_choice(reading, api, walk.value,
                                 &answer->replies[place_of(walk.value, i, count)]));
    return PL_OK;
}

/* --- Embeddings --------------------------------------------------------------------------------- */

static enum pl_status read_numbers(const struct reading *reading,
                                   const struct pl_json_value *numbers,
                                   struct pl_embedding *embedding)
{
    const size_t count = pl_json_value_count(numbers);
    float *values = NULL;
    struct pl_json_walk walk = pl_json_value_walk(numbers);

    if (count == 0 || count > PL_OPENAI_DIMENSIONS_MAX)
        return other_shape(reading, "an embedding has no numbers, or too many");
    values = pl_arena_alloc_array(reading->arena, count, sizeof *values);
    if (values == NULL)
        return arena_full(reading);
    for (size_t i = 0; pl_json_walk_next(&walk); i++) {
        if (pl_json_value_type(walk.value) != PL_JSON_NUMBER)
            return other_shape(reading, "an embedding has something that is no number");
        values[i] = (float)pl_json_value_double(walk.value);
        if (!isfinite(values[i]))
            return other_shape(reading, "an embedding has a number too large");
    }
    *embedding = (struct pl_embedding){values, count};
    return PL_OK;
}

/* Little-endian floats, whatever this machine is. */
static float float_of(const unsigned char *bytes)
{
    const uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
                          (uint32_t)bytes[3] << 24;
    float value = 0.0f;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static enum pl_status read_base64(const struct reading *reading, struct pl_str text,
                                  struct pl_embedding *embedding)
{
    unsigned char *bytes = NULL;
    float *values = NULL;
    size_t size = 0;

    if (text.len > (size_t)PL_OPENAI_DIMENSIONS_MAX * 6)
        return other_shape(reading, "an embedding has no numbers, or too many");
    bytes = pl_arena_alloc(reading->arena, PL_BASE64_SIZE_BYTES_MAX(text.len));
    if (bytes == NULL)
        return arena_full(reading);
    if (!pl_base64_read(text, bytes, &size) || size == 0 || size % 4 != 0)
        return other_shape(reading, "an embedding is no base64 of floats");
    values = pl_arena_alloc_array(reading->arena, size / 4, sizeof *values);
    if (values == NULL)
        return arena_full(reading);
    for (size_t i = 0; i < size / 4; i++) {
        values[i] = float_of(bytes + 4 * i);
        if (!isfinite(values[i]))
            return other_shape(reading, "an embedding has something that is no number");
    }
    *embedding = (struct pl_embedding){values, size / 4};
    return PL_OK;
}

static enum pl_status read_embedding(const struct reading *reading,
                                     const struct pl_json_value *item,
                                     struct pl_embedding *embedding)
{
    const struct pl_json_value *value = pl_json_value_get_text(item, "embedding");

    if (value != NULL && pl_json_value_type(value) == PL_JSON_ARRAY)
        return read_numbers(reading, value, embedding);
    if (value != NULL && pl_json_value_type(value) == PL_JSON_STRING)
        return read_base64(reading, pl_json_value_str(value), embedding);
    return other_shape(reading, "there is an item without an embedding in it");
}

static enum pl_status read_embeddings(const struct reading *reading,
                                      const struct pl_json_value *root, struct pl_answer *answer)
{
    const struct pl_json_value *data = pl_json_value_get_text(root, "data");
    struct pl_json_walk walk = {0};
    size_t count = 0;

    if (data == NULL || pl_json_value_type(data) != PL_JSON_ARRAY || pl_json_value_count(data) == 0)
        return other_shape(reading, "there are no embeddings in it");
    count = pl_json_value_count(data);
    if (count > PL_OPENAI_EMBEDDINGS_MAX)
        return pl_error_set(reading->error, PL_E_LIMIT, "there are more than %d embeddings in it",
                            PL_OPENAI_EMBEDDINGS_MAX);
    answer->embeddings = pl_arena_alloc_array(reading->arena, count, sizeof *answer->embeddings);
    if (answer->embeddings == NULL)
        return arena_full(reading);
    answer->embeddings_count = count;
    walk = pl_json_value_walk(data);
    for (size_t i = 0; pl_json_walk_next(&walk); i++)
        PL_RETURN_IF(read_embedding(reading, walk.value,
                                    &answer->embeddings[place_of(walk.value, i, count)]));
    for (size_t i = 0; i < count; i++)
        if (answer->embeddings[i].values == NULL)
            return other_shape(reading, "two embeddings in it have the same index");
    return PL_OK;
}

/* --- The whole ---------------------------------------------------------------------------------- */

enum pl_status pl_openai_read(enum pl_openai_api api, struct pl_str body, struct pl_arena *arena,
                              struct pl_answer *ret_answer, struct pl_error *error)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    const struct reading reading = {arena, error};
    const struct pl_json_value *root = NULL;
    struct pl_answer answer = {0};

    PL_RETURN_IF(pl_openai_open(body, &document, error));
    root = pl_json_document_root(document);
    if (pl_json_value_type(root) != PL_JSON_OBJECT)
        return other_shape(&reading, "it is JSON, and no object");
    PL_RETURN_IF(copy_member(&reading, root, "id", &answer.id));
    PL_RETURN_IF(copy_member(&reading, root, "model", &answer.model));
    answer.usage = pl_openai_usage(root);
    if (api == PL_OPENAI_EMBEDDINGS)
        PL_RETURN_IF(read_embeddings(&reading, root, &answer));
    else
        PL_RETURN_IF(read_choices(&reading, api, root, &answer));
    *ret_answer = answer;
    return PL_OK;
}

/* --- Errors ------------------------------------------------------------------------------------- */

/* A code may be a number. */
static struct pl_str code_of(const struct pl_json_value *value, char room[32])
{
    const struct pl_json_value *code = pl_json_value_get_text(value, "code");

    if (code != NULL && pl_json_value_type(code) == PL_JSON_NUMBER)
        return pl_json_value_digits(code, room);
    return pl_openai_member(value, "code");
}

static bool fill_error(const struct reading *reading, struct pl_str message,
                       const struct pl_json_value *value, struct pl_openai_error *ret_error)
{
    struct pl_openai_error filled = {0};
    char room[32];

    if (copy(reading, message, &filled.message) != PL_OK ||
        copy_member(reading, value, "type", &filled.type) != PL_OK ||
        copy(reading, code_of(value, room), &filled.code) != PL_OK)
        return false;
    *ret_error = filled;
    return true;
}

bool pl_openai_read_error(struct pl_str body, struct pl_arena *arena,
                          struct pl_openai_error *ret_error)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    const struct reading reading = {arena, NULL};
    const struct pl_json_value *root = NULL, *error = NULL;

    if (pl_openai_open(body, &document, NULL) != PL_OK)
        return false;
    root = pl_json_document_root(document);
    error = pl_json_value_get_text(root, "error");
    if (error != NULL && pl_json_value_type(error) == PL_JSON_OBJECT)
        return fill_error(&reading, pl_openai_member(error, "message"), error, ret_error);
    if (error != NULL && pl_json_value_type(error) == PL_JSON_STRING)
        return fill_error(&reading, pl_json_value_str(error), root, ret_error);
    if (pl_json_value_get_text(root, "choices") != NULL)
        return false;
    for (int i = 0; i < 2; i++) {
        const struct pl_str message = pl_openai_member(root, i == 0 ? "message" : "detail");

        if (message.len > 0)
            return fill_error(&reading, message, root, ret_error);
    }
    return false;
}

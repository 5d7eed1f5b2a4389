/* Reading looks at the members that routing and metering need; writing patches the text. */
#include "gateway/ask.h"

#include "base/json.h"
#include "gateway/looking.h"
#include "json/patch.h"

#include <string.h>

static const struct {
    const char *name;
    const char *path;
} APIS[PL_APIS_COUNT] = {
    [PL_API_CHAT] = {"chat", "/chat/completions"},
    [PL_API_COMPLETIONS] = {"completions", "/completions"},
    [PL_API_EMBEDDINGS] = {"embeddings", "/embeddings"},
    [PL_API_RESPONSES] = {"responses", "/responses"},
    [PL_API_DECIDE] = {"decide", ""},
};

const char *pl_api_name(enum pl_api api)
{
    return APIS[api].name;
}

const char *pl_api_path(enum pl_api api)
{
    return APIS[api].path;
}

static struct pl_str part_text(const struct pl_json_value *part)
{
    const struct pl_json_value *text = pl_member(part, "text");

    return pl_is_string(text) ? pl_json_value_str(text) : (struct pl_str){0};
}

/* The text of a content: a string, or its parts of text one after the other. */
static struct pl_str content_text(const struct pl_json_value *content, struct pl_arena *arena)
{
    size_t length = 0;
    size_t at = 0;
    char *text;

    if (pl_is_string(content))
        return pl_arena_copy(arena, pl_json_value_str(content));
    if (!pl_is_array(content))
        return (struct pl_str){0};
    for (struct pl_json_walk walk = pl_json_value_walk(content); pl_json_walk_next(&walk);)
        length += part_text(walk.value).len;
    text = pl_arena_alloc(arena, length + 1);
    if (text == NULL)
        return (struct pl_str){0};
    for (struct pl_json_walk walk = pl_json_value_walk(content); pl_json_walk_next(&walk);) {
        const struct pl_str part = part_text(walk.value);

        if (part.len > 0)
            memcpy(text + at, part.ptr, part.len);
        at += part.len;
    }
    return (struct pl_str){text, length};
}

/* The last message of the user, and how many there are. */
static void read_messages(struct pl_ask *ask, const struct pl_json_value *messages,
                          struct pl_arena *arena)
{
    const struct pl_json_value *last = NULL;
    struct pl_json_walk walk = pl_json_value_walk(messages);

    while (pl_json_walk_next(&walk)) {
        const struct pl_json_value *role = pl_member(walk.value, "role");

        ask->messages++;
        if (pl_is_string(role) && pl_str_equal_text(pl_json_value_str(role), "user"))
            last = pl_member(walk.value, "content");
    }
    ask->text = content_text(last, arena);
}

struct reading {
    struct pl_ask *ask;
    struct pl_arena *arena;
    const char **ret_param;
    struct pl_error *error;
};

static enum pl_status refuse(const struct reading *reading, const char *param, const char *what)
{
    *reading->ret_param = param;
    return pl_error_set(reading->error, PL_E_DATA, "%s", what);
}

static enum pl_status read_input(const struct reading *reading)
{
    struct pl_ask *ask = reading->ask;
    const char *name = ask->api == PL_API_CHAT          ? "messages"
                       : ask->api == PL_API_COMPLETIONS ? "prompt"
                                                        : "input";
    const struct pl_json_value *input = pl_member(ask->root, name);

    if (ask->api == PL_API_CHAT) {
        if (!pl_is_array(input) || pl_json_value_count(input) == 0)
            return refuse(reading, "messages",
                          "'messages' must be an array of at least one message.");
        read_messages(ask, input, reading->arena);
        return PL_OK;
    }
    if (!pl_is_given(input) && ask->api == PL_API_EMBEDDINGS)
        return refuse(reading, "input", "'input' is missing: a text, or an array of texts.");
    if (pl_is_array(input) && ask->api == PL_API_RESPONSES)
        read_messages(ask, input, reading->arena);
    else
        ask->text = content_text(input, reading->arena);
    return PL_OK;
}

static enum pl_status read_count(const struct reading *reading, const char *name, uint64_t maximum,
                                 uint64_t *ret_count)
{
    const struct pl_json_value *value = pl_member(reading->ask->root, name);

    if (!pl_is_given(value))
        return PL_OK;
    if (pl_json_value_type(value) != PL_JSON_NUMBER || !pl_json_value_uint64(value, ret_count) ||
        *ret_count > maximum)
        return refuse(reading, name, "It must be a whole number that is not negative.");
    return PL_OK;
}

static enum pl_status read_flag(const struct reading *reading, const char *name, bool *ret_flag)
{
    const struct pl_json_value *value = pl_member(reading->ask->root, name);

    if (!pl_is_given(value))
        return PL_OK;
    if (pl_json_value_type(value) != PL_JSON_BOOL)
        return refuse(reading, name, "It must be true or false.");
    *ret_flag = pl_json_value_bool(value);
    return PL_OK;
}

#define TOKENS_MAX  UINT64_C(100000000)
#define REPLIES_MAX 128

static enum pl_status read_bounds(const struct reading *reading)
{
    static const char *const NAMES[] = {"max_tokens", "max_completion_tokens", "max_output_tokens"};
    uint64_t replies = 1;

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        PL_RETURN_IF(read_count(reading, NAMES[i], TOKENS_MAX, &reading->ask->tokens_max));
    PL_RETURN_IF(read_count(reading, "n", REPLIES_MAX, &replies));
    reading->ask->replies = replies == 0 ? 1 : (uint32_t)replies;
    return PL_OK;
}

static bool wants_json(const struct pl_json_value *root)
{
    const struct pl_json_value *type = pl_member(pl_member(root, "response_format"), "type");

    return pl_is_string(type) && (pl_str_equal_text(pl_json_value_str(type), "json_object") ||
                                  pl_str_equal_text(pl_json_value_str(type), "json_schema"));
}

static enum pl_status read_wishes(const struct reading *reading)
{
    struct pl_ask *ask = reading->ask;
    const struct pl_json_value *logprobs = pl_member(ask->root, "logprobs");

    PL_RETURN_IF(read_flag(reading, "stream", &ask->stream));
    ask->usage_wanted =
        pl_is_true(pl_member(pl_member(ask->root, "stream_options"), "include_usage"));
    ask->logprobs_wanted =
        pl_is_true(logprobs) || (ask->api == PL_API_COMPLETIONS && pl_is_given(logprobs));
    ask->top_logprobs_wanted = pl_number_or(pl_member(ask->root, "top_logprobs"), 0) >= 1;
    ask->json_wanted = wants_json(ask->root);
    ask->has_tools = pl_is_given(pl_member(ask->root, "tools"));
    ask->has_previous = pl_is_given(pl_member(ask->root, "previous_response_id"));
    if (ask->stream && ask->api == PL_API_EMBEDDINGS)
        return refuse(reading, "stream", "Embeddings cannot be streamed.");
    return PL_OK;
}

/* A name that is written in another way could hide a member from those who read the body after us. */
static bool has_escaped_name(struct pl_str body)
{
    struct pl_json_scan scan;

    if (!pl_json_scan_begin(&scan, body))
        return false;
    while (pl_json_scan_next(&scan))
        if (memchr(scan.name.ptr, '\\', scan.name.len) != NULL)
            return true;
    return false;
}

static enum pl_status read_openai(const struct reading *reading)
{
    struct pl_ask *ask = reading->ask;
    const struct pl_json_value *model = pl_member(ask->root, "model");

    if (!pl_is_object(ask->root))
        return refuse(reading, NULL, "The body must be a JSON object.");
    if (has_escaped_name(ask->body))
        return refuse(reading, NULL,
                      "A member's name in the body has an escape; write it plainly.");
    if (!pl_is_string(model))
        return refuse(reading, "model", "You must provide a 'model': a text.");
    ask->model = pl_arena_copy(reading->arena, pl_json_value_str(model));
    if (ask->model.ptr == NULL)
        return pl_arena_error(reading->arena, "a request", reading->error);
    PL_RETURN_IF(read_bounds(reading));
    PL_RETURN_IF(read_wishes(reading));
    return read_input(reading);
}

enum pl_status pl_ask_read(struct pl_ask *ask, struct pl_json_document *document,
                           struct pl_arena *arena, const char **ret_param, struct pl_error *error)
{
    const struct reading reading = {ask, arena, ret_param, error};

    *ret_param = NULL;
    ask->replies = 1;
    PL_RETURN_IF(pl_json_document_read(document, ask->body, error));
    ask->root = pl_json_document_root(document);
    return ask->api == PL_API_DECIDE ? PL_OK : read_openai(&reading);
}

/* ---- writing ---- */

/* Scratch texts that patches point to. */
struct rooms {
    struct pl_buffer model, options, merged;
};

/* The stream's options as they came, with the usage asked for. */
static bool add_usage(const struct pl_ask *ask, struct pl_buffer *room)
{
    const struct pl_json_patch patch = {"include_usage", PL_STR("true")};
    const struct pl_str options = pl_json_member_of(ask->body, "stream_options");
    const bool is_object = options.ptr != NULL && options.ptr[0] == '{';

    return pl_json_patch_write(is_object ? options : PL_STR("{}"), &patch, 1, room);
}

/* The request with the members of `parameters` in place of its own. */
static bool merge(struct pl_str body, struct pl_str parameters, struct pl_buffer *out)
{
    struct pl_json_patch patches[16];
    char names[16][64];
    struct pl_json_scan scan;
    size_t count = 0;

    if (!pl_json_scan_begin(&scan, parameters))
        return false;
    while (pl_json_scan_next(&scan)) {
        if (count == 16 || scan.name.len >= sizeof names[0])
            return false;
        memcpy(names[count], scan.name.ptr, scan.name.len);
        names[count][scan.name.len] = '\0';
        patches[count] = (struct pl_json_patch){names[count], scan.value};
        count++;
    }
    return pl_json_patch_write(body, patches, count, out);
}

static bool write_patched(const struct pl_ask *ask, const struct pl_ask_changes *changes,
                          struct rooms *rooms, struct pl_buffer *out)
{
    const struct pl_str body =
        changes->parameters.len > 0 ? pl_buffer_view(&rooms->merged) : ask->body;
    struct pl_json_patch patches[6];
    struct pl_json json;
    size_t count = 0;

    pl_json_init(&json, &rooms->model, false);
    pl_json_str(&json, changes->model);
    if (changes->model.len > 0)
        patches[count++] = (struct pl_json_patch){"model", pl_buffer_view(&rooms->model)};
    if (changes->logprobs && !ask->logprobs_wanted)
        patches[count++] = (struct pl_json_patch){
            "logprobs", ask->api == PL_API_COMPLETIONS ? PL_STR("2") : PL_STR("true")};
    if (changes->top_logprobs && !ask->top_logprobs_wanted && ask->api != PL_API_COMPLETIONS)
        patches[count++] = (struct pl_json_patch){"top_logprobs", PL_STR("2")};
    if (changes->whole && ask->stream) {
        patches[count++] = (struct pl_json_patch){"stream", PL_STR("false")};
        patches[count++] = (struct pl_json_patch){"stream_options", {0}};
    } else if (changes->usage && ask->stream && !ask->usage_wanted) {
        if (!add_usage(ask, &rooms->options))
            return false;
        patches[count++] =
            (struct pl_json_patch){"stream_options", pl_buffer_view(&rooms->options)};
    }
    return pl_json_patch_write(body, patches, count, out);
}

enum pl_status pl_ask_write(const struct pl_ask *ask, const struct pl_ask_changes *changes,
                            struct pl_buffer *out, struct pl_error *error)
{
    struct rooms rooms;
    bool good = true;

    if (ask->api == PL_API_DECIDE) {
        pl_buffer_add(out, ask->body);
        return pl_buffer_check(out, "the request", error);
    }
    pl_buffer_init(&rooms.model, out->size_bytes_max);
    pl_buffer_init(&rooms.options, out->size_bytes_max);
    pl_buffer_init(&rooms.merged, out->size_bytes_max);
    if (changes->parameters.len > 0)
        good = merge(ask->body, changes->parameters, &rooms.merged);
    good = good && write_patched(ask, changes, &rooms, out);
    pl_buffer_deinit(&rooms.model);
    pl_buffer_deinit(&rooms.options);
    pl_buffer_deinit(&rooms.merged);
    if (!good)
        return pl_error_set(error, PL_E_DATA, "the request cannot be changed for its model");
    return pl_buffer_check(out, "the request", error);
}

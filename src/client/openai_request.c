/*
 * Requests of the OpenAI wire format. A member that `extra` has as well is left to it. JSON that was
 * handed over is read and written anew, so that nothing can be smuggled out of its place.
 */
#include "client/openai.h"

#include "base/json.h"
#include "json/document.h"
#include "json/render.h"
#include "json/value.h"

#include <math.h>

#define BYTES_PER_TOKEN  4.0
#define REPLY_TOKENS     512u
#define EXTRA_BYTES_MAX  ((size_t)4 << 20)
#define MEMBER_BYTES_MAX ((size_t)16 << 20)

/* A request being written. */
struct writing {
    const struct pl_openai_request *request;
    struct pl_json json;
    struct pl_json_document *scratch;  /* for members that are JSON */
    const struct pl_json_value *extra; /* or NULL */
    struct pl_error *error;
};

const char *pl_openai_path(enum pl_openai_api api)
{
    static const char *const PATHS[] = {
        [PL_OPENAI_CHAT] = "/chat/completions",
        [PL_OPENAI_COMPLETIONS] = "/completions",
        [PL_OPENAI_EMBEDDINGS] = "/embeddings",
    };

    return PATHS[api];
}

double pl_openai_estimate(const struct pl_openai_request *request, size_t body_size_bytes)
{
    const uint32_t most = request->max_tokens == 0 ? REPLY_TOKENS : request->max_tokens;
    const uint32_t replies = request->n == 0 ? 1 : request->n;
    const double sent = ceil((double)body_size_bytes / BYTES_PER_TOKEN);

    return request->api == PL_OPENAI_EMBEDDINGS ? sent : sent + (double)most * replies;
}

/* Writes the key, unless `extra` has it. */
static bool begin(struct writing *writing, const char *name)
{
    if (writing->extra != NULL && pl_json_value_get_text(writing->extra, name) != NULL)
        return false;
    pl_json_key(&writing->json, name);
    return true;
}

static void add_number(struct writing *writing, const char *name, uint64_t value, bool given)
{
    if (given && begin(writing, name))
        pl_json_uint64(&writing->json, value);
}

static void add_text(struct writing *writing, const char *name, struct pl_str value)
{
    if (value.len > 0) {
        pl_json_key(&writing->json, name);
        pl_json_str(&writing->json, value);
    }
}

static enum pl_status refuse(const struct writing *writing, const char *name,
                             const struct pl_error *why)
{
    return pl_error_set(writing->error, PL_E_LINE, "`%s` of a request is not JSON: %s (column %u)",
                        name, why->message, why->column);
}

/* Reads JSON that was handed over. The value lives until the next one is read. */
static enum pl_status read_member(struct writing *writing, const char *name, struct pl_str text,
                                  const struct pl_json_value **ret_value)
{
    struct pl_error why = {0};

    if (pl_json_document_read(writing->scratch, text, &why) != PL_OK)
        return refuse(writing, name, &why);
    *ret_value = pl_json_document_root(writing->scratch);
    return PL_OK;
}

static enum pl_status write_value(struct writing *writing, const struct pl_json_value *value)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text = {0};

    pl_buffer_init(&text, MEMBER_BYTES_MAX);
    pl_json_value_write(value, &text);
    PL_RETURN_IF(pl_buffer_check(&text, "a member of a request", writing->error));
    pl_json_raw(&writing->json, pl_buffer_view(&text));
    return PL_OK;
}

/* A member that is JSON of a given type (`any` for all types); nothing when it is empty. */
static enum pl_status add_json(struct writing *writing, const char *name, struct pl_str text,
                               enum pl_json_type type, bool any)
{
    const struct pl_json_value *value = NULL;

    if (text.len == 0)
        return PL_OK;
    PL_RETURN_IF(read_member(writing, name, text, &value));
    if (!any && pl_json_value_type(value) != type)
        return pl_error_set(writing->error, PL_E_LINE, "`%s` of a request must be JSON of type %s",
                            name, pl_json_type_name(type));
    pl_json_key(&writing->json, name);
    return write_value(writing, value);
}

static enum pl_status add_top(struct writing *writing, const char *name, struct pl_str text,
                              enum pl_json_type type, bool any)
{
    if (writing->extra != NULL && pl_json_value_get_text(writing->extra, name) != NULL)
        return PL_OK;
    return add_json(writing, name, text, type, any);
}

static enum pl_status add_message(struct writing *writing, const struct pl_message *message)
{
    struct pl_json *json = &writing->json;

    pl_json_open_object(json);
    add_text(writing, "role", message->role);
    if (message->parts.len > 0) {
        PL_RETURN_IF(add_json(writing, "content", message->parts, PL_JSON_ARRAY, false));
    } else {
        pl_json_key(json, "content");
        if (message->content.ptr == NULL)
            pl_json_null(json);
        else
            pl_json_str(json, message->content);
    }
    add_text(writing, "name", message->name);
    add_text(writing, "tool_call_id", message->tool_call_id);
    PL_RETURN_IF(add_json(writing, "tool_calls", message->tool_calls, PL_JSON_ARRAY, false));
    pl_json_close_object(json);
    return PL_OK;
}

static enum pl_status add_messages(struct writing *writing)
{
    const struct pl_openai_request *request = writing->request;

    if (!begin(writing, "messages"))
        return PL_OK;
    if (request->messages_count == 0)
        return pl_error_set(writing->error, PL_E_LINE, "a chat needs at least one message");
    pl_json_open_array(&writing->json);
    for (size_t i = 0; i < request->messages_count; i++)
        PL_RETURN_IF(add_message(writing, &request->messages[i]));
    pl_json_close_array(&writing->json);
    return PL_OK;
}

static enum pl_status add_prompt(struct writing *writing)
{
    if (!begin(writing, "prompt"))
        return PL_OK;
    if (writing->request->inputs_count != 1)
        return pl_error_set(writing->error, PL_E_LINE, "a completion needs one prompt");
    pl_json_str(&writing->json, writing->request->inputs[0]);
    return PL_OK;
}

static enum pl_status add_inputs(struct writing *writing)
{
    const struct pl_openai_request *request = writing->request;

    if (!begin(writing, "input"))
        return PL_OK;
    if (request->inputs_count == 0 || request->inputs_count > PL_OPENAI_EMBEDDINGS_MAX)
        return pl_error_set(writing->error, PL_E_LINE, "embeddings are of 1 to %d texts at once",
                            PL_OPENAI_EMBEDDINGS_MAX);
    pl_json_open_array(&writing->json);
    for (size_t i = 0; i < request->inputs_count; i++)
        pl_json_str(&writing->json, request->inputs[i]);
    pl_json_close_array(&writing->json);
    return PL_OK;
}

static enum pl_status add_what_is_asked(struct writing *writing)
{
    switch (writing->request->api) {
    case PL_OPENAI_CHAT:
        return add_messages(writing);
    case PL_OPENAI_COMPLETIONS:
        return add_prompt(writing);
    case PL_OPENAI_EMBEDDINGS:
        break;
    }
    return add_inputs(writing);
}

/* A chat says whether, and how many; a completion just how many. */
static void add_logprobs(struct writing *writing)
{
    const struct pl_openai_request *request = writing->request;

    if (!request->logprobs)
        return;
    if (request->api == PL_OPENAI_COMPLETIONS) {
        add_number(writing, "logprobs", request->top_logprobs, true);
        return;
    }
    if (begin(writing, "logprobs"))
        pl_json_bool(&writing->json, true);
    add_number(writing, "top_logprobs", request->top_logprobs, request->top_logprobs > 0);
}

/* The usage of a stream comes only when it is asked for. */
static void add_stream(struct writing *writing)
{
    struct pl_json *json = &writing->json;

    if (!writing->request->stream || !begin(writing, "stream"))
        return;
    pl_json_bool(json, true);
    if (!begin(writing, "stream_options"))
        return;
    pl_json_open_object(json);
    pl_json_key(json, "include_usage");
    pl_json_bool(json, true);
    pl_json_close_object(json);
}

static enum pl_status add_choices(struct writing *writing)
{
    const struct pl_openai_request *request = writing->request;
    const bool has_other_most =
        writing->extra != NULL &&
        pl_json_value_get_text(writing->extra, "max_completion_tokens") != NULL;

    add_number(writing, "max_tokens", request->max_tokens,
               request->max_tokens > 0 && !has_other_most);
    if (request->has_temperature && !isfinite(request->temperature))
        return pl_error_set(writing->error, PL_E_LINE, "`temperature` of a request is no number");
    if (request->has_temperature && begin(writing, "temperature"))
        pl_json_double(&writing->json, request->temperature);
    add_number(writing, "seed", request->seed, request->has_seed);
    add_number(writing, "n", request->n, request->n > 1);
    add_logprobs(writing);
    PL_RETURN_IF(add_top(writing, "tools", request->tools, PL_JSON_ARRAY, false));
    PL_RETURN_IF(add_top(writing, "tool_choice", request->tool_choice, PL_JSON_NULL, true));
    PL_RETURN_IF(
        add_top(writing, "response_format", request->response_format, PL_JSON_OBJECT, false));
    add_stream(writing);
    return PL_OK;
}

static enum pl_status add_extra(struct writing *writing)
{
    struct pl_json_walk walk = {0};

    if (writing->extra == NULL)
        return PL_OK;
    walk = pl_json_value_walk(writing->extra);
    while (pl_json_walk_next(&walk)) {
        pl_json_key_str(&writing->json, walk.name);
        PL_RETURN_IF(write_value(writing, walk.value));
    }
    return PL_OK;
}

static enum pl_status write_body(struct writing *writing)
{
    pl_json_open_object(&writing->json);
    if (begin(writing, "model"))
        pl_json_str(&writing->json, writing->request->model);
    PL_RETURN_IF(add_what_is_asked(writing));
    if (writing->request->api != PL_OPENAI_EMBEDDINGS)
        PL_RETURN_IF(add_choices(writing));
    PL_RETURN_IF(add_extra(writing));
    pl_json_close_object(&writing->json);
    return pl_buffer_check(writing->json.out, "a request", writing->error);
}

static enum pl_status check_extra(const struct writing *writing)
{
    if (pl_json_value_type(writing->extra) != PL_JSON_OBJECT)
        return pl_error_set(writing->error, PL_E_LINE,
                            "the further parameters of a request must be a JSON object");
    if (pl_json_value_get_text(writing->extra, "stream") != NULL)
        return pl_error_set(writing->error, PL_E_LINE,
                            "`stream` is not among the further parameters of a request");
    return PL_OK;
}

enum pl_status pl_openai_write(const struct pl_openai_request *request, struct pl_buffer *out,
                               struct pl_error *error)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *extra = NULL;
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *scratch = NULL;
    const struct pl_json_options options = {.size_bytes_max = EXTRA_BYTES_MAX};
    struct writing writing = {.request = request, .error = error};
    struct pl_error why = {0};

    PL_RETURN_IF(pl_json_document_new(NULL, &scratch, error));
    writing.scratch = scratch;
    pl_json_init(&writing.json, out, false);
    if (request->extra.len > 0) {
        if (pl_json_document_open(request->extra, &options, &extra, &why) != PL_OK)
            return refuse(&writing, "parameters", &why);
        writing.extra = pl_json_document_root(extra);
        PL_RETURN_IF(check_extra(&writing));
    }
    return write_body(&writing);
}

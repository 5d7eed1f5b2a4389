/* The shapes of chat completions, completions, embeddings and responses, read side by side. */
#include "gateway/answer.h"

#include "gateway/looking.h"
#include "json/patch.h"

#include <math.h>

static uint64_t count_of(const struct pl_json_value *object, const char *name)
{
    return pl_count_or_0(pl_member(object, name));
}

/* Either of two names: of chat completions, and of responses. */
static uint64_t either(const struct pl_json_value *object, const char *one, const char *other)
{
    const uint64_t count = count_of(object, one);

    return count > 0 ? count : count_of(object, other);
}

static void hear_usage(struct pl_heard *heard, const struct pl_json_value *usage)
{
    const struct pl_json_value *prompt = pl_member(usage, "prompt_tokens_details");
    const struct pl_json_value *completion = pl_member(usage, "completion_tokens_details");

    if (prompt == NULL)
        prompt = pl_member(usage, "input_tokens_details");
    if (completion == NULL)
        completion = pl_member(usage, "output_tokens_details");
    heard->usage = (struct pl_usage){
        .known = true,
        .prompt = either(usage, "prompt_tokens", "input_tokens"),
        .cached = count_of(prompt, "cached_tokens"),
        .completion = either(usage, "completion_tokens", "output_tokens"),
        .reasoning = count_of(completion, "reasoning_tokens"),
        .cache_write = count_of(prompt, "cache_write_tokens"),
    };
}

/* ---- log probabilities ---- */

/* The likeliest of the listed ones that is not the token itself. */
static double runner_up(const struct pl_json_value *token)
{
    const struct pl_json_value *top = pl_member(token, "top_logprobs");
    const struct pl_json_value *own = pl_member(token, "token");
    double best = -(double)INFINITY;

    if (!pl_is_array(top) || !pl_is_string(own))
        return best;

    struct pl_json_walk walk = pl_json_value_walk(top);

    while (pl_json_walk_next(&walk)) {
        const struct pl_json_value *name = pl_member(walk.value, "token");
        const double logprob = pl_number_or(pl_member(walk.value, "logprob"), -(double)INFINITY);

        if (pl_is_string(name) && logprob > best &&
            !pl_str_equal(pl_json_value_str(name), pl_json_value_str(own)))
            best = logprob;
    }
    return best;
}

static void hear_tokens(struct pl_heard *heard, const struct pl_json_value *tokens)
{
    if (!pl_is_array(tokens))
        return;

    struct pl_json_walk walk = pl_json_value_walk(tokens);

    while (pl_json_walk_next(&walk))
        pl_token_signals_add(
            &heard->signals,
            (struct pl_token_logprob){pl_number_or(pl_member(walk.value, "logprob"), (double)NAN),
                                      runner_up(walk.value)});
}

/* Of the older API: an array of numbers. */
static void hear_plain_tokens(struct pl_heard *heard, const struct pl_json_value *numbers)
{
    if (!pl_is_array(numbers))
        return;

    struct pl_json_walk walk = pl_json_value_walk(numbers);

    while (pl_json_walk_next(&walk))
        if (pl_is_given(walk.value))
            pl_token_signals_add(&heard->signals,
                                 (struct pl_token_logprob){pl_number_or(walk.value, (double)NAN),
                                                           -(double)INFINITY});
}

static void hear_logprobs(struct pl_heard *heard, const struct pl_json_value *choice)
{
    const struct pl_json_value *logprobs = pl_member(choice, "logprobs");

    if (!pl_is_given(logprobs))
        return;
    heard->has_logprobs = true;
    if (count_of(choice, "index") != 0)
        return;
    hear_tokens(heard, pl_member(logprobs, "content"));
    hear_plain_tokens(heard, pl_member(logprobs, "token_logprobs"));
}

/* ---- choices ---- */

static bool add_text(const struct pl_json_value *value, struct pl_buffer *text)
{
    if (!pl_is_string(value) || pl_json_value_str(value).len == 0)
        return false;
    if (text != NULL)
        pl_buffer_add(text, pl_json_value_str(value));
    return true;
}

static void hear_choice(struct pl_heard *heard, const struct pl_json_value *choice,
                        struct pl_buffer *text)
{
    const struct pl_json_value *said = pl_member(choice, "delta");
    struct pl_buffer *into = count_of(choice, "index") == 0 ? text : NULL;

    if (said == NULL)
        said = pl_member(choice, "message");

    const bool content = add_text(pl_member(said, "content"), into);
    const bool plain = add_text(pl_member(choice, "text"), into);

    if (content || plain || add_text(pl_member(said, "refusal"), NULL) ||
        pl_is_given(pl_member(said, "tool_calls")) ||
        add_text(pl_member(said, "reasoning_content"), NULL))
        heard->has_content = true;
    if (pl_is_given(pl_member(choice, "finish_reason")))
        heard->finished = true;
    hear_logprobs(heard, choice);
}

static void hear_choices(struct pl_heard *heard, const struct pl_json_value *root,
                         struct pl_buffer *text)
{
    const struct pl_json_value *choices = pl_member(root, "choices");
    const struct pl_json_value *usage = pl_member(root, "usage");
    const bool empty = !pl_is_array(choices) || pl_json_value_count(choices) == 0;

    heard->usage_null = usage != NULL && !pl_is_given(usage);
    if (pl_is_given(usage))
        hear_usage(heard, usage);
    heard->is_usage_only = empty && pl_is_given(usage);
    if (empty)
        return;

    struct pl_json_walk walk = pl_json_value_walk(choices);

    while (pl_json_walk_next(&walk))
        hear_choice(heard, walk.value, text);
}

/* ---- responses ---- */

static void hear_output(const struct pl_json_value *output, struct pl_buffer *text)
{
    if (!pl_is_array(output))
        return;

    struct pl_json_walk items = pl_json_value_walk(output);

    while (pl_json_walk_next(&items)) {
        const struct pl_json_value *content = pl_member(items.value, "content");

        if (!pl_is_array(content))
            continue;

        struct pl_json_walk parts = pl_json_value_walk(content);

        while (pl_json_walk_next(&parts))
            (void)add_text(pl_member(parts.value, "text"), text);
    }
}

/* A response, whole or the object in its last event. */
static void hear_response(struct pl_heard *heard, const struct pl_json_value *response,
                          struct pl_buffer *text)
{
    const struct pl_json_value *status = pl_member(response, "status");

    if (pl_is_given(pl_member(response, "usage")))
        hear_usage(heard, pl_member(response, "usage"));
    if (pl_is_string(status)) {
        const struct pl_str word = pl_json_value_str(status);

        heard->finished =
            !pl_str_equal_text(word, "in_progress") && !pl_str_equal_text(word, "queued");
        heard->finished_badly = heard->finished && !pl_str_equal_text(word, "completed");
    }
    if (text != NULL)
        hear_output(pl_member(response, "output"), text);
}

static void hear_event(struct pl_heard *heard, const struct pl_json_value *event,
                       struct pl_buffer *text)
{
    const struct pl_json_value *type = pl_member(event, "type");
    const struct pl_json_value *response = pl_member(event, "response");

    if (!pl_is_string(type))
        return;
    if (pl_str_equal_text(pl_json_value_str(type), "error"))
        heard->is_error = true;
    heard->has_content = pl_str_ends_with(pl_json_value_str(type), PL_STR(".delta"));
    if (pl_str_equal_text(pl_json_value_str(type), "response.output_text.delta"))
        (void)add_text(pl_member(event, "delta"), text);
    if (response != NULL)
        hear_response(heard, response, NULL);
}

enum pl_status pl_heard_add(struct pl_heard *heard, const struct pl_ask *ask, bool of_stream,
                            const struct pl_json_value *root, struct pl_buffer *text)
{
    if (root == NULL || pl_json_value_type(root) != PL_JSON_OBJECT)
        return PL_E_DATA;
    heard->usage_null = false;
    heard->is_usage_only = false;
    heard->has_content = false;
    heard->has_logprobs = false;
    if (ask->api == PL_API_RESPONSES && of_stream) {
        hear_event(heard, root, text);
    } else if (ask->api == PL_API_RESPONSES) {
        hear_response(heard, root, text);
    } else {
        heard->is_error = heard->is_error || pl_is_given(pl_member(root, "error"));
        hear_choices(heard, root, text);
    }
    if (heard->has_content)
        heard->pieces++;
    return PL_OK;
}

/* ---- trimming ---- */

/* The choices with their log probabilities set to null. */
static void write_choices(struct pl_str choices, struct pl_buffer *out)
{
    const struct pl_json_patch patch = {"logprobs", PL_STR("null")};
    struct pl_json_scan scan;
    const char *separator = "[";

    if (!pl_json_scan_begin(&scan, choices) || scan.of_object) {
        pl_buffer_add(out, choices);
        return;
    }
    while (pl_json_scan_next(&scan)) {
        const size_t before = out->len + 1;

        pl_buffer_add_text(out, separator);
        if (pl_json_member_of(scan.value, "logprobs").ptr == NULL ||
            !pl_json_patch_write(scan.value, &patch, 1, out)) {
            pl_buffer_cut(out, before);
            pl_buffer_add(out, scan.value);
        }
        separator = ",";
    }
    pl_buffer_add_text(out, separator[0] == '[' ? "[]" : "]");
}

void pl_answer_trim(struct pl_str body, const struct pl_unasked *unasked, struct pl_buffer *out)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer choices = {0};
    const struct pl_str given = pl_json_member_of(body, "choices");
    struct pl_json_patch patches[2];
    size_t count = 0;
    const size_t before = out->len;

    pl_buffer_init(&choices, out->size_bytes_max);
    if (unasked->usage)
        patches[count++] = (struct pl_json_patch){"usage", {0}};
    if (unasked->logprobs && given.ptr != NULL) {
        write_choices(given, &choices);
        patches[count++] = (struct pl_json_patch){"choices", pl_buffer_view(&choices)};
    }
    if (count == 0 || !pl_json_patch_write(body, patches, count, out)) {
        pl_buffer_cut(out, before);
        pl_buffer_add(out, body);
    }
}

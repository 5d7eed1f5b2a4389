/*
 * Drives the engine for the tests: one JSON document comes on stdin,
 *
 *     {"endpoints": [{"url" | "argv", …}], "calls": [{"endpoint": 0, "prompt" | "messages" | "inputs" |
 *      "input", …}], "calls_max": 0, "seed": 0, "cancel_after_ms": 0, "abandon_after_ms": 0}
 *
 * (abandoned calls are left under way when the engine is freed, and then nothing is printed),
 * and one goes to stdout: {"results": […] in the order of the calls, "counts": {…}}. What may be said of
 * endpoints and calls is in the functions that read them. Exit status 2 and a line on stderr when the engine
 * refuses.
 */
#include "base/file.h"
#include "base/json.h"
#include "client/caller.h"
#include "json/document.h"
#include "json/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define INPUT_BYTES_MAX ((size_t)64 << 20)
#define WORDS_MAX       64
#define MESSAGES_MAX    16
#define INPUTS_MAX      64
#define TEXT_SHOWN_MAX  100000
#define WAIT_MS         50

struct driver {
    struct pl_caller *caller;
    const struct pl_json_value *calls;
    size_t calls_count, submitted, finished;
    bool cancelled;
    struct pl_buffer *results; /* the JSON of each call */
};

static _Noreturn void stop(const char *message)
{
    (void)fprintf(stderr, "%s\n", message);
    exit(2);
}

static void must(enum pl_status status, const struct pl_error *error)
{
    if (status != PL_OK) {
        (void)fprintf(stderr, "%s: %s\n", pl_status_name(status), error->message);
        exit(2);
    }
}

/* --- Reading ------------------------------------------------------------------------------------ */

static struct pl_str text_in(const struct pl_json_value *value, const char *name)
{
    const struct pl_json_value *member = pl_json_value_get_text(value, name);

    return member != NULL && pl_json_value_type(member) == PL_JSON_STRING
               ? pl_json_value_str(member)
               : (struct pl_str){0};
}

static const char *string_in(const struct pl_json_value *value, const char *name)
{
    const struct pl_str text = text_in(value, name);

    return text.ptr; /* of yyjson, and so NUL-terminated */
}

static double number_in(const struct pl_json_value *value, const char *name)
{
    const struct pl_json_value *member = pl_json_value_get_text(value, name);

    return member == NULL ? 0.0 : pl_json_value_double(member);
}

static bool flag_in(const struct pl_json_value *value, const char *name)
{
    const struct pl_json_value *member = pl_json_value_get_text(value, name);

    return member != NULL && pl_json_value_bool(member);
}

static size_t strings_in(const struct pl_json_value *value, const char *name, struct pl_str *texts,
                         size_t most)
{
    const struct pl_json_value *list = pl_json_value_get_text(value, name);
    size_t count = 0;

    if (list == NULL)
        return 0;

    struct pl_json_walk walk = pl_json_value_walk(list);

    while (count < most && pl_json_walk_next(&walk))
        texts[count++] = pl_json_value_str(walk.value);
    return count;
}

static void add_endpoint(struct driver *driver, const struct pl_json_value *value)
{
    const struct pl_json_value *price = pl_json_value_get_text(value, "price");
    struct pl_str words[WORDS_MAX] = {{0}};
    const char *argv[WORDS_MAX + 1] = {0};
    const size_t words_count = strings_in(value, "argv", words, WORDS_MAX);
    struct pl_endpoint endpoint = {
        .name = string_in(value, "name"),
        .url = string_in(value, "url"),
        .model = string_in(value, "model"),
        .key_variable = string_in(value, "key"),
        .ca_file = string_in(value, "ca_file"),
        .proxy = string_in(value, "proxy"),
        .plain_allowed = flag_in(value, "plain_allowed"),
        .folder = string_in(value, "folder"),
        .timeouts = {(uint64_t)number_in(value, "connect_ms"),
                     (uint64_t)number_in(value, "first_token_ms"),
                     (uint64_t)number_in(value, "total_ms")},
        .pace = {(uint32_t)number_in(value, "in_flight"), number_in(value, "requests_per_minute"),
                 number_in(value, "tokens_per_minute")},
        .attempts_max = (uint32_t)number_in(value, "attempts"),
        .retry_delay_ms = (uint64_t)number_in(value, "retry_delay_ms"),
        .retry_total_ms_max = (uint64_t)number_in(value, "retry_total_ms"),
        .answer_size_bytes_max = (size_t)number_in(value, "answer_bytes"),
    };
    struct pl_error error = {0};
    uint32_t index = 0;

    for (size_t i = 0; i < words_count; i++)
        argv[i] = words[i].ptr;
    if (pl_json_value_get_text(value, "argv") != NULL)
        endpoint.argv = argv;
    if (price != NULL)
        endpoint.price = (struct pl_price){
            .given = true,
            .input = number_in(price, "input"),
            .cached_input = number_in(price, "cached_input"),
            .output = number_in(price, "output"),
            .reasoning_given = pl_json_value_get_text(price, "reasoning") != NULL,
            .cache_write_given = pl_json_value_get_text(price, "cache_write") != NULL,
            .reasoning = number_in(price, "reasoning"),
            .cache_write = number_in(price, "cache_write"),
            .request = number_in(price, "request"),
        };
    must(pl_caller_add(driver->caller, &endpoint, &index, &error), &error);
}

static enum pl_openai_api api_of(struct pl_str name)
{
    if (pl_str_equal_text(name, "completions"))
        return PL_OPENAI_COMPLETIONS;
    return pl_str_equal_text(name, "embeddings") ? PL_OPENAI_EMBEDDINGS : PL_OPENAI_CHAT;
}

static size_t read_messages(const struct pl_json_value *value, struct pl_message *messages)
{
    const struct pl_json_value *list = pl_json_value_get_text(value, "messages");
    size_t count = 0;

    if (list == NULL) {
        messages[0] =
            (struct pl_message){.role = PL_STR("user"), .content = text_in(value, "prompt")};
        return 1;
    }

    struct pl_json_walk walk = pl_json_value_walk(list);

    while (count < MESSAGES_MAX && pl_json_walk_next(&walk))
        messages[count++] = (struct pl_message){
            .role = text_in(walk.value, "role"),
            .content = text_in(walk.value, "content"),
            .parts = text_in(walk.value, "parts"),
            .name = text_in(walk.value, "name"),
            .tool_call_id = text_in(walk.value, "tool_call_id"),
            .tool_calls = text_in(walk.value, "tool_calls"),
        };
    return count;
}

static void submit(struct driver *driver, const struct pl_json_value *value)
{
    struct pl_message messages[MESSAGES_MAX];
    struct pl_str inputs[INPUTS_MAX];
    struct pl_error error = {0};
    struct pl_call_request request = {
        .endpoint = (uint32_t)number_in(value, "endpoint"),
        .input = text_in(value, "input"),
        .ask =
            {
                .api = api_of(text_in(value, "api")),
                .model = text_in(value, "model"),
                .stream = flag_in(value, "stream"),
                .has_temperature = pl_json_value_get_text(value, "temperature") != NULL,
                .temperature = number_in(value, "temperature"),
                .has_seed = pl_json_value_get_text(value, "seed") != NULL,
                .seed = (uint64_t)number_in(value, "seed"),
                .max_tokens = (uint32_t)number_in(value, "max_tokens"),
                .n = (uint32_t)number_in(value, "n"),
                .logprobs = flag_in(value, "logprobs"),
                .top_logprobs = (uint32_t)number_in(value, "top_logprobs"),
                .tools = text_in(value, "tools"),
                .tool_choice = text_in(value, "tool_choice"),
                .response_format = text_in(value, "response_format"),
                .extra = text_in(value, "extra"),
            },
    };

    request.ask.messages = messages;
    request.ask.messages_count = read_messages(value, messages);
    request.ask.inputs = inputs;
    request.ask.inputs_count = strings_in(value, "inputs", inputs, INPUTS_MAX);
    must(pl_caller_submit(driver->caller, &request, &driver->results[driver->submitted], &error),
         &error);
    driver->submitted++;
}

/* --- Writing ------------------------------------------------------------------------------------ */

static void put_text(struct pl_json *json, const char *name, struct pl_str text)
{
    pl_json_key(json, name);
    pl_json_str(json, text);
}

static void put_number(struct pl_json *json, const char *name, double value)
{
    pl_json_key(json, name);
    pl_json_double(json, value);
}

static void put_bool(struct pl_json *json, const char *name, bool value)
{
    pl_json_key(json, name);
    pl_json_bool(json, value);
}

static void put_usage(struct pl_json *json, const char *name, const struct pl_usage *usage)
{
    pl_json_key(json, name);
    pl_json_open_object(json);
    put_bool(json, "known", usage->known);
    put_number(json, "prompt", (double)usage->prompt);
    put_number(json, "cached", (double)usage->cached);
    put_number(json, "completion", (double)usage->completion);
    put_number(json, "reasoning", (double)usage->reasoning);
    pl_json_close_object(json);
}

static void put_logprobs(struct pl_json *json, const struct pl_logprobs *logprobs)
{
    pl_json_key(json, "logprobs");
    pl_json_open_object(json);
    put_number(json, "count", (double)logprobs->count);
    put_number(json, "mean", logprobs->mean);
    put_number(json, "min", logprobs->min);
    put_number(json, "margins_count", (double)logprobs->margins_count);
    put_number(json, "margin_mean", logprobs->margin_mean);
    put_number(json, "margin_min", logprobs->margin_min);
    pl_json_close_object(json);
}

/* A long text is told by its size. */
static void put_reply(struct pl_json *json, const struct pl_reply *reply)
{
    pl_json_open_object(json);
    put_number(json, "text_size", (double)reply->text.len);
    if (reply->text.len <= TEXT_SHOWN_MAX)
        put_text(json, "text", reply->text);
    put_bool(json, "has_text", reply->has_text);
    put_text(json, "refusal", reply->refusal);
    put_text(json, "reasoning", reply->reasoning);
    put_text(json, "finish_reason", reply->finish_reason);
    pl_json_key(json, "tool_calls");
    pl_json_open_array(json);
    for (size_t i = 0; i < reply->tool_calls_count; i++) {
        pl_json_open_object(json);
        put_text(json, "id", reply->tool_calls[i].id);
        put_text(json, "name", reply->tool_calls[i].name);
        put_text(json, "arguments", reply->tool_calls[i].arguments);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
    put_logprobs(json, &reply->logprobs);
    pl_json_close_object(json);
}

static void put_answer(struct pl_json *json, const struct pl_answer *answer)
{
    put_text(json, "id", answer->id);
    put_text(json, "model", answer->model);
    put_usage(json, "usage", &answer->usage);
    pl_json_key(json, "replies");
    pl_json_open_array(json);
    for (size_t i = 0; i < answer->replies_count; i++)
        put_reply(json, &answer->replies[i]);
    pl_json_close_array(json);
    pl_json_key(json, "embeddings");
    pl_json_open_array(json);
    for (size_t i = 0; i < answer->embeddings_count; i++) {
        pl_json_open_array(json);
        for (size_t j = 0; j < answer->embeddings[i].count; j++)
            pl_json_double(json, (double)answer->embeddings[i].values[j]);
        pl_json_close_array(json);
    }
    pl_json_close_array(json);
}

static void put_result(struct pl_buffer *out, const struct pl_call_result *result)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    put_text(&json, "end", pl_str_of(pl_call_end_name(result->end)));
    put_text(&json, "sentence", result->sentence);
    put_number(&json, "attempts", result->attempts);
    put_number(&json, "status", result->status);
    put_number(&json, "signal", result->signal);
    put_number(&json, "latency_ms", result->latency_ms);
    put_number(&json, "first_token_ms", result->first_token_ms);
    put_number(&json, "total_ms", result->total_ms);
    put_number(&json, "waited_ms", result->waited_ms);
    put_bool(&json, "cost_known", result->cost_known);
    put_number(&json, "cost", result->cost);
    put_text(&json, "request_id", result->request_id);
    put_text(&json, "errors", result->errors);
    put_usage(&json, "paid", &result->paid);
    put_answer(&json, &result->answer);
    pl_json_close_object(&json);
}

static void put_counts(struct pl_json *json, const struct pl_caller_counts *counts)
{
    pl_json_key(json, "counts");
    pl_json_open_object(json);
    put_number(json, "submitted", (double)counts->submitted);
    put_number(json, "waiting", (double)counts->waiting);
    put_number(json, "running", (double)counts->running);
    put_number(json, "done", (double)counts->done);
    put_number(json, "failed", (double)counts->failed);
    put_number(json, "cancelled", (double)counts->cancelled);
    put_number(json, "attempts", (double)counts->attempts);
    put_number(json, "cost", counts->cost);
    put_usage(json, "paid", &counts->paid);
    pl_json_key(json, "ends");
    pl_json_open_object(json);
    for (size_t i = 0; i < PL_CALL_ENDS_COUNT; i++)
        put_number(json, pl_call_end_name((enum pl_call_end)i), (double)counts->ends[i]);
    pl_json_close_object(json);
    pl_json_close_object(json);
}

static void print_all(const struct driver *driver)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};
    const struct pl_caller_counts counts = pl_caller_counts(driver->caller);
    struct pl_error error = {0};
    struct pl_json json;

    pl_buffer_init(&out, (size_t)1 << 30);
    pl_json_init(&json, &out, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "results");
    pl_json_open_array(&json);
    for (size_t i = 0; i < driver->calls_count; i++)
        pl_json_raw(&json, pl_buffer_view(&driver->results[i]));
    pl_json_close_array(&json);
    put_counts(&json, &counts);
    pl_json_close_object(&json);
    must(pl_buffer_check(&out, "the results", &error), &error);
    must(pl_fd_write(STDOUT_FILENO, pl_buffer_view(&out), "stdout", &error), &error);
}

/* --- Driving ------------------------------------------------------------------------------------ */

static void submit_more(struct driver *driver)
{
    while (driver->submitted < driver->calls_count && pl_caller_has_room(driver->caller))
        submit(driver, pl_json_value_at(driver->calls, driver->submitted));
}

/* False when the calls were abandoned. */
static bool drive(struct driver *driver, double cancel_after_ms, double abandon_after_ms)
{
    const uint64_t begun_ns = pl_clock_monotonic_ns();

    while (driver->finished < driver->calls_count) {
        const double elapsed_ms = (double)(pl_clock_monotonic_ns() - begun_ns) / 1e6;

        if (cancel_after_ms > 0.0 && elapsed_ms >= cancel_after_ms && !driver->cancelled) {
            driver->cancelled = true;
            pl_caller_cancel(driver->caller);
        }
        if (abandon_after_ms > 0.0 && elapsed_ms >= abandon_after_ms)
            return false;
        submit_more(driver);

        const struct pl_call_result *result = pl_caller_wait(driver->caller, WAIT_MS);

        if (result == NULL)
            continue;
        put_result(result->tag, result);
        pl_caller_release(driver->caller, result);
        driver->finished++;
    }
    return true;
}

static void read_all(struct pl_buffer *input)
{
    char piece[65536];
    ssize_t got = 0;

    pl_buffer_init(input, INPUT_BYTES_MAX);
    while ((got = read(STDIN_FILENO, piece, sizeof piece)) > 0)
        pl_buffer_add(input, (struct pl_str){piece, (size_t)got});
    if (got < 0 || input->failed != PL_OK)
        stop("stdin cannot be read");
}

int main(void)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer input = {0};
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    struct driver driver = {0};
    struct pl_error error = {0};

    read_all(&input);
    must(pl_json_document_open(pl_buffer_view(&input), NULL, &document, &error), &error);

    const struct pl_json_value *root = pl_json_document_root(document);
    const struct pl_caller_options options = {
        .calls_max = (uint32_t)number_in(root, "calls_max"),
        .seed = (uint64_t)number_in(root, "seed"),
    };
    struct pl_json_walk walk = pl_json_value_walk(pl_json_value_get_text(root, "endpoints"));

    must(pl_caller_new(&options, &driver.caller, &error), &error);
    while (pl_json_walk_next(&walk))
        add_endpoint(&driver, walk.value);
    driver.calls = pl_json_value_get_text(root, "calls");
    driver.calls_count = pl_json_value_count(driver.calls);
    driver.results = calloc(driver.calls_count + 1, sizeof *driver.results);
    if (driver.results == NULL)
        stop("no memory");
    for (size_t i = 0; i < driver.calls_count; i++)
        pl_buffer_init(&driver.results[i], (size_t)64 << 20);
    if (drive(&driver, number_in(root, "cancel_after_ms"), number_in(root, "abandon_after_ms")))
        print_all(&driver);
    for (size_t i = 0; i < driver.calls_count; i++)
        pl_buffer_deinit(&driver.results[i]);
    free(driver.results);
    pl_caller_free(driver.caller);
    return 0;
}

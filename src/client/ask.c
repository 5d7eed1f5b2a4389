/*
 * One attempt with a server: the request is posted, the answer taken in as it comes, and when the exchange
 * ends it is decided what became of it. What the server says of the answer's type decides how it is read,
 * not what was asked for: some servers stream unasked, and some do not when asked.
 */
#include "client/call_state.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"

/* Of an answer that is an error: what is read on beyond is dropped. */
#define ERROR_BYTES_MAX ((size_t)64 << 10)
#define SHOWN_BYTES_MAX 160
/* A server that keeps the connection open after [DONE] is not waited for longer. */
#define LINGER_NS (1000u * PL_NS_PER_MS)

void pl_attempt_fail(struct pl_call_state *call, enum pl_call_end end, const char *format, ...)
{
    va_list arguments;

    if (call->attempt.end != PL_CALL_DONE)
        return;
    call->attempt.end = end;
    va_start(arguments, format);
    (void)vsnprintf(call->sentence, sizeof call->sentence, format, arguments);
    va_end(arguments);
}

static const char *name_of(const struct pl_call_state *call)
{
    return call->endpoint->settled.name;
}

static bool is_success(int status)
{
    return status >= 200 && status <= 299;
}

/* --- Taking in ---------------------------------------------------------------------------------- */

static bool is_json_type(const char *type)
{
    const struct pl_str text = pl_str_of(type);

    return text.len == 0 || pl_str_equal_text(text, "application/json") ||
           pl_str_equal_text(text, "text/json") || pl_str_ends_with(text, PL_STR("+json"));
}

/* What may be shown of an answer: its beginning, one line, without the key. */
static void describe(char shown[SHOWN_BYTES_MAX + 1], const struct pl_call_state *call,
                     struct pl_str text)
{
    size_t len = text.len < SHOWN_BYTES_MAX ? text.len : SHOWN_BYTES_MAX;

    if (len > 0)
        memcpy(shown, text.ptr, len);
    while (len > 0 && !pl_str_is_utf8((struct pl_str){shown, len}) && text.len > len &&
           ((unsigned char)shown[len - 1] & 0x80) != 0)
        len--;
    shown[len] = '\0';
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)shown[i] < 0x20 || shown[i] == 0x7f)
            shown[i] = ' ';
    (void)pl_secret_mask(call->endpoint->secret, shown, len);
}

/* The error that the text tells of, as words to add to a sentence: ": …", or nothing. */
static const char *error_words(struct pl_call_state *call, struct pl_str text,
                               struct pl_openai_error *ret_told)
{
    char shown[SHOWN_BYTES_MAX + 1];
    struct pl_str words = {"", 0};

    *ret_told = (struct pl_openai_error){0};
    if (pl_openai_read_error(text, &call->arena, ret_told))
        words = ret_told->message.len > 0 ? ret_told->message : ret_told->type;
    else
        words = text;
    if (words.len == 0)
        return "";
    describe(shown, call, words);

    const struct pl_str kept = pl_arena_format(&call->arena, ": %s", shown);

    return kept.ptr == NULL ? "" : kept.ptr;
}

static void fail_by_status(struct pl_call_state *call, enum pl_status status,
                           const struct pl_error *error)
{
    const enum pl_call_end end = status == PL_E_DATA          ? PL_CALL_NOT_JSON
                                 : status == PL_E_UNSUPPORTED ? PL_CALL_SHAPE
                                 : status == PL_E_LIMIT       ? PL_CALL_TOO_LARGE
                                                              : PL_CALL_LOCAL;

    pl_attempt_fail(call, end, "the answer of %s is not one: %s", name_of(call), error->message);
}

static bool take_event(const struct pl_sse_event *event, void *context)
{
    struct pl_call_state *call = context;
    struct pl_attempt *attempt = &call->attempt;
    enum pl_openai_chunk kind = PL_OPENAI_NOTHING;
    struct pl_openai_error told;
    struct pl_error error = {0};

    (void)pl_secret_mask(call->endpoint->secret, attempt->sse.data.ptr, event->data.len);

    const enum pl_status status = pl_openai_stream_add(attempt->stream, event->data, &kind, &error);

    if (status != PL_OK)
        fail_by_status(call, status, &error);
    else if (kind == PL_OPENAI_ERROR)
        pl_attempt_fail(call, PL_CALL_STREAM_ERROR, "%s told of an error within its answer%s",
                        name_of(call), error_words(call, event->data, &told));
    else if (kind == PL_OPENAI_TOKEN && attempt->first_token_ns == 0)
        attempt->first_token_ns = pl_clock_monotonic_ns();
    else if (kind == PL_OPENAI_DONE && attempt->done_ns == 0)
        attempt->done_ns = pl_clock_monotonic_ns();
    return attempt->end == PL_CALL_DONE;
}

static bool begin_stream(struct pl_call_state *call)
{
    struct pl_attempt *attempt = &call->attempt;
    const size_t most = call->endpoint->settled.answer_size_bytes_max;

    const struct pl_openai_expected expected = {call->api, call->replies, most};

    attempt->stream = pl_openai_stream_new(&expected, &call->arena);
    if (attempt->stream == NULL) {
        pl_attempt_fail(call, PL_CALL_LOCAL, "no memory left for the answer of %s", name_of(call));
        return false;
    }
    pl_sse_init(&attempt->sse, most);
    attempt->is_stream = true;
    return true;
}

static bool read_stream(struct pl_call_state *call, struct pl_str bytes)
{
    struct pl_attempt *attempt = &call->attempt;
    struct pl_error error = {0};

    if (attempt->done_ns != 0)
        return true;
    if (!attempt->is_stream && !begin_stream(call))
        return false;

    const enum pl_status status = pl_sse_read(&attempt->sse, bytes, take_event, call, &error);

    if (status != PL_OK && status != PL_E_INTERRUPTED)
        fail_by_status(call, status, &error);
    return attempt->end == PL_CALL_DONE;
}

/* Of an error only as much is kept as is ever looked at. */
static bool gather(struct pl_call_state *call, struct pl_str bytes, bool success)
{
    struct pl_buffer *body = &call->attempt.body;

    if (!success && body->len + bytes.len > ERROR_BYTES_MAX)
        bytes.len = ERROR_BYTES_MAX - body->len;
    pl_buffer_add(body, bytes);
    if (body->failed != PL_OK)
        pl_attempt_fail(call, PL_CALL_LOCAL, "no memory left for the answer of %s", name_of(call));
    return body->failed == PL_OK;
}

static void refuse_type(struct pl_call_state *call, const char *type, struct pl_str bytes)
{
    char shown[SHOWN_BYTES_MAX + 1];

    describe(shown, call, bytes);
    pl_attempt_fail(call, PL_CALL_WRONG_TYPE, "%s answered with %s, where JSON was due: %s",
                    name_of(call), type, shown);
}

static bool take(const struct pl_http_reply *reply, struct pl_str bytes, void *context)
{
    struct pl_call_state *call = context;
    struct pl_attempt *attempt = &call->attempt;
    const size_t most = call->endpoint->settled.answer_size_bytes_max;

    if (attempt->first_byte_ns == 0)
        attempt->first_byte_ns = pl_clock_monotonic_ns();
    attempt->received_size_bytes += bytes.len;
    if (attempt->received_size_bytes > most) {
        pl_attempt_fail(call, PL_CALL_TOO_LARGE,
                        "the answer of %s is larger than %zu bytes, its limit", name_of(call),
                        most);
        return false;
    }
    if (!is_success(reply->status))
        return gather(call, bytes, false);
    if (strcmp(reply->content_type, "text/event-stream") == 0)
        return read_stream(call, bytes);
    if (is_json_type(reply->content_type))
        return gather(call, bytes, true);
    refuse_type(call, reply->content_type, bytes);
    return false;
}

/* --- Beginning ---------------------------------------------------------------------------------- */

bool pl_ask_begin(struct pl_call_state *call, struct pl_http *http)
{
    const struct pl_endpoint_state *endpoint = call->endpoint;
    const struct pl_http_request request = {
        .server = &endpoint->server,
        .url = endpoint->urls[call->api],
        .body = pl_buffer_view(&call->input),
        .stream = call->stream,
        .take = take,
        .context = call,
    };
    struct pl_error error = {0};

    pl_buffer_init(&call->attempt.body, endpoint->settled.answer_size_bytes_max + 1);
    if (pl_http_post(http, &request, &call->attempt.exchange, &error) == PL_OK)
        return true;
    pl_attempt_fail(call, PL_CALL_LOCAL, "%s was not called: %s", name_of(call), error.message);
    return false;
}

/* Looks again at `when`, or now when that is past. */
static bool is_past(uint64_t when_ns, uint64_t now_ns, uint64_t *ret_next_ns)
{
    if (now_ns >= when_ns)
        return true;
    if (when_ns < *ret_next_ns)
        *ret_next_ns = when_ns;
    return false;
}

bool pl_ask_is_over(struct pl_call_state *call, uint64_t now_ns, uint64_t *ret_next_ns)
{
    const struct pl_attempt *attempt = &call->attempt;
    const uint64_t most_ms = call->endpoint->settled.timeouts.first_token_ms;

    if (attempt->done_ns != 0)
        return is_past(attempt->done_ns + LINGER_NS, now_ns, ret_next_ns);
    if (!call->stream || most_ms == 0 || attempt->first_token_ns != 0 ||
        !is_past(attempt->begun_ns + most_ms * PL_NS_PER_MS, now_ns, ret_next_ns))
        return false;
    pl_attempt_fail(call, PL_CALL_SLOW_START, "no token came from %s within %llu ms", name_of(call),
                    (unsigned long long)most_ms);
    return true;
}

/* --- Ending ------------------------------------------------------------------------------------- */

/* What a status that is no success means. */
static enum pl_call_end end_of_status(int status)
{
    if (status >= 300 && status <= 399)
        return PL_CALL_REDIRECTED;
    if (status == 401 || status == 403)
        return PL_CALL_NO_ENTRY;
    if (!pl_retry_status(status))
        return PL_CALL_REJECTED;
    return status < 500 ? PL_CALL_BUSY : PL_CALL_SERVER;
}

static bool is_out_of_quota(const struct pl_openai_error *told)
{
    return pl_str_equal_text(told->code, "insufficient_quota") ||
           pl_str_equal_text(told->type, "insufficient_quota");
}

static void fail_by_http_status(struct pl_call_state *call, int status)
{
    struct pl_openai_error told;
    const char *words = error_words(call, pl_buffer_view(&call->attempt.body), &told);
    const enum pl_call_end end = end_of_status(status);

    if (end == PL_CALL_REDIRECTED)
        pl_attempt_fail(call, end, "%s answered with status %d, a redirect, which is not followed",
                        name_of(call), status);
    else
        pl_attempt_fail(call, status == 429 && is_out_of_quota(&told) ? PL_CALL_NO_QUOTA : end,
                        "%s answered with status %d%s", name_of(call), status, words);
}

static void fail_by_transport(struct pl_call_state *call, const struct pl_http_reply *reply)
{
    const char *name = name_of(call);

    if (reply->end == PL_HTTP_UNREACHABLE)
        pl_attempt_fail(call, PL_CALL_UNREACHABLE, "%s cannot be reached: %s", name, reply->detail);
    else if (reply->end == PL_HTTP_UNTRUSTED)
        pl_attempt_fail(call, PL_CALL_UNTRUSTED, "%s is not trusted: %s", name, reply->detail);
    else if (reply->end == PL_HTTP_TIMEOUT)
        pl_attempt_fail(call, PL_CALL_TIMEOUT, "%s was not done within %llu ms", name,
                        (unsigned long long)call->endpoint->settled.timeouts.total_ms);
    else if (reply->end == PL_HTTP_CUT)
        pl_attempt_fail(call, PL_CALL_CUT,
                        "the connection to %s closed before the answer ended: %s", name,
                        reply->detail);
    else
        pl_attempt_fail(call, PL_CALL_LOCAL, "%s was not called: %s", name, reply->detail);
}

/* What the stream has brought, whole or not. */
static void read_streamed(struct pl_call_state *call, const struct pl_http_reply *reply)
{
    struct pl_attempt *attempt = &call->attempt;
    struct pl_error error = {0};
    const enum pl_status status =
        pl_openai_stream_answer(attempt->stream, &call->result.answer, &error);

    if (status != PL_OK)
        fail_by_status(call, status, &error);
    if (attempt->end != PL_CALL_DONE || pl_openai_stream_is_whole(attempt->stream))
        return;
    if (reply->end == PL_HTTP_WHOLE)
        pl_attempt_fail(call, PL_CALL_CUT, "the stream of %s ended before the answer did",
                        name_of(call));
    else
        fail_by_transport(call, reply);
}

static void read_whole(struct pl_call_state *call)
{
    struct pl_buffer *body = &call->attempt.body;
    struct pl_error error = {0};
    struct pl_openai_error told;

    (void)pl_secret_mask(call->endpoint->secret, body->ptr, body->len);

    const enum pl_status status =
        pl_openai_read(call->api, pl_buffer_view(body), &call->arena, &call->result.answer, &error);

    if (status == PL_E_UNSUPPORTED &&
        pl_openai_read_error(pl_buffer_view(body), &call->arena, &told))
        pl_attempt_fail(call, PL_CALL_SHAPE,
                        "%s answered with an error in the place of an answer%s", name_of(call),
                        error_words(call, pl_buffer_view(body), &told));
    else if (status != PL_OK)
        fail_by_status(call, status, &error);
}

void pl_ask_end(struct pl_call_state *call, const struct pl_http_reply *reply)
{
    struct pl_attempt *attempt = &call->attempt;

    attempt->exchange = NULL;
    attempt->sent = reply->sent;
    attempt->hint = reply->hint;
    call->result.status = reply->status;
    (void)snprintf(call->request_id, sizeof call->request_id, "%s", reply->request_id);
    if (attempt->is_stream)
        read_streamed(call, reply);
    else if (attempt->end != PL_CALL_DONE)
        return;
    else if (reply->status >= 300)
        fail_by_http_status(call, reply->status);
    else if (reply->end != PL_HTTP_WHOLE)
        fail_by_transport(call, reply);
    else if (!is_success(reply->status))
        pl_attempt_fail(call, PL_CALL_CUT, "%s answered with status %d and nothing else",
                        name_of(call), reply->status);
    else
        read_whole(call);
}

/*
 * Spans in the JSON mapping of OTLP (opentelemetry-proto 1.x): ids in lower-case hex, 64-bit numbers
 * as strings, enumerations as numbers, an attribute as {"key", "value": {"stringValue" | "intValue" |
 * "doubleValue" | "boolValue"}}. One request is
 *
 *     {"resourceSpans":[{"resource":{…},"scopeSpans":[{"scope":{…},"spans":[ span, span … ]}]}]}
 *
 * Its head is written once; spans are written beside and added if there is room, so that a batch is
 * whole at all times.
 */
#include "gateway/otlp.h"

#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_SIZE_BYTES ((size_t)1 << 20)
#define BATCH_SPANS      512
#define TAIL             "]}]}]}"
#define KIND_SERVER      2
#define KIND_CLIENT      3
#define STATUS_ERROR     2
#define FLAG_SAMPLED     0x01
#define FLAG_HAS_REMOTE  0x100 /* whether the parent is of another process is known, */
#define FLAG_IS_REMOTE   0x200 /* and it is */
#define NS_IN_SECOND     1e9

struct pl_otlp {
    size_t size_bytes_max;
    uint32_t spans_count_max, spans_count;
    struct pl_buffer head, batch, span, taken;
    _Atomic uint64_t dropped;
};

/* ---- ids ---- */

static bool is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0)
            return false;
    return true;
}

/* Random, and not all zeros, which would be no id. */
static void make_id(struct pl_rng *rng, unsigned char *ret_bytes, size_t size)
{
    do {
        for (size_t i = 0; i < size; i += sizeof(uint64_t)) {
            const uint64_t random = pl_rng_next(rng);

            memcpy(ret_bytes + i, &random, sizeof random);
        }
    } while (is_zero(ret_bytes, size));
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes lower-case hex off the text, and the dash behind it where one must stand. */
static bool take_hex(struct pl_str *text, unsigned char *ret_bytes, size_t size, bool dash)
{
    if (text->len < 2 * size + dash || (dash && text->ptr[2 * size] != '-'))
        return false;
    for (size_t i = 0; i < size; i++) {
        const int high = hex_digit(text->ptr[2 * i]), low = hex_digit(text->ptr[2 * i + 1]);

        if (high < 0 || low < 0)
            return false;
        ret_bytes[i] = (unsigned char)(high << 4 | low);
    }
    text->ptr += 2 * size + dash;
    text->len -= 2 * size + dash;
    return true;
}

/* "00-<trace>-<span>-<flags>"; of a later version that beginning, and what is behind it is not ours. */
static bool read_traceparent(struct pl_str text, struct pl_trace *trace)
{
    unsigned char version = 0, flags = 0;

    if (!take_hex(&text, &version, 1, true) || version == 0xff ||
        !take_hex(&text, trace->trace, PL_TRACE_ID_SIZE, true) ||
        !take_hex(&text, trace->parent, PL_SPAN_ID_SIZE, true) ||
        !take_hex(&text, &flags, 1, false))
        return false;
    if (text.len > 0 && (version == 0 || text.ptr[0] != '-'))
        return false;
    trace->parent_is_remote = true;
    trace->sampled = (flags & FLAG_SAMPLED) != 0;
    return !is_zero(trace->trace, PL_TRACE_ID_SIZE) && !is_zero(trace->parent, PL_SPAN_ID_SIZE);
}

void pl_trace_begin(struct pl_trace *trace, struct pl_str traceparent, struct pl_rng *rng)
{
    *trace = (struct pl_trace){0};
    if (!read_traceparent(pl_str_trim(traceparent), trace)) {
        *trace = (struct pl_trace){.sampled = true};
        make_id(rng, trace->trace, PL_TRACE_ID_SIZE);
    }
    make_id(rng, trace->span, PL_SPAN_ID_SIZE);
}

void pl_trace_child(const struct pl_trace *parent, struct pl_rng *rng, struct pl_trace *ret_child)
{
    struct pl_trace child = *parent;

    memcpy(child.parent, parent->span, PL_SPAN_ID_SIZE);
    child.parent_is_remote = false;
    make_id(rng, child.span, PL_SPAN_ID_SIZE);
    *ret_child = child;
}

static void write_hex(const unsigned char *bytes, size_t size, char *ret_text)
{
    static const char DIGITS[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        ret_text[2 * i] = DIGITS[bytes[i] >> 4];
        ret_text[2 * i + 1] = DIGITS[bytes[i] & 15];
    }
    ret_text[2 * size] = '\0';
}

void pl_traceparent_write(const struct pl_trace *trace, char ret_text[PL_TRACEPARENT_SIZE])
{
    char trace_hex[2 * PL_TRACE_ID_SIZE + 1], span_hex[2 * PL_SPAN_ID_SIZE + 1];

    write_hex(trace->trace, PL_TRACE_ID_SIZE, trace_hex);
    write_hex(trace->span, PL_SPAN_ID_SIZE, span_hex);
    (void)snprintf(ret_text, PL_TRACEPARENT_SIZE, "00-%s-%s-%02x", trace_hex, span_hex,
                   trace->sampled ? FLAG_SAMPLED : 0);
}

/* ---- attributes ---- */

static void write_member(struct pl_json *json, const char *key, struct pl_str value)
{
    pl_json_key(json, key);
    pl_json_str(json, value);
}

static void open_attribute(struct pl_json *json, const char *key)
{
    pl_json_open_object(json);
    write_member(json, "key", pl_str_of(key));
    pl_json_key(json, "value");
    pl_json_open_object(json);
}

static void close_attribute(struct pl_json *json)
{
    pl_json_close_object(json);
    pl_json_close_object(json);
}

static void write_text(struct pl_json *json, const char *key, struct pl_str value)
{
    if (value.len == 0)
        return;
    open_attribute(json, key);
    write_member(json, "stringValue", value);
    close_attribute(json);
}

/* 64-bit numbers are strings in the JSON of protocol buffers. */
static void write_uint64(struct pl_json *json, const char *key, uint64_t value)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    pl_json_key(json, key);
    pl_json_text(json, text);
}

static void write_count(struct pl_json *json, const char *key, struct pl_trace_count value)
{
    if (!value.known)
        return;
    open_attribute(json, key);
    write_uint64(json, "intValue", value.count < INT64_MAX ? value.count : INT64_MAX);
    close_attribute(json);
}

static void write_double(struct pl_json *json, const char *key, bool known, double value)
{
    if (!known || !isfinite(value))
        return;
    open_attribute(json, key);
    pl_json_key(json, "doubleValue");
    pl_json_double(json, value);
    close_attribute(json);
}

static void write_true(struct pl_json *json, const char *key, bool value)
{
    if (!value)
        return;
    open_attribute(json, key);
    pl_json_key(json, "boolValue");
    pl_json_bool(json, true);
    close_attribute(json);
}

static struct pl_trace_count count_of(uint64_t value)
{
    return (struct pl_trace_count){value != 0, value};
}

/* ---- spans ---- */

static void write_attributes(struct pl_json *json, const struct pl_trace_span *span)
{
    write_text(json, "gen_ai.operation.name", span->operation);
    write_text(json, "gen_ai.provider.name", span->provider);
    write_text(json, "gen_ai.request.model", span->request_model);
    write_text(json, "gen_ai.response.model", span->response_model);
    write_count(json, "gen_ai.usage.input_tokens", span->input_tokens);
    write_count(json, "gen_ai.usage.output_tokens", span->output_tokens);
    write_count(json, "gen_ai.usage.cache_read.input_tokens", span->cached_tokens);
    write_count(json, "gen_ai.usage.reasoning.output_tokens", span->reasoning_tokens);
    write_true(json, "gen_ai.request.stream", span->is_stream);
    write_double(json, "gen_ai.response.time_to_first_chunk", span->first_token_ns != 0,
                 (double)span->first_token_ns / NS_IN_SECOND);
    write_text(json, "server.address", span->server_address);
    write_count(json, "server.port", count_of(span->server_port));
    write_count(json, "http.response.status_code", count_of(span->http_status));
    write_text(json, "error.type", span->error_type);
    write_text(json, "plimsoll.decision", span->decision);
    write_text(json, "plimsoll.feature", span->feature);
    write_text(json, "plimsoll.outcome", span->outcome);
    write_text(json, "plimsoll.purpose", span->purpose);
    write_count(json, "plimsoll.tier", (struct pl_trace_count){span->tier_known, span->tier});
    write_double(json, "plimsoll.confidence", span->confidence_known, span->confidence);
    write_double(json, "plimsoll.cost", span->cost_known, span->cost);
}

static void write_id(struct pl_json *json, const char *key, const unsigned char *bytes, size_t size)
{
    char hex[2 * PL_TRACE_ID_SIZE + 1];

    write_hex(bytes, size, hex);
    write_member(json, key, pl_str_of(hex));
}

static void write_ids(struct pl_json *json, const struct pl_trace *trace)
{
    const uint32_t remote = FLAG_HAS_REMOTE | (trace->parent_is_remote ? FLAG_IS_REMOTE : 0);

    write_id(json, "traceId", trace->trace, PL_TRACE_ID_SIZE);
    write_id(json, "spanId", trace->span, PL_SPAN_ID_SIZE);
    if (!is_zero(trace->parent, PL_SPAN_ID_SIZE))
        write_id(json, "parentSpanId", trace->parent, PL_SPAN_ID_SIZE);
    pl_json_key(json, "flags");
    pl_json_uint64(json, remote | FLAG_SAMPLED);
}

/* "chat small": the operation and the model, or the operation alone. */
static void write_name(struct pl_json *json, const struct pl_trace_span *span)
{
    char name[256];

    if (span->request_model.len == 0) {
        write_member(json, "name", span->operation);
        return;
    }
    (void)snprintf(name, sizeof name, "%.*s %.*s", PL_STR_ARG(span->operation),
                   PL_STR_ARG(span->request_model));
    write_member(json, "name", pl_str_of(name));
}

static void write_span(struct pl_json *json, const struct pl_trace_span *span)
{
    pl_json_open_object(json);
    write_ids(json, &span->trace);
    write_name(json, span);
    pl_json_key(json, "kind");
    pl_json_uint64(json, span->is_call ? KIND_CLIENT : KIND_SERVER);
    write_uint64(json, "startTimeUnixNano", span->begun_ns);
    write_uint64(json, "endTimeUnixNano",
                 span->ended_ns > span->begun_ns ? span->ended_ns : span->begun_ns);
    pl_json_key(json, "attributes");
    pl_json_open_array(json);
    write_attributes(json, span);
    pl_json_close_array(json);
    if (span->error_type.len > 0) {
        pl_json_key(json, "status");
        pl_json_open_object(json);
        if (span->error_text.len > 0)
            write_member(json, "message", span->error_text);
        pl_json_key(json, "code");
        pl_json_uint64(json, STATUS_ERROR);
        pl_json_close_object(json);
    }
    pl_json_close_object(json);
}

/* ---- batches ---- */

/* Everything up to the first span. */
static void write_head(struct pl_buffer *head, const struct pl_otlp_options *options)
{
    struct pl_json json;

    pl_json_init(&json, head, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "resourceSpans");
    pl_json_open_array(&json);
    pl_json_open_object(&json);
    pl_json_key(&json, "resource");
    pl_json_open_object(&json);
    pl_json_key(&json, "attributes");
    pl_json_open_array(&json);
    write_text(&json, "service.name",
               options->service.len > 0 ? options->service : PL_STR("plimsoll"));
    write_text(&json, "service.version", PL_STR(PL_VERSION));
    write_text(&json, "service.instance.id", options->instance);
    pl_json_close_array(&json);
    pl_json_close_object(&json);
    pl_json_key(&json, "scopeSpans");
    pl_json_open_array(&json);
    pl_json_open_object(&json);
    pl_json_key(&json, "scope");
    pl_json_open_object(&json);
    write_member(&json, "name", PL_STR("plimsoll"));
    write_member(&json, "version", PL_STR(PL_VERSION));
    pl_json_close_object(&json);
    pl_json_key(&json, "spans");
    pl_json_open_array(&json);
}

enum pl_status pl_otlp_new(const struct pl_otlp_options *options, struct pl_otlp **ret_otlp,
                           struct pl_error *error)
{
    struct pl_otlp *otlp = calloc(1, sizeof *otlp);

    if (otlp == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for traces");
    otlp->size_bytes_max =
        options->size_bytes_max != 0 ? options->size_bytes_max : BATCH_SIZE_BYTES;
    otlp->spans_count_max = options->spans_count_max != 0 ? options->spans_count_max : BATCH_SPANS;
    pl_buffer_init(&otlp->head, PL_OTLP_SPAN_SIZE_MAX);
    pl_buffer_init(&otlp->span, PL_OTLP_SPAN_SIZE_MAX);
    pl_buffer_init(&otlp->batch, otlp->size_bytes_max);
    pl_buffer_init(&otlp->taken, otlp->size_bytes_max);
    write_head(&otlp->head, options);

    const enum pl_status status = pl_buffer_check(&otlp->head, "the head of traces", error);

    if (status != PL_OK)
        pl_otlp_free(otlp);
    else
        *ret_otlp = otlp;
    return status;
}

void pl_otlp_free(struct pl_otlp *otlp)
{
    if (otlp == NULL)
        return;
    pl_buffer_deinit(&otlp->head);
    pl_buffer_deinit(&otlp->span);
    pl_buffer_deinit(&otlp->batch);
    pl_buffer_deinit(&otlp->taken);
    free(otlp);
}

void pl_otlp_lost(struct pl_otlp *otlp, uint32_t spans_count)
{
    (void)atomic_fetch_add_explicit(&otlp->dropped, spans_count, memory_order_relaxed);
}

static bool has_room(const struct pl_otlp *otlp)
{
    const size_t start = otlp->batch.len == 0 ? otlp->head.len : otlp->batch.len + 1;

    return otlp->spans_count < otlp->spans_count_max &&
           start + otlp->span.len + strlen(TAIL) <= otlp->size_bytes_max;
}

bool pl_otlp_add(struct pl_otlp *otlp, const struct pl_trace_span *span)
{
    struct pl_json json;

    if (!span->trace.sampled)
        return true;
    pl_buffer_reset(&otlp->span);
    pl_json_init(&json, &otlp->span, false);
    write_span(&json, span);
    if (otlp->span.failed != PL_OK || !has_room(otlp)) {
        pl_otlp_lost(otlp, 1);
        return false;
    }
    if (otlp->batch.len == 0)
        pl_buffer_add(&otlp->batch, pl_buffer_view(&otlp->head));
    else
        pl_buffer_add_char(&otlp->batch, ',');
    pl_buffer_add(&otlp->batch, pl_buffer_view(&otlp->span));
    otlp->spans_count++;
    return true;
}

uint32_t pl_otlp_waiting(const struct pl_otlp *otlp)
{
    return otlp->spans_count;
}

bool pl_otlp_is_full(const struct pl_otlp *otlp)
{
    return otlp->spans_count >= otlp->spans_count_max - otlp->spans_count_max / 4 ||
           otlp->batch.len >= otlp->size_bytes_max - otlp->size_bytes_max / 4;
}

struct pl_str pl_otlp_take(struct pl_otlp *otlp, uint32_t *ret_spans_count)
{
    const struct pl_buffer batch = otlp->batch;

    *ret_spans_count = otlp->spans_count;
    if (otlp->spans_count == 0)
        return (struct pl_str){0};
    otlp->batch = otlp->taken;
    otlp->taken = batch;
    pl_buffer_reset(&otlp->batch);
    otlp->spans_count = 0;
    pl_buffer_add_text(&otlp->taken, TAIL);
    if (otlp->taken.failed != PL_OK) { /* no memory: nothing of it can be sent */
        pl_otlp_lost(otlp, *ret_spans_count);
        *ret_spans_count = 0;
        return (struct pl_str){0};
    }
    return pl_buffer_view(&otlp->taken);
}

uint64_t pl_otlp_dropped(const struct pl_otlp *otlp)
{
    return atomic_load_explicit((_Atomic uint64_t *)(uintptr_t)&otlp->dropped,
                                memory_order_relaxed);
}

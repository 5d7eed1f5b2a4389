/*
 * Traces as OTLP/HTTP JSON, for a collector's `/v1/traces`: one span for a decision and one below it
 * for each call of a model, by the GenAI semantic conventions of OpenTelemetry. Here they are encoded
 * and gathered; sending is somebody else's. A batch belongs to one thread.
 *
 *     pl_trace_begin (for each decision) → pl_otlp_add for its spans → pl_otlp_take → send
 */
#ifndef PL_GATEWAY_OTLP_H
#define PL_GATEWAY_OTLP_H

#include "base/buffer.h"
#include "base/rng.h"

#define PL_TRACE_ID_SIZE      16
#define PL_SPAN_ID_SIZE       8
#define PL_TRACEPARENT_SIZE   56 /* with its NUL */
#define PL_OTLP_CONTENT_TYPE  "application/json"
#define PL_OTLP_PATH          "/v1/traces"
#define PL_OTLP_SPAN_SIZE_MAX ((size_t)32 << 10) /* as JSON; a larger one is dropped */

/* Which span of which trace. */
struct pl_trace {
    unsigned char trace[PL_TRACE_ID_SIZE];
    unsigned char span[PL_SPAN_ID_SIZE];
    unsigned char parent[PL_SPAN_ID_SIZE]; /* zeros: it has none */
    bool parent_is_remote;
    bool sampled;
};

/*
 * The span of a decision: within the trace of the header `traceparent` (W3C Trace Context, empty: none)
 * and sampled as it says; where there is none, or one that is not valid, the root of a new trace,
 * sampled.
 */
void pl_trace_begin(struct pl_trace *trace, struct pl_str traceparent, struct pl_rng *rng);

/* A span below it. */
void pl_trace_child(const struct pl_trace *parent, struct pl_rng *rng, struct pl_trace *ret_child);

/* The header to send on, so that who is asked goes on with the trace. */
void pl_traceparent_write(const struct pl_trace *trace, char ret_text[PL_TRACEPARENT_SIZE]);

/* A number that may be absent. */
struct pl_trace_count {
    bool known;
    uint64_t count;
};

/* One span. Texts are views, empty where there is nothing to say. */
struct pl_trace_span {
    struct pl_trace trace;
    bool is_call;                 /* a call of a model (CLIENT), or a decision (SERVER) */
    uint64_t begun_ns, ended_ns;  /* Unix */
    struct pl_str operation;      /* "chat", "text_completion", "embeddings"; never empty */
    struct pl_str provider;       /* "openai" */
    struct pl_str request_model;  /* as it was asked for */
    struct pl_str response_model; /* as it was answered */
    struct pl_str server_address;
    uint32_t server_port;     /* 0: none */
    struct pl_str error_type; /* empty: it went well */
    struct pl_str error_text;
    uint32_t http_status; /* 0: none */
    /* Cached ones are among those of the input, reasoning among those of the output. */
    struct pl_trace_count input_tokens, output_tokens, cached_tokens, reasoning_tokens;
    bool is_stream;
    uint64_t first_token_ns; /* from its beginning; 0: not known */
    /* Ours: plimsoll.* */
    struct pl_str decision, feature, outcome, purpose;
    bool tier_known, confidence_known, cost_known;
    uint32_t tier;
    double confidence, cost;
};

struct pl_otlp;

struct pl_otlp_options {
    struct pl_str service;    /* service.name; empty: "plimsoll" */
    struct pl_str instance;   /* service.instance.id; empty: none */
    size_t size_bytes_max;    /* of a batch; 0: 1 MiB */
    uint32_t spans_count_max; /* of a batch; 0: 512 */
};

PL_MUST_CHECK enum pl_status pl_otlp_new(const struct pl_otlp_options *options,
                                         struct pl_otlp **ret_otlp, struct pl_error *error);
void pl_otlp_free(struct pl_otlp *otlp);

/* Adds a span, copied, if it is sampled. False: there is no room; it is dropped and counted. */
bool pl_otlp_add(struct pl_otlp *otlp, const struct pl_trace_span *span);

/* How many spans wait; whether the batch is so full that it should be sent now. */
uint32_t pl_otlp_waiting(const struct pl_otlp *otlp);
bool pl_otlp_is_full(const struct pl_otlp *otlp);

/* The body of a request with all that wait, and their number; empty for none. They are out of the batch
   then: valid until the next pl_otlp_take, while pl_otlp_add goes on. */
struct pl_str pl_otlp_take(struct pl_otlp *otlp, uint32_t *ret_spans_count);

/* Spans that did not reach anybody: who sends adds those of a request that failed. */
void pl_otlp_lost(struct pl_otlp *otlp, uint32_t spans_count);

/* Spans dropped so far, for want of room or lost. May be asked by any thread. */
uint64_t pl_otlp_dropped(const struct pl_otlp *otlp);

#endif

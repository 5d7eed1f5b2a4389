/*
 * Spans on their way to a collector, from one worker's loop: gathered for a second or until there are many,
 * and posted as OTLP/HTTP JSON, one request at a time. No decision waits for it: what the collector does not
 * take in time is dropped and counted. Everything is called in the loop's thread but pl_traces_dropped.
 *
 * A request that found nobody, or was answered 429, 502, 503 or 504, is tried three times in all; other
 * answers but 2xx lose its spans, as the protocol has it.
 */
#ifndef PL_GATEWAY_TRACES_H
#define PL_GATEWAY_TRACES_H

#include "gateway/otlp.h"
#include "net/upstream.h"

#include <stdatomic.h>

struct pl_traces;

struct pl_traces_options {
    struct pl_loop *loop;
    const char *host;
    uint16_t port;
    const struct pl_tls_client *tls; /* NULL: plain; must outlive it */
    struct pl_str path;    /* of the collector's address, without or with PL_OTLP_PATH at its end */
    struct pl_str service; /* service.name; empty: "plimsoll" */
    struct pl_str instance; /* service.instance.id; empty: none */
    uint64_t gather_ms;     /* 0: a second */
    uint64_t retry_ms; /* before the second attempt, twice as long before the third; 0: a second */
    uint64_t total_ms; /* for one attempt; 0: ten seconds */
    atomic_uint_fast64_t
        *lost; /* spans that no collector has taken are added to it; NULL: only told here */
    uint32_t spans_count_max; /* of a batch; 0: 512 */
};

PL_MUST_CHECK enum pl_status pl_traces_new(const struct pl_traces_options *options,
                                           struct pl_traces **ret_traces, struct pl_error *error);

/* What is not sent is lost, and counted. NULL is allowed. Before the loop is freed. */
void pl_traces_free(struct pl_traces *traces);

/* Copies a span, if it is sampled. */
void pl_traces_add(struct pl_traces *traces, const struct pl_trace_span *span);

/* Sends now what waits, unless a request is under way. */
void pl_traces_flush(struct pl_traces *traces);
bool pl_traces_is_idle(const struct pl_traces *traces);

/* For the end of a server: sends what waits, each batch with one attempt, and calls `done` when nothing is left
   or two seconds are over, at once when there is nothing. No span is added after that. */
void pl_traces_end(struct pl_traces *traces, pl_loop_work done, void *context);

/* Spans that no collector has taken. Any thread. */
uint64_t pl_traces_dropped(const struct pl_traces *traces);

#endif

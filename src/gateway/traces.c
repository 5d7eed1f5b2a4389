/*
 * One timer has all the waiting: for more spans when there is no body, for the next attempt when there is
 * one. A body stays as it is until it was taken or given up; meanwhile spans gather in the other half of the
 * batch (gateway/otlp.h).
 */
#include "gateway/traces.h"

#include <stdlib.h>

#define GATHER_MS           1000
#define RETRY_MS            1000
#define TOTAL_MS            10000
#define ATTEMPTS_MAX        3
#define END_MS              2000
#define PATH_SIZE_BYTES_MAX 4096

struct pl_traces {
    struct pl_traces_options options; /* without what was copied */
    struct pl_otlp *otlp;
    struct pl_upstream *upstream;
    struct pl_timer timer;
    bool timer_runs;
    pl_loop_work done; /* NULL: it is not the end */
    void *done_context;
    struct pl_buffer path;
    struct pl_str body; /* of the request under way or to be tried again; empty: none */
    uint32_t body_spans, attempts;
    uint64_t told;                /* lost spans, to options.lost */
    struct pl_exchange *exchange; /* NULL: none under way */
    uint32_t status;              /* of its answer; 0: none yet */
};

static void wait_ms(struct pl_traces *traces, uint64_t ms)
{
    pl_timer_start(&traces->timer, ms);
    traces->timer_runs = true;
}

/* ---- a request ---- */

static void gather(struct pl_traces *traces)
{
    if (pl_otlp_waiting(traces->otlp) > 0)
        wait_ms(traces, pl_otlp_is_full(traces->otlp) ? 0 : traces->options.gather_ms);
}

/* Whoever keeps count of them is told. */
static void tell_lost(struct pl_traces *traces)
{
    const uint64_t lost = pl_otlp_dropped(traces->otlp);

    if (traces->options.lost != NULL)
        (void)atomic_fetch_add_explicit(traces->options.lost, lost - traces->told,
                                        memory_order_relaxed);
    traces->told = lost;
}

static void give_up(struct pl_traces *traces)
{
    pl_otlp_lost(traces->otlp, traces->body_spans);
    tell_lost(traces);
    traces->body = (struct pl_str){0};
}

static bool may_try_again(const struct pl_traces *traces, enum pl_exchange_end end)
{
    if (traces->attempts >= ATTEMPTS_MAX || traces->done != NULL)
        return false;
    if (end != PL_EXCHANGE_DONE)
        return end != PL_EXCHANGE_FORBIDDEN && end != PL_EXCHANGE_UNTRUSTED;
    return traces->status == 429 || (traces->status >= 502 && traces->status <= 504);
}

static void post_waiting(struct pl_traces *traces);

/* After a request. */
static void go_on(struct pl_traces *traces)
{
    if (traces->done == NULL)
        gather(traces);
    else
        post_waiting(traces);
}

static void on_head(struct pl_exchange *exchange, const struct pl_http_head *head, void *context)
{
    (void)exchange;
    ((struct pl_traces *)context)->status = head->status;
}

/* What it says of the spans that it refused is for its operator. */
static void on_body(struct pl_exchange *exchange, struct pl_str piece, void *context)
{
    (void)exchange;
    (void)piece;
    (void)context;
}

static void on_end(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why,
                   void *context)
{
    struct pl_traces *traces = context;

    (void)exchange;
    (void)why;
    traces->exchange = NULL;
    if (end == PL_EXCHANGE_DONE && traces->status >= 200 && traces->status < 300) {
        traces->body = (struct pl_str){0};
    } else if (may_try_again(traces, end)) {
        wait_ms(traces, traces->options.retry_ms * traces->attempts);
        return;
    } else {
        give_up(traces);
    }
    go_on(traces);
}

static void post(struct pl_traces *traces)
{
    static const struct pl_exchange_handlers HANDLERS = {on_head, on_body, on_end};
    const struct pl_http_header type = {PL_STR("Content-Type"), PL_STR(PL_OTLP_CONTENT_TYPE)};
    const struct pl_exchange_request request = {
        .method = PL_STR("POST"),
        .target = pl_buffer_view(&traces->path),
        .headers = &type,
        .headers_count = 1,
        .body = traces->body,
        .total_ms = traces->options.total_ms,
    };

    traces->attempts++;
    traces->status = 0;
    /* No memory, as it cannot be begun: the next batch may be luckier. */
    if (pl_exchange_start(traces->upstream, &request, &HANDLERS, traces, &traces->exchange, NULL) !=
        PL_OK) {
        traces->exchange = NULL;
        give_up(traces);
        go_on(traces);
    }
}

/* At the end, that there is nothing is the end of it. */
static void post_waiting(struct pl_traces *traces)
{
    traces->body = pl_otlp_take(traces->otlp, &traces->body_spans);
    traces->attempts = 0;
    if (traces->body.len > 0) {
        post(traces);
    } else if (traces->done != NULL) {
        pl_timer_stop(&traces->timer);
        traces->done(traces->done_context);
    }
}

static void lose_all(struct pl_traces *traces)
{
    if (traces->exchange != NULL)
        pl_exchange_cancel(traces->exchange);
    traces->exchange = NULL;
    if (traces->body.len > 0)
        give_up(traces);
    traces->body = pl_otlp_take(traces->otlp, &traces->body_spans);
    give_up(traces);
}

/* The time for the end is over. */
static void give_all_up(struct pl_traces *traces)
{
    lose_all(traces);
    traces->done(traces->done_context);
}

static void fire(void *context)
{
    struct pl_traces *traces = context;

    traces->timer_runs = false;
    if (traces->done != NULL)
        give_all_up(traces);
    else if (traces->body.len > 0)
        post(traces);
    else
        post_waiting(traces);
}

/* ---- the sender ---- */

static enum pl_status fill(struct pl_traces *traces, const struct pl_traces_options *options,
                           struct pl_error *error)
{
    const struct pl_otlp_options batch = {.service = options->service,
                                          .instance = options->instance,
                                          .spans_count_max = options->spans_count_max};
    /* A collector is where the line says, which may well be a private address. */
    const struct pl_upstream_options connection = {.host = options->host,
                                                   .port = options->port,
                                                   .tls = options->tls,
                                                   .private_allowed = true,
                                                   .connections_max = 1,
                                                   .idle_max = 1};

    pl_buffer_add(&traces->path, options->path);
    if (!pl_str_ends_with(options->path, PL_STR(PL_OTLP_PATH)))
        pl_buffer_add_text(&traces->path, PL_OTLP_PATH);
    PL_RETURN_IF(pl_buffer_check(&traces->path, "the path of the collector", error));
    PL_RETURN_IF(pl_otlp_new(&batch, &traces->otlp, error));
    PL_RETURN_IF(pl_timer_init(&traces->timer, options->loop, fire, traces, error));
    return pl_upstream_new(options->loop, &connection, &traces->upstream, error);
}

enum pl_status pl_traces_new(const struct pl_traces_options *options, struct pl_traces **ret_traces,
                             struct pl_error *error)
{
    struct pl_traces *traces = calloc(1, sizeof *traces);

    if (traces == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for traces");
    traces->options.gather_ms = options->gather_ms != 0 ? options->gather_ms : GATHER_MS;
    traces->options.retry_ms = options->retry_ms != 0 ? options->retry_ms : RETRY_MS;
    traces->options.lost = options->lost;
    traces->options.total_ms = options->total_ms != 0 ? options->total_ms : TOTAL_MS;
    pl_buffer_init(&traces->path, PATH_SIZE_BYTES_MAX);

    const enum pl_status status = fill(traces, options, error);

    if (status != PL_OK)
        pl_traces_free(traces);
    else
        *ret_traces = traces;
    return status;
}

void pl_traces_free(struct pl_traces *traces)
{
    if (traces == NULL)
        return;
    if (traces->otlp != NULL)
        lose_all(traces);
    if (traces->upstream != NULL)
        pl_upstream_free(traces->upstream);
    pl_timer_deinit(&traces->timer);
    pl_otlp_free(traces->otlp);
    pl_buffer_deinit(&traces->path);
    free(traces);
}

void pl_traces_add(struct pl_traces *traces, const struct pl_trace_span *span)
{
    const bool is_quiet = traces->exchange == NULL && traces->body.len == 0;

    if (!pl_otlp_add(traces->otlp, span)) {
        tell_lost(traces);
        return;
    }
    if (!is_quiet || pl_otlp_waiting(traces->otlp) == 0)
        return;
    /* Not from here: a decision should not wait for it. */
    if (!traces->timer_runs || pl_otlp_is_full(traces->otlp))
        gather(traces);
}

void pl_traces_flush(struct pl_traces *traces)
{
    if (traces->body.len > 0)
        return;
    pl_timer_stop(&traces->timer);
    fire(traces);
}

void pl_traces_end(struct pl_traces *traces, pl_loop_work done, void *context)
{
    traces->done = done;
    traces->done_context = context;
    wait_ms(traces, END_MS);
    if (traces->exchange != NULL)
        return;
    if (traces->body.len > 0)
        post(traces);
    else
        post_waiting(traces);
}

bool pl_traces_is_idle(const struct pl_traces *traces)
{
    return traces->body.len == 0 && pl_otlp_waiting(traces->otlp) == 0;
}

uint64_t pl_traces_dropped(const struct pl_traces *traces)
{
    return pl_otlp_dropped(traces->otlp);
}

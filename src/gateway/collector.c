/*
 * One timer has all the waiting: for more spans when there is no body, for the next attempt when there is
 * one. A body stays as it is until it was taken or given up; meanwhile spans gather in the other half of the
 * batch (gateway/otlp.h).
 */
#include "gateway/collector.h"

#include <stdlib.h>
#include <string.h>

#define GATHER_MS           1000
#define RETRY_MS            1000
#define TOTAL_MS            10000
#define ATTEMPTS_MAX        3
#define END_MS              2000
#define PATH_SIZE_BYTES_MAX 4096

struct pl_collector {
    struct pl_collector_options options; /* without what was copied */
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

static void wait_ms(struct pl_collector *collector, uint64_t ms)
{
    pl_timer_start(&collector->timer, ms);
    collector->timer_runs = true;
}

/* ---- a request ---- */

static void gather(struct pl_collector *collector)
{
    if (pl_otlp_waiting(collector->otlp) > 0)
        wait_ms(collector, pl_otlp_is_full(collector->otlp) ? 0 : collector->options.gather_ms);
}

/* Whoever keeps count of them is told. */
static void tell_lost(struct pl_collector *collector)
{
    const uint64_t lost = pl_otlp_dropped(collector->otlp);

    if (collector->options.lost != NULL)
        (void)atomic_fetch_add_explicit(collector->options.lost, lost - collector->told,
                                        memory_order_relaxed);
    collector->told = lost;
}

static void give_up(struct pl_collector *collector)
{
    pl_otlp_lost(collector->otlp, collector->body_spans);
    tell_lost(collector);
    collector->body = (struct pl_str){0};
}

static bool may_try_again(const struct pl_collector *collector, enum pl_exchange_end end)
{
    if (collector->attempts >= ATTEMPTS_MAX || collector->done != NULL)
        return false;
    if (end != PL_EXCHANGE_DONE)
        return end != PL_EXCHANGE_FORBIDDEN && end != PL_EXCHANGE_UNTRUSTED;
    return collector->status == 429 || (collector->status >= 502 && collector->status <= 504);
}

static void post_waiting(struct pl_collector *collector);

/* After a request. */
static void go_on(struct pl_collector *collector)
{
    if (collector->done == NULL)
        gather(collector);
    else
        post_waiting(collector);
}

static void on_head(struct pl_exchange *exchange, const struct pl_http_head *head, void *context)
{
    (void)exchange;
    ((struct pl_collector *)context)->status = head->status;
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
    struct pl_collector *collector = context;

    (void)exchange;
    (void)why;
    collector->exchange = NULL;
    if (end == PL_EXCHANGE_DONE && collector->status >= 200 && collector->status < 300) {
        collector->body = (struct pl_str){0};
    } else if (may_try_again(collector, end)) {
        wait_ms(collector, collector->options.retry_ms * collector->attempts);
        return;
    } else {
        give_up(collector);
    }
    go_on(collector);
}

static void post(struct pl_collector *collector)
{
    static const struct pl_exchange_handlers HANDLERS = {on_head, on_body, on_end};
    const struct pl_http_header type = {PL_STR("Content-Type"), PL_STR(PL_OTLP_CONTENT_TYPE)};
    const struct pl_exchange_request request = {
        .method = PL_STR("POST"),
        .target = pl_buffer_view(&collector->path),
        .headers = &type,
        .headers_count = 1,
        .body = collector->body,
        .total_ms = collector->options.total_ms,
    };

    collector->attempts++;
    collector->status = 0;
    /* No memory, as it cannot be begun: the next batch may be luckier. */
    if (pl_exchange_start(collector->upstream, &request, &HANDLERS, collector, &collector->exchange,
                          NULL) != PL_OK) {
        collector->exchange = NULL;
        give_up(collector);
        go_on(collector);
    }
}

/* At the end, that there is nothing is the end of it. */
static void post_waiting(struct pl_collector *collector)
{
    collector->body = pl_otlp_take(collector->otlp, &collector->body_spans);
    collector->attempts = 0;
    if (collector->body.len > 0) {
        post(collector);
    } else if (collector->done != NULL) {
        pl_timer_stop(&collector->timer);
        collector->done(collector->done_context);
    }
}

static void lose_all(struct pl_collector *collector)
{
    if (collector->exchange != NULL)
        pl_exchange_cancel(collector->exchange);
    collector->exchange = NULL;
    if (collector->body.len > 0)
        give_up(collector);
    collector->body = pl_otlp_take(collector->otlp, &collector->body_spans);
    give_up(collector);
}

/* The time for the end is over. */
static void give_all_up(struct pl_collector *collector)
{
    lose_all(collector);
    collector->done(collector->done_context);
}

static void fire(void *context)
{
    struct pl_collector *collector = context;

    collector->timer_runs = false;
    if (collector->done != NULL)
        give_all_up(collector);
    else if (collector->body.len > 0)
        post(collector);
    else
        post_waiting(collector);
}

/* ---- the sender ---- */

static enum pl_status fill(struct pl_collector *collector,
                           const struct pl_collector_options *options, struct pl_error *error)
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

    pl_buffer_add(&collector->path, options->path);
    if (!pl_str_ends_with(options->path, PL_STR(PL_OTLP_PATH)))
        pl_buffer_add_text(&collector->path, PL_OTLP_PATH);
    PL_RETURN_IF(pl_buffer_check(&collector->path, "the path of the collector", error));
    PL_RETURN_IF(pl_otlp_new(&batch, &collector->otlp, error));
    PL_RETURN_IF(pl_timer_init(&collector->timer, options->loop, fire, collector, error));
    return pl_upstream_new(options->loop, &connection, &collector->upstream, error);
}

enum pl_status pl_collector_new(const struct pl_collector_options *options,
                                struct pl_collector **ret_collector, struct pl_error *error)
{
    struct pl_collector *collector = calloc(1, sizeof *collector);

    if (collector == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for traces");
    collector->options.gather_ms = options->gather_ms != 0 ? options->gather_ms : GATHER_MS;
    collector->options.retry_ms = options->retry_ms != 0 ? options->retry_ms : RETRY_MS;
    collector->options.lost = options->lost;
    collector->options.total_ms = options->total_ms != 0 ? options->total_ms : TOTAL_MS;
    pl_buffer_init(&collector->path, PATH_SIZE_BYTES_MAX);

    const enum pl_status status = fill(collector, options, error);

    if (status != PL_OK)
        pl_collector_free(collector);
    else
        *ret_collector = collector;
    return status;
}

void pl_collector_free(struct pl_collector *collector)
{
    if (collector == NULL)
        return;
    if (collector->otlp != NULL)
        lose_all(collector);
    if (collector->upstream != NULL)
        pl_upstream_free(collector->upstream);
    pl_timer_deinit(&collector->timer);
    pl_otlp_free(collector->otlp);
    pl_buffer_deinit(&collector->path);
    free(collector);
}

void pl_collector_add(struct pl_collector *collector, const struct pl_trace_span *span)
{
    const bool is_quiet = collector->exchange == NULL && collector->body.len == 0;

    if (!pl_otlp_add(collector->otlp, span)) {
        tell_lost(collector);
        return;
    }
    if (!is_quiet || pl_otlp_waiting(collector->otlp) == 0)
        return;
    /* Not from here: a decision should not wait for it. */
    if (!collector->timer_runs || pl_otlp_is_full(collector->otlp))
        gather(collector);
}

void pl_collector_flush(struct pl_collector *collector)
{
    if (collector->body.len > 0)
        return;
    pl_timer_stop(&collector->timer);
    fire(collector);
}

void pl_collector_end(struct pl_collector *collector, pl_loop_work done, void *context)
{
    collector->done = done;
    collector->done_context = context;
    wait_ms(collector, END_MS);
    if (collector->exchange != NULL)
        return;
    if (collector->body.len > 0)
        post(collector);
    else
        post_waiting(collector);
}

bool pl_collector_is_idle(const struct pl_collector *collector)
{
    return collector->body.len == 0 && pl_otlp_waiting(collector->otlp) == 0;
}

uint64_t pl_collector_dropped(const struct pl_collector *collector)
{
    return pl_otlp_dropped(collector->otlp);
}

/* A timer, a batch and one exchange at a time. */
#include "gateway/traces.h"

#include "base/file.h"
#include "gateway/gateway_state.h"
#include "gateway/otlp.h"

#include <stdlib.h>

#define SEND_MS               1000
#define TIMEOUT_MS            10000
#define ARENA_SIZE_BYTES_MAX  ((size_t)64 << 10)

struct pl_traces {
    struct pl_worker *worker;
    struct pl_arena arena;
    struct pl_str address; /* as written */
    struct pl_plan_target target;
    struct pl_tls_client *tls;
    struct pl_upstream *upstream;
    struct pl_otlp *otlp;
    struct pl_timer timer;
    struct pl_exchange *exchange; /* NULL: none is under way */
    uint32_t sent;                /* spans of it */
    uint32_t status;
    uint64_t dropped_told; /* to the worker's counter */
    struct pl_str path;
};

/* ---- sending ---- */

static void note_dropped(struct pl_traces *traces)
{
    const uint64_t dropped = pl_otlp_dropped(traces->otlp);

    atomic_fetch_add(&traces->worker->traces_dropped, dropped - traces->dropped_told);
    traces->dropped_told = dropped;
}

static void lose(struct pl_traces *traces)
{
    pl_otlp_lost(traces->otlp, traces->sent);
    note_dropped(traces);
}

static void on_head(struct pl_exchange *exchange, const struct pl_http_head *head, void *context)
{
    struct pl_traces *traces = context;

    (void)exchange;
    traces->status = head->status;
}

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
    if (end != PL_EXCHANGE_DONE || traces->status < 200 || traces->status >= 300)
        lose(traces);
    if (pl_otlp_waiting(traces->otlp) > 0)
        pl_timer_start(&traces->timer, SEND_MS);
}

static void send_batch(void *context)
{
    static const struct pl_exchange_handlers HANDLERS = {on_head, on_body, on_end};
    struct pl_traces *traces = context;
    const struct pl_http_header type = {PL_STR("Content-Type"), PL_STR(PL_OTLP_CONTENT_TYPE)};

    if (traces->exchange != NULL || pl_otlp_waiting(traces->otlp) == 0)
        return;

    const struct pl_exchange_request request = {
        .method = PL_STR("POST"),
        .target = traces->path,
        .headers = &type,
        .headers_count = 1,
        .body = pl_otlp_take(traces->otlp, &traces->sent),
        .connect_ms = TIMEOUT_MS,
        .total_ms = TIMEOUT_MS,
    };

    traces->status = 0;
    if (pl_exchange_start(traces->upstream, &request, &HANDLERS, traces, &traces->exchange, NULL) !=
        PL_OK) {
        traces->exchange = NULL;
        lose(traces);
    }
}

/* ---- spans ---- */

static uint64_t unix_ns(const struct pl_decision *decision, uint64_t monotonic_ns)
{
    return decision->received_ms * UINT64_C(1000000) +
           (monotonic_ns > decision->received_ns ? monotonic_ns - decision->received_ns : 0);
}

static struct pl_str operation_of(const struct pl_decision *decision)
{
    switch (decision->ask.api) {
    case PL_API_CHAT:
    case PL_API_RESPONSES:
        return PL_STR("chat");
    case PL_API_COMPLETIONS:
        return PL_STR("text_completion");
    case PL_API_EMBEDDINGS:
        return PL_STR("embeddings");
    case PL_API_DECIDE:
        break;
    }
    return PL_STR("decide");
}

static struct pl_trace_count count_of(bool known, uint64_t count)
{
    return (struct pl_trace_count){known, count};
}

static void add_leg(struct pl_traces *traces, const struct pl_decision *decision,
                    const struct pl_leg *leg)
{
    const struct pl_usage *usage = &leg->heard.usage;
    const bool failed = leg->end != PL_LEG_DONE && leg->end != PL_LEG_CANCELLED;
    const struct pl_trace_span span = {
        .trace = leg->trace,
        .is_call = true,
        .begun_ns = unix_ns(decision, leg->begun_ns),
        .ended_ns = unix_ns(decision, leg->ended_ns),
        .operation = operation_of(decision),
        .provider = PL_STR("openai"),
        .request_model = leg->model->line->model,
        .server_address = pl_str_of(leg->asked->target->host),
        .server_port = leg->asked->target->port,
        .error_type = failed ? pl_str_of(pl_leg_end_name(leg)) : (struct pl_str){0},
        .http_status = leg->status,
        .input_tokens = count_of(usage->known, usage->prompt),
        .output_tokens = count_of(usage->known, usage->completion),
        .cached_tokens = count_of(usage->known, usage->cached),
        .is_stream = leg->is_stream,
        .first_token_ns = leg->first_token_ns > 0 ? leg->first_token_ns - leg->begun_ns : 0,
        .decision = pl_str_of(decision->id),
        .purpose = pl_str_of(pl_purpose_name(leg->purpose)),
        .tier_known = true,
        .tier = leg->tier,
        .confidence_known = leg->confidence_known,
        .confidence = leg->confidence,
        .cost_known = leg->model->price.given && usage->known,
        .cost = leg->cost,
    };

    if (!pl_otlp_add(traces->otlp, &span))
        note_dropped(traces);
}

void pl_traces_add(struct pl_traces *traces, const struct pl_decision *decision)
{
    const bool failed =
        decision->outcome == PL_OUTCOME_FAILED || decision->outcome == PL_OUTCOME_ABORTED;
    const struct pl_trace_span span = {
        .trace = decision->trace,
        .begun_ns = unix_ns(decision, decision->received_ns),
        .ended_ns = unix_ns(decision, pl_clock_monotonic_ns()),
        .operation = operation_of(decision),
        .request_model = decision->ask.model,
        .response_model =
            decision->leg == NULL ? (struct pl_str){0} : decision->leg->model->line->name,
        .error_type = failed && decision->error != NULL ? pl_str_of(decision->error)
                                                        : (struct pl_str){0},
        .http_status = decision->status,
        .is_stream = decision->ask.stream,
        .decision = pl_str_of(decision->id),
        .feature = decision->outlet->plan->line->feature,
        .outcome = pl_str_of(pl_outcome_name(decision->outcome)),
        .confidence_known = decision->confidence_known,
        .confidence = decision->confidence,
    };
    const bool was_empty = pl_otlp_waiting(traces->otlp) == 0;

    if (!pl_otlp_add(traces->otlp, &span))
        note_dropped(traces);
    for (size_t i = 0; i < decision->legs_count; i++)
        add_leg(traces, decision, decision->legs[i]);
    if (pl_otlp_is_full(traces->otlp))
        pl_timer_start(&traces->timer, 0);
    else if (was_empty)
        pl_timer_start(&traces->timer, SEND_MS);
}

bool pl_traces_are_for(const struct pl_traces *traces, const struct pl_plan *plan)
{
    const struct pl_str wanted = plan->serving->serve.otlp;

    return traces == NULL ? wanted.len == 0 : pl_str_equal(traces->address, wanted);
}

/* ---- life ---- */

static enum pl_status fill(struct pl_traces *traces, const struct pl_plan *plan,
                           struct pl_error *error)
{
    struct pl_worker *worker = traces->worker;
    const struct pl_otlp_options options = {.service = plan->line->feature};

    traces->address = pl_arena_copy(&traces->arena, plan->serving->serve.otlp);
    if (traces->address.ptr == NULL)
        return pl_arena_error(&traces->arena, "an address", error);
    PL_RETURN_IF(pl_target_read(traces->address, &traces->arena, &traces->target, error));
    traces->path =
        pl_arena_format(&traces->arena, "%.*s%s", PL_STR_ARG(traces->target.path), PL_OTLP_PATH);
    if (traces->path.ptr == NULL)
        return pl_arena_error(&traces->arena, "an address", error);
    if (traces->target.tls)
        PL_RETURN_IF(pl_tls_client_new(NULL, &traces->tls, error));

    const struct pl_upstream_options upstream = {
        .host = traces->target.host,
        .port = traces->target.port,
        .tls = traces->tls,
        .private_allowed = true,
        .connections_max = 2,
    };

    PL_RETURN_IF(pl_upstream_new(worker->loop, &upstream, &traces->upstream, error));
    PL_RETURN_IF(pl_otlp_new(&options, &traces->otlp, error));
    return pl_timer_init(&traces->timer, worker->loop, send_batch, traces, error);
}

enum pl_status pl_traces_new(struct pl_worker *worker, const struct pl_plan *plan,
                             struct pl_traces **ret_traces, struct pl_error *error)
{
    struct pl_traces *traces;
    enum pl_status status;

    *ret_traces = NULL;
    if (plan->serving->serve.otlp.len == 0)
        return PL_OK;
    traces = calloc(1, sizeof *traces);
    if (traces == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for traces");
    traces->worker = worker;
    pl_arena_init(&traces->arena, ARENA_SIZE_BYTES_MAX);
    status = fill(traces, plan, error);
    if (status != PL_OK) {
        pl_traces_free(traces);
        return status;
    }
    *ret_traces = traces;
    return PL_OK;
}

void pl_traces_free(struct pl_traces *traces)
{
    if (traces == NULL)
        return;
    if (traces->otlp != NULL)
        atomic_fetch_add(&traces->worker->traces_dropped, pl_otlp_waiting(traces->otlp));
    pl_timer_deinit(&traces->timer);
    if (traces->upstream != NULL)
        pl_upstream_free(traces->upstream);
    pl_otlp_free(traces->otlp);
    pl_tls_client_unref(traces->tls);
    pl_arena_deinit(&traces->arena);
    free(traces);
}

/* Spans by the conventions of otlp.h, out of what a decision knows of itself. */
#include "gateway/spans.h"

#include "base/file.h"
#include "gateway/gateway_state.h"
#include "gateway/traces.h"

#include <stdlib.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 10)

struct pl_spans {
    struct pl_worker *worker;
    struct pl_arena arena;
    struct pl_str address; /* as written */
    struct pl_plan_target target;
    struct pl_tls_client *tls;
    struct pl_traces *traces;
};

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

static void add_usage(struct pl_trace_span *span, const struct pl_usage *usage)
{
    if (!usage->known)
        return;
    span->input_tokens = (struct pl_trace_count){true, span->input_tokens.count + usage->prompt};
    span->cached_tokens = (struct pl_trace_count){true, span->cached_tokens.count + usage->cached};
    span->output_tokens =
        (struct pl_trace_count){true, span->output_tokens.count + usage->completion};
    span->reasoning_tokens =
        (struct pl_trace_count){true, span->reasoning_tokens.count + usage->reasoning};
}

static void add_leg(struct pl_spans *spans, const struct pl_decision *decision,
                    const struct pl_leg *leg)
{
    const bool failed = leg->end != PL_LEG_DONE && leg->end != PL_LEG_CANCELLED;
    struct pl_trace_span span = {
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
        .is_stream = leg->is_stream,
        .first_token_ns = leg->first_token_ns > 0 ? leg->first_token_ns - leg->begun_ns : 0,
        .decision = pl_str_of(decision->id),
        .purpose = pl_str_of(pl_purpose_name(leg->purpose)),
        .tier_known = true,
        .tier = leg->tier,
        .confidence_known = leg->confidence_known,
        .confidence = leg->confidence,
        .cost_known = leg->model->price.given && leg->heard.usage.known,
        .cost = leg->cost,
    };

    add_usage(&span, &leg->heard.usage);
    pl_traces_add(spans->traces, &span);
}

/* Why neither a model nor the line answered; empty: one did. */
static struct pl_str error_of(const struct pl_decision *decision)
{
    if (decision->outcome == PL_OUTCOME_SERVED || decision->outcome == PL_OUTCOME_FALLBACK)
        return (struct pl_str){0};
    return pl_str_of(decision->error != NULL ? decision->error
                                             : pl_outcome_name(decision->outcome));
}

/* What all calls used and cost together. */
static void add_sums(struct pl_trace_span *span, const struct pl_decision *decision)
{
    for (size_t i = 0; i < decision->legs_count; i++) {
        const struct pl_leg *leg = decision->legs[i];

        add_usage(span, &leg->heard.usage);
        span->cost_known |= leg->model->price.given && leg->heard.usage.known;
        span->cost += leg->cost;
    }
}

void pl_spans_add(struct pl_spans *spans, const struct pl_decision *decision)
{
    struct pl_trace_span span = {
        .trace = decision->trace,
        .begun_ns = unix_ns(decision, decision->received_ns),
        .ended_ns = unix_ns(decision, pl_clock_monotonic_ns()),
        .operation = operation_of(decision),
        .request_model = decision->ask.model,
        .response_model =
            decision->leg == NULL ? (struct pl_str){0} : decision->leg->model->line->name,
        .error_type = error_of(decision),
        .http_status = decision->status,
        .is_stream = decision->ask.stream,
        .decision = pl_str_of(decision->id),
        .feature = decision->outlet->plan->line->feature,
        .outcome = pl_str_of(pl_outcome_name(decision->outcome)),
        .confidence_known = decision->confidence_known,
        .confidence = decision->confidence,
    };

    if (!decision->trace.sampled)
        return;
    add_sums(&span, decision);
    pl_traces_add(spans->traces, &span);
    for (size_t i = 0; i < decision->legs_count; i++)
        add_leg(spans, decision, decision->legs[i]);
}

bool pl_spans_are_for(const struct pl_spans *spans, const struct pl_plan *plan)
{
    const struct pl_str wanted = plan->serving->serve.otlp;

    return spans == NULL ? wanted.len == 0 : pl_str_equal(spans->address, wanted);
}

/* ---- life ---- */

static enum pl_status fill(struct pl_spans *spans, const struct pl_plan *plan,
                           struct pl_error *error)
{
    spans->address = pl_arena_copy(&spans->arena, plan->serving->serve.otlp);
    if (spans->address.ptr == NULL)
        return pl_arena_error(&spans->arena, "an address", error);
    PL_RETURN_IF(pl_target_read(spans->address, &spans->arena, &spans->target, error));
    if (spans->target.tls)
        PL_RETURN_IF(pl_tls_client_new(NULL, &spans->tls, error));

    const struct pl_traces_options options = {
        .loop = spans->worker->loop,
        .host = spans->target.host,
        .port = spans->target.port,
        .tls = spans->tls,
        .path = spans->target.path,
        .service = plan->line->feature,
        .lost = &spans->worker->traces_dropped,
    };

    return pl_traces_new(&options, &spans->traces, error);
}

enum pl_status pl_spans_new(struct pl_worker *worker, const struct pl_plan *plan,
                            struct pl_spans **ret_spans, struct pl_error *error)
{
    struct pl_spans *spans;
    enum pl_status status;

    *ret_spans = NULL;
    if (plan->serving->serve.otlp.len == 0)
        return PL_OK;
    spans = calloc(1, sizeof *spans);
    if (spans == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for traces");
    spans->worker = worker;
    pl_arena_init(&spans->arena, ARENA_SIZE_BYTES_MAX);
    status = fill(spans, plan, error);
    if (status != PL_OK) {
        pl_spans_free(spans);
        return status;
    }
    *ret_spans = spans;
    return PL_OK;
}

void pl_spans_end(struct pl_spans *spans, pl_loop_work done, void *context)
{
    pl_traces_end(spans->traces, done, context);
}

void pl_spans_free(struct pl_spans *spans)
{
    if (spans == NULL)
        return;
    pl_traces_free(spans->traces);
    pl_tls_client_unref(spans->tls);
    pl_arena_deinit(&spans->arena);
    free(spans);
}

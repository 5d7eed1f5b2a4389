/*
 * One call to one address: the request as it goes out, the answer as it comes, and what became of it. A
 * stream is read event by event; its events for the client are kept in `held` until the route lets them
 * out.
 */
#include "gateway/decision.h"

#include "base/file.h"
#include "gateway/gateway_state.h"
#include "gateway/guarding.h"

#include <stdio.h>
#include <stdlib.h>

#define ANSWER_SIZE_BYTES_MAX ((size_t)32 << 20)
#define EVENT_SIZE_BYTES_MAX  ((size_t)4 << 20)
#define TEXT_SIZE_BYTES_MAX   ((size_t)4 << 20)
#define LINGER_MS             20 /* what a server may take to end its response after [DONE] */

/* ---- events of a stream ---- */

/* An event through the guards: as it goes to the client, without its "data: ". False: it was stopped. */
static bool guard_event(struct pl_leg *leg, const struct pl_sse_event *event,
                        const struct pl_unasked *unasked)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer bare = {0};
    struct pl_str data = event->data;
    enum pl_guarded result;

    pl_buffer_init(&bare, leg->held.size_bytes_max);
    if (unasked->logprobs || unasked->usage) {
        pl_answer_trim(data, unasked, &bare);
        data = pl_buffer_view(&bare);
    }
    result = pl_guarding_event(leg, data);
    if (result == PL_GUARDED_PASSES)
        return true;
    leg->end = PL_LEG_GUARDED;
    leg->asks_again = result == PL_GUARDED_RETRY;
    return false;
}

/* False: it was stopped by a guard. */
static bool hold_event(struct pl_leg *leg, const struct pl_sse_event *event)
{
    const struct pl_ask *ask = &leg->decision->ask;
    const struct pl_unasked unasked = {
        .logprobs = leg->logprobs_added && leg->heard.has_logprobs,
        .usage = leg->usage_added && (leg->heard.usage_null || leg->heard.usage.known),
    };

    if (leg->heard.is_usage_only && leg->usage_added)
        return true;
    if (pl_guarding_answers(leg->decision) && leg->purpose == PL_PURPOSE_ANSWER) {
        if (!guard_event(leg, event, &unasked))
            return false;
        if (ask->api != PL_API_RESPONSES)
            return true;
    }
    if (ask->api == PL_API_RESPONSES && !pl_str_equal_text(event->type, "message"))
        pl_buffer_add_format(&leg->held, "event: %.*s\n", PL_STR_ARG(event->type));
    pl_buffer_add_text(&leg->held, "data: ");
    if (unasked.logprobs || unasked.usage)
        pl_answer_trim(event->data, &unasked, &leg->held);
    else
        pl_buffer_add(&leg->held, event->data);
    pl_buffer_add_text(&leg->held, "\n\n");
    return true;
}

static bool hear_event(struct pl_leg *leg, const struct pl_sse_event *event)
{
    struct pl_json_document *document = leg->decision->worker->answered;
    const struct pl_ask *ask = &leg->decision->ask;

    if (pl_json_document_read(document, event->data, NULL) != PL_OK ||
        pl_heard_add(&leg->heard, ask, true, pl_json_document_root(document), &leg->text) !=
            PL_OK) {
        leg->end = PL_LEG_SHAPE;
        return false;
    }
    if (leg->heard.is_error) {
        leg->end = PL_LEG_ERROR;
        pl_buffer_add(&leg->body, event->data);
        return false;
    }
    if (leg->heard.has_content && leg->first_token_ns == 0)
        leg->first_token_ns = pl_clock_monotonic_ns();
    if (ask->api == PL_API_RESPONSES && leg->heard.finished)
        leg->told_done = true;
    return true;
}

static bool take_event(const struct pl_sse_event *event, void *context)
{
    struct pl_leg *leg = context;

    if (leg->told_done && leg->decision->ask.api != PL_API_RESPONSES)
        return true;
    if (pl_str_equal_text(event->data, "[DONE]")) {
        leg->told_done = true;
        return true;
    }
    if (!hear_event(leg, event))
        return false;
    return hold_event(leg, event);
}

/* ---- the exchange ---- */

static void stop_exchange(struct pl_leg *leg)
{
    if (leg->exchange != NULL)
        pl_exchange_cancel(leg->exchange);
    leg->exchange = NULL;
}

static void note_times(struct pl_leg *leg)
{
    if (leg->exchange != NULL) {
        const struct pl_exchange_times times = pl_exchange_times(leg->exchange);

        leg->first_byte_ns = times.first_byte_ns;
    }
    leg->ended_ns = pl_clock_monotonic_ns();
}

/* Whether the address did its part: what the client or we did wrong is no fault of it. */
static bool was_healthy(const struct pl_leg *leg)
{
    if (leg->end == PL_LEG_DONE || leg->end == PL_LEG_CANCELLED || leg->end == PL_LEG_GUARDED)
        return true;
    if (leg->end == PL_LEG_STATUS)
        return leg->status < 500 && leg->status != 408 && leg->status != 401 && leg->status != 403;
    if (leg->end == PL_LEG_TRANSPORT)
        return leg->exchange_end == PL_EXCHANGE_LOCAL || leg->exchange_end == PL_EXCHANGE_FULL;
    return leg->end == PL_LEG_TOO_LARGE;
}

/* An operator sees here why requests fail; once for each rest, as it is long and they are many. */
static void tell_change(const struct pl_leg *leg, enum pl_outlet_change change)
{
    const struct pl_gateway_options *options = &leg->decision->worker->gateway->options;
    const struct pl_str name = leg->model->line->name;
    const struct pl_str url = leg->asked->target->url;
    char text[512];

    if (change == PL_OUTLET_SAME)
        return;
    if (change == PL_OUTLET_BACK)
        (void)snprintf(text, sizeof text, "the model %.*s at %.*s answers again", PL_STR_ARG(name),
                       PL_STR_ARG(url));
    else
        (void)snprintf(text, sizeof text, "the model %.*s at %.*s fails (%s); it is given a rest",
                       PL_STR_ARG(name), PL_STR_ARG(url), pl_leg_end_name(leg));
    options->tell(text, options->context);
}

static void finish(struct pl_leg *leg)
{
    const double latency_ms = (double)(leg->ended_ns - leg->begun_ns) / 1e6;

    leg->cost = pl_price_of(&leg->model->price, &leg->heard.usage);
    tell_change(leg, pl_outlet_ended(leg->target, was_healthy(leg), latency_ms, leg->ended_ns));
    leg->target = NULL;
}

static void end_leg(struct pl_leg *leg)
{
    note_times(leg);
    stop_exchange(leg);
    finish(leg);
    pl_route_leg_ended(leg);
}

void pl_leg_cancel(struct pl_leg *leg)
{
    if (leg->end != PL_LEG_UNDER_WAY)
        return;
    leg->end = PL_LEG_CANCELLED;
    note_times(leg);
    stop_exchange(leg);
    finish(leg);
}

static void on_head(struct pl_exchange *exchange, const struct pl_http_head *head, void *context)
{
    struct pl_leg *leg = context;
    const struct pl_str type = pl_http_header_get(head, "content-type");
    const struct pl_str retry = pl_http_header_get(head, "retry-after");
    double seconds = 0;

    (void)exchange;
    leg->status = head->status;
    leg->content_type = pl_arena_copy(&leg->decision->arena, type);
    leg->is_stream = head->status >= 200 && head->status < 300 &&
                     pl_str_starts_with(type, PL_STR("text/event-stream"));
    if (retry.ptr != NULL && pl_str_to_double(retry, &seconds) && seconds >= 0 && seconds < 86400)
        leg->retry_after_ms = (uint64_t)(seconds * 1000);
}

static void linger_is_over(void *context)
{
    struct pl_decision *decision = context;
    struct pl_leg *leg = decision->leg;

    if (leg == NULL || leg->end != PL_LEG_UNDER_WAY)
        return;
    leg->end = PL_LEG_DONE;
    end_leg(leg);
}

/* All has been said; that the response ends as well only makes its connection good for another one. */
static void linger(struct pl_leg *leg)
{
    leg->lingers = true;
    if (leg->purpose == PL_PURPOSE_ANSWER)
        (void)pl_decision_wait(leg->decision, linger_is_over, LINGER_MS);
}

static void hear_stream(struct pl_leg *leg, struct pl_str piece)
{
    const enum pl_status status = pl_sse_read(&leg->sse, piece, take_event, leg, NULL);

    if (status == PL_E_LIMIT || leg->held.failed != PL_OK)
        leg->end = PL_LEG_TOO_LARGE;
    if (leg->end != PL_LEG_UNDER_WAY) {
        end_leg(leg);
        return;
    }
    if (leg->told_done && !leg->lingers)
        linger(leg);
    if (leg->decision->released && leg->held.len > 0)
        pl_deliver_stream_piece(leg->decision, pl_buffer_view(&leg->held));
    else if (!leg->decision->released && leg->heard.pieces > 0)
        pl_route_leg_heard(leg);
}

static void on_body(struct pl_exchange *exchange, struct pl_str piece, void *context)
{
    struct pl_leg *leg = context;

    (void)exchange;
    if (leg->is_stream) {
        hear_stream(leg, piece);
        return;
    }
    pl_buffer_add(&leg->body, piece);
    if (leg->body.failed != PL_OK) {
        leg->end = PL_LEG_TOO_LARGE;
        end_leg(leg);
    }
}

/* An answer in one piece: is it one? */
static enum pl_leg_end hear_whole(struct pl_leg *leg)
{
    struct pl_decision *decision = leg->decision;
    struct pl_json_document *document = decision->worker->answered;

    if (leg->status < 200 || leg->status >= 300)
        return PL_LEG_STATUS;
    if (decision->ask.api == PL_API_DECIDE)
        return PL_LEG_DONE;
    if (pl_json_document_read(document, pl_buffer_view(&leg->body), NULL) != PL_OK ||
        pl_heard_add(&leg->heard, &decision->ask, false, pl_json_document_root(document),
                     &leg->text) != PL_OK)
        return PL_LEG_SHAPE;
    if (leg->heard.is_error)
        return PL_LEG_ERROR;
    if ((decision->ask.api == PL_API_CHAT || decision->ask.api == PL_API_COMPLETIONS) &&
        !leg->heard.finished)
        return PL_LEG_SHAPE;
    return PL_LEG_DONE;
}

static void on_end(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why,
                   void *context)
{
    struct pl_leg *leg = context;

    (void)exchange;
    (void)why;
    note_times(leg);
    leg->exchange = NULL;
    leg->exchange_end = end;
    if (leg->is_stream && (leg->told_done || (end == PL_EXCHANGE_DONE && leg->heard.finished)))
        leg->end = PL_LEG_DONE;
    else if (leg->is_stream)
        leg->end = end == PL_EXCHANGE_DONE ? PL_LEG_CUT : PL_LEG_TRANSPORT;
    else if (end != PL_EXCHANGE_DONE)
        leg->end = PL_LEG_TRANSPORT;
    else
        leg->end = hear_whole(leg);
    end_leg(leg);
}

/* ---- beginning ---- */

static struct pl_str target_of(const struct pl_leg *leg)
{
    const struct pl_decision *decision = leg->decision;
    const struct pl_str path = leg->target->target->path;
    struct pl_arena *arena = &leg->decision->arena;

    const enum pl_api api = leg->purpose == PL_PURPOSE_VERIFY ? PL_API_CHAT : decision->ask.api;

    return pl_arena_format(arena, "%.*s%s", PL_STR_ARG(path),
                           api == PL_API_DECIDE && path.len == 0 ? "/" : pl_api_path(api));
}

static bool write_request(struct pl_leg *leg, struct pl_str body_instead)
{
    const struct pl_decision *decision = leg->decision;
    const struct pl_confidence_rule *rule = &decision->outlet->plan->serving->route.confidence;
    const bool asks_logprobs = pl_route_judges(decision) && rule->from == PL_CONFIDENCE_LOGPROBS &&
                               leg->purpose == PL_PURPOSE_ANSWER;
    const struct pl_ask_changes changes = {
        .model = leg->model->line->model,
        .parameters = decision->arm != NULL && decision->arm->parameters.len > 0
                          ? decision->arm->parameters
                          : leg->model->line->parameters,
        .logprobs = asks_logprobs,
        .top_logprobs = asks_logprobs && rule->signal == PL_SIGNAL_MARGIN,
        .usage = decision->ask.api == PL_API_CHAT || decision->ask.api == PL_API_COMPLETIONS,
        .whole = leg->purpose != PL_PURPOSE_ANSWER,
    };

    if (body_instead.ptr != NULL) {
        pl_buffer_add(&leg->request, body_instead);
        return leg->request.failed == PL_OK;
    }
    leg->logprobs_added = asks_logprobs && !decision->ask.logprobs_wanted;
    leg->usage_added = changes.usage && !decision->ask.usage_wanted;
    return pl_ask_write(&decision->ask, &changes, &leg->request, NULL) == PL_OK;
}

static bool start(struct pl_leg *leg)
{
    static const struct pl_exchange_handlers HANDLERS = {on_head, on_body, on_end};
    struct pl_decision *decision = leg->decision;
    const struct pl_model *line = leg->model->line;
    struct pl_http_header headers[5];
    char traceparent[PL_TRACEPARENT_SIZE];
    size_t count = 0;
    const bool streams = decision->ask.stream && leg->purpose == PL_PURPOSE_ANSWER;

    headers[count++] = (struct pl_http_header){PL_STR("Content-Type"), PL_STR("application/json")};
    headers[count++] = (struct pl_http_header){
        PL_STR("Accept"), streams ? PL_STR("text/event-stream") : PL_STR("application/json")};
    if (leg->model->key != NULL)
        headers[count++] =
            (struct pl_http_header){PL_STR("Authorization"),
                                    pl_arena_format(&decision->arena, "Bearer %.*s",
                                                    PL_STR_ARG(pl_secret_reveal(leg->model->key)))};

    if (decision->worker->spans != NULL) {
        pl_trace_child(&decision->trace, &decision->worker->rng, &leg->trace);
        pl_traceparent_write(&leg->trace, traceparent);
        headers[count++] = (struct pl_http_header){PL_STR("Traceparent"), pl_str_of(traceparent)};
    }

    const struct pl_exchange_request request = {
        .method = PL_STR("POST"),
        .target = target_of(leg),
        .headers = headers,
        .headers_count = count,
        .body = pl_buffer_view(&leg->request),
        .connect_ms = line->connect_ms,
        .first_byte_ms = streams ? line->first_token_ms : 0,
        .stall_ms = streams ? line->first_token_ms : 0,
        .total_ms = line->total_ms,
    };

    return pl_exchange_start(leg->target->upstream, &request, &HANDLERS, leg, &leg->exchange,
                             NULL) == PL_OK;
}

bool pl_leg_begin(struct pl_decision *decision, const struct pl_plan_model *model,
                  enum pl_leg_purpose purpose, struct pl_str body_instead)
{
    const uint64_t now_ns = pl_clock_monotonic_ns();
    struct pl_outlet_target *target =
        pl_outlet_choose(decision->outlet, model, decision->tried, now_ns);
    struct pl_leg *leg = target == NULL || decision->legs_count == PL_DECISION_LEGS_MAX
                             ? NULL
                             : pl_arena_alloc(&decision->arena, sizeof *leg);

    if (leg == NULL)
        return false;
    *leg = (struct pl_leg){.decision = decision,
                           .purpose = purpose,
                           .tier = decision->tier,
                           .model = model,
                           .target = target,
                           .asked = target,
                           .begun_ns = now_ns};
    pl_buffer_init(&leg->request, decision->ask.body.len + ((size_t)1 << 20));
    pl_buffer_init(&leg->body, ANSWER_SIZE_BYTES_MAX);
    pl_buffer_init(&leg->held, ANSWER_SIZE_BYTES_MAX);
    pl_buffer_init(&leg->text, TEXT_SIZE_BYTES_MAX);
    pl_sse_init(&leg->sse, EVENT_SIZE_BYTES_MAX);
    decision->legs[decision->legs_count++] = leg;
    pl_outlet_begun(target);
    if (!write_request(leg, body_instead) || !start(leg)) {
        leg->end = PL_LEG_TRANSPORT;
        leg->exchange_end = PL_EXCHANGE_LOCAL;
        leg->ended_ns = now_ns;
        finish(leg);
        return false;
    }
    if (purpose == PL_PURPOSE_ANSWER)
        decision->leg = leg;
    return true;
}

void pl_leg_free(struct pl_leg *leg)
{
    pl_leg_cancel(leg);
    pl_buffer_deinit(&leg->request);
    pl_buffer_deinit(&leg->body);
    pl_buffer_deinit(&leg->held);
    pl_buffer_deinit(&leg->text);
    pl_sse_deinit(&leg->sse);
    pl_guarding_free(leg);
}

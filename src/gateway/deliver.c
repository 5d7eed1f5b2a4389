/*
 * What goes out. The record is in the lane before the last byte of an answer, so that whatever a client
 * has in whole is on the record even if the process dies at once.
 */
#include "gateway/decision.h"

#include "base/file.h"
#include "base/json.h"
#include "gateway/exposure.h"
#include "gateway/figures.h"
#include "gateway/gateway.h"
#include "gateway/shadow.h"
#include "gateway/spans.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORD_SIZE_BYTES_MAX  ((size_t)1000 << 10)
#define REFUSAL_SIZE_BYTES_MAX ((size_t)64 << 10)
#define HEADERS_MAX            20

/* ---- the end of a decision ---- */

static void settle(struct pl_decision *decision)
{
    double money = 0;
    uint64_t tokens = 0;

    for (size_t i = 0; i < decision->legs_count; i++) {
        struct pl_leg *leg = decision->legs[i];

        pl_leg_cancel(leg);

        const struct pl_usage used = pl_leg_used(leg);

        money += pl_price_of(&leg->model->price, &used);
        tokens += pl_usage_tokens(&used);
    }
    if (decision->reservation.key != NULL)
        pl_keys_settle(&decision->reservation, money, tokens, pl_clock_unix_ms());
}

bool pl_decision_record(struct pl_decision *decision)
{
    struct pl_worker *worker = decision->worker;
    struct pl_buffer *record = &worker->scratch;

    settle(decision);
    pl_figures_count(decision);
    if (worker->spans != NULL)
        pl_spans_add(worker->spans, decision);
    pl_buffer_reset(record);
    pl_decision_write(decision, record);
    if (record->failed == PL_OK && pl_lane_end(worker->lane, decision->begun, "decision",
                                               decision->received_ms, pl_buffer_view(record))) {
        pl_count(&worker->counts.recorded);
        return true;
    }
    if (decision->outlet->plan->serving->serve.unlogged == PL_UNLOGGED_REFUSE)
        return false;
    pl_count(&worker->counts.dropped);
    return true;
}

void pl_decision_keep(struct pl_decision *decision)
{
    struct pl_worker *worker = decision->worker;

    decision->next = worker->decisions;
    if (worker->decisions != NULL)
        worker->decisions->previous = decision;
    worker->decisions = decision;
}

static void unkeep(struct pl_decision *decision)
{
    if (decision->previous != NULL)
        decision->previous->next = decision->next;
    else
        decision->worker->decisions = decision->next;
    if (decision->next != NULL)
        decision->next->previous = decision->previous;
}

void pl_decision_free(struct pl_decision *decision)
{
    unkeep(decision);
    for (size_t i = 0; i < decision->legs_count; i++)
        pl_leg_free(decision->legs[i]);
    pl_timer_deinit(&decision->hold_timer);
    pl_keys_unref(decision->keys);
    pl_outlet_release(decision->outlet);
    pl_arena_deinit(&decision->arena);
    free(decision);
}

/* Writes the record or, where there is no room for it, has its client told so. */
static bool may_go_out(struct pl_decision *decision)
{
    static const struct pl_refusal UNRECORDED = {
        .status = 503,
        .type = "server_error",
        .code = "ledger_unavailable",
        .message = "The answer cannot be put on the record, and nothing is served without one.",
        .never_again = true,
    };

    if (pl_decision_record(decision)) {
        pl_count(&decision->worker->counts.served);
        pl_exposures_note(decision);
        return true;
    }
    pl_count(&decision->worker->counts.served);
    pl_count(&decision->worker->counts.dropped);
    if (decision->released)
        pl_request_abort(decision->request);
    else
        pl_refuse(decision->request, &UNRECORDED, decision->id);
    pl_decision_free(decision);
    return false;
}

/* Its request is no more: there is nobody left to answer. */
static void end_unanswered(struct pl_decision *decision)
{
    decision->request = NULL;
    if (decision->released)
        pl_uncount(&decision->worker->counts.open_streams);
    if (!pl_decision_record(decision))
        pl_count(&decision->worker->counts.dropped);
    pl_count(&decision->worker->counts.served);
    pl_decision_free(decision);
}

void pl_decision_gone(void *context)
{
    struct pl_decision *decision = context;

    decision->outcome = PL_OUTCOME_ABORTED;
    decision->status = 499;
    decision->error = "client_gone";
    end_unanswered(decision);
}

void pl_decision_interrupt(struct pl_decision *decision)
{
    if (decision->request == NULL) { /* the shadow of one that was answered */
        pl_decision_free(decision);
        return;
    }
    decision->outcome = PL_OUTCOME_INTERRUPTED;
    decision->status = 503;
    decision->error = "server_stopped";
    end_unanswered(decision);
}

/* ---- heads ---- */

struct head {
    struct pl_http_header items[HEADERS_MAX];
    size_t count;
    char tier[16];
    char confidence[32];
    char room[6][32];
};

static void head_add(struct head *head, struct pl_str name, struct pl_str value)
{
    head->items[head->count++] = (struct pl_http_header){name, value};
}

static void head_number(struct head *head, struct pl_str name, size_t at, uint64_t number,
                        const char *unit)
{
    (void)snprintf(head->room[at], sizeof head->room[at], "%llu%s", (unsigned long long)number,
                   unit);
    head_add(head, name, pl_str_of(head->room[at]));
}

/* What is left of the key's speed, as clients of the OpenAI API expect it. */
static void head_room(struct head *head, const struct pl_key_room *room)
{
    if (room->requests_limit > 0) {
        head_number(head, PL_STR("X-RateLimit-Limit-Requests"), 0, room->requests_limit, "");
        head_number(head, PL_STR("X-RateLimit-Remaining-Requests"), 1, room->requests_left, "");
        head_number(head, PL_STR("X-RateLimit-Reset-Requests"), 2, room->requests_reset_ms, "ms");
    }
    if (room->tokens_limit > 0) {
        head_number(head, PL_STR("X-RateLimit-Limit-Tokens"), 3, room->tokens_limit, "");
        head_number(head, PL_STR("X-RateLimit-Remaining-Tokens"), 4, room->tokens_left, "");
        head_number(head, PL_STR("X-RateLimit-Reset-Tokens"), 5, room->tokens_reset_ms, "ms");
    }
}

static void head_make(struct head *head, const struct pl_decision *decision,
                      const struct pl_leg *leg)
{
    head->count = 0;
    head_add(head, PL_STR("X-Request-Id"), pl_str_of(decision->id));
    head_add(head, PL_STR("X-Plimsoll-Decision"), pl_str_of(decision->id));
    head_room(head, &decision->room);
    if (leg == NULL)
        return;
    head_add(head, PL_STR("X-Plimsoll-Model"), leg->model->line->name);
    (void)snprintf(head->tier, sizeof head->tier, "%u", leg->tier);
    head_add(head, PL_STR("X-Plimsoll-Tier"), pl_str_of(head->tier));
    if (!decision->confidence_known)
        return;
    (void)snprintf(head->confidence, sizeof head->confidence, "%.4f", decision->confidence);
    head_add(head, PL_STR("X-Plimsoll-Confidence"), pl_str_of(head->confidence));
}

/* ---- in one piece ---- */

static void note_served(struct pl_decision *decision, struct pl_leg *leg)
{
    decision->leg = leg;
    decision->status = 200;
    decision->outcome = decision->is_fallback ? PL_OUTCOME_FALLBACK : PL_OUTCOME_SERVED;
}

void pl_deliver_whole(struct pl_decision *decision, struct pl_leg *leg)
{
    const struct pl_unasked unasked = {.logprobs = leg->logprobs_added && leg->heard.has_logprobs};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer trimmed = {0};
    struct pl_str body = pl_buffer_view(&leg->body);
    struct pl_decision *shadow;
    struct head head;

    note_served(decision, leg);
    decision->status = leg->status;
    if (!may_go_out(decision))
        return;
    pl_buffer_init(&trimmed, leg->body.size_bytes_max);
    if (unasked.logprobs) {
        pl_answer_trim(body, &unasked, &trimmed);
        body = pl_buffer_view(&trimmed);
    }
    head_make(&head, decision, leg);
    head_add(&head, PL_STR("Content-Type"),
             leg->content_type.len > 0 ? leg->content_type : PL_STR("application/json"));
    shadow = pl_shadow_prepare(decision);
    pl_request_answer(decision->request, leg->status, head.items, head.count, body);
    pl_decision_free(decision);
    pl_shadow_begin(shadow);
}

/* What a client can do something about stands as its model's server wrote it. */
void pl_deliver_upstream_error(struct pl_decision *decision, struct pl_leg *leg)
{
    struct head head;

    decision->leg = leg;
    decision->outcome = PL_OUTCOME_REFUSED;
    decision->status = leg->status;
    decision->error = "upstream_refused";
    if (!may_go_out(decision))
        return;
    head_make(&head, decision, leg);
    head_add(&head, PL_STR("Content-Type"),
             leg->content_type.len > 0 ? leg->content_type : PL_STR("application/json"));
    head_add(&head, PL_STR("X-Should-Retry"), PL_STR("false"));
    pl_request_answer(decision->request, leg->status, head.items, head.count,
                      pl_buffer_view(&leg->body));
    pl_decision_free(decision);
}

void pl_deliver_refusal(struct pl_decision *decision, enum pl_outcome outcome,
                        const struct pl_refusal *refusal)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_refusal_head own;
    struct head head;

    decision->outcome = outcome;
    decision->status = refusal->status;
    decision->error = refusal->code;
    if (!may_go_out(decision))
        return;
    pl_buffer_init(&body, REFUSAL_SIZE_BYTES_MAX);
    pl_refusal_body(refusal, &body);
    pl_refusal_head_make(refusal, &own);
    head_make(&head, decision, NULL);
    for (size_t i = 0; i < own.count; i++)
        head_add(&head, own.items[i].name, own.items[i].value);
    pl_request_answer(decision->request, refusal->status, head.items, head.count,
                      pl_buffer_view(&body));
    pl_decision_free(decision);
}

/* ---- a fixed reply, in the shape that was asked for ---- */

static const char *finish_of(const struct pl_decision *decision)
{
    return decision->outcome == PL_OUTCOME_BLOCKED ? "content_filter" : "stop";
}

static void write_choice(struct pl_json *json, const struct pl_decision *decision,
                         struct pl_str text)
{
    const bool is_chat = decision->ask.api == PL_API_CHAT;
    const bool streams = decision->ask.stream;

    pl_json_open_object(json);
    pl_json_key(json, "index");
    pl_json_uint64(json, 0);
    if (is_chat) {
        pl_json_key(json, streams ? "delta" : "message");
        pl_json_open_object(json);
        pl_json_key(json, "role");
        pl_json_text(json, "assistant");
        pl_json_key(json, "content");
        pl_json_str(json, text);
        pl_json_close_object(json);
    } else {
        pl_json_key(json, "text");
        pl_json_str(json, text);
    }
    pl_json_key(json, "logprobs");
    pl_json_null(json);
    pl_json_key(json, "finish_reason");
    pl_json_text(json, finish_of(decision));
    pl_json_close_object(json);
}

static void write_reply(const struct pl_decision *decision, struct pl_str text,
                        struct pl_buffer *out)
{
    const bool is_chat = decision->ask.api == PL_API_CHAT;
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "id");
    pl_json_text(&json, decision->id);
    pl_json_key(&json, "object");
    pl_json_text(&json, !is_chat               ? "text_completion"
                        : decision->ask.stream ? "chat.completion.chunk"
                                               : "chat.completion");
    pl_json_key(&json, "created");
    pl_json_uint64(&json, decision->received_ms / 1000);
    pl_json_key(&json, "model");
    pl_json_str(&json, decision->ask.model);
    pl_json_key(&json, "choices");
    pl_json_open_array(&json);
    write_choice(&json, decision, text);
    pl_json_close_array(&json);
    pl_json_close_object(&json);
}

static bool can_reply(const struct pl_decision *decision)
{
    return decision->ask.api == PL_API_CHAT || decision->ask.api == PL_API_COMPLETIONS;
}

static void stream_head(struct head *head)
{
    head_add(head, PL_STR("Content-Type"), PL_STR("text/event-stream; charset=utf-8"));
    head_add(head, PL_STR("Cache-Control"), PL_STR("no-cache"));
    head_add(head, PL_STR("X-Accel-Buffering"), PL_STR("no"));
}

/* The caller has set the outcome. Where the API has no place for a text it is an error. */
void pl_deliver_reply(struct pl_decision *decision, struct pl_str text)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct head head;

    if (!can_reply(decision)) {
        const struct pl_refusal refusal = {
            .status = 503,
            .type = "server_error",
            .code = decision->outcome == PL_OUTCOME_DARK ? "feature_dark" : "no_answer",
            .message = "There is no answer of this kind at present.",
            .never_again = true,
        };

        pl_deliver_refusal(decision, decision->outcome, &refusal);
        return;
    }
    decision->status = 200;
    if (!may_go_out(decision))
        return;
    pl_buffer_init(&body, text.len * 6 + 4096);
    if (decision->ask.stream)
        pl_buffer_add_text(&body, "data: ");
    write_reply(decision, text, &body);
    if (decision->ask.stream)
        pl_buffer_add_text(&body, "\n\ndata: [DONE]\n\n");
    head_make(&head, decision, NULL);
    if (decision->ask.stream) {
        stream_head(&head);
        pl_request_begin(decision->request, 200, head.items, head.count);
        pl_request_end(decision->request, pl_buffer_view(&body));
    } else {
        head_add(&head, PL_STR("Content-Type"), PL_STR("application/json"));
        pl_request_answer(decision->request, 200, head.items, head.count, pl_buffer_view(&body));
    }
    pl_decision_free(decision);
}

/* ---- what a guard has stopped ---- */

static struct pl_refusal blocked(struct pl_decision *decision)
{
    const struct pl_guard_hit *stop = NULL;
    struct pl_str message;

    for (size_t i = 0; i < decision->hits_count && stop == NULL; i++)
        if (decision->hits[i].stopped)
            stop = &decision->hits[i];
    message = pl_arena_format(&decision->arena, "Stopped by the guard `%s`.",
                              stop == NULL || stop->row == NULL ? "text" : stop->row->name.ptr);
    return (struct pl_refusal){
        .status = 400,
        .type = "invalid_request_error",
        .code = "content_filter",
        .message = message.ptr == NULL ? "Stopped by a guard." : message.ptr,
        .never_again = true,
    };
}

void pl_deliver_request_blocked(struct pl_decision *decision)
{
    const struct pl_refusal refusal = blocked(decision);

    pl_deliver_refusal(decision, PL_OUTCOME_BLOCKED, &refusal);
}

/* The fallback's reply where there is one, else an empty answer: both say that a filter was at work. */
void pl_deliver_blocked(struct pl_decision *decision)
{
    const struct pl_route *route = &decision->outlet->plan->serving->route;
    const struct pl_refusal refusal = blocked(decision);

    decision->outcome = PL_OUTCOME_BLOCKED;
    decision->error = "content_filter";
    if (can_reply(decision))
        pl_deliver_reply(decision,
                         route->fallback_reply.ptr == NULL ? PL_STR("") : route->fallback_reply);
    else
        pl_deliver_refusal(decision, PL_OUTCOME_BLOCKED, &refusal);
}

/* ---- piece by piece ---- */

static void on_drained(void *context)
{
    struct pl_decision *decision = context;

    if (decision->leg != NULL && decision->leg->exchange != NULL)
        pl_exchange_resume(decision->leg->exchange);
}

#define PENDING_SIZE_BYTES_HIGH ((size_t)256 << 10)

void pl_deliver_stream_piece(struct pl_decision *decision, struct pl_str piece)
{
    pl_request_write(decision->request, piece);
    pl_buffer_reset(&decision->leg->held);
    if (decision->leg->exchange != NULL &&
        pl_request_pending_bytes(decision->request) > PENDING_SIZE_BYTES_HIGH)
        pl_exchange_pause(decision->leg->exchange);
}

void pl_deliver_stream_release(struct pl_decision *decision, struct pl_leg *leg)
{
    struct head head;

    note_served(decision, leg);
    decision->released = true;
    decision->first_out_ns = pl_clock_monotonic_ns();
    pl_count(&decision->worker->counts.open_streams);
    head_make(&head, decision, leg);
    stream_head(&head);
    pl_request_on_drained(decision->request, on_drained, decision);
    pl_request_begin(decision->request, 200, head.items, head.count);
    pl_deliver_stream_piece(decision, pl_buffer_view(&leg->held));
}

static void close_stream(struct pl_decision *decision, struct pl_str last)
{
    struct pl_decision *shadow;

    pl_uncount(&decision->worker->counts.open_streams);
    if (!may_go_out(decision))
        return;
    shadow = pl_shadow_prepare(decision);
    pl_request_end(decision->request, last);
    pl_decision_free(decision);
    pl_shadow_begin(shadow);
}

void pl_deliver_stream_end(struct pl_decision *decision, struct pl_leg *leg)
{
    if (decision->ask.api != PL_API_RESPONSES)
        pl_buffer_add_text(&leg->held, "data: [DONE]\n\n");
    close_stream(decision, pl_buffer_view(&leg->held));
}

/* It ends with an error event, and without [DONE]: never as if it were complete. */
void pl_deliver_stream_broken(struct pl_decision *decision, struct pl_leg *leg)
{
    const struct pl_refusal refusal = {
        .status = 502,
        .type = "server_error",
        .code = "upstream_failed",
        .message = "The model's answer broke off.",
    };

    decision->outcome = PL_OUTCOME_FAILED;
    decision->error = refusal.code;
    if (decision->ask.api == PL_API_RESPONSES)
        pl_buffer_add_text(&leg->held, "event: error\ndata: {\"type\":\"error\",\"code\":"
                                       "\"upstream_failed\",\"message\":\"The model's answer broke "
                                       "off.\",\"param\":null}");
    else
        pl_buffer_add_text(&leg->held, "data: ");
    if (decision->ask.api != PL_API_RESPONSES)
        pl_refusal_body(&refusal, &leg->held);
    pl_buffer_add_text(&leg->held, "\n\n");
    close_stream(decision, pl_buffer_view(&leg->held));
}

/* What was settled has gone out; the rest does not, and the last chunk says why. */
void pl_deliver_stream_blocked(struct pl_decision *decision, struct pl_leg *leg)
{
    decision->outcome = PL_OUTCOME_BLOCKED;
    decision->error = "content_filter";
    pl_buffer_add_text(&leg->held, "data: ");
    write_reply(decision, PL_STR(""), &leg->held);
    pl_buffer_add_text(&leg->held, "\n\ndata: [DONE]\n\n");
    close_stream(decision, pl_buffer_view(&leg->held));
}

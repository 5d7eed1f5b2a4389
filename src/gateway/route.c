/*
 * Where a decision goes: the tiers, cheapest first; up when a model fails or is not sure enough; to the
 * fallback at the end of the ladder. One budget of attempts bounds every loop. Before the first byte has gone
 * out anything may be tried again, after it nothing.
 */
#include "gateway/decision.h"

#include "base/file.h"
#include "gateway/guarding.h"
#include "gateway/shadow.h"
#include "gateway/verify.h"

#include <assert.h>

#define RETRY_MS_MIN 50
#define RETRY_MS_MAX 2000

static const struct pl_route *route_of(const struct pl_decision *decision)
{
    return &decision->outlet->plan->serving->route;
}

static const struct pl_plan_model *model_of(const struct pl_decision *decision)
{
    const struct pl_plan *plan = decision->outlet->plan;

    if (decision->is_fallback)
        return pl_plan_model_of(plan, route_of(decision)->fallback_model);
    if (decision->direct != NULL)
        return decision->direct;
    return pl_plan_model_of(plan, route_of(decision)->tiers[decision->tier].model);
}

static bool is_last_tier(const struct pl_decision *decision)
{
    return decision->direct != NULL || decision->is_fallback ||
           decision->tier + 1 >= route_of(decision)->tiers_count;
}

/* ---- the end of the ladder ---- */

static struct pl_refusal refusal_of(const struct pl_leg *leg)
{
    struct pl_refusal refusal = {
        .status = 502,
        .type = "server_error",
        .code = "upstream_failed",
        .message = "No model could answer.",
        .never_again = true,
    };

    if (leg == NULL) {
        refusal.status = 503;
        refusal.code = "upstream_unavailable";
        refusal.message = "No model can be asked at present.";
        refusal.never_again = false;
        refusal.retry_after_ms = 1000;
    } else if (leg->end == PL_LEG_STATUS && leg->status == 429) {
        refusal.status = 429;
        refusal.type = "rate_limit_error";
        refusal.code = "upstream_rate_limited";
        refusal.message = "The models have no capacity at present.";
        refusal.retry_after_ms = leg->retry_after_ms;
    } else if (leg->end == PL_LEG_TRANSPORT &&
               (leg->exchange_end == PL_EXCHANGE_SLOW || leg->exchange_end == PL_EXCHANGE_STALLED ||
                leg->exchange_end == PL_EXCHANGE_TIMEOUT)) {
        refusal.status = 504;
        refusal.code = "upstream_timeout";
        refusal.message = "The model did not answer in time.";
    }
    return refusal;
}

static void fall_back(struct pl_decision *decision)
{
    const struct pl_route *route = route_of(decision);

    if (route->fallback_reply.len > 0) {
        decision->outcome = PL_OUTCOME_FALLBACK;
        decision->is_fallback = true;
        pl_deliver_reply(decision, route->fallback_reply);
        return;
    }
    assert(route->fallback_model != NULL);
    decision->is_fallback = true;
    decision->climbing = false;
    decision->tried = 0;
    decision->attempts_left++;
    pl_route_next(decision);
}

static bool has_fallback(const struct pl_decision *decision)
{
    const struct pl_route *route = route_of(decision);

    return decision->direct == NULL && !decision->is_fallback &&
           (route->fallback_reply.len > 0 || route->fallback_model != NULL);
}

static void give_up(struct pl_decision *decision)
{
    const struct pl_leg *last = decision->leg;
    const struct pl_refusal refusal = refusal_of(last);

    if (has_fallback(decision))
        fall_back(decision);
    else
        pl_deliver_refusal(decision, PL_OUTCOME_FAILED, &refusal);
}

/* ---- the next attempt ---- */

static void climb(struct pl_decision *decision)
{
    decision->tier++;
    decision->tried = 0;
}

void pl_route_next(struct pl_decision *decision)
{
    while (decision->attempts_left > 0) {
        decision->attempts_left--;
        if (pl_leg_begin(decision, model_of(decision), PL_PURPOSE_ANSWER, (struct pl_str){0}))
            return;
        if (is_last_tier(decision))
            break;
        climb(decision);
    }
    give_up(decision);
}

bool pl_decision_wait(struct pl_decision *decision, pl_loop_work work, uint64_t ms)
{
    pl_timer_deinit(&decision->hold_timer);
    if (pl_timer_init(&decision->hold_timer, decision->worker->loop, work, decision, NULL) != PL_OK)
        return false;
    pl_timer_start(&decision->hold_timer, ms);
    return true;
}

static void retry_now(void *context)
{
    pl_route_next(context);
}

/* The bit of the address that a leg was at, so that another one is asked first. */
static void mark_tried(struct pl_decision *decision, const struct pl_leg *leg)
{
    const struct pl_outlet_target *first = decision->outlet->models[leg->model->index];

    if (leg->asked >= first && leg->asked < first + 64)
        decision->tried |= UINT64_C(1) << (leg->asked - first);
}

/* The only model there is: it is asked once more after a pause that grows, with jitter. */
static void ask_again(struct pl_decision *decision, const struct pl_leg *leg)
{
    uint64_t pause_ms = RETRY_MS_MIN << (decision->legs_count > 5 ? 5 : decision->legs_count - 1);

    if (leg->retry_after_ms > pause_ms)
        pause_ms = leg->retry_after_ms;
    if (decision->attempts_left == 0 || pause_ms > RETRY_MS_MAX) {
        give_up(decision);
        return;
    }
    decision->tried = 0;
    pause_ms = pause_ms / 2 + pl_rng_below(&decision->worker->rng, pause_ms / 2 + 1);
    if (!pl_decision_wait(decision, retry_now, pause_ms))
        give_up(decision);
}

static void after_failure(struct pl_decision *decision, struct pl_leg *leg)
{
    mark_tried(decision, leg);
    if (decision->attempts_left > 0 &&
        pl_outlet_choose(decision->outlet, leg->model, decision->tried, leg->ended_ns) != NULL) {
        pl_route_next(decision);
    } else if (!is_last_tier(decision)) {
        climb(decision);
        pl_route_next(decision);
    } else {
        ask_again(decision, leg);
    }
}

/* Whether another model could do better: the request is right, the answer is not there. */
static bool is_failure(const struct pl_leg *leg)
{
    if (leg->end == PL_LEG_DONE)
        return false;
    if (leg->end != PL_LEG_STATUS)
        return true;
    return leg->status >= 500 || leg->status == 401 || leg->status == 403 || leg->status == 408 ||
           leg->status == 409 || leg->status == 429 || leg->status < 400;
}

/* ---- confidence ---- */

static double threshold_of(const struct pl_decision *decision)
{
    const struct pl_route *route = route_of(decision);
    double threshold = route->tiers[decision->tier].deliver_at;

    if (pl_str_equal_text(decision->preference, "speed"))
        threshold += route->speed;
    if (pl_str_equal_text(decision->preference, "quality"))
        threshold += route->quality;
    return threshold < 0 ? 0 : threshold > 1 ? 1 : threshold;
}

bool pl_route_judges(const struct pl_decision *decision)
{
    return decision->climbing && threshold_of(decision) > 0;
}

static void note_confidence(struct pl_decision *decision, const struct pl_leg *leg)
{
    decision->threshold = threshold_of(decision);
    decision->threshold_known = true;
    decision->confidence = leg->confidence;
    decision->confidence_known = leg->confidence_known;
    decision->signal = leg->signal;
    decision->signal_known = leg->signal_known;
}

static bool is_sure(const struct pl_decision *decision)
{
    return decision->confidence_known && decision->confidence >= decision->threshold;
}

/* A guard has stopped an answer: another one is asked for where the line says so, and nothing has gone out. */
static void after_guard(struct pl_decision *decision, struct pl_leg *leg, bool asks_again)
{
    pl_buffer_reset(&leg->text); /* the record has what was delivered */
    if (decision->released) {
        pl_deliver_stream_blocked(decision, leg);
        return;
    }
    pl_leg_cancel(leg);
    if (asks_again && decision->attempts_left > 0)
        pl_route_next(decision);
    else
        pl_deliver_blocked(decision);
}

/* The rest of a stream's text is looked at now. */
static bool passes_to_the_end(struct pl_decision *decision, struct pl_leg *leg)
{
    enum pl_guarded result = PL_GUARDED_PASSES;

    if (pl_guarding_answers(decision))
        result = leg->is_stream ? pl_guarding_end(leg) : pl_guarding_whole(leg);
    if (result == PL_GUARDED_PASSES)
        return true;
    after_guard(decision, leg, result == PL_GUARDED_RETRY);
    return false;
}

static void deliver(struct pl_decision *decision, struct pl_leg *leg)
{
    if (!passes_to_the_end(decision, leg))
        return;
    if (!leg->is_stream) {
        pl_deliver_whole(decision, leg);
        return;
    }
    if (!decision->released)
        pl_deliver_stream_release(decision, leg);
    pl_deliver_stream_end(decision, leg);
}

/* Not sure enough: up, or at the top to the fallback; where there is none the best there is goes out. */
static void not_sure(struct pl_decision *decision, struct pl_leg *leg)
{
    if (!is_last_tier(decision) && decision->attempts_left > 0) {
        pl_leg_cancel(leg);
        climb(decision);
        pl_route_next(decision);
    } else if (has_fallback(decision)) {
        pl_leg_cancel(leg);
        fall_back(decision);
    } else if (leg->end == PL_LEG_UNDER_WAY) {
        pl_deliver_stream_release(decision, leg);
    } else {
        deliver(decision, leg);
    }
}

void pl_route_judge(struct pl_leg *leg)
{
    struct pl_decision *decision = leg->decision;

    note_confidence(decision, leg);
    if (is_sure(decision))
        deliver(decision, leg);
    else
        not_sure(decision, leg);
}

/* ---- what legs tell ---- */

static void answer_ended(struct pl_decision *decision, struct pl_leg *leg)
{
    pl_timer_stop(&decision->hold_timer);
    if (leg->end == PL_LEG_GUARDED)
        after_guard(decision, leg, leg->asks_again);
    else if (leg->end == PL_LEG_DONE && decision->released)
        deliver(decision, leg);
    else if (decision->released)
        pl_deliver_stream_broken(decision, leg);
    else if (is_failure(leg))
        after_failure(decision, leg);
    else if (leg->end == PL_LEG_STATUS)
        pl_deliver_upstream_error(decision, leg);
    else if (!pl_route_judges(decision))
        deliver(decision, leg);
    else
        pl_verify_answer(leg);
}

void pl_route_leg_ended(struct pl_leg *leg)
{
    if (leg->purpose == PL_PURPOSE_SHADOW)
        pl_shadow_leg_ended(leg);
    else if (leg->purpose == PL_PURPOSE_ANSWER)
        answer_ended(leg->decision, leg);
    else
        pl_verify_leg_ended(leg);
}

/* ---- streams that are held back ---- */

static void decide_on_prefix(struct pl_decision *decision, struct pl_leg *leg)
{
    pl_confidence_of_prefix(leg);
    note_confidence(decision, leg);
    if (is_sure(decision))
        pl_deliver_stream_release(decision, leg);
    else
        not_sure(decision, leg);
}

static void hold_is_over(void *context)
{
    struct pl_decision *decision = context;

    if (!decision->released && decision->leg != NULL && decision->leg->end == PL_LEG_UNDER_WAY)
        decide_on_prefix(decision, decision->leg);
}

static void start_hold_timer(struct pl_decision *decision)
{
    const uint64_t hold_ms = route_of(decision)->hold_back_ms;

    /* Without a timer the tokens decide, or the end of the answer. */
    if (hold_ms > 0 && decision->leg->heard.pieces == 1)
        (void)pl_decision_wait(decision, hold_is_over, hold_ms);
}

/* Whether there is something to let out; of a response that passes guards there is nothing before its end. */
static bool may_release(const struct pl_decision *decision, const struct pl_leg *leg)
{
    return leg->held.len > 0 &&
           !(decision->ask.api == PL_API_RESPONSES && pl_guarding_answers(decision));
}

void pl_route_leg_heard(struct pl_leg *leg)
{
    struct pl_decision *decision = leg->decision;
    const struct pl_route *route = route_of(decision);

    if (!pl_route_judges(decision)) {
        if (may_release(decision, leg))
            pl_deliver_stream_release(decision, leg);
        return;
    }
    if (!route->hold_back_given || route->confidence.from != PL_CONFIDENCE_LOGPROBS)
        return;
    start_hold_timer(decision);
    if (route->hold_back_tokens > 0 && leg->heard.signals.tokens >= route->hold_back_tokens) {
        pl_timer_stop(&decision->hold_timer);
        decide_on_prefix(decision, leg);
    }
}

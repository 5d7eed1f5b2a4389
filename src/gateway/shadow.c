/* A shadow is a decision without a client: one leg, one record, nothing delivered. */
#include "gateway/shadow.h"

#include "base/file.h"
#include "base/json.h"
#include "gateway/figures.h"
#include "gateway/gateway_state.h"
#include "ledger/ledger.h"

#include <stdlib.h>

#define ARENA_SIZE_BYTES_MAX  ((size_t)64 << 20)
#define RECORD_SIZE_BYTES_MAX ((size_t)1000 << 10)
#define DAY_MS                UINT64_C(86400000)

struct shadow {
    struct pl_decision decision; /* first */
    struct pl_str champion;      /* its model */
    struct pl_str answer;        /* the champion's text */
};

static struct pl_shadow_budget *budget_of(const struct pl_worker *worker)
{
    return &worker->gateway->shadow_budget;
}

/* ---- may it? ---- */

static void turn_day(struct pl_shadow_budget *budget, uint64_t now_ms)
{
    uint_fast64_t day = atomic_load(&budget->day);

    /* A clock that goes back opens no day for the second time. */
    if (now_ms / DAY_MS > day &&
        atomic_compare_exchange_strong(&budget->day, &day, now_ms / DAY_MS))
        atomic_store(&budget->spent, 0);
}

static bool has_budget(const struct pl_worker *worker, const struct pl_shadow_line *line)
{
    struct pl_shadow_budget *budget = budget_of(worker);

    turn_day(budget, pl_clock_unix_ms());
    return line->budget_per_day <= 0 ||
           (double)atomic_load(&budget->spent) < line->budget_per_day * 1e9;
}

/* Takes a place among those that are under way. */
static bool take_place(const struct pl_worker *worker, const struct pl_shadow_line *line)
{
    struct pl_shadow_budget *budget = budget_of(worker);

    if (atomic_fetch_add(&budget->under_way, 1) < line->at_once)
        return true;
    atomic_fetch_sub(&budget->under_way, 1);
    return false;
}

static bool wants_shadow(const struct pl_decision *decision)
{
    const struct pl_shadow_line *line = &decision->outlet->plan->serving->shadow;

    return line->model != NULL && decision->leg != NULL && !decision->is_fallback &&
           decision->outcome == PL_OUTCOME_SERVED &&
           pl_rng_uniform(&decision->worker->rng) < line->share &&
           has_budget(decision->worker, line) && take_place(decision->worker, line);
}

/* ---- making ---- */

static struct pl_decision *make(const struct pl_decision *decision)
{
    struct shadow *shadow = calloc(1, sizeof *shadow);
    struct pl_decision *copy = shadow == NULL ? NULL : &shadow->decision;
    struct pl_arena *arena;

    if (shadow == NULL)
        return NULL;
    arena = &copy->arena;
    pl_arena_init(arena, ARENA_SIZE_BYTES_MAX);
    copy->worker = decision->worker;
    copy->outlet = decision->outlet;
    copy->ask = decision->ask;
    copy->ask.root = NULL;
    copy->ask.body = pl_arena_copy(arena, decision->ask.body);
    copy->ask.text = pl_arena_copy(arena, decision->ask.text);
    copy->received_ms = decision->received_ms;
    copy->attempts_left = 1;
    shadow->champion = pl_arena_copy(arena, decision->leg->model->line->name);
    shadow->answer = pl_arena_copy(arena, pl_buffer_view(&decision->leg->text));
    for (size_t i = 0; i < PL_DECISION_ID_SIZE; i++)
        copy->id[i] = decision->id[i];
    if (copy->ask.body.ptr == NULL || shadow->answer.ptr == NULL || shadow->champion.ptr == NULL) {
        pl_arena_deinit(arena);
        free(shadow);
        return NULL;
    }
    pl_outlet_take(copy->outlet);
    pl_decision_keep(copy);
    return copy;
}

struct pl_decision *pl_shadow_prepare(const struct pl_decision *decision)
{
    struct pl_decision *shadow;

    if (!wants_shadow(decision))
        return NULL;
    shadow = make(decision);
    if (shadow == NULL)
        atomic_fetch_sub(&budget_of(decision->worker)->under_way, 1);
    return shadow;
}

static void end(struct pl_decision *shadow)
{
    atomic_fetch_sub(&budget_of(shadow->worker)->under_way, 1);
    pl_decision_free(shadow);
}

void pl_shadow_begin(struct pl_decision *shadow)
{
    const struct pl_plan *plan;

    if (shadow == NULL)
        return;
    plan = shadow->outlet->plan;
    if (!pl_leg_begin(shadow, pl_plan_model_of(plan, plan->serving->shadow.model),
                      PL_PURPOSE_SHADOW, (struct pl_str){0}))
        end(shadow);
}

/* ---- its record ---- */

static void write_texts(struct pl_json *json, const struct shadow *shadow, struct pl_str text)
{
    const enum pl_payloads payloads = shadow->decision.outlet->plan->serving->serve.payloads;

    pl_json_key(json, "same");
    pl_json_bool(json, pl_str_equal(text, shadow->answer));
    if (payloads == PL_PAYLOADS_NONE)
        return;
    pl_record_hash(json, "champion_hash", shadow->answer);
    pl_record_hash(json, "output_hash", text);
    if (payloads != PL_PAYLOADS_PLAIN)
        return;
    pl_json_key(json, "input");
    pl_record_payload(json, shadow->decision.ask.text);
    pl_json_key(json, "champion_output");
    pl_record_payload(json, shadow->answer);
    pl_json_key(json, "output");
    pl_record_payload(json, text);
}

static void write_record(const struct shadow *shadow, const struct pl_leg *leg,
                         struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_open_object(&json);
    pl_json_member_str(&json, "decision", pl_str_of(shadow->decision.id));
    pl_json_member_str(&json, "feature", shadow->decision.outlet->plan->line->feature);
    pl_json_member_str(&json, "champion", shadow->champion);
    pl_json_key(&json, "attempt");
    pl_record_leg(&json, leg);
    if (leg->end == PL_LEG_DONE)
        write_texts(&json, shadow, pl_buffer_view(&leg->text));
    pl_json_close_object(&json);
}

void pl_shadow_leg_ended(struct pl_leg *leg)
{
    struct shadow *shadow = (struct shadow *)leg->decision;
    struct pl_worker *worker = leg->decision->worker;
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer record = {0};

    atomic_fetch_add(&budget_of(worker)->spent, (uint64_t)(leg->cost * 1e9));
    pl_figures_count_shadow(leg);
    pl_buffer_init(&record, RECORD_SIZE_BYTES_MAX);
    write_record(shadow, leg, &record);
    if (record.failed != PL_OK ||
        !pl_lane_end(worker->lane, 0, "shadow", pl_clock_unix_ms(), pl_buffer_view(&record)))
        pl_count(&worker->counts.shadows_dropped);
    end(leg->decision);
}

/* Which address is asked, and which is left alone for a while because it fails. */
#include "gateway/worker.h"

#include <stdlib.h>
#include <string.h>

#define FAILURES_MAX       5
#define OPEN_MS_MIN        1000 /* of a circuit; doubled with every probe that fails */
#define OPEN_MS_MAX        30000
#define LATENCY_WEIGHT     0.2
#define LATENCY_UNKNOWN_MS 1.0

static void close_circuit(struct pl_outlet_target *target)
{
    if (target->open_until_ns != 0)
        atomic_fetch_sub(&target->target->circuits_open, 1);
    target->open_until_ns = 0;
}

static void free_targets(struct pl_outlet *outlet)
{
    const struct pl_plan *plan = outlet->plan;

    for (size_t i = 0; outlet->models != NULL && i < plan->models_count; i++) {
        for (size_t j = 0; outlet->models[i] != NULL && j < plan->models[i].targets_count; j++) {
            if (outlet->models[i][j].upstream != NULL)
                pl_upstream_free(outlet->models[i][j].upstream);
            close_circuit(&outlet->models[i][j]);
        }
        free(outlet->models[i]);
    }
    free(outlet->models);
}

static void free_outlet(struct pl_outlet *outlet)
{
    free_targets(outlet);
    pl_plan_unref(outlet->plan);
    free(outlet);
}

static enum pl_status fill_model(struct pl_outlet *outlet, const struct pl_plan_model *model,
                                 struct pl_error *error)
{
    struct pl_outlet_target *targets = calloc(model->targets_count, sizeof *targets);

    if (targets == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for the connections of a model");
    outlet->models[model->index] = targets;
    for (size_t i = 0; i < model->targets_count; i++) {
        struct pl_plan_target *target = &model->targets[i];
        const struct pl_upstream_options options = {
            .host = target->host,
            .port = target->port,
            .tls = target->tls ? model->tls : NULL,
            /* Who writes this name means this machine, as with an address written as a number. */
            .private_allowed = model->line->is_private || strcmp(target->host, "localhost") == 0,
            .connections_max = outlet->plan->serving->serve.connections_max,
        };

        targets[i].target = target;
        PL_RETURN_IF(pl_upstream_new(outlet->worker->loop, &options, &targets[i].upstream, error));
    }
    return PL_OK;
}

enum pl_status pl_outlet_new(struct pl_worker *worker, struct pl_plan *plan,
                             struct pl_outlet **ret_outlet, struct pl_error *error)
{
    struct pl_outlet *outlet = calloc(1, sizeof *outlet);
    enum pl_status status = PL_OK;

    if (outlet == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for the connections");
    *outlet = (struct pl_outlet){.worker = worker, .plan = pl_plan_ref(plan)};
    outlet->models = calloc(plan->models_count + 1, sizeof *outlet->models);
    if (outlet->models == NULL)
        status = pl_error_set(error, PL_E_MEMORY, "no memory for the connections");
    for (size_t i = 0; status == PL_OK && i < plan->models_count; i++)
        status = fill_model(outlet, &plan->models[i], error);
    if (status != PL_OK) {
        free_outlet(outlet);
        return status;
    }
    *ret_outlet = outlet;
    return PL_OK;
}

void pl_outlet_take(struct pl_outlet *outlet)
{
    outlet->in_use++;
}

void pl_outlet_release(struct pl_outlet *outlet)
{
    if (--outlet->in_use == 0 && outlet->retired)
        free_outlet(outlet);
}

void pl_outlet_retire(struct pl_outlet *outlet)
{
    if (outlet == NULL)
        return;
    outlet->retired = true;
    if (outlet->in_use == 0)
        free_outlet(outlet);
}

/* ---- choosing ---- */

static bool may_ask(const struct pl_outlet_target *target, uint64_t now_ns)
{
    return target->open_until_ns == 0 || (now_ns >= target->open_until_ns && !target->probing);
}

static double work_before(const struct pl_outlet_target *target)
{
    const double latency = target->latency_ms > 0 ? target->latency_ms : LATENCY_UNKNOWN_MS;

    return latency * (target->outstanding + 1);
}

struct pl_outlet_target *pl_outlet_choose(struct pl_outlet *outlet,
                                          const struct pl_plan_model *model, uint64_t tried,
                                          uint64_t now_ns)
{
    struct pl_outlet_target *targets = outlet->models[model->index];
    struct pl_outlet_target *open[64];
    size_t count = 0;

    for (size_t i = 0; i < model->targets_count && i < 64; i++)
        if ((tried >> i & 1) == 0 && may_ask(&targets[i], now_ns))
            open[count++] = &targets[i];
    if (count == 0)
        return NULL;
    if (count == 1)
        return open[0];

    const size_t one = (size_t)pl_rng_below(&outlet->worker->rng, count);
    size_t other = (size_t)pl_rng_below(&outlet->worker->rng, count - 1);

    if (other >= one)
        other++;
    return work_before(open[one]) <= work_before(open[other]) ? open[one] : open[other];
}

void pl_outlet_begun(struct pl_outlet_target *target)
{
    target->outstanding++;
    if (target->open_until_ns != 0)
        target->probing = true;
}

/* A failure of a call that had begun before the circuit opened says nothing new. */
static void note_failure(struct pl_outlet_target *target, uint64_t now_ns)
{
    uint64_t open_ms;

    if (target->open_until_ns != 0 && !target->probing)
        return;
    if (++target->failures < FAILURES_MAX)
        return;
    open_ms = (uint64_t)OPEN_MS_MIN
              << (target->failures - FAILURES_MAX < 10 ? target->failures - FAILURES_MAX : 10);
    if (open_ms > OPEN_MS_MAX)
        open_ms = OPEN_MS_MAX;
    if (target->open_until_ns == 0)
        atomic_fetch_add(&target->target->circuits_open, 1);
    target->open_until_ns = now_ns + open_ms * UINT64_C(1000000);
}

void pl_outlet_ended(struct pl_outlet_target *target, bool healthy, double latency_ms,
                     uint64_t now_ns)
{
    target->outstanding--;
    if (!healthy)
        note_failure(target, now_ns);
    target->probing = false;
    if (!healthy)
        return;
    target->failures = 0;
    close_circuit(target);
    target->latency_ms =
        target->latency_ms == 0
            ? latency_ms
            : target->latency_ms + LATENCY_WEIGHT * (latency_ms - target->latency_ms);
}

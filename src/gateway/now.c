/* The flag as it stands: out of the state, which commands and the watch change. */
#include "gateway/gateway_state.h"

#include "gateway/flag_store.h"
#include "gateway/launch_now.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

struct pl_now *pl_now_ref(struct pl_now *now)
{
    atomic_fetch_add_explicit(&now->references, 1, memory_order_relaxed);
    return now;
}

void pl_now_unref(struct pl_now *now)
{
    if (now == NULL || atomic_fetch_sub_explicit(&now->references, 1, memory_order_acq_rel) != 1)
        return;
    pl_arena_deinit(&now->arena);
    free(now);
}

struct pl_flag_store pl_gateway_flag_store(const struct pl_gateway *gateway)
{
    return (struct pl_flag_store){
        .state = gateway->state,
        .ledger_folder = gateway->ledger_folder.ptr,
        .feature = gateway->plan->line->feature,
    };
}

enum pl_status pl_verdict_last(struct pl_gateway *gateway, struct pl_arena *arena,
                               struct pl_verdict_now *ret_verdict, struct pl_error *error)
{
    const struct pl_line *line = gateway->plan->line;
    struct pl_str body = {0};

    PL_RETURN_IF(pl_state_get(gateway->state, PL_VERDICT_AREA, line->feature, arena, &body, error));
    return body.ptr == NULL
               ? pl_verdict_now_read(gateway->ledger_folder.ptr, line, arena, ret_verdict, error)
               : pl_verdict_now_parse(body, line, arena, ret_verdict, error);
}

/*
 * What the last verdict allows. The whole ledger is read at the start only; a verdict that comes later lies in
 * the state as well, where it is found without reading what the server itself writes into the ledger.
 */
static enum pl_status read_launch(struct pl_gateway *gateway, enum pl_now_look look,
                                  struct pl_now *now, struct pl_error *error)
{
    struct pl_verdict_now verdict = {0};

    if (!gateway->plan->serving->flag.launch)
        return PL_OK;
    if (look == PL_NOW_WHOLE)
        PL_RETURN_IF(pl_verdict_now_read(gateway->ledger_folder.ptr, gateway->plan->line,
                                         &now->arena, &verdict, error));
    else
        PL_RETURN_IF(pl_verdict_last(gateway, &now->arena, &verdict, error));
    now->launch = verdict.launch;
    return PL_OK;
}

static enum pl_status fill(struct pl_gateway *gateway, enum pl_now_look look, struct pl_now *now,
                           struct pl_error *error)
{
    const struct pl_flag_store store = pl_gateway_flag_store(gateway);

    PL_RETURN_IF(pl_flag_store_get(&store, &now->arena, &now->flag, error));
    return read_launch(gateway, look, now, error);
}

enum pl_status pl_now_load(struct pl_gateway *gateway, enum pl_now_look look,
                           struct pl_now **ret_now, struct pl_error *error)
{
    struct pl_now *now = calloc(1, sizeof *now);

    if (now == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for the flag");
    atomic_init(&now->references, 1);
    pl_arena_init(&now->arena, ARENA_SIZE_BYTES_MAX);

    const enum pl_status status = fill(gateway, look, now, error);

    if (status != PL_OK) {
        pl_now_unref(now);
        return status;
    }
    *ret_now = now;
    return PL_OK;
}

void pl_sleep_ms(uint32_t ms)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

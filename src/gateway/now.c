/* The flag as it stands: out of the state, which commands and the watch change. */
#include "gateway/gateway_state.h"

#include <stdlib.h>
#include <time.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)16 << 20)

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

static enum pl_status fill(struct pl_gateway *gateway, struct pl_now *now, struct pl_error *error)
{
    struct pl_str text = {0};

    PL_RETURN_IF(pl_state_get(gateway->state, "flag", gateway->plan->line->feature, &now->arena,
                              &text, error));
    return text.ptr == NULL ? PL_OK
                            : pl_flag_now_read(text, &now->arena, &now->flag, error);
}

enum pl_status pl_now_load(struct pl_gateway *gateway, struct pl_now **ret_now,
                           struct pl_error *error)
{
    struct pl_now *now = calloc(1, sizeof *now);

    if (now == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for the flag");
    atomic_init(&now->references, 1);
    pl_arena_init(&now->arena, ARENA_SIZE_BYTES_MAX);

    const enum pl_status status = fill(gateway, now, error);

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

    while (nanosleep(&left, &left) != 0)
        ;
}

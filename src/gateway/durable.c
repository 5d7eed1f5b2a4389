/* One object for each request, freed when its answer is out and no record is under way any more. */
#include "gateway/durable.h"

#include "base/file.h"
#include "gateway/decision.h"
#include "gateway/gateway_state.h"

#include <stdatomic.h>
#include <stdlib.h>

#define ANSWER_SIZE_BYTES_MAX ((size_t)64 << 10)

struct pl_durable {
    struct pl_worker *worker;
    struct pl_request *request; /* NULL: answered, or its client went away */
    struct pl_buffer answer;
    atomic_uint under_way; /* records, and one while more may come */
    atomic_bool failed;
};

static const struct pl_refusal UNRECORDED = {
    .status = 503,
    .type = "server_error",
    .code = "ledger_unavailable",
    .message = "It could not be put on disk. Try again.",
    .retry_after_ms = 1000,
};

static void gone(void *context)
{
    struct pl_durable *durable = context;

    durable->request = NULL;
}

struct pl_durable *pl_durable_new(struct pl_worker *worker, struct pl_request *request)
{
    struct pl_durable *durable = calloc(1, sizeof *durable);

    if (durable == NULL) {
        pl_refuse(request, &UNRECORDED, NULL);
        return NULL;
    }
    durable->worker = worker;
    durable->request = request;
    atomic_init(&durable->under_way, 1);
    pl_buffer_init(&durable->answer, ANSWER_SIZE_BYTES_MAX);
    pl_request_on_gone(request, gone, durable);
    return durable;
}

/* In the worker's thread. */
static void finish(void *context)
{
    const struct pl_http_header type = {PL_STR("Content-Type"), PL_STR("application/json")};
    struct pl_durable *durable = context;

    if (durable->request != NULL && atomic_load(&durable->failed))
        pl_refuse(durable->request, &UNRECORDED, NULL);
    else if (durable->request != NULL)
        pl_request_answer(durable->request, 200, &type, 1, pl_buffer_view(&durable->answer));
    pl_buffer_deinit(&durable->answer);
    free(durable);
}

/* One record less is under way, in whatever thread. */
static void count_down(struct pl_durable *durable)
{
    struct pl_error error;

    if (atomic_fetch_sub(&durable->under_way, 1) != 1)
        return;
    /* A loop with no room for a post would lose the request: it is asked again until it takes it. */
    while (pl_loop_post(durable->worker->loop, finish, durable, &error) != PL_OK)
        pl_sleep_ms(1);
}

static void done(const struct pl_error *failure, void *context)
{
    struct pl_durable *durable = context;

    if (failure != NULL)
        atomic_store(&durable->failed, true);
    count_down(durable);
}

bool pl_durable_put(struct pl_durable *durable, const char *kind, struct pl_str body)
{
    atomic_fetch_add(&durable->under_way, 1);
    if (pl_spool_put_durable(durable->worker->gateway->spool, kind, pl_clock_unix_ms(), body, done,
                             durable, NULL) == PL_OK)
        return true;
    atomic_fetch_sub(&durable->under_way, 1);
    return false;
}

void pl_durable_answer(struct pl_durable *durable, struct pl_str body)
{
    pl_buffer_add(&durable->answer, body);
    count_down(durable);
}

void pl_durable_fail(struct pl_durable *durable)
{
    atomic_store(&durable->failed, true);
    count_down(durable);
}

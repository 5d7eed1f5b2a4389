/* One object for each request, freed when its answer is out and no record is under way any more. */
#include "gateway/receipt.h"

#include "base/file.h"
#include "gateway/decision.h"
#include "gateway/gateway_state.h"

#include <stdatomic.h>
#include <stdlib.h>

#define ANSWER_SIZE_BYTES_MAX ((size_t)64 << 10)

struct pl_receipt {
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
    struct pl_receipt *receipt = context;

    receipt->request = NULL;
}

struct pl_receipt *pl_receipt_new(struct pl_worker *worker, struct pl_request *request)
{
    struct pl_receipt *receipt = calloc(1, sizeof *receipt);

    if (receipt == NULL) {
        pl_refuse(request, &UNRECORDED, NULL);
        return NULL;
    }
    receipt->worker = worker;
    receipt->request = request;
    atomic_init(&receipt->under_way, 1);
    pl_buffer_init(&receipt->answer, ANSWER_SIZE_BYTES_MAX);
    pl_request_on_gone(request, gone, receipt);
    return receipt;
}

/* In the worker's thread. */
static void finish(void *context)
{
    struct pl_receipt *receipt = context;

    if (receipt->request != NULL && atomic_load(&receipt->failed))
        pl_refuse(receipt->request, &UNRECORDED, NULL);
    else if (receipt->request != NULL)
        pl_answer_json(receipt->request, 200, &receipt->answer);
    pl_buffer_deinit(&receipt->answer);
    free(receipt);
}

/* One record less is under way, in whatever thread. */
static void count_down(struct pl_receipt *receipt)
{
    struct pl_error error;

    if (atomic_fetch_sub(&receipt->under_way, 1) != 1)
        return;
    /* A loop with no room for a post would lose the request: it is asked again until it takes it. */
    while (pl_loop_post(receipt->worker->loop, finish, receipt, &error) != PL_OK)
        pl_sleep_ms(1);
}

static void done(const struct pl_error *failure, void *context)
{
    struct pl_receipt *receipt = context;

    if (failure != NULL)
        atomic_store(&receipt->failed, true);
    count_down(receipt);
}

bool pl_receipt_put(struct pl_receipt *receipt, const char *kind, struct pl_str body)
{
    const struct pl_spool_record record = {
        .kind = kind, .time_ms = pl_clock_unix_ms(), .body = body};

    atomic_fetch_add(&receipt->under_way, 1);
    if (pl_spool_put_durable(receipt->worker->gateway->spool, &record, done, receipt, NULL) ==
        PL_OK)
        return true;
    atomic_fetch_sub(&receipt->under_way, 1);
    return false;
}

void pl_receipt_answer(struct pl_receipt *receipt, struct pl_str body)
{
    pl_buffer_add(&receipt->answer, body);
    count_down(receipt);
}

void pl_receipt_fail(struct pl_receipt *receipt)
{
    atomic_store(&receipt->failed, true);
    count_down(receipt);
}

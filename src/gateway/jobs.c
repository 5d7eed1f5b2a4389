/* Jobs go to the main thread through a list with a lock, and back through the loop of their worker. */
#include "gateway/jobs.h"

#include "base/json.h"
#include "gateway/decision.h"
#include "gateway/flag_store.h"
#include "gateway/gateway_state.h"
#include "gateway/launch_now.h"

#include <stdlib.h>

#define ARENA_SIZE_BYTES_MAX  ((size_t)4 << 20)
#define ANSWER_SIZE_BYTES_MAX ((size_t)256 << 10)
#define POST_TRIES_MAX        1000

static void gone(void *context)
{
    struct pl_job *job = context;

    job->request = NULL;
}

struct pl_job *pl_job_new(struct pl_worker *worker, struct pl_request *request,
                          enum pl_job_kind kind)
{
    struct pl_job *job = calloc(1, sizeof *job);

    if (job == NULL)
        return NULL;
    job->worker = worker;
    job->request = request;
    job->kind = kind;
    pl_arena_init(&job->arena, ARENA_SIZE_BYTES_MAX);
    pl_buffer_init(&job->answer, ANSWER_SIZE_BYTES_MAX);
    pl_request_on_gone(request, gone, job);
    return job;
}

void pl_job_free(struct pl_job *job)
{
    pl_arena_deinit(&job->arena);
    pl_buffer_deinit(&job->answer);
    free(job);
}

bool pl_jobs_put(struct pl_jobs *jobs, struct pl_job *job)
{
    bool taken;

    (void)pthread_mutex_lock(&jobs->lock);
    taken = !jobs->closed && jobs->count < PL_JOBS_MAX;
    if (taken) {
        if (jobs->last != NULL)
            jobs->last->next = job;
        else
            jobs->first = job;
        jobs->last = job;
        jobs->count++;
    }
    (void)pthread_mutex_unlock(&jobs->lock);
    return taken;
}

static struct pl_job *take(struct pl_jobs *jobs)
{
    struct pl_job *job;

    (void)pthread_mutex_lock(&jobs->lock);
    job = jobs->first;
    if (job != NULL) {
        jobs->first = job->next;
        if (jobs->first == NULL)
            jobs->last = NULL;
        jobs->count--;
    }
    (void)pthread_mutex_unlock(&jobs->lock);
    return job;
}

/* ---- answering, in the worker's thread ---- */

static void finish(void *context)
{
    struct pl_job *job = context;

    if (job->request != NULL)
        pl_answer_json(job->request, job->status, &job->answer);
    pl_job_free(job);
}

/* A loop that takes no post for a whole second has no use for the answer either. */
static void send_back(struct pl_job *job)
{
    struct pl_error error;

    for (int i = 0; i < POST_TRIES_MAX; i++) {
        if (pl_loop_post(job->worker->loop, finish, job, &error) == PL_OK)
            return;
        pl_sleep_ms(1);
    }
    job->worker->gateway->options.tell(error.message, job->worker->gateway->options.context);
}

/* ---- doing, in the main thread ---- */

static void write_failure(struct pl_job *job, const struct pl_error *error)
{
    const bool own_fault = error->status == PL_E_USAGE || error->status == PL_E_LIMIT ||
                           error->status == PL_E_LINE || error->status == PL_E_NOT_FOUND;
    const struct pl_refusal refusal = {
        .type = own_fault ? "invalid_request_error" : "server_error",
        .code = pl_status_name(error->status),
        .message = error->message,
    };

    job->status = own_fault ? 400 : error->status == PL_E_BUSY ? 409 : 500;
    pl_buffer_reset(&job->answer);
    pl_refusal_body(&refusal, &job->answer);
}

static void write_now(struct pl_job *job, const struct pl_flag_state_now *now)
{
    struct pl_json json;

    job->status = 200;
    pl_json_init(&json, &job->answer, false);
    pl_flag_now_write(&json, now);
}

/* What lets more people meet the feature is asked of the last verdict, unless it is forced. */
static enum pl_status ask_verdict(struct pl_gateway *gateway, struct pl_job *job,
                                  const struct pl_flag_state_now *now, struct pl_error *error)
{
    const struct pl_line *line = gateway->plan->line;
    const struct pl_flag_line *flag = &gateway->plan->serving->flag;
    struct pl_verdict_now verdict = {0};
    const char *refusal;

    if (job->change.forced || !pl_opening_needs_verdict(flag, now, &job->change))
        return PL_OK;
    PL_RETURN_IF(pl_verdict_last(gateway, &job->arena, &verdict, error));
    refusal = pl_opening_refusal(flag, now, &job->change, &verdict);
    if (refusal == NULL)
        return PL_OK;
    return pl_error_set(error, PL_E_USAGE, "%.*s: %s; `force` goes past the verdict",
                        PL_STR_ARG(line->feature), refusal);
}

static enum pl_status change_flag(struct pl_gateway *gateway, struct pl_job *job,
                                  struct pl_error *error)
{
    const struct pl_flag_store store = pl_gateway_flag_store(gateway);
    struct pl_flag_state_now now = {0};
    struct pl_flag_done done = {0};

    if (job->change.act == PL_FLAG_ACT_STAGE &&
        job->change.stage >= gateway->plan->serving->flag.rollout_count)
        return pl_error_set(error, PL_E_USAGE, "the line's rollout has %zu stages, from 0",
                            gateway->plan->serving->flag.rollout_count);
    PL_RETURN_IF(pl_flag_reconcile(&store, &job->arena, &now, error));
    PL_RETURN_IF(ask_verdict(gateway, job, &now, error));
    /* What takes away is done whatever others have changed meanwhile. */
    job->change.version =
        job->change.act == PL_FLAG_ACT_OFF || job->change.act == PL_FLAG_ACT_SLICE_OFF
            ? 0
            : now.version + 1;
    PL_RETURN_IF(pl_flag_store_change(&store, &job->arena, &job->change, &done, error));
    PL_RETURN_IF(pl_gateway_take_changes(gateway, error));
    write_now(job, &done.now);
    return PL_OK;
}

static enum pl_status reload(struct pl_gateway *gateway, struct pl_job *job, struct pl_error *error)
{
    struct pl_json json;

    PL_RETURN_IF(pl_gateway_reload(gateway, error));
    job->status = 200;
    pl_json_init(&json, &job->answer, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "config");
    pl_json_text(&json, gateway->plan->config);
    pl_json_close_object(&json);
    return PL_OK;
}

void pl_jobs_do(struct pl_gateway *gateway)
{
    struct pl_job *job;

    while ((job = take(&gateway->jobs)) != NULL) {
        struct pl_error error = {0};
        const enum pl_status status = job->kind == PL_JOB_FLAG ? change_flag(gateway, job, &error)
                                                               : reload(gateway, job, &error);

        if (status != PL_OK)
            write_failure(job, &error);
        send_back(job);
    }
}

void pl_jobs_close(struct pl_jobs *jobs)
{
    static const struct pl_error ENDING = {.status = PL_E_BUSY, .message = "the server is ending"};
    struct pl_job *job;

    (void)pthread_mutex_lock(&jobs->lock);
    jobs->closed = true;
    (void)pthread_mutex_unlock(&jobs->lock);
    while ((job = take(jobs)) != NULL) {
        write_failure(job, &ENDING);
        send_back(job);
    }
}

/* What an operator and a collector of figures ask. */
#include "gateway/admin.h"

#include "base/json.h"
#include "gateway/decision.h"
#include "gateway/gateway_state.h"
#include "gateway/looking.h"

#define BODY_SIZE_BYTES_MAX    ((size_t)64 << 10)
#define METRICS_SIZE_BYTES_MAX ((size_t)4 << 20)
#define TEXT_LENGTH_MAX        1000

static void answer(struct pl_request *request, uint32_t status, const struct pl_buffer *body)
{
    const struct pl_http_header headers[] = {
        {PL_STR("Content-Type"), PL_STR("application/json")},
        {PL_STR("Cache-Control"), PL_STR("no-store")},
    };

    pl_request_answer(request, status, headers, 2, pl_buffer_view(body));
}

/* {"status": "ok"}, or what is in its way. */
static void answer_state(struct pl_request *request, const char *why)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_json json;

    pl_buffer_init(&body, BODY_SIZE_BYTES_MAX);
    pl_json_init(&json, &body, false);
    pl_json_open_object(&json);
    pl_json_key(&json, "status");
    pl_json_text(&json, why == NULL ? "ok" : why);
    pl_json_close_object(&json);
    answer(request, why == NULL ? 200 : 503, &body);
}

void pl_admin_health(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                     struct pl_client_key *key)
{
    (void)worker;
    (void)part;
    (void)key;
    answer_state(request, NULL);
}

void pl_admin_ready(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                    struct pl_client_key *key)
{
    const struct pl_gateway *gateway = worker->gateway;
    const struct pl_spool_counts spool = pl_spool_counts(gateway->spool);
    const bool refuses = worker->outlet->plan->serving->serve.unlogged == PL_UNLOGGED_REFUSE;

    (void)part;
    (void)key;
    if (atomic_load(&gateway->draining))
        answer_state(request, "draining");
    else if (spool.failing && refuses)
        answer_state(request, "the ledger cannot be written");
    else
        answer_state(request, NULL);
}

void pl_admin_metrics(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                      struct pl_client_key *key)
{
    const struct pl_http_header type = {PL_STR("Content-Type"), PL_STR(PL_METRICS_CONTENT_TYPE)};
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};

    (void)part;
    (void)key;
    pl_buffer_init(&body, METRICS_SIZE_BYTES_MAX);
    pl_metrics_write(worker->gateway->metrics, &body);
    pl_request_answer(request, 200, &type, 1, pl_buffer_view(&body));
}

void pl_admin_flag_show(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                        struct pl_client_key *key)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};
    struct pl_json json;

    (void)part;
    (void)key;
    pl_buffer_init(&body, BODY_SIZE_BYTES_MAX);
    pl_json_init(&json, &body, false);
    pl_flag_now_write(&json, &worker->now->flag);
    answer(request, 200, &body);
}

/* ---- jobs ---- */

/* A page in a browser can send what it likes to an address of this machine, but not as JSON: for that the
   browser asks first. */
static bool is_json(struct pl_request *request)
{
    if (pl_str_starts_with(pl_http_header_get(pl_request_head(request), "content-type"),
                           PL_STR("application/json")))
        return true;
    pl_refuse_fault(request, 415, NULL, "Send it as JSON, with `Content-Type: application/json`.");
    return false;
}

static void put_job(struct pl_job *job)
{
    struct pl_request *request = job->request;

    if (pl_jobs_put(&job->worker->gateway->jobs, job))
        return;
    pl_request_on_gone(request, NULL, NULL);
    pl_job_free(job);
    pl_refuse_fault(request, 503, NULL,
                    "The server is busy with other changes, or ending. Try again.");
}

static bool read_act(struct pl_str name, enum pl_flag_act *ret_act)
{
    for (enum pl_flag_act act = PL_FLAG_ACT_OFF; act <= PL_FLAG_ACT_SLICE_ON; act++) {
        if (!pl_str_equal_text(name, pl_flag_act_name(act)))
            continue;
        *ret_act = act;
        return true;
    }
    return false;
}

static bool read_text(const struct pl_json_value *root, const char *name, struct pl_arena *arena,
                      struct pl_str *ret_text)
{
    const struct pl_json_value *value = pl_member(root, name);

    if (!pl_is_string(value) || pl_json_value_str(value).len == 0 ||
        pl_json_value_str(value).len > TEXT_LENGTH_MAX)
        return false;
    *ret_text = pl_arena_copy(arena, pl_json_value_str(value));
    return ret_text->ptr != NULL;
}

/* What is wrong with it; NULL when nothing is. */
static const char *read_change(const struct pl_json_value *root, struct pl_job *job,
                               const char **ret_param)
{
    struct pl_flag_change *change = &job->change;
    struct pl_str name = {0};
    const double stage = pl_number_or(pl_member(root, "stage"), -1);

    *ret_param = "change";
    if (!read_text(root, "change", &job->arena, &name) || !read_act(name, &change->act))
        return "'change' must be one of off, on, share, stage, slice_off, slice_on.";
    *ret_param = "who";
    if (!read_text(root, "who", &job->arena, &change->who))
        return "'who' must say who changes the flag.";
    *ret_param = "why";
    if (!read_text(root, "why", &job->arena, &change->why))
        return "'why' must say why the flag is changed; it stands in the ledger.";
    change->share = pl_number_or(pl_member(root, "share"), -1);
    *ret_param = "share";
    if (change->act == PL_FLAG_ACT_SHARE && !(change->share >= 0 && change->share <= 1))
        return "'share' must be a number from 0 to 1.";
    *ret_param = "stage";
    if (change->act == PL_FLAG_ACT_STAGE && !(stage >= 0 && stage < 1000))
        return "'stage' must be the number of a stage, from 0.";
    change->stage = stage > 0 ? (uint32_t)stage : 0;
    *ret_param = "slice";
    if ((change->act == PL_FLAG_ACT_SLICE_OFF || change->act == PL_FLAG_ACT_SLICE_ON) &&
        (!read_text(root, "slice", &job->arena, &change->slice) ||
         !pl_flag_slice_is_valid(change->slice)))
        return "'slice' must be a slice, such as \"language=hi\".";
    change->forced = pl_is_true(pl_member(root, "force"));
    return NULL;
}

void pl_admin_flag_change(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                          struct pl_client_key *key)
{
    const char *param = NULL;
    struct pl_error error = {0};

    (void)part;
    (void)key;
    if (!is_json(request))
        return;
    if (pl_json_document_read(worker->asked, pl_request_body(request), &error) != PL_OK) {
        pl_refuse_fault(request, 400, NULL, error.message);
        return;
    }

    struct pl_job *job = pl_job_new(worker, request, PL_JOB_FLAG);

    if (job == NULL) {
        pl_refuse_fault(request, 503, NULL, "There is no memory.");
        return;
    }

    const char *fault = read_change(pl_json_document_root(worker->asked), job, &param);

    if (fault == NULL) {
        put_job(job);
        return;
    }
    pl_request_on_gone(request, NULL, NULL);
    pl_job_free(job);
    pl_refuse_fault(request, 400, param, fault);
}

void pl_admin_reload(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                     struct pl_client_key *key)
{
    (void)part;
    (void)key;
    if (!is_json(request))
        return;

    struct pl_job *job = pl_job_new(worker, request, PL_JOB_RELOAD);

    if (job == NULL)
        pl_refuse_fault(request, 503, NULL, "There is no memory.");
    else
        put_job(job);
}

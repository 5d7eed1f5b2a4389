/* A worker's beginning and end, and how it takes over what has changed: in its own thread, between requests. */
#include "gateway/gateway_state.h"

#include "base/file.h"
#include "gateway/api.h"
#include "gateway/decision.h"
#include "gateway/events.h"
#include "gateway/spans.h"

#include <stdlib.h>
#include <string.h>

#define SCRATCH_SIZE_BYTES_MAX ((size_t)1000 << 10)
#define HEAD_MS                10000
#define IDLE_MS                75000
#define WRITE_MS               60000
#define ADMIN_CONNECTIONS_MAX  64
#define ADMIN_BODY_BYTES_MAX   65536

static void on_request(struct pl_request *request, void *context)
{
    pl_api_dispatch(context, request, false);
}

static void on_admin_request(struct pl_request *request, void *context)
{
    pl_api_dispatch(context, request, true);
}

static void on_refuse(uint32_t status, const char *why, struct pl_str *ret_body, void *context)
{
    struct pl_worker *worker = context;
    const struct pl_refusal refusal = {
        .status = status,
        .type = "invalid_request_error",
        .message = why,
    };

    pl_buffer_reset(&worker->scratch);
    pl_refusal_body(&refusal, &worker->scratch);
    *ret_body = pl_buffer_view(&worker->scratch);
}

/* ---- listening ---- */

#define ADDRESS_SIZE 256

/* "127.0.0.1:8700", "[::1]:8700", "localhost:8700" into its parts; the line has been checked. */
static bool split_address(struct pl_str listen, char ret_host[ADDRESS_SIZE], uint16_t *ret_port)
{
    size_t colon = listen.len;
    uint64_t port = 0;

    while (colon > 0 && listen.ptr[colon - 1] != ':')
        colon--;
    if (colon == 0 || colon > ADDRESS_SIZE ||
        !pl_str_to_uint64((struct pl_str){listen.ptr + colon, listen.len - colon}, &port) ||
        port > UINT16_MAX)
        return false;

    struct pl_str host = {listen.ptr, colon - 1};

    if (host.len >= 2 && host.ptr[0] == '[') {
        host.ptr++;
        host.len -= 2;
    }
    if (pl_str_equal_text(host, "localhost"))
        host = PL_STR("127.0.0.1");
    memcpy(ret_host, host.ptr, host.len);
    ret_host[host.len] = '\0';
    *ret_port = (uint16_t)port;
    return true;
}

static enum pl_status server_tls(struct pl_worker *worker, struct pl_tls_server **ret_tls,
                                 struct pl_error *error)
{
    const struct pl_line *line = worker->gateway->plan->line;
    const struct pl_serve_line *serve = &line->serving->serve;
    struct pl_arena *arena = &worker->gateway->arena;

    *ret_tls = NULL;
    if (serve->certificate.len == 0)
        return PL_OK;

    const struct pl_str certificate = pl_line_path(line, serve->certificate, arena);
    const struct pl_str key = pl_line_path(line, serve->key, arena);

    if (certificate.ptr == NULL || key.ptr == NULL)
        return pl_arena_error(arena, "the paths of the certificate", error);
    return pl_tls_server_new(certificate.ptr, key.ptr, ret_tls, error);
}

static enum pl_status listen_for_clients(struct pl_worker *worker, uint16_t port,
                                         struct pl_tls_server *tls, struct pl_error *error)
{
    const struct pl_serve_line *serve = &worker->gateway->plan->serving->serve;
    const uint32_t workers = worker->gateway->workers_count;
    char host[ADDRESS_SIZE];
    uint16_t written = 0;

    if (!split_address(serve->listen, host, &written))
        return pl_error_set(error, PL_E_LINE, "serve.listen is no address");

    const struct pl_server_options options = {
        .address = host,
        .port = port > 0 ? port : written,
        .share_port = workers > 1,
        .tls = tls,
        .connections_max = serve->connections_max / workers + 1,
        .body_size_bytes_max = serve->body_size_bytes_max,
        .head_ms = HEAD_MS,
        .body_ms = WRITE_MS,
        .idle_ms = IDLE_MS,
        .write_ms = WRITE_MS,
        .pending_size_bytes_max = serve->body_size_bytes_max + ((size_t)64 << 20),
        .on_request = on_request,
        .on_refuse = on_refuse,
        .context = worker,
    };

    return pl_server_new(worker->loop, &options, &worker->server, error);
}

static enum pl_status listen_for_admin(struct pl_worker *worker, struct pl_error *error)
{
    const struct pl_serve_line *serve = &worker->gateway->plan->serving->serve;
    char host[ADDRESS_SIZE];
    uint16_t port = 0;

    if (serve->admin.len == 0)
        return PL_OK;
    if (!split_address(serve->admin, host, &port))
        return pl_error_set(error, PL_E_LINE, "serve.admin is no address");

    const struct pl_server_options options = {
        .address = host,
        .port = port,
        .connections_max = ADMIN_CONNECTIONS_MAX,
        .body_size_bytes_max = ADMIN_BODY_BYTES_MAX,
        .head_ms = HEAD_MS,
        .body_ms = HEAD_MS,
        .idle_ms = IDLE_MS,
        .write_ms = WRITE_MS,
        .pending_size_bytes_max = (size_t)16 << 20,
        .on_request = on_admin_request,
        .on_refuse = on_refuse,
        .context = worker,
    };

    return pl_server_new(worker->loop, &options, &worker->gateway->admin, error);
}

enum pl_status pl_worker_listen(struct pl_worker *worker, uint16_t port, struct pl_error *error)
{
    PL_RETURN_IF(server_tls(worker, &worker->tls, error));
    PL_RETURN_IF(listen_for_clients(worker, port, worker->tls, error));
    return worker->index > 0 ? PL_OK : listen_for_admin(worker, error);
}

/* ---- life ---- */

enum pl_status pl_worker_init(struct pl_worker *worker, struct pl_gateway *gateway, uint32_t index,
                              struct pl_error *error)
{
    const struct pl_json_options json = {.size_bytes_max = (size_t)64 << 20};

    worker->gateway = gateway;
    worker->index = index;
    worker->lane = pl_spool_lane(gateway->spool, index);
    worker->now = pl_now_ref(gateway->now);
    worker->keys = pl_keys_ref(gateway->keys);
    pl_rng_init(&worker->rng, pl_clock_unix_ms() ^ pl_clock_monotonic_ns(), index);
    pl_buffer_init(&worker->scratch, SCRATCH_SIZE_BYTES_MAX);
    PL_RETURN_IF(pl_json_document_new(&json, &worker->asked, error));
    PL_RETURN_IF(pl_json_document_new(&json, &worker->answered, error));
    PL_RETURN_IF(pl_guard_scratch_new(&worker->guard_scratch, error));
    PL_RETURN_IF(pl_loop_new(&worker->loop, error));
    PL_RETURN_IF(pl_spans_new(worker, gateway->plan, &worker->spans, error));
    return pl_outlet_new(worker, gateway->plan, &worker->outlet, error);
}

void pl_worker_deinit(struct pl_worker *worker)
{
    if (worker->server != NULL)
        pl_server_free(worker->server);
    pl_tls_server_unref(worker->tls);
    while (worker->decisions != NULL)
        pl_decision_interrupt(worker->decisions);
    pl_events_forget(worker);
    pl_spans_free(worker->spans);
    pl_outlet_retire(worker->outlet);
    if (worker->loop != NULL)
        pl_loop_free(worker->loop);
    pl_json_document_free(worker->asked);
    pl_json_document_free(worker->answered);
    pl_buffer_deinit(&worker->scratch);
    pl_guard_scratch_free(worker->guard_scratch);
    pl_now_unref(worker->now);
    pl_keys_unref(worker->keys);
}

/* ---- taking over ---- */

struct adoption {
    struct pl_worker *worker;
    struct pl_plan *plan;
    struct pl_now *now;
    struct pl_keys *keys;
};

static void free_adoption(struct adoption *adoption)
{
    atomic_fetch_sub(&adoption->worker->gateway->adopting, 1);
    pl_plan_unref(adoption->plan);
    pl_now_unref(adoption->now);
    pl_keys_unref(adoption->keys);
    free(adoption);
}

/* A change of its address only makes a new one; the batch of an old one that is not sent yet is lost. */
static void adopt_spans(struct pl_worker *worker, const struct pl_plan *plan)
{
    struct pl_spans *spans = NULL;
    struct pl_error error = {0};

    if (pl_spans_are_for(worker->spans, plan))
        return;
    if (pl_spans_new(worker, plan, &spans, &error) != PL_OK) {
        worker->gateway->options.tell(error.message, worker->gateway->options.context);
        return;
    }
    pl_spans_free(worker->spans);
    worker->spans = spans;
}

static void adopt_plan(struct pl_worker *worker, struct pl_plan *plan)
{
    struct pl_outlet *outlet = NULL;
    struct pl_error error = {0};

    if (pl_outlet_new(worker, plan, &outlet, &error) != PL_OK) {
        worker->gateway->options.tell(error.message, worker->gateway->options.context);
        return;
    }
    pl_outlet_retire(worker->outlet);
    worker->outlet = outlet;
    adopt_spans(worker, plan);
}

static void adopt(void *context)
{
    struct adoption *adoption = context;
    struct pl_worker *worker = adoption->worker;

    if (adoption->plan != NULL)
        adopt_plan(worker, adoption->plan);
    if (adoption->keys != NULL) {
        pl_keys_unref(worker->keys);
        worker->keys = pl_keys_ref(adoption->keys);
    }
    if (adoption->now != NULL) {
        pl_now_unref(worker->now);
        worker->now = pl_now_ref(adoption->now);
    }
    free_adoption(adoption);
}

enum pl_status pl_worker_adopt(struct pl_worker *worker, struct pl_plan *plan, struct pl_now *now,
                               struct pl_keys *keys, struct pl_error *error)
{
    struct adoption *adoption = calloc(1, sizeof *adoption);

    if (adoption == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory to hand over what has changed");
    *adoption = (struct adoption){
        .worker = worker,
        .plan = plan == NULL ? NULL : pl_plan_ref(plan),
        .now = now == NULL ? NULL : pl_now_ref(now),
        .keys = keys == NULL ? NULL : pl_keys_ref(keys),
    };

    atomic_fetch_add(&worker->gateway->adopting, 1);

    const enum pl_status status = pl_loop_post(worker->loop, adopt, adoption, error);

    if (status != PL_OK)
        free_adoption(adoption);
    return status;
}

/* ---- the end ---- */

static void stop(void *context)
{
    struct pl_worker *worker = context;

    atomic_fetch_add(&worker->gateway->drained, 1);
    pl_loop_stop(worker->loop);
}

static void all_answered(void *context)
{
    struct pl_worker *worker = context;

    if (worker->spans != NULL)
        pl_spans_end(worker->spans, stop, worker);
    else
        stop(worker);
}

static void drain(void *context)
{
    struct pl_worker *worker = context;

    pl_events_end(worker);
    pl_server_drain(worker->server, all_answered, worker);
}

enum pl_status pl_worker_drain(struct pl_worker *worker, struct pl_error *error)
{
    return pl_loop_post(worker->loop, drain, worker, error);
}

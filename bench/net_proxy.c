/*
 * A reverse proxy on src/net and nothing else: what the network alone costs in `plimsoll serve`, to
 * be measured against nginx beside the same upstream. Each thread has a loop, a listener on the
 * same port and its own connections.
 *
 *   net_proxy THREADS PORT UPSTREAM_PORT
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "net/server.h"
#include "net/upstream.h"

#define THREADS_MAX        64
#define PENDING_BYTES_HIGH ((size_t)64 * 1024)
#define HEADERS_MAX        8

struct worker {
    pthread_t thread;
    struct pl_loop *loop;
    struct pl_server *server;
    struct pl_upstream *upstream;
};

struct job {
    struct pl_request *request;
    struct pl_exchange *exchange;
    struct pl_buffer body;
    uint32_t status;
    bool streams;
    char type_text[128];
    struct pl_http_header type;
};

static void free_job(struct job *job)
{
    pl_buffer_deinit(&job->body);
    free(job);
}

static void on_gone(void *context)
{
    struct job *job = context;

    pl_exchange_cancel(job->exchange);
    free_job(job);
}

static void on_drained(void *context)
{
    const struct job *job = context;

    pl_exchange_resume(job->exchange);
}

static void on_head(struct pl_exchange *exchange, const struct pl_http_head *head, void *context)
{
    struct job *job = context;
    const struct pl_str type = pl_http_header_get(head, "content-type");

    (void)exchange;
    job->status = head->status;
    (void)snprintf(job->type_text, sizeof job->type_text, "%.*s", PL_STR_ARG(type));
    job->type = (struct pl_http_header){PL_STR("Content-Type"), pl_str_of(job->type_text)};
    job->streams = head->length == PL_HTTP_LENGTH_UNKNOWN;
    if (job->streams)
        pl_request_begin(job->request, job->status, &job->type, 1);
}

static void on_body(struct pl_exchange *exchange, struct pl_str piece, void *context)
{
    struct job *job = context;

    if (!job->streams) {
        pl_buffer_add(&job->body, piece);
        return;
    }
    pl_request_write(job->request, piece);
    if (pl_request_pending_bytes(job->request) > PENDING_BYTES_HIGH)
        pl_exchange_pause(exchange);
}

static void on_end(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why,
                   void *context)
{
    struct job *job = context;

    (void)exchange;
    if (job->streams && end == PL_EXCHANGE_DONE)
        pl_request_end(job->request, (struct pl_str){"", 0});
    else if (job->streams)
        pl_request_abort(job->request);
    else if (end == PL_EXCHANGE_DONE)
        pl_request_answer(job->request, job->status, &job->type, 1, pl_buffer_view(&job->body));
    else
        pl_request_answer(job->request, 502, NULL, 0, pl_str_of(why));
    free_job(job);
}

static const struct pl_exchange_handlers HANDLERS = {on_head, on_body, on_end};

static void on_request(struct pl_request *request, void *context)
{
    const struct worker *worker = context;
    const struct pl_http_head *head = pl_request_head(request);
    const struct pl_exchange_request asked = {
        .method = head->method,
        .target = head->path,
        .headers = head->headers,
        .headers_count = head->headers_count < HEADERS_MAX ? head->headers_count : HEADERS_MAX,
        .body = pl_request_body(request),
        .connect_ms = 5000,
        .first_byte_ms = 60000,
        .stall_ms = 600000,
        .total_ms = 3600000,
    };
    struct job *job = calloc(1, sizeof *job);

    if (job == NULL)
        abort();
    job->request = request;
    pl_buffer_init(&job->body, (size_t)1 << 26);
    pl_request_on_gone(request, on_gone, job);
    pl_request_on_drained(request, on_drained, job);
    if (pl_exchange_start(worker->upstream, &asked, &HANDLERS, job, &job->exchange, NULL) != PL_OK)
        abort();
}

static void *run(void *context)
{
    const struct worker *worker = context;
    struct pl_error error = {0};

    if (pl_loop_run(worker->loop, &error) != PL_OK)
        (void)fprintf(stderr, "net_proxy: %s\n", error.message);
    return NULL;
}

static enum pl_status start(struct worker *worker, uint16_t port, uint16_t upstream_port,
                            struct pl_error *error)
{
    const struct pl_server_options options = {
        .address = "127.0.0.1",
        .port = port,
        .share_port = true,
        .connections_max = 20000,
        .body_size_bytes_max = (size_t)16 << 20,
        .head_ms = 10000,
        .body_ms = 30000,
        .idle_ms = 600000,
        .write_ms = 60000,
        .pending_size_bytes_max = (size_t)1 << 20,
        .on_request = on_request,
        .context = worker,
    };
    const struct pl_upstream_options upstream = {.host = "127.0.0.1",
                                                 .port = upstream_port,
                                                 .connections_max = 20000,
                                                 .idle_max = 1024,
                                                 .idle_ms = 600000};

    PL_RETURN_IF(pl_loop_new(&worker->loop, error));
    PL_RETURN_IF(pl_server_new(worker->loop, &options, &worker->server, error));
    PL_RETURN_IF(pl_upstream_new(worker->loop, &upstream, &worker->upstream, error));
    if (pthread_create(&worker->thread, NULL, run, worker) != 0)
        return pl_error_set(error, PL_E_MEMORY, "cannot start a thread");
    return PL_OK;
}

int main(int count, char **arguments)
{
    static struct worker workers[THREADS_MAX];
    struct pl_error error = {0};
    const int threads = count == 4 ? atoi(arguments[1]) : 0;

    if (threads < 1 || threads > THREADS_MAX) {
        (void)fprintf(stderr, "usage: %s THREADS PORT UPSTREAM_PORT\n", arguments[0]);
        return 2;
    }
    for (int i = 0; i < threads; i++) {
        if (start(&workers[i], (uint16_t)atoi(arguments[2]), (uint16_t)atoi(arguments[3]),
                  &error) != PL_OK) {
            (void)fprintf(stderr, "net_proxy: %s\n", error.message);
            return 1;
        }
    }
    for (int i = 0; i < threads; i++)
        (void)pthread_join(workers[i].thread, NULL);
    return 0;
}

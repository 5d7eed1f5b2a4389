/* A list of open answers; one that its client has left takes itself out. */
#include "gateway/events.h"

#include "gateway/cors.h"
#include "gateway/decision.h"
#include "gateway/ofrep_api.h"

#include <stdlib.h>
#include <string.h>

struct pl_event_client {
    struct pl_worker *worker;
    struct pl_request *request;
    struct pl_event_client *next, *previous;
};

static void leave(struct pl_event_client *client)
{
    if (client->previous != NULL)
        client->previous->next = client->next;
    else
        client->worker->events = client->next;
    if (client->next != NULL)
        client->next->previous = client->previous;
    client->worker->events_count--;
    free(client);
}

static void gone(void *context)
{
    leave(context);
}

static const struct pl_refusal FULL = {
    .status = 503,
    .type = "server_error",
    .code = "too_many_subscribers",
    .message = "There is no room for another subscriber.",
    .retry_after_ms = 5000,
};

void pl_events_subscribe(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                         struct pl_client_key *key)
{
    const struct pl_http_header own[] = {
        {PL_STR("Content-Type"), PL_STR("text/event-stream; charset=utf-8")},
        {PL_STR("Cache-Control"), PL_STR("no-cache")},
        {PL_STR("X-Accel-Buffering"), PL_STR("no")},
    };
    struct pl_http_header headers[PL_CORS_HEADERS_MAX + 3];
    const size_t count = pl_cors_headers(worker, request, headers);
    struct pl_event_client *client =
        worker->events_count < PL_EVENT_CLIENTS_MAX ? malloc(sizeof *client) : NULL;

    (void)part;
    (void)key;
    if (client == NULL) {
        pl_refuse(request, &FULL, NULL);
        return;
    }
    *client =
        (struct pl_event_client){.worker = worker, .request = request, .next = worker->events};
    if (worker->events != NULL)
        worker->events->previous = client;
    else
        pl_ofrep_note_tag(worker);
    worker->events = client;
    worker->events_count++;
    pl_request_on_gone(request, gone, client);
    memcpy(headers + count, own, sizeof own);
    pl_request_begin(request, 200, headers, count + 3);
    pl_request_write(request, PL_STR("retry: 1000\n\n"));
}

static void send_all(struct pl_worker *worker, struct pl_str text)
{
    struct pl_event_client *next = NULL;

    for (struct pl_event_client *client = worker->events; client != NULL; client = next) {
        next = client->next;
        pl_request_write(client->request, text);
    }
}

void pl_events_tell(struct pl_worker *worker)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer event = {0};

    if (worker->events == NULL)
        return;
    pl_buffer_init(&event, 1024);
    pl_ofrep_write_event(worker, &event);
    if (event.len > 0)
        send_all(worker, pl_buffer_view(&event));
}

void pl_events_ping(struct pl_worker *worker)
{
    send_all(worker, PL_STR(": ping\n\n"));
}

void pl_events_end(struct pl_worker *worker)
{
    while (worker->events != NULL) {
        struct pl_request *request = worker->events->request;

        leave(worker->events);
        pl_request_end(request, (struct pl_str){0});
    }
}

void pl_events_forget(struct pl_worker *worker)
{
    while (worker->events != NULL)
        leave(worker->events);
}

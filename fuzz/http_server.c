/*
 * Fuzz target of the server: the first byte is the size of the pieces, the rest all that a client
 * sends. Whole or in pieces, the same requests must be handed over, and each must be answered or
 * refused before the connection closes.
 */
#include "net/connection.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define INPUT_SIZE_BYTES_MAX ((size_t)16 * 1024) /* the answers to as much fit into the socket */
#define BODY_SIZE_BYTES_MAX  ((size_t)4096)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    uint64_t hash;
    size_t requests, refusals;
};

struct client {
    struct pl_loop *loop;
    struct pl_server *server;
    struct pl_fd_watch watch;
    struct pl_str rest;
    size_t piece_size, answers;
};

static struct seen seen;

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void add(struct pl_str text)
{
    seen.hash = seen.hash * 31 + pl_str_hash(text);
}

/* What was promised of a request that is handed over. */
static void look_at(struct pl_request *request)
{
    const struct pl_http_head *head = pl_request_head(request);
    const struct pl_str body = pl_request_body(request);

    must(head->method.len > 0 && head->path.len > 0 && head->path.ptr[0] == '/');
    must(head->headers_count <= PL_HTTP_HEADERS_MAX && body.len <= BODY_SIZE_BYTES_MAX);
    must(head->length == PL_HTTP_LENGTH_UNKNOWN || head->length == body.len);
    must(pl_request_body_mutable(request)[body.len] == '\0');
    add(head->method);
    add(head->path);
    add(head->query);
    add(body);
    for (size_t i = 0; i < head->headers_count; i++) {
        must(memchr(head->headers[i].value.ptr, '\n', head->headers[i].value.len) == NULL);
        add(head->headers[i].name);
        add(head->headers[i].value);
    }
}

static void on_request(struct pl_request *request, void *context)
{
    const bool in_pieces = pl_str_starts_with(pl_request_head(request)->path, PL_STR("/s"));

    (void)context;
    seen.requests++;
    look_at(request);
    if (!in_pieces) {
        pl_request_answer(request, 200, NULL, 0, PL_STR("ok"));
        return;
    }
    pl_request_begin(request, 200, NULL, 0);
    pl_request_write(request, PL_STR("o"));
    pl_request_end(request, PL_STR("k"));
}

static void on_refuse(uint32_t status, const char *why, struct pl_str *ret_body, void *context)
{
    (void)ret_body;
    (void)context;
    must(status >= 400 && status < 600 && why != NULL);
    seen.hash = seen.hash * 31 + status;
    seen.refusals++;
}

static size_t count_answers(const char *bytes, size_t len)
{
    size_t count = 0;
    const char *at = bytes;

    while ((at = memmem(at, (size_t)(bytes + len - at), "HTTP/1.1 ", 9)) != NULL) {
        count += memcmp(at + 9, "100", 3) != 0;
        at += 9;
    }
    return count;
}

/* The server has closed its side; after a refusal it waits for the client to do so too. */
static void hang_up(struct client *client)
{
    (void)shutdown(client->watch.fd, SHUT_WR);
    pl_watch_set(&client->watch, PL_READY_READ);
    if (pl_server_counts(client->server).open == 0)
        pl_loop_stop(client->loop);
}

/* Answers come whole in one write each, and a read takes as many as are there. */
static void on_ready(uint32_t ready, void *context)
{
    static char bytes[1 << 19];
    struct client *client = context;

    if ((ready & PL_READY_READ) != 0) {
        const ssize_t count = recv(client->watch.fd, bytes, sizeof bytes, 0);

        if (count > 0)
            client->answers += count_answers(bytes, (size_t)count);
        else
            hang_up(client);
        return;
    }

    const size_t len =
        client->piece_size < client->rest.len ? client->piece_size : client->rest.len;

    if (len > 0 && send(client->watch.fd, client->rest.ptr, len, MSG_NOSIGNAL) < 0)
        client->rest.len = len; /* the server has closed */
    client->rest = (struct pl_str){client->rest.ptr + len, client->rest.len - len};
    if (client->rest.len == 0) {
        (void)shutdown(client->watch.fd, SHUT_WR);
        pl_watch_set(&client->watch, PL_READY_READ);
    }
}

static struct pl_server *get_server(struct pl_loop **ret_loop)
{
    static struct pl_loop *loop;
    static struct pl_server *server;
    const struct pl_server_options options = {
        .address = "127.0.0.1",
        .body_size_bytes_max = BODY_SIZE_BYTES_MAX,
        .head_ms = 60000,
        .body_ms = 60000,
        .idle_ms = 60000,
        .write_ms = 60000,
        .pending_size_bytes_max = (size_t)1 << 20,
        .on_request = on_request,
        .on_refuse = on_refuse,
    };

    if (loop == NULL) {
        must(pl_loop_new(&loop, NULL) == PL_OK);
        must(pl_server_new(loop, &options, &server, NULL) == PL_OK);
    }
    *ret_loop = loop;
    return server;
}

static struct seen serve(struct pl_str input, size_t piece_size)
{
    const struct sockaddr_storage nobody = {.ss_family = AF_INET};
    struct client client = {.rest = input, .piece_size = piece_size};
    struct pl_server *server = get_server(&client.loop);
    int fds[2];

    client.server = server;
    seen = (struct seen){0};
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    pl_connection_new(server, fds[0], &nobody);
    must(pl_watch_init(&client.watch, client.loop, fds[1], on_ready, &client, NULL) == PL_OK);
    pl_watch_set(&client.watch, PL_READY_READ | PL_READY_WRITE);
    must(pl_loop_run(client.loop, NULL) == PL_OK);
    pl_watch_deinit(&client.watch);
    (void)close(fds[1]);
    must(pl_server_counts(server).open == 0 && pl_server_counts(server).idle == 0);
    must(client.answers == seen.requests + seen.refusals);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > INPUT_SIZE_BYTES_MAX)
        return 0;

    const struct pl_str input = {(const char *)data + 1, size - 1};
    const struct seen once = serve(input, input.len);
    const struct seen pieces = serve(input, (size_t)data[0] + 1);

    must(once.hash == pieces.hash && once.requests == pieces.requests &&
         once.refusals == pieces.refusals);
    return 0;
}

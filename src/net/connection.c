/*
 * The reading side of a client's connection. A request is whole before the handler sees it; what
 * comes after it waits until it was answered. A client that closes its side while its answer is
 * under way is gone: those who give up close the whole socket, which looks the same, and an
 * upstream call must not go on for them.
 */
#include "net/connection.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "net/tls_channel.h"

#define REST_SIZE_BYTES_MAX    ((size_t)64 * 1024) /* of pipelined requests */
#define BODY_ROOM_FIRST        ((size_t)16 * 1024)
#define LEAVING_MS             2000
#define LEAVING_SIZE_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define READS_AT_ONCE_MAX      16

static void consume(struct pl_connection *connection, struct pl_str input);

/* --- Made and closed -------------------------------------------------------------------------- */

static void free_request(struct pl_connection *connection)
{
    if (connection->request != NULL)
        free(connection->request->body);
    free(connection->request);
    connection->request = NULL;
}

static void free_connection(void *context)
{
    struct pl_connection *connection = context;

    pl_parser_free(connection->parser);
    free_request(connection);
    pl_buffer_deinit(&connection->out);
    free(connection->rest);
    free(connection);
}

void pl_connection_close_silently(struct pl_connection *connection)
{
    struct pl_loop *loop = connection->server->loop;

    if (connection->stage == CONNECTION_CLOSED)
        return;
    connection->stage = CONNECTION_CLOSED;
    pl_watch_deinit(&connection->watch);
    pl_channel_close(&connection->channel);
    pl_deadline_stop(loop, &connection->deadline);
    pl_soon_cancel(loop, &connection->soon_read);
    pl_soon_cancel(loop, &connection->soon_write);
    pl_server_forget(connection);
    pl_soon_queue(loop, &connection->soon_free, free_connection, connection);
}

/* The handler is told after the callback under way, and before the memory goes. */
static void tell_gone(void *context)
{
    struct pl_connection *connection = context;
    struct pl_request *request = connection->request;

    if (request != NULL && request->gone != NULL && !connection->server->freed)
        request->gone(request->gone_context);
    free_connection(connection);
}

void pl_connection_close(struct pl_connection *connection)
{
    const bool told = connection->stage == CONNECTION_BUSY;

    if (connection->stage == CONNECTION_CLOSED)
        return;
    pl_connection_close_silently(connection);
    if (told)
        connection->soon_free.work = tell_gone;
}

/* --- Deadlines -------------------------------------------------------------------------------- */

static void set_deadline(struct pl_connection *connection, uint64_t delay_ms)
{
    pl_deadline_set(connection->server->loop, &connection->deadline,
                    delay_ms == 0 ? PL_DEADLINE_NEVER : delay_ms);
}

static void on_deadline(void *context)
{
    struct pl_connection *connection = context;

    switch (connection->stage) {
    case CONNECTION_HEAD:
        pl_connection_refuse(connection, 408, "the head of the request took too long");
        return;
    case CONNECTION_BODY:
        pl_connection_refuse(connection, 408, "the body of the request took too long");
        return;
    case CONNECTION_SHAKING:
        connection->server->counts.handshakes_failed++;
        break;
    case CONNECTION_IDLE:
    case CONNECTION_BUSY:
    case CONNECTION_FLUSHING:
    case CONNECTION_LEAVING:
    case CONNECTION_CLOSED:
        break;
    }
    pl_connection_close(connection);
}

/* --- A request -------------------------------------------------------------------------------- */

static bool begin_request(struct pl_connection *connection)
{
    struct pl_request *request = calloc(1, sizeof *request);

    if (request == NULL)
        return false;
    request->connection = connection;
    request->begun_ns = pl_net_clock_ns();
    connection->request = request;
    connection->stage = CONNECTION_HEAD;
    pl_server_queue(connection, &connection->server->coming);
    return true;
}

static bool add_body(struct pl_request *request, struct pl_str piece, uint64_t length)
{
    const size_t needed = request->body_len + piece.len + 1;

    if (needed > request->body_room) {
        size_t room = request->body_room == 0 ? BODY_ROOM_FIRST : request->body_room * 2;
        char *body = NULL;

        if (length != PL_HTTP_LENGTH_UNKNOWN && room > length + 1)
            room = (size_t)length + 1;
        if (room < needed)
            room = needed;
        body = realloc(request->body, room);
        if (body == NULL)
            return false;
        request->body = body;
        request->body_room = room;
    }
    memcpy(request->body + request->body_len, piece.ptr, piece.len);
    request->body_len += piece.len;
    return true;
}

static void take_piece(struct pl_connection *connection, struct pl_str piece)
{
    struct pl_request *request = connection->request;
    const size_t most = connection->server->options.body_size_bytes_max;

    if (piece.len > most - request->body_len)
        pl_connection_refuse(connection, 413, "the body is larger than is taken here");
    else if (!add_body(request, piece, pl_parser_head(connection->parser)->length))
        pl_connection_refuse(connection, 500, "no memory left for the body");
}

static void take_head(struct pl_connection *connection, bool more_is_here)
{
    const struct pl_http_head *head = pl_parser_head(connection->parser);
    const struct pl_server_options *options = &connection->server->options;
    struct pl_request *request = connection->request;

    connection->stage = CONNECTION_BODY;
    request->bodyless = pl_str_equal_text(head->method, "HEAD");
    request->close = !head->keep_alive;
    if (head->length != PL_HTTP_LENGTH_UNKNOWN && head->length > options->body_size_bytes_max)
        pl_connection_refuse(connection, 413, "the body is larger than is taken here");
    else if (pl_parser_expects_continue(connection->parser) &&
             pl_parser_has_body(connection->parser) && !more_is_here)
        pl_connection_say(connection, PL_STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

static void hand_over(struct pl_connection *connection)
{
    struct pl_server *server = connection->server;
    struct pl_request *request = connection->request;

    request->received_ns = pl_net_clock_ns();
    if (request->body != NULL)
        request->body[request->body_len] = '\0';
    connection->stage = CONNECTION_BUSY;
    pl_server_queue(connection, NULL);
    set_deadline(connection, connection->waiting ? server->options.write_ms : 0);
    server->counts.requests++;
    server->options.on_request(request, server->options.context);
}

static bool is_reading(const struct pl_connection *connection)
{
    return connection->stage == CONNECTION_IDLE || connection->stage == CONNECTION_HEAD ||
           connection->stage == CONNECTION_BODY;
}

/* One event of the parser. False when more bytes are needed. */
static bool consume_event(struct pl_connection *connection, struct pl_str *input)
{
    struct pl_str piece = {0};

    if (connection->stage == CONNECTION_IDLE && !begin_request(connection)) {
        pl_connection_close(connection);
        return false;
    }
    switch (pl_parser_next(connection->parser, input, &piece)) {
    case PL_PARSED_MORE:
        return false;
    case PL_PARSED_HEAD:
        take_head(connection, input->len > 0);
        return true;
    case PL_PARSED_BODY:
        take_piece(connection, piece);
        return true;
    case PL_PARSED_END:
        hand_over(connection);
        return true;
    case PL_PARSED_BAD:
        break;
    }

    const struct pl_parser_fault *fault = pl_parser_fault(connection->parser);

    pl_connection_refuse(connection, fault->status, fault->why);
    return false;
}

static void keep_rest(struct pl_connection *connection, struct pl_str input)
{
    char *rest = NULL;

    if (input.len == 0)
        return;
    rest = realloc(connection->rest, connection->rest_len + input.len);
    if (rest == NULL) {
        pl_connection_close(connection);
        return;
    }
    memcpy(rest + connection->rest_len, input.ptr, input.len);
    connection->rest = rest;
    connection->rest_len += input.len;
    if (connection->rest_len >= REST_SIZE_BYTES_MAX)
        pl_watch_set(&connection->watch, connection->watch.wanted & ~(uint32_t)PL_READY_READ);
}

static void consume(struct pl_connection *connection, struct pl_str input)
{
    while ((input.len > 0 || connection->stage == CONNECTION_BODY) && is_reading(connection))
        if (!consume_event(connection, &input))
            break;
    if (connection->stage == CONNECTION_BUSY || connection->stage == CONNECTION_FLUSHING)
        keep_rest(connection, input);
    else if (connection->stage == CONNECTION_HEAD && connection->timed != CONNECTION_HEAD)
        set_deadline(connection, connection->server->options.head_ms);
    else if (connection->stage == CONNECTION_BODY && connection->timed != CONNECTION_BODY)
        set_deadline(connection, connection->server->options.body_ms);
    else
        return;
    connection->timed = connection->stage;
}

/* --- After the answer ------------------------------------------------------------------------- */

static void read_on(void *context)
{
    struct pl_connection *connection = context;
    char *rest = connection->rest;
    const struct pl_str input = {rest, connection->rest_len};

    if (!is_reading(connection))
        return;
    connection->rest = NULL;
    connection->rest_len = 0;
    pl_watch_set(&connection->watch, connection->watch.wanted | PL_READY_READ);
    consume(connection, input);
    free(rest);
}

/* All was written of the last answer: the client's bytes are read and dropped, as a close with
   bytes unread would reset the connection and take the answer from the client. */
static void leave(struct pl_connection *connection)
{
    if (!connection->linger && connection->rest_len == 0) {
        pl_connection_close(connection);
        return;
    }
    (void)shutdown(connection->channel.fd, SHUT_WR);
    connection->stage = CONNECTION_LEAVING;
    pl_server_queue(connection, &connection->server->coming);
    pl_watch_set(&connection->watch, PL_READY_READ);
    set_deadline(connection, LEAVING_MS);
}

void pl_connection_answered(struct pl_connection *connection)
{
    if (connection->stage == CONNECTION_CLOSED)
        return;
    free_request(connection);
    if (pl_connection_pending(connection) > 0) {
        connection->stage = CONNECTION_FLUSHING;
        return;
    }
    if (connection->last || connection->server->draining) {
        leave(connection);
        return;
    }
    pl_parser_begin(connection->parser, false);
    connection->stage = connection->timed = CONNECTION_IDLE;
    pl_server_queue(connection, &connection->server->idle);
    set_deadline(connection, connection->server->options.idle_ms);
    if (connection->rest_len > 0)
        pl_soon_queue(connection->server->loop, &connection->soon_read, read_on, connection);
}

/* --- Events of the socket --------------------------------------------------------------------- */

static void drop(struct pl_connection *connection, size_t count)
{
    connection->dropped += count;
    if (connection->dropped > LEAVING_SIZE_BYTES_MAX)
        pl_connection_close(connection);
}

static void take_bytes(struct pl_connection *connection, struct pl_str bytes)
{
    connection->server->counts.bytes_in += bytes.len;
    if (connection->stage == CONNECTION_LEAVING)
        drop(connection, bytes.len);
    else if (is_reading(connection) && connection->rest_len == 0)
        consume(connection, bytes);
    else
        keep_rest(connection, bytes);
}

/* The client has closed its side. Who waits for no more than the rest of a whole answer still gets
   it. */
static void ended(struct pl_connection *connection)
{
    if (connection->stage != CONNECTION_FLUSHING || connection->channel.tls != NULL) {
        pl_connection_close(connection);
        return;
    }
    connection->last = true;
    pl_watch_set(&connection->watch, connection->watch.wanted & ~(uint32_t)PL_READY_READ);
}

/* False when there is nothing more to read now. */
static bool read_once(struct pl_connection *connection)
{
    char *scratch = pl_loop_scratch(connection->server->loop);
    size_t count = 0;

    switch (pl_channel_read(&connection->channel, scratch, PL_SCRATCH_SIZE_BYTES, &count)) {
    case PL_IO_DONE:
        take_bytes(connection, (struct pl_str){scratch, count});
        /* Short of the room there was: the system has no more. */
        return count == PL_SCRATCH_SIZE_BYTES || connection->channel.tls != NULL;
    case PL_IO_WAIT_READ:
    case PL_IO_WAIT_WRITE:
        return false;
    case PL_IO_END:
        ended(connection);
        return false;
    case PL_IO_FAILED:
        pl_connection_close(connection);
        return false;
    }
    return false;
}

static void shake(struct pl_connection *connection)
{
    char why[128] = "";

    switch (pl_tls_shake(connection->channel.tls, why, sizeof why)) {
    case PL_IO_DONE:
        connection->stage = CONNECTION_IDLE;
        pl_server_queue(connection, &connection->server->idle);
        pl_watch_set(&connection->watch,
                     PL_READY_READ); /* the deadline is still that of the first head */
        return;
    case PL_IO_WAIT_READ:
        pl_watch_set(&connection->watch, PL_READY_READ);
        return;
    case PL_IO_WAIT_WRITE:
        pl_watch_set(&connection->watch, PL_READY_WRITE);
        return;
    case PL_IO_END:
    case PL_IO_FAILED:
        break;
    }
    connection->server->counts.handshakes_failed++;
    pl_connection_close(connection);
}

void pl_connection_look(struct pl_connection *connection)
{
    for (int i = 0; i < READS_AT_ONCE_MAX || pl_channel_holds_more(&connection->channel); i++)
        if (connection->stage == CONNECTION_CLOSED ||
            (connection->watch.wanted & PL_READY_READ) == 0 || !read_once(connection))
            return;
}

static void on_ready(uint32_t ready, void *context)
{
    struct pl_connection *connection = context;

    if (connection->stage == CONNECTION_SHAKING)
        shake(connection);
    if (connection->stage == CONNECTION_SHAKING || connection->stage == CONNECTION_CLOSED)
        return;
    if (connection->waiting && !pl_connection_flush(connection))
        return;
    if ((ready & PL_READY_READ) == 0 && connection->channel.tls == NULL)
        return;
    pl_connection_look(connection);
}

void pl_connection_new(struct pl_server *server, int fd, const struct sockaddr_storage *peer)
{
    struct pl_connection *connection = calloc(1, sizeof *connection);

    if (connection != NULL) {
        connection->parser = pl_parser_new(PL_PARSER_REQUESTS);
        if (server->options.tls != NULL)
            connection->channel.tls = pl_tls_accept(server->options.tls, fd);
    }
    if (connection == NULL || connection->parser == NULL ||
        (server->options.tls != NULL && connection->channel.tls == NULL) ||
        pl_watch_init(&connection->watch, server->loop, fd, on_ready, connection, NULL) != PL_OK) {
        struct pl_channel channel = {.fd = fd,
                                     .tls = connection != NULL ? connection->channel.tls : NULL};

        server->counts.refused++;
        pl_channel_close(&channel);
        if (connection != NULL)
            free_connection(connection);
        return;
    }
    connection->channel.fd = fd;
    connection->server = server;
    connection->peer = *peer;
    connection->deadline.fire = on_deadline;
    connection->deadline.context = connection;
    pl_connection_init_out(connection);
    connection->next = server->all;
    if (server->all != NULL)
        server->all->prev = connection;
    server->all = connection;
    server->counts.open++;
    connection->stage = server->options.tls != NULL ? CONNECTION_SHAKING : CONNECTION_IDLE;
    pl_server_queue(connection,
                    connection->stage == CONNECTION_IDLE ? &server->idle : &server->coming);
    /* A client that connects and says nothing has as long as one that says it slowly. */
    set_deadline(connection, server->options.head_ms);
    pl_watch_set(&connection->watch, PL_READY_READ);
}

/* --- What the handler asks -------------------------------------------------------------------- */

const struct pl_http_head *pl_request_head(const struct pl_request *request)
{
    return pl_parser_head(request->connection->parser);
}

struct pl_str pl_request_body(const struct pl_request *request)
{
    return (struct pl_str){request->body == NULL ? "" : request->body, request->body_len};
}

char *pl_request_body_mutable(struct pl_request *request)
{
    return request->body == NULL ? &request->nothing : request->body;
}

uint64_t pl_request_begun_ns(const struct pl_request *request)
{
    return request->begun_ns;
}

uint64_t pl_request_received_ns(const struct pl_request *request)
{
    return request->received_ns;
}

struct pl_str pl_request_peer(const struct pl_request *request)
{
    struct pl_connection *connection = request->connection;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&connection->peer;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&connection->peer;

    if (connection->peer_text[0] != '\0')
        return pl_str_of(connection->peer_text);
    if (connection->peer.ss_family == AF_INET)
        (void)inet_ntop(AF_INET, &v4->sin_addr, connection->peer_text,
                        sizeof connection->peer_text);
    else if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        (void)inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], connection->peer_text,
                        sizeof connection->peer_text);
    else
        (void)inet_ntop(AF_INET6, &v6->sin6_addr, connection->peer_text,
                        sizeof connection->peer_text);
    return pl_str_of(connection->peer_text);
}

struct pl_loop *pl_request_loop(const struct pl_request *request)
{
    return request->connection->server->loop;
}

void pl_request_on_gone(struct pl_request *request, void (*gone)(void *context), void *context)
{
    request->gone = gone;
    request->gone_context = context;
}

void pl_request_on_drained(struct pl_request *request, void (*drained)(void *context),
                           void *context)
{
    request->drained = drained;
    request->drained_context = context;
}

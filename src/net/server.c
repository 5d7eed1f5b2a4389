/*
 * The listener: it accepts, keeps within its limit of connections by closing the one that was idle
 * or slow longest, and drains. TCP_NODELAY is set once, on the listener, and handed down to each
 * connection by the system.
 */
#include "net/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/connection.h"

#define BACKLOG               4096
#define ACCEPTED_AT_ONCE_MAX  64
#define PAUSE_MS              100
#define SLOW_NS               ((uint64_t)1000000000) /* for a request to come */
#define HEAD_SIZE_BYTES_MAX   ((size_t)256 * 1024)
#define CONNECTIONS_MAX_UNSET 10000

/* --- Lists ------------------------------------------------------------------------------------ */

static void leave_queue(struct pl_connection *connection)
{
    struct pl_connection_queue *queue = connection->queue;

    if (connection->queue_prev != NULL)
        connection->queue_prev->queue_next = connection->queue_next;
    else
        queue->first = connection->queue_next;
    if (connection->queue_next != NULL)
        connection->queue_next->queue_prev = connection->queue_prev;
    else
        queue->last = connection->queue_prev;
    connection->queue_next = connection->queue_prev = NULL;
    connection->queue = NULL;
    queue->count--;
}

void pl_server_queue(struct pl_connection *connection, struct pl_connection_queue *queue)
{
    if (connection->queue != NULL)
        leave_queue(connection);
    if (queue == NULL)
        return;
    connection->queue = queue;
    connection->queued_ns = pl_net_clock_ns();
    connection->queue_prev = queue->last;
    if (queue->last != NULL)
        queue->last->queue_next = connection;
    else
        queue->first = connection;
    queue->last = connection;
    queue->count++;
}

static void tell_drained(void *context)
{
    struct pl_server *server = context;

    if (server->drained != NULL)
        server->drained(server->drained_context);
}

static void look_whether_drained(struct pl_server *server)
{
    if (server->draining && !server->freed && server->fd < 0 && server->counts.open == 0)
        pl_soon_queue(server->loop, &server->soon_drained, tell_drained, server);
}

void pl_server_forget(struct pl_connection *connection)
{
    struct pl_server *server = connection->server;

    pl_server_queue(connection, NULL);
    if (connection->prev != NULL)
        connection->prev->next = connection->next;
    else
        server->all = connection->next;
    if (connection->next != NULL)
        connection->next->prev = connection->prev;
    connection->next = connection->prev = NULL;
    server->counts.open--;
    look_whether_drained(server);
}

/* --- Accepting -------------------------------------------------------------------------------- */

static void go_on_accepting(void *context)
{
    struct pl_server *server = context;

    if (server->fd >= 0)
        pl_watch_set(&server->watch, PL_READY_READ);
}

/* Closes the one that is idle longest, else the one whose request has been coming for longest, if
   that is too long for one that means well: those who send slowly must not keep the others out. */
static bool make_room(struct pl_server *server)
{
    struct pl_connection *connection = server->idle.first;

    if (connection == NULL)
        connection = server->coming.first;
    if (connection == NULL || (connection->queue == &server->coming &&
                               pl_net_clock_ns() - connection->queued_ns < SLOW_NS))
        return false;
    pl_connection_close(connection);
    return true;
}

/* Without descriptors the listener would be ready for ever. */
static void pause_accepting(struct pl_server *server)
{
    (void)make_room(server);
    pl_watch_set(&server->watch, 0);
    pl_timer_start(&server->pause, PAUSE_MS);
}

static bool has_room(struct pl_server *server)
{
    return server->counts.open < server->options.connections_max || make_room(server);
}

/* False when there is no more to accept now. */
static bool accept_one(struct pl_server *server)
{
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    const int fd =
        accept4(server->fd, (struct sockaddr *)&peer, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0) {
        const int code = errno;

        if (code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM)
            pause_accepting(server);
        return code == ECONNABORTED || code == EINTR;
    }
    server->counts.accepted++;
    if (has_room(server)) {
        pl_connection_new(server, fd, &peer);
    } else {
        server->counts.refused++;
        (void)close(fd);
    }
    return true;
}

static void on_acceptable(uint32_t ready, void *context)
{
    struct pl_server *server = context;

    (void)ready;
    for (int i = 0; i < ACCEPTED_AT_ONCE_MAX && accept_one(server); i++)
        continue;
}

/* --- Made and freed --------------------------------------------------------------------------- */

static enum pl_status parse_address(const struct pl_server_options *options,
                                    struct sockaddr_storage *ret_address, socklen_t *ret_size,
                                    struct pl_error *error)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)ret_address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret_address;

    if (inet_pton(AF_INET, options->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(options->port);
        *ret_size = sizeof *v4;
        return PL_OK;
    }
    if (inet_pton(AF_INET6, options->address, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(options->port);
        *ret_size = sizeof *v6;
        return PL_OK;
    }
    return pl_error_set(error, PL_E_USAGE,
                        "\"%s\" is no address to listen on; write one as 127.0.0.1 or ::1",
                        options->address);
}

static enum pl_status bind_socket(struct pl_server *server, struct pl_error *error)
{
    const struct pl_server_options *options = &server->options;
    struct sockaddr_storage address = {0};
    socklen_t size = 0;
    const int yes = 1;

    PL_RETURN_IF(parse_address(options, &address, &size, error));
    server->fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->fd < 0)
        return pl_error_errno(error, errno, "cannot make a socket");
    (void)setsockopt(server->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    (void)setsockopt(server->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (options->share_port)
        (void)setsockopt(server->fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    const bool bound = bind(server->fd, (struct sockaddr *)&address, size) == 0 &&
                       listen(server->fd, BACKLOG) == 0;

    if (!bound && errno == EADDRINUSE)
        return pl_error_set(error, PL_E_BUSY,
                            "cannot listen on %s port %u: another program does; stop it, or choose "
                            "another port",
                            options->address, options->port);
    if (!bound)
        return pl_error_errno(error, errno, "cannot listen on %s port %u", options->address,
                              options->port);
    size = sizeof address;
    (void)getsockname(server->fd, (struct sockaddr *)&address, &size);
    server->port =
        ntohs(address.ss_family == AF_INET ? ((struct sockaddr_in *)&address)->sin_port
                                           : ((struct sockaddr_in6 *)&address)->sin6_port);
    return PL_OK;
}

static void stop_listening(struct pl_server *server)
{
    pl_timer_stop(&server->pause);
    pl_watch_deinit(&server->watch);
    if (server->fd >= 0)
        (void)close(server->fd);
    server->fd = -1;
}

static void free_now(void *context)
{
    struct pl_server *server = context;

    pl_timer_deinit(&server->pause);
    pl_buffer_deinit(&server->head);
    free(server);
}

void pl_server_free(struct pl_server *server)
{
    if (server == NULL)
        return;
    server->freed = true;
    stop_listening(server);
    while (server->all != NULL)
        pl_connection_close_silently(server->all);
    pl_soon_cancel(server->loop, &server->soon_drain);
    pl_soon_cancel(server->loop, &server->soon_drained);
    /* After its connections, which are let go in the same way. */
    pl_soon_queue(server->loop, &server->soon_free, free_now, server);
}

enum pl_status pl_server_new(struct pl_loop *loop, const struct pl_server_options *options,
                             struct pl_server **ret_server, struct pl_error *error)
{
    struct pl_server *server = calloc(1, sizeof *server);
    enum pl_status status = PL_OK;

    if (server == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a server");
    server->loop = loop;
    server->options = *options;
    server->fd = -1;
    server->date_seconds = -1;
    if (server->options.connections_max == 0)
        server->options.connections_max = CONNECTIONS_MAX_UNSET;
    pl_buffer_init(&server->head, HEAD_SIZE_BYTES_MAX);
    status = pl_timer_init(&server->pause, loop, go_on_accepting, server, error);
    if (status == PL_OK)
        status = bind_socket(server, error);
    if (status == PL_OK)
        status = pl_watch_init(&server->watch, loop, server->fd, on_acceptable, server, error);
    if (status != PL_OK) {
        stop_listening(server);
        free_now(server);
        return status;
    }
    pl_watch_set(&server->watch, PL_READY_READ);
    *ret_server = server;
    return PL_OK;
}

/* Those who have connected or asked already, and were not yet looked at, are served like the
   others. */
static void close_idle(void *context)
{
    struct pl_server *server = context;

    for (int i = 0; i < BACKLOG && server->fd >= 0 && accept_one(server); i++)
        continue;
    stop_listening(server);
    while (server->idle.first != NULL) {
        struct pl_connection *connection = server->idle.first;

        pl_connection_look(connection);
        if (connection->queue == &server->idle)
            pl_connection_close(connection);
    }
    look_whether_drained(server);
}

void pl_server_drain(struct pl_server *server, pl_loop_work done, void *context)
{
    server->draining = true;
    server->drained = done;
    server->drained_context = context;
    pl_soon_queue(server->loop, &server->soon_drain, close_idle, server);
}

uint16_t pl_server_port(const struct pl_server *server)
{
    return server->port;
}

struct pl_server_counts pl_server_counts(const struct pl_server *server)
{
    struct pl_server_counts counts = server->counts;

    counts.idle = server->idle.count;
    return counts;
}

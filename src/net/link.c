/*
 * One exchange over one connection: connecting, shaking hands, sending head and body in one write,
 * and giving out the response as it comes, straight from the memory it was read into.
 */
#include "net/link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/tls_channel.h"

#define READS_AT_ONCE_MAX 16

static void free_link(void *context)
{
    struct pl_link *link = context;

    pl_parser_free(link->parser);
    free(link);
}

void pl_link_close(struct pl_link *link)
{
    struct pl_loop *loop = link->upstream->loop;

    if (link->stage == LINK_CLOSED)
        return;
    pl_upstream_remove_link(link);
    link->stage = LINK_CLOSED;
    if (link->exchange != NULL)
        link->exchange->link = NULL;
    link->exchange = NULL;
    pl_deadline_stop(loop, &link->deadline);
    pl_watch_deinit(&link->watch);
    pl_channel_close(&link->channel);
    pl_soon_queue(loop, &link->soon_free, free_link, link);
}

/* --- Sending ---------------------------------------------------------------------------------- */

static struct iovec iovec_of(const char *from, size_t len)
{
    union {
        const char *given;
        void *wanted;
    } same = {.given = from};

    return (struct iovec){same.wanted, len};
}

static void want_room(struct pl_link *link, bool wanted)
{
    pl_watch_set(&link->watch, wanted ? link->watch.wanted | PL_READY_WRITE
                                      : link->watch.wanted & ~(uint32_t)PL_READY_WRITE);
}

static void was_sent(struct pl_link *link)
{
    struct pl_exchange *exchange = link->exchange;

    exchange->times.sent_ns = pl_net_clock_ns();
    want_room(link, false);
}

void pl_link_send(struct pl_link *link)
{
    struct pl_exchange *exchange = link->exchange;
    const size_t all = exchange->head_len + exchange->body.len;

    while (exchange->sent < all) {
        struct iovec pieces[2];
        int count = 0;
        size_t done = 0, in_body = 0;

        if (exchange->sent < exchange->head_len)
            pieces[count++] =
                iovec_of(exchange->head + exchange->sent, exchange->head_len - exchange->sent);
        else
            in_body = exchange->sent - exchange->head_len;
        if (in_body < exchange->body.len)
            pieces[count++] = iovec_of(exchange->body.ptr + in_body, exchange->body.len - in_body);
        switch (pl_channel_write(&link->channel, pieces, count, &done)) {
        case PL_IO_DONE:
            exchange->sent += done;
            break;
        case PL_IO_WAIT_READ:
        case PL_IO_WAIT_WRITE:
            want_room(link, true);
            return;
        case PL_IO_END:
        case PL_IO_FAILED:
            /* The server may have answered before it closed: reading will tell. */
            want_room(link, false);
            return;
        }
    }
    was_sent(link);
}

/* --- What comes ------------------------------------------------------------------------------- */

static void keep_left(struct pl_exchange *exchange, struct pl_str input)
{
    if (input.len == 0)
        return;
    exchange->left = malloc(input.len);
    if (exchange->left == NULL) {
        pl_exchange_fail_soon(exchange, PL_EXCHANGE_LOCAL, "no memory left for a response");
        return;
    }
    memcpy(exchange->left, input.ptr, input.len);
    exchange->left_len = input.len;
}

/* A connection that was kept too long: nothing of the request was done, so that another may take
   its place. */
static bool can_be_replaced(const struct pl_exchange *exchange)
{
    const size_t all = exchange->head_len + exchange->body.len;

    return exchange->phase == EXCHANGE_WAITING && exchange->times.reused && !exchange->replaced &&
           (exchange->idempotent || exchange->sent < all ||
            !pl_channel_was_taken(&exchange->link->channel));
}

static void replace(struct pl_exchange *exchange)
{
    pl_link_close(exchange->link);
    exchange->replaced = true;
    exchange->times.reused = false;
    exchange->times.connected_ns = exchange->times.sent_ns = 0;
    exchange->sent = 0;
    exchange->addresses_tried = 0;
    exchange->phase = EXCHANGE_CONNECTING;
    pl_exchange_connect(exchange);
}

static void connection_ended(struct pl_link *link, bool orderly)
{
    struct pl_exchange *exchange = link->exchange;

    if (can_be_replaced(exchange)) {
        replace(exchange);
        return;
    }
    if (orderly && pl_parser_finish(link->parser) == PL_PARSED_END)
        pl_exchange_finish(exchange);
    else if (exchange->phase == EXCHANGE_WAITING)
        pl_exchange_end_now(exchange, PL_EXCHANGE_CUT,
                            "the server closed the connection without a response");
    else
        pl_exchange_end_now(exchange, PL_EXCHANGE_CUT,
                            "the server closed the connection before the response was whole");
}

static void not_understood(struct pl_exchange *exchange)
{
    const struct pl_parser_fault *fault = pl_parser_fault(exchange->link->parser);
    char why[160];

    (void)snprintf(why, sizeof why, "the response cannot be read: %s", fault->why);
    pl_exchange_end_now(exchange,
                        fault->status == 431   ? PL_EXCHANGE_TOO_LARGE
                        : fault->status == 500 ? PL_EXCHANGE_LOCAL
                                               : PL_EXCHANGE_GARBAGE,
                        why);
}

/* Gives out what was read, until the exchange is over or paused. */
static void consume(struct pl_exchange *exchange, struct pl_str input)
{
    struct pl_link *link = exchange->link;

    while (exchange->phase != EXCHANGE_OVER && !exchange->paused) {
        struct pl_str piece = {0};

        switch (pl_parser_next(link->parser, &input, &piece)) {
        case PL_PARSED_MORE:
            return;
        case PL_PARSED_HEAD:
            exchange->handlers->on_head(exchange, pl_parser_head(link->parser), exchange->context);
            break;
        case PL_PARSED_BODY:
            exchange->handlers->on_body(exchange, piece, exchange->context);
            break;
        case PL_PARSED_END:
            if (input.len > 0)
                link->stage = LINK_SHAKING; /* more than was asked for: it is not kept */
            pl_exchange_finish(exchange);
            return;
        case PL_PARSED_BAD:
            not_understood(exchange);
            return;
        }
    }
    if (exchange->phase != EXCHANGE_OVER)
        keep_left(exchange, input);
}

static void came(struct pl_exchange *exchange, struct pl_str bytes)
{
    if (exchange->phase == EXCHANGE_WAITING) {
        exchange->phase = EXCHANGE_COMING;
        exchange->times.first_byte_ns = pl_net_clock_ns();
    }
    pl_exchange_set_deadline(exchange);
    consume(exchange, bytes);
}

/* False when there is nothing more to read now. */
static bool read_once(struct pl_link *link)
{
    char *scratch = pl_loop_scratch(link->upstream->loop);
    size_t count = 0;

    switch (pl_channel_read(&link->channel, scratch, PL_SCRATCH_SIZE_BYTES, &count)) {
    case PL_IO_DONE:
        came(link->exchange, (struct pl_str){scratch, count});
        return count == PL_SCRATCH_SIZE_BYTES || link->channel.tls != NULL;
    case PL_IO_WAIT_READ:
    case PL_IO_WAIT_WRITE:
        return false;
    case PL_IO_END:
        connection_ended(link, true);
        return false;
    case PL_IO_FAILED:
        connection_ended(link, false);
        return false;
    }
    return false;
}

static void read_some(struct pl_link *link)
{
    for (int i = 0; i < READS_AT_ONCE_MAX || pl_channel_holds_more(&link->channel); i++) {
        if (link->stage != LINK_BUSY || link->exchange == NULL)
            return;
        if (link->exchange->paused) {
            /* Only now, as most pauses are over before more comes. */
            pl_watch_set(&link->watch, link->watch.wanted & ~(uint32_t)PL_READY_READ);
            return;
        }
        if (!read_once(link))
            return;
    }
}

static void go_on(void *context)
{
    struct pl_exchange *exchange = context;
    struct pl_link *link = exchange->link;
    char *left = exchange->left;
    const struct pl_str input = {left, exchange->left_len};

    if (exchange->phase == EXCHANGE_OVER || exchange->paused || link == NULL ||
        link->stage != LINK_BUSY)
        return;
    exchange->left = NULL;
    exchange->left_len = 0;
    pl_exchange_set_deadline(exchange);
    if (exchange->phase == EXCHANGE_COMING)
        consume(exchange, input);
    free(left);
    if (link->stage != LINK_BUSY || link->exchange != exchange || exchange->paused)
        return;
    pl_watch_set(&link->watch, link->watch.wanted | PL_READY_READ);
    if (link->channel.tls != NULL)
        read_some(link);
}

void pl_link_resume(struct pl_exchange *exchange)
{
    pl_soon_queue(exchange->upstream->loop, &exchange->soon_read, go_on, exchange);
}

/* --- Beginning -------------------------------------------------------------------------------- */

static void ready_to_send(struct pl_link *link)
{
    struct pl_exchange *exchange = link->exchange;

    link->stage = LINK_BUSY;
    pl_parser_begin(link->parser, exchange->bodyless);
    pl_watch_set(&link->watch, PL_READY_READ);
    exchange->times.connected_ns = pl_net_clock_ns();
    exchange->phase = EXCHANGE_WAITING;
    link->upstream->address = link->address;
    pl_exchange_set_deadline(exchange);
    pl_link_send(link);
}

static void shake(struct pl_link *link)
{
    char why[128] = "", text[192];

    switch (pl_tls_shake(link->channel.tls, why, sizeof why)) {
    case PL_IO_DONE:
        ready_to_send(link);
        return;
    case PL_IO_WAIT_READ:
        pl_watch_set(&link->watch, PL_READY_READ);
        return;
    case PL_IO_WAIT_WRITE:
        pl_watch_set(&link->watch, PL_READY_WRITE);
        return;
    case PL_IO_END:
    case PL_IO_FAILED:
        break;
    }
    (void)snprintf(text, sizeof text, "the handshake of TLS failed: %s", why);
    pl_exchange_end_now(link->exchange, PL_EXCHANGE_UNTRUSTED, text);
}

static void connected(struct pl_link *link)
{
    const struct pl_upstream *upstream = link->upstream;
    struct pl_exchange *exchange = link->exchange;
    int code = 0;
    socklen_t size = sizeof code;

    if (getsockopt(link->channel.fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
        code = errno;
    if (code != 0) {
        (void)snprintf(exchange->why, sizeof exchange->why, "cannot connect: %s", strerror(code));
        pl_link_close(link);
        pl_exchange_connect(exchange);
        return;
    }
    if (upstream->tls == NULL) {
        ready_to_send(link);
        return;
    }
    link->stage = LINK_SHAKING;
    link->channel.tls = pl_tls_connect(upstream->tls, link->channel.fd, upstream->host);
    if (link->channel.tls == NULL)
        pl_exchange_end_now(exchange, PL_EXCHANGE_LOCAL, "cannot begin a session of TLS");
    else
        shake(link);
}

static void on_ready(uint32_t ready, void *context)
{
    struct pl_link *link = context;

    switch (link->stage) {
    case LINK_CONNECTING:
        connected(link);
        return;
    case LINK_SHAKING:
        shake(link);
        return;
    case LINK_BUSY:
        if ((link->watch.wanted & PL_READY_WRITE) != 0)
            pl_link_send(link);
        if ((ready & PL_READY_READ) != 0 || link->channel.tls != NULL)
            read_some(link);
        return;
    case LINK_KEPT: /* it was closed, or the server speaks without being asked */
        pl_link_close(link);
        return;
    case LINK_CLOSED:
        return;
    }
}

static void on_kept_too_long(void *context)
{
    struct pl_link *link = context;

    if (link->stage == LINK_KEPT)
        pl_link_close(link);
}

static int open_socket(const struct pl_address *address)
{
    const int fd =
        socket(address->address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;

    if (fd < 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (connect(fd, (const struct sockaddr *)&address->address, address->size) != 0 &&
        errno != EINPROGRESS) {
        const int code = errno;

        (void)close(fd);
        errno = code;
        return -1;
    }
    return fd;
}

/* PL_E_LIMIT when it is this side that has no descriptors, ports or memory left: no other address
   helps then. */
static enum pl_status cannot_connect(int code, struct pl_error *error)
{
    if (code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM ||
        code == EADDRNOTAVAIL || code == EAGAIN)
        return pl_error_set(error, PL_E_LIMIT, "this machine has nothing left to connect with: %s",
                            strerror(code));
    return pl_error_errno(error, code, "cannot connect");
}

enum pl_status pl_link_new(struct pl_exchange *exchange, size_t address, struct pl_error *error)
{
    struct pl_upstream *upstream = exchange->upstream;
    struct pl_link *link = calloc(1, sizeof *link);
    enum pl_status status = PL_E_MEMORY;

    if (link == NULL || (link->parser = pl_parser_new(PL_PARSER_RESPONSES)) == NULL) {
        free(link);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a connection");
    }
    link->upstream = upstream;
    link->address = address;
    link->deadline.fire = on_kept_too_long;
    link->deadline.context = link;
    link->channel.fd = open_socket(&upstream->addresses.items[address]);
    if (link->channel.fd < 0)
        status = cannot_connect(errno, error);
    else
        status =
            pl_watch_init(&link->watch, upstream->loop, link->channel.fd, on_ready, link, error);
    if (status != PL_OK) {
        pl_channel_close(&link->channel);
        free_link(link);
        return status;
    }
    link->stage = LINK_CONNECTING;
    link->exchange = exchange;
    exchange->link = link;
    pl_upstream_add_link(link, false);
    pl_watch_set(&link->watch, PL_READY_WRITE);
    return PL_OK;
}

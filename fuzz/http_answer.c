/*
 * Fuzz target of what comes from an upstream: the first byte is the size of the pieces, the second
 * what the one who asks does (see `enum manner`), the rest all that the server sends before it
 * closes. An exchange ends once, with no more of a body than was announced, and in the same way
 * however the bytes were cut.
 */
#include "net/link.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define INPUT_SIZE_BYTES_MAX ((size_t)16 * 1024)

enum manner { ASKS_HEAD = 1, PAUSES = 2, CANCELS_AT_HEAD = 4, CANCELS_AT_PIECE = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct course {
    unsigned manner;
    uint64_t hash, length, body;
    unsigned heads, ends;
    uint32_t status;
    enum pl_exchange_end end;
    bool cancelled;
};

static struct pl_loop *loop;
static struct pl_timer resumes;
static struct pl_exchange *current;

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* --- The one who asks ------------------------------------------------------------------------- */

static void cancel(struct pl_exchange *exchange, struct course *course)
{
    pl_exchange_cancel(exchange);
    course->cancelled = true;
    pl_loop_stop(loop);
}

static void on_head(struct pl_exchange *exchange, const struct pl_http_head *head, void *context)
{
    struct course *course = context;

    must(!course->cancelled && course->ends == 0 && course->heads++ == 0);
    must(head->status >= 200 && head->status <= 599);
    course->status = head->status;
    course->length = head->length;
    for (size_t i = 0; i < head->headers_count; i++)
        course->hash = course->hash * 31 + pl_str_hash(head->headers[i].name) +
                       pl_str_hash(head->headers[i].value);
    if ((course->manner & CANCELS_AT_HEAD) != 0)
        cancel(exchange, course);
}

static void on_body(struct pl_exchange *exchange, struct pl_str piece, void *context)
{
    struct course *course = context;

    must(!course->cancelled && course->ends == 0 && course->heads == 1 && piece.len > 0);
    course->body += piece.len;
    for (size_t i = 0; i < piece.len; i++)
        course->hash = course->hash * 31 + (unsigned char)piece.ptr[i];
    must(course->length == PL_HTTP_LENGTH_UNKNOWN || course->body <= course->length);
    if ((course->manner & CANCELS_AT_PIECE) != 0) {
        cancel(exchange, course);
    } else if ((course->manner & PAUSES) != 0) {
        pl_exchange_pause(exchange);
        pl_timer_start(&resumes, 0);
    }
}

static void on_end(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why,
                   void *context)
{
    struct course *course = context;

    (void)exchange;
    must(!course->cancelled && course->ends++ == 0 && why[0] != '\0');
    course->end = end;
    current = NULL;
    pl_loop_stop(loop);
}

static const struct pl_exchange_handlers HANDLERS = {on_head, on_body, on_end};

static void resume(void *context)
{
    (void)context;
    if (current != NULL)
        pl_exchange_resume(current);
}

/* --- The one who answers ---------------------------------------------------------------------- */

struct server {
    int listener;
    struct pl_fd_watch accepts, watch;
    struct pl_str rest;
    size_t piece_size;
    bool asked;
};

static void hang_up(struct server *server)
{
    const int fd = server->watch.fd;

    if (server->watch.event == NULL)
        return;
    pl_watch_deinit(&server->watch);
    (void)close(fd);
}

static void on_ready(uint32_t ready, void *context)
{
    struct server *server = context;
    const size_t len =
        server->piece_size < server->rest.len ? server->piece_size : server->rest.len;
    char bytes[1024];

    if ((ready & PL_READY_READ) != 0) {
        if (recv(server->watch.fd, bytes, sizeof bytes, 0) <= 0)
            hang_up(server);
        else if (!server->asked)
            pl_watch_set(&server->watch, PL_READY_READ | PL_READY_WRITE);
        server->asked = true;
        return;
    }
    if (server->rest.len == 0 || send(server->watch.fd, server->rest.ptr, len, MSG_NOSIGNAL) < 0)
        hang_up(server);
    server->rest = (struct pl_str){server->rest.ptr + len, server->rest.len - len};
}

static void on_acceptable(uint32_t ready, void *context)
{
    struct server *server = context;
    const int fd = accept4(server->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    (void)ready;
    if (fd < 0)
        return;
    must(server->watch.event == NULL); /* one connection for each exchange */
    must(pl_watch_init(&server->watch, loop, fd, on_ready, server, NULL) == PL_OK);
    pl_watch_set(&server->watch, PL_READY_READ);
}

/* A name of its own that is no file. */
static struct server *get_server(struct pl_address *ret_address)
{
    static struct server server = {.listener = -1};
    static struct pl_address address;

    if (server.listener < 0) {
        address.size = sizeof(struct sockaddr_un);
        server.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        address.address.ss_family = AF_UNIX;
        must(bind(server.listener, (struct sockaddr *)&address.address, sizeof(sa_family_t)) == 0);
        must(getsockname(server.listener, (struct sockaddr *)&address.address, &address.size) == 0);
        must(listen(server.listener, 16) == 0 && pl_loop_new(&loop, NULL) == PL_OK);
        must(pl_timer_init(&resumes, loop, resume, NULL, NULL) == PL_OK);
        must(pl_watch_init(&server.accepts, loop, server.listener, on_acceptable, &server, NULL) ==
             PL_OK);
        pl_watch_set(&server.accepts, PL_READY_READ);
    }
    *ret_address = address;
    return &server;
}

static struct course ask(struct pl_str input, size_t piece_size, unsigned manner)
{
    const struct pl_upstream_options options = {.host = "127.0.0.1", .port = 1};
    const struct pl_exchange_request request = {.method = (manner & ASKS_HEAD) != 0 ? PL_STR("HEAD")
                                                                                    : PL_STR("GET"),
                                                .target = PL_STR("/")};
    struct course course = {.manner = manner};
    struct pl_address address;
    struct server *server = get_server(&address);
    struct pl_upstream *upstream = NULL;

    server->rest = input;
    server->piece_size = piece_size;
    server->asked = false;
    must(pl_upstream_new(loop, &options, &upstream, NULL) == PL_OK);
    upstream->addresses.items[0] = address;
    must(pl_exchange_start(upstream, &request, &HANDLERS, &course, &current, NULL) == PL_OK);
    must(pl_loop_run(loop, NULL) == PL_OK);
    must(course.ends + course.cancelled == 1 && upstream->exchanges_count == 0);
    must(course.end != PL_EXCHANGE_DONE || course.length == PL_HTTP_LENGTH_UNKNOWN ||
         course.cancelled || course.body == course.length || course.body == 0);
    current = NULL;
    pl_timer_stop(&resumes);
    hang_up(server);
    pl_upstream_free(upstream);
    return course;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > INPUT_SIZE_BYTES_MAX)
        return 0;

    const struct pl_str input = {(const char *)data + 2, size - 2};
    const struct course once = ask(input, input.len, data[1] & ASKS_HEAD);
    const struct course pieces = ask(input, (size_t)data[0] + 1, data[1]);

    if (pieces.cancelled)
        return 0;
    must(once.end == pieces.end && once.status == pieces.status && once.body == pieces.body &&
         once.hash == pieces.hash);
    return 0;
}

/*
 * Memory that runs out: a client, a proxy and the server behind it in one loop, and the n-th
 * allocation of the network layer fails, n = 1, 2, … until none does. However it ends, it ends: no
 * crash, no leak, no hang, and no answer that looks whole and is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/parser.h"
#include "net/server.h"
#include "net/upstream.h"

#define BODY_SIZE   ((size_t)100000)
#define TEXT_SIZE   ((size_t)1 << 20)
#define RUNS_MAX    2000
#define PATIENCE_MS 5000

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
char *__wrap_strdup(const char *text);

/* Allocations until the one that fails; 0: none does. */
static unsigned left;
static bool has_failed;

static bool fails(void)
{
    if (left == 0 || --left > 0)
        return false;
    has_failed = true;
    errno = ENOMEM;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
    return fails() ? NULL : __real_realloc(ptr, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

/* --- The server behind, and the proxy; their jobs are not of what is tested ------------------- */

struct job {
    struct pl_request *request;
    struct pl_exchange *exchange;
    char body[BODY_SIZE];
    size_t body_len;
    uint32_t status;
    bool streams;
};

static struct pl_loop *loop;
static struct pl_server *origin, *proxy;
static struct pl_upstream *upstream;
static struct job jobs[4];
static size_t jobs_count;

static void on_origin_request(struct pl_request *request, void *context)
{
    (void)context;
    if (pl_str_equal_text(pl_request_head(request)->path, "/whole")) {
        pl_request_answer(request, 200, NULL, 0, pl_request_body(request));
        return;
    }
    pl_request_begin(request, 200, NULL, 0);
    for (int i = 0; i < 5; i++)
        pl_request_write(request, PL_STR("a piece that is a part of a stream, "));
    pl_request_end(request, PL_STR("the end"));
}

static void on_gone(void *context)
{
    struct job *job = context;

    if (job->exchange != NULL)
        pl_exchange_cancel(job->exchange);
}

static void on_head(struct pl_exchange *exchange, const struct pl_http_head *head, void *context)
{
    struct job *job = context;

    (void)exchange;
    job->status = head->status;
    job->streams = head->length == PL_HTTP_LENGTH_UNKNOWN;
    if (job->streams)
        pl_request_begin(job->request, head->status, NULL, 0);
}

static void on_body(struct pl_exchange *exchange, struct pl_str piece, void *context)
{
    struct job *job = context;

    if (job->streams) {
        pl_request_write(job->request, piece);
        pl_exchange_pause(exchange);
        pl_exchange_resume(exchange);
        return;
    }
    assert_true(job->body_len + piece.len <= sizeof job->body);
    memcpy(job->body + job->body_len, piece.ptr, piece.len);
    job->body_len += piece.len;
}

static void on_end(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why,
                   void *context)
{
    struct job *job = context;

    (void)exchange;
    job->exchange = NULL;
    if (job->streams && end == PL_EXCHANGE_DONE)
        pl_request_end(job->request, (struct pl_str){"", 0});
    else if (job->streams)
        pl_request_abort(job->request);
    else if (end == PL_EXCHANGE_DONE)
        pl_request_answer(job->request, job->status, NULL, 0,
                          (struct pl_str){job->body, job->body_len});
    else
        pl_request_answer(job->request, 502, NULL, 0, pl_str_of(why));
}

static const struct pl_exchange_handlers HANDLERS = {on_head, on_body, on_end};

static void on_proxy_request(struct pl_request *request, void *context)
{
    const struct pl_http_head *head = pl_request_head(request);
    const struct pl_exchange_request asked = {.method = head->method,
                                              .target = head->path,
                                              .headers = head->headers,
                                              .headers_count = head->headers_count,
                                              .body = pl_request_body(request),
                                              .total_ms = PATIENCE_MS / 2};
    struct job *job = &jobs[jobs_count++];

    (void)context;
    assert_true(jobs_count <= sizeof jobs / sizeof jobs[0]);
    *job = (struct job){.request = request};
    pl_request_body_mutable(request)[asked.body.len] = '\0';
    pl_request_on_gone(request, on_gone, job);
    if (pl_exchange_start(upstream, &asked, &HANDLERS, job, &job->exchange, NULL) != PL_OK)
        pl_request_answer(request, 500, NULL, 0, PL_STR("no memory"));
}

/* --- The client ------------------------------------------------------------------------------- */

static char request_text[BODY_SIZE + 1024], body[BODY_SIZE], text[TEXT_SIZE];
static size_t request_len, request_at, text_len;
static bool hung;

static void make_requests(void)
{
    request_len = (size_t)snprintf(request_text, sizeof request_text,
                                   "POST /whole HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
                                   BODY_SIZE);
    for (size_t i = 0; i < BODY_SIZE; i++)
        body[i] = (char)('a' + i % 23);
    memcpy(request_text + request_len, body, BODY_SIZE);
    request_len += BODY_SIZE;
    request_len += (size_t)snprintf(request_text + request_len, sizeof request_text - request_len,
                                    "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"
                                    "GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
}

static void on_client_ready(uint32_t ready, void *context)
{
    struct pl_fd_watch *watch = context;
    ssize_t count = 0;

    if ((ready & PL_READY_READ) != 0) {
        count = recv(watch->fd, text + text_len, sizeof text - text_len, 0);
        if (count <= 0)
            pl_loop_stop(loop);
        else
            text_len += (size_t)count;
        return;
    }
    /* In parts, so that heads and bodies are gathered. */
    count = send(watch->fd, request_text + request_at,
                 request_len - request_at < 30011 ? request_len - request_at : 30011, MSG_NOSIGNAL);
    request_at += count > 0 ? (size_t)count : 0;
    if (count < 0 || request_at == request_len)
        pl_watch_set(watch, PL_READY_READ);
}

/* Each answer that is whole says what it should, or that it failed. Returns how many of 200 there
   were. */
static unsigned check_answers(void)
{
    struct pl_parser *parser = pl_parser_new(PL_PARSER_RESPONSES);
    struct pl_str input = {text, text_len}, piece = {0};
    unsigned good = 0;
    size_t len = 0;

    assert_non_null(parser);
    for (unsigned which = 0;;) {
        const enum pl_parsed parsed = pl_parser_next(parser, &input, &piece);

        assert_int_not_equal(parsed, PL_PARSED_BAD);
        if (parsed == PL_PARSED_BODY && pl_parser_head(parser)->status == 200 && which == 0)
            assert_memory_equal(piece.ptr, body + len, piece.len);
        len += parsed == PL_PARSED_BODY ? piece.len : 0;
        if (parsed == PL_PARSED_END && pl_parser_head(parser)->status == 200) {
            assert_int_equal(len, which == 0 ? BODY_SIZE : 5 * 36 + 7);
            good++;
        }
        if (parsed == PL_PARSED_END) {
            pl_parser_begin(parser, false);
            which++;
            len = 0;
        }
        if (parsed == PL_PARSED_MORE)
            break;
    }
    pl_parser_free(parser);
    return good;
}

/* --- A run ------------------------------------------------------------------------------------ */

static void give_up(void *context)
{
    (void)context;
    hung = true;
    pl_loop_stop(loop);
}

static enum pl_status set_up(struct pl_error *error)
{
    struct pl_server_options options = {.address = "127.0.0.1",
                                        .body_size_bytes_max = 2 * BODY_SIZE,
                                        .head_ms = 1000,
                                        .body_ms = 1000,
                                        .idle_ms = 1000,
                                        .write_ms = 1000,
                                        .pending_size_bytes_max = TEXT_SIZE,
                                        .on_request = on_origin_request};
    struct pl_upstream_options to = {.host = "127.0.0.1"};

    PL_RETURN_IF(pl_loop_new(&loop, error));
    PL_RETURN_IF(pl_server_new(loop, &options, &origin, error));
    options.on_request = on_proxy_request;
    PL_RETURN_IF(pl_server_new(loop, &options, &proxy, error));
    to.port = pl_server_port(origin);
    return pl_upstream_new(loop, &to, &upstream, error);
}

/* The client's own part does not fail. */
static void ask(unsigned failing)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(pl_server_port(proxy))};
    struct pl_timer timer = {0};
    struct pl_fd_watch watch = {0};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &address.sin_addr), 1);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(pl_timer_init(&timer, loop, give_up, NULL, NULL), PL_OK);
    assert_int_equal(pl_watch_init(&watch, loop, fd, on_client_ready, &watch, NULL), PL_OK);
    pl_watch_set(&watch, PL_READY_READ | PL_READY_WRITE);
    pl_timer_start(&timer, PATIENCE_MS);
    left = failing;
    assert_int_equal(pl_loop_run(loop, NULL), PL_OK);
    pl_watch_deinit(&watch);
    pl_timer_deinit(&timer);
    (void)close(fd);
}

/* True when an allocation failed in it. */
static bool run_once(unsigned failing)
{
    struct pl_error error = {0};

    request_at = text_len = jobs_count = 0;
    hung = has_failed = false;
    loop = NULL;
    origin = proxy = NULL;
    upstream = NULL;
    left = failing;

    const enum pl_status status = set_up(&error);
    const unsigned rest = left;

    left = 0;
    if (status == PL_OK)
        ask(rest);
    else
        assert_int_equal(status, PL_E_MEMORY);
    pl_server_free(proxy);
    pl_upstream_free(upstream);
    pl_server_free(origin);
    pl_loop_free(loop);
    left = 0;
    if (hung)
        fail_msg("it hangs when allocation %u fails", failing);
    if (status == PL_OK && check_answers() != 3 && !has_failed)
        fail_msg("not all was answered, and no allocation failed: %.*s", (int)text_len, text);
    return has_failed;
}

static void whichever_allocation_fails_it_ends_well(void **state)
{
    (void)state;
    unsigned run = 1;

    make_requests();
    while (run < RUNS_MAX && run_once(run))
        run++;
    assert_true(run > 30 && run < RUNS_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whichever_allocation_fails_it_ends_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

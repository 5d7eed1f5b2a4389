/* The server of the tests, and the clients: plain sockets, so that every byte is the test's own. */
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
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "net_server.h"

#define PATIENCE_S         10
#define FLOW_PENDING_BYTES ((size_t)64 * 1024)

/* --- What is asked of it ---------------------------------------------------------------------- */

struct test_held {
    struct test_server *test;
    struct pl_request *request;
    struct test_held *next;
    size_t left;
    int piece;
    bool gone;
};

static void note_pending(struct test_held *held)
{
    const size_t pending = pl_request_pending_bytes(held->request);

    if (pending > atomic_load(&held->test->pending_max))
        atomic_store(&held->test->pending_max, pending);
}

static void on_gone(void *context)
{
    struct test_held *held = context;

    held->gone = true;
    (void)atomic_fetch_add(&held->test->gone, 1);
}

static void flow(void *context)
{
    static const char PIECE[8192];
    struct test_held *held = context;

    (void)atomic_fetch_add(&held->test->drained, 1);
    while (held->left > 0 && pl_request_pending_bytes(held->request) < FLOW_PENDING_BYTES) {
        const size_t len = held->left < sizeof PIECE ? held->left : sizeof PIECE;

        pl_request_write(held->request, (struct pl_str){PIECE, len});
        held->left -= len;
        note_pending(held);
    }
    if (held->left == 0) {
        held->gone = true;
        pl_request_end(held->request, (struct pl_str){"", 0});
    }
}

static void post(struct test_server *test, pl_loop_work work, void *context)
{
    if (pl_loop_post(test->loop, work, context, NULL) != PL_OK)
        abort(); /* not always the thread of the tests */
}

static void flood(void *context)
{
    static const char PIECE[8192];
    struct test_held *held = context;

    if (held->gone)
        return;
    pl_request_write(held->request, (struct pl_str){PIECE, sizeof PIECE});
    note_pending(held);
    post(held->test, flood, held);
}

static void next_piece(void *context)
{
    static const char *const PIECES[] = {"one", "two", "three"};
    struct test_held *held = context;

    if (held->gone)
        return;
    if (held->piece < 2) {
        pl_request_write(held->request, pl_str_of(PIECES[held->piece++]));
        post(held->test, next_piece, held);
    } else {
        held->gone = true;
        pl_request_end(held->request, pl_str_of(PIECES[2]));
    }
}

static void echo(struct pl_request *request)
{
    const struct pl_http_head *head = pl_request_head(request);
    const struct pl_str body = pl_request_body(request);
    const struct pl_http_header type = {PL_STR("content-type"), PL_STR("text/plain\r\nX-Bad: 1")};
    struct pl_buffer text;

    pl_buffer_init(&text, (size_t)1 << 26);
    pl_buffer_add_format(&text, "%.*s %.*s?%.*s %zu\n", PL_STR_ARG(head->method),
                         PL_STR_ARG(head->path), PL_STR_ARG(head->query), body.len);
    pl_buffer_add(&text, body);
    pl_request_answer(request, 200, &type, 1, pl_buffer_view(&text));
    pl_buffer_deinit(&text);
}

static void stream(struct test_held *held, struct pl_str path, struct pl_str query)
{
    uint64_t size = 0;

    pl_request_begin(held->request, 200, NULL, 0);
    if (pl_str_equal_text(path, "/flow") && pl_str_to_uint64(query, &size)) {
        held->left = (size_t)size;
        pl_request_on_drained(held->request, flow, held);
        flow(held);
    } else if (pl_str_equal_text(path, "/flood")) {
        post(held->test, flood, held);
    } else if (pl_str_equal_text(path, "/pieces")) {
        next_piece(held);
    } else {
        pl_request_write(held->request, PL_STR("begun"));
        held->gone = true;
        pl_request_abort(held->request);
    }
}

static void on_request(struct pl_request *request, void *context)
{
    const struct pl_http_head *head = pl_request_head(request);
    struct test_server *test = context;
    struct test_held *held = NULL;

    (void)atomic_fetch_add(&test->requests, 1);
    if (!pl_str_equal_text(head->path, "/hold") && !pl_str_equal_text(head->path, "/flow") &&
        !pl_str_equal_text(head->path, "/flood") && !pl_str_equal_text(head->path, "/pieces") &&
        !pl_str_equal_text(head->path, "/abort")) {
        echo(request);
        return;
    }
    held = calloc(1, sizeof *held);
    if (held == NULL)
        abort();
    held->test = test;
    held->request = request;
    held->next = test->held;
    test->held = held;
    pl_request_on_gone(request, on_gone, held);
    if (!pl_str_equal_text(head->path, "/hold"))
        stream(held, head->path, head->query);
}

static void on_refuse(uint32_t status, const char *why, struct pl_str *ret_body, void *context)
{
    struct test_server *test = context;

    (void)atomic_fetch_add(&test->refused, 1);
    atomic_store(&test->last_refusal, status);
    *ret_body = pl_str_of(why);
}

static void release(void *context)
{
    struct test_server *test = context;

    for (struct test_held *held = test->held; held != NULL; held = held->next) {
        if (held->gone)
            continue;
        held->gone = true;
        pl_request_answer(held->request, 200, NULL, 0, PL_STR("held\n"));
    }
}

/* --- Started and stopped ---------------------------------------------------------------------- */

struct pl_server_options test_server_options(void)
{
    return (struct pl_server_options){
        .address = "127.0.0.1",
        .connections_max = 64,
        .body_size_bytes_max = (size_t)1 << 20,
        .head_ms = 10000,
        .body_ms = 10000,
        .idle_ms = 10000,
        .write_ms = 10000,
        .pending_size_bytes_max = (size_t)1 << 20,
        .on_request = on_request,
        .on_refuse = on_refuse,
    };
}

static void *run(void *context)
{
    struct test_server *test = context;

    return pl_loop_run(test->loop, NULL) == PL_OK ? test : NULL;
}

void test_server_start(struct test_server *test, const struct pl_server_options *options)
{
    struct pl_server_options used = *options;
    struct pl_error error = {0};

    *test = (struct test_server){0};
    used.context = test;
    if (pl_loop_new(&test->loop, &error) != PL_OK ||
        pl_server_new(test->loop, &used, &test->server, &error) != PL_OK)
        fail_msg("%s", error.message);
    assert_int_equal(pthread_create(&test->thread, NULL, run, test), 0);
}

void test_server_stop(struct test_server *test)
{
    void *result = NULL;

    pl_loop_stop(test->loop);
    assert_int_equal(pthread_join(test->thread, &result), 0);
    assert_ptr_equal(result, test);
    pl_server_free(test->server);
    pl_loop_free(test->loop);
    while (test->held != NULL) {
        struct test_held *held = test->held;

        test->held = held->next;
        free(held);
    }
}

struct task {
    pl_loop_work work;
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
};

static void do_task(void *context)
{
    struct task *task = context;

    task->work(task->context);
    (void)pthread_mutex_lock(&task->lock);
    task->done = true;
    (void)pthread_cond_signal(&task->changed);
    (void)pthread_mutex_unlock(&task->lock);
}

void test_server_do(struct test_server *test, pl_loop_work work, void *context)
{
    struct task task = {.work = work, .context = context};

    (void)pthread_mutex_init(&task.lock, NULL);
    (void)pthread_cond_init(&task.changed, NULL);
    post(test, do_task, &task);
    (void)pthread_mutex_lock(&task.lock);
    while (!task.done)
        (void)pthread_cond_wait(&task.changed, &task.lock);
    (void)pthread_mutex_unlock(&task.lock);
    (void)pthread_cond_destroy(&task.changed);
    (void)pthread_mutex_destroy(&task.lock);
}

struct counted {
    struct pl_server *server;
    struct pl_server_counts counts;
};

static void take_counts(void *context)
{
    struct counted *counted = context;

    counted->counts = pl_server_counts(counted->server);
}

struct pl_server_counts test_server_counts(struct test_server *test)
{
    struct counted counted = {.server = test->server};

    test_server_do(test, take_counts, &counted);
    return counted.counts;
}

void test_server_release(struct test_server *test)
{
    test_server_do(test, release, test);
}

void test_wait_for(atomic_uint *value, unsigned wanted)
{
    const struct timespec moment = {.tv_nsec = 1000000};

    for (int i = 0; i < PATIENCE_S * 1000 && atomic_load(value) < wanted; i++)
        (void)nanosleep(&moment, NULL);
    if (atomic_load(value) < wanted)
        fail_msg("still %u after %d seconds, and %u is waited for", atomic_load(value), PATIENCE_S,
                 wanted);
}

/* --- Clients ---------------------------------------------------------------------------------- */

int test_client(const struct test_server *test)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(pl_server_port(test->server))};
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &address.sin_addr), 1);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        fail_msg("cannot connect: %s", strerror(errno));
    return fd;
}

bool test_try_to_send(int fd, struct pl_str bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        const ssize_t count = send(fd, bytes.ptr + at, bytes.len - at, MSG_NOSIGNAL);

        if (count < 0 && (errno == EPIPE || errno == ECONNRESET))
            return false;
        if (count < 0)
            fail_msg("cannot send: %s", strerror(errno));
        at += (size_t)count;
    }
    return true;
}

void test_send(int fd, struct pl_str bytes)
{
    assert_true(test_try_to_send(fd, bytes));
}

void test_send_text(int fd, const char *text)
{
    test_send(fd, pl_str_of(text));
}

/* 1: bytes came, 0: the end, -1: a reset. */
static int read_some(int fd, struct pl_buffer *text)
{
    char piece[16384];
    const ssize_t count = recv(fd, piece, sizeof piece, 0);

    if (count < 0 && errno == ECONNRESET)
        return -1;
    if (count < 0)
        fail_msg("nothing came, after \"%.200s\": %s", text->ptr == NULL ? "" : text->ptr,
                 strerror(errno));
    pl_buffer_add(text, (struct pl_str){piece, (size_t)count});
    assert_int_equal(text->failed, PL_OK);
    return count > 0;
}

void test_read_times(int fd, const char *wanted, size_t times, struct pl_buffer *text)
{
    const size_t overlap = strlen(wanted) - 1;
    size_t seen = 0; /* `wanted` does not begin before it, but for those counted */

    for (;;) {
        const struct pl_buffer rest = {.ptr = text->ptr + seen, .len = text->len - seen};
        const size_t count = test_count(&rest, wanted);

        if (count >= times)
            return;
        times -= count;
        for (size_t i = 0; i < count; i++) {
            const char *from = text->ptr + seen;
            const char *at = memmem(from, text->len - seen, wanted, overlap + 1);

            seen = at == NULL ? text->len : (size_t)(at - text->ptr) + overlap + 1;
        }
        if (text->len > seen + overlap)
            seen = text->len - overlap;
        if (read_some(fd, text) <= 0)
            fail_msg("the server closed after \"%.200s\"", text->ptr == NULL ? "" : text->ptr);
    }
}

void test_read_until(int fd, const char *wanted, struct pl_buffer *text)
{
    test_read_times(fd, wanted, 1, text);
}

bool test_read_all(int fd, struct pl_buffer *text)
{
    int outcome = 1;

    while (outcome > 0)
        outcome = read_some(fd, text);
    return outcome == 0;
}

size_t test_count(const struct pl_buffer *text, const char *what)
{
    size_t count = 0;
    const char *at = text->ptr, *end = text->ptr + text->len;

    while (at != NULL && (at = memmem(at, (size_t)(end - at), what, strlen(what))) != NULL) {
        at += strlen(what);
        count++;
    }
    return count;
}

void test_expect_begin(const struct pl_buffer *answer, const char *wanted)
{
    if (!pl_str_starts_with(pl_buffer_view(answer), pl_str_of(wanted)))
        fail_msg("\"%.300s\" does not begin with \"%s\"", answer->ptr, wanted);
}

void test_expect_count(const struct pl_buffer *answer, const char *what, size_t times)
{
    if (test_count(answer, what) != times)
        fail_msg("%zu times \"%s\" in place of %zu: \"%.2000s\"", test_count(answer, what), what,
                 times, answer->ptr);
}

int64_t test_now_ms(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void test_pause_ms(long ms)
{
    const struct timespec moment = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

    (void)nanosleep(&moment, NULL);
}

/* The server of the upstream's tests: blocking sockets, and one step after the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "net_peer.h"

#define PATIENCE_MS 10000

/* --- Steps ------------------------------------------------------------------------------------ */

/* Not in the thread of the tests, so that a broken promise ends the program. */
static void must(bool holds, const char *what)
{
    if (holds)
        return;
    (void)fprintf(stderr, "the server of the test: %s\n", what);
    abort();
}

static void pause_ms(size_t ms)
{
    const struct timespec moment = {.tv_sec = (time_t)(ms / 1000),
                                    .tv_nsec = (long)(ms % 1000) * 1000000};

    (void)nanosleep(&moment, NULL);
}

/* False at the end, or a reset. */
static bool read_some(struct test_peer *peer, int fd)
{
    char bytes[16384];
    const ssize_t count = recv(fd, bytes, sizeof bytes, 0);

    if (count <= 0)
        return false;
    pl_buffer_add(&peer->seen, (struct pl_str){bytes, (size_t)count});
    must(peer->seen.failed == PL_OK, "too much was sent to it");
    return true;
}

/* A request, from where the last ended. */
static bool read_request(struct test_peer *peer, int fd, size_t from, bool whole)
{
    for (;;) {
        const char *text = peer->seen.ptr == NULL ? "" : peer->seen.ptr + from;
        const char *end = strstr(text, "\r\n\r\n");

        if (end != NULL) {
            const char *length = strstr(text, "Content-Length: ");
            const size_t body =
                whole && length != NULL && length < end ? strtoul(length + 16, NULL, 10) : 0;

            if (peer->seen.len - from >= (size_t)(end + 4 - text) + body) {
                (void)atomic_fetch_add(&peer->requests, 1);
                return true;
            }
        }
        if (!read_some(peer, fd))
            return false;
    }
}

static bool send_all(struct test_peer *peer, int fd, struct pl_str bytes)
{
    while (bytes.len > 0) {
        const ssize_t count = send(fd, bytes.ptr, bytes.len, MSG_NOSIGNAL);

        if (count < 0)
            return false;
        (void)atomic_fetch_add(&peer->sent, (size_t)count);
        bytes = (struct pl_str){bytes.ptr + count, bytes.len - (size_t)count};
    }
    return true;
}

static void flood(struct test_peer *peer, int fd, size_t count)
{
    static const char BYTES[65536];

    while (count > 0) {
        const size_t len = count < sizeof BYTES ? count : sizeof BYTES;

        if (!send_all(peer, fd, (struct pl_str){BYTES, len})) {
            (void)atomic_fetch_add(&peer->closed, 1);
            return;
        }
        count -= len;
    }
}

static bool is_closed(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLRDHUP};

    return poll(&poll_fd, 1, 0) > 0;
}

static void trickle(struct test_peer *peer, int fd, const char *text)
{
    for (; *text != '\0' && !is_closed(fd); text++) {
        if (!send_all(peer, fd, (struct pl_str){text, 1}))
            break;
        pause_ms(5);
    }
    if (*text != '\0')
        (void)atomic_fetch_add(&peer->closed, 1);
}

static void step(struct test_peer *peer, int fd, const struct test_step *it)
{
    const struct linger reset = {.l_onoff = 1};
    const size_t from = peer->seen.len;

    switch (it->act) {
    case TEST_READ:
        (void)read_request(peer, fd, from, true);
        return;
    case TEST_HEAD:
        (void)read_request(peer, fd, from, false);
        return;
    case TEST_SEND:
        (void)send_all(peer, fd,
                       (struct pl_str){it->text, it->count > 0 ? it->count : strlen(it->text)});
        return;
    case TEST_TRICKLE:
        trickle(peer, fd, it->text);
        return;
    case TEST_FLOOD:
        flood(peer, fd, it->count);
        return;
    case TEST_WAIT:
        while (read_some(peer, fd))
            continue;
        (void)atomic_fetch_add(&peer->closed, 1);
        return;
    case TEST_PAUSE:
        pause_ms(it->count);
        return;
    case TEST_RESET:
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        return;
    case TEST_OVER:
        return;
    }
}

static void *run(void *context)
{
    const struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
    struct test_peer *peer = context;

    for (size_t i = 0; i < peer->programs_count; i++) {
        struct pollfd waiting = {.fd = peer->fd, .events = POLLIN};
        int fd = -1;

        if (poll(&waiting, 1, PATIENCE_MS) == 1)
            fd = accept(peer->fd, NULL, NULL);
        if (fd < 0)
            return NULL; /* the test counts the connections */
        (void)atomic_fetch_add(&peer->accepted, 1);
        (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        for (size_t at = 0; at < TEST_STEPS_MAX && peer->programs[i][at].act != TEST_OVER; at++)
            step(peer, fd, &peer->programs[i][at]);
        (void)close(fd);
    }
    return peer;
}

void test_peer_init(struct test_peer *peer)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;

    *peer = (struct test_peer){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    pl_buffer_init(&peer->seen, (size_t)1 << 28);
    assert_true(peer->fd >= 0);
    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &address.sin_addr), 1);
    assert_int_equal(bind(peer->fd, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(peer->fd, 16), 0);
    assert_int_equal(getsockname(peer->fd, (struct sockaddr *)&address, &size), 0);
    peer->port = ntohs(address.sin_port);
}

void test_peer_run(struct test_peer *peer, const struct test_step (*programs)[TEST_STEPS_MAX],
                   size_t count)
{
    assert_true(count <= TEST_CONNECTIONS_MAX);
    memcpy(peer->programs, programs, count * sizeof programs[0]);
    peer->programs_count = count;
    assert_int_equal(pthread_create(&peer->thread, NULL, run, peer), 0);
}

void test_peer_stop(struct test_peer *peer)
{
    void *result = NULL;

    assert_int_equal(pthread_join(peer->thread, &result), 0);
    if (result != peer)
        fail_msg("%u connections came, and %zu were waited for", atomic_load(&peer->accepted),
                 peer->programs_count);
}

void test_peer_deinit(struct test_peer *peer)
{
    pl_buffer_deinit(&peer->seen);
    (void)close(peer->fd);
}

/* --- Exchanges -------------------------------------------------------------------------------- */

static unsigned ends_wanted, ends_come;

static void on_head(struct pl_exchange *exchange, const struct pl_http_head *head, void *context)
{
    struct test_course *course = context;

    assert_ptr_equal(exchange, course->exchange);
    assert_int_equal(course->ends, 0);
    course->heads++;
    course->status = head->status;
    course->length = head->length;
    if (course->at_head != NULL)
        course->at_head(course);
}

static void on_body(struct pl_exchange *exchange, struct pl_str piece, void *context)
{
    struct test_course *course = context;

    assert_ptr_equal(exchange, course->exchange);
    assert_int_equal(course->ends, 0);
    assert_int_equal(course->heads, 1);
    assert_true(piece.len > 0);
    course->pieces++;
    pl_buffer_add(&course->body, piece);
    if (course->at_piece != NULL)
        course->at_piece(course);
}

static void on_end(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why,
                   void *context)
{
    struct test_course *course = context;

    assert_ptr_equal(exchange, course->exchange);
    assert_true(strlen(why) > 0);
    course->times = pl_exchange_times(exchange);
    course->ends++;
    course->end = end;
    (void)snprintf(course->why, sizeof course->why, "%s", why);
    if (++ends_come >= ends_wanted)
        pl_loop_stop(course->loop);
    if (course->at_end != NULL)
        course->at_end(course);
}

const struct pl_exchange_handlers test_handlers = {on_head, on_body, on_end};

struct pl_exchange_request test_request(const char *body)
{
    return (struct pl_exchange_request){
        .method = body[0] == '\0' ? PL_STR("GET") : PL_STR("POST"),
        .target = PL_STR("/a"),
        .body = pl_str_of(body),
        .connect_ms = PATIENCE_MS,
        .first_byte_ms = PATIENCE_MS,
        .stall_ms = PATIENCE_MS,
        .total_ms = PATIENCE_MS,
    };
}

void test_course_init(struct test_course *course, struct pl_loop *loop)
{
    *course = (struct test_course){.loop = loop};
    pl_buffer_init(&course->body, (size_t)1 << 27);
}

void test_course_deinit(struct test_course *course)
{
    pl_buffer_deinit(&course->body);
}

void test_course_start(struct test_course *course, struct pl_upstream *upstream,
                       const struct pl_exchange_request *request)
{
    struct pl_error error = {0};

    if (pl_exchange_start(upstream, request, &test_handlers, course, &course->exchange, &error) !=
        PL_OK)
        fail_msg("%s", error.message);
    assert_int_equal(course->heads + course->ends, 0); /* nothing is called before it returns */
}

static void stop(void *context)
{
    pl_loop_stop(context);
}

void test_run(struct pl_loop *loop, unsigned ends, uint64_t ms)
{
    struct pl_timer timer = {0};

    ends_wanted = ends;
    ends_come = 0;
    assert_int_equal(pl_timer_init(&timer, loop, stop, loop, NULL), PL_OK);
    pl_timer_start(&timer, ms == 0 ? PATIENCE_MS : ms);
    assert_int_equal(pl_loop_run(loop, NULL), PL_OK);
    pl_timer_deinit(&timer);
    if (ms == 0 && ends_come < ends)
        fail_msg("%u exchanges ended, and %u were waited for", ends_come, ends);
}

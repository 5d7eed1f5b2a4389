/*
 * A server that does what a test has written down, in a thread of its own: one program for each
 * connection, one connection after the other. And an exchange whose course is kept, in the test's
 * own thread.
 */
#ifndef TEST_NET_PEER_H
#define TEST_NET_PEER_H

#include "base/buffer.h"
#include "net/upstream.h"

#include <pthread.h>
#include <stdatomic.h>

enum test_act {
    TEST_OVER,    /* closes, and goes on to the next connection */
    TEST_READ,    /* a whole request */
    TEST_HEAD,    /* only its head */
    TEST_SEND,    /* `text` */
    TEST_TRICKLE, /* `text`, a byte every five milliseconds, until the other side closes */
    TEST_FLOOD,   /* `count` bytes, or until the other side closes */
    TEST_WAIT,    /* until the other side closes */
    TEST_PAUSE,   /* `count` milliseconds */
    TEST_RESET,   /* closes by a reset */
};

struct test_step {
    enum test_act act;
    const char *text; /* to be sent */
    size_t count;     /* of `text` where it has NUL bytes; else see there */
};

#define TEST_STEPS_MAX       6
#define TEST_CONNECTIONS_MAX 4

struct test_peer {
    int fd;
    uint16_t port;
    pthread_t thread;
    struct test_step programs[TEST_CONNECTIONS_MAX][TEST_STEPS_MAX];
    size_t programs_count;
    atomic_uint accepted, closed,
        requests; /* connections; those that the other side has closed; requests read */
    atomic_size_t sent;
    struct pl_buffer seen; /* all that was read; after test_peer_stop */
};

/* Listens; test_peer_run starts the programs. */
void test_peer_init(struct test_peer *peer);
void test_peer_run(struct test_peer *peer, const struct test_step (*programs)[TEST_STEPS_MAX],
                   size_t count);

/* Waits until the programs are over; fails the test when they are not after ten seconds. */
void test_peer_stop(struct test_peer *peer);
void test_peer_deinit(struct test_peer *peer);

/* What an exchange did, and what the test does in it. */
struct test_course {
    struct pl_loop *loop;
    struct pl_exchange *exchange;
    unsigned heads, pieces, ends;
    uint32_t status;
    uint64_t length;
    struct pl_buffer body;
    enum pl_exchange_end end;
    char why[256];
    struct pl_exchange_times times; /* at its end */
    void (*at_head)(struct test_course *course);
    void (*at_piece)(struct test_course *course);
    void (*at_end)(struct test_course *course);
};

extern const struct pl_exchange_handlers test_handlers;

/* A request of "POST /a" with `body`, or "GET /a" where it is empty; bounds of ten seconds. */
struct pl_exchange_request test_request(const char *body);

void test_course_init(struct test_course *course, struct pl_loop *loop);
void test_course_deinit(struct test_course *course);
void test_course_start(struct test_course *course, struct pl_upstream *upstream,
                       const struct pl_exchange_request *request);

/* Runs the loop until so many exchanges have ended, or for a time (0: ten seconds, which fail the
   test). */
void test_run(struct pl_loop *loop, unsigned ends, uint64_t ms);

#endif

/*
 * A server under test, in a thread of its own, and clients that block. What the server does is told
 * by the path:
 *   /echo           answers "METHOD path?query LENGTH\n" and the body
 *   /hold           answers "held\n" when test_server_release is called
 *   /flow?N         streams N bytes, as fast as the client takes them
 *   /flood          streams without an end and without looking whether anything is taken
 *   /pieces         streams "one", "two" and "three", the later ones each in a turn of the loop
 *   /abort          begins to stream and aborts
 */
#ifndef TEST_NET_SERVER_H
#define TEST_NET_SERVER_H

#include "base/buffer.h"
#include "net/server.h"

#include <pthread.h>
#include <stdatomic.h>

struct test_server {
    struct pl_loop *loop;
    struct pl_server *server;
    pthread_t thread;
    atomic_uint requests, gone, refused, last_refusal, drained;
    atomic_size_t pending_max; /* the most that ever waited to be taken */
    struct test_held *held;    /* of the loop's thread */
};

/* Small limits, that a test may change before it starts the server. */
struct pl_server_options test_server_options(void);

void test_server_start(struct test_server *test, const struct pl_server_options *options);
void test_server_stop(struct test_server *test);

/* In the loop's thread, waiting for it. */
void test_server_do(struct test_server *test, pl_loop_work work, void *context);
struct pl_server_counts test_server_counts(struct test_server *test);
void test_server_release(struct test_server *test);

/* Waits until `*value` is at least `wanted`; fails the test after ten seconds. */
void test_wait_for(atomic_uint *value, unsigned wanted);

/* ---- a client: everything fails the test after ten seconds ---- */

int test_client(const struct test_server *test);
void test_send(int fd, struct pl_str bytes);
void test_send_text(int fd, const char *text);

/* True when all was sent, false when the server has closed. */
bool test_try_to_send(int fd, struct pl_str bytes);

/* Reads until `text` holds `wanted`, so many times or once. */
void test_read_times(int fd, const char *wanted, size_t times, struct pl_buffer *text);
void test_read_until(int fd, const char *wanted, struct pl_buffer *text);

/* Reads all until the server closes. True: in order, false: by a reset. */
bool test_read_all(int fd, struct pl_buffer *text);

/* How often `what` is in `text`. */
size_t test_count(const struct pl_buffer *text, const char *what);

/* Fails the test where the answer does not begin with that, or does not have it so many times. */
void test_expect_begin(const struct pl_buffer *answer, const char *wanted);
void test_expect_count(const struct pl_buffer *answer, const char *what, size_t times);

int64_t test_now_ms(void); /* of the monotonic clock */
void test_pause_ms(long ms);

#endif

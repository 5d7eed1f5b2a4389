/*
 * An event loop: readiness of descriptors, timers and work handed over by other threads. One loop
 * for each worker thread; everything but pl_loop_post and pl_loop_stop is called in the loop's own
 * thread. Callbacks never nest: none is called from inside another function of this header.
 */
#ifndef PL_NET_LOOP_H
#define PL_NET_LOOP_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct pl_loop;

typedef void (*pl_loop_work)(void *context);

PL_MUST_CHECK enum pl_status pl_loop_new(struct pl_loop **ret_loop, struct pl_error *error);
void pl_loop_free(struct pl_loop *loop);

/* Runs until pl_loop_stop. PL_E_IO when the system refuses. */
PL_MUST_CHECK enum pl_status pl_loop_run(struct pl_loop *loop, struct pl_error *error);

/* Ends pl_loop_run after the callbacks under way. Any thread; not a signal handler. */
void pl_loop_stop(struct pl_loop *loop);

/* Has `work` done in the loop's thread, in the order of the posts. Any thread. PL_E_LIMIT when
   PL_LOOP_POSTS_MAX are waiting. */
PL_MUST_CHECK enum pl_status pl_loop_post(struct pl_loop *loop, pl_loop_work work, void *context,
                                          struct pl_error *error);
#define PL_LOOP_POSTS_MAX 65536

/* A timer, kept by its owner; zeroed memory is a timer that is not set. It fires once for each
   start. */
struct pl_timer {
    struct pl_loop *loop;
    pl_loop_work fire;
    void *context;
    void *event; /* private */
};
PL_MUST_CHECK enum pl_status pl_timer_init(struct pl_timer *timer, struct pl_loop *loop,
                                           pl_loop_work fire, void *context,
                                           struct pl_error *error);
void pl_timer_start(struct pl_timer *timer, uint64_t delay_ms); /* one that runs starts anew */
void pl_timer_stop(struct pl_timer *timer);
void pl_timer_deinit(struct pl_timer *timer); /* of zeroed memory as well */

/* A descriptor that is watched, level-triggered. */
enum pl_ready { PL_READY_READ = 1, PL_READY_WRITE = 2 };
typedef void (*pl_watch_work)(uint32_t ready, void *context); /* bits of enum pl_ready */
struct pl_fd_watch {
    struct pl_loop *loop;
    int fd;
    uint32_t wanted;
    pl_watch_work work;
    void *context;
    void *event; /* private */
};
PL_MUST_CHECK enum pl_status pl_watch_init(struct pl_fd_watch *watch, struct pl_loop *loop, int fd,
                                           pl_watch_work work, void *context,
                                           struct pl_error *error);
void pl_watch_set(struct pl_fd_watch *watch, uint32_t wanted); /* 0: none for now */
void pl_watch_deinit(struct pl_fd_watch *watch);               /* does not close the descriptor */

#endif

/*
 * What the files of this layer share of a loop and others do not need: work for the moment after
 * the callback under way, coarse deadlines that cost no system call, and memory to read into. All
 * of it belongs to the loop's thread.
 */
#ifndef PL_NET_INSIDE_H
#define PL_NET_INSIDE_H

#include "net/loop.h"

#include <stddef.h>

/* Nanoseconds of a clock that never goes back. Any thread. */
uint64_t pl_net_clock_ns(void);

/*
 * Work to be done when the callback under way has returned, and before any other begins. Kept by
 * its owner; zeroed memory is one that is not queued. Objects that are freed inside their own
 * callbacks are let go this way.
 */
struct pl_soon {
    struct pl_soon *next, *prev;
    pl_loop_work work;
    void *context;
};
void pl_soon_queue(struct pl_loop *loop, struct pl_soon *soon, pl_loop_work work, void *context);
void pl_soon_cancel(struct pl_loop *loop, struct pl_soon *soon); /* of one not queued as well */

/*
 * A point in time after which `fire` is called once, late by up to PL_DEADLINE_LATE_MS_MAX and
 * never early. To put it off costs one store, so it may be done for each piece that comes. Kept by
 * its owner; zeroed memory is one that is not set.
 */
struct pl_deadline {
    struct pl_deadline *next, *prev;
    uint64_t at_ms, turn; /* `turn` of the wheel at which it is looked at */
    pl_loop_work fire;
    void *context;
};
#define PL_DEADLINE_NEVER       UINT64_MAX
#define PL_DEADLINE_LATE_MS_MAX 10
/* `fire` and `context` are set by the owner before. PL_DEADLINE_NEVER: stays where it is,
   unheeded. */
void pl_deadline_set(struct pl_loop *loop, struct pl_deadline *deadline, uint64_t delay_ms);
void pl_deadline_stop(struct pl_loop *loop, struct pl_deadline *deadline); /* before it is freed */

/* Memory to read into, valid until the callback under way returns. */
#define PL_SCRATCH_SIZE_BYTES ((size_t)64 * 1024)
char *pl_loop_scratch(struct pl_loop *loop);

#endif

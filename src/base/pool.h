/*
 * Parallel loops over independent items. There is no queue and no shared state: workers take the next
 * index until none is left, so the result must not depend on who does what.
 */
#ifndef PL_BASE_POOL_H
#define PL_BASE_POOL_H

#include <stddef.h>
#include <stdint.h>

/* Does item `index`; `worker` is 0 .. threads - 1, for scratch memory of one's own. */
typedef void (*pl_pool_work)(size_t index, uint32_t worker, void *context);

#define PL_POOL_THREADS_MAX 256

/*
 * Runs `work` for 0 .. count - 1 on up to `threads` threads, the caller's included, and returns when
 * all are done. When a thread cannot be started the others do its part.
 */
void pl_pool_run(size_t count, uint32_t threads, pl_pool_work work, void *context);

#endif

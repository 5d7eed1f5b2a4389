/*
 * Parallel loops: one atomic counter, from which every thread takes the next index. The caller
 * works too, so that a machine that starts no thread at all still does everything.
 */
#include "base/pool.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

struct loop {
    atomic_size_t next;
    size_t count;
    pl_pool_work work;
    void *context;
};

struct worker {
    pthread_t thread;
    struct loop *loop;
    uint32_t number;
};

static void take_items(struct loop *loop, uint32_t worker)
{
    /* Taking stops at `count` before adding, so the counter cannot wrap. */
    for (;;) {
        size_t index = atomic_load_explicit(&loop->next, memory_order_relaxed);

        do {
            if (index >= loop->count)
                return;
        } while (!atomic_compare_exchange_weak_explicit(
            &loop->next, &index, index + 1, memory_order_relaxed, memory_order_relaxed));
        loop->work(index, worker, loop->context);
    }
}

static void *worker_main(void *argument)
{
    const struct worker *worker = argument;

    take_items(worker->loop, worker->number);
    return NULL;
}

/* Starts up to `wanted` threads and returns how many run. Signals stay with the caller's thread. */
static uint32_t start_workers(struct worker *workers, uint32_t wanted, struct loop *loop)
{
    sigset_t all, before;
    uint32_t started = 0;

    (void)sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return 0;
    while (started < wanted) {
        struct worker *worker = &workers[started];

        worker->loop = loop;
        worker->number = started + 1;
        if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0)
            break;
        started++;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void pl_pool_run(size_t count, uint32_t threads, pl_pool_work work, void *context)
{
    struct worker workers[PL_POOL_THREADS_MAX];
    struct loop loop = {.count = count, .work = work, .context = context};
    uint32_t others = threads == 0 ? 0 : threads - 1;

    if (others >= PL_POOL_THREADS_MAX)
        others = PL_POOL_THREADS_MAX - 1;
    if (others >= count)
        others = count == 0 ? 0 : (uint32_t)(count - 1);

    const uint32_t started = start_workers(workers, others, &loop);

    take_items(&loop, 0);
    for (uint32_t i = 0; i < started; i++) {
        const int failed = pthread_join(workers[i].thread, NULL);

        assert(failed == 0);
        (void)failed;
    }
}

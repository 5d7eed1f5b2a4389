/* The parallel loop: every item once, whatever the number of threads. */
#include "base/pool.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#define ITEMS 1000

struct tally {
    atomic_int done[ITEMS];
    atomic_uint worker_largest;
    atomic_int busy[PL_POOL_THREADS_MAX];
    atomic_bool shared;
};

static void count_item(size_t index, uint32_t worker, void *context)
{
    struct tally *tally = context;
    unsigned largest = atomic_load(&tally->worker_largest);

    if (atomic_fetch_add(&tally->busy[worker], 1) != 0)
        atomic_store(&tally->shared, true);
    atomic_fetch_add(&tally->done[index], 1);
    while (worker > largest &&
           !atomic_compare_exchange_weak(&tally->worker_largest, &largest, worker))
        ;
    atomic_fetch_sub(&tally->busy[worker], 1);
}

static void every_item_is_done_once(void **state)
{
    (void)state;
    static const uint32_t THREADS[] = {0, 1, 2, 3, 8, 1000};
    static const size_t COUNTS[] = {0, 1, 2, 7, ITEMS};

    for (size_t i = 0; i < sizeof THREADS / sizeof *THREADS; i++) {
        for (size_t j = 0; j < sizeof COUNTS / sizeof *COUNTS; j++) {
            struct tally tally;
            const uint32_t allowed = THREADS[i] == 0 ? 1 : THREADS[i];

            memset(&tally, 0, sizeof tally);
            pl_pool_run(COUNTS[j], THREADS[i], count_item, &tally);
            for (size_t k = 0; k < ITEMS; k++)
                assert_int_equal(atomic_load(&tally.done[k]), k < COUNTS[j] ? 1 : 0);
            assert_true(atomic_load(&tally.worker_largest) < allowed);
            assert_true(atomic_load(&tally.worker_largest) < PL_POOL_THREADS_MAX);
            assert_false(atomic_load(&tally.shared));
        }
    }
}

static void meet(size_t index, uint32_t worker, void *context)
{
    (void)index;
    (void)worker;
    (void)pthread_barrier_wait(context);
}

/* Two items that wait for each other can only both be done by two threads. */
static void two_threads_work_at_the_same_time(void **state)
{
    (void)state;
    pthread_barrier_t barrier;

    assert_int_equal(pthread_barrier_init(&barrier, NULL, 2), 0);
    pl_pool_run(2, 2, meet, &barrier);
    assert_int_equal(pthread_barrier_destroy(&barrier), 0);
}

struct masks {
    pthread_barrier_t barrier;
    bool blocked[2];
};

static void note_mask(size_t index, uint32_t worker, void *context)
{
    struct masks *masks = context;
    sigset_t mask;

    (void)index;
    assert_int_equal(pthread_sigmask(SIG_SETMASK, NULL, &mask), 0);
    masks->blocked[worker] = sigismember(&mask, SIGINT) == 1;
    (void)pthread_barrier_wait(&masks->barrier);
}

static void signals_stay_with_the_caller(void **state)
{
    (void)state;
    struct masks masks = {.blocked = {true, false}};

    assert_int_equal(pthread_barrier_init(&masks.barrier, NULL, 2), 0);
    pl_pool_run(2, 2, note_mask, &masks);
    assert_int_equal(pthread_barrier_destroy(&masks.barrier), 0);
    assert_false(masks.blocked[0]);
    assert_true(masks.blocked[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_is_done_once),
        cmocka_unit_test(two_threads_work_at_the_same_time),
        cmocka_unit_test(signals_stay_with_the_caller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

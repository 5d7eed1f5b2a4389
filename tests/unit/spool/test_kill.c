/*
 * Processes killed in the middle of their work, again and again, over the same spool and ledger.
 * After each death the next process recovers, or is killed while it does; at the end every record
 * that was finished stands in the ledger once, every one that was only begun is there as
 * interrupted, and nothing is there twice.
 *
 *   PLIMSOLL_KILLS=100000 PLIMSOLL_SEED=7 test_spool_kill     for longer than the ordinary run
 */
#include "spool_child.h"

#include "base/rng.h"

#include <signal.h>

#define KILLS_DEFAULT   400
#define KILLS_EACH      60 /* over one ledger */
#define LANES           2
#define OPEN_MAX        64
#define LIFE_US_MAX     8000
#define RECORDS_PER_RUN 6000 /* of all lanes; what is more waits for the kill */

/* What a child is to do. */
struct run {
    struct test_spool *test;
    struct test_notes *notes;
    uint64_t seed;
    uint64_t number_max;
};

struct worker {
    const struct run *run;
    struct pl_spool *spool;
    uint32_t index;
    struct pl_rng rng;
};

struct open_decision {
    uint64_t begun;
    uint64_t number;
};

/* The next number, or UINT64_MAX when the run has had its share. */
static uint64_t take_number(const struct run *run)
{
    const uint64_t number = atomic_fetch_add(&run->notes->next, 1);

    return number < run->number_max ? number : UINT64_MAX;
}

static void end_one(struct worker *worker, const struct open_decision *decision)
{
    struct test_notes *notes = worker->run->notes;
    const size_t size = 60 + (size_t)pl_rng_below(&worker->rng, 3000);
    char text[4096];

    atomic_store(&notes->state[decision->number], TEST_ENDING);
    if (pl_lane_end(pl_spool_lane(worker->spool, worker->index), decision->begun, "decision",
                    TEST_TIME_MS, test_decision(decision->number, "served", size, text)))
        atomic_store(&notes->state[decision->number], TEST_FINISHED);
    else
        atomic_store(&notes->state[decision->number], TEST_DROPPED);
}

/* Begins and ends decisions in no particular order, until it is killed. */
static void *decide(void *context)
{
    struct worker *worker = context;
    struct pl_lane *lane = pl_spool_lane(worker->spool, worker->index);
    struct open_decision open[OPEN_MAX];
    size_t count = 0;
    char text[4096];

    for (;;) {
        const size_t size = (size_t)pl_rng_below(&worker->rng, 1500);
        uint64_t begun;

        if (count == OPEN_MAX || (count > 0 && pl_rng_below(&worker->rng, 2) == 0)) {
            const size_t at = (size_t)pl_rng_below(&worker->rng, count);

            end_one(worker, &open[at]);
            open[at] = open[--count];
            continue;
        }

        const uint64_t number = take_number(worker->run);

        if (number == UINT64_MAX)
            break;
        begun = pl_lane_begin(lane, TEST_TIME_MS, test_decision(number, NULL, size, text));
        if (begun == 0)
            continue; /* nobody was told anything */
        atomic_store(&worker->run->notes->state[number], TEST_BEGUN);
        open[count++] = (struct open_decision){begun, number};
    }
    (void)pause();
    return NULL;
}

static void acknowledge(const struct pl_error *failure, void *context)
{
    _Atomic uint8_t *state = context;

    child_check(failure == NULL, "a durable record failed");
    atomic_store(state, TEST_FINISHED);
}

/* Durable records, for as long as there are numbers. */
static void confirm(const struct run *run, struct pl_spool *spool)
{
    const struct timespec nap = {.tv_nsec = 200000};
    char text[256];

    for (uint64_t number; (number = take_number(run)) != UINT64_MAX; (void)nanosleep(&nap, NULL)) {
        const struct pl_spool_record record = {"feedback", TEST_TIME_MS,
                                               test_decision(number, NULL, 0, text)};
        struct pl_error error = {0};

        atomic_store(&run->notes->state[number], TEST_ASKED);
        child_check(pl_spool_put_durable(spool, &record, acknowledge, &run->notes->state[number],
                                         &error) == PL_OK,
                    error.message);
    }
    (void)pause();
}

static void live(void *context)
{
    const struct run *run = context;
    struct pl_spool *spool = child_open(run->test, NULL);
    struct worker workers[LANES];
    pthread_t thread;

    for (uint32_t i = 0; i < LANES; i++) {
        workers[i] = (struct worker){.run = run, .spool = spool, .index = i};
        pl_rng_init(&workers[i].rng, run->seed, i);
        child_check(pthread_create(&thread, NULL, decide, &workers[i]) == 0, "no thread");
    }
    confirm(run, spool);
}

static void check_number(const struct test_ledger *ledger, const struct test_notes *notes,
                         uint64_t number, bool may_drop, uint64_t seed)
{
    const enum test_state state = atomic_load(&notes->state[number]);
    const unsigned times = ledger->times[number], cut = ledger->cut[number];
    bool good = times <= 1;

    if (state == TEST_FINISHED)
        good = times == 1 && cut == 0;
    else if (state == TEST_DROPPED)
        good = times == 0;
    else if (state == TEST_BEGUN)
        good = times == 1 && cut == 1;
    else if (state == TEST_ENDING)
        good = times == 1 || (times == 0 && may_drop);
    if (!good)
        fail_msg("number %" PRIu64 " in state %d stands in the ledger %u times, %u of them as "
                 "interrupted (seed %" PRIu64 ")",
                 number, (int)state, times, cut, seed);
}

/* What a test saw, so that it can tell whether it saw enough. */
struct sums {
    uint64_t finished, dropped, interrupted;
};

/* Recovers, and compares all that was noted with what the ledger has. */
static void check_all(const struct test_spool *test, const struct test_notes *notes, bool may_drop,
                      uint64_t seed, struct sums *sums)
{
    const uint64_t used = atomic_load(&notes->next);
    struct pl_spool *spool = test_spool_open(test, NULL);
    struct test_ledger ledger;

    assert_int_equal(pl_spool_counts(spool).refused, 0);
    assert_int_equal(pl_spool_counts(spool).set_aside, 0);
    test_spool_close(spool);
    ledger = test_ledger_read(test);
    assert_int_equal(ledger.others, 0);
    assert_true(used <= TEST_RECORDS_MAX);
    for (uint64_t i = 0; i < used; i++) {
        check_number(&ledger, notes, i, may_drop, seed);
        sums->finished += atomic_load(&notes->state[i]) == TEST_FINISHED;
        sums->dropped += atomic_load(&notes->state[i]) == TEST_DROPPED;
        sums->interrupted += ledger.cut[i];
    }
    test_ledger_free(&ledger);
}

static void wait_us(uint64_t us)
{
    const struct timespec life = {.tv_nsec = (long)us * 1000};

    (void)nanosleep(&life, NULL);
}

/* Of two processes one is killed at any time, recovery included, and one when it is at work. */
static void let_live(const struct test_notes *notes, uint64_t first, struct pl_rng *rng)
{
    if (pl_rng_below(rng, 2) == 0)
        for (int i = 0; i < 10000 && atomic_load(&notes->next) == first; i++)
            wait_us(50);
    wait_us(pl_rng_below(rng, LIFE_US_MAX));
}

/* One spool and ledger, some kills. */
static void kill_some(uint64_t kills, struct pl_rng *rng, struct sums *sums)
{
    const bool may_drop = pl_rng_below(rng, 2) == 0;
    struct test_spool test;
    struct test_notes *notes = test_notes_new();
    struct run run = {.test = &test, .notes = notes};

    test_spool_init(&test);
    test.options.lanes_count = LANES;
    test.options.lane_size_bytes = (size_t)16 << 10;
    test.options.spill_size_bytes_max = may_drop ? (uint64_t)64 << 10 : (uint64_t)64 << 20;
    test.options.commit_ms = 1;
    for (uint64_t i = 0; i < kills; i++) {
        run.seed = pl_rng_next(rng);

        const uint64_t first = atomic_load(&notes->next);

        run.number_max = first + RECORDS_PER_RUN;

        const pid_t child = child_start(live, &run);

        let_live(notes, first, rng);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(child_wait(child), -SIGKILL);
    }
    check_all(&test, notes, may_drop, run.seed, sums);
    test_notes_free(notes);
    test_spool_deinit(&test);
}

static uint64_t number_from(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t number = 0;

    if (text == NULL)
        return otherwise;
    assert_true(pl_str_to_uint64(pl_str_of(text), &number));
    return number;
}

static void killed_processes_lose_and_repeat_nothing(void **state)
{
    (void)state;
    const uint64_t kills = number_from("PLIMSOLL_KILLS", KILLS_DEFAULT);
    const uint64_t seed = number_from("PLIMSOLL_SEED", (uint64_t)time(NULL));
    struct sums sums = {0};
    struct pl_rng rng;

    test_use_memory();
    pl_rng_init(&rng, seed, 0);
    (void)printf("seed %" PRIu64 "\n", seed);
    for (uint64_t done = 0; done < kills;) {
        const uint64_t some = kills - done < KILLS_EACH ? kills - done : KILLS_EACH;

        kill_some(some, &rng, &sums);
        done += some;
    }
    (void)printf("%" PRIu64 " kills; decisions: %" PRIu64 " finished, %" PRIu64
                 " interrupted, %" PRIu64 " dropped\n",
                 kills, sums.finished, sums.interrupted, sums.dropped);
    /* The children did live long enough to be killed in the middle of something. */
    assert_true(sums.finished > kills && sums.interrupted > kills / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_processes_lose_and_repeat_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * The process ends before or after its n-th step, n = 0, 1, 2, …: a request of the ledger to the disk
 * or one of the keeper's own points, such as that between a commit and the cursors behind it. The
 * processes that recover end in the same way, one step later each, until one comes through.
 */
#include "spool_child.h"
#include "spool_ops.h"

#define DECISIONS 60
#define ENDED     40
#define STRIDE    2 /* of the steps at which recovering processes end */

struct run {
    struct test_spool *test;
    struct test_notes *notes;
    int64_t countdown;
};

/* The process ends when the countdown does. */
static bool tick(struct test_ops *bomb)
{
    if (atomic_fetch_sub(&bomb->countdown, 1) == 0)
        _exit(CHILD_STRUCK);
    return false;
}

static void bomb_step(enum pl_spool_step step, void *context)
{
    (void)step;
    (void)tick(context);
}

/* A spool whose steps are counted. Everything lives until the process ends. */
static struct pl_spool *open_with_bomb(const struct run *run)
{
    static struct test_ops bomb = {.strikes = tick};
    static struct pl_ledger_ops ops;
    static struct pl_spool_hooks hooks;

    bomb.countdown = run->countdown;
    ops = test_ops_make(&bomb);
    hooks = (struct pl_spool_hooks){.ops = &ops, .step = bomb_step, .context = &bomb};
    return child_open(run->test, &hooks);
}

static void end_decision(const struct run *run, struct pl_lane *lane, uint64_t begun,
                         uint64_t number)
{
    char text[1024];

    atomic_store(&run->notes->state[number], TEST_ENDING);
    child_check(pl_lane_end(lane, begun, "decision", TEST_TIME_MS,
                            test_decision(number, "served", 100 + number * 10, text)),
                "no room");
    atomic_store(&run->notes->state[number], TEST_FINISHED);
}

static void child_drain(struct pl_spool *spool)
{
    const struct timespec pause = {.tv_nsec = 200000};

    while (pl_spool_counts(spool).waiting > 0)
        (void)nanosleep(&pause, NULL);
}

/* Some decisions committed, some put and perhaps not committed, some open. */
static void work(void *context)
{
    const struct run *run = context;
    struct pl_spool *spool = open_with_bomb(run);
    struct pl_lane *lane = pl_spool_lane(spool, 0);
    struct pl_error error = {0};
    uint64_t begun[DECISIONS];
    char text[1024];

    for (uint64_t i = 0; i < DECISIONS; i++) {
        begun[i] = pl_lane_begin(lane, TEST_TIME_MS, test_decision(i, NULL, 0, text));
        child_check(begun[i] != 0, "not begun");
        atomic_store(&run->notes->state[i], TEST_BEGUN);
    }
    for (uint64_t i = 0; i < ENDED; i++) {
        end_decision(run, lane, begun[i], i);
        if (i % 16 == 15)
            child_drain(spool);
    }
    child_check(pl_spool_close(spool, &error) == PL_OK, error.message);
}

static void recover(void *context)
{
    const struct run *run = context;
    struct pl_error error = {0};

    child_check(pl_spool_close(open_with_bomb(run), &error) == PL_OK, error.message);
}

static void check_all(const struct run *run, int64_t steps)
{
    struct test_ledger ledger = test_ledger_read(run->test);

    assert_int_equal(ledger.others, 0);
    for (uint64_t i = 0; i < DECISIONS; i++) {
        const enum test_state state = atomic_load(&run->notes->state[i]);
        const unsigned times = ledger.times[i], cut = ledger.cut[i];
        const bool good = state == TEST_NOTHING    ? times == cut && times <= 1
                          : state == TEST_FINISHED ? times == 1 && cut == 0
                          : state == TEST_ENDING   ? times == 1
                                                   : times == 1 && cut == 1;

        if (!good)
            fail_msg("decision %" PRIu64 " in state %d stands in the ledger %u times, %u of them "
                     "as interrupted, after a death at step %" PRId64,
                     i, (int)state, times, cut, steps);
    }
    test_ledger_free(&ledger);
}

/* Whether the work came to its end before its n-th step. */
static bool die_at(int64_t n)
{
    struct test_spool test;
    struct test_notes *notes = test_notes_new();
    struct run run = {.test = &test, .notes = notes, .countdown = n};
    int end;

    test_spool_init(&test);
    test.options.commit_ms = 1;
    end = child_wait(child_start(work, &run));
    assert_true(end == CHILD_DONE || end == CHILD_STRUCK);

    int again = CHILD_STRUCK;

    for (run.countdown = n % STRIDE; again == CHILD_STRUCK; run.countdown += STRIDE) {
        assert_true(run.countdown < 1000);
        again = child_wait(child_start(recover, &run));
    }
    assert_int_equal(again, CHILD_DONE);
    check_all(&run, n);
    test_notes_free(notes);
    test_spool_deinit(&test);
    return end == CHILD_DONE;
}

static void a_death_at_any_step_loses_and_repeats_nothing(void **state)
{
    (void)state;
    int64_t n = 0;

    test_use_memory();
    while (!die_at(n))
        n++;
    (void)printf("%" PRId64 " steps\n", n);
    assert_true(n > 60); /* opening, and three commits at least */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_death_at_any_step_loses_and_repeats_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

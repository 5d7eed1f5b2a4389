/*
 * A process of its own that a test may end at any moment: what it did is noted in memory that both
 * share. A child ends with CHILD_FAILED when something was not as it should be.
 */
#ifndef PL_TESTS_SPOOL_CHILD_H
#define PL_TESTS_SPOOL_CHILD_H

#include "spool_folder.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define CHILD_DONE   0
#define CHILD_FAILED 1
#define CHILD_STRUCK 9 /* it came to where it was to end */

/* How far each number came. */
enum test_state {
    TEST_NOTHING = 0,
    TEST_BEGUN,    /* pl_lane_begin returned */
    TEST_ENDING,   /* pl_lane_end was called */
    TEST_FINISHED, /* and returned true; or a durable record was acknowledged */
    TEST_DROPPED,  /* or false */
    TEST_ASKED,    /* pl_spool_put_durable was called */
};

struct test_notes {
    _Atomic uint64_t next; /* number */
    _Atomic uint8_t state[TEST_RECORDS_MAX];
};

static inline struct test_notes *test_notes_new(void)
{
    struct test_notes *notes =
        mmap(NULL, sizeof *notes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    assert_true(notes != MAP_FAILED);
    return notes;
}

static inline void test_notes_free(struct test_notes *notes)
{
    assert_int_equal(munmap(notes, sizeof *notes), 0);
}

/* In a child: ends it unless `truth`. */
static inline void child_check(bool truth, const char *what)
{
    if (truth)
        return;
    (void)fprintf(stderr, "child: %s\n", what);
    _exit(CHILD_FAILED);
}

/* Opens a spool in a child, which has no test to fail. */
static inline struct pl_spool *child_open(const struct test_spool *test,
                                          const struct pl_spool_hooks *hooks)
{
    struct pl_spool *spool = NULL;
    struct pl_error error = {0};

    child_check(pl_spool_open_with(&test->options, hooks, &spool, &error) == PL_OK, error.message);
    return spool;
}

/* Runs `work` in a child, which ends when it returns; gives the child's number. */
static inline pid_t child_start(void (*work)(void *context), void *context)
{
    const pid_t child = fork();

    assert_true(child != -1);
    if (child != 0)
        return child;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    work(context);
    _exit(CHILD_DONE);
}

/* Waits for its end; returns its exit status, or minus the signal that ended it. */
static inline int child_wait(pid_t child)
{
    int status = 0;

    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* Where a process's death is all that matters, and no loss of power, memory serves as the disk. */
static inline void test_use_memory(void)
{
    if (access("/dev/shm", W_OK) == 0)
        assert_int_equal(setenv("TMPDIR", "/dev/shm", 0), 0);
}

#endif

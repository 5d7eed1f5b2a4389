/*
 * A thread that waits, looks at the head of the ledger, and runs the loader. What the loader says on stderr is read to its end and
 * kept as far as an error goes. Stopping kills the loader by SIGTERM: a load can be killed at any time.
 */
#include "live/keeper.h"

#include "base/file.h"
#include "ledger/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define EVERY_MS        5000
#define SAID_SIZE_BYTES 512

struct pl_live_keeper {
    struct pl_live_keeper_options options;
    pthread_t thread;
    pthread_mutex_t mutex; /* over what follows */
    pthread_cond_t wake;
    bool stop;
    pid_t loader;   /* 0: none is running */
    uint64_t block; /* the thread's own: the head at the last load that went well */
};

/* Says whether to go on. */
static bool pause_for(struct pl_live_keeper *keeper)
{
    const uint32_t ms = keeper->options.every_ms;
    struct timespec until;
    bool stop;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    (void)pthread_mutex_lock(&keeper->mutex);
    while (!keeper->stop && pthread_cond_timedwait(&keeper->wake, &keeper->mutex, &until) == 0)
        continue;
    stop = keeper->stop;
    (void)pthread_mutex_unlock(&keeper->mutex);
    return !stop;
}

/* ---- the loader ---- */

/* A process that does not inherit which signals the server's threads do not take, and that takes what requests leave
   of the processors. */
static int spawn(const struct pl_live_keeper *keeper, int said, pid_t *ret_loader)
{
    const char *const arguments[] = {keeper->options.program, "ledger", "load",
                                     keeper->options.line, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    const struct sched_param lowest = {.sched_priority = 0};
    sigset_t none, all;
    int failed = posix_spawn_file_actions_init(&files);

    if (failed != 0)
        return failed;
    failed = posix_spawnattr_init(&attributes);
    if (failed != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return failed;
    }
    (void)sigemptyset(&none);
    (void)sigfillset(&all);
    (void)posix_spawnattr_setsigmask(&attributes, &none);
    (void)posix_spawnattr_setsigdefault(&attributes, &all);
    (void)posix_spawnattr_setschedpolicy(&attributes, SCHED_IDLE);
    (void)posix_spawnattr_setschedparam(&attributes, &lowest);
    (void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                    POSIX_SPAWN_SETSCHEDULER);
    failed = posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    if (failed == 0)
        failed = posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
    if (failed == 0)
        failed = posix_spawn_file_actions_adddup2(&files, said, 2);
    if (failed == 0)
        failed = posix_spawn(ret_loader, keeper->options.program, &files, &attributes,
                             (char *const *)(uintptr_t)arguments, environ);
    (void)posix_spawnattr_destroy(&attributes);
    (void)posix_spawn_file_actions_destroy(&files);
    return failed;
}

/* Starts it under the lock, so that whoever stops the keeper sees it. */
static enum pl_status start_loader(struct pl_live_keeper *keeper, int said, struct pl_error *error)
{
    int failed = 0;
    bool stop;

    (void)pthread_mutex_lock(&keeper->mutex);
    stop = keeper->stop;
    if (!stop)
        failed = spawn(keeper, said, &keeper->loader);
    if (failed != 0)
        keeper->loader = 0;
    (void)pthread_mutex_unlock(&keeper->mutex);
    if (stop)
        return pl_error_set(error, PL_E_INTERRUPTED, "the ledger is not loaded any more");
    return failed == 0 ? PL_OK
                       : pl_error_errno(error, failed, "cannot run %s to load the ledger",
                                        keeper->options.program);
}

/* What it says until it closes its end; what is too long is read and dropped. */
static void read_said(int fd, char ret_said[SAID_SIZE_BYTES])
{
    char block[SAID_SIZE_BYTES];
    size_t used = 0;
    ssize_t got;

    while ((got = read(fd, block, sizeof block)) > 0 || (got < 0 && errno == EINTR)) {
        const size_t room = SAID_SIZE_BYTES - 1 - used;
        const size_t count = got < 0 ? 0 : (size_t)got < room ? (size_t)got : room;

        memcpy(ret_said + used, block, count);
        used += count;
    }
    while (used > 0 && ret_said[used - 1] == '\n')
        used--;
    ret_said[used] = '\0';
    for (size_t i = 0; i < used; i++)
        if (ret_said[i] == '\n')
            ret_said[i] = ' ';
}

/* The process is taken back under the lock, so that its number is never used once it is another's. */
static enum pl_status end_loader(struct pl_live_keeper *keeper, const char *said,
                                 struct pl_error *error)
{
    siginfo_t about = {0};
    int status = 0;
    pid_t taken;
    bool stop;

    while (waitid(P_PID, (id_t)keeper->loader, &about, WEXITED | WNOWAIT) != 0 && errno == EINTR)
        continue;
    (void)pthread_mutex_lock(&keeper->mutex);
    taken = waitpid(keeper->loader, &status, 0);
    keeper->loader = 0;
    stop = keeper->stop;
    (void)pthread_mutex_unlock(&keeper->mutex);
    if (taken > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return PL_OK;
    if (stop)
        return pl_error_set(error, PL_E_INTERRUPTED, "loading the ledger was stopped");
    if (said[0] == '\0')
        return pl_error_set(error, PL_E_IO, "the loader of the ledger ended without a word");
    return pl_error_set(error, PL_E_IO, "the ledger was not loaded: %s", said);
}

static enum pl_status run_loader(struct pl_live_keeper *keeper, struct pl_error *error)
{
    PL_CLEANUP(pl_fd_close) int ours = -1;
    PL_CLEANUP(pl_fd_close) int theirs = -1;
    char said[SAID_SIZE_BYTES];
    int ends[2];

    if (pipe2(ends, O_CLOEXEC) != 0)
        return pl_error_errno(error, errno, "cannot make a pipe to the loader of the ledger");
    ours = ends[0];
    theirs = ends[1];
    PL_RETURN_IF(start_loader(keeper, theirs, error));
    pl_fd_close(&theirs);
    theirs = -1;
    read_said(ours, said);
    return end_loader(keeper, said, error);
}

/* ---- the thread ---- */

static void look(struct pl_live_keeper *keeper)
{
    struct pl_ledger_head head = {0};
    struct pl_error error = {0};
    enum pl_status status = pl_ledger_read_head(keeper->options.ledger, &head, &error);

    if (status == PL_OK && head.block == keeper->block)
        return;
    if (status == PL_OK)
        status = run_loader(keeper, &error);
    if (status == PL_OK)
        keeper->block = head.block;
    if (keeper->options.on_load != NULL && status != PL_E_INTERRUPTED)
        keeper->options.on_load(status == PL_OK ? NULL : &error, keeper->options.context);
}

static void *keep(void *context)
{
    struct pl_live_keeper *keeper = context;

    while (pause_for(keeper))
        look(keeper);
    return NULL;
}

static bool make_wake(struct pl_live_keeper *keeper)
{
    pthread_condattr_t attributes;
    bool made;

    if (pthread_condattr_init(&attributes) != 0)
        return false;
    made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
           pthread_cond_init(&keeper->wake, &attributes) == 0;
    (void)pthread_condattr_destroy(&attributes);
    return made;
}

enum pl_status pl_live_keeper_start(const struct pl_live_keeper_options *options,
                                    struct pl_live_keeper **ret_keeper, struct pl_error *error)
{
    struct pl_live_keeper *keeper = calloc(1, sizeof *keeper);

    if (keeper == NULL || !make_wake(keeper)) {
        free(keeper);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for loading the ledger");
    }
    keeper->options = *options;
    if (keeper->options.every_ms == 0)
        keeper->options.every_ms = EVERY_MS;
    (void)pthread_mutex_init(&keeper->mutex, NULL);

    const int failed = pthread_create(&keeper->thread, NULL, keep, keeper);

    if (failed == 0) {
        *ret_keeper = keeper;
        return PL_OK;
    }
    (void)pthread_cond_destroy(&keeper->wake);
    (void)pthread_mutex_destroy(&keeper->mutex);
    free(keeper);
    return pl_error_errno(error, failed, "cannot start the thread that loads the ledger");
}

void pl_live_keeper_stop(struct pl_live_keeper *keeper)
{
    if (keeper == NULL)
        return;
    (void)pthread_mutex_lock(&keeper->mutex);
    keeper->stop = true;
    if (keeper->loader > 0)
        (void)kill(keeper->loader, SIGTERM);
    (void)pthread_cond_signal(&keeper->wake);
    (void)pthread_mutex_unlock(&keeper->mutex);
    (void)pthread_join(keeper->thread, NULL);
    (void)pthread_cond_destroy(&keeper->wake);
    (void)pthread_mutex_destroy(&keeper->mutex);
    free(keeper);
}

/*
 * Who may touch a store: any number of readers, or one writer. The engine locks its file itself, but only against
 * other processes, and without waiting; so a lock of our own stands beside the file. The kernel releases it when
 * its holder dies. The lock file is never removed: a lock on a removed file protects nothing.
 */
#include "warehouse/driver.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/file.h>
#include <time.h>

#define POLL_MS 5

static enum pl_status poll_lock(int fd, const char *path, int how, uint32_t wait_ms,
                                struct pl_error *error)
{
    const uint64_t end = pl_clock_monotonic_ns() + (uint64_t)wait_ms * 1000000;

    while (flock(fd, how | LOCK_NB) != 0) {
        const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};

        if (errno == EINTR)
            continue;
        if (errno != EWOULDBLOCK)
            return pl_error_errno(error, errno, "cannot lock %s", path);
        if (pl_clock_monotonic_ns() >= end)
            return pl_error_set(error, PL_E_BUSY,
                                "the warehouse %s is in use by another process, for more than %u "
                                "ms; try again when it is done",
                                path, wait_ms);
        (void)nanosleep(&pause, NULL);
    }
    return PL_OK;
}

static enum pl_status take_lock(const char *path, int how, uint32_t wait_ms, int *ret_fd,
                                struct pl_error *error)
{
    char name[PATH_MAX];
    const int length = snprintf(name, sizeof name, "%s.lock", path);

    if (length < 0 || (size_t)length >= sizeof name)
        return pl_error_set(error, PL_E_LIMIT, "the path %.80s… is too long", path);

    PL_CLEANUP(pl_fd_close) int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (fd == -1)
        fd = open(name, O_RDONLY | O_CLOEXEC); /* of another user: a reader's lock needs no more */
    if (fd == -1)
        return pl_error_errno(error, errno, "cannot open %s", name);
    PL_RETURN_IF(poll_lock(fd, path, how, wait_ms, error));
    *ret_fd = fd;
    fd = -1;
    return PL_OK;
}

enum pl_status pl_store_hold(const char *path, uint32_t wait_ms, int *ret_fd,
                             struct pl_error *error)
{
    return take_lock(path, LOCK_SH, wait_ms, ret_fd, error);
}

enum pl_status pl_store_lock(const char *path, uint32_t wait_ms, int *ret_fd,
                             struct pl_error *error)
{
    return take_lock(path, LOCK_EX, wait_ms, ret_fd, error);
}

/*
 * Whole files. A write goes to a file of its own beside the target, is synced, and takes the
 * target's name in one step, so that a reader or a crash finds the old bytes or the new ones.
 * Symbolic links are followed first, and a target that is no regular file (a terminal, a pipe) is
 * written in place.
 */
#include "base/file.h"

#include "base/buffer.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define READ_CHUNK_SIZE        ((size_t)64 << 10)
#define PATH_SIZE              ((size_t)4096)
#define TEMPORARY_ATTEMPTS_MAX 100

void pl_fd_close(int *fd)
{
    const int errno_before = errno;

    if (*fd != -1)
        (void)close(*fd);
    *fd = -1;
    errno = errno_before;
}

bool pl_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* Reads to the end of `fd`; the buffer's own maximum stops a file that is too large. */
static enum pl_status read_all(int fd, const char *path, struct pl_buffer *buffer,
                               struct pl_error *error)
{
    char chunk[READ_CHUNK_SIZE];

    for (;;) {
        const ssize_t got = read(fd, chunk, sizeof chunk);

        if (got == 0)
            return PL_OK;
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return pl_error_errno(error, errno, "cannot read %s", path);
        pl_buffer_add(buffer, (struct pl_str){chunk, (size_t)got});
        if (buffer->failed == PL_E_LIMIT)
            return pl_error_set(error, PL_E_LIMIT, "%s is larger than %zu bytes, the limit", path,
                                buffer->size_bytes_max - 1);
        PL_RETURN_IF(pl_buffer_check(buffer, path, error));
    }
}

enum pl_status pl_file_read(const char *path, size_t size_bytes_max, struct pl_arena *arena,
                            struct pl_str *ret_text, struct pl_error *error)
{
    assert(size_bytes_max < SIZE_MAX / 2);
    PL_CLEANUP(pl_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd == -1)
        return pl_error_errno(error, errno, "cannot open %s", path);

    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer buffer = {0};

    pl_buffer_init(&buffer, size_bytes_max + 1);
    PL_RETURN_IF(read_all(fd, path, &buffer, error));

    const struct pl_str text = pl_arena_copy(arena, pl_buffer_view(&buffer));

    if (text.ptr == NULL)
        return pl_arena_error(arena, path, error);
    *ret_text = text;
    return PL_OK;
}

enum pl_status pl_fd_write(int fd, struct pl_str bytes, const char *name, struct pl_error *error)
{
    while (bytes.len > 0) {
        const ssize_t done = write(fd, bytes.ptr, bytes.len);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return pl_error_errno(error, errno, "cannot write %s", name);
        bytes.ptr += done;
        bytes.len -= (size_t)done;
    }
    return PL_OK;
}

/* The file that `path` stands for once links are followed; `path` itself when nothing is there. */
static enum pl_status resolve(const char *path, char ret_target[PATH_SIZE], struct pl_error *error)
{
    char *real = realpath(path, NULL);
    const char *target = real == NULL ? path : real;
    const size_t length = strlen(target);

    if (length < PATH_SIZE)
        memcpy(ret_target, target, length + 1);
    free(real);
    if (length >= PATH_SIZE)
        return pl_error_set(error, PL_E_LIMIT, "the path %.60s… is longer than %zu bytes", path,
                            PATH_SIZE - 1);
    return PL_OK;
}

/* Makes a new file beside `target`, with a name that no other process or thread has taken. */
static int open_beside(const char *target, char ret_path[PATH_SIZE])
{
    for (int attempt = 0; attempt < TEMPORARY_ATTEMPTS_MAX; attempt++) {
        const int length = snprintf(ret_path, PATH_SIZE, "%s.%ld-%llx.new", target, (long)getpid(),
                                    (unsigned long long)pl_clock_monotonic_ns());

        if (length < 0 || (size_t)length >= PATH_SIZE) {
            errno = ENAMETOOLONG;
            return -1;
        }

        const int fd = open(ret_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

        if (fd != -1 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* Makes a rename or a new name in the folder of `path` durable. Some file systems need no sync and
   say EINVAL. */
static enum pl_status sync_folder_of(const char *path, struct pl_error *error)
{
    char folder[PATH_SIZE];
    const char *slash = strrchr(path, '/');
    const size_t length = slash == NULL ? 0 : (size_t)(slash - path);

    memcpy(folder, path, length);
    folder[length] = '\0';

    const char *name = slash == NULL ? "." : length == 0 ? "/" : folder;
    PL_CLEANUP(pl_fd_close) int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1 || (fsync(fd) != 0 && errno != EINVAL))
        return pl_error_errno(error, errno, "cannot sync the folder of %s", path);
    return PL_OK;
}

/* Gives the finished file its name. Where the file system has no exclusive rename, a hard link does
   the same. */
static enum pl_status take_name(const char *from, const char *target, bool exclusive,
                                struct pl_error *error)
{
    int failed = exclusive ? renameat2(AT_FDCWD, from, AT_FDCWD, target, RENAME_NOREPLACE)
                           : rename(from, target);

    if (failed != 0 && exclusive && (errno == EINVAL || errno == ENOSYS)) {
        failed = link(from, target);
        if (failed == 0)
            failed = unlink(from);
    }
    if (failed != 0 && errno == EEXIST)
        return pl_error_set(error, PL_E_EXISTS, "%s exists and is not overwritten", target);
    if (failed != 0)
        return pl_error_errno(error, errno, "cannot replace %s", target);
    return PL_OK;
}

static enum pl_status fill(int fd, const char *target, struct pl_str text, struct pl_error *error)
{
    struct stat old;

    if (stat(target, &old) == 0 && fchmod(fd, old.st_mode & 07777) != 0)
        return pl_error_errno(error, errno, "cannot keep the mode of %s", target);
    PL_RETURN_IF(pl_fd_write(fd, text, target, error));
    if (fsync(fd) != 0)
        return pl_error_errno(error, errno, "cannot sync %s", target);
    return PL_OK;
}

static enum pl_status replace(const char *target, struct pl_str text, bool exclusive,
                              struct pl_error *error)
{
    char beside[PATH_SIZE];
    PL_CLEANUP(pl_fd_close) int fd = open_beside(target, beside);

    if (fd == -1)
        return pl_error_errno(error, errno, "cannot write %s", target);

    enum pl_status status = fill(fd, target, text, error);

    if (status == PL_OK)
        status = take_name(beside, target, exclusive, error);
    if (status != PL_OK) {
        (void)unlink(beside);
        return status;
    }
    return sync_folder_of(target, error);
}

/* A device or a pipe has no old bytes to keep, and must not be replaced by a file. */
static enum pl_status write_in_place(const char *path, struct pl_str text, struct pl_error *error)
{
    PL_CLEANUP(pl_fd_close) int fd = open(path, O_WRONLY | O_CLOEXEC);

    if (fd == -1)
        return pl_error_errno(error, errno, "cannot open %s for writing", path);
    return pl_fd_write(fd, text, path, error);
}

enum pl_status pl_file_write(const char *path, struct pl_str text, bool exclusive,
                             struct pl_error *error)
{
    char target[PATH_SIZE];
    struct stat old;

    PL_RETURN_IF(resolve(path, target, error));

    const bool exists = stat(target, &old) == 0;

    if (exists && exclusive)
        return pl_error_set(error, PL_E_EXISTS, "%s exists and is not overwritten", path);
    if (exists && !S_ISREG(old.st_mode))
        return write_in_place(path, text, error);
    return replace(target, text, exclusive, error);
}

static enum pl_status make_one_folder(const char *path, struct pl_error *error)
{
    struct stat there;

    if (mkdir(path, 0755) == 0)
        return sync_folder_of(path, error);

    const int errno_value = errno;

    if (errno_value != EEXIST || stat(path, &there) != 0)
        return pl_error_errno(error, errno_value, "cannot make the folder %s", path);
    if (!S_ISDIR(there.st_mode))
        return pl_error_set(error, PL_E_EXISTS, "%s exists and is not a folder", path);
    return PL_OK;
}

enum pl_status pl_folder_make(const char *path, struct pl_error *error)
{
    char upto[PATH_SIZE];
    const size_t length = strlen(path);

    if (length >= PATH_SIZE)
        return pl_error_set(error, PL_E_LIMIT, "the path %.60s… is longer than %zu bytes", path,
                            PATH_SIZE - 1);
    for (size_t i = 1; i < length; i++) {
        if (path[i] != '/' || path[i - 1] == '/')
            continue;
        memcpy(upto, path, i);
        upto[i] = '\0';
        PL_RETURN_IF(make_one_folder(upto, error));
    }
    return make_one_folder(path, error);
}

uint32_t pl_processors_count(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (uint32_t)CPU_COUNT(&set);

    const long online = sysconf(_SC_NPROCESSORS_ONLN);

    return online < 1 ? 1 : (uint32_t)online;
}

static struct timespec now(clockid_t clock)
{
    struct timespec time = {0};
    const int failed = clock_gettime(clock, &time);

    assert(failed == 0);
    (void)failed;
    return time;
}

uint64_t pl_clock_unix_ms(void)
{
    const struct timespec time = now(CLOCK_REALTIME);

    return (uint64_t)time.tv_sec * 1000u + (uint64_t)time.tv_nsec / 1000000u;
}

uint64_t pl_clock_monotonic_ns(void)
{
    const struct timespec time = now(CLOCK_MONOTONIC);

    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t pl_clock_thread_ns(void)
{
    const struct timespec time = now(CLOCK_THREAD_CPUTIME_ID);

    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/*
 * The small files of a ledger's folder. Each is replaced as a whole: written beside, synced,
 * renamed, and the folder synced, so that a crash leaves the old one or the new one.
 */
#include "ledger/folder.h"

#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_POLL_NS 5000000

enum pl_status pl_folder_open(struct pl_folder *folder, const char *path,
                              const struct pl_ledger_ops *ops, struct pl_error *error)
{
    const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1)
        return pl_error_errno(error, errno, "cannot open the ledger folder %s", path);
    folder->fd = fd;
    folder->ops = ops;
    (void)snprintf(folder->path, sizeof folder->path, "%s", path);
    return PL_OK;
}

void pl_folder_close(struct pl_folder *folder)
{
    pl_fd_close(&folder->fd);
}

static enum pl_status read_up_to(int fd, size_t size, char *ret_text, size_t *ret_len)
{
    size_t len = 0;

    while (len < size) {
        const ssize_t got = read(fd, ret_text + len, size - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return PL_E_IO;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    *ret_len = len;
    return PL_OK;
}

enum pl_status pl_folder_read(const struct pl_folder *folder, const char *name,
                              struct pl_folder_file *ret_file, struct pl_error *error)
{
    struct pl_folder_file file = {0};
    struct stat status;
    PL_CLEANUP(pl_fd_close) int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC);

    if (fd == -1 && errno != ENOENT)
        return pl_error_errno(error, errno, "cannot open %s/%s", folder->path, name);
    if (fd != -1) {
        if (fstat(fd, &status) != 0 ||
            read_up_to(fd, sizeof file.text - 1, file.text, &file.len) != PL_OK)
            return pl_error_errno(error, errno, "cannot read %s/%s", folder->path, name);
        file.exists = true;
        file.mode = status.st_mode;
    }
    *ret_file = file;
    return PL_OK;
}

bool pl_folder_file_is_key(const struct pl_folder_file *file, struct pl_str *ret_hex)
{
    unsigned char bytes[PL_SEAL_SEED_SIZE];
    const struct pl_str hex = {file->text, file->len == 0 ? 0 : file->len - 1};
    const bool valid =
        file->len > 0 && file->text[hex.len] == '\n' && pl_seal_bytes(hex, bytes, sizeof bytes);

    pl_seal_forget(bytes, sizeof bytes);
    *ret_hex = hex;
    return valid;
}

enum pl_status pl_folder_write(const struct pl_folder *folder, int fd,
                               const struct pl_folder_text *file, uint64_t offset,
                               struct pl_error *error)
{
    struct pl_str bytes = file->text;

    while (bytes.len > 0) {
        const ssize_t done = folder->ops->write(folder->ops->context, fd, bytes, offset);

        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return pl_error_errno(error, errno, "cannot write %s/%s", folder->path, file->name);
        bytes.ptr += done;
        bytes.len -= (size_t)done;
        offset += (uint64_t)done;
    }
    return PL_OK;
}

enum pl_status pl_folder_sync(const struct pl_folder *folder, struct pl_error *error)
{
    /* Some file systems need no sync of a folder and say EINVAL. */
    if (folder->ops->sync(folder->ops->context, folder->fd) != 0 && errno != EINVAL)
        return pl_error_errno(error, errno, "cannot sync the folder %s", folder->path);
    return PL_OK;
}

/* A leftover of a crash is removed first, so that the new file has the mode asked for. */
static enum pl_status write_beside(const struct pl_folder *folder, const char *beside,
                                   const struct pl_folder_text *file, struct pl_error *error)
{
    const struct pl_ledger_ops *ops = folder->ops;

    if (ops->unlink(ops->context, folder->fd, beside) != 0 && errno != ENOENT)
        return pl_error_errno(error, errno, "cannot remove %s/%s", folder->path, beside);

    PL_CLEANUP(pl_fd_close)
    int fd = ops->open(ops->context, folder->fd, beside, O_WRONLY | O_CREAT | O_EXCL, file->mode);

    if (fd == -1)
        return pl_error_errno(error, errno, "cannot write %s/%s", folder->path, beside);
    PL_RETURN_IF(pl_folder_write(folder, fd, file, 0, error));
    if (ops->sync(ops->context, fd) != 0)
        return pl_error_errno(error, errno, "cannot sync %s/%s", folder->path, beside);
    return PL_OK;
}

enum pl_status pl_folder_replace(const struct pl_folder *folder, const struct pl_folder_text *file,
                                 enum pl_folder_replaced *ret_replaced, struct pl_error *error)
{
    const struct pl_ledger_ops *ops = folder->ops;
    char beside[32];
    enum pl_status status;

    (void)snprintf(beside, sizeof beside, "%s.new", file->name);
    if (ret_replaced != NULL)
        *ret_replaced = PL_FOLDER_UNCHANGED;
    status = write_beside(folder, beside, file, error);
    if (status != PL_OK) {
        (void)ops->unlink(ops->context, folder->fd, beside);
        return status;
    }
    if (ret_replaced != NULL)
        *ret_replaced = PL_FOLDER_UNSURE;
    if (ops->rename(ops->context, folder->fd, beside, file->name) != 0)
        return pl_error_errno(error, errno, "cannot replace %s/%s", folder->path, file->name);
    return pl_folder_sync(folder, error);
}

enum pl_status pl_folder_write_head(const struct pl_folder *folder, const struct pl_seal_key *key,
                                    struct pl_format_head *head,
                                    enum pl_folder_replaced *ret_replaced, struct pl_error *error)
{
    char statement[PL_FORMAT_LINE_SIZE];
    char line[PL_FORMAT_LINE_SIZE];
    const size_t length = pl_format_head_statement(head, statement);

    pl_seal_sign(key, (struct pl_str){statement, length}, head->signature);

    const struct pl_folder_text file = {
        .name = PL_FOLDER_HEAD,
        .text = {line, pl_format_head_write(head, line)},
        .mode = 0644,
    };

    return pl_folder_replace(folder, &file, ret_replaced, error);
}

/* The error for a lock that someone else holds; the process number in it is only a hint. */
static enum pl_status busy(const struct pl_folder *folder, struct pl_error *error)
{
    struct pl_folder_file file;
    uint64_t process = 0;

    if (pl_folder_read(folder, PL_FOLDER_LOCK, &file, NULL) == PL_OK && file.exists &&
        pl_str_to_uint64(pl_str_trim((struct pl_str){file.text, file.len}), &process))
        return pl_error_set(error, PL_E_BUSY,
                            "process %llu is writing to the ledger %s; try again when it is done",
                            (unsigned long long)process, folder->path);
    return pl_error_set(error, PL_E_BUSY,
                        "another process is writing to the ledger %s; try again when it is done",
                        folder->path);
}

static enum pl_status wait_for_lock(const struct pl_folder *folder, int fd, uint32_t wait_ms,
                                    struct pl_error *error)
{
    const uint64_t deadline = pl_clock_monotonic_ns() + (uint64_t)wait_ms * 1000000u;
    const struct timespec pause = {.tv_nsec = LOCK_POLL_NS};

    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return pl_error_errno(error, errno, "cannot lock %s/%s", folder->path, PL_FOLDER_LOCK);
        if (pl_clock_monotonic_ns() >= deadline)
            return busy(folder, error);
        (void)nanosleep(&pause, NULL);
    }
    return PL_OK;
}

/* The number is for people and for the message of `busy`; failing to write it does no harm, but is
   told all the same, as a disk that cannot take ten bytes cannot take a block. */
static enum pl_status note_process(const struct pl_folder *folder, int fd, struct pl_error *error)
{
    char text[32];
    const int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    const struct pl_folder_text file = {PL_FOLDER_LOCK, {text, (size_t)length}, 0};

    if (folder->ops->truncate(folder->ops->context, fd, 0) != 0)
        return pl_error_errno(error, errno, "cannot write %s/%s", folder->path, PL_FOLDER_LOCK);
    return pl_folder_write(folder, fd, &file, 0, error);
}

enum pl_status pl_folder_lock(const struct pl_folder *folder, uint32_t wait_ms, int *ret_fd,
                              struct pl_error *error)
{
    const struct pl_ledger_ops *ops = folder->ops;
    PL_CLEANUP(pl_fd_close)
    int fd = ops->open(ops->context, folder->fd, PL_FOLDER_LOCK, O_RDWR | O_CREAT, 0644);

    if (fd == -1)
        return pl_error_errno(error, errno, "cannot open %s/%s", folder->path, PL_FOLDER_LOCK);
    PL_RETURN_IF(wait_for_lock(folder, fd, wait_ms, error));
    PL_RETURN_IF(note_process(folder, fd, error));
    *ret_fd = fd;
    fd = -1;
    return PL_OK;
}

/* Whether the file says this process still, so that it need not be written for each block. */
static bool is_noted(int fd)
{
    char text[32];
    char expected[32];
    const int length = snprintf(expected, sizeof expected, "%ld\n", (long)getpid());

    return pread(fd, text, sizeof text, 0) == length && memcmp(text, expected, (size_t)length) == 0;
}

enum pl_status pl_folder_lock_again(const struct pl_folder *folder, uint32_t wait_ms, int fd,
                                    struct pl_error *error)
{
    enum pl_status status = PL_OK;

    PL_RETURN_IF(wait_for_lock(folder, fd, wait_ms, error));
    if (!is_noted(fd))
        status = note_process(folder, fd, error);
    if (status != PL_OK)
        pl_folder_unlock(fd);
    return status;
}

void pl_folder_unlock(int fd)
{
    (void)flock(fd, LOCK_UN);
}

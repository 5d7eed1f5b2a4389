/*
 * The cursors' file: each change goes into the copy that does not count, and its checksum is stored
 * last, so that one copy is whole at any time.
 */
#include "spool/cursors.h"

#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define COPY_SIZE 8192
#define FILE_NAME "cursors"

static_assert(sizeof(struct pl_cursors_copy) <= COPY_SIZE, "copy");

static const char MAGIC[16] = "plimsoll curs 1";

void pl_spool_place_set(struct pl_spool_place *place, const struct pl_ledger_place *ledger_place)
{
    memset(place, 0, sizeof *place);
    place->block = ledger_place->block;
    place->records = ledger_place->records;
    place->segment = ledger_place->segment;
    place->offset = ledger_place->offset;
    memcpy(place->hash, ledger_place->hash, sizeof ledger_place->hash);
}

struct pl_ledger_place pl_spool_place_get(const struct pl_spool_place *place)
{
    struct pl_ledger_place ledger_place = {
        .block = place->block,
        .records = place->records,
        .segment = place->segment,
        .offset = place->offset,
    };

    memcpy(ledger_place.hash, place->hash, sizeof ledger_place.hash - 1);
    return ledger_place;
}

void pl_cursors_boot(char ret_boot[PL_CURSORS_BOOT_SIZE])
{
    PL_CLEANUP(pl_fd_close)
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

    memset(ret_boot, 0, PL_CURSORS_BOOT_SIZE);
    if (fd != -1 && read(fd, ret_boot, PL_CURSORS_BOOT_SIZE - 1) < 0)
        ret_boot[0] = '\0';
}

static uint64_t checksum(const struct pl_cursors_copy *copy)
{
    const struct pl_str bytes = {(const char *)copy, offsetof(struct pl_cursors_copy, checksum)};

    return pl_entry_checksum(copy->sequence, bytes);
}

void pl_cursors_publish(struct pl_cursors *cursors)
{
    struct pl_cursors_copy *now = &cursors->now;

    now->sequence++;
    now->checksum = checksum(now);

    char *copy = cursors->map + now->sequence % 2 * COPY_SIZE;
    _Atomic uint64_t *last =
        (_Atomic uint64_t *)(void *)(copy + offsetof(struct pl_cursors_copy, checksum));

    /* Neither copy is touched before the other is whole. */
    atomic_store_explicit(last, 0, memory_order_seq_cst);
    memcpy(copy, now, offsetof(struct pl_cursors_copy, checksum));
    atomic_store_explicit(last, now->checksum, memory_order_seq_cst);
}

static enum pl_status fill(int fd, const char *path, struct pl_error *error)
{
    static const char NOTHING[2 * COPY_SIZE];
    const struct pl_str bytes = {NOTHING, sizeof NOTHING};

    if (fd == -1)
        return pl_error_errno(error, errno, "cannot make %s", path);
    return pl_fd_write(fd, bytes, path, error);
}

static enum pl_status sync_folder(const char *folder, struct pl_error *error)
{
    PL_CLEANUP(pl_fd_close) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1 || (fsync(fd) != 0 && errno != EINVAL))
        return pl_error_errno(error, errno, "cannot sync the folder %s", folder);
    return PL_OK;
}

static enum pl_status make(struct pl_cursors *cursors, const char *folder, struct pl_error *error)
{
    char path[4096], beside[4096];
    void *map;

    (void)snprintf(path, sizeof path, "%s/" FILE_NAME, folder);
    (void)snprintf(beside, sizeof beside, "%s/" FILE_NAME ".new", folder);
    cursors->fd = open(beside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    PL_RETURN_IF(fill(cursors->fd, beside, error));
    map = mmap(NULL, (size_t)2 * COPY_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, cursors->fd, 0);
    if (map == MAP_FAILED)
        return pl_error_errno(error, errno, "cannot map %s", beside);
    cursors->map = map;
    memcpy(cursors->now.magic, MAGIC, sizeof MAGIC);
    pl_cursors_publish(cursors);
    PL_RETURN_IF(pl_cursors_sync(cursors, error));
    if (rename(beside, path) != 0)
        return pl_error_errno(error, errno, "cannot replace %s", path);
    return sync_folder(folder, error);
}

enum pl_status pl_cursors_make(struct pl_cursors *cursors, const char *folder,
                               struct pl_error *error)
{
    const enum pl_status status = make(cursors, folder, error);

    if (status != PL_OK)
        pl_cursors_close(cursors);
    return status;
}

void pl_cursors_close(struct pl_cursors *cursors)
{
    if (cursors->map != NULL)
        (void)munmap(cursors->map, (size_t)2 * COPY_SIZE);
    cursors->map = NULL;
    pl_fd_close(&cursors->fd);
}

enum pl_status pl_cursors_sync(const struct pl_cursors *cursors, struct pl_error *error)
{
    if (fsync(cursors->fd) != 0)
        return pl_error_errno(error, errno, "cannot sync the spool's cursors");
    return PL_OK;
}

static bool is_whole(const struct pl_cursors_copy *copy)
{
    return memcmp(copy->magic, MAGIC, sizeof MAGIC) == 0 && copy->checksum == checksum(copy) &&
           copy->lanes_count <= PL_SPOOL_LANES_MAX;
}

enum pl_status pl_cursors_read(const char *folder, struct pl_cursors_copy *ret_copy,
                               bool *ret_found, struct pl_error *error)
{
    struct pl_cursors_copy copy;
    char path[4096];

    (void)snprintf(path, sizeof path, "%s/" FILE_NAME, folder);
    PL_CLEANUP(pl_fd_close) int fd = open(path, O_RDONLY | O_CLOEXEC);

    *ret_found = false;
    if (fd == -1 && errno == ENOENT)
        return PL_OK;
    if (fd == -1)
        return pl_error_errno(error, errno, "cannot open %s", path);
    for (off_t at = 0; at <= COPY_SIZE; at += COPY_SIZE) {
        if (pread(fd, &copy, sizeof copy, at) != (ssize_t)sizeof copy || !is_whole(&copy) ||
            (*ret_found && copy.sequence < ret_copy->sequence))
            continue;
        *ret_copy = copy;
        *ret_found = true;
    }
    return PL_OK;
}

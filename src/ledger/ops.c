/* The operating system's own operations, as the ledger's writer uses them. */
#include "ledger/ops.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void *system_allocate(void *context, size_t size_bytes)
{
    (void)context;
    return malloc(size_bytes);
}

static int system_open(void *context, int folder, const char *name, int flags, mode_t mode)
{
    (void)context;
    return openat(folder, name, flags | O_CLOEXEC, mode);
}

static ssize_t system_write(void *context, int fd, struct pl_str bytes, uint64_t offset)
{
    (void)context;
    return pwrite(fd, bytes.ptr, bytes.len, (off_t)offset);
}

static int system_sync_data(void *context, int fd)
{
    (void)context;
    return fdatasync(fd);
}

static int system_sync(void *context, int fd)
{
    (void)context;
    return fsync(fd);
}

static int system_truncate(void *context, int fd, uint64_t size_bytes)
{
    (void)context;
    return ftruncate(fd, (off_t)size_bytes);
}

static int system_rename(void *context, int folder, const char *from, const char *to)
{
    (void)context;
    return renameat(folder, from, folder, to);
}

static int system_unlink(void *context, int folder, const char *name)
{
    (void)context;
    return unlinkat(folder, name, 0);
}

const struct pl_ledger_ops PL_LEDGER_OPS_SYSTEM = {
    .allocate = system_allocate,
    .open = system_open,
    .write = system_write,
    .sync_data = system_sync_data,
    .sync = system_sync,
    .truncate = system_truncate,
    .rename = system_rename,
    .unlink = system_unlink,
};

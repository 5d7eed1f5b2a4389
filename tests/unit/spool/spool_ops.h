/*
 * The ledger's requests to the disk with something that may happen before each: the process ends, or
 * the request fails. A write first writes half of its bytes, so that what happens then is in its midst.
 */
#ifndef PL_TESTS_SPOOL_OPS_H
#define PL_TESTS_SPOOL_OPS_H

#include "ledger/ops.h"

#include <errno.h>
#include <stdatomic.h>

struct test_ops {
    /* Called before each request, in whatever thread; true when it is to fail, errno set. */
    bool (*strikes)(struct test_ops *ops);
    _Atomic int64_t countdown;
};

static inline bool test_ops_strike(void *context)
{
    struct test_ops *ops = context;

    return ops->strikes(ops);
}

static inline void *test_ops_allocate(void *context, size_t size)
{
    return test_ops_strike(context) ? NULL : PL_LEDGER_OPS_SYSTEM.allocate(NULL, size);
}

static inline int test_ops_open(void *context, int folder, const char *name, int flags, mode_t mode)
{
    if (test_ops_strike(context))
        return -1;
    return PL_LEDGER_OPS_SYSTEM.open(NULL, folder, name, flags, mode);
}

static inline ssize_t test_ops_write(void *context, int fd, struct pl_str bytes, uint64_t offset)
{
    const struct pl_str half = {bytes.ptr, bytes.len / 2};

    if (test_ops_strike(context) ||
        PL_LEDGER_OPS_SYSTEM.write(NULL, fd, half, offset) != (ssize_t)half.len ||
        test_ops_strike(context))
        return -1;
    return PL_LEDGER_OPS_SYSTEM.write(NULL, fd, bytes, offset);
}

static inline int test_ops_sync_data(void *context, int fd)
{
    return test_ops_strike(context) ? -1 : PL_LEDGER_OPS_SYSTEM.sync_data(NULL, fd);
}

static inline int test_ops_sync(void *context, int fd)
{
    return test_ops_strike(context) ? -1 : PL_LEDGER_OPS_SYSTEM.sync(NULL, fd);
}

static inline int test_ops_truncate(void *context, int fd, uint64_t size)
{
    return test_ops_strike(context) ? -1 : PL_LEDGER_OPS_SYSTEM.truncate(NULL, fd, size);
}

static inline int test_ops_rename(void *context, int folder, const char *from, const char *to)
{
    if (test_ops_strike(context))
        return -1;
    return PL_LEDGER_OPS_SYSTEM.rename(NULL, folder, from, to);
}

static inline int test_ops_unlink(void *context, int folder, const char *name)
{
    return test_ops_strike(context) ? -1 : PL_LEDGER_OPS_SYSTEM.unlink(NULL, folder, name);
}

/* `ops` must outlive what is made of it. */
static inline struct pl_ledger_ops test_ops_make(struct test_ops *ops)
{
    return (struct pl_ledger_ops){
        .allocate = test_ops_allocate,
        .open = test_ops_open,
        .write = test_ops_write,
        .sync_data = test_ops_sync_data,
        .sync = test_ops_sync,
        .truncate = test_ops_truncate,
        .rename = test_ops_rename,
        .unlink = test_ops_unlink,
        .context = ops,
    };
}

#endif

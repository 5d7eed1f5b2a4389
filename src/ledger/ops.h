/*
 * What the ledger's writer asks of the operating system, as a table, so that a test can fail or
 * stop at the n-th request. Everything that changes the disk or takes memory goes through it.
 */
#ifndef PL_LEDGER_OPS_H
#define PL_LEDGER_OPS_H

#include "ledger/ledger.h"

#include <sys/types.h>

/* As the calls they are named after: -1 (or NULL) and errno on failure. `folder` is a descriptor.
 */
struct pl_ledger_ops {
    void *(*allocate)(void *context, size_t size_bytes);
    int (*open)(void *context, int folder, const char *name, int flags, mode_t mode);
    ssize_t (*write)(void *context, int fd, struct pl_str bytes, uint64_t offset);
    int (*sync_data)(void *context, int fd);
    int (*sync)(void *context, int fd);
    int (*truncate)(void *context, int fd, uint64_t size_bytes);
    int (*rename)(void *context, int folder, const char *from, const char *to);
    int (*unlink)(void *context, int folder, const char *name);
    void *context; /* handed to each */
};

/* The real ones; they need no context. */
extern const struct pl_ledger_ops PL_LEDGER_OPS_SYSTEM;

/* pl_ledger_open with other operations, which must outlive the writer. */
PL_MUST_CHECK enum pl_status pl_ledger_open_with(const char *folder,
                                                 const struct pl_ledger_options *options,
                                                 const struct pl_ledger_ops *ops,
                                                 struct pl_ledger_writer **ret_writer,
                                                 struct pl_error *error);

#endif

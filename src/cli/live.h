/* Live traffic for the commands that measure: loaded before it is read, and kept as it is while it is read. */
#ifndef PL_CLI_LIVE_H
#define PL_CLI_LIVE_H

#include "line/line.h"
#include "live/live.h"

/* How long a command waits for another one that loads. */
#define PL_LIVE_WAIT_MS 30000

/* The lock that keeps others from loading. Zero-initialised it is none. */
struct pl_live_use {
    int fd_plus_one;
};

/*
 * When the line's data or one of its baselines are live traffic: loads the ledger beside the line, and holds the
 * warehouse until pl_live_use_end. Otherwise it does nothing.
 */
PL_MUST_CHECK enum pl_status pl_live_use_begin(const struct pl_line *line, struct pl_arena *arena,
                                               struct pl_live_use *use, struct pl_error *error);
void pl_live_use_end(struct pl_live_use *use);

#endif

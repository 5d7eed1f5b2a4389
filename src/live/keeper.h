/*
 * Loading while a server runs: every so often, when the ledger has grown, a process of its own loads what is new. The engine
 * takes tens of megabytes; this way they are never the server's, and a load that fails or hangs does not touch it.
 */
#ifndef PL_LIVE_KEEPER_H
#define PL_LIVE_KEEPER_H

#include "base/error.h"

struct pl_live_keeper;

struct pl_live_keeper_options {
    const char *program; /* this program: it is run as `PROGRAM ledger load LINE` */
    const char *line;
    const char *ledger; /* the folder, whose head says whether something is new */
    uint32_t every_ms;  /* 0: 5,000 */
    /* Called in the keeper's thread after each load; `failure` is NULL when it went well, else it has what the load
       said. It is tried again the next time. May be NULL. */
    void (*on_load)(const struct pl_error *failure, void *context);
    void *context;
};

/* Starts the thread. All texts must outlive it. */
PL_MUST_CHECK enum pl_status pl_live_keeper_start(const struct pl_live_keeper_options *options,
                                                  struct pl_live_keeper **ret_keeper,
                                                  struct pl_error *error);

/* Ends a load that is under way, which leaves whole transactions, and the thread; frees. NULL is fine. */
void pl_live_keeper_stop(struct pl_live_keeper *keeper);

#endif

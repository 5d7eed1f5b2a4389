/*
 * The spool's state, and the keeper: the thread that takes records out of the lanes and commits them.
 */
#ifndef PL_SPOOL_KEEPER_H
#define PL_SPOOL_KEEPER_H

#include "ledger/ops.h"
#include "spool/cursors.h"
#include "spool/lane.h"
#include "spool/seen.h"

/* The points between which a test may end the process, besides the ledger's own operations. */
enum pl_spool_step {
    PL_SPOOL_APPENDED,  /* the block is built */
    PL_SPOOL_COMMITTED, /* it is in the ledger */
    PL_SPOOL_ENDED,     /* its decisions are off the tables */
    PL_SPOOL_PUBLISHED, /* the cursors are behind it */
    PL_SPOOL_RECOVERED, /* what an earlier process left is in the ledger, its files are still there */
    PL_SPOOL_REMOVED,   /* one of its files is removed */
    PL_SPOOL_MADE,      /* one of the new files is there */
};

/* For tests; NULL members are the real ones. */
struct pl_spool_hooks {
    const struct pl_ledger_ops *ops;
    void (*step)(enum pl_spool_step step, void *context);
    void *context;
    uint32_t retry_ms; /* after a failure; 0: 1,000 */
};

/* A record whose caller waits for it to be durable. */
struct pl_awaited {
    struct pl_awaited *next;
    char *kind;
    uint64_t time_ms;
    struct pl_str body;
    void (*done)(const struct pl_error *failure, void *context);
    void *context;
};

struct pl_awaited_list {
    struct pl_awaited *first;
    struct pl_awaited *last;
    size_t count;
    size_t size_bytes;
};

struct pl_spool {
    struct pl_spool_options options; /* defaults filled in; the folders are copies */
    struct pl_spool_hooks hooks;
    int lock_fd;
    struct pl_lane *lanes;
    uint32_t lanes_open;
    _Atomic uint64_t spilled_bytes;
    _Atomic uint64_t committed, commits, recovered, interrupted, refused, awaited_waiting;
    _Atomic uint64_t set_aside;
    _Atomic uint64_t rounds; /* tries to commit */
    atomic_bool failing;

    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex; /* of the four below */
    pthread_cond_t changed;
    bool stop;
    struct pl_awaited_list queue;
    atomic_bool asleep; /* the keeper waits until it is woken; set under the mutex */

    /* The keeper's own. */
    struct pl_ledger_writer *writer; /* suspended between batches; NULL after a failure */
    struct pl_cursors cursors;
    struct pl_awaited_list taken; /* in the block being built */
    bool unsure; /* a commit failed: its records may be in the ledger, from lane->at to lane->end */
    uint64_t last_start_ns; /* of a commit */
    uint64_t last_end_ns;
    uint64_t commit_ns; /* how long a commit takes: the longest of late */
    uint64_t last_sync_ns;
    uint32_t first_lane;
    enum pl_status last_status;
    struct pl_error last_error;
};

/* As pl_spool_open, with hooks, which must outlive the spool. */
PL_MUST_CHECK enum pl_status pl_spool_open_with(const struct pl_spool_options *options,
                                                const struct pl_spool_hooks *hooks,
                                                struct pl_spool **ret_spool,
                                                struct pl_error *error);

/* Tells a hook, if there is one. */
void pl_spool_step(const struct pl_spool *spool, enum pl_spool_step step);

/* Takes bytes off the bound of spilled bytes; false when there are not as many. And gives them back. */
bool pl_spool_reserve(struct pl_spool *spool, uint64_t bytes);
void pl_spool_unreserve(struct pl_spool *spool, uint64_t bytes);

/* After a put: wakes the keeper when it sleeps. No system call when it does not. */
void pl_spool_wake(struct pl_spool *spool);

/* Opens the ledger, or takes its lock again. */
PL_MUST_CHECK enum pl_status pl_keeper_take_ledger(struct pl_spool *spool, struct pl_error *error);

/* Commits what an earlier process left, and removes its files. The ledger's lock is held. */
PL_MUST_CHECK enum pl_status pl_spool_recover(struct pl_spool *spool, struct pl_error *error);

/* Starts the thread; ends it when everything is committed, or could not be. */
PL_MUST_CHECK enum pl_status pl_keeper_start(struct pl_spool *spool, struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_keeper_stop(struct pl_spool *spool, struct pl_error *error);

/* Syncs the lanes and notes it, so that a loss of power later costs no long reading. */
PL_MUST_CHECK enum pl_status pl_keeper_sync(struct pl_spool *spool, struct pl_error *error);

/* Adds an item, made by pl_awaited_new, or takes all of up to `size_bytes_max`. Under the mutex. */
struct pl_awaited *pl_awaited_new(const char *kind, uint64_t time_ms, struct pl_str body);
void pl_awaited_list_add(struct pl_awaited_list *queue, struct pl_awaited *item);
struct pl_awaited_list pl_awaited_list_take(struct pl_awaited_list *queue, size_t size_bytes_max);

/* Tells each caller how it went, and empties the queue. */
void pl_awaited_list_tell(struct pl_awaited_list *queue, const struct pl_error *failure);

#endif

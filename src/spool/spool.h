/*
 * The way of records from the workers into the ledger. Each worker has a lane: a ring in a memory-mapped file, so
 * that what was put into it survives the death of the process without a system call; the keeper, a thread of its
 * own, takes records out of all lanes and commits them to the ledger every few milliseconds, as one block.
 *
 *     pl_spool_open → pl_spool_lane (each worker) → pl_lane_put … → pl_spool_close
 *
 * A decision is begun with its first facts before anything of its answer goes out, and ended with its record; one that was begun
 * and never ended, because the process died, is recorded at the next start as interrupted, with those facts.
 * Lanes are bounded; when the keeper falls behind they grow on the disk up to `spill_size_bytes_max`, and past that a
 * put fails, which the caller counts. The ledger's lock is held only while a block is committed, so that other commands may write too.
 */
#ifndef PL_SPOOL_SPOOL_H
#define PL_SPOOL_SPOOL_H

#include "base/error.h"
#include "base/str.h"

struct pl_spool;
struct pl_lane;

#define PL_SPOOL_FOLDER               ".plimsoll/spool"
#define PL_SPOOL_LANES_MAX            256
#define PL_SPOOL_OPEN_MAX             65536
#define PL_SPOOL_FACTS_SIZE_BYTES_MAX 2048
#define PL_SPOOL_BODY_SIZE_BYTES_MAX  (((size_t)1 << 20) - 128) /* the ledger's own limit */

struct pl_spool_options {
    const char *folder;            /* where the lanes are: ".plimsoll/spool" */
    const char *ledger_folder;     /* ".plimsoll/ledger" */
    uint32_t lanes_count;          /* one for each worker */
    size_t lane_size_bytes;        /* of the ring; 0: 4 MiB */
    uint64_t spill_size_bytes_max; /* of all spilled bytes; 0: 1 GiB */
    uint32_t commit_ms;            /* the longest that a record waits; 0: 10 */
    uint32_t open_count_max;       /* decisions open at once in a lane; 0: 12,288; at most 65,536 */
    /* Called in the keeper's thread after each commit, and with a failure that is not over (a full disk). May be NULL. */
    void (*on_commit)(uint64_t records, const struct pl_error *failure, void *context);
    void *context;
};

/* Opens the lanes, first committing what an earlier process left in them, each record exactly once; starts the keeper. */
PL_MUST_CHECK enum pl_status pl_spool_open(const struct pl_spool_options *options,
                                           struct pl_spool **ret_spool, struct pl_error *error);

/* Commits what is left, ends the keeper, frees. */
PL_MUST_CHECK enum pl_status pl_spool_close(struct pl_spool *spool, struct pl_error *error);

struct pl_lane *pl_spool_lane(struct pl_spool *spool, uint32_t index);

/*
 * Begins a decision: `facts` is a JSON object on one line, whose first member is the decision's "id",
 * and becomes its record if the process dies. Returns the number by which it is ended; 0 when
 * there is no room for it, or was none for the last record and is none still. One thread for each
 * lane.
 */
uint64_t pl_lane_begin(struct pl_lane *lane, uint64_t time_ms, struct pl_str facts);

/*
 * Ends it with its record, `body`, a JSON object on one line with the same first member; `begun` 0: it
 * was never begun. `kind` as in the ledger ("decision"). False when there is no room: then nothing
 * was written, there will be no record of this decision, and the caller counts it as dropped.
 */
bool pl_lane_end(struct pl_lane *lane, uint64_t begun, const char *kind, uint64_t time_ms,
                 struct pl_str body);

/*
 * A record that must be on disk before it is acknowledged: feedback, a change of a flag. `done` is
 * called in the keeper's thread once it is durable, or with the failure; then the record is not
 * tried again, and whether it stands in the ledger all the same is not known, as after a lost
 * connection: who repeats it gives it an id of its own. Any thread. The body is copied.
 */
struct pl_spool_record {
    const char *kind;
    uint64_t time_ms;
    struct pl_str body;
};
PL_MUST_CHECK enum pl_status
pl_spool_put_durable(struct pl_spool *spool, const struct pl_spool_record *record,
                     void (*done)(const struct pl_error *failure, void *context), void *context,
                     struct pl_error *error);

struct pl_spool_counts {
    uint64_t begun, ended; /* decisions, over all lanes */
    uint64_t dropped;      /* begun, and no room for the record */
    uint64_t no_room;      /* calls that failed: begins and ends */
    uint64_t committed;    /* records in the ledger by this process */
    uint64_t commits;      /* blocks of them */
    uint64_t recovered;    /* of an earlier process, interrupted ones included */
    uint64_t interrupted;
    uint64_t waiting;   /* put and not yet committed */
    uint64_t refused;   /* records that the ledger does not take: no JSON object on one line */
    uint64_t set_aside; /* damaged files of an earlier process, kept as *.bad */
    uint64_t spilled_bytes;
    bool failing; /* the last commit failed */
};
struct pl_spool_counts pl_spool_counts(const struct pl_spool *spool);

#endif

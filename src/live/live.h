/*
 * Live traffic in the warehouse: the decisions, outcomes, exposures, changes of flags and verdicts of a ledger, loaded into a DuckDB
 * file, each record exactly once. The place up to which the ledger was read is committed with the rows,
 * so that a crash leaves neither gaps nor doubles; the file may be deleted and is then made anew.
 *
 * The table of what is loaded stands in live/fields.h; the view `live`, one row for each decision with its outcomes, is what
 * `data: {decisions: "ledger:"}` reads.
 */
#ifndef PL_LIVE_LIVE_H
#define PL_LIVE_LIVE_H

#include "ledger/ledger.h"

struct pl_live_options {
    const char *ledger;      /* the folder */
    const char *warehouse;   /* the file */
    uint32_t threads;        /* 0: 1 */
    uint32_t wait_ms;        /* for others that read or write the warehouse */
    bool rebuild;            /* from the start of the ledger, whatever is there */
    size_t batch_size_bytes; /* of records in one transaction; 0: 16 MiB */
};

/* What one load brought. Records that were there already are repeats, and not counted as new. */
struct pl_live_counts {
    uint64_t blocks;
    uint64_t records;
    uint64_t decisions, attempts, feedback, exposures, flags, verdicts, shadows;
    uint64_t
        repeats; /* decisions with an id, or feedback with a decision, name and id, that was there already */
    uint64_t unreadable; /* records that say nothing that we can read */
    uint64_t others;     /* records of kinds that have no table: those of a newer program, too */
    uint64_t block;      /* the last one loaded, and its hash */
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    bool rebuilt;
};

/*
 * Loads what the ledger has and the warehouse has not. One process at a time; others wait, up to `wait_ms`, then
 * PL_E_BUSY. PL_E_CORRUPT: the ledger does not hold, or is not the one that was loaded before (replaced,
 * or cut); nothing but whole batches before it is loaded then. A warehouse that another version of
 * this program made is made anew.
 */
PL_MUST_CHECK enum pl_status pl_live_load(const struct pl_live_options *options,
                                          struct pl_live_counts *ret_counts,
                                          struct pl_error *error);

/* The state of a warehouse. */
struct pl_live_state {
    uint64_t block; /* up to which the ledger is loaded */
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    uint64_t
        data_block; /* the last that has a decision or feedback, and its hash: while it stays, so does the view */
    char data_hash[PL_LEDGER_HASH_TEXT_SIZE]; /* of zeros while there is none */
    uint64_t decisions, feedback;
    uint64_t unreadable, others, repeats; /* since the first block */
    uint64_t waiting;                     /* feedback whose decision is not known (yet) */
};

/*
 * Waits until nobody loads, reads the state, and keeps the warehouse as it is until `*ret_fd` is closed. `ret_fd` may be NULL.
 * With `with_waiting` it counts feedback without a decision, which takes a look at all of it.
 */
PL_MUST_CHECK enum pl_status pl_live_read(const char *warehouse, bool with_waiting, int *ret_fd,
                                          struct pl_live_state *ret_state, struct pl_error *error);

#endif

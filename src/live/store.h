/* The warehouse file: its tables, and the statements that bring staged rows into them. Private to src/live. */
#ifndef PL_LIVE_STORE_H
#define PL_LIVE_STORE_H

#include "ledger/follow.h"
#include "live/names.h"
#include "warehouse/driver.h"

/* Another number: the tables of another version of this program. */
#define PL_LIVE_VERSION 1

/* What a store says of itself. */
struct pl_live_store_state {
    int64_t version; /* 0: there are no tables yet */
    struct pl_ledger_mark mark;
    uint64_t data_block;
    char data_hash[PL_LEDGER_HASH_TEXT_SIZE];
    uint64_t repeats;
    uint64_t unreadable;
    uint64_t others;
};

/* Reads it, and the names. */
PL_MUST_CHECK enum pl_status pl_live_store_read(struct pl_connection *connection,
                                                struct pl_live_store_state *ret_state,
                                                struct pl_live_names *names,
                                                struct pl_error *error);

/* Makes the tables, in one transaction. */
PL_MUST_CHECK enum pl_status pl_live_store_make(struct pl_connection *connection,
                                                struct pl_error *error);

/* Makes the staging tables, which are this connection's own and not on the disk. */
PL_MUST_CHECK enum pl_status pl_live_store_stage(struct pl_connection *connection,
                                                 struct pl_error *error);

/* What the staged rows brought. */
struct pl_live_brought {
    uint64_t decisions, attempts, feedback, exposures, flags, verdicts, shadows;
    uint64_t repeats;
};

/*
 * Brings the staged rows into the tables, with the state and the names, in one transaction, and empties the stage.
 * `state->repeats` goes up by what was there already.
 */
PL_MUST_CHECK enum pl_status pl_live_store_commit(struct pl_connection *connection,
                                                  struct pl_live_store_state *state,
                                                  struct pl_live_names *names,
                                                  struct pl_live_brought *ret_brought,
                                                  struct pl_error *error);

/* The first row of a query, of BIGINTs: at most `count`. */
PL_MUST_CHECK enum pl_status pl_live_store_numbers(struct pl_connection *connection,
                                                   const char *sql, int64_t *ret_numbers,
                                                   size_t count, struct pl_error *error);

#endif

/*
 * Outcomes out of files: what came back later for decisions, such as a label that somebody gave in another system. Each
 * value becomes a record of feedback in the ledger, as if it had come over the network.
 */
#ifndef PL_LIVE_OUTCOMES_H
#define PL_LIVE_OUTCOMES_H

#include "base/arena.h"
#include "base/error.h"
#include "ledger/ledger.h"

#define PL_OUTCOMES_COUNT_MAX 64

/* An outcome, and the column of the file that has it. */
struct pl_outcome_column {
    struct pl_str name;
    struct pl_str column;
};

struct pl_outcomes_request {
    const char *file;   /* CSV, TSV, JSON Lines or Parquet; a path or glob */
    const char *ledger; /* the folder */
    const char
        *warehouse; /* which the ledger is loaded into, and which nobody may change meanwhile */
    struct pl_str decision; /* the column of the decision's id; empty: `decision`, else `id` */
    const struct pl_outcome_column *outcomes;
    size_t
        outcomes_count; /* 0: of label, rating, accepted, edited and value those that the file has */
    bool early;         /* also outcomes of decisions that the ledger does not have yet */
    uint32_t threads;
    uint32_t lock_wait_ms; /* for others that write the ledger */
};

struct pl_outcomes_counts {
    uint64_t written;
    uint64_t known;   /* that the decision has already, as its latest */
    uint64_t earlier; /* that a later row of the file replaces */
    uint64_t strange; /* of decisions that the ledger does not have; written only with `early` */
    struct pl_ledger_head head; /* behind the last one; block 0: none was written */
};

/*
 * Writes those that say something new, and returns when they are on disk. An empty value is no outcome. The same
 * file again writes nothing; after a failure, what was written stands, and the same file brings the rest. PL_E_DATA
 * when the file or a column of it cannot be read, or has no column of outcomes.
 */
PL_MUST_CHECK enum pl_status pl_outcomes_import(const struct pl_outcomes_request *request,
                                                struct pl_arena *arena,
                                                struct pl_outcomes_counts *ret_counts,
                                                struct pl_error *error);

#endif

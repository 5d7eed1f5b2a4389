/*
 * Which of the records that are still in lanes the ledger has already: first each is said to be looked
 * for, then the ledger is read, which may be of any length, and each is counted as often as it stands
 * there; so are the ids of decisions. One thread at a time.
 */
#ifndef PL_SPOOL_SEEN_H
#define PL_SPOOL_SEEN_H

#include "ledger/ledger.h"
#include "spool/entry.h"

struct pl_seen_row;

struct pl_seen {
    struct pl_seen_row *rows;
    size_t rows_count; /* a power of two, or 0 */
    size_t used;
};

void pl_seen_deinit(struct pl_seen *seen);

/* A record is looked for, and the decision of the id that facts begin with. */
PL_MUST_CHECK enum pl_status pl_seen_want(struct pl_seen *seen, const char *kind, uint64_t time_ms,
                                          struct pl_str body, struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_seen_want_decision(struct pl_seen *seen, struct pl_str facts,
                                                   struct pl_error *error);

/*
 * Reads the ledger from `place` on, and from its beginning when it does not have that place. The caller
 * holds the ledger's lock.
 */
PL_MUST_CHECK enum pl_status pl_seen_read(struct pl_seen *seen, const char *ledger_folder,
                                          const struct pl_ledger_place *place,
                                          struct pl_error *error);

/* True once for each time that the record stands there. It was looked for. */
bool pl_seen_take(struct pl_seen *seen, const char *kind, uint64_t time_ms, struct pl_str body);

/* Whether a decision of the id that the facts begin with stands there. It was looked for. */
bool pl_seen_has_decision(const struct pl_seen *seen, struct pl_str facts);

#endif

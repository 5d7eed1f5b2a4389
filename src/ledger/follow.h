/*
 * Reading on where one has stopped: what came to the ledger since, block after block, checked as a chain from the
 * place on. What lies before it is not read again. A writer may be at work meanwhile; blocks are read as far as the
 * head says, so that only what was acknowledged is seen.
 */
#ifndef PL_LEDGER_FOLLOW_H
#define PL_LEDGER_FOLLOW_H

#include "ledger/ledger.h"

/* Between two blocks. All zero is before the first one. */
struct pl_ledger_place {
    uint64_t segment;
    uint64_t offset; /* of the first byte after the block, in its segment */
    uint64_t block;
    uint64_t records; /* up to here */
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    char public_key[PL_LEDGER_HASH_TEXT_SIZE]; /* as lower-case hex; empty: not known yet */
};

struct pl_ledger_follower {
    pl_ledger_visit record; /* each record of a good block; the body is one JSON object */
    /* After the records of a block, with the place behind it. May be NULL. */
    enum pl_status (*block)(const struct pl_ledger_place *place, void *context,
                            struct pl_error *error);
    void *context;
};

/*
 * Reads from `place` to the head, and moves it on. A folder that does not exist, or holds no block, is an empty
 * ledger. PL_E_CORRUPT: a block that does not hold, or a ledger that is not the one that the place was
 * in: with another key, another block there, or an earlier end. `place` is then where the good blocks
 * end.
 */
PL_MUST_CHECK enum pl_status pl_ledger_follow(const char *folder, struct pl_ledger_place *place,
                                              const struct pl_ledger_follower *follower,
                                              struct pl_error *error);

#endif

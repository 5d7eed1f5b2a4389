/*
 * Reading on where one has stopped: what came to the ledger since, block after block, checked as a chain from the
 * place on. What lies before it is not read again. A writer may be at work meanwhile; blocks are read as far as the
 * head says, so that only what was acknowledged is seen.
 */
#ifndef PL_LEDGER_FOLLOW_H
#define PL_LEDGER_FOLLOW_H

#include "ledger/ledger.h"

/* Where one has stopped, and in which ledger. All zero is before the first block of any. */
struct pl_ledger_mark {
    struct pl_ledger_place place;
    char public_key[PL_LEDGER_HASH_TEXT_SIZE]; /* as lower-case hex; empty: not known yet */
};

struct pl_ledger_follower {
    pl_ledger_visit record; /* each record of a good block; the body is one JSON object */
    /* After the records of a block, with the mark behind it. May be NULL. */
    enum pl_status (*block)(const struct pl_ledger_mark *mark, void *context,
                            struct pl_error *error);
    void *context;
};

/*
 * Reads from `mark` to the head, and moves it on. A folder that does not exist, or holds no block, is an empty
 * ledger. PL_E_CORRUPT: a block that does not hold, or a ledger that is not the one that the mark was made
 * in: with another key, another block there, or an earlier end. The mark is then where the good blocks
 * end.
 */
PL_MUST_CHECK enum pl_status pl_ledger_follow(const char *folder, struct pl_ledger_mark *mark,
                                              const struct pl_ledger_follower *follower,
                                              struct pl_error *error);

#endif

/* What the ledger says of a line: its latest verdict, the verdicts before it, and the sign-offs. */
#ifndef PL_CLI_CARD_HISTORY_H
#define PL_CLI_CARD_HISTORY_H

#include "card/card.h"
#include "cli/facts.h"

struct pl_card_history {
    enum pl_card_match match; /* how far the latest verdict is about this line and these data */
    struct pl_body *verdict;  /* its body; NULL: there is none */
    struct pl_str verdict_line;
    uint64_t verdict_block;
    uint64_t verdict_time_ms;
    struct pl_card_events verdicts;
    struct pl_card_events sign_offs;
    uint64_t blocks;
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
};

/*
 * Reads the whole ledger, and checks it: a chain that does not hold is PL_E_CORRUPT. Everything lives
 * in `arena`. A folder that does not exist has no verdict.
 */
PL_MUST_CHECK enum pl_status
pl_card_history_read(const char *folder, const struct pl_facts_about *about, struct pl_arena *arena,
                     struct pl_card_history *ret_history, struct pl_error *error);

#endif

/* What the record says that a judgement depends on, and whether the record can be trusted at all.
 */
#ifndef PL_CLI_FACTS_H
#define PL_CLI_FACTS_H

#include "judge/judge.h"

/* What facts must be about: hashes of the line's bytes and of its data (NULL when there are none). */
struct pl_facts_about {
    const char *line_hash;
    const char *data_hash;
};

/*
 * Verifies the whole ledger in `folder` and gathers the facts about this line and these data. A folder
 * that does not exist has no facts. A chain that does not hold is PL_E_CORRUPT and names the block:
 * nothing may be added to it.
 */
PL_MUST_CHECK enum pl_status pl_facts_read(const char *folder, const struct pl_facts_about *about,
                                           struct pl_record_facts *ret_facts,
                                           struct pl_error *error);

#endif

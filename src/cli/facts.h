/* What the record says that a judgement depends on, and whether the record can be trusted at all.
 */
#ifndef PL_CLI_FACTS_H
#define PL_CLI_FACTS_H

#include "judge/judge.h"

/*
 * Verifies the whole ledger in `folder` and gathers the facts about the line whose bytes hash to
 * `line_hash`. A folder that does not exist has no facts. A chain that does not hold is
 * PL_E_CORRUPT and names the block: nothing may be added to it.
 */
PL_MUST_CHECK enum pl_status pl_facts_read(const char *folder, const char *line_hash,
                                           struct pl_record_facts *ret_facts,
                                           struct pl_error *error);

#endif

/* The built-in suite `redteam`: attacks and harmless prompts as cases, made anew for every reading from the
   suite's seed. */
#ifndef PL_EVAL_ATTACKS_H
#define PL_EVAL_ATTACKS_H

#include "eval/cases.h"
#include "ledger/ledger.h"

/* Reads them as pl_cases_read does those of files. A `prompt` is the feature's own system message. */
PL_MUST_CHECK enum pl_status pl_attacks_read(const struct pl_suite *suite, struct pl_arena *arena,
                                             pl_case_visit visit, void *context,
                                             struct pl_error *error);

/* The hash of all of them: it changes with the tables, the seed and the feature's system message. */
PL_MUST_CHECK enum pl_status pl_attacks_hash(const struct pl_suite *suite, struct pl_arena *arena,
                                             char ret_hash[PL_LEDGER_HASH_TEXT_SIZE],
                                             struct pl_error *error);

#endif

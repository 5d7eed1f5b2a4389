/* Running the suites of a line: which run is begun or gone on with, the note while it goes, and what a
   person's Ctrl-C does. */
#ifndef PL_CLI_EVAL_RUN_H
#define PL_CLI_EVAL_RUN_H

#include "eval/judged.h"

struct pl_eval_request {
    const struct pl_suite *suite;
    uint64_t limit;     /* the first so many cases; 0: all */
    const char *filter; /* "COLUMN=VALUE", or NULL */
    const char *replay; /* the name of a run, or "latest"; NULL: no replay */
    bool resume;        /* the newest run that was not finished */
    bool no_cache;      /* answers of earlier runs are not used */
};

/*
 * Runs one suite; the run lives in `arena`. A run that was broken off by Ctrl-C is no error: its state says
 * so. PL_E_NOT_FOUND when there is no run to go on with or to replay.
 */
PL_MUST_CHECK enum pl_status pl_eval_suite(const struct pl_eval_request *request,
                                           struct pl_arena *arena, struct pl_run **ret_run,
                                           struct pl_error *error);

/* The hash of the suite as it stands, cases included. */
PL_MUST_CHECK enum pl_status pl_eval_settings(const struct pl_suite *suite, struct pl_arena *arena,
                                              char ret_cases[PL_LEDGER_HASH_TEXT_SIZE],
                                              char ret_settings[PL_LEDGER_HASH_TEXT_SIZE],
                                              struct pl_error *error);

#endif

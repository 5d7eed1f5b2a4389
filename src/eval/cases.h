/* Golden cases, one after the other, as JSON texts: the files are read by the engine that reads decisions,
   and only one batch of them is in memory at a time. */
#ifndef PL_EVAL_CASES_H
#define PL_EVAL_CASES_H

#include "line/evals.h"

/* One case as it stands in its file. Valid during the visit. */
struct pl_case_text {
    uint64_t number;    /* from 1, over all files */
    struct pl_str text; /* a JSON object */
    struct pl_str
        output; /* the row of the file of recorded outputs that goes with it; ptr NULL: none */
};

/* Called for each case. Another status than PL_OK ends the reading and is passed on. */
typedef enum pl_status (*pl_case_visit)(const struct pl_case_text *text, void *context,
                                        struct pl_error *error);

/* Reads the cases of a suite, with its recorded outputs where these stand in a file of their own. Scratch
   memory comes from `arena`. */
PL_MUST_CHECK enum pl_status pl_cases_read(const struct pl_suite *suite, struct pl_arena *arena,
                                           pl_case_visit visit, void *context,
                                           struct pl_error *error);

#endif

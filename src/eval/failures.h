/* The outputs of a run that failed, or that a scorer of pass or fail failed: the first of them, to look at. */
#ifndef PL_EVAL_FAILURES_H
#define PL_EVAL_FAILURES_H

#include "eval/runs.h"

/* One output and why it is here. */
struct pl_failure {
    struct pl_str id;
    uint32_t repeat;
    struct pl_str scorer; /* empty: there was no output */
    struct pl_str output; /* its beginning */
    struct pl_str note;
};

struct pl_failures {
    const struct pl_failure *items;
    size_t count;
    uint64_t more; /* that are not among the items */
};

/* Reads the run's outputs again; at most `most` items, in the order of the cases. */
PL_MUST_CHECK enum pl_status pl_run_failures(const struct pl_run *run, size_t most,
                                             struct pl_arena *arena,
                                             struct pl_failures *ret_failures,
                                             struct pl_error *error);

#endif

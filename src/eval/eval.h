/*
 * A run of a suite: every case is asked as often as the suite says, every output scored, and a row of results
 * written for each, in the order of the cases. The memory does not grow with their number: items are under
 * way in a window, and what is done goes to disk.
 *
 *     answers.jsonl   every call, as it came (eval/answers.h)
 *     results.jsonl   a row for each output: its scores and what it took, to be measured
 *     outputs.jsonl   a row for each output: its text, and why scores are what they are
 *
 * A suite that asks nobody and a replay use no network.
 */
#ifndef PL_EVAL_EVAL_H
#define PL_EVAL_EVAL_H

#include "eval/scorer.h"

#include <signal.h>

#define PL_RESULTS_FILE "results.jsonl"
#define PL_OUTPUTS_FILE "outputs.jsonl"
#define PL_ANSWERS_FILE "answers.jsonl"

/* Columns of the cases that results carry are called by this and their name. */
#define PL_RESULTS_CASE_PREFIX "case."

struct pl_eval_counts {
    uint64_t cases;
    uint64_t outputs; /* cases times repeats */
    uint64_t done;
    uint64_t failed;       /* without an output; done + failed = outputs once the run is complete */
    uint64_t timed;        /* outputs of which it is known how long they took */
    uint64_t priced;       /* and what they cost */
    uint64_t from_record;  /* calls that the record answered */
    uint64_t calls;        /* that were made now */
    struct pl_usage usage; /* of the calls made now */
    double cost;           /* of all outputs, by their price, whenever it was paid */
    double cost_paid;      /* by the calls made now, those of judges and failed ones included */
    uint64_t ends[PL_CALL_ENDS_COUNT]; /* outputs by how they ended */
    uint64_t scored[PL_SCORERS_MAX];
    uint64_t unscored[PL_SCORERS_MAX]; /* nothing to score */
    uint64_t unparsed[PL_SCORERS_MAX];
    uint64_t unasked[PL_SCORERS_MAX]; /* the judge or program could not be asked */
};

struct pl_eval_progress {
    const struct pl_eval_counts *counts;
    uint64_t outputs_expected;
    uint64_t under_way;
};

struct pl_eval_options {
    const struct pl_suite *suite;
    const char *folder;          /* of the run; it exists */
    const char *const *earlier;  /* records of earlier runs that may answer; ends with NULL */
    bool replay;                 /* nobody is asked: what the record does not hold is an error */
    uint64_t limit;              /* the first so many cases; 0: all */
    struct pl_str filter_column; /* only cases that have this text there; empty: all */
    struct pl_str filter_value;
    void (*progress)(const struct pl_eval_progress *progress, void *context);
    void *context;
    const volatile sig_atomic_t *stop; /* set: nothing new is begun; 2: nothing is waited for */
};

struct pl_eval_outcome {
    struct pl_eval_counts counts;
    bool interrupted;      /* some cases were not asked: the run may be gone on with */
    struct pl_str gave_up; /* why it stopped by itself; empty: it did not */
    struct pl_corpus_figure corpus[PL_SCORERS_MAX];
};

/*
 * Runs. Every case is read and its prompt made before the first call, so that a bad case costs nothing:
 * PL_E_DATA names its file and line. The outcome lives in `arena`.
 */
PL_MUST_CHECK enum pl_status pl_eval_run(const struct pl_eval_options *options,
                                         struct pl_arena *arena,
                                         struct pl_eval_outcome *ret_outcome,
                                         struct pl_error *error);

#endif

/*
 * Runs on disk. A run of a suite is a folder, `.plimsoll/evals/SUITE/RUN`, beside the line; `run.json` in it
 * says what was run and how it ended. A run is named by the time it began, so that names sort by age.
 */
#ifndef PL_EVAL_RUNS_H
#define PL_EVAL_RUNS_H

#include "eval/eval.h"
#include "ledger/ledger.h"

#define PL_EVALS_FOLDER   ".plimsoll/evals"
#define PL_RUN_FILE       "run.json"
#define PL_SUITE_RUNS_MAX 100000

enum pl_run_state {
    PL_RUN_RUNNING,  /* under way, or broken off by a crash */
    PL_RUN_STOPPED,  /* by a person; it may be gone on with */
    PL_RUN_COMPLETE, /* every output was asked for */
};

/* What is known of one scorer after a run. */
struct pl_run_scorer {
    struct pl_str name;
    bool passes;
    uint64_t scored;
    uint64_t unscored;
    uint64_t unparsed;
    uint64_t unasked;
    struct pl_corpus_figure corpus;
};

struct pl_run {
    struct pl_str id;
    struct pl_str folder;
    struct pl_str suite;
    enum pl_run_state state;
    uint64_t started_ms; /* Unix time */
    uint64_t finished_ms;
    char settings[PL_LEDGER_HASH_TEXT_SIZE]; /* the hash of all that outputs and scores depend on */
    char cases[PL_LEDGER_HASH_TEXT_SIZE];
    char results[PL_LEDGER_HASH_TEXT_SIZE]; /* of the file of results; empty until it is complete */
    struct pl_str version;                  /* of the program */
    uint64_t limit;
    struct pl_str filter; /* "column=value", empty: none */
    uint64_t cases_count;
    uint64_t outputs;
    uint64_t done;
    uint64_t failed;
    uint64_t timed;  /* outputs of which it is known how long they took */
    uint64_t priced; /* and what they cost */
    double cost;
    double cost_paid;      /* over all sessions of the run */
    struct pl_str gave_up; /* why it stopped by itself: a sentence; empty: it did not */
    struct pl_run_scorer scorers[PL_SCORERS_MAX];
    size_t scorers_count;
};

/*
 * The hash of a suite as it stands: its cases (by `cases_hash`), prompt, models and their parameters,
 * commands, scorers and the files that they name. Limits are not in it: they judge, and change no score.
 */
PL_MUST_CHECK enum pl_status pl_run_settings(const struct pl_suite *suite, const char *cases_hash,
                                             struct pl_arena *arena,
                                             char ret_hash[PL_LEDGER_HASH_TEXT_SIZE],
                                             struct pl_error *error);

/* The folder of a suite's runs; ptr NULL when the arena is full. */
struct pl_str pl_runs_folder(const struct pl_suite *suite, struct pl_arena *arena);

/* Makes the folder of a new run and its `run.json`; the name is that of the moment. */
PL_MUST_CHECK enum pl_status pl_run_create(const struct pl_suite *suite, struct pl_run *run,
                                           struct pl_arena *arena, struct pl_error *error);

/* Writes `run.json` anew. */
PL_MUST_CHECK enum pl_status pl_run_write(const struct pl_run *run, struct pl_error *error);

/* Takes the outcome into the run, with the hash of its results. */
PL_MUST_CHECK enum pl_status pl_run_finish(struct pl_run *run, const struct pl_suite *suite,
                                           const struct pl_eval_outcome *outcome,
                                           struct pl_error *error);

/* The run of that name. */
PL_MUST_CHECK enum pl_status pl_run_read(const struct pl_suite *suite, struct pl_str id,
                                         struct pl_arena *arena, struct pl_run **ret_run,
                                         struct pl_error *error);

struct pl_run_names {
    const struct pl_str *items; /* newest first */
    size_t count;
};

/* The names of all runs of a suite; none when it never ran. */
PL_MUST_CHECK enum pl_status pl_runs_list(const struct pl_suite *suite, struct pl_arena *arena,
                                          struct pl_run_names *ret_names, struct pl_error *error);

/* Which run is looked for. */
struct pl_run_wish {
    const char *settings; /* NULL: any */
    bool complete;        /* over all cases, and ended */
    bool unfinished;      /* that may be gone on with */
};

/* The newest run that meets the wish; NULL when there is none. A run that cannot be read is passed over. */
PL_MUST_CHECK enum pl_status pl_run_find(const struct pl_suite *suite,
                                         const struct pl_run_wish *wish, struct pl_arena *arena,
                                         struct pl_run **ret_run, struct pl_error *error);

/* The newest complete run besides this one, older than it where it is of the same suite; NULL when there is none. */
PL_MUST_CHECK enum pl_status pl_run_find_before(const struct pl_suite *suite,
                                                const struct pl_run *run, struct pl_arena *arena,
                                                struct pl_run **ret_run, struct pl_error *error);

/* A file of the run: its path, in `arena`; NULL when it is full. */
const char *pl_run_path(const struct pl_run *run, const char *file, struct pl_arena *arena);

#endif

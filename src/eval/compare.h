/* Two runs of the same cases: better, worse, or no evidence; and what the repeats of one run say. */
#ifndef PL_EVAL_COMPARE_H
#define PL_EVAL_COMPARE_H

#include "eval/table.h"
#include "stats/paired_runs.h"
#include "stats/repeats.h"
#include "stats/resampling.h"

/* One scorer that both runs have, over the cases that both have scored. Differences are this run less the
   baseline; `outcome` says better and worse, whichever way the scorer goes. */
struct pl_compared {
    struct pl_str name;
    bool passes;
    bool lower_is_better;
    uint64_t common;
    double here; /* mean over the common cases */
    double there;
    struct pl_estimate difference; /* by the statistic that decides */
    bool grouped;                  /* it is by group */
    double se_unpaired;
    double se_paired;
    double se_grouped; /* -1: there are no groups */
    bool is_binary;    /* the next one holds */
    struct pl_mcnemar mcnemar;
    struct pl_resampled bootstrap; /* paired; of scores that are no yes or no */
    struct pl_outcome outcome;
};

struct pl_comparison {
    struct pl_str baseline; /* "SUITE/RUN" */
    uint64_t common;        /* cases */
    uint64_t only_here;
    uint64_t only_there;
    struct pl_compared scorers[PL_SCORERS_MAX];
    size_t scorers_count;
};

/* What a comparison is asked for. */
struct pl_compare_request {
    const struct pl_suite *suite;
    const struct pl_run *run;
    const struct pl_run *baseline;
    struct pl_str baseline_suite;
    double confidence;
    uint32_t threads;
};

PL_MUST_CHECK enum pl_status pl_runs_compare(const struct pl_compare_request *request,
                                             struct pl_arena *arena,
                                             struct pl_comparison **ret_comparison,
                                             struct pl_error *error);

/* One scorer of pass or fail whose cases were repeated. */
struct pl_repeated_scorer {
    struct pl_str name;
    uint32_t k;                   /* the repeats */
    struct pl_estimate at_k;      /* pass@k: some of k passed */
    struct pl_estimate all_k;     /* pass^k: all of k did */
    struct pl_estimate unanimous; /* the share of cases whose repeats all say the same */
};

struct pl_repeats {
    struct pl_repeated_scorer scorers[PL_SCORERS_MAX];
    size_t scorers_count;
};

/* Nothing where the suite asks each case once. */
PL_MUST_CHECK enum pl_status pl_repeats_measure(const struct pl_suite *suite,
                                                const struct pl_run *run, struct pl_arena *arena,
                                                struct pl_repeats *ret_repeats,
                                                struct pl_error *error);

#endif

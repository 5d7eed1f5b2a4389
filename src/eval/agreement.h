/* How far a judge and people say the same, over the outputs that both have scored. */
#ifndef PL_EVAL_AGREEMENT_H
#define PL_EVAL_AGREEMENT_H

#include "eval/runs.h"
#include "stats/estimate.h"

/* Of one judge with a column of people's own verdicts or marks. */
struct pl_judge_agreement {
    struct pl_str name;
    uint64_t n;               /* outputs that both have scored */
    struct pl_estimate raw;   /* the share on which they say the same */
    struct pl_estimate kappa; /* Cohen's; on a scale weighted by squares */
    struct pl_estimate alpha; /* Krippendorff's; on a scale ordinal */
    struct pl_estimate
        corrected; /* on a scale: the mean mark that people would give to all outputs */
    bool is_scale;
};

struct pl_judge_agreements {
    struct pl_judge_agreement judges[PL_SCORERS_MAX];
    size_t count;
};

/* Reads the run's results again; nothing where no judge has people's verdicts. */
PL_MUST_CHECK enum pl_status pl_judges_measure(const struct pl_suite *suite,
                                               const struct pl_run *run, struct pl_arena *arena,
                                               struct pl_judge_agreements *ret_agreements,
                                               struct pl_error *error);

#endif

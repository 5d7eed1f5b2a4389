/* From the results of a run to findings: the results are measured and the suite's limits judged by the same
   engine as everything else, and what keeps the run from proving anything is said. */
#ifndef PL_EVAL_JUDGED_H
#define PL_EVAL_JUDGED_H

#include "eval/agreement.h"
#include "eval/compare.h"
#include "eval/failures.h"
#include "eval/runs.h"
#include "judge/judge.h"

#define PL_FAILURES_MAX   500
#define PL_SHORTFALLS_MAX (2 * PL_SCORERS_MAX + 4)

/* A suite judged by one of its runs. Call pl_suite_judged_deinit. */
struct pl_suite_judged {
    const struct pl_suite *suite;
    const struct pl_run *run;
    const struct pl_line *line; /* the suite's, with the run's results as its data */
    struct pl_measured *measured;
    struct pl_judgement
        *judgement;      /* its findings; its verdict means nothing without the whole line */
    enum pl_state state; /* of the suite: the worst finding, and at best unproven with shortfalls */
    struct pl_judge_agreements judges;
    struct pl_repeats repeats;
    struct pl_failures failures;                 /* the first PL_FAILURES_MAX of them */
    struct pl_comparison *comparison;            /* with another run; NULL: none was asked for */
    struct pl_str shortfalls[PL_SHORTFALLS_MAX]; /* why the run proves nothing: whole sentences */
    size_t shortfalls_count;
};

/* Measures and judges. Everything but large arrays lives in `arena`. A file of results that is not as the run
   left it is PL_E_CORRUPT. */
PL_MUST_CHECK enum pl_status pl_suite_judge(const struct pl_suite *suite, const struct pl_run *run,
                                            uint32_t threads, struct pl_arena *arena,
                                            struct pl_suite_judged **ret_judged,
                                            struct pl_error *error);

/* NULL is allowed. */
void pl_suite_judged_deinit(struct pl_suite_judged *judged);

/* "rate(right)" or "mean(f1)": the measure of a scorer; ptr NULL when the arena is full. */
struct pl_str pl_scorer_metric(const struct pl_scorer *scorer, struct pl_arena *arena);

#endif

/* The suites of a line as the gate sees them: by the newest complete run of each as it stands. */
#ifndef PL_CLI_SUITES_H
#define PL_CLI_SUITES_H

#include "cli/facts.h"
#include "eval/judged.h"

/* What the runs say. Everything but measured arrays lives in the arena it was made in. */
struct pl_suites {
    struct pl_suite_judged **judged; /* of the suites that have such a run */
    size_t judged_count;
    struct pl_eval_fact *facts; /* for the verdict */
    size_t facts_count;
    bool compare_groups; /* some limit compares groups */
    bool groups_clear;   /* and all that do are clear */
};

/*
 * Judges every suite of the line that has limits. A suite without a complete run of its cases, prompt, models
 * and scorers as they stand, or whose run is not on the record, holds the verdict; nothing is run here.
 * Call pl_suites_deinit in any case.
 */
PL_MUST_CHECK enum pl_status pl_suites_judge(const struct pl_line *line,
                                             const struct pl_facts *facts, uint32_t threads,
                                             struct pl_arena *arena, struct pl_suites *ret_suites,
                                             struct pl_error *error);
void pl_suites_deinit(struct pl_suites *suites);

#endif

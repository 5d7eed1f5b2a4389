/* From findings, needs and risk to one verdict with all its reasons. */
#ifndef PL_JUDGE_VERDICT_H
#define PL_JUDGE_VERDICT_H

#include "judge/judge.h"

struct pl_verdict_inputs {
    const struct pl_line *line;
    const struct pl_measured *measured;
    const struct pl_record_facts *facts;
    struct pl_judgement *judgement; /* findings are there; verdict and reasons are filled in */
};

PL_MUST_CHECK enum pl_status pl_verdict_make(const struct pl_verdict_inputs *inputs,
                                             struct pl_arena *arena, struct pl_error *error);

#endif

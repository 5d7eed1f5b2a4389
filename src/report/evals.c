/* What all formats of evals share: which state the suites are in, and whether that passes. */
#include "report/evals.h"

enum pl_state pl_evals_state(const struct pl_evals_result *result)
{
    enum pl_state worst = PL_STATE_CLEAR;

    for (size_t i = 0; i < result->suites_count; i++)
        if (result->suites[i]->state > worst)
            worst = result->suites[i]->state;
    return worst;
}

bool pl_evals_pass(const struct pl_evals_result *result)
{
    const enum pl_state state = pl_evals_state(result);

    return state == PL_STATE_CLEAR ||
           (state == PL_STATE_UNPROVEN && result->line->evidence.unproven == PL_UNPROVEN_PASS);
}

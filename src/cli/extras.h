/* What the HTML report shows besides the verdict: fairness, classes, what the source lacks. */
#ifndef PL_CLI_EXTRAS_H
#define PL_CLI_EXTRAS_H

#include "report/html.h"

/*
 * Gathers it for what is shown, which stands in `result`; in `arena`. The quality of the source is left
 * NULL for one slice of a launch, for it is of the whole source.
 */
PL_MUST_CHECK enum pl_status pl_extras_gather(const struct pl_gate_result *result, uint32_t threads,
                                              struct pl_arena *arena,
                                              struct pl_html_extras *ret_extras,
                                              struct pl_error *error);

#endif

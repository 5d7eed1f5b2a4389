/* `audit --calibration`: what is measured for it, and the bins of every slice afterwards. */
#ifndef PL_CLI_CALIBRATION_H
#define PL_CLI_CALIBRATION_H

#include "measure/reliability.h"
#include "measure/run.h"

/* Adds the measures of calibration to what is asked for, in `arena`. PL_E_USAGE: the data of `line`
   have no score or no label. */
PL_MUST_CHECK enum pl_status pl_calibration_ask(const struct pl_line *line, struct pl_arena *arena,
                                                struct pl_measure_request *request,
                                                struct pl_error *error);

#endif

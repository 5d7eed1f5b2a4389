/*
 * The cells of a binary task as JSON, for pages that compute measures again: counts of every leaf by
 * label and prediction, and how many decisions have which score.
 */
#ifndef PL_REPORT_CELLS_JSON_H
#define PL_REPORT_CELLS_JSON_H

#include "base/arena.h"
#include "base/json.h"
#include "report/report.h"

#define PL_CELLS_JSON_RUNS_MAX   500000
#define PL_CELLS_JSON_LEAVES_MAX 100000

/*
 * "cells": {...} with its key; `null` when the task is not binary, or there are more leaves than
 * PL_CELLS_JSON_LEAVES_MAX; then "cells_left_out" says how many. Its members:
 *
 * - `segments`: `segment` and its `groups`; `leaves`: for each leaf one group number for each segment;
 * - `counts`: nine for each leaf, by label and prediction (negative, positive, unknown); `weights` the
 *   same, only where decisions have weights;
 * - `threshold`, and `decides`: whether it is the score at the threshold that makes the prediction;
 * - `costs`, only where the line has them: `default` and `slices`, each [TN, FP, FN, TP];
 * - `runs`, where a score was loaded: `values` ascending, how many runs each has in `sizes`, and for each
 *   run its `keys` (leaf times 4 plus the label), `counts`, and `weights` where there are any.
 *
 * More runs than `runs_max` are reduced: neighbouring scores are put together under the lowest of them,
 * never across the threshold, so that counts at the scores that stay are exact. `runs.reduced_from` then
 * says how many runs there were. Scratch memory is taken from `arena`.
 */
PL_MUST_CHECK enum pl_status pl_json_cells(struct pl_json *json,
                                           const struct pl_gate_result *result, size_t runs_max,
                                           struct pl_arena *arena, struct pl_error *error);

#endif

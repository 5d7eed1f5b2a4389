/* Limits said on a command line: "false_positive_rate max 0.1 by race". */
#ifndef PL_THRESHOLD_KEEP_H
#define PL_THRESHOLD_KEEP_H

#include "line/line.h"

/*
 * Reads what must be kept, one text each: `every` (every limit of the line that a threshold moves), the
 * number of one of them (1 for the first), the name of a measure (the line's limits on it), or a limit
 * of its own, `MEASURE COMPARATOR NUMBER`, with
 * `by SEGMENT`, `by A*B`, `by A,B` or `by every` and, between groups, `reference GROUP` behind it.
 * `ret_line` is `line` with the limits of their own added at the end, and `ret_kept` says of each limit
 * of it whether it is to be kept; both in `arena`. PL_E_USAGE says what is wrong.
 */
PL_MUST_CHECK enum pl_status pl_keeps_read(const struct pl_line *line, struct pl_strs texts,
                                           struct pl_arena *arena, struct pl_line *ret_line,
                                           const bool **ret_kept, struct pl_error *error);

/* Reads one segment or crossing of the line, "race" or "race*sex"; `option` names who asks. */
PL_MUST_CHECK enum pl_status pl_keep_crossing(const struct pl_line *line, const char *option,
                                              struct pl_str text, struct pl_crossing *ret_crossing,
                                              struct pl_error *error);

#endif

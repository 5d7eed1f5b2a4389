/*
 * What is wrong with the sections of live traffic beyond their words: conditions and patterns that cannot be
 * compiled, and columns that a request does not have.
 */
#ifndef PL_TRAFFIC_CHECK_H
#define PL_TRAFFIC_CHECK_H

#include "line/problem.h"

/*
 * Adds a problem for each fault, with the place of its value, and puts the problems in the order of the file.
 * Nothing but the line is looked at. Texts of problems live in `arena`.
 */
PL_MUST_CHECK enum pl_status pl_traffic_check(const struct pl_line *line, struct pl_arena *arena,
                                              struct pl_problems *problems, struct pl_error *error);

#endif

/* What can be said of the filters of a line before any text passes them. */
#ifndef PL_GUARD_CHECK_H
#define PL_GUARD_CHECK_H

#include "line/problem.h"

/* Adds a problem for each row of `guard` whose pattern cannot be used. Their text lives in the arena. */
PL_MUST_CHECK enum pl_status pl_guard_check(const struct pl_line *line, struct pl_arena *arena,
                                            struct pl_problems *problems, struct pl_error *error);

#endif

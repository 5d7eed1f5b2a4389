/* The one suite that a command is about. */
#ifndef PL_CLI_EVAL_SUITE_H
#define PL_CLI_EVAL_SUITE_H

#include "line/evals.h"

/* Reads the line and finds the suite of that name; NULL is the only one of a line that has one. */
PL_MUST_CHECK enum pl_status pl_eval_suite_read(const char *line, const char *name,
                                                struct pl_arena *arena,
                                                const struct pl_suite **ret_suite,
                                                struct pl_error *error);

/* The suite of that name, or PL_E_USAGE with the nearest name. `line` is what the message calls the line. */
PL_MUST_CHECK enum pl_status pl_eval_suite_find(const struct pl_evals *evals, const char *line,
                                                const char *name, struct pl_arena *arena,
                                                const struct pl_suite **ret_suite,
                                                struct pl_error *error);

#endif

/* Where a case stands in its file, for the messages that say what is wrong with it. */
#ifndef PL_EVAL_LOCATE_H
#define PL_EVAL_LOCATE_H

#include "line/evals.h"

/*
 * Gives an error about case `number` its place: file and line of a plain text file; the number of the case
 * in front of the message where there are no lines to count. Reads the files again, so it is for one
 * error, not for many. Returns error->status.
 */
enum pl_status pl_case_locate(const struct pl_suite *suite, uint64_t number, struct pl_arena *arena,
                              struct pl_error *error);

/*
 * The first line of the cases that is no JSON, as an error with its place; PL_OK when there is none, or when
 * the files are no plain JSON Lines.
 */
PL_MUST_CHECK enum pl_status pl_cases_check_json(struct pl_str path, struct pl_arena *arena,
                                                 struct pl_error *error);

#endif

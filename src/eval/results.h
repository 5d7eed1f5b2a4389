/* The two files that a run writes row by row: results, to be measured, and outputs, to be read. */
#ifndef PL_EVAL_RESULTS_H
#define PL_EVAL_RESULTS_H

#include "eval/item.h"

struct pl_results;

/* Makes both files anew in the folder. */
PL_MUST_CHECK enum pl_status pl_results_open(const char *folder, const struct pl_suite *suite,
                                             struct pl_results **ret_results,
                                             struct pl_error *error);

/* Adds an item that is finished. */
PL_MUST_CHECK enum pl_status pl_results_add(struct pl_results *results, const struct pl_item *item,
                                            struct pl_error *error);

/* Writes what is left and syncs. */
PL_MUST_CHECK enum pl_status pl_results_finish(struct pl_results *results, struct pl_error *error);

/* NULL is allowed. */
void pl_results_close(struct pl_results *results);

#endif

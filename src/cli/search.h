/*
 * The search of an audit: which measure when none is named, a bar on the terminal while it takes long,
 * and Ctrl-C, which ends the search and not the program.
 */
#ifndef PL_CLI_SEARCH_H
#define PL_CLI_SEARCH_H

#include "search/search.h"

/* What `--search` stands for when no measure is named. */
#define PL_SEARCH_ANY "worst"

/*
 * Searches the cells. `metric` is the name of a measure or PL_SEARCH_ANY: the error rate, or the
 * selection or base rate where labels or predictions are missing. All of `options` but metric and
 * control are the caller's. The result lives in `arena`. PL_E_USAGE: there is no such measure, or it
 * cannot be searched.
 */
PL_MUST_CHECK enum pl_status pl_search_attended(const struct pl_cells *cells, const char *metric,
                                                struct pl_search_options options,
                                                struct pl_arena *arena,
                                                struct pl_search **ret_search,
                                                struct pl_error *error);

#endif

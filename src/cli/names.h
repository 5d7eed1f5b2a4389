/* What `--metrics` says, as names. */
#ifndef PL_CLI_NAMES_H
#define PL_CLI_NAMES_H

#include "cli/options.h"
#include "line/line.h"

/* The names in all texts, in order; a comma within parentheses is part of a name. They point into the
   texts, and their array lives in `arena`. An empty name is PL_E_USAGE. */
PL_MUST_CHECK enum pl_status pl_names_read(const struct pl_texts *texts, struct pl_arena *arena,
                                           struct pl_strs *ret_names, struct pl_error *error);

#endif

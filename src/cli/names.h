/* The names that options hold: measures, and the kind of task. */
#ifndef PL_CLI_NAMES_H
#define PL_CLI_NAMES_H

#include "cli/options.h"
#include "line/line.h"

/* The measures of `--metrics`: names between commas, of which those inside brackets cut nothing. The
   list is in `arena`; its names are parts of the texts. */
PL_MUST_CHECK enum pl_status pl_names_measures(const struct pl_texts *texts, struct pl_arena *arena,
                                               struct pl_strs *ret_names, struct pl_error *error);

/* The kind of task that `--task` names; the error lists those there are. */
PL_MUST_CHECK enum pl_status pl_names_task(const char *text, enum pl_task *ret_task,
                                           struct pl_error *error);

#endif

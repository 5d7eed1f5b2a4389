/* What `audit --fairness` and `--reference` ask for. */
#ifndef PL_CLI_FAIRNESS_H
#define PL_CLI_FAIRNESS_H

#include "cli/options.h"
#include "fairness/fairness.h"
#include "line/line.h"

/* What `--fairness` stands for when no definition is named. */
#define PL_FAIRNESS_ALL "all"

/* As the options give them. */
struct pl_fairness_asked {
    const char *names; /* definitions, separated by commas, or PL_FAIRNESS_ALL; NULL: none */
    const struct pl_texts *references; /* SEGMENT=GROUP */
    const struct pl_line *line;        /* whose segments they are of */
};

/* Reads them; what `ret_options` points to lives in `arena`. PL_E_USAGE: a name that is none, or
   a task whose answers are not yes or no. */
PL_MUST_CHECK enum pl_status pl_fairness_read(const struct pl_fairness_asked *asked,
                                              struct pl_arena *arena,
                                              struct pl_fairness_options *ret_options,
                                              struct pl_error *error);

#endif

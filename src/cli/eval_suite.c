/* Finding the suite that a person named, and saying what there is when there is no such one. */
#include "cli/eval_suite.h"

#include "measure/run.h"

enum pl_status pl_eval_suite_find(const struct pl_evals *evals, const char *line, const char *name,
                                  struct pl_arena *arena, const struct pl_suite **ret_suite,
                                  struct pl_error *error)
{
    const char *names[PL_SUITES_MAX];
    const char *nearest = NULL;

    *ret_suite = pl_suite_find(evals, pl_str_of(name));
    if (*ret_suite != NULL)
        return PL_OK;
    for (size_t i = 0; i < evals->suites_count; i++)
        names[i] = pl_arena_copy(arena, evals->suites[i].name).ptr;
    nearest = pl_str_nearest(pl_str_of(name), names, evals->suites_count);
    return pl_error_set(error, PL_E_USAGE, "%s has no suite `%s`%s%s%s", line, name,
                        nearest == NULL ? "" : "; did you mean `", nearest == NULL ? "" : nearest,
                        nearest == NULL ? "" : "`?");
}

enum pl_status pl_eval_suite_read(const char *line, const char *name, struct pl_arena *arena,
                                  const struct pl_suite **ret_suite, struct pl_error *error)
{
    struct pl_line *read = NULL;

    PL_RETURN_IF(pl_measure_read(line, arena, &read, error));
    if (read->evals == NULL || read->evals->suites_count == 0)
        return pl_error_set(error, PL_E_LINE,
                            "%s has no section `evals`; docs/evals.md shows what goes into it",
                            line);
    if (name != NULL)
        return pl_eval_suite_find(read->evals, line, name, arena, ret_suite, error);
    if (read->evals->suites_count > 1)
        return pl_error_set(error, PL_E_USAGE, "%s has %zu suites; --suite says which is meant",
                            line, read->evals->suites_count);
    *ret_suite = &read->evals->suites[0];
    return PL_OK;
}

/* Compiles each row of a line by itself, so that all that is wrong is told at once. */
#include "guard/check.h"

#include "guard/guard.h"

static enum pl_status check_side(const struct pl_guard_line *rows, size_t count, const char *side,
                                 struct pl_arena *arena, struct pl_problems *problems)
{
    for (size_t i = 0; i < count; i++) {
        PL_CLEANUP(pl_guard_chain_cleanup) struct pl_guard_chain *chain = NULL;
        struct pl_error why = {0};
        const enum pl_status status = pl_guard_chain_new(&rows[i], 1, &chain, &why);

        if (status == PL_OK)
            continue;
        if (status != PL_E_LINE)
            return status;

        const struct pl_problem problem = {
            .place = rows[i].place,
            .key = pl_arena_format(arena, "guard.%s[%zu]", side, i),
            .message = pl_arena_format(arena, "cannot be used: %s", why.message),
        };

        if (problem.key.ptr == NULL || problem.message.ptr == NULL)
            return PL_E_LIMIT;
        pl_problems_add(problems, problem);
    }
    return PL_OK;
}

enum pl_status pl_guard_check(const struct pl_line *line, struct pl_arena *arena,
                              struct pl_problems *problems, struct pl_error *error)
{
    const struct pl_serving *serving = line->serving;
    enum pl_status status = PL_OK;

    if (serving == NULL)
        return PL_OK;
    status =
        check_side(serving->guards_input, serving->guards_input_count, "input", arena, problems);
    if (status == PL_OK)
        status = check_side(serving->guards_output, serving->guards_output_count, "output", arena,
                            problems);
    if (status != PL_OK)
        return pl_error_set(error, status, "no memory to check the filters of the line");
    pl_problems_sort(problems);
    return PL_OK;
}

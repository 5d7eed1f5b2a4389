/* The list of faults of a line: bounded, sorted by place, and the first of them as an error.
   Sorting is by insertion, which keeps equal places in order and is quick for a list that is nearly
   sorted. */
#include "line/problem.h"

#include <stdio.h>

void pl_problems_add(struct pl_problems *problems, struct pl_problem problem)
{
    if (problems->count < PL_LINE_PROBLEMS_MAX)
        problems->items[problems->count++] = problem;
}

static bool is_before(struct pl_place a, struct pl_place b)
{
    return a.line != b.line ? a.line < b.line : a.column < b.column;
}

void pl_problems_sort(struct pl_problems *problems)
{
    for (size_t i = 1; i < problems->count; i++) {
        const struct pl_problem problem = problems->items[i];
        size_t at = i;

        for (; at > 0 && is_before(problem.place, problems->items[at - 1].place); at--)
            problems->items[at] = problems->items[at - 1];
        problems->items[at] = problem;
    }
}

enum pl_status pl_problems_error(const struct pl_problems *problems, const char *file,
                                 struct pl_error *error)
{
    const struct pl_problem *first = &problems->items[0];
    const char *quote = first->key.len > 0 ? "`" : "";
    char more[64] = "";

    if (problems->count > 1)
        snprintf(more, sizeof more, " (and %zu more; `plimsoll check` lists all)", problems->count - 1);
    pl_error_set(error, PL_E_LINE, "%s%.*s%s%s%.*s%s%.*s%s", quote, PL_STR_ARG(first->key), quote,
                 first->key.len > 0 ? " " : "", PL_STR_ARG(first->message),
                 first->hint.len > 0 ? "; " : "", PL_STR_ARG(first->hint), more);
    pl_error_locate(error, file, first->place.line, first->place.column);
    return PL_E_LINE;
}

/*
 * Collecting what is wrong with a line. The list has a fixed maximum; what comes after it is
 * dropped, since a person who mends a hundred faults will run the check again anyway.
 */
#ifndef PL_LINE_PROBLEM_H
#define PL_LINE_PROBLEM_H

#include "line/line.h"

#define PL_LINE_PROBLEMS_MAX 100

/* A fault in the line: where, at which key, what is wrong, and what would be right. */
struct pl_problem {
    struct pl_place place;
    struct pl_str key;     /* the path of the key: "limits[2].metric"; empty for the whole file */
    struct pl_str message; /* "is 1.5; must be at most 1" */
    struct pl_str hint;    /* "did you mean `threshold`?"; may be empty */
};

struct pl_problems {
    struct pl_problem items[PL_LINE_PROBLEMS_MAX];
    size_t count; /* every further problem is dropped once this is PL_LINE_PROBLEMS_MAX */
};

/* Adds one; dropped silently once the list is full. */
void pl_problems_add(struct pl_problems *problems, struct pl_problem problem);

/* Puts them in the order of the file; those at one place keep the order in which they were found.
 */
void pl_problems_sort(struct pl_problems *problems);

/* Says the first problem as an error of `file`, with how many more there are. Returns PL_E_LINE. */
enum pl_status pl_problems_error(const struct pl_problems *problems, const char *file,
                                 struct pl_error *error);

#endif

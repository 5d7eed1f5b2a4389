/*
 * Collecting what is wrong with a line. The list has a fixed maximum; what comes after it is
 * dropped, since a person who mends a hundred faults will run the check again anyway.
 */
#ifndef PL_LINE_PROBLEM_H
#define PL_LINE_PROBLEM_H

#include "line/line.h"

/* Adds one; dropped silently once the list is full. */
void pl_problems_add(struct pl_problems *problems, struct pl_problem problem);

/* Puts them in the order of the file; those at one place keep the order in which they were found.
 */
void pl_problems_sort(struct pl_problems *problems);

/* Says the first problem as an error of `file`, with how many more there are. Returns PL_E_LINE. */
enum pl_status pl_problems_error(const struct pl_problems *problems, const char *file,
                                 struct pl_error *error);

#endif

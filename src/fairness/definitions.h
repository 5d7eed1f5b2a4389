/*
 * The table of definitions of fairness: each compares a measure, or two, between groups. Adding one
 * is adding a row.
 */
#ifndef PL_FAIRNESS_DEFINITIONS_H
#define PL_FAIRNESS_DEFINITIONS_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define PL_FAIRNESS_MEASURES_MAX    2
#define PL_FAIRNESS_DEFINITIONS_MAX 32

/* How the comparisons of two measures become one figure. */
enum pl_fairness_combine {
    PL_FAIRNESS_SINGLE, /* there is one measure */
    PL_FAIRNESS_WORST,  /* the larger difference, the smaller ratio */
    PL_FAIRNESS_MEAN,   /* the mean of both */
};

struct pl_fairness_definition {
    const char *name;
    const char *measures[PL_FAIRNESS_MEASURES_MAX]; /* names of measures; the second may be NULL */
    enum pl_fairness_combine combine;
    bool ratio_only; /* as an impact ratio is */
    const char *question;
    const char *source;
    const char *libraries; /* what others call it */
};

size_t pl_fairness_definitions_count(void);
const struct pl_fairness_definition *pl_fairness_definition_at(size_t index);

/* The row of that name; NULL when there is none. */
const struct pl_fairness_definition *pl_fairness_definition_find(struct pl_str name);

/* "single", "worst", "mean". */
const char *pl_fairness_combine_name(enum pl_fairness_combine combine);

#endif

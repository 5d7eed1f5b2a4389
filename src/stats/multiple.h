/*
 * Many tests at once. Pure functions; memory from the given arena only; safe in any thread.
 */
#ifndef PL_STATS_MULTIPLE_H
#define PL_STATS_MULTIPLE_H

#include "base/arena.h"
#include "base/error.h"

/* P-values and the size of the family they belong to, which may be larger than `count`: the members
   not in the array are taken as p = 1. */
struct pl_family {
    const double *p_values;
    size_t count;
    size_t family_size; /* at least count */
};

/* What a procedure says of one test: it is rejected exactly when p <= level, and when
   adjusted <= alpha. */
struct pl_adjusted {
    double adjusted; /* adjusted p-value, at most 1 */
    double level;    /* the level at which this test was in the end made */
};

/*
 * Holm's step-down procedure: the i-th smallest p-value is tested at alpha / (m - i + 1) until one
 * fails; it and all after it are given the level at which it failed. Keeps the chance of any false
 * rejection at most alpha under any dependence. `ret_adjusted` has `count` entries in the order of
 * the p-values. Source: S. Holm, Scand. J. Statistics 6 (1979) 65. Errors: the arena's.
 */
PL_MUST_CHECK enum pl_status pl_holm_adjust(const struct pl_family *family, double alpha,
                                            struct pl_arena *scratch,
                                            struct pl_adjusted *ret_adjusted,
                                            struct pl_error *error);

/*
 * Benjamini & Hochberg's step-up procedure, which keeps the expected share of false rejections
 * among all rejections at most alpha (independent or positively dependent tests). Same shapes;
 * `level` is k alpha / m of the largest rejected k (alpha / m when none is). Source: J. Royal Stat.
 * Soc. B 57 (1995) 289.
 */
PL_MUST_CHECK enum pl_status pl_benjamini_hochberg_adjust(const struct pl_family *family,
                                                          double alpha, struct pl_arena *scratch,
                                                          struct pl_adjusted *ret_adjusted,
                                                          struct pl_error *error);

#endif

/*
 * What the measures of many raters share: the ratings of one unit, and a jackknife over units. Private to
 * src/stats.
 */
#ifndef PL_STATS_RATING_UNITS_H
#define PL_STATS_RATING_UNITS_H

#include "stats/agreement.h"

/* Beyond so many units the jackknife leaves out several at a time: unit u belongs to part u % parts. */
#define PL_JACKKNIFE_PARTS_MAX 1000

/* Errors: too many categories, a rating that is none of them. */
PL_MUST_CHECK enum pl_status pl_ratings_check(const struct pl_ratings *ratings,
                                              struct pl_error *error);

static inline const uint32_t *pl_unit_ratings(const struct pl_ratings *ratings, size_t unit)
{
    return ratings->ratings + unit * ratings->raters_count;
}

/* How many ratings a unit has. */
size_t pl_unit_count(const struct pl_ratings *ratings, size_t unit);

/* Of a measure that was computed from all units and without each part. */
struct pl_jackknife {
    double value;
    const double *without; /* NAN where it has no value; `parts` of them */
    size_t parts;
    uint64_t units;
    double edge_n; /* what a value of exactly 1 or -1 is worth, as trials that all went one way */
};

/* On Fisher's scale: se^2 = (G - 1) / G sum (value without g - their mean)^2 (B. Efron & C. Stein, Ann.
   Statist. 9 (1981) 586), Student's t with G - 1 degrees of freedom. PL_UNDEFINED_FEW_UNITS when a single
   part makes all the difference. */
struct pl_stat pl_jackknife_finish(const struct pl_jackknife *jackknife);

/* Of units whose ratings are all the same: the categories in use times the units of the rarest, at most
   all. `scratch` has room for every category. */
double pl_unanimous_edge_n(const struct pl_ratings *ratings, double *scratch);

#endif

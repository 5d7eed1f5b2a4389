/*
 * Isotonic regression: the step function that never falls and is nearest to the data. Pure
 * functions; safe in any thread.
 */
#ifndef PL_STATS_ISOTONIC_H
#define PL_STATS_ISOTONIC_H

#include <stddef.h>

/* x and y are finite, the weight is above 0. */
struct pl_isotonic_point {
    double x;
    double y;
    double weight;
};

/* The value that holds from x up to the next step. */
struct pl_isotonic_step {
    double x;
    double value;
    double weight; /* of the points behind it */
    double sum;    /* of weight times y */
};

/*
 * Fits `count` points, at least one, which are sorted in place by x. `ret_steps` has room for as
 * many; returns how many there are: x and value both ascend strictly. Points of one x count as one
 * of their weighted mean.
 */
size_t pl_isotonic_fit(struct pl_isotonic_point *points, size_t count,
                       struct pl_isotonic_step *ret_steps);

/* The value at x: that of the last step at or below it, and of the first below all. `count` is at
 * least 1. */
double pl_isotonic_at(const struct pl_isotonic_step *steps, size_t count, double x);

#endif

/*
 * Ratios of two columns, such as the cost of a resolved conversation: sum(cost) / sum(resolved). Their
 * uncertainty needs both values of each decision together, so their sums are kept by themselves.
 */
#ifndef PL_MEASURE_RATIO_SUMS_H
#define PL_MEASURE_RATIO_SUMS_H

#include "stats/double_double.h"
#include "stats/stat.h"

/* The sums over the decisions that have both values, the numerator x and the denominator y; w is the
   weight of a decision, 1 when there are none. Zeroed is empty; parts add up. */
struct pl_ratio_sums {
    uint64_t n;
    double weight;
    double weight_squared;
    struct pl_double_double x; /* of w x */
    struct pl_double_double y;
    struct pl_double_double xx; /* of w^2 x^2 */
    struct pl_double_double xy;
    struct pl_double_double yy;
};

/* The ratios of the cells: `sums` has one entry for each leaf and ratio, the ratios of a leaf together. */
struct pl_ratios {
    const struct pl_ratio_sums *sums;
    size_t count; /* ratios */
};

void pl_ratio_sums_add(struct pl_ratio_sums *sums, const struct pl_ratio_sums *part);

/*
 * sum(w x) / sum(w y), with the standard error of a ratio estimator by linearisation:
 * n / (n - 1) * sum w^2 (x - R y)^2 / (sum w y)^2, and Student's n - 1 degrees of freedom (W. G. Cochran,
 * Sampling Techniques, 3rd ed. 1977, 6.4). Undefined without values, with one decision, and where the
 * denominator is 0.
 */
struct pl_stat pl_ratio_stat(const struct pl_ratio_sums *sums);

#endif

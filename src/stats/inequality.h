/*
 * Inequality of what decisions give people: generalised entropy of the benefits 0, 1 and 2 that a
 * false negative, a right decision and a false positive bring. Pure values; safe in any thread.
 */
#ifndef PL_STATS_INEQUALITY_H
#define PL_STATS_INEQUALITY_H

#include "stats/stat.h"

#define PL_BENEFITS 3

/* Decisions by benefit b = prediction - label + 1: how many, the sum of their weights (n without
   any), and of the squares. */
struct pl_benefits {
    uint64_t n[PL_BENEFITS];
    double weight[PL_BENEFITS];
    double weight_squared[PL_BENEFITS];
};

/* Which index: alpha 1 is Theil's, alpha 2 half the squared coefficient of variation. */
enum pl_entropy_order { PL_ENTROPY_THEIL = 1, PL_ENTROPY_SQUARED = 2 };

/*
 * The index, at least 0. Without decisions it is PL_UNDEFINED_NO_DECISIONS, without any benefit
 * PL_UNDEFINED_NO_BENEFIT. Where all benefits are equal it is 0 and a PL_STAT_RATE of none in n, in
 * odds; else PL_STAT_NORMAL on the logarithmic scale.
 */
struct pl_stat pl_generalized_entropy(const struct pl_benefits *benefits,
                                      enum pl_entropy_order order);

/* Its value alone; 0 without benefits. */
double pl_generalized_entropy_value(const struct pl_benefits *benefits,
                                    enum pl_entropy_order order);

#endif

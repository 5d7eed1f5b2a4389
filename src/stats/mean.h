/*
 * A weighted mean in one pass, its standard error, and the effective size of a weighted sample.
 * Pure values; one thread for each struct.
 */
#ifndef PL_STATS_MEAN_H
#define PL_STATS_MEAN_H

#include "stats/stat.h"

#include <math.h>
#include <stdbool.h>

/* A sum with the rounding errors kept beside it (A. Neumaier, Z. Angew. Math. Mech. 54 (1974) 39);
   its value is sum + rest. Zeroed is 0. */
struct pl_sum {
    double sum;
    double rest;
};

static inline void pl_sum_add(struct pl_sum *sum, double value)
{
    const double total = sum->sum + value;

    if (fabs(sum->sum) >= fabs(value))
        sum->rest += (sum->sum - total) + value;
    else
        sum->rest += (value - total) + sum->sum;
    sum->sum = total;
}

static inline double pl_sum_value(const struct pl_sum *sum)
{
    return sum->sum + sum->rest;
}

/* A weighted running mean and the sum of weighted squares about it, stable in one pass (D. H. D.
   West, Comm. ACM 22 (1979) 532). Zeroed is empty. */
struct pl_spread {
    double weight;
    double mean;
    double squares;
};

static inline void pl_spread_add(struct pl_spread *spread, double value, double weight)
{
    if (weight <= 0.0)
        return;

    const double step = value - spread->mean;

    spread->weight += weight;
    spread->mean += step * (weight / spread->weight);
    spread->squares += weight * step * (value - spread->mean);
}

/* The sum of weighted squares about `centre`. */
double pl_spread_about(const struct pl_spread *spread, double centre);

/* The state of the pass; nothing in it is for the caller. Zeroed is empty. */
struct pl_mean {
    uint64_t n;
    struct pl_sum weight; /* sum of w, of w^2 and of w x */
    struct pl_sum weight_squared;
    struct pl_sum total;
    struct pl_spread spread; /* of x by w^2 */
    double ones_squared;     /* sum of w^2 where x is 1 */
    double first_weight;
    bool unequal;    /* some weights differ */
    bool not_a_rate; /* some value is neither 0 nor 1 */
};

void pl_mean_init(struct pl_mean *mean);

/* The values are numbers, even where all that come are 0 or 1: the mean is never taken for a rate. */
void pl_mean_refuse_rate(struct pl_mean *mean);

/* `count` decisions with this value, each of weight `weight` (> 0; 1 when there are no weights). */
void pl_mean_add(struct pl_mean *mean, double value, uint64_t count, double weight);

/*
 * The mean. When every value is 0 or 1 it is a PL_STAT_RATE (of effective counts when weighted),
 * else PL_STAT_NORMAL with se^2 = n / (n - 1) * sum w^2 (x - mean)^2 / W^2 (which is sd / sqrt(n)
 * without weights) and Student's n - 1 degrees of freedom, with weights one less than Kish's
 * effective n. No value is PL_UNDEFINED_NO_VALUES; one is PL_UNDEFINED_ONE_VALUE unless it is 0
 * or 1.
 */
struct pl_stat pl_mean_finish(const struct pl_mean *mean);

/* Kish's effective size: W^2 / sum w^2; 0 when there is no weight. */
double pl_kish_n(double weight, double weight_squared);

/* A rate among weighted decisions: sums of weights and of squared weights. */
struct pl_rate_sums {
    double successes;
    double total;
    double successes_squared;
    double total_squared;
    uint64_t count; /* decisions in `total` */
};

/*
 * The effective counts whose simple binomial has the linearised variance of the weighted rate:
 * n* = p (1 - p) / v with v = sum w^2 (y - p)^2 / W^2, at most `count`; Kish's n at p = 0 or 1; and
 * k* = p n*. Equal weights give back the counts. Source: E. L. Korn & B. I. Graubard, Survey
 * Methodology 24 (1998) 193. n is 0 when there is no weight.
 */
struct pl_rate pl_rate_effective(const struct pl_rate_sums *sums);

#endif

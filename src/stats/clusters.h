/*
 * A ratio of two totals over clusters, sum a / sum b, where the clusters and not what is in them were
 * sampled: the queries of a ranking. A mean over clusters is the case b = 1. Pure values; one thread
 * for each struct.
 */
#ifndef PL_STATS_CLUSTERS_H
#define PL_STATS_CLUSTERS_H

#include "stats/mean.h"
#include "stats/stat.h"

/* Sums over clusters, weighted; nothing in it is for the caller. Zeroed is empty. */
struct pl_clusters {
    uint64_t n;
    struct pl_sum a;
    struct pl_sum b;
    struct pl_sum aa; /* of w^2 a^2, and so on */
    struct pl_sum ab;
    struct pl_sum bb;
    struct pl_sum weight;
    struct pl_sum weight_squared;
    uint64_t inner_count; /* clusters for which a is neither 0 nor b */
};

/* A cluster's totals and its weight, above 0; 1 when there are no weights. */
struct pl_cluster {
    double a;
    double b;
    double weight;
};

void pl_clusters_add(struct pl_clusters *clusters, const struct pl_cluster *cluster);

/* The clusters of `whole` that are not in `part`. */
struct pl_clusters pl_clusters_subtract(const struct pl_clusters *whole,
                                        const struct pl_clusters *part);

/* What values the ratio may have at all. */
enum pl_range {
    PL_RANGE_UNIT, /* 0 to 1 in every cluster */
    PL_RANGE_OPEN,
};

/*
 * The ratio. PL_STAT_NORMAL by linearisation, se^2 = n / (n - 1) * sum w^2 (a - R b)^2 / (sum w b)^2,
 * with Student's n - 1 degrees of freedom (with weights one less than Kish's effective n); in the unit
 * range on the logit scale. There, a mean of values that are all 0 or 1 is a PL_STAT_RATE, and so, as
 * nothing between 0 and 1 varies more, does one cluster or clusters that do not differ at all; in the
 * open range those are PL_UNDEFINED_ONE_VALUE. No cluster, or sum b = 0, is undefined for `reason`.
 */
struct pl_stat pl_clusters_finish(const struct pl_clusters *clusters, enum pl_range range,
                                  enum pl_undefined reason);

/* The standard error of the ratio by linearisation, as above; 0 with fewer than two clusters. */
double pl_clusters_se(const struct pl_clusters *clusters);

/*
 * `alone`, a statistic that takes decisions for independent, as one of clusters: `clusters` has the
 * totals of each, of weight 1, and its ratio is what `alone` is of. Values and shapes stay.
 *
 * A rate (0 <= a <= b) gets effective counts n* = p (1 - p) / se^2, at most those
 * of `alone`, and k* = p n*, with C - 1 degrees of freedom for C clusters (E. L. Korn & B. I. Graubard,
 * Survey Methodology 24 (1998) 193); the rates of a mixture, a paired difference or a multiple of a rate,
 * likewise by what the clusters do to the variance of all of it. At p = 0 and p = 1, where clusters show no variance, and with one
 * cluster each counts as one trial, by Kish's n of the sums b. What is near normal as it is, or on the
 * logarithmic scale, gets the standard error times `scale`, which the ratio is multiplied by, and C - 1 degrees of
 * freedom. What is exact or undefined stays. Of any other kind, of one cluster, and of clusters that do
 * not differ where decisions do, only the value is known: PL_STAT_UNBOUNDED.
 */
struct pl_stat pl_clusters_apply(const struct pl_clusters *clusters, const struct pl_stat *alone,
                                 double scale);

/* The value of `alone` and no bounds, unless it is exact or undefined. */
struct pl_stat pl_stat_unbounded(const struct pl_stat *alone);

/* How many times the standard error of `alone` is that of the clusters; 0 where that cannot be said. */
double pl_clusters_inflation(const struct pl_stat *clustered, const struct pl_stat *alone);

/* Sums of products over the clusters that two ratios share; index: a or b of the first, of the
   second. */
struct pl_clusters_shared {
    double products[2][2];
};

void pl_clusters_share(struct pl_clusters_shared *shared, const struct pl_cluster *first,
                       const struct pl_cluster *second);

/* The correlation of two estimated ratios, -1 to 1; 0 where one of them does not vary. */
double pl_clusters_correlation(const struct pl_clusters *first, const struct pl_clusters *second,
                               const struct pl_clusters_shared *shared);

#endif

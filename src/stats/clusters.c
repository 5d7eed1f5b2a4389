/*
 * Ratios of totals over clusters, by linearisation (W. G. Cochran, Sampling Techniques, 3rd ed.
 * (1977), 6.3 and 9A.2; C. J. Skinner, D. Holt & T. M. F. Smith, Analysis of Complex Surveys (1989),
 * ch. 2): R = A / B has the influence (a - R b) / B in each cluster, so clusters are the sample
 * whatever their sizes (a rate as effective counts, a mean as it is), and the covariance of two ratios is the sum of products of their influences
 * over the clusters both have. Valid for two clusters or more. A mean agrees with statsmodels, a ratio
 * with its linearised definition in NumPy (tests/unit/stats/test_clusters.c).
 *
 * Sums of squares about the ratio come from compensated raw sums: the relative error of a variance is
 * below 1e-13 (mean / sd)^2, and what is left of a variance of nothing is taken for nothing.
 */
#include "stats/clusters.h"

#include <assert.h>
#include <math.h>

static const double NO_SQUARES = 1e-13;

void pl_clusters_add(struct pl_clusters *clusters, const struct pl_cluster *cluster)
{
    const double weight = cluster->weight;
    const double square = weight * weight;
    const bool at_end = cluster->a == 0.0 || cluster->a == cluster->b;

    assert(weight > 0.0);
    clusters->n++;
    clusters->inner_count += at_end ? 0 : 1;
    pl_sum_add(&clusters->a, weight * cluster->a);
    pl_sum_add(&clusters->b, weight * cluster->b);
    pl_sum_add(&clusters->aa, square * cluster->a * cluster->a);
    pl_sum_add(&clusters->ab, square * cluster->a * cluster->b);
    pl_sum_add(&clusters->bb, square * cluster->b * cluster->b);
    pl_sum_add(&clusters->weight, weight);
    pl_sum_add(&clusters->weight_squared, square);
}

static void subtract(struct pl_sum *sum, const struct pl_sum *part)
{
    pl_sum_add(sum, -part->sum);
    pl_sum_add(sum, -part->rest);
}

struct pl_clusters pl_clusters_subtract(const struct pl_clusters *whole,
                                        const struct pl_clusters *part)
{
    struct pl_clusters rest = *whole;

    if (whole->n <= part->n)
        return (struct pl_clusters){0};
    rest.n -= part->n;
    rest.inner_count -= part->inner_count;
    subtract(&rest.a, &part->a);
    subtract(&rest.b, &part->b);
    subtract(&rest.aa, &part->aa);
    subtract(&rest.ab, &part->ab);
    subtract(&rest.bb, &part->bb);
    subtract(&rest.weight, &part->weight);
    subtract(&rest.weight_squared, &part->weight_squared);
    return rest;
}

static double ratio_of(const struct pl_clusters *clusters)
{
    return pl_sum_value(&clusters->a) / pl_sum_value(&clusters->b);
}

/* The sum of squared influences times B^2; 0 when it is no more than rounding. */
static double squares_about(const struct pl_clusters *clusters)
{
    const double ratio = ratio_of(clusters);
    const double aa = pl_sum_value(&clusters->aa);
    const double squares = aa - 2.0 * ratio * pl_sum_value(&clusters->ab) +
                           ratio * ratio * pl_sum_value(&clusters->bb);

    return squares <= NO_SQUARES * aa ? 0.0 : squares;
}

static double effective_n(const struct pl_clusters *clusters)
{
    return pl_kish_n(pl_sum_value(&clusters->weight), pl_sum_value(&clusters->weight_squared));
}

static bool is_equal(const struct pl_sum *a, const struct pl_sum *b)
{
    const double apart = pl_sum_value(a) - pl_sum_value(b);

    return !(apart < 0.0 || apart > 0.0);
}

/* True when b is 1 in every cluster and a is 0 or 1. */
static bool is_rate(const struct pl_clusters *clusters)
{
    return clusters->inner_count == 0 && is_equal(&clusters->b, &clusters->weight) &&
           is_equal(&clusters->bb, &clusters->weight_squared);
}

/* As a rate among the clusters. */
static struct pl_stat finish_rate(const struct pl_clusters *clusters)
{
    const double ratio = ratio_of(clusters);
    const struct pl_rate_sums sums = {
        .successes = pl_sum_value(&clusters->a),
        .total = pl_sum_value(&clusters->weight),
        .successes_squared = pl_sum_value(&clusters->aa),
        .total_squared = pl_sum_value(&clusters->weight_squared),
        .count = clusters->n,
    };
    const double n = effective_n(clusters);

    return (struct pl_stat){
        .kind = PL_STAT_RATE,
        .n = clusters->n,
        .value = ratio,
        .rate = {.rate = is_rate(clusters) ? pl_rate_effective(&sums)
                                           : (struct pl_rate){.k = ratio * n, .n = n},
                 .shape = PL_RATE_AS_IS},
    };
}

struct pl_stat pl_clusters_finish(const struct pl_clusters *clusters, enum pl_range range,
                                  enum pl_undefined reason)
{
    const double n = (double)clusters->n;
    const double b = pl_sum_value(&clusters->b);

    if (clusters->n == 0 || b <= 0.0)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = reason};

    const double squares = squares_about(clusters);
    const bool flat = clusters->n == 1 || squares <= 0.0;

    if (range == PL_RANGE_UNIT && (flat || is_rate(clusters)))
        return finish_rate(clusters);
    if (flat)
        return (struct pl_stat){
            .kind = PL_STAT_NONE, .reason = PL_UNDEFINED_ONE_VALUE, .n = clusters->n};

    const double effective = effective_n(clusters);

    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = clusters->n,
        .value = ratio_of(clusters),
        .normal = {.se = sqrt(n / (n - 1.0) * squares) / b,
                   .df = fmax(1.0, effective - 1.0),
                   .scale = range == PL_RANGE_UNIT ? PL_SCALE_LOGIT : PL_SCALE_IDENTITY,
                   .n_effective = effective},
    };
}

double pl_clusters_se(const struct pl_clusters *clusters)
{
    const double n = (double)clusters->n;

    if (clusters->n < 2)
        return 0.0;
    return sqrt(n / (n - 1.0) * squares_about(clusters)) / fabs(pl_sum_value(&clusters->b));
}

/* The effective counts of a rate and their degrees of freedom; 0 where each cluster is a trial. */
static struct pl_rate rate_over(const struct pl_clusters *clusters, struct pl_rate alone,
                                double *ret_df)
{
    const double p = alone.k / alone.n;
    const double se = pl_clusters_se(clusters);
    const double b = pl_sum_value(&clusters->b);
    const bool at_end = p <= 0.0 || p >= 1.0;
    double n = alone.n;

    if (clusters->n < 2 || at_end)
        n = fmin(n, pl_kish_n(b, pl_sum_value(&clusters->bb)));
    else if (se > 0.0)
        n = fmin(n, p * (1.0 - p) / (se * se));
    *ret_df = clusters->n < 2 || at_end ? 0.0 : (double)clusters->n - 1.0;
    return (struct pl_rate){.k = p >= 1.0 ? n : p * n, .n = n};
}

/* The variance of a mixture of rates of independent decisions. */
static double variance_of_mixture(const struct pl_stat *stat)
{
    double errors[2];

    for (int i = 0; i < 2; i++) {
        const struct pl_rate rate = stat->mix.rates[i];
        const double p = rate.k / rate.n;

        errors[i] = stat->mix.coefficients[i] * sqrt(p * (1.0 - p) / rate.n);
    }
    return errors[0] * errors[0] + errors[1] * errors[1] +
           2.0 * stat->mix.correlation * errors[0] * errors[1];
}

/* As many decisions fewer as the clusters make the variance larger. */
static struct pl_stat mixture_over(const struct pl_clusters *clusters, const struct pl_stat *alone,
                                   double scale)
{
    const double variance = variance_of_mixture(alone);
    const double se = fabs(scale) * pl_clusters_se(clusters);
    const double most = fmax(alone->mix.rates[0].n, alone->mix.rates[1].n);
    const double trials = pl_kish_n(pl_sum_value(&clusters->b), pl_sum_value(&clusters->bb));
    const bool is_known = variance > 0.0 && se > 0.0;
    struct pl_stat stat =
        pl_stat_scaled(alone, fmin(1.0, is_known ? variance / (se * se) : trials / most));

    stat.mix.df = is_known ? (double)clusters->n - 1.0 : 0.0;
    return stat;
}

struct pl_stat pl_stat_unbounded(const struct pl_stat *alone)
{
    if (alone->kind == PL_STAT_EXACT || alone->kind == PL_STAT_NONE)
        return *alone;
    return (struct pl_stat){.kind = PL_STAT_UNBOUNDED, .n = alone->n, .value = alone->value};
}

static struct pl_stat mean_over(const struct pl_clusters *clusters, const struct pl_stat *alone,
                                double scale)
{
    const double se = fabs(scale) * pl_clusters_se(clusters);
    struct pl_stat stat = *alone;

    /* A column of one value has no spread in clusters either. */
    if (se <= 0.0)
        return alone->normal.se <= 0.0 ? *alone : pl_stat_unbounded(alone);
    stat.normal.se = se;
    stat.normal.df = (double)clusters->n - 1.0;
    stat.normal.n_effective = (double)clusters->n;
    return stat;
}

struct pl_stat pl_clusters_apply(const struct pl_clusters *clusters, const struct pl_stat *alone,
                                 double scale)
{
    struct pl_stat stat = *alone;

    if (alone->kind == PL_STAT_RATE) {
        stat.rate.rate = rate_over(clusters, alone->rate.rate, &stat.rate.df);
        return stat;
    }
    if (alone->kind == PL_STAT_MIX)
        return mixture_over(clusters, alone, scale);
    if (alone->kind == PL_STAT_NORMAL &&
        (alone->normal.scale == PL_SCALE_IDENTITY || alone->normal.scale == PL_SCALE_LOG))
        return mean_over(clusters, alone, scale);
    return pl_stat_unbounded(alone);
}

double pl_clusters_inflation(const struct pl_stat *clustered, const struct pl_stat *alone)
{
    if (clustered->kind != alone->kind)
        return 0.0;
    if (clustered->kind == PL_STAT_RATE && clustered->rate.df > 0.0)
        return sqrt(alone->rate.rate.n / clustered->rate.rate.n);
    if (clustered->kind == PL_STAT_NORMAL && alone->normal.se > 0.0)
        return clustered->normal.se / alone->normal.se;
    return 0.0;
}

void pl_clusters_share(struct pl_clusters_shared *shared, const struct pl_cluster *first,
                       const struct pl_cluster *second)
{
    const double square = first->weight * second->weight;

    shared->products[0][0] += square * first->a * second->a;
    shared->products[0][1] += square * first->a * second->b;
    shared->products[1][0] += square * first->b * second->a;
    shared->products[1][1] += square * first->b * second->b;
}

double pl_clusters_correlation(const struct pl_clusters *first, const struct pl_clusters *second,
                               const struct pl_clusters_shared *shared)
{
    if (first->n == 0 || second->n == 0 || pl_sum_value(&first->b) <= 0.0 ||
        pl_sum_value(&second->b) <= 0.0)
        return 0.0;

    const double r = ratio_of(first);
    const double s = ratio_of(second);
    const double squares = squares_about(first) * squares_about(second);
    const double products = shared->products[0][0] - s * shared->products[0][1] -
                            r * shared->products[1][0] + r * s * shared->products[1][1];

    return squares <= 0.0 ? 0.0 : fmax(-1.0, fmin(1.0, products / sqrt(squares)));
}

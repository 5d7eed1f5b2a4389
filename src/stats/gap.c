/*
 * The largest difference and the smallest ratio between groups, with intervals that hold for every
 * pair of groups at once: if q is such that |d_gh - true d_gh| <= q se_gh for all pairs with the
 * stated confidence, then the largest true difference lies between max (d_gh - q se_gh) and
 * max (d_gh + q se_gh), the pair of a group with itself (0 +- 0) included.
 *
 * q comes from a parametric bootstrap of the studentised largest deviation, T = max over pairs of
 * |Delta*_g - Delta*_h| / sqrt(v*_g + v*_h), with the variances v* estimated anew in each
 * replicate.
 *
 * Rates are drawn as K* ~ Binomial(n, p~) (normal where that is as good: draw_count), with p~ = (k + 1) / (n + 2) so that no group stands
 * still at 0 or at n; a replicate is estimated by (K* + 1) / (n + 2) and its binomial variance, as
 * the groups themselves are (A. Agresti & B. Caffo, Am. Statistician 54 (2000) 280). For one rate
 * in each group this is the multinomial bootstrap of the cells behind it. Near-normal statistics
 * are drawn on their own scale with their degrees of freedom and brought back. Ratios are the same
 * on the logarithmic scale; a group whose value is 0 makes the lower bound 0.
 *
 * With more than PAIRS_GROUPS_MAX groups the largest deviation is replaced by its bound
 * sqrt(max t+^2 + max t-^2), t = Delta* / sqrt(v*), which by Cauchy's inequality no pair exceeds: a
 * little wider, and linear in the number of groups.
 *
 * Other kinds of statistic (mixtures, distances that noise enlarges, quantiles) take MOVER bounds
 * of every ordered pair at alpha / (G (G - 1)), Bonferroni's level: no bootstrap, valid, a little
 * wider.
 *
 * Sources: the max-T idea in P. H. Westfall & S. S. Young, Resampling-Based Multiple Testing
 * (1993); simultaneous bounds of a maximum in J. C. Hsu, Multiple Comparisons (1996). Coverage is
 * measured by tests/prop/stats/coverage.c.
 */
#include "stats/gap.h"

#include "base/rng.h"
#include "stats/contrast.h"
#include "stats/normal.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#define PAIRS_GROUPS_MAX 32
#define NEAR_NORMAL      1000.0

static const double NO_VARIANCE = 1e-300; /* keeps 0 / 0 from arising */

/* An estimate, on the scale on which pairs are compared, and its variance. */
struct point {
    double centre;
    double variance;
};

/* What a rate is turned into: 2 r - 1 is an edge value of Fisher's scale. */
enum shape { SHAPE_AS_IS, SHAPE_F1, SHAPE_TWICE_MINUS_ONE };

struct group {
    const struct pl_stat *stat;
    size_t index; /* in the request */
    bool is_rate;
    enum shape shape;
    struct pl_rate rate;
    struct point observed;
    double truth; /* the centre that replicates scatter about */
    double low;   /* Bonferroni bounds of other kinds */
    double high;
};

struct gap {
    const struct pl_gap_request *request;
    bool is_ratio;
    struct group *groups;
    size_t count;
    size_t largest; /* indices into `groups` */
    size_t smallest;
};

/* ---- groups and their replicates ---- */

/* Turns an estimated rate and its variance into the point compared. */
static struct point shape_rate(double p, double variance, enum shape shape, bool is_ratio)
{
    struct point point = {.centre = p, .variance = variance};

    if (shape == SHAPE_F1) {
        const double slope = 2.0 / ((1.0 + p) * (1.0 + p));

        point = (struct point){.centre = 2.0 * p / (1.0 + p), .variance = slope * slope * variance};
    }
    if (shape == SHAPE_TWICE_MINUS_ONE)
        point = (struct point){.centre = 2.0 * p - 1.0, .variance = 4.0 * variance};
    if (!is_ratio)
        return point;
    return (struct point){
        .centre = log(fmax(NO_VARIANCE, point.centre)),
        .variance = point.variance / (point.centre * point.centre),
    };
}

static struct point rate_point(const struct group *group, double k, bool is_ratio)
{
    const double n = group->rate.n + 2.0;
    const double p = (k + 1.0) / n;

    return shape_rate(p, p * (1.0 - p) / n, group->shape, is_ratio);
}

static void init_rate(struct group *group, bool is_ratio)
{
    group->is_rate = true;
    group->observed = rate_point(group, group->rate.k, is_ratio);
    group->truth = group->observed.centre;
}

/* A value at the edge of its scale stands for n_effective trials that all went one way. */
static void init_edge(struct group *group, bool is_ratio)
{
    const struct pl_stat *stat = group->stat;
    const double n = stat->normal.n_effective;

    group->shape = stat->normal.scale == PL_SCALE_FISHER ? SHAPE_TWICE_MINUS_ONE : SHAPE_AS_IS;
    group->rate = (struct pl_rate){.k = stat->value >= 1.0 ? n : 0.0, .n = n};
    init_rate(group, is_ratio);
}

static bool at_edge(const struct pl_stat *stat)
{
    const double floor = stat->normal.scale == PL_SCALE_FISHER ? -1.0 : 0.0;

    if (stat->normal.scale != PL_SCALE_LOGIT && stat->normal.scale != PL_SCALE_FISHER)
        return false;
    return stat->value <= floor || stat->value >= 1.0;
}

static void init_normal(struct group *group, bool is_ratio)
{
    const double value = group->stat->value;
    const double variance = group->stat->normal.se * group->stat->normal.se;

    if (at_edge(group->stat)) {
        init_edge(group, is_ratio);
        return;
    }
    group->observed = (struct point){.centre = value, .variance = variance};
    if (is_ratio)
        group->observed = (struct point){.centre = log(fmax(NO_VARIANCE, value)),
                                         .variance = variance / (value * value)};
    group->truth = group->observed.centre;
}

static void init_group(struct group *group, bool is_ratio)
{
    if (group->stat->kind == PL_STAT_NORMAL) {
        init_normal(group, is_ratio);
        return;
    }
    group->shape = group->stat->rate.shape == PL_RATE_JACCARD_TO_F1 ? SHAPE_F1 : SHAPE_AS_IS;
    group->rate = group->stat->rate.rate;
    init_rate(group, is_ratio);
}

/* Student's t from a normal draw by the Cornish-Fisher series to 1 / df^2 (Abramowitz & Stegun
   26.7.5); within 2 in 100 of the quantile up to the 99.9th from df = 5 on. */
static double student_of_normal(double z, double df)
{
    const double square = z * z;
    const double first = z * (square + 1.0) / 4.0;
    const double second = z * ((5.0 * square + 16.0) * square + 3.0) / 96.0;

    return z + first / df + second / (df * df);
}

/* `t` standard errors away on the scale of the statistic, and back; `slope` is that of the way back. */
static double draw_on_scale(const struct pl_stat *stat, double t, double *ret_slope)
{
    const double value = stat->value;
    const double rest = 1.0 - value;
    const double se = stat->normal.se;
    double drawn = value;

    switch (stat->normal.scale) {
    case PL_SCALE_LOGIT:
        drawn = 1.0 / (1.0 + rest / value * exp(-t * se / (value * rest)));
        *ret_slope = drawn * (1.0 - drawn) / (value * rest);
        return drawn;
    case PL_SCALE_FISHER:
        drawn = tanh(atanh(value) + t * se / (rest * (1.0 + value)));
        *ret_slope = (1.0 - drawn) * (1.0 + drawn) / (rest * (1.0 + value));
        return drawn;
    case PL_SCALE_LOG:
        *ret_slope = exp(t * se / value);
        return value * *ret_slope;
    case PL_SCALE_LOG_BELOW_ONE:
        *ret_slope = exp(-t * se / rest);
        return 1.0 - rest * *ret_slope;
    case PL_SCALE_IDENTITY:
    default:
        *ret_slope = 1.0;
        return value + t * se;
    }
}

/* A replicate of a near-normal statistic, on its own scale and back; of a ratio, on that of its
   logarithm. */
static struct point draw_normal(const struct group *group, bool is_ratio, struct pl_rng *rng)
{
    const struct pl_stat *stat = group->stat;
    const double t = student_of_normal(pl_rng_normal(rng), stat->normal.df);
    double slope = 1.0;

    if (is_ratio || stat->normal.se <= 0.0)
        return (struct point){.centre = group->truth + t * sqrt(group->observed.variance),
                              .variance = group->observed.variance};

    const double drawn = draw_on_scale(stat, t, &slope);
    const double se = stat->normal.se * slope;

    return (struct point){.centre = drawn, .variance = se * se};
}

/*
 * A replicate of k. Where n p (1 - p) is at least NEAR_NORMAL the binomial's skewness is below
 * 1 / sqrt(NEAR_NORMAL), and a normal draw is as good and quicker.
 */
static double draw_count(struct pl_rate rate, struct pl_rng *rng)
{
    const double p = (rate.k + 1.0) / (rate.n + 2.0);
    const double variance = rate.n * p * (1.0 - p);
    const uint64_t n = (uint64_t)fmax(1.0, round(rate.n));

    if (variance >= NEAR_NORMAL)
        return fmax(0.0, fmin(rate.n, rate.n * p + sqrt(variance) * pl_rng_normal(rng)));
    return fmin((double)pl_rng_binomial(rng, n, p), rate.n);
}

static struct point draw(const struct group *group, bool is_ratio, struct pl_rng *rng)
{
    if (!group->is_rate)
        return draw_normal(group, is_ratio, rng);

    return rate_point(group, draw_count(group->rate, rng), is_ratio);
}

/* ---- the bootstrap ---- */

/* The square of the largest studentised deviation of a pair: each by each. */
static double largest_by_pairs(const struct point *deviations, size_t count)
{
    double largest = 0.0;

    for (size_t g = 1; g < count; g++) {
        const struct point at = deviations[g];

        for (size_t h = 0; h < g; h++) {
            const double apart = at.centre - deviations[h].centre;
            const double variance = at.variance + deviations[h].variance + NO_VARIANCE;

            /* Multiplying is quicker than dividing, and few pairs are larger. */
            if (apart * apart > largest * variance)
                largest = apart * apart / variance;
        }
    }
    return largest;
}

/* A bound on it: see the head of the file. */
static double largest_by_bound(const struct point *deviations, size_t count)
{
    double up = 0.0;
    double down = 0.0;

    for (size_t g = 0; g < count; g++) {
        const double t = deviations[g].centre / sqrt(deviations[g].variance + NO_VARIANCE);

        up = fmax(up, t);
        down = fmax(down, -t);
    }
    return up * up + down * down;
}

static int compare_doubles(const void *a, const void *b)
{
    const double first = *(const double *)a;
    const double second = *(const double *)b;

    return first < second ? -1 : first > second;
}

static uint32_t replicates_of(const struct pl_gap_request *request)
{
    return request->replicates == 0 ? PL_GAP_REPLICATES : request->replicates;
}

/* The quantile of T at the confidence: the ceil((B + 1) c)-th of B replicates. */
static enum pl_status bootstrap_quantile(const struct gap *gap, struct pl_arena *scratch,
                                         double *ret_quantile, struct pl_error *error)
{
    const uint32_t replicates = replicates_of(gap->request);
    struct point *deviations = pl_arena_alloc_array(scratch, gap->count, sizeof *deviations);
    double *squares = pl_arena_alloc_array(scratch, replicates, sizeof *squares);
    struct pl_rng rng;

    if (deviations == NULL || squares == NULL)
        return pl_arena_error(scratch, "bootstrap replicates", error);
    pl_rng_init(&rng, gap->request->seed, 0);
    for (uint32_t i = 0; i < replicates; i++) {
        for (size_t g = 0; g < gap->count; g++) {
            deviations[g] = draw(&gap->groups[g], gap->is_ratio, &rng);
            deviations[g].centre -= gap->groups[g].truth;
        }
        squares[i] = gap->count <= PAIRS_GROUPS_MAX ? largest_by_pairs(deviations, gap->count)
                                                    : largest_by_bound(deviations, gap->count);
    }
    qsort(squares, replicates, sizeof *squares, compare_doubles);

    const double place = ceil((replicates + 1.0) * gap->request->confidence);

    *ret_quantile = sqrt(squares[(size_t)fmin(replicates, fmax(1.0, place)) - 1]);
    return PL_OK;
}

/* max over ordered pairs of d_gh + sign q se_gh. */
static double extreme_pair(const struct gap *gap, double quantile, double sign)
{
    double extreme = 0.0; /* of a group with itself */

    for (size_t g = 1; g < gap->count; g++) {
        const struct point at = gap->groups[g].observed;

        for (size_t h = 0; h < g; h++) {
            const struct point other = gap->groups[h].observed;
            const double se = sqrt(at.variance + other.variance);

            extreme = fmax(extreme, fabs(at.centre - other.centre) + sign * quantile * se);
        }
    }
    return extreme;
}

static bool may_be_zero(const struct gap *gap)
{
    for (size_t g = 0; g < gap->count; g++)
        if (gap->groups[g].stat->value <= 0.0)
            return true;
    return false;
}

static enum pl_status bootstrap_bounds(const struct gap *gap, struct pl_arena *scratch,
                                       struct pl_bounds *ret_bounds, struct pl_error *error)
{
    double quantile = 0.0;

    PL_RETURN_IF(bootstrap_quantile(gap, scratch, &quantile, error));

    const double near = extreme_pair(gap, quantile, -1.0);
    const double far = extreme_pair(gap, quantile, 1.0);

    ret_bounds->low = gap->is_ratio ? exp(-far) : near;
    ret_bounds->high = gap->is_ratio ? exp(-near) : far;
    if (gap->is_ratio && may_be_zero(gap))
        ret_bounds->low = 0.0;
    return PL_OK;
}

/* ---- other kinds ---- */

/* The bounds of one ordered pair are MOVER's: see contrast.c. */
static void difference_of_pair(const struct group *a, const struct group *b,
                               struct pl_bounds *bounds)
{
    const double value = a->stat->value - b->stat->value;

    bounds->low =
        fmax(bounds->low, value - hypot(a->stat->value - a->low, b->high - b->stat->value));
    bounds->high =
        fmax(bounds->high, value + hypot(a->high - a->stat->value, b->stat->value - b->low));
}

static void ratio_of_pair(const struct group *a, const struct group *b, struct pl_bounds *bounds)
{
    const struct pl_bounds first = {.value = a->stat->value, .low = a->low, .high = a->high};
    const struct pl_bounds second = {.value = b->stat->value, .low = b->low, .high = b->high};

    bounds->low = fmin(bounds->low, pl_bounds_ratio_low(&first, &second, 0.0));
    bounds->high = fmin(bounds->high, pl_bounds_ratio_high(&first, &second, 0.0));
}

static void pairwise_bounds(const struct gap *gap, struct pl_bounds *ret_bounds)
{
    const double pairs = (double)gap->count * (double)(gap->count - 1);
    const double alpha = fmin(0.5, (1.0 - gap->request->confidence) / pairs);
    const double own = gap->is_ratio ? 1.0 : 0.0;

    ret_bounds->low = own;
    ret_bounds->high = own;
    for (size_t g = 0; g < gap->count; g++) {
        struct group *group = &gap->groups[g];
        const struct pl_bounds bounds = pl_stat_bounds(group->stat, alpha, PL_RATE_WILSON);

        group->low = fmin(bounds.low, bounds.value);
        group->high = fmax(bounds.high, bounds.value);
    }
    for (size_t g = 0; g < gap->count; g++)
        for (size_t h = 0; h < gap->count; h++)
            if (g != h && gap->is_ratio)
                ratio_of_pair(&gap->groups[g], &gap->groups[h], ret_bounds);
            else if (g != h)
                difference_of_pair(&gap->groups[g], &gap->groups[h], ret_bounds);
}

/* ---- the whole ---- */

static enum pl_status gather(struct gap *gap, struct pl_arena *scratch, struct pl_error *error)
{
    const struct pl_gap_request *request = gap->request;

    gap->groups = pl_arena_alloc_array(scratch, request->count, sizeof *gap->groups);
    if (gap->groups == NULL)
        return pl_arena_error(scratch, "groups to compare", error);
    for (size_t i = 0; i < request->count; i++) {
        if (request->stats[i].kind == PL_STAT_NONE)
            continue;
        gap->groups[gap->count] = (struct group){.stat = &request->stats[i], .index = i};
        if (request->stats[i].value > gap->groups[gap->largest].stat->value)
            gap->largest = gap->count;
        if (request->stats[i].value < gap->groups[gap->smallest].stat->value)
            gap->smallest = gap->count;
        gap->count++;
    }
    return PL_OK;
}

static bool can_bootstrap(const struct gap *gap)
{
    for (size_t g = 0; g < gap->count; g++) {
        const struct pl_stat *stat = gap->groups[g].stat;

        if (stat->kind != PL_STAT_RATE && stat->kind != PL_STAT_NORMAL)
            return false;
        if (gap->is_ratio && stat->kind == PL_STAT_NORMAL && stat->value <= 0.0 && !at_edge(stat))
            return false;
    }
    return true;
}

static enum pl_status find_bounds(struct gap *gap, struct pl_arena *scratch,
                                  struct pl_bounds *ret_bounds, struct pl_error *error)
{
    if (!can_bootstrap(gap)) {
        pairwise_bounds(gap, ret_bounds);
        return PL_OK;
    }
    for (size_t g = 0; g < gap->count; g++)
        init_group(&gap->groups[g], gap->is_ratio);
    return bootstrap_bounds(gap, scratch, ret_bounds, error);
}

static uint64_t decisions(const struct gap *gap)
{
    uint64_t n = 0;

    for (size_t g = 0; g < gap->count; g++)
        n += gap->groups[g].stat->n;
    return n;
}

static void undefined(const struct gap *gap, enum pl_undefined reason, struct pl_gap *ret_gap)
{
    *ret_gap = (struct pl_gap){
        .estimate = {.n = decisions(gap), .status = PL_ESTIMATE_UNDEFINED, .reason = reason}};
}

static enum pl_status find_gap(struct gap *gap, struct pl_arena *scratch, struct pl_gap *ret_gap,
                               struct pl_error *error)
{
    struct pl_bounds bounds = {0};

    assert(gap->request->confidence > 0.0 && gap->request->confidence < 1.0);
    PL_RETURN_IF(gather(gap, scratch, error));
    if (gap->count < 2) {
        undefined(gap, PL_UNDEFINED_ONE_GROUP, ret_gap);
        return PL_OK;
    }

    const double most = gap->groups[gap->largest].stat->value;
    const double least = gap->groups[gap->smallest].stat->value;

    if (gap->is_ratio && least < 0.0) {
        undefined(gap, PL_UNDEFINED_BELOW_ZERO, ret_gap);
        return PL_OK;
    }
    if (gap->is_ratio && most <= 0.0) {
        undefined(gap, PL_UNDEFINED_ZERO_REFERENCE, ret_gap);
        return PL_OK;
    }
    PL_RETURN_IF(find_bounds(gap, scratch, &bounds, error));

    const double value = gap->is_ratio ? least / most : most - least;

    *ret_gap = (struct pl_gap){
        .estimate = {.value = value,
                     .low = fmin(value, bounds.low),
                     .high = fmax(value, bounds.high),
                     .n = decisions(gap),
                     .status = PL_ESTIMATE_OK},
        .largest = gap->groups[gap->largest].index,
        .smallest = gap->groups[gap->smallest].index,
    };
    return PL_OK;
}

enum pl_status pl_gap_difference(const struct pl_gap_request *request, struct pl_arena *scratch,
                                 struct pl_gap *ret_gap, struct pl_error *error)
{
    struct gap gap = {.request = request, .is_ratio = false};

    return find_gap(&gap, scratch, ret_gap, error);
}

enum pl_status pl_gap_ratio(const struct pl_gap_request *request, struct pl_arena *scratch,
                            struct pl_gap *ret_gap, struct pl_error *error)
{
    struct gap gap = {.request = request, .is_ratio = true};

    return find_gap(&gap, scratch, ret_gap, error);
}

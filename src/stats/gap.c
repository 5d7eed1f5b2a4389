/*
 * The largest difference and the smallest ratio between groups, with intervals that hold for every
 * pair of groups at once: if q is such that |d_gh - true d_gh| <= q se_gh for all pairs with the
 * stated confidence, then the largest true difference lies between max (d_gh - q se_gh) and max
 * (d_gh + q se_gh), the pair of a group with itself (0 +- 0) included.
 *
 * q comes from a parametric bootstrap of the studentised largest deviation, T = max over pairs of
 * |Delta*_g - Delta*_h| / sqrt(v*_g + v*_h), with the variances v* estimated anew in each
 * replicate. Unless all groups are large it is at least that of normal groups with the variances
 * observed: a small group in which something never happened is drawn with hardly any scatter.
 *
 * Rates are drawn as K* ~ Binomial(n, p~) (normal where that is as good: is_near_normal), with p~ =
 * (k + a) / (n + 2 a) so that no group stands still at 0 or at n; a replicate is estimated by (K* +
 * a) / (n + 2 a) and its binomial variance, as the groups themselves are. For differences a is 1
 * (A. Agresti & B. Caffo, Am. Statistician 54 (2000) 280); for ratios, which are compared on the
 * logarithmic scale, a is 1/2, which takes the bias out of the logarithm (S. D. Walter, Biometrika
 * 62 (1975) 371) and of the odds (J. B. S. Haldane, Ann. Hum. Genet. 20 (1956) 309). For one rate
 * in each group this is the multinomial bootstrap of the cells behind it. A mixture of two
 * independent rates draws both. Near-normal statistics are drawn on their own scale with their
 * degrees of freedom (means with a third of them: SKEWED_DF_SHARE) and brought back. A group whose
 * value is 0 makes the lower bound of a ratio 0.
 *
 * With more than PAIRS_GROUPS_MAX groups the largest deviation is replaced by its bound sqrt(max
 * t+^2 + max t-^2), t = Delta* / sqrt(v*), which by Cauchy's inequality no pair exceeds: a little
 * wider, and linear in the number of groups.
 *
 * Groups that are not of independent samples, rates over clusters, whose effective n is itself
 * estimated, other kinds of statistic (mixtures of correlated rates, distances that noise enlarges,
 * quantiles) and differences of odds, which are far from
 * normal, take MOVER bounds of every ordered pair at alpha / (G (G - 1)), Bonferroni's level, from
 * exact bounds of rates: no bootstrap, valid, a little wider.
 *
 * Sources: the max-T idea in P. H. Westfall & S. S. Young, Resampling-Based Multiple Testing
 * (1993); simultaneous bounds of a maximum in J. C. Hsu, Multiple Comparisons (1996). Coverage is
 * measured by tests/prop/stats/coverage.c and, over 3 to 84 unequal groups, by
 * tests/prop/stats/gaps.c.
 */
#include "stats/gap.h"

#include "base/rng.h"
#include "stats/contrast.h"
#include "stats/normal.h"
#include "stats/replicates.h"

#include <assert.h>
#include <math.h>

#define PAIRS_GROUPS_MAX 32
#define NEAR_NORMAL      1000.0

/* Of the degrees of freedom of a mean: skewed values make Student's t too short on one side. */
#define SKEWED_DF_SHARE (1.0 / 3.0)

static const double NO_VARIANCE = 1e-300; /* keeps 0 / 0 from arising */

/* An estimate, on the scale on which pairs are compared, and its variance. */
struct point {
    double centre;
    double variance;
};

/* What a rate is turned into: 2 r - 1 is an edge value of Fisher's scale. */
enum shape { SHAPE_AS_IS, SHAPE_F1, SHAPE_ODDS, SHAPE_TWICE_MINUS_ONE };

#define RATES_MAX 2

struct group {
    const struct pl_stat *stat;
    size_t index; /* in the request */
    enum shape shape;
    size_t rates_count; /* 1, or 2 for a mixture; 0: near normal */
    struct pl_rate rates[RATES_MAX];
    double coefficients[RATES_MAX];
    struct point observed;
    double truth;     /* the centre that replicates scatter about */
    bool near_normal; /* so large that a normal draw is as good */
    double low;       /* Bonferroni bounds of other kinds */
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

/* Bounds come at two levels: at the confidence, and at that of one gap of two that are to hold
   at once. */
enum level { LEVEL_ONE, LEVEL_OF_TWO, LEVELS };

static double confidence_of(const struct gap *gap, int level)
{
    const double confidence = gap->request->confidence;

    return level == LEVEL_ONE ? confidence : 0.5 * (1.0 + confidence);
}

/* ---- groups and their replicates ---- */

/* Turns an estimated rate and its variance into the point compared. */
static struct point shape_rate(double p, double variance, enum shape shape, bool is_ratio)
{
    struct point point = {.centre = p, .variance = variance};

    if (shape == SHAPE_F1) {
        const double slope = 2.0 / ((1.0 + p) * (1.0 + p));

        point = (struct point){.centre = 2.0 * p / (1.0 + p), .variance = slope * slope * variance};
    }
    if (shape == SHAPE_ODDS) {
        const double slope = 1.0 / ((1.0 - p) * (1.0 - p));

        point = (struct point){.centre = p / (1.0 - p), .variance = slope * slope * variance};
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

/* What is added to a count and to the rest of it: see the head of the file. */
static double added(bool is_ratio)
{
    return is_ratio ? 0.5 : 1.0;
}

/* The rates that replicates are drawn from, and by which they and the groups are estimated. */
static double adjusted(double k, double n, bool is_ratio)
{
    return (k + added(is_ratio)) / (n + 2.0 * added(is_ratio));
}

/* The point of a group whose rates had these counts of successes. */
static struct point rates_point(const struct group *group, const double *successes, bool is_ratio)
{
    double centre = 0.0;
    double variance = 0.0;

    for (size_t i = 0; i < group->rates_count; i++) {
        const double n = group->rates[i].n;
        const double p = adjusted(successes[i], n, is_ratio);
        const double slope = group->coefficients[i];

        centre += slope * p;
        variance += slope * slope * p * (1.0 - p) / (n + 2.0 * added(is_ratio));
    }
    return shape_rate(centre, variance, group->shape, is_ratio);
}

static void init_rates(struct group *group, bool is_ratio)
{
    double successes[RATES_MAX];

    for (size_t i = 0; i < group->rates_count; i++)
        successes[i] = group->rates[i].k;
    group->observed = rates_point(group, successes, is_ratio);
    group->truth = group->observed.centre;
}

static void init_rate(struct group *group, struct pl_rate rate, bool is_ratio)
{
    group->rates_count = 1;
    group->rates[0] = rate;
    group->coefficients[0] = 1.0;
    init_rates(group, is_ratio);
}

static void init_mixture(struct group *group, bool is_ratio)
{
    group->rates_count = RATES_MAX;
    for (size_t i = 0; i < RATES_MAX; i++) {
        group->rates[i] = group->stat->mix.rates[i];
        group->coefficients[i] = group->stat->mix.coefficients[i];
    }
    init_rates(group, is_ratio);
}

/* A value at the edge of its scale stands for n_effective trials that all went one way. */
static void init_edge(struct group *group, bool is_ratio)
{
    const struct pl_stat *stat = group->stat;
    const double n = stat->normal.n_effective;

    group->shape = stat->normal.scale == PL_SCALE_FISHER ? SHAPE_TWICE_MINUS_ONE : SHAPE_AS_IS;
    init_rate(group, (struct pl_rate){.k = stat->value >= 1.0 ? n : 0.0, .n = n}, is_ratio);
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
    static const enum shape SHAPES[] = {
        [PL_RATE_AS_IS] = SHAPE_AS_IS,
        [PL_RATE_JACCARD_TO_F1] = SHAPE_F1,
        [PL_RATE_ODDS] = SHAPE_ODDS,
    };

    if (group->stat->kind == PL_STAT_NORMAL) {
        init_normal(group, is_ratio);
        return;
    }
    if (group->stat->kind == PL_STAT_MIX) {
        init_mixture(group, is_ratio);
        return;
    }
    group->shape = SHAPES[group->stat->rate.shape];
    init_rate(group, group->stat->rate.rate, is_ratio);
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

/* A value drawn on the scale of a statistic and brought back, with its variance there. */
static struct point draw_scaled(const struct pl_stat *stat, double t)
{
    const double value = stat->value;
    double drawn = 0.0;
    double slope = 0.0; /* of the way back from the scale, at what was drawn */
    double slope_here = 0.0;

    if (stat->normal.scale == PL_SCALE_LOGIT) {
        slope_here = value * (1.0 - value);
        drawn = 1.0 / (1.0 + (1.0 - value) / value * exp(-t * stat->normal.se / slope_here));
        slope = drawn * (1.0 - drawn);
    } else if (stat->normal.scale == PL_SCALE_LOG) {
        slope_here = value;
        drawn = value * exp(t * stat->normal.se / slope_here);
        slope = drawn;
    } else if (stat->normal.scale == PL_SCALE_LOG_BELOW_ONE) {
        slope_here = 1.0 - value;
        drawn = 1.0 - slope_here * exp(-t * stat->normal.se / slope_here);
        slope = 1.0 - drawn;
    } else {
        slope_here = (1.0 - value) * (1.0 + value);
        drawn = tanh(atanh(value) + t * stat->normal.se / slope_here);
        slope = (1.0 - drawn) * (1.0 + drawn);
    }

    const double se = stat->normal.se / slope_here * slope;

    return (struct point){.centre = drawn, .variance = se * se};
}

/* A replicate of a near-normal statistic, on its own scale and back. */
static struct point draw_normal(const struct group *group, bool is_ratio, struct pl_rng *rng)
{
    const struct pl_stat *stat = group->stat;
    const double df =
        stat->normal.df * (stat->normal.scale == PL_SCALE_IDENTITY ? SKEWED_DF_SHARE : 1.0);
    const double t = student_of_normal(pl_rng_normal(rng), fmax(1.0, df));

    if (stat->normal.scale == PL_SCALE_IDENTITY || stat->normal.se <= 0.0)
        return (struct point){.centre = group->truth + t * sqrt(group->observed.variance),
                              .variance = group->observed.variance};

    const struct point drawn = draw_scaled(stat, t);

    if (!is_ratio)
        return drawn;
    return (struct point){
        .centre = log(fmax(NO_VARIANCE, drawn.centre)),
        .variance = drawn.variance / (drawn.centre * drawn.centre),
    };
}

static double draw_count(struct pl_rate rate, bool is_ratio, struct pl_rng *rng)
{
    const uint64_t n = (uint64_t)fmax(1.0, round(rate.n));

    return fmin((double)pl_rng_binomial(rng, n, adjusted(rate.k, rate.n, is_ratio)), rate.n);
}

/* A group as a normal one with the variance that was observed, about 0. */
static struct point draw_as_normal(const struct group *group, struct pl_rng *rng)
{
    const double variance = group->observed.variance;

    return (struct point){.centre = sqrt(variance) * pl_rng_normal(rng), .variance = variance};
}

/* A replicate, less the truth. */
static struct point draw(const struct group *group, bool is_ratio, struct pl_rng *rng)
{
    double successes[RATES_MAX];
    struct point point;

    if (group->near_normal)
        return draw_as_normal(group, rng);
    for (size_t i = 0; i < group->rates_count; i++)
        successes[i] = draw_count(group->rates[i], is_ratio, rng);
    point = group->rates_count == 0 ? draw_normal(group, is_ratio, rng)
                                    : rates_point(group, successes, is_ratio);
    point.centre -= group->truth;
    return point;
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

static uint32_t replicates_of(const struct pl_gap_request *request)
{
    return request->replicates == 0 ? PL_GAP_REPLICATES : request->replicates;
}

/* What the replicates showed: the squares of T, ascending, as drawn and from normal groups. */
struct replicates {
    double *drawn;
    double *normal; /* NULL: all groups are near enough to normal as they are */
    uint32_t count;
};

static bool all_near_normal(const struct gap *gap)
{
    for (size_t g = 0; g < gap->count; g++)
        if (!gap->groups[g].near_normal)
            return false;
    return true;
}

static double largest(const struct point *deviations, size_t count)
{
    return count <= PAIRS_GROUPS_MAX ? largest_by_pairs(deviations, count)
                                     : largest_by_bound(deviations, count);
}

static enum pl_status replicate(const struct gap *gap, struct pl_arena *scratch,
                                struct replicates *ret_replicates, struct pl_error *error)
{
    const uint32_t count = replicates_of(gap->request);
    struct point *deviations = pl_arena_alloc_array(scratch, gap->count, sizeof *deviations);
    struct point *normals = pl_arena_alloc_array(scratch, gap->count, sizeof *normals);
    struct replicates replicates = {
        .drawn = pl_arena_alloc_array(scratch, count, sizeof *replicates.drawn),
        .count = count,
    };
    const bool as_normal = !all_near_normal(gap);
    struct pl_rng rng;

    if (as_normal)
        replicates.normal = pl_arena_alloc_array(scratch, count, sizeof *replicates.normal);
    if (deviations == NULL || normals == NULL || replicates.drawn == NULL ||
        (as_normal && replicates.normal == NULL))
        return pl_arena_error(scratch, "bootstrap replicates", error);
    pl_rng_init(&rng, gap->request->seed, 0);
    for (uint32_t i = 0; i < count; i++) {
        for (size_t g = 0; g < gap->count; g++) {
            deviations[g] = draw(&gap->groups[g], gap->is_ratio, &rng);
            if (as_normal)
                normals[g] = draw_as_normal(&gap->groups[g], &rng);
        }
        replicates.drawn[i] = largest(deviations, gap->count);
        if (as_normal)
            replicates.normal[i] = largest(normals, gap->count);
    }
    pl_replicates_sort(replicates.drawn, count);
    if (as_normal)
        pl_replicates_sort(replicates.normal, count);
    *ret_replicates = replicates;
    return PL_OK;
}

/*
 * The quantile of T at the confidence: of B replicates the one whose place is above B c by one
 * standard deviation of such a place, so that the simulation's own error falls on the safe side.
 */
static double quantile_at(const struct replicates *replicates, double confidence)
{
    const double count = replicates->count;
    const double place =
        ceil((count + 1.0) * confidence + sqrt(count * confidence * (1.0 - confidence)));
    const size_t at = (size_t)fmin(count, fmax(1.0, place)) - 1;

    return sqrt(
        fmax(replicates->drawn[at], replicates->normal == NULL ? 0.0 : replicates->normal[at]));
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

static struct pl_bounds bounds_at(const struct gap *gap, const struct replicates *replicates,
                                  double confidence)
{
    const double quantile = quantile_at(replicates, confidence);
    const double near = extreme_pair(gap, quantile, -1.0);
    const double far = extreme_pair(gap, quantile, 1.0);

    if (!gap->is_ratio)
        return (struct pl_bounds){.low = near, .high = far};
    return (struct pl_bounds){.low = may_be_zero(gap) ? 0.0 : exp(-far), .high = exp(-near)};
}

static enum pl_status bootstrap_bounds(const struct gap *gap, struct pl_arena *scratch,
                                       struct pl_bounds *ret_bounds, struct pl_error *error)
{
    struct replicates replicates = {0};

    PL_RETURN_IF(replicate(gap, scratch, &replicates, error));
    for (int i = 0; i < LEVELS; i++)
        ret_bounds[i] = bounds_at(gap, &replicates, confidence_of(gap, i));
    return PL_OK;
}

/* ---- other kinds ---- */

/* 0 unless the request says otherwise. */
static double correlation_of(const struct gap *gap, const struct group *a, const struct group *b)
{
    const struct pl_gap_request *request = gap->request;

    return request->correlations == NULL
               ? 0.0
               : request->correlations[a->index * request->count + b->index];
}

/* The length of the difference of two vectors with that cosine between them. */
static double apart(double a, double b, double correlation)
{
    return sqrt(fmax(0.0, a * a + b * b - 2.0 * correlation * a * b));
}

/* The bounds of one ordered pair are MOVER's: see contrast.c. */
static void difference_of_pair(const struct group *a, const struct group *b, double correlation,
                               struct pl_bounds *bounds)
{
    const double value = a->stat->value - b->stat->value;

    bounds->low = fmax(
        bounds->low, value - apart(a->stat->value - a->low, b->high - b->stat->value, correlation));
    bounds->high = fmax(bounds->high, value + apart(a->high - a->stat->value,
                                                    b->stat->value - b->low, correlation));
}

static void ratio_of_pair(const struct group *a, const struct group *b, double correlation,
                          struct pl_bounds *bounds)
{
    const struct pl_bounds first = {.value = a->stat->value, .low = a->low, .high = a->high};
    const struct pl_bounds second = {.value = b->stat->value, .low = b->low, .high = b->high};

    bounds->low = fmin(bounds->low, pl_bounds_ratio_low(&first, &second, correlation));
    bounds->high = fmin(bounds->high, pl_bounds_ratio_high(&first, &second, correlation));
}

static void pairwise_bounds(const struct gap *gap, double confidence, struct pl_bounds *ret_bounds)
{
    const double pairs = (double)gap->count * (double)(gap->count - 1);
    const double alpha = fmin(0.5, (1.0 - confidence) / pairs);
    const double own = gap->is_ratio ? 1.0 : 0.0;

    ret_bounds->low = own;
    ret_bounds->high = own;
    for (size_t g = 0; g < gap->count; g++) {
        struct group *group = &gap->groups[g];
        const struct pl_bounds bounds = pl_stat_bounds(group->stat, alpha, PL_RATE_EXACT);

        group->low = fmin(bounds.low, bounds.value);
        group->high = fmax(bounds.high, bounds.value);
    }
    for (size_t g = 0; g < gap->count; g++)
        for (size_t h = 0; h < gap->count; h++) {
            const struct group *a = &gap->groups[g];
            const struct group *b = &gap->groups[h];

            if (g != h && gap->is_ratio)
                ratio_of_pair(a, b, correlation_of(gap, a, b), ret_bounds);
            else if (g != h)
                difference_of_pair(a, b, correlation_of(gap, a, b), ret_bounds);
        }
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

/* Whether replicates of a statistic can be drawn, and compared by differences or on the logarithmic
   scale. */
static bool can_draw(const struct pl_stat *stat, bool is_ratio)
{
    switch (stat->kind) {
    case PL_STAT_RATE:
        return stat->rate.df <= 0.0 && (is_ratio || stat->rate.shape != PL_RATE_ODDS);
    case PL_STAT_MIX:
        return stat->mix.df <= 0.0 && stat->mix.correlation == 0.0 &&
               (!is_ratio ||
                (stat->mix.coefficients[0] >= 0.0 && stat->mix.coefficients[1] >= 0.0));
    case PL_STAT_NORMAL:
        return !is_ratio || stat->value > 0.0 || at_edge(stat);
    case PL_STAT_NONE:
    case PL_STAT_EXACT:
    case PL_STAT_PRICED:
    case PL_STAT_CORRECTED:
    case PL_STAT_BIASED:
    case PL_STAT_QUANTILE:
    case PL_STAT_UNBOUNDED:
        break;
    }
    return false;
}

/*
 * Where n p (1 - p) is at least NEAR_NORMAL the binomial's skewness is below 1 / sqrt(NEAR_NORMAL),
 * and a normal draw with the variance observed is as good and quicker; so it is for other
 * statistics of as many decisions of the rarer kind.
 */
static bool is_near_normal(const struct group *group, bool is_ratio)
{
    for (size_t i = 0; i < group->rates_count; i++) {
        const struct pl_rate rate = group->rates[i];
        const double p = adjusted(rate.k, rate.n, is_ratio);

        if (rate.n * p * (1.0 - p) < NEAR_NORMAL)
            return false;
    }
    return group->rates_count > 0 || (group->stat->normal.scale != PL_SCALE_IDENTITY &&
                                      group->stat->normal.n_effective >= NEAR_NORMAL);
}

static bool can_bootstrap(const struct gap *gap)
{
    if (gap->request->correlations != NULL)
        return false;
    for (size_t g = 0; g < gap->count; g++)
        if (!can_draw(gap->groups[g].stat, gap->is_ratio))
            return false;
    return true;
}

static enum pl_status find_bounds(struct gap *gap, struct pl_arena *scratch,
                                  struct pl_bounds *ret_bounds, struct pl_error *error)
{
    if (!can_bootstrap(gap)) {
        for (int i = 0; i < LEVELS; i++)
            pairwise_bounds(gap, confidence_of(gap, i), &ret_bounds[i]);
        return PL_OK;
    }
    for (size_t g = 0; g < gap->count; g++)
        init_group(&gap->groups[g], gap->is_ratio);
    for (size_t g = 0; g < gap->count; g++)
        gap->groups[g].near_normal = is_near_normal(&gap->groups[g], gap->is_ratio);
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
    ret_gap->of_two = ret_gap->estimate;
}

static struct pl_estimate estimate_of(const struct gap *gap, const struct pl_bounds *bounds,
                                      double value)
{
    return (struct pl_estimate){
        .value = value,
        .low = fmin(value, bounds->low),
        .high = fmax(value, bounds->high),
        .n = decisions(gap),
        .status = PL_ESTIMATE_OK,
    };
}

static enum pl_status find_gap(struct gap *gap, struct pl_arena *scratch, struct pl_gap *ret_gap,
                               struct pl_error *error)
{
    struct pl_bounds bounds[LEVELS] = {0};

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
    PL_RETURN_IF(find_bounds(gap, scratch, bounds, error));

    const double value = gap->is_ratio ? least / most : most - least;

    *ret_gap = (struct pl_gap){
        .estimate = estimate_of(gap, &bounds[LEVEL_ONE], value),
        .of_two = estimate_of(gap, &bounds[LEVEL_OF_TWO], value),
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

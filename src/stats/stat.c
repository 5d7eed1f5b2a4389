/*
 * One statistic: its bounds, and the p-values that those bounds invert. A mixture of rates is a
 * contrast of the two (contrast.c), a sum of priced shares stands in priced.c and a corrected share in
 * corrected.c; every other kind is closed.
 *
 * Rates take Wilson's or the exact bounds (proportion.h), through their increasing shape.
 *
 * Near-normal statistics: with g the scale (identity, logarithms, logit, Fisher's atanh) and t Student's
 * quantile, g(bound) = g(value) -+ t se g'(value), the delta method. A value at the very edge of
 * its scale (an AUC of 0 or 1, a correlation of -1 or 1) has g' = infinity and as a rule se = 0; it
 * is taken for n_effective trials that all went one way, and the bounds are the exact ones of that
 * rate (for a correlation, of (1 + r) / 2). A se of 0 elsewhere gives bounds of no width.
 *
 * Biased distances are as stat.h says; the lower bound inverts the law of the noise, the upper one
 * is normal.
 *
 * Quantiles are bounded by order statistics: low(alpha) is the largest value v for which the number
 * m of values below it has P(Binomial(n, q) <= m) <= alpha, high(alpha) the smallest v for which
 * the number m at or below it has P(Binomial(n, q) >= m) <= alpha. They are -INFINITY and INFINITY
 * when n is too small for any order statistic to serve.
 *
 * Sources stand in stat.h and with each distribution. That bounds and p-values invert each other is
 * checked to 2e-6 by tests/unit/stats/test_stat.c.
 */
#include "stats/stat.h"

#include "stats/beta.h"
#include "stats/contrast.h"
#include "stats/corrected.h"
#include "stats/effective_rate.h"
#include "stats/kolmogorov.h"
#include "stats/normal.h"
#include "stats/priced.h"
#include "stats/proportion.h"
#include "stats/student.h"

#include <assert.h>
#include <math.h>

/* Below this a tail of a quantile's binomial lies outside the window. */
static const double WINDOW_ALPHA = 1e-12;

/* ---- rates ---- */

static double shaped(double rate, enum pl_rate_shape shape)
{
    switch (shape) {
    case PL_RATE_JACCARD_TO_F1:
        return 2.0 * rate / (1.0 + rate);
    case PL_RATE_ODDS:
        return rate >= 1.0 ? HUGE_VAL : rate / (1.0 - rate);
    case PL_RATE_AS_IS:
        break;
    }
    return rate;
}

/* The rate that has this shape; beyond the ends it stays beyond them. */
static double unshaped(double value, enum pl_rate_shape shape)
{
    if (shape == PL_RATE_JACCARD_TO_F1 && value >= 0.0 && value <= 1.0)
        return value / (2.0 - value);
    if (shape == PL_RATE_ODDS && value >= 0.0)
        return isinf(value) ? 1.0 : value / (1.0 + value);
    return value;
}

static double rate_low(const struct pl_stat *stat, double alpha, enum pl_rate_method method)
{
    const struct pl_rate rate = pl_rate_at_level(stat, alpha);

    return shaped(method == PL_RATE_EXACT ? pl_exact_low(rate, alpha) : pl_wilson_low(rate, alpha),
                  stat->rate.shape);
}

static double rate_high(const struct pl_stat *stat, double alpha, enum pl_rate_method method)
{
    const struct pl_rate rate = pl_rate_at_level(stat, alpha);

    return shaped(method == PL_RATE_EXACT ? pl_exact_high(rate, alpha)
                                          : pl_wilson_high(rate, alpha),
                  stat->rate.shape);
}

static double rate_p_above(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    const double at = unshaped(bound, stat->rate.shape);

    return pl_rate_tail(stat, at, method == PL_RATE_EXACT ? pl_exact_p_above : pl_wilson_p_above);
}

static double rate_p_below(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    const double at = unshaped(bound, stat->rate.shape);

    return pl_rate_tail(stat, at, method == PL_RATE_EXACT ? pl_exact_p_below : pl_wilson_p_below);
}

/* ---- near normal on a scale ---- */

static double scale_floor(enum pl_scale scale)
{
    static const double FLOORS[] = {
        [PL_SCALE_IDENTITY] = -HUGE_VAL,
        [PL_SCALE_LOGIT] = 0.0,
        [PL_SCALE_FISHER] = -1.0,
        [PL_SCALE_LOG] = 0.0,
        [PL_SCALE_LOG_BELOW_ONE] = -HUGE_VAL,
    };

    return FLOORS[scale];
}

static double scale_ceiling(enum pl_scale scale)
{
    return scale == PL_SCALE_IDENTITY || scale == PL_SCALE_LOG ? HUGE_VAL : 1.0;
}

static double to_scale(double value, enum pl_scale scale)
{
    switch (scale) {
    case PL_SCALE_LOGIT:
        return log(value) - log1p(-value);
    case PL_SCALE_FISHER:
        return atanh(value);
    case PL_SCALE_LOG:
        return log(value);
    case PL_SCALE_LOG_BELOW_ONE: /* the sign keeps it increasing */
        return -log1p(-value);
    case PL_SCALE_IDENTITY:
        break;
    }
    return value;
}

static double from_scale(double scaled, enum pl_scale scale)
{
    switch (scale) {
    case PL_SCALE_LOGIT:
        return 1.0 / (1.0 + exp(-scaled));
    case PL_SCALE_FISHER:
        return tanh(scaled);
    case PL_SCALE_LOG:
        return exp(scaled);
    case PL_SCALE_LOG_BELOW_ONE:
        return -expm1(-scaled);
    case PL_SCALE_IDENTITY:
        break;
    }
    return scaled;
}

/* The standard error on the scale. */
static double scaled_se(const struct pl_stat *stat)
{
    const double value = stat->value;

    switch (stat->normal.scale) {
    case PL_SCALE_LOGIT:
        return stat->normal.se / (value * (1.0 - value));
    case PL_SCALE_FISHER:
        return stat->normal.se / ((1.0 - value) * (1.0 + value));
    case PL_SCALE_LOG:
        return stat->normal.se / value;
    case PL_SCALE_LOG_BELOW_ONE:
        return stat->normal.se / (1.0 - value);
    case PL_SCALE_IDENTITY:
        break;
    }
    return stat->normal.se;
}

/* Only of values between two ends is an edge value worth so many trials. */
static bool at_edge(const struct pl_stat *stat)
{
    if (stat->normal.scale != PL_SCALE_LOGIT && stat->normal.scale != PL_SCALE_FISHER)
        return false;
    return stat->value <= scale_floor(stat->normal.scale) ||
           stat->value >= scale_ceiling(stat->normal.scale);
}

/* The rate that an edge value stands for, and the way between the rate's range and the scale's. */
static struct pl_rate edge_rate(const struct pl_stat *stat)
{
    const double n = stat->normal.n_effective;

    assert(n > 0.0);
    return (struct pl_rate){.k = stat->value >= 1.0 ? n : 0.0, .n = n};
}

static double edge_to_rate(double value, enum pl_scale scale)
{
    return scale == PL_SCALE_FISHER ? 0.5 * (value + 1.0) : value;
}

static double edge_from_rate(double rate, enum pl_scale scale)
{
    return scale == PL_SCALE_FISHER ? 2.0 * rate - 1.0 : rate;
}

/* The bound on the side of `sign`: -1 low, 1 high. */
static double normal_bound(const struct pl_stat *stat, double alpha, double sign)
{
    const enum pl_scale scale = stat->normal.scale;

    if (at_edge(stat)) {
        const struct pl_rate rate = edge_rate(stat);

        return edge_from_rate(sign < 0.0 ? pl_exact_low(rate, alpha) : pl_exact_high(rate, alpha),
                              scale);
    }
    if (stat->normal.se <= 0.0)
        return stat->value;
    return from_scale(to_scale(stat->value, scale) +
                          sign * pl_student_upper_quantile(alpha, stat->normal.df) *
                              scaled_se(stat),
                      scale);
}

/* P(a value as far beyond the bound), for sign 1 above it and -1 below. */
static double normal_p(const struct pl_stat *stat, double bound, double sign)
{
    const enum pl_scale scale = stat->normal.scale;

    if (at_edge(stat)) {
        const struct pl_rate rate = edge_rate(stat);
        const double at = edge_to_rate(bound, scale);

        return sign > 0.0 ? pl_exact_p_above(rate, at) : pl_exact_p_below(rate, at);
    }
    if (stat->normal.se <= 0.0)
        return sign * (stat->value - bound) > 0.0 ? 0.0 : 1.0;
    if (bound <= scale_floor(scale))
        return sign > 0.0 ? 0.0 : 1.0;
    if (bound >= scale_ceiling(scale))
        return sign > 0.0 ? 1.0 : 0.0;

    const double distance = to_scale(stat->value, scale) - to_scale(bound, scale);

    return pl_student_sf(sign * distance / scaled_se(stat), stat->normal.df);
}

/* ---- distances that noise enlarges ---- */

/* The largest replicate that may be reached: P(noise >= x) = (1 + replicates >= x) / (count + 1). */
static double sample_quantile(const struct pl_stat *stat, double alpha)
{
    const size_t count = stat->biased.sample_count;
    const double allowed = floor(alpha * ((double)count + 1.0)) - 1.0;

    if (allowed >= 0.0)
        return stat->biased.sample[count - 1 - (size_t)fmin(allowed, (double)count - 1.0)];
    return fmax(stat->biased.sample[count - 1],
                stat->biased.spread *
                    pl_brownian_range_upper_quantile(alpha / stat->biased.family));
}

static double sample_p(const struct pl_stat *stat, double x)
{
    const size_t count = stat->biased.sample_count;
    size_t reached = 0;

    while (reached < count && stat->biased.sample[count - 1 - reached] >= x)
        reached++;

    const double p = (1.0 + (double)reached) / ((double)count + 1.0);

    if (reached > 0)
        return p;
    return fmin(p, stat->biased.family * pl_brownian_range_sf(x / stat->biased.spread));
}

static double noise_quantile(const struct pl_stat *stat, double alpha)
{
    switch (stat->biased.noise) {
    case PL_NOISE_KOLMOGOROV:
        return stat->biased.spread * pl_kolmogorov_upper_quantile(alpha);
    case PL_NOISE_KUIPER:
        return stat->biased.spread * pl_brownian_range_upper_quantile(alpha);
    case PL_NOISE_SAMPLE:
        return stat->biased.mean + sample_quantile(stat, alpha);
    case PL_NOISE_HALF_NORMALS:
        break;
    }
    return fmax(stat->biased.mean + stat->biased.spread * pl_normal_upper_quantile(alpha),
                stat->biased.se_high * pl_normal_upper_quantile(0.5 * alpha));
}

static double biased_low(const struct pl_stat *stat, double alpha)
{
    return fmax(0.0, stat->value - noise_quantile(stat, alpha));
}

static double biased_high(const struct pl_stat *stat, double alpha)
{
    return fmin(stat->biased.ceiling,
                stat->value + pl_normal_upper_quantile(alpha) * stat->biased.se_high);
}

static double biased_p_above(const struct pl_stat *stat, double bound)
{
    const double excess = stat->value - bound;

    if (bound < 0.0)
        return 0.0;
    if (excess <= 0.0)
        return 1.0;
    if (stat->biased.spread <= 0.0)
        return excess > stat->biased.mean ? 0.0 : 1.0;
    switch (stat->biased.noise) {
    case PL_NOISE_KOLMOGOROV:
        return pl_kolmogorov_sf(excess / stat->biased.spread);
    case PL_NOISE_KUIPER:
        return pl_brownian_range_sf(excess / stat->biased.spread);
    case PL_NOISE_SAMPLE:
        return sample_p(stat, excess - stat->biased.mean);
    case PL_NOISE_HALF_NORMALS:
        break;
    }
    return fmax(pl_normal_sf((excess - stat->biased.mean) / stat->biased.spread),
                2.0 * pl_normal_sf(excess / stat->biased.se_high));
}

static double biased_p_below(const struct pl_stat *stat, double bound)
{
    if (bound > stat->biased.ceiling)
        return 0.0;
    if (stat->biased.se_high <= 0.0)
        return stat->value < bound ? 0.0 : 1.0;
    return pl_normal_sf((bound - stat->value) / stat->biased.se_high);
}

/* ---- quantiles ---- */

/* How many values of the window are < bound, or <= bound. */
static size_t window_count(const struct pl_order_window *window, double bound, bool or_equal)
{
    size_t low = 0;
    size_t high = window->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const double value = window->values[middle];

        if (value < bound || (or_equal && value <= bound))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/*
 * P(Binomial(n, q) <= rank reached before window value i), which rises with i. Before the window
 * that number is 0, or its tail is below WINDOW_ALPHA, by what the window promises; so the chance
 * of 0 is never an understatement that a caller could see.
 */
static double tail_before(const struct pl_stat *stat, size_t i)
{
    const double rank = i == 0 ? 0.0 : stat->quantile.window.rank_last[i - 1];

    return fmax(WINDOW_ALPHA, pl_binomial_at_most(rank, stat->quantile.n, stat->quantile.q));
}

/* P(Binomial(n, q) >= rank reached with window value i), which falls as i rises. */
static double tail_from(const struct pl_stat *stat, size_t i)
{
    return fmax(WINDOW_ALPHA, pl_binomial_at_least(stat->quantile.window.rank_last[i],
                                                   stat->quantile.n, stat->quantile.q));
}

/* The largest window value with tail_before <= alpha. */
static double quantile_low(const struct pl_stat *stat, double alpha)
{
    size_t low = 0; /* values that serve */
    size_t high = stat->quantile.window.count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (tail_before(stat, middle) <= alpha)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? -HUGE_VAL : stat->quantile.window.values[low - 1];
}

/* The smallest window value with tail_from <= alpha. */
static double quantile_high(const struct pl_stat *stat, double alpha)
{
    size_t low = 0;
    size_t high = stat->quantile.window.count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (tail_from(stat, middle) <= alpha)
            high = middle;
        else
            low = middle + 1;
    }
    return low == stat->quantile.window.count ? HUGE_VAL : stat->quantile.window.values[low];
}

static double quantile_p_above(const struct pl_stat *stat, double bound)
{
    return tail_before(stat, window_count(&stat->quantile.window, bound, true));
}

static double quantile_p_below(const struct pl_stat *stat, double bound)
{
    const size_t below = window_count(&stat->quantile.window, bound, false);

    return below == 0 ? 1.0 : tail_from(stat, below - 1);
}

/* ---- all kinds ---- */

/* A mixture as the contrast of its two rates. */
struct mixture {
    struct pl_stat rates[2];
    struct pl_contrast contrast;
};

static void mixture_init(struct mixture *mixture, const struct pl_stat *stat)
{
    mixture->contrast.correlation = stat->mix.correlation;
    for (int i = 0; i < 2; i++) {
        const struct pl_rate rate = stat->mix.rates[i];

        mixture->rates[i] = (struct pl_stat){.kind = PL_STAT_RATE,
                                             .n = stat->n,
                                             .value = rate.k / rate.n,
                                             .rate = {.rate = rate, .df = stat->mix.df}};
        mixture->contrast.stats[i] = &mixture->rates[i];
        mixture->contrast.coefficients[i] = stat->mix.coefficients[i];
    }
}

double pl_stat_low(const struct pl_stat *stat, double alpha, enum pl_rate_method method)
{
    struct mixture mixture;

    assert(alpha > 0.0 && alpha <= 0.5);
    switch (stat->kind) {
    case PL_STAT_RATE:
        return rate_low(stat, alpha, method);
    case PL_STAT_MIX:
        mixture_init(&mixture, stat);
        return pl_contrast_low(&mixture.contrast, alpha, method);
    case PL_STAT_PRICED:
        return pl_priced_low(stat, alpha, method);
    case PL_STAT_CORRECTED:
        return pl_corrected_low(stat, alpha, method);
    case PL_STAT_NORMAL:
        return normal_bound(stat, alpha, -1.0);
    case PL_STAT_BIASED:
        return biased_low(stat, alpha);
    case PL_STAT_QUANTILE:
        return quantile_low(stat, alpha);
    case PL_STAT_UNBOUNDED:
        return -HUGE_VAL;
    case PL_STAT_NONE:
    case PL_STAT_EXACT:
        break;
    }
    assert(stat->kind == PL_STAT_EXACT);
    return stat->value;
}

double pl_stat_high(const struct pl_stat *stat, double alpha, enum pl_rate_method method)
{
    struct mixture mixture;

    assert(alpha > 0.0 && alpha <= 0.5);
    switch (stat->kind) {
    case PL_STAT_RATE:
        return rate_high(stat, alpha, method);
    case PL_STAT_MIX:
        mixture_init(&mixture, stat);
        return pl_contrast_high(&mixture.contrast, alpha, method);
    case PL_STAT_PRICED:
        return pl_priced_high(stat, alpha, method);
    case PL_STAT_CORRECTED:
        return pl_corrected_high(stat, alpha, method);
    case PL_STAT_NORMAL:
        return normal_bound(stat, alpha, 1.0);
    case PL_STAT_BIASED:
        return biased_high(stat, alpha);
    case PL_STAT_QUANTILE:
        return quantile_high(stat, alpha);
    case PL_STAT_UNBOUNDED:
        return HUGE_VAL;
    case PL_STAT_NONE:
    case PL_STAT_EXACT:
        break;
    }
    assert(stat->kind == PL_STAT_EXACT);
    return stat->value;
}

struct pl_estimate pl_stat_estimate(const struct pl_stat *stat, double confidence,
                                    enum pl_rate_method method)
{
    assert(confidence > 0.0 && confidence < 1.0);

    if (stat->kind == PL_STAT_NONE)
        return (struct pl_estimate){
            .n = stat->n, .status = PL_ESTIMATE_UNDEFINED, .reason = stat->reason};

    const double alpha = 0.5 * (1.0 - confidence);

    return (struct pl_estimate){
        .value = stat->value,
        .low = fmin(stat->value, pl_stat_low(stat, alpha, method)),
        .high = fmax(stat->value, pl_stat_high(stat, alpha, method)),
        .n = stat->n,
        .status = PL_ESTIMATE_OK,
    };
}

double pl_stat_tail_above(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    struct mixture mixture;

    switch (stat->kind) {
    case PL_STAT_RATE:
        return rate_p_above(stat, bound, method);
    case PL_STAT_MIX:
        mixture_init(&mixture, stat);
        return pl_contrast_p_above(&mixture.contrast, bound, method);
    case PL_STAT_PRICED:
        return pl_priced_p_above(stat, bound, method);
    case PL_STAT_CORRECTED:
        return pl_corrected_p_above(stat, bound, method);
    case PL_STAT_NORMAL:
        return normal_p(stat, bound, 1.0);
    case PL_STAT_BIASED:
        return biased_p_above(stat, bound);
    case PL_STAT_QUANTILE:
        return quantile_p_above(stat, bound);
    case PL_STAT_UNBOUNDED:
        return 1.0;
    case PL_STAT_NONE:
    case PL_STAT_EXACT:
        break;
    }
    assert(stat->kind == PL_STAT_EXACT);
    return stat->value > bound ? 0.0 : 1.0;
}

double pl_stat_tail_below(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    struct mixture mixture;

    switch (stat->kind) {
    case PL_STAT_RATE:
        return rate_p_below(stat, bound, method);
    case PL_STAT_MIX:
        mixture_init(&mixture, stat);
        return pl_contrast_p_below(&mixture.contrast, bound, method);
    case PL_STAT_PRICED:
        return pl_priced_p_below(stat, bound, method);
    case PL_STAT_CORRECTED:
        return pl_corrected_p_below(stat, bound, method);
    case PL_STAT_NORMAL:
        return normal_p(stat, bound, -1.0);
    case PL_STAT_BIASED:
        return biased_p_below(stat, bound);
    case PL_STAT_QUANTILE:
        return quantile_p_below(stat, bound);
    case PL_STAT_UNBOUNDED:
        return 1.0;
    case PL_STAT_NONE:
    case PL_STAT_EXACT:
        break;
    }
    assert(stat->kind == PL_STAT_EXACT);
    return stat->value < bound ? 0.0 : 1.0;
}

/* A p-value above one half does not reject even at alpha = 1/2, the largest there is. */
static double within_half(double p)
{
    return p > 0.5 ? 1.0 : p;
}

double pl_stat_p_above(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    return within_half(pl_stat_tail_above(stat, bound, method));
}

double pl_stat_p_below(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    return within_half(pl_stat_tail_below(stat, bound, method));
}

/* Degrees of freedom with so many times the sample; 0 stands for none. */
static double more_df(double df, double factor)
{
    return df <= 0.0 ? df : (df + 1.0) * factor - 1.0;
}

static void scale_rate(struct pl_rate *rate, double factor)
{
    rate->k *= factor;
    rate->n *= factor;
}

static void scale_corrected(struct pl_stat *stat, double factor)
{
    scale_rate(&stat->corrected.passed, factor);
    for (int i = 0; i < 3; i++) {
        scale_rate(&stat->corrected.rates[i], factor);
        stat->corrected.df[i] = more_df(stat->corrected.df[i], factor);
        stat->corrected.decisions[i] *= factor;
    }
}

struct pl_stat pl_stat_scaled(const struct pl_stat *stat, double factor)
{
    struct pl_stat scaled = *stat;

    switch (stat->kind) {
    case PL_STAT_RATE:
        scale_rate(&scaled.rate.rate, factor);
        scaled.rate.df = more_df(stat->rate.df, factor);
        break;
    case PL_STAT_MIX:
        scale_rate(&scaled.mix.rates[0], factor);
        scale_rate(&scaled.mix.rates[1], factor);
        scaled.mix.df = more_df(stat->mix.df, factor);
        break;
    case PL_STAT_PRICED:
        scaled.priced.factor *= factor;
        break;
    case PL_STAT_CORRECTED:
        scale_corrected(&scaled, factor);
        break;
    case PL_STAT_NORMAL:
        scaled.normal.se /= sqrt(factor);
        scaled.normal.df = more_df(stat->normal.df, factor);
        scaled.normal.n_effective *= factor;
        break;
    case PL_STAT_BIASED:
        scaled.biased.se_high /= sqrt(factor);
        scaled.biased.mean /= sqrt(factor);
        scaled.biased.spread /= sqrt(factor);
        break;
    case PL_STAT_NONE:
    case PL_STAT_EXACT:
    case PL_STAT_QUANTILE: /* the order statistics of more data are not known */
    case PL_STAT_UNBOUNDED:
        break;
    }
    return scaled;
}

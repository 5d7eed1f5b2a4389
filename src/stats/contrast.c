/*
 * Contrasts a A + b B and ratios A / B of two statistics, by the method of variance estimates
 * recovery (MOVER): each statistic's own bounds say how far it may be off in the direction that
 * matters, and the distances are put together as standard errors are.
 *
 * Lower bound of a A + b B. The adverse direction of A is down when a > 0 and up when a < 0. With
 * D_A = |a| (A - low_A) or |a| (high_A - A) accordingly, D_B likewise, and s = rho sign(a b),
 *
 *     low = a A + b B - sqrt(D_A^2 + D_B^2 + 2 s D_A D_B),
 *
 * since the variance of the sum is a^2 V_A + b^2 V_B + 2 a b rho sd_A sd_B. The upper bound is
 * minus the lower one of -a A - b B. With Wilson's bounds, a = 1, b = -1 and rho = 0 it is
 * Newcombe's hybrid score interval (R. G. Newcombe, Stat. Med. 17 (1998) 873, method 10).
 *
 * P-values. The alpha at which low(alpha) = c solves D_A(alpha)^2 + D_B(alpha)^2 + 2 s D_A D_B =
 * d^2 with d = value - c. Rather than search over alpha, which asks for two quantiles at each step,
 * the search goes along that ellipse: at an angle theta the distances are (D_A, D_B) = d (cos
 * theta, sin theta) / sqrt(1 + 2 s sin theta cos theta), each is a bound of its statistic, and each
 * such bound has a p-value in closed form. Along the arc p_A rises and p_B falls; where they meet
 * is the alpha sought. At any theta it lies between the two, so a few evaluations settle it: 4 to 8
 * for rates. Relative error below 1e-6 (about 1 us with
 * Wilson's bounds, 4 us with exact ones); results below 1e-300 are given as 1e-300, those above 1/2
 * as 1. At a jump (order statistics) the larger side is taken.
 *
 * Ratios. The r at which the contrast A - r B stops being rejected is the root of a quadratic
 * (A. Donner & G. Y. Zou, Stat. Methods Med. Res. 21 (2012) 347).
 */
#include "stats/contrast.h"

#include <assert.h>
#include <math.h>

#define STEPS_MAX 100

static const double P_SMALLEST = 1e-300;
static const double LOG_TOLERANCE = 1e-7;
static const double QUARTER_TURN = 1.5707963267948966192;

double pl_contrast_value(const struct pl_contrast *contrast)
{
    return contrast->coefficients[0] * contrast->stats[0]->value +
           contrast->coefficients[1] * contrast->stats[1]->value;
}

static struct pl_contrast negated(const struct pl_contrast *contrast)
{
    struct pl_contrast result = *contrast;

    result.coefficients[0] = -contrast->coefficients[0];
    result.coefficients[1] = -contrast->coefficients[1];
    return result;
}

/* rho with the sign that it has between the two distances. */
static double signed_correlation(const struct pl_contrast *contrast)
{
    return contrast->coefficients[0] * contrast->coefficients[1] < 0.0 ? -contrast->correlation
                                                                       : contrast->correlation;
}

/* How far coefficient x statistic i may lie below its value. */
static double distance_below(const struct pl_contrast *contrast, int i, double alpha,
                             enum pl_rate_method method)
{
    const struct pl_stat *stat = contrast->stats[i];
    const double coefficient = contrast->coefficients[i];

    if (coefficient > 0.0)
        return coefficient * fmax(0.0, stat->value - pl_stat_low(stat, alpha, method));
    if (coefficient < 0.0)
        return -coefficient * fmax(0.0, pl_stat_high(stat, alpha, method) - stat->value);
    return 0.0;
}

double pl_contrast_low(const struct pl_contrast *contrast, double alpha, enum pl_rate_method method)
{
    const double first = distance_below(contrast, 0, alpha, method);
    const double second = distance_below(contrast, 1, alpha, method);

    if (isinf(first) || isinf(second))
        return -HUGE_VAL;

    const double square =
        first * first + second * second + 2.0 * signed_correlation(contrast) * first * second;

    return pl_contrast_value(contrast) - sqrt(fmax(0.0, square));
}

double pl_contrast_high(const struct pl_contrast *contrast, double alpha,
                        enum pl_rate_method method)
{
    const struct pl_contrast mirror = negated(contrast);

    return -pl_contrast_low(&mirror, alpha, method);
}

/* The search along the arc; see the head of the file. */
struct arc {
    const struct pl_contrast *contrast;
    enum pl_rate_method method;
    double distance;
    double correlation;
    double distances[2]; /* at the angle last looked at, and their log p-values */
    double logs[2];
};

/* ln of the p-value of statistic i at its own bound `distance` away, between ln 1e-300 and 0. */
static double log_p(const struct arc *arc, int i, double distance)
{
    const struct pl_stat *stat = arc->contrast->stats[i];
    const double coefficient = arc->contrast->coefficients[i];
    const double bound = stat->value - distance / coefficient;
    const double p = coefficient > 0.0 ? pl_stat_tail_above(stat, bound, arc->method)
                                       : pl_stat_tail_below(stat, bound, arc->method);

    return log(fmin(1.0, fmax(P_SMALLEST, p)));
}

/* ln p_A - ln p_B at the angle. */
static double arc_at(struct arc *arc, double theta)
{
    const double x = cos(theta);
    const double y = sin(theta);
    const double scale = arc->distance / sqrt(fmax(1e-12, 1.0 + 2.0 * arc->correlation * x * y));

    arc->distances[0] = scale * x;
    arc->distances[1] = scale * y;
    for (int i = 0; i < 2; i++)
        arc->logs[i] = log_p(arc, i, arc->distances[i]);
    return arc->logs[0] - arc->logs[1];
}

/*
 * The angle at which the two p-values would meet if each fell as a normal tail does, with the
 * standard errors that the last evaluation shows: p ~ exp(-(D / se)^2 / 2).
 */
static double arc_guess(const struct arc *arc)
{
    const double first = arc->distances[0] / sqrt(fmax(1e-3, -arc->logs[0]));
    const double second = arc->distances[1] / sqrt(fmax(1e-3, -arc->logs[1]));

    return atan2(second, first);
}

/* Whether statistic i cannot lie on the adverse side of its value at all. */
static bool is_fixed(const struct pl_contrast *contrast, int i)
{
    const struct pl_stat *stat = contrast->stats[i];
    const double coefficient = contrast->coefficients[i];

    if (coefficient > 0.0 && stat->kind == PL_STAT_RATE)
        return stat->rate.rate.k <= 0.0;
    if (coefficient < 0.0 && stat->kind == PL_STAT_RATE)
        return stat->rate.rate.k >= stat->rate.rate.n;
    return !(coefficient < 0.0 || coefficient > 0.0) || stat->kind == PL_STAT_EXACT;
}

struct bracket {
    double low; /* p_A < p_B here, with ln p_B */
    double low_log;
    double high; /* p_A > p_B here, with ln p_A */
    double high_log;
};

static void bracket_narrow(struct bracket *bracket, const struct arc *arc, double theta,
                           double error)
{
    if (error < 0.0) {
        bracket->low = theta;
        bracket->low_log = arc->logs[1];
    } else {
        bracket->high = theta;
        bracket->high_log = arc->logs[0];
    }
}

/* ln alpha where the p-values meet, by the secant method kept inside a bracket. */
static double arc_solve(struct arc *arc)
{
    struct bracket bracket = {.low = 0.0, .high = QUARTER_TURN};
    double theta = 0.5 * QUARTER_TURN;
    double error = arc_at(arc, theta);
    double next = arc_guess(arc);

    for (int step = 0; step < STEPS_MAX && fabs(error) > LOG_TOLERANCE; step++) {
        const double before = theta;
        const double error_before = error;
        const double width = bracket.high - bracket.low;

        if (fmax(arc->logs[0], arc->logs[1]) <= log(P_SMALLEST) ||
            fmin(arc->logs[0], arc->logs[1]) > log(0.5))
            return fmax(arc->logs[0], arc->logs[1]);
        bracket_narrow(&bracket, arc, theta, error);
        if (bracket.high - bracket.low < 1e-13)
            return fmin(bracket.low_log, bracket.high_log);
        if (!(next > bracket.low && next < bracket.high) ||
            (step > 6 && bracket.high - bracket.low > 0.5 * width))
            next = 0.5 * (bracket.low + bracket.high);
        theta = next;
        error = arc_at(arc, theta);
        next = theta - error * (theta - before) / (error - error_before);
    }
    return 0.5 * (arc->logs[0] + arc->logs[1]);
}

double pl_contrast_p_above(const struct pl_contrast *contrast, double bound,
                           enum pl_rate_method method)
{
    struct arc arc = {
        .contrast = contrast,
        .method = method,
        .distance = pl_contrast_value(contrast) - bound,
        .correlation = signed_correlation(contrast),
    };
    double result = 0.0;

    if (arc.distance <= 0.0)
        return 1.0;
    if (is_fixed(contrast, 0) && is_fixed(contrast, 1))
        return P_SMALLEST;
    if (is_fixed(contrast, 0))
        result = log_p(&arc, 1, arc.distance);
    else if (is_fixed(contrast, 1))
        result = log_p(&arc, 0, arc.distance);
    else
        result = arc_solve(&arc);
    return result > log(0.5) ? 1.0 : exp(result);
}

double pl_contrast_p_below(const struct pl_contrast *contrast, double bound,
                           enum pl_rate_method method)
{
    const struct pl_contrast mirror = negated(contrast);

    return pl_contrast_p_above(&mirror, -bound, method);
}

/*
 * The equation of the bounds, (a - r b)^2 = D_A^2 + r^2 D_B^2 - 2 rho r D_A D_B, is
 * square r^2 - 2 middle r + constant = 0, and its smaller root is the lower bound.
 */
double pl_bounds_ratio_low(const struct pl_bounds *a, const struct pl_bounds *b, double correlation)
{
    const double low = fmax(0.0, a->low);

    if (low <= 0.0 || isinf(b->high))
        return 0.0;

    const double square = b->high * (2.0 * b->value - b->high);
    const double middle =
        a->value * b->value - correlation * (a->value - low) * (b->high - b->value);
    const double constant = low * (2.0 * a->value - low);
    const double root = sqrt(fmax(0.0, middle * middle - square * constant));

    return constant / (middle + root);
}

double pl_bounds_ratio_high(const struct pl_bounds *a, const struct pl_bounds *b,
                            double correlation)
{
    const double low = fmax(0.0, b->low);

    if (low <= 0.0 || isinf(a->high))
        return HUGE_VAL;

    const double square = low * (2.0 * b->value - low);
    const double middle =
        a->value * b->value - correlation * (a->high - a->value) * (b->value - low);
    const double constant = a->high * (2.0 * a->value - a->high);
    const double root = sqrt(fmax(0.0, middle * middle - square * constant));

    return (middle + root) / square;
}

struct pl_bounds pl_stat_bounds(const struct pl_stat *stat, double alpha,
                                enum pl_rate_method method)
{
    return (struct pl_bounds){
        .value = stat->value,
        .low = pl_stat_low(stat, alpha, method),
        .high = pl_stat_high(stat, alpha, method),
    };
}

double pl_ratio_low(const struct pl_stat *a, const struct pl_stat *b, double correlation,
                    double alpha, enum pl_rate_method method)
{
    const struct pl_bounds first = pl_stat_bounds(a, alpha, method);
    const struct pl_bounds second = pl_stat_bounds(b, alpha, method);

    return pl_bounds_ratio_low(&first, &second, correlation);
}

double pl_ratio_high(const struct pl_stat *a, const struct pl_stat *b, double correlation,
                     double alpha, enum pl_rate_method method)
{
    const struct pl_bounds first = pl_stat_bounds(a, alpha, method);
    const struct pl_bounds second = pl_stat_bounds(b, alpha, method);

    return pl_bounds_ratio_high(&first, &second, correlation);
}

/*
 * A judge's share, corrected.
 *
 * By rates: theta = (p + q0 - 1) / (q0 + q1 - 1) (W. J. Rogan & B. Gladen, Am. J. Epidemiol. 107 (1978) 71),
 * which is to say that C(t) = p - t q1 - (1 - t)(1 - q0) is 0 at t = theta. All t are kept at which C(t) = 0
 * is not rejected (as E. C. Fieller, J. R. Stat. Soc. B 16 (1954) 175, does for ratios), the bounds of C(t)
 * being put together from those of the three independent rates by MOVER (G. Y. Zou & A. Donner, Stat. Med.
 * 27 (2008) 1693):
 *
 *     C(t) > 0 at alpha when C(t) > 0 and
 *     C(t)^2 > (p - low p)^2 + t^2 (high q1 - q1)^2 + (1 - t)^2 (q0 - low q0)^2.
 *
 * Both sides are quadratic in t, so that the bound is a root. A judge that is no better than chance at
 * alpha rejects nothing, and the bounds are 0 and 1. A share beyond 1 - q0 or q1, which no theta gives, is
 * taken for the nearest, so that the interval is never empty. Simulated errors stand in docs/statistics.md
 * (tests/prop/stats/judges.c); beside them those of Z. Lang & J. Reiczigel, Prev. Vet. Med. 113 (2014) 13,
 * whose formulas are below too.
 *
 * By cases: see prediction_powered.c; the sum of shares of the cases that people saw is bounded by priced.c and
 * put together with the judge's own share by MOVER.
 */
#include "stats/corrected.h"

#include "stats/effective_rate.h"
#include "stats/invert.h"
#include "stats/normal.h"
#include "stats/priced.h"
#include "stats/proportion.h"

#include <math.h>

enum { SPECIFICITY, SENSITIVITY };

/* Where they stand in `df` and `decisions`. */
enum { OF_PASSED, OF_SPECIFICITY, OF_SENSITIVITY };

/* A judge must be better than chance at this one-sided level. */
static const double CHANCE_ALPHA = 0.025;

/* What it passes must not lie beyond its own errors at this one. */
static const double MISFIT_ALPHA = 0.001;

static double share(struct pl_rate rate)
{
    return rate.k / rate.n;
}

/* How far a rate may lie below (sign -1) or above (1) what was seen. */
static double reach(struct pl_rate rate, double alpha, enum pl_rate_method method, double sign)
{
    const double bound =
        sign < 0.0
            ? (method == PL_RATE_EXACT ? pl_exact_low(rate, alpha) : pl_wilson_low(rate, alpha))
            : (method == PL_RATE_EXACT ? pl_exact_high(rate, alpha) : pl_wilson_high(rate, alpha));

    return fmax(0.0, sign * (bound - share(rate)));
}

/* ---- by rates ---- */

/* As reach, of effective counts with few degrees of freedom. */
static double reach_of(const struct pl_stat *stat, int which, double alpha,
                       enum pl_rate_method method, double sign)
{
    const struct pl_rate *rates = stat->corrected.rates;
    const struct pl_stat rate = {
        .kind = PL_STAT_RATE,
        .n = (uint64_t)stat->corrected.decisions[which],
        .rate = {.rate = which == OF_PASSED ? stat->corrected.passed : rates[which - 1],
                 .df = stat->corrected.df[which]},
    };

    return reach(pl_rate_at_level(&rate, alpha), alpha, method, sign);
}

/*
 * sign C(t) > 0 and its square above the radius is a_2 t^2 + a_1 t + a_0 > 0 with the signs turned so that
 * the lower bound (sign 1) walks up from t = 0, and the upper one (-1) down from 1, as u = 1 - t.
 */
struct walk {
    double start; /* sign C where u = 0 */
    double slope; /* how fast that falls with u */
    double a0;
    double a1;
    double a2;
};

static double squared(double x)
{
    return x * x;
}

/* Where more, or fewer, were passed than any theta gives, the nearest: else the interval would be empty. */
static struct pl_stat brought_within(const struct pl_stat *stat, double sign)
{
    const double n = stat->corrected.passed.n;
    const double p = share(stat->corrected.passed);
    const double least = 1.0 - share(stat->corrected.rates[SPECIFICITY]);
    const double most = share(stat->corrected.rates[SENSITIVITY]);
    struct pl_stat within = *stat;

    within.corrected.passed.k = n * (sign > 0.0 ? fmin(p, most) : fmax(p, least));
    return within;
}

static struct walk walk_of(const struct pl_stat *stat, double alpha, enum pl_rate_method method,
                           double sign)
{
    const struct pl_stat within = brought_within(stat, sign);
    const double q0 = share(stat->corrected.rates[SPECIFICITY]);
    const double q1 = share(stat->corrected.rates[SENSITIVITY]);
    const double p = share(within.corrected.passed);
    const double passed = squared(reach_of(&within, OF_PASSED, alpha, method, -sign));
    const double specific = squared(reach_of(stat, OF_SPECIFICITY, alpha, method, -sign));
    const double sensitive = squared(reach_of(stat, OF_SENSITIVITY, alpha, method, sign));
    const double near = sign > 0.0 ? specific : sensitive; /* of the rate that counts at u = 0 */
    const double far = sign > 0.0 ? sensitive : specific;
    struct walk walk = {
        .start = sign > 0.0 ? p - (1.0 - q0) : q1 - p,
        .slope = q0 + q1 - 1.0,
    };

    walk.a0 = squared(walk.start) - passed - near;
    walk.a1 = -2.0 * walk.start * walk.slope + 2.0 * near;
    walk.a2 = squared(walk.slope) - near - far;
    return walk;
}

/* The first u in [0, 1] at which 0 is no longer rejected. */
static double first_kept(const struct walk *walk)
{
    const double root_squared = squared(walk->a1) - 4.0 * walk->a2 * walk->a0;
    double u = 1.0;

    if (walk->start <= 0.0 || walk->slope <= 0.0 || walk->a0 <= 0.0)
        return 0.0;
    u = fmin(u, walk->start / walk->slope);
    if (root_squared < 0.0)
        return u;

    /* The roots without cancellation: their product is a0 / a2. */
    const double q = -0.5 * (walk->a1 + copysign(sqrt(root_squared), walk->a1));
    const double roots[2] = {q / walk->a2, walk->a0 / q};

    for (int i = 0; i < 2; i++)
        if (roots[i] > 0.0)
            u = fmin(u, roots[i]);
    return u;
}

static double by_rates(const struct pl_stat *stat, double alpha, enum pl_rate_method method,
                       double sign)
{
    const struct walk walk = walk_of(stat, alpha, method, -sign);
    const double u = first_kept(&walk);

    return sign < 0.0 ? u : 1.0 - u;
}

/* ---- by cases ---- */

static double by_cases(const struct pl_stat *stat, double alpha, enum pl_rate_method method,
                       double sign)
{
    struct pl_priced_share shares[3];
    double sum = stat->corrected.base;

    for (int i = 0; i < 3; i++) {
        shares[i] = (struct pl_priced_share){stat->corrected.rates[i], stat->corrected.prices[i]};
        sum += stat->corrected.prices[i] * share(stat->corrected.rates[i]);
    }

    const struct pl_stat people = {.kind = PL_STAT_PRICED,
                                   .value = sum,
                                   .priced = {.shares = shares, .count = 3, .factor = 1.0}};
    const double bound =
        sign < 0.0 ? pl_priced_low(&people, alpha, method) : pl_priced_high(&people, alpha, method);
    const double judge =
        stat->corrected.lambda * reach(stat->corrected.passed, alpha, method, sign);

    return fmin(1.0, fmax(0.0, sum + sign * hypot(bound - sum, judge)));
}

/* ---- both ---- */

static double bound_at(const struct pl_stat *stat, double alpha, enum pl_rate_method method,
                       double sign)
{
    return stat->corrected.correction == PL_CORRECTION_BY_RATES
               ? by_rates(stat, alpha, method, sign)
               : by_cases(stat, alpha, method, sign);
}

double pl_corrected_low(const struct pl_stat *stat, double alpha, enum pl_rate_method method)
{
    return bound_at(stat, alpha, method, -1.0);
}

double pl_corrected_high(const struct pl_stat *stat, double alpha, enum pl_rate_method method)
{
    return bound_at(stat, alpha, method, 1.0);
}

/* A test of the side of `sign`: that the value lies beyond `bound` there. */
struct side {
    const struct pl_stat *stat;
    double bound;
    enum pl_rate_method method;
    double sign;
};

static bool rejects(const void *context, double alpha)
{
    const struct side *side = context;

    return side->sign * (bound_at(side->stat, alpha, side->method, -side->sign) - side->bound) >
           0.0;
}

double pl_corrected_p_above(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    const struct side side = {stat, bound, method, 1.0};

    return pl_invert_p(rejects, &side);
}

double pl_corrected_p_below(const struct pl_stat *stat, double bound, enum pl_rate_method method)
{
    const struct side side = {stat, bound, method, -1.0};

    return pl_invert_p(rejects, &side);
}

/* ---- Rogan and Gladen ---- */

static bool is_chance(const struct pl_stat *stat)
{
    const double better =
        share(stat->corrected.rates[SPECIFICITY]) + share(stat->corrected.rates[SENSITIVITY]) - 1.0;

    return better <= hypot(reach_of(stat, OF_SPECIFICITY, CHANCE_ALPHA, PL_RATE_WILSON, -1.0),
                           reach_of(stat, OF_SENSITIVITY, CHANCE_ALPHA, PL_RATE_WILSON, -1.0));
}

/* More passed than even if all were right, or fewer than even if none were. */
static bool is_misfit(const struct pl_stat *stat)
{
    const double p = share(stat->corrected.passed);
    const double more = p - share(stat->corrected.rates[SENSITIVITY]);
    const double fewer = 1.0 - share(stat->corrected.rates[SPECIFICITY]) - p;

    return more > hypot(reach_of(stat, OF_PASSED, MISFIT_ALPHA, PL_RATE_WILSON, -1.0),
                        reach_of(stat, OF_SENSITIVITY, MISFIT_ALPHA, PL_RATE_WILSON, 1.0)) ||
           fewer > hypot(reach_of(stat, OF_PASSED, MISFIT_ALPHA, PL_RATE_WILSON, 1.0),
                         reach_of(stat, OF_SPECIFICITY, MISFIT_ALPHA, PL_RATE_WILSON, 1.0));
}

/* `stat` has the rates and all that belongs to them. */
static struct pl_stat corrected_by_rates(struct pl_stat stat)
{
    const struct pl_judged judged = {
        .passed = stat.corrected.passed,
        .specificity = stat.corrected.rates[SPECIFICITY],
        .sensitivity = stat.corrected.rates[SENSITIVITY],
    };
    enum pl_undefined reason = PL_DEFINED;

    if (judged.passed.n <= 0.0)
        reason = PL_UNDEFINED_NO_DECISIONS;
    else if (judged.specificity.n <= 0.0 || judged.sensitivity.n <= 0.0)
        reason = PL_UNDEFINED_NO_CALIBRATION;
    else if (is_chance(&stat))
        reason = PL_UNDEFINED_JUDGE_IS_CHANCE;
    else if (is_misfit(&stat))
        reason = PL_UNDEFINED_JUDGE_MISFIT;
    if (reason != PL_DEFINED)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = reason, .n = stat.n};
    stat.value = fmin(1.0, fmax(0.0, pl_rogan_gladen_unclipped(&judged).value));
    return stat;
}

struct pl_stat pl_rogan_gladen(const struct pl_judged *judged)
{
    return corrected_by_rates((struct pl_stat){
        .kind = PL_STAT_CORRECTED,
        .n = judged->n,
        .corrected = {.correction = PL_CORRECTION_BY_RATES,
                      .passed = judged->passed,
                      .rates = {judged->specificity, judged->sensitivity}},
    });
}

static struct pl_rate rate_of(const struct pl_stat *stat)
{
    return stat->kind == PL_STAT_RATE ? stat->rate.rate : (struct pl_rate){0};
}

struct pl_stat pl_rogan_gladen_grouped(const struct pl_judged_groups *judged)
{
    const struct pl_stat *stats[3] = {&judged->passed, &judged->specificity, &judged->sensitivity};
    struct pl_stat stat = {
        .kind = PL_STAT_CORRECTED,
        .n = judged->passed.n,
        .corrected = {.correction = PL_CORRECTION_BY_RATES,
                      .passed = rate_of(stats[OF_PASSED]),
                      .rates = {rate_of(stats[OF_SPECIFICITY]), rate_of(stats[OF_SENSITIVITY])}},
    };

    for (int i = 0; i < 3; i++) {
        stat.corrected.df[i] = stats[i]->kind == PL_STAT_RATE ? stats[i]->rate.df : 0.0;
        stat.corrected.decisions[i] = (double)stats[i]->n;
    }
    return corrected_by_rates(stat);
}

/* The three rates, and how many stand behind each. */
struct plug_in {
    double p;
    double q0;
    double q1;
    double n;
    double m0;
    double m1;
};

static double plug_in_value(const struct plug_in *in)
{
    return (in->p + in->q0 - 1.0) / (in->q0 + in->q1 - 1.0);
}

static double plug_in_se(const struct plug_in *in)
{
    const double theta = plug_in_value(in);

    return sqrt(in->p * (1.0 - in->p) / in->n +
                squared(1.0 - theta) * in->q0 * (1.0 - in->q0) / in->m0 +
                squared(theta) * in->q1 * (1.0 - in->q1) / in->m1) /
           (in->q0 + in->q1 - 1.0);
}

struct pl_rogan_gladen_raw pl_rogan_gladen_unclipped(const struct pl_judged *judged)
{
    const struct plug_in in = {
        .p = share(judged->passed),
        .q0 = share(judged->specificity),
        .q1 = share(judged->sensitivity),
        .n = judged->passed.n,
        .m0 = judged->specificity.n,
        .m1 = judged->sensitivity.n,
    };

    return (struct pl_rogan_gladen_raw){.value = plug_in_value(&in), .se = plug_in_se(&in)};
}

struct pl_estimate pl_rogan_gladen_lang_reiczigel(const struct pl_judged *judged, double confidence)
{
    const struct pl_stat stat = pl_rogan_gladen(judged);
    const double z = pl_normal_upper_quantile(0.5 * (1.0 - confidence));
    const struct plug_in in = {
        .p = (judged->passed.k + 0.5 * z * z) / (judged->passed.n + z * z),
        .q0 = (judged->specificity.k + 1.0) / (judged->specificity.n + 2.0),
        .q1 = (judged->sensitivity.k + 1.0) / (judged->sensitivity.n + 2.0),
        .n = judged->passed.n + z * z,
        .m0 = judged->specificity.n + 2.0,
        .m1 = judged->sensitivity.n + 2.0,
    };

    if (stat.kind == PL_STAT_NONE)
        return (struct pl_estimate){
            .n = stat.n, .status = PL_ESTIMATE_UNDEFINED, .reason = stat.reason};

    const double theta = plug_in_value(&in);
    const double shift =
        2.0 * z * z *
        (theta * in.q1 * (1.0 - in.q1) / in.m1 - (1.0 - theta) * in.q0 * (1.0 - in.q0) / in.m0);
    const double half = z * plug_in_se(&in);

    return (struct pl_estimate){
        .value = stat.value,
        .low = fmin(stat.value, fmax(0.0, theta + shift - half)),
        .high = fmax(stat.value, fmin(1.0, theta + shift + half)),
        .n = stat.n,
        .status = PL_ESTIMATE_OK,
    };
}

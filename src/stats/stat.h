/*
 * A statistic: all that one measure in one slice needs to give a value, an interval at any level
 * and the p-value of a test against a bound. Pure values; safe in any thread. Every bound is
 * one-sided: low(alpha) is at most the true value, and high(alpha) at least, each with probability
 * of at least about 1 - alpha, for 0 < alpha < 0.5. Two-sided intervals at confidence c use alpha =
 * (1 - c) / 2.
 */
#ifndef PL_STATS_STAT_H
#define PL_STATS_STAT_H

#include "stats/estimate.h"

#include <stdbool.h>
#include <stddef.h>

/* How a rate's bounds are found: the score interval (Wilson 1927) or the exact one
   (Clopper & Pearson 1934). */
enum pl_rate_method { PL_RATE_WILSON, PL_RATE_EXACT };

enum pl_stat_kind {
    PL_STAT_NONE,      /* undefined: see `reason` */
    PL_STAT_EXACT,     /* known without error: a count */
    PL_STAT_RATE,      /* k of n, or a monotone function of one */
    PL_STAT_MIX,       /* c1 * rate1 + c2 * rate2, of one sample or of two */
    PL_STAT_PRICED,    /* a sum of shares of one sample, each at its price: a mean cost */
    PL_STAT_CORRECTED, /* a share that a judge saw, corrected for the judge's errors */
    PL_STAT_NORMAL,    /* estimate and standard error on a scale where it is near normal or t */
    PL_STAT_BIASED,   /* a distance that noise can only enlarge: calibration error, KS separation */
    PL_STAT_QUANTILE, /* order statistics */
    PL_STAT_UNBOUNDED, /* a value of which nobody knows how uncertain it is */
};

/* A rate. k and n are counts, or effective counts (real numbers) when decisions carry weights. */
struct pl_rate {
    double k;
    double n;
};

/* What a rate is turned into before it is shown; all are increasing. */
enum pl_rate_shape {
    PL_RATE_AS_IS,
    PL_RATE_JACCARD_TO_F1, /* 2 r / (1 + r): F1 from TP / (TP + FP + FN) */
    PL_RATE_ODDS,          /* r / (1 - r): FN / FP from FN / (FN + FP); bounds may be infinite */
};

/* The scale on which a PL_STAT_NORMAL is near normal. */
enum pl_scale {
    PL_SCALE_IDENTITY,
    PL_SCALE_LOGIT,         /* values in (0, 1): AUC, average precision */
    PL_SCALE_FISHER,        /* values in (-1, 1): a correlation */
    PL_SCALE_LOG,           /* values above 0: an index of inequality, a mean squared error */
    PL_SCALE_LOG_BELOW_ONE, /* ln(1 - value), values below 1: r2 */
};

/*
 * A distance D >= 0 whose estimate is E >= T for some unbiased normal T of D with standard error
 * `se_high`, and E <= D + N for a noise N with P(N > noise_quantile(alpha)) <= alpha. So
 * high(alpha) = E + z(alpha) se_high and low(alpha) = max(0, E - noise_quantile(alpha)).
 */
enum pl_noise {
    PL_NOISE_HALF_NORMALS, /* a weighted sum of half-normals (binned calibration): mean + z * spread, and at
                              least what one alone can reach, z(alpha / 2) * se_high */
    PL_NOISE_KOLMOGOROV, /* spread * K^-1(1 - alpha): sup of a Brownian bridge (KS separation) */
    PL_NOISE_KUIPER,     /* spread * range of a Brownian motion (ecce) */
    PL_NOISE_SAMPLE, /* mean + a law known by replicates (multicalibration error); beyond the largest
                            of them, as PL_NOISE_KUIPER at alpha / family */
};

/* Order statistics near a quantile: values[i] is the value with ranks up to rank_last[i] (1-based,
   cumulative counts), ascending and distinct, wide enough for any alpha >= 1e-12: it holds every
   rank that pl_quantile_ranks names. With weights, ranks and n are effective counts. */
struct pl_order_window {
    const double *values;
    const double *rank_last;
    size_t count;
};

/* The share of a sample that is of one kind, and what each of that kind is worth. */
struct pl_priced_share {
    struct pl_rate rate;
    double price;
};

/* How the share that a judge passed becomes the share that people would pass. */
enum pl_correction {
    PL_CORRECTION_BY_RATES, /* (p + q0 - 1) / (q0 + q1 - 1); rates: specificity q0, sensitivity q1 */
    PL_CORRECTION_BY_CASES, /* base + sum of prices * rates, moving with p by lambda; rates: of the cases
                               that people saw too, those that both pass, only people, only the judge */
};

struct pl_stat {
    enum pl_stat_kind kind;
    enum pl_undefined reason; /* PL_DEFINED unless kind is PL_STAT_NONE */
    uint64_t n;               /* decisions behind it */
    double value;
    union {
        struct {
            struct pl_rate rate;
            enum pl_rate_shape shape;
            double df; /* above 0: k and n come from an estimated variance with these degrees of
                          freedom, that of clusters; 0: they are counts. See effective_rate.h */
        } rate;
        struct {
            struct pl_rate rates[2];
            double coefficients[2];
            double correlation; /* of the two estimated rates: 0 when they are of two samples */
            double df;          /* of both, as that of a rate */
        } mix;
        struct {
            const struct pl_priced_share *shares; /* disjoint; what is left over has price 0 */
            size_t count;
            double base;   /* added to the sum */
            double factor; /* of the numbers in all rates: 1, or as if there were more data */
        } priced;
        struct {
            enum pl_correction correction;
            struct pl_rate passed; /* by the judge */
            struct pl_rate rates[3];
            double
                df[3]; /* of what was passed and of the first two rates, as that of a rate, and */
            double decisions[3]; /* behind each; read where df is above 0 */
            double prices[3];    /* these three for PL_CORRECTION_BY_CASES */
            double base;
            double lambda;
        } corrected;
        struct {
            double se; /* on the natural scale; 0 is allowed */
            double df; /* Student's degrees of freedom; INFINITY: normal */
            enum pl_scale scale;
            double n_effective; /* above 0: for the bounds at the very edge (an AUC of 1): see
                                   stat.c */
        } normal;
        struct {
            enum pl_noise noise;
            double se_high;
            double mean;
            double spread;
            double ceiling;       /* the largest possible value; INFINITY when there is none */
            const double *sample; /* PL_NOISE_SAMPLE: replicates, ascending, at least one */
            size_t sample_count;
            double family;
        } biased;
        struct {
            double q;
            double n;
            struct pl_order_window window;
        } quantile;
    };
};

/*
 * One-sided bounds at `alpha`, 0 < alpha <= 0.5; the statistic must be defined. `method` matters to
 * rates (and sums of them) only. A quantile of a sample too small for any order statistic to
 * bound it has the bounds -INFINITY and INFINITY, and so has what is PL_STAT_UNBOUNDED; odds that may
 * be without end have the upper bound INFINITY; all others are finite.
 */
double pl_stat_low(const struct pl_stat *stat, double alpha, enum pl_rate_method method);
double pl_stat_high(const struct pl_stat *stat, double alpha, enum pl_rate_method method);

/* The two-sided estimate at `confidence`; undefined when the statistic is. Low <= value <= high;
   infinite where the bounds are. */
struct pl_estimate pl_stat_estimate(const struct pl_stat *stat, double confidence,
                                    enum pl_rate_method method);

/*
 * P-values of the one-sided tests whose inversion gives the bounds: the smallest alpha at which
 * low(alpha) > bound (the value is truly above), or high(alpha) < bound. 1 when even alpha = 0.5
 * does not reject. Closed form, to the precision of the distribution, for all kinds but
 * PL_STAT_MIX, which is as precise as a contrast, and PL_STAT_PRICED and PL_STAT_CORRECTED, which are
 * found by bisection to 1e-9; a quantile's is never below 1e-12.
 */
double pl_stat_p_above(const struct pl_stat *stat, double bound, enum pl_rate_method method);
double pl_stat_p_below(const struct pl_stat *stat, double bound, enum pl_rate_method method);

/* The same as if there were `factor` times as many decisions and the value stayed what it is. A count,
   and a quantile, whose further order statistics nobody knows, stay as they are. */
struct pl_stat pl_stat_scaled(const struct pl_stat *stat, double factor);

/*
 * A contrast a * A + b * B of two statistics by the method of variance estimates recovery (MOVER;
 * Zou & Donner, Stat. Med. 27 (2008) 1693): the bounds follow from those of A and B, so they keep
 * their shape near the edges. `correlation` is that of the two estimates (0: independent).
 * P-values have a relative error below 1e-6; those below 1e-300 are given as 1e-300.
 */
struct pl_contrast {
    const struct pl_stat *stats[2];
    double coefficients[2];
    double correlation;
};

double pl_contrast_value(const struct pl_contrast *contrast);
double pl_contrast_low(const struct pl_contrast *contrast, double alpha,
                       enum pl_rate_method method);
double pl_contrast_high(const struct pl_contrast *contrast, double alpha,
                        enum pl_rate_method method);
double pl_contrast_p_above(const struct pl_contrast *contrast, double bound,
                           enum pl_rate_method method);
double pl_contrast_p_below(const struct pl_contrast *contrast, double bound,
                           enum pl_rate_method method);

/*
 * Bounds of the ratio A / B of two non-negative statistics: the r at which the contrast A - r B
 * stops being rejected (MOVER-R; Donner & Zou, Stat. Methods Med. Res. 21 (2012) 347). The upper
 * bound is INFINITY when B may be 0. B's value must not be 0 for `value`.
 */
double pl_ratio_low(const struct pl_stat *a, const struct pl_stat *b, double correlation,
                    double alpha, enum pl_rate_method method);
double pl_ratio_high(const struct pl_stat *a, const struct pl_stat *b, double correlation,
                     double alpha, enum pl_rate_method method);

#endif

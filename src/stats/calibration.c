/*
 * Whether predicted probabilities come true, in one ascending pass over tied probabilities. The
 * residual of a decision is r = y - p.
 *
 * Binned error. The sum over equal-mass bins of |sum of w r| / W. Of a perfectly calibrated model
 * each bin gives the absolute value of a normal of mean 0, so that the noise has mean sqrt(2 / pi)
 * sum s_b and variance (1 - 2 / pi) sum s_b^2. There s_b^2 is the variance of the bin's part: the
 * larger of sum w^2 (r - mean r)^2 (with Bessel's correction) and sum w^2 p (1 - p), over W^2; the
 * second is for bins whose outcomes are all alike. The sum of the residuals with the true signs is
 * unbiased for the true error, never above the estimate, and has standard error sqrt(sum s_b^2),
 * which gives the upper bound (see stat.h).
 *
 * Cumulative error. The range of the cumulated sums of w r / W, 0 included. Of a perfectly
 * calibrated model it is sqrt(sum w^2 p (1 - p)) / W times the range of a Brownian motion.
 *
 * Valid for probabilities in [0, 1]. Agrees with scikit-learn and NumPy to 1e-12
 * (tests/reference/stats/calibration.csv). Sources: C. Guo, G. Pleiss, Y. Sun & K. Weinberger, ICML
 * 2017 (binned error); Arrieta-Ibarra et al., J. Machine Learning Research 23 (2022) 351 (ECCE-R).
 */
#include "stats/calibration.h"

#include "stats/kolmogorov.h"

#include <assert.h>
#include <float.h>
#include <math.h>

static const double TWO_OVER_PI = 0.63661977236758134308;

void pl_calibration_init(struct pl_calibration *calibration, const struct pl_roc_totals *totals,
                         uint32_t bins)
{
    assert(bins > 0);
    *calibration = (struct pl_calibration){.totals = *totals, .bins = bins};
}

static double total_weight(const struct pl_calibration *calibration)
{
    return calibration->totals.all.positives + calibration->totals.all.negatives;
}

/* The variance of the bin's sum of w r. */
static double bin_variance(const struct pl_calibration_bin *bin)
{
    const double mean = bin->residual / bin->weight;
    const double squares = bin->residual_squared - 2.0 * mean * bin->residual_weighted +
                           mean * mean * bin->weight_squared;
    const double n = pl_kish_n(bin->weight, bin->weight_squared);
    const double observed = n > 1.5 ? n / (n - 1.0) * squares : squares;

    return fmax(observed, bin->model_variance);
}

static void close_bin(struct pl_calibration *calibration)
{
    if (calibration->bin.weight <= 0.0)
        return;

    const double variance = bin_variance(&calibration->bin);

    pl_sum_add(&calibration->error, fabs(calibration->bin.residual));
    calibration->se_sum += sqrt(variance);
    calibration->variance_sum += variance;
    calibration->bin = (struct pl_calibration_bin){0};
}

static double bin_index(const struct pl_calibration *calibration, double weight)
{
    const double middle = pl_sum_value(&calibration->below) + 0.5 * weight;

    return fmin(calibration->bins - 1.0,
                floor(calibration->bins * middle / total_weight(calibration)));
}

static void add_to_bin(struct pl_calibration *calibration, double p, const struct pl_tie *tie)
{
    const double weight = tie->positives + tie->negatives;
    const double squared = tie->positives_squared + tie->negatives_squared;
    const double index = bin_index(calibration, weight);
    struct pl_calibration_bin *bin = &calibration->bin;

    if (index > bin->index)
        close_bin(calibration);
    bin->index = index;
    bin->weight += weight;
    bin->residual += tie->positives * (1.0 - p) - tie->negatives * p;
    bin->weight_squared += squared;
    bin->residual_weighted += tie->positives_squared * (1.0 - p) - tie->negatives_squared * p;
    bin->residual_squared +=
        tie->positives_squared * (1.0 - p) * (1.0 - p) + tie->negatives_squared * p * p;
    bin->model_variance += squared * p * (1.0 - p);
}

static void add_to_walk(struct pl_calibration *calibration, double p, const struct pl_tie *tie)
{
    const double model = (tie->positives_squared + tie->negatives_squared) * p * (1.0 - p);
    const double observed =
        tie->positives_squared * (1.0 - p) * (1.0 - p) + tie->negatives_squared * p * p;

    pl_sum_add(&calibration->walk, tie->positives * (1.0 - p) - tie->negatives * p);
    calibration->walk_variance += fmax(model, observed);
    calibration->model_variance += model;

    const double at = pl_sum_value(&calibration->walk);

    if (at > calibration->walk_max) {
        calibration->walk_max = at;
        calibration->variance_at_max = calibration->walk_variance;
    }
    if (at < calibration->walk_min) {
        calibration->walk_min = at;
        calibration->variance_at_min = calibration->walk_variance;
    }
}

void pl_calibration_add(struct pl_calibration *calibration, double probability,
                        const struct pl_tie *tie)
{
    if (!(probability >= 0.0 && probability <= 1.0)) {
        calibration->outside = true;
        return;
    }
    add_to_bin(calibration, probability, tie);
    add_to_walk(calibration, probability, tie);
    pl_sum_add(&calibration->below, tie->positives + tie->negatives);
}

static struct pl_stat finish(const struct pl_calibration *calibration, double value)
{
    const uint64_t n = calibration->totals.positives_count + calibration->totals.negatives_count;

    if (total_weight(calibration) <= 0.0)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_LABELS};
    if (calibration->outside)
        return (struct pl_stat){
            .kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NOT_PROBABILITIES, .n = n};
    return (struct pl_stat){.kind = PL_STAT_BIASED,
                            .n = n,
                            .value = value / total_weight(calibration),
                            .biased = {.ceiling = 1.0}};
}

struct pl_stat pl_calibration_finish_error(const struct pl_calibration *calibration)
{
    struct pl_calibration closed = *calibration;

    close_bin(&closed);

    struct pl_stat stat = finish(&closed, pl_sum_value(&closed.error));
    const double weight = total_weight(&closed);

    if (stat.kind == PL_STAT_NONE)
        return stat;
    stat.biased.noise = PL_NOISE_HALF_NORMALS;
    stat.biased.mean = sqrt(TWO_OVER_PI) * closed.se_sum / weight;
    stat.biased.spread = sqrt((1.0 - TWO_OVER_PI) * closed.variance_sum) / weight;
    stat.biased.se_high = sqrt(closed.variance_sum) / weight;
    return stat;
}

struct pl_stat pl_calibration_finish_ecce(const struct pl_calibration *calibration)
{
    struct pl_stat stat = finish(calibration, calibration->walk_max - calibration->walk_min);
    const double weight = total_weight(calibration);

    if (stat.kind == PL_STAT_NONE)
        return stat;
    stat.biased.noise = PL_NOISE_KUIPER;
    stat.biased.spread = sqrt(calibration->model_variance) / weight;
    stat.biased.se_high =
        sqrt(fabs(calibration->variance_at_max - calibration->variance_at_min)) / weight;
    return stat;
}

double pl_ecce_p_value(const struct pl_stat *ecce)
{
    if (ecce->kind != PL_STAT_BIASED)
        return 1.0;
    if (ecce->biased.spread <= 0.0)
        return ecce->value > 0.0 ? 0.0 : 1.0;
    return pl_brownian_range_sf(ecce->value / ecce->biased.spread);
}

double pl_log_loss(double probability, bool positive)
{
    const double given = positive ? probability : 1.0 - probability;

    assert(probability >= 0.0 && probability <= 1.0);
    return -log(fmax(DBL_EPSILON, fmin(1.0 - DBL_EPSILON, given)));
}

double pl_brier_loss(double probability, bool positive)
{
    const double miss = positive ? 1.0 - probability : probability;

    assert(probability >= 0.0 && probability <= 1.0);
    return miss * miss;
}

/*
 * Measures of predicted numbers from sums of powers of the error e = prediction - label and of the label
 * about a centre c, z = label - c.
 *
 * Squares that a mean is later taken off are summed with their rounding errors (fma), so that a variance
 * is right to the last digits of a double however large the mean beside the spread: sums are exact, and
 * what is computed from them has 106 bits. Third and fourth moments enter standard errors of r2 only,
 * and are as precise as n 2^-53 when c is the rounded mean of the labels.
 *
 * Mean of x (|e|, e, r, label, prediction): sum w x / W with se^2 = n / (n - 1) sum w^2 (x - mean)^2 /
 * W^2, the linearised variance, which without weights is s^2 / n (W. G. Cochran, Sampling Techniques,
 * 3rd ed. (1977), 6.3); Student's t.
 *
 * Mean squared error: the mean of x = e^2, its interval on the scale of the logarithm by the delta
 * method; its root has half the relative standard error. The logarithm covers better than the value as
 * it is, which is skew (measured by tests/prop/stats/coverage.c; figures in docs/statistics.md). With
 * errors of fewer than four moments no interval from moments holds.
 *
 * r2 = 1 - sum w e^2 / sum w u^2 with u = label - mean label: by its influence function,
 * (rho u_i^2 - e_i^2) / B with B = sum w u^2 / W and rho = 1 - r2, whose mean square needs the sums of
 * u^4, u^2 e^2 and e^4; and 2 rho^2 / n^2 more for the mean label being an estimate, all that there is
 * when the mean label itself is predicted. The interval is taken on the scale of ln(1 - r2).
 *
 * A spread below 1e-14 of the values themselves is no spread: it is what rounding leaves of values that
 * are all alike.
 *
 * Values agree with scikit-learn, standard errors with their definitions in exact fractions, to 1e-12:
 * tests/reference/stats/regression.csv.
 */
#include "stats/regression.h"

#include "stats/mean.h"

#include <assert.h>
#include <math.h>

/* The square of the relative spread that rounding can leave. */
#define NO_SPREAD 1e-28

/* Beyond this r is taken for a division by 0: its square would not be a number. */
static const double RELATIVE_MAX = 1e140;

/* ---- sums ---- */

void pl_moment_sums_reset(struct pl_moment_sums *sums, double centre, bool weighted)
{
    assert(isfinite(centre));
    for (int i = 0; i < PL_MOMENTS_COUNT; i++) {
        pl_exact_sum_reset(&sums->by_weight[i]);
        pl_exact_sum_reset(&sums->by_square[i]);
    }
    sums->centre = centre;
    sums->weighted = weighted;
    sums->counts = (struct pl_moment_counts){0};
}

static inline void add_square(struct pl_exact_sum *sum, struct pl_double_double square)
{
    pl_exact_sum_add(sum, square.high);
    pl_exact_sum_add(sum, square.low);
}

static inline bool is_zero_label(double relative)
{
    return !(relative < RELATIVE_MAX);
}

/* A decision of weight 1 with both numbers. */
static inline void add_pair(struct pl_moment_sums *sums, double label, double prediction)
{
    struct pl_exact_sum *to = sums->by_weight;
    const double e = prediction - label;
    const double r = fabs(e / label);
    const double z = label - sums->centre;
    const struct pl_double_double e2 = pl_double_double_two_product(e, e);
    const struct pl_double_double e4 = pl_double_double_two_product(e2.high, e2.high);
    const struct pl_double_double z2 = pl_double_double_two_product(z, z);

    pl_exact_sum_add(&to[PL_MOMENT_E], e);
    pl_exact_sum_add(&to[PL_MOMENT_E_SIZE], fabs(e));
    add_square(&to[PL_MOMENT_E2], e2);
    pl_exact_sum_add(&to[PL_MOMENT_E4], e4.high);
    pl_exact_sum_add(&to[PL_MOMENT_E4], e4.low + 2.0 * e2.high * e2.low);
    if (is_zero_label(r)) {
        sums->counts.zero_labels++;
    } else {
        pl_exact_sum_add(&to[PL_MOMENT_R], r);
        add_square(&to[PL_MOMENT_R2], pl_double_double_two_product(r, r));
    }
    pl_exact_sum_add(&to[PL_MOMENT_Z], z);
    add_square(&to[PL_MOMENT_Z2], z2);
    pl_exact_sum_add(&to[PL_MOMENT_Z3], z2.high * z);
    pl_exact_sum_add(&to[PL_MOMENT_Z4], z2.high * z2.high);
    pl_exact_sum_add(&to[PL_MOMENT_E2_Z], e2.high * z);
    pl_exact_sum_add(&to[PL_MOMENT_E2_Z2], e2.high * z2.high);
    sums->counts.pairs++;
}

static inline void add_prediction(struct pl_moment_sums *sums, double prediction)
{
    pl_exact_sum_add(&sums->by_weight[PL_MOMENT_Q], prediction);
    add_square(&sums->by_weight[PL_MOMENT_Q2],
               pl_double_double_two_product(prediction, prediction));
    sums->counts.predicted++;
}

/* The sums of l leave out the pairs, whose labels are summed as z: reading adds the two. */
static void add_lone_label(struct pl_moment_sums *sums, double label)
{
    const double l = label - sums->centre;

    pl_exact_sum_add(&sums->by_weight[PL_MOMENT_L], l);
    add_square(&sums->by_weight[PL_MOMENT_L2], pl_double_double_two_product(l, l));
    sums->counts.labelled++;
}

void pl_moment_sums_add_many(struct pl_moment_sums *sums, const double *labels,
                             const double *predictions, size_t count)
{
    assert(!sums->weighted);
    for (size_t i = 0; i < count; i++) {
        const bool labelled = !isnan(labels[i]);

        if (isnan(predictions[i])) {
            if (labelled)
                add_lone_label(sums, labels[i]);
            continue;
        }
        add_prediction(sums, predictions[i]);
        if (labelled)
            add_pair(sums, labels[i], predictions[i]);
    }
}

/* A row with a count or a weight: each power is a double-double, and is multiplied without error. */
struct weighing {
    struct pl_moment_sums *sums;
    double weight; /* count x weight, and count x weight^2 */
    double square;
};

static void weigh(const struct weighing *weighing, enum pl_moment moment,
                  struct pl_double_double value)
{
    struct pl_exact_sum *by_weight = &weighing->sums->by_weight[moment];
    struct pl_exact_sum *by_square = &weighing->sums->by_square[moment];

    pl_exact_sum_add_product(by_weight, weighing->weight, value.high);
    pl_exact_sum_add_product(by_weight, weighing->weight, value.low);
    if (!weighing->sums->weighted)
        return;
    pl_exact_sum_add_product(by_square, weighing->square, value.high);
    pl_exact_sum_add_product(by_square, weighing->square, value.low);
}

static void weigh_pair(const struct weighing *weighing, double label, double prediction)
{
    const double e = prediction - label;
    const double r = fabs(e / label);
    const double z = label - weighing->sums->centre;
    const struct pl_double_double e2 = pl_double_double_two_product(e, e);
    const struct pl_double_double z2 = pl_double_double_two_product(z, z);

    weigh(weighing, PL_MOMENT_PAIRS, pl_double_double_of(1.0));
    weigh(weighing, PL_MOMENT_E, pl_double_double_of(e));
    weigh(weighing, PL_MOMENT_E_SIZE, pl_double_double_of(fabs(e)));
    weigh(weighing, PL_MOMENT_E2, e2);
    weigh(weighing, PL_MOMENT_E4, pl_double_double_multiply(e2, e2));
    if (!is_zero_label(r)) {
        weigh(weighing, PL_MOMENT_R, pl_double_double_of(r));
        weigh(weighing, PL_MOMENT_R2, pl_double_double_two_product(r, r));
    }
    weigh(weighing, PL_MOMENT_Z, pl_double_double_of(z));
    weigh(weighing, PL_MOMENT_Z2, z2);
    weigh(weighing, PL_MOMENT_Z3, pl_double_double_of(z2.high * z));
    weigh(weighing, PL_MOMENT_Z4, pl_double_double_of(z2.high * z2.high));
    weigh(weighing, PL_MOMENT_E2_Z, pl_double_double_of(e2.high * z));
    weigh(weighing, PL_MOMENT_E2_Z2, pl_double_double_of(e2.high * z2.high));
}

/* The weight, the value and the square of a lone label or of a prediction; three moments in a row. */
static void weigh_value(const struct weighing *weighing, enum pl_moment first, double value)
{
    weigh(weighing, first, pl_double_double_of(1.0));
    weigh(weighing, first + 1, pl_double_double_of(value));
    weigh(weighing, first + 2, pl_double_double_two_product(value, value));
}

void pl_moment_sums_add(struct pl_moment_sums *sums, const struct pl_regression_row *row)
{
    const double count = (double)row->count;
    const struct weighing weighing = {
        .sums = sums,
        .weight = count * row->weight,
        .square = count * row->weight * row->weight,
    };
    const bool labelled = !isnan(row->label);
    const bool predicted = !isnan(row->prediction);

    assert(row->weight > 0.0 && (sums->weighted || row->weight <= 1.0));
    if (row->count == 0)
        return;
    if (predicted) {
        weigh_value(&weighing, PL_MOMENT_PREDICTED, row->prediction);
        sums->counts.predicted += row->count;
    }
    if (labelled && predicted) {
        weigh_pair(&weighing, row->label, row->prediction);
        sums->counts.pairs += row->count;
        if (is_zero_label(fabs((row->prediction - row->label) / row->label)))
            sums->counts.zero_labels += row->count;
    } else if (labelled) {
        weigh_value(&weighing, PL_MOMENT_LABELLED, row->label - sums->centre);
        sums->counts.labelled += row->count;
    }
}

static void merge_counts(struct pl_moment_counts *counts, const struct pl_moment_counts *other)
{
    counts->pairs += other->pairs;
    counts->labelled += other->labelled;
    counts->predicted += other->predicted;
    counts->zero_labels += other->zero_labels;
}

void pl_moment_sums_merge(struct pl_moment_sums *sums, const struct pl_moment_sums *other)
{
    assert(!(sums->centre < other->centre || sums->centre > other->centre));
    merge_counts(&sums->counts, &other->counts);
    for (int i = 0; i < PL_MOMENTS_COUNT; i++) {
        pl_exact_sum_merge(&sums->by_weight[i], &other->by_weight[i]);
        pl_exact_sum_merge(&sums->by_square[i], &other->by_square[i]);
    }
}

static enum pl_status read_all(const struct pl_exact_sum *sums, struct pl_double_double *ret_values,
                               struct pl_error *error)
{
    for (int i = 0; i < PL_MOMENTS_COUNT; i++)
        PL_RETURN_IF(pl_exact_sum_double_double(&sums[i], &ret_values[i], error));
    return PL_OK;
}

/* Pairs have labels too. */
static void add_pairs_to_labels(struct pl_double_double *sums)
{
    sums[PL_MOMENT_LABELLED] =
        pl_double_double_add(sums[PL_MOMENT_LABELLED], sums[PL_MOMENT_PAIRS]);
    sums[PL_MOMENT_L] = pl_double_double_add(sums[PL_MOMENT_L], sums[PL_MOMENT_Z]);
    sums[PL_MOMENT_L2] = pl_double_double_add(sums[PL_MOMENT_L2], sums[PL_MOMENT_Z2]);
}

enum pl_status pl_moment_sums_read(const struct pl_moment_sums *sums,
                                   struct pl_moments *ret_moments, struct pl_error *error)
{
    struct pl_moments moments = {
        .centre = sums->centre, .weighted = sums->weighted, .counts = sums->counts};

    PL_RETURN_IF(read_all(sums->by_weight, moments.by_weight, error));
    if (sums->weighted)
        PL_RETURN_IF(read_all(sums->by_square, moments.by_square, error));
    if (!sums->weighted) {
        moments.by_weight[PL_MOMENT_PAIRS] = pl_double_double_of((double)sums->counts.pairs);
        moments.by_weight[PL_MOMENT_LABELLED] = pl_double_double_of((double)sums->counts.labelled);
        moments.by_weight[PL_MOMENT_PREDICTED] =
            pl_double_double_of((double)sums->counts.predicted);
    }
    add_pairs_to_labels(moments.by_weight);
    if (sums->weighted)
        add_pairs_to_labels(moments.by_square);
    moments.counts.labelled += moments.counts.pairs;
    *ret_moments = moments;
    return PL_OK;
}

/* ---- moments ---- */

static struct pl_double_double plus(struct pl_double_double a, struct pl_double_double b)
{
    return pl_double_double_add(a, b);
}

static struct pl_double_double times(struct pl_double_double a, struct pl_double_double b)
{
    return pl_double_double_multiply(a, b);
}

static struct pl_double_double fold(double factor, struct pl_double_double a)
{
    return pl_double_double_multiply(pl_double_double_of(factor), a);
}

/* sum (x + d)^2 from sum x^2, sum x and sum 1. */
static struct pl_double_double shifted_square(struct pl_double_double x2, struct pl_double_double x,
                                              struct pl_double_double one,
                                              struct pl_double_double d)
{
    return plus(x2, times(d, plus(fold(2.0, x), times(d, one))));
}

/* sum z^4 about a centre d lower: z^4 + 4 d z^3 + 6 d^2 z^2 + 4 d^3 z + d^4, by Horner's rule. */
static struct pl_double_double shifted_fourth(const struct pl_double_double *sums,
                                              struct pl_double_double d)
{
    const struct pl_double_double first =
        plus(fold(4.0, sums[PL_MOMENT_Z]), times(d, sums[PL_MOMENT_PAIRS]));
    const struct pl_double_double second = plus(fold(6.0, sums[PL_MOMENT_Z2]), times(d, first));
    const struct pl_double_double third = plus(fold(4.0, sums[PL_MOMENT_Z3]), times(d, second));

    return plus(sums[PL_MOMENT_Z4], times(d, third));
}

static struct pl_double_double shifted_third(const struct pl_double_double *sums,
                                             struct pl_double_double d)
{
    const struct pl_double_double first =
        plus(fold(3.0, sums[PL_MOMENT_Z]), times(d, sums[PL_MOMENT_PAIRS]));
    const struct pl_double_double second = plus(fold(3.0, sums[PL_MOMENT_Z2]), times(d, first));

    return plus(sums[PL_MOMENT_Z3], times(d, second));
}

/* The sums about a centre that lies `d` lower: z and l grow by d. Higher powers go first. */
static void shift(struct pl_double_double *sums, struct pl_double_double d)
{
    sums[PL_MOMENT_Z4] = shifted_fourth(sums, d);
    sums[PL_MOMENT_Z3] = shifted_third(sums, d);
    sums[PL_MOMENT_Z2] =
        shifted_square(sums[PL_MOMENT_Z2], sums[PL_MOMENT_Z], sums[PL_MOMENT_PAIRS], d);
    sums[PL_MOMENT_Z] = plus(sums[PL_MOMENT_Z], times(d, sums[PL_MOMENT_PAIRS]));
    sums[PL_MOMENT_E2_Z2] =
        shifted_square(sums[PL_MOMENT_E2_Z2], sums[PL_MOMENT_E2_Z], sums[PL_MOMENT_E2], d);
    sums[PL_MOMENT_E2_Z] = plus(sums[PL_MOMENT_E2_Z], times(d, sums[PL_MOMENT_E2]));
    sums[PL_MOMENT_L2] =
        shifted_square(sums[PL_MOMENT_L2], sums[PL_MOMENT_L], sums[PL_MOMENT_LABELLED], d);
    sums[PL_MOMENT_L] = plus(sums[PL_MOMENT_L], times(d, sums[PL_MOMENT_LABELLED]));
}

static void merge_shifted(struct pl_double_double *sums, const struct pl_double_double *other,
                          struct pl_double_double d, bool take_away)
{
    struct pl_double_double moved[PL_MOMENTS_COUNT];

    memcpy(moved, other, sizeof moved);
    shift(moved, d);
    for (int i = 0; i < PL_MOMENTS_COUNT; i++)
        sums[i] = take_away ? pl_double_double_subtract(sums[i], moved[i])
                            : pl_double_double_add(sums[i], moved[i]);
}

static bool is_empty(const struct pl_moments *moments)
{
    return moments->counts.labelled == 0 && moments->counts.predicted == 0;
}

void pl_moments_merge(struct pl_moments *moments, const struct pl_moments *other)
{
    if (is_empty(other))
        return;
    if (is_empty(moments)) {
        *moments = *other;
        return;
    }

    const struct pl_double_double d = pl_double_double_two_sum(other->centre, -moments->centre);

    merge_counts(&moments->counts, &other->counts);
    assert(moments->weighted == other->weighted);
    merge_shifted(moments->by_weight, other->by_weight, d, false);
    if (moments->weighted)
        merge_shifted(moments->by_square, other->by_square, d, false);
}

void pl_moments_subtract(struct pl_moments *moments, const struct pl_moments *part)
{
    const struct pl_double_double d = pl_double_double_two_sum(part->centre, -moments->centre);

    if (is_empty(part))
        return;
    assert(moments->weighted == part->weighted &&
           part->counts.labelled <= moments->counts.labelled &&
           part->counts.predicted <= moments->counts.predicted);
    moments->counts.pairs -= part->counts.pairs;
    moments->counts.labelled -= part->counts.labelled;
    moments->counts.predicted -= part->counts.predicted;
    moments->counts.zero_labels -= part->counts.zero_labels;
    merge_shifted(moments->by_weight, part->by_weight, d, true);
    if (moments->weighted)
        merge_shifted(moments->by_square, part->by_square, d, true);
}

/* ---- measures ---- */

/* The sums with squared weights: the same where weights are 1. */
static const struct pl_double_double *squares_of(const struct pl_moments *moments)
{
    return moments->weighted ? moments->by_square : moments->by_weight;
}

static struct pl_stat undefined(enum pl_undefined reason, uint64_t n)
{
    return (struct pl_stat){.kind = PL_STAT_NONE, .reason = reason, .n = n};
}

/* Why nothing can be said of pairs; PL_DEFINED when something can. */
static enum pl_undefined pairs_missing(const struct pl_moments *moments)
{
    if (moments->counts.labelled == 0)
        return PL_UNDEFINED_NO_LABELS;
    if (moments->counts.pairs == 0)
        return PL_UNDEFINED_NO_PREDICTIONS;
    return moments->counts.pairs == 1 ? PL_UNDEFINED_ONE_VALUE : PL_DEFINED;
}

/* Which sums a mean is made of: the weights, the value and its square. */
struct mean_of {
    enum pl_moment weight;
    enum pl_moment value;
    enum pl_moment square;
    uint64_t n;
};

/* sum w^2 (x - mean)^2, or 0 where it is not more than rounding leaves. */
static double spread_about(const struct pl_double_double *by_square, const struct mean_of *of,
                           struct pl_double_double mean)
{
    const struct pl_double_double squares =
        shifted_square(by_square[of->square], by_square[of->value], by_square[of->weight],
                       pl_double_double_negate(mean));
    const double spread = pl_double_double_value(squares);

    return spread > NO_SPREAD * pl_double_double_value(by_square[of->square]) ? spread : 0.0;
}

static double effective_n(const struct pl_moments *moments, enum pl_moment weight)
{
    return pl_kish_n(pl_double_double_value(moments->by_weight[weight]),
                     pl_double_double_value(squares_of(moments)[weight]));
}

/* A near-normal statistic from the sum of squares of w times its influence on the mean. */
static struct pl_stat normal_of(const struct pl_moments *moments, const struct mean_of *of,
                                double value, double squares)
{
    const double n = (double)of->n;
    const double weight = pl_double_double_value(moments->by_weight[of->weight]);
    const double effective = effective_n(moments, of->weight);

    return (struct pl_stat){
        .kind = PL_STAT_NORMAL,
        .n = of->n,
        .value = value,
        .normal = {.se = sqrt(n / (n - 1.0) * fmax(0.0, squares)) / weight,
                   .df = fmax(1.0, effective - 1.0),
                   .scale = PL_SCALE_IDENTITY,
                   .n_effective = effective},
    };
}

static struct pl_stat mean_stat(const struct pl_moments *moments, const struct mean_of *of,
                                double centre)
{
    const struct pl_double_double mean =
        pl_double_double_divide(moments->by_weight[of->value], moments->by_weight[of->weight]);
    const double value = pl_double_double_value(plus(mean, pl_double_double_of(centre)));

    return normal_of(moments, of, value, spread_about(squares_of(moments), of, mean));
}

static struct mean_of pairs_of(const struct pl_moments *moments, enum pl_moment value,
                               enum pl_moment square)
{
    return (struct mean_of){PL_MOMENT_PAIRS, value, square, moments->counts.pairs};
}

static struct pl_stat mean_of_pairs(const struct pl_moments *moments, enum pl_moment value,
                                    enum pl_moment square)
{
    const enum pl_undefined missing = pairs_missing(moments);
    const struct mean_of of = pairs_of(moments, value, square);

    return missing == PL_DEFINED ? mean_stat(moments, &of, 0.0)
                                 : undefined(missing, moments->counts.pairs);
}

struct pl_stat pl_moments_mean_error(const struct pl_moments *moments)
{
    return mean_of_pairs(moments, PL_MOMENT_E, PL_MOMENT_E2);
}

struct pl_stat pl_moments_mean_absolute_error(const struct pl_moments *moments)
{
    return mean_of_pairs(moments, PL_MOMENT_E_SIZE, PL_MOMENT_E2);
}

struct pl_stat pl_moments_mean_absolute_percentage_error(const struct pl_moments *moments)
{
    if (pairs_missing(moments) == PL_DEFINED && moments->counts.zero_labels > 0)
        return undefined(PL_UNDEFINED_ZERO_LABEL, moments->counts.pairs);
    return mean_of_pairs(moments, PL_MOMENT_R, PL_MOMENT_R2);
}

/* Errors that are all of one size have squares without spread, whatever rounding says. */
static bool errors_vary(const struct pl_moments *moments)
{
    const struct pl_stat size = mean_of_pairs(moments, PL_MOMENT_E_SIZE, PL_MOMENT_E2);

    return size.normal.se > 0.0;
}

struct pl_stat pl_moments_mean_squared_error(const struct pl_moments *moments)
{
    struct pl_stat stat = mean_of_pairs(moments, PL_MOMENT_E2, PL_MOMENT_E4);

    if (stat.kind == PL_STAT_NONE)
        return stat;
    stat.normal.scale = PL_SCALE_LOG;
    if (!errors_vary(moments))
        stat.normal.se = 0.0;
    return stat;
}

struct pl_stat pl_moments_root_mean_squared_error(const struct pl_moments *moments)
{
    struct pl_stat stat = pl_moments_mean_squared_error(moments);

    if (stat.kind == PL_STAT_NONE)
        return stat;
    stat.value = sqrt(stat.value);
    if (stat.normal.se > 0.0)
        stat.normal.se /= 2.0 * stat.value;
    return stat;
}

/* sum w^2 (rho u^2 - e^2)^2, with the sums about the mean label. */
static double influence_squares(const struct pl_double_double *by_square,
                                struct pl_double_double rho)
{
    const struct pl_double_double crossed =
        plus(fold(-2.0, by_square[PL_MOMENT_E2_Z2]), times(rho, by_square[PL_MOMENT_Z4]));

    return pl_double_double_value(plus(by_square[PL_MOMENT_E4], times(rho, crossed)));
}

static struct pl_stat r2_of_varying(const struct pl_moments *moments, const struct mean_of *labels,
                                    struct pl_double_double mean)
{
    const struct pl_double_double down = pl_double_double_negate(mean);
    struct pl_moments central = *moments;

    shift(central.by_weight, down);
    if (central.weighted)
        shift(central.by_square, down);

    const struct pl_double_double squares = central.by_weight[PL_MOMENT_Z2];
    const struct pl_double_double rho =
        pl_double_double_divide(central.by_weight[PL_MOMENT_E2], squares);
    const double variance = pl_double_double_value(squares) /
                            pl_double_double_value(central.by_weight[PL_MOMENT_PAIRS]);
    const double value =
        pl_double_double_value(pl_double_double_subtract(pl_double_double_of(1.0), rho));
    struct pl_stat stat =
        normal_of(moments, labels, value,
                  influence_squares(squares_of(&central), rho) / (variance * variance));

    stat.normal.scale = PL_SCALE_LOG_BELOW_ONE;
    stat.normal.se = hypot(stat.normal.se, M_SQRT2 * pl_double_double_value(rho) /
                                               effective_n(moments, PL_MOMENT_PAIRS));
    return stat;
}

struct pl_stat pl_moments_r2(const struct pl_moments *moments)
{
    const enum pl_undefined missing = pairs_missing(moments);
    const struct mean_of labels = pairs_of(moments, PL_MOMENT_Z, PL_MOMENT_Z2);

    if (missing != PL_DEFINED)
        return undefined(missing, moments->counts.pairs);

    const struct pl_double_double mean = pl_double_double_divide(
        moments->by_weight[PL_MOMENT_Z], moments->by_weight[PL_MOMENT_PAIRS]);

    if (spread_about(moments->by_weight, &labels, mean) <= 0.0)
        return undefined(PL_UNDEFINED_CONSTANT_LABELS, moments->counts.pairs);
    return r2_of_varying(moments, &labels, mean);
}

/* The mean label or prediction, of those that have one; `centre` is what the values are less by. */
static struct pl_stat mean_of_values(const struct pl_moments *moments, const struct mean_of *of,
                                     double centre, enum pl_undefined none)
{
    if (of->n == 0)
        return undefined(none, 0);
    if (of->n == 1)
        return undefined(PL_UNDEFINED_ONE_VALUE, 1);
    return mean_stat(moments, of, centre);
}

struct pl_stat pl_moments_mean_label(const struct pl_moments *moments)
{
    const struct mean_of of = {PL_MOMENT_LABELLED, PL_MOMENT_L, PL_MOMENT_L2,
                               moments->counts.labelled};

    return mean_of_values(moments, &of, moments->centre, PL_UNDEFINED_NO_LABELS);
}

struct pl_stat pl_moments_mean_prediction(const struct pl_moments *moments)
{
    const struct mean_of of = {PL_MOMENT_PREDICTED, PL_MOMENT_Q, PL_MOMENT_Q2,
                               moments->counts.predicted};

    return mean_of_values(moments, &of, 0.0, PL_UNDEFINED_NO_PREDICTIONS);
}

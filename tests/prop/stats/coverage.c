/*
 * How often the intervals hold the truth, by simulation: a table of methods, each over a stated
 * grid of true values, with the average and the smallest coverage at 95% confidence. Fails when an
 * average leaves its bounds.
 *
 *     coverage [REPLICATES [SEED]]
 *
 * The suite runs a few hundred replicates; docs/statistics.md gives the figures of a long run.
 */
#include "base/arena.h"
#include "base/rng.h"
#include "stats/calibration.h"
#include "stats/classes.h"
#include "stats/gap.h"
#include "stats/kitagawa.h"
#include "stats/mean.h"
#include "stats/normal.h"
#include "stats/proportion.h"
#include "stats/quantile.h"
#include "stats/regression.h"
#include "stats/roc.h"
#include "stats/stat.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SIZE_MAX_SAMPLE 5000
#define GROUPS_MAX      20

static const double CONFIDENCE = 0.95;

/* One point of a grid: what the two numbers mean depends on the trial. */
struct truth {
    double first;
    double second;
};

struct trial_context {
    struct pl_rng rng;
    struct pl_arena arena;
    struct truth truth;
    uint64_t n;
};

/* Draws one sample and says whether the interval held the truth. */
typedef bool (*trial_function)(struct trial_context *context);

static struct pl_stat draw_rate(struct trial_context *context, uint64_t n, double p)
{
    const double k = (double)pl_rng_binomial(&context->rng, n, p);

    return (struct pl_stat){.kind = PL_STAT_RATE,
                            .n = n,
                            .value = k / (double)n,
                            .rate = {.rate = {.k = k, .n = (double)n}}};
}

static bool holds(const struct pl_stat *stat, double truth, enum pl_rate_method method)
{
    const struct pl_estimate e = pl_stat_estimate(stat, CONFIDENCE, method);

    return e.low <= truth && truth <= e.high;
}

static bool rate_wilson(struct trial_context *context)
{
    const struct pl_stat stat = draw_rate(context, context->n, context->truth.first);

    return holds(&stat, context->truth.first, PL_RATE_WILSON);
}

static bool rate_exact(struct trial_context *context)
{
    const struct pl_stat stat = draw_rate(context, context->n, context->truth.first);

    return holds(&stat, context->truth.first, PL_RATE_EXACT);
}

static bool difference_newcombe(struct trial_context *context)
{
    const double alpha = 0.5 * (1.0 - CONFIDENCE);
    const double truth = context->truth.first - context->truth.second;
    const struct pl_stat a = draw_rate(context, context->n, context->truth.first);
    const struct pl_stat b = draw_rate(context, context->n, context->truth.second);
    const struct pl_contrast contrast = {.stats = {&a, &b}, .coefficients = {1.0, -1.0}};

    return pl_contrast_low(&contrast, alpha, PL_RATE_WILSON) <= truth &&
           truth <= pl_contrast_high(&contrast, alpha, PL_RATE_WILSON);
}

static bool ratio_mover(struct trial_context *context)
{
    const double alpha = 0.5 * (1.0 - CONFIDENCE);
    const double truth = context->truth.first / context->truth.second;
    const struct pl_stat a = draw_rate(context, context->n, context->truth.first);
    const struct pl_stat b = draw_rate(context, context->n, context->truth.second);

    return pl_ratio_low(&a, &b, 0.0, alpha, PL_RATE_WILSON) <= truth &&
           truth <= pl_ratio_high(&a, &b, 0.0, alpha, PL_RATE_WILSON);
}

/* A slice of n with rate `first` against a whole that it is a third of; the rest has `second`. The
   estimates share the slice's decisions: cov = (n / N) var(slice). */
static bool slice_against_whole(struct trial_context *context)
{
    const double alpha = 0.5 * (1.0 - CONFIDENCE);
    const struct pl_stat slice = draw_rate(context, context->n, context->truth.first);
    const struct pl_stat rest = draw_rate(context, 2 * context->n, context->truth.second);
    const double k = slice.rate.rate.k + rest.rate.rate.k;
    const double n = slice.rate.rate.n + rest.rate.rate.n;
    const struct pl_stat whole = {.kind = PL_STAT_RATE, .value = k / n, .rate = {.rate = {k, n}}};
    const double spread = slice.value * (1.0 - slice.value);
    const double whole_variance = (spread + 2.0 * rest.value * (1.0 - rest.value)) / (3.0 * n);
    const struct pl_contrast contrast = {
        .stats = {&slice, &whole},
        .coefficients = {1.0, -1.0},
        .correlation = sqrt(spread / slice.rate.rate.n / fmax(1e-9, whole_variance)) / 3.0,
    };
    const double truth = 2.0 / 3.0 * (context->truth.first - context->truth.second);

    return pl_contrast_low(&contrast, alpha, PL_RATE_WILSON) <= truth &&
           truth <= pl_contrast_high(&contrast, alpha, PL_RATE_WILSON);
}

/* Weights 1 to 5, larger where the outcome is more likely: the truth is the weighted rate. */
static bool rate_weighted(struct trial_context *context)
{
    const double truth = context->truth.first;
    struct pl_mean mean;

    pl_mean_init(&mean);
    for (uint64_t i = 0; i < context->n; i++) {
        const double weight = 1.0 + (double)pl_rng_below(&context->rng, 5);
        const double p = truth * (0.7 + 0.3 * weight * 3.0 / 11.0);

        /* The mean of w p is 3 truth, and that of w is 3. */
        pl_mean_add(&mean, pl_rng_uniform(&context->rng) < p ? 1.0 : 0.0, 1, weight);
    }

    const struct pl_stat stat = pl_mean_finish(&mean);

    return holds(&stat, truth, PL_RATE_WILSON);
}

struct scored {
    double score;
    bool positive;
};

static int compare_scored(const void *a, const void *b)
{
    const double first = ((const struct scored *)a)->score;
    const double second = ((const struct scored *)b)->score;

    return first < second ? -1 : first > second;
}

/* Positives, about half, from N(shift, 1), negatives from N(0, 1), through one pass. */
static void draw_ranking(struct trial_context *context, double shift, struct pl_roc *roc)
{
    static struct scored sample[SIZE_MAX_SAMPLE];
    const uint64_t positives = 2 + pl_rng_binomial(&context->rng, context->n - 4, 0.5);
    const double positive_weight = (double)positives;
    const double negative_weight = (double)(context->n - positives);
    const struct pl_roc_totals totals = {
        .all = {positive_weight, negative_weight, positive_weight, negative_weight},
        .positives_count = positives,
        .negatives_count = context->n - positives,
    };

    for (uint64_t i = 0; i < context->n; i++)
        sample[i] =
            (struct scored){.score = pl_rng_normal(&context->rng) + (i < positives ? shift : 0.0),
                            .positive = i < positives};
    qsort(sample, context->n, sizeof *sample, compare_scored);
    pl_roc_init(roc, &totals, PL_ROC_AREA | PL_ROC_PRECISION | PL_ROC_SEPARATION);
    for (uint64_t i = 0; i < context->n; i++) {
        const double positive = sample[i].positive ? 1.0 : 0.0;
        const struct pl_tie tie = {positive, 1.0 - positive, positive, 1.0 - positive};

        pl_roc_add(roc, &tie);
    }
}

/* `first` is the true AUC, Phi(shift / sqrt 2). */
static bool auc_delong(struct trial_context *context)
{
    const double shift = sqrt(2.0) * pl_normal_quantile(context->truth.first);
    struct pl_roc roc;

    draw_ranking(context, shift, &roc);

    const struct pl_stat stat = pl_roc_finish_auc(&roc);

    return holds(&stat, context->truth.first, PL_RATE_WILSON);
}

/* The mean over positives N(shift, 1) of S1 / (S1 + S0), with half the decisions positive. */
static double true_average_precision(double shift)
{
    const double step = 0.01;
    double sum = 0.0;

    for (double z = -8.0; z <= 8.0; z += step) {
        const double positives = pl_normal_sf(z);
        const double negatives = pl_normal_sf(z + shift);

        sum += step * exp(-0.5 * z * z) / sqrt(2.0 * M_PI) * positives / (positives + negatives);
    }
    return sum;
}

static bool average_precision(struct trial_context *context)
{
    const double shift = sqrt(2.0) * pl_normal_quantile(context->truth.first);
    struct pl_roc roc;

    draw_ranking(context, shift, &roc);

    const struct pl_stat stat = pl_roc_finish_average_precision(&roc);

    return holds(&stat, true_average_precision(shift), PL_RATE_WILSON);
}

/* The mean of normal values with mean `first` and standard deviation `second`. */
static bool mean_student(struct trial_context *context)
{
    struct pl_mean mean;

    pl_mean_init(&mean);
    for (uint64_t i = 0; i < context->n; i++)
        pl_mean_add(&mean,
                    context->truth.first + context->truth.second * pl_rng_normal(&context->rng), 1,
                    1.0);

    const struct pl_stat stat = pl_mean_finish(&mean);

    return holds(&stat, context->truth.first, PL_RATE_WILSON);
}

/* Predictions that are right on average, uniform on (0, 1): whether the test at 5% keeps quiet. */
static bool ecce_under_calibration(struct trial_context *context)
{
    static struct scored sample[SIZE_MAX_SAMPLE];
    struct pl_roc_totals totals = {0};
    struct pl_calibration calibration;

    for (uint64_t i = 0; i < context->n; i++) {
        const double p = pl_rng_uniform(&context->rng);

        sample[i] = (struct scored){.score = p, .positive = pl_rng_uniform(&context->rng) < p};
        totals.positives_count += sample[i].positive;
    }
    totals.negatives_count = context->n - totals.positives_count;
    totals.all.positives = totals.all.positives_squared = (double)totals.positives_count;
    totals.all.negatives = totals.all.negatives_squared = (double)totals.negatives_count;
    qsort(sample, context->n, sizeof *sample, compare_scored);
    pl_calibration_init(&calibration, &totals, PL_CALIBRATION_BINS);
    for (uint64_t i = 0; i < context->n; i++) {
        const double positive = sample[i].positive ? 1.0 : 0.0;
        const struct pl_tie tie = {positive, 1.0 - positive, positive, 1.0 - positive};

        pl_calibration_add(&calibration, sample[i].score, &tie);
    }

    const struct pl_stat error = pl_calibration_finish_error(&calibration);
    const struct pl_stat ecce = pl_calibration_finish_ecce(&calibration);

    /* `first` chooses the test. */
    return context->truth.first < 0.5 ? pl_ecce_p_value(&ecce) > 0.05
                                      : pl_stat_low(&error, 0.05, PL_RATE_WILSON) <= 0.0;
}

/* `second` groups whose rate is `first`, of n, 2 n, n, 2 n, ... decisions. */
static bool draw_equals(struct trial_context *context, bool is_ratio, struct pl_gap *ret_gap)
{
    struct pl_stat groups[GROUPS_MAX];
    struct pl_gap_request request = {.stats = groups,
                                     .count = (size_t)context->truth.second,
                                     .confidence = CONFIDENCE,
                                     .replicates = 500};
    struct pl_error error;
    enum pl_status status = PL_OK;

    for (size_t g = 0; g < request.count; g++)
        groups[g] = draw_rate(context, context->n * (1 + g % 2), context->truth.first);
    request.seed = pl_rng_next(&context->rng);
    status = is_ratio ? pl_gap_ratio(&request, &context->arena, ret_gap, &error)
                      : pl_gap_difference(&request, &context->arena, ret_gap, &error);
    pl_arena_deinit(&context->arena);
    return status == PL_OK && ret_gap->estimate.status == PL_ESTIMATE_OK;
}

/* The true difference is 0, the true ratio 1. */
static bool gap_of_equals(struct trial_context *context)
{
    struct pl_gap gap;

    return draw_equals(context, false, &gap) && gap.estimate.low <= 0.0;
}

static bool ratio_of_equals(struct trial_context *context)
{
    struct pl_gap gap;

    return draw_equals(context, true, &gap) && gap.estimate.high >= 1.0;
}

/* Rates `first` and `second` in turn, four groups: the true gap is their difference. */
static bool gap_of_two_levels(struct trial_context *context)
{
    struct pl_stat groups[4];
    struct pl_gap_request request = {
        .stats = groups, .count = 4, .confidence = CONFIDENCE, .replicates = 500};
    struct pl_gap gap;
    struct pl_error error;
    const double truth = fabs(context->truth.first - context->truth.second);

    for (size_t g = 0; g < 4; g++)
        groups[g] = draw_rate(context, context->n * (1 + g % 3),
                              g % 2 == 0 ? context->truth.first : context->truth.second);
    request.seed = pl_rng_next(&context->rng);
    if (pl_gap_difference(&request, &context->arena, &gap, &error) != PL_OK)
        return false;
    pl_arena_deinit(&context->arena);
    return gap.estimate.low <= truth && truth <= gap.estimate.high;
}

/* Student's t with `df` degrees of freedom, a whole number; 0 is a normal. */
static double draw_student(struct pl_rng *rng, uint32_t df)
{
    double squares = 0.0;
    const double z = pl_rng_normal(rng);

    for (uint32_t i = 0; i < df; i++) {
        const double x = pl_rng_normal(rng);

        squares += x * x;
    }
    return df == 0 ? z : z / sqrt(squares / df);
}

/* Labels N(10, 3), errors from a law that `first` names, half a unit off on average. */
static struct pl_moments draw_regression(struct trial_context *context)
{
    static struct pl_moment_sums sums;
    const uint32_t df = (uint32_t)context->truth.first;
    struct pl_moments moments = {0};

    pl_moment_sums_reset(&sums, 10.0, false);
    for (uint64_t i = 0; i < context->n; i++) {
        const double label = 10.0 + 3.0 * pl_rng_normal(&context->rng);
        const double prediction = label + 0.5 + draw_student(&context->rng, df);

        pl_moment_sums_add_many(&sums, &label, &prediction, 1);
    }
    return pl_moment_sums_read(&sums, &moments, NULL) == PL_OK ? moments : (struct pl_moments){0};
}

/* The mean square of such an error. */
static double true_square(const struct trial_context *context)
{
    const double df = context->truth.first;

    return 0.25 + (df > 0.0 ? df / (df - 2.0) : 1.0);
}

/* `second` is the mean absolute error. */
static bool mean_absolute_error(struct trial_context *context)
{
    const struct pl_moments moments = draw_regression(context);
    const struct pl_stat stat = pl_moments_mean_absolute_error(&moments);

    return holds(&stat, context->truth.second, PL_RATE_WILSON);
}

static bool root_mean_squared_error(struct trial_context *context)
{
    const struct pl_moments moments = draw_regression(context);
    const struct pl_stat stat = pl_moments_root_mean_squared_error(&moments);

    return holds(&stat, sqrt(true_square(context)), PL_RATE_WILSON);
}

static bool variance_explained(struct trial_context *context)
{
    const struct pl_moments moments = draw_regression(context);
    const struct pl_stat stat = pl_moments_r2(&moments);

    return holds(&stat, 1.0 - true_square(context) / 9.0, PL_RATE_WILSON);
}

#define CLASSES 5

/* Five classes, from half of all to 3 in 100, and how often each is found; a decision that is wrong
   is of any other class. The shares of [label][prediction]. */
static void class_shares(double shares[CLASSES][CLASSES])
{
    static const double LABELS[CLASSES] = {0.5, 0.25, 0.15, 0.07, 0.03};
    static const double FOUND[CLASSES] = {0.95, 0.9, 0.8, 0.7, 0.8};

    for (int label = 0; label < CLASSES; label++)
        for (int prediction = 0; prediction < CLASSES; prediction++)
            shares[label][prediction] =
                LABELS[label] *
                (label == prediction ? FOUND[label] : (1.0 - FOUND[label]) / (CLASSES - 1));
}

/* Measure number `which`: macro precision, recall, F1, weighted F1, Matthews, kappa. */
static struct pl_stat class_stat(const struct pl_class_table *table, int which)
{
    if (which < 3)
        return pl_class_average(table, (enum pl_class_measure)which, PL_AVERAGE_MACRO);
    if (which == 3)
        return pl_class_average(table, PL_CLASS_F1, PL_AVERAGE_WEIGHTED);
    return which == 4 ? pl_class_matthews(table) : pl_class_kappa(table);
}

/* `first` names the measure, whose true value is that of the table of shares. */
static bool classes(struct trial_context *context)
{
    static const uint32_t SETS[CLASSES + 1] = {0, 1, 2, 3, 4, 5};
    const struct pl_class_sets sets = {.starts = SETS,
                                       .members = SETS,
                                       .count = CLASSES,
                                       .classes_count = CLASSES,
                                       .single = true};
    struct pl_class_pair pairs[CLASSES * CLASSES] = {0};
    double shares[CLASSES][CLASSES];
    struct pl_class_table table;
    struct pl_error error;
    uint64_t left = context->n;
    double share_left = 1.0;

    class_shares(shares);
    if (pl_class_table_init(&table, &sets, &context->arena, &error) != PL_OK)
        return false;
    for (uint32_t i = 0; i < CLASSES * CLASSES; i++) {
        const double share = shares[i / CLASSES][i % CLASSES];

        pairs[i] = (struct pl_class_pair){i / CLASSES, i % CLASSES, 1000, share, share};
    }
    pl_class_table_fill(&table, pairs, CLASSES * CLASSES);

    const double truth = class_stat(&table, (int)context->truth.first).value;

    for (uint32_t i = 0; i < CLASSES * CLASSES; i++) {
        const double share = shares[i / CLASSES][i % CLASSES];
        const double p = i + 1 == CLASSES * CLASSES ? 1.0 : fmin(1.0, share / share_left);

        pairs[i].n = pl_rng_binomial(&context->rng, left, p);
        pairs[i].weight = pairs[i].weight_squared = (double)pairs[i].n;
        left -= pairs[i].n;
        share_left -= share;
    }
    pl_class_table_fill(&table, pairs, CLASSES * CLASSES);

    const struct pl_stat stat = class_stat(&table, (int)context->truth.first);

    pl_arena_deinit(&context->arena);
    return holds(&stat, truth, PL_RATE_WILSON);
}

#define MIX_STRATA 4

/* Two groups of n and 2 n decisions over four strata: their shares differ by `first`, their rates by
   `second`. */
struct mixed {
    double shares[2][MIX_STRATA];
    double rates[2][MIX_STRATA];
};

static struct mixed mixed_of(const struct truth *truth)
{
    static const double RATES_OF[MIX_STRATA] = {0.1, 0.25, 0.4, 0.65};
    struct mixed mixed;

    for (int s = 0; s < MIX_STRATA; s++)
        for (int group = 0; group < 2; group++) {
            const double side = group == 0 ? 1.0 : -1.0;

            mixed.shares[group][s] = 0.25 + side * truth->first * (s < 2 ? -0.5 : 0.5);
            mixed.rates[group][s] = RATES_OF[s] + side * 0.5 * truth->second;
        }
    return mixed;
}

static void draw_group(struct trial_context *context, const struct mixed *mixed, int group,
                       struct pl_kitagawa_stratum strata[MIX_STRATA])
{
    uint64_t left = context->n * (uint64_t)(1 + group);
    double share_left = 1.0;

    for (int s = 0; s < MIX_STRATA; s++) {
        const double share = mixed->shares[group][s];
        const uint64_t n =
            s + 1 == MIX_STRATA ? left : pl_rng_binomial(&context->rng, left, share / share_left);

        left -= n;
        share_left -= share;
        strata[s].weights[group] = (double)n;
        strata[s].rates[group] = (struct pl_rate){
            (double)pl_rng_binomial(&context->rng, n, mixed->rates[group][s]), (double)n};
    }
}

/* True when every stratum has both groups, which is nearly always. */
static bool draw_mix(struct trial_context *context, const struct mixed *mixed,
                     struct pl_kitagawa *ret_parts)
{
    struct pl_kitagawa_stratum strata[MIX_STRATA];
    const double n = (double)context->n;
    const struct pl_kitagawa_request request = {strata, MIX_STRATA, {n, 2.0 * n}};

    for (int group = 0; group < 2; group++)
        draw_group(context, mixed, group, strata);
    for (int s = 0; s < MIX_STRATA; s++)
        if (strata[s].weights[0] < 1.0 || strata[s].weights[1] < 1.0)
            return false;
    *ret_parts = pl_kitagawa(&request);
    return true;
}

static bool part_within(struct trial_context *context)
{
    const struct mixed mixed = mixed_of(&context->truth);
    struct pl_kitagawa parts;

    return draw_mix(context, &mixed, &parts) &&
           holds(&parts.within, context->truth.second, PL_RATE_WILSON);
}

static bool part_of_the_mix(struct trial_context *context)
{
    const struct mixed mixed = mixed_of(&context->truth);
    struct pl_kitagawa parts;
    double truth = 0.0;

    for (int s = 0; s < MIX_STRATA; s++)
        truth += (mixed.shares[0][s] - mixed.shares[1][s]) * 0.5 *
                 (mixed.rates[0][s] + mixed.rates[1][s]);
    return draw_mix(context, &mixed, &parts) && holds(&parts.mix, truth, PL_RATE_WILSON);
}

static const struct truth RATES[] = {{0.05, 0}, {0.1, 0}, {0.2, 0}, {0.3, 0}, {0.4, 0}, {0.5, 0},
                                     {0.6, 0},  {0.7, 0}, {0.8, 0}, {0.9, 0}, {0.95, 0}};
static const struct truth PAIRS[] = {{0.1, 0.1}, {0.3, 0.1}, {0.5, 0.1}, {0.9, 0.1},
                                     {0.3, 0.3}, {0.5, 0.3}, {0.7, 0.3}, {0.5, 0.5},
                                     {0.8, 0.6}, {0.9, 0.8}, {0.9, 0.9}};
static const struct truth AREAS[] = {{0.6, 0}, {0.7, 0}, {0.8, 0}, {0.9, 0}};
static const struct truth WEIGHTED[] = {{0.1, 0}, {0.3, 0}, {0.5, 0}, {0.7, 0}};
static const struct truth MEANS[] = {{0.0, 1.0}, {100.0, 3.0}};
static const struct truth TESTS[] = {{0.0, 0}};
static const struct truth BINNED[] = {{1.0, 0}};
static const struct truth EQUALS[] = {{0.1, 3}, {0.1, 10}, {0.3, 10}, {0.5, 20}, {0.9, 5}};
static const struct truth MACROS[] = {{0, 0}, {1, 0}, {2, 0}};
static const struct truth AGREEMENTS[] = {{3, 0}, {4, 0}, {5, 0}};
static const struct truth LEVELS[] = {{0.1, 0.1}, {0.1, 0.2}, {0.3, 0.5}, {0.6, 0.9}};
static const struct truth MIXES[] = {{0.0, 0.0}, {0.3, 0.0}, {0.3, -0.1}, {0.1, 0.15}};

/* The mean of |e + 1/2| by SciPy, scipy.stats.norm and t(5): expect(lambda x: abs(x + 0.5)). */
static const struct truth NORMAL_ERRORS[] = {{0, 0.8955931148026122}};
static const struct truth STUDENT_ERRORS[] = {{5, 1.041636708901745}};

#define GRID(array) array, sizeof(array) / sizeof *(array)

/* `share` of the replicates that were asked for: slow trials do fewer. */
static const struct experiment {
    const char *method;
    trial_function trial;
    uint64_t n;
    const struct truth *grid;
    size_t grid_count;
    double share;
    double low;
    double high;
} EXPERIMENTS[] = {
    {"rate, Wilson", rate_wilson, 50, GRID(RATES), 1.0, 0.935, 0.97},
    {"rate, Wilson", rate_wilson, 500, GRID(RATES), 1.0, 0.935, 0.97},
    {"rate, Wilson", rate_wilson, 5000, GRID(RATES), 1.0, 0.935, 0.97},
    {"rate, exact", rate_exact, 50, GRID(RATES), 1.0, 0.945, 1.0},
    {"rate, exact", rate_exact, 500, GRID(RATES), 1.0, 0.945, 1.0},
    {"difference, Newcombe", difference_newcombe, 50, GRID(PAIRS), 1.0, 0.935, 0.97},
    {"difference, Newcombe", difference_newcombe, 500, GRID(PAIRS), 1.0, 0.935, 0.97},
    {"difference, Newcombe", difference_newcombe, 5000, GRID(PAIRS), 1.0, 0.935, 0.97},
    {"ratio, MOVER-R", ratio_mover, 50, GRID(PAIRS), 1.0, 0.935, 0.97},
    {"ratio, MOVER-R", ratio_mover, 500, GRID(PAIRS), 1.0, 0.935, 0.97},
    {"ratio, MOVER-R", ratio_mover, 5000, GRID(PAIRS), 1.0, 0.935, 0.97},
    {"slice against whole", slice_against_whole, 50, GRID(PAIRS), 1.0, 0.935, 0.97},
    {"slice against whole", slice_against_whole, 500, GRID(PAIRS), 1.0, 0.935, 0.97},
    {"weighted rate, Wilson", rate_weighted, 50, GRID(WEIGHTED), 1.0, 0.935, 0.97},
    {"weighted rate, Wilson", rate_weighted, 500, GRID(WEIGHTED), 1.0, 0.935, 0.97},
    {"AUC, DeLong on logits", auc_delong, 50, GRID(AREAS), 1.0, 0.935, 0.97},
    {"AUC, DeLong on logits", auc_delong, 500, GRID(AREAS), 1.0, 0.935, 0.97},
    {"AUC, DeLong on logits", auc_delong, 5000, GRID(AREAS), 0.2, 0.935, 0.97},
    {"average precision", average_precision, 50, GRID(AREAS), 1.0, 0.92, 0.97},
    {"average precision", average_precision, 500, GRID(AREAS), 1.0, 0.93, 0.97},
    {"mean, Student", mean_student, 10, GRID(MEANS), 1.0, 0.935, 0.97},
    {"ecce, calibrated", ecce_under_calibration, 500, GRID(TESTS), 1.0, 0.935, 1.0},
    {"binned error, calibrated", ecce_under_calibration, 500, GRID(BINNED), 1.0, 0.935, 1.0},
    {"gap, equal groups", gap_of_equals, 30, GRID(EQUALS), 0.2, 0.94, 1.0},
    {"gap, equal groups", gap_of_equals, 300, GRID(EQUALS), 0.2, 0.94, 1.0},
    {"gap ratio, equal groups", ratio_of_equals, 30, GRID(EQUALS), 0.2, 0.94, 1.0},
    {"gap ratio, equal groups", ratio_of_equals, 300, GRID(EQUALS), 0.2, 0.94, 1.0},
    {"part within, Kitagawa", part_within, 100, GRID(MIXES), 1.0, 0.935, 0.975},
    {"part within, Kitagawa", part_within, 1000, GRID(MIXES), 1.0, 0.935, 0.975},
    {"part of the mix, Kitagawa", part_of_the_mix, 100, GRID(MIXES), 1.0, 0.935, 0.985},
    {"part of the mix, Kitagawa", part_of_the_mix, 1000, GRID(MIXES), 1.0, 0.935, 0.98},
    {"gap, two levels", gap_of_two_levels, 100, GRID(LEVELS), 0.5, 0.94, 1.0},
    {"macro average", classes, 300, GRID(MACROS), 1.0, 0.93, 0.97},
    {"macro average", classes, 3000, GRID(MACROS), 1.0, 0.935, 0.97},
    {"weighted F1, MCC, kappa", classes, 300, GRID(AGREEMENTS), 1.0, 0.935, 0.97},
    {"weighted F1, MCC, kappa", classes, 3000, GRID(AGREEMENTS), 1.0, 0.935, 0.97},
    {"mae, normal errors", mean_absolute_error, 500, GRID(NORMAL_ERRORS), 1.0, 0.935, 0.97},
    {"mae, t5 errors", mean_absolute_error, 500, GRID(STUDENT_ERRORS), 1.0, 0.935, 0.97},
    {"mae, t5 errors", mean_absolute_error, 5000, GRID(STUDENT_ERRORS), 0.2, 0.935, 0.97},
    {"rmse, normal errors", root_mean_squared_error, 50, GRID(NORMAL_ERRORS), 1.0, 0.92, 0.97},
    {"rmse, normal errors", root_mean_squared_error, 500, GRID(NORMAL_ERRORS), 1.0, 0.935, 0.97},
    {"rmse, normal errors", root_mean_squared_error, 5000, GRID(NORMAL_ERRORS), 0.2, 0.935, 0.97},
    {"rmse, t5 errors", root_mean_squared_error, 500, GRID(STUDENT_ERRORS), 1.0, 0.91, 0.97},
    {"rmse, t5 errors", root_mean_squared_error, 5000, GRID(STUDENT_ERRORS), 0.2, 0.92, 0.97},
    {"r2, normal errors", variance_explained, 50, GRID(NORMAL_ERRORS), 1.0, 0.92, 0.97},
    {"r2, normal errors", variance_explained, 500, GRID(NORMAL_ERRORS), 1.0, 0.935, 0.97},
    {"r2, normal errors", variance_explained, 5000, GRID(NORMAL_ERRORS), 0.2, 0.935, 0.97},
    {"r2, t5 errors", variance_explained, 500, GRID(STUDENT_ERRORS), 1.0, 0.92, 0.97},
    {"r2, t5 errors", variance_explained, 5000, GRID(STUDENT_ERRORS), 0.2, 0.92, 0.97},
};

static double coverage_at(const struct experiment *experiment, const struct truth *truth,
                          uint32_t replicates, struct pl_rng rng)
{
    struct trial_context context = {.rng = rng, .truth = *truth, .n = experiment->n};
    uint32_t held = 0;

    pl_arena_init(&context.arena, (size_t)1 << 24);
    for (uint32_t i = 0; i < replicates; i++)
        held += experiment->trial(&context);
    pl_arena_deinit(&context.arena);
    return (double)held / replicates;
}

/* Prints one row; whether its average is within bounds. */
static bool run(const struct experiment *experiment, uint64_t stream, uint32_t replicates,
                uint64_t seed)
{
    const uint32_t trials = (uint32_t)fmax(100.0, replicates * experiment->share);
    double sum = 0.0;
    double least = 1.0;

    for (size_t i = 0; i < experiment->grid_count; i++) {
        struct pl_rng rng;

        pl_rng_init(&rng, seed, 1000 * stream + i);

        const double coverage = coverage_at(experiment, &experiment->grid[i], trials, rng);

        sum += coverage;
        least = fmin(least, coverage);
    }

    const double average = sum / (double)experiment->grid_count;
    const double slack =
        3.0 * sqrt(0.05 * 0.95 / ((double)trials * (double)experiment->grid_count));
    const bool good = average >= experiment->low - slack && average <= experiment->high + slack;

    printf("%-26s %5llu %5zu %11u %8.4f %8.4f   %.3f..%.3f %s\n", experiment->method,
           (unsigned long long)experiment->n, experiment->grid_count, trials, average, least,
           experiment->low, experiment->high, good ? "" : "OUT OF BOUNDS");
    return good;
}

int main(int argc, char **argv)
{
    const uint32_t replicates = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 500;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    bool good = replicates > 0;

    printf("seed %llu, confidence %.2f\n", (unsigned long long)seed, CONFIDENCE);
    printf("%-26s %5s %5s %11s %8s %8s   %s\n", "method", "n", "grid", "replicates", "average",
           "least", "bounds");
    for (size_t i = 0; i < sizeof EXPERIMENTS / sizeof *EXPERIMENTS; i++)
        good = run(&EXPERIMENTS[i], i, replicates, seed) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

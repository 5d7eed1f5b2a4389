/*
 * The two error rates for measures that are no plain counts: weighted rates, means, quantiles, and
 * measures of scores. All groups are drawn alike, and the threshold is the true value. Some of these
 * intervals are known to be short for small or heavy-tailed samples: those figures are shown, and only
 * the others are held to the bound.
 */
#include "scores.h"
#include "stats/normal.h"

#include <math.h>
#include <stdlib.h>

typedef void (*draw_function)(const double *parameters, struct pl_rng *rng,
                              struct sim_decision *one);

/* Parameters: chance of a positive, spread of log weights, how much more a positive weighs. */
static void draw_weighted(const double *parameters, struct pl_rng *rng, struct sim_decision *one)
{
    one->positive = pl_rng_uniform(rng) < parameters[0];
    one->weight = exp(parameters[1] * pl_rng_normal(rng)) * (one->positive ? parameters[2] : 1.0);
}

/* Parameter: the spread of logarithms. */
static void draw_lognormal(const double *parameters, struct pl_rng *rng, struct sim_decision *one)
{
    one->value = exp(parameters[0] * pl_rng_normal(rng));
}

/* Parameters: the chance of a value other than 0, and that value. */
static void draw_mostly_zero(const double *parameters, struct pl_rng *rng, struct sim_decision *one)
{
    one->value = pl_rng_uniform(rng) < parameters[0] ? parameters[1] : 0.0;
}

/* Parameters: low and high score, and the shift of the true chance; see scores.h. */
static void draw_score(const double *parameters, struct pl_rng *rng, struct sim_decision *one)
{
    const struct sim_scores world = {parameters[0], parameters[1], parameters[2], 0.5};

    sim_draw_scores(&world, one->group, 1, rng, one);
}

static double true_lognormal(double spread, double quantile)
{
    return quantile > 0.0 ? exp(spread * pl_normal_quantile(quantile)) : exp(0.5 * spread * spread);
}

/* What is measured, of what, and whether its figures are held to the bound. */
struct numbers {
    const char *what;
    const char *metric;
    enum pl_comparator comparator;
    draw_function draw;
    double parameters[3];
    size_t groups;
    bool weighted;
    bool scored;
    double quantile;    /* of a lognormal; 0: its mean */
    uint32_t held_from; /* n from which the figures are held to the bound; 0: never */
};

static const struct numbers NUMBERS[] = {
    {"rate 0.2, free weights",
     "selection_rate",
     PL_COMPARE_MAX,
     draw_weighted,
     {0.2, 0.7, 1.0},
     3,
     true,
     false,
     0.0,
     500},
    {"rate 0.2, free weights",
     "selection_rate",
     PL_COMPARE_MIN,
     draw_weighted,
     {0.2, 0.7, 1.0},
     3,
     true,
     false,
     0.0,
     0},
    {"rate 0.2, positives weigh 3",
     "selection_rate",
     PL_COMPARE_MAX,
     draw_weighted,
     {0.2, 0.7, 3.0},
     3,
     true,
     false,
     0.0,
     500},
    {"rate 0.2, positives weigh 3",
     "selection_rate",
     PL_COMPARE_MIN,
     draw_weighted,
     {0.2, 0.7, 3.0},
     3,
     true,
     false,
     0.0,
     0},
    {"rate 0.2, wild weights",
     "selection_rate",
     PL_COMPARE_MAX,
     draw_weighted,
     {0.2, 1.5, 1.0},
     3,
     true,
     false,
     0.0,
     0},
    {"mean, lognormal 0.5",
     "mean(x)",
     PL_COMPARE_MAX,
     draw_lognormal,
     {0.5},
     3,
     false,
     false,
     0.0,
     5000},
    {"mean, lognormal 0.5",
     "mean(x)",
     PL_COMPARE_MIN,
     draw_lognormal,
     {0.5},
     3,
     false,
     false,
     0.0,
     0},
    {"mean, lognormal 1",
     "mean(x)",
     PL_COMPARE_MAX,
     draw_lognormal,
     {1.0},
     3,
     false,
     false,
     0.0,
     0},
    {"mean, lognormal 1",
     "mean(x)",
     PL_COMPARE_MIN,
     draw_lognormal,
     {1.0},
     3,
     false,
     false,
     0.0,
     0},
    {"mean, 1 in 50 is 50",
     "mean(x)",
     PL_COMPARE_MAX,
     draw_mostly_zero,
     {0.02, 50.0},
     3,
     false,
     false,
     0.0,
     0},
    {"difference of means, 0.5",
     "mean(x)",
     PL_COMPARE_MAX_DIFFERENCE,
     draw_lognormal,
     {0.5},
     3,
     false,
     false,
     0.0,
     40},
    {"median, lognormal 1",
     "quantile(x, 0.5)",
     PL_COMPARE_MAX,
     draw_lognormal,
     {1.0},
     3,
     false,
     false,
     0.5,
     40},
    {"quantile 0.95, lognormal 1",
     "quantile(x, 0.95)",
     PL_COMPARE_MAX,
     draw_lognormal,
     {1.0},
     3,
     false,
     false,
     0.95,
     40},
    {"quantile 0.95, lognormal 1",
     "quantile(x, 0.95)",
     PL_COMPARE_MIN,
     draw_lognormal,
     {1.0},
     3,
     false,
     false,
     0.95,
     40},
    {"AUC 0.83", "roc_auc", PL_COMPARE_MIN, draw_score, {0.0, 1.0, 0.0}, 3, false, true, 0.0, 500},
    {"AUC 0.83, 12 groups",
     "roc_auc",
     PL_COMPARE_MIN,
     draw_score,
     {0.0, 1.0, 0.0},
     12,
     false,
     true,
     0.0,
     500},
    {"AUC 0.67",
     "roc_auc",
     PL_COMPARE_MIN,
     draw_score,
     {0.25, 0.75, 0.0},
     3,
     false,
     true,
     0.0,
     500},
    {"average precision",
     "average_precision",
     PL_COMPARE_MIN,
     draw_score,
     {0.0, 1.0, 0.0},
     3,
     false,
     true,
     0.0,
     0},
    {"KS separation",
     "ks_separation",
     PL_COMPARE_MIN,
     draw_score,
     {0.0, 1.0, 0.0},
     3,
     false,
     true,
     0.0,
     0},
    {"f1", "f1", PL_COMPARE_MIN, draw_score, {0.0, 1.0, 0.0}, 3, false, true, 0.0, 40},
    {"balanced accuracy",
     "balanced_accuracy",
     PL_COMPARE_MIN,
     draw_score,
     {0.0, 1.0, 0.0},
     3,
     false,
     true,
     0.0,
     40},
    {"MCC",
     "matthews_corrcoef",
     PL_COMPARE_MIN,
     draw_score,
     {0.0, 1.0, 0.0},
     3,
     false,
     true,
     0.0,
     500},
    {"expected cost",
     "expected_cost",
     PL_COMPARE_MAX,
     draw_score,
     {0.0, 1.0, 0.0},
     3,
     false,
     true,
     0.0,
     500},
    {"Brier score",
     "brier_score",
     PL_COMPARE_MAX,
     draw_score,
     {0.0, 1.0, 0.0},
     3,
     false,
     true,
     0.0,
     500},
    {"log loss",
     "log_loss",
     PL_COMPARE_MAX,
     draw_score,
     {0.0, 1.0, 0.0},
     3,
     false,
     true,
     0.0,
     5000},
    {"calibration, off by 0.10",
     "calibration_error",
     PL_COMPARE_MAX,
     draw_score,
     {0.1, 0.8, 0.1},
     3,
     false,
     true,
     0.0,
     40},
    {"calibration, off by 0.02",
     "calibration_error",
     PL_COMPARE_MAX,
     draw_score,
     {0.1, 0.8, 0.02},
     3,
     false,
     true,
     0.0,
     40},
    {"calibration, 1 score, 12 g.",
     "calibration_error",
     PL_COMPARE_MAX,
     draw_score,
     {0.3, 0.3, 0.05},
     12,
     false,
     true,
     0.0,
     0},
    {"ecce, off by 0.10",
     "ecce",
     PL_COMPARE_MAX,
     draw_score,
     {0.1, 0.8, 0.1},
     3,
     false,
     true,
     0.0,
     40},
};

static const uint32_t SIZES[] = {40, 500, 5000};

#define NUMBERS_COUNT (sizeof NUMBERS / sizeof *NUMBERS)
#define SIZES_COUNT   (sizeof SIZES / sizeof *SIZES)

static double true_value(const struct numbers *numbers)
{
    const double *p = numbers->parameters;
    const struct sim_scores world = {p[0], p[1], p[2], 0.5};

    if (numbers->comparator == PL_COMPARE_MAX_DIFFERENCE)
        return 0.0;
    if (numbers->draw == draw_weighted)
        return p[0] * p[2] / (p[0] * p[2] + 1.0 - p[0]);
    if (numbers->draw == draw_lognormal)
        return true_lognormal(p[0], numbers->quantile);
    if (numbers->draw == draw_mostly_zero)
        return p[0] * p[1];
    return sim_true_value(&world, numbers->metric);
}

static struct sim_decisions draw_audit(const struct numbers *numbers, uint32_t n,
                                       struct pl_rng *rng, struct sim_decision *items)
{
    size_t count = 0;

    for (uint32_t g = 0; g < numbers->groups; g++)
        for (uint32_t i = 0; i < n; i++) {
            items[count] = (struct sim_decision){.value = 1.0, .weight = 1.0, .group = g};
            numbers->draw(numbers->parameters, rng, &items[count++]);
        }
    return (struct sim_decisions){
        .items = items,
        .count = count,
        .groups_count = numbers->groups,
        .weighted = numbers->weighted,
        .scored = numbers->scored,
        .threshold = 0.5,
    };
}

/* How often each case, and the limit, was wrongly said to be clear, and the limit a breach. */
struct tally {
    uint32_t cases[SIM_GROUPS_MAX + 1];
    uint32_t clear;
    uint32_t breach;
    size_t contradictions;
};

static void count_finding(const struct pl_finding *finding, struct tally *tally)
{
    tally->clear += finding->state == PL_STATE_CLEAR;
    tally->breach += finding->state == PL_STATE_BREACH;
    for (size_t i = 0; i < finding->cases_count; i++) {
        const struct pl_slice *slice = finding->cases[i].slice;

        tally->cases[slice->crossing == NULL ? SIM_GROUPS_MAX : slice->groups[0]] +=
            finding->cases[i].state == PL_STATE_CLEAR;
    }
}

static void run_audits(const struct numbers *numbers, uint32_t n, uint32_t audits,
                       struct pl_rng *rng, struct tally *tally)
{
    struct sim_decision *items = calloc((size_t)n * numbers->groups, sizeof *items);
    const struct pl_limit limit =
        sim_limit(numbers->metric, numbers->comparator, true_value(numbers), NULL);
    struct pl_arena arena;

    pl_arena_init(&arena, (size_t)1 << 30);
    for (uint32_t i = 0; items != NULL && i < audits; i++) {
        const struct sim_decisions decisions = draw_audit(numbers, n, rng, items);
        const struct pl_cells *cells = sim_cells_of_decisions(&decisions, &arena);
        struct pl_measured *measured = sim_measure(cells, &numbers->metric, 1, &arena);
        const struct pl_judgement *judgement = sim_judge(measured, &limit, 1, &arena);

        count_finding(&judgement->findings[0], tally);
        tally->contradictions += sim_contradictions(judgement);
        pl_measured_deinit(measured);
        pl_arena_deinit(&arena);
    }
    free(items);
}

/* The mean over the groups: they are all drawn alike. */
static double mean_clear(const struct numbers *numbers, const struct tally *tally, uint32_t audits)
{
    uint32_t sum = 0;

    for (size_t g = 0; g < numbers->groups; g++)
        sum += tally->cases[g];
    return (double)sum / (double)numbers->groups / audits;
}

static void run_size(struct sim_run *run, const struct numbers *numbers, size_t size_index)
{
    const uint32_t n = SIZES[size_index];
    const uint32_t audits = n < 5000 ? run->audits : run->audits / 10 + 1;
    const bool held = numbers->held_from > 0 && n >= numbers->held_from;
    struct tally tally = {0};
    struct pl_rng rng;

    pl_rng_init(&rng, run->seed,
                100000 + 10 * (uint64_t)(numbers - NUMBERS) + (uint64_t)size_index);
    run_audits(numbers, n, audits, &rng, &tally);

    const double clear = mean_clear(numbers, &tally, audits);
    const double breach = (double)tally.breach / audits;

    printf(" |");
    sim_print_rate(run, clear, SIM_ALPHA, audits);
    sim_print_rate(run, breach, SIM_ALPHA, audits);
    if (tally.contradictions > 0)
        printf(" CONTRADICTION");
    run->figures++;
    run->beyond += tally.contradictions > 0;
    if (!held)
        return;
    sim_expect_at_most(run, clear, SIM_ALPHA, audits);
    sim_expect_at_most(run, breach, SIM_ALPHA, audits);
}

void sim_numbers_run(struct sim_run *run)
{
    printf("\nLimits on other measures: per cent of %u audits (of a tenth at n = 5,000) in which a "
           "case\nis wrongly clear, and in which the limit is wrongly a breach\n    %-34s",
           run->audits, "decisions in each group");
    for (size_t s = 0; s < SIZES_COUNT; s++)
        printf(" | %16u", SIZES[s]);
    printf("\n");
    for (size_t i = 0; i < NUMBERS_COUNT; i++) {
        const char *limit = NUMBERS[i].comparator == PL_COMPARE_MIN ? "min" : "max";

        printf("    %-30s %3s", NUMBERS[i].what, limit);
        for (size_t s = 0; s < SIZES_COUNT; s++)
            run_size(run, &NUMBERS[i], s);
        printf("\n");
        fflush(stdout);
    }
}

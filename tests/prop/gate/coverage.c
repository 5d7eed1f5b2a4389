/*
 * How often the two-sided 95 % intervals that are printed hold the truth: of each measure in one
 * slice, over three worlds of scores; and of the gap between groups.
 */
#include "scores.h"

#include <math.h>
#include <stdlib.h>

#define WORLDS_COUNT (sizeof WORLDS / sizeof *WORLDS)
#define SIZES_COUNT  (sizeof SIZES / sizeof *SIZES)

#define COVERAGE_LOW  0.935
#define COVERAGE_HIGH 0.97
#define GAP_LOW       0.94

#define GAP_RATIO_SPARSE 0.02 /* ratios at this rate are shown, and not held to the bound */

static const struct sim_scores WORLDS[] = {
    {0.0, 1.0, 0.0, 0.5},
    {0.0, 0.4, 0.0, 0.2},
    {0.1, 0.8, 0.1, 0.5},
};

static const size_t SIZES[] = {50, 500, 5000};

static const char *const METRICS[] = {
    "accuracy",
    "selection_rate",
    "base_rate",
    "true_positive_rate",
    "precision",
    "roc_auc",
    "false_positive_rate",
    "f1",
    "balanced_accuracy",
    "matthews_corrcoef",
    "average_precision",
    "brier_score",
    "log_loss",
    "calibration_error",
    "ecce",
    "ks_separation",
    "expected_cost",
};

#define METRICS_COUNT (sizeof METRICS / sizeof *METRICS)
#define HELD_COUNT    7 /* the first ones are rates and AUC, which are held to the bounds */

struct covered {
    uint32_t held[METRICS_COUNT];
    uint32_t defined[METRICS_COUNT];
};

static void run_audits(const struct sim_scores *world, size_t n, uint32_t audits,
                       struct pl_rng *rng, struct covered *covered)
{
    struct sim_decision *items = calloc(n, sizeof *items);
    double truths[METRICS_COUNT];
    struct pl_arena arena;

    for (size_t k = 0; k < METRICS_COUNT; k++)
        truths[k] = sim_true_value(world, METRICS[k]);
    pl_arena_init(&arena, (size_t)1 << 28);
    for (uint32_t i = 0; items != NULL && i < audits; i++) {
        const struct sim_decisions decisions = {.items = items,
                                                .count = n,
                                                .groups_count = 1,
                                                .scored = true,
                                                .threshold = world->threshold};

        sim_draw_scores(world, 0, n, rng, items);

        const struct pl_cells *cells = sim_cells_of_decisions(&decisions, &arena);
        const struct pl_measured *measured = sim_measure(cells, METRICS, METRICS_COUNT, &arena);

        for (size_t k = 0; k < METRICS_COUNT; k++) {
            const struct pl_estimate *e = &measured->overall.estimates[k];

            covered->defined[k] += e->status == PL_ESTIMATE_OK;
            covered->held[k] +=
                e->status == PL_ESTIMATE_OK && e->low <= truths[k] && truths[k] <= e->high;
        }
        pl_arena_deinit(&arena);
    }
    free(items);
}

/* Averages are held to their bounds with room for the error of the simulation itself. */
static void expect_between(struct sim_run *run, double rate, double low, double high,
                           uint32_t audits)
{
    const double room = run->allowance * sqrt(SIM_ALPHA * SIM_CONFIDENCE / audits);
    const bool good = rate >= low - room && rate <= high + room;

    run->figures++;
    run->beyond += !good;
    printf("%c", good ? ' ' : '!');
}

static uint32_t audits_for(const struct sim_run *run, size_t n)
{
    return n < 5000 ? run->audits : run->audits / 4 + 1;
}

static void print_metric(struct sim_run *run, size_t k, struct covered covered[][SIZES_COUNT])
{
    printf("    %-22s", METRICS[k]);
    for (size_t s = 0; s < SIZES_COUNT; s++) {
        const uint32_t audits = audits_for(run, SIZES[s]);
        double sum = 0.0;

        printf(" |");
        for (size_t w = 0; w < WORLDS_COUNT; w++) {
            const double share =
                (double)covered[w][s].held[k] / fmax(1.0, covered[w][s].defined[k]);

            printf(" %5.1f", 100.0 * share);
            sum += share;
        }
        printf(" : %5.1f", 100.0 * sum / WORLDS_COUNT);
        if (k < HELD_COUNT)
            expect_between(run, sum / WORLDS_COUNT, COVERAGE_LOW, COVERAGE_HIGH,
                           audits * (uint32_t)WORLDS_COUNT);
        else
            printf(" ");
    }
    printf("\n");
}

void sim_coverage_run(struct sim_run *run)
{
    struct covered covered[WORLDS_COUNT][SIZES_COUNT] = {0};
    struct pl_rng rng;

    printf("\nCoverage of 95 %% intervals, per cent of %u audits (a quarter at n = 5,000): scores "
           "uniform on\n(0, 1), on (0, 0.4), on (0.1, 0.8) with chances 0.1 higher, and the "
           "average\n    %-22s",
           run->audits, "decisions");
    for (size_t s = 0; s < SIZES_COUNT; s++)
        printf(" | %26zu", SIZES[s]);
    printf("\n");
    for (size_t s = 0; s < SIZES_COUNT; s++)
        for (size_t w = 0; w < WORLDS_COUNT; w++) {
            pl_rng_init(&rng, run->seed, 200000 + 10 * s + w);
            run_audits(&WORLDS[w], SIZES[s], audits_for(run, SIZES[s]), &rng, &covered[w][s]);
        }
    for (size_t k = 0; k < METRICS_COUNT; k++)
        print_metric(run, k, covered);
    fflush(stdout);
}

/* ---- the gap between groups ---- */

static const uint64_t GAP_SIZES[] = {200, 1000, 60, 2000, 100, 400, 3000, 40, 700, 150, 5000, 300};
static const double GAP_LEVELS[] = {0.02, 0.1, 0.3, 0.5};
static const size_t GAP_COUNTS[] = {3, 12};

#define GAP_LEVELS_COUNT (sizeof GAP_LEVELS / sizeof *GAP_LEVELS)

/* The first group is at the level; with unequal groups the others fall evenly to half of it. */
static struct sim_rates make_gap(size_t count, double level, bool equal)
{
    struct sim_rates world = {.count = count};

    for (size_t g = 0; g < count; g++) {
        world.n[g] = GAP_SIZES[g];
        world.negatives[g] = 1.0;
        world.rate[g] = level * (equal ? 1.0 : 1.0 - 0.5 * (double)g / (double)(count - 1));
    }
    return world;
}

/* With an expected count of one or two in a group the ratio is known to fall short: shown only. */
static void show_gap(struct sim_run *run, double share, bool held, uint32_t audits)
{
    printf("  %6.2f", 100.0 * share);
    if (held)
        expect_between(run, share, GAP_LOW, 1.0, audits);
    else
        printf(" ");
}

struct gap_covered {
    uint32_t differences;
    uint32_t ratios;
};

static bool holds(const struct pl_estimate *estimate, double truth)
{
    return estimate->status == PL_ESTIMATE_OK && estimate->low <= truth && truth <= estimate->high;
}

/* An undefined ratio says nothing, and so nothing wrong. */
static void draw_gap(const struct sim_rates *world, double least, struct pl_rng *rng,
                     struct gap_covered *covered)
{
    static const char *const SELECTION[] = {"selection_rate"};
    const struct pl_between *between = NULL;
    size_t count = 0;
    struct pl_error error;
    struct pl_arena arena;

    pl_arena_init(&arena, (size_t)1 << 28);

    struct pl_measured *measured =
        sim_measure(sim_cells_of_rates(world, rng, &arena), SELECTION, 1, &arena);

    measured->seed = pl_rng_next(rng);
    if (pl_measure_between(measured, 1, &arena, &between, &count, &error) == PL_OK && count == 1) {
        covered->differences += holds(&between->difference, world->rate[0] - least);
        covered->ratios += between->ratio.status == PL_ESTIMATE_UNDEFINED ||
                           holds(&between->ratio, least / world->rate[0]);
    }
    pl_arena_deinit(&arena);
}

static void run_gap(struct sim_run *run, const struct sim_rates *world, bool equal, uint64_t stream)
{
    const uint32_t audits = run->audits / 4 + 1;
    const double least = equal ? world->rate[0] : 0.5 * world->rate[0];
    struct gap_covered covered = {0};
    struct pl_rng rng;

    pl_rng_init(&rng, run->seed, 300000 + stream);
    for (uint32_t i = 0; i < audits; i++)
        draw_gap(world, least, &rng, &covered);
    printf("    %2zu groups, rate %.2f, %-7s", world->count, world->rate[0],
           equal ? "equal" : "unequal");
    show_gap(run, (double)covered.differences / audits, true, audits);
    show_gap(run, (double)covered.ratios / audits, world->rate[0] > GAP_RATIO_SPARSE, audits);
    printf("\n");
    fflush(stdout);
}

void sim_between_run(struct sim_run *run)
{
    uint64_t stream = 0;

    printf(
        "\nCoverage of the gap between groups of 40 to 5,000, per cent of %u audits: difference, "
        "ratio\n",
        run->audits / 4 + 1);
    for (size_t c = 0; c < 2; c++)
        for (size_t l = 0; l < GAP_LEVELS_COUNT; l++)
            for (int equal = 0; equal < 2; equal++) {
                const struct sim_rates world = make_gap(GAP_COUNTS[c], GAP_LEVELS[l], equal == 1);

                run_gap(run, &world, equal == 1, stream++);
            }
}

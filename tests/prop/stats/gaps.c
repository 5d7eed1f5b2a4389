/*
 * Simultaneous intervals over many groups, by simulation: how often the interval for the largest
 * gap (and the smallest ratio) holds the true one, and how often groups that are all equal are said
 * to differ. Groups are unequal, of 30 to 3,000 decisions; some rates are rare. Fails when a share
 * leaves its bounds by more than the simulation's own error.
 *
 *     gaps [REPLICATES [SEED [KIND]]]
 *
 * The suite runs a few; docs/statistics.md gives the figures of a long run.
 */
#include "base/arena.h"
#include "base/rng.h"
#include "stats/gap.h"
#include "stats/mean.h"
#include "stats/roc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GROUPS_MAX      84
#define SMALLEST        30.0
#define LARGEST         3000.0
#define GAP_REPLICATES  1000
#define POSITIVES_SHARE 3 /* one decision in so many is positive where scores are ranked */

static const double CONFIDENCE = 0.95;

/* What the groups hold: a share, skewed values, or scores to rank. */
enum kind { KIND_RATE, KIND_MEAN, KIND_AUC, KIND_ODDS };

/* How the true values lie: all equal, spread evenly up to twice the first, or one apart from the
   others. */
enum layout { LAYOUT_EQUAL, LAYOUT_SPREAD, LAYOUT_ONE_APART };

struct point {
    enum kind kind;
    enum layout layout;
    size_t groups;
    double level; /* the rate, the mean, or the area */
    double far;   /* the furthest group's, where they differ */
};

struct trial {
    const struct point *point;
    struct pl_rng rng;
    struct pl_arena arena;
    struct pl_stat stats[GROUPS_MAX];
};

struct counts {
    uint32_t difference_held;
    uint32_t ratio_held;
    uint32_t said_to_differ;
};

static double truth_of(const struct point *point, size_t g)
{
    const double share = (double)g / (double)(point->groups - 1);

    if (point->layout == LAYOUT_EQUAL)
        return point->level;
    if (point->layout == LAYOUT_SPREAD)
        return point->level + share * (point->far - point->level);
    return g == 0 ? point->far : point->level;
}

/* Sizes are spread evenly on a logarithmic scale, in an order that has nothing to do with the
   values. */
static uint64_t size_of(const struct point *point, size_t g)
{
    const size_t place = (g * 37 + 11) % point->groups;
    const double share = (double)place / (double)(point->groups - 1);

    return (uint64_t)round(SMALLEST * pow(LARGEST / SMALLEST, share));
}

static struct pl_stat draw_rate(struct pl_rng *rng, uint64_t n, double p)
{
    const double k = (double)pl_rng_binomial(rng, n, p);

    return (struct pl_stat){.kind = PL_STAT_RATE,
                            .n = n,
                            .value = k / (double)n,
                            .rate = {.rate = {.k = k, .n = (double)n}}};
}

/* Gamma-distributed values of shape 2: skewed, as times and costs are. */
static struct pl_stat draw_mean(struct pl_rng *rng, uint64_t n, double mean)
{
    struct pl_mean sums;

    pl_mean_init(&sums);
    for (uint64_t i = 0; i < n; i++)
        pl_mean_add(&sums, -0.5 * mean * log(pl_rng_uniform(rng) * pl_rng_uniform(rng)), 1, 1.0);
    return pl_mean_finish(&sums);
}

struct scored {
    double score;
    bool positive;
};

static int by_score(const void *a, const void *b)
{
    const double first = ((const struct scored *)a)->score;
    const double second = ((const struct scored *)b)->score;

    return first < second ? -1 : first > second;
}

/* Binormal scores whose area is Phi(d / sqrt 2); `shift` is d. */
static struct pl_stat draw_area(struct pl_rng *rng, uint64_t n, double shift)
{
    static struct scored items[(size_t)LARGEST + 1];
    struct pl_roc_totals totals = {0};
    struct pl_roc roc;

    for (uint64_t i = 0; i < n; i++) {
        items[i].positive = i % POSITIVES_SHARE == 0;
        items[i].score = pl_rng_normal(rng) + (items[i].positive ? shift : 0.0);
        totals.positives_count += items[i].positive;
        totals.negatives_count += !items[i].positive;
    }
    totals.all.positives = totals.all.positives_squared = (double)totals.positives_count;
    totals.all.negatives = totals.all.negatives_squared = (double)totals.negatives_count;
    qsort(items, (size_t)n, sizeof *items, by_score);
    pl_roc_init(&roc, &totals, PL_ROC_AREA);
    for (uint64_t i = 0; i < n; i++) {
        const double one = 1.0;
        const struct pl_tie tie = items[i].positive
                                      ? (struct pl_tie){.positives = one, .positives_squared = one}
                                      : (struct pl_tie){.negatives = one, .negatives_squared = one};

        pl_roc_add(&roc, &tie);
    }
    return pl_roc_finish_auc(&roc);
}

/* Odds among the errors, one decision in five; undefined, and passed over, where all are of one
   kind. */
static struct pl_stat draw_odds(struct pl_rng *rng, uint64_t n, double odds)
{
    const uint64_t errors = n / 5 + 1;
    struct pl_stat stat = draw_rate(rng, errors, odds / (1.0 + odds));
    const double k = stat.rate.rate.k;

    if (k >= (double)errors)
        return (struct pl_stat){.kind = PL_STAT_NONE, .reason = PL_UNDEFINED_NO_FALSE_POSITIVES};
    stat.rate.shape = PL_RATE_ODDS;
    stat.value = k / ((double)errors - k);
    return stat;
}

static struct pl_stat draw(struct trial *trial, uint64_t n, double truth)
{
    switch (trial->point->kind) {
    case KIND_MEAN:
        return draw_mean(&trial->rng, n, truth);
    case KIND_AUC:
        return draw_area(&trial->rng, n, truth);
    case KIND_ODDS:
        return draw_odds(&trial->rng, n, truth);
    case KIND_RATE:
        break;
    }
    return draw_rate(&trial->rng, n, truth);
}

/* The area of a shift: that is what the gap is between. */
static double value_of(const struct point *point, double truth)
{
    return point->kind == KIND_AUC ? 0.5 * erfc(-0.5 * truth) : truth;
}

static bool run_trial(struct trial *trial, struct counts *counts)
{
    const struct point *point = trial->point;
    const struct pl_gap_request request = {.stats = trial->stats,
                                           .count = point->groups,
                                           .confidence = CONFIDENCE,
                                           .replicates = GAP_REPLICATES,
                                           .seed = pl_rng_next(&trial->rng)};
    double least = HUGE_VAL;
    double most = 0.0;
    struct pl_gap difference;
    struct pl_gap ratio;
    struct pl_error error;

    for (size_t g = 0; g < point->groups; g++) {
        const double value = value_of(point, truth_of(point, g));

        least = fmin(least, value);
        most = fmax(most, value);
        trial->stats[g] = draw(trial, size_of(point, g), truth_of(point, g));
    }
    if (pl_gap_difference(&request, &trial->arena, &difference, &error) != PL_OK ||
        pl_gap_ratio(&request, &trial->arena, &ratio, &error) != PL_OK)
        return false;
    pl_arena_deinit(&trial->arena);
    counts->difference_held +=
        difference.estimate.low <= most - least && most - least <= difference.estimate.high;
    counts->ratio_held +=
        ratio.estimate.status == PL_ESTIMATE_UNDEFINED ||
        (ratio.estimate.low <= least / most && least / most <= ratio.estimate.high);
    counts->said_to_differ += difference.estimate.low > 0.0;
    return true;
}

static const char *const KINDS[] = {
    [KIND_RATE] = "rate", [KIND_MEAN] = "mean", [KIND_AUC] = "AUC", [KIND_ODDS] = "odds"};
static const char *const LAYOUTS[] = {
    [LAYOUT_EQUAL] = "equal", [LAYOUT_SPREAD] = "spread", [LAYOUT_ONE_APART] = "one apart"};

#define LAYOUTS_OF(kind, groups, level, far)                                                       \
    {kind, LAYOUT_EQUAL, groups, level, far}, {kind, LAYOUT_SPREAD, groups, level, far},           \
    {                                                                                              \
        kind, LAYOUT_ONE_APART, groups, level, far                                                 \
    }
#define GROUPS_OF(kind, level, far)                                                                \
    LAYOUTS_OF(kind, 3, level, far), LAYOUTS_OF(kind, 12, level, far),                             \
        LAYOUTS_OF(kind, 84, level, far)

static const struct point POINTS[] = {
    GROUPS_OF(KIND_RATE, 0.02, 0.06), GROUPS_OF(KIND_RATE, 0.1, 0.25),
    GROUPS_OF(KIND_RATE, 0.5, 0.8),   GROUPS_OF(KIND_MEAN, 100.0, 150.0),
    GROUPS_OF(KIND_AUC, 1.0, 1.6),    GROUPS_OF(KIND_ODDS, 1.0, 2.0),
};

static bool run(const struct point *point, uint32_t replicates, uint64_t seed, uint64_t stream)
{
    static struct trial trial;
    struct counts counts = {0};
    const double slack = 3.0 * sqrt(0.05 * 0.95 / replicates);

    trial.point = point;
    pl_rng_init(&trial.rng, seed, stream);
    pl_arena_init(&trial.arena, (size_t)1 << 24);
    for (uint32_t i = 0; i < replicates; i++)
        if (!run_trial(&trial, &counts))
            return false;

    const double held = (double)counts.difference_held / replicates;
    const double ratio_held = (double)counts.ratio_held / replicates;
    const double differ = (double)counts.said_to_differ / replicates;
    const bool good = held >= 0.94 - slack && ratio_held >= 0.94 - slack &&
                      (point->layout != LAYOUT_EQUAL || differ <= 0.05 + slack);

    printf("%-5s %7.2f %6zu  %-10s %10u %10.4f %10.4f %10.4f  %s\n", KINDS[point->kind],
           point->level, point->groups, LAYOUTS[point->layout], replicates, held, ratio_held,
           differ, good ? "" : "OUT OF BOUNDS");
    (void)fflush(stdout);
    return good;
}

int main(int argc, char **argv)
{
    const uint32_t replicates = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    bool good = replicates > 0;

    printf("seed %llu, confidence %.2f, sizes %.0f to %.0f\n", (unsigned long long)seed, CONFIDENCE,
           SMALLEST, LARGEST);
    printf("%-5s %7s %6s  %-10s %10s %10s %10s %10s\n", "kind", "level", "groups", "truth",
           "replicates", "difference", "ratio", "differ");
    for (size_t i = 0; i < sizeof POINTS / sizeof *POINTS; i++)
        if (argc <= 3 || strcmp(argv[3], KINDS[POINTS[i].kind]) == 0)
            good = run(&POINTS[i], replicates, seed, i) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

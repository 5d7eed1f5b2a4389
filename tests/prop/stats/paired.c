/*
 * Baselines by pairs, by simulation: how often a model that is worse by exactly the margin is called
 * non-inferior, and one whose false positive rate is down by exactly a relative margin superior. Either
 * may be in 5 %. And how much shorter pairing makes the distance to the bound.
 * Fails when a share passes 5 % by more than the simulation's own error.
 *
 *     paired [REPLICATES [SEED]]
 *
 * The suite runs 2,000; docs/statistics.md gives the figures of a long run.
 */
#include "base/rng.h"
#include "stats/pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const double ALPHA = 0.05;

struct point {
    double n;
    double accuracy;     /* of the baseline */
    double margin;       /* the model is worse by this much */
    double disagreement; /* the share of decisions in which one of the two is right */
};

/* From answers that hardly differ but where the model is wrong, to answers that are as good as drawn
   apart. */
static const struct point POINTS[] = {
    {50, 0.9, 0.1, 0.1},      {50, 0.7, 0.1, 0.3},      {200, 0.9, 0.05, 0.05},
    {200, 0.9, 0.05, 0.1},    {200, 0.7, 0.05, 0.3},    {1000, 0.9, 0.01, 0.01},
    {1000, 0.9, 0.01, 0.04},  {1000, 0.9, 0.02, 0.1},   {1000, 0.6, 0.02, 0.4},
    {5000, 0.95, 0.01, 0.01}, {5000, 0.95, 0.01, 0.03}, {5000, 0.8, 0.01, 0.2},
};
#define POINTS_COUNT (sizeof POINTS / sizeof *POINTS)

struct counts {
    double both;
    double first;  /* the model alone is right */
    double second; /* the baseline alone is right */
};

static struct counts draw(const struct point *point, struct pl_rng *rng)
{
    const double first = 0.5 * (point->disagreement - point->margin);
    const double second = 0.5 * (point->disagreement + point->margin);
    const double both = point->accuracy - second;
    struct counts counts = {0};

    for (int i = 0; i < (int)point->n; i++) {
        const double u = pl_rng_uniform(rng);

        counts.first += u < first ? 1.0 : 0.0;
        counts.second += u >= first && u < first + second ? 1.0 : 0.0;
        counts.both += u >= first + second && u < first + second + both ? 1.0 : 0.0;
    }
    return counts;
}

static double paired_low(const struct point *point, const struct counts *counts)
{
    const struct pl_discordance discordance = {
        .only_first = {counts->first, point->n},
        .only_second = {counts->second, point->n},
        .value = (counts->first - counts->second) / point->n,
        .n = (uint64_t)point->n,
    };
    const struct pl_stat stat = pl_paired_difference(&discordance);

    return pl_stat_low(&stat, ALPHA, PL_RATE_EXACT);
}

static struct pl_stat rate(double k, double n)
{
    return (struct pl_stat){
        .kind = PL_STAT_RATE, .n = (uint64_t)n, .value = k / n, .rate = {.rate = {k, n}}};
}

static double unpaired_low(const struct point *point, const struct counts *counts)
{
    const struct pl_stat here = rate(counts->both + counts->first, point->n);
    const struct pl_stat there = rate(counts->both + counts->second, point->n);
    const struct pl_contrast contrast = {.stats = {&here, &there}, .coefficients = {1.0, -1.0}};

    return pl_contrast_low(&contrast, ALPHA, PL_RATE_EXACT);
}

/* False when the model is called non-inferior too often. */
static bool run(const struct point *point, uint32_t replicates, uint64_t seed)
{
    struct pl_rng rng;
    uint32_t cleared = 0;
    double paired = 0.0;
    double unpaired = 0.0;

    pl_rng_init(&rng, seed, (uint64_t)(point - POINTS));
    for (uint32_t i = 0; i < replicates; i++) {
        const struct counts counts = draw(point, &rng);
        const double value = (counts.first - counts.second) / point->n;
        const double low = paired_low(point, &counts);

        cleared += low >= -point->margin;
        paired += value - low;
        unpaired += value - unpaired_low(point, &counts);
    }

    const double share = (double)cleared / replicates;
    const double error = 3.0 * sqrt(ALPHA * (1.0 - ALPHA) / replicates);

    printf("| %.0f | %.2f | %.2f | %.2f | %.4f | %.2f |\n", point->n, point->accuracy,
           point->margin, point->disagreement, share, paired / unpaired);
    return share <= ALPHA + error && paired <= unpaired;
}

/* A false positive rate that is exactly `ratio` times the baseline's. */
struct share {
    double n;
    double rate; /* of the baseline */
    double ratio;
    double disagreement;
};

static const struct share SHARES[] = {
    {200, 0.4, 0.85, 0.08},     {500, 0.3, 0.85, 0.3},     {1000, 0.1, 0.85, 0.03},
    {1000, 0.1, 0.85, 0.1},     {3000, 0.03, 0.85, 0.006}, {3000, 0.03, 0.85, 0.02},
    {10000, 0.02, 0.85, 0.004}, {1000, 0.5, 0.99, 0.006},
};
#define SHARES_COUNT (sizeof SHARES / sizeof *SHARES)

/* As src/measure/pairs.c has it: two decisions more are taken to differ in each way. */
static double correlation_of(const struct counts *counts, double n)
{
    const double unseen = 2.0;
    const double here = (counts->both + counts->first) / n;
    const double there = (counts->both + counts->second) / n;
    const double neither = n - counts->both - counts->first - counts->second;
    const double first = (1.0 - here + there) / n;
    const double second = (1.0 - there + here) / n;
    struct pl_influences influences = {.difference = unseen * (first * first + second * second)};

    pl_influences_add(&influences, (1.0 - here) / n, (1.0 - there) / n, counts->both);
    pl_influences_add(&influences, (1.0 - here) / n, -there / n, counts->first);
    pl_influences_add(&influences, -here / n, (1.0 - there) / n, counts->second);
    pl_influences_add(&influences, -here / n, -there / n, neither);
    return pl_influences_correlation(&influences);
}

/* False when the model is called superior too often. */
static bool run_share(const struct share *share, uint32_t replicates, uint64_t seed)
{
    /* Worse by a negative margin, and right where the answer is a false positive. */
    const struct point point = {share->n, share->rate, share->rate * (1.0 - share->ratio),
                                share->disagreement};
    struct pl_rng rng;
    uint32_t called = 0;

    pl_rng_init(&rng, seed, 100 + (uint64_t)(share - SHARES));
    for (uint32_t i = 0; i < replicates; i++) {
        const struct counts counts = draw(&point, &rng);
        const struct pl_stat here = rate(counts.both + counts.first, share->n);
        const struct pl_stat there = rate(counts.both + counts.second, share->n);

        called += pl_ratio_high(&here, &there, correlation_of(&counts, share->n), ALPHA,
                                PL_RATE_EXACT) < share->ratio;
    }

    const double part = (double)called / replicates;

    printf("| %.0f | %.2f | %.2f | %.3f | %.4f |\n", share->n, share->rate, share->ratio,
           share->disagreement, part);
    return part <= ALPHA + 3.0 * sqrt(ALPHA * (1.0 - ALPHA) / replicates);
}

int main(int argc, char **argv)
{
    const uint32_t replicates = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 2000;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    bool good = true;

    printf("seed %llu, %u replicates\n", (unsigned long long)seed, replicates);
    printf("| n | accuracy | margin | disagree | called non-inferior | length, of unpaired |\n");
    for (size_t i = 0; i < POINTS_COUNT; i++)
        good = run(&POINTS[i], replicates, seed) && good;
    printf("| n | rate | times | disagree | called superior |\n");
    for (size_t i = 0; i < SHARES_COUNT; i++)
        good = run_share(&SHARES[i], replicates, seed) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/*
 * Intervals over clusters, by simulation: how often that of a rate holds the true one, where decisions of
 * a cluster are alike and the clusters of unequal size; and how often that of a gap holds the true gap,
 * with slices that have clusters of their own and slices that share all of them; and that of the difference
 * of two answers to the same decisions. Fails when a share leaves its bounds by more than the simulation's
 * own error.
 *
 *     clusters [REPLICATES [SEED]]
 *
 * The suite runs a few; docs/statistics.md gives the figures of a long run.
 */
#include "base/arena.h"
#include "base/rng.h"
#include "stats/clusters.h"
#include "stats/gap.h"
#include "stats/pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define SLICES_MAX 4

static const double CONFIDENCE = 0.95;

/* How slices and clusters meet; and two answers to the same decisions. */
enum layout { LAYOUT_ONE, LAYOUT_NESTED, LAYOUT_CROSSED, LAYOUT_PAIRED };

struct point {
    enum layout layout;
    size_t slices;
    size_t clusters; /* of each slice; where they are crossed, of all */
    double rate;
    double alike; /* the correlation of two decisions of a cluster */
    double least; /* the share that must hold, but for the simulation's error */
};

struct trial {
    const struct point *point;
    struct pl_rng rng;
    struct pl_arena arena;
    struct pl_clusters sums[SLICES_MAX];
    struct pl_clusters_shared shared[SLICES_MAX][SLICES_MAX];
    struct pl_stat stats[SLICES_MAX];
};

/* Cluster i of every slice has 2 to 40 decisions. */
static uint64_t size_of(size_t cluster)
{
    return 2 + (cluster * 37 + 11) % 39;
}

/* A gamma deviate of whole or broken shape (G. Marsaglia & W. W. Tsang, ACM TOMS 26 (2000) 363). */
static double draw_gamma(struct pl_rng *rng, double shape)
{
    if (shape < 1.0)
        return draw_gamma(rng, shape + 1.0) * pow(pl_rng_uniform(rng), 1.0 / shape);

    const double d = shape - 1.0 / 3.0;
    const double c = 1.0 / sqrt(9.0 * d);

    for (;;) {
        const double x = pl_rng_normal(rng);
        const double v = pow(1.0 + c * x, 3.0);

        if (v > 0.0 && log(pl_rng_uniform(rng)) < 0.5 * x * x + d - d * v + d * log(v))
            return d * v;
    }
}

/* The rate of one cluster: beta-distributed with the correlation that the point asks for. */
static double draw_rate(struct trial *trial)
{
    const struct point *point = trial->point;
    const double size = 1.0 / point->alike - 1.0;

    if (point->alike <= 0.0)
        return point->rate;

    const double a = draw_gamma(&trial->rng, point->rate * size);
    const double b = draw_gamma(&trial->rng, (1.0 - point->rate) * size);

    return a + b > 0.0 ? a / (a + b) : point->rate;
}

static struct pl_cluster draw_cluster(struct trial *trial, size_t cluster, double rate)
{
    const uint64_t size = size_of(cluster);

    return (struct pl_cluster){(double)pl_rng_binomial(&trial->rng, size, rate), (double)size, 1.0};
}

static void draw_clusters(struct trial *trial)
{
    const struct point *point = trial->point;

    for (size_t c = 0; c < point->clusters; c++) {
        const double shared = draw_rate(trial);
        struct pl_cluster clusters[SLICES_MAX];

        for (size_t s = 0; s < point->slices; s++) {
            clusters[s] = draw_cluster(trial, c + s,
                                       point->layout == LAYOUT_CROSSED ? shared : draw_rate(trial));
            pl_clusters_add(&trial->sums[s], &clusters[s]);
        }
        for (size_t s = 0; point->layout == LAYOUT_CROSSED && s < point->slices; s++)
            for (size_t t = 0; t < point->slices; t++)
                pl_clusters_share(&trial->shared[s][t], &clusters[s], &clusters[t]);
    }
}

/* Two answers, each right as often as the other, but in every cluster more or less. */
static struct pl_stat draw_pairs(struct trial *trial)
{
    struct pl_clusters differences = {0};
    double only[2] = {0.0, 0.0};
    uint64_t n = 0;

    for (size_t c = 0; c < trial->point->clusters; c++) {
        const uint64_t size = size_of(c);
        const double first = draw_rate(trial);
        const double second = draw_rate(trial);
        const double p = first * (1.0 - second);
        const uint64_t k = pl_rng_binomial(&trial->rng, size, p);
        const uint64_t l =
            pl_rng_binomial(&trial->rng, size - k, fmin(1.0, second * (1.0 - first) / (1.0 - p)));
        const struct pl_cluster cluster = {(double)k - (double)l, (double)size, 1.0};

        only[0] += (double)k;
        only[1] += (double)l;
        n += size;
        pl_clusters_add(&differences, &cluster);
    }

    const struct pl_discordance discordance = {
        .only_first = {only[0], (double)n},
        .only_second = {only[1], (double)n},
        .value = (only[0] - only[1]) / (double)n,
        .n = n,
    };
    const struct pl_stat alone = pl_paired_difference(&discordance);

    return pl_clusters_apply(&differences, &alone, 1.0);
}

static struct pl_stat stat_of(const struct pl_clusters *sums)
{
    const double k = pl_sum_value(&sums->a);
    const double n = pl_sum_value(&sums->b);
    const struct pl_stat alone = {
        .kind = PL_STAT_RATE, .n = (uint64_t)n, .value = k / n, .rate = {.rate = {.k = k, .n = n}}};

    return pl_clusters_apply(sums, &alone, 1.0);
}

/* Whether the interval holds the truth: of the one rate, or of a gap that is 0. */
static bool holds(struct trial *trial, bool *ret_good)
{
    const struct point *point = trial->point;
    double correlations[SLICES_MAX * SLICES_MAX] = {0};
    struct pl_gap_request request = {.stats = trial->stats,
                                     .count = point->slices,
                                     .confidence = CONFIDENCE,
                                     .seed = pl_rng_next(&trial->rng)};
    struct pl_gap gap;
    struct pl_error error;

    if (point->layout == LAYOUT_ONE) {
        const struct pl_estimate estimate =
            pl_stat_estimate(&trial->stats[0], CONFIDENCE, PL_RATE_WILSON);

        return estimate.low <= point->rate && point->rate <= estimate.high;
    }
    for (size_t s = 0; s < point->slices; s++)
        for (size_t t = 0; t < point->slices; t++)
            if (s != t)
                correlations[s * point->slices + t] =
                    pl_clusters_correlation(&trial->sums[s], &trial->sums[t], &trial->shared[s][t]);
    if (point->layout == LAYOUT_CROSSED)
        request.correlations = correlations;
    *ret_good = pl_gap_difference(&request, &trial->arena, &gap, &error) == PL_OK;
    pl_arena_deinit(&trial->arena);
    return gap.estimate.low <= 0.0;
}

static bool holds_pair(struct trial *trial)
{
    const struct pl_stat difference = draw_pairs(trial);
    const struct pl_estimate estimate = pl_stat_estimate(&difference, CONFIDENCE, PL_RATE_EXACT);

    return estimate.low <= 0.0 && estimate.high >= 0.0;
}

static bool run_trial(struct trial *trial, bool *ret_good)
{
    if (trial->point->layout == LAYOUT_PAIRED)
        return holds_pair(trial);
    for (size_t s = 0; s < SLICES_MAX; s++) {
        trial->sums[s] = (struct pl_clusters){0};
        for (size_t t = 0; t < SLICES_MAX; t++)
            trial->shared[s][t] = (struct pl_clusters_shared){0};
    }
    draw_clusters(trial);
    for (size_t s = 0; s < trial->point->slices; s++)
        trial->stats[s] = stat_of(&trial->sums[s]);
    return holds(trial, ret_good);
}

static const char *const LAYOUTS[] = {[LAYOUT_ONE] = "one rate",
                                      [LAYOUT_NESTED] = "gap, nested",
                                      [LAYOUT_CROSSED] = "gap, crossed",
                                      [LAYOUT_PAIRED] = "pairs"};

#define ONE(clusters, rate, alike, least)                                                          \
    {                                                                                              \
        LAYOUT_ONE, 1, clusters, rate, alike, least                                                \
    }
#define PAIRS(clusters, rate, alike)                                                               \
    {                                                                                              \
        LAYOUT_PAIRED, 1, clusters, rate, alike, 0.94                                              \
    }
#define GAPS(layout, clusters, rate, alike)                                                        \
    {layout, 2, clusters, rate, alike, 0.95},                                                      \
    {                                                                                              \
        layout, 4, clusters, rate, alike, 0.95                                                     \
    }

static const struct point POINTS[] = {
    ONE(5, 0.5, 0.1, 0.92),
    ONE(5, 0.8, 0.3, 0.92),
    ONE(17, 0.1, 0.05, 0.92),
    ONE(17, 0.5, 0.1, 0.93),
    ONE(17, 0.8, 0.3, 0.92),
    ONE(17, 0.95, 0.05, 0.9),
    ONE(50, 0.5, 0.0, 0.94),
    ONE(50, 0.8, 0.3, 0.93),
    ONE(50, 0.95, 0.3, 0.9),
    ONE(300, 0.98, 0.1, 0.93),
    ONE(300, 0.5, 0.5, 0.94),
    GAPS(LAYOUT_NESTED, 17, 0.8, 0.1),
    GAPS(LAYOUT_NESTED, 60, 0.9, 0.3),
    GAPS(LAYOUT_CROSSED, 17, 0.8, 0.1),
    GAPS(LAYOUT_CROSSED, 60, 0.9, 0.3),
    PAIRS(17, 0.8, 0.1),
    PAIRS(60, 0.9, 0.3),
    PAIRS(300, 0.98, 0.1),
};

static bool run(const struct point *point, uint32_t replicates, uint64_t seed, uint64_t stream)
{
    static struct trial trial;
    const double slack = 3.0 * sqrt(0.05 * 0.95 / replicates);
    uint32_t held = 0;
    bool good = true;

    trial.point = point;
    pl_rng_init(&trial.rng, seed, stream);
    pl_arena_init(&trial.arena, (size_t)1 << 24);
    for (uint32_t i = 0; i < replicates && good; i++)
        held += run_trial(&trial, &good);

    const double share = (double)held / replicates;

    good = good && share >= point->least - slack;
    printf("%-13s %6zu %8zu %6.2f %6.2f %10u %9.4f  %s\n", LAYOUTS[point->layout], point->slices,
           point->clusters, point->rate, point->alike, replicates, share,
           good ? "" : "OUT OF BOUNDS");
    return good;
}

int main(int argc, char **argv)
{
    const uint32_t replicates = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 100;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    bool good = replicates > 0;

    printf("seed %llu, confidence %.2f, clusters of 2 to 40 decisions\n", (unsigned long long)seed,
           CONFIDENCE);
    printf("%-13s %6s %8s %6s %6s %10s %9s\n", "of", "slices", "clusters", "rate", "alike",
           "replicates", "held");
    for (size_t i = 0; i < sizeof POINTS / sizeof *POINTS; i++)
        good = run(&POINTS[i], replicates, seed, i) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

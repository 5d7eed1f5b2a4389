/*
 * Agreement and paired runs, by simulation: how often the 95 % intervals of kappa and alpha hold the truth;
 * how often two equal runs are said to differ at 5 %, by cases, by groups, by bootstrap and by
 * randomisation, where cases come in few groups. Fails when a figure that should keep its promise does not.
 *
 *     runs [REPLICATES [SEED]]
 *
 * The suite runs 400; docs/evals-statistics.md gives the figures of a long run.
 */
#include "base/rng.h"
#include "stats/agreement.h"
#include "stats/paired_runs.h"
#include "stats/resampling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define CASES_MAX 2000

static double error_of(double share, double replicates)
{
    return 3.0 * sqrt(share * (1.0 - share) / replicates);
}

/* ---- agreement ---- */

/* Two raters of a truth that is 1 with this chance, each of whom is right with that. */
struct raters {
    double share;
    double right;
    uint32_t units;
};

static const struct raters RATERS[] = {
    {0.5, 0.90, 50}, {0.5, 0.90, 200}, {0.8, 0.90, 100}, {0.8, 0.97, 100}, {0.9, 0.95, 200},
};

/* Kappa and nominal alpha alike, with units without number. */
static double true_kappa(const struct raters *raters)
{
    const double same =
        raters->right * raters->right + (1.0 - raters->right) * (1.0 - raters->right);
    const double ones =
        raters->share * raters->right + (1.0 - raters->share) * (1.0 - raters->right);
    const double chance = ones * ones + (1.0 - ones) * (1.0 - ones);

    return (same - chance) / (1.0 - chance);
}

static void rate(const struct raters *raters, struct pl_rng *rng, uint32_t *cells)
{
    for (uint32_t u = 0; u < raters->units; u++) {
        const uint32_t truth = pl_rng_uniform(rng) < raters->share;

        for (int r = 0; r < 2; r++)
            cells[2 * u + r] = pl_rng_uniform(rng) < raters->right ? truth : 1 - truth;
    }
}

static bool within(const struct pl_stat *stat, double truth)
{
    const struct pl_estimate estimate = pl_stat_estimate(stat, 0.95, PL_RATE_EXACT);

    return estimate.low <= truth && truth <= estimate.high;
}

/* How often each held. */
struct held {
    uint32_t kappa;
    uint32_t alpha;
    uint32_t bootstrap;
    uint32_t used;
};

static enum pl_status try_raters(const struct raters *raters, struct pl_rng *rng,
                                 struct pl_arena *arena, struct held *held)
{
    static uint32_t cells[2 * CASES_MAX];
    const struct pl_ratings ratings = {
        .ratings = cells, .units_count = raters->units, .raters_count = 2, .categories_count = 2};
    const struct pl_alpha_options options = {
        .replicates = 400, .seed = pl_rng_next(rng), .confidence = 0.95};
    const struct pl_rater_pair pair = {0, 1};
    const double truth = true_kappa(raters);
    struct pl_rating_table table;
    struct pl_alpha alpha;
    struct pl_error error;

    rate(raters, rng, cells);
    PL_RETURN_IF(pl_rating_table_make(&ratings, &pair, arena, &table, &error));
    PL_RETURN_IF(pl_krippendorff_alpha(&ratings, &options, arena, &alpha, &error));

    const struct pl_stat kappa = pl_cohen_kappa(&table, PL_KAPPA_UNWEIGHTED);

    if (kappa.kind == PL_STAT_NONE || alpha.stat.kind == PL_STAT_NONE)
        return PL_OK;
    held->used++;
    held->kappa += within(&kappa, truth);
    held->alpha += within(&alpha.stat, truth);
    held->bootstrap += alpha.bootstrap.low <= truth && truth <= alpha.bootstrap.high;
    return PL_OK;
}

static bool run_raters(const struct raters *raters, uint32_t replicates, uint64_t seed)
{
    struct held held = {0};
    struct pl_rng rng;

    pl_rng_init(&rng, seed, (uint64_t)(raters - RATERS));
    for (uint32_t i = 0; i < replicates; i++) {
        struct pl_arena arena;

        pl_arena_init(&arena, 16u << 20);

        const enum pl_status status = try_raters(raters, &rng, &arena, &held);

        pl_arena_deinit(&arena);
        if (status != PL_OK)
            return false;
    }

    const double used = held.used;

    printf("| %.2f | %.2f | %u | %.3f | %.4f | %.4f | %.4f |\n", raters->share, raters->right,
           raters->units, true_kappa(raters), held.kappa / used, held.alpha / used,
           held.bootstrap / used);
    /* Errors of large samples: a point less is theirs. */
    return held.kappa / used >= 0.94 - error_of(0.95, used) &&
           held.alpha / used >= 0.94 - error_of(0.95, used);
}

/* ---- two runs that are equally good ---- */

/* Differences of cases: a part that their group shares, and one of their own. */
struct sample {
    uint32_t groups;
    uint32_t cases; /* in each group */
    double shared;  /* the part of the variance, the intra-cluster correlation */
};

static const struct sample SAMPLES[] = {
    {5, 20, 0.0},  {5, 20, 0.2},  {10, 20, 0.2}, {10, 20, 0.5},
    {20, 10, 0.1}, {20, 50, 0.3}, {100, 5, 0.2},
};

struct differing {
    uint32_t paired;
    uint32_t grouped;
    uint32_t bootstrap; /* of cases */
    uint32_t grouped_bootstrap;
    uint32_t randomised; /* whole groups */
};

struct room {
    double first[CASES_MAX];
    double second[CASES_MAX];
    uint32_t groups[CASES_MAX];
    double sums[2][2 * CASES_MAX]; /* of each case, or of each group */
};

static void draw(const struct sample *sample, struct pl_rng *rng, struct room *room)
{
    for (uint32_t g = 0; g < sample->groups; g++) {
        const double shared = sqrt(sample->shared) * pl_rng_normal(rng);

        for (uint32_t c = 0; c < sample->cases; c++) {
            const uint32_t at = g * sample->cases + c;

            room->second[at] = pl_rng_normal(rng);
            room->first[at] =
                room->second[at] + shared + sqrt(1.0 - sample->shared) * pl_rng_normal(rng);
            room->groups[at] = g;
        }
    }
}

/* Sums of units of so many cases each. */
static struct pl_resampling request_of(const struct sample *sample, struct room *room,
                                       uint32_t unit_cases, uint64_t seed)
{
    const uint32_t units = sample->groups * sample->cases / unit_cases;

    for (uint32_t u = 0; u < units; u++) {
        room->sums[0][2 * u] = room->sums[1][2 * u] = 0.0;
        for (uint32_t c = u * unit_cases; c < (u + 1) * unit_cases; c++) {
            room->sums[0][2 * u] += room->first[c];
            room->sums[1][2 * u] += room->second[c];
        }
        room->sums[0][2 * u + 1] = room->sums[1][2 * u + 1] = unit_cases;
    }
    return (struct pl_resampling){.first = room->sums[0],
                                  .second = room->sums[1],
                                  .units_count = units,
                                  .width = 2,
                                  .replicates = 400,
                                  .seed = seed,
                                  .confidence = 0.95};
}

static enum pl_status try_sample(const struct sample *sample, struct pl_rng *rng,
                                 struct pl_arena *arena, struct differing *differing)
{
    static struct room room;
    const struct pl_outcome_options options = {.confidence = 0.95, .power = 0.8};
    const struct pl_paired_scores scores = {.first = room.first,
                                            .second = room.second,
                                            .groups = room.groups,
                                            .count = sample->groups * sample->cases,
                                            .groups_count = sample->groups};
    struct pl_paired_means means;
    struct pl_resampled resampled;
    struct pl_resampling request;
    struct pl_error error;

    draw(sample, rng, &room);
    PL_RETURN_IF(pl_paired_means(&scores, arena, &means, &error));
    differing->paired += pl_outcome_of(&means.paired, &options).change != PL_CHANGE_NOT_SHOWN;
    differing->grouped += pl_outcome_of(&means.grouped, &options).change != PL_CHANGE_NOT_SHOWN;
    request = request_of(sample, &room, 1, pl_rng_next(rng));
    PL_RETURN_IF(pl_paired_bootstrap(&request, arena, &resampled, &error));
    differing->bootstrap += resampled.p_value <= 0.05;
    request = request_of(sample, &room, sample->cases, pl_rng_next(rng));
    PL_RETURN_IF(pl_paired_bootstrap(&request, arena, &resampled, &error));
    differing->grouped_bootstrap += resampled.p_value <= 0.05;
    PL_RETURN_IF(pl_approximate_randomisation(&request, arena, &resampled, &error));
    differing->randomised += resampled.p_value <= 0.05;
    return PL_OK;
}

static bool run_sample(const struct sample *sample, uint32_t replicates, uint64_t seed)
{
    struct differing differing = {0};
    struct pl_rng rng;

    pl_rng_init(&rng, seed, 100 + (uint64_t)(sample - SAMPLES));
    for (uint32_t i = 0; i < replicates; i++) {
        struct pl_arena arena;

        pl_arena_init(&arena, 16u << 20);

        const enum pl_status status = try_sample(sample, &rng, &arena, &differing);

        pl_arena_deinit(&arena);
        if (status != PL_OK)
            return false;
    }

    const double n = replicates;
    const double most = 0.05 + error_of(0.05, n);

    printf("| %u | %u | %.1f | %.4f | %.4f | %.4f | %.4f | %.4f |\n", sample->groups, sample->cases,
           sample->shared, differing.paired / n, differing.grouped / n, differing.bootstrap / n,
           differing.grouped_bootstrap / n, differing.randomised / n);
    return differing.grouped / n <= most && differing.randomised / n <= most;
}

int main(int argc, char **argv)
{
    const uint32_t replicates = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 400;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    bool good = true;

    printf("seed %llu, %u replicates\n", (unsigned long long)seed, replicates);
    printf("| share | right | units | kappa | held: kappa | alpha | alpha, bootstrap |\n");
    for (size_t i = 0; i < sizeof RATERS / sizeof *RATERS; i++)
        good = run_raters(&RATERS[i], replicates, seed) && good;
    printf("| groups | cases in each | shared | said to differ: by cases | by groups |"
           " bootstrap of cases | of groups | randomised groups |\n");
    for (size_t i = 0; i < sizeof SAMPLES / sizeof *SAMPLES; i++)
        good = run_sample(&SAMPLES[i], replicates, seed) && good;
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

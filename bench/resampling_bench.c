/*
 * How fast two runs are compared by resampling, on one thread: a mean, groups of cases, and a score of
 * twelve sums as a corpus BLEU has. Prints one JSON line. Speed only; tests/unit/stats/test_resampling.c
 * checks the figures.
 *
 *   resampling_bench [CASES [REPLICATES]]     1319 and 10000 when left out
 */
#include "base/rng.h"
#include "stats/resampling.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define WIDTH  12
#define REPEAT 5

static double seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Four precisions and a length: the shape of BLEU, without its care for edges. */
static double like_bleu(const double *sums, const void *context)
{
    double logarithms = 0.0;

    (void)context;
    for (int n = 0; n < 4; n++)
        logarithms += 0.25 * log((sums[n] + 1.0) / (sums[4 + n] + 1.0));
    return exp(fmin(0.0, 1.0 - sums[9] / sums[8]) + logarithms);
}

static void fill(double *rows, size_t count, size_t width, struct pl_rng *rng)
{
    for (size_t i = 0; i < count; i++)
        for (size_t w = 0; w < width; w++)
            rows[i * width + w] = width == 2 && w == 1 ? 1.0 : floor(8.0 * pl_rng_uniform(rng));
}

typedef enum pl_status (*method)(const struct pl_resampling *, struct pl_arena *,
                                 struct pl_resampled *, struct pl_error *);

/* The best of a few; below 0 when it failed. */
static double time_one(method by, const struct pl_resampling *request)
{
    double best = HUGE_VAL;

    for (int i = 0; i < REPEAT; i++) {
        struct pl_arena arena;
        struct pl_resampled resampled;
        struct pl_error error;

        pl_arena_init(&arena, (size_t)1 << 30);

        const double start = seconds();
        const enum pl_status status = by(request, &arena, &resampled, &error);

        best = fmin(best, seconds() - start);
        pl_arena_deinit(&arena);
        if (status != PL_OK)
            return -1.0;
    }
    return best;
}

int main(int argc, char **argv)
{
    const size_t cases = argc > 1 ? strtoul(argv[1], NULL, 10) : 1319;
    const uint32_t replicates = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 10000;
    double *first = calloc(cases, WIDTH * sizeof *first);
    double *second = calloc(cases, WIDTH * sizeof *second);
    struct pl_rng rng;

    if (first == NULL || second == NULL || cases == 0)
        return EXIT_FAILURE;
    pl_rng_init(&rng, 1, 0);
    fill(first, cases, 2, &rng);
    fill(second, cases, 2, &rng);

    struct pl_resampling request = {.first = first,
                                    .second = second,
                                    .units_count = cases,
                                    .width = 2,
                                    .replicates = replicates,
                                    .seed = 1,
                                    .confidence = 0.95};
    const double mean = time_one(pl_paired_bootstrap, &request);
    const double swapped = time_one(pl_approximate_randomisation, &request);

    fill(first, cases, WIDTH, &rng);
    fill(second, cases, WIDTH, &rng);
    request.width = WIDTH;
    request.score = like_bleu;

    const double sums = time_one(pl_paired_bootstrap, &request);

    printf("{\"cases\": %zu, \"replicates\": %u, \"bootstrap_seconds\": %.4f,"
           " \"randomisation_seconds\": %.4f, \"bootstrap_of_12_sums_seconds\": %.4f}\n",
           cases, replicates, mean, swapped, sums);
    free(first);
    free(second);
    return mean < 0.0 || swapped < 0.0 || sums < 0.0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

/*
 * How often scores that are right in every slice are called miscalibrated at 5 %: three segments and
 * their crossings over decisions of rare and of common outcomes, in slices down to a handful. Fails when
 * it is clearly more than 5 %.
 *
 *     multicalibration [SIMULATIONS [SEED]]
 */
#include "base/arena.h"
#include "base/rng.h"
#include "stats/multicalibration.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LEAVES_A   3
#define LEAVES_B   2
#define LEAVES_C   4
#define LEAVES     (LEAVES_A * LEAVES_B * LEAVES_C)
#define BINS       12
#define CELLS      (LEAVES * BINS)
#define WALKS      7
#define SLICES_MAX 12
#define REPLICATES 199
#define LEVEL      0.05

/* Probabilities from `scale` down, and decisions in a cell up to `size`. */
struct setting {
    const char *name;
    double scale;
    uint32_t size;
};

static const struct setting SETTINGS[] = {
    {"common outcomes", 0.9, 20},
    {"rare outcomes", 0.02, 20},
    {"tiny slices", 0.3, 2},
};

struct walk_data {
    uint32_t cells[CELLS];
    uint32_t slices[CELLS];
    bool ends[CELLS];
    double scales[SLICES_MAX];
};

static uint32_t slice_of(int walk, uint32_t leaf)
{
    const uint32_t a = leaf / (LEAVES_B * LEAVES_C);
    const uint32_t b = leaf / LEAVES_C % LEAVES_B;
    const uint32_t c = leaf % LEAVES_C;
    const uint32_t slices[WALKS] = {
        0, a, b, c, a * LEAVES_B + b, a * LEAVES_C + c, b * LEAVES_C + c};

    return slices[walk];
}

/* Cells are by bin and then leaf; a walk takes them by bin and then slice. */
static void make_walk(int walk, const struct pl_score_cell *cells, struct walk_data *data)
{
    double variance[SLICES_MAX] = {0.0};
    size_t count = 0;

    for (uint32_t bin = 0; bin < BINS; bin++)
        for (uint32_t slice = 0; slice < SLICES_MAX; slice++) {
            const size_t before = count;

            for (uint32_t leaf = 0; leaf < LEAVES; leaf++) {
                const uint32_t cell = bin * LEAVES + leaf;
                const double p = cells[cell].probability;

                if (slice_of(walk, leaf) != slice)
                    continue;
                data->cells[count] = cell;
                data->slices[count] = slice;
                data->ends[count++] = false;
                variance[slice] += (double)cells[cell].n * p * (1.0 - p);
            }
            if (count > before)
                data->ends[count - 1] = true;
        }
    for (size_t slice = 0; slice < SLICES_MAX; slice++)
        data->scales[slice] = variance[slice] > 0.0 ? 1.0 / sqrt(variance[slice]) : 0.0;
}

static void draw_cells(const struct setting *setting, struct pl_rng *rng,
                       struct pl_score_cell *cells)
{
    for (uint32_t i = 0; i < CELLS; i++) {
        const double p = setting->scale * ((double)(i / LEAVES) + 0.5) / BINS;
        const uint64_t n = 1 + pl_rng_below(rng, setting->size);

        cells[i] = (struct pl_score_cell){.n = n, .probability = p, .scale = 1.0};
        cells[i].residual = (double)pl_rng_binomial(rng, n, p) - (double)n * p;
    }
}

static bool is_called_wrong(const struct setting *setting, struct pl_rng *rng)
{
    static struct pl_score_cell cells[CELLS];
    static struct walk_data data[WALKS];
    struct pl_score_walk walks[WALKS];
    struct pl_arena arena;
    struct pl_error error;
    const double *sample = NULL;
    double observed = 0.0;
    size_t reached = 0;

    draw_cells(setting, rng, cells);
    for (int walk = 0; walk < WALKS; walk++) {
        make_walk(walk, cells, &data[walk]);
        walks[walk] =
            (struct pl_score_walk){data[walk].cells,  data[walk].slices, data[walk].ends, CELLS,
                                   data[walk].scales, SLICES_MAX};
    }

    const struct pl_multicalibration_request request = {
        cells, CELLS, walks, WALKS, REPLICATES, pl_rng_next(rng), 1};

    pl_arena_init(&arena, (size_t)1 << 26);
    if (pl_multicalibration_draw(&request, &arena, &observed, &sample, &error) != PL_OK)
        exit(EXIT_FAILURE);
    for (size_t i = 0; i < REPLICATES; i++)
        reached += sample[i] >= observed;
    pl_arena_deinit(&arena);
    return (1.0 + (double)reached) / (REPLICATES + 1.0) <= LEVEL;
}

int main(int argc, char **argv)
{
    const uint32_t simulations = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    const double most = LEVEL + 3.0 * sqrt(LEVEL * (1.0 - LEVEL) / simulations);
    bool good = simulations > 0;

    printf("seed %llu, %u simulations, at most %.4f\n", (unsigned long long)seed, simulations,
           most);
    for (size_t i = 0; i < sizeof SETTINGS / sizeof *SETTINGS; i++) {
        struct pl_rng rng;
        uint32_t wrong = 0;

        pl_rng_init(&rng, seed, i);
        for (uint32_t s = 0; s < simulations; s++)
            wrong += is_called_wrong(&SETTINGS[i], &rng);

        const double share = (double)wrong / simulations;

        printf("%-16s %.4f %s\n", SETTINGS[i].name, share, share <= most ? "" : "TOO OFTEN");
        good = good && share <= most && share > 0.0;
    }
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

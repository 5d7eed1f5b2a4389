/* Statistics of every kind, for tests. */
#ifndef PL_TESTS_STATS_STATS_OF_H
#define PL_TESTS_STATS_STATS_OF_H

#include "stats/stat.h"

#include <math.h>

static inline struct pl_stat rate_of(double k, double n)
{
    return (struct pl_stat){
        .kind = PL_STAT_RATE, .n = (uint64_t)n, .value = k / n, .rate = {.rate = {k, n}}};
}

static inline struct pl_stat normal_of(double value, double se, double df, enum pl_scale scale)
{
    return (struct pl_stat){.kind = PL_STAT_NORMAL,
                            .n = 100,
                            .value = value,
                            .normal = {.se = se, .df = df, .scale = scale, .n_effective = 40.0}};
}

static inline struct pl_stat biased_of(enum pl_noise noise, double value)
{
    return (struct pl_stat){.kind = PL_STAT_BIASED,
                            .n = 100,
                            .value = value,
                            .biased = {.noise = noise,
                                       .se_high = 0.02,
                                       .mean = noise == PL_NOISE_HALF_NORMALS ? 0.03 : 0.0,
                                       .spread = 0.015,
                                       .ceiling = 1.0}};
}

static inline struct pl_stat mix_of(struct pl_rate first, struct pl_rate second, double correlation)
{
    return (struct pl_stat){
        .kind = PL_STAT_MIX,
        .n = 100,
        .value = 0.5 * (first.k / first.n + second.k / second.n),
        .mix = {.rates = {first, second}, .coefficients = {0.5, 0.5}, .correlation = correlation}};
}

static inline struct pl_stat exact_of(double value)
{
    return (struct pl_stat){.kind = PL_STAT_EXACT, .n = 1, .value = value};
}

/* The q-quantile of the values 1 .. n, all of them in the window; `ranks` gets n numbers. */
static inline struct pl_stat quantile_of(double q, size_t n, double *ranks)
{
    for (size_t i = 0; i < n; i++)
        ranks[i] = (double)(i + 1);
    return (struct pl_stat){
        .kind = PL_STAT_QUANTILE,
        .n = n,
        .value = ceil(q * (double)n),
        .quantile = {.q = q, .n = (double)n, .window = {ranks, ranks, n}},
    };
}

#endif

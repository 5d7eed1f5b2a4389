/*
 * Seeded random numbers: xoshiro256** (Blackman & Vigna, ACM TOMS 47 (2021) 36), seeded through
 * SplitMix64. The same seed and stream give the same numbers on every machine. No global state; one
 * thread for each struct.
 */
#ifndef PL_BASE_RNG_H
#define PL_BASE_RNG_H

#include <stdint.h>

struct pl_rng {
    uint64_t state[4];
};

/* Streams of one seed are independent for practical purposes: use one for each unit of work. */
void pl_rng_init(struct pl_rng *rng, uint64_t seed, uint64_t stream);

uint64_t pl_rng_next(struct pl_rng *rng);

/* Uniform in the open interval (0, 1), on a grid of 2^-53. */
double pl_rng_uniform(struct pl_rng *rng);

/* Uniform in 0 .. bound - 1 without bias (Lemire 2019); bound > 0. */
uint64_t pl_rng_below(struct pl_rng *rng, uint64_t bound);

/* Standard normal, by the polar method. */
double pl_rng_normal(struct pl_rng *rng);

/* Binomial(n, p), exact in distribution for every n and p in [0, 1]: inversion below n * min(p, 1 - p) = 10, else BTRS
   (Hormann, J. Stat. Comput. Simul. 46 (1993) 101). */
uint64_t pl_rng_binomial(struct pl_rng *rng, uint64_t n, double p);

#endif

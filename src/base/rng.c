/*
 * Seeded random numbers. xoshiro256** 1.0 with its state filled by SplitMix64 from
 * `seed XOR mix(stream)`, where mix is SplitMix64's finaliser (Stafford's mix 13), a bijection with
 * mix(0) = 0: stream 0 is the plain seeding that the authors recommend, and other streams start at
 * unrelated points of SplitMix64's sequence.
 *
 * uniform   an odd multiple of 2^-53, so that neither 0 nor 1 is met and log() is always finite.
 * below     Lemire's multiply and reject (ACM Trans. Model. Comput. Simul. 29 (2019) 3).
 * normal    Marsaglia's polar method; the second number of the pair is dropped, as the state holds
 *           no spare.
 * binomial  sequential inversion while n * min(p, 1 - p) < 10; else Hormann's transformed rejection
 *           BTRS, with the probability by Loader's saddle-point form, which keeps its precision for
 * n up to 2^53 where differences of log-gamma do not. n above 2^53 is rounded to a double.
 *
 * Reference values: the authors' C programs (xoshiro256starstar.c, splitmix64.c) for the integers;
 * distributions are tested by chi-squared against exact probabilities.
 */
#include "base/rng.h"

#include <assert.h>
#include <math.h>

static const double HALF_LOG_TWO_PI = 0.91893853320467274178;

/* The limit of inversion; BTRS is proven for a larger product only. */
static const double INVERSION_MEAN_MAX = 10.0;

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void pl_rng_init(struct pl_rng *rng, uint64_t seed, uint64_t stream)
{
    uint64_t counter = seed ^ mix(stream);

    for (int i = 0; i < 4; i++) {
        counter += 0x9e3779b97f4a7c15u;
        rng->state[i] = mix(counter);
    }
}

static uint64_t rotate_left(uint64_t x, int bits)
{
    return (x << bits) | (x >> (64 - bits));
}

uint64_t pl_rng_next(struct pl_rng *rng)
{
    uint64_t *s = rng->state;
    const uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    const uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double pl_rng_uniform(struct pl_rng *rng)
{
    return ((double)(pl_rng_next(rng) >> 12) + 0.5) * 0x1p-52;
}

__extension__ typedef unsigned __int128 uint128;

uint64_t pl_rng_below(struct pl_rng *rng, uint64_t bound)
{
    assert(bound > 0);
    const uint64_t uneven = (0 - bound) % bound; /* 2^64 mod bound */
    uint128 product = (uint128)pl_rng_next(rng) * bound;

    while ((uint64_t)product < uneven)
        product = (uint128)pl_rng_next(rng) * bound;
    return (uint64_t)(product >> 64);
}

double pl_rng_normal(struct pl_rng *rng)
{
    for (;;) {
        const double x = 2.0 * pl_rng_uniform(rng) - 1.0;
        const double y = 2.0 * pl_rng_uniform(rng) - 1.0;
        const double square = x * x + y * y;

        if (square < 1.0 && square > 0.0)
            return x * sqrt(-2.0 * log(square) / square);
    }
}

/* Walks up the probabilities until they reach a uniform number. `p` <= 1/2 and n p is small. */
static double binomial_by_inversion(struct pl_rng *rng, double n, double p)
{
    const double odds = p / (1.0 - p);
    const double none = exp(n * log1p(-p));

    for (;;) {
        double left = pl_rng_uniform(rng);
        double probability = none;
        double k = 0.0;

        while (left > probability && probability > 0.0) {
            left -= probability;
            k += 1.0;
            probability *= (n - k + 1.0) / k * odds;
        }
        /* Only rounding can use up every outcome; then a new number is drawn. */
        if (probability > 0.0)
            return k;
    }
}

/* log k! minus Stirling's (k + 1/2) log k - k + log(2 pi) / 2, for k >= 1. Error below 1e-13. */
static double stirling_error(double k)
{
    if (k < 16.0)
        return lgamma(k + 1.0) - ((k + 0.5) * log(k) - k + HALF_LOG_TWO_PI);

    const double r = 1.0 / (k * k);

    return (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r / 1680.0))) / k;
}

/* mean * ((1 + e) log(1 + e) - e) for e = (k - mean) / mean, without cancellation near the mean. */
static double deviance(double k, double mean)
{
    const double e = (k - mean) / mean;

    if (fabs(e) > 0.1)
        return mean * ((1.0 + e) * log1p(e) - e);

    /* The series e^2/2 - e^3/6 + e^4/12 - ..., whose terms are e^j / (j (j - 1)). */
    double power = e * e;
    double sum = 0.0;

    for (int j = 2; j < 18; j++) {
        sum += power / (j * (j - 1.0));
        power *= -e;
    }
    return mean * sum;
}

/* log P(K = k) for K ~ Binomial(n, p), 0 < p < 1. */
static double binomial_log_probability(double k, double n, double p)
{
    if (k <= 0.0)
        return n * log1p(-p);
    if (k >= n)
        return n * log(p);

    const double corrections = stirling_error(n) - stirling_error(k) - stirling_error(n - k);
    const double distance = deviance(k, n * p) + deviance(n - k, n * (1.0 - p));

    return corrections - distance + 0.5 * (log(n) - log(k) - log(n - k)) - HALF_LOG_TWO_PI;
}

/* The constants are Hormann's; `us` is the distance of the uniform number from the nearer end. */
static double binomial_by_rejection(struct pl_rng *rng, double n, double p)
{
    const double deviation = sqrt(n * p * (1.0 - p));
    const double b = 1.15 + 2.53 * deviation;
    const double a = -0.0873 + 0.0248 * b + 0.01 * p;
    const double alpha = (2.83 + 5.1 / b) * deviation;
    const double centre = n * p + 0.5;
    const double sure = 0.92 - 4.2 / b;
    const double at_mode = binomial_log_probability(floor((n + 1.0) * p), n, p);

    for (;;) {
        const double u = pl_rng_uniform(rng) - 0.5;
        const double v = pl_rng_uniform(rng);
        const double us = 0.5 - fabs(u);
        const double k = floor((2.0 * a / us + b) * u + centre);

        if (k < 0.0 || k > n)
            continue;
        if (us >= 0.07 && v <= sure)
            return k;

        const double bound = log(v * alpha / (a / (us * us) + b));

        if (bound <= binomial_log_probability(k, n, p) - at_mode)
            return k;
    }
}

uint64_t pl_rng_binomial(struct pl_rng *rng, uint64_t n, double p)
{
    assert(p >= 0.0 && p <= 1.0);
    if (n == 0 || p <= 0.0)
        return 0;
    if (p >= 1.0)
        return n;
    if (p > 0.5)
        return n - pl_rng_binomial(rng, n, 1.0 - p);

    const double trials = (double)n;
    const uint64_t k = trials * p < INVERSION_MEAN_MAX
                           ? (uint64_t)binomial_by_inversion(rng, trials, p)
                           : (uint64_t)binomial_by_rejection(rng, trials, p);

    return k < n ? k : n;
}

/*
 * Random numbers: the integers against the authors' published programs, the distributions by
 * chi-squared against exact probabilities. Seeds are fixed, so a failure is no accident.
 */
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BINS_MAX 4096

static void the_generator_is_xoshiro256_starstar(void **state)
{
    (void)state;
    /* Source: xoshiro256starstar.c (Blackman & Vigna, 2018) from the state 1, 2, 3, 4. */
    static const uint64_t EXPECTED[] = {
        11520u, 0u, 1509978240u, 1215971899390074240u, 1216172134540287360u, 607988272756665600u};
    struct pl_rng rng = {{1, 2, 3, 4}};

    for (size_t i = 0; i < sizeof EXPECTED / sizeof *EXPECTED; i++)
        assert_true(pl_rng_next(&rng) == EXPECTED[i]);
}

static void stream_zero_is_seeded_by_splitmix64(void **state)
{
    (void)state;
    /* Source: splitmix64.c (Vigna, 2015) from 1234567. */
    static const uint64_t EXPECTED[] = {6457827717110365317u, 3203168211198807973u,
                                        9817491932198370423u, 4593380528125082431u};
    struct pl_rng rng;

    pl_rng_init(&rng, 1234567, 0);
    for (size_t i = 0; i < 4; i++)
        assert_true(rng.state[i] == EXPECTED[i]);
}

static void streams_differ_and_repeat(void **state)
{
    (void)state;
    struct pl_rng first, second, again;
    int equal = 0;

    pl_rng_init(&first, 7, 1);
    pl_rng_init(&second, 7, 2);
    pl_rng_init(&again, 7, 1);
    for (int i = 0; i < 1000; i++) {
        const uint64_t value = pl_rng_next(&first);

        assert_true(value == pl_rng_next(&again));
        equal += value == pl_rng_next(&second);
    }
    assert_int_equal(equal, 0);
}

static void uniform_is_open_and_even(void **state)
{
    (void)state;
    const int n = 200000;
    struct pl_rng rng;
    double sum = 0.0, squares = 0.0;

    pl_rng_init(&rng, 11, 0);
    for (int i = 0; i < n; i++) {
        const double u = pl_rng_uniform(&rng);

        assert_true(u > 0.0 && u < 1.0);
        sum += u;
        squares += u * u;
    }
    /* Five standard errors: sqrt(1/12/n) and sqrt(4/45/n). */
    assert_true(fabs(sum / n - 0.5) < 5.0 * sqrt(1.0 / 12.0 / n));
    assert_true(fabs(squares / n - 1.0 / 3.0) < 5.0 * sqrt(4.0 / 45.0 / n));
}

static void uniform_at_its_ends_stays_open(void **state)
{
    (void)state;
    /* The result of next is rotl(s1 * 5, 7) * 9: s1 = 0 gives 0; the other s1 gives 2^64 - 1. */
    struct pl_rng lowest = {{1, 0, 0, 0}};
    const uint64_t ninth = 0x8e38e38e38e38e39u * UINT64_MAX; /* (2^64 - 1) / 9 mod 2^64 */
    struct pl_rng highest = {{1, 0xcccccccccccccccdu * ((ninth >> 7) | (ninth << 57)), 0, 0}};

    assert_true(pl_rng_uniform(&lowest) == 0x1p-53);
    assert_true(pl_rng_uniform(&highest) == 1.0 - 0x1p-53);
}

/* Pearson's statistic against expected counts, bins below five joined to their neighbour. */
static double chi_squared(const double *seen, const double *expected, size_t bins, int *ret_freedom)
{
    double total = 0.0, seen_sum = 0.0, expected_sum = 0.0;

    *ret_freedom = -1;
    for (size_t i = 0; i < bins; i++) {
        seen_sum += seen[i];
        expected_sum += expected[i];
        if (expected_sum < 5.0 && i + 1 < bins)
            continue;
        if (expected_sum > 0.0)
            total += (seen_sum - expected_sum) * (seen_sum - expected_sum) / expected_sum;
        *ret_freedom += 1;
        seen_sum = expected_sum = 0.0;
    }
    return total;
}

/* Five standard deviations by the normal approximation of Wilson and Hilferty. */
static void assert_fits(const double *seen, const double *expected, size_t bins)
{
    int freedom;
    const double statistic = chi_squared(seen, expected, bins, &freedom);

    assert_true(freedom > 0);
    const double spread = 2.0 / (9.0 * freedom);
    const double z = (cbrt(statistic / freedom) - (1.0 - spread)) / sqrt(spread);

    assert_true(z < 5.0);
}

static void below_is_even_for_awkward_bounds(void **state)
{
    (void)state;
    static const uint64_t BOUNDS[] = {1, 2, 3, 10, 1000};

    for (size_t b = 0; b < sizeof BOUNDS / sizeof *BOUNDS; b++) {
        double seen[1000] = {0}, expected[1000];
        struct pl_rng rng;

        pl_rng_init(&rng, 3, b);
        for (int i = 0; i < 100000; i++) {
            const uint64_t value = pl_rng_below(&rng, BOUNDS[b]);

            assert_true(value < BOUNDS[b]);
            seen[value] += 1.0;
        }
        for (size_t i = 0; i < BOUNDS[b]; i++)
            expected[i] = 100000.0 / (double)BOUNDS[b];
        if (BOUNDS[b] > 1)
            assert_fits(seen, expected, BOUNDS[b]);
    }
}

/* At three quarters of 2^64 a plain multiplication would favour a third of the values two to one.
 */
static void below_rejects_for_large_bounds(void **state)
{
    (void)state;
    const uint64_t bound = (uint64_t)3 << 62;
    double seen[3] = {0}, expected[3];
    struct pl_rng rng;

    pl_rng_init(&rng, 5, 0);
    for (int i = 0; i < 60000; i++)
        seen[pl_rng_below(&rng, bound) % 3] += 1.0;
    for (int i = 0; i < 3; i++)
        expected[i] = 20000.0;
    assert_fits(seen, expected, 3);
}

static void normal_has_the_normal_distribution(void **state)
{
    (void)state;
    const int n = 200000;
    double seen[60] = {0}, expected[60];
    struct pl_rng rng;

    pl_rng_init(&rng, 13, 0);
    for (int i = 0; i < n; i++) {
        const double z = pl_rng_normal(&rng);
        const double bin = floor((z + 3.0) * 10.0);

        assert_true(isfinite(z));
        seen[bin < 0.0 ? 0 : bin > 59.0 ? 59 : (int)bin] += 1.0;
    }
    for (int i = 0; i < 60; i++) {
        const double low = i == 0 ? -HUGE_VAL : -3.0 + i * 0.1;
        const double high = i == 59 ? HUGE_VAL : -2.9 + i * 0.1;

        expected[i] = n * 0.5 * (erfc(-high / sqrt(2.0)) - erfc(-low / sqrt(2.0)));
    }
    assert_fits(seen, expected, 60);
}

/* Both methods, both sides of one half, and the border between them. */
static const struct {
    uint64_t n;
    double p;
} BINOMIALS[] = {
    {1, 0.3},    {5, 0.5},    {20, 0.49},     {19, 0.5},      {21, 0.5},     {40, 0.25},
    {40, 0.26},  {100, 0.09}, {100, 0.11},    {100, 0.95},    {1000, 0.003}, {1000, 0.5},
    {1000, 0.7}, {3000, 0.9}, {100000, 1e-4}, {100000, 2e-3},
};

static double binomial_probability(double k, double n, double p)
{
    return exp(lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0) + k * log(p) +
               (n - k) * log1p(-p));
}

static void binomial_has_the_binomial_distribution(void **state)
{
    (void)state;
    static double seen[BINS_MAX], expected[BINS_MAX];
    const int draws = 200000;

    for (size_t c = 0; c < sizeof BINOMIALS / sizeof *BINOMIALS; c++) {
        const uint64_t n = BINOMIALS[c].n;
        const size_t bins = n + 1 < BINS_MAX ? n + 1 : BINS_MAX;
        struct pl_rng rng;

        memset(seen, 0, sizeof seen);
        pl_rng_init(&rng, 17, c);
        for (int i = 0; i < draws; i++) {
            const uint64_t k = pl_rng_binomial(&rng, n, BINOMIALS[c].p);

            assert_true(k <= n && k < BINS_MAX);
            seen[k] += 1.0;
        }
        for (size_t k = 0; k < bins; k++)
            expected[k] = draws * binomial_probability((double)k, (double)n, BINOMIALS[c].p);
        assert_fits(seen, expected, bins);
    }
}

static void binomial_keeps_its_moments_for_large_n(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        double p;
    } CASES[] = {{1000000000u, 0.3}, {(uint64_t)1 << 50, 0.5}, {1000000000000u, 1e-9}};
    const int draws = 20000;

    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        const double mean = (double)CASES[c].n * CASES[c].p;
        const double deviation = sqrt(mean * (1.0 - CASES[c].p));
        double sum = 0.0, squares = 0.0;
        struct pl_rng rng;

        pl_rng_init(&rng, 19, c);
        for (int i = 0; i < draws; i++) {
            const uint64_t k = pl_rng_binomial(&rng, CASES[c].n, CASES[c].p);
            const double z = ((double)k - mean) / deviation;

            sum += z;
            squares += z * z;
        }
        assert_true(fabs(sum / draws) < 5.0 / sqrt(draws));
        assert_true(fabs(squares / draws - 1.0) < 5.0 * sqrt(2.0 / draws));
    }
}

static void binomial_at_its_edges_is_certain(void **state)
{
    (void)state;
    struct pl_rng rng;

    pl_rng_init(&rng, 23, 0);
    assert_int_equal(pl_rng_binomial(&rng, 0, 0.5), 0);
    assert_int_equal(pl_rng_binomial(&rng, 100, 0.0), 0);
    assert_int_equal(pl_rng_binomial(&rng, 100, 1.0), 100);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(pl_rng_binomial(&rng, 100, 1e-300), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_xoshiro256_starstar),
        cmocka_unit_test(stream_zero_is_seeded_by_splitmix64),
        cmocka_unit_test(streams_differ_and_repeat),
        cmocka_unit_test(uniform_is_open_and_even),
        cmocka_unit_test(uniform_at_its_ends_stays_open),
        cmocka_unit_test(below_is_even_for_awkward_bounds),
        cmocka_unit_test(below_rejects_for_large_bounds),
        cmocka_unit_test(normal_has_the_normal_distribution),
        cmocka_unit_test(binomial_has_the_binomial_distribution),
        cmocka_unit_test(binomial_keeps_its_moments_for_large_n),
        cmocka_unit_test(binomial_at_its_edges_is_certain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

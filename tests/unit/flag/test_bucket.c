/* Buckets: the vectors of another implementation, and what a hash that shares people out must be like. */
#include "flag/bucket.h"
#include "flag/flag.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static double bucket_of_number(const char *salt, uint32_t i)
{
    char name[32];
    const int length = snprintf(name, sizeof name, "user-%u", i);

    return pl_bucket(pl_str_of(salt), (struct pl_str){name, (size_t)length});
}

static void test_is_that_of_the_other_implementation(void **state)
{
    FILE *file = fopen(REFERENCE "/buckets.csv", "r");
    char line[2048];
    int rows = 0;

    (void)state;
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file) != NULL) {
        char *rest = line;
        const char *salt = strsep(&rest, ",\n");
        const char *subject = strsep(&rest, ",\n");
        const uint64_t steps = strtoull(strsep(&rest, ",\n"), NULL, 10);
        const double bucket = pl_bucket(pl_str_of(salt), pl_str_of(subject));

        assert_true(bucket == (double)steps * 0x1p-53);
        rows++;
    }
    assert_int_equal(rows, 91);
    assert_int_equal(fclose(file), 0);
}

static void test_a_salt_of_parts_is_its_text(void **state)
{
    const struct pl_salt two = {PL_STR("share"), PL_STR("f"), {0}};
    const struct pl_salt three = {PL_STR("arm"), PL_STR("f"), PL_STR("tone")};

    (void)state;
    assert_true(pl_bucket_of(&two, PL_STR("a")) == pl_bucket(PL_STR("share/f"), PL_STR("a")));
    assert_true(pl_bucket_of(&three, PL_STR("a")) == pl_bucket(PL_STR("arm/f/tone"), PL_STR("a")));
    assert_true(pl_bucket(PL_STR("ab"), PL_STR("c")) != pl_bucket(PL_STR("a"), PL_STR("bc")));
}

/* The statistic of `counts` against equal chances. */
static double chi_squared(const uint32_t *counts, size_t bins, double n)
{
    const double expected = n / (double)bins;
    double sum = 0.0;

    for (size_t i = 0; i < bins; i++)
        sum += ((double)counts[i] - expected) * ((double)counts[i] - expected) / expected;
    return sum;
}

/* In standard deviations of the statistic from its mean, both known: bins - 1 and 2 (bins - 1). */
static double excess(const uint32_t *counts, size_t bins, double n)
{
    const double freedom = (double)bins - 1.0;

    return (chi_squared(counts, bins, n) - freedom) / sqrt(2.0 * freedom);
}

static void test_is_uniform_for_any_salt(void **state)
{
    static const char *const SALTS[] = {"",         "a", "share/f", "share/g", "layer/f/prompt",
                                        "holdout/f"};
    enum { BINS = 1000, N = 200000 };

    (void)state;
    for (size_t s = 0; s < sizeof SALTS / sizeof SALTS[0]; s++) {
        uint32_t counts[BINS] = {0};

        for (uint32_t i = 0; i < N; i++) {
            const double bucket = bucket_of_number(SALTS[s], i);

            assert_true(bucket >= 0.0 && bucket < 1.0);
            counts[(size_t)(bucket * BINS)]++;
        }
        assert_true(fabs(excess(counts, BINS, N)) < 4.0);
    }
}

/* A salt says nothing about another, near or far: cells of 16 by 16 are filled alike. */
static void test_salts_are_independent(void **state)
{
    static const char *const PAIRS[][2] = {
        {"share/f", "share/g"},
        {"share/f", "holdout/f"},
        {"layer/f/a", "layer/f/b"},
        {"arm/f/tone", "arm/f/ton"},
        {"layer/f/x", "arm/f/x"},
        {"a", "aa"},
        {"experiment/f/1", "experiment/f/2"},
        {"", "a"},
    };
    enum { SIDE = 16, N = 200000 };

    (void)state;
    for (size_t p = 0; p < sizeof PAIRS / sizeof PAIRS[0]; p++) {
        uint32_t counts[SIDE * SIDE] = {0};

        for (uint32_t i = 0; i < N; i++)
            counts[(size_t)(bucket_of_number(PAIRS[p][0], i) * SIDE) * SIDE +
                   (size_t)(bucket_of_number(PAIRS[p][1], i) * SIDE)]++;
        assert_true(fabs(excess(counts, SIDE * SIDE, N)) < 4.0);
    }
}

/* Any bit of a subject turns each bit of the bucket half of the time. */
static void test_every_bit_turns_every_bit(void **state)
{
    enum { BYTES = 8, N = 4000, OUT = 53 };
    static uint32_t turned[BYTES * 8][OUT];
    double worst = 0.0;

    (void)state;
    for (uint32_t i = 0; i < N; i++) {
        char subject[BYTES + 1];

        (void)snprintf(subject, sizeof subject, "%08u", i);

        const struct pl_str text = {subject, BYTES};
        const uint64_t before = (uint64_t)(pl_bucket(PL_STR("share/f"), text) * 0x1p53);

        for (size_t bit = 0; bit < sizeof turned / sizeof turned[0]; bit++) {
            subject[bit / 8] ^= (char)(1 << bit % 8);

            const uint64_t after = (uint64_t)(pl_bucket(PL_STR("share/f"), text) * 0x1p53);

            subject[bit / 8] ^= (char)(1 << bit % 8);
            for (size_t out = 0; out < OUT; out++)
                turned[bit][out] += (uint32_t)((before ^ after) >> out & 1);
        }
    }
    for (size_t bit = 0; bit < sizeof turned / sizeof turned[0]; bit++)
        for (size_t out = 0; out < OUT; out++)
            worst = fmax(worst, fabs((double)turned[bit][out] / N - 0.5));
    /* Five standard deviations, of 3,392 cells. */
    assert_true(worst < 5.0 * 0.5 / sqrt(N));
}

static void test_a_share_is_met(void **state)
{
    static const double SHARES[] = {0.001, 0.01, 0.1, 0.5, 0.9};
    enum { N = 1000000 };
    uint32_t within[5] = {0};

    (void)state;
    for (uint32_t i = 0; i < N; i++)
        for (size_t s = 0; s < 5; s++)
            within[s] += bucket_of_number("share/support", i) < SHARES[s];
    for (size_t s = 0; s < 5; s++)
        assert_true(fabs(within[s] - SHARES[s] * N) <
                    4.0 * sqrt(SHARES[s] * (1.0 - SHARES[s]) * N));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_that_of_the_other_implementation),
        cmocka_unit_test(test_a_salt_of_parts_is_its_text),
        cmocka_unit_test(test_is_uniform_for_any_salt),
        cmocka_unit_test(test_salts_are_independent),
        cmocka_unit_test(test_every_bit_turns_every_bit),
        cmocka_unit_test(test_a_share_is_met),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

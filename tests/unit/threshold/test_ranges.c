/* Extremes and best ranks of stretches, against looking at each. */
#include "small_cells.h"

#include "threshold/ranges.h"

#define COUNT_MAX 70

static void fill(double *values, size_t count, int kind, struct pl_rng *rng)
{
    double value = 0.5;

    for (size_t i = 0; i < count; i++) {
        const double step = (double)pl_rng_below(rng, 3) / 4.0;

        value += kind == 0 ? step : kind == 1 ? -step : step - 0.25;
        values[i] = value;
    }
}

static void extremes_are_those_of_the_stretch(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++) {
        double values[COUNT_MAX];
        struct pl_ranges ranges;
        struct pl_arena arena;
        struct pl_error error;
        struct pl_rng rng;

        pl_rng_init(&rng, seed, 0);
        pl_arena_init(&arena, (size_t)1 << 24);

        const size_t count = 1 + pl_rng_below(&rng, COUNT_MAX);

        fill(values, count, (int)(seed % 3), &rng);
        assert_int_equal(pl_ranges_make(values, count, &arena, &ranges, &error), PL_OK);
        if (seed % 3 == 0)
            assert_int_equal(ranges.direction, 1);
        for (uint32_t first = 0; first < count; first++) {
            double least = HUGE_VAL;
            double most = -HUGE_VAL;

            for (uint32_t last = first; last < count; last++) {
                least = fmin(least, values[last]);
                most = fmax(most, values[last]);
                assert_true(pl_ranges_least(&ranges, first, last) == least);
                assert_true(pl_ranges_most(&ranges, first, last) == most);
            }
        }
        pl_arena_deinit(&arena);
    }
}

static void the_best_is_the_first_of_the_best_ranks(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct pl_rank ranks[COUNT_MAX];
        struct pl_best best;
        struct pl_arena arena;
        struct pl_error error;
        struct pl_rng rng;

        pl_rng_init(&rng, seed, 0);
        pl_arena_init(&arena, (size_t)1 << 24);

        const size_t count = 1 + pl_rng_below(&rng, COUNT_MAX);

        for (size_t i = 0; i < count; i++)
            ranks[i] = (struct pl_rank){
                .cost = (double)pl_rng_below(&rng, 4),
                .flips = pl_rng_below(&rng, 3),
                .positives = pl_rng_below(&rng, 2),
            };
        assert_int_equal(pl_best_make(ranks, count, &arena, &best, &error), PL_OK);
        for (uint32_t first = 0; first < count; first++) {
            uint32_t expected = first;

            for (uint32_t last = first; last < count; last++) {
                if (pl_rank_compare(&ranks[last], &ranks[expected]) < 0)
                    expected = last;
                assert_int_equal(pl_best_find(&best, first, last), expected);
            }
        }
        pl_arena_deinit(&arena);
    }
}

static void ranks_go_by_cost_then_flips_then_positives(void **state)
{
    const struct pl_rank cheap = {1.0, 9, 9};
    const struct pl_rank dear = {2.0, 0, 0};
    const struct pl_rank quiet = {1.0, 8, 10};
    const struct pl_rank strict = {1.0, 9, 8};

    (void)state;
    assert_true(pl_rank_compare(&cheap, &dear) < 0);
    assert_true(pl_rank_compare(&dear, &cheap) > 0);
    assert_true(pl_rank_compare(&quiet, &cheap) < 0);
    assert_true(pl_rank_compare(&strict, &cheap) < 0);
    assert_int_equal(pl_rank_compare(&cheap, &cheap), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extremes_are_those_of_the_stretch),
        cmocka_unit_test(the_best_is_the_first_of_the_best_ranks),
        cmocka_unit_test(ranks_go_by_cost_then_flips_then_positives),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

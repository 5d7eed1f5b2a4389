/* Neighbours by the tree against a search of every pair, with and without ties and copies. */
#include "stats/neighbours.h"

#include "base/rng.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POINTS_MAX 1500
#define SIDES_MAX  8

struct sample {
    double coordinates[POINTS_MAX * SIDES_MAX];
    uint64_t totals[POINTS_MAX];
    uint64_t positives[POINTS_MAX];
    double means[POINTS_MAX];
    size_t count;
    uint32_t sides;
};

static double square_between(const struct sample *sample, size_t a, size_t b)
{
    double sum = 0.0;

    for (uint32_t side = 0; side < sample->sides; side++) {
        const double step = sample->coordinates[a * sample->sides + side] -
                            sample->coordinates[b * sample->sides + side];

        sum += step * step;
    }
    return sum;
}

/* The definition: the k-th distance is the least within which there are k decisions. */
static double mean_by_pairs(const struct sample *sample, size_t point, uint32_t k)
{
    double reach = HUGE_VAL;
    uint64_t near = 0;
    uint64_t near_positives = 0;
    uint64_t tied = 0;
    uint64_t tied_positives = 0;

    for (size_t i = 0; i < sample->count; i++) {
        const double distance = square_between(sample, point, i);
        uint64_t within = 0;

        for (size_t j = 0; j < sample->count; j++)
            within += square_between(sample, point, j) <= distance ? sample->totals[j] : 0;
        if (within >= k)
            reach = fmin(reach, distance);
    }
    for (size_t i = 0; i < sample->count; i++) {
        const double distance = square_between(sample, point, i);

        near += distance < reach ? sample->totals[i] : 0;
        near_positives += distance < reach ? sample->positives[i] : 0;
        tied += fabs(distance - reach) <= 0.0 ? sample->totals[i] : 0;
        tied_positives += fabs(distance - reach) <= 0.0 ? sample->positives[i] : 0;
    }
    return ((double)near_positives + (double)(k - near) * (double)tied_positives / (double)tied) /
           k;
}

static void find(struct sample *sample, uint32_t k, uint32_t threads)
{
    const struct pl_neighbour_points points = {sample->coordinates, sample->totals,
                                               sample->positives, sample->count, sample->sides};
    const struct pl_neighbour_search search = {k, threads};
    struct pl_error error = {0};
    struct pl_arena arena;

    pl_arena_init(&arena, 1 << 20);
    assert_int_equal(pl_neighbour_means(&points, &search, &arena, sample->means, &error), PL_OK);
    pl_arena_deinit(&arena);
}

static bool is_known(const struct sample *sample, const double *point)
{
    for (size_t i = 0; i < sample->count; i++) {
        bool same = true;

        for (uint32_t side = 0; side < sample->sides; side++)
            same = same && !(fabs(sample->coordinates[i * sample->sides + side] - point[side]) > 0);
        if (same)
            return true;
    }
    return false;
}

/* Distinct points; on a grid of so many steps to a side, or anywhere when it is 0. */
static void draw(struct sample *sample, struct pl_rng *rng, size_t tries, uint64_t steps)
{
    sample->count = 0;
    for (size_t i = 0; i < tries; i++) {
        double *point = sample->coordinates + sample->count * sample->sides;

        for (uint32_t side = 0; side < sample->sides; side++)
            point[side] = steps == 0 ? pl_rng_normal(rng) : (double)pl_rng_below(rng, steps) - 2.0;
        if (is_known(sample, point))
            continue;
        sample->totals[sample->count] = 1 + pl_rng_below(rng, 4) / 3 * pl_rng_below(rng, 9);
        sample->positives[sample->count] = pl_rng_below(rng, sample->totals[sample->count] + 1);
        sample->count++;
    }
}

static void test_agrees_with_a_search_of_every_pair(void **state)
{
    static const struct {
        uint32_t sides;
        size_t tries;
        uint64_t steps;
        uint32_t k;
    } CASES[] = {
        {1, 200, 0, 5}, {1, 300, 90, 5}, {2, 250, 0, 1},  {2, 300, 12, 5},
        {3, 300, 5, 7}, {4, 300, 0, 5},  {8, 300, 3, 16}, {8, 200, 0, 5},
    };
    struct sample *sample = calloc(1, sizeof *sample);
    struct pl_rng rng;

    (void)state;
    assert_non_null(sample);
    pl_rng_init(&rng, 5, 0);
    for (size_t c = 0; c < sizeof CASES / sizeof *CASES; c++) {
        sample->sides = CASES[c].sides;
        draw(sample, &rng, CASES[c].tries, CASES[c].steps);
        find(sample, CASES[c].k, 3);
        for (size_t i = 0; i < sample->count; i++)
            assert_true(fabs(sample->means[i] - mean_by_pairs(sample, i, CASES[c].k)) <= 0.0);
    }
    free(sample);
}

static void test_neither_threads_nor_the_order_of_points_matter(void **state)
{
    struct sample *sample = calloc(1, sizeof *sample);
    struct sample *other = calloc(1, sizeof *other);
    struct pl_rng rng;

    (void)state;
    assert_true(sample != NULL && other != NULL);
    pl_rng_init(&rng, 6, 0);
    sample->sides = 3;
    draw(sample, &rng, POINTS_MAX, 11);
    other->sides = 3;
    other->count = sample->count;
    for (size_t i = 0; i < sample->count; i++) {
        const size_t to = sample->count - 1 - i;

        memcpy(other->coordinates + to * 3, sample->coordinates + i * 3, 3 * sizeof(double));
        other->totals[to] = sample->totals[i];
        other->positives[to] = sample->positives[i];
    }
    find(sample, 5, 1);
    find(other, 5, 4);
    for (size_t i = 0; i < sample->count; i++)
        assert_true(fabs(sample->means[i] - other->means[sample->count - 1 - i]) <= 0.0);
    free(sample);
    free(other);
}

static void test_ties_share_the_places_that_are_left(void **state)
{
    /* Of the point at 0: itself, and 4 places for the six that are as near as each other. */
    struct sample sample = {.coordinates = {0.0, -1.0, 1.0},
                            .totals = {1, 2, 4},
                            .positives = {1, 2, 1},
                            .count = 3,
                            .sides = 1};

    (void)state;
    find(&sample, 5, 1);
    assert_true(fabs(sample.means[0] - (1.0 + 4.0 * 3.0 / 6.0) / 5.0) < 1e-15);
    /* Of that at -1: its two, the one at 0, and 2 places for the four at 1. */
    assert_true(fabs(sample.means[1] - (3.0 + 2.0 * 1.0 / 4.0) / 5.0) < 1e-15);
}

static void test_all_at_one_point_are_each_others_neighbours(void **state)
{
    struct sample sample = {
        .coordinates = {7.0, 7.0}, .totals = {1000}, .positives = {250}, .count = 1, .sides = 2};

    (void)state;
    find(&sample, 5, 2);
    assert_true(fabs(sample.means[0] - 0.25) <= 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agrees_with_a_search_of_every_pair),
        cmocka_unit_test(test_neither_threads_nor_the_order_of_points_matter),
        cmocka_unit_test(test_ties_share_the_places_that_are_left),
        cmocka_unit_test(test_all_at_one_point_are_each_others_neighbours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

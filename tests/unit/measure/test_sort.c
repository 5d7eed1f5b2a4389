/* Runs: every distinct value, key and weight once with its count, whatever the order, the threads and the range. */
#include "measure/sort.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* What goes in: a value with its key, count and weight. */
struct item {
    double value;
    uint32_t key;
    uint64_t count;
    double weight;
};

static struct pl_runs make_runs(const struct item *items, size_t count, bool weighted,
                                uint32_t threads)
{
    struct pl_loose_list list = {0};
    uint64_t *counts = calloc(count + 1, sizeof *counts);
    double *weights = calloc(count + 1, sizeof *weights);
    const struct pl_loose_rows rows = {counts, weighted ? weights : NULL};
    struct pl_runs runs = {0};
    struct pl_error error = {0};

    assert_non_null(counts);
    assert_non_null(weights);
    assert_int_equal(pl_loose_reserve(&list, count, &error), PL_OK);
    for (size_t i = 0; i < count; i++) {
        counts[i] = items[i].count;
        weights[i] = items[i].weight;
        list.items[list.count++] = (struct pl_loose){
            .order = pl_order_of(items[i].value), .key = items[i].key, .row = (uint32_t)i};
    }
    assert_int_equal(pl_runs_make(&list, &rows, threads, &runs, &error), PL_OK);
    pl_loose_deinit(&list);
    free(counts);
    free(weights);
    return runs;
}

static int compare_items(const void *a, const void *b)
{
    const struct item *first = a;
    const struct item *second = b;

    if (first->value != second->value)
        return first->value < second->value ? -1 : 1;
    if (first->key != second->key)
        return first->key < second->key ? -1 : 1;
    return (first->weight > second->weight) - (first->weight < second->weight);
}

/* The runs as the plainest code would make them, compared one by one. */
static void assert_runs(const struct pl_runs *runs, struct item *items, size_t count, bool weighted)
{
    size_t at = 0;

    for (size_t i = 0; i < count; i++)
        items[i].weight = weighted ? items[i].weight : 1.0;
    qsort(items, count, sizeof *items, compare_items);
    for (size_t i = 0; i < count; at++) {
        uint64_t together = 0;
        const struct item first = items[i];

        for (; i < count && compare_items(&items[i], &first) == 0; i++)
            together += items[i].count;
        assert_true(at < runs->count);
        assert_true(runs->values[at] == first.value);
        assert_int_equal(runs->keys[at], first.key);
        assert_int_equal(runs->counts[at], together);
        assert_true(!weighted || runs->weights[at] == first.weight);
    }
    assert_int_equal(runs->count, at);
    assert_true((runs->weights != NULL) == weighted);
}

static void shuffle(struct item *items, size_t count, uint64_t seed)
{
    struct pl_rng rng;

    pl_rng_init(&rng, seed, 0);
    for (size_t i = count; i > 1; i--) {
        const size_t other = (size_t)pl_rng_below(&rng, i);
        const struct item swap = items[i - 1];

        items[i - 1] = items[other];
        items[other] = swap;
    }
}

static void check(struct item *items, size_t count, bool weighted)
{
    static const uint32_t THREADS[] = {1, 2, 7};

    for (size_t i = 0; i < sizeof THREADS / sizeof *THREADS; i++) {
        shuffle(items, count, 11 + i);

        struct pl_runs runs = make_runs(items, count, weighted, THREADS[i]);

        assert_runs(&runs, items, count, weighted);
        pl_runs_deinit(&runs);
    }
}

static void doubles_keep_their_order_as_integers(void **state)
{
    static const double ASCENDING[] = {-HUGE_VAL, -DBL_MAX,
                                       -1e300,    -1.0,
                                       -DBL_MIN,  -4.9406564584124654e-324,
                                       0.0,       4.9406564584124654e-324,
                                       DBL_MIN,   0.5,
                                       1.0,       1.0 + DBL_EPSILON,
                                       1e300,     DBL_MAX,
                                       HUGE_VAL};

    (void)state;
    for (size_t i = 0; i < sizeof ASCENDING / sizeof *ASCENDING; i++) {
        assert_true(pl_order_value(pl_order_of(ASCENDING[i])) == ASCENDING[i]);
        if (i > 0)
            assert_true(pl_order_of(ASCENDING[i - 1]) < pl_order_of(ASCENDING[i]));
    }
    assert_true(pl_order_of(-0.0) == pl_order_of(0.0));
    assert_false(signbit(pl_order_value(pl_order_of(-0.0))));
}

static void no_items_make_no_runs(void **state)
{
    struct item none;

    (void)state;
    check(&none, 0, false);
    check(&none, 0, true);
}

static void equal_values_are_merged_and_their_counts_added(void **state)
{
    struct item items[] = {{0.5, 4, 3, 1}, {0.5, 4, 1, 1}, {0.5, 5, 2, 1}, {0.25, 4, 7, 1}};
    struct pl_runs runs = make_runs(items, 4, false, 1);

    (void)state;
    assert_int_equal(runs.count, 3);
    assert_int_equal(runs.counts[0], 7);
    assert_int_equal(runs.counts[1], 4);
    assert_int_equal(runs.counts[2], 2);
    pl_runs_deinit(&runs);
    check(items, 4, false);
}

static void both_zeros_are_one_value(void **state)
{
    struct item items[] = {{-0.0, 1, 1, 1}, {0.0, 1, 1, 1}};
    struct pl_runs runs = make_runs(items, 2, false, 1);

    (void)state;
    assert_int_equal(runs.count, 1);
    assert_int_equal(runs.counts[0], 2);
    pl_runs_deinit(&runs);
}

static void weights_keep_runs_apart_and_come_in_order(void **state)
{
    struct item items[] = {{1, 1, 1, 2.0}, {1, 1, 5, 0.5}, {1, 1, 1, 2.0}, {1, 1, 1, 1e-9}};
    struct pl_runs runs = make_runs(items, 4, true, 1);

    (void)state;
    assert_int_equal(runs.count, 3);
    assert_true(runs.weights[0] == 1e-9 && runs.weights[1] == 0.5 && runs.weights[2] == 2.0);
    assert_int_equal(runs.counts[2], 2);
    pl_runs_deinit(&runs);
    check(items, 4, true);
}

/* Enough items for many buckets, of values drawn by `draw`. */
static void check_many(double (*draw)(struct pl_rng *rng), bool weighted)
{
    const size_t count = 60000;
    struct item *items = calloc(count, sizeof *items);
    struct pl_rng rng;

    assert_non_null(items);
    pl_rng_init(&rng, 5, 1);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct item){
            .value = draw(&rng),
            .key = (uint32_t)pl_rng_below(&rng, 3) + 4 * (uint32_t)pl_rng_below(&rng, 300),
            .count = 1 + pl_rng_below(&rng, 9),
            .weight = (double)(1 + pl_rng_below(&rng, 4)) / 3.0,
        };
    check(items, count, weighted);
    free(items);
}

static double draw_uniform(struct pl_rng *rng)
{
    return pl_rng_uniform(rng);
}

static double draw_few(struct pl_rng *rng)
{
    return (double)pl_rng_below(rng, 10) / 10.0;
}

static double draw_signed(struct pl_rng *rng)
{
    return pl_rng_normal(rng);
}

static double draw_huge(struct pl_rng *rng)
{
    return (2.0 * pl_rng_uniform(rng) - 1.0) * DBL_MAX;
}

static double draw_denormal(struct pl_rng *rng)
{
    return (double)pl_rng_below(rng, 5000) * 4.9406564584124654e-324;
}

static double draw_far(struct pl_rng *rng)
{
    return ldexp(pl_rng_uniform(rng) - 0.5, (int)pl_rng_below(rng, 2000) - 1000);
}

static double draw_near(struct pl_rng *rng)
{
    return 1.0 + (double)pl_rng_below(rng, 50) * DBL_EPSILON;
}

static double draw_constant(struct pl_rng *rng)
{
    (void)rng;
    return 0.3;
}

/* Loading refuses them afterwards, so that sorting has to stand them. */
static double draw_infinite(struct pl_rng *rng)
{
    const uint64_t kind = pl_rng_below(rng, 10);

    return kind == 0 ? HUGE_VAL : kind == 1 ? -HUGE_VAL : pl_rng_uniform(rng);
}

static void many_values_of_every_kind_are_sorted(void **state)
{
    static double (*const DRAWS[])(struct pl_rng *) = {draw_uniform, draw_few,      draw_signed,
                                                       draw_huge,    draw_denormal, draw_far,
                                                       draw_near,    draw_constant, draw_infinite};

    (void)state;
    for (size_t i = 0; i < sizeof DRAWS / sizeof *DRAWS; i++) {
        check_many(DRAWS[i], false);
        check_many(DRAWS[i], true);
    }
}

static void more_values_than_the_maximum_are_refused(void **state)
{
    struct pl_loose_list list = {0};
    struct pl_error error = {0};

    (void)state;
    assert_int_equal(pl_loose_reserve(&list, (size_t)PL_RUNS_MAX + 1, &error), PL_E_LIMIT);
    assert_non_null(strstr(error.message, "250000000"));
    assert_int_equal(pl_loose_reserve(&list, SIZE_MAX, &error), PL_E_LIMIT);
    assert_null(list.items);
}

static void reserving_keeps_what_is_there(void **state)
{
    struct pl_loose_list list = {0};
    struct pl_error error = {0};

    (void)state;
    for (uint32_t i = 0; i < 20000; i++) {
        assert_int_equal(pl_loose_reserve(&list, 1, &error), PL_OK);
        list.items[list.count++] = (struct pl_loose){.order = i, .key = i, .row = i};
    }
    for (uint32_t i = 0; i < 20000; i++)
        assert_int_equal(list.items[i].row, i);
    pl_loose_deinit(&list);
    assert_null(list.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_keep_their_order_as_integers),
        cmocka_unit_test(no_items_make_no_runs),
        cmocka_unit_test(equal_values_are_merged_and_their_counts_added),
        cmocka_unit_test(both_zeros_are_one_value),
        cmocka_unit_test(weights_keep_runs_apart_and_come_in_order),
        cmocka_unit_test(many_values_of_every_kind_are_sorted),
        cmocka_unit_test(more_values_than_the_maximum_are_refused),
        cmocka_unit_test(reserving_keeps_what_is_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The evidence for one slice: its parts agree with each other, and no bound is too low. */
#include "search/evidence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

static struct pl_search_test test_of(uint64_t n, uint64_t bad, uint64_t smallest, double level)
{
    return (struct pl_search_test){{n, bad}, smallest, level};
}

static const struct pl_search_test TESTS[] = {
    {{400, 40}, 20, 0.05},  {{400, 40}, 20, 1e-5}, {{300, 6}, 10, 1e-3},
    {{250, 240}, 30, 1e-4}, {{60, 30}, 1, 0.01},
};

#define TESTS_COUNT (sizeof TESTS / sizeof *TESTS)

static bool is_possible(const struct pl_search_test *test, struct pl_search_counts slice)
{
    return slice.n >= test->smallest && slice.n < test->all.n && slice.bad <= slice.n &&
           slice.bad <= test->all.bad && slice.n - slice.bad <= test->all.n - test->all.bad;
}

static void no_slice_reaches_the_level_with_fewer_than_the_least_bad_ones(void **state)
{
    (void)state;
    for (size_t t = 0; t < TESTS_COUNT; t++) {
        const struct pl_search_test *test = &TESTS[t];
        const uint64_t least = pl_search_bad_least(test);
        bool reached = false;

        for (uint64_t n = test->smallest; n < test->all.n; n++)
            for (uint64_t bad = 0; bad <= n && bad <= least; bad++) {
                const struct pl_search_counts slice = {n, bad};

                if (!is_possible(test, slice))
                    continue;
                if (bad < least)
                    assert_true(pl_search_p_value(test, slice) > test->level);
                else
                    reached = reached || pl_search_p_value(test, slice) <= test->level;
            }
        assert_true(reached);
    }
}

static void the_quick_look_never_drops_a_slice_that_reaches_the_level(void **state)
{
    size_t dropped = 0;

    (void)state;
    for (size_t t = 0; t < TESTS_COUNT; t++)
        for (uint64_t n = TESTS[t].smallest; n < TESTS[t].all.n; n++)
            for (uint64_t bad = 0; bad <= n; bad++) {
                const struct pl_search_counts slice = {n, bad};

                if (!is_possible(&TESTS[t], slice) ||
                    pl_search_may_reach(&TESTS[t], log(TESTS[t].level), slice))
                    continue;
                assert_true(pl_search_p_value(&TESTS[t], slice) > TESTS[t].level);
                dropped++;
            }
    assert_true(dropped > 1000);
}

static void what_is_proven_is_below_what_is_seen_and_rises_with_the_level(void **state)
{
    (void)state;
    for (size_t t = 0; t < TESTS_COUNT; t++)
        for (uint64_t n = TESTS[t].smallest; n < TESTS[t].all.n; n += 7)
            for (uint64_t bad = 0; bad <= n; bad += 3) {
                const struct pl_search_counts slice = {n, bad};
                struct pl_search_test laxer = TESTS[t];

                if (!is_possible(&TESTS[t], slice))
                    continue;
                laxer.level *= 2.0;

                const double proven = pl_search_excess_proven(&TESTS[t], slice);

                assert_true(proven < pl_search_excess(&TESTS[t], slice));
                assert_true(proven <= pl_search_excess_proven(&laxer, slice));
            }
}

static void no_part_of_a_slice_is_proven_beyond_its_ceiling(void **state)
{
    (void)state;
    for (size_t t = 0; t < TESTS_COUNT; t++) {
        const struct pl_search_test *test = &TESTS[t];
        double ceiling = 0.0;

        for (uint64_t bad = 0; bad <= test->all.bad; bad++) {
            const double next = pl_search_excess_ceiling(test, bad);

            /* More bad ones allow more: the ceiling of a slice is that of all its parts. */
            assert_true(next >= ceiling);
            ceiling = next;
            for (uint64_t n = test->smallest; n < test->all.n; n += 5) {
                const struct pl_search_counts slice = {n, bad};

                if (is_possible(test, slice) && pl_search_p_value(test, slice) <= test->level)
                    assert_true(pl_search_excess_proven(test, slice) <= ceiling + 1e-12);
            }
        }
        assert_true(ceiling > 0.0);
    }
}

static void the_test_and_the_bound_nearly_always_agree(void **state)
{
    size_t agree = 0, all = 0;

    (void)state;
    for (size_t t = 0; t < TESTS_COUNT; t++)
        for (uint64_t n = TESTS[t].smallest; n < TESTS[t].all.n; n += 3)
            for (uint64_t bad = 0; bad <= n; bad++) {
                const struct pl_search_counts slice = {n, bad};

                if (!is_possible(&TESTS[t], slice))
                    continue;
                all++;
                agree += (pl_search_p_value(&TESTS[t], slice) <= TESTS[t].level) ==
                         (pl_search_excess_proven(&TESTS[t], slice) > 0.0);
            }
    assert_true((double)agree >= 0.97 * (double)all);
}

static void each_condition_must_raise_what_is_proven_by_a_tenth(void **state)
{
    (void)state;
    assert_true(pl_search_rank_value(0.2, 1) == 0.2);
    assert_true(fabs(pl_search_rank_value(0.22, 2) - 0.2) < 1e-15);
    assert_true(fabs(pl_search_rank_value(0.242, 3) - 0.2) < 1e-15);
}

static void where_nothing_can_be_proven_the_least_is_more_than_there_is(void **state)
{
    const struct pl_search_test none = test_of(100, 0, 10, 0.05);
    const struct pl_search_test all = test_of(100, 100, 10, 0.05);
    const struct pl_search_test small = test_of(9, 3, 10, 0.05);

    (void)state;
    assert_int_equal(pl_search_bad_least(&none), 1);
    assert_int_equal(pl_search_bad_least(&all), 101);
    assert_int_equal(pl_search_bad_least(&small), 4);
    assert_true(pl_search_excess_ceiling(&none, 0) == 0.0);
    assert_true(pl_search_excess_ceiling(&all, 100) == 0.0);
    assert_true(pl_search_excess_ceiling(&small, 3) == 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_slice_reaches_the_level_with_fewer_than_the_least_bad_ones),
        cmocka_unit_test(the_quick_look_never_drops_a_slice_that_reaches_the_level),
        cmocka_unit_test(what_is_proven_is_below_what_is_seen_and_rises_with_the_level),
        cmocka_unit_test(no_part_of_a_slice_is_proven_beyond_its_ceiling),
        cmocka_unit_test(the_test_and_the_bound_nearly_always_agree),
        cmocka_unit_test(each_condition_must_raise_what_is_proven_by_a_tenth),
        cmocka_unit_test(where_nothing_can_be_proven_the_least_is_more_than_there_is),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

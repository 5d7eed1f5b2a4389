/* Decisions that are decided otherwise, and what that costs. */
#include "small_cells.h"

#include "threshold/flips.h"

/* One leaf: scores 0 to 3, with ten negative and five positive decisions each, and one unlabelled. */
static void fill(struct small_cells *small)
{
    const struct small_size size = {.groups = {1, 1}, .scores = 4};

    memset(small, 0, sizeof *small);
    small_name(small, &size);
    for (int score = 0; score < 4; score++) {
        small_add(small, score, PL_NEGATIVE, 10, 1.0);
        small_add(small, score, PL_POSITIVE, 5, 1.0);
        small_add(small, score, PL_UNKNOWN, 1, 1.0);
    }
    small_finish(small, &size, 1.0);
}

static void flips_are_the_scores_between_the_thresholds(void **state)
{
    static struct small_cells small;
    const double before = 1.0;
    const double after = 3.0;
    struct pl_flips flips = {0};
    struct pl_flips back = {0};

    (void)state;
    fill(&small);
    pl_flips_count(&(struct pl_move){&small.cells, &before, &after}, NULL, &flips);
    assert_int_equal(flips.to_negative[PL_NEGATIVE], 20);
    assert_int_equal(flips.to_negative[PL_POSITIVE], 10);
    assert_int_equal(flips.to_negative[PL_UNKNOWN], 2);
    assert_int_equal(flips.to_positive[PL_NEGATIVE] + flips.to_positive[PL_POSITIVE], 0);
    assert_int_equal(pl_flips_total(&flips), 32);
    pl_flips_count(&(struct pl_move){&small.cells, &after, &before}, NULL, &back);
    assert_memory_equal(back.to_positive, flips.to_negative, sizeof back.to_positive);
}

static void the_change_of_cost_is_that_of_the_flipped(void **state)
{
    static struct small_cells small;
    const struct pl_costs costs = {.false_positive = 1.0, .false_negative = 3.0};
    struct pl_stat change;
    struct pl_arena arena;
    struct pl_error error;
    const double before = 1.0;
    const double after = 3.0;

    (void)state;
    fill(&small);

    pl_arena_init(&arena, (size_t)1 << 24);
    assert_int_equal(pl_cost_change(&(struct pl_move){&small.cells, &before, &after}, &costs,
                                    &arena, &change, &error),
                     PL_OK);
    pl_arena_deinit(&arena);

    /* 20 false alarms less, 10 misses more at 3, of 60 labelled decisions. */
    assert_true(fabs(change.value - (10.0 * 3.0 - 20.0) / 60.0) < 1e-12);
    assert_int_equal(change.n, 60);
    /* Of -1 twenty times, 3 ten times and 0 thirty times: two shares of one sample. */
    assert_int_equal(change.kind, PL_STAT_MIX);
    assert_true(change.mix.rates[0].k == 20.0 && change.mix.coefficients[0] == -1.0);
    assert_true(change.mix.rates[1].k == 10.0 && change.mix.coefficients[1] == 3.0);
    assert_true(change.mix.rates[0].n == 60.0 && change.mix.rates[1].n == 60.0);
}

static void nothing_flipped_is_exactly_no_change(void **state)
{
    static struct small_cells small;
    const struct pl_costs costs = {.false_positive = 1.0, .false_negative = 3.0};
    struct pl_stat change;
    struct pl_arena arena;
    struct pl_error error;
    const double before = 1.0;
    const double after = 0.5; /* between the same scores */

    (void)state;
    fill(&small);

    pl_arena_init(&arena, (size_t)1 << 24);
    assert_int_equal(pl_cost_change(&(struct pl_move){&small.cells, &before, &after}, &costs,
                                    &arena, &change, &error),
                     PL_OK);
    pl_arena_deinit(&arena);

    assert_int_equal(change.kind, PL_STAT_EXACT);
    assert_true(change.value == 0.0);
}

static void flips_fall_to_their_groups(void **state)
{
    static struct small_cells small;
    const struct small_size size = {.groups = {2, 1}, .scores = 1};
    const uint32_t groups[] = {1, 0};
    const double before[] = {0.0, 0.0};
    const double after[] = {0.0, HUGE_VAL};
    struct pl_flips flips[2] = {0};

    (void)state;
    memset(&small, 0, sizeof small);
    small_name(&small, &size);
    small_add(&small, 0.0, 0 * 4 + PL_NEGATIVE, 3, 1.0);
    small_add(&small, 0.0, 1 * 4 + PL_POSITIVE, 4, 1.0);
    small_finish(&small, &size, 0.0);
    pl_flips_count(&(struct pl_move){&small.cells, before, after}, groups, flips);
    assert_int_equal(pl_flips_total(&flips[0]), 4);
    assert_int_equal(pl_flips_total(&flips[1]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flips_are_the_scores_between_the_thresholds),
        cmocka_unit_test(the_change_of_cost_is_that_of_the_flipped),
        cmocka_unit_test(nothing_flipped_is_exactly_no_change),
        cmocka_unit_test(flips_fall_to_their_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

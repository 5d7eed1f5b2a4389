/* Bounds of a quantile: the textbook ranks, a window against the whole, and samples too small. */
#include "stats/quantile.h"

#include "stats/beta.h"
#include "stats_of.h"
#include "table.h"

static double RANKS[200000];

/* W. J. Conover, Practical Nonparametric Statistics: for a median, ranks r and n - r + 1 with
   P(Binomial(n, 1/2) <= r - 1) <= alpha. For n = 20 and 2.5% r is 6: P(<= 5) = 0.0207. */
static void a_median_of_twenty_lies_between_the_6th_and_the_15th(void **state)
{
    const struct pl_stat stat = quantile_of(0.5, 20, RANKS);

    (void)state;
    assert_true(pl_stat_low(&stat, 0.025, PL_RATE_WILSON) == 6.0);
    assert_true(pl_stat_high(&stat, 0.025, PL_RATE_WILSON) == 15.0);
    assert_close(pl_stat_p_above(&stat, 5.5, PL_RATE_WILSON), 0.020694732666015625, 1e-12);
    assert_close(pl_stat_p_below(&stat, 15.5, PL_RATE_WILSON), 0.020694732666015625, 1e-12);
}

/* The bound is beyond a value exactly when the test at the same level rejects that value. */
static void p_values_and_bounds_say_the_same(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        const struct pl_stat stat = quantile_of(0.1 + 0.4 * i, 60, RANKS);

        for (double bound = 0.5; bound < 61.0; bound += 0.5) {
            for (double alpha = 0.4; alpha > 1e-6; alpha *= 0.2) {
                assert_int_equal(pl_stat_low(&stat, alpha, PL_RATE_WILSON) > bound,
                                 pl_stat_p_above(&stat, bound, PL_RATE_WILSON) <= alpha);
                assert_int_equal(pl_stat_high(&stat, alpha, PL_RATE_WILSON) < bound,
                                 pl_stat_p_below(&stat, bound, PL_RATE_WILSON) <= alpha);
            }
        }
    }
}

static void thirty_values_do_not_bound_the_95th_percentile(void **state)
{
    const struct pl_stat stat = quantile_of(0.95, 30, RANKS);

    (void)state;
    assert_true(isinf(pl_stat_high(&stat, 0.05, PL_RATE_WILSON)));
    assert_true(pl_stat_low(&stat, 0.05, PL_RATE_WILSON) > 20.0);
    assert_close(pl_stat_p_below(&stat, 1e9, PL_RATE_WILSON), pow(0.95, 30.0), 1e-9);
}

static void the_window_gives_what_all_values_give(void **state)
{
    (void)state;
    for (int i = 0; i < 4; i++) {
        const double q = i == 3 ? 0.999 : 0.05 + 0.3 * i;
        const struct pl_stat whole = quantile_of(q, 200000, RANKS);
        const struct pl_rank_range range = pl_quantile_ranks(q, 200000.0);
        const size_t first = (size_t)range.first - 1;
        struct pl_stat part = whole;

        part.quantile.window =
            (struct pl_order_window){RANKS + first, RANKS + first, (size_t)range.last - first};
        assert_true(part.quantile.window.count < 10000);
        for (double alpha = 0.5; alpha >= 1e-12; alpha *= 0.1) {
            assert_true(pl_stat_low(&part, alpha, PL_RATE_WILSON) ==
                        pl_stat_low(&whole, alpha, PL_RATE_WILSON));
            assert_true(pl_stat_high(&part, alpha, PL_RATE_WILSON) ==
                        pl_stat_high(&whole, alpha, PL_RATE_WILSON));
        }
        assert_true(pl_stat_p_above(&part, -5.0, PL_RATE_WILSON) <= 1e-11);
        assert_true(pl_stat_p_above(&part, 1e9, PL_RATE_WILSON) == 1.0);
        assert_true(pl_stat_p_below(&part, -5.0, PL_RATE_WILSON) == 1.0);
    }
}

static void the_ranks_hold_the_binomial(void **state)
{
    (void)state;
    for (double n = 3.0; n < 1e9; n *= 7.0) {
        for (double q = 0.001; q < 1.0; q += 0.0998) {
            const struct pl_rank_range range = pl_quantile_ranks(q, n);

            assert_true(range.first >= 1.0 && range.last <= n);
            if (range.first > 1.0)
                assert_true(pl_binomial_at_most(range.first, n, q) < 1e-12);
            if (range.last < n)
                assert_true(pl_binomial_at_least(range.last, n, q) < 1e-12);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_median_of_twenty_lies_between_the_6th_and_the_15th),
        cmocka_unit_test(p_values_and_bounds_say_the_same),
        cmocka_unit_test(thirty_values_do_not_bound_the_95th_percentile),
        cmocka_unit_test(the_window_gives_what_all_values_give),
        cmocka_unit_test(the_ranks_hold_the_binomial),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

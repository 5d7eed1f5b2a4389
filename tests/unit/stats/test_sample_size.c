/* Sample sizes: against a search with statsmodels' bounds, published figures, and at the edges. */
#include "stats/sample_size.h"

#include "table.h"

static uint64_t size_of(double threshold, double alpha, uint64_t failures,
                        enum pl_rate_method method)
{
    const struct pl_clearing clearing = {threshold, alpha, failures, method};

    return pl_cases_to_clear(&clearing);
}

static void sizes_are_those_of_a_search(void **state)
{
    const struct table *table = table_read("sample_size.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const double *v = table->rows[i].values;

        assert_int_equal(size_of(v[0], v[1], (uint64_t)v[2], PL_RATE_WILSON), (uint64_t)v[3]);
        assert_int_equal(size_of(v[0], v[1], (uint64_t)v[2], PL_RATE_EXACT), (uint64_t)v[4]);
    }
}

static void all_passing_takes_the_known_numbers(void **state)
{
    static const double THRESHOLDS[] = {0.80, 0.90, 0.95, 0.98, 0.99};
    static const uint64_t WILSON[] = {16, 35, 73, 189, 381};
    static const uint64_t EXACT[] = {14, 29, 59, 149, 299};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(size_of(THRESHOLDS[i], 0.025, 0, PL_RATE_WILSON), WILSON[i]);
        assert_int_equal(size_of(THRESHOLDS[i], 0.05, 0, PL_RATE_EXACT), EXACT[i]);
    }
}

static void what_no_number_clears_is_0(void **state)
{
    (void)state;
    assert_int_equal(size_of(1.0 - 1e-12, 0.05, 0, PL_RATE_EXACT), 0);
    assert_true(size_of(1.0 - 1e-8, 0.05, 0, PL_RATE_EXACT) > 299000000);
}

/* E. Miller, arXiv 2411.00640: 0.03 at 80 % power with omega^2 = 1 / 9 takes 969 questions. */
static void millers_example_is_969(void **state)
{
    struct pl_detecting detecting = {
        .difference = 0.03, .between = 1.0 / 9.0, .alpha = 0.05, .power = 0.8};

    (void)state;
    assert_int_equal(pl_cases_to_detect(&detecting), 969);
    assert_near(pl_detectable_difference(&detecting, 969), 0.03, 1e-5);
    assert_true(pl_detectable_difference(&detecting, 969) <= 0.03);
    assert_true(pl_detectable_difference(&detecting, 968) > 0.03);
    detecting.within[0] = detecting.within[1] = 1.0 / 6.0;
    detecting.repeats[0] = detecting.repeats[1] = 10.0;
    assert_int_equal(pl_cases_to_detect(&detecting),
                     1260); /* (1 / 9 + 2 / 60) / (1 / 9) times as many */
    detecting.difference = 1e-9;
    assert_int_equal(pl_cases_to_detect(&detecting), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_are_those_of_a_search),
        cmocka_unit_test(all_passing_takes_the_known_numbers),
        cmocka_unit_test(what_no_number_clears_is_0),
        cmocka_unit_test(millers_example_is_969),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

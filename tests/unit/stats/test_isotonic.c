/* Isotonic regression against scikit-learn's, and its laws. */
#include "base/rng.h"
#include "stats/isotonic.h"

#include "table.h"

#define POINTS_MAX 400

static struct pl_isotonic_point points[POINTS_MAX];
static struct pl_isotonic_step steps[POINTS_MAX];

static void check_ascending(size_t count)
{
    for (size_t i = 1; i < count; i++) {
        assert_true(steps[i].x > steps[i - 1].x);
        assert_true(steps[i].value > steps[i - 1].value);
    }
}

static void the_fit_is_that_of_scikit_learn_at_every_point(void **state)
{
    (void)state;
    const struct table *table = table_read("isotonic.csv");

    for (size_t from = 0, to = 0; from < table->count; from = to) {
        size_t count = 0;

        for (to = from;
             to < table->count && strcmp(table->rows[to].name, table->rows[from].name) == 0; to++) {
            const double *values = table->rows[to].values;

            assert_true(count < POINTS_MAX);
            points[count++] = (struct pl_isotonic_point){values[0], values[1], values[2]};
        }
        count = pl_isotonic_fit(points, count, steps);
        check_ascending(count);
        for (size_t i = from; i < to; i++)
            assert_near(pl_isotonic_at(steps, count, table->rows[i].values[0]),
                        table->rows[i].values[3], 1e-12);
    }
}

/* Weights in halves, so that all sums are exact. */
static void weight_two_is_the_point_twice_and_order_does_not_matter(void **state)
{
    (void)state;
    static struct pl_isotonic_step others[POINTS_MAX];
    struct pl_rng rng;

    pl_rng_init(&rng, 7, 0);
    for (int round = 0; round < 200; round++) {
        const size_t n = 1 + pl_rng_below(&rng, 40);
        size_t doubled = 0;

        for (size_t i = 0; i < n; i++)
            points[i] = (struct pl_isotonic_point){(double)pl_rng_below(&rng, 20),
                                                   (double)pl_rng_below(&rng, 2),
                                                   (double)(1 + pl_rng_below(&rng, 2))};
        for (size_t i = n; i-- > 0;)
            for (int k = 0; k < (int)points[i].weight; k++)
                points[n + doubled++] = (struct pl_isotonic_point){points[i].x, points[i].y, 1.0};

        const size_t count = pl_isotonic_fit(points + n, doubled, others);

        assert_int_equal(pl_isotonic_fit(points, n, steps), count);
        for (size_t i = 0; i < count; i++) {
            assert_true(steps[i].x == others[i].x);
            assert_near(steps[i].value, others[i].value, 1e-14);
        }
    }
}

static void means_are_kept_and_a_signal_below_all_has_the_first_value(void **state)
{
    (void)state;
    points[0] = (struct pl_isotonic_point){2.0, 0.0, 1.0};
    points[1] = (struct pl_isotonic_point){1.0, 1.0, 3.0};
    points[2] = (struct pl_isotonic_point){5.0, 1.0, 2.0};
    assert_int_equal(pl_isotonic_fit(points, 3, steps), 2);
    assert_near(steps[0].value, 0.75, 1e-15);
    assert_near(steps[0].weight, 4.0, 1e-15);
    assert_near(pl_isotonic_at(steps, 2, -1.0), 0.75, 1e-15);
    assert_near(pl_isotonic_at(steps, 2, 4.99), 0.75, 1e-15);
    assert_true(pl_isotonic_at(steps, 2, 5.0) == 1.0);
    assert_true(pl_isotonic_at(steps, 2, 9.0) == 1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fit_is_that_of_scikit_learn_at_every_point),
        cmocka_unit_test(weight_two_is_the_point_twice_and_order_does_not_matter),
        cmocka_unit_test(means_are_kept_and_a_signal_below_all_has_the_first_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The Matthews correlation: against scikit-learn, a numeric derivative, and at the edges. */
#include "stats/mcc.h"

#include "table.h"

static struct pl_two_by_two table_of(double tn, double fp, double fn, double tp)
{
    return (struct pl_two_by_two){.weight = {{tn, fp}, {fn, tp}},
                                  .weight_squared = {{tn, fp}, {fn, tp}},
                                  .count = (uint64_t)(tn + fp + fn + tp)};
}

static void the_value_agrees_with_scikit_learn(void **state)
{
    const struct pl_two_by_two table = table_of(50, 10, 5, 35);

    (void)state;
    /* Source: scikit-learn 1.9, matthews_corrcoef. */
    assert_near(pl_mcc(&table).value, 0.6975184488828855, 1e-14);
}

/* The variance of a function of the cells by central differences. */
static void the_standard_error_is_the_delta_methods(void **state)
{
    const double cells[2][2] = {{50, 10}, {5, 35}};
    double sum = 0.0;

    (void)state;
    for (int i = 0; i < 4; i++) {
        struct pl_two_by_two up = table_of(50, 10, 5, 35);
        struct pl_two_by_two down = up;

        up.weight[i / 2][i % 2] += 1e-4;
        down.weight[i / 2][i % 2] -= 1e-4;

        const double slope = (pl_mcc(&up).value - pl_mcc(&down).value) / 2e-4;

        sum += cells[i / 2][i % 2] * slope * slope;
    }

    const struct pl_two_by_two table = table_of(50, 10, 5, 35);

    assert_close(pl_mcc(&table).normal.se, sqrt(sum), 1e-6);
}

static void perfect_predictions_have_an_exact_bound(void **state)
{
    const struct pl_two_by_two right = table_of(30, 0, 0, 30);
    const struct pl_two_by_two wrong = table_of(0, 13, 7, 0);
    const struct pl_stat stat = pl_mcc(&right);

    (void)state;
    assert_true(stat.value == 1.0 && stat.normal.n_effective == 60.0);
    assert_near(pl_stat_low(&stat, 0.05, PL_RATE_WILSON), 2.0 * pow(0.05, 1.0 / 60.0) - 1.0, 1e-12);
    assert_true(pl_mcc(&wrong).value == -1.0);
}

static void an_empty_margin_leaves_it_undefined(void **state)
{
    const struct pl_two_by_two tables[] = {table_of(0, 0, 0, 0), table_of(5, 5, 0, 0),
                                           table_of(0, 0, 5, 5), table_of(5, 0, 5, 0),
                                           table_of(0, 5, 0, 5)};
    static const enum pl_undefined REASONS[] = {
        PL_UNDEFINED_NO_DECISIONS, PL_UNDEFINED_NO_LABELLED_POSITIVES,
        PL_UNDEFINED_NO_LABELLED_NEGATIVES, PL_UNDEFINED_NO_PREDICTED_POSITIVES,
        PL_UNDEFINED_NO_PREDICTED_NEGATIVES};

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(pl_mcc(&tables[i]).kind, PL_STAT_NONE);
        assert_int_equal(pl_mcc(&tables[i]).reason, REASONS[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_value_agrees_with_scikit_learn),
        cmocka_unit_test(the_standard_error_is_the_delta_methods),
        cmocka_unit_test(perfect_predictions_have_an_exact_bound),
        cmocka_unit_test(an_empty_margin_leaves_it_undefined),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

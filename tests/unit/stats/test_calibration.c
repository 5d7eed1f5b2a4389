/* Calibration: against scikit-learn's bins and losses, NumPy's cumulated sums, and at the edges. */
#include "stats/calibration.h"

#include "stats/mean.h"
#include "table.h"

static struct pl_calibration pass(const struct table *data, const char *name, uint32_t bins)
{
    struct pl_roc_totals totals = {0};
    struct pl_calibration calibration;

    for (size_t i = 0; i < data->count; i++) {
        if (strcmp(data->rows[i].name, name) != 0)
            continue;
        totals.positives_count += data->rows[i].values[1] > 0.5;
        totals.negatives_count += data->rows[i].values[1] < 0.5;
    }
    totals.all = (struct pl_tie){(double)totals.positives_count, (double)totals.negatives_count,
                                 (double)totals.positives_count, (double)totals.negatives_count};
    pl_calibration_init(&calibration, &totals, bins);
    for (size_t i = 0; i < data->count; i++) {
        const double y = data->rows[i].values[1];
        const struct pl_tie tie = {y, 1.0 - y, y, 1.0 - y};

        if (strcmp(data->rows[i].name, name) == 0)
            pl_calibration_add(&calibration, data->rows[i].values[0], &tie);
    }
    return calibration;
}

static void errors_agree_with_scikit_learn_and_numpy(void **state)
{
    const struct table results = *table_read("calibration.csv");
    const struct table *data = table_read("calibration_data.csv");

    (void)state;
    for (size_t i = 0; i < results.count; i++) {
        const double *expected = results.rows[i].values;
        const struct pl_calibration calibration =
            pass(data, results.rows[i].name, PL_CALIBRATION_BINS);
        const struct pl_stat ecce = pl_calibration_finish_ecce(&calibration);

        assert_near(pl_calibration_finish_error(&calibration).value, expected[0], 1e-12);
        assert_near(ecce.value, expected[1], 1e-12);
        assert_near(ecce.biased.spread, expected[2], 1e-12);
    }
}

static void losses_agree_with_scikit_learn(void **state)
{
    const struct table results = *table_read("calibration.csv");
    const struct table *data = table_read("calibration_data.csv");

    (void)state;
    for (size_t i = 0; i < results.count; i++) {
        struct pl_mean log_loss;
        struct pl_mean brier;

        pl_mean_init(&log_loss);
        pl_mean_init(&brier);
        for (size_t j = 0; j < data->count; j++) {
            const double *row = data->rows[j].values;

            if (strcmp(data->rows[j].name, results.rows[i].name) != 0)
                continue;
            pl_mean_add(&log_loss, pl_log_loss(row[0], row[1] > 0.5), 1, 1.0);
            pl_mean_add(&brier, pl_brier_loss(row[0], row[1] > 0.5), 1, 1.0);
        }
        assert_near(pl_mean_finish(&log_loss).value, results.rows[i].values[3], 1e-12);
        assert_near(pl_mean_finish(&brier).value, results.rows[i].values[4], 1e-12);
    }
    assert_near(pl_log_loss(0.0, true), 52.0 * log(2.0), 1e-12);
}

static void a_tie_is_one_step_and_never_split(void **state)
{
    const struct pl_roc_totals totals = {
        .all = {6.0, 4.0, 6.0, 4.0}, .positives_count = 6, .negatives_count = 4};
    const struct pl_tie tie = {6.0, 4.0, 6.0, 4.0};
    struct pl_calibration calibration;

    (void)state;
    pl_calibration_init(&calibration, &totals, 10);
    pl_calibration_add(&calibration, 0.5, &tie);
    assert_near(pl_calibration_finish_error(&calibration).value, 0.1, 1e-15);
    assert_near(pl_calibration_finish_ecce(&calibration).value, 0.1, 1e-15);
}

/* All ten came true at p = 0.9: the observed variance is 0, the model's is 0.09 / 10. */
static void outcomes_all_alike_keep_the_models_variance(void **state)
{
    const struct pl_roc_totals totals = {.all = {10.0, 0.0, 10.0, 0.0}, .positives_count = 10};
    const struct pl_tie tie = {10.0, 0.0, 10.0, 0.0};
    struct pl_calibration calibration;

    (void)state;
    pl_calibration_init(&calibration, &totals, 1);
    pl_calibration_add(&calibration, 0.9, &tie);

    const struct pl_stat error = pl_calibration_finish_error(&calibration);

    assert_near(error.value, 0.1, 1e-15);
    assert_near(error.biased.se_high, sqrt(0.009), 1e-15);
    assert_near(error.biased.mean, sqrt(2.0 / M_PI) * sqrt(0.009), 1e-15);
    assert_true(pl_stat_low(&error, 0.05, PL_RATE_WILSON) == 0.0);
}

static void a_score_that_is_no_probability_is_undefined(void **state)
{
    const struct pl_roc_totals totals = {
        .all = {1.0, 1.0, 1.0, 1.0}, .positives_count = 1, .negatives_count = 1};
    const struct pl_roc_totals nothing = {0};
    const struct pl_tie tie = {1.0, 1.0, 1.0, 1.0};
    struct pl_calibration calibration;

    (void)state;
    pl_calibration_init(&calibration, &totals, 10);
    pl_calibration_add(&calibration, 1.5, &tie);
    assert_int_equal(pl_calibration_finish_error(&calibration).reason,
                     PL_UNDEFINED_NOT_PROBABILITIES);

    const struct pl_stat ecce = pl_calibration_finish_ecce(&calibration);

    assert_int_equal(ecce.reason, PL_UNDEFINED_NOT_PROBABILITIES);
    assert_true(pl_ecce_p_value(&ecce) == 1.0);
    pl_calibration_init(&calibration, &nothing, 10);
    assert_int_equal(pl_calibration_finish_error(&calibration).reason, PL_UNDEFINED_NO_LABELS);
}

/* Overconfident predictions are found out, fair ones are not. */
static void the_range_test_tells_fair_from_unfair(void **state)
{
    struct pl_roc_totals totals = {
        .all = {500.0, 500.0, 500.0, 500.0}, .positives_count = 500, .negatives_count = 500};
    const struct pl_tie low = {150.0, 350.0, 150.0, 350.0};
    const struct pl_tie high = {350.0, 150.0, 350.0, 150.0};
    struct pl_calibration calibration;

    (void)state;
    for (int unfair = 0; unfair < 2; unfair++) {
        pl_calibration_init(&calibration, &totals, 10);
        pl_calibration_add(&calibration, unfair ? 0.1 : 0.3, &low);
        pl_calibration_add(&calibration, unfair ? 0.9 : 0.7, &high);

        const struct pl_stat ecce = pl_calibration_finish_ecce(&calibration);

        assert_int_equal(pl_ecce_p_value(&ecce) < 1e-6, unfair);
        assert_int_equal(pl_stat_low(&ecce, 0.01, PL_RATE_WILSON) > 0.0, unfair);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_agree_with_scikit_learn_and_numpy),
        cmocka_unit_test(losses_agree_with_scikit_learn),
        cmocka_unit_test(a_tie_is_one_step_and_never_split),
        cmocka_unit_test(outcomes_all_alike_keep_the_models_variance),
        cmocka_unit_test(a_score_that_is_no_probability_is_undefined),
        cmocka_unit_test(the_range_test_tells_fair_from_unfair),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

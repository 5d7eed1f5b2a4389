/* Prediction-powered means: against ppi_py, by groups against NumPy, and at the edges. */
#include "stats/prediction_powered.h"

#include "table.h"

#define GROUPS 24

/* One case after another, or by groups. */
static struct pl_ppi read_cases(const char *name, bool grouped)
{
    const struct table *data = table_read("prediction_powered_data.csv");
    struct pl_ppi_group groups[GROUPS] = {0};
    struct pl_ppi ppi = {0};

    for (size_t i = 0; i < data->count; i++) {
        const double *v = data->rows[i].values;
        struct pl_ppi_group *group = &groups[(size_t)v[3]];

        if (strcmp(data->rows[i].name, name) != 0)
            continue;
        if (!grouped && v[0] > 0.5) {
            pl_ppi_add_labelled(&ppi, v[1], v[2]);
        } else if (!grouped) {
            pl_ppi_add_unlabelled(&ppi, v[2]);
        } else if (v[0] > 0.5) {
            group->labelled++;
            group->label += v[1];
            group->judged += v[2];
        } else {
            group->unlabelled++;
            group->judged_unlabelled += v[2];
        }
    }
    for (size_t g = 0; grouped && g < GROUPS; g++)
        pl_ppi_add_group(&ppi, &groups[g]);
    return ppi;
}

static void values_and_intervals_are_those_of_ppi_py(void **state)
{
    const struct pl_ppi_options tuned = {.tuning = PL_PPI_TUNED, .normal = true};
    const struct pl_ppi_options plain = {.tuning = PL_PPI_PLAIN, .normal = true};
    const struct table reference = *table_read("prediction_powered.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *v = reference.rows[i].values;
        const struct pl_ppi ppi = read_cases(reference.rows[i].name, false);
        const struct pl_ppi_result first = pl_ppi_finish(&ppi, &tuned);
        const struct pl_ppi_result second = pl_ppi_finish(&ppi, &plain);

        assert_near(first.lambda, v[0], 1e-9);
        assert_near(first.stat.value, v[1], 1e-9);
        assert_near(pl_stat_low(&first.stat, 0.025, PL_RATE_WILSON), v[2], 1e-9);
        assert_near(pl_stat_high(&first.stat, 0.025, PL_RATE_WILSON), v[3], 1e-9);
        assert_near(second.stat.value, v[4], 1e-9);
        assert_near(pl_stat_low(&second.stat, 0.025, PL_RATE_WILSON), v[5], 1e-9);
        assert_near(pl_stat_high(&second.stat, 0.025, PL_RATE_WILSON), v[6], 1e-9);
    }
}

static void cross_fitting_is_that_of_numpy(void **state)
{
    const struct pl_ppi_options options = {.tuning = PL_PPI_CROSS_FITTED, .normal = true};
    const struct table reference = *table_read("prediction_powered.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *v = reference.rows[i].values;
        const struct pl_ppi ppi = read_cases(reference.rows[i].name, false);
        const struct pl_ppi_result result = pl_ppi_finish(&ppi, &options);

        assert_near(result.stat.value, v[9], 1e-9);
        assert_near(result.lambda, v[10], 1e-9);
        assert_close(result.stat.normal.se, v[11], 1e-9);
    }
}

/* The committed errors are of lambda 1 and one half; the form is quadratic in lambda, and what is tuned
   must be no larger than either. */
static void groups_are_the_sample_where_there_are_groups(void **state)
{
    const struct pl_ppi_options plain = {.tuning = PL_PPI_PLAIN, .normal = true, .grouped = true};
    const struct pl_ppi_options tuned = {.tuning = PL_PPI_TUNED, .normal = true, .grouped = true};
    const struct table reference = *table_read("prediction_powered.csv");

    (void)state;
    for (size_t i = 0; i < reference.count; i++) {
        const double *v = reference.rows[i].values;
        const struct pl_ppi ppi = read_cases(reference.rows[i].name, true);
        const struct pl_ppi alone = read_cases(reference.rows[i].name, false);
        const struct pl_stat stat = pl_ppi_finish(&ppi, &plain).stat;
        const struct pl_stat best = pl_ppi_finish(&ppi, &tuned).stat;

        assert_near(stat.value, pl_ppi_finish(&alone, &plain).stat.value, 1e-12);
        assert_close(stat.normal.se, v[7], 1e-9);
        assert_true(best.normal.se <= v[7] * (1.0 + 1e-9));
        assert_true(best.normal.se <= v[8] * (1.0 + 1e-9));
    }
}

static void few_labels_take_students_t(void **state)
{
    const struct pl_ppi_options normal = {.tuning = PL_PPI_TUNED, .normal = true};
    const struct pl_ppi_options students = {.tuning = PL_PPI_TUNED};
    const struct pl_ppi ppi = read_cases("useless", false);
    const struct pl_stat first = pl_ppi_finish(&ppi, &normal).stat;
    const struct pl_stat second = pl_ppi_finish(&ppi, &students).stat;

    (void)state;
    assert_near(second.normal.df, 29.0, 0.0);
    assert_close(second.normal.se, first.normal.se * sqrt(30.0 / 29.0), 1e-12);
}

static struct pl_ppi_counts counts_of(const char *name)
{
    const struct table *data = table_read("prediction_powered_data.csv");
    struct pl_ppi_counts counts = {0};

    for (size_t i = 0; i < data->count; i++) {
        const double *v = data->rows[i].values;

        if (strcmp(data->rows[i].name, name) != 0)
            continue;
        if (v[0] > 0.5)
            counts.labelled[(int)v[1]][(int)v[2]]++;
        else
            counts.unlabelled[(int)v[2]]++;
    }
    return counts;
}

static void passes_have_the_same_value_and_bounds_of_shares(void **state)
{
    const struct pl_ppi_options options = {.tuning = PL_PPI_TUNED, .normal = true};
    const struct pl_ppi ppi = read_cases("passes", false);
    const struct pl_ppi_counts counts = counts_of("passes");
    const struct pl_ppi_result mean = pl_ppi_finish(&ppi, &options);
    const struct pl_ppi_result share = pl_ppi_share(&counts, PL_PPI_TUNED);
    const struct pl_ppi_result crossed = pl_ppi_share(&counts, PL_PPI_CROSS_FITTED);
    const double half = 1.96 * mean.stat.normal.se;
    const struct table *reference = table_read("prediction_powered.csv");

    (void)state;
    assert_string_equal(reference->rows[2].name, "passes");
    assert_near(crossed.stat.value, reference->rows[2].values[12], 1e-12);
    assert_int_equal(share.stat.kind, PL_STAT_CORRECTED);
    assert_near(share.lambda, mean.lambda, 1e-12);
    assert_near(share.stat.value, mean.stat.value, 1e-12);
    assert_near(share.people.value, mean.people.value, 1e-12);
    assert_near(share.judge.value, mean.judge.value, 1e-12);
    assert_near(pl_stat_low(&share.stat, 0.025, PL_RATE_WILSON), mean.stat.value - half,
                0.15 * half);
    assert_near(pl_stat_high(&share.stat, 0.025, PL_RATE_WILSON), mean.stat.value + half,
                0.15 * half);
}

/* 30 cases on which people and judge agree: the normal interval knows the judge's own spread only, and not
   that up to 3 / 30 of the cases may differ. */
static void agreement_without_exception_leaves_something_unknown(void **state)
{
    const struct pl_ppi_counts counts = {.labelled = {{2, 0}, {0, 28}}, .unlabelled = {100, 1900}};
    const struct pl_stat stat = pl_ppi_share(&counts, PL_PPI_PLAIN).stat;
    const double differ = 1.0 - pow(0.05, 1.0 / 30.0);

    (void)state;
    assert_near(stat.value, 0.95, 1e-12);
    assert_true(pl_stat_low(&stat, 0.05, PL_RATE_EXACT) < 0.95 - differ);
    assert_near(pl_stat_high(&stat, 0.05, PL_RATE_EXACT), 1.0, 0.0);
    const double low = pl_stat_low(&stat, 0.01, PL_RATE_EXACT);

    assert_close(pl_stat_p_above(&stat, low, PL_RATE_EXACT), 0.01, 1e-6);
}

static void few_cases_and_no_spread_say_so(void **state)
{
    const struct pl_ppi_options options = {.tuning = PL_PPI_TUNED};
    struct pl_ppi ppi = {0};

    (void)state;
    assert_int_equal(pl_ppi_finish(&ppi, &options).stat.reason, PL_UNDEFINED_NO_LABELS);
    pl_ppi_add_labelled(&ppi, 1.0, 1.0);
    pl_ppi_add_unlabelled(&ppi, 1.0);
    assert_int_equal(pl_ppi_finish(&ppi, &options).stat.reason, PL_UNDEFINED_FEW_UNITS);
    pl_ppi_add_labelled(&ppi, 1.0, 1.0);
    assert_int_equal(pl_ppi_finish(&ppi, &options).stat.reason, PL_UNDEFINED_ONE_VALUE);
}

static void without_unlabelled_cases_it_is_what_people_say(void **state)
{
    const struct pl_ppi_options options = {.tuning = PL_PPI_TUNED};
    const struct pl_ppi_counts counts = {.labelled = {{2, 1}, {0, 7}}};
    struct pl_ppi ppi = {0};

    (void)state;
    pl_ppi_add_labelled(&ppi, 1.0, 2.0);
    pl_ppi_add_labelled(&ppi, 3.0, 2.0);
    assert_near(pl_ppi_finish(&ppi, &options).stat.value, 2.0, 1e-15);
    assert_near(pl_ppi_finish(&ppi, &options).lambda, 0.0, 0.0);
    assert_near(pl_ppi_share(&counts, PL_PPI_TUNED).stat.value, 0.7, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_intervals_are_those_of_ppi_py),
        cmocka_unit_test(cross_fitting_is_that_of_numpy),
        cmocka_unit_test(groups_are_the_sample_where_there_are_groups),
        cmocka_unit_test(few_labels_take_students_t),
        cmocka_unit_test(passes_have_the_same_value_and_bounds_of_shares),
        cmocka_unit_test(agreement_without_exception_leaves_something_unknown),
        cmocka_unit_test(few_cases_and_no_spread_say_so),
        cmocka_unit_test(without_unlabelled_cases_it_is_what_people_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

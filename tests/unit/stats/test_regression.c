/* Measures of predicted numbers: against fractions and scikit-learn, by laws, and where nothing varies. */
#include "stats/regression.h"

#include "base/rng.h"

#include "table.h"

#define SAMPLE_MAX 64

struct sample {
    struct pl_regression_row rows[SAMPLE_MAX];
    size_t count;
};

static void sample_of(const char *name, struct sample *sample)
{
    const struct table *data = table_read("regression_data.csv");

    sample->count = 0;
    for (size_t i = 0; i < data->count; i++) {
        const double *values = data->rows[i].values;

        if (strcmp(data->rows[i].name, name) == 0)
            sample->rows[sample->count++] =
                (struct pl_regression_row){values[0], values[1], 1, values[2]};
    }
    assert_true(sample->count > 0);
}

static bool is_weighted(const struct sample *sample)
{
    for (size_t i = 0; i < sample->count; i++)
        if (sample->rows[i].weight != 1.0)
            return true;
    return false;
}

/* The sums of a part of a sample, every `step`-th row from `first` on, about the mean label. */
static void sum_up(const struct sample *sample, size_t first, size_t step,
                   struct pl_moment_sums *sums)
{
    struct pl_exact_sum labels = {0};
    double total = 0.0;

    for (size_t i = 0; i < sample->count; i++)
        if (!isnan(sample->rows[i].label))
            pl_exact_sum_add(&labels, sample->rows[i].label);
    assert_int_equal(pl_exact_sum_value(&labels, &total, NULL), PL_OK);
    memset(sums, 0, sizeof *sums);
    pl_moment_sums_reset(sums, total / (double)sample->count, is_weighted(sample));
    for (size_t i = first; i < sample->count; i += step)
        pl_moment_sums_add(sums, &sample->rows[i]);
}

static struct pl_moments moments_of(const struct sample *sample)
{
    static struct pl_moment_sums sums;
    struct pl_moments moments;

    sum_up(sample, 0, 1, &sums);
    assert_int_equal(pl_moment_sums_read(&sums, &moments, NULL), PL_OK);
    return moments;
}

static const struct measure {
    const char *name;
    struct pl_stat (*make)(const struct pl_moments *moments);
} MEASURES[] = {
    {"mae", pl_moments_mean_absolute_error},
    {"mse", pl_moments_mean_squared_error},
    {"rmse", pl_moments_root_mean_squared_error},
    {"mape", pl_moments_mean_absolute_percentage_error},
    {"mean_error", pl_moments_mean_error},
    {"r2", pl_moments_r2},
    {"mean_label", pl_moments_mean_label},
    {"mean_prediction", pl_moments_mean_prediction},
};

#define MEASURES_COUNT (sizeof MEASURES / sizeof *MEASURES)

static struct pl_stat make(const char *name, const struct pl_moments *moments)
{
    for (size_t i = 0; i < MEASURES_COUNT; i++)
        if (strcmp(MEASURES[i].name, name) == 0)
            return MEASURES[i].make(moments);
    fail_msg("no measure %s", name);
    return (struct pl_stat){0};
}

static void values_and_standard_errors_are_those_of_fractions(void **state)
{
    static struct table table;
    struct sample sample;

    (void)state;
    table = *table_read("regression.csv");
    for (size_t i = 0; i < table.count; i++) {
        char *name = table.rows[i].name;
        char *measure = strchr(name, ':');

        *measure++ = '\0';
        sample_of(name, &sample);

        const struct pl_moments moments = moments_of(&sample);
        const struct pl_stat stat = make(measure, &moments);

        if (stat.kind != PL_STAT_NORMAL ||
            fabs(stat.value - table.rows[i].values[0]) > 1e-14 * fabs(stat.value) ||
            fabs(stat.normal.se - table.rows[i].values[1]) > 1e-9 * stat.normal.se)
            fail_msg("%s of %s: %.17g +- %.17g", measure, name, stat.value, stat.normal.se);
    }
}

static void assert_same(const struct pl_moments *a, const struct pl_moments *b)
{
    for (size_t i = 0; i < MEASURES_COUNT; i++) {
        const struct pl_stat first = MEASURES[i].make(a);
        const struct pl_stat second = MEASURES[i].make(b);

        assert_int_equal(first.kind, second.kind);
        assert_int_equal(first.reason, second.reason);
        assert_int_equal(first.n, second.n);
        if (first.kind == PL_STAT_NONE)
            continue;
        assert_close(first.value, second.value, 1e-15);
        assert_close(first.normal.se, second.normal.se, 1e-12);
        assert_close(first.normal.df, second.normal.df, 1e-12);
    }
}

/* To the last bit. */
static void assert_identical(const struct pl_moments *a, const struct pl_moments *b)
{
    assert_memory_equal(&a->counts, &b->counts, sizeof a->counts);
    assert_memory_equal(a->by_weight, b->by_weight, sizeof a->by_weight);
    assert_memory_equal(a->by_square, b->by_square, sizeof a->by_square);
}

/* Bit for bit: what is summed is exact, so there is nothing for the order to show in. */
static void order_and_parts_leave_no_trace(void **state)
{
    static struct pl_moment_sums sums;
    static struct pl_moment_sums part;
    struct sample sample;
    struct pl_moments whole;
    struct pl_moments merged;

    (void)state;
    sample_of("weighted", &sample);
    sample.rows[3].prediction = (double)NAN;
    sample.rows[7].label = (double)NAN;
    whole = moments_of(&sample);
    sum_up(&sample, 2, 3, &sums);
    for (size_t first = 0; first < 2; first++) {
        sum_up(&sample, first, 3, &part);
        pl_moment_sums_merge(&sums, &part);
    }
    assert_int_equal(pl_moment_sums_read(&sums, &merged, NULL), PL_OK);
    assert_identical(&whole, &merged);
    assert_int_equal(whole.counts.labelled, 39);
    assert_int_equal(whole.counts.predicted, 39);
    assert_int_equal(whole.counts.pairs, 38);
}

static void a_count_is_as_many_rows(void **state)
{
    static struct pl_moment_sums sums;
    struct sample sample;
    struct sample repeated = {0};
    struct pl_moments at_once;
    struct pl_moments one_by_one;

    (void)state;
    sample_of("plain", &sample);
    sample.count = 12;
    sample.rows[1].label = (double)NAN;
    for (size_t i = 0; i < sample.count; i++) {
        sample.rows[i].count = i % 4;
        for (size_t j = 0; j < i % 4; j++) {
            repeated.rows[repeated.count] = sample.rows[i];
            repeated.rows[repeated.count++].count = 1;
        }
    }
    memset(&sums, 0, sizeof sums);
    pl_moment_sums_reset(&sums, 50.0, false);
    for (size_t i = 0; i < sample.count; i++)
        pl_moment_sums_add(&sums, &sample.rows[i]);
    assert_int_equal(pl_moment_sums_read(&sums, &at_once, NULL), PL_OK);
    pl_moment_sums_reset(&sums, 50.0, false);
    for (size_t i = 0; i < repeated.count; i++)
        pl_moment_sums_add_many(&sums, &repeated.rows[i].label, &repeated.rows[i].prediction, 1);
    assert_int_equal(pl_moment_sums_read(&sums, &one_by_one, NULL), PL_OK);
    assert_identical(&at_once, &one_by_one);
}

/* Rows far from one another: the slice at 0, the rest at a million. */
static void slices_merge_and_are_taken_away(void **state)
{
    struct sample sample;
    struct sample slice = {0};
    struct sample rest = {0};

    (void)state;
    sample_of("weighted", &sample);
    for (size_t i = 0; i < sample.count; i++) {
        const bool in_slice = i % 3 == 0;

        if (in_slice) {
            sample.rows[i].label += 1e6;
            sample.rows[i].prediction += 1e6;
        }
        if (in_slice)
            slice.rows[slice.count++] = sample.rows[i];
        else
            rest.rows[rest.count++] = sample.rows[i];
    }

    const struct pl_moments whole = moments_of(&sample);
    const struct pl_moments of_slice = moments_of(&slice);
    const struct pl_moments of_rest = moments_of(&rest);
    struct pl_moments merged = {0};
    struct pl_moments left;

    pl_moments_merge(&merged, &of_slice);
    pl_moments_merge(&merged, &of_rest);
    assert_same(&merged, &whole);
    left = merged;
    pl_moments_subtract(&left, &of_slice);
    for (size_t i = 0; i < MEASURES_COUNT; i++) {
        const struct pl_stat first = MEASURES[i].make(&left);
        const struct pl_stat second = MEASURES[i].make(&of_rest);

        assert_int_equal(first.n, second.n);
        assert_close(first.value, second.value, 1e-13);
        assert_close(first.normal.se, second.normal.se, 1e-6);
    }
}

static void too_little_is_undefined(void **state)
{
    struct pl_moments moments = {0};
    struct sample sample = {.rows = {{(double)NAN, 3.0, 1, 1.0}}, .count = 1};

    (void)state;
    for (size_t i = 0; i + 1 < MEASURES_COUNT; i++)
        assert_int_equal(MEASURES[i].make(&moments).reason, PL_UNDEFINED_NO_LABELS);
    assert_int_equal(pl_moments_mean_prediction(&moments).reason, PL_UNDEFINED_NO_PREDICTIONS);
    moments = moments_of(&sample);
    assert_int_equal(pl_moments_r2(&moments).reason, PL_UNDEFINED_NO_LABELS);
    assert_int_equal(pl_moments_mean_prediction(&moments).reason, PL_UNDEFINED_ONE_VALUE);
    sample.rows[0] = (struct pl_regression_row){2.0, (double)NAN, 5, 1.0};
    moments = moments_of(&sample);
    assert_int_equal(pl_moments_mean_absolute_error(&moments).reason, PL_UNDEFINED_NO_PREDICTIONS);
    assert_int_equal(pl_moments_mean_label(&moments).n, 5);
    sample.rows[0] = (struct pl_regression_row){2.0, 3.0, 1, 1.0};
    moments = moments_of(&sample);
    for (size_t i = 0; i < MEASURES_COUNT; i++)
        assert_int_equal(MEASURES[i].make(&moments).reason, PL_UNDEFINED_ONE_VALUE);
}

static void a_percentage_of_nothing_is_undefined(void **state)
{
    struct sample sample;
    struct pl_moments moments;

    (void)state;
    sample_of("plain", &sample);
    sample.rows[5].label = 0.0;
    moments = moments_of(&sample);
    assert_int_equal(pl_moments_mean_absolute_percentage_error(&moments).reason,
                     PL_UNDEFINED_ZERO_LABEL);
    assert_int_equal(pl_moments_mean_absolute_error(&moments).kind, PL_STAT_NORMAL);
    sample.rows[5].label = 1e-300;
    moments = moments_of(&sample);
    assert_int_equal(pl_moments_mean_absolute_percentage_error(&moments).reason,
                     PL_UNDEFINED_ZERO_LABEL);
}

static void constant_labels_leave_nothing_to_explain(void **state)
{
    struct sample sample;
    struct pl_moments moments;

    (void)state;
    sample_of("plain", &sample);
    for (size_t i = 0; i < sample.count; i++)
        sample.rows[i].label = 0.1;
    moments = moments_of(&sample);
    assert_int_equal(pl_moments_r2(&moments).reason, PL_UNDEFINED_CONSTANT_LABELS);
    assert_true(pl_moments_mean_label(&moments).normal.se == 0.0);
    assert_close(pl_moments_mean_label(&moments).value, 0.1, 1e-16);
}

/* Each error is 0.1 or nearly: rounding must not pass for a spread. */
static void errors_of_one_size_have_no_spread(void **state)
{
    struct sample sample = {.count = 30};

    (void)state;
    for (size_t i = 0; i < sample.count; i++)
        sample.rows[i] = (struct pl_regression_row){
            (double)i, (double)i + (i % 2 == 0 ? 0.125 : -0.125), 1 + i % 3, 1.0 + 0.1 * (double)i};

    const struct pl_moments moments = moments_of(&sample);

    assert_true(pl_moments_mean_absolute_error(&moments).normal.se == 0.0);
    assert_true(pl_moments_mean_squared_error(&moments).normal.se == 0.0);
    assert_true(pl_moments_root_mean_squared_error(&moments).normal.se == 0.0);
    assert_true(pl_moments_root_mean_squared_error(&moments).value == 0.125);
    assert_true(pl_moments_mean_error(&moments).normal.se > 0.01);
}

static void perfect_predictions_explain_everything(void **state)
{
    struct sample sample;
    struct pl_moments moments;
    struct pl_estimate estimate;

    (void)state;
    sample_of("plain", &sample);
    for (size_t i = 0; i < sample.count; i++)
        sample.rows[i].prediction = sample.rows[i].label;
    moments = moments_of(&sample);
    for (size_t i = 0; i < 6; i++) {
        const struct pl_stat stat = MEASURES[i].make(&moments);
        const double best = strcmp(MEASURES[i].name, "r2") == 0 ? 1.0 : 0.0;

        estimate = pl_stat_estimate(&stat, 0.95, PL_RATE_WILSON);
        assert_true(estimate.value == best && estimate.low == best && estimate.high == best);
        assert_true(pl_stat_p_above(&stat, best - 0.1, PL_RATE_WILSON) == 0.0);
        assert_true(pl_stat_p_below(&stat, best - 0.1, PL_RATE_WILSON) == 1.0);
    }
}

/* Predicting the mean label itself explains nothing, and the truth may be a little below 0. */
static void the_mean_itself_explains_nothing(void **state)
{
    struct sample sample = {.count = 40};

    (void)state;
    for (size_t i = 0; i < sample.count; i++)
        sample.rows[i] = (struct pl_regression_row){i % 2 == 0 ? 1.0 : 3.0, 2.0, 1, 1.0};

    const struct pl_moments moments = moments_of(&sample);
    const struct pl_stat stat = pl_moments_r2(&moments);

    assert_true(stat.value == 0.0);
    assert_close(stat.normal.se, sqrt(2.0) / 40.0, 1e-12);
}

static void sums_beyond_a_double_are_refused(void **state)
{
    static struct pl_moment_sums sums;
    struct pl_moments moments;
    const struct pl_regression_row row = {0.0, 1e69, 1000000, 1e40};

    (void)state;
    memset(&sums, 0, sizeof sums);
    pl_moment_sums_reset(&sums, 0.0, true);
    pl_moment_sums_add(&sums, &row);
    assert_int_equal(pl_moment_sums_read(&sums, &moments, NULL), PL_E_DATA);
    pl_moment_sums_reset(&sums, 0.0, true);
    assert_int_equal(pl_moment_sums_read(&sums, &moments, NULL), PL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_standard_errors_are_those_of_fractions),
        cmocka_unit_test(order_and_parts_leave_no_trace),
        cmocka_unit_test(a_count_is_as_many_rows),
        cmocka_unit_test(slices_merge_and_are_taken_away),
        cmocka_unit_test(too_little_is_undefined),
        cmocka_unit_test(a_percentage_of_nothing_is_undefined),
        cmocka_unit_test(constant_labels_leave_nothing_to_explain),
        cmocka_unit_test(errors_of_one_size_have_no_spread),
        cmocka_unit_test(perfect_predictions_explain_everything),
        cmocka_unit_test(the_mean_itself_explains_nothing),
        cmocka_unit_test(sums_beyond_a_double_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

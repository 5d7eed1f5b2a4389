/* Measures of ranking: against scikit-learn and DeLong's definition, at the edges, and by laws. */
#include "stats/roc.h"

#include "table.h"

#define SAMPLE_MAX 512

struct decision {
    double score;
    double label;
    double weight;
};

struct sample {
    struct decision decisions[SAMPLE_MAX];
    size_t count;
};

static void add_to_tie(struct pl_tie *tie, const struct decision *decision)
{
    const double square = decision->weight * decision->weight;

    tie->positives += decision->weight * decision->label;
    tie->negatives += decision->weight * (1.0 - decision->label);
    tie->positives_squared += square * decision->label;
    tie->negatives_squared += square * (1.0 - decision->label);
}

/* One pass over a sample in ascending order of score. */
static struct pl_roc pass(const struct sample *sample)
{
    struct pl_roc_totals totals = {0};
    struct pl_roc roc;

    for (size_t i = 0; i < sample->count; i++) {
        add_to_tie(&totals.all, &sample->decisions[i]);
        totals.positives_count += sample->decisions[i].label > 0.5;
        totals.negatives_count += sample->decisions[i].label < 0.5;
    }
    pl_roc_init(&roc, &totals, PL_ROC_AREA | PL_ROC_PRECISION | PL_ROC_SEPARATION);
    for (size_t i = 0; i < sample->count;) {
        struct pl_tie tie = {0};
        const double score = sample->decisions[i].score;

        for (; i < sample->count && sample->decisions[i].score <= score; i++)
            add_to_tie(&tie, &sample->decisions[i]);
        pl_roc_add(&roc, &tie);
    }
    return roc;
}

static void sample_of(const char *name, struct sample *sample)
{
    const struct table *data = table_read("roc_data.csv");

    sample->count = 0;
    for (size_t i = 0; i < data->count; i++) {
        const double *values = data->rows[i].values;

        if (strcmp(data->rows[i].name, name) == 0)
            sample->decisions[sample->count++] = (struct decision){values[0], values[1], values[2]};
    }
    assert_true(sample->count > 0);
}

static void every_set_agrees_with_scikit_learn(void **state)
{
    static struct sample sample;
    const struct table results = *table_read("roc.csv");

    (void)state;
    for (size_t i = 0; i < results.count; i++) {
        const double *expected = results.rows[i].values;

        sample_of(results.rows[i].name, &sample);

        const struct pl_roc roc = pass(&sample);
        const struct pl_stat auc = pl_roc_finish_auc(&roc);
        const struct pl_stat precision = pl_roc_finish_average_precision(&roc);
        const struct pl_stat ks = pl_roc_finish_ks(&roc);

        assert_int_equal(auc.n, sample.count);
        assert_near(auc.value, expected[0], 1e-12);
        assert_near(auc.normal.se, expected[1], 1e-8); /* numeric derivatives when weighted */
        assert_near(precision.value, expected[2], 1e-12);
        assert_near(precision.normal.se, expected[3], 1e-8);
        assert_near(ks.value, expected[4], 1e-12);
    }
}

static struct sample separated(size_t positives, size_t negatives)
{
    struct sample sample = {.count = positives + negatives};

    for (size_t i = 0; i < sample.count; i++)
        sample.decisions[i] = (struct decision){(double)i, i < negatives ? 0.0 : 1.0, 1.0};
    return sample;
}

static void perfect_separation_is_bounded_by_the_rarer_label(void **state)
{
    const struct sample sample = separated(10, 300);
    const struct pl_roc roc = pass(&sample);
    const struct pl_stat auc = pl_roc_finish_auc(&roc);

    (void)state;
    assert_true(auc.value == 1.0 && auc.normal.se == 0.0 && auc.normal.n_effective == 10.0);
    assert_near(pl_stat_low(&auc, 0.05, PL_RATE_WILSON), pow(0.05, 0.1), 1e-12);
    assert_true(pl_roc_finish_average_precision(&roc).value == 1.0);
    assert_true(pl_roc_finish_ks(&roc).value == 1.0);
}

static void a_label_that_is_missing_leaves_it_undefined(void **state)
{
    const struct sample all_negative = separated(0, 5);
    const struct sample all_positive = separated(5, 0);
    const struct pl_roc negative = pass(&all_negative);
    const struct pl_roc positive = pass(&all_positive);

    (void)state;
    assert_int_equal(pl_roc_finish_auc(&negative).reason, PL_UNDEFINED_NO_LABELLED_POSITIVES);
    assert_int_equal(pl_roc_finish_ks(&negative).reason, PL_UNDEFINED_NO_LABELLED_POSITIVES);
    assert_int_equal(pl_roc_finish_average_precision(&negative).kind, PL_STAT_NONE);
    assert_int_equal(pl_roc_finish_auc(&positive).reason, PL_UNDEFINED_NO_LABELLED_NEGATIVES);
    assert_true(pl_roc_finish_average_precision(&positive).value == 1.0);
}

static void one_positive_takes_the_largest_variance(void **state)
{
    struct sample sample = separated(1, 9);

    (void)state;
    sample.decisions[9].label = 0.0;
    sample.decisions[6].label = 1.0;

    const struct pl_roc roc = pass(&sample);
    const struct pl_stat auc = pl_roc_finish_auc(&roc);

    assert_near(auc.value, 6.0 / 9.0, 1e-15);
    assert_near(auc.normal.se, sqrt(6.0 / 9.0 * 3.0 / 9.0), 1e-15);
}

static void turning_the_labels_turns_the_area(void **state)
{
    static struct sample sample;

    (void)state;
    sample_of("ties", &sample);

    const struct pl_roc forth = pass(&sample);

    for (size_t i = 0; i < sample.count; i++)
        sample.decisions[i].label = 1.0 - sample.decisions[i].label;

    const struct pl_roc back = pass(&sample);
    const struct pl_stat first = pl_roc_finish_auc(&forth);
    const struct pl_stat second = pl_roc_finish_auc(&back);

    assert_near(first.value, 1.0 - second.value, 1e-15);
    assert_near(first.normal.se, second.normal.se, 1e-15);
}

static void scores_that_are_all_alike_rank_nothing(void **state)
{
    struct sample sample = separated(6, 7);

    (void)state;
    for (size_t i = 0; i < sample.count; i++)
        sample.decisions[i].score = 1.0;

    const struct pl_roc roc = pass(&sample);

    assert_true(pl_roc_finish_auc(&roc).value == 0.5);
    assert_true(pl_roc_finish_ks(&roc).value == 0.0);
    assert_near(pl_roc_finish_average_precision(&roc).value, 6.0 / 13.0, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_agrees_with_scikit_learn),
        cmocka_unit_test(perfect_separation_is_bounded_by_the_rarer_label),
        cmocka_unit_test(a_label_that_is_missing_leaves_it_undefined),
        cmocka_unit_test(one_positive_takes_the_largest_variance),
        cmocka_unit_test(turning_the_labels_turns_the_area),
        cmocka_unit_test(scores_that_are_all_alike_rank_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

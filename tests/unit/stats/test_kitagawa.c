/* Kitagawa's decomposition: against statsmodels and a numeric delta method, and at the edges. */
#include "stats/kitagawa.h"

#include "table.h"

#define STRATA_MAX 16

struct sample {
    struct pl_kitagawa_stratum strata[STRATA_MAX];
    struct pl_kitagawa_request request;
};

static void add(struct sample *sample, const double values[4])
{
    struct pl_kitagawa_stratum *stratum = &sample->strata[sample->request.count++];

    for (int group = 0; group < 2; group++) {
        stratum->rates[group] = (struct pl_rate){values[2 * group + 1], values[2 * group]};
        stratum->weights[group] = values[2 * group];
        sample->request.n[group] += values[2 * group];
    }
    sample->request.strata = sample->strata;
}

static void every_figure_agrees_with_the_reference(void **state)
{
    const struct table data = *table_read("kitagawa_data.csv");
    const struct table *table = table_read("kitagawa.csv");

    (void)state;
    for (size_t i = 0; i < table->count; i++) {
        const double *wanted = table->rows[i].values;
        struct sample sample = {0};

        for (size_t j = 0; j < data.count; j++)
            if (strcmp(data.rows[j].name, table->rows[i].name) == 0)
                add(&sample, data.rows[j].values);

        const struct pl_kitagawa found = pl_kitagawa(&sample.request);

        assert_near(found.mix.value, wanted[0], 1e-9);
        assert_near(found.within.value, wanted[1], 1e-9);
        assert_close(found.mix.normal.se, wanted[2], 1e-9);
        assert_close(found.within.normal.se, wanted[3], 1e-9);
        for (int group = 0; group < 2; group++) {
            assert_near(found.standardised[group].value, wanted[4 + 2 * group], 1e-12);
            assert_close(found.standardised[group].normal.se, wanted[5 + 2 * group], 1e-12);
        }
    }
}

static void the_parts_add_up_to_the_difference_of_the_rates(void **state)
{
    static const double STRATA[3][4] = {{10, 3, 70, 40}, {500, 1, 2, 2}, {33, 33, 44, 0}};
    struct sample sample = {0};

    (void)state;
    for (int i = 0; i < 3; i++)
        add(&sample, STRATA[i]);

    const struct pl_kitagawa found = pl_kitagawa(&sample.request);

    assert_near(found.mix.value + found.within.value, 37.0 / 543.0 - 42.0 / 116.0, 1e-15);
}

static void equal_mixes_leave_nothing_to_the_mix_and_equal_rates_nothing_within(void **state)
{
    static const double SAME_MIX[2][4] = {{10, 3, 20, 9}, {30, 5, 60, 40}};
    static const double SAME_RATES[2][4] = {{10, 5, 80, 40}, {40, 10, 8, 2}};
    struct sample mixes = {0};
    struct sample rates = {0};

    (void)state;
    for (int i = 0; i < 2; i++) {
        add(&mixes, SAME_MIX[i]);
        add(&rates, SAME_RATES[i]);
    }
    assert_near(pl_kitagawa(&mixes.request).mix.value, 0.0, 1e-16);
    assert_near(pl_kitagawa(&rates.request).within.value, 0.0, 1e-16);
}

static void without_a_stratum_there_is_no_decomposition(void **state)
{
    const struct pl_kitagawa_request empty = {0};
    const struct pl_kitagawa found = pl_kitagawa(&empty);

    (void)state;
    assert_int_equal(found.mix.kind, PL_STAT_NONE);
    assert_int_equal(found.within.reason, PL_UNDEFINED_NO_COMMON_STRATUM);
    assert_int_equal(found.standardised[1].kind, PL_STAT_NONE);
}

static void rates_of_0_and_1_have_a_spread_all_the_same(void **state)
{
    static const double SURE[4] = {3, 3, 4, 0};
    struct sample sample = {0};

    (void)state;
    add(&sample, SURE);

    const struct pl_kitagawa found = pl_kitagawa(&sample.request);

    assert_near(found.within.value, 1.0, 0.0);
    assert_true(found.within.normal.se > 0.2);
    assert_near(found.mix.normal.se, 0.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_figure_agrees_with_the_reference),
        cmocka_unit_test(the_parts_add_up_to_the_difference_of_the_rates),
        cmocka_unit_test(equal_mixes_leave_nothing_to_the_mix_and_equal_rates_nothing_within),
        cmocka_unit_test(without_a_stratum_there_is_no_decomposition),
        cmocka_unit_test(rates_of_0_and_1_have_a_spread_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

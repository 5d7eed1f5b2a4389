/* Conditional demographic disparity: against smclarify, a numeric delta method, and at the edges. */
#include "stats/disparity.h"

#include "table.h"

#define STRATA 3

/* Of the group turned down and accepted, and of the others, in each stratum. */
struct counts {
    double cells[STRATA][4];
};

static const struct counts COUNTS = {{{313, 512, 19, 89}, {40, 25, 60, 5}, {7, 3, 90, 44}}};

static struct pl_stat disparity_of(struct counts counts)
{
    struct pl_disparity_base base = {0};
    struct pl_disparity disparity = {0};

    for (int i = 0; i < STRATA; i++) {
        const struct pl_outcomes group = {{counts.cells[i][0], counts.cells[i][1]},
                                          {counts.cells[i][0], counts.cells[i][1]}};
        const struct pl_outcomes all = {
            {counts.cells[i][0] + counts.cells[i][2], counts.cells[i][1] + counts.cells[i][3]},
            {counts.cells[i][0] + counts.cells[i][2], counts.cells[i][1] + counts.cells[i][3]},
        };

        pl_disparity_base_add(&base, &all);
        pl_disparity_add(&disparity, &group, &all,
                         (uint64_t)(counts.cells[i][0] + counts.cells[i][1]));
    }
    return pl_disparity_finish(&disparity, &base);
}

/* The definition, as it is printed. */
static double by_definition(struct counts counts)
{
    double total = 0.0;
    double n = 0.0;

    for (int i = 0; i < STRATA; i++) {
        const double size =
            counts.cells[i][0] + counts.cells[i][1] + counts.cells[i][2] + counts.cells[i][3];

        total += size * (counts.cells[i][0] / (counts.cells[i][0] + counts.cells[i][2]) -
                         counts.cells[i][1] / (counts.cells[i][1] + counts.cells[i][3]));
        n += size;
    }
    return total / n;
}

static void the_value_is_that_of_the_definition(void **state)
{
    (void)state;
    assert_near(disparity_of(COUNTS).value, by_definition(COUNTS), 1e-15);
    assert_int_equal(disparity_of(COUNTS).n, 900);
}

/* The variance of a function of multinomial cells, by central differences; large counts, so that the
   smoothing of the shares is not seen. */
static void the_standard_error_is_the_delta_methods(void **state)
{
    struct counts counts;
    double n = 0.0;
    double square = 0.0;
    double mean = 0.0;

    (void)state;
    for (int i = 0; i < STRATA; i++)
        for (int j = 0; j < 4; j++) {
            counts.cells[i][j] = COUNTS.cells[i][j] * 1e5;
            n += counts.cells[i][j];
        }
    for (int i = 0; i < STRATA; i++)
        for (int j = 0; j < 4; j++) {
            const double here = counts.cells[i][j];
            const double step = here * 1e-4;

            counts.cells[i][j] = here + step;
            const double up = by_definition(counts);
            counts.cells[i][j] = here - step;
            const double slope = (up - by_definition(counts)) / (2.0 * step);
            counts.cells[i][j] = here;
            square += here * slope * slope;
            mean += here * slope;
        }
    assert_close(disparity_of(counts).normal.se, sqrt(square - mean * mean / n), 1e-4);
}

static void a_group_that_is_alone_everywhere_is_compared_with_nobody(void **state)
{
    static const struct counts ALONE = {{{4, 5, 0, 0}, {1, 1, 0, 0}, {9, 2, 0, 0}}};

    (void)state;
    assert_int_equal(disparity_of(ALONE).kind, PL_STAT_NONE);
    assert_int_equal(disparity_of(ALONE).reason, PL_UNDEFINED_ALONE);
}

static void without_an_open_stratum_there_is_nothing_to_compare(void **state)
{
    const struct pl_disparity_base base = {0};
    const struct pl_disparity disparity = {.n = 4};
    const struct pl_outcomes closed = {{0, 5}, {0, 5}};

    (void)state;
    assert_false(pl_disparity_is_open(&closed));
    assert_int_equal(pl_disparity_finish(&disparity, &base).reason, PL_UNDEFINED_ONE_OUTCOME);
}

static void bounds_stay_between_minus_1_and_1(void **state)
{
    static const struct counts SURE = {{{5, 0, 0, 5}, {3, 0, 0, 1}, {1, 0, 0, 1}}};
    const struct pl_stat stat = disparity_of(SURE);
    const struct pl_estimate estimate = pl_stat_estimate(&stat, 0.95, PL_RATE_WILSON);

    (void)state;
    assert_near(estimate.value, 1.0, 0.0);
    assert_true(estimate.high <= 1.0 && estimate.low < 0.8 && estimate.low > -1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_value_is_that_of_the_definition),
        cmocka_unit_test(the_standard_error_is_the_delta_methods),
        cmocka_unit_test(a_group_that_is_alone_everywhere_is_compared_with_nobody),
        cmocka_unit_test(without_an_open_stratum_there_is_nothing_to_compare),
        cmocka_unit_test(bounds_stay_between_minus_1_and_1),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

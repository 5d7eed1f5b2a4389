/* Student's t: against mpmath, through its inverse, and at infinite degrees of freedom. */
#include "stats/student.h"

#include "stats/normal.h"
#include "table.h"

static void upper_tails_agree_with_mpmath(void **state)
{
    (void)state;
    const struct table *table = table_read("student.csv");

    for (size_t i = 0; i < table->count; i++) {
        const double *row = table->rows[i].values;

        assert_close(pl_student_sf(row[1], row[0]), row[2], 1e-11);
        assert_close(pl_student_cdf(-row[1], row[0]), row[2], 1e-11);
        assert_near(pl_student_cdf(row[1], row[0]), 1.0 - row[2], 4e-15);
    }
}

static void quantiles_invert_the_tails(void **state)
{
    (void)state;
    const struct table *table = table_read("student.csv");

    for (size_t i = 0; i < table->count; i++) {
        const double *row = table->rows[i].values;

        assert_close(pl_student_upper_quantile(row[2], row[0]), row[1], 1e-10);
        assert_close(pl_student_quantile(row[2], row[0]), -row[1], 1e-10);
    }
    assert_true(pl_student_quantile(0.5, 7.0) == 0.0);
}

static void infinite_degrees_of_freedom_are_normal(void **state)
{
    (void)state;
    for (double z = -30.0; z <= 30.0; z += 2.5) {
        assert_true(pl_student_sf(z, (double)INFINITY) == pl_normal_sf(z));
        assert_close(pl_student_sf(z, 1e15), pl_normal_sf(z), 1e-9);
    }
    assert_true(pl_student_upper_quantile(0.025, (double)INFINITY) ==
                pl_normal_upper_quantile(0.025));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upper_tails_agree_with_mpmath),
        cmocka_unit_test(quantiles_invert_the_tails),
        cmocka_unit_test(infinite_degrees_of_freedom_are_normal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

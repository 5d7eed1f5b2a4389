/* Procedures for many tests: against statsmodels, in larger families, and by what they promise. */
#include "stats/multiple.h"

#include "table.h"

static const double ALPHA = 0.05;

static void adjusted_p_values_agree_with_statsmodels(void **state)
{
    const struct table *table = table_read("multiple.csv");
    double p[ROWS_MAX];
    struct pl_adjusted holm[ROWS_MAX];
    struct pl_adjusted stepped[ROWS_MAX];
    struct pl_arena arena;
    struct pl_error error;

    (void)state;
    for (size_t i = 0; i < table->count; i++)
        p[i] = table->rows[i].values[0];

    const struct pl_family family = {p, table->count, table->count};

    pl_arena_init(&arena, 1 << 20);
    assert_int_equal(pl_holm_adjust(&family, ALPHA, &arena, holm, &error), PL_OK);
    assert_int_equal(pl_benjamini_hochberg_adjust(&family, ALPHA, &arena, stepped, &error), PL_OK);
    for (size_t i = 0; i < table->count; i++) {
        assert_close(holm[i].adjusted, table->rows[i].values[1], 1e-14);
        assert_close(stepped[i].adjusted, table->rows[i].values[2], 1e-14);
        assert_int_equal(p[i] <= holm[i].level, holm[i].adjusted <= ALPHA);
        assert_int_equal(p[i] <= stepped[i].level, stepped[i].adjusted <= ALPHA);
    }
    pl_arena_deinit(&arena);
}

static void levels_rise_until_one_test_fails(void **state)
{
    static const double P[] = {0.03, 0.001, 0.9, 0.012};
    const struct pl_family family = {P, 4, 4};
    struct pl_adjusted holm[4];
    struct pl_arena arena;
    struct pl_error error;

    (void)state;
    pl_arena_init(&arena, 1 << 20);
    assert_int_equal(pl_holm_adjust(&family, ALPHA, &arena, holm, &error), PL_OK);
    assert_true(holm[1].level == ALPHA / 4.0 && holm[3].level == ALPHA / 3.0);
    assert_true(holm[0].level == ALPHA / 2.0 && holm[2].level == ALPHA / 2.0);
    pl_arena_deinit(&arena);
}

static void a_larger_family_is_stricter(void **state)
{
    static const double P[] = {0.004, 0.02};
    const struct pl_family family = {P, 2, 10};
    struct pl_adjusted holm[2];
    struct pl_adjusted stepped[2];
    struct pl_arena arena;
    struct pl_error error;

    (void)state;
    pl_arena_init(&arena, 1 << 20);
    assert_int_equal(pl_holm_adjust(&family, ALPHA, &arena, holm, &error), PL_OK);
    assert_int_equal(pl_benjamini_hochberg_adjust(&family, ALPHA, &arena, stepped, &error), PL_OK);
    assert_near(holm[0].adjusted, 0.04, 1e-16);
    assert_near(holm[1].adjusted, 0.18, 1e-16);
    assert_near(stepped[0].adjusted, 0.04, 1e-16);
    assert_near(stepped[1].adjusted, 0.1, 1e-16);
    pl_arena_deinit(&arena);
}

static void an_empty_family_and_a_full_arena_are_handled(void **state)
{
    static const double P[] = {0.5, 0.5};
    const struct pl_family empty = {P, 0, 0};
    const struct pl_family two = {P, 2, 2};
    struct pl_adjusted adjusted[2];
    struct pl_arena arena;
    struct pl_error error;

    (void)state;
    pl_arena_init(&arena, 0);
    assert_int_equal(pl_holm_adjust(&two, ALPHA, &arena, adjusted, &error), PL_E_LIMIT);
    pl_arena_deinit(&arena);
    pl_arena_init(&arena, 1 << 20);
    assert_int_equal(pl_holm_adjust(&empty, ALPHA, &arena, adjusted, &error), PL_OK);
    pl_arena_deinit(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjusted_p_values_agree_with_statsmodels),
        cmocka_unit_test(levels_rise_until_one_test_fails),
        cmocka_unit_test(a_larger_family_is_stricter),
        cmocka_unit_test(an_empty_family_and_a_full_arena_are_handled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

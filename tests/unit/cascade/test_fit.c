/* A fit of thresholds: what a policy makes of a request, and what a fit does where memory ends. */
#include "base/rng.h"
#include "cascade/fit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#define REQUESTS             400
#define ARENA_SIZE_BYTES_MAX ((size_t)8 << 20)

static double signals[REQUESTS];
static double right[3][REQUESTS];
static double costs[3][REQUESTS];
static uint64_t ids[REQUESTS];
static bool holds[REQUESTS];

static struct pl_cascade_tier tiers[3];
static struct pl_cascade_rule rule;

static struct pl_cascade_data make_data(size_t tiers_count)
{
    struct pl_rng rng;

    pl_rng_init(&rng, 11, 0);
    for (size_t i = 0; i < REQUESTS; i++) {
        signals[i] = pl_rng_uniform(&rng);
        ids[i] = pl_rng_next(&rng);
        holds[i] = pl_rng_uniform(&rng) < 0.3;
        for (size_t t = 0; t < 3; t++) {
            const double chance = t + 1 == tiers_count ? 0.97 : 0.4 + 0.6 * signals[i];

            right[t][i] = pl_rng_uniform(&rng) < chance ? 1.0 : 0.0;
            costs[t][i] = (double)(1 + 4 * t);
        }
    }
    for (size_t t = 0; t < 3; t++)
        tiers[t] = (struct pl_cascade_tier){
            .model = PL_STR("m"),
            .signals = t + 1 < tiers_count ? signals : NULL,
            .right = right[t],
            .costs = costs[t],
        };
    rule = (struct pl_cascade_rule){PL_STR("plan = 'free'"), 0, holds};
    return (struct pl_cascade_data){
        .count = REQUESTS,
        .ids = ids,
        .tiers = tiers,
        .tiers_count = tiers_count,
        .rules = &rule,
        .rules_count = 1,
    };
}

static const struct pl_cascade_options OPTIONS = {
    .level = 0.85,
    .confidence = 0.9,
    .calibration_share = 0.4,
    .held_out_share = 0.2,
    .seed = 3,
};

static void a_request_without_confidence_climbs_wherever_one_is_asked_for(void **state)
{
    (void)state;
    static const double CONFIDENCES[] = {0.9, 0.3, (double)NAN};
    const struct pl_cascade_data data = make_data(2);
    struct pl_cascade_part part = {.data = &data, .fallback_worth = 0.25};
    const struct {
        double deliver_at[2];
        size_t row;
        uint32_t delivered;
        double cost;
    } cases[] = {
        {{0.9, 0.0}, 0, 0, 1.0},
        {{0.9, 0.0}, 1, 1, 6.0},
        {{1e-9, 0.0}, 1, 0, 1.0},
        {{1e-9, 0.0}, 2, 1, 6.0}, /* however low */
        {{0.0, 0.0}, 2, 0, 1.0},  /* nobody asks */
        {{(double)INFINITY, 0.0}, 0, 1, 5.0},
        {{(double)INFINITY, 0.5}, 0, 1, 5.0},
        {{(double)INFINITY, 0.5}, 1, 2, 5.0},
        {{(double)INFINITY, 0.5}, 2, 2, 5.0}, /* not sure enough at the last tier: the fallback */
    };

    part.confidences[0] = part.confidences[1] = CONFIDENCES;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct pl_policy policy = {{cases[i].deliver_at[0], cases[i].deliver_at[1]}};
        const struct pl_policy_outcome outcome = pl_policy_apply(&part, &policy, cases[i].row);

        assert_int_equal(outcome.delivered, cases[i].delivered);
        assert_true(outcome.cost == cases[i].cost);
        if (outcome.delivered == 2)
            assert_true(outcome.quality == 0.25);
        else
            assert_true(outcome.quality == right[outcome.delivered][cases[i].row]);
    }
}

static void requests_of_a_group_stand_together_in_one_part(void **state)
{
    (void)state;
    static uint64_t groups[REQUESTS];
    struct pl_cascade_data data = make_data(2);
    struct pl_cascade_fit *fit;
    struct pl_arena arena;
    struct pl_error error = {0};

    for (size_t i = 0; i < REQUESTS; i++)
        groups[i] = i % 100; /* far from each other in the data */
    data.groups = groups;
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    assert_int_equal(pl_cascade_fit(&data, &OPTIONS, &arena, &fit, &error), PL_OK);
    assert_int_equal(fit->group_size_max, 4);
    assert_int_equal(fit->selection_units * 4, fit->selection_count);
    assert_int_equal(fit->used, REQUESTS);
    for (size_t t = 0; t < 2; t++) { /* which cost the same everywhere */
        assert_int_equal(fit->baselines[t].result.cost.status, PL_ESTIMATE_OK);
        assert_true(fit->baselines[t].result.cost.value == costs[t][0]);
    }
    pl_arena_deinit(&arena);
}

/* Until it succeeds: every allocation is once the first that fails. */
static void where_memory_ends_the_fit_says_so(void **state)
{
    (void)state;
    const size_t step = 512;

    for (size_t tiers_count = 2; tiers_count <= 3; tiers_count++) {
        const struct pl_cascade_data data = make_data(tiers_count);
        enum pl_status status = PL_E_LIMIT;
        size_t failures = 0;

        for (size_t size = step; status != PL_OK; size += step) {
            struct pl_cascade_fit *fit = NULL;
            struct pl_error error = {0};
            struct pl_arena arena;

            assert_true(size < ARENA_SIZE_BYTES_MAX);
            pl_arena_init(&arena, size);
            status = pl_cascade_fit(&data, &OPTIONS, &arena, &fit, &error);
            if (status != PL_OK) {
                assert_int_equal(status, PL_E_LIMIT);
                assert_null(fit);
                assert_non_null(strstr(error.message, "the fit of a cascade"));
                failures++;
            }
            pl_arena_deinit(&arena);
        }
        assert_true(failures > 20);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_without_confidence_climbs_wherever_one_is_asked_for),
        cmocka_unit_test(requests_of_a_group_stand_together_in_one_part),
        cmocka_unit_test(where_memory_ends_the_fit_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

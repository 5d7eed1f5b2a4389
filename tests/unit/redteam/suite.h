/* A whole suite for the tests: the plan of some options, and its cases one by one. */
#ifndef TESTS_REDTEAM_SUITE_H
#define TESTS_REDTEAM_SUITE_H

#include "redteam/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define PLAN_SIZE_BYTES_MAX ((size_t)16 << 20)

struct suite {
    struct pl_arena arena;
    struct pl_arena of_case;
    struct pl_redteam_plan plan;
    struct pl_redteam_case made;
};

static inline void suite_open(struct suite *suite, const struct pl_redteam_options *options)
{
    struct pl_error error = {0};

    pl_arena_init(&suite->arena, PLAN_SIZE_BYTES_MAX);
    pl_arena_init(&suite->of_case, PL_REDTEAM_CASE_SIZE_BYTES_MAX);
    assert_int_equal(pl_redteam_plan_make(options, &suite->arena, &suite->plan, &error), PL_OK);
}

/* The case `index`; it lives until the next one. */
static inline const struct pl_redteam_case *suite_case(struct suite *suite, size_t index)
{
    struct pl_error error = {0};

    pl_arena_deinit(&suite->of_case);
    pl_arena_init(&suite->of_case, PL_REDTEAM_CASE_SIZE_BYTES_MAX);
    assert_int_equal(
        pl_redteam_case_make(&suite->plan, index, &suite->of_case, &suite->made, &error), PL_OK);
    return &suite->made;
}

/* Whether the case `index` is an attack. */
static inline bool suite_attacks(const struct suite *suite, size_t index)
{
    return suite->plan.picks[index].kind == PL_REDTEAM_ATTACK;
}

static inline void suite_close(struct suite *suite)
{
    pl_arena_deinit(&suite->of_case);
    pl_arena_deinit(&suite->arena);
}

#endif

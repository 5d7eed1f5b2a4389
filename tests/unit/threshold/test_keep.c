/* Limits said on a command line. */
#include "line/problem.h"
#include "threshold/keep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

static const char LINE[] = "plimsoll: 1\n"
                           "feature: f\n"
                           "data:\n"
                           "  decisions: d.csv\n"
                           "  columns: {label: y, score: s}\n"
                           "  segments: {race: race, sex: sex, age: age}\n"
                           "limits:\n"
                           "  - {metric: accuracy, min: 0.6}\n"
                           "  - {metric: roc_auc, min: 0.6}\n"
                           "  - {metric: recall, max_difference: 0.1, by: race}\n";

struct keep_case {
    struct pl_arena arena;
    struct pl_line *read;
    struct pl_line line;
    const bool *kept;
    struct pl_error error;
};

static enum pl_status keep_try(struct keep_case *test, const char *const *texts, size_t count)
{
    static struct pl_problems problems;
    struct pl_str words[4];

    memset(test, 0, sizeof *test);
    pl_arena_init(&test->arena, (size_t)1 << 24);
    problems.count = 0;
    assert_int_equal(
        pl_line_parse(PL_STR(LINE), "l", &test->arena, &test->read, &problems, &test->error),
        PL_OK);
    for (size_t i = 0; i < count; i++)
        words[i] = pl_str_of(texts[i]);
    return pl_keeps_read(test->read, (struct pl_strs){words, count}, &test->arena, &test->line,
                         &test->kept, &test->error);
}

static void a_limit_of_its_own_stands_behind_those_of_the_line(void **state)
{
    static const char *const TEXTS[] = {
        "selection_rate min_ratio 80% by race*sex, age",
        " false_positive_rate  max_difference 0.05 by race reference  Native American ",
    };
    struct keep_case test;

    (void)state;
    assert_int_equal(keep_try(&test, TEXTS, 2), PL_OK);
    assert_int_equal(test.line.limits_count, 5);
    assert_false(test.kept[0] || test.kept[1] || test.kept[2]);
    assert_true(test.kept[3] && test.kept[4]);

    const struct pl_limit *ratio = &test.line.limits[3];

    assert_true(pl_str_equal_text(ratio->metric, "selection_rate"));
    assert_int_equal(ratio->comparator, PL_COMPARE_MIN_RATIO);
    assert_true(fabs(ratio->threshold - 0.8) < 1e-15);
    assert_int_equal(ratio->crossings_count, 2);
    assert_int_equal(ratio->crossings[0].count, 2);
    assert_int_equal(ratio->crossings[0].segments[1], 1);
    assert_int_equal(ratio->crossings[1].segments[0], 2);

    const struct pl_limit *difference = &test.line.limits[4];

    assert_int_equal(difference->comparator, PL_COMPARE_MAX_DIFFERENCE);
    assert_true(pl_str_equal_text(difference->reference, "Native American"));
    assert_true(fabs(difference->confidence - test.read->evidence.confidence) < 1e-15);
    pl_arena_deinit(&test.arena);
}

static void every_is_what_a_threshold_moves(void **state)
{
    static const char *const TEXTS[] = {"every"};
    struct keep_case test;

    (void)state;
    assert_int_equal(keep_try(&test, TEXTS, 1), PL_OK);
    assert_true(test.kept[0]);
    assert_false(test.kept[1]); /* roc_auc */
    assert_true(test.kept[2]);
    pl_arena_deinit(&test.arena);
}

static void a_measure_is_the_lines_limits_on_it(void **state)
{
    static const char *const TEXTS[] = {"true_positive_rate"}; /* the line says recall */
    struct keep_case test;

    (void)state;
    assert_int_equal(keep_try(&test, TEXTS, 1), PL_OK);
    assert_int_equal(test.line.limits_count, 3);
    assert_false(test.kept[0]);
    assert_true(test.kept[2]);
    pl_arena_deinit(&test.arena);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } CASES[] = {
        {"", "says nothing"},
        {"acuracy max 0.1", "there is no such measure"},
        {"roc_auc min 0.7", "no threshold changes that measure"},
        {"mean(x) min 0.7", "no threshold changes that measure"},
        {"precision", "has no limit on that measure"},
        {"precision mim 0.5", "did you mean `min`?"},
        {"precision min", "needs a bound"},
        {"precision min x", "`x` is no number"},
        {"precision min 0.5 for race", "behind the bound"},
        {"precision max_difference 0.5", "add `by SEGMENT`"},
        {"precision min 0.5 by rac", "did you mean `race`?"},
        {"precision min 0.5 by race*race", "crosses `race` with itself"},
        {"precision min 0.5 by race reference A", "a reference goes with"},
        {"precision max_difference 0.5 by race*sex reference A", "a reference goes with"},
        {"matthews_corrcoef min_ratio 0.5 by race", "can be below 0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct keep_case test;
        const enum pl_status status = keep_try(&test, &CASES[i].text, 1);

        if (status != PL_E_USAGE || strstr(test.error.message, CASES[i].message) == NULL)
            fail_msg("`%s`: status %d, %s", CASES[i].text, status, test.error.message);
        pl_arena_deinit(&test.arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_of_its_own_stands_behind_those_of_the_line),
        cmocka_unit_test(every_is_what_a_threshold_moves),
        cmocka_unit_test(a_measure_is_the_lines_limits_on_it),
        cmocka_unit_test(what_is_wrong_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

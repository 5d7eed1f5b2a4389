/* Interned keys, the meaning of labels, and the names of measures as people write them. */
#include "measure/intern.h"
#include "measure/marks.h"
#include "measure/metrics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

/* ---- intern ---- */

static uint32_t number_of(struct pl_intern *intern, struct pl_str key)
{
    struct pl_error error = {0};
    uint32_t number = 0;

    assert_int_equal(pl_intern_number(intern, key, &number, &error), PL_OK);
    return number;
}

static void keys_get_numbers_in_the_order_they_come(void **state)
{
    struct pl_intern intern;
    char text[32];

    (void)state;
    pl_intern_init(&intern, 100000);
    for (uint32_t round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 5000; i++) {
            (void)snprintf(text, sizeof text, "key %u", i);
            assert_int_equal(number_of(&intern, pl_str_of(text)), i);
        }
    assert_int_equal(intern.count, 5000);
    assert_true(pl_str_equal_text(intern.keys[4999], "key 4999"));
    pl_intern_deinit(&intern);
}

static void keys_are_bytes(void **state)
{
    struct pl_intern intern;

    (void)state;
    pl_intern_init(&intern, 10);
    assert_int_equal(number_of(&intern, PL_STR("")), 0);
    assert_int_equal(number_of(&intern, PL_STR("a")), 1);
    assert_int_equal(number_of(&intern, PL_STR("a\0b")), 2);
    assert_int_equal(number_of(&intern, PL_STR("a\0c")), 3);
    assert_int_equal(number_of(&intern, PL_STR("a\0b")), 2);
    assert_int_equal(number_of(&intern, PL_STR("")), 0);
    assert_int_equal(intern.keys[2].len, 3);
    pl_intern_deinit(&intern);
}

static void one_key_too_many_is_told_and_the_others_stay(void **state)
{
    struct pl_intern intern;

    (void)state;
    pl_intern_init(&intern, 2);
    assert_int_equal(number_of(&intern, PL_STR("a")), 0);
    assert_int_equal(number_of(&intern, PL_STR("b")), 1);
    assert_int_equal(number_of(&intern, PL_STR("c")), PL_INTERN_FULL);
    assert_int_equal(number_of(&intern, PL_STR("c")), PL_INTERN_FULL);
    assert_int_equal(number_of(&intern, PL_STR("b")), 1);
    assert_int_equal(intern.count, 2);
    pl_intern_deinit(&intern);
}

/* ---- marks ---- */

static struct pl_line line_with(const char *positive)
{
    return (struct pl_line){.file = "plimsoll.yaml", .data = {.positive = pl_str_of(positive)}};
}

static struct pl_marks marks_of(const struct pl_line *line)
{
    return (struct pl_marks){.line = line, .column = PL_STR("outcome"), .place = {6, 20}};
}

static void assert_mark(struct pl_marks *marks, const char *value, enum pl_mark expected)
{
    struct pl_error error = {0};
    enum pl_mark mark = PL_UNKNOWN;

    if (pl_marks_take(marks, pl_str_of(value), &mark, &error) != PL_OK)
        fail_msg("%s: %s", value, error.message);
    assert_int_equal(mark, expected);
}

static void assert_no_mark(struct pl_marks *marks, const char *value, const char *words)
{
    struct pl_error error = {0};
    enum pl_mark mark = PL_UNKNOWN;

    assert_int_equal(pl_marks_take(marks, pl_str_of(value), &mark, &error), PL_E_DATA);
    if (strstr(error.message, words) == NULL)
        fail_msg("%s", error.message);
    assert_non_null(strstr(error.message, "`outcome`"));
    assert_int_equal(error.line, 6);
    assert_int_equal(error.column, 20);
}

static void one_and_true_are_positive_in_every_spelling(void **state)
{
    static const char *const PAIRS[][2] = {{"1", "0"},       {"true", "false"}, {"TRUE", "False"},
                                           {"1.0", "0.000"}, {"1e0", "-0"},     {"01", "00"}};
    const struct pl_line line = line_with(NULL);

    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        struct pl_marks marks = marks_of(&line);

        assert_mark(&marks, PAIRS[i][0], PL_POSITIVE);
        assert_mark(&marks, PAIRS[i][1], PL_NEGATIVE);
        assert_mark(&marks, PAIRS[i][0], PL_POSITIVE);
    }
}

static void spellings_of_one_number_are_one_value(void **state)
{
    const struct pl_line line = line_with(NULL);
    struct pl_marks marks = marks_of(&line);

    (void)state;
    assert_mark(&marks, "1", PL_POSITIVE);
    assert_mark(&marks, "1.0", PL_POSITIVE);
    assert_mark(&marks, "0", PL_NEGATIVE);
    assert_mark(&marks, "0.0", PL_NEGATIVE);
    assert_mark(&marks, "1.00", PL_POSITIVE);
    assert_int_equal(marks.count, 2);
}

static void words_need_to_be_told_which_is_positive(void **state)
{
    const struct pl_line line = line_with(NULL);
    struct pl_marks marks = marks_of(&line);

    (void)state;
    assert_no_mark(&marks, "yes", "`positive`");
    assert_no_mark(&marks, "", "`positive`");
    assert_no_mark(&marks, "-1", "`positive`");
}

static void a_third_value_is_refused_and_all_are_shown(void **state)
{
    const struct pl_line line = line_with("yes");
    struct pl_marks marks = marks_of(&line);

    (void)state;
    assert_mark(&marks, "yes", PL_POSITIVE);
    assert_mark(&marks, "no", PL_NEGATIVE);
    assert_no_mark(&marks, "maybe", "\"yes\", \"no\", \"maybe\"");
    assert_mark(&marks, "no", PL_NEGATIVE);
}

static void a_second_negative_is_refused_though_no_positive_was_met(void **state)
{
    const struct pl_line line = line_with("yes");
    struct pl_marks marks = marks_of(&line);

    (void)state;
    assert_mark(&marks, "no", PL_NEGATIVE);
    assert_no_mark(&marks, "never", "two values");
    assert_mark(&marks, "yes", PL_POSITIVE);
}

static void numbers_and_words_do_not_mix(void **state)
{
    const struct pl_line line = line_with(NULL);
    struct pl_marks marks = marks_of(&line);

    (void)state;
    assert_mark(&marks, "1", PL_POSITIVE);
    assert_no_mark(&marks, "true", "two values");
}

static void a_declared_number_is_positive_in_every_spelling(void **state)
{
    const struct pl_line line = line_with("2");
    struct pl_marks marks = marks_of(&line);

    (void)state;
    assert_mark(&marks, "2.0", PL_POSITIVE);
    assert_mark(&marks, "2", PL_POSITIVE);
    assert_mark(&marks, "1", PL_NEGATIVE);
    assert_no_mark(&marks, "3", "\"3\"");
}

static void a_label_as_long_as_a_book_is_refused(void **state)
{
    const struct pl_line line = line_with("yes");
    struct pl_marks marks = marks_of(&line);
    char text[5001];

    (void)state;
    memset(text, 'n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_no_mark(&marks, text, "too long");
    text[PL_MARK_TEXT_SIZE - 1] = '\0';
    assert_mark(&marks, text, PL_NEGATIVE);
}

/* ---- names of measures ---- */

static void assert_name_of(enum pl_task task, const char *text, const char *name,
                           const char *column, double argument)
{
    struct pl_arena arena;
    struct pl_metric metric;
    struct pl_error error = {0};

    pl_arena_init(&arena, (size_t)1 << 20);
    if (pl_metric_parse(pl_str_of(text), task, &arena, &metric, &error) != PL_OK)
        fail_msg("%s: %s", text, error.message);
    assert_true(pl_str_equal_text(metric.name, name));
    assert_true(pl_str_equal_text(metric.column_name, column));
    assert_true(metric.argument == argument);
    assert_int_equal(metric.column, -1);
    assert_non_null(metric.row);
    pl_arena_deinit(&arena);
}

static void assert_name(const char *text, const char *name, const char *column, double argument)
{
    assert_name_of(PL_TASK_BINARY, text, name, column, argument);
}

static void assert_no_name(const char *text, const char *words)
{
    struct pl_arena arena;
    struct pl_metric metric;
    struct pl_error error = {0};

    pl_arena_init(&arena, (size_t)1 << 20);
    assert_int_equal(pl_metric_parse(pl_str_of(text), PL_TASK_BINARY, &arena, &metric, &error),
                     PL_E_LINE);
    if (strstr(error.message, words) == NULL)
        fail_msg("%s: %s", text, error.message);
    pl_arena_deinit(&arena);
}

static void every_row_is_found_by_its_name_and_its_alias(void **state)
{
    (void)state;
    for (size_t i = 0; i < pl_metric_rows_count(); i++) {
        const struct pl_metric_help help = pl_metric_help_at(i);

        assert_true(help.tasks != 0);
        for (uint32_t task = 0; task < PL_TASKS_COUNT; task++) {
            if ((help.tasks >> task & 1u) == 0 || pl_metric_row_at(i)->argument != PL_ARGUMENT_NONE)
                continue;
            assert_name_of((enum pl_task)task, help.name, help.name, "", 0.0);
            if (help.alias != NULL)
                assert_name_of((enum pl_task)task, help.alias, help.name, "", 0.0);
        }
    }
    assert_name("recall", "true_positive_rate", "", 0.0);
    assert_name("  accuracy\t", "accuracy", "", 0.0);
}

static void no_name_or_alias_stands_for_two_measures(void **state)
{
    (void)state;
    for (size_t i = 0; i < pl_metric_rows_count(); i++)
        for (size_t j = 0; j < i; j++) {
            const struct pl_metric_help a = pl_metric_help_at(i);
            const struct pl_metric_help b = pl_metric_help_at(j);

            if ((a.tasks & b.tasks) == 0)
                continue;
            assert_string_not_equal(a.name, b.name);
            assert_true(a.alias == NULL || strcmp(a.alias, b.name) != 0);
            assert_true(b.alias == NULL || strcmp(b.alias, a.name) != 0);
            assert_true(a.alias == NULL || b.alias == NULL || strcmp(a.alias, b.alias) != 0);
        }
}

static void every_row_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < pl_metric_rows_count(); i++) {
        const struct pl_metric_row *row = pl_metric_row_at(i);

        assert_true(row->help.formula[0] != '\0' && row->help.interval[0] != '\0');
        assert_true(row->help.source[0] != '\0' && row->help.summary[0] != '\0');
        /* Made by a function, or a rate of some combinations among others. */
        assert_true(row->make != NULL || row->trials != 0);
        assert_int_equal(row->successes & ~row->trials, 0);
        assert_true(row->additivity != PL_ADDITIVE_RATE || row->trials != 0);
    }
}

static void measures_of_columns_take_any_name_of_a_column(void **state)
{
    (void)state;
    assert_name("mean(latency_ms)", "mean(latency_ms)", "latency_ms", 0.0);
    assert_name(" mean ( latency ms ) ", "mean(latency ms)", "latency ms", 0.0);
    assert_name("rate(a(b))", "rate(a(b))", "a(b)", 0.0);
    assert_name("sum(a,b)", "sum(a,b)", "a,b", 0.0);
    assert_name("ratio(cost,resolved)", "ratio(cost, resolved)", "cost", 0.0);
    assert_name("quantile(latency_ms, 0.95)", "quantile(latency_ms, 0.95)", "latency_ms", 0.95);
    assert_name("quantile(latency_ms,.950)", "quantile(latency_ms, 0.95)", "latency_ms", 0.95);
    assert_name("quantile(a, b, 0.5)", "quantile(a, b, 0.5)", "a, b", 0.5);
    assert_name("quantile(x), 0.5)", "quantile(x), 0.5)", "x)", 0.5);
}

static void a_quantile_needs_a_share_between_0_and_1(void **state)
{
    static const char *const BAD[] = {"quantile(x)",       "quantile(x, 0)",   "quantile(x, 1)",
                                      "quantile(x, 95)",   "quantile(x, nan)", "quantile(x, half)",
                                      "quantile(x, -0.5)", "quantile(x,)",     "quantile(, 0.5)",
                                      "quantile()"};

    (void)state;
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++)
        assert_no_name(BAD[i], "0 < Q < 1");
    assert_no_name("mean()", "mean(COLUMN)");
    assert_no_name("sum(  )", "sum(COLUMN)");
    assert_no_name("ratio(cost)", "the names of two columns");
    assert_no_name("ratio(cost, )", "the names of two columns");
}

static void unknown_names_get_the_nearest_that_is_known(void **state)
{
    (void)state;
    assert_no_name("acuracy", "did you mean `accuracy`?");
    assert_no_name("true_postive_rate", "did you mean `true_positive_rate`?");
    assert_no_name("recal", "did you mean `recall`?");
    assert_no_name("latency_ms_of_the_server", "mean(latency_ms_of_the_server)");
    assert_no_name("", "there is no measure");
    assert_no_name("()", "there is no measure");
    assert_no_name("accuracy(x)", "there is no measure");
    assert_no_name("mean", "mean");
    assert_no_name("(x)", "there is no measure");
    assert_no_name("mean(x", "there is no measure");
    assert_no_name("Accuracy", "did you mean `accuracy`?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_get_numbers_in_the_order_they_come),
        cmocka_unit_test(keys_are_bytes),
        cmocka_unit_test(one_key_too_many_is_told_and_the_others_stay),
        cmocka_unit_test(one_and_true_are_positive_in_every_spelling),
        cmocka_unit_test(spellings_of_one_number_are_one_value),
        cmocka_unit_test(words_need_to_be_told_which_is_positive),
        cmocka_unit_test(a_third_value_is_refused_and_all_are_shown),
        cmocka_unit_test(a_second_negative_is_refused_though_no_positive_was_met),
        cmocka_unit_test(numbers_and_words_do_not_mix),
        cmocka_unit_test(a_declared_number_is_positive_in_every_spelling),
        cmocka_unit_test(a_label_as_long_as_a_book_is_refused),
        cmocka_unit_test(every_row_is_found_by_its_name_and_its_alias),
        cmocka_unit_test(no_name_or_alias_stands_for_two_measures),
        cmocka_unit_test(every_row_is_complete),
        cmocka_unit_test(measures_of_columns_take_any_name_of_a_column),
        cmocka_unit_test(a_quantile_needs_a_share_between_0_and_1),
        cmocka_unit_test(unknown_names_get_the_nearest_that_is_known),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Names that only the records know, and the columns that they become. */
#include "live/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pl_live_names *make(void)
{
    struct pl_live_names *names = malloc(sizeof *names);

    assert_non_null(names);
    pl_live_names_init(names);
    return names;
}

static void end(struct pl_live_names *names)
{
    pl_live_names_deinit(names);
    free(names);
}

static void note(struct pl_live_names *names, enum pl_live_origin origin, struct pl_str name,
                 enum pl_live_kind kind)
{
    const struct pl_live_name noted = {name, origin, kind};
    struct pl_error error = {0};

    assert_int_equal(pl_live_names_note(names, &noted, &error), PL_OK);
}

/* Whether the view says something. */
static bool shows(const struct pl_live_names *names, const char *text)
{
    struct pl_buffer sql;
    bool found;

    pl_buffer_init(&sql, (size_t)8 << 20);
    pl_live_names_view(names, &sql);
    assert_int_equal(sql.failed, PL_OK);
    found = strstr(sql.ptr, text) != NULL;
    pl_buffer_deinit(&sql);
    return found;
}

static void the_kind_of_a_name_is_the_widest_that_was_seen(void **state)
{
    static const struct {
        enum pl_live_kind a, b, both;
    } CASES[] = {
        {PL_LIVE_KIND_NONE, PL_LIVE_KIND_NONE, PL_LIVE_KIND_NONE},
        {PL_LIVE_KIND_NONE, PL_LIVE_KIND_TRUTH, PL_LIVE_KIND_TRUTH},
        {PL_LIVE_KIND_NONE, PL_LIVE_KIND_TEXT, PL_LIVE_KIND_TEXT},
        {PL_LIVE_KIND_TRUTH, PL_LIVE_KIND_TRUTH, PL_LIVE_KIND_TRUTH},
        {PL_LIVE_KIND_TRUTH, PL_LIVE_KIND_INTEGER, PL_LIVE_KIND_TEXT},
        {PL_LIVE_KIND_TRUTH, PL_LIVE_KIND_NUMBER, PL_LIVE_KIND_TEXT},
        {PL_LIVE_KIND_INTEGER, PL_LIVE_KIND_INTEGER, PL_LIVE_KIND_INTEGER},
        {PL_LIVE_KIND_INTEGER, PL_LIVE_KIND_NUMBER, PL_LIVE_KIND_NUMBER},
        {PL_LIVE_KIND_NUMBER, PL_LIVE_KIND_TEXT, PL_LIVE_KIND_TEXT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        assert_int_equal(pl_live_kind_widen(CASES[i].a, CASES[i].b), CASES[i].both);
        assert_int_equal(pl_live_kind_widen(CASES[i].b, CASES[i].a), CASES[i].both);
    }
}

static void a_name_is_noted_once_and_says_when_something_changed(void **state)
{
    struct pl_live_names *names = make();

    (void)state;
    note(names, PL_LIVE_OUTCOME, PL_STR("stars"), PL_LIVE_KIND_INTEGER);
    assert_true(names->changed);
    names->changed = false;
    note(names, PL_LIVE_OUTCOME, PL_STR("stars"), PL_LIVE_KIND_INTEGER);
    assert_false(names->changed);
    note(names, PL_LIVE_OUTCOME, PL_STR("stars"), PL_LIVE_KIND_NUMBER);
    assert_true(names->changed);
    note(names, PL_LIVE_SEGMENT, PL_STR("stars"), PL_LIVE_KIND_TEXT);
    assert_int_equal(names->count, 2);
    assert_true(shows(names, "TRY_CAST(value AS DOUBLE)"));
    end(names);
}

static void a_column_gets_the_name_itself_where_it_is_free(void **state)
{
    struct pl_live_names *names = make();

    (void)state;
    note(names, PL_LIVE_SEGMENT, PL_STR("plan"), PL_LIVE_KIND_TEXT);
    note(names, PL_LIVE_SEGMENT, PL_STR("model"), PL_LIVE_KIND_TEXT);
    note(names, PL_LIVE_SEGMENT, PL_STR("PLAN"), PL_LIVE_KIND_TEXT);
    note(names, PL_LIVE_SEGMENT, PL_STR("Plan"), PL_LIVE_KIND_TEXT);
    note(names, PL_LIVE_EXPERIMENT, PL_STR("plan"), PL_LIVE_KIND_TEXT);
    note(names, PL_LIVE_OUTCOME, PL_STR("outcomes"), PL_LIVE_KIND_INTEGER);
    assert_true(shows(names, "d.segments['plan'] AS \"plan\""));
    assert_true(shows(names, "d.segments['model'] AS \"segment_model\""));
    assert_true(shows(names, "d.segments['PLAN'] AS \"segment_PLAN\""));
    assert_true(shows(names, "d.segments['Plan'] AS \"segment_Plan_2\""));
    assert_true(shows(names, "d.experiments['plan'] AS \"experiment_plan\""));
    assert_true(shows(names, " AS \"outcome_outcomes\""));
    end(names);
}

static void quotes_in_a_name_stay_in_it(void **state)
{
    struct pl_live_names *names = make();

    (void)state;
    note(names, PL_LIVE_SEGMENT, PL_STR("a'; DROP TABLE decisions; --\""), PL_LIVE_KIND_TEXT);
    assert_true(shows(names, "d.segments['a''; DROP TABLE decisions; --\"'] AS "
                             "\"a'; DROP TABLE decisions; --\"\"\""));
    end(names);
}

static void what_cannot_be_a_column_is_passed_over(void **state)
{
    struct pl_live_names *names = make();
    char longest[PL_LIVE_NAME_LENGTH_MAX + 1];

    (void)state;
    memset(longest, 'x', sizeof longest);
    note(names, PL_LIVE_SEGMENT, PL_STR(""), PL_LIVE_KIND_TEXT);
    note(names, PL_LIVE_SEGMENT, (struct pl_str){"a\0b", 3}, PL_LIVE_KIND_TEXT);
    note(names, PL_LIVE_SEGMENT, (struct pl_str){longest, sizeof longest}, PL_LIVE_KIND_TEXT);
    assert_int_equal(names->count, 0);
    note(names, PL_LIVE_SEGMENT, (struct pl_str){longest, PL_LIVE_NAME_LENGTH_MAX},
         PL_LIVE_KIND_TEXT);
    assert_int_equal(names->count, 1);
    end(names);
}

static void names_beyond_the_most_stay_without_a_column(void **state)
{
    struct pl_live_names *names = make();
    char text[32];

    (void)state;
    for (int i = 0; i < PL_LIVE_NAMES_COUNT_MAX + 20; i++) {
        (void)snprintf(text, sizeof text, "segment %d", i);
        note(names, PL_LIVE_SEGMENT, pl_str_of(text), PL_LIVE_KIND_TEXT);
    }
    assert_int_equal(names->count, PL_LIVE_NAMES_COUNT_MAX);
    assert_true(shows(names, "\"segment 499\""));
    assert_false(shows(names, "\"segment 500\""));
    end(names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_kind_of_a_name_is_the_widest_that_was_seen),
        cmocka_unit_test(a_name_is_noted_once_and_says_when_something_changed),
        cmocka_unit_test(a_column_gets_the_name_itself_where_it_is_free),
        cmocka_unit_test(quotes_in_a_name_stay_in_it),
        cmocka_unit_test(what_cannot_be_a_column_is_passed_over),
        cmocka_unit_test(names_beyond_the_most_stay_without_a_column),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

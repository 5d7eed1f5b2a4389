/* Conditions: what they say of a row, what is refused and where, which columns they name. That they mean the same as in
   the warehouse is shown by test_duckdb.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "condition/condition.h"

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 20)

static struct pl_datum number(double value)
{
    return (struct pl_datum){.kind = PL_DATUM_NUMBER, .number = value};
}

static struct pl_datum text(const char *value)
{
    return (struct pl_datum){.kind = PL_DATUM_TEXT, .text = pl_str_of(value)};
}

/* The row of these tests; a column that it does not have is null. */
static struct pl_datum column_of(struct pl_str column, void *context)
{
    const struct {
        const char *name;
        struct pl_datum datum;
    } ROW[] = {
        {"plan", text("free")},        {"length", number(150)},
        {"score", text("0.75")},       {"words", text("many")},
        {"empty", text("")},           {"open", {.kind = PL_DATUM_BOOL, .truth = true}},
        {"yes", text("Yes")},          {"zero", number(0)},
        {"none", number((double)NAN)}, {"metadata.team", text("blue")},
        {"two words", text("x")},      {"a\"b", text("quote")},
    };

    (void)context;
    for (size_t i = 0; i < sizeof ROW / sizeof *ROW; i++)
        if (pl_str_equal_text(column, ROW[i].name))
            return ROW[i].datum;
    return (struct pl_datum){.kind = PL_DATUM_NULL};
}

static void a_condition_holds_when_it_is_true(void **state)
{
    static const struct {
        const char *condition;
        bool holds;
    } CASES[] = {
        {"plan = 'free' and length < 200", true},
        {"plan = 'free' and length < 150", false},
        {"plan <> 'free' or length between 100 and 150", true},
        {"not plan = 'free'", false},
        {"not (plan = 'paid')", true},
        {"plan in ('paid', 'free')", true},
        {"plan not in ('paid', 'trial')", true},
        {"plan like 'fr__'", true},
        {"plan not like '%x%'", true},
        {"plan like 'fr!%' escape '!'", false},
        {"missing is null", true},
        {"plan is not null", true},
        /* null is not true, and neither is its opposite */
        {"missing = 'x'", false},
        {"not missing = 'x'", false},
        {"missing <> 'x'", false},
        {"missing = missing", false},
        {"missing in ('a')", false},
        {"missing not in ('a')", false},
        {"plan not in ('paid', null)", false},
        {"plan in ('free', null)", true},
        {"length between 200 and missing", false},
        {"not (length between 200 and missing)", true},
        {"missing or true", true},
        {"not (missing and false)", true},
        {"not (missing or false)", false},
        {"(missing = 1) is null", true},
        {"null is null", true},
        /* texts and numbers */
        {"score > 0.5", true},
        {"score < '0.8'", true},
        {"length = '150'", true},
        {"length = ' 150 '", true},
        {"words > 5", false},
        {"not words > 5", false},
        {"(words > 5) is null", true},
        {"'10' < '9'", true},
        {"10 < 9", false},
        {"empty = 0", false},
        {"empty = ''", true},
        {"-1 < +1", true},
        {"1e2 = 100 and .5 = 0.5 and 5. = 5", true},
        {"length like '15%'", false},
        {"none = none", false},
        {"none < 1 or none >= 1", false},
        /* truths */
        {"open", true},
        {"open = true", true},
        {"open <> FALSE", true},
        {"open = 1", true},
        {"open > 'no'", true},
        {"yes", true},
        {"yes = true", true},
        {"words", false},
        {"zero", false},
        {"not zero", true},
        {"not not open", true},
        {"not not not open", false},
        {"(plan = 'free') = true", true},
        {"(plan = 'free') in (false)", false},
        /* names */
        {"metadata.team = 'blue'", true},
        {"\"metadata.team\" = 'blue'", true},
        {"\"two words\" = 'x'", true},
        {"\"a\"\"b\" = 'quote'", true},
        {"\"select\" is null", true},
        {"größe is null", true},
        {"'it''s' = 'it''s'", true},
        {"true or false and false", true},
        {"(true or false) and false", false},
        {"not false and false", false},
        {"\tplan\n=\r\n'free' ", true},
        {"PLAN is null AND plan IS Not NULL", true},
    };
    struct pl_arena arena;
    struct pl_error error = {0};

    (void)state;
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct pl_condition *condition = NULL;

        if (pl_condition_compile(pl_str_of(CASES[i].condition), &arena, &condition, &error) !=
            PL_OK)
            fail_msg("%s: %s", CASES[i].condition, error.message);

        const size_t before = arena.size_bytes;

        if (pl_condition_holds(condition, column_of, NULL) != CASES[i].holds)
            fail_msg("%s", CASES[i].condition);
        assert_int_equal(arena.size_bytes, before);
    }
    pl_arena_deinit(&arena);
}

static void what_is_wrong_is_named_with_its_character(void **state)
{
    static const struct {
        const char *condition;
        const char *message;
    } CASES[] = {
        {"", "it ends where a column, a number or a text is missing, at character 1"},
        {"plan =", "it ends where a column, a number or a text is missing, at character 7"},
        {"plan == 'a'", "`==` is no sign of SQL; write `=`, at character 6"},
        {"plan = 'a", "a text in '' begins and does not end, at character 8"},
        {"\"plan", "a name in \"\" begins and does not end, at character 1"},
        {"plan = 'a' 'b'", "`b` stands where `and`, `or` or the end is missing, at character 12"},
        {"a = b = c", "`=` stands where `and`, `or` or the end is missing, at character 7"},
        {"(plan = 'a'", "it ends where `)` is missing, at character 12"},
        {"plan = 'a')", "`)` stands where `and`, `or` or the end is missing, at character 11"},
        {"plan in 'a'", "`a` stands where `(` with the values is missing, at character 9"},
        {"plan in ()", "`)` stands where a column, a number or a text is missing, at character 10"},
        {"plan in ('a' 'b')", "`b` stands where `,` or `)` is missing, at character 14"},
        {"a between 1 or 2",
         "`or` stands where the `and` of `between` is missing, at character 13"},
        {"a is 5", "`5` stands where `null` after `is` is missing, at character 6"},
        {"a not is null",
         "`is` stands where `in`, `between` or `like` after `not` is missing, at character 7"},
        {"a like b", "`b` stands where the pattern of `like` in '' is missing, at character 8"},
        {"a like 'x' escape 'ab'",
         "`ab` stands where the one character of `escape` in '' is missing, at character 19"},
        {"a like 'x!' escape '!'",
         "the pattern ends in its escape, which escapes nothing, at character 8"},
        {"lower(plan) = 'a'",
         "`lower(…)` is a function, and none are known in conditions, at character 1"},
        {"order = 1",
         "`order` is a word of SQL; for a column of that name write \"order\", at character 1"},
        {"a = 5x",
         "a number is followed by something else; put a blank between, or quotes around a name or "
         "a text, at character 5"},
        {"a = 1e", "a number has no digits after its `e`, at character 5"},
        {"a = 1e999", "`1e999` is too large a number, at character 5"},
        {"a = - b", "`b` stands where a number after its sign is missing, at character 7"},
        {"a = 1 -- all", "`--` would begin a comment, at character 7"},
        {"a = 1; b", "`;` is not known in conditions, at character 6"},
        {"a + 1 = 2", "`+` stands where `and`, `or` or the end is missing, at character 3"},
        {"größe ~ 1", "`~` is not known in conditions, at character 7"},
        {"a = \x01", "it holds a control character, at character 5"},
        {"\"\" = 1", "`` stands where a name is missing, at character 1"},
        {"a\xff = 1", "it is not valid UTF-8"},
    };
    struct pl_arena arena;

    (void)state;
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct pl_condition *condition = NULL;
        struct pl_error error = {0};

        assert_int_equal(
            pl_condition_compile(pl_str_of(CASES[i].condition), &arena, &condition, &error),
            PL_E_LINE);
        assert_string_equal(error.message, CASES[i].message);
        assert_null(condition);
    }
    pl_arena_deinit(&arena);
}

static void depth_and_size_are_bounded(void **state)
{
    static char deep[PL_CONDITION_SIZE_BYTES_MAX + 64];
    struct pl_condition *condition = NULL;
    struct pl_error error = {0};
    struct pl_arena arena;

    (void)state;
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    for (size_t depth = PL_CONDITION_DEPTH_MAX; depth <= PL_CONDITION_DEPTH_MAX + 1; depth++) {
        memset(deep, '(', depth);
        deep[depth] = 'a';
        memset(deep + depth + 1, ')', depth);
        assert_int_equal(
            pl_condition_compile((struct pl_str){deep, 2 * depth + 1}, &arena, &condition, &error),
            depth > PL_CONDITION_DEPTH_MAX ? PL_E_LINE : PL_OK);
    }
    assert_string_equal(error.message, "it is nested deeper than 64 levels, at character 65");
    /* A long row of `or`, and of `not`, is no depth. */
    for (size_t i = 0; i + 6 < PL_CONDITION_SIZE_BYTES_MAX; i += 5)
        memcpy(deep + i, "1 or ", 5);
    deep[8190] = '1';
    assert_int_equal(pl_condition_compile((struct pl_str){deep, 8191}, &arena, &condition, &error),
                     PL_OK);
    assert_true(pl_condition_holds(condition, column_of, NULL));
    for (size_t i = 0; i + 4 < PL_CONDITION_SIZE_BYTES_MAX; i += 4)
        memcpy(deep + i, "not ", 4);
    deep[8188] = '1';
    assert_int_equal(pl_condition_compile((struct pl_str){deep, 8189}, &arena, &condition, &error),
                     PL_OK);
    assert_false(pl_condition_holds(condition, column_of, NULL));
    memset(deep, ' ', sizeof deep);
    assert_int_equal(pl_condition_compile((struct pl_str){deep, PL_CONDITION_SIZE_BYTES_MAX + 1},
                                          &arena, &condition, &error),
                     PL_E_LINE);
    pl_arena_deinit(&arena);
}

static void columns_are_named_once_each(void **state)
{
    static const char *const EXPECTED[] = {"b", "a.c", "d e", "B"};
    struct pl_condition *condition = NULL;
    struct pl_error error = {0};
    struct pl_arena arena;
    size_t count = 0;

    (void)state;
    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    assert_int_equal(
        pl_condition_compile(PL_STR("b = 1 or a.c in (b, \"d e\") and B like 'x' or b is null"),
                             &arena, &condition, &error),
        PL_OK);

    const struct pl_str *columns = pl_condition_columns(condition, &count);

    assert_int_equal(count, sizeof EXPECTED / sizeof *EXPECTED);
    for (size_t i = 0; i < count; i++)
        assert_true(pl_str_equal_text(columns[i], EXPECTED[i]));
    pl_arena_deinit(&arena);
}

/* With every size of memory the compiler succeeds, or says that there was not enough. */
static void running_out_of_memory_is_said(void **state)
{
    size_t refused = 0;

    (void)state;
    for (size_t size = 0; size < 6000; size += 16) {
        struct pl_condition *condition = NULL;
        struct pl_error error = {0};
        struct pl_arena arena;

        pl_arena_init(&arena, size);

        const enum pl_status status = pl_condition_compile(
            PL_STR("a = 'x' and b like '%a_%' escape '!' or c in (1, d, \"e\") and f is null or g"),
            &arena, &condition, &error);

        assert_true(status == PL_OK || status == PL_E_LIMIT);
        refused += status != PL_OK;
        pl_arena_deinit(&arena);
    }
    assert_true(refused > 10 && refused < 375);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_condition_holds_when_it_is_true),
        cmocka_unit_test(what_is_wrong_is_named_with_its_character),
        cmocka_unit_test(depth_and_size_are_bounded),
        cmocka_unit_test(columns_are_named_once_each),
        cmocka_unit_test(running_out_of_memory_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

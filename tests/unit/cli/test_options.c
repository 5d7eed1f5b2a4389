/* Reading arguments: every way to write an option, and every way to get it wrong. */
#include "cli/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

struct settings {
    const char *file;
    const char *other;
    bool flag;
    uint32_t format;
    double number;
    uint64_t integer;
    const char *text;
    const char *implied;
    struct pl_texts texts;
};

static const char *const FORMATS[] = {"text", "json", NULL};

static const struct pl_option OPTIONS[] = {
    {
        .name = "flag",
        .letter = 'g',
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct settings, flag),
        .help = "A flag.",
    },
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = offsetof(struct settings, format),
        .help = "A choice.",
    },
    {.name = "json", .type = PL_OPTION_ALIAS, .initial = "format=json", .help = "An alias."},
    {
        .name = "number",
        .type = PL_OPTION_NUMBER,
        .argument = "X",
        .minimum = -1.0,
        .maximum = 1.0,
        .initial = "0.5",
        .offset = offsetof(struct settings, number),
        .help = "A number.",
    },
    {
        .name = "integer",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .minimum = 1.0,
        .maximum = 100.0,
        .initial = "7",
        .offset = offsetof(struct settings, integer),
        .help = "A whole number.",
    },
    {
        .name = "text",
        .letter = 't',
        .type = PL_OPTION_TEXT,
        .argument = "TEXT",
        .offset = offsetof(struct settings, text),
        .help = "A text.",
    },
    {
        .name = "by",
        .letter = 'b',
        .type = PL_OPTION_TEXTS,
        .argument = "SEGMENT",
        .offset = offsetof(struct settings, texts),
        .help = "Several texts.",
    },
    {
        .name = "search",
        .type = PL_OPTION_TEXT,
        .argument = "METRIC",
        .implied = "usual",
        .offset = offsetof(struct settings, implied),
        .help = "A text that may be left out.",
    },
    {.name = "secret",
     .type = PL_OPTION_FLAG,
     .offset = offsetof(struct settings, flag),
     .help = "",
     .hidden = true},
    {0},
};

static const struct pl_operand OPERANDS[] = {
    {.name = "FILE",
     .required = true,
     .offset = offsetof(struct settings, file),
     .help = "The file."},
    {.name = "OTHER",
     .initial = "other",
     .offset = offsetof(struct settings, other),
     .help = "Another."},
    {0},
};

static const struct pl_command COMMAND = {.name = "test", .operands = OPERANDS, .options = OPTIONS};

/* What a parse gave. */
struct result {
    _Alignas(max_align_t) char bytes[PL_SETTINGS_SIZE_BYTES_MAX];
    const struct settings *settings;
    struct pl_common common;
    struct pl_error error;
    enum pl_status status;
};

#define PARSE(result, ...)                                                                         \
    parse(result, (const char *const[]){__VA_ARGS__},                                              \
          sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

static void parse(struct result *result, const char *const *items, size_t count)
{
    memset(result, 0xa5, sizeof *result);
    result->error = (struct pl_error){0};
    result->settings = (const void *)result->bytes;
    result->status = pl_options_parse(&COMMAND, (struct pl_arguments){items, count}, result->bytes,
                                      &result->common, &result->error);
}

#define assert_wrong(words, ...)                                                                   \
    do {                                                                                           \
        struct result wrong_;                                                                      \
        PARSE(&wrong_, __VA_ARGS__);                                                               \
        assert_int_equal(wrong_.status, PL_E_USAGE);                                               \
        if (strstr(wrong_.error.message, words) == NULL)                                           \
            fail_msg("\"%s\" does not say \"%s\"", wrong_.error.message, words);                   \
    } while (0)

static void defaults_are_as_if_they_were_typed(void **state)
{
    struct result r;

    (void)state;
    PARSE(&r, "a.csv");
    assert_int_equal(r.status, PL_OK);
    assert_string_equal(r.settings->file, "a.csv");
    assert_string_equal(r.settings->other, "other");
    assert_false(r.settings->flag);
    assert_int_equal(r.settings->format, 0);
    assert_true(r.settings->number == 0.5);
    assert_int_equal(r.settings->integer, 7);
    assert_null(r.settings->text);
    assert_int_equal(r.settings->texts.count, 0);
    assert_int_equal(r.common.color, PL_COLOR_AUTO);
    assert_false(r.common.help);
}

static void a_value_may_follow_or_be_joined(void **state)
{
    struct result r;

    (void)state;
    PARSE(&r, "--format", "json", "a.csv", "--number=-0.25", "-t", "x", "-bA", "--by=B", "-g",
          "--integer", "1_0", "b.csv", "--color=never");
    assert_int_equal(r.status, PL_OK);
    assert_int_equal(r.settings->format, 1);
    assert_true(r.settings->number == -0.25);
    assert_string_equal(r.settings->text, "x");
    assert_int_equal(r.settings->texts.count, 2);
    assert_string_equal(r.settings->texts.items[0], "A");
    assert_string_equal(r.settings->texts.items[1], "B");
    assert_true(r.settings->flag);
    assert_int_equal(r.settings->integer, 10);
    assert_string_equal(r.settings->other, "b.csv");
    assert_int_equal(r.common.color, PL_COLOR_NEVER);
}

static void a_negative_number_is_a_value(void **state)
{
    struct result r;

    (void)state;
    PARSE(&r, "a", "--number", "-1");
    assert_int_equal(r.status, PL_OK);
    assert_true(r.settings->number == -1.0);
}

static void a_value_that_may_be_left_out_is_joined(void **state)
{
    struct result r;

    (void)state;
    PARSE(&r, "a");
    assert_null(r.settings->implied);
    PARSE(&r, "--search", "a", "b");
    assert_int_equal(r.status, PL_OK);
    assert_string_equal(r.settings->implied, "usual");
    assert_string_equal(r.settings->file, "a");
    PARSE(&r, "a", "--search=x", "b");
    assert_string_equal(r.settings->implied, "x");
    assert_string_equal(r.settings->other, "b");
    assert_wrong("`--search` is empty", "a", "--search=");
    assert_wrong("is given twice", "a", "--search", "--search=x");
    assert_wrong("joined with `=`: `--search=METRIC`", "--search", "x", "a", "b");
}

static void behind_two_dashes_all_is_operand(void **state)
{
    struct result r;

    (void)state;
    PARSE(&r, "--", "--format", "-");
    assert_int_equal(r.status, PL_OK);
    assert_string_equal(r.settings->file, "--format");
    assert_string_equal(r.settings->other, "-");
}

static void an_alias_stands_for_its_option(void **state)
{
    struct result r;

    (void)state;
    PARSE(&r, "a", "--json");
    assert_int_equal(r.settings->format, 1);
    assert_wrong("`--format` is given twice", "a", "--json", "--format", "text");
    assert_wrong("`--json` takes no value", "a", "--json=1");
}

static void an_unknown_option_names_the_nearest(void **state)
{
    (void)state;
    assert_wrong("unknown option `--formt`; did you mean `--format`?", "a", "--formt", "json");
    assert_wrong("unknown option `--formt`; did you mean `--format`?", "a", "--formt=json");
    assert_wrong("did you mean `--help`?", "--hepl");
    assert_wrong("unknown option `--quite-another`; `plimsoll test --help`", "--quite-another");
    assert_wrong("unknown option `-z`", "-z");
    assert_wrong("unknown option `--secre`; `plimsoll", "--secre");
}

static void a_value_out_of_bounds_says_what_is_right(void **state)
{
    (void)state;
    assert_wrong("`--number` is `2`; must be a number from -1 to 1", "a", "--number", "2");
    assert_wrong("`--number` is `nan`", "a", "--number", "nan");
    assert_wrong("`--number` is ``", "a", "--number=");
    assert_wrong("`--integer` is `0`; must be a whole number from 1 to 100", "a", "--integer", "0");
    assert_wrong("`--integer` is `1.5`", "a", "--integer", "1.5");
    assert_wrong("`--integer` is `99999999999999999999999`", "a", "--integer",
                 "99999999999999999999999");
    assert_wrong("must be text or json; did you mean `json`?", "a", "--format", "jsno");
    assert_wrong("`--format` is `xml`; must be text or json", "a", "--format", "xml");
    assert_wrong("`--text` is empty", "a", "--text=");
}

static void a_missing_value_is_not_taken_from_the_next_option(void **state)
{
    (void)state;
    assert_wrong("`--text` needs a value before `--flag`: TEXT; if that is the value, write "
                 "`--text=--flag`",
                 "a", "--text", "--flag");
    assert_wrong("`--text` needs a value: TEXT", "a", "--text");
    assert_wrong("`--format` needs a value: text or json", "a", "-f");
    assert_wrong("`--flag` takes no value", "a", "--flag=yes");
}

static void an_option_given_twice_is_an_error(void **state)
{
    (void)state;
    assert_wrong("`--text` is given twice", "a", "-tx", "--text", "y");
    assert_wrong("`--color` is given twice", "a", "--color=never", "--color=always");
}

static void operands_are_counted(void **state)
{
    struct result r;

    (void)state;
    assert_wrong("`plimsoll test` needs FILE: The file.", "--flag");
    assert_wrong("unexpected argument `c`; `plimsoll test`", "a", "b", "c");
    assert_wrong("FILE is empty", "");
    PARSE(&r, "--help");
    assert_int_equal(r.status, PL_OK);
    assert_true(r.common.help);
}

static void more_texts_than_there_is_room_for_are_an_error(void **state)
{
    const char *items[PL_OPTION_TEXTS_MAX + 2];
    struct result r;

    (void)state;
    items[0] = "a";
    for (size_t i = 1; i < PL_OPTION_TEXTS_MAX + 2; i++)
        items[i] = "--by=x";
    parse(&r, items, PL_OPTION_TEXTS_MAX + 1);
    assert_int_equal(r.status, PL_OK);
    parse(&r, items, PL_OPTION_TEXTS_MAX + 2);
    assert_int_equal(r.status, PL_E_USAGE);
}

static const struct pl_command GATE = {.name = "gate"};
static const struct pl_command VERIFY = {.name = "ledger verify"};
static const struct pl_command SHOW = {.name = "ledger show"};
static const struct pl_command *const COMMANDS[] = {&GATE, &VERIFY, &SHOW, NULL};

static enum pl_status find(const char *first, const char *second, const struct pl_command **ret,
                           struct pl_error *error)
{
    const char *const items[] = {first, second};
    size_t words = 0;

    return pl_command_find(COMMANDS, (struct pl_arguments){items, second == NULL ? 1 : 2}, ret,
                           &words, error);
}

static void commands_are_found_by_one_word_or_two(void **state)
{
    const struct pl_command *command = NULL;
    struct pl_error error = {0};

    (void)state;
    assert_int_equal(find("gate", "x.yaml", &command, &error), PL_OK);
    assert_ptr_equal(command, &GATE);
    assert_int_equal(find("ledger", "show", &command, &error), PL_OK);
    assert_ptr_equal(command, &SHOW);
    assert_int_equal(find("gaet", NULL, &command, &error), PL_E_USAGE);
    assert_non_null(strstr(error.message, "did you mean `gate`?"));
    assert_int_equal(find("ledger", NULL, &command, &error), PL_E_USAGE);
    assert_non_null(strstr(error.message, "verify or show"));
    assert_int_equal(find("ledger", "gate", &command, &error), PL_E_USAGE);
    assert_non_null(strstr(error.message, "knows no `gate`"));
    assert_int_equal(find("ledge", "show", &command, &error), PL_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_as_if_they_were_typed),
        cmocka_unit_test(a_value_may_follow_or_be_joined),
        cmocka_unit_test(a_negative_number_is_a_value),
        cmocka_unit_test(behind_two_dashes_all_is_operand),
        cmocka_unit_test(a_value_that_may_be_left_out_is_joined),
        cmocka_unit_test(an_alias_stands_for_its_option),
        cmocka_unit_test(an_unknown_option_names_the_nearest),
        cmocka_unit_test(a_value_out_of_bounds_says_what_is_right),
        cmocka_unit_test(a_missing_value_is_not_taken_from_the_next_option),
        cmocka_unit_test(an_option_given_twice_is_an_error),
        cmocka_unit_test(operands_are_counted),
        cmocka_unit_test(more_texts_than_there_is_room_for_are_an_error),
        cmocka_unit_test(commands_are_found_by_one_word_or_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

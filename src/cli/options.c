/*
 * Reading arguments by the tables of rows: `--name value`, `--name=value`, `-n value`, `-nvalue`,
 * and
 * `--`, behind which everything is an operand. A value that begins with two dashes must be joined
 * with `=`, so that a forgotten value is noticed.
 */
#include "cli/options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static const char *const COLORS[] = {"auto", "always", "never", NULL};

const struct pl_option PL_COMMON_OPTIONS[] = {
    {
        .name = "color",
        .type = PL_OPTION_CHOICE,
        .argument = "WHEN",
        .choices = COLORS,
        .initial = "auto",
        .offset = offsetof(struct pl_common, color),
        .help = "Colour the output: auto (on a terminal), always or never. NO_COLOR and "
                "CLICOLOR_FORCE are honoured while it is auto.",
    },
    {
        .name = "help",
        .letter = 'h',
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct pl_common, help),
        .help = "Say how the command is used.",
    },
    {0},
};

/* A parse under way: which rows of each table were seen, and how many operands. */
struct parse {
    const struct pl_command *command;
    void *settings;
    struct pl_common *common;
    uint64_t seen[2]; /* bits: of the command's rows, of the common rows */
    size_t operands_count;
    const struct pl_option *alone; /* the last option that was given without its value, or NULL */
    struct pl_error *error;
};

/* An option of the command line: its row, where its value goes, and the value if joined to it. */
struct match {
    const struct pl_option *row;
    void *base;
    uint64_t *seen;
    uint64_t bit;
    const char *value; /* NULL: not joined */
};

static const struct pl_option *table_of(const struct parse *parse, size_t which)
{
    return which == 0 ? parse->command->options : PL_COMMON_OPTIONS;
}

static struct match match_row(struct parse *parse, size_t which, size_t index)
{
    assert(index < PL_OPTIONS_MAX);
    return (struct match){
        .row = table_of(parse, which) + index,
        .base = which == 0 ? parse->settings : (void *)parse->common,
        .seen = &parse->seen[which],
        .bit = (uint64_t)1 << index,
    };
}

static bool find_name(struct parse *parse, struct pl_str name, struct match *ret_match)
{
    for (size_t which = 0; which < 2; which++) {
        const struct pl_option *rows = table_of(parse, which);

        for (size_t i = 0; rows[i].name != NULL; i++)
            if (pl_str_equal_text(name, rows[i].name)) {
                *ret_match = match_row(parse, which, i);
                return true;
            }
    }
    return false;
}

static bool find_letter(struct parse *parse, char letter, struct match *ret_match)
{
    for (size_t which = 0; which < 2; which++) {
        const struct pl_option *rows = table_of(parse, which);

        for (size_t i = 0; rows[i].name != NULL; i++)
            if (rows[i].letter == letter) {
                *ret_match = match_row(parse, which, i);
                return true;
            }
    }
    return false;
}

static enum pl_status unknown_option(struct parse *parse, struct pl_str name)
{
    const char *names[2 * PL_OPTIONS_MAX];
    size_t count = 0;

    for (size_t which = 0; which < 2; which++) {
        const struct pl_option *rows = table_of(parse, which);

        for (size_t i = 0; rows[i].name != NULL; i++)
            if (!rows[i].hidden)
                names[count++] = rows[i].name;
    }

    const char *nearest = pl_str_nearest(name, names, count);

    if (nearest != NULL)
        return pl_error_set(parse->error, PL_E_USAGE,
                            "unknown option `--%.*s`; did you mean `--%s`?", PL_STR_ARG(name),
                            nearest);
    return pl_error_set(parse->error, PL_E_USAGE,
                        "unknown option `--%.*s`; `plimsoll %s --help` lists the options",
                        PL_STR_ARG(name), parse->command->name);
}

/* "text, json or markdown" */
static void list_choices(const char *const *choices, char *ret_text, size_t size_bytes)
{
    size_t used = 0;

    ret_text[0] = '\0';
    for (size_t i = 0; choices[i] != NULL && used < size_bytes; i++) {
        const char *between = i == 0 ? "" : choices[i + 1] == NULL ? " or " : ", ";
        const int wrote = snprintf(ret_text + used, size_bytes - used, "%s%s", between, choices[i]);

        used += wrote > 0 ? (size_t)wrote : 0;
    }
}

static enum pl_status store_choice(const struct pl_option *row, const char *value, uint32_t *field,
                                   struct pl_error *error)
{
    char choices[256];
    size_t count = 0;

    for (; row->choices[count] != NULL; count++)
        if (strcmp(value, row->choices[count]) == 0) {
            *field = (uint32_t)count;
            return PL_OK;
        }
    list_choices(row->choices, choices, sizeof choices);

    const char *nearest = pl_str_nearest(pl_str_of(value), row->choices, count);

    if (nearest != NULL)
        return pl_error_set(error, PL_E_USAGE,
                            "`--%s` is `%s`, which must be %s; did you mean `%s`?", row->name,
                            value, choices, nearest);
    return pl_error_set(error, PL_E_USAGE, "`--%s` is `%s`; must be %s", row->name, value, choices);
}

static enum pl_status store_number(const struct pl_option *row, const char *value, double *field,
                                   struct pl_error *error)
{
    double number = 0.0;

    if (!pl_str_to_double(pl_str_of(value), &number) || number < row->minimum ||
        number > row->maximum)
        return pl_error_set(error, PL_E_USAGE,
                            "`--%s` is `%s`; must be a number from %.10g to %.10g", row->name,
                            value, row->minimum, row->maximum);
    *field = number;
    return PL_OK;
}

static enum pl_status store_integer(const struct pl_option *row, const char *value, uint64_t *field,
                                    struct pl_error *error)
{
    uint64_t number = 0;

    if (!pl_str_to_uint64(pl_str_of(value), &number) || (double)number < row->minimum ||
        (double)number > row->maximum)
        return pl_error_set(error, PL_E_USAGE,
                            "`--%s` is `%s`; must be a whole number from %.0f to %.0f", row->name,
                            value, row->minimum, row->maximum);
    *field = number;
    return PL_OK;
}

static enum pl_status store_texts(const struct pl_option *row, const char *value,
                                  struct pl_texts *texts, struct pl_error *error)
{
    if (texts->count == PL_OPTION_TEXTS_MAX)
        return pl_error_set(error, PL_E_USAGE, "`--%s` is given more than %d times, its limit",
                            row->name, PL_OPTION_TEXTS_MAX);
    texts->items[texts->count++] = value;
    return PL_OK;
}

/* Puts a value into the field of its row; `value` is not read for a flag. */
static enum pl_status store(const struct pl_option *row, void *base, const char *value,
                            struct pl_error *error)
{
    void *field = (char *)base + row->offset;

    assert(row->type != PL_OPTION_ALIAS); /* it has no field */
    switch (row->type) {
    case PL_OPTION_FLAG:
        *(bool *)field = true;
        return PL_OK;
    case PL_OPTION_TEXT:
        if (value[0] == '\0')
            return pl_error_set(error, PL_E_USAGE, "`--%s` is empty; must be %s", row->name,
                                row->argument);
        *(const char **)field = value;
        return PL_OK;
    case PL_OPTION_TEXTS:
        return store_texts(row, value, field, error);
    case PL_OPTION_CHOICE:
        return store_choice(row, value, field, error);
    case PL_OPTION_NUMBER:
        return store_number(row, value, field, error);
    case PL_OPTION_INTEGER:
        return store_integer(row, value, field, error);
    case PL_OPTION_ALIAS:
        break;
    }
    return PL_OK;
}

static bool takes_value(const struct pl_option *row)
{
    return row->type != PL_OPTION_FLAG && row->type != PL_OPTION_ALIAS;
}

/* Stores, and refuses a second value where there may be one only. */
static enum pl_status store_once(struct parse *parse, const struct match *match, const char *value)
{
    if ((*match->seen & match->bit) != 0 && match->row->type != PL_OPTION_TEXTS &&
        match->row->type != PL_OPTION_FLAG)
        return pl_error_set(parse->error, PL_E_USAGE, "`--%s` is given twice", match->row->name);
    *match->seen |= match->bit;
    return store(match->row, match->base, value, parse->error);
}

/* `--json` for `--format json`: the row's `initial` names the option and its value. */
static enum pl_status store_alias(struct parse *parse, const struct pl_option *row)
{
    const char *equals = strchr(row->initial, '=');
    struct match match = {0};

    assert(equals != NULL);

    const struct pl_str name = {row->initial, (size_t)(equals - row->initial)};
    const bool found = find_name(parse, name, &match);

    assert(found);
    (void)found;
    return store_once(parse, &match, equals + 1);
}

static enum pl_status missing_value(struct parse *parse, const struct pl_option *row,
                                    const char *next)
{
    char choices[256] = "";

    if (row->type == PL_OPTION_CHOICE)
        list_choices(row->choices, choices, sizeof choices);
    if (next != NULL)
        return pl_error_set(parse->error, PL_E_USAGE,
                            "`--%s` needs a value before `%s`: %s; if that is the value, write "
                            "`--%s=%s`",
                            row->name, next, choices[0] != '\0' ? choices : row->argument,
                            row->name, next);
    return pl_error_set(parse->error, PL_E_USAGE, "`--%s` needs a value: %s", row->name,
                        choices[0] != '\0' ? choices : row->argument);
}

/* Takes the option `match`, and the next argument when its value is there; moves `at` behind both.
 */
static enum pl_status take_option(struct parse *parse, const struct match *match,
                                  struct pl_arguments arguments, size_t *at)
{
    const char *value = match->value;

    (*at)++;
    if (!takes_value(match->row)) {
        if (value != NULL)
            return pl_error_set(parse->error, PL_E_USAGE, "`--%s` takes no value",
                                match->row->name);
        if (match->row->type == PL_OPTION_ALIAS)
            return store_alias(parse, match->row);
        return store_once(parse, match, NULL);
    }
    if (value == NULL && match->row->implied != NULL) {
        value = match->row->implied;
        parse->alone = match->row;
    }
    if (value == NULL) {
        const char *next = *at < arguments.count ? arguments.items[*at] : NULL;

        if (next == NULL || strncmp(next, "--", 2) == 0)
            return missing_value(parse, match->row, next);
        value = next;
        (*at)++;
    }
    return store_once(parse, match, value);
}

static enum pl_status take_long(struct parse *parse, struct pl_arguments arguments, size_t *at)
{
    const char *text = arguments.items[*at] + 2;
    const char *equals = strchr(text, '=');
    const struct pl_str name = {text, equals == NULL ? strlen(text) : (size_t)(equals - text)};
    struct match match = {0};

    if (!find_name(parse, name, &match))
        return unknown_option(parse, name);
    match.value = equals == NULL ? NULL : equals + 1;
    return take_option(parse, &match, arguments, at);
}

static enum pl_status take_short(struct parse *parse, struct pl_arguments arguments, size_t *at)
{
    const char *text = arguments.items[*at] + 1;
    struct match match = {0};

    if (!find_letter(parse, text[0], &match))
        return pl_error_set(parse->error, PL_E_USAGE,
                            "unknown option `-%s`; `plimsoll %s --help` lists the options", text,
                            parse->command->name);
    match.value = text[1] == '\0' ? NULL : text + 1;
    return take_option(parse, &match, arguments, at);
}

static enum pl_status take_operand(struct parse *parse, const char *text)
{
    const struct pl_operand *row = parse->command->operands + parse->operands_count;

    if (row->name == NULL && parse->operands_count == 0)
        return pl_error_set(parse->error, PL_E_USAGE,
                            "unexpected argument `%s`; `plimsoll %s` takes options only", text,
                            parse->command->name);
    if (row->name == NULL && parse->alone != NULL)
        return pl_error_set(
            parse->error, PL_E_USAGE,
            "unexpected argument `%s`; `plimsoll %s` takes one %s, and `--%s` takes "
            "its value joined with `=`: `--%s=%s`",
            text, parse->command->name, row[-1].name, parse->alone->name, parse->alone->name,
            parse->alone->argument);
    if (row->name == NULL)
        return pl_error_set(parse->error, PL_E_USAGE,
                            "unexpected argument `%s`; `plimsoll %s` takes one %s", text,
                            parse->command->name, row[-1].name);
    if (text[0] == '\0')
        return pl_error_set(parse->error, PL_E_USAGE, "%s is empty", row->name);
    *(const char **)((char *)parse->settings + row->offset) = text;
    parse->operands_count++;
    return PL_OK;
}

/* The defaults are read by the same functions as what a person types; they cannot be wrong. */
static void store_initials(struct parse *parse)
{
    for (size_t which = 0; which < 2; which++) {
        const struct pl_option *rows = table_of(parse, which);

        for (size_t i = 0; rows[i].name != NULL; i++) {
            if (rows[i].initial == NULL || rows[i].type == PL_OPTION_ALIAS)
                continue;

            const enum pl_status status =
                store(rows + i, match_row(parse, which, i).base, rows[i].initial, NULL);

            assert(status == PL_OK);
            (void)status;
        }
    }
    for (const struct pl_operand *row = parse->command->operands; row->name != NULL; row++)
        *(const char **)((char *)parse->settings + row->offset) = row->initial;
}

static enum pl_status take_all(struct parse *parse, struct pl_arguments arguments)
{
    bool options_end = false;
    size_t at = 0;

    while (at < arguments.count) {
        const char *text = arguments.items[at];

        if (options_end || text[0] != '-' || text[1] == '\0') {
            PL_RETURN_IF(take_operand(parse, text));
            at++;
        } else if (strcmp(text, "--") == 0) {
            options_end = true;
            at++;
        } else if (text[1] == '-') {
            PL_RETURN_IF(take_long(parse, arguments, &at));
        } else {
            PL_RETURN_IF(take_short(parse, arguments, &at));
        }
    }
    return PL_OK;
}

enum pl_status pl_options_parse(const struct pl_command *command, struct pl_arguments arguments,
                                void *settings, struct pl_common *common, struct pl_error *error)
{
    struct parse parse = {
        .command = command, .settings = settings, .common = common, .error = error};

    memset(settings, 0, PL_SETTINGS_SIZE_BYTES_MAX);
    *common = (struct pl_common){0};
    store_initials(&parse);
    PL_RETURN_IF(take_all(&parse, arguments));
    common->given = parse.seen[0];

    const struct pl_operand *next = command->operands + parse.operands_count;

    if (!common->help && next->name != NULL && next->required)
        return pl_error_set(error, PL_E_USAGE, "`plimsoll %s` needs %s: %s", command->name,
                            next->name, next->help);
    return PL_OK;
}

bool pl_option_given(const struct pl_call *call, const char *name)
{
    const struct pl_option *rows = call->command->options;
    size_t i = 0;

    while (rows[i].name != NULL && strcmp(rows[i].name, name) != 0)
        i++;
    assert(rows[i].name != NULL);
    return (call->given >> i & 1u) != 0;
}

/* Whether the command's name is what the arguments begin with; then how many of them it takes. */
static bool name_matches(const char *name, struct pl_arguments arguments, size_t *ret_words)
{
    const char *blank = strchr(name, ' ');
    const struct pl_str first = {name, blank == NULL ? strlen(name) : (size_t)(blank - name)};

    if (!pl_str_equal_text(first, arguments.items[0]))
        return false;
    if (blank != NULL && (arguments.count < 2 || strcmp(arguments.items[1], blank + 1) != 0))
        return false;
    *ret_words = blank == NULL ? 1 : 2;
    return true;
}

/* Collects names: of whole commands, or the second words of those whose first is `first`. */
static size_t collect_names(pl_commands commands, const char *first, const char **ret_names,
                            size_t names_max)
{
    size_t count = 0;

    for (; *commands != NULL && count < names_max; commands++) {
        const char *name = (*commands)->name;
        const size_t length = first == NULL ? 0 : strlen(first);

        if (first == NULL && !(*commands)->hidden)
            ret_names[count++] = name;
        else if (first != NULL && strncmp(name, first, length) == 0 && name[length] == ' ')
            ret_names[count++] = name + length + 1;
    }
    return count;
}

static enum pl_status unknown_second_word(struct pl_arguments arguments, const char **names,
                                          size_t count, struct pl_error *error)
{
    char choices[256];

    names[count] = NULL;
    list_choices(names, choices, sizeof choices);
    if (arguments.count < 2)
        return pl_error_set(error, PL_E_USAGE, "`plimsoll %s` needs a second word: %s",
                            arguments.items[0], choices);
    return pl_error_set(error, PL_E_USAGE, "`plimsoll %s` knows no `%s`; it knows %s",
                        arguments.items[0], arguments.items[1], choices);
}

/* The command with the longest name that matches: `eval` is one, and so is `eval rate`. */
static bool find_longest(pl_commands commands, struct pl_arguments arguments,
                         const struct pl_command **ret_command, size_t *ret_words)
{
    size_t longest = 0;
    size_t words = 0;

    for (size_t i = 0; commands[i] != NULL; i++)
        if (name_matches(commands[i]->name, arguments, &words) && words > longest) {
            *ret_command = commands[i];
            longest = words;
        }
    if (longest > 0)
        *ret_words = longest;
    return longest > 0;
}

enum pl_status pl_command_find(pl_commands commands, struct pl_arguments arguments,
                               const struct pl_command **ret_command, size_t *ret_words,
                               struct pl_error *error)
{
    const char *names[PL_OPTIONS_MAX + 1];

    assert(arguments.count > 0);
    if (find_longest(commands, arguments, ret_command, ret_words))
        return PL_OK;

    const size_t seconds = collect_names(commands, arguments.items[0], names, PL_OPTIONS_MAX);

    if (seconds > 0)
        return unknown_second_word(arguments, names, seconds, error);

    const size_t count = collect_names(commands, NULL, names, PL_OPTIONS_MAX);
    const char *nearest = pl_str_nearest(pl_str_of(arguments.items[0]), names, count);

    if (nearest != NULL)
        return pl_error_set(error, PL_E_USAGE, "unknown command `%s`; did you mean `%s`?",
                            arguments.items[0], nearest);
    return pl_error_set(error, PL_E_USAGE, "unknown command `%s`; `plimsoll help` lists them",
                        arguments.items[0]);
}

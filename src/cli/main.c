/*
 * The program: a table of commands. It reads what stands before the command, finds the command's
 * row, reads the rest by that row's options, and runs it.
 */
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/screen.h"

#include <locale.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

static const struct pl_command *const COMMANDS[] = {
    &PL_COMMAND_INIT,        &PL_COMMAND_CHECK,         &PL_COMMAND_AUDIT,
    &PL_COMMAND_EVAL,        &PL_COMMAND_EVAL_RATE,     &PL_COMMAND_EVAL_IMPORT,
    &PL_COMMAND_GATE,        &PL_COMMAND_REPORT,        &PL_COMMAND_THRESHOLD,
    &PL_COMMAND_CARD,        &PL_COMMAND_SERVE,         &PL_COMMAND_FLAG,
    &PL_COMMAND_FLAG_SHOW,   &PL_COMMAND_FLAG_OFF,      &PL_COMMAND_FLAG_ON,
    &PL_COMMAND_FLAG_SHARE,  &PL_COMMAND_FLAG_STAGE,    &PL_COMMAND_FLAG_ADVANCE,
    &PL_COMMAND_FLAG_SLICE,  &PL_COMMAND_ROUTE_FIT,     &PL_COMMAND_KEY_MAKE,
    &PL_COMMAND_KEY_LIST,    &PL_COMMAND_KEY_REVOKE,    &PL_COMMAND_IMPORT_OUTCOMES,
    &PL_COMMAND_SIGN,        &PL_COMMAND_LEDGER_VERIFY, &PL_COMMAND_LEDGER_SHOW,
    &PL_COMMAND_LEDGER_HEAD, &PL_COMMAND_LEDGER_LOAD,   &PL_COMMAND_MEASURES,
    &PL_COMMAND_HELP,        &PL_COMMAND_COMPLETION,    NULL,
};

/* What may stand before a command, besides the options that every command takes. */
struct top_settings {
    bool version;
};

static const struct pl_option TOP_OPTIONS[] = {
    {
        .name = "version",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct top_settings, version),
        .help = "Say which version this is.",
    },
    {0},
};

static const struct pl_operand NO_OPERANDS[] = {{0}};

static const struct pl_command TOP = {
    .name = "COMMAND", .operands = NO_OPERANDS, .options = TOP_OPTIONS};

/* How many arguments come before the command: options, and the value of --color. */
static size_t leading_count(struct pl_arguments arguments)
{
    size_t at = 0;

    while (at < arguments.count && arguments.items[at][0] == '-')
        at += strcmp(arguments.items[at], "--color") == 0 && at + 1 < arguments.count ? 2 : 1;
    return at;
}

static int print_version(void)
{
    struct pl_buffer out;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_buffer_add_text(&out, "plimsoll " PL_VERSION "\n");

    const int exit_code = pl_screen_finish(&out, PL_EXIT_YES);

    pl_buffer_deinit(&out);
    return exit_code;
}

/* The help of one command, or of all when `command` is NULL. */
static int print_help(const struct pl_command *command, struct pl_style style)
{
    struct pl_buffer out;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);

    struct pl_page page = pl_page_of(&out, style);

    if (command == NULL)
        pl_help_overview(COMMANDS, &page);
    else
        pl_help_command(command, &page);

    const int exit_code = pl_screen_finish(&out, PL_EXIT_YES);

    pl_buffer_deinit(&out);
    return exit_code;
}

static bool is_help(const char *text)
{
    return strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0;
}

/* `plimsoll ledger --help`: the first word of several commands, which all say how they are used. */
static bool is_help_for_group(struct pl_arguments arguments)
{
    const size_t length = strlen(arguments.items[0]);

    if (arguments.count < 2 || !is_help(arguments.items[1]))
        return false;
    for (size_t i = 0; COMMANDS[i] != NULL; i++)
        if (strcmp(COMMANDS[i]->name, arguments.items[0]) == 0)
            return false; /* a command of its own, which has its own help */
    for (size_t i = 0; COMMANDS[i] != NULL; i++)
        if (strncmp(COMMANDS[i]->name, arguments.items[0], length) == 0 &&
            COMMANDS[i]->name[length] == ' ')
            return true;
    return false;
}

static int run_command(struct pl_arguments arguments, struct pl_common before)
{
    _Alignas(max_align_t) char settings[PL_SETTINGS_SIZE_BYTES_MAX];
    const struct pl_command *command = NULL;
    struct pl_common common = {0};
    struct pl_error error = {0};
    size_t words = 0;

    if (is_help_for_group(arguments))
        return print_help(NULL, pl_screen_style(before.color));
    if (pl_command_find(COMMANDS, arguments, &command, &words, &error) != PL_OK)
        return pl_screen_fail(&error);
    arguments.items += words;
    arguments.count -= words;
    if (pl_options_parse(command, arguments, settings, &common, &error) != PL_OK)
        return pl_screen_fail(&error);
    if (common.color == PL_COLOR_AUTO)
        common.color = before.color;

    const struct pl_style style = pl_screen_style((enum pl_color)common.color);

    if (common.help || before.help)
        return print_help(command, style);
    return command->run(&(struct pl_call){
        .command = command,
        .commands = COMMANDS,
        .settings = settings,
        .style = style,
        .given = common.given,
    });
}

int main(int argc, char **argv)
{
    _Alignas(max_align_t) char settings[PL_SETTINGS_SIZE_BYTES_MAX];
    const struct top_settings *top = (const void *)settings;
    struct pl_arguments arguments = {(const char *const *)argv + 1,
                                     argc > 0 ? (size_t)argc - 1 : 0};
    struct pl_common common = {0};
    struct pl_error error = {0};

    (void)setlocale(LC_CTYPE, "");
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is an error like a full disk */

    const size_t leading = leading_count(arguments);

    if (pl_options_parse(&TOP, (struct pl_arguments){arguments.items, leading}, settings, &common,
                         &error) != PL_OK)
        return pl_screen_fail(&error);
    if (top->version)
        return print_version();
    arguments.items += leading;
    arguments.count -= leading;
    if (arguments.count > 0)
        return run_command(arguments, common);
    if (common.help)
        return print_help(NULL, pl_screen_style((enum pl_color)common.color));
    (void)pl_error_set(&error, PL_E_USAGE, "no command given; `plimsoll help` lists them");
    return pl_screen_fail(&error);
}

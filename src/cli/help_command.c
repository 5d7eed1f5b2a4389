/*
 * `plimsoll help` and `plimsoll completion`: what the tables say, for people, manuals and shells.
 */
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/screen.h"

#include <stddef.h>

struct help_settings {
    const char *words[2];
    bool man;
    bool markdown;
};

static const struct pl_operand HELP_OPERANDS[] = {
    {
        .name = "COMMAND",
        .offset = offsetof(struct help_settings, words[0]),
        .help = "The command to explain; without it, all are listed.",
    },
    {
        .name = "WORD",
        .offset = offsetof(struct help_settings, words[1]),
        .help = "The second word of its name, as in `ledger verify`.",
    },
    {0},
};

static const struct pl_option HELP_OPTIONS[] = {
    {
        .name = "man",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct help_settings, man),
        .help = "Write the man page.",
        .hidden = true,
    },
    {
        .name = "markdown",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct help_settings, markdown),
        .help = "Write the reference page.",
        .hidden = true,
    },
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "Done."},
    {2, "No such command or shell."},
    {0, NULL},
};

static const struct pl_example HELP_EXAMPLES[] = {
    {"plimsoll help gate", "All about one command:"},
    {NULL, NULL},
};

static enum pl_status write_help(const struct pl_call *call, struct pl_buffer *out,
                                 struct pl_error *error)
{
    const struct help_settings *settings = call->settings;
    const size_t count = settings->words[0] == NULL ? 0 : settings->words[1] == NULL ? 1 : 2;
    struct pl_page page = pl_page_of(out, call->style);
    const struct pl_command *command = NULL;
    size_t words = 0;

    if (settings->man) {
        pl_help_man(call->commands, out);
    } else if (settings->markdown) {
        pl_help_markdown(call->commands, out);
    } else if (count == 0) {
        pl_help_overview(call->commands, &page);
    } else {
        PL_RETURN_IF(pl_command_find(call->commands, (struct pl_arguments){settings->words, count},
                                     &command, &words, error));
        if (words < count)
            return pl_error_set(error, PL_E_USAGE, "`plimsoll %s` takes no second word `%s`",
                                command->name, settings->words[1]);
        pl_help_command(command, &page);
    }
    return PL_OK;
}

static int run_help(const struct pl_call *call)
{
    struct pl_error error = {0};
    struct pl_buffer out;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);

    const int exit_code = write_help(call, &out, &error) == PL_OK
                              ? pl_screen_finish(&out, PL_EXIT_YES)
                              : pl_screen_fail(&error);

    pl_buffer_deinit(&out);
    return exit_code;
}

const struct pl_command PL_COMMAND_HELP = {
    .name = "help",
    .summary = "Say how the commands are used.",
    .about = "Lists the commands, or explains one. `plimsoll COMMAND --help` says the same.",
    .operands = HELP_OPERANDS,
    .options = HELP_OPTIONS,
    .exits = EXITS,
    .examples = HELP_EXAMPLES,
    .run = run_help,
};

struct completion_settings {
    const char *shell;
};

static const struct pl_operand COMPLETION_OPERANDS[] = {
    {
        .name = "SHELL",
        .required = true,
        .offset = offsetof(struct completion_settings, shell),
        .help = "The shell: bash, zsh or fish.",
    },
    {0},
};

static const struct pl_option COMPLETION_OPTIONS[] = {{0}};

static const struct pl_example COMPLETION_EXAMPLES[] = {
    {"source <(plimsoll completion bash)", "Completion in this shell:"},
    {NULL, NULL},
};

static const struct {
    const char *name;
    pl_completion_write write;
} SHELLS[] = {
    {"bash", pl_completion_bash},
    {"zsh", pl_completion_zsh},
    {"fish", pl_completion_fish},
};

static int run_completion(const struct pl_call *call)
{
    const struct completion_settings *settings = call->settings;
    struct pl_error error = {0};
    struct pl_buffer out;

    for (size_t i = 0; i < sizeof SHELLS / sizeof *SHELLS; i++) {
        if (!pl_str_equal_text(pl_str_of(settings->shell), SHELLS[i].name))
            continue;
        pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
        SHELLS[i].write(call->commands, &out);

        const int exit_code = pl_screen_finish(&out, PL_EXIT_YES);

        pl_buffer_deinit(&out);
        return exit_code;
    }
    (void)pl_error_set(&error, PL_E_USAGE, "SHELL is `%s`; must be bash, zsh or fish",
                       settings->shell);
    return pl_screen_fail(&error);
}

const struct pl_command PL_COMMAND_COMPLETION = {
    .name = "completion",
    .summary = "Write the completion script of a shell.",
    .about = "Writes a script that completes commands, options and their values. It comes from the "
             "same table as the help.",
    .operands = COMPLETION_OPERANDS,
    .options = COMPLETION_OPTIONS,
    .exits = EXITS,
    .examples = COMPLETION_EXAMPLES,
    .hidden = true,
    .run = run_completion,
};

/*
 * `plimsoll init`: writes a commented line to start from. It never overwrites.
 */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/screen.h"
#include "line/template.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/stat.h>

#define PATH_SIZE 4096

struct init_settings {
    const char *path;
    uint32_t template;
};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "PATH",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct init_settings, path),
        .help = "The file to write, or a folder to write plimsoll.yaml into. Default: "
                "plimsoll.yaml.",
    },
    {0},
};

static const struct pl_option OPTIONS[] = {
    {
        .name = "template",
        .letter = 't',
        .type = PL_OPTION_CHOICE,
        .argument = "NAME",
        .choices = PL_TEMPLATE_NAMES,
        .initial = "classifier",
        .offset = offsetof(struct init_settings, template),
        .help = "The kind of feature that the line starts from: a classifier (yes or no), a scorer "
                "(a probability), a regressor (a number), a ranker (an order), an llm (text), "
                "hiring (a bias audit), fraud (against the detector of today) or a chatbot (beside "
                "people).",
    },
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "The line was written."},
    {2, "It was not: a file is there already, or the folder cannot be written."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll init && plimsoll check", "Write a line and see what it demands:"},
    {"plimsoll init --template chatbot", "A line for a chatbot:"},
    {NULL, NULL},
};

static bool is_folder(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static enum pl_status write_line(const char *path, const struct pl_template *template,
                                 struct pl_error *error)
{
    if (pl_file_exists(path))
        return pl_error_set(error, PL_E_EXISTS,
                            "%s is there already and is left as it is; give another PATH", path);
    return pl_file_write(path, pl_str_of(template->text), true, error);
}

static int run(const struct pl_call *call)
{
    const struct init_settings *settings = call->settings;
    struct pl_error error = {0};
    struct pl_buffer out;
    char path[PATH_SIZE];

    const int length = is_folder(settings->path)
                           ? snprintf(path, sizeof path, "%s/%s", settings->path, PL_LINE_FILE)
                           : snprintf(path, sizeof path, "%s", settings->path);

    if (length < 0 || length >= PATH_SIZE) {
        (void)pl_error_set(&error, PL_E_LIMIT, "PATH is longer than %d bytes, its limit",
                           PATH_SIZE - 1);
        return pl_screen_fail(&error);
    }
    if (write_line(path, pl_template_at(settings->template), &error) != PL_OK)
        return pl_screen_fail(&error);
    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_buffer_add_format(&out,
                         "Wrote %s. Say in it what must hold for your feature, and where its "
                         "decisions are.\n\nNext: plimsoll check --explain %s\n",
                         path, path);

    const int exit_code = pl_screen_finish(&out, PL_EXIT_YES);

    pl_buffer_deinit(&out);
    return exit_code;
}

const struct pl_command PL_COMMAND_INIT = {
    .name = "init",
    .summary = "Write a commented line to start from.",
    .about =
        "Writes a line, plimsoll.yaml, for a kind of feature, with comments that say what each "
        "part demands. It passes `plimsoll check` as it stands. A file that is there already "
        "is never overwritten.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

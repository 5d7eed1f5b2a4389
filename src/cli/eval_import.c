/* `plimsoll eval import`: makes golden cases of what went wrong in production. */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/eval_suite.h"
#include "cli/live.h"
#include "cli/screen.h"
#include "eval/imports.h"
#include "line/live_path.h"

#include <stddef.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)8 << 30)
#define CASES_SIZE_BYTES_MAX ((size_t)1 << 30)

struct import_settings {
    const char *file;
    const char *line;
    const char *suite;
    const char *output;
    struct pl_texts conditions;
    const char *id;
    const char *input;
    const char *expected;
    struct pl_live_window window;
};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "FILE",
        .required = true,
        .offset = offsetof(struct import_settings, file),
        .help = "The decisions: CSV, TSV, JSON Lines or Parquet, also packed; a glob takes "
                "several. `ledger:` is the live traffic of the line, with the columns that "
                "docs/live-data.md lists.",
    },
    {0},
};

static const struct pl_option OPTIONS[] = {
    {
        .name = "line",
        .type = PL_OPTION_TEXT,
        .argument = "LINE",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct import_settings, line),
        .help = "The line that the suite is of. Default: plimsoll.yaml.",
    },
    {
        .name = "suite",
        .letter = 's',
        .type = PL_OPTION_TEXT,
        .argument = "SUITE",
        .offset = offsetof(struct import_settings, suite),
        .help = "The suite that the cases are for; it may be left out where the line has one.",
    },
    {
        .name = "output",
        .letter = 'o',
        .type = PL_OPTION_TEXT,
        .argument = "FILE",
        .offset = offsetof(struct import_settings, output),
        .help = "Where the cases are written, as JSON Lines; the file must not exist.",
    },
    {
        .name = "where",
        .letter = 'w',
        .type = PL_OPTION_TEXTS,
        .argument = "SQL",
        .offset = offsetof(struct import_settings, conditions),
        .help = "Which rows are taken, as a condition over the columns of the file; with "
                "several, all must hold. At least one is needed.",
    },
    {
        .name = "input",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = offsetof(struct import_settings, input),
        .help = "The column of what was asked. Default: as the suite calls it.",
    },
    {
        .name = "expected",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = offsetof(struct import_settings, expected),
        .help = "The column of the right answer. Without it cases have none, until a person "
                "writes it.",
    },
    {
        .name = "id",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = offsetof(struct import_settings, id),
        .help = "The column of the id. Default: as the suite calls it; where the file has none, "
                "ids are made from the inputs.",
    },
    PL_LIVE_WINDOW_OPTIONS(offsetof(struct import_settings, window)),
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "The cases were written."},
    {1, "Nothing is new, and nothing was written."},
    {2, "The line or the file cannot be read, or the cases cannot be written."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll eval import answers.parquet --suite golden --where \"rating <= 2\" "
     "-o golden/complaints.jsonl",
     "What people complained of, as golden cases:"},
    {"plimsoll eval import ledger: --since yesterday --where \"rating <= 2\" "
     "-o golden/complaints.jsonl",
     "The same out of live traffic, of a line that keeps its texts:"},
    {NULL, NULL},
};

static enum pl_status check(const struct import_settings *settings, struct pl_error *error)
{
    if (settings->conditions.count == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "--where is needed: which rows are failures only you can say, as in "
                            "--where \"rating <= 2\"");
    if (settings->output == NULL)
        return pl_error_set(error, PL_E_USAGE, "-o is needed: the file that the cases go to");
    if (pl_file_exists(settings->output))
        return pl_error_set(error, PL_E_EXISTS, "%s is there already; nothing is overwritten",
                            settings->output);
    return PL_OK;
}

static void say(const struct import_settings *settings, const struct pl_import_counts *counts,
                struct pl_buffer *out)
{
    const bool is_live = pl_line_is_live(pl_str_of(settings->file));

    pl_buffer_add_format(out, "%llu rows selected: %llu new, %llu duplicates, %llu skipped.\n",
                         (unsigned long long)counts->selected, (unsigned long long)counts->added,
                         (unsigned long long)counts->duplicates,
                         (unsigned long long)counts->skipped);
    if (is_live && counts->skipped > 0)
        pl_buffer_add_text(out, "Live traffic has no texts but those that the line keeps: "
                                "`serve.payloads: plain`, or what the application reported.\n");
    if (counts->added == 0)
        pl_buffer_add_text(out, "Nothing was written.\n");
    else if (counts->expected < counts->added)
        pl_buffer_add_format(out, "%llu cases in %s have no right answer yet.\n",
                             (unsigned long long)(counts->added - counts->expected),
                             settings->output);
}

/* Live traffic is loaded first, and read by its address. Its columns are the same for every suite. */
static enum pl_status use_live(const struct import_settings *settings, struct pl_arena *arena,
                               struct pl_import_request *request, struct pl_live_use *live,
                               struct pl_error *error)
{
    struct pl_line line = *request->suite->line;

    line.data.decisions = pl_str_of(settings->file);
    PL_RETURN_IF(pl_live_window_set(&settings->window, &line, error));
    if (!pl_line_is_live(line.data.decisions))
        return PL_OK;
    PL_RETURN_IF(pl_live_use_begin(&line, arena, live, error));
    request->file = pl_line_path(&line, line.data.decisions, arena).ptr;
    if (request->file == NULL)
        return pl_arena_error(arena, "a path", error);
    if (request->columns.id.len == 0)
        request->columns.id = PL_STR("id");
    if (request->columns.input.len == 0)
        request->columns.input = PL_STR("input");
    return PL_OK;
}

static enum pl_status import(const struct import_settings *settings, struct pl_arena *arena,
                             struct pl_live_use *live, struct pl_import_counts *ret_counts,
                             struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer cases = {0};
    struct pl_import_request request = {
        .file = settings->file,
        .conditions = settings->conditions.items,
        .conditions_count = settings->conditions.count,
        .columns = {pl_str_of(settings->id), pl_str_of(settings->input),
                    pl_str_of(settings->expected)},
        .now_ms = pl_clock_unix_ms(),
    };

    pl_buffer_init(&cases, CASES_SIZE_BYTES_MAX);
    PL_RETURN_IF(check(settings, error));
    PL_RETURN_IF(pl_eval_suite_read(settings->line, settings->suite, arena, &request.suite, error));
    PL_RETURN_IF(use_live(settings, arena, &request, live, error));
    PL_RETURN_IF(pl_cases_import(&request, arena, &cases, ret_counts, error));
    if (ret_counts->added == 0)
        return PL_OK;
    return pl_file_write(settings->output, pl_buffer_view(&cases), true, error);
}

static int run(const struct pl_call *call)
{
    struct pl_import_counts counts = {0};
    struct pl_live_use live = {0};
    struct pl_error error = {0};
    struct pl_arena arena;
    struct pl_buffer out;
    int exit_code = PL_EXIT_NO;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);
    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (import(call->settings, &arena, &live, &counts, &error) != PL_OK) {
        exit_code = pl_screen_fail(&error);
    } else {
        say(call->settings, &counts, &out);
        exit_code = pl_screen_finish(&out, counts.added > 0 ? PL_EXIT_YES : PL_EXIT_NO);
    }
    pl_live_use_end(&live);
    pl_buffer_deinit(&out);
    pl_arena_deinit(&arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_EVAL_IMPORT = {
    .name = "eval import",
    .summary = "Make golden cases of what went wrong in production.",
    .about = "Selects rows of a file of decisions, puts them into the columns of a suite, and "
             "writes those that the suite does not have yet. Two inputs are the same when they "
             "differ only in case, width or blanks. Each case says in `origin` where it is from. "
             "Besides id, input and right answer it has the columns of the suite's segments, and "
             "nothing else of the row.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

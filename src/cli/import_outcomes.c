/* `plimsoll import outcomes`: puts what came back for decisions, in whatever system, on the record. */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/live.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "ledger/ledger.h"
#include "line/live_path.h"
#include "line/problem.h"
#include "live/outcomes.h"
#include "report/number.h"
#include "report/values.h"
#include "report/wording.h"

#include <stddef.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)256 << 20)
#define LOCK_WAIT_MS         10000

enum import_format { IMPORT_TEXT, IMPORT_JSON };

struct import_settings {
    const char *file;
    const char *line;
    const char *decision;
    struct pl_texts outcomes;
    bool early;
    uint32_t format;
};

static const char *const FORMATS[] = {"text", "json", NULL};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "FILE",
        .required = true,
        .offset = offsetof(struct import_settings, file),
        .help = "The outcomes: CSV, TSV, JSON Lines or Parquet, also packed; a glob takes several.",
    },
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct import_settings, line),
        .help = "The line beside which the ledger is. Default: plimsoll.yaml.",
    },
    {0},
};

static const struct pl_option OPTIONS[] = {
    {
        .name = "decision",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = offsetof(struct import_settings, decision),
        .help = "The column of the decision's id: the one that the gateway gave it, or the one "
                "that the application reported it with. Default: `decision`, else `id`.",
    },
    {
        .name = "outcome",
        .type = PL_OPTION_TEXTS,
        .argument = "NAME[=COLUMN]",
        .offset = offsetof(struct import_settings, outcomes),
        .help = "An outcome and the column that has it; may be given several times. Without it: "
                "those of label, rating, accepted, edited and value that the file has.",
    },
    {
        .name = "early",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct import_settings, early),
        .help = "Also outcomes of decisions that the ledger does not have yet. Without it they "
                "are passed over, as those of a wrong column would be.",
    },
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = offsetof(struct import_settings, format),
        .help = "How the result is written: text or json.",
    },
    {
        .name = "json",
        .type = PL_OPTION_ALIAS,
        .initial = "format=json",
        .help = "Short for --format json.",
    },
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "All outcomes of the file are on the record, but for those of unknown decisions."},
    {2, "The line or the file cannot be read, or the ledger cannot be written. What was written "
        "until then stands; the same command brings the rest."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll import outcomes labels.csv", "Labels that came in overnight, by decision:"},
    {"plimsoll import outcomes tickets.parquet --decision answer_id --outcome "
     "resolved=closed_at_first_reply",
     "An outcome of your own, under its own name:"},
    {NULL, NULL},
};

/* "NAME" or "NAME=COLUMN". */
static enum pl_status read_outcome(const char *text, struct pl_outcome_column *ret_outcome,
                                   struct pl_error *error)
{
    const struct pl_str whole = pl_str_of(text);
    const char *sign = strchr(text, '=');
    const size_t length = sign == NULL ? whole.len : (size_t)(sign - text);
    const struct pl_outcome_column outcome = {
        .name = {text, length},
        .column = sign == NULL ? whole : (struct pl_str){sign + 1, whole.len - length - 1},
    };

    if (outcome.name.len == 0 || outcome.column.len == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "`--outcome %s` is neither NAME nor NAME=COLUMN, as in "
                            "`--outcome label=verified`",
                            text);
    *ret_outcome = outcome;
    return PL_OK;
}

static enum pl_status read_outcomes(const struct pl_texts *texts,
                                    struct pl_outcome_column *ret_outcomes, struct pl_error *error)
{
    if (texts->count > PL_OUTCOMES_COUNT_MAX)
        return pl_error_set(error, PL_E_USAGE, "--outcome can be given %d times at most",
                            PL_OUTCOMES_COUNT_MAX);
    for (size_t i = 0; i < texts->count; i++)
        PL_RETURN_IF(read_outcome(texts->items[i], &ret_outcomes[i], error));
    return PL_OK;
}

static enum pl_status import(const struct import_settings *settings, struct pl_arena *arena,
                             struct pl_live_use *live, struct pl_outcomes_counts *ret_counts,
                             struct pl_error *error)
{
    struct pl_problems problems = {.count = 0};
    struct pl_outcome_column outcomes[PL_OUTCOMES_COUNT_MAX];
    struct pl_line *line = NULL;

    PL_RETURN_IF(read_outcomes(&settings->outcomes, outcomes, error));
    PL_RETURN_IF(pl_line_read(settings->line, arena, &line, &problems, error));
    PL_RETURN_IF(pl_live_use_load(line, arena, live, error));

    const struct pl_str ledger = pl_line_path(line, PL_STR(PL_LEDGER_FOLDER), arena);
    const struct pl_str warehouse = pl_line_path(line, PL_STR(PL_LINE_WAREHOUSE), arena);
    const struct pl_outcomes_request request = {
        .file = settings->file,
        .ledger = ledger.ptr,
        .warehouse = warehouse.ptr,
        .decision = pl_str_of(settings->decision),
        .outcomes = outcomes,
        .outcomes_count = settings->outcomes.count,
        .early = settings->early,
        .threads = pl_processors_count(),
        .lock_wait_ms = LOCK_WAIT_MS,
    };

    if (ledger.ptr == NULL || warehouse.ptr == NULL)
        return pl_arena_error(arena, "a path", error);

    struct pl_progress *progress = pl_progress_start(PL_STR("importing outcomes ..."));
    const enum pl_status status = pl_outcomes_import(&request, arena, ret_counts, error);

    pl_progress_stop(progress);
    return status;
}

static void write_json(const struct pl_outcomes_counts *counts, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_member_uint64(&json, "written", counts->written);
    pl_json_member_uint64(&json, "known", counts->known);
    pl_json_member_uint64(&json, "earlier", counts->earlier);
    pl_json_member_uint64(&json, "strange", counts->strange);
    pl_json_member_uint64(&json, "ledger_block", counts->head.block);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}

static void write_text(const struct import_settings *settings,
                       const struct pl_outcomes_counts *counts, struct pl_buffer *out)
{
    pl_plural_write(out, counts->written, "outcome", "outcomes");
    if (counts->written > 0)
        pl_buffer_add_format(out, " put on the record, up to block %llu of the ledger.\n",
                             (unsigned long long)counts->head.block);
    else
        pl_buffer_add_text(out, " put on the record: nothing is new.\n");
    if (counts->known > 0) {
        pl_count_write(out, counts->known);
        pl_buffer_add_text(out, " were known already.\n");
    }
    if (counts->earlier > 0) {
        pl_plural_write(out, counts->earlier, "row was", "rows were");
        pl_buffer_add_text(out, " replaced by a later row of the file.\n");
    }
    if (counts->strange > 0) {
        pl_count_write(out, counts->strange);
        pl_buffer_add_text(out, settings->early
                                    ? " of decisions that the ledger does not have yet.\n"
                                    : " were passed over: the ledger does not have their "
                                      "decisions; --early takes them all the same.\n");
    }
}

static int run(const struct pl_call *call)
{
    const struct import_settings *settings = call->settings;
    struct pl_outcomes_counts counts = {0};
    struct pl_live_use live = {0};
    struct pl_error error = {0};
    struct pl_arena arena;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);

    const enum pl_status status = import(settings, &arena, &live, &counts, &error);

    pl_live_use_end(&live);
    pl_arena_deinit(&arena);
    if (status != PL_OK)
        return pl_screen_fail(&error);

    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (settings->format == IMPORT_JSON)
        write_json(&counts, &out);
    else
        write_text(settings, &counts, &out);
    return pl_screen_finish(&out, PL_EXIT_YES);
}

const struct pl_command PL_COMMAND_IMPORT_OUTCOMES = {
    .name = "import outcomes",
    .summary = "Put what came back for decisions on the record.",
    .about =
        "Reads a file with one row for a decision, and writes each outcome that says something "
        "new to the ledger, .plimsoll/ledger beside the line, as feedback over the network "
        "would be. It is on disk before it is said. An empty value is no outcome; of several "
        "rows of one decision the last one counts. The same file again writes nothing, so "
        "that a command that was interrupted can be repeated.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

/* `plimsoll ledger load`: brings the warehouse up to the ledger, by hand. */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/live.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "ledger/ledger.h"
#include "line/live_path.h"
#include "line/problem.h"
#include "report/number.h"
#include "report/values.h"
#include "report/wording.h"

#include <stddef.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)256 << 20)

enum load_format { LOAD_TEXT, LOAD_JSON };

struct load_settings {
    const char *line;
    bool rebuild;
    uint64_t wait_ms;
    uint32_t format;
};

static const char *const FORMATS[] = {"text", "json", NULL};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct load_settings, line),
        .help = "The line beside which ledger and warehouse are.",
    },
    {0},
};

static const struct pl_option OPTIONS[] = {
    {
        .name = "rebuild",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct load_settings, rebuild),
        .help = "Throw the warehouse away and load the ledger from its first block.",
    },
    {
        .name = "wait",
        .type = PL_OPTION_INTEGER,
        .argument = "MS",
        .maximum = 86400000.0,
        .initial = "30000",
        .offset = offsetof(struct load_settings, wait_ms),
        .help = "How long to wait for others that load or measure, in milliseconds.",
    },
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = offsetof(struct load_settings, format),
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
    {0, "The warehouse is where the ledger is."},
    {2, "The ledger does not hold or is another one, or the warehouse cannot be written."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll ledger load --rebuild", "After the ledger was put back from a copy:"},
    {NULL, NULL},
};

static enum pl_status load(const struct load_settings *settings, struct pl_arena *arena,
                           struct pl_live_counts *ret_counts, struct pl_live_state *ret_state,
                           struct pl_error *error)
{
    struct pl_problems problems = {.count = 0};
    struct pl_line *line = NULL;

    PL_RETURN_IF(pl_line_read(settings->line, arena, &line, &problems, error));

    const struct pl_str ledger = pl_line_path(line, PL_STR(PL_LEDGER_FOLDER), arena);
    const struct pl_str warehouse = pl_line_path(line, PL_STR(PL_LINE_WAREHOUSE), arena);
    const struct pl_live_options options = {
        .ledger = ledger.ptr,
        .warehouse = warehouse.ptr,
        .threads = pl_processors_count(),
        .wait_ms = (uint32_t)settings->wait_ms,
        .rebuild = settings->rebuild,
    };

    if (ledger.ptr == NULL || warehouse.ptr == NULL)
        return pl_arena_error(arena, "a path", error);

    struct pl_progress *progress = pl_progress_start(PL_STR("loading the ledger ..."));
    enum pl_status status = pl_live_load(&options, ret_counts, error);

    if (status == PL_OK)
        status = pl_live_read(warehouse.ptr, true, NULL, ret_state, error);
    pl_progress_stop(progress);
    return status;
}

static void write_json(const struct pl_live_counts *counts, const struct pl_live_state *state,
                       struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_key(&json, "rebuilt");
    pl_json_bool(&json, counts->rebuilt);
    pl_json_member_uint64(&json, "blocks", counts->blocks);
    pl_json_member_uint64(&json, "records", counts->records);
    pl_json_key(&json, "new");
    pl_json_open_object(&json);
    pl_json_member_uint64(&json, "decisions", counts->decisions);
    pl_json_member_uint64(&json, "attempts", counts->attempts);
    pl_json_member_uint64(&json, "feedback", counts->feedback);
    pl_json_member_uint64(&json, "exposures", counts->exposures);
    pl_json_member_uint64(&json, "flags", counts->flags);
    pl_json_member_uint64(&json, "verdicts", counts->verdicts);
    pl_json_member_uint64(&json, "shadows", counts->shadows);
    pl_json_close_object(&json);
    pl_json_member_uint64(&json, "repeats", counts->repeats);
    pl_json_member_uint64(&json, "unreadable", counts->unreadable);
    pl_json_member_uint64(&json, "others", counts->others);
    pl_json_key(&json, "warehouse");
    pl_json_open_object(&json);
    pl_json_member_uint64(&json, "block", state->block);
    pl_json_member_text(&json, "hash", state->hash);
    pl_json_member_uint64(&json, "data_block", state->data_block);
    pl_json_member_text(&json, "data_hash", state->data_hash);
    pl_json_member_uint64(&json, "decisions", state->decisions);
    pl_json_member_uint64(&json, "feedback", state->feedback);
    pl_json_member_uint64(&json, "waiting", state->waiting);
    pl_json_member_uint64(&json, "repeats", state->repeats);
    pl_json_member_uint64(&json, "unreadable", state->unreadable);
    pl_json_member_uint64(&json, "others", state->others);
    pl_json_close_object(&json);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}

static void write_text(const struct pl_live_counts *counts, const struct pl_live_state *state,
                       struct pl_buffer *out)
{
    pl_buffer_add_text(out, counts->rebuilt ? "Made anew: " : "New: ");
    pl_plural_write(out, counts->decisions, "decision", "decisions");
    pl_buffer_add_text(out, ", ");
    pl_count_write(out, counts->feedback);
    pl_buffer_add_text(out, " of feedback, ");
    pl_plural_write(out, counts->exposures, "exposure", "exposures");
    pl_buffer_add_text(out, ", ");
    pl_plural_write(out, counts->flags, "change of flags", "changes of flags");
    pl_buffer_add_text(out, ", ");
    pl_plural_write(out, counts->verdicts, "verdict", "verdicts");
    pl_buffer_add_format(out, ".\nLoaded up to block %llu: ", (unsigned long long)state->block);
    pl_plural_write(out, state->decisions, "decision", "decisions");
    pl_buffer_add_text(out, ", ");
    pl_count_write(out, state->feedback);
    pl_buffer_add_text(out, " of feedback");
    if (state->waiting > 0)
        pl_buffer_add_format(out, ", %llu of it for decisions that are not known",
                             (unsigned long long)state->waiting);
    pl_buffer_add_text(out, ".\n");
    if (state->repeats > 0) {
        pl_plural_write(out, state->repeats, "record", "records");
        pl_buffer_add_text(out, " said again what was known.\n");
    }
    if (state->unreadable > 0) {
        pl_plural_write(out, state->unreadable, "record", "records");
        pl_buffer_add_text(out, " could not be read: no decision is named, or it is no JSON that "
                                "is ours.\n");
    }
    if (state->others > 0) {
        pl_plural_write(out, state->others, "record is of another kind, and stays",
                        "records are of other kinds, and stay");
        pl_buffer_add_text(out, " in the ledger alone.\n");
    }
}

static int run(const struct pl_call *call)
{
    const struct load_settings *settings = call->settings;
    struct pl_live_counts counts = {0};
    struct pl_live_state state = {0};
    struct pl_error error = {0};
    struct pl_arena arena;

    pl_arena_init(&arena, ARENA_SIZE_BYTES_MAX);

    const enum pl_status status = load(settings, &arena, &counts, &state, &error);

    pl_arena_deinit(&arena);
    if (status != PL_OK)
        return pl_screen_fail(&error);

    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer out = {0};

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    if (settings->format == LOAD_JSON)
        write_json(&counts, &state, &out);
    else
        write_text(&counts, &state, &out);
    return pl_screen_finish(&out, PL_EXIT_YES);
}

const struct pl_command PL_COMMAND_LEDGER_LOAD = {
    .name = "ledger load",
    .summary = "Load live traffic into the warehouse.",
    .about = "Reads what came to the ledger since the last time, checks it block by block, and "
             "loads decisions, outcomes, exposures, changes of flags and verdicts into "
             ".plimsoll/warehouse.duckdb, each record exactly once. Commands that measure "
             "`ledger:` do this themselves; a server does it every few seconds. The warehouse can "
             "be deleted: the ledger has everything.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

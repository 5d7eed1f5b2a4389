/*
 * `plimsoll gate`: measures, judges, records, prints, in that order. The record is durable before
 * the verdict is shown, so that no verdict is ever seen that is not on the record.
 */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/data_print.h"
#include "cli/facts.h"
#include "cli/progress.h"
#include "cli/record.h"
#include "cli/screen.h"
#include "judge/judge.h"
#include "ledger/ledger.h"
#include "measure/run.h"
#include "report/report.h"

#include <stddef.h>

#define ARENA_SIZE_BYTES_MAX  ((size_t)64 << 30)
#define RECORD_SIZE_BYTES_MAX ((size_t)768 << 10)
#define THREADS_MAX           256

struct gate_settings {
    const char *line;
    uint32_t format;
    uint64_t threads;
    const char *slice;
    bool no_record;
};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct gate_settings, line),
        .help = "The line to judge by. Default: plimsoll.yaml.",
    },
    {0},
};

static const char *const FORMATS[] = {"text", "json", "markdown", "junit", NULL};

static const struct pl_option OPTIONS[] = {
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = offsetof(struct gate_settings, format),
        .help = "How the verdict is written: text, json, markdown (for a pull request) or junit "
                "(for a build server).",
    },
    {
        .name = "json",
        .type = PL_OPTION_ALIAS,
        .initial = "format=json",
        .help = "Short for --format json.",
    },
    {
        .name = "slice",
        .letter = 's',
        .type = PL_OPTION_TEXT,
        .argument = "SLICE",
        .offset = offsetof(struct gate_settings, slice),
        .help = "Of a line with a launch: the verdict for this slice, `SEGMENT=GROUP`, in place of "
                "the one for all decisions; for a crossing `A=X * B=Y`.",
    },
    {
        .name = "threads",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .maximum = THREADS_MAX,
        .initial = "0",
        .offset = offsetof(struct gate_settings, threads),
        .help = "Threads to measure with; 0 is one for each processor. The figures do not depend "
                "on it.",
    },
    {
        .name = "no-record",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct gate_settings, no_record),
        .help = "Try the line without writing to the ledger; the output says that it is not on "
                "the record.",
    },
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "The verdict is one that the line's release.allow names: that for all decisions, that of "
        "--slice, or with `release.launch` those of any or all slices."},
    {1, "The verdict is not."},
    {2, "The line or the data cannot be judged, or the verdict cannot be recorded or shown."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll gate examples/recidivism/plimsoll.yaml", "May it ship?"},
    {"plimsoll gate --format junit > gate.xml", "In a build, as a test report:"},
    {"plimsoll gate --slice language=hi", "May it ship in Hindi?"},
    {NULL, NULL},
};

/* A gate under way. All but the measured arrays lives in the arena. */
struct gate {
    const struct gate_settings *settings;
    struct pl_arena arena;
    struct pl_line *line;
    char line_hash[PL_LEDGER_HASH_TEXT_SIZE];
    struct pl_str ledger; /* the folder */
    struct pl_facts facts;
    struct pl_data_print data;
    char figures_hash[PL_LEDGER_HASH_TEXT_SIZE]; /* of all that was measured */
    char binary_hash[PL_LEDGER_HASH_TEXT_SIZE];  /* of this program */
    struct pl_baseline_print *baselines;
    struct pl_measured *measured;
    struct pl_judgement *judgement;
    struct pl_launch *launch;            /* NULL: the line has none */
    const struct pl_launch_slice *slice; /* NULL: none was asked for */
    struct pl_ledger_head head;
    uint64_t started_ns;
};

static enum pl_status read_line(struct gate *gate, struct pl_error *error)
{
    PL_RETURN_IF(pl_measure_read(gate->settings->line, &gate->arena, &gate->line, error));
    if (gate->settings->slice != NULL && !gate->line->launch.given)
        return pl_error_set(error, PL_E_USAGE,
                            "`--slice` names a slice of the launch, and %s has no section "
                            "`launch`; add `launch: {by: SEGMENT}`",
                            gate->settings->line);
    pl_hash_bytes(gate->line->text, gate->line_hash);
    gate->ledger = pl_line_path(gate->line, PL_STR(PL_LEDGER_FOLDER), &gate->arena);
    if (gate->ledger.ptr == NULL)
        return pl_arena_error(&gate->arena, "the path of the ledger", error);
    return PL_OK;
}

/* Fingerprints of all that the line compares with; one in the data's own rows has that of the data. */
static enum pl_status print_baselines(struct gate *gate, struct pl_error *error)
{
    const struct pl_line *line = gate->line;

    gate->baselines =
        pl_arena_alloc_array(&gate->arena, line->baselines_count + 1, sizeof *gate->baselines);
    if (gate->baselines == NULL)
        return pl_arena_error(&gate->arena, "the baselines", error);
    for (size_t i = 0; i < line->baselines_count; i++) {
        const struct pl_baseline *baseline = &line->baselines[i];
        const struct pl_str path = pl_line_path(line, baseline->decisions, &gate->arena);

        gate->baselines[i] = (struct pl_baseline_print){baseline, gate->data};
        if (baseline->decisions.len == 0)
            continue;
        if (path.ptr == NULL)
            return pl_arena_error(&gate->arena, "the path of a baseline", error);
        PL_RETURN_IF(pl_data_print_make(path, &gate->arena, &gate->baselines[i].data, error));
    }
    return PL_OK;
}

static enum pl_status print_data(struct gate *gate, struct pl_error *error)
{
    const struct pl_str path = pl_line_path(gate->line, gate->line->data.decisions, &gate->arena);

    if (path.ptr == NULL)
        return pl_arena_error(&gate->arena, "the path of the data", error);
    PL_RETURN_IF(pl_data_print_make(path, &gate->arena, &gate->data, error));
    return print_baselines(gate, error);
}

static enum pl_status measure(struct gate *gate, struct pl_error *error)
{
    const struct pl_measure_request request = {.threads = (uint32_t)gate->settings->threads};
    const struct pl_str note =
        pl_arena_format(&gate->arena, "measuring %.*s ...", PL_STR_ARG(gate->line->data.decisions));
    struct pl_progress *progress = pl_progress_start(note);
    const enum pl_status status =
        pl_measure_line(gate->line, &request, &gate->arena, &gate->measured, error);

    pl_progress_stop(progress);
    return status;
}

static struct pl_gate_result result_of(const struct gate *gate)
{
    const bool recorded = gate->head.block > 0;

    return (struct pl_gate_result){
        .line = gate->line,
        .line_hash = gate->line_hash,
        .measured = gate->measured,
        .judgement = gate->judgement,
        .launch = gate->launch,
        .slice = gate->slice,
        .data = gate->data,
        .baselines = gate->baselines,
        .baselines_count = gate->line->baselines_count,
        .version = PL_VERSION,
        .figures_hash = gate->figures_hash,
        .binary_hash = gate->binary_hash,
        .ledger_block = gate->head.block,
        .ledger_hash = recorded ? gate->head.hash : NULL,
        .elapsed_seconds = (double)(pl_clock_monotonic_ns() - gate->started_ns) / 1e9,
    };
}

/* What a card must show to be current, known only once all is measured. */
static enum pl_status print_figures(struct gate *gate, struct pl_error *error)
{
    const struct pl_gate_result result = result_of(gate);
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer figures = {0};

    pl_buffer_init(&figures, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_gate_figures(&result, &figures);
    PL_RETURN_IF(pl_buffer_check(&figures, "the figures", error));
    pl_hash_bytes(pl_buffer_view(&figures), gate->figures_hash);
    pl_facts_compare(&gate->facts, gate->figures_hash);
    return pl_hash_file("/proc/self/exe", gate->binary_hash, error);
}

static enum pl_status record(struct gate *gate, struct pl_error *error)
{
    const struct pl_gate_result result = result_of(gate);
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer body = {0};

    pl_buffer_init(&body, PL_LEDGER_RECORD_SIZE_BYTES_MAX);
    pl_gate_record(&result, RECORD_SIZE_BYTES_MAX, &body);
    PL_RETURN_IF(pl_buffer_check(&body, "the record of the verdict", error));
    return pl_record_write(gate->ledger.ptr, "verdict", pl_buffer_view(&body), &gate->head, error);
}

static enum pl_status launch(struct gate *gate, struct pl_error *error)
{
    const uint64_t threads = gate->settings->threads;
    /* A card shows the verdict for all decisions: where it is current, it is for every slice. */
    struct pl_record_facts facts = gate->facts.record;
    const struct pl_launch_request request = {
        .line = gate->line,
        .measured = gate->measured,
        .facts = &facts,
        .threads = threads == 0 ? pl_processors_count() : (uint32_t)threads,
    };

    if (!gate->line->launch.given)
        return PL_OK;
    facts.card_met = gate->judgement->card_met;
    PL_RETURN_IF(pl_launch_judge(&request, &gate->arena, &gate->launch, error));
    if (gate->settings->slice == NULL)
        return PL_OK;
    return pl_launch_find(gate->launch, pl_str_of(gate->settings->slice), &gate->arena,
                          &gate->slice, error);
}

static enum pl_status judge(struct gate *gate, struct pl_error *error)
{
    PL_RETURN_IF(read_line(gate, error));
    PL_RETURN_IF(print_data(gate, error));

    const struct pl_facts_about about = {gate->line_hash, gate->data.hash, gate->line->feature};

    PL_RETURN_IF(pl_facts_read(gate->ledger.ptr, &about, &gate->facts, error));
    PL_RETURN_IF(measure(gate, error));
    PL_RETURN_IF(print_figures(gate, error));
    PL_RETURN_IF(pl_judge(gate->line, gate->measured, &gate->facts.record, &gate->arena,
                          &gate->judgement, error));
    PL_RETURN_IF(launch(gate, error));
    if (gate->settings->no_record)
        return PL_OK;
    return record(gate, error);
}

static int show(const struct gate *gate, struct pl_style style)
{
    struct pl_gate_result result = result_of(gate);
    struct pl_buffer out;

    /* What is shown is the slice as if it were the whole; what was recorded is all of it. */
    if (gate->slice != NULL) {
        result.line = gate->slice->line;
        result.measured = gate->slice->measured;
        result.judgement = gate->slice->judgement;
    }

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_report_format_find(FORMATS[gate->settings->format])->gate(&result, style, &out);

    const int exit_code =
        pl_screen_finish(&out, pl_gate_passes(&result) ? PL_EXIT_YES : PL_EXIT_NO);

    pl_buffer_deinit(&out);
    return exit_code;
}

static int run(const struct pl_call *call)
{
    struct gate gate = {.settings = call->settings, .started_ns = pl_clock_monotonic_ns()};
    struct pl_error error = {0};

    pl_arena_init(&gate.arena, ARENA_SIZE_BYTES_MAX);

    const int exit_code =
        judge(&gate, &error) == PL_OK ? show(&gate, call->style) : pl_screen_fail(&error);

    pl_launch_deinit(gate.launch);
    pl_measured_deinit(gate.measured);
    pl_arena_deinit(&gate.arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_GATE = {
    .name = "gate",
    .summary = "Measure, judge and record: may it ship?",
    .about = "Measures the decisions that the line names, judges every limit in every slice, and "
             "gives one verdict with all its reasons. The verdict is written to the ledger, "
             ".plimsoll/ledger beside the line, before it is shown; when it cannot be written "
             "there is no verdict.\n\n"
             "With a section `launch` in the line each slice gets a verdict of its own; "
             "docs/launch.md says how.\n\n"
             "A ledger that does not verify is not added to.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

/*
 * `plimsoll gate`: measures, judges, records, prints, in that order. The record is durable before
 * the verdict is shown, so that no verdict is ever seen that is not on the record.
 */
#include "cli/commands.h"
#include "cli/judging.h"
#include "cli/screen.h"

#include <stddef.h>

#define THREADS_MAX 256

struct gate_settings {
    const char *line;
    uint32_t format;
    uint64_t threads;
    const char *slice;
    struct pl_live_window window;
    const char *report;
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
        .name = "report",
        .letter = 'r',
        .type = PL_OPTION_TEXT,
        .argument = "FILE",
        .offset = offsetof(struct gate_settings, report),
        .help = "Write the report as well: one HTML file with plots, that needs no network.",
    },
    PL_LIVE_WINDOW_OPTIONS(offsetof(struct gate_settings, window)),
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
    {"plimsoll gate --since yesterday --until today",
     "Did yesterday's live traffic keep the line?"},
    {"plimsoll gate --report report.html", "May it ship, with all the evidence to look at?"},
    {NULL, NULL},
};

static int show(const struct pl_judging *judging, uint32_t format, struct pl_style style)
{
    const struct pl_gate_result result = pl_judging_shown(judging);
    struct pl_buffer out;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_report_format_find(FORMATS[format])->gate(&result, style, &out);

    const int exit_code =
        pl_screen_finish(&out, pl_gate_passes(&result) ? PL_EXIT_YES : PL_EXIT_NO);

    pl_buffer_deinit(&out);
    return exit_code;
}

/* The report is written before anything is shown, so that an exit code of a verdict means both. */
static enum pl_status judge(const struct gate_settings *settings, struct pl_judging *judging,
                            struct pl_error *error)
{
    const struct pl_judging_request request = {
        .line = settings->line,
        .slice = settings->slice,
        .window = settings->window,
        .threads = settings->threads,
        .no_record = settings->no_record,
        .with_scores = settings->report != NULL,
    };

    PL_RETURN_IF(pl_judging_run(&request, judging, error));
    return settings->report == NULL ? PL_OK
                                    : pl_judging_write_html(judging, settings->report, error);
}

static int run(const struct pl_call *call)
{
    const struct gate_settings *settings = call->settings;
    struct pl_judging judging = {0};
    struct pl_error error = {0};
    const int exit_code = judge(settings, &judging, &error) == PL_OK
                              ? show(&judging, settings->format, call->style)
                              : pl_screen_fail(&error);

    pl_judging_deinit(&judging);
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

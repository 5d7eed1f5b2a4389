/* `plimsoll report`: the HTML report of a line as it stands now; nothing is recorded. */
#include "cli/commands.h"
#include "cli/judging.h"
#include "cli/screen.h"

#include <stddef.h>

#define THREADS_MAX 256

struct report_settings {
    const char *line;
    const char *output;
    const char *slice;
    struct pl_live_window window;
    uint64_t threads;
};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct report_settings, line),
        .help = "The line to judge by. Default: plimsoll.yaml.",
    },
    {0},
};

static const struct pl_option OPTIONS[] = {
    {
        .name = "output",
        .letter = 'o',
        .type = PL_OPTION_TEXT,
        .argument = "FILE",
        .initial = "report.html",
        .offset = offsetof(struct report_settings, output),
        .help = "The file to write; one that is there is replaced.",
    },
    {
        .name = "slice",
        .letter = 's',
        .type = PL_OPTION_TEXT,
        .argument = "SLICE",
        .offset = offsetof(struct report_settings, slice),
        .help = "Of a line with a launch: the report of this slice, `SEGMENT=GROUP`.",
    },
    PL_LIVE_WINDOW_OPTIONS(offsetof(struct report_settings, window)),
    {
        .name = "threads",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .maximum = THREADS_MAX,
        .initial = "0",
        .offset = offsetof(struct report_settings, threads),
        .help = "Threads to measure with; 0 is one for each processor. The figures do not depend "
                "on it.",
    },
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "The report was written, whatever its verdict."},
    {2, "The line or the data cannot be judged, or the report cannot be written."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll report examples/recidivism/plimsoll.yaml -o report.html",
     "Everything there is to see, in one file:"},
    {NULL, NULL},
};

static int say_where(const struct report_settings *settings)
{
    struct pl_buffer out;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_buffer_add_format(&out, "wrote %s\n", settings->output);

    const int exit_code = pl_screen_finish(&out, PL_EXIT_YES);

    pl_buffer_deinit(&out);
    return exit_code;
}

static int run(const struct pl_call *call)
{
    const struct report_settings *settings = call->settings;
    const struct pl_judging_request request = {
        .line = settings->line,
        .slice = settings->slice,
        .window = settings->window,
        .threads = settings->threads,
        .no_record = true,
        .with_scores = true,
    };
    struct pl_judging judging = {0};
    struct pl_error error = {0};
    const bool written = pl_judging_run(&request, &judging, &error) == PL_OK &&
                         pl_judging_write_html(&judging, settings->output, &error) == PL_OK;
    const int exit_code = written ? say_where(settings) : pl_screen_fail(&error);

    pl_judging_deinit(&judging);
    return exit_code;
}

const struct pl_command PL_COMMAND_REPORT = {
    .name = "report",
    .summary = "Write the evidence as one HTML file to look at.",
    .about =
        "Measures and judges as `gate` does, and writes what it found as one HTML file: the "
        "verdict, the limits, every measure by group, curves, calibration, and thresholds to "
        "try. The file holds all it needs and asks the network for nothing; it has no rows of "
        "the data, but counts of them by group, label and score.\n\n"
        "Nothing is recorded, and the report says so. `gate --report FILE` writes the report of "
        "a verdict that is on the record.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

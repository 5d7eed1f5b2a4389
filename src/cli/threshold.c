/*
 * `plimsoll threshold`: which threshold costs least, or least among those that keep limits, for all or
 * for each group; nothing is recorded.
 */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/data_print.h"
#include "cli/live.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "ledger/ledger.h"
#include "line/units.h"
#include "measure/run.h"
#include "report/threshold.h"
#include "threshold/keep.h"

#include <stddef.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 30)
#define THREADS_MAX          256
#define COST_MAX             1e12

struct threshold_settings {
    const char *line;
    const char *by;
    const char *held_out;
    struct pl_texts keep;
    double false_positive; /* 0: the line's */
    double false_negative;
    uint32_t format;
    uint64_t seed;
    uint64_t threads;
};

#define FIELD(name) offsetof(struct threshold_settings, name)

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = FIELD(line),
        .help = "The line whose score it is. Default: plimsoll.yaml.",
    },
    {0},
};

/* The formats and their writers, side by side. */
static const char *const FORMATS[] = {"text", "json", "markdown", NULL};
static const pl_threshold_write WRITERS[] = {pl_threshold_text, pl_threshold_json,
                                             pl_threshold_markdown};

static const struct pl_option OPTIONS[] = {
    {
        .name = "keep",
        .letter = 'k',
        .type = PL_OPTION_TEXTS,
        .argument = "LIMIT",
        .offset = FIELD(keep),
        .help = "A limit that the threshold must keep: the number of one of the line's, 1 for the "
                "first; a measure, for the line's limits on it; one of its own, such as "
                "`selection_rate min_ratio 0.8 by race`; or `every` for all the line's limits that "
                "a threshold moves. May be given several times.",
    },
    {
        .name = "by",
        .letter = 'b',
        .type = PL_OPTION_TEXT,
        .argument = "SEGMENT",
        .offset = FIELD(by),
        .help = "Find a threshold for each group of this segment of the line, or crossing `A*B`, "
                "as well. Thresholds by group can be unlawful.",
    },
    {
        .name = "held-out",
        .type = PL_OPTION_TEXT,
        .argument = "SHARE",
        .initial = "30%",
        .offset = FIELD(held_out),
        .help = "The share of decisions that is held out, to see what thresholds fitted on the "
                "others are worth there.",
    },
    {
        .name = "seed",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .minimum = 1,
        .maximum = 9007199254740992.0,
        .offset = FIELD(seed),
        .help = "The seed that what is held out is drawn with. Without it: the line's.",
    },
    {
        .name = "false-positive",
        .type = PL_OPTION_NUMBER,
        .argument = "COST",
        .minimum = 1e-12,
        .maximum = COST_MAX,
        .offset = FIELD(false_positive),
        .help =
            "What a false positive costs, in every slice, in place of what the line's `costs` say.",
    },
    {
        .name = "false-negative",
        .type = PL_OPTION_NUMBER,
        .argument = "COST",
        .minimum = 1e-12,
        .maximum = COST_MAX,
        .offset = FIELD(false_negative),
        .help =
            "What a false negative costs, in every slice, in place of what the line's `costs` say.",
    },
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = FIELD(format),
        .help = "How the result is written: text, json or markdown.",
    },
    {
        .name = "json",
        .type = PL_OPTION_ALIAS,
        .initial = "format=json",
        .help = "Short for --format json.",
    },
    {
        .name = "threads",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .maximum = THREADS_MAX,
        .initial = "0",
        .offset = FIELD(threads),
        .help = "Threads to measure with; 0 is one for each processor. The figures do not depend "
                "on it.",
    },
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "Thresholds were found, and the last choice shown keeps what was to be kept."},
    {1, "Nothing keeps it; the nearest is shown."},
    {2, "The line or the data cannot be measured."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll threshold examples/recidivism/plimsoll.yaml --false-negative 2",
     "What costs least when a false negative is twice as bad?"},
    {"plimsoll threshold --keep 'false_positive_rate max_difference 0.05 by race' --by race",
     "What would equal false alarms take, and what is that worth on other decisions?"},
    {NULL, NULL},
};

/* A search under way. All but the measured arrays lives in the arena. */
struct weighing {
    const struct threshold_settings *settings;
    struct pl_arena arena;
    struct pl_line *read; /* as the file says */
    struct pl_line line;  /* with the limits to keep, and the costs */
    const bool *kept;
    double held_out;
    struct pl_crossing by;
    char line_hash[PL_LEDGER_HASH_TEXT_SIZE];
    struct pl_live_use live;
    struct pl_data_print data;
    struct pl_measured *measured;
    struct pl_thresholds *thresholds;
    uint64_t started_ns;
};

static enum pl_status read_line(struct weighing *weighing, struct pl_error *error)
{
    PL_RETURN_IF(
        pl_measure_read(weighing->settings->line, &weighing->arena, &weighing->read, error));
    pl_hash_bytes(weighing->read->text, weighing->line_hash);
    return pl_threshold_check(weighing->read, error);
}

static enum pl_status read_keeps(struct weighing *weighing, struct pl_error *error)
{
    const struct threshold_settings *settings = weighing->settings;
    struct pl_str *texts =
        pl_arena_alloc_array(&weighing->arena, settings->keep.count, sizeof *texts);

    if (texts == NULL)
        return pl_arena_error(&weighing->arena, "the limits to keep", error);
    for (size_t i = 0; i < settings->keep.count; i++)
        texts[i] = pl_str_of(settings->keep.items[i]);
    PL_RETURN_IF(pl_keeps_read(weighing->read, (struct pl_strs){texts, settings->keep.count},
                               &weighing->arena, &weighing->line, &weighing->kept, error));
    if (settings->by != NULL)
        PL_RETURN_IF(pl_keep_crossing(weighing->read, "--by", pl_str_of(settings->by),
                                      &weighing->by, error));
    if (!pl_units_share(pl_str_of(settings->held_out), &weighing->held_out) ||
        !(weighing->held_out > 0.0 && weighing->held_out < 1.0))
        return pl_error_set(error, PL_E_USAGE,
                            "`--held-out %s`: must be a share above 0 and below 1, such as 30%%",
                            settings->held_out);
    if (settings->seed > 0)
        weighing->line.evidence.seed = settings->seed;
    if (settings->false_positive > 0.0)
        weighing->line.costs.false_positive = settings->false_positive;
    if (settings->false_negative > 0.0)
        weighing->line.costs.false_negative = settings->false_negative;
    if (settings->false_positive > 0.0 || settings->false_negative > 0.0)
        weighing->line.costs.slices_count = 0;
    weighing->line.costs.given = weighing->line.costs.given || settings->false_positive > 0.0 ||
                                 settings->false_negative > 0.0;
    return PL_OK;
}

static uint32_t threads_of(const struct threshold_settings *settings)
{
    return settings->threads == 0 ? pl_processors_count() : (uint32_t)settings->threads;
}

static enum pl_status weigh(struct weighing *weighing, struct pl_error *error)
{
    static const struct pl_str MEASURES[] = {{"expected_cost", sizeof "expected_cost" - 1}};
    const bool grouped = weighing->settings->by != NULL;
    const struct pl_measure_request measure = {
        .metrics = {MEASURES, 1},
        .crossings = &weighing->by,
        .crossings_count = grouped ? 1 : 0,
        .with_scores = true,
        .threads = threads_of(weighing->settings),
    };

    if (weighing->line.data.group.len > 0)
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "a threshold is found for decisions that are independent, and those of "
                            "this data belong together (`data.group`)");
    PL_RETURN_IF(
        pl_measure_line(&weighing->line, &measure, &weighing->arena, &weighing->measured, error));

    const struct pl_threshold_request request = {
        .line = &weighing->line,
        .kept = weighing->kept,
        .measured = weighing->measured,
        .by = grouped ? &weighing->by : NULL,
        .held_out = weighing->held_out,
        .threads = threads_of(weighing->settings),
    };

    return pl_thresholds_find(&request, &weighing->arena, &weighing->thresholds, error);
}

static enum pl_status find(struct weighing *weighing, struct pl_error *error)
{
    PL_RETURN_IF(read_line(weighing, error));
    PL_RETURN_IF(read_keeps(weighing, error));

    const struct pl_str path =
        pl_line_path(weighing->read, weighing->read->data.decisions, &weighing->arena);

    if (path.ptr == NULL)
        return pl_arena_error(&weighing->arena, "the path of the data", error);
    PL_RETURN_IF(pl_live_use_begin(weighing->read, &weighing->arena, &weighing->live, error));
    PL_RETURN_IF(pl_data_print_make(path, &weighing->arena, &weighing->data, error));

    const struct pl_str note = pl_arena_format(&weighing->arena, "weighing thresholds of %.*s ...",
                                               PL_STR_ARG(weighing->read->data.decisions));
    struct pl_progress *progress = pl_progress_start(note);
    const enum pl_status status = weigh(weighing, error);

    pl_progress_stop(progress);
    return status;
}

static int show(const struct weighing *weighing, struct pl_style style)
{
    const struct pl_thresholds *thresholds = weighing->thresholds;
    const struct pl_threshold_result result = {
        .thresholds = thresholds,
        .line_hash = weighing->line_hash,
        .data = weighing->data,
        .version = PL_VERSION,
        .elapsed_seconds = (double)(pl_clock_monotonic_ns() - weighing->started_ns) / 1e9,
    };
    struct pl_buffer out;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    WRITERS[weighing->settings->format](&result, style, &out);

    const bool kept = thresholds->choices[thresholds->choices_count - 1].kept;
    const int exit_code = pl_screen_finish(&out, kept ? PL_EXIT_YES : PL_EXIT_NO);

    pl_buffer_deinit(&out);
    return exit_code;
}

static int run(const struct pl_call *call)
{
    struct weighing weighing = {.settings = call->settings, .started_ns = pl_clock_monotonic_ns()};
    struct pl_error error = {0};

    pl_arena_init(&weighing.arena, ARENA_SIZE_BYTES_MAX);

    const int exit_code =
        find(&weighing, &error) == PL_OK ? show(&weighing, call->style) : pl_screen_fail(&error);

    pl_live_use_end(&weighing.live);
    pl_thresholds_deinit(weighing.thresholds);
    pl_measured_deinit(weighing.measured);
    pl_arena_deinit(&weighing.arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_THRESHOLD = {
    .name = "threshold",
    .summary = "Weigh thresholds: what they cost, keep and change.",
    .about =
        "Finds the threshold of the line's score with the lowest expected cost, or the lowest "
        "among "
        "those that keep given limits; with --by also one for each group. Every distinct score is "
        "weighed, exactly. Beside the present threshold it shows what each choice costs, how many "
        "decisions it flips, what it does to every limit of the line, and what it is worth on "
        "decisions that were held out.\n\n"
        "Limits are kept by their values; whether that is proven, their states say. When nothing "
        "keeps them, the choice whose worst limit is crossed least is shown. Nothing is recorded.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

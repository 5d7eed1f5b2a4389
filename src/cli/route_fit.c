/*
 * `plimsoll route fit`: learns from labelled decisions what each tier's signal means, and from which
 * confidence on its answers may be delivered; writes the file that a server calibrates by.
 */
#include "base/file.h"
#include "cascade/confidence.h"
#include "cli/commands.h"
#include "cli/data_print.h"
#include "cli/progress.h"
#include "cli/route_data.h"
#include "cli/screen.h"
#include "ledger/ledger.h"
#include "line/keys.h"
#include "line/problem.h"
#include "line/serving.h"
#include "line/units.h"
#include "report/cascade.h"

#include <stddef.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)16 << 30)

struct fit_settings {
    const char *line;
    const char *decisions;
    const char *quality;
    const char *loss;
    const char *calibration;
    const char *held_out;
    const char *output;
    struct pl_texts columns;
    double confidence; /* 0: the line's */
    double fallback_worth;
    uint64_t seed; /* 0: the line's */
    uint32_t procedure;
    uint32_t format;
};

#define FIELD(name) offsetof(struct fit_settings, name)

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .required = true,
        .offset = FIELD(line),
        .help = "The line whose route it is.",
    },
    {
        .name = "DECISIONS",
        .required = true,
        .offset = FIELD(decisions),
        .help =
            "The labelled decisions: CSV, TSV, JSON Lines or Parquet, also packed; a glob takes "
            "several. A row is one request at one tier, with the columns id, model, signal, "
            "right (0 or 1, or a score between) and cost.",
    },
    {0},
};

/* The formats and their writers, side by side. */
static const char *const FORMATS[] = {"text", "json", "markdown", NULL};
static const pl_cascade_write WRITERS[] = {pl_cascade_text, pl_cascade_json, pl_cascade_markdown};

/* In the order of enum pl_cascade_procedure. */
static const char *const PROCEDURES[] = {"sequence", "bonferroni", "conformal", NULL};

static const struct pl_option OPTIONS[] = {
    {
        .name = "quality",
        .letter = 'q',
        .type = PL_OPTION_TEXT,
        .argument = "SHARE",
        .offset = FIELD(quality),
        .help = "The share of answers that must be right, such as 90%; of scores their mean. "
                "Without it: the `min` of the line's limit on accuracy.",
    },
    {
        .name = "loss",
        .type = PL_OPTION_TEXT,
        .argument = "SHARE",
        .offset = FIELD(loss),
        .help = "In place of --quality: how far the quality may lie below that of the last tier "
                "alone, such as 1%.",
    },
    {
        .name = "confidence",
        .letter = 'c',
        .type = PL_OPTION_NUMBER,
        .argument = "SHARE",
        .minimum = 0.5,
        .maximum = 0.9999,
        .offset = FIELD(confidence),
        .help = "How sure it must be that the bound is kept. Without it: the line's "
                "`evidence.confidence`.",
    },
    {
        .name = "procedure",
        .type = PL_OPTION_CHOICE,
        .argument = "PROCEDURE",
        .choices = PROCEDURES,
        .initial = "sequence",
        .offset = FIELD(procedure),
        .help = "How settings are chosen: `sequence` tests one after the other from the dearest on "
                "until one fails, `bonferroni` all of them, each at its share of the risk; "
                "`conformal` bounds the expected loss, with no confidence.",
    },
    {
        .name = "calibration",
        .type = PL_OPTION_TEXT,
        .argument = "SHARE",
        .initial = "40%",
        .offset = FIELD(calibration),
        .help = "The share of requests that calibrates the signals.",
    },
    {
        .name = "held-out",
        .type = PL_OPTION_TEXT,
        .argument = "SHARE",
        .initial = "20%",
        .offset = FIELD(held_out),
        .help = "The share of requests that has no say in the choice, and shows what it costs and "
                "how good it is. With 0 the requests that choose are shown, which flatters.",
    },
    {
        .name = "fallback-worth",
        .type = PL_OPTION_NUMBER,
        .argument = "SHARE",
        .maximum = 1.0,
        .initial = "0",
        .offset = FIELD(fallback_worth),
        .help = "How right the fallback's answer is, where the line has one: 0 is wrong.",
    },
    {
        .name = "column",
        .type = PL_OPTION_TEXTS,
        .argument = "NAME=COLUMN",
        .offset = FIELD(columns),
        .help = "What the file calls one of the columns id, model, signal, right, cost and group. "
                "Requests of one group are not independent.",
    },
    {
        .name = "seed",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .minimum = 1,
        .maximum = 9007199254740992.0,
        .offset = FIELD(seed),
        .help = "The seed that requests are split with. Without it: the line's. Trying seeds until "
                "the result pleases voids the promise.",
    },
    {
        .name = "output",
        .letter = 'o',
        .type = PL_OPTION_TEXT,
        .argument = "FILE",
        .offset = FIELD(output),
        .help = "Where the fit goes, as JSON, for `route.confidence.calibration` of the line; a "
                "file that is there is replaced. Without it nothing is written.",
    },
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = FIELD(format),
        .help = "How the result is shown: text, json or markdown.",
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
    {0, "Thresholds were found that are shown to keep the bound."},
    {1, "None can be shown to keep it; nothing was written."},
    {2, "The line or the decisions cannot be read, are too few, or the file cannot be written."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll route fit plimsoll.yaml labelled.jsonl --quality 90% -o small.fit.json",
     "What is the cheapest cascade of which nine answers in ten are right?"},
    {"plimsoll route fit plimsoll.yaml labelled.csv --loss 1% --column group=article_id",
     "And at most one point worse than the last tier alone, from several questions an article?"},
    {NULL, NULL},
};

/* A fit under way; everything lives in the arena. */
struct work {
    const struct fit_settings *settings;
    struct pl_arena arena;
    struct pl_line *line;
    char line_hash[PL_LEDGER_HASH_TEXT_SIZE];
    struct pl_cascade_options options;
    double present[PL_CASCADE_TIERS_MAX];
    struct pl_route_columns columns;
    struct pl_route_data data;
    struct pl_data_print print;
    struct pl_cascade_fit *fit;
};

/* ---- what is asked ---- */

static enum pl_status read_line(struct work *work, struct pl_error *error)
{
    struct pl_problems problems = {0};
    const struct pl_route *route;

    PL_RETURN_IF(pl_line_read(work->settings->line, &work->arena, &work->line, &problems, error));
    route = work->line->serving == NULL ? NULL : &work->line->serving->route;
    if (route == NULL || !route->given)
        return pl_error_set(error, PL_E_LINE,
                            "%s has no `route`; a fit needs one of at least two tiers",
                            work->settings->line);
    if (route->tiers_count < 2)
        return pl_line_error(work->line, route->place, PL_E_LINE, error,
                             "`route` has one tier, whose answer always goes out: a fit needs two");
    pl_hash_bytes(work->line->text, work->line_hash);
    return PL_OK;
}

/* A share below 1. */
static enum pl_status read_share(const char *option, const char *text, bool may_be_0,
                                 double *ret_share, struct pl_error *error)
{
    double share;

    if (!pl_units_share(pl_str_of(text), &share) || share < 0.0 || share >= 1.0 ||
        (share <= 0.0 && !may_be_0))
        return pl_error_set(error, PL_E_USAGE,
                            "`--%s %s`: must be a share %s 0 and below 1, such as 20%%", option,
                            text, may_be_0 ? "of at least" : "above");
    *ret_share = share;
    return PL_OK;
}

/* The line's own words on how often it must be right: `{metric: accuracy, min: 0.90}`. */
static const struct pl_limit *quality_limit(const struct pl_line *line)
{
    for (size_t i = 0; i < line->limits_count; i++)
        if (pl_str_equal_text(line->limits[i].metric, "accuracy") &&
            line->limits[i].comparator == PL_COMPARE_MIN && line->limits[i].threshold > 0.0 &&
            line->limits[i].threshold < 1.0)
            return &line->limits[i];
    return NULL;
}

static enum pl_status read_bound(struct work *work, struct pl_error *error)
{
    const struct fit_settings *settings = work->settings;
    const struct pl_limit *limit = quality_limit(work->line);

    if (settings->quality != NULL && settings->loss != NULL)
        return pl_error_set(error, PL_E_USAGE,
                            "--quality and --loss are two bounds; a fit keeps one of them");
    if (settings->loss != NULL) {
        work->options.bound = PL_BOUND_LOSS;
        return read_share("loss", settings->loss, false, &work->options.level, error);
    }
    if (settings->quality != NULL)
        return read_share("quality", settings->quality, false, &work->options.level, error);
    if (limit == NULL)
        return pl_error_set(error, PL_E_USAGE,
                            "how good must answers be? Give --quality 90%% or --loss 1%%, or let "
                            "%s say it by a limit `{metric: accuracy, min: 0.90}`",
                            settings->line);
    work->options.level = limit->threshold;
    return PL_OK;
}

static enum pl_status read_options(struct work *work, struct pl_error *error)
{
    const struct fit_settings *settings = work->settings;
    struct pl_cascade_options *options = &work->options;

    *options = (struct pl_cascade_options){
        .confidence =
            settings->confidence > 0.0 ? settings->confidence : work->line->evidence.confidence,
        .procedure = (enum pl_cascade_procedure)settings->procedure,
        .fallback_worth = settings->fallback_worth,
        .seed = settings->seed > 0 ? settings->seed : work->line->evidence.seed,
    };
    PL_RETURN_IF(read_bound(work, error));
    PL_RETURN_IF(read_share("calibration", settings->calibration, false,
                            &options->calibration_share, error));
    PL_RETURN_IF(read_share("held-out", settings->held_out, true, &options->held_out_share, error));
    if (options->calibration_share + options->held_out_share >= 1.0)
        return pl_error_set(error, PL_E_USAGE,
                            "--calibration %s and --held-out %s leave no request to choose by",
                            settings->calibration, settings->held_out);
    return PL_OK;
}

/* What the server would do at the last tier: below its `deliver_at` the fallback answers, if there
   is one. */
static enum pl_status read_floor(struct work *work, struct pl_error *error)
{
    const struct pl_route *route = &work->line->serving->route;
    const struct pl_tier *last = &route->tiers[route->tiers_count - 1];
    const bool has_fallback = route->fallback_reply.len > 0 || route->fallback_model != NULL;
    const bool has_signal =
        work->data.cascade.tiers[work->data.cascade.tiers_count - 1].signals != NULL;

    if (has_fallback && last->deliver_at > 0.0 && !has_signal)
        return pl_line_error(work->line, last->place, PL_E_DATA, error,
                             "below `deliver_at: %g` of the last tier, `%.*s`, the fallback "
                             "answers, and the decisions have no signal of it: add its signals, or "
                             "write `deliver_at: 0`",
                             last->deliver_at, PL_STR_ARG(last->model->name));
    work->options.floor = has_fallback && has_signal ? last->deliver_at : 0.0;
    for (size_t t = 0; t < route->tiers_count; t++)
        work->present[t] = route->tiers[t].deliver_at;
    work->present[route->tiers_count - 1] = work->options.floor;
    work->options.present = work->present;
    return PL_OK;
}

/* ---- the fit ---- */

static enum pl_status read_and_fit(struct work *work, struct pl_error *error)
{
    PL_RETURN_IF(pl_route_data_read(work->line, work->settings->decisions, &work->columns,
                                    &work->arena, &work->data, error));
    PL_RETURN_IF(read_floor(work, error));
    return pl_cascade_fit(&work->data.cascade, &work->options, &work->arena, &work->fit, error);
}

static enum pl_status fit(struct work *work, struct pl_error *error)
{
    struct pl_progress *progress;
    struct pl_str note;
    enum pl_status status;

    PL_RETURN_IF(read_line(work, error));
    PL_RETURN_IF(read_options(work, error));
    PL_RETURN_IF(
        pl_route_columns_read(work->line, &work->settings->columns, &work->columns, error));
    PL_RETURN_IF(pl_data_print_make(pl_str_of(work->settings->decisions), &work->arena,
                                    &work->print, error));
    note = pl_arena_format(&work->arena, "fitting %s ...", work->settings->decisions);
    progress = pl_progress_start(note);
    status = read_and_fit(work, error);
    pl_progress_stop(progress);
    return status;
}

/* ---- what is shown and written ---- */

/* The path of the output as it stands in the line, which counts from its own folder. */
static const char *from_line(const struct work *work)
{
    const char *output = work->settings->output;
    const size_t length = work->line->folder.len;

    if (output == NULL || strncmp(output, work->line->folder.ptr, length) != 0 ||
        output[length] != '/')
        return output;
    return output + length + 1;
}

static struct pl_cascade_result result_of(const struct work *work)
{
    const struct pl_confidence_rule *rule = &work->line->serving->route.confidence;

    return (struct pl_cascade_result){
        .fit = work->fit,
        .feature = work->line->feature,
        .from = pl_str_of(pl_word_name(&PL_WORDS_CONFIDENCE_FROM, rule->from)),
        .signal = rule->from == PL_CONFIDENCE_LOGPROBS
                      ? pl_str_of(pl_word_name(&PL_WORDS_CONFIDENCE_SIGNAL, rule->signal))
                      : PL_STR(""),
        .line_hash = work->line_hash,
        .data_file = pl_str_of(work->settings->decisions),
        .data = work->print,
        .output = work->fit->chosen_given ? work->settings->output : NULL,
        .from_line = from_line(work),
        .rules_unread = work->data.rules_unread,
        .version = PL_VERSION,
    };
}

/* Replaces the file by one that a server is sure to read: it is read here first. */
static enum pl_status write_file(struct work *work, const struct pl_cascade_result *result,
                                 struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer json = {0};
    struct pl_calibration_map *map;

    pl_buffer_init(&json, PL_CALIBRATION_SIZE_BYTES_MAX);
    pl_cascade_json(result, (struct pl_style){0}, &json);
    PL_RETURN_IF(pl_buffer_check(&json, "the fit", error));
    PL_RETURN_IF(
        pl_calibration_parse(pl_buffer_view(&json), result->output, &work->arena, &map, error));
    return pl_file_write(result->output, pl_buffer_view(&json), false, error);
}

static int show(struct work *work, struct pl_style style)
{
    const struct pl_cascade_result result = result_of(work);
    struct pl_error error = {0};
    struct pl_buffer out;
    int exit_code;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    WRITERS[work->settings->format](&result, style, &out);
    if (result.output != NULL && write_file(work, &result, &error) != PL_OK)
        exit_code = pl_screen_fail(&error);
    else
        exit_code = pl_screen_finish(&out, work->fit->chosen_given ? PL_EXIT_YES : PL_EXIT_NO);
    pl_buffer_deinit(&out);
    return exit_code;
}

static int run(const struct pl_call *call)
{
    struct work work = {.settings = call->settings};
    struct pl_error error = {0};

    pl_arena_init(&work.arena, ARENA_SIZE_BYTES_MAX);

    const int exit_code =
        fit(&work, &error) == PL_OK ? show(&work, call->style) : pl_screen_fail(&error);

    pl_arena_deinit(&work.arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_ROUTE_FIT = {
    .name = "route fit",
    .summary = "Learn from labelled decisions when a cheap tier may answer.",
    .about =
        "Learns what the signal of each tier is worth (isotonic regression), and chooses from "
        "which confidence on its answers are delivered: the cheapest thresholds of which it is "
        "shown, by tests that hold for any number of decisions, that the quality keeps a bound. "
        "Where none can be shown to keep it, it says so and how many labels would do. Beside the "
        "choice stand every tier alone, the line's rules, the line's own thresholds, and a random "
        "mixture of two tiers of the same quality, with what each costs.\n\n"
        "One part of the requests calibrates, one chooses, and one is held out and shows what the "
        "choice is worth. Every request needs a label and a cost at every tier: of answers that "
        "were never asked for nobody knows whether they would have been right. Nothing is "
        "recorded.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

/* `plimsoll eval rate`: people rate outputs, at the terminal or in a sheet, and how far they agree. */
#include "base/file.h"
#include "cli/commands.h"
#include "cli/eval_suite.h"
#include "cli/rating_session.h"
#include "cli/screen.h"
#include "eval/raters.h"
#include "report/number.h"
#include "report/values.h"

#include <stddef.h>
#include <stdlib.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)8 << 30)
#define SHEET_SIZE_BYTES_MAX ((size_t)512 << 20)
#define SAMPLE_MAX           1e7
#define SEED_MAX             9e15

enum { FORMAT_TEXT, FORMAT_JSON };

struct rate_settings {
    const char *line;
    const char *suite;
    const char *run;
    const char *rater;
    const char *scorer;
    uint64_t sample;
    uint64_t seed;
    const char *export_to;
    const char *import_from;
    bool agreement;
    uint32_t format;
};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "LINE",
        .initial = PL_LINE_FILE,
        .offset = offsetof(struct rate_settings, line),
        .help = "The line that the suite is of. Default: plimsoll.yaml.",
    },
    {0},
};

static const char *const FORMATS[] = {"text", "json", NULL};

static const struct pl_option OPTIONS[] = {
    {
        .name = "suite",
        .letter = 's',
        .type = PL_OPTION_TEXT,
        .argument = "SUITE",
        .offset = offsetof(struct rate_settings, suite),
        .help = "The suite whose outputs are rated; it may be left out where the line has one.",
    },
    {
        .name = "run",
        .type = PL_OPTION_TEXT,
        .argument = "RUN",
        .offset = offsetof(struct rate_settings, run),
        .help = "The run whose outputs are rated. Default: the newest complete one.",
    },
    {
        .name = "rater",
        .type = PL_OPTION_TEXT,
        .argument = "NAME",
        .offset = offsetof(struct rate_settings, rater),
        .help = "Who rates. Default: the name of the account.",
    },
    {
        .name = "scorer",
        .type = PL_OPTION_TEXT,
        .argument = "NAME",
        .offset = offsetof(struct rate_settings, scorer),
        .help = "The scorer whose question is asked: pass or fail, or a judge's scale. Default: "
                "the first judge of the suite, else pass or fail.",
    },
    {
        .name = "sample",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .maximum = SAMPLE_MAX,
        .initial = "0",
        .offset = offsetof(struct rate_settings, sample),
        .help = "Only so many outputs, drawn at random: the same for every rater who gives the "
                "same seed. 0 is all.",
    },
    {
        .name = "seed",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .maximum = SEED_MAX,
        .initial = "1",
        .offset = offsetof(struct rate_settings, seed),
        .help = "What the sample and the order are drawn with. Default: 1.",
    },
    {
        .name = "export",
        .type = PL_OPTION_TEXT,
        .argument = "FILE",
        .offset = offsetof(struct rate_settings, export_to),
        .help = "Write what is to be rated as a sheet (CSV) instead of asking; the file must not "
                "exist.",
    },
    {
        .name = "import",
        .type = PL_OPTION_TEXT,
        .argument = "FILE",
        .offset = offsetof(struct rate_settings, import_from),
        .help = "Take the ratings of such a sheet, filled in: all of them, or none when one is "
                "wrong.",
    },
    {
        .name = "agreement",
        .type = PL_OPTION_FLAG,
        .offset = offsetof(struct rate_settings, agreement),
        .help = "Say how far the raters of the suite agree.",
    },
    {
        .name = "format",
        .letter = 'f',
        .type = PL_OPTION_CHOICE,
        .argument = "FORMAT",
        .choices = FORMATS,
        .initial = "text",
        .offset = offsetof(struct rate_settings, format),
        .help = "How the agreement is written: text or json. Default: text.",
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
    {0, "What was asked for was done; ratings may be left."},
    {2, "The line, the run or the sheet cannot be read, or nobody has rated yet."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll eval rate --suite golden --sample 50 --rater ada", "Rate fifty outputs:"},
    {"plimsoll eval rate --suite golden --agreement", "How far people agree:"},
    {NULL, NULL},
};

/* What every way of this command works on. */
struct rate_call {
    const struct rate_settings *settings;
    struct pl_style style;
    struct pl_arena arena;
    struct pl_buffer out;
    const struct pl_suite *suite;
    struct pl_desk_request request;
    struct pl_desk desk;
};

/* ---- agreement ---- */

static void write_stat(struct pl_json *json, const char *key, const struct pl_stat *stat,
                       double confidence)
{
    const struct pl_estimate estimate = pl_stat_estimate(stat, confidence, PL_RATE_WILSON);

    pl_json_member_estimate(json, key, &estimate);
}

static void write_raters(struct pl_json *json, const struct pl_raters *raters)
{
    pl_json_key(json, "raters");
    pl_json_open_array(json);
    for (size_t i = 0; i < raters->raters_count; i++) {
        pl_json_open_object(json);
        pl_json_key(json, "rater");
        pl_json_str(json, raters->raters[i].name);
        pl_json_key(json, "rated");
        pl_json_uint64(json, raters->raters[i].rated);
        if (raters->question.top == 0) {
            pl_json_key(json, "passed");
            pl_json_uint64(json, raters->raters[i].passed);
        }
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_json(const struct rate_call *rate, const struct pl_raters *raters,
                       struct pl_buffer *out)
{
    const double confidence = rate->suite->line->evidence.confidence;
    struct pl_json json;

    pl_json_init(&json, out, true);
    pl_json_open_object(&json);
    pl_json_key(&json, "suite");
    pl_json_str(&json, rate->suite->name);
    pl_json_key(&json, "scorer");
    pl_json_str(&json, raters->question.scorer);
    pl_json_key(&json, "outputs");
    pl_json_uint64(&json, raters->outputs);
    pl_json_key(&json, "rated_twice");
    pl_json_uint64(&json, raters->shared);
    write_raters(&json, raters);
    pl_json_key(&json, "pairs");
    pl_json_open_array(&json);
    for (size_t i = 0; i < raters->pairs_count; i++) {
        const struct pl_rater_agreement *pair = &raters->pairs[i];

        pl_json_open_object(&json);
        pl_json_key(&json, "first");
        pl_json_str(&json, raters->raters[pair->first].name);
        pl_json_key(&json, "second");
        pl_json_str(&json, raters->raters[pair->second].name);
        write_stat(&json, "agreement", &pair->raw, confidence);
        write_stat(&json, "cohen_kappa", &pair->kappa, confidence);
        pl_json_close_object(&json);
    }
    pl_json_close_array(&json);
    write_stat(&json, "krippendorff_alpha", &raters->alpha.stat, confidence);
    pl_json_close_object(&json);
    pl_buffer_add_char(out, '\n');
}

static void add_stat(struct rate_call *rate, const char *name, enum pl_figure figure,
                     const struct pl_stat *stat)
{
    const struct pl_estimate estimate =
        pl_stat_estimate(stat, rate->suite->line->evidence.confidence, PL_RATE_WILSON);

    pl_buffer_add_format(&rate->out, "    %-24s", name);
    if (estimate.status == PL_ESTIMATE_UNDEFINED) {
        pl_buffer_add_format(&rate->out, "none: %s\n", pl_undefined_text(estimate.reason));
        return;
    }
    pl_figure_write(&rate->out, figure, estimate.value);
    pl_buffer_add_text(&rate->out, "  ");
    pl_interval_write(&rate->out, figure, estimate.low, estimate.high);
    pl_buffer_add_char(&rate->out, '\n');
}

static void write_text(struct rate_call *rate, const struct pl_raters *raters)
{
    struct pl_buffer *out = &rate->out;

    pl_buffer_add_format(out, "%.*s: %llu outputs rated, %llu of them by two or more people\n",
                         PL_STR_ARG(rate->suite->name), (unsigned long long)raters->outputs,
                         (unsigned long long)raters->shared);
    for (size_t i = 0; i < raters->raters_count; i++) {
        pl_buffer_add_text(out, "  ");
        pl_text_fold(out, raters->raters[i].name, rate->style.utf8);
        pl_buffer_add_format(out, ": %llu rated", (unsigned long long)raters->raters[i].rated);
        if (raters->question.top == 0)
            pl_buffer_add_format(out, ", %llu passed",
                                 (unsigned long long)raters->raters[i].passed);
        pl_buffer_add_char(out, '\n');
    }
    for (size_t i = 0; i < raters->pairs_count; i++) {
        const struct pl_rater_agreement *pair = &raters->pairs[i];

        pl_buffer_add_text(out, "\n  ");
        pl_text_fold(out, raters->raters[pair->first].name, rate->style.utf8);
        pl_buffer_add_text(out, " and ");
        pl_text_fold(out, raters->raters[pair->second].name, rate->style.utf8);
        pl_buffer_add_format(out, ", %llu outputs\n", (unsigned long long)pair->both);
        add_stat(rate, "agreement", PL_FIGURE_PERCENT, &pair->raw);
        add_stat(rate, raters->question.top == 0 ? "Cohen's kappa" : "Cohen's kappa, weighted",
                 PL_FIGURE_FRACTION, &pair->kappa);
    }
    pl_buffer_add_text(out, "\n  all raters\n");
    add_stat(rate, "Krippendorff's alpha", PL_FIGURE_FRACTION, &raters->alpha.stat);
}

static enum pl_status say_agreement(struct rate_call *rate, struct pl_error *error)
{
    struct pl_raters raters;

    PL_RETURN_IF(pl_raters_compare(rate->suite, &rate->request.question,
                                   rate->suite->line->evidence.confidence, &rate->arena, &raters,
                                   error));
    if (rate->settings->format == FORMAT_JSON)
        write_json(rate, &raters, &rate->out);
    else
        write_text(rate, &raters);
    return PL_OK;
}

/* ---- rating ---- */

static enum pl_status find_run(struct rate_call *rate, struct pl_run **ret_run,
                               struct pl_error *error)
{
    static const struct pl_run_wish WHOLE = {.complete = true};
    const char *name = rate->settings->run;

    if (name != NULL)
        return pl_run_read(rate->suite, pl_str_of(name), &rate->arena, ret_run, error);
    PL_RETURN_IF(pl_run_find(rate->suite, &WHOLE, &rate->arena, ret_run, error));
    if (*ret_run == NULL)
        return pl_error_set(error, PL_E_NOT_FOUND,
                            "the suite `%.*s` has no complete run; `plimsoll eval` makes one",
                            PL_STR_ARG(rate->suite->name));
    return PL_OK;
}

static enum pl_status name_rater(struct rate_call *rate, struct pl_error *error)
{
    const struct rate_settings *settings = rate->settings;
    const char *name = settings->rater;

    if (name == NULL && settings->import_from == NULL)
        name = getenv("USER");
    rate->request.rater = pl_str_trim(pl_str_of(name));
    if (rate->request.rater.len == 0 && settings->export_to == NULL)
        return pl_error_set(error, PL_E_USAGE, "--rater is needed: who rates");
    if (rate->request.rater.len > PL_RATER_SIZE_MAX || !pl_str_is_utf8(rate->request.rater))
        return pl_error_set(error, PL_E_USAGE, "--rater takes a name of at most %d bytes of UTF-8",
                            PL_RATER_SIZE_MAX);
    return PL_OK;
}

static enum pl_status open_desk(struct rate_call *rate, struct pl_error *error)
{
    struct pl_run *run = NULL;

    PL_RETURN_IF(name_rater(rate, error));
    PL_RETURN_IF(find_run(rate, &run, error));
    rate->request.suite = rate->suite;
    rate->request.run = run;
    /* A sheet may hold any output of the run, whatever sample it was made with. */
    rate->request.sample = rate->settings->import_from == NULL ? rate->settings->sample : 0;
    rate->request.seed = rate->settings->seed;
    return pl_desk_open(&rate->request, &rate->arena, &rate->desk, error);
}

static enum pl_status write_sheet(struct rate_call *rate, struct pl_error *error)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer sheet = {0};
    const char *path = rate->settings->export_to;
    size_t count = 0;

    pl_buffer_init(&sheet, SHEET_SIZE_BYTES_MAX);
    pl_desk_write_sheet(&rate->desk, &sheet);
    PL_RETURN_IF(pl_buffer_check(&sheet, "the sheet", error));
    PL_RETURN_IF(pl_file_write(path, pl_buffer_view(&sheet), true, error));
    for (size_t i = 0; i < rate->desk.count; i++)
        count += rate->desk.outputs[i].rated ? 0 : 1;
    pl_buffer_add_format(&rate->out, "%zu outputs to be rated in %s\n", count, path);
    return PL_OK;
}

static enum pl_status read_sheet(struct rate_call *rate, struct pl_error *error)
{
    struct pl_sheet_counts counts = {0};

    PL_RETURN_IF(
        pl_desk_read_sheet(&rate->desk, rate->settings->import_from, &rate->arena, &counts, error));
    pl_buffer_add_format(&rate->out, "%llu ratings taken, %llu rows without one\n",
                         (unsigned long long)counts.rated, (unsigned long long)counts.empty);
    return PL_OK;
}

static enum pl_status run_call(struct rate_call *rate, struct pl_error *error)
{
    const struct rate_settings *settings = rate->settings;
    const int ways = (settings->export_to != NULL) + (settings->import_from != NULL) +
                     (settings->agreement ? 1 : 0);

    if (ways > 1)
        return pl_error_set(error, PL_E_USAGE,
                            "only one of --export, --import and --agreement can be done at once");
    PL_RETURN_IF(
        pl_eval_suite_read(settings->line, settings->suite, &rate->arena, &rate->suite, error));
    PL_RETURN_IF(
        pl_rating_question_of(rate->suite, settings->scorer, &rate->request.question, error));
    if (settings->agreement)
        return say_agreement(rate, error);
    PL_RETURN_IF(open_desk(rate, error));
    if (settings->export_to != NULL)
        return write_sheet(rate, error);
    return settings->import_from != NULL ? read_sheet(rate, error)
                                         : pl_rating_session(&rate->desk, rate->style, error);
}

static int run(const struct pl_call *call)
{
    struct rate_call rate = {.settings = call->settings, .style = call->style};
    struct pl_error error = {0};

    pl_arena_init(&rate.arena, ARENA_SIZE_BYTES_MAX);
    pl_buffer_init(&rate.out, PL_OUTPUT_SIZE_BYTES_MAX);

    const int exit_code = run_call(&rate, &error) == PL_OK
                              ? pl_screen_finish(&rate.out, PL_EXIT_YES)
                              : pl_screen_fail(&error);

    pl_buffer_deinit(&rate.out);
    pl_arena_deinit(&rate.arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_EVAL_RATE = {
    .name = "eval rate",
    .summary = "Rate outputs of a run, blind; say how far people agree.",
    .about = "Shows the outputs of a run one by one, in another order for each rater and without "
             "scores, the model's name or a judge's verdict, and asks for pass or fail or for a "
             "mark. Every rating is written at once to ratings.jsonl beside the suite's runs; "
             "what a rater has rated is not shown again.\n\n"
             "Answers are p or f, or a number on the scale; s skips, b goes back, q stops.",
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

/*
 * `plimsoll audit`: measures without judging, and records nothing. The data are those of a line, or a
 * file of which the options say what a line would say.
 */
#include "base/file.h"
#include "cli/audit_options.h"
#include "cli/calibration.h"
#include "cli/commands.h"
#include "cli/data_print.h"
#include "cli/fairness.h"
#include "cli/live.h"
#include "cli/names.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "cli/search.h"
#include "cli/splits.h"
#include "line/keys.h"
#include "measure/run.h"
#include "report/report.h"

#include <stddef.h>
#include <string.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 30)
/* An audit under way. All but the measured arrays lives in the arena. */
struct audit {
    const struct pl_audit_settings *settings;
    const struct pl_call *call;
    struct pl_arena arena;
    struct pl_splits by;
    struct pl_line line;
    bool with_line; /* the data are those of a line */
    struct pl_strs metrics;
    struct pl_measured *measured;
    const struct pl_between *betweens;
    size_t betweens_count;
    struct pl_search *search;
    struct pl_fairness_options fairness_options;
    struct pl_fairness *fairness;
    struct pl_mixes *mixes;
    const struct pl_confusions *confusions;
    struct pl_reliabilities *calibration;
    struct pl_live_use live;
    struct pl_data_print data;
    uint64_t started_ns;
};

/* What the options say, as the line that would say it. */
static struct pl_line line_of(const struct pl_audit_settings *settings, const struct pl_splits *by)
{
    return (struct pl_line){
        .file = "",
        .folder = PL_STR("."),
        .feature = PL_STR("audit"),
        .title = PL_STR("audit"),
        .data =
            {
                .decisions = pl_str_of(settings->data),
                .label = pl_str_of(settings->label),
                .score = pl_str_of(settings->score),
                .prediction = pl_str_of(settings->prediction),
                .count = pl_str_of(settings->count),
                .weight = pl_str_of(settings->weight),
                .group = pl_str_of(settings->group),
                .query = pl_str_of(settings->query),
                .rank = pl_str_of(settings->rank),
                .positive = pl_str_of(settings->positive),
                .threshold = settings->threshold,
                .where = pl_str_of(settings->where),
                .segments = by->segments,
                .segments_count = by->segments_count,
            },
        .costs = {.false_positive = 1.0, .false_negative = 1.0},
        .evidence =
            {
                .confidence = settings->confidence,
                .depth = (uint32_t)settings->depth,
                .smallest_slice = settings->smallest,
                .smallest_share = settings->smallest_share,
                .missing = (enum pl_missing)settings->missing,
                .interval = (enum pl_interval_method)settings->interval,
                .seed = settings->seed,
            },
    };
}

static enum pl_status read_task(struct audit *audit, struct pl_error *error)
{
    const struct pl_word *word = pl_word_find(&PL_WORDS_TASK, pl_str_of(audit->settings->task));
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer names = {0};

    if (word != NULL) {
        audit->line.data.task = (enum pl_task)word->value;
        return PL_OK;
    }
    pl_buffer_init(&names, PL_ERROR_MESSAGE_SIZE);
    for (size_t i = 0; i < PL_WORDS_TASK.count; i++)
        pl_buffer_add_format(&names, "%s%s", i == 0 ? "" : ", ", PL_WORDS_TASK.items[i].name);
    return pl_error_set(error, PL_E_USAGE, "`--task %s` is none of: %.*s", audit->settings->task,
                        PL_STR_ARG(pl_buffer_view(&names)));
}

/* Options that say what a line says itself. */
static enum pl_status refuse_with_line(const struct audit *audit, struct pl_error *error)
{
    static const char *const SAID[] = {"task",  "label",  "score", "prediction", "positive",
                                       "count", "weight", "group", "where",      "threshold"};

    for (size_t i = 0; i < sizeof SAID / sizeof *SAID; i++)
        if (pl_option_given(audit->call, SAID[i]))
            return pl_error_set(error, PL_E_USAGE,
                                "`--%s` does not go with a line: %s says what its data are",
                                SAID[i], audit->settings->data);
    return PL_OK;
}

/* What the options ask of the evidence stands above what the line asks. */
static void override_evidence(const struct audit *audit, struct pl_evidence *evidence)
{
    const struct pl_audit_settings *settings = audit->settings;

    if (pl_option_given(audit->call, "confidence"))
        evidence->confidence = settings->confidence;
    if (pl_option_given(audit->call, "depth"))
        evidence->depth = (uint32_t)settings->depth;
    if (pl_option_given(audit->call, "smallest"))
        evidence->smallest_slice = settings->smallest;
    if (pl_option_given(audit->call, "smallest-share"))
        evidence->smallest_share = settings->smallest_share;
    if (pl_option_given(audit->call, "missing"))
        evidence->missing = (enum pl_missing)settings->missing;
    if (pl_option_given(audit->call, "interval"))
        evidence->interval = (enum pl_interval_method)settings->interval;
    if (pl_option_given(audit->call, "seed"))
        evidence->seed = settings->seed;
}

/* The limits name measures to show besides the usual ones, but where the options say which; their
   slices are shown where the options name none. */
static enum pl_status keep_limits(struct audit *audit, struct pl_error *error)
{
    struct pl_line *line = &audit->line;
    struct pl_limit *limits =
        pl_arena_alloc_array(&audit->arena, line->limits_count + 1, sizeof *limits);

    if (limits == NULL)
        return pl_arena_error(&audit->arena, "the measures", error);
    if (pl_option_given(audit->call, "metrics"))
        line->limits_count = 0;
    for (size_t i = 0; i < line->limits_count; i++) {
        limits[i] = line->limits[i];
        if (audit->by.crossings_count > 0)
            limits[i].crossings_count = 0;
    }
    line->limits = limits;
    return PL_OK;
}

/* The line of the file, with the segments that `--by` adds to its own. */
static enum pl_status read_line(struct audit *audit, struct pl_error *error)
{
    const char *path = audit->settings->data;
    struct pl_line *line = NULL;

    PL_RETURN_IF(refuse_with_line(audit, error));
    PL_RETURN_IF(pl_measure_read(path, &audit->arena, &line, error));
    pl_splits_init(&audit->by, line->data.segments, line->data.segments_count);
    PL_RETURN_IF(pl_splits_read(&audit->settings->by, &audit->arena, &audit->by, error));
    audit->with_line = true;
    audit->line = *line;
    audit->line.data.segments = audit->by.segments;
    audit->line.data.segments_count = audit->by.segments_count;
    override_evidence(audit, &audit->line.evidence);
    return keep_limits(audit, error);
}

static bool is_line(struct pl_str path)
{
    return pl_str_ends_with(path, PL_STR(".yaml")) || pl_str_ends_with(path, PL_STR(".yml"));
}

/* Where the data are and what they mean: from a line, or from the options. */
static enum pl_status find_line(struct audit *audit, struct pl_error *error)
{
    if (is_line(pl_str_of(audit->settings->data)))
        return read_line(audit, error);
    if (strcmp(audit->settings->data, "ledger:") == 0)
        return pl_error_set(error, PL_E_USAGE,
                            "which feature? `ledger:NAME` is the live traffic of one, `ledger:*` "
                            "that of all, and a line has its own with `ledger:`");
    pl_splits_init(&audit->by, NULL, 0);
    PL_RETURN_IF(pl_splits_read(&audit->settings->by, &audit->arena, &audit->by, error));
    audit->line = line_of(audit->settings, &audit->by);
    return read_task(audit, error);
}

static bool is_named(const struct pl_splits *by, const struct pl_crossing *crossing)
{
    for (size_t i = 0; i < by->crossings_count; i++) {
        const struct pl_crossing *named = &by->crossings[i];
        bool same = named->count == crossing->count;

        for (uint32_t j = 0; same && j < crossing->count; j++) {
            bool found = false;

            for (uint32_t k = 0; k < named->count; k++)
                found = found || named->segments[k] == crossing->segments[j];
            same = found;
        }
        if (same)
            return true;
    }
    return false;
}

/* The crossings that were named, and those up to the depth that were not. */
static enum pl_status all_crossings(struct audit *audit, const struct pl_crossing **ret_crossings,
                                    size_t *ret_count, struct pl_error *error)
{
    const struct pl_crossing *every = NULL;
    size_t every_count = 0;

    PL_RETURN_IF(pl_crossings_every(audit->by.segments_count, audit->line.evidence.depth,
                                    &audit->arena, &every, &every_count, error));

    struct pl_crossing *all =
        pl_arena_alloc_array(&audit->arena, every_count + audit->by.crossings_count, sizeof *all);
    size_t count = 0;

    if (all == NULL)
        return pl_arena_error(&audit->arena, "the crossings", error);
    for (size_t i = 0; i < every_count; i++)
        if (!is_named(&audit->by, &every[i]) || every[i].count == 1)
            all[count++] = every[i];
    for (size_t i = 0; i < audit->by.crossings_count; i++)
        if (audit->by.crossings[i].count > 1)
            all[count++] = audit->by.crossings[i];
    *ret_crossings = all;
    *ret_count = count;
    return PL_OK;
}

static uint32_t threads_of(const struct pl_audit_settings *settings)
{
    return settings->threads == 0 ? pl_processors_count() : (uint32_t)settings->threads;
}

static enum pl_status measure(struct audit *audit, struct pl_error *error)
{
    struct pl_measure_request request = {
        .metrics = audit->metrics,
        .threads = threads_of(audit->settings),
    };

    if (audit->settings->fairness != NULL)
        PL_RETURN_IF(
            pl_fairness_measures(&audit->fairness_options, &audit->arena, &request.also, error));

    if (audit->settings->calibration)
        PL_RETURN_IF(pl_calibration_ask(&audit->line, &audit->arena, &request, error));

    /* Of a line's segments those that are named; of a file's all that the names make. */
    if (audit->with_line && audit->by.crossings_count > 0) {
        request.crossings = audit->by.crossings;
        request.crossings_count = audit->by.crossings_count;
    } else {
        PL_RETURN_IF(all_crossings(audit, &request.crossings, &request.crossings_count, error));
    }
    return pl_measure_line(&audit->line, &request, &audit->arena, &audit->measured, error);
}

/* What takes decisions for independent does not go with data.group. */
static enum pl_status refuse_with_group(const struct audit *audit, struct pl_error *error)
{
    const struct pl_audit_settings *settings = audit->settings;
    const struct {
        const char *name;
        bool asked;
    } PARTS[] = {
        {"search", settings->search != NULL},
        {"mix", settings->mix},
        {"fairness", settings->fairness != NULL},
        {"calibration", settings->calibration},
    };

    for (size_t i = 0; audit->line.data.group.len > 0 && i < sizeof PARTS / sizeof *PARTS; i++)
        if (PARTS[i].asked)
            return pl_error_set(error, PL_E_UNSUPPORTED,
                                "`--%s` takes decisions for independent, and those of this data "
                                "belong together (`group`); leave one of the two out",
                                PARTS[i].name);
    return PL_OK;
}

static enum pl_status check_settings(const struct pl_audit_settings *settings,
                                     struct pl_error *error)
{
    if (settings->score != NULL && settings->prediction != NULL)
        return pl_error_set(error, PL_E_USAGE,
                            "give `--score` or `--prediction`, not both: a score and its "
                            "threshold make the prediction");
    return PL_OK;
}

static enum pl_status search(struct audit *audit, struct pl_error *error)
{
    const struct pl_audit_settings *settings = audit->settings;
    const struct pl_evidence *evidence = &audit->line.evidence;
    const struct pl_search_options options = {
        .end = (enum pl_search_end)settings->search_end,
        .depth = (uint32_t)settings->search_depth,
        .top = (uint32_t)settings->search_top,
        .confidence = evidence->confidence,
        .interval = evidence->interval,
        .smallest_slice = evidence->smallest_slice,
        .seconds_max = settings->search_time,
        .threads = threads_of(settings),
    };

    if (settings->search == NULL)
        return PL_OK;
    return pl_search_attended(audit->measured->cells, settings->search, options, &audit->arena,
                              &audit->search, error);
}

static enum pl_status read_fairness(struct audit *audit, struct pl_error *error)
{
    const struct pl_fairness_asked asked = {
        .names = audit->settings->fairness,
        .references = &audit->settings->references,
        .line = &audit->line,
    };

    return pl_fairness_read(&asked, &audit->arena, &audit->fairness_options, error);
}

static enum pl_status run_audit(struct audit *audit, struct pl_error *error)
{
    PL_RETURN_IF(check_settings(audit->settings, error));
    PL_RETURN_IF(find_line(audit, error));
    PL_RETURN_IF(refuse_with_group(audit, error));
    PL_RETURN_IF(
        pl_splits_strata(&audit->by, audit->settings->strata, &audit->line.data.strata, error));
    PL_RETURN_IF(pl_names_read(&audit->settings->metrics, &audit->arena, &audit->metrics, error));
    PL_RETURN_IF(read_fairness(audit, error));
    PL_RETURN_IF(pl_live_window_set(&audit->settings->window, &audit->line, error));
    PL_RETURN_IF(pl_live_use_begin(&audit->line, &audit->arena, &audit->live, error));
    PL_RETURN_IF(
        pl_data_print_make(pl_line_path(&audit->line, audit->line.data.decisions, &audit->arena),
                           &audit->arena, &audit->data, error));

    const struct pl_str note =
        pl_arena_format(&audit->arena, "measuring %s ...", audit->settings->data);
    struct pl_progress *progress = pl_progress_start(note);
    enum pl_status status = measure(audit, error);

    if (status == PL_OK)
        status = pl_measure_between(audit->measured, threads_of(audit->settings), &audit->arena,
                                    &audit->betweens, &audit->betweens_count, error);
    if (status == PL_OK && audit->line.data.group.len == 0)
        status =
            pl_mix_all(audit->measured, audit->settings->mix, &audit->arena, &audit->mixes, error);
    if (status == PL_OK)
        status = pl_confusions_make(audit->measured, audit->settings->confusion, &audit->arena,
                                    &audit->confusions, error);
    if (status == PL_OK && audit->settings->fairness != NULL)
        status = pl_fairness_run(audit->measured, audit->betweens, &audit->fairness_options,
                                 &audit->arena, &audit->fairness, error);
    if (status == PL_OK && audit->settings->calibration)
        status = pl_reliability_make(audit->measured, &audit->arena, &audit->calibration, error);
    pl_progress_stop(progress);
    return status == PL_OK ? search(audit, error) : status;
}

static int show(const struct audit *audit, struct pl_style style)
{
    const struct pl_audit_result result = {
        .line = audit->with_line ? audit->settings->data : NULL,
        .measured = audit->measured,
        .betweens = audit->betweens,
        .betweens_count = audit->betweens_count,
        .search = audit->search,
        .fairness = audit->fairness,
        .measures_asked = audit->metrics.count > 0,
        .mixes = audit->mixes,
        .confusions = audit->confusions,
        .calibration = audit->calibration,
        .data = audit->data,
        .version = PL_VERSION,
        .elapsed_seconds = (double)(pl_clock_monotonic_ns() - audit->started_ns) / 1e9,
    };
    struct pl_buffer out;

    pl_buffer_init(&out, PL_OUTPUT_SIZE_BYTES_MAX);
    pl_report_format_find(PL_AUDIT_FORMATS[audit->settings->format])->audit(&result, style, &out);

    const int exit_code = pl_screen_finish(&out, PL_EXIT_YES);

    pl_buffer_deinit(&out);
    return exit_code;
}

static int run(const struct pl_call *call)
{
    struct audit audit = {
        .settings = call->settings, .call = call, .started_ns = pl_clock_monotonic_ns()};
    struct pl_error error = {0};

    pl_arena_init(&audit.arena, ARENA_SIZE_BYTES_MAX);

    const int exit_code =
        run_audit(&audit, &error) == PL_OK ? show(&audit, call->style) : pl_screen_fail(&error);

    pl_live_use_end(&audit.live);
    pl_measured_deinit(audit.measured);
    pl_arena_deinit(&audit.arena);
    return exit_code;
}

const struct pl_command PL_COMMAND_AUDIT = {
    .name = "audit",
    .summary = "Measure data in every group, without judging them.",
    .about = "Measures decisions overall, in every group of each segment, and in their crossings, "
             "and compares the groups. Nothing is judged and nothing is recorded: write a line and "
             "use `plimsoll gate` for that. The data are a file with options that say what its "
             "columns are, or those of a line.\n\n"
             "Without a label only measures that need none are offered, such as selection_rate.",
    .operands = PL_AUDIT_OPERANDS,
    .options = PL_AUDIT_OPTIONS,
    .exits = PL_AUDIT_EXITS,
    .examples = PL_AUDIT_EXAMPLES,
    .run = run,
};

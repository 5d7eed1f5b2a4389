/*
 * `plimsoll audit`: measures without judging, and records nothing. The data are those of a line, or a
 * file of which the options say what a line would say.
 */
#include "base/file.h"
#include "cli/calibration.h"
#include "cli/commands.h"
#include "cli/data_print.h"
#include "cli/fairness.h"
#include "cli/names.h"
#include "cli/progress.h"
#include "cli/screen.h"
#include "cli/search.h"
#include "cli/splits.h"
#include "line/keys.h"
#include "line/problem.h"
#include "measure/run.h"
#include "report/report.h"

#include <float.h>
#include <stddef.h>

#define ARENA_SIZE_BYTES_MAX ((size_t)64 << 30)
#define THREADS_MAX          256
#define SEED_MAX             9007199254740992.0
#define SEARCH_SECONDS_MAX   1e6

struct audit_settings {
    const char *data;
    const char *task;
    const char *label;
    const char *score;
    const char *prediction;
    const char *positive;
    const char *count;
    const char *weight;
    const char *query;
    const char *rank;
    const char *where;
    double threshold;
    struct pl_texts by;
    struct pl_texts metrics;
    uint64_t depth;
    const char *strata;
    bool mix;
    bool calibration;
    bool confusion;
    const char *fairness;
    struct pl_texts references;
    const char *search;
    uint32_t search_end;
    uint64_t search_depth;
    uint64_t search_top;
    double search_time;
    double confidence;
    uint32_t interval;
    uint64_t smallest;
    double smallest_share;
    uint32_t missing;
    uint64_t seed;
    uint64_t threads;
    uint32_t format;
};

#define FIELD(name) offsetof(struct audit_settings, name)

static const char *const FORMATS[] = {"text", "json", "markdown", NULL};

/* In the order of enum pl_interval_method. */
static const char *const INTERVALS[] = {"wilson", "exact", NULL};

/* In the order of enum pl_missing. */
static const char *const MISSING[] = {"judge", "list", NULL};

/* In the order of enum pl_search_end. */
static const char *const ENDS[] = {"worse", "high", "low", NULL};

static const struct pl_operand OPERANDS[] = {
    {
        .name = "DATA",
        .required = true,
        .offset = FIELD(data),
        .help =
            "CSV, TSV, JSON Lines or Parquet, also .gz and .zst: a path, or a glob in quotes. Or "
            "a line (.yaml), which says itself what its data are.",
    },
    {0},
};

static const struct pl_option OPTIONS[] = {
    {
        .name = "label",
        .letter = 'l',
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = FIELD(label),
        .help = "The column with what turned out to be true.",
    },
    {
        .name = "score",
        .letter = 's',
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = FIELD(score),
        .help = "The column with the score; a score of at least the threshold is a yes.",
    },
    {
        .name = "prediction",
        .letter = 'p',
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = FIELD(prediction),
        .help = "The column with the answer of the feature, in place of a score.",
    },
    {
        .name = "threshold",
        .letter = 't',
        .type = PL_OPTION_NUMBER,
        .argument = "NUMBER",
        .minimum = -DBL_MAX,
        .maximum = DBL_MAX,
        .initial = "0.5",
        .offset = FIELD(threshold),
        .help = "The least score that is a yes.",
    },
    {
        .name = "task",
        .type = PL_OPTION_TEXT,
        .argument = "TASK",
        .initial = "binary",
        .offset = FIELD(task),
        .help = "What kind of answer the feature gives, as `data.task` of a line says it.",
    },
    {
        .name = "positive",
        .type = PL_OPTION_TEXT,
        .argument = "VALUE",
        .offset = FIELD(positive),
        .help = "The value of label and prediction that means yes. Without it: 1 or true.",
    },
    {
        .name = "count",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = FIELD(count),
        .help = "A row stands for as many decisions as this column says.",
    },
    {
        .name = "weight",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = FIELD(weight),
        .help = "The sampling weight of a decision.",
    },
    {
        .name = "query",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = FIELD(query),
        .help = "In a ranking: the query, user or page whose list an item stands in.",
    },
    {
        .name = "rank",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = FIELD(rank),
        .help = "In a ranking without scores: the place of an item in its list, 1 first.",
    },
    {
        .name = "by",
        .letter = 'b',
        .type = PL_OPTION_TEXTS,
        .argument = "SEGMENT",
        .offset = FIELD(by),
        .help = "What splits the decisions into groups: a column, a crossing `A*B`, or a column in "
                "bins, `NAME=COLUMN:25,45`.",
    },
    {
        .name = "metrics",
        .letter = 'm',
        .type = PL_OPTION_TEXTS,
        .argument = "NAMES",
        .offset = FIELD(metrics),
        .help = "The measures, separated by commas; `plimsoll measures` lists them. Without it: a "
                "standard set for what the data has.",
    },
    {
        .name = "where",
        .letter = 'w',
        .type = PL_OPTION_TEXT,
        .argument = "CONDITION",
        .offset = FIELD(where),
        .help = "Only rows for which this SQL condition holds.",
    },
    {
        .name = "depth",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .minimum = 1,
        .maximum = PL_CROSSING_MAX,
        .initial = "2",
        .offset = FIELD(depth),
        .help = "Crossings of up to so many of the segments are measured too; 1: none but those "
                "that --by names.",
    },
    {
        .name = "strata",
        .type = PL_OPTION_TEXT,
        .argument = "SEGMENT",
        .offset = FIELD(strata),
        .help = "The segment, one of --by, within which the other groups are to be compared, such "
                "as a department: gaps are split into mix and rates within. Without it every other "
                "segment is tried, and gaps that turn round inside are shown.",
    },
    {
        .name = "calibration",
        .type = PL_OPTION_FLAG,
        .offset = FIELD(calibration),
        .help = "Show what was predicted beside what came true, overall and in every slice, and "
                "the worst slice of all.",
    },
    {
        .name = "mix",
        .type = PL_OPTION_FLAG,
        .offset = FIELD(mix),
        .help = "Show the split of every gap, not only of those that turn round.",
    },
    {
        .name = "confusion",
        .type = PL_OPTION_FLAG,
        .offset = FIELD(confusion),
        .help = "With a task of many classes: in JSON a confusion matrix of every slice, besides "
                "the one of all decisions.",
    },
    {
        .name = "fairness",
        .type = PL_OPTION_TEXT,
        .argument = "NAMES",
        .implied = PL_FAIRNESS_ALL,
        .offset = FIELD(fairness),
        .help = "Compare the groups by the definitions of fairness, side by side, and say which "
                "cannot hold together here. NAMES: some of them, separated by commas; without it "
                "all.",
    },
    {
        .name = "reference",
        .type = PL_OPTION_TEXTS,
        .argument = "SEGMENT=GROUP",
        .offset = FIELD(references),
        .help = "With --fairness: the group of a segment that the others are compared with. "
                "Without it the largest.",
    },
    {
        .name = "search",
        .type = PL_OPTION_TEXT,
        .argument = "METRIC",
        .implied = PL_SEARCH_ANY,
        .offset = FIELD(search),
        .help = "Search all slices for those where a measure is worst. Without METRIC: error_rate, "
                "or selection_rate where there are no labels.",
    },
    {
        .name = "search-end",
        .type = PL_OPTION_CHOICE,
        .argument = "END",
        .choices = ENDS,
        .initial = "worse",
        .offset = FIELD(search_end),
        .help = "Which end of the measure is searched for: high, low, or the worse, which is high "
                "for errors and low for all others.",
    },
    {
        .name = "search-depth",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .minimum = 1,
        .maximum = PL_CROSSING_MAX,
        .initial = "3",
        .offset = FIELD(search_depth),
        .help = "Slices of up to so many segments are searched.",
    },
    {
        .name = "search-top",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .minimum = 1,
        .maximum = PL_SEARCH_TOP_MAX,
        .initial = "10",
        .offset = FIELD(search_top),
        .help = "At most so many slices are listed.",
    },
    {
        .name = "search-time",
        .type = PL_OPTION_NUMBER,
        .argument = "SECONDS",
        .maximum = SEARCH_SECONDS_MAX,
        .initial = "0",
        .offset = FIELD(search_time),
        .help = "After so many seconds the worst slices so far are shown, and how much worse the "
                "rest could be; 0: no end. Ctrl-C does the same at any time.",
    },
    {
        .name = "confidence",
        .type = PL_OPTION_NUMBER,
        .argument = "SHARE",
        .minimum = 0.5,
        .maximum = 0.999999,
        .initial = "0.95",
        .offset = FIELD(confidence),
        .help = "The confidence of the intervals, two-sided.",
    },
    {
        .name = "interval",
        .type = PL_OPTION_CHOICE,
        .argument = "METHOD",
        .choices = INTERVALS,
        .initial = "wilson",
        .offset = FIELD(interval),
        .help = "The method for the intervals of rates: wilson or exact (Clopper-Pearson).",
    },
    {
        .name = "smallest",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .minimum = 1,
        .maximum = 1e9,
        .initial = "30",
        .offset = FIELD(smallest),
        .help = "Slices of fewer decisions are listed, and not compared.",
    },
    {
        .name = "smallest-share",
        .type = PL_OPTION_NUMBER,
        .argument = "SHARE",
        .maximum = 0.5,
        .initial = "0",
        .offset = FIELD(smallest_share),
        .help = "Slices with a smaller share of the decisions in their segment or crossing are "
                "listed, and not compared.",
    },
    {
        .name = "missing",
        .type = PL_OPTION_CHOICE,
        .argument = "WHAT",
        .choices = MISSING,
        .initial = "judge",
        .offset = FIELD(missing),
        .help = "Groups of missing values are compared like any other (judge), or listed only "
                "(list).",
    },
    {
        .name = "seed",
        .type = PL_OPTION_INTEGER,
        .argument = "N",
        .maximum = SEED_MAX,
        .initial = "1",
        .offset = FIELD(seed),
        .help = "The seed of every random step; the same seed gives the same figures.",
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
    {0},
};

static const struct pl_exit EXITS[] = {
    {0, "The data were measured."},
    {2, "They cannot be measured."},
    {0, NULL},
};

static const struct pl_example EXAMPLES[] = {
    {"plimsoll audit decisions.csv --label two_year_recid --score decile_score --threshold 5 "
     "--count n --by race --by sex",
     "Error rates by race, by sex, and by both:"},
    {"plimsoll audit examples/recidivism/plimsoll.yaml --by race*sex",
     "The data of a line, in one crossing of its segments:"},
    {"plimsoll audit 'logs/*.parquet' --label paid --prediction approved --by age=age:25,45 "
     "--metrics selection_rate,precision --json",
     "Two measures by bins of age, for a program:"},
    {"plimsoll audit decisions.parquet --label label --prediction prediction --by race --by sex "
     "--by age --by plan --search=false_positive_rate",
     "The slices, to three segments deep, where the false positive rate is worst:"},
    {NULL, NULL},
};

/* An audit under way. All but the measured arrays lives in the arena. */
struct audit {
    const struct audit_settings *settings;
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
    struct pl_data_print data;
    uint64_t started_ns;
};

/* What the options say, as the line that would say it. */
static struct pl_line line_of(const struct audit_settings *settings, const struct pl_splits *by)
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
                                       "count", "weight", "where", "threshold"};

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
    const struct audit_settings *settings = audit->settings;

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
    struct pl_problems problems = {.count = 0};
    struct pl_line *line = NULL;

    PL_RETURN_IF(refuse_with_line(audit, error));
    PL_RETURN_IF(pl_line_read(path, &audit->arena, &line, &problems, error));
    pl_measure_check(line, &audit->arena, &problems);
    if (problems.count > 0)
        return pl_problems_error(&problems, path, error);
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

static uint32_t threads_of(const struct audit_settings *settings)
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

static enum pl_status check_settings(const struct audit_settings *settings, struct pl_error *error)
{
    if (settings->score != NULL && settings->prediction != NULL)
        return pl_error_set(error, PL_E_USAGE,
                            "give `--score` or `--prediction`, not both: a score and its "
                            "threshold make the prediction");
    return PL_OK;
}

static enum pl_status search(struct audit *audit, struct pl_error *error)
{
    const struct audit_settings *settings = audit->settings;
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
    PL_RETURN_IF(
        pl_splits_strata(&audit->by, audit->settings->strata, &audit->line.data.strata, error));
    PL_RETURN_IF(pl_names_read(&audit->settings->metrics, &audit->arena, &audit->metrics, error));
    PL_RETURN_IF(read_fairness(audit, error));
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
    if (status == PL_OK)
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
    pl_report_format_find(FORMATS[audit->settings->format])->audit(&result, style, &out);

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
    .operands = OPERANDS,
    .options = OPTIONS,
    .exits = EXITS,
    .examples = EXAMPLES,
    .run = run,
};

/* The table of the options of `plimsoll audit`. */
#include "cli/audit_options.h"

#include "cli/fairness.h"
#include "cli/search.h"

#include <float.h>
#include <stddef.h>

#define THREADS_MAX        256
#define SEED_MAX           9007199254740992.0
#define SEARCH_SECONDS_MAX 1e6

#define FIELD(name) offsetof(struct pl_audit_settings, name)

const char *const PL_AUDIT_FORMATS[] = {"text", "json", "markdown", NULL};

/* In the order of enum pl_interval_method. */
static const char *const INTERVALS[] = {"wilson", "exact", NULL};

/* In the order of enum pl_missing. */
static const char *const MISSING[] = {"judge", "list", NULL};

/* In the order of enum pl_search_end. */
static const char *const ENDS[] = {"worse", "high", "low", NULL};

const struct pl_operand PL_AUDIT_OPERANDS[] = {
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

const struct pl_option PL_AUDIT_OPTIONS[] = {
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
        .name = "group",
        .type = PL_OPTION_TEXT,
        .argument = "COLUMN",
        .offset = FIELD(group),
        .help = "Decisions that share this are not independent: a passage, a patient, a case asked "
                "several times.",
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
    PL_LIVE_WINDOW_OPTIONS(FIELD(window)),
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
        .choices = PL_AUDIT_FORMATS,
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

const struct pl_exit PL_AUDIT_EXITS[] = {
    {0, "The data were measured."},
    {2, "They cannot be measured."},
    {0, NULL},
};

const struct pl_example PL_AUDIT_EXAMPLES[] = {
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

/*
 * The table of keys. One row is one key of the line; nothing else in the program knows what keys
 * there are, what they may hold, or what they default to.
 */
#include "line/keys.h"

#include "line/key_places.h"

static const struct pl_key KEYS[] = {
    {
        PL_SECTION_TOP,
        "plimsoll",
        PL_KEY_INTEGER,
        .required = true,
        BETWEEN(1, 1),
        .help = "The version of this format; always 1.",
        .example = "1",
    },
    {
        PL_SECTION_TOP,
        "feature",
        PL_KEY_NAME,
        .required = true,
        IN_LINE(feature),
        .help = "The short name of the feature, by which the record knows it.",
        .example = "recidivism-score",
    },
    {
        PL_SECTION_TOP,
        "title",
        PL_KEY_NAME,
        IN_LINE(title),
        .help = "What people call the feature; its name when not given.",
        .example = "Two-year recidivism score",
    },
    {
        PL_SECTION_TOP,
        "owner",
        PL_KEY_NAME,
        IN_LINE(owner),
        .help = "Who answers for the feature: a team, a person or an address.",
        .example = "pretrial-analytics@example.org",
    },
    {
        PL_SECTION_TOP,
        "purpose",
        PL_KEY_SECTION,
        .opens = PL_SECTION_PURPOSE,
        GIVEN(pl_line, purpose.given),
        .help = "What the feature is for, and what it is not for.",
    },
    {
        PL_SECTION_TOP,
        "risk",
        PL_KEY_SECTION,
        .opens = PL_SECTION_RISK,
        GIVEN(pl_line, risk.given),
        .help = "The harm of a wrong output; it caps the verdict.",
    },
    {
        PL_SECTION_TOP,
        "data",
        PL_KEY_SECTION,
        .required = true,
        .opens = PL_SECTION_DATA,
        .help = "The decisions to judge by, and what their columns mean.",
        .example = "{decisions: decisions.csv}",
    },
    {
        PL_SECTION_TOP,
        "costs",
        PL_KEY_SECTION,
        .opens = PL_SECTION_COSTS,
        GIVEN(pl_line, costs.given),
        .help = "What decisions cost, for the measures that weigh them.",
    },
    {
        PL_SECTION_TOP,
        "baselines",
        PL_KEY_BASELINE,
        IN_LINE(baselines),
        .help = "What limits may compare with: a map from the name of each baseline to a map of "
                "the keys below.",
        .example = "{incumbent: {decisions: incumbent.parquet}}",
    },
    {
        PL_SECTION_TOP,
        "limits",
        PL_KEY_LIMITS,
        .help = "What must hold: a list of conditions on measures.",
        .example = "[{metric: accuracy, min: 0.8}]",
    },
    {
        PL_SECTION_TOP,
        "evidence",
        PL_KEY_SECTION,
        .opens = PL_SECTION_EVIDENCE,
        .help = "How much proof is asked for.",
    },
    {
        PL_SECTION_TOP,
        "release",
        PL_KEY_SECTION,
        .opens = PL_SECTION_RELEASE,
        .help = "Which verdicts let the gate pass, and what must be there.",
    },
    {
        PL_SECTION_TOP,
        "launch",
        PL_KEY_SECTION,
        .opens = PL_SECTION_LAUNCH,
        GIVEN(pl_line, launch.given),
        .help = "A verdict for each slice, so that a feature may ship where it is good enough.",
        .example = "{by: language}",
    },
    {
        PL_SECTION_TOP,
        "watch",
        PL_KEY_SECTION,
        .opens = PL_SECTION_WATCH,
        GIVEN(pl_line, watch_given),
        .help = "Declares that the feature is watched once it is live.",
    },

    {
        PL_SECTION_PURPOSE,
        "intended",
        PL_KEY_TEXT,
        IN_LINE(purpose.intended),
        .help = "What the feature is meant to be used for.",
        .example = "Inform the level of supervision after release.",
    },
    {
        PL_SECTION_PURPOSE,
        "out_of_scope",
        PL_KEY_TEXTS,
        IN_LINE(purpose.out_of_scope),
        .help = "Uses that it is not meant for.",
        .example = "[sentencing, bail without a hearing]",
    },
    {
        PL_SECTION_PURPOSE,
        "limitations",
        PL_KEY_TEXTS,
        IN_LINE(purpose.limitations),
        .help = "What is known to be weak about it.",
        .example = "[\"One county, 2013 and 2014.\"]",
    },

    {
        PL_SECTION_RISK,
        "severity",
        PL_KEY_WORD,
        .words = &PL_WORDS_SEVERITY,
        .fallback = "medium",
        IN_LINE(risk.severity),
        .help = "How bad a wrong output can be for the person it is about.",
        .example = "high",
    },
    {
        PL_SECTION_RISK,
        "reversibility",
        PL_KEY_WORD,
        .words = &PL_WORDS_REVERSIBILITY,
        .fallback = "partial",
        IN_LINE(risk.reversibility),
        .help = "How far that harm can be undone.",
        .example = "partial",
    },
    {
        PL_SECTION_RISK,
        "users",
        PL_KEY_WORD,
        .words = &PL_WORDS_USERS,
        .fallback = "general",
        IN_LINE(risk.users),
        .help = "Whom the feature decides about; vulnerable users raise the risk by one step.",
        .example = "vulnerable",
    },
    {
        PL_SECTION_RISK,
        "scale",
        PL_KEY_RATE,
        AT_LEAST(0),
        IN_LINE(risk.scale_per_year),
        .help = "How many decisions it takes; a million a year raises the risk by one step.",
        .example = "10_000/year",
    },

    {
        PL_SECTION_DATA,
        "decisions",
        PL_KEY_PATH,
        .required = true,
        IN_LINE(data.decisions),
        PLACE(pl_line, data.decisions_place),
        .help = "The decisions: a path or glob of CSV, TSV, JSON Lines or Parquet files, relative "
                "to the line.",
        .example = "decisions.csv",
    },
    {
        PL_SECTION_DATA,
        "task",
        PL_KEY_WORD,
        .words = &PL_WORDS_TASK,
        .fallback = "binary",
        IN_LINE(data.task),
        .help = "What kind of answer the feature gives.",
        .example = "binary",
    },
    {
        PL_SECTION_DATA,
        "columns",
        PL_KEY_SECTION,
        .opens = PL_SECTION_COLUMNS,
        .help = "Which column of the data is what.",
    },
    {
        PL_SECTION_DATA,
        "positive",
        PL_KEY_NAME,
        IN_LINE(data.positive),
        .help = "The value of label and prediction that counts as yes; 1 or true when not given.",
        .example = "approved",
    },
    {
        PL_SECTION_DATA,
        "threshold",
        PL_KEY_NUMBER,
        .fallback = "0.5",
        IN_LINE(data.threshold),
        .help = "A score of at least this is a yes, where there is no column of predictions.",
        .example = "5",
    },
    {
        PL_SECTION_DATA,
        "separator",
        PL_KEY_TEXT,
        .fallback = "|",
        IN_LINE(data.separator),
        .help = "What stands between the classes of a label or prediction that is a text, for the "
                "task multilabel; a list needs none.",
        .example = ";",
    },
    {
        PL_SECTION_DATA,
        "where",
        PL_KEY_SQL,
        IN_LINE(data.where),
        PLACE(pl_line, data.where_place),
        .help = "Only the decisions for which this SQL condition holds.",
        .example = "days_b_screening_arrest between -30 and 30",
    },
    {
        PL_SECTION_DATA,
        "segments",
        PL_KEY_SEGMENTS,
        IN_LINE(data.segments),
        .help = "What splits the decisions into groups: a map from the name of each segment to its "
                "column, or to a map of the keys below.",
        .example = "{race: race, age: {column: age, bins: [25, 45]}}",
    },
    {
        PL_SECTION_DATA,
        "strata",
        PL_KEY_NAME,
        IN_LINE(data.strata),
        PLACE(pl_line, data.strata_place),
        .help = "The segment within which groups are to be compared, since decisions differ from "
                "one of its groups to the next: gaps are split by it, and "
                "conditional_demographic_disparity needs it.",
        .example = "department",
    },

    {
        PL_SECTION_COLUMNS,
        "label",
        PL_KEY_NAME,
        IN_LINE(data.label),
        PLACE(pl_line, data.label_place),
        .help = "What turned out to be true.",
        .example = "two_year_recid",
    },
    {
        PL_SECTION_COLUMNS,
        "score",
        PL_KEY_NAME,
        IN_LINE(data.score),
        PLACE(pl_line, data.score_place),
        .help = "The number that the feature gave.",
        .example = "decile_score",
    },
    {
        PL_SECTION_COLUMNS,
        "prediction",
        PL_KEY_NAME,
        IN_LINE(data.prediction),
        PLACE(pl_line, data.prediction_place),
        .help = "The answer that the feature gave: yes or no, or what the task asks for.",
        .example = "approved",
    },
    {
        PL_SECTION_COLUMNS,
        "probabilities",
        PL_KEY_MAPPINGS,
        IN_LINE(data.probabilities),
        PLACE(pl_line, data.probabilities_place),
        .help = "The column of each class's probability, for the task multiclass; without a column "
                "of predictions the most probable class is the prediction.",
        .example = "{cat: p_cat, dog: p_dog}",
    },
    {
        PL_SECTION_COLUMNS,
        "count",
        PL_KEY_NAME,
        IN_LINE(data.count),
        PLACE(pl_line, data.count_place),
        .help = "How many decisions a row stands for; without it each row is one.",
        .example = "n",
    },
    {
        PL_SECTION_COLUMNS,
        "weight",
        PL_KEY_NAME,
        IN_LINE(data.weight),
        PLACE(pl_line, data.weight_place),
        .help = "The sampling weight of a decision.",
        .example = "sample_weight",
    },

    {
        PL_SECTION_COLUMNS,
        "id",
        PL_KEY_NAME,
        IN_LINE(data.id),
        PLACE(pl_line, data.id_place),
        .help = "What names a decision, each once: by it the decisions of a baseline are matched.",
        .example = "application_id",
    },

    {
        PL_SECTION_SEGMENT,
        "column",
        PL_KEY_NAME,
        IN(pl_segment_row, column),
        .help = "The column whose values make the groups.",
        .example = "age",
    },
    {
        PL_SECTION_SEGMENT,
        "bins",
        PL_KEY_NUMBERS,
        IN(pl_segment_row, bins),
        GIVEN(pl_segment_row, bins_given),
        .help = "Ascending edges that cut a number into groups; each edge belongs to the group "
                "above it.",
        .example = "[25, 45]",
    },
    {
        PL_SECTION_SEGMENT,
        "map",
        PL_KEY_MAPPINGS,
        IN(pl_segment_row, map),
        GIVEN(pl_segment_row, map_given),
        .help = "Which group each value of the column belongs to.",
        .example = "{basic: small, plus: small, enterprise: large}",
    },
    {
        PL_SECTION_SEGMENT,
        "other",
        PL_KEY_NAME,
        .fallback = "(other)",
        IN(pl_segment_row, other),
        GIVEN(pl_segment_row, other_given),
        .help = "The group of the values that `map` does not name.",
        .example = "rest",
    },
    {
        PL_SECTION_SEGMENT,
        "sql",
        PL_KEY_SQL,
        IN(pl_segment_row, sql),
        .help = "An SQL expression whose value, as text, is the group; instead of a column.",
        .example = "hour(at) < 6",
    },

    {
        PL_SECTION_COSTS,
        "false_positive",
        PL_KEY_NUMBER,
        .fallback = "1",
        AT_LEAST(0),
        IN_LINE(costs.false_positive),
        .help = "What a wrong yes costs, in any one unit.",
        .example = "1",
    },
    {
        PL_SECTION_COSTS,
        "false_negative",
        PL_KEY_NUMBER,
        .fallback = "1",
        AT_LEAST(0),
        IN_LINE(costs.false_negative),
        .help = "What a wrong no costs, in the same unit.",
        .example = "5",
    },
    {
        PL_SECTION_COSTS,
        "true_positive",
        PL_KEY_NUMBER,
        .fallback = "0",
        IN_LINE(costs.true_positive),
        .help = "What a right yes costs; below 0 is a benefit.",
        .example = "-2",
    },
    {
        PL_SECTION_COSTS,
        "true_negative",
        PL_KEY_NUMBER,
        .fallback = "0",
        IN_LINE(costs.true_negative),
        .help = "What a right no costs; below 0 is a benefit.",
        .example = "0.1",
    },
    {
        PL_SECTION_COSTS,
        "slices",
        PL_KEY_COSTS,
        .help = "Other costs for some slices. Where several hold for a decision, what a later one "
                "gives replaces what stood before, cost by cost.",
        .example = "[{slice: {language: hi}, false_negative: 10}]",
    },

    {
        PL_SECTION_COST_SLICE,
        "slice",
        PL_KEY_MAPPINGS,
        .required = true,
        IN(pl_cost_row, slice),
        .help = "The slice: a group for each of one or more segments of `data.segments`.",
        .example = "{language: hi}",
    },
    {
        PL_SECTION_COST_SLICE,
        "false_positive",
        PL_KEY_NUMBER,
        AT_LEAST(0),
        IN(pl_cost_row, costs[0][1]),
        GIVEN(pl_cost_row, given[0][1]),
        .help = "What a wrong yes costs there.",
        .example = "2",
    },
    {
        PL_SECTION_COST_SLICE,
        "false_negative",
        PL_KEY_NUMBER,
        AT_LEAST(0),
        IN(pl_cost_row, costs[1][0]),
        GIVEN(pl_cost_row, given[1][0]),
        .help = "What a wrong no costs there.",
        .example = "10",
    },
    {
        PL_SECTION_COST_SLICE,
        "true_positive",
        PL_KEY_NUMBER,
        IN(pl_cost_row, costs[1][1]),
        GIVEN(pl_cost_row, given[1][1]),
        .help = "What a right yes costs there; below 0 is a benefit.",
        .example = "-2",
    },
    {
        PL_SECTION_COST_SLICE,
        "true_negative",
        PL_KEY_NUMBER,
        IN(pl_cost_row, costs[0][0]),
        GIVEN(pl_cost_row, given[0][0]),
        .help = "What a right no costs there; below 0 is a benefit.",
        .example = "0.1",
    },

    {
        PL_SECTION_LIMIT,
        "metric",
        PL_KEY_METRIC,
        .required = true,
        IN(pl_limit_row, metric),
        PLACE(pl_limit_row, metric_place),
        .help = "The measure: a name, or `mean(COLUMN)`, `rate(COLUMN)`, `sum(COLUMN)` or "
                "`quantile(COLUMN, q)`.",
        .example = "accuracy",
    },
    {
        PL_SECTION_LIMIT,
        "min",
        PL_KEY_SHARE,
        IN(pl_limit_row, thresholds[PL_COMPARE_MIN]),
        GIVEN(pl_limit_row, compares[PL_COMPARE_MIN]),
        .help = "The measure is at least this, overall and in each slice of `by`.",
        .example = "0.65",
    },
    {
        PL_SECTION_LIMIT,
        "max",
        PL_KEY_SHARE,
        IN(pl_limit_row, thresholds[PL_COMPARE_MAX]),
        GIVEN(pl_limit_row, compares[PL_COMPARE_MAX]),
        .help = "The measure is at most this, overall and in each slice of `by`.",
        .example = "0.05",
    },
    {
        PL_SECTION_LIMIT,
        "min_ratio",
        PL_KEY_SHARE,
        BETWEEN(0, 1),
        IN(pl_limit_row, thresholds[PL_COMPARE_MIN_RATIO]),
        GIVEN(pl_limit_row, compares[PL_COMPARE_MIN_RATIO]),
        .help = "Between any two slices the lower is at least this share of the higher.",
        .example = "0.8",
    },
    {
        PL_SECTION_LIMIT,
        "max_ratio",
        PL_KEY_SHARE,
        AT_LEAST(1),
        IN(pl_limit_row, thresholds[PL_COMPARE_MAX_RATIO]),
        GIVEN(pl_limit_row, compares[PL_COMPARE_MAX_RATIO]),
        .help = "Between any two slices the higher is at most this many times the lower.",
        .example = "1.25",
    },
    {
        PL_SECTION_LIMIT,
        "max_difference",
        PL_KEY_SHARE,
        AT_LEAST(0),
        IN(pl_limit_row, thresholds[PL_COMPARE_MAX_DIFFERENCE]),
        GIVEN(pl_limit_row, compares[PL_COMPARE_MAX_DIFFERENCE]),
        .help = "No two slices lie further apart than this.",
        .example = "0.10",
    },
    {
        PL_SECTION_LIMIT,
        "max_ratio_to_overall",
        PL_KEY_SHARE,
        AT_LEAST(1),
        IN(pl_limit_row, thresholds[PL_COMPARE_MAX_RATIO_TO_OVERALL]),
        GIVEN(pl_limit_row, compares[PL_COMPARE_MAX_RATIO_TO_OVERALL]),
        .help = "Each slice is at most this many times the figure for all decisions.",
        .example = "1.5",
    },
    {
        PL_SECTION_LIMIT,
        "max_difference_to_overall",
        PL_KEY_SHARE,
        AT_LEAST(0),
        IN(pl_limit_row, thresholds[PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL]),
        GIVEN(pl_limit_row, compares[PL_COMPARE_MAX_DIFFERENCE_TO_OVERALL]),
        .help = "No slice lies further than this from the figure for all decisions.",
        .example = "0.05",
    },
    {
        PL_SECTION_LIMIT,
        "by",
        PL_KEY_BY,
        IN(pl_limit_row, by),
        .help = "In which slices: a segment, a crossing `a * b`, a list of these, or `every`.",
        .example = "[race, race * sex]",
    },
    {
        PL_SECTION_LIMIT,
        "reference",
        PL_KEY_NAME,
        IN(pl_limit_row, reference),
        GIVEN(pl_limit_row, reference_given),
        PLACE(pl_limit_row, reference_place),
        .help = "The group to compare the others with, in place of every pair; `by` is then one "
                "segment.",
        .example = "Caucasian",
    },
    {
        PL_SECTION_LIMIT,
        "judge",
        PL_KEY_WORD,
        .words = &PL_WORDS_JUDGE,
        .fallback = "interval",
        IN(pl_limit_row, judge),
        .help = "Whether the uncertainty of the estimate counts.",
        .example = "point",
    },
    {
        PL_SECTION_LIMIT,
        "confidence",
        PL_KEY_SHARE,
        BETWEEN(0.5, 0.999999),
        IN(pl_limit_row, confidence),
        GIVEN(pl_limit_row, confidence_given),
        .help = "The confidence of this limit; that of `evidence` when not given.",
        .example = "0.99",
    },

    {
        PL_SECTION_EVIDENCE,
        "confidence",
        PL_KEY_SHARE,
        .fallback = "0.95",
        BETWEEN(0.5, 0.999999),
        IN_LINE(evidence.confidence),
        .help = "How sure the gate must be before it calls a limit clear or breached.",
        .example = "0.95",
    },
    {
        PL_SECTION_EVIDENCE,
        "depth",
        PL_KEY_INTEGER,
        .fallback = "2",
        BETWEEN(1, PL_CROSSING_MAX),
        IN_LINE(evidence.depth),
        .help = "How many segments the crossings have that `every` takes in.",
        .example = "2",
    },
    {
        PL_SECTION_EVIDENCE,
        "smallest_slice",
        PL_KEY_INTEGER,
        .fallback = "30",
        BETWEEN(1, 1000000000),
        IN_LINE(evidence.smallest_slice),
        .help = "A slice of fewer decisions is listed and not judged.",
        .example = "30",
    },
    {
        PL_SECTION_EVIDENCE,
        "smallest_share",
        PL_KEY_SHARE,
        .fallback = "0",
        BETWEEN(0, 0.5),
        IN_LINE(evidence.smallest_share),
        .help =
            "A slice with a smaller share of the decisions in its segment or crossing is listed "
            "and not judged, however many they are.",
        .example = "2%",
    },
    {
        PL_SECTION_EVIDENCE,
        "missing",
        PL_KEY_WORD,
        .words = &PL_WORDS_MISSING,
        .fallback = "judge",
        IN_LINE(evidence.missing),
        .help = "What is done with the groups of a segment's missing values.",
        .example = "list",
    },
    {
        PL_SECTION_EVIDENCE,
        "small",
        PL_KEY_WORD,
        .words = &PL_WORDS_SMALL,
        .fallback = "list",
        IN_LINE(evidence.small),
        .help = "What slices that are too small do to the verdict.",
        .example = "list",
    },
    {
        PL_SECTION_EVIDENCE,
        "unproven",
        PL_KEY_WORD,
        .words = &PL_WORDS_UNPROVEN,
        .fallback = "hold",
        IN_LINE(evidence.unproven),
        .help = "What a limit that the data neither prove nor refute does to the verdict.",
        .example = "hold",
    },
    {
        PL_SECTION_EVIDENCE,
        "interval",
        PL_KEY_WORD,
        .words = &PL_WORDS_INTERVAL,
        .fallback = "wilson",
        IN_LINE(evidence.interval),
        .help = "The method for the intervals of rates.",
        .example = "wilson",
    },
    {
        PL_SECTION_EVIDENCE,
        "seed",
        PL_KEY_INTEGER,
        .fallback = "1",
        BETWEEN(0, 9007199254740991.),
        IN_LINE(evidence.seed),
        .help = "The seed of every random step; the same seed gives the same figures.",
        .example = "1",
    },

    {
        PL_SECTION_RELEASE,
        "allow",
        PL_KEY_SWITCHES,
        .words = &PL_WORDS_VERDICT,
        .fallback = "[ship, ship_with_monitoring]",
        IN_LINE(release.allow),
        .help = "The verdicts for which `plimsoll gate` exits with 0.",
        .example = "[ship, ship_with_monitoring]",
    },
    {
        PL_SECTION_RELEASE,
        "needs",
        PL_KEY_BITS,
        .words = &PL_WORDS_NEED,
        IN_LINE(release.needs),
        .help = "What must be there before release; without it the verdict is at best `hold`.",
        .example = "[risk, owner]",
    },

    {
        PL_SECTION_RELEASE,
        "launch",
        PL_KEY_WORD,
        .words = &PL_WORDS_DECIDES,
        .fallback = "overall",
        IN_LINE(release.launch),
        .help =
            "Where there is a section `launch`: whose verdict lets `plimsoll gate` exit with 0.",
        .example = "overall",
    },

    {
        PL_SECTION_LAUNCH,
        "by",
        PL_KEY_NAME,
        .required = true,
        IN_LINE(launch.by),
        .help = "The segment, or the crossing `a * b`, whose slices get a verdict each.",
        .example = "language",
    },

    {
        PL_SECTION_WATCH,
        "window",
        PL_KEY_DURATION,
        .fallback = "1h",
        BETWEEN(1000, 31622400000.),
        IN_LINE(watch.window_ms),
        .help = "The stretch of time over which the watch takes its figures.",
        .example = "1h",
    },
    {
        PL_SECTION_WATCH,
        "watch",
        PL_KEY_BITS,
        .words = &PL_WORDS_WATCHED,
        .fallback = "[limits]",
        IN_LINE(watch.watched),
        .help = "What the watch looks at.",
        .example = "[inputs, score, limits]",
    },
    {
        PL_SECTION_WATCH,
        "reference",
        PL_KEY_PATH,
        IN_LINE(watch.reference),
        .help = "The decisions to compare live traffic with, relative to the line.",
        .example = "reference.parquet",
    },
};

static const struct pl_section_help SECTIONS[PL_SECTIONS_COUNT] = {
    [PL_SECTION_TOP] = {"", "The keys at the left margin."},
    [PL_SECTION_PURPOSE] = {"purpose", "For the model card, and for `release.needs: [purpose]`."},
    [PL_SECTION_RISK] = {"risk", "Without this section the risk is medium, partly reversible, for "
                                 "general users."},
    [PL_SECTION_DATA] = {"data",
                         "One row of the data is one decision, or `columns.count` of them."},
    [PL_SECTION_COLUMNS] = {"data.columns", "Give a label and a score or a prediction to judge how "
                                            "right the feature is; a line that limits only product "
                                            "figures such as `mean(minutes_saved)` needs none."},
    [PL_SECTION_SEGMENT] = {"data.segments.NAME",
                            "The long form of a segment. It has either "
                            "`column` or `sql`, and `bins` or `map` go with "
                            "`column`. The name may not hold `*`, `,` or `=`."},
    [PL_SECTION_COSTS] = {"costs", "What a decision costs, by what it said and what turned out; "
                                   "`expected_cost` and `plimsoll threshold` weigh by it."},
    [PL_SECTION_COST_SLICE] = {"costs.slices[]",
                               "Each entry needs `slice` and at least one cost. A group that the "
                               "data do not have is an error when they are measured."},
    [PL_SECTION_BASELINE] = {"baselines.NAME",
                             "What is not said is as in `data`: the same columns, threshold, "
                             "condition and segments. [Baselines](../baselines.md) says how the "
                             "two are compared."},
    [PL_SECTION_BASELINE_COLUMNS] = {"baselines.NAME.columns",
                                     "Columns that the baseline names otherwise than the data."},
    [PL_SECTION_LIMIT] = {"limits[]", "Each entry needs `metric` and at least one comparator. "
                                      "`min_ratio`, `max_ratio`, `max_difference`, "
                                      "`max_ratio_to_overall` and `max_difference_to_overall` need "
                                      "`by`. An entry with several comparators is several limits."},
    [PL_SECTION_EVIDENCE] = {"evidence", "The same for every limit, but for `confidence`."},
    [PL_SECTION_RELEASE] = {"release", "What the gate does with the verdict."},
    [PL_SECTION_LAUNCH] = {"launch", "Each slice is judged as if it were the whole feature; see "
                                     "docs/launch.md."},
    [PL_SECTION_WATCH] = {"watch", "A feature of low, fully reversible risk may be shipped without "
                                   "a person only where this section stands."},
};

#define KEYS_COUNT (sizeof KEYS / sizeof *KEYS)

size_t pl_keys_count(void)
{
    return KEYS_COUNT + PL_KEYS_BASELINES.count;
}

const struct pl_key *pl_key_at(size_t index)
{
    return index < KEYS_COUNT ? &KEYS[index] : &PL_KEYS_BASELINES.rows[index - KEYS_COUNT];
}

const struct pl_key *pl_key_find(enum pl_section section, struct pl_str name)
{
    for (size_t i = 0; i < pl_keys_count(); i++)
        if (pl_key_at(i)->section == section && pl_str_equal_text(name, pl_key_at(i)->name))
            return pl_key_at(i);
    return NULL;
}

size_t pl_key_names(enum pl_section section, const char **ret_names, size_t names_max)
{
    size_t count = 0;

    for (size_t i = 0; i < pl_keys_count() && count < names_max; i++)
        if (pl_key_at(i)->section == section)
            ret_names[count++] = pl_key_at(i)->name;
    return count;
}

const struct pl_section_help *pl_section_help_at(enum pl_section section)
{
    return &SECTIONS[section];
}

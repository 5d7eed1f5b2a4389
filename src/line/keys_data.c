/*
 * The rows of the table of keys that say the decisions, their columns and groups, and what errors
 * cost. keys.c puts them together with the others.
 */
#include "line/key_places.h"

/* A cost of a slice; by [label][prediction]. */
#define SLICE_COST(key, cell, ...)                                                                 \
    {                                                                                              \
        PL_SECTION_COST_SLICE, key, PL_KEY_NUMBER, IN(pl_cost_row, costs cell),                    \
            GIVEN(pl_cost_row, given cell), __VA_ARGS__                                            \
    }

static const struct pl_key ROWS[] = {
    {
        PL_SECTION_DATA,
        "decisions",
        PL_KEY_PATH,
        .required = true,
        IN_LINE(data.decisions),
        PLACE(pl_line, data.decisions_place),
        .help = "The decisions: a path or glob of CSV, TSV, JSON Lines or Parquet files, relative "
                "to the line; or `ledger:`, the live traffic on the record.",
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
        .help =
            "The value of label and prediction that counts as yes; 1 or true when not given. In a "
            "ranking the relevance from which an item is relevant; above 0 when not given.",
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
        "group",
        PL_KEY_NAME,
        IN_LINE(data.group),
        PLACE(pl_line, data.group_place),
        .help =
            "The column that says which decisions belong together, and so are not independent: a "
            "passage, a patient, a case asked several times. Intervals and tests then rest on "
            "the groups, not on the decisions.",
        .example = "article_id",
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
        PL_SECTION_DATA,
        "features",
        PL_KEY_TEXTS,
        IN_LINE(data.features),
        PLACE(pl_line, data.features_place),
        .help = "The columns of numbers, on one scale, by which consistency finds neighbours.",
        .example = "[age_scaled, priors_scaled]",
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
        .help = "The sampling weight of a decision; in a ranking that of the query.",
        .example = "sample_weight",
    },
    {
        PL_SECTION_COLUMNS,
        "query",
        PL_KEY_NAME,
        IN_LINE(data.query),
        PLACE(pl_line, data.query_place),
        .help = "In a ranking: the query, user or page whose list an item stands in.",
        .example = "query_id",
    },
    {
        PL_SECTION_COLUMNS,
        "rank",
        PL_KEY_NAME,
        IN_LINE(data.rank),
        PLACE(pl_line, data.rank_place),
        .help = "In a ranking without scores: the place of an item in its list, 1 first.",
        .example = "position",
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
    SLICE_COST("false_positive", [0][1], AT_LEAST(0), .help = "What a wrong yes costs there.",
               .example = "2"),
    SLICE_COST("false_negative", [1][0], AT_LEAST(0), .help = "What a wrong no costs there.",
               .example = "10"),
    SLICE_COST("true_positive", [1][1], .example = "-2",
               .help = "What a right yes costs there; below 0 is a benefit."),
    SLICE_COST("true_negative", [0][0], .example = "0.1",
               .help = "What a right no costs there; below 0 is a benefit."),
};

const struct pl_key_rows PL_KEYS_DATA = {ROWS, sizeof ROWS / sizeof *ROWS};

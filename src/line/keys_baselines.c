/*
 * The rows of the table of keys that speak of baselines: what a baseline is, and what a limit says
 * about one. keys.c puts them together with the others.
 */
#include "line/key_places.h"

static const struct pl_key ROWS[] = {
    {
        PL_SECTION_BASELINE,
        "decisions",
        PL_KEY_PATH,
        IN(pl_baseline_row, decisions),
        .help = "The baseline's decisions, as `data.decisions`; when not given they stand in the "
                "same rows as the data's own.",
        .example = "incumbent.parquet",
    },
    {
        PL_SECTION_BASELINE,
        "columns",
        PL_KEY_SECTION,
        .opens = PL_SECTION_BASELINE_COLUMNS,
        .help = "Which column of the baseline is what, where it is not as in `data.columns`.",
    },
    {
        PL_SECTION_BASELINE,
        "threshold",
        PL_KEY_NUMBER,
        IN(pl_baseline_row, threshold),
        GIVEN(pl_baseline_row, threshold_given),
        .help = "From which score on the baseline says yes; `data.threshold` when not given.",
        .example = "0.5",
    },
    {
        PL_SECTION_BASELINE_COLUMNS,
        "label",
        PL_KEY_NAME,
        IN(pl_baseline_row, label),
        .help = "What turned out to be true, where decisions are not matched by an id.",
        .example = "fraud",
    },
    {
        PL_SECTION_BASELINE_COLUMNS,
        "score",
        PL_KEY_NAME,
        IN(pl_baseline_row, score),
        .help = "The number that the baseline gave.",
        .example = "old_score",
    },
    {
        PL_SECTION_BASELINE_COLUMNS,
        "prediction",
        PL_KEY_NAME,
        IN(pl_baseline_row, prediction),
        .help = "The answer that the baseline gave, yes or no; it then has no score unless one is "
                "named.",
        .example = "human_decision",
    },
    {
        PL_SECTION_BASELINE_COLUMNS,
        "count",
        PL_KEY_NAME,
        IN(pl_baseline_row, count),
        .help = "How many decisions a row of the baseline stands for.",
        .example = "n",
    },
    {
        PL_SECTION_BASELINE_COLUMNS,
        "weight",
        PL_KEY_NAME,
        IN(pl_baseline_row, weight),
        .help = "The sampling weight of a decision of the baseline.",
        .example = "sample_weight",
    },
    {
        PL_SECTION_BASELINE_COLUMNS,
        "id",
        PL_KEY_NAME,
        IN(pl_baseline_row, id),
        .help = "What names a decision, each once.",
        .example = "application_id",
    },
    {
        PL_SECTION_LIMIT,
        "non_inferior_to",
        PL_KEY_PATH,
        IN(pl_limit_row, targets[0]),
        GIVEN(pl_limit_row, compares[PL_COMPARE_NON_INFERIOR_TO]),
        PLACE(pl_limit_row, target_places[0]),
        .help = "A baseline, or a file of decisions: the measure is worse than there by at most "
                "the margin, overall and in each slice of `by`.",
        .example = "incumbent.parquet",
    },
    {
        PL_SECTION_LIMIT,
        "superior_to",
        PL_KEY_PATH,
        IN(pl_limit_row, targets[1]),
        GIVEN(pl_limit_row, compares[PL_COMPARE_SUPERIOR_TO]),
        PLACE(pl_limit_row, target_places[1]),
        .help = "A baseline, or a file of decisions: the measure is better than there by more than "
                "the margin, overall and in each slice of `by`.",
        .example = "human",
    },
    {
        PL_SECTION_LIMIT,
        "margin",
        PL_KEY_NUMBER,
        AT_LEAST(0),
        IN(pl_limit_row, margin),
        GIVEN(pl_limit_row, margin_given),
        .help = "How much worse is still good enough, or how much better it must be, in the "
                "measure's own unit: 0.01 of a rate is one point.",
        .example = "0.01",
    },
    {
        PL_SECTION_LIMIT,
        "relative_margin",
        PL_KEY_SHARE,
        BETWEEN(0, 10),
        IN(pl_limit_row, relative_margin),
        GIVEN(pl_limit_row, relative_margin_given),
        .help = "The same as a share of the baseline's figure, in place of `margin`.",
        .example = "15%",
    },
    {
        PL_SECTION_LIMIT,
        "better",
        PL_KEY_WORD,
        .words = &PL_WORDS_BETTER,
        IN(pl_limit_row, better),
        GIVEN(pl_limit_row, better_given),
        .help = "Which side is better, for a measure that does not say so itself, such as "
                "`selection_rate` or `mean(COLUMN)`.",
        .example = "lower",
    },
};

const struct pl_key_rows PL_KEYS_BASELINES = {ROWS, sizeof ROWS / sizeof *ROWS};

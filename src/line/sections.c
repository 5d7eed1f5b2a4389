/* What each section of the line is for, in one or two sentences: for the reference page and for faults.
   The keys stand in keys.c. */
#include "line/keys.h"

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
    [PL_SECTION_MODEL] = {"models.NAME", "A server that speaks the OpenAI API, and what it is "
                                         "asked for. [Models](../models.md) says how."},
    [PL_SECTION_PRICE] = {"models.NAME.price", "Without it what a model costs is not known."},
    [PL_SECTION_TIMEOUT] = {"models.NAME.timeout", "A request that takes longer has failed."},
    [PL_SECTION_SUITE] = {"evals.NAME", "Golden cases, what is asked of them, how the answers are "
                                        "scored, and what must hold. [Evals](../evals.md) says "
                                        "how."},
    [PL_SECTION_SUITE_COLUMNS] = {"evals.NAME.columns", "Columns of the cases."},
    [PL_SECTION_OUTPUT] = {"evals.NAME.output", "Exactly one of `model`, `command` and `column`."},
    [PL_SECTION_SCORER] = {"evals.NAME.scorers[]",
                           "Each entry needs `scorer`. What a scorer does not use may not matter, "
                           "but is no error."},
    [PL_SECTION_ROUTE] = {"route",
                          "Which model answers live requests: tiers are asked one after the "
                          "other until one is sure enough."},
    [PL_SECTION_TIER] = {"route.tiers[]", "The models of tiers differ from each other."},
    [PL_SECTION_CONFIDENCE] = {"route.confidence",
                               "What is missing is never taken for certainty: an answer without "
                               "the signal climbs to the next tier."},
    [PL_SECTION_FALLBACK] = {"route.fallback", "Either `reply` or `model`."},
    [PL_SECTION_RULE] = {"route.rules[]",
                         "Conditions are SQL: columns, literals, comparisons, `in`, `between`, "
                         "`like`, `is null`, `and`, `or`, `not`."},
    [PL_SECTION_HOLD_BACK] = {"route.hold_back", "At least one of the two; what comes first "
                                                 "decides."},
    [PL_SECTION_PREFERENCE] = {"route.preference", "Bounds of what clients may ask for."},
    [PL_SECTION_FLAG] = {"flag", "What the line says; a stricter state, set by `plimsoll flag`, "
                                 "counts before it."},
    [PL_SECTION_SHADOW] = {"shadow", "It costs no request any time: it is asked when the answer is "
                                     "out."},
    [PL_SECTION_EXPERIMENT] = {"experiment", "Each subject stays in one arm, and the record says "
                                             "once in which."},
    [PL_SECTION_ARM] = {"experiment.arms.NAME", "The long form of an arm."},
    [PL_SECTION_GUARD] = {"guard", "Requests and answers pass their filters one after the other."},
    [PL_SECTION_FILTER] = {"guard.input[] and guard.output[]",
                           "`size` needs `max`, and `deny` needs `pattern`."},
    [PL_SECTION_SERVE] = {"serve", "It listens on this machine alone unless the line says "
                                   "otherwise, and then only with keys."},
    [PL_SECTION_TLS] = {"serve.tls", "Both files are read when the server starts."},
    [PL_SECTION_WATCH] = {"watch", "A feature of low, fully reversible risk may be shipped without "
                                   "a person only where this section stands."},
};

const struct pl_section_help *pl_section_help_at(enum pl_section section)
{
    return &SECTIONS[section];
}

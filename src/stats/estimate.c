/*
 * The words for an estimate's status and for why there is none. One table each, so that every view
 * says the same.
 */
#include "stats/estimate.h"

#include <assert.h>
#include <stddef.h>

static const char *const UNDEFINED_TEXTS[] = {
    [PL_DEFINED] = "",
    [PL_UNDEFINED_NO_DECISIONS] = "no decisions in this group",
    [PL_UNDEFINED_NO_LABELS] = "no labelled decisions in this group",
    [PL_UNDEFINED_NO_LABELLED_POSITIVES] = "no labelled positives in this group",
    [PL_UNDEFINED_NO_LABELLED_NEGATIVES] = "no labelled negatives in this group",
    [PL_UNDEFINED_NO_PREDICTED_POSITIVES] = "no predicted positives in this group",
    [PL_UNDEFINED_NO_PREDICTED_NEGATIVES] = "no predicted negatives in this group",
    [PL_UNDEFINED_NO_PREDICTIONS] = "no predictions in this group",
    [PL_UNDEFINED_NO_FALSE_POSITIVES] = "no false positives in this group",
    [PL_UNDEFINED_NO_BENEFIT] = "all decisions in this group are false negatives",
    [PL_UNDEFINED_NO_SCORES] = "no scores in this group",
    [PL_UNDEFINED_NOT_PROBABILITIES] = "the scores are not probabilities between 0 and 1",
    [PL_UNDEFINED_NO_VALUES] = "no values in this group",
    [PL_UNDEFINED_ONE_VALUE] = "only one value in this group",
    [PL_UNDEFINED_ZERO_REFERENCE] = "the group compared with has the value 0",
    [PL_UNDEFINED_BELOW_ZERO] = "values below 0 have no ratio",
    [PL_UNDEFINED_OF_ALL] = "it is of all decisions, and looks at every slice",
    [PL_UNDEFINED_SURE_SCORES] = "every score is 0 or 1",
    [PL_UNDEFINED_NO_STRATA] = "no strata are named",
    [PL_UNDEFINED_ONE_OUTCOME] = "no stratum in which both outcomes occur",
    [PL_UNDEFINED_ALONE] = "nobody else in the strata of this group",
    [PL_UNDEFINED_COMPARISON] = "it compares groups already",
    [PL_UNDEFINED_ZERO_LABEL] = "a label of 0 in this group, of which no error is a part",
    [PL_UNDEFINED_CONSTANT_LABELS] = "all labels in this group are the same",
    [PL_UNDEFINED_ZERO_DENOMINATOR] = "the total to divide by is 0",
    [PL_UNDEFINED_NO_RELEVANT] = "no query with a relevant item in this group",
    [PL_UNDEFINED_NO_COMMON_STRATUM] = "no stratum in which both groups have decisions",
    [PL_UNDEFINED_ONE_GROUP] = "fewer than two groups to compare",
    [PL_UNDEFINED_NO_NEIGHBOURS] = "neighbours were not looked for",
    [PL_UNDEFINED_FEW_NEIGHBOURS] = "fewer than five decisions have all features and a prediction",
    [PL_UNDEFINED_NO_FEATURES] = "no decision in this group has all features and a prediction",
    [PL_UNDEFINED_NO_BASELINE] = "no decisions of the baseline to compare with",
    [PL_UNDEFINED_NOT_LABELLED_SO] = "no decision of this class in this group",
    [PL_UNDEFINED_NOT_PREDICTED_SO] = "this class is never predicted in this group",
    [PL_UNDEFINED_CLASS_ABSENT] = "this class is neither labelled nor predicted in this group",
    [PL_UNDEFINED_NO_CLASS_LABELLED] = "no class is labelled in this group",
    [PL_UNDEFINED_NO_CLASS_PREDICTED] = "no class is predicted in this group",
    [PL_UNDEFINED_NO_CLASSES] = "no class is labelled or predicted in this group",
    [PL_UNDEFINED_ONE_CLASS_LABELLED] = "all labels in this group are of one class",
    [PL_UNDEFINED_NO_PAIRS] = "nothing was rated twice",
    [PL_UNDEFINED_ONE_RATING] = "all ratings are the same",
    [PL_UNDEFINED_UNEQUAL_RATERS] = "not everything was rated by equally many",
    [PL_UNDEFINED_FEW_UNITS] = "too few cases for a standard error",
    [PL_UNDEFINED_NO_CALIBRATION] =
        "people passed, or failed, none of the cases that calibrate the judge",
    [PL_UNDEFINED_JUDGE_IS_CHANCE] = "the judge is not shown to be better than chance",
    [PL_UNDEFINED_JUDGE_MISFIT] = "the judge passes what its measured errors cannot explain",
    [PL_UNDEFINED_FEW_REPEATS] = "no case was repeated so often",
    [PL_UNDEFINED_ONE_CLASS_PREDICTED] = "all predictions in this group are of one class",
};

static const char *const STATUS_NAMES[] = {
    [PL_ESTIMATE_OK] = "ok",
    [PL_ESTIMATE_UNDEFINED] = "undefined",
    [PL_ESTIMATE_TOO_SMALL] = "too_small",
};

const char *pl_undefined_text(enum pl_undefined reason)
{
    assert((size_t)reason < sizeof UNDEFINED_TEXTS / sizeof *UNDEFINED_TEXTS);

    return UNDEFINED_TEXTS[reason];
}

const char *pl_estimate_status_name(enum pl_estimate_status status)
{
    assert((size_t)status < sizeof STATUS_NAMES / sizeof *STATUS_NAMES);

    return STATUS_NAMES[status];
}

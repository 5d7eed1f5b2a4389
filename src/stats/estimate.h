/*
 * An estimate is what every measure returns: a value, how many decisions stand behind it, and an
 * interval. "Undefined" is a status with a reason, never 0 and never NaN: a rate over no decisions
 * has no value.
 */
#ifndef PL_STATS_ESTIMATE_H
#define PL_STATS_ESTIMATE_H

#include <stdint.h>

enum pl_estimate_status {
    PL_ESTIMATE_OK,
    PL_ESTIMATE_UNDEFINED, /* no value: see the reason */
    PL_ESTIMATE_TOO_SMALL, /* a value, but fewer decisions than the line's smallest_slice */
};

/* Why there is no value. The words for each are in pl_undefined_text. */
enum pl_undefined {
    PL_DEFINED = 0,
    PL_UNDEFINED_NO_DECISIONS,
    PL_UNDEFINED_NO_LABELS,
    PL_UNDEFINED_NO_LABELLED_POSITIVES,
    PL_UNDEFINED_NO_LABELLED_NEGATIVES,
    PL_UNDEFINED_NO_PREDICTED_POSITIVES,
    PL_UNDEFINED_NO_PREDICTED_NEGATIVES,
    PL_UNDEFINED_NO_PREDICTIONS,
    PL_UNDEFINED_NO_FALSE_POSITIVES,
    PL_UNDEFINED_NO_BENEFIT, /* every decision is a false negative: all benefits are 0 */
    PL_UNDEFINED_NO_SCORES,
    PL_UNDEFINED_NOT_PROBABILITIES, /* a score outside [0, 1] where a probability is needed */
    PL_UNDEFINED_NO_VALUES,         /* the column is empty here */
    PL_UNDEFINED_ONE_VALUE,        /* one value, or always the same: no spread to judge a mean by */
    PL_UNDEFINED_ZERO_REFERENCE,   /* a ratio to a group whose measure is 0 */
    PL_UNDEFINED_BELOW_ZERO,       /* a ratio of values that can be negative */
    PL_UNDEFINED_NO_STRATA,        /* the line names none */
    PL_UNDEFINED_ONE_OUTCOME,      /* no stratum in which some were accepted and some not */
    PL_UNDEFINED_ALONE,            /* nobody else in the strata of the group */
    PL_UNDEFINED_COMPARISON,       /* a gap of what is a comparison already */
    PL_UNDEFINED_ZERO_DENOMINATOR, /* a ratio of sums of which the second is 0 */
    PL_UNDEFINED_ZERO_LABEL,       /* a part of a label that is 0 */
    PL_UNDEFINED_CONSTANT_LABELS,  /* no variance to explain */
    PL_UNDEFINED_OF_ALL,           /* the measure is of all decisions together */
    PL_UNDEFINED_SURE_SCORES,      /* every probability is 0 or 1 */
    PL_UNDEFINED_NO_RELEVANT,      /* no query with a relevant item */
    PL_UNDEFINED_NO_COMMON_STRATUM, /* no stratum in which both groups have decisions */
    PL_UNDEFINED_NOT_LABELLED_SO,   /* no label here is, or has, the class asked for */
    PL_UNDEFINED_NOT_PREDICTED_SO,
    PL_UNDEFINED_CLASS_ABSENT,      /* neither a label nor a prediction is of the class */
    PL_UNDEFINED_NO_CLASS_LABELLED, /* no label here names a class; all sets are empty */
    PL_UNDEFINED_NO_CLASS_PREDICTED,
    PL_UNDEFINED_NO_CLASSES,         /* neither a label nor a prediction names one */
    PL_UNDEFINED_ONE_CLASS_LABELLED, /* agreement with labels that are all the same */
    PL_UNDEFINED_ONE_CLASS_PREDICTED,
    PL_UNDEFINED_ONE_GROUP,       /* a comparison between groups where there are not two */
    PL_UNDEFINED_NO_NEIGHBOURS,   /* nobody looked for them, as at another threshold */
    PL_UNDEFINED_FEW_NEIGHBOURS,  /* fewer decisions than neighbours are asked for */
    PL_UNDEFINED_NO_FEATURES,     /* no decision here has all features and a prediction */
    PL_UNDEFINED_NO_BASELINE,     /* a comparison with a baseline that has nothing here */
    PL_UNDEFINED_NO_PAIRS,        /* agreement where no unit was rated twice */
    PL_UNDEFINED_ONE_RATING,      /* agreement where all ratings are the same: no chance to beat */
    PL_UNDEFINED_UNEQUAL_RATERS,  /* Fleiss' kappa where units were not rated equally often */
    PL_UNDEFINED_FEW_UNITS,       /* too few for a standard error */
    PL_UNDEFINED_NO_CALIBRATION,  /* no cases that people passed, or none that they failed */
    PL_UNDEFINED_JUDGE_IS_CHANCE, /* a judge not shown to be better than chance */
    PL_UNDEFINED_JUDGE_MISFIT,    /* a judge that passes what its known errors cannot explain */
    PL_UNDEFINED_FEW_REPEATS,     /* no case was repeated so often */
};

/* `value`, `low` and `high` may be read only while `status` is not PL_ESTIMATE_UNDEFINED. */
struct pl_estimate {
    double value;
    double low;
    double high;
    uint64_t n;
    enum pl_estimate_status status;
    enum pl_undefined reason;
};

/* "no labelled positives in this group"; "" for PL_DEFINED. */
const char *pl_undefined_text(enum pl_undefined reason);

/* "ok", "undefined", "too_small". */
const char *pl_estimate_status_name(enum pl_estimate_status status);

#endif

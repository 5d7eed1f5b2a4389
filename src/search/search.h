/*
 * Subgroup search: the slices, over every crossing of segments up to a depth, where a rate is worst,
 * exactly. What makes a slice worse than another, what is proven of it, and which slices are folded
 * into which is defined in docs/search.md; the same definitions, without any haste, are the brute
 * force of the tests.
 */
#ifndef PL_SEARCH_SEARCH_H
#define PL_SEARCH_SEARCH_H

#include "measure/measure.h"

#include <stdatomic.h>

#define PL_SEARCH_TOP_MAX        100
#define PL_SEARCH_FOLDED_MAX     20      /* listed for one slice; all are counted */
#define PL_SEARCH_CANDIDATES_MAX 2000000 /* slices that may prove to be worse */
#define PL_SEARCH_THREADS_MAX    16
#define PL_SEARCH_MARGIN         0.1 /* by how much a further condition must raise what is proven */
#define PL_SEARCH_OVERLAP        0.8 /* from this share in common on two slices are one */

/* Which end of a rate is the bad one. */
enum pl_search_end {
    PL_SEARCH_WORSE, /* high for errors, low for all others */
    PL_SEARCH_HIGH,
    PL_SEARCH_LOW,
};

/* Why a search ended. */
enum pl_search_stop {
    PL_SEARCH_COMPLETE,    /* every slice was looked at */
    PL_SEARCH_INTERRUPTED, /* the caller raised `stop` */
    PL_SEARCH_OUT_OF_TIME,
    PL_SEARCH_TOO_MANY, /* more than PL_SEARCH_CANDIDATES_MAX slices may prove to be worse */
};

/* Shared with a search under way: anyone may raise `stop`, from a signal handler too, and read how
   many of the crossings are done. */
struct pl_search_control {
    atomic_bool stop;
    atomic_uint done;
    atomic_uint total;
};

struct pl_search_options {
    const struct pl_metric *metric;
    enum pl_search_end end;
    uint32_t depth;    /* 1 to PL_CROSSING_MAX */
    uint32_t top;      /* 1 to PL_SEARCH_TOP_MAX */
    double confidence; /* that everything reported is so, and of the intervals shown */
    enum pl_interval_method interval; /* of the values shown; what is proven is always exact */
    uint64_t smallest_slice;          /* of the decisions that the measure counts */
    double seconds_max;               /* 0: no end but its own */
    uint32_t threads;
    struct pl_search_control *control; /* or NULL */
};

/* Why a slice is not listed by itself but under another. */
enum pl_search_fold {
    PL_FOLD_REFINES,   /* it adds conditions to that slice, and too little is gained */
    PL_FOLD_OVERLAPS,  /* it is nearly the same decisions */
    PL_FOLD_EXPLAINED, /* outside the slices above it nothing is proven of it */
};

/* Of `slice` only crossing, groups and n are filled here; n is of the decisions that the measure
   counts. */
struct pl_search_folded {
    struct pl_slice slice;
    double value;
    enum pl_search_fold why;
};

/* A slice that is worse, beyond doubt at the level of the search. */
struct pl_search_found {
    struct pl_slice slice;    /* as above */
    struct pl_estimate value; /* of the measure, two-sided at the confidence */
    double share;             /* of all decisions that the measure counts */
    double difference;        /* to overall */
    double difference_proven; /* at least so much, whatever else was looked at; of the same sign */
    double ratio;             /* to overall, which is never 0 here */
    double p_value;           /* of Fisher's exact test against all other decisions, one-sided */
    double p_adjusted;        /* times the size of the family, at most 1 */
    double rank_value;        /* what slices are ranked by */
    const struct pl_search_folded *folded; /* the largest first */
    size_t folded_count;                   /* listed, at most PL_SEARCH_FOLDED_MAX */
    uint64_t folded_total;
};

struct pl_search {
    struct pl_metric metric;
    enum pl_search_end end; /* high or low */
    uint32_t depth;
    uint32_t top;
    double level; /* the chance that anything reported is not so: 1 - confidence */
    uint64_t smallest_slice;
    struct pl_estimate overall;
    const struct pl_search_found *found; /* by rank_value, descending */
    size_t found_count;
    uint64_t significant_count; /* of all slices: found, folded and further */
    uint64_t further_count;     /* neither found nor folded: they rank below the last found */
    uint64_t family_size; /* slices tested; when not complete, at least as many as there can be */
    uint64_t tested;      /* slices looked at */
    uint32_t crossings_count;
    uint32_t crossings_done;
    uint32_t segments_count; /* that split the decisions: those of one group do not */
    enum pl_search_stop stop;
    double bound; /* no slice that was not looked at has a higher rank_value; 0 when complete */
    double gap;   /* how far `bound` is above the best found; 0 when complete */
};

/* Whether a measure can be searched: a share of decisions by label and prediction. */
bool pl_search_takes(const struct pl_metric *metric);

/*
 * Searches. The result lives in `arena` and points into `cells`. A complete result does not depend
 * on `threads`. PL_E_UNSUPPORTED: the measure is no such rate, or decisions have sampling weights;
 * PL_E_DATA: the cells lack labels or predictions, or have no segment; else the arena's.
 */
PL_MUST_CHECK enum pl_status pl_search_run(const struct pl_cells *cells,
                                           const struct pl_search_options *options,
                                           struct pl_arena *arena, struct pl_search **ret_search,
                                           struct pl_error *error);

/* "refines", "overlaps", "explained"; "high", "low"; "complete", "interrupted", … */
const char *pl_search_fold_name(enum pl_search_fold fold);
const char *pl_search_end_name(enum pl_search_end end);
const char *pl_search_stop_name(enum pl_search_stop stop);

#endif

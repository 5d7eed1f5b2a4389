/*
 * Reliability: in each slice the ten bins of its calibration error, with what was predicted and what
 * came true.
 */
#ifndef PL_MEASURE_RELIABILITY_H
#define PL_MEASURE_RELIABILITY_H

#include "measure/measure.h"
#include "stats/calibration.h"

struct pl_reliability_bin {
    uint64_t n;       /* labelled decisions */
    double score_low; /* the least and the largest score in it */
    double score_high;
    double score;            /* the mean score */
    struct pl_estimate rate; /* how often it came true */
    struct pl_estimate gap;  /* rate less score, with the bounds of the rate */
};

struct pl_reliability {
    const struct pl_slice *slice;
    const struct pl_estimate
        *calibration_error; /* of the slice; undefined: so is everything here */
    const struct pl_estimate *ecce;
    double
        p_value; /* of Kuiper's test that the slice is calibrated; read it while ecce is defined */
    const struct pl_reliability_bin *bins; /* ascending; those that hold somebody */
    uint32_t bins_count;
};

/* All decisions first, then every slice of every grouping. */
struct pl_reliabilities {
    const struct pl_reliability *items;
    size_t count;
    const struct pl_reliability *worst; /* that of measured->multicalibration; NULL when none */
};

/*
 * The reliability of everything that was measured, in `arena`. calibration_error, ecce and
 * multicalibration_error must be among the measures.
 */
PL_MUST_CHECK enum pl_status pl_reliability_make(const struct pl_measured *measured,
                                                 struct pl_arena *arena,
                                                 struct pl_reliabilities **ret_reliabilities,
                                                 struct pl_error *error);

#endif

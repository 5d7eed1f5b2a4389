/* Measures further metrics on cells that are there already, without asking the engine again. */
#ifndef PL_MEASURE_MORE_H
#define PL_MEASURE_MORE_H

#include "measure/measure.h"

struct pl_more_request {
    const struct pl_line *line;
    const struct pl_measured *measured; /* whose cells, confidence, seed and rules hold */
    struct pl_strs names;
    const struct pl_crossing *crossings; /* the slices to measure in; none: overall only */
    size_t crossings_count;
    uint32_t threads; /* 0: one for each processor */
};

/*
 * Measures those of the names for which the cells have what they need; the others are left out, and so
 * are measures of columns of their own. The result lives in `arena`, points into the cells of
 * `measured`, and owns none of them.
 */
PL_MUST_CHECK enum pl_status pl_measure_more(const struct pl_more_request *request,
                                             struct pl_arena *arena,
                                             struct pl_measured **ret_measured,
                                             struct pl_error *error);

#endif

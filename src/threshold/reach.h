/* What a part of the search for thresholds can still come to, and what cannot keep the limits. */
#ifndef PL_THRESHOLD_REACH_H
#define PL_THRESHOLD_REACH_H

#include "threshold/lever.h"

/* A band over what is alive. */
struct pl_lane {
    struct pl_ranges *low; /* by group; count 0: none */
    struct pl_ranges *high;
    struct pl_ranges beside;
};

struct pl_reach {
    const struct pl_quest *quest;
    const struct pl_field *fields; /* none is empty */
    struct pl_lane *lanes;         /* by band */
    double widening;               /* of every limit */
};

/* `lanes` is filled in, in `arena`. */
PL_MUST_CHECK enum pl_status pl_reach_make(struct pl_reach *reach, struct pl_arena *arena,
                                           struct pl_error *error);

/* Shrinks the stretches of a part (one for each group) to what may keep the limits; never loses a choice
   that does. False: none is left. */
bool pl_reach_tighten(const struct pl_reach *reach, struct pl_stretch *part);

#endif

/* The line as it stands for one slice of a launch. Internal to the layer. */
#ifndef PL_LAUNCH_REDUCE_H
#define PL_LAUNCH_REDUCE_H

#include "judge/judge.h"

struct pl_reduced {
    struct pl_line *line;
    const struct pl_crossings *beside; /* one for each limit of the reduced line */
    const enum pl_better *better;      /* likewise: which end the line itself calls good */
};

/*
 * A copy of the line in which every `by` is without the segments of the launch. Limits that compare the
 * groups of the launch keep those in `beside`. A limit against a reference group that is the slice itself
 * asks nothing of it and is left out. In `arena`.
 */
PL_MUST_CHECK enum pl_status pl_line_reduce(const struct pl_line *line,
                                            const struct pl_measured *measured,
                                            const struct pl_slice *slice, struct pl_arena *arena,
                                            struct pl_reduced *ret_reduced, struct pl_error *error);

/* Crossings without the segments of the launch, each once, those that are then empty left out. `items`
   has room for all. */
size_t pl_crossings_reduce(const struct pl_crossings *crossings, const struct pl_crossing *launch,
                           struct pl_crossing *items);

#endif

/*
 * A lever on a limit that all groups bear together, such as a rate of everything: a price on crossing
 * it turns the limit into cost, and the groups can be looked at one by one again (Lagrange's
 * multiplier). It bounds the cost from below, and nearly attains it.
 */
#ifndef PL_THRESHOLD_LEVER_H
#define PL_THRESHOLD_LEVER_H

#include "threshold/quest.h"

/* One group's candidates that keep what binds it alone. */
struct pl_field {
    size_t count;
    uint32_t *alive; /* ascending candidates */
    struct pl_rank *ranks;
    struct pl_best best;
};

/* A stretch of what is alive; both ends included. */
struct pl_stretch {
    uint32_t first;
    uint32_t last;
};

struct pl_lever {
    double constant;      /* what the price adds whatever is chosen */
    struct pl_best *best; /* by group: of cost and price together */
};

struct pl_lever_request {
    const struct pl_quest *quest;
    const struct pl_field *fields;
    const struct pl_band *band;
    const struct pl_mixed *mixed; /* of the band */
    double widening;
};

/*
 * The lever at the best price. `ret_used` is false when there is none: the cheapest choice keeps the
 * limit anyway, no price brings the groups to keep it, or the measure is no plain rate.
 */
PL_MUST_CHECK enum pl_status pl_lever_make(const struct pl_lever_request *request,
                                           struct pl_arena *arena, struct pl_lever *ret_lever,
                                           bool *ret_used, struct pl_error *error);

/* No choice in these stretches that keeps the limit costs less; `point` gets the candidates of the
   choice that is cheapest with the price. */
double pl_lever_bound(const struct pl_lever *lever, const struct pl_field *fields,
                      const struct pl_stretch *part, size_t groups_count, uint32_t *point);

#endif

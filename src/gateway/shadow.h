/*
 * A challenger in the shadow: it gets some of the requests after the champion has answered them, under a budget of
 * its own; its answers go to nobody. Each becomes a record of kind "shadow" beside that of its decision.
 */
#ifndef PL_GATEWAY_SHADOW_H
#define PL_GATEWAY_SHADOW_H

#include "gateway/decision.h"

/* What all workers share: what was spent today, and how many are under way. */
struct pl_shadow_budget {
    atomic_uint_fast64_t day;   /* since 1970 */
    atomic_uint_fast64_t spent; /* on it, in billionths */
    atomic_uint under_way;
};

/* Whether the decision, which was just answered, gets one: then what it needs is copied, as the request is about to go.
   NULL: none. */
struct pl_decision *pl_shadow_prepare(const struct pl_decision *decision);

/* Begins it, once the answer is out. NULL is allowed. */
void pl_shadow_begin(struct pl_decision *shadow);

/* Its model has answered, or has not. Frees it. */
void pl_shadow_leg_ended(struct pl_leg *leg);

#endif

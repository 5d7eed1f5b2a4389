/*
 * What is counted of decisions, in the terms of metrics.h: which series, and the numbers of their labels, found
 * once and not for each request.
 */
#ifndef PL_GATEWAY_FIGURES_H
#define PL_GATEWAY_FIGURES_H

#include "gateway/decision.h"
#include "gateway/metrics.h"

struct pl_figures {
    uint32_t apis[PL_APIS_COUNT];
    uint32_t outcomes[PL_OUTCOMES_COUNT];
    uint32_t leg_ends[PL_LEG_ENDS_COUNT];
    uint32_t exchange_ends[PL_EXCHANGE_ENDS_COUNT];
    uint32_t sides[2]; /* input, output */
    uint32_t acts[PL_GUARD_NOTE + 1];
    uint32_t stop, text; /* an act and a name, of what is no row's doing */
    uint32_t prompt, cached, completion, reasoning; /* kinds of tokens */
};

/* Names all labels but those of models, and says where gauges come from. */
void pl_figures_init(struct pl_gateway *gateway);

/* Names the labels of a plan's models; before it is handed over. */
void pl_figures_of_plan(struct pl_gateway *gateway, struct pl_plan *plan);

/* Counts a decision that has come to its end. */
void pl_figures_count(const struct pl_decision *decision);

/* Counts one thing that is no decision: a shadow, by how it ended. */
void pl_figures_count_shadow(const struct pl_leg *leg);

#endif

/*
 * Traces of decisions on their way to a collector (`serve.otlp`): one batch for each worker, sent every second or when
 * it is full. A collector that is slow or away costs spans, which are counted, and never a request its time.
 */
#ifndef PL_GATEWAY_TRACES_H
#define PL_GATEWAY_TRACES_H

#include "gateway/decision.h"

struct pl_traces;

/* For a plan; NULL in `ret_traces` where it wants none. */
PL_MUST_CHECK enum pl_status pl_traces_new(struct pl_worker *worker, const struct pl_plan *plan,
                                           struct pl_traces **ret_traces, struct pl_error *error);
void pl_traces_free(struct pl_traces *traces); /* NULL is allowed; what waits is lost, and counted */

/* Whether they go where the plan says. */
bool pl_traces_are_for(const struct pl_traces *traces, const struct pl_plan *plan);

/* The spans of a decision that has come to its end. */
void pl_traces_add(struct pl_traces *traces, const struct pl_decision *decision);

#endif

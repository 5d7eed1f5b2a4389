/*
 * What a trace has of a decision: one span for it and one below it for each call of a model. They are handed to
 * traces.h, which sends them to the collector of `serve.otlp`.
 */
#ifndef PL_GATEWAY_SPANS_H
#define PL_GATEWAY_SPANS_H

#include "gateway/decision.h"

struct pl_spans;

/* For a plan; NULL in `ret_spans` where it wants none. */
PL_MUST_CHECK enum pl_status pl_spans_new(struct pl_worker *worker, const struct pl_plan *plan,
                                          struct pl_spans **ret_spans, struct pl_error *error);
void pl_spans_free(struct pl_spans *spans); /* NULL is allowed; what waits is lost */

/* For the end of a worker: sends what waits; calls `done` at the latest after two seconds. */
void pl_spans_end(struct pl_spans *spans, pl_loop_work done, void *context);

/* Whether they go where the plan says. */
bool pl_spans_are_for(const struct pl_spans *spans, const struct pl_plan *plan);

/* The spans of a decision that has come to its end. */
void pl_spans_add(struct pl_spans *spans, const struct pl_decision *decision);

#endif

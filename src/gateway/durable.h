/*
 * Requests that are answered once what they bring is on disk. The answer waits in the worker; the keeper's
 * thread says when.
 */
#ifndef PL_GATEWAY_DURABLE_H
#define PL_GATEWAY_DURABLE_H

#include "gateway/worker.h"

struct pl_durable;

/* NULL when there is no memory; the request is then refused. `records` are to come. */
struct pl_durable *pl_durable_new(struct pl_worker *worker, struct pl_request *request);

/* Puts one record on its way. False: the queue is full; what was put before stays. */
PL_MUST_CHECK bool pl_durable_put(struct pl_durable *durable, const char *kind,
                                  struct pl_str body);

/* All were put: answers `body` with 200 when they are durable, or with an error when one was not. Copies it. */
void pl_durable_answer(struct pl_durable *durable, struct pl_str body);

/* Answers an error in place of that; records under way are not called back. */
void pl_durable_fail(struct pl_durable *durable);

#endif

/*
 * Requests that are answered once what they bring is on disk. The answer waits in the worker; the keeper's
 * thread says when.
 */
#ifndef PL_GATEWAY_RECEIPT_H
#define PL_GATEWAY_RECEIPT_H

#include "gateway/worker.h"

struct pl_receipt;

/* NULL when there is no memory; the request is then refused. `records` are to come. */
struct pl_receipt *pl_receipt_new(struct pl_worker *worker, struct pl_request *request);

/* Puts one record on its way. False: the queue is full; what was put before stays. */
PL_MUST_CHECK bool pl_receipt_put(struct pl_receipt *receipt, const char *kind, struct pl_str body);

/* All were put: answers `body` with 200 when they are durable, or with an error when one was not. Copies it. */
void pl_receipt_answer(struct pl_receipt *receipt, struct pl_str body);

/* Answers an error in place of that; records under way are not called back. */
void pl_receipt_fail(struct pl_receipt *receipt);

#endif

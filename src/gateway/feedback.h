/* What applications tell afterwards: feedback for a decision, and decisions that they made themselves. */
#ifndef PL_GATEWAY_FEEDBACK_H
#define PL_GATEWAY_FEEDBACK_H

#include "gateway/worker.h"

#define PL_FEEDBACK_BATCH_MAX 1000

/* POST /v1/feedback. */
void pl_feedback_take(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                      struct pl_client_key *key);

/* POST /v1/decisions. */
void pl_feedback_decisions(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                           struct pl_client_key *key);

#endif

/* Flags over OFREP, so that every SDK of OpenFeature sees them. */
#ifndef PL_GATEWAY_OFREP_API_H
#define PL_GATEWAY_OFREP_API_H

#include "gateway/worker.h"

void pl_ofrep_answer_single(struct pl_worker *worker, struct pl_request *request,
                            struct pl_str part, struct pl_client_key *key);
void pl_ofrep_answer_bulk(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                          struct pl_client_key *key);

/* The event that says: ask again. */
void pl_ofrep_write_event(struct pl_worker *worker, struct pl_buffer *out);

#endif

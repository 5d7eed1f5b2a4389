/* Flags over OFREP, so that every SDK of OpenFeature sees them. */
#ifndef PL_GATEWAY_OFREP_API_H
#define PL_GATEWAY_OFREP_API_H

#include "gateway/worker.h"

void pl_ofrep_answer_single(struct pl_worker *worker, struct pl_request *request,
                            struct pl_str part, struct pl_client_key *key);
void pl_ofrep_answer_bulk(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                          struct pl_client_key *key);

/* The event that says: ask again. Nothing is written where flags are as they were at the last one. */
void pl_ofrep_write_event(struct pl_worker *worker, struct pl_buffer *out);

/* What the first event is compared with: flags as they are now. */
void pl_ofrep_note_tag(struct pl_worker *worker);

#endif

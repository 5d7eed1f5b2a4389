/* Subscribers of OFREP's event stream: told at once when a flag has changed. */
#ifndef PL_GATEWAY_EVENTS_H
#define PL_GATEWAY_EVENTS_H

#include "gateway/worker.h"

#define PL_EVENT_CLIENTS_MAX 4096 /* of one worker */

/* GET /ofrep/v1/events. */
void pl_events_subscribe(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                         struct pl_client_key *key);

/* Tells all subscribers of this worker to ask again. */
void pl_events_tell(struct pl_worker *worker);

/* A comment to each, so that connections that are dead are noticed. */
void pl_events_ping(struct pl_worker *worker);

/* Forgets all, whose connections are closed already. */
void pl_events_forget(struct pl_worker *worker);

/* Ends all streams. */
void pl_events_end(struct pl_worker *worker);

#endif

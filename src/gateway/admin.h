/*
 * The listener of the admin: health, figures, the flag and reloading. Looking is answered in the worker; what
 * writes or reads files is handed to the main thread as a job, so that no request of a client waits for it.
 */
#ifndef PL_GATEWAY_ADMIN_H
#define PL_GATEWAY_ADMIN_H

#include "gateway/worker.h"

void pl_admin_health(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                     struct pl_client_key *key);
void pl_admin_ready(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                    struct pl_client_key *key);
void pl_admin_metrics(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                      struct pl_client_key *key);
void pl_admin_flag_show(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                        struct pl_client_key *key);
void pl_admin_flag_change(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                          struct pl_client_key *key);
void pl_admin_reload(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                     struct pl_client_key *key);

#endif

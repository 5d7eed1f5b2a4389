/*
 * What can be asked of the server: one table of methods, paths, scopes and handlers, for the listener of clients
 * and for that of the admin.
 */
#ifndef PL_GATEWAY_API_H
#define PL_GATEWAY_API_H

#include "gateway/worker.h"

/* A path of the table; `{}` stands for one part of a path, handed to the handler. */
struct pl_api_row {
    const char *method;
    const char *path;
    uint32_t scope; /* of enum pl_scope; 0: nobody needs a key */
    bool admin;     /* on the admin's listener, else on that of clients */
    void (*handle)(struct pl_worker *worker, struct pl_request *request, struct pl_str part,
                   struct pl_client_key *key);
    const char *summary; /* for the description of the API */
};

size_t pl_api_rows_count(void);
const struct pl_api_row *pl_api_row_at(size_t index);

/* Finds the row, checks the key, hands over; `admin`: it came to the admin's listener. */
void pl_api_dispatch(struct pl_worker *worker, struct pl_request *request, bool admin);

#endif

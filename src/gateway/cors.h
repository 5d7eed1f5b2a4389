/*
 * Pages in browsers that ask for flags from another origin (the Fetch standard's CORS). Only flags may be asked for in
 * that way, and only by the origins of `serve.cors`.
 */
#ifndef PL_GATEWAY_CORS_H
#define PL_GATEWAY_CORS_H

#include "gateway/worker.h"

#define PL_CORS_HEADERS_MAX 3

/* The headers that an answer to this request needs; returns how many. */
size_t pl_cors_headers(const struct pl_worker *worker, const struct pl_request *request,
                       struct pl_http_header ret_headers[PL_CORS_HEADERS_MAX]);

/* Answers the question before the request, OPTIONS; false when it is none, or nobody who may ask. */
bool pl_cors_answer(const struct pl_worker *worker, struct pl_request *request);

#endif

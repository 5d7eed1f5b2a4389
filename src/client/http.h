/*
 * Exchanges over HTTP: many at once, over connections that are kept and shared (HTTP/1.1 and, with TLS,
 * HTTP/2). It knows nothing of models. Certificates are always verified; redirects are never followed; of
 * the environment's proxies none is used. All work is done inside pl_http_wait, in the caller's thread.
 */
#ifndef PL_CLIENT_HTTP_H
#define PL_CLIENT_HTTP_H

#include "base/error.h"
#include "client/retry.h"
#include "client/secret.h"

struct pl_http;
struct pl_http_exchange;

/* How an exchange ended; `PL_HTTP_STOPPED` because `take` or pl_http_stop said so. */
enum pl_http_end {
    PL_HTTP_WHOLE,
    PL_HTTP_STOPPED,
    PL_HTTP_UNREACHABLE,
    PL_HTTP_UNTRUSTED,
    PL_HTTP_TIMEOUT,
    PL_HTTP_CUT,
    PL_HTTP_LOCAL,
};

#define PL_HTTP_DETAIL_SIZE 256
#define PL_HTTP_NAME_SIZE   128

struct pl_http_reply {
    enum pl_http_end end;
    int status;                           /* 0: none came */
    char content_type[PL_HTTP_NAME_SIZE]; /* without its parameters, in lower case */
    char request_id[PL_HTTP_NAME_SIZE];
    struct pl_retry_hint hint;
    bool sent;                        /* the request may have reached the server */
    char detail[PL_HTTP_DETAIL_SIZE]; /* what the transport says of a failure; empty else */
};

/* Whom the exchanges are with. Texts are borrowed, and outlive every exchange. */
struct pl_http_server {
    const struct pl_secret *bearer; /* or NULL */
    const char *ca_file;            /* or NULL */
    const char *proxy;              /* or NULL */
    uint64_t connect_ms;
    uint64_t total_ms;
};

struct pl_http_request {
    const struct pl_http_server *server;
    const char *url;
    struct pl_str body; /* JSON; borrowed until the exchange ends */
    bool stream;        /* asks for an event stream */
    /* Takes a piece of the body, as it comes; false ends the exchange. `reply` has the status and headers. */
    bool (*take)(const struct pl_http_reply *reply, struct pl_str bytes, void *context);
    void *context;
};

PL_MUST_CHECK enum pl_status pl_http_new(struct pl_http **ret_http, struct pl_error *error);

/* Ends every exchange without a word, and frees all. NULL is allowed. */
void pl_http_free(struct pl_http *http);

/* Begins to POST. */
PL_MUST_CHECK enum pl_status pl_http_post(struct pl_http *http,
                                          const struct pl_http_request *request,
                                          struct pl_http_exchange **ret_exchange,
                                          struct pl_error *error);

/* Moves every exchange on as far as it goes without waiting. */
void pl_http_work(struct pl_http *http);

/* The context of an exchange that has ended, and its reply; NULL when there is none. The exchange is
   freed. */
void *pl_http_next(struct pl_http *http, struct pl_http_reply *ret_reply);

/* Ends an exchange at once; nothing more is heard of it. `ret_reply` (or NULL) gets what had come. */
void pl_http_stop(struct pl_http *http, struct pl_http_exchange *exchange,
                  struct pl_http_reply *ret_reply);

/* A descriptor to wait for besides the connections. */
struct pl_http_fd {
    int fd;
    bool to_write;
};

/* Waits until something can be done, a descriptor is ready, or the time is over. */
void pl_http_wait(struct pl_http *http, const struct pl_http_fd *fds, size_t fds_count,
                  uint64_t timeout_ms);

/* What is wrong with a URL for a POST: NULL, or words for "the URL …". `with_key` and not
   `plain_allowed`: it must be https, or of this machine. */
const char *pl_http_url_fault(const char *url, bool with_key, bool plain_allowed);

#endif

/*
 * Connections to one address, kept and used again, and exchanges over them: one request, one
 * response that comes piece by piece. Everything happens in one loop's thread. Nothing is tried
 * again here, but for one thing: a kept connection that turns out closed before a byte of the
 * response came is replaced once (RFC 9112 section 9.3.1), if it took no whole request, so that
 * nothing was processed, or the method is GET, HEAD or OPTIONS.
 *
 * TCP_NODELAY is set, head and body go out in one write. TLS verifies name and chain always.
 */
#ifndef PL_NET_UPSTREAM_H
#define PL_NET_UPSTREAM_H

#include "net/http.h"
#include "net/loop.h"

struct pl_upstream;
struct pl_exchange;
struct pl_tls_client; /* net/tls.h */

struct pl_upstream_options {
    const char *host; /* a name or an address */
    uint16_t port;
    const struct pl_tls_client *tls; /* NULL: plain */
    /* A name may resolve to loopback, link-local, private and unique-local addresses; such an
       address written as `host` is always meant. */
    bool private_allowed;
    uint32_t connections_max; /* 0: 1024 */
    uint32_t idle_max;        /* kept; 0: 64 */
    uint64_t idle_ms;         /* how long one is kept; 0: 60 s */
};

PL_MUST_CHECK enum pl_status pl_upstream_new(struct pl_loop *loop,
                                             const struct pl_upstream_options *options,
                                             struct pl_upstream **ret_upstream,
                                             struct pl_error *error);
/* Ends all exchanges without their callbacks. */
void pl_upstream_free(struct pl_upstream *upstream);

/* How an exchange ended. */
enum pl_exchange_end {
    PL_EXCHANGE_DONE,        /* the response is whole */
    PL_EXCHANGE_UNREACHABLE, /* no such name, no connection, or none within connect_ms */
    PL_EXCHANGE_FORBIDDEN,   /* the name resolves to an address that is not allowed */
    PL_EXCHANGE_UNTRUSTED,   /* the handshake of TLS failed, or the certificate does not hold */
    PL_EXCHANGE_FULL,        /* connections_max are in use */
    PL_EXCHANGE_SLOW,        /* no byte of a response within first_byte_ms */
    PL_EXCHANGE_STALLED,     /* a response began, and no byte came for stall_ms */
    PL_EXCHANGE_TIMEOUT,     /* not whole within total_ms */
    PL_EXCHANGE_CUT,         /* the connection closed before the response was whole */
    PL_EXCHANGE_GARBAGE,     /* no HTTP/1.x, or one that breaks its rules */
    PL_EXCHANGE_TOO_LARGE,   /* a head above the limits; bodies are counted by who takes them */
    PL_EXCHANGE_LOCAL,       /* this side: no memory, no descriptors */
};
#define PL_EXCHANGE_ENDS_COUNT (PL_EXCHANGE_LOCAL + 1)
const char *pl_exchange_end_name(enum pl_exchange_end end); /* "done", "unreachable" … */

struct pl_exchange_request {
    struct pl_str method;
    struct pl_str target;                 /* path and query */
    const struct pl_http_header *headers; /* added to Host and Content-Length; copied */
    size_t headers_count;
    struct pl_str body; /* must stay until the exchange has ended or was cancelled */
    uint64_t connect_ms, first_byte_ms, stall_ms, total_ms; /* 0: no such bound */
};

struct pl_exchange_handlers {
    void (*on_head)(struct pl_exchange *exchange, const struct pl_http_head *head, void *context);
    void (*on_body)(struct pl_exchange *exchange, struct pl_str piece, void *context);
    /* The last call; the exchange is no more after it. `why` is a sentence for a person. */
    void (*on_end)(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why,
                   void *context);
};

/* Never calls a handler before it returns. */
PL_MUST_CHECK enum pl_status pl_exchange_start(struct pl_upstream *upstream,
                                               const struct pl_exchange_request *request,
                                               const struct pl_exchange_handlers *handlers,
                                               void *context, struct pl_exchange **ret_exchange,
                                               struct pl_error *error);

/* Ends it without a further callback, and closes its connection unless nothing was sent: the server
   sees that nobody wants the answer. May be called inside a handler. */
void pl_exchange_cancel(struct pl_exchange *exchange);

/* Stops and goes on reading, for a client that is slower than the server. */
void pl_exchange_pause(struct pl_exchange *exchange);
void pl_exchange_resume(struct pl_exchange *exchange);

struct pl_exchange_times {
    uint64_t started_ns;    /* pl_exchange_start */
    uint64_t connected_ns;  /* a connection was there; 0: not yet, as with the rest */
    uint64_t sent_ns;       /* the request was handed to the system in whole */
    uint64_t first_byte_ns; /* of the response */
    bool reused;            /* an earlier connection was used */
};
struct pl_exchange_times pl_exchange_times(const struct pl_exchange *exchange);

#endif

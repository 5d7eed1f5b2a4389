/*
 * An HTTP/1.1 server on a loop: listeners, connections, whole requests handed over, answers whole
 * or piece by piece. Keep-alive and pipelining are dealt with here: a connection has one request at
 * a time with the handler, the next is read after it was answered. TLS is OpenSSL's.
 *
 * Limits hold from the first byte: connections in all, time for the head, time for the body, idle
 * time, bytes of head and body, time that an answer may wait for a client that does not read. A
 * request that breaks one is answered with its 4xx and `Connection: close` through `on_refuse`, or
 * closed without a word.
 */
#ifndef PL_NET_SERVER_H
#define PL_NET_SERVER_H

#include "net/http.h"
#include "net/loop.h"

struct pl_server;
struct pl_request;
struct pl_tls_server; /* net/tls.h */

struct pl_server_options {
    const char *address;             /* "127.0.0.1", "::1", "0.0.0.0" */
    uint16_t port;                   /* 0: any, see pl_server_port */
    bool share_port;                 /* SO_REUSEPORT: each worker has a listener of its own */
    const struct pl_tls_server *tls; /* NULL: plain; lives longer than the server */
    /* Past it the one that is idle longest is closed, else the one whose request has been coming
       for longest and more than a second; else a new one is refused. */
    uint32_t connections_max;
    size_t body_size_bytes_max;
    uint64_t head_ms;  /* from the first byte of a request to the end of its head */
    uint64_t body_ms;  /* from the end of the head to the end of the body */
    uint64_t idle_ms;  /* between requests */
    uint64_t write_ms; /* without progress of a write */
    /* Of an answer that the client has not yet taken; past it the request is aborted. */
    size_t pending_size_bytes_max;

    /* A whole request has come. It is answered by the functions below, now or later. */
    void (*on_request)(struct pl_request *request, void *context);
    /* A request that could not be read: 400, 408, 413, 414, 417, 431, 501, 505. Writes the body of
       the answer into `ret_body`, which is kept until then; may be NULL. */
    void (*on_refuse)(uint32_t status, const char *why, struct pl_str *ret_body, void *context);
    void *context;
};

PL_MUST_CHECK enum pl_status pl_server_new(struct pl_loop *loop,
                                           const struct pl_server_options *options,
                                           struct pl_server **ret_server, struct pl_error *error);

/* No new connections but those that have come already; idle ones are closed, the others after their
   request. Calls `done` when none is left. */
void pl_server_drain(struct pl_server *server, pl_loop_work done, void *context);

/* Closes everything; requests under way are gone without `on_gone`. */
void pl_server_free(struct pl_server *server);

uint16_t pl_server_port(const struct pl_server *server);

struct pl_server_counts {
    uint64_t accepted, refused; /* connections */
    uint64_t open, idle;
    uint64_t requests;
    uint64_t bad_requests;
    uint64_t handshakes_failed;
    uint64_t bytes_in, bytes_out;
};
struct pl_server_counts pl_server_counts(const struct pl_server *server);

/* ---- a request, valid until it is answered in whole, aborted, or `on_gone` was called ---- */

const struct pl_http_head *pl_request_head(const struct pl_request *request);
struct pl_str pl_request_body(const struct pl_request *request);
char *
pl_request_body_mutable(struct pl_request *request); /* the same bytes, with room for a NUL after */
uint64_t pl_request_begun_ns(const struct pl_request *request);    /* its first byte came */
uint64_t pl_request_received_ns(const struct pl_request *request); /* its last byte came */
struct pl_str pl_request_peer(const struct pl_request *request);   /* address, without port */
struct pl_loop *pl_request_loop(const struct pl_request *request);

/* Called once when the client goes away before the answer is whole; the request is then no more. */
void pl_request_on_gone(struct pl_request *request, void (*gone)(void *context), void *context);

/* Called each time when the client has taken all that was written. */
void pl_request_on_drained(struct pl_request *request, void (*drained)(void *context),
                           void *context);

/*
 * The whole answer, in one write. `headers` are added to Date, Content-Length and Connection, which
 * are set here. Texts are copied. The request is no more after it.
 */
void pl_request_answer(struct pl_request *request, uint32_t status,
                       const struct pl_http_header *headers, size_t headers_count,
                       struct pl_str body);

/* An answer piece by piece, chunked. The head goes out with the first piece, in the same write; an
   empty piece sends the head alone. */
void pl_request_begin(struct pl_request *request, uint32_t status,
                      const struct pl_http_header *headers, size_t headers_count);
void pl_request_write(struct pl_request *request, struct pl_str piece);
size_t pl_request_pending_bytes(const struct pl_request *request); /* written and not yet taken */
void pl_request_end(struct pl_request *request, struct pl_str last_piece); /* may be empty */

/* Ends an answer that is not whole: the connection is closed without the last chunk, never as if
   complete. */
void pl_request_abort(struct pl_request *request);

#endif

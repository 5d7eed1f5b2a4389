/*
 * Exchanges and the connections to an upstream, as the files of it share them: upstream.c keeps the
 * pool and the addresses, link.c carries one exchange over one connection.
 */
#ifndef PL_NET_LINK_H
#define PL_NET_LINK_H

#include "net/channel.h"
#include "net/inside.h"
#include "net/parser.h"
#include "net/resolve.h"
#include "net/upstream.h"

enum link_stage { LINK_CONNECTING, LINK_SHAKING, LINK_BUSY, LINK_KEPT, LINK_CLOSED };

/* A connection. */
struct pl_link {
    struct pl_upstream *upstream;
    struct pl_link *next, *prev; /* of `links` or, the last kept first, of `kept` */
    enum link_stage stage;
    struct pl_channel channel;
    struct pl_fd_watch watch;
    struct pl_parser *parser;
    struct pl_exchange *exchange;
    struct pl_deadline deadline; /* of one that is kept */
    struct pl_soon soon_free;
    size_t address; /* which of the upstream's it goes to */
};

enum exchange_phase {
    EXCHANGE_CONNECTING, /* or looking up the name */
    EXCHANGE_WAITING,    /* the request is sent or being sent; no byte of the response is there */
    EXCHANGE_COMING,     /* the response is */
    EXCHANGE_OVER,
};

struct pl_exchange {
    struct pl_upstream *upstream;
    struct pl_exchange *next, *prev; /* all */
    struct pl_exchange *waiting;     /* the next that waits for the addresses */
    struct pl_link *link;
    const struct pl_exchange_handlers *handlers;
    void *context;
    enum exchange_phase phase;
    struct pl_deadline deadline;
    struct pl_soon soon_end, soon_read, soon_free;
    char *head; /* of the request */
    size_t head_len;
    struct pl_str body;
    size_t sent; /* of head and body */
    uint64_t connect_ms, first_byte_ms, stall_ms, total_ms;
    struct pl_exchange_times times;
    enum pl_exchange_end end;
    char why[192];
    char *left; /* of what was read, when it was paused inside */
    size_t left_len;
    bool bodyless, idempotent, replaced, paused;
    size_t addresses_tried;
};

struct pl_upstream {
    struct pl_loop *loop;
    char *host;
    char *host_header; /* "name:port" */
    uint16_t port;
    const struct pl_tls_client *tls;
    bool private_allowed, freed;
    uint32_t connections_max, idle_max;
    uint64_t idle_ms;
    struct pl_link *links, *kept;
    uint32_t kept_count, exchanges_count;
    struct pl_link *kept_last; /* the first to go */
    struct pl_exchange *exchanges;
    struct pl_addresses addresses;
    size_t address; /* the one that worked last */
    bool is_literal, has_addresses;
    uint64_t looked_up_ns;
    struct pl_lookup *lookup;
    struct pl_fd_watch lookup_watch;
    struct pl_exchange *waiting_first, *waiting_last;
    struct pl_soon soon_free;
};

/* ---- upstream.c ---- */

/* Ends it with the callback after the one under way. */
void pl_exchange_fail_soon(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why);

/* Ends it now; only from the loop's own callbacks. */
void pl_exchange_end_now(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why);

/* The deadline of the phase that it is in, or of the whole. */
void pl_exchange_set_deadline(struct pl_exchange *exchange);

/* Goes to the next address, or says that none is left. */
void pl_exchange_connect(struct pl_exchange *exchange);

/* The response is whole: the connection is kept or closed, then the exchange ends. */
void pl_exchange_finish(struct pl_exchange *exchange);

/* Takes it from the list that it is in. */
void pl_upstream_remove_link(struct pl_link *link);
void pl_upstream_add_link(struct pl_link *link, bool kept);

/* ---- link.c ---- */

/* Begins to connect for `exchange`. PL_E_MEMORY and PL_E_LIMIT: it is this side that cannot. */
PL_MUST_CHECK enum pl_status pl_link_new(struct pl_exchange *exchange, size_t address,
                                         struct pl_error *error);

/* Sends as much of the request as goes. The exchange may fail of it, soon. */
void pl_link_send(struct pl_link *link);

/* Goes on with what was read before a pause, and with reading. */
void pl_link_resume(struct pl_exchange *exchange);

/* Closes it now; its memory goes after the callback under way. */
void pl_link_close(struct pl_link *link);

#endif

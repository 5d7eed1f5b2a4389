/*
 * A client's connection and its request, as the files of the server share them: server.c accepts
 * and counts, connection.c reads, answer.c writes.
 */
#ifndef PL_NET_CONNECTION_H
#define PL_NET_CONNECTION_H

#include "base/buffer.h"
#include "net/channel.h"
#include "net/inside.h"
#include "net/parser.h"
#include "net/server.h"

#include <netinet/in.h>

enum connection_stage {
    CONNECTION_SHAKING, /* hands, of TLS */
    CONNECTION_IDLE,    /* no byte of a request is there */
    CONNECTION_HEAD,    /* some are */
    CONNECTION_BODY,
    CONNECTION_BUSY,     /* a request is with the handler */
    CONNECTION_FLUSHING, /* it was answered, and the client has not taken all */
    CONNECTION_LEAVING,  /* all was written; the client's bytes are dropped until it closes */
    CONNECTION_CLOSED,   /* waits to be freed */
};

struct pl_request {
    struct pl_connection *connection;
    char *body;
    size_t body_len, body_room;
    uint64_t begun_ns, received_ns;
    void (*gone)(void *context);
    void *gone_context;
    void (*drained)(void *context);
    void *drained_context;
    bool begun, chunked, bodyless, close; /* of the answer */
    char nothing;                         /* the body where there is none */
};

struct pl_connection {
    struct pl_server *server;
    struct pl_connection *next, *prev; /* all, or those to be freed */
    struct pl_connection_queue *queue; /* that it is in; NULL: none */
    struct pl_connection *queue_next, *queue_prev;
    uint64_t queued_ns;
    enum connection_stage stage;
    enum connection_stage timed; /* what the deadline was set for, while a request is read */
    bool last;                   /* close it when all was written */
    bool linger;                 /* and the client may still be sending */
    bool waiting;                /* for room to write */
    struct pl_channel channel;
    struct pl_fd_watch watch;
    struct pl_deadline deadline;
    struct pl_soon soon_write, soon_read, soon_free;
    struct pl_parser *parser;
    struct pl_request *request;
    struct pl_buffer out; /* not yet taken by the system, from `out_from` on */
    size_t out_from;
    char *rest; /* came after the request that is being answered */
    size_t rest_len;
    size_t dropped; /* while leaving */
    struct sockaddr_storage peer;
    char peer_text[INET6_ADDRSTRLEN];
};

/* Connections that may be closed for a new one, the first to go in front. */
struct pl_connection_queue {
    struct pl_connection *first, *last;
    uint64_t count;
};

struct pl_server {
    struct pl_loop *loop;
    struct pl_server_options options;
    int fd;
    struct pl_fd_watch watch;
    struct pl_timer pause; /* of accepting, when there are no descriptors */
    uint16_t port;
    bool freed;
    struct pl_connection *all;
    struct pl_connection_queue idle;   /* no byte of a request is there */
    struct pl_connection_queue coming; /* shaking hands, or a request is not whole yet */
    struct pl_server_counts counts;
    bool draining;
    pl_loop_work drained;
    void *drained_context;
    struct pl_soon soon_drain, soon_drained, soon_free;
    struct pl_buffer head; /* of the answer that is being written */
    int64_t date_seconds;
    char date[64]; /* "Date: …\r\n" */
};

/* ---- server.c ---- */

/* Puts the connection at the end of a queue of its server, or in none (NULL). */
void pl_server_queue(struct pl_connection *connection, struct pl_connection_queue *queue);

/* Takes it out of the lists and counts; calls the one who drains when it was the last. */
void pl_server_forget(struct pl_connection *connection);

/* ---- connection.c ---- */

void pl_connection_new(struct pl_server *server, int fd, const struct sockaddr_storage *peer);

/* Closes the socket now, and frees the rest after the callback under way. The request is told
   (`on_gone`). */
void pl_connection_close(struct pl_connection *connection);
void pl_connection_close_silently(struct pl_connection *connection);

/* Reads what has come, as if an event had told of it; only from the loop's own callbacks. */
void pl_connection_look(struct pl_connection *connection);

/* The request was answered in whole, and all or some of it was written. */
void pl_connection_answered(struct pl_connection *connection);

/* ---- answer.c ---- */

/* Empty, without memory. */
void pl_connection_init_out(struct pl_connection *connection);

/* Writes what waits. False when the connection was closed by it. */
bool pl_connection_flush(struct pl_connection *connection);

/* What waits to be taken. */
size_t pl_connection_pending(const struct pl_connection *connection);

/* Writes bytes of the protocol itself, as "100 Continue". */
void pl_connection_say(struct pl_connection *connection, struct pl_str text);

/* Answers what could not be read, and lets the connection go. */
void pl_connection_refuse(struct pl_connection *connection, uint32_t status, const char *why);

#endif

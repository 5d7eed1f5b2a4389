/*
 * A connected socket that does not block, plain or under TLS. Signals of broken pipes never come of
 * it.
 */
#ifndef PL_NET_CHANNEL_H
#define PL_NET_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iovec;

enum pl_io {
    PL_IO_DONE,       /* at least one byte */
    PL_IO_WAIT_READ,  /* nothing can be done until the socket is readable */
    PL_IO_WAIT_WRITE, /* or writable */
    PL_IO_END,        /* the other side has closed */
    PL_IO_FAILED,     /* and errno says why, in a plain one */
};

struct pl_channel {
    int fd;         /* -1: none */
    void *tls;      /* of net/tls.c; NULL: plain */
    uint64_t given; /* bytes handed to the system in a plain one */
};

enum pl_io pl_channel_read(struct pl_channel *channel, char *target, size_t size_bytes,
                           size_t *ret_count);

/* Writes as much as goes without waiting; the pieces must be the same, or more, when it is tried
   again. */
enum pl_io pl_channel_write(struct pl_channel *channel, const struct iovec *pieces,
                            int pieces_count, size_t *ret_count);

/* Bytes that were taken from the socket and not yet read: no event will tell of them. */
bool pl_channel_holds_more(const struct pl_channel *channel);

/* Whether the other side's system has everything that was written; false: surely not all. */
bool pl_channel_was_taken(const struct pl_channel *channel);

void pl_channel_close(struct pl_channel *channel);

#endif

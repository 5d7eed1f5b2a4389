/*
 * Names to addresses, in a thread of its own for each look-up, so that a loop never waits. Its
 * owner watches a descriptor meanwhile; an owner who goes away leaves the look-up to end by itself.
 */
#ifndef PL_NET_RESOLVE_H
#define PL_NET_RESOLVE_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define PL_ADDRESSES_MAX 8

struct pl_address {
    struct sockaddr_storage address;
    socklen_t size;
};

struct pl_addresses {
    struct pl_address items[PL_ADDRESSES_MAX];
    size_t count;
    size_t forbidden; /* left out, as they are not allowed */
};

struct pl_lookup;

/* Whether nothing outside of this machine or its network has that address. */
bool pl_address_is_private(const struct sockaddr_storage *address);

/* Fills in an address that is written out, as "127.0.0.1", "::1" or "[::1]"; false when it is a
   name. */
bool pl_address_parse(const char *host, uint16_t port, struct pl_address *ret_address);

struct pl_lookup_options {
    const char *host;
    uint16_t port;
    bool private_allowed;
};
PL_MUST_CHECK enum pl_status pl_lookup_start(const struct pl_lookup_options *options,
                                             struct pl_lookup **ret_lookup, struct pl_error *error);
int pl_lookup_fd(const struct pl_lookup *lookup); /* readable when it is over */

/* When it is over. An empty list: there is no such name, and `why` says so. */
void pl_lookup_take(struct pl_lookup *lookup, struct pl_addresses *ret_addresses, char *why,
                    size_t why_size_bytes);

/* The owner is done with it, whether it is over or not. */
void pl_lookup_leave(struct pl_lookup *lookup);

#endif

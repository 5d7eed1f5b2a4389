/*
 * Look-ups of names by getaddrinfo, and the rule which addresses are private (the registries of RFC
 * 6890, and the forms of IPv6 that carry an address of IPv4 within).
 */
#include "net/resolve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* --- Addresses -------------------------------------------------------------------------------- */

static bool is_private_v4(uint32_t address)
{
    static const struct {
        uint32_t network;
        int bits;
    } PRIVATE[] = {
        {0x00000000, 8},  /* this network */
        {0x0a000000, 8},  /* private */
        {0x64400000, 10}, /* shared, of carriers */
        {0x7f000000, 8},  /* loopback */
        {0xa9fe0000, 16}, /* link-local, with the metadata services of clouds */
        {0xac100000, 12}, /* private */
        {0xc0000000, 24}, /* protocol assignments */
        {0xc0a80000, 16}, /* private */
        {0xc6120000, 15}, /* benchmarks */
        {0xe0000000, 4},  /* multicast */
        {0xf0000000, 4},  /* reserved, and broadcast */
    };

    for (size_t i = 0; i < sizeof PRIVATE / sizeof PRIVATE[0]; i++)
        if ((address ^ PRIVATE[i].network) >> (32 - PRIVATE[i].bits) == 0)
            return true;
    return false;
}

static uint32_t v4_within(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

static bool is_private_v6(const unsigned char *bytes)
{
    static const unsigned char ZERO[12] = {0};
    static const unsigned char MAPPED[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    static const unsigned char TRANSLATED[12] = {0, 0x64, 0xff, 0x9b};

    if (memcmp(bytes, ZERO, 12) == 0)
        return true; /* the unspecified one, loopback, and the old way to carry IPv4 */
    if (memcmp(bytes, MAPPED, 12) == 0 || memcmp(bytes, TRANSLATED, 12) == 0)
        return is_private_v4(v4_within(bytes + 12));
    if (bytes[0] == 0x20 && bytes[1] == 0x02)
        return is_private_v4(v4_within(bytes + 2));
    return (bytes[0] & 0xfe) == 0xfc || bytes[0] == 0xff ||
           (bytes[0] == 0xfe && (bytes[1] & 0x80) != 0);
}

bool pl_address_is_private(const struct sockaddr_storage *address)
{
    if (address->ss_family == AF_INET)
        return is_private_v4(ntohl(((const struct sockaddr_in *)address)->sin_addr.s_addr));
    if (address->ss_family == AF_INET6)
        return is_private_v6(((const struct sockaddr_in6 *)address)->sin6_addr.s6_addr);
    return true;
}

bool pl_address_parse(const char *host, uint16_t port, struct pl_address *ret_address)
{
    struct pl_address address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address.address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address.address;
    char bare[INET6_ADDRSTRLEN] = "";
    const size_t len = strlen(host);

    if (len > 2 && len - 2 < sizeof bare && host[0] == '[' && host[len - 1] == ']') {
        memcpy(bare, host + 1, len - 2);
        host = bare;
    }
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        address.size = sizeof *v4;
    } else if (inet_pton(AF_INET6, host, &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        address.size = sizeof *v6;
    } else {
        return false;
    }
    *ret_address = address;
    return true;
}

/* --- Look-ups --------------------------------------------------------------------------------- */

/* Two hold it: the owner and the thread. The thread writes all before it tells through the
   descriptor. */
struct pl_lookup {
    atomic_int holders;
    int fd;
    struct pl_lookup_options options;
    char *host;
    struct pl_addresses addresses;
    char why[256];
};

void pl_lookup_leave(struct pl_lookup *lookup)
{
    if (lookup == NULL || atomic_fetch_sub(&lookup->holders, 1) != 1)
        return;
    (void)close(lookup->fd);
    free(lookup->host);
    free(lookup);
}

static void take_all(struct pl_lookup *lookup, const struct addrinfo *found)
{
    struct pl_addresses *addresses = &lookup->addresses;

    for (; found != NULL && addresses->count < PL_ADDRESSES_MAX; found = found->ai_next) {
        struct pl_address *item = &addresses->items[addresses->count];

        if (found->ai_addrlen > sizeof item->address)
            continue;
        memcpy(&item->address, found->ai_addr, found->ai_addrlen);
        item->size = found->ai_addrlen;
        if (!lookup->options.private_allowed && pl_address_is_private(&item->address))
            addresses->forbidden++;
        else
            addresses->count++;
    }
}

static void *look_up(void *context)
{
    struct pl_lookup *lookup = context;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC,
                                   .ai_socktype = SOCK_STREAM,
                                   .ai_flags = AI_NUMERICSERV | AI_ADDRCONFIG};
    const uint64_t one = 1;
    struct addrinfo *found = NULL;
    char port[8];
    int code = 0;

    (void)snprintf(port, sizeof port, "%u", lookup->options.port);
    code = getaddrinfo(lookup->host, port, &hints, &found);
    if (code == 0) {
        take_all(lookup, found);
        freeaddrinfo(found);
    } else {
        (void)snprintf(lookup->why, sizeof lookup->why, "%s", gai_strerror(code));
    }
    (void)!write(lookup->fd, &one, sizeof one);
    pl_lookup_leave(lookup);
    return NULL;
}

static int start_thread(struct pl_lookup *lookup)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int code = pthread_attr_init(&attributes);

    if (code != 0)
        return code;
    (void)pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    code = pthread_create(&thread, &attributes, look_up, lookup);
    (void)pthread_attr_destroy(&attributes);
    return code;
}

enum pl_status pl_lookup_start(const struct pl_lookup_options *options,
                               struct pl_lookup **ret_lookup, struct pl_error *error)
{
    struct pl_lookup *lookup = calloc(1, sizeof *lookup);
    int code = 0;

    if (lookup == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left to look up a name");
    atomic_init(&lookup->holders, 2);
    lookup->options = *options;
    lookup->host = strdup(options->host);
    lookup->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (lookup->host == NULL || lookup->fd < 0)
        code = errno;
    else
        code = start_thread(lookup);
    if (code != 0) {
        if (lookup->fd >= 0)
            (void)close(lookup->fd);
        free(lookup->host);
        free(lookup);
        return pl_error_errno(error, code, "cannot start to look up \"%s\"", options->host);
    }
    *ret_lookup = lookup;
    return PL_OK;
}

int pl_lookup_fd(const struct pl_lookup *lookup)
{
    return lookup->fd;
}

void pl_lookup_take(struct pl_lookup *lookup, struct pl_addresses *ret_addresses, char *why,
                    size_t why_size_bytes)
{
    uint64_t count = 0;

    /* The descriptor orders the thread's writes before these reads. */
    (void)!read(lookup->fd, &count, sizeof count);
    *ret_addresses = lookup->addresses;
    (void)snprintf(why, why_size_bytes, "%s", lookup->why);
}

/*
 * TLS on a connected socket, for net/channel.c and those who shake hands. `session` is what
 * pl_tls_accept or pl_tls_connect gave.
 */
#ifndef PL_NET_TLS_CHANNEL_H
#define PL_NET_TLS_CHANNEL_H

#include "net/channel.h"
#include "net/tls.h"

/* NULL when there is no memory. `host` is the name or address that the certificate must be for. */
void *pl_tls_accept(const struct pl_tls_server *tls, int fd);
void *pl_tls_connect(const struct pl_tls_client *tls, int fd, const char *host);

/* PL_IO_DONE when the handshake is over. Says in `why` what failed. */
enum pl_io pl_tls_shake(void *session, char *why, size_t why_size_bytes);

enum pl_io pl_tls_read(void *session, char *target, size_t size_bytes, size_t *ret_count);
enum pl_io pl_tls_write(void *session, const struct iovec *pieces, int pieces_count,
                        size_t *ret_count);
bool pl_tls_holds_more(void *session);
uint64_t pl_tls_given(void *session);

/* Says goodbye, without waiting, and frees it; NULL is none. */
void pl_tls_close(void *session);

#endif

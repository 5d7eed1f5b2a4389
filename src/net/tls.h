/* Settings of TLS, made once and shared by all connections of a server or to upstreams; OpenSSL 3,
   TLS 1.2 and up. Immutable after they are made, so any thread may use them. Counted references: a
   reload frees the old ones when the last connection is gone. */
#ifndef PL_NET_TLS_H
#define PL_NET_TLS_H

#include "base/error.h"

struct pl_tls_server;
struct pl_tls_client;

/* PEM files: the chain, own certificate first, and its key. */
PL_MUST_CHECK enum pl_status pl_tls_server_new(const char *certificate_file, const char *key_file,
                                               struct pl_tls_server **ret_tls,
                                               struct pl_error *error);
struct pl_tls_server *pl_tls_server_ref(struct pl_tls_server *tls);
void pl_tls_server_unref(struct pl_tls_server *tls);

/* `ca_file` (PEM) is trusted in place of the system's authorities; NULL: those. */
PL_MUST_CHECK enum pl_status pl_tls_client_new(const char *ca_file, struct pl_tls_client **ret_tls,
                                               struct pl_error *error);
struct pl_tls_client *pl_tls_client_ref(struct pl_tls_client *tls);
void pl_tls_client_unref(struct pl_tls_client *tls);

#endif

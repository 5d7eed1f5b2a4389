/*
 * TLS by OpenSSL, the only file that knows of it: TLS 1.2 and up, no compression, no renegotiation.
 * A client verifies chain and name always; there is no way to turn it off.
 */
#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "net/tls_channel.h"

#define RECORD_SIZE_BYTES ((size_t)16 * 1024)

struct pl_tls_server {
    SSL_CTX *context;
    atomic_uint references;
};

struct pl_tls_client {
    SSL_CTX *context;
    atomic_uint references;
};

/* --- Settings --------------------------------------------------------------------------------- */

/* The first of the library's errors, and forgets the others. */
static void explain(char *why, size_t size_bytes)
{
    const unsigned long code = ERR_get_error();
    const char *reason = code == 0                ? NULL
                         : ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code))
                                                  : ERR_reason_error_string(code);

    (void)snprintf(why, size_bytes, "%s", reason == NULL ? "no reason is known" : reason);
    ERR_clear_error();
}

static enum pl_status fail(struct pl_error *error, enum pl_status status, const char *what,
                           const char *file)
{
    char why[256] = "";

    explain(why, sizeof why);
    return pl_error_set(error, status, "%s \"%s\": %s", what, file, why);
}

static SSL_CTX *make_context(const SSL_METHOD *method)
{
    SSL_CTX *context = SSL_CTX_new(method);

    if (context == NULL)
        return NULL;
    (void)SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    (void)SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                           SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_read_ahead(context, 1); /* a record costs one system call, not two */
    (void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
                                        SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                        SSL_MODE_RELEASE_BUFFERS);
    return context;
}

static int choose_protocol(SSL *ssl, const unsigned char **ret_chosen, unsigned char *ret_size,
                           const unsigned char *offered, unsigned int offered_size, void *context)
{
    static const unsigned char OURS[] = "\x08http/1.1";

    (void)ssl;
    (void)context;
    for (unsigned int at = 0; at < offered_size; at += 1U + offered[at]) {
        if (offered_size - at >= sizeof OURS - 1 &&
            memcmp(offered + at, OURS, sizeof OURS - 1) == 0) {
            *ret_chosen = offered + at + 1;
            *ret_size = sizeof OURS - 2;
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_NOACK;
}

static enum pl_status load_server(SSL_CTX *context, const char *certificate_file,
                                  const char *key_file, struct pl_error *error)
{
    if (SSL_CTX_use_certificate_chain_file(context, certificate_file) != 1)
        return fail(error, PL_E_DATA, "cannot use the certificates of", certificate_file);
    if (SSL_CTX_use_PrivateKey_file(context, key_file, SSL_FILETYPE_PEM) != 1)
        return fail(error, PL_E_DATA, "cannot use the key of", key_file);
    if (SSL_CTX_check_private_key(context) != 1)
        return fail(error, PL_E_DATA, "the key is not that of the certificate; it is from",
                    key_file);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
    return PL_OK;
}

enum pl_status pl_tls_server_new(const char *certificate_file, const char *key_file,
                                 struct pl_tls_server **ret_tls, struct pl_error *error)
{
    struct pl_tls_server *tls = calloc(1, sizeof *tls);
    enum pl_status status = PL_E_MEMORY;

    if (tls != NULL)
        tls->context = make_context(TLS_server_method());
    if (tls == NULL || tls->context == NULL)
        (void)pl_error_set(error, PL_E_MEMORY, "no memory left for TLS");
    else
        status = load_server(tls->context, certificate_file, key_file, error);
    if (status != PL_OK) {
        if (tls != NULL)
            SSL_CTX_free(tls->context);
        free(tls);
        return status;
    }
    atomic_init(&tls->references, 1);
    *ret_tls = tls;
    return PL_OK;
}

struct pl_tls_server *pl_tls_server_ref(struct pl_tls_server *tls)
{
    (void)atomic_fetch_add(&tls->references, 1);
    return tls;
}

void pl_tls_server_unref(struct pl_tls_server *tls)
{
    if (tls == NULL || atomic_fetch_sub(&tls->references, 1) != 1)
        return;
    SSL_CTX_free(tls->context);
    free(tls);
}

static enum pl_status load_client(SSL_CTX *context, const char *ca_file, struct pl_error *error)
{
    static const unsigned char OURS[] = "\x08http/1.1";

    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    (void)SSL_CTX_set_alpn_protos(context, OURS, sizeof OURS - 1);
    if (ca_file == NULL && SSL_CTX_set_default_verify_paths(context) != 1)
        return fail(error, PL_E_NOT_FOUND, "cannot use the authorities of", "the system");
    if (ca_file != NULL && SSL_CTX_load_verify_locations(context, ca_file, NULL) != 1)
        return fail(error, PL_E_DATA, "cannot use the authorities of", ca_file);
    return PL_OK;
}

enum pl_status pl_tls_client_new(const char *ca_file, struct pl_tls_client **ret_tls,
                                 struct pl_error *error)
{
    struct pl_tls_client *tls = calloc(1, sizeof *tls);
    enum pl_status status = PL_E_MEMORY;

    if (tls != NULL)
        tls->context = make_context(TLS_client_method());
    if (tls == NULL || tls->context == NULL)
        (void)pl_error_set(error, PL_E_MEMORY, "no memory left for TLS");
    else
        status = load_client(tls->context, ca_file, error);
    if (status != PL_OK) {
        if (tls != NULL)
            SSL_CTX_free(tls->context);
        free(tls);
        return status;
    }
    atomic_init(&tls->references, 1);
    *ret_tls = tls;
    return PL_OK;
}

struct pl_tls_client *pl_tls_client_ref(struct pl_tls_client *tls)
{
    (void)atomic_fetch_add(&tls->references, 1);
    return tls;
}

void pl_tls_client_unref(struct pl_tls_client *tls)
{
    if (tls == NULL || atomic_fetch_sub(&tls->references, 1) != 1)
        return;
    SSL_CTX_free(tls->context);
    free(tls);
}

/* --- Sessions; each holds its context as long as it lives ------------------------------------- */

static SSL *make_session(SSL_CTX *context, int fd)
{
    SSL *ssl = SSL_new(context);

    if (ssl != NULL && SSL_set_fd(ssl, fd) != 1) {
        SSL_free(ssl);
        ssl = NULL;
    }
    if (ssl == NULL)
        ERR_clear_error();
    return ssl;
}

void *pl_tls_accept(const struct pl_tls_server *tls, int fd)
{
    SSL *ssl = make_session(tls->context, fd);

    if (ssl != NULL)
        SSL_set_accept_state(ssl);
    return ssl;
}

/* An address is looked for among the addresses of a certificate, and is no server name. */
#define NAME_SIZE 256 /* a name of DNS has 253 characters at most */

static bool expect_host(SSL *ssl, const char *host)
{
    unsigned char address[sizeof(struct in6_addr)];
    char name[NAME_SIZE]; /* OpenSSL wants one that is not constant */

    if (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if ((size_t)snprintf(name, sizeof name, "%s", host) >= sizeof name)
        return false;
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

void *pl_tls_connect(const struct pl_tls_client *tls, int fd, const char *host)
{
    SSL *ssl = make_session(tls->context, fd);

    if (ssl == NULL)
        return NULL;
    if (!expect_host(ssl, host)) {
        SSL_free(ssl);
        ERR_clear_error();
        return NULL;
    }
    SSL_set_connect_state(ssl);
    return ssl;
}

static enum pl_io outcome(SSL *ssl, int result)
{
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ:
        return PL_IO_WAIT_READ;
    case SSL_ERROR_WANT_WRITE:
        return PL_IO_WAIT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return PL_IO_END;
    default:
        return PL_IO_FAILED;
    }
}

enum pl_io pl_tls_shake(void *session, char *why, size_t why_size_bytes)
{
    SSL *ssl = session;
    enum pl_io io = PL_IO_DONE;

    ERR_clear_error();

    const int result = SSL_do_handshake(ssl);

    if (result == 1)
        return PL_IO_DONE;
    io = outcome(ssl, result);
    if (io == PL_IO_END || io == PL_IO_FAILED) {
        const long verdict = SSL_get_verify_result(ssl);

        if (verdict != X509_V_OK)
            (void)snprintf(why, why_size_bytes, "%s", X509_verify_cert_error_string(verdict));
        else if (ERR_peek_error() == 0)
            (void)snprintf(why, why_size_bytes, "the connection closed during it");
        else
            explain(why, why_size_bytes);
        ERR_clear_error();
    }
    return io;
}

enum pl_io pl_tls_read(void *session, char *target, size_t size_bytes, size_t *ret_count)
{
    size_t got = 0, all = 0;
    enum pl_io io = PL_IO_DONE;

    ERR_clear_error();
    /* A record at a time, until there is no more or no room. */
    while (all < size_bytes) {
        const int result = SSL_read_ex(session, target + all, size_bytes - all, &got);

        if (result != 1) {
            io = outcome(session, result);
            break;
        }
        all += got;
    }
    ERR_clear_error();
    *ret_count = all;
    return all > 0 ? PL_IO_DONE : io;
}

enum pl_io pl_tls_write(void *session, const struct iovec *pieces, int pieces_count,
                        size_t *ret_count)
{
    char record[RECORD_SIZE_BYTES];
    size_t written = 0, all = 0, from = 0;
    int at = 0;

    ERR_clear_error();
    for (;;) {
        size_t len = 0;
        int result = 0;

        /* As much as goes into a record, from where the last ended. */
        for (int i = at; i < pieces_count && len < sizeof record; i++) {
            const size_t skip = i == at ? from : 0;
            const size_t rest = pieces[i].iov_len - skip;
            const size_t part = rest < sizeof record - len ? rest : sizeof record - len;

            if (part > 0)
                memcpy(record + len, (const char *)pieces[i].iov_base + skip, part);
            len += part;
        }
        if (len == 0)
            break;
        result = SSL_write_ex(session, record, len, &written);
        if (result != 1) {
            const enum pl_io io = outcome(session, result);

            ERR_clear_error();
            *ret_count = all;
            return all > 0 && io != PL_IO_FAILED ? PL_IO_DONE : io;
        }
        all += written;
        for (from += written; at < pieces_count && from >= pieces[at].iov_len; at++)
            from -= pieces[at].iov_len;
    }
    *ret_count = all;
    return PL_IO_DONE;
}

bool pl_tls_holds_more(void *session)
{
    return SSL_has_pending(session) == 1;
}

uint64_t pl_tls_given(void *session)
{
    return BIO_number_written(SSL_get_wbio(session));
}

void pl_tls_close(void *session)
{
    SSL *ssl = session;

    if (ssl == NULL)
        return;
    ERR_clear_error();
    if (SSL_is_init_finished(ssl))
        (void)SSL_shutdown(ssl);
    ERR_clear_error();
    SSL_free(ssl);
}

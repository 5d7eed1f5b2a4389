/*
 * HTTP by libcurl's multi interface; the only file that knows of it. libcurl bounds the size of one header,
 * and here the sum of all is bounded; the body is bounded by who takes it.
 */
#include "client/http.h"

#include <curl/curl.h>

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"

#define USER_AGENT             "plimsoll/" PL_VERSION
#define CONNECTIONS_KEPT_MAX   128L
#define HEADERS_SIZE_BYTES_MAX ((size_t)256 << 10)
#define WAIT_MS_MAX            60000
#define EXTRA_FDS_MAX          4096

struct pl_http_exchange {
    struct pl_http_request request;
    struct pl_http_reply reply;
    struct pl_http *http;
    CURL *easy;
    struct curl_slist *headers;
    size_t headers_size_bytes; /* received */
    bool refused;              /* by who takes the body */
    char detail[CURL_ERROR_SIZE];
    struct pl_http_exchange *next, **link; /* in the list of all */
};

struct pl_http {
    CURLM *multi;
    struct pl_http_exchange *first;
    struct curl_waitfd *fds;
    size_t fds_room;
};

enum pl_status pl_http_new(struct pl_http **ret_http, struct pl_error *error)
{
    struct pl_http *http = NULL;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return pl_error_set(error, PL_E_ENGINE, "libcurl cannot be set up");
    http = calloc(1, sizeof *http);
    if (http != NULL)
        http->multi = curl_multi_init();
    if (http == NULL || http->multi == NULL) {
        free(http);
        curl_global_cleanup();
        return pl_error_set(error, PL_E_MEMORY, "no memory left for HTTP");
    }
    (void)curl_multi_setopt(http->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT_MAX);
    (void)curl_multi_setopt(http->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    *ret_http = http;
    return PL_OK;
}

/* Wipes the headers before they are freed: one of them is the key. */
static void free_headers(struct curl_slist *headers)
{
    for (struct curl_slist *item = headers; item != NULL; item = item->next)
        explicit_bzero(item->data, strlen(item->data));
    curl_slist_free_all(headers);
}

static void unlink_exchange(struct pl_http_exchange *exchange)
{
    *exchange->link = exchange->next;
    if (exchange->next != NULL)
        exchange->next->link = exchange->link;
}

static void free_exchange(struct pl_http_exchange *exchange)
{
    if (exchange->easy != NULL)
        curl_easy_cleanup(exchange->easy);
    free_headers(exchange->headers);
    free(exchange);
}

static void remove_exchange(struct pl_http *http, struct pl_http_exchange *exchange)
{
    (void)curl_multi_remove_handle(http->multi, exchange->easy);
    unlink_exchange(exchange);
    free_exchange(exchange);
}

void pl_http_free(struct pl_http *http)
{
    struct pl_http_exchange *next = NULL;

    if (http == NULL)
        return;
    for (struct pl_http_exchange *exchange = http->first; exchange != NULL; exchange = next) {
        next = exchange->next;
        (void)curl_multi_remove_handle(http->multi, exchange->easy);
        free_exchange(exchange);
    }
    (void)curl_multi_cleanup(http->multi);
    curl_global_cleanup();
    free(http->fds);
    free(http);
}

/* --- What comes --------------------------------------------------------------------------------- */

static void copy_text(char *target, size_t size_bytes, struct pl_str text)
{
    (void)snprintf(target, size_bytes, "%.*s",
                   (int)(text.len < size_bytes ? text.len : size_bytes - 1), text.ptr);
}

/* The type without its parameters, in lower case. */
static void take_content_type(struct pl_http_reply *reply, struct pl_str value)
{
    const char *semicolon = value.len == 0 ? NULL : memchr(value.ptr, ';', value.len);

    if (semicolon != NULL)
        value.len = (size_t)(semicolon - value.ptr);
    copy_text(reply->content_type, sizeof reply->content_type, pl_str_trim(value));
    for (char *c = reply->content_type; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
}

/* A request id that is fit to be shown. */
static void take_request_id(struct pl_http_reply *reply, struct pl_str value)
{
    copy_text(reply->request_id, sizeof reply->request_id, value);
    for (char *c = reply->request_id; *c != '\0'; c++)
        if (!isprint((unsigned char)*c))
            *c = '?';
}

static void take_header(struct pl_http_reply *reply, struct pl_str line)
{
    const char *colon = memchr(line.ptr, ':', line.len);

    if (colon == NULL)
        return;

    const struct pl_str name = {line.ptr, (size_t)(colon - line.ptr)};
    const struct pl_str value = pl_str_trim((struct pl_str){colon + 1, line.len - name.len - 1});

    if (name.len == strlen("content-type") && strncasecmp(name.ptr, "content-type", name.len) == 0)
        take_content_type(reply, value);
    else if (name.len == strlen("x-request-id") &&
             strncasecmp(name.ptr, "x-request-id", name.len) == 0)
        take_request_id(reply, value);
    else
        pl_retry_hint_read(&reply->hint, name, value, pl_clock_unix_ms());
}

/* An answer of its own begins, after an interim one or one of a proxy. */
static void begin_reply(struct pl_http_exchange *exchange)
{
    long status = 0;

    exchange->reply = (struct pl_http_reply){0};
    (void)curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &status);
    exchange->reply.status = (int)status;
}

static size_t on_header(char *bytes, size_t size, size_t count, void *context)
{
    struct pl_http_exchange *exchange = context;
    const struct pl_str line = {bytes, size * count};

    exchange->headers_size_bytes += line.len;
    if (exchange->headers_size_bytes > HEADERS_SIZE_BYTES_MAX)
        return 0;
    if (pl_str_starts_with(line, PL_STR("HTTP/")))
        begin_reply(exchange);
    else if (line.len > 0)
        take_header(&exchange->reply, line);
    return line.len;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct pl_http_exchange *exchange = context;
    const struct pl_str piece = {bytes, size * count};

    if (exchange->request.take(&exchange->reply, piece, exchange->request.context))
        return piece.len;
    exchange->refused = true;
    return 0;
}

/* --- What is sent ------------------------------------------------------------------------------- */

static bool add_header(struct curl_slist **headers, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*headers, line);

    if (longer == NULL)
        return false;
    *headers = longer;
    return true;
}

static bool add_bearer(struct curl_slist **headers, const struct pl_secret *bearer)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer line = {0};

    pl_buffer_init(&line, PL_SECRET_SIZE_BYTES_MAX + 64);
    pl_buffer_add_text(&line, "Authorization: Bearer ");
    pl_buffer_add(&line, pl_secret_reveal(bearer));

    const bool added = line.failed == PL_OK && add_header(headers, pl_buffer_view(&line).ptr);

    if (line.ptr != NULL)
        explicit_bzero(line.ptr, line.size_bytes);
    return added;
}

static bool set_headers(struct pl_http_exchange *exchange)
{
    const struct pl_http_request *request = &exchange->request;

    return add_header(&exchange->headers, "Content-Type: application/json") &&
           add_header(&exchange->headers,
                      request->stream ? "Accept: text/event-stream" : "Accept: application/json") &&
           add_header(&exchange->headers, "Expect:") &&
           (request->server->bearer == NULL ||
            add_bearer(&exchange->headers, request->server->bearer)) &&
           curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->headers) == CURLE_OK;
}

static bool set_number(CURL *easy, CURLoption option, long value)
{
    return curl_easy_setopt(easy, option, value) == CURLE_OK;
}

static bool set_text(CURL *easy, CURLoption option, const char *value)
{
    return value == NULL || curl_easy_setopt(easy, option, value) == CURLE_OK;
}

/* What holds for every exchange. Verification is stated, though it is libcurl's default as well. */
static bool set_policy(CURL *easy, const struct pl_http_server *server)
{
    return set_text(easy, CURLOPT_PROTOCOLS_STR, "http,https") &&
           set_number(easy, CURLOPT_SSL_VERIFYPEER, 1L) &&
           set_number(easy, CURLOPT_SSL_VERIFYHOST, 2L) &&
           set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2) &&
           set_text(easy, CURLOPT_CAINFO, server->ca_file) &&
           set_text(easy, CURLOPT_PROXY, server->proxy == NULL ? "" : server->proxy) &&
           set_number(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L) &&
           set_number(easy, CURLOPT_FOLLOWLOCATION, 0L) &&
           set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS) &&
           set_text(easy, CURLOPT_USERAGENT, USER_AGENT) &&
           set_number(easy, CURLOPT_NOSIGNAL, 1L) && set_number(easy, CURLOPT_QUICK_EXIT, 1L) &&
           set_number(easy, CURLOPT_TCP_KEEPALIVE, 1L) &&
           set_number(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)server->connect_ms) &&
           set_number(easy, CURLOPT_TIMEOUT_MS, (long)server->total_ms);
}

static bool set_up(struct pl_http_exchange *exchange)
{
    const struct pl_http_request *request = &exchange->request;
    CURL *easy = exchange->easy;

    return set_policy(easy, request->server) && set_headers(exchange) &&
           set_text(easy, CURLOPT_URL, request->url) && set_number(easy, CURLOPT_POST, 1L) &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body.ptr) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->detail) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange) == CURLE_OK;
}

enum pl_status pl_http_post(struct pl_http *http, const struct pl_http_request *request,
                            struct pl_http_exchange **ret_exchange, struct pl_error *error)
{
    struct pl_http_exchange *exchange = calloc(1, sizeof *exchange);

    if (exchange == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a request");
    exchange->request = *request;
    exchange->http = http;
    exchange->easy = curl_easy_init();
    if (exchange->easy == NULL || !set_up(exchange) ||
        curl_multi_add_handle(http->multi, exchange->easy) != CURLM_OK) {
        free_exchange(exchange);
        return pl_error_set(error, PL_E_ENGINE, "libcurl does not take the request");
    }
    exchange->next = http->first;
    exchange->link = &http->first;
    if (http->first != NULL)
        http->first->link = &exchange->next;
    http->first = exchange;
    *ret_exchange = exchange;
    return PL_OK;
}

/* --- How it ends -------------------------------------------------------------------------------- */

static bool was_connected(CURL *easy)
{
    curl_off_t microseconds = 0;

    (void)curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &microseconds);
    return microseconds > 0;
}

static enum pl_http_end end_of(const struct pl_http_exchange *exchange, CURLcode code)
{
    static const struct {
        CURLcode code;
        enum pl_http_end end;
    } ENDS[] = {
        {CURLE_OK, PL_HTTP_WHOLE},
        {CURLE_COULDNT_RESOLVE_HOST, PL_HTTP_UNREACHABLE},
        {CURLE_COULDNT_RESOLVE_PROXY, PL_HTTP_UNREACHABLE},
        {CURLE_COULDNT_CONNECT, PL_HTTP_UNREACHABLE},
        {CURLE_SSL_CONNECT_ERROR, PL_HTTP_UNREACHABLE},
        {CURLE_PROXY, PL_HTTP_UNREACHABLE},
        {CURLE_PEER_FAILED_VERIFICATION, PL_HTTP_UNTRUSTED},
        {CURLE_SSL_CERTPROBLEM, PL_HTTP_UNTRUSTED},
        {CURLE_SSL_CIPHER, PL_HTTP_UNTRUSTED},
        {CURLE_SSL_CACERT_BADFILE, PL_HTTP_UNTRUSTED},
        {CURLE_SSL_ISSUER_ERROR, PL_HTTP_UNTRUSTED},
        {CURLE_SSL_INVALIDCERTSTATUS, PL_HTTP_UNTRUSTED},
        {CURLE_PARTIAL_FILE, PL_HTTP_CUT},
        {CURLE_GOT_NOTHING, PL_HTTP_CUT},
        {CURLE_RECV_ERROR, PL_HTTP_CUT},
        {CURLE_SEND_ERROR, PL_HTTP_CUT},
        {CURLE_WRITE_ERROR, PL_HTTP_CUT},
        {CURLE_HTTP2, PL_HTTP_CUT},
        {CURLE_HTTP2_STREAM, PL_HTTP_CUT},
        {CURLE_WEIRD_SERVER_REPLY, PL_HTTP_CUT},
        {CURLE_UNSUPPORTED_PROTOCOL, PL_HTTP_CUT}, /* of what answers: no HTTP */
    };

    if (exchange->refused)
        return PL_HTTP_STOPPED;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return was_connected(exchange->easy) ? PL_HTTP_TIMEOUT : PL_HTTP_UNREACHABLE;
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++)
        if (ENDS[i].code == code)
            return ENDS[i].end;
    return PL_HTTP_LOCAL;
}

static void finish_reply(struct pl_http_exchange *exchange, CURLcode code)
{
    struct pl_http_reply *reply = &exchange->reply;
    long request_size = 0;

    (void)curl_easy_getinfo(exchange->easy, CURLINFO_REQUEST_SIZE, &request_size);
    reply->sent = request_size > 0;
    reply->end = end_of(exchange, code);
    if (code == CURLE_OK)
        return;
    if (exchange->headers_size_bytes > HEADERS_SIZE_BYTES_MAX)
        copy_text(reply->detail, sizeof reply->detail, PL_STR("its headers are too large"));
    else
        copy_text(
            reply->detail, sizeof reply->detail,
            pl_str_of(exchange->detail[0] == '\0' ? curl_easy_strerror(code) : exchange->detail));
}

void pl_http_work(struct pl_http *http)
{
    int running = 0;

    (void)curl_multi_perform(http->multi, &running);
}

void *pl_http_next(struct pl_http *http, struct pl_http_reply *ret_reply)
{
    int left = 0;

    for (;;) {
        const CURLMsg *message = curl_multi_info_read(http->multi, &left);
        char *private = NULL;

        if (message == NULL)
            return NULL;
        if (message->msg != CURLMSG_DONE)
            continue;

        const CURLcode code = message->data.result;

        (void)curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);

        struct pl_http_exchange *exchange = (struct pl_http_exchange *)(void *)private;
        void *context = exchange->request.context;

        finish_reply(exchange, code);
        *ret_reply = exchange->reply;
        remove_exchange(http, exchange);
        return context;
    }
}

void pl_http_stop(struct pl_http *http, struct pl_http_exchange *exchange,
                  struct pl_http_reply *ret_reply)
{
    exchange->refused = true;
    finish_reply(exchange, CURLE_OK);
    if (ret_reply != NULL)
        *ret_reply = exchange->reply;
    remove_exchange(http, exchange);
}

/* Room for so many descriptors; less when there is no memory, and the wait is then the poorer. */
static size_t make_room(struct pl_http *http, size_t count)
{
    if (count > EXTRA_FDS_MAX)
        count = EXTRA_FDS_MAX;
    if (count > http->fds_room) {
        struct curl_waitfd *grown = reallocarray(http->fds, count, sizeof *grown);

        if (grown == NULL)
            return http->fds_room;
        http->fds = grown;
        http->fds_room = count;
    }
    return count;
}

void pl_http_wait(struct pl_http *http, const struct pl_http_fd *fds, size_t fds_count,
                  uint64_t timeout_ms)
{
    const size_t count = make_room(http, fds_count);
    const int timeout = timeout_ms < WAIT_MS_MAX ? (int)timeout_ms : WAIT_MS_MAX;

    for (size_t i = 0; i < count; i++)
        http->fds[i] = (struct curl_waitfd){
            .fd = fds[i].fd,
            .events = fds[i].to_write ? CURL_WAIT_POLLOUT : CURL_WAIT_POLLIN,
        };
    (void)curl_multi_poll(http->multi, http->fds, (unsigned int)count, timeout, NULL);
}

/* --- URLs --------------------------------------------------------------------------------------- */

static bool has_part(CURLU *url, CURLUPart part)
{
    char *text = NULL;
    const bool has = curl_url_get(url, part, &text, 0) == CURLUE_OK && text != NULL;

    curl_free(text);
    return has;
}

static bool part_is(CURLU *url, CURLUPart part, const char *const *words)
{
    char *text = NULL;
    bool is = false;

    if (curl_url_get(url, part, &text, 0) == CURLUE_OK && text != NULL)
        for (size_t i = 0; words[i] != NULL; i++)
            is = is || strcasecmp(text, words[i]) == 0;
    curl_free(text);
    return is;
}

static const char *fault_of(CURLU *url, bool must_be_safe)
{
    static const char *const WEB[] = {"http", "https", NULL};
    static const char *const SAFE[] = {"https", NULL};
    static const char *const HERE[] = {"localhost", "127.0.0.1", "[::1]", NULL};

    if (!part_is(url, CURLUPART_SCHEME, WEB))
        return "must begin with https:// or http://";
    if (has_part(url, CURLUPART_USER) || has_part(url, CURLUPART_PASSWORD))
        return "must not hold a name or password; keys come from the environment";
    if (has_part(url, CURLUPART_QUERY) || has_part(url, CURLUPART_FRAGMENT))
        return "must end with its path";
    if (must_be_safe && !part_is(url, CURLUPART_SCHEME, SAFE) &&
        !part_is(url, CURLUPART_HOST, HERE))
        return "must begin with https://, or the key would go over the network in the clear";
    return NULL;
}

const char *pl_http_url_fault(const char *url, bool with_key, bool plain_allowed)
{
    CURLU *parsed = curl_url();
    const char *fault = "cannot be read";

    if (parsed == NULL)
        return fault;
    if (curl_url_set(parsed, CURLUPART_URL, url, 0) == CURLUE_OK)
        fault = fault_of(parsed, with_key && !plain_allowed);
    curl_url_cleanup(parsed);
    return fault;
}

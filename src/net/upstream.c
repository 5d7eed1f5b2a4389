/*
 * The connections to one address: the pool, the last that was kept is used first; the addresses
 * behind a name, looked up anew when they are half a minute old, while the old ones serve on; and
 * the beginning and end of exchanges.
 */
#include "net/upstream.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buffer.h"
#include "net/link.h"

#define CONNECTIONS_MAX_UNSET 1024
#define IDLE_MAX_UNSET        64
#define IDLE_MS_UNSET         60000
#define ADDRESSES_NS_MAX      ((uint64_t)30 * 1000000000)
#define LOOK_UP_AGAIN_NS      ((uint64_t)5 * 1000000000)
#define HEAD_SIZE_BYTES_MAX   ((size_t)256 * 1024)

static const char *const END_NAMES[PL_EXCHANGE_ENDS_COUNT] = {
    [PL_EXCHANGE_DONE] = "done",
    [PL_EXCHANGE_UNREACHABLE] = "unreachable",
    [PL_EXCHANGE_FORBIDDEN] = "forbidden",
    [PL_EXCHANGE_UNTRUSTED] = "untrusted",
    [PL_EXCHANGE_FULL] = "full",
    [PL_EXCHANGE_SLOW] = "slow",
    [PL_EXCHANGE_STALLED] = "stalled",
    [PL_EXCHANGE_TIMEOUT] = "timeout",
    [PL_EXCHANGE_CUT] = "cut",
    [PL_EXCHANGE_GARBAGE] = "garbage",
    [PL_EXCHANGE_TOO_LARGE] = "too_large",
    [PL_EXCHANGE_LOCAL] = "local",
};

const char *pl_exchange_end_name(enum pl_exchange_end end)
{
    return END_NAMES[end];
}

/* --- The pool --------------------------------------------------------------------------------- */

void pl_upstream_remove_link(struct pl_link *link)
{
    struct pl_upstream *upstream = link->upstream;
    const bool kept = link->stage == LINK_KEPT;

    if (link->prev != NULL)
        link->prev->next = link->next;
    else if (kept)
        upstream->kept = link->next;
    else
        upstream->links = link->next;
    if (link->next != NULL)
        link->next->prev = link->prev;
    else if (kept)
        upstream->kept_last = link->prev;
    if (kept)
        upstream->kept_count--;
    link->next = link->prev = NULL;
}

void pl_upstream_add_link(struct pl_link *link, bool kept)
{
    struct pl_upstream *upstream = link->upstream;
    struct pl_link **first = kept ? &upstream->kept : &upstream->links;

    link->prev = NULL;
    link->next = *first;
    if (*first != NULL)
        (*first)->prev = link;
    *first = link;
    if (!kept)
        return;
    if (link->next == NULL)
        upstream->kept_last = link;
    upstream->kept_count++;
}

/* The exchange is over and all was well: the connection may serve again. */
static void keep_link(struct pl_link *link)
{
    struct pl_upstream *upstream = link->upstream;

    pl_upstream_remove_link(link);
    link->stage = LINK_KEPT;
    link->exchange = NULL;
    pl_parser_begin(link->parser, false);
    pl_upstream_add_link(link, true);
    pl_deadline_set(upstream->loop, &link->deadline, upstream->idle_ms);
    if ((link->watch.wanted & PL_READY_READ) == 0)
        pl_watch_set(&link->watch, PL_READY_READ);
    if (upstream->kept_count > upstream->idle_max)
        pl_link_close(upstream->kept_last);
}

static bool use_kept_link(struct pl_exchange *exchange)
{
    struct pl_upstream *upstream = exchange->upstream;
    struct pl_link *link = upstream->kept;

    if (link == NULL)
        return false;
    pl_upstream_remove_link(link);
    link->stage = LINK_BUSY;
    pl_upstream_add_link(link, false);
    pl_deadline_set(upstream->loop, &link->deadline, PL_DEADLINE_NEVER);
    pl_parser_begin(link->parser, exchange->bodyless);
    link->exchange = exchange;
    exchange->link = link;
    exchange->times.connected_ns = exchange->times.started_ns;
    exchange->times.reused = true;
    exchange->phase = EXCHANGE_WAITING;
    pl_exchange_set_deadline(exchange);
    pl_link_send(link);
    return true;
}

/* --- The end of an exchange ------------------------------------------------------------------- */

static void free_exchange(void *context)
{
    struct pl_exchange *exchange = context;

    free(exchange->head);
    free(exchange->left);
    free(exchange);
}

static void forget_waiting(struct pl_exchange *exchange)
{
    struct pl_upstream *upstream = exchange->upstream;
    struct pl_exchange *before = NULL;

    for (struct pl_exchange *at = upstream->waiting_first; at != NULL; at = at->waiting) {
        if (at == exchange) {
            if (before != NULL)
                before->waiting = at->waiting;
            else
                upstream->waiting_first = at->waiting;
            if (upstream->waiting_last == at)
                upstream->waiting_last = before;
            at->waiting = NULL;
            return;
        }
        before = at;
    }
}

/* Without its connection. The memory goes after the callback under way. */
static void let_go(struct pl_exchange *exchange)
{
    struct pl_upstream *upstream = exchange->upstream;
    struct pl_loop *loop = upstream->loop;

    if (exchange->phase == EXCHANGE_CONNECTING && exchange->link == NULL)
        forget_waiting(exchange);
    exchange->phase = EXCHANGE_OVER;
    if (exchange->prev != NULL)
        exchange->prev->next = exchange->next;
    else
        upstream->exchanges = exchange->next;
    if (exchange->next != NULL)
        exchange->next->prev = exchange->prev;
    upstream->exchanges_count--;
    pl_deadline_stop(loop, &exchange->deadline);
    pl_soon_cancel(loop, &exchange->soon_end);
    pl_soon_cancel(loop, &exchange->soon_read);
    pl_soon_queue(loop, &exchange->soon_free, free_exchange, exchange);
}

void pl_exchange_end_now(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why)
{
    const struct pl_exchange_handlers *handlers = exchange->handlers;

    if (exchange->phase == EXCHANGE_OVER)
        return;
    if (exchange->link != NULL)
        pl_link_close(exchange->link);
    if (why != exchange->why)
        (void)snprintf(exchange->why, sizeof exchange->why, "%s", why);
    let_go(exchange);
    handlers->on_end(exchange, end, exchange->why, exchange->context);
}

static void end_soon(void *context)
{
    struct pl_exchange *exchange = context;

    pl_exchange_end_now(exchange, exchange->end, exchange->why);
}

void pl_exchange_fail_soon(struct pl_exchange *exchange, enum pl_exchange_end end, const char *why)
{
    exchange->end = end;
    if (why != exchange->why)
        (void)snprintf(exchange->why, sizeof exchange->why, "%s", why);
    pl_soon_queue(exchange->upstream->loop, &exchange->soon_end, end_soon, exchange);
}

void pl_exchange_finish(struct pl_exchange *exchange)
{
    struct pl_link *link = exchange->link;

    if (link->stage == LINK_BUSY && pl_parser_head(link->parser)->keep_alive &&
        exchange->sent == exchange->head_len + exchange->body.len) {
        exchange->link = NULL;
        keep_link(link);
    }
    pl_exchange_end_now(exchange, PL_EXCHANGE_DONE, "the response is whole");
}

void pl_exchange_cancel(struct pl_exchange *exchange)
{
    if (exchange->phase == EXCHANGE_OVER)
        return;
    if (exchange->link != NULL)
        pl_link_close(exchange->link);
    let_go(exchange);
}

void pl_exchange_pause(struct pl_exchange *exchange)
{
    exchange->paused = true;
    if (exchange->phase != EXCHANGE_OVER)
        pl_exchange_set_deadline(exchange);
}

void pl_exchange_resume(struct pl_exchange *exchange)
{
    if (!exchange->paused)
        return;
    exchange->paused = false;
    if (exchange->phase != EXCHANGE_OVER)
        pl_link_resume(exchange);
}

struct pl_exchange_times pl_exchange_times(const struct pl_exchange *exchange)
{
    return exchange->times;
}

/* --- Deadlines -------------------------------------------------------------------------------- */

static uint64_t end_of(uint64_t from_ns, uint64_t bound_ms)
{
    return bound_ms == 0 || bound_ms > UINT64_MAX / 4000000 ? UINT64_MAX
                                                            : from_ns + bound_ms * 1000000;
}

/* Each address gets its part of the time to connect. */
static uint64_t end_of_connecting(const struct pl_exchange *exchange)
{
    const uint64_t count = exchange->upstream->addresses.count;

    if (count > 1 && exchange->addresses_tried > 0 && exchange->addresses_tried < count)
        return end_of(exchange->times.started_ns,
                      exchange->connect_ms * exchange->addresses_tried / count);
    return end_of(exchange->times.started_ns, exchange->connect_ms);
}

static uint64_t end_of_phase(const struct pl_exchange *exchange, uint64_t now_ns)
{
    switch (exchange->phase) {
    case EXCHANGE_CONNECTING:
        return end_of_connecting(exchange);
    case EXCHANGE_WAITING:
        return exchange->paused ? UINT64_MAX
                                : end_of(exchange->times.connected_ns, exchange->first_byte_ms);
    case EXCHANGE_COMING:
        return exchange->paused ? UINT64_MAX : end_of(now_ns, exchange->stall_ms);
    case EXCHANGE_OVER:
        break;
    }
    return UINT64_MAX;
}

void pl_exchange_set_deadline(struct pl_exchange *exchange)
{
    const uint64_t now_ns = pl_net_clock_ns();
    const uint64_t of_phase_ns = end_of_phase(exchange, now_ns);
    const uint64_t of_all_ns = end_of(exchange->times.started_ns, exchange->total_ms);
    const uint64_t end_ns = of_phase_ns < of_all_ns ? of_phase_ns : of_all_ns;

    pl_deadline_set(exchange->upstream->loop, &exchange->deadline,
                    end_ns == UINT64_MAX ? PL_DEADLINE_NEVER
                    : end_ns > now_ns    ? (end_ns - now_ns + 999999) / 1000000
                                         : 0);
}

static void on_deadline(void *context)
{
    struct pl_exchange *exchange = context;
    const struct pl_upstream *upstream = exchange->upstream;
    const uint64_t now_ns = pl_net_clock_ns();

    if (now_ns >= end_of(exchange->times.started_ns, exchange->total_ms)) {
        pl_exchange_end_now(exchange, PL_EXCHANGE_TIMEOUT,
                            "the response was not whole within the time for all of it");
        return;
    }
    switch (exchange->phase) {
    case EXCHANGE_CONNECTING:
        if (exchange->link != NULL && exchange->addresses_tried < upstream->addresses.count) {
            pl_link_close(exchange->link);
            pl_exchange_connect(exchange);
            return;
        }
        pl_exchange_end_now(exchange, PL_EXCHANGE_UNREACHABLE,
                            "no connection came about within the time for it");
        return;
    case EXCHANGE_WAITING:
        pl_exchange_end_now(exchange, PL_EXCHANGE_SLOW,
                            "no byte of a response came within the time for it");
        return;
    case EXCHANGE_COMING:
        pl_exchange_end_now(exchange, PL_EXCHANGE_STALLED,
                            "the response began, and then nothing more came");
        return;
    case EXCHANGE_OVER:
        return;
    }
}

/* --- Addresses -------------------------------------------------------------------------------- */

static void end_lookup(struct pl_upstream *upstream)
{
    pl_watch_deinit(&upstream->lookup_watch);
    pl_lookup_leave(upstream->lookup);
    upstream->lookup = NULL;
}

/* One who waited goes on: to connect, or to fail. */
static void go_on(struct pl_exchange *exchange, bool forbidden, const char *why)
{
    char text[192];

    forget_waiting(exchange);
    if (exchange->upstream->has_addresses) {
        pl_exchange_connect(exchange);
    } else if (forbidden) {
        pl_exchange_end_now(exchange, PL_EXCHANGE_FORBIDDEN,
                            "the name leads to a private address, which is not allowed");
    } else {
        (void)snprintf(text, sizeof text, "the name cannot be looked up: %s", why);
        pl_exchange_end_now(exchange, PL_EXCHANGE_UNREACHABLE, text);
    }
}

/* All who wait go on, but not those who come to wait meanwhile: they have a look-up of their
   own. */
static void on_looked_up(uint32_t ready, void *context)
{
    struct pl_upstream *upstream = context;
    struct pl_addresses addresses = {0};
    char why[128] = "";
    size_t waiting = 0;

    (void)ready;
    pl_lookup_take(upstream->lookup, &addresses, why, sizeof why);
    end_lookup(upstream);
    upstream->looked_up_ns = pl_net_clock_ns();
    if (addresses.count > 0 || addresses.forbidden > 0) {
        upstream->addresses = addresses;
        upstream->address = 0;
        upstream->has_addresses = addresses.count > 0;
    } else if (upstream->has_addresses) {
        upstream->looked_up_ns -= ADDRESSES_NS_MAX - LOOK_UP_AGAIN_NS;
    }
    for (struct pl_exchange *at = upstream->waiting_first; at != NULL; at = at->waiting)
        waiting++;
    for (; waiting > 0 && upstream->waiting_first != NULL && !upstream->freed; waiting--)
        go_on(upstream->waiting_first, addresses.forbidden > 0, why);
}

static enum pl_status look_up(struct pl_upstream *upstream, struct pl_error *error)
{
    const struct pl_lookup_options options = {upstream->host, upstream->port,
                                              upstream->private_allowed};
    enum pl_status status = PL_OK;

    if (upstream->lookup != NULL)
        return PL_OK;
    PL_RETURN_IF(pl_lookup_start(&options, &upstream->lookup, error));
    status = pl_watch_init(&upstream->lookup_watch, upstream->loop, pl_lookup_fd(upstream->lookup),
                           on_looked_up, upstream, error);
    if (status != PL_OK) {
        end_lookup(upstream);
        return status;
    }
    pl_watch_set(&upstream->lookup_watch, PL_READY_READ);
    return PL_OK;
}

static void wait_for_addresses(struct pl_exchange *exchange)
{
    struct pl_upstream *upstream = exchange->upstream;

    if (upstream->waiting_last != NULL)
        upstream->waiting_last->waiting = exchange;
    else
        upstream->waiting_first = exchange;
    upstream->waiting_last = exchange;
}

void pl_exchange_connect(struct pl_exchange *exchange)
{
    struct pl_upstream *upstream = exchange->upstream;
    struct pl_error error = {0};

    if (!upstream->is_literal &&
        (!upstream->has_addresses ||
         pl_net_clock_ns() - upstream->looked_up_ns > ADDRESSES_NS_MAX) &&
        look_up(upstream, &error) != PL_OK && !upstream->has_addresses) {
        pl_exchange_fail_soon(exchange, PL_EXCHANGE_LOCAL, error.message);
        return;
    }
    if (!upstream->has_addresses) {
        wait_for_addresses(exchange);
        pl_exchange_set_deadline(exchange);
        return;
    }
    while (exchange->addresses_tried < upstream->addresses.count) {
        const size_t address =
            (upstream->address + exchange->addresses_tried++) % upstream->addresses.count;
        const enum pl_status status = pl_link_new(exchange, address, &error);

        if (status == PL_OK) {
            pl_exchange_set_deadline(exchange);
            return;
        }
        if (status == PL_E_MEMORY || status == PL_E_LIMIT) {
            pl_exchange_fail_soon(exchange, PL_EXCHANGE_LOCAL, error.message);
            return;
        }
        (void)snprintf(exchange->why, sizeof exchange->why, "%.180s", error.message);
    }
    pl_exchange_fail_soon(exchange, PL_EXCHANGE_UNREACHABLE, exchange->why);
}

/* --- The beginning of an exchange ------------------------------------------------------------- */

/* A name or value cannot end its line, whatever is in it. */
static void add_clean(struct pl_buffer *out, struct pl_str text)
{
    const size_t from = out->len;

    pl_buffer_add(out, text);
    if (out->failed != PL_OK)
        return;
    for (size_t i = from; i < out->len; i++)
        if (((unsigned char)out->ptr[i] < 0x20 && out->ptr[i] != '\t') || out->ptr[i] == 0x7f)
            out->ptr[i] = ' ';
}

static bool is_own(struct pl_str name)
{
    static const char *const OWN[] = {"host",       "content-length", "connection",
                                      "keep-alive", "upgrade",        "transfer-encoding"};

    for (size_t i = 0; i < sizeof OWN / sizeof OWN[0]; i++)
        if (name.len == strlen(OWN[i]) && strncasecmp(name.ptr, OWN[i], name.len) == 0)
            return true;
    return false;
}

static void write_head(struct pl_buffer *out, const struct pl_upstream *upstream,
                       const struct pl_exchange_request *request, bool has_length)
{
    add_clean(out, request->method);
    pl_buffer_add_char(out, ' ');
    add_clean(out, request->target);
    pl_buffer_add(out, PL_STR(" HTTP/1.1\r\nHost: "));
    pl_buffer_add_text(out, upstream->host_header);
    pl_buffer_add(out, PL_STR("\r\n"));
    if (has_length)
        pl_buffer_add_format(out, "Content-Length: %zu\r\n", request->body.len);
    for (size_t i = 0; i < request->headers_count; i++) {
        if (is_own(request->headers[i].name))
            continue;
        add_clean(out, request->headers[i].name);
        pl_buffer_add(out, PL_STR(": "));
        add_clean(out, request->headers[i].value);
        pl_buffer_add(out, PL_STR("\r\n"));
    }
    pl_buffer_add(out, PL_STR("\r\n"));
}

static enum pl_status make_head(struct pl_exchange *exchange,
                                const struct pl_exchange_request *request, struct pl_error *error)
{
    struct pl_buffer out;
    enum pl_status status = PL_OK;

    exchange->bodyless = pl_str_equal_text(request->method, "HEAD");
    exchange->idempotent = exchange->bodyless || pl_str_equal_text(request->method, "GET") ||
                           pl_str_equal_text(request->method, "OPTIONS");
    pl_buffer_init(&out, HEAD_SIZE_BYTES_MAX);
    write_head(&out, exchange->upstream, request, request->body.len > 0 || !exchange->idempotent);
    status = pl_buffer_check(&out, "the head of a request", error);
    if (status != PL_OK) {
        pl_buffer_deinit(&out);
        return status;
    }
    exchange->head = out.ptr; /* the buffer's memory is handed on */
    exchange->head_len = out.len;
    return PL_OK;
}

static struct pl_exchange *new_exchange(struct pl_upstream *upstream,
                                        const struct pl_exchange_request *request)
{
    struct pl_exchange *exchange = calloc(1, sizeof *exchange);

    if (exchange == NULL)
        return NULL;
    exchange->upstream = upstream;
    exchange->body = request->body;
    exchange->connect_ms = request->connect_ms;
    exchange->first_byte_ms = request->first_byte_ms;
    exchange->stall_ms = request->stall_ms;
    exchange->total_ms = request->total_ms;
    exchange->deadline.fire = on_deadline;
    exchange->deadline.context = exchange;
    exchange->times.started_ns = pl_net_clock_ns();
    return exchange;
}

enum pl_status pl_exchange_start(struct pl_upstream *upstream,
                                 const struct pl_exchange_request *request,
                                 const struct pl_exchange_handlers *handlers, void *context,
                                 struct pl_exchange **ret_exchange, struct pl_error *error)
{
    struct pl_exchange *exchange = new_exchange(upstream, request);
    enum pl_status status = PL_OK;

    if (exchange == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for an exchange");
    status = make_head(exchange, request, error);
    if (status != PL_OK) {
        free_exchange(exchange);
        return status;
    }
    exchange->handlers = handlers;
    exchange->context = context;
    exchange->next = upstream->exchanges;
    if (exchange->next != NULL)
        exchange->next->prev = exchange;
    upstream->exchanges = exchange;
    *ret_exchange = exchange;
    if (upstream->exchanges_count++ >= upstream->connections_max)
        pl_exchange_fail_soon(exchange, PL_EXCHANGE_FULL,
                              "as many connections as are allowed are in use");
    else if (!use_kept_link(exchange))
        pl_exchange_connect(exchange);
    return PL_OK;
}

/* --- Made and freed --------------------------------------------------------------------------- */

static void free_now(void *context)
{
    struct pl_upstream *upstream = context;

    free(upstream->host);
    free(upstream->host_header);
    free(upstream);
}

void pl_upstream_free(struct pl_upstream *upstream)
{
    if (upstream == NULL)
        return;
    upstream->freed = true;
    while (upstream->exchanges != NULL)
        pl_exchange_cancel(upstream->exchanges);
    while (upstream->links != NULL)
        pl_link_close(upstream->links);
    while (upstream->kept != NULL)
        pl_link_close(upstream->kept);
    if (upstream->lookup != NULL)
        end_lookup(upstream);
    pl_soon_queue(upstream->loop, &upstream->soon_free, free_now, upstream);
}

static char *make_host_header(const struct pl_upstream_options *options)
{
    const bool bracket = strchr(options->host, ':') != NULL && options->host[0] != '[';
    const bool usual = options->port == (options->tls != NULL ? 443 : 80);
    char port[8] = "", *text = NULL;

    if (!usual)
        (void)snprintf(port, sizeof port, ":%" PRIu16, options->port);
    if (asprintf(&text, "%s%s%s%s", bracket ? "[" : "", options->host, bracket ? "]" : "", port) <
        0)
        return NULL;
    return text;
}

/* "[::1]" is "::1" for all but the Host header. */
static char *bare_host(const char *host)
{
    const size_t len = strlen(host);

    return len > 2 && host[0] == '[' && host[len - 1] == ']' ? strndup(host + 1, len - 2)
                                                             : strdup(host);
}

enum pl_status pl_upstream_new(struct pl_loop *loop, const struct pl_upstream_options *options,
                               struct pl_upstream **ret_upstream, struct pl_error *error)
{
    struct pl_upstream *upstream = calloc(1, sizeof *upstream);

    if (upstream != NULL) {
        upstream->host = bare_host(options->host);
        upstream->host_header = make_host_header(options);
    }
    if (upstream == NULL || upstream->host == NULL || upstream->host_header == NULL) {
        if (upstream != NULL)
            free_now(upstream);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for an upstream");
    }
    upstream->loop = loop;
    upstream->port = options->port;
    upstream->tls = options->tls;
    upstream->private_allowed = options->private_allowed;
    upstream->connections_max =
        options->connections_max == 0 ? CONNECTIONS_MAX_UNSET : options->connections_max;
    upstream->idle_max = options->idle_max == 0 ? IDLE_MAX_UNSET : options->idle_max;
    upstream->idle_ms = options->idle_ms == 0 ? IDLE_MS_UNSET : options->idle_ms;
    if (pl_address_parse(upstream->host, options->port, &upstream->addresses.items[0])) {
        upstream->addresses.count = 1;
        upstream->is_literal = upstream->has_addresses = true;
    }
    *ret_upstream = upstream;
    return PL_OK;
}

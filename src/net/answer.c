/*
 * The writing side of a client's connection. A whole answer goes out in one system call, from where
 * it lies; only what the socket does not take is copied. Pieces of a stream are gathered until the
 * callback under way returns, so that the pieces that came together leave together.
 */
#include "net/connection.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#define GATHERED_SIZE_BYTES_MAX ((size_t)16 * 1024)
#define KEPT_SIZE_BYTES_MAX     ((size_t)4 * 1024)
#define PIECES_MAX              2

size_t pl_connection_pending(const struct pl_connection *connection)
{
    return connection->out.len - connection->out_from;
}

size_t pl_request_pending_bytes(const struct pl_request *request)
{
    return pl_connection_pending(request->connection);
}

void pl_connection_init_out(struct pl_connection *connection)
{
    pl_buffer_init(&connection->out, SIZE_MAX / 2); /* bounded by pending_size_bytes_max */
    connection->out_from = 0;
}

/* --- Writing ---------------------------------------------------------------------------------- */

static void wait_for_room(struct pl_connection *connection, bool wait)
{
    const uint32_t wanted = connection->watch.wanted;

    connection->waiting = wait;
    pl_watch_set(&connection->watch,
                 wait ? wanted | PL_READY_WRITE : wanted & ~(uint32_t)PL_READY_WRITE);
    /* While a request is read its own deadline holds, also for a client that does not take "100
       Continue". */
    if (connection->stage != CONNECTION_BUSY && connection->stage != CONNECTION_FLUSHING)
        return;
    pl_deadline_set(connection->server->loop, &connection->deadline,
                    wait && connection->server->options.write_ms > 0
                        ? connection->server->options.write_ms
                        : PL_DEADLINE_NEVER);
}

/* Writes pieces that are not in `out`; what is not taken is added there. */
static bool write_pieces(struct pl_connection *connection, struct iovec *pieces, int count)
{
    size_t done = 0;

    switch (pl_channel_write(&connection->channel, pieces, count, &done)) {
    case PL_IO_DONE:
    case PL_IO_WAIT_READ:
    case PL_IO_WAIT_WRITE:
        break;
    case PL_IO_END:
    case PL_IO_FAILED:
        pl_connection_close(connection);
        return false;
    }
    connection->server->counts.bytes_out += done;
    for (int i = 0; i < count; i++) {
        const size_t skipped = done < pieces[i].iov_len ? done : pieces[i].iov_len;

        pl_buffer_add(&connection->out, (struct pl_str){(const char *)pieces[i].iov_base + skipped,
                                                        pieces[i].iov_len - skipped});
        done -= skipped;
    }
    if (connection->out.failed != PL_OK) {
        pl_connection_close(connection);
        return false;
    }
    if (connection->out.len > 0)
        wait_for_room(connection, true);
    return true;
}

static void let_go_of_buffer(struct pl_connection *connection)
{
    if (connection->out.size_bytes > KEPT_SIZE_BYTES_MAX || connection->stage != CONNECTION_BUSY) {
        pl_buffer_deinit(&connection->out);
        pl_connection_init_out(connection);
    } else {
        connection->out_from = 0;
        pl_buffer_reset(&connection->out);
    }
}

static void all_written(struct pl_connection *connection)
{
    struct pl_request *request = connection->request;

    let_go_of_buffer(connection);
    if (connection->waiting)
        wait_for_room(connection, false);
    if (connection->stage == CONNECTION_FLUSHING)
        pl_connection_answered(connection);
    else if (connection->stage == CONNECTION_BUSY && request->drained != NULL)
        request->drained(request->drained_context);
}

static bool write_out(struct pl_connection *connection)
{
    while (pl_connection_pending(connection) > 0) {
        const struct iovec piece = {connection->out.ptr + connection->out_from,
                                    pl_connection_pending(connection)};
        size_t done = 0;

        switch (pl_channel_write(&connection->channel, &piece, 1, &done)) {
        case PL_IO_DONE:
            break;
        case PL_IO_WAIT_READ:
        case PL_IO_WAIT_WRITE:
            if (!connection->waiting)
                wait_for_room(connection, true);
            return true;
        case PL_IO_END:
        case PL_IO_FAILED:
            pl_connection_close(connection);
            return false;
        }
        connection->server->counts.bytes_out += done;
        connection->out_from += done;
        if (connection->waiting && pl_connection_pending(connection) > 0)
            wait_for_room(connection, true);
    }
    return true;
}

bool pl_connection_flush(struct pl_connection *connection)
{
    if (pl_connection_pending(connection) == 0)
        return true;
    if (!write_out(connection))
        return false;
    if (pl_connection_pending(connection) == 0)
        all_written(connection);
    return connection->stage != CONNECTION_CLOSED;
}

static void flush_soon(void *context)
{
    struct pl_connection *connection = context;

    if (!connection->waiting)
        (void)pl_connection_flush(connection);
}

void pl_connection_say(struct pl_connection *connection, struct pl_str text)
{
    pl_buffer_add(&connection->out, text);
    pl_soon_queue(connection->server->loop, &connection->soon_write, flush_soon, connection);
}

/* --- Heads ------------------------------------------------------------------------------------ */

static struct pl_str date_line(struct pl_server *server)
{
    struct timespec now = {0};
    struct tm parts = {0};

    (void)clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != server->date_seconds && gmtime_r(&now.tv_sec, &parts) != NULL) {
        static const char DAYS[] = "SunMonTueWedThuFriSat";
        static const char MONTHS[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

        (void)snprintf(server->date, sizeof server->date,
                       "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n",
                       DAYS + 3 * parts.tm_wday, parts.tm_mday, MONTHS + 3 * parts.tm_mon,
                       parts.tm_year + 1900, parts.tm_hour, parts.tm_min, parts.tm_sec);
        server->date_seconds = now.tv_sec;
    }
    return pl_str_of(server->date);
}

/* Those that are set here, or that speak of one connection only. */
static bool is_own(struct pl_str name)
{
    static const char *const OWN[] = {"date",       "content-length", "connection",
                                      "keep-alive", "upgrade",        "transfer-encoding"};

    for (size_t i = 0; i < sizeof OWN / sizeof OWN[0]; i++)
        if (name.len == strlen(OWN[i]) && strncasecmp(name.ptr, OWN[i], name.len) == 0)
            return true;
    return false;
}

/* A value cannot end its line, whatever is in it. */
static void add_value(struct pl_buffer *out, struct pl_str value)
{
    const size_t from = out->len;

    pl_buffer_add(out, value);
    if (out->failed != PL_OK)
        return;
    for (size_t i = from; i < out->len; i++)
        if (((unsigned char)out->ptr[i] < 0x20 && out->ptr[i] != '\t') || out->ptr[i] == 0x7f)
            out->ptr[i] = ' ';
}

static void add_number(struct pl_buffer *out, uint64_t number)
{
    char digits[24];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    pl_buffer_add(out, (struct pl_str){digits + at, sizeof digits - at});
}

static bool has_no_body(uint32_t status)
{
    return status < 200 || status == 204 || status == 304;
}

/* The head but for what frames the body, and for the blank line. */
static void add_head(struct pl_request *request, uint32_t status,
                     const struct pl_http_header *headers, size_t headers_count)
{
    struct pl_connection *connection = request->connection;
    struct pl_buffer *head = &connection->server->head;

    if (connection->server->draining)
        request->close = true;
    pl_buffer_reset(head);
    pl_buffer_add(head, PL_STR("HTTP/1.1 "));
    add_number(head, status);
    pl_buffer_add_char(head, ' ');
    pl_buffer_add_text(head, pl_http_reason(status));
    pl_buffer_add(head, PL_STR("\r\n"));
    pl_buffer_add(head, date_line(connection->server));
    for (size_t i = 0; i < headers_count; i++) {
        if (is_own(headers[i].name))
            continue;
        add_value(head, headers[i].name);
        pl_buffer_add(head, PL_STR(": "));
        add_value(head, headers[i].value);
        pl_buffer_add(head, PL_STR("\r\n"));
    }
}

static void end_head(struct pl_request *request)
{
    struct pl_buffer *head = &request->connection->server->head;

    if (request->close)
        pl_buffer_add(head, PL_STR("Connection: close\r\n"));
    else if (pl_parser_is_old(request->connection->parser))
        pl_buffer_add(head, PL_STR("Connection: keep-alive\r\n"));
    pl_buffer_add(head, PL_STR("\r\n"));
}

/* --- Whole answers ---------------------------------------------------------------------------- */

static struct iovec iovec_of(struct pl_str text)
{
    union {
        const char *given;
        void *wanted;
    } same = {.given = text.ptr};

    return (struct iovec){same.wanted, text.len};
}

/* Ends the request with what is in `head` of the server, and `body`. */
static void finish_with(struct pl_request *request, struct pl_str body)
{
    struct pl_connection *connection = request->connection;
    const struct pl_str head = pl_buffer_view(&connection->server->head);

    if (connection->server->head.failed != PL_OK) {
        pl_connection_close_silently(connection);
        return;
    }
    connection->last = request->close;
    /* From here on a close is not told to the handler. */
    connection->stage = CONNECTION_FLUSHING;
    request->gone = NULL;
    if (pl_connection_pending(connection) > 0) {
        pl_buffer_add(&connection->out, head);
        pl_buffer_add(&connection->out, body);
        if (!connection->waiting && !write_out(connection))
            return;
        if (connection->out.failed != PL_OK) {
            pl_connection_close(connection);
            return;
        }
        if (pl_connection_pending(connection) == 0)
            let_go_of_buffer(connection);
    } else {
        struct iovec pieces[PIECES_MAX] = {iovec_of(head), iovec_of(body)};

        if (!write_pieces(connection, pieces, body.len > 0 ? 2 : 1))
            return;
    }
    pl_connection_answered(connection);
}

void pl_request_answer(struct pl_request *request, uint32_t status,
                       const struct pl_http_header *headers, size_t headers_count,
                       struct pl_str body)
{
    struct pl_buffer *out = &request->connection->server->head;

    add_head(request, status, headers, headers_count);
    if (!has_no_body(status)) {
        pl_buffer_add(out, PL_STR("Content-Length: "));
        add_number(out, body.len);
        pl_buffer_add(out, PL_STR("\r\n"));
    }
    end_head(request);
    if (request->bodyless || has_no_body(status))
        body = (struct pl_str){"", 0};
    finish_with(request, body);
}

void pl_connection_refuse(struct pl_connection *connection, uint32_t status, const char *why)
{
    struct pl_server *server = connection->server;
    struct pl_request *request = connection->request;
    struct pl_str body = {"", 0};

    server->counts.bad_requests++;
    if (server->options.on_refuse != NULL)
        server->options.on_refuse(status, why, &body, server->options.context);
    if (connection->stage == CONNECTION_CLOSED)
        return;

    const bool is_json = body.len > 0 && (body.ptr[0] == '{' || body.ptr[0] == '[');
    const struct pl_http_header type = {PL_STR("Content-Type"),
                                        is_json ? PL_STR("application/json")
                                                : PL_STR("text/plain; charset=utf-8")};

    connection->linger = true;
    request->close = true;
    request->bodyless = false;
    pl_request_answer(request, status, &type, 1, body);
}

/* --- Answers in pieces ------------------------------------------------------------------------ */

void pl_request_begin(struct pl_request *request, uint32_t status,
                      const struct pl_http_header *headers, size_t headers_count)
{
    struct pl_connection *connection = request->connection;
    struct pl_buffer *head = &connection->server->head;
    const bool old = pl_parser_is_old(connection->parser);

    request->begun = true;
    request->bodyless |= has_no_body(status);
    request->chunked = !old && !request->bodyless;
    if (old && !request->bodyless)
        request->close = true; /* the end of the connection is the end of the body */
    add_head(request, status, headers, headers_count);
    if (!old && !has_no_body(status))
        pl_buffer_add(head, PL_STR("Transfer-Encoding: chunked\r\n"));
    end_head(request);
    pl_buffer_add(&connection->out, pl_buffer_view(head));
    if (head->failed != PL_OK)
        connection->out.failed = head->failed;
}

static void add_chunk(struct pl_request *request, struct pl_str piece)
{
    struct pl_buffer *out = &request->connection->out;

    if (request->bodyless || piece.len == 0)
        return;
    if (request->chunked) {
        static const char DIGITS[] = "0123456789abcdef";
        char size[20];
        size_t at = sizeof size;

        size[--at] = '\n';
        size[--at] = '\r';
        for (size_t rest = piece.len; rest > 0; rest >>= 4)
            size[--at] = DIGITS[rest & 15];
        pl_buffer_add(out, (struct pl_str){size + at, sizeof size - at});
    }
    pl_buffer_add(out, piece);
    if (request->chunked)
        pl_buffer_add(out, PL_STR("\r\n"));
}

/* Leaves out what was taken already, once it is the larger part. */
static void compact(struct pl_connection *connection)
{
    struct pl_buffer *out = &connection->out;
    const size_t rest = pl_connection_pending(connection);

    if (connection->out_from < GATHERED_SIZE_BYTES_MAX || connection->out_from < rest)
        return;
    memmove(out->ptr, out->ptr + connection->out_from, rest);
    pl_buffer_cut(out, rest);
    connection->out_from = 0;
}

static void close_soon(void *context)
{
    pl_connection_close(context);
}

void pl_request_write(struct pl_request *request, struct pl_str piece)
{
    struct pl_connection *connection = request->connection;
    struct pl_server *server = connection->server;

    if (connection->stage != CONNECTION_BUSY)
        return; /* gone, and about to be told */
    compact(connection);
    add_chunk(request, piece);
    if (connection->out.failed != PL_OK ||
        (server->options.pending_size_bytes_max > 0 &&
         pl_connection_pending(connection) > server->options.pending_size_bytes_max)) {
        pl_soon_cancel(server->loop, &connection->soon_write);
        pl_soon_queue(server->loop, &connection->soon_write, close_soon, connection);
        return;
    }
    if (pl_connection_pending(connection) > GATHERED_SIZE_BYTES_MAX && !connection->waiting &&
        !write_out(connection))
        return;
    pl_soon_queue(server->loop, &connection->soon_write, flush_soon, connection);
}

void pl_request_end(struct pl_request *request, struct pl_str last_piece)
{
    struct pl_connection *connection = request->connection;
    struct pl_buffer *head = &connection->server->head;

    if (connection->stage != CONNECTION_BUSY)
        return;
    add_chunk(request, last_piece);
    if (request->chunked)
        pl_buffer_add(&connection->out, PL_STR("0\r\n\r\n"));
    pl_buffer_reset(head);
    if (pl_connection_pending(connection) == 0)
        connection->out_from = 0;
    finish_with(request, (struct pl_str){"", 0});
}

/* What was written still goes out; where only the end of the connection ends the body, it is
   reset. */
void pl_request_abort(struct pl_request *request)
{
    struct pl_connection *connection = request->connection;
    const struct linger reset = {.l_onoff = 1, .l_linger = 0};

    if (connection->stage != CONNECTION_BUSY) {
        request->gone = NULL;
        return;
    }
    if (request->begun && !request->chunked && !request->bodyless)
        (void)setsockopt(connection->channel.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    connection->last = true;
    connection->stage = CONNECTION_FLUSHING;
    request->gone = NULL;
    if (!connection->waiting && !write_out(connection))
        return;
    pl_connection_answered(connection);
}

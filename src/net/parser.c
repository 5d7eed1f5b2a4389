/*
 * Messages by llhttp, the only file that knows of it: it takes heads apart and reads chunks. The
 * bytes of a head are gathered until it is whole (net/head.h looks at each), so that one pass over
 * it is enough, and no lenient flag is ever set. Bodies of a known length, and those that go on
 * until the end, are counted here.
 */
#include "net/parser.h"

#include <llhttp.h>

#include <stdlib.h>
#include <string.h>

#include "net/head.h"

#define INTERIM_MAX             16
#define RAW_ROOM_FIRST          1024
#define HEADERS_ROOM_FIRST      16
#define OVERHEAD_SIZE_BYTES_MAX ((uint64_t)64 * 1024) /* of chunks: sizes, extensions, trailers */
#define OVERHEAD_PER_BYTE       8                     /* and as much for each byte of the body */

enum stage { STAGE_HEAD, STAGE_LENGTH, STAGE_CHUNKS, STAGE_UNTIL_END, STAGE_OVER, STAGE_BAD };

struct pl_parser {
    llhttp_t llhttp;
    enum pl_parser_kind kind;
    enum stage stage;
    bool bodyless;
    struct pl_head_scan scan;
    struct pl_head_facts facts;
    struct pl_http_head head;
    struct pl_parser_fault fault;
    struct pl_http_header *headers;
    size_t headers_room;
    char *raw; /* a head that came in parts, or that must stay */
    size_t raw_len, raw_room;
    uint64_t left;         /* of a body of known length */
    uint64_t taken, given; /* of chunks: bytes in and out */
    size_t interim;
    struct pl_str piece; /* set by the callbacks of llhttp */
    bool whole;
};

/* --- Callbacks of llhttp ---------------------------------------------------------------------- */

static struct pl_http_header *last_header(struct pl_parser *parser)
{
    return &parser->headers[parser->head.headers_count - 1];
}

static int on_name(llhttp_t *llhttp, const char *at, size_t len)
{
    struct pl_parser *parser = llhttp->data;

    if (parser->stage != STAGE_HEAD)
        return 0; /* a trailer */
    if (parser->head.headers_count == PL_HTTP_HEADERS_MAX) {
        parser->fault = (struct pl_parser_fault){431, "more than 100 headers"};
        return HPE_USER;
    }
    if (parser->head.headers_count == parser->headers_room) {
        const size_t room =
            parser->headers_room == 0 ? HEADERS_ROOM_FIRST : parser->headers_room * 2;
        struct pl_http_header *headers = realloc(parser->headers, room * sizeof *headers);

        if (headers == NULL) {
            parser->fault = (struct pl_parser_fault){500, "no memory left for the head"};
            return HPE_USER;
        }
        parser->headers = headers;
        parser->headers_room = room;
    }
    parser->head.headers_count++;
    *last_header(parser) = (struct pl_http_header){{at, len}, {at, 0}};
    return 0;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t len)
{
    struct pl_parser *parser = llhttp->data;

    if (parser->stage == STAGE_HEAD)
        last_header(parser)->value = pl_str_trim((struct pl_str){at, len});
    return 0;
}

static int on_head_complete(llhttp_t *llhttp)
{
    llhttp->upgrade = 0; /* what is offered is not taken up */
    return HPE_PAUSED;
}

static int on_piece(llhttp_t *llhttp, const char *at, size_t len)
{
    struct pl_parser *parser = llhttp->data;

    parser->piece = (struct pl_str){at, len};
    return HPE_PAUSED;
}

static int on_complete(llhttp_t *llhttp)
{
    struct pl_parser *parser = llhttp->data;

    parser->whole = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t SETTINGS = {
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_head_complete,
    .on_body = on_piece,
    .on_message_complete = on_complete,
};

/* --- Made and freed --------------------------------------------------------------------------- */

struct pl_parser *pl_parser_new(enum pl_parser_kind kind)
{
    struct pl_parser *parser = calloc(1, sizeof *parser);

    if (parser == NULL)
        return NULL;
    parser->kind = kind;
    pl_parser_begin(parser, false);
    return parser;
}

static void free_head(struct pl_parser *parser)
{
    free(parser->raw);
    free(parser->headers);
    parser->raw = NULL;
    parser->raw_len = parser->raw_room = 0;
    parser->headers = NULL;
    parser->headers_room = 0;
}

void pl_parser_free(struct pl_parser *parser)
{
    if (parser == NULL)
        return;
    free_head(parser);
    free(parser);
}

/* The head, not the count of interim ones. */
static void begin_head(struct pl_parser *parser)
{
    free_head(parser);
    parser->stage = STAGE_HEAD;
    parser->scan = (struct pl_head_scan){.kind = parser->kind};
    parser->facts = (struct pl_head_facts){0};
    parser->head = (struct pl_http_head){0};
    parser->taken = parser->given = 0;
    parser->whole = false;
}

void pl_parser_begin(struct pl_parser *parser, bool bodyless)
{
    begin_head(parser);
    parser->bodyless = bodyless;
    parser->interim = 0;
}

const struct pl_http_head *pl_parser_head(const struct pl_parser *parser)
{
    return &parser->head;
}

const struct pl_parser_fault *pl_parser_fault(const struct pl_parser *parser)
{
    return &parser->fault;
}

bool pl_parser_is_old(const struct pl_parser *parser)
{
    return parser->facts.old;
}

bool pl_parser_expects_continue(const struct pl_parser *parser)
{
    return parser->facts.expects_continue;
}

bool pl_parser_has_body(const struct pl_parser *parser)
{
    return parser->stage == STAGE_LENGTH || parser->stage == STAGE_CHUNKS ||
           parser->stage == STAGE_UNTIL_END;
}

/* --- The head --------------------------------------------------------------------------------- */

static enum pl_parsed bad(struct pl_parser *parser, uint32_t status, const char *why)
{
    if (status != 0)
        parser->fault = (struct pl_parser_fault){status, why};
    parser->stage = STAGE_BAD;
    return PL_PARSED_BAD;
}

static enum pl_parsed refused(struct pl_parser *parser, llhttp_errno_t error)
{
    if (error == HPE_USER)
        return bad(parser, 0, NULL);
    if (error == HPE_INVALID_METHOD)
        return bad(parser, 501, "the method is not known");
    return bad(parser, 400, llhttp_get_error_reason(&parser->llhttp));
}

static bool keep_raw(struct pl_parser *parser, struct pl_str bytes)
{
    if (parser->raw_len + bytes.len > parser->raw_room) {
        size_t room = parser->raw_room == 0 ? bytes.len : parser->raw_room * 2;
        char *raw = NULL;

        if (room < parser->raw_len + bytes.len)
            room = parser->raw_len + bytes.len;
        raw = realloc(parser->raw, room);
        if (raw == NULL)
            return false;
        parser->raw = raw;
        parser->raw_room = room;
    }
    memcpy(parser->raw + parser->raw_len, bytes.ptr, bytes.len);
    parser->raw_len += bytes.len;
    return true;
}

static enum stage stage_of_body(const struct pl_parser *parser)
{
    const struct pl_http_head *head = &parser->head;

    if (parser->kind == PL_PARSER_RESPONSES &&
        (parser->bodyless || head->status == 204 || head->status == 304))
        return STAGE_OVER;
    if (parser->facts.chunked)
        return STAGE_CHUNKS;
    if (head->length == PL_HTTP_LENGTH_UNKNOWN)
        return STAGE_UNTIL_END;
    return head->length == 0 ? STAGE_OVER : STAGE_LENGTH;
}

/* The whole head is in `text`; blank lines before it are cut off. */
static enum pl_parsed take_head(struct pl_parser *parser, struct pl_str text)
{
    const char *line_end = memmem(text.ptr, text.len, "\r\n", 2);
    const struct pl_str line = {text.ptr, (size_t)(line_end - text.ptr)};
    llhttp_errno_t error = HPE_OK;

    if (!pl_head_start_line(parser->kind, line, &parser->head, &parser->facts, &parser->fault))
        return bad(parser, 0, NULL);
    llhttp_init(&parser->llhttp, parser->kind == PL_PARSER_REQUESTS ? HTTP_REQUEST : HTTP_RESPONSE,
                &SETTINGS);
    parser->llhttp.data = parser;
    error = llhttp_execute(&parser->llhttp, text.ptr, text.len);
    if (error != HPE_PAUSED)
        return error == HPE_OK ? bad(parser, 400, "the head does not end where it should")
                               : refused(parser, error);
    parser->head.headers = parser->headers;
    if (!pl_head_judge(parser->kind, &parser->head, &parser->facts, &parser->fault))
        return bad(parser, 0, NULL);
    if (parser->kind == PL_PARSER_RESPONSES && parser->head.status < 200) {
        if (++parser->interim > INTERIM_MAX)
            return bad(parser, 502, "more than 16 interim responses");
        begin_head(parser);
        return PL_PARSED_MORE;
    }
    parser->stage = stage_of_body(parser);
    parser->left = parser->head.length;
    if (parser->stage == STAGE_UNTIL_END)
        parser->head.keep_alive = false;
    if (parser->stage == STAGE_CHUNKS) {
        const char *at = llhttp_get_error_pos(&parser->llhttp);

        llhttp_resume(&parser->llhttp);
        if (at < text.ptr + text.len)
            (void)llhttp_execute(&parser->llhttp, at, (size_t)(text.ptr + text.len - at));
    }
    return PL_PARSED_HEAD;
}

static enum pl_parsed next_of_head(struct pl_parser *parser, struct pl_str *input)
{
    bool done = false;
    struct pl_str text = {input->ptr, 0};

    parser->fault = (struct pl_parser_fault){0};
    text.len = pl_head_scan(&parser->scan, *input, &done, &parser->fault);
    if (parser->fault.status != 0)
        return bad(parser, 0, NULL);
    *input = (struct pl_str){input->ptr + text.len, input->len - text.len};
    /* A request stays until it is answered; of a response only what did not come at once. */
    if (!done || parser->raw_len > 0 || parser->kind == PL_PARSER_REQUESTS) {
        if (!keep_raw(parser, text))
            return bad(parser, 500, "no memory left for the head");
        text = (struct pl_str){parser->raw, parser->raw_len};
    }
    if (!done)
        return PL_PARSED_MORE;

    const size_t blank = 2 * parser->scan.blank_lines;

    return take_head(parser, (struct pl_str){text.ptr + blank, text.len - blank});
}

/* --- The body --------------------------------------------------------------------------------- */

static struct pl_str take(struct pl_str *input, uint64_t len_max)
{
    const size_t len = input->len < len_max ? input->len : (size_t)len_max;
    const struct pl_str taken = {input->ptr, len};

    *input = (struct pl_str){input->ptr + len, input->len - len};
    return taken;
}

static enum pl_parsed next_of_chunks(struct pl_parser *parser, struct pl_str *input,
                                     struct pl_str *ret_piece)
{
    while (input->len > 0 || llhttp_get_errno(&parser->llhttp) == HPE_PAUSED) {
        const char *from = input->ptr;
        llhttp_errno_t error = HPE_OK;

        llhttp_resume(&parser->llhttp);
        if (input->len == 0)
            break;
        parser->piece = (struct pl_str){0};
        error = llhttp_execute(&parser->llhttp, input->ptr, input->len);

        const size_t used =
            error == HPE_OK ? input->len : (size_t)(llhttp_get_error_pos(&parser->llhttp) - from);

        *input = (struct pl_str){from + used, input->len - used};
        parser->taken += used;
        parser->given += parser->piece.len;
        if (parser->taken - parser->given >
            OVERHEAD_SIZE_BYTES_MAX + parser->given * OVERHEAD_PER_BYTE)
            return bad(parser, 400, "chunks with far more around them than in them");
        if (parser->whole) {
            parser->stage = STAGE_OVER;
            return PL_PARSED_END;
        }
        if (parser->piece.len > 0) {
            *ret_piece = parser->piece;
            return PL_PARSED_BODY;
        }
        if (error != HPE_OK && error != HPE_PAUSED)
            return refused(parser, error);
    }
    return PL_PARSED_MORE;
}

static enum pl_parsed next_of_length(struct pl_parser *parser, struct pl_str *input,
                                     struct pl_str *ret_piece)
{
    if (parser->left == 0) {
        parser->stage = STAGE_OVER;
        return PL_PARSED_END;
    }
    if (input->len == 0)
        return PL_PARSED_MORE;
    *ret_piece = take(input, parser->left);
    parser->left -= ret_piece->len;
    return PL_PARSED_BODY;
}

enum pl_parsed pl_parser_next(struct pl_parser *parser, struct pl_str *input,
                              struct pl_str *ret_piece)
{
    switch (parser->stage) {
    case STAGE_HEAD:
        while (input->len > 0 && parser->stage == STAGE_HEAD) {
            const enum pl_parsed parsed = next_of_head(parser, input);

            if (parsed != PL_PARSED_MORE)
                return parsed;
        }
        return PL_PARSED_MORE;
    case STAGE_LENGTH:
        return next_of_length(parser, input, ret_piece);
    case STAGE_CHUNKS:
        return next_of_chunks(parser, input, ret_piece);
    case STAGE_UNTIL_END:
        if (input->len == 0)
            return PL_PARSED_MORE;
        *ret_piece = take(input, input->len);
        return PL_PARSED_BODY;
    case STAGE_OVER:
        return PL_PARSED_END;
    case STAGE_BAD:
        break;
    }
    return PL_PARSED_BAD;
}

enum pl_parsed pl_parser_finish(struct pl_parser *parser)
{
    if (parser->stage == STAGE_UNTIL_END || parser->stage == STAGE_OVER ||
        (parser->stage == STAGE_LENGTH && parser->left == 0)) {
        parser->stage = STAGE_OVER;
        return PL_PARSED_END;
    }
    return bad(parser, 502, "the connection closed before the message was whole");
}

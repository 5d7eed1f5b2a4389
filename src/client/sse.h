/*
 * Server-Sent Events, read as they come (WHATWG HTML, "Server-sent events", interpretation of an event
 * stream): in pieces of any size, with lines that end in CR, LF or CRLF, comments, and data over many
 * lines. What a client of models does not need (`id`, `retry`) is read over. Bounded: a stream whose
 * lines or events are larger than the maximum is refused. One thread at a time.
 */
#ifndef PL_CLIENT_SSE_H
#define PL_CLIENT_SSE_H

#include "base/buffer.h"

/* Valid during the call that it is handed to only. */
struct pl_sse_event {
    struct pl_str type; /* "message" when the stream does not say */
    struct pl_str data; /* its lines joined by LF */
};

/* Takes one event; false stops the reading. It may write into the bytes of `data`. */
typedef bool (*pl_sse_take)(const struct pl_sse_event *event, void *context);

struct pl_sse {
    struct pl_buffer line; /* the beginning of a line whose end has not come */
    struct pl_buffer type;
    struct pl_buffer data;
    uint32_t begun_bytes; /* of the byte order mark, seen at the very beginning */
    bool after_begin;
    bool after_cr; /* an LF that comes now belongs to the CR before */
    bool has_data;
};

/* `size_bytes_max` bounds a line, and the data of an event. */
void pl_sse_init(struct pl_sse *sse, size_t size_bytes_max);
void pl_sse_deinit(struct pl_sse *sse);

/*
 * Reads a piece, and hands over each event that ends in it. PL_E_LIMIT when a line or an event is too
 * large, PL_E_INTERRUPTED when `take` said to stop; the parser is then good for pl_sse_deinit only. An
 * event that the stream's end cuts off is never handed over.
 */
PL_MUST_CHECK enum pl_status pl_sse_read(struct pl_sse *sse, struct pl_str bytes, pl_sse_take take,
                                         void *context, struct pl_error *error);

#endif

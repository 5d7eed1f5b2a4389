/*
 * Fuzz target of the reader of event streams: the first byte is the size of the pieces, the rest the stream.
 * In pieces or at once, the same events must come, and no line or event may be over its limit.
 */
#include "client/sse.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SIZE_BYTES_MAX ((size_t)4096)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A hash over all events, and how many there were. */
struct seen {
    uint64_t hash;
    size_t events;
};

static bool take(const struct pl_sse_event *event, void *context)
{
    struct seen *seen = context;

    if (event->type.len == 0 || event->data.len >= SIZE_BYTES_MAX)
        abort();
    seen->hash = seen->hash * 31 + pl_str_hash(event->type);
    seen->hash = seen->hash * 31 + pl_str_hash(event->data);
    seen->events++;
    return true;
}

static enum pl_status read_in_pieces(struct pl_str stream, size_t piece_size, struct seen *seen)
{
    struct pl_sse sse;
    enum pl_status status = PL_OK;

    pl_sse_init(&sse, SIZE_BYTES_MAX);
    while (stream.len > 0 && status == PL_OK) {
        const size_t len = piece_size < stream.len ? piece_size : stream.len;
        char *piece = malloc(len);

        /* A block of its own, so that a read past it is seen. */
        if (piece == NULL)
            abort();
        memcpy(piece, stream.ptr, len);
        status = pl_sse_read(&sse, (struct pl_str){piece, len}, take, seen, NULL);
        free(piece);
        stream = (struct pl_str){stream.ptr + len, stream.len - len};
    }
    pl_sse_deinit(&sse);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen once = {0}, pieces = {0};

    if (size < 2)
        return 0;

    const struct pl_str stream = {(const char *)data + 1, size - 1};
    const enum pl_status status = read_in_pieces(stream, stream.len, &once);
    const enum pl_status in_pieces = read_in_pieces(stream, (size_t)data[0] + 1, &pieces);

    /* A line over the limit may be told sooner in pieces: the status then, and no more, is the same. */
    if ((status == PL_OK) != (in_pieces == PL_OK))
        abort();
    if (status == PL_OK && (once.hash != pieces.hash || once.events != pieces.events))
        abort();
    return 0;
}

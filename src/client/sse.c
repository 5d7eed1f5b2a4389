/*
 * The grammar is that of the WHATWG: a stream is lines; a line is empty (the event ends), a comment (it
 * begins with a colon), or a field: a name, a colon, at most one blank, a value. A line that a piece
 * holds whole is read where it stands; one that pieces cut is gathered first.
 */
#include "client/sse.h"

#include <string.h>

/* What a reading needs besides the parser. */
struct reading {
    struct pl_sse *sse;
    pl_sse_take take;
    void *context;
    struct pl_error *error;
};

void pl_sse_init(struct pl_sse *sse, size_t size_bytes_max)
{
    *sse = (struct pl_sse){0};
    pl_buffer_init(&sse->line, size_bytes_max);
    pl_buffer_init(&sse->type, size_bytes_max);
    pl_buffer_init(&sse->data, size_bytes_max);
}

void pl_sse_deinit(struct pl_sse *sse)
{
    pl_buffer_deinit(&sse->line);
    pl_buffer_deinit(&sse->type);
    pl_buffer_deinit(&sse->data);
}

/* The event ends. One without data is none. */
static enum pl_status end_event(const struct reading *reading)
{
    struct pl_sse *sse = reading->sse;
    const struct pl_sse_event event = {
        .type = sse->type.len == 0 ? PL_STR("message") : pl_buffer_view(&sse->type),
        .data = pl_buffer_view(&sse->data),
    };
    const bool goes_on = !sse->has_data || reading->take(&event, reading->context);

    pl_buffer_reset(&sse->type);
    pl_buffer_reset(&sse->data);
    sse->has_data = false;
    return goes_on
               ? PL_OK
               : pl_error_set(reading->error, PL_E_INTERRUPTED, "the stream was read no further");
}

static void take_field(struct pl_sse *sse, struct pl_str name, struct pl_str value)
{
    if (pl_str_equal_text(name, "data")) {
        if (sse->has_data)
            pl_buffer_add_char(&sse->data, '\n');
        pl_buffer_add(&sse->data, value);
        sse->has_data = true;
    } else if (pl_str_equal_text(name, "event")) {
        pl_buffer_reset(&sse->type);
        pl_buffer_add(&sse->type, value);
    }
}

static enum pl_status take_line(const struct reading *reading, struct pl_str line)
{
    struct pl_sse *sse = reading->sse;
    const char *colon = line.len == 0 ? NULL : memchr(line.ptr, ':', line.len);
    const size_t name_len = colon == NULL ? line.len : (size_t)(colon - line.ptr);
    struct pl_str value = {"", 0};

    if (line.len == 0)
        return end_event(reading);
    if (name_len == 0)
        return PL_OK;
    if (colon != NULL) {
        const size_t skipped = name_len + 1 + (name_len + 1 < line.len && colon[1] == ' ');

        value = (struct pl_str){line.ptr + skipped, line.len - skipped};
    }
    take_field(sse, (struct pl_str){line.ptr, name_len}, value);
    PL_RETURN_IF(pl_buffer_check(&sse->type, "the name of an event in the stream", reading->error));
    return pl_buffer_check(&sse->data, "an event in the stream", reading->error);
}

/* A line ends with `rest`, of which pieces before may have brought the beginning. */
static enum pl_status end_line(const struct reading *reading, struct pl_str rest)
{
    struct pl_buffer *line = &reading->sse->line;

    /* One that stands whole in its piece is bounded as if it came in parts. */
    if (line->len == 0 && rest.len < line->size_bytes_max)
        return take_line(reading, rest);
    pl_buffer_add(line, rest);
    PL_RETURN_IF(pl_buffer_check(line, "a line in the stream", reading->error));
    PL_RETURN_IF(take_line(reading, pl_buffer_view(line)));
    pl_buffer_reset(line);
    return PL_OK;
}

/* Drops a byte order mark at the very beginning, byte by byte if it comes so. What turns out to be none
   is given back to the line. */
static void skip_mark(struct pl_sse *sse, struct pl_str *bytes)
{
    static const char MARK[] = "\xef\xbb\xbf";

    while (!sse->after_begin && bytes->len > 0) {
        if (bytes->ptr[0] != MARK[sse->begun_bytes]) {
            pl_buffer_add(&sse->line, (struct pl_str){MARK, sse->begun_bytes});
            sse->after_begin = true;
            return;
        }
        bytes->ptr++;
        bytes->len--;
        sse->after_begin = ++sse->begun_bytes == sizeof MARK - 1;
    }
}

/* Where the line ends that stands at the front; `len` when it does not end here. */
static size_t find_end(struct pl_str bytes)
{
    const char *lf = memchr(bytes.ptr, '\n', bytes.len);
    const size_t upto = lf == NULL ? bytes.len : (size_t)(lf - bytes.ptr);
    const char *cr = upto == 0 ? NULL : memchr(bytes.ptr, '\r', upto);

    return cr == NULL ? upto : (size_t)(cr - bytes.ptr);
}

enum pl_status pl_sse_read(struct pl_sse *sse, struct pl_str bytes, pl_sse_take take, void *context,
                           struct pl_error *error)
{
    const struct reading reading = {sse, take, context, error};

    skip_mark(sse, &bytes);
    while (bytes.len > 0) {
        if (sse->after_cr && bytes.ptr[0] == '\n') {
            sse->after_cr = false;
            bytes = (struct pl_str){bytes.ptr + 1, bytes.len - 1};
            continue;
        }
        sse->after_cr = false;

        const size_t end = find_end(bytes);

        if (end == bytes.len) {
            pl_buffer_add(&sse->line, bytes);
            return pl_buffer_check(&sse->line, "a line in the stream", error);
        }
        PL_RETURN_IF(end_line(&reading, (struct pl_str){bytes.ptr, end}));
        sse->after_cr = bytes.ptr[end] == '\r';
        bytes = (struct pl_str){bytes.ptr + end + 1, bytes.len - end - 1};
    }
    return PL_OK;
}

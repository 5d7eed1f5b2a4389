/* A byte buffer that doubles up to its maximum and remembers its first failure. */
#include "base/buffer.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pl_buffer_init(struct pl_buffer *buffer, size_t size_bytes_max)
{
    *buffer = (struct pl_buffer){.size_bytes_max = size_bytes_max};
}

void pl_buffer_deinit(struct pl_buffer *buffer)
{
    free(buffer->ptr);
    *buffer = (struct pl_buffer){0};
}

void pl_buffer_cut(struct pl_buffer *buffer, size_t length)
{
    assert(length <= buffer->len);
    buffer->len = length;
    if (buffer->ptr != NULL)
        buffer->ptr[length] = '\0';
}

void pl_buffer_reset(struct pl_buffer *buffer)
{
    buffer->len = 0;
    buffer->failed = PL_OK;
    if (buffer->ptr != NULL)
        buffer->ptr[0] = '\0';
}

void pl_buffer_end_part(struct pl_buffer *whole, struct pl_buffer *part)
{
    if (part->failed != PL_OK)
        whole->failed = part->failed;
    pl_buffer_reset(part);
}

static bool fail(struct pl_buffer *buffer, enum pl_status status)
{
    buffer->failed = status;
    return false;
}

/* Makes room for `more` bytes and the final NUL. */
static bool reserve(struct pl_buffer *buffer, size_t more)
{
    if (buffer->failed != PL_OK)
        return false;
    if (more >= buffer->size_bytes_max || buffer->len >= buffer->size_bytes_max - more)
        return fail(buffer, PL_E_LIMIT);

    const size_t wanted = buffer->len + more + 1;

    if (wanted <= buffer->size_bytes)
        return true;

    size_t size = buffer->size_bytes == 0 ? 256 : buffer->size_bytes;

    while (size < wanted)
        size *= 2;

    char *grown = realloc(buffer->ptr, size);

    if (grown == NULL)
        return fail(buffer, PL_E_MEMORY);
    buffer->ptr = grown;
    buffer->size_bytes = size;
    return true;
}

void pl_buffer_add(struct pl_buffer *buffer, struct pl_str text)
{
    if (!reserve(buffer, text.len))
        return;
    if (text.len > 0)
        memcpy(buffer->ptr + buffer->len, text.ptr, text.len);
    buffer->len += text.len;
    buffer->ptr[buffer->len] = '\0';
}

void pl_buffer_add_text(struct pl_buffer *buffer, const char *text)
{
    pl_buffer_add(buffer, pl_str_of(text));
}

void pl_buffer_add_char(struct pl_buffer *buffer, char c)
{
    pl_buffer_add(buffer, (struct pl_str){&c, 1});
}

void pl_buffer_add_format(struct pl_buffer *buffer, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    assert(length >= 0);

    if (!reserve(buffer, (size_t)length))
        return;
    va_start(arguments, format);
    (void)vsnprintf(buffer->ptr + buffer->len, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->len += (size_t)length;
}

struct pl_str pl_buffer_view(const struct pl_buffer *buffer)
{
    return (struct pl_str){buffer->ptr == NULL ? "" : buffer->ptr, buffer->len};
}

enum pl_status pl_buffer_check(const struct pl_buffer *buffer, const char *what,
                               struct pl_error *error)
{
    if (buffer->failed == PL_E_LIMIT)
        return pl_error_set(error, PL_E_LIMIT, "%s is larger than %zu bytes, its limit", what,
                            buffer->size_bytes_max);
    if (buffer->failed == PL_E_MEMORY)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for %s", what);
    return PL_OK;
}

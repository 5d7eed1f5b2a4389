/*
 * A growing run of bytes with a declared maximum: JSON, SQL and pages are built in it. It owns its
 * memory. A write past the maximum sets `failed` and is dropped, as are all after it, so that a
 * caller may write much and check once, with pl_buffer_check. One thread at a time.
 */
#ifndef PL_BASE_BUFFER_H
#define PL_BASE_BUFFER_H

#include "base/error.h"
#include "base/str.h"

struct pl_buffer {
    char *ptr; /* always NUL-terminated once anything was written; NULL before */
    size_t len;
    size_t size_bytes; /* reserved */
    size_t size_bytes_max;
    enum pl_status failed; /* PL_OK, PL_E_LIMIT or PL_E_MEMORY */
};

void pl_buffer_init(struct pl_buffer *buffer, size_t size_bytes_max);
void pl_buffer_deinit(struct pl_buffer *buffer);

/* Empties it and keeps its memory; a failure is forgotten. */
void pl_buffer_reset(struct pl_buffer *buffer);

void pl_buffer_add(struct pl_buffer *buffer, struct pl_str text);
void pl_buffer_add_text(struct pl_buffer *buffer, const char *text);
void pl_buffer_add_char(struct pl_buffer *buffer, char c);
void pl_buffer_add_format(struct pl_buffer *buffer, const char *format, ...) PL_FORMAT(2, 3);

/* Cuts it back to its first `length` bytes, of which there must be as many. */
void pl_buffer_cut(struct pl_buffer *buffer, size_t length);

/* A part that `whole` was made with is done with: it is emptied, and when it failed so has the whole. */
void pl_buffer_end_part(struct pl_buffer *whole, struct pl_buffer *part);

/* What is in it now. Valid until the next write. */
struct pl_str pl_buffer_view(const struct pl_buffer *buffer);

/* PL_OK, or the error that some write met; `what` names the text ("the report"). */
PL_MUST_CHECK enum pl_status pl_buffer_check(const struct pl_buffer *buffer, const char *what,
                                             struct pl_error *error);

#endif

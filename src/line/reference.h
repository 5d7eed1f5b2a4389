/* The reference page of the line: docs/reference/line.md, written from the table of keys. */
#ifndef PL_LINE_REFERENCE_H
#define PL_LINE_REFERENCE_H

#include "base/buffer.h"

/* Appends the page as Markdown. The same text every time; a test compares it with the file. */
void pl_line_reference(struct pl_buffer *out);

#endif

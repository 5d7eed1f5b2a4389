/* Markdown, for the reports that have pages of their own: text that is safe there, and tables. */
#ifndef PL_REPORT_MARKDOWN_H
#define PL_REPORT_MARKDOWN_H

#include "report/table.h"

/* Text that Markdown or a code host reads as text and nothing else. */
void pl_markdown_text(struct pl_buffer *out, struct pl_str text);

/* The same of what `part` holds, which is done with then: see pl_buffer_end_part. */
void pl_markdown_part(struct pl_buffer *out, struct pl_buffer *part);

/* A table with its titles. */
void pl_markdown_table(const struct pl_table *table, struct pl_buffer *out);

#endif

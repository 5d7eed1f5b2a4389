/* A line said back in plain sentences, for whoever must agree to it without reading YAML. */
#ifndef PL_LINE_EXPLAIN_H
#define PL_LINE_EXPLAIN_H

#include "base/buffer.h"
#include "line/line.h"

/* Appends the text: short paragraphs, one sentence or bullet on each line. Not wrapped. */
void pl_line_explain(const struct pl_line *line, struct pl_buffer *out);

#endif

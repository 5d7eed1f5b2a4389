/* What a line says of live traffic, in sentences; a part of pl_line_explain. */
#ifndef PL_LINE_EXPLAIN_SERVING_H
#define PL_LINE_EXPLAIN_SERVING_H

#include "base/buffer.h"
#include "line/line.h"

/* Nothing when the line says nothing of it. One sentence or bullet on each line. */
void pl_serving_explain(const struct pl_line *line, struct pl_buffer *out);

#endif

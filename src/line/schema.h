/*
 * The JSON Schema of the line, for editors and other checkers. It accepts every line that reads;
 * what takes the whole line to know (names in `by`, the order of bins) it cannot refuse.
 */
#ifndef PL_LINE_SCHEMA_H
#define PL_LINE_SCHEMA_H

#include "base/json.h"

/*
 * Writes the schema (draft 2020-12). `metric_names` are the measures to offer for `metric`; those
 * with a bracket, such as "mean(COLUMN)", are left to the pattern. With none any text is allowed.
 */
void pl_line_schema(struct pl_json *json, const char *const *metric_names, size_t count);

#endif

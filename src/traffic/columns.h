/*
 * What a condition (`when`) of the route or of an experiment may name of a request, beside the segments of
 * `serve.segments`. One table: who checks a line, who serves it and the manual read the same rows. Pure;
 * any thread.
 */
#ifndef PL_TRAFFIC_COLUMNS_H
#define PL_TRAFFIC_COLUMNS_H

#include "condition/condition.h"

enum pl_request_column {
    PL_COLUMN_API,
    PL_COLUMN_LENGTH,
    PL_COLUMN_MESSAGES,
    PL_COLUMN_STREAM,
    PL_COLUMN_SUBJECT,
    PL_COLUMN_TEXT,
    PL_COLUMN_TOOLS,
    PL_COLUMN_JSON, /* "json:/metadata/plan": a JSON Pointer into the body */
};

struct pl_request_column_row {
    const char *name; /* of JSON the prefix */
    enum pl_datum_kind kind;
    const char *help;
};

#define PL_COLUMN_JSON_PREFIX "json:"

size_t pl_request_columns_count(void);
const struct pl_request_column_row *
pl_request_column_at(size_t index); /* in the order of the enum */

/* False when it is none of them; a segment may still have that name. */
bool pl_request_column_find(struct pl_str name, enum pl_request_column *ret_column);

/* "/metadata/plan" of a name that was found to be JSON's. */
struct pl_str pl_request_column_pointer(struct pl_str name);

#endif

/* The meta-schemas of draft 2020-12, built in. Private to src/schema. */
#ifndef PL_SCHEMA_META_H
#define PL_SCHEMA_META_H

#include "base/str.h"

/* A text by its address; the table ends with an empty row. */
struct pl_schema_meta {
    const char *uri, *text;
};

extern const struct pl_schema_meta PL_SCHEMA_METAS[];

bool pl_schema_meta_find(struct pl_str uri, struct pl_str *ret_text);

#endif

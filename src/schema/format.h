/* The formats of JSON Schema that can be checked. Private to src/schema. */
#ifndef PL_SCHEMA_FORMAT_H
#define PL_SCHEMA_FORMAT_H

#include "schema/program.h"

struct pl_schema_format_row {
    const char *name;
    pl_schema_format check;
};

/* NULL when it is not known, and then nothing is checked. */
const struct pl_schema_format_row *pl_schema_format_find(struct pl_str name);

#endif

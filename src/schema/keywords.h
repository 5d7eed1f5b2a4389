/* The keywords of JSON Schema that mean something here, one row each. Private to src/schema. */
#ifndef PL_SCHEMA_KEYWORDS_H
#define PL_SCHEMA_KEYWORDS_H

#include "base/str.h"

/* In the order of the table, which is that of the names. */
enum pl_schema_keyword {
    PL_SCHEMA_ANCHOR,
    PL_SCHEMA_DEFS,
    PL_SCHEMA_DYNAMIC_ANCHOR,
    PL_SCHEMA_DYNAMIC_REF,
    PL_SCHEMA_ID,
    PL_SCHEMA_REF,
    PL_SCHEMA_SCHEMA,
    PL_SCHEMA_ADDITIONAL_PROPERTIES,
    PL_SCHEMA_ALL_OF,
    PL_SCHEMA_ANY_OF,
    PL_SCHEMA_CONST,
    PL_SCHEMA_CONTAINS,
    PL_SCHEMA_DEPENDENCIES,
    PL_SCHEMA_DEPENDENT_REQUIRED,
    PL_SCHEMA_DEPENDENT_SCHEMAS,
    PL_SCHEMA_ELSE,
    PL_SCHEMA_ENUM,
    PL_SCHEMA_EXCLUSIVE_MAXIMUM,
    PL_SCHEMA_EXCLUSIVE_MINIMUM,
    PL_SCHEMA_FORMAT,
    PL_SCHEMA_IF,
    PL_SCHEMA_ITEMS,
    PL_SCHEMA_MAX_CONTAINS,
    PL_SCHEMA_MAX_ITEMS,
    PL_SCHEMA_MAX_LENGTH,
    PL_SCHEMA_MAX_PROPERTIES,
    PL_SCHEMA_MAXIMUM,
    PL_SCHEMA_MIN_CONTAINS,
    PL_SCHEMA_MIN_ITEMS,
    PL_SCHEMA_MIN_LENGTH,
    PL_SCHEMA_MIN_PROPERTIES,
    PL_SCHEMA_MINIMUM,
    PL_SCHEMA_MULTIPLE_OF,
    PL_SCHEMA_NOT,
    PL_SCHEMA_ONE_OF,
    PL_SCHEMA_PATTERN,
    PL_SCHEMA_PATTERN_PROPERTIES,
    PL_SCHEMA_PREFIX_ITEMS,
    PL_SCHEMA_PROPERTIES,
    PL_SCHEMA_PROPERTY_NAMES,
    PL_SCHEMA_REQUIRED,
    PL_SCHEMA_THEN,
    PL_SCHEMA_TYPE,
    PL_SCHEMA_UNEVALUATED_ITEMS,
    PL_SCHEMA_UNEVALUATED_PROPERTIES,
    PL_SCHEMA_UNIQUE_ITEMS,
    PL_SCHEMA_KEYWORDS_COUNT,
};

/* The vocabularies of the draft that have keywords here. */
enum {
    PL_SCHEMA_CORE = 1 << 0,
    PL_SCHEMA_APPLICATOR = 1 << 1,
    PL_SCHEMA_UNEVALUATED = 1 << 2,
    PL_SCHEMA_VALIDATION = 1 << 3,
    PL_SCHEMA_FORMAT_ANNOTATION = 1 << 4,
    PL_SCHEMA_FORMAT_ASSERTION = 1 << 5,
    PL_SCHEMA_OTHER = 1 << 6, /* those with annotations only */
};

/* What the value of a keyword must be. */
enum pl_schema_shape {
    PL_SCHEMA_IS_ANY,
    PL_SCHEMA_IS_STRING,
    PL_SCHEMA_IS_BOOL,
    PL_SCHEMA_IS_NUMBER,
    PL_SCHEMA_IS_POSITIVE,
    PL_SCHEMA_IS_COUNT,
    PL_SCHEMA_IS_ARRAY,
    PL_SCHEMA_IS_NAMES,     /* strings, each once */
    PL_SCHEMA_IS_NAMES_MAP, /* of arrays of strings */
    PL_SCHEMA_IS_TYPE,
    PL_SCHEMA_IS_SCHEMA,
    PL_SCHEMA_IS_SCHEMAS, /* one or more, in an array */
    PL_SCHEMA_IS_SCHEMA_MAP,
    PL_SCHEMA_IS_DEPENDENCIES, /* of schemas or arrays of strings */
};

struct pl_schema_keyword_row {
    const char *name;
    uint32_t vocabularies; /* any of these makes it mean something */
    enum pl_schema_shape shape;
};

const struct pl_schema_keyword_row *pl_schema_keyword_row(enum pl_schema_keyword keyword);

/* PL_SCHEMA_KEYWORDS_COUNT when there is none of that name. */
enum pl_schema_keyword pl_schema_keyword_find(struct pl_str name);

/* The bit of a vocabulary of draft 2020-12 by its address, or 0. */
uint32_t pl_schema_vocabulary_find(struct pl_str uri);

#endif

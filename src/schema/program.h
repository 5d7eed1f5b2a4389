/*
 * What a schema is compiled to: one node for each subschema that can be reached, with what it asserts
 * sorted by the type of value that it concerns. All lives in the arena of the schema, but documents and
 * regular expressions, which are freed by it. Private to src/schema.
 */
#ifndef PL_SCHEMA_PROGRAM_H
#define PL_SCHEMA_PROGRAM_H

#include <string.h>

#include "base/arena.h"
#include "json/decimal.h"
#include "json/document.h"
#include "json/value.h"
#include "regex/regex.h"

#include "schema/keywords.h"

struct pl_schema_node;
struct pl_schema_fault_list;

/* Bits of the types that a value can have; a number is one of two. */
enum {
    PL_SCHEMA_NULL = 1 << 0,
    PL_SCHEMA_BOOL = 1 << 1,
    PL_SCHEMA_INTEGER = 1 << 2,
    PL_SCHEMA_FRACTION = 1 << 3,
    PL_SCHEMA_STRING = 1 << 4,
    PL_SCHEMA_ARRAY = 1 << 5,
    PL_SCHEMA_OBJECT = 1 << 6,
    PL_SCHEMA_ALL_TYPES = (1 << 7) - 1,
};

struct pl_schema_nodes {
    const struct pl_schema_node **items;
    size_t count;
};

/* A divisor; `scale` is 10^places where the quick way is sure, else 0. */
struct pl_schema_divisor {
    const struct pl_json_value *value;
    int64_t digits;
    double scale;
    struct pl_json_decimal decimal;
};

/* The bounds are NULL where there are none. */
struct pl_schema_numbers {
    const struct pl_json_value *minimum, *maximum, *above, *below;
    const struct pl_schema_divisor *divisor;
};

/* Whether a text has the format. */
typedef bool (*pl_schema_format)(struct pl_str text);

struct pl_schema_strings {
    size_t length_min, length_max; /* in characters */
    const struct pl_regex *pattern;
    pl_schema_format format;
    const char *format_name;
    struct pl_str pattern_text;
};

struct pl_schema_arrays {
    size_t count_min, count_max;
    size_t contains_min, contains_max;
    struct pl_schema_nodes prefix;
    const struct pl_schema_node *rest;
    const struct pl_schema_node *contains;
    bool unique;
};

/* A name that the schema speaks of: its schema, and its place among those that must be there. */
struct pl_schema_property {
    struct pl_str name;
    const struct pl_schema_node *node; /* NULL: no schema of its own */
    int32_t required;                  /* -1: need not be there */
};

struct pl_schema_pattern_property {
    const struct pl_regex *pattern;
    const struct pl_schema_node *node;
};

/* What holds once a member of that name is there. */
struct pl_schema_dependency {
    struct pl_str name;
    const struct pl_str *names;
    size_t names_count;
    const struct pl_schema_node *node; /* NULL: the names only */
    enum pl_schema_keyword keyword;
};

struct pl_schema_objects {
    size_t count_min, count_max;
    const struct pl_schema_property *properties;
    size_t properties_count;
    const uint32_t *slots; /* open addressing: index of a property and 1; 0 is free */
    uint32_t slots_mask;
    uint32_t required_count;
    const struct pl_schema_pattern_property *patterns;
    size_t patterns_count;
    const struct pl_schema_node *rest;
    const struct pl_schema_node *names;
    const struct pl_schema_dependency *dependencies;
    size_t dependencies_count;
};

/* The values of enum or const; with `slots` they are looked up by their hash. */
struct pl_schema_values {
    const struct pl_json_value **items;
    const uint64_t *hashes;
    size_t count;
    const uint32_t *slots;
    uint32_t slots_mask;
    bool is_const;
};

/* A schema that is applied to the value itself. */
enum pl_schema_step_kind {
    PL_SCHEMA_STEP_ALL,     /* $ref as well, of one */
    PL_SCHEMA_STEP_DYNAMIC, /* nodes[0] unless an outer resource has the anchor */
    PL_SCHEMA_STEP_ANY,
    PL_SCHEMA_STEP_ONE,
    PL_SCHEMA_STEP_NOT,
    PL_SCHEMA_STEP_IF, /* nodes: if, then, else; the last two may be NULL */
};

struct pl_schema_step {
    enum pl_schema_step_kind kind;
    enum pl_schema_keyword keyword;
    struct pl_schema_nodes nodes;
    uint32_t anchor; /* of a dynamic one */
};

struct pl_schema_anchor {
    struct pl_schema_anchor *next;
    struct pl_str name;
    uint32_t number; /* the same for one name in all resources */
    bool dynamic;
    struct pl_schema_node *node;
};

/* Which rules a resource is read by. */
enum pl_schema_dialect {
    PL_SCHEMA_DRAFT_2020,
    PL_SCHEMA_DRAFT_2019, /* no prefixItems, and no $dynamicRef */
    PL_SCHEMA_DRAFT_7,    /* also 6: nothing counts beside a $ref */
};

/* A schema with an address of its own. */
struct pl_schema_resource {
    struct pl_schema_resource *next;
    struct pl_str uri;       /* by its $id, or where it was found */
    struct pl_str other_uri; /* where it was found, when that differs */
    const struct pl_json_value *value;
    uint32_t vocabularies;
    enum pl_schema_dialect dialect;
    struct pl_schema_anchor *anchors;
};

struct pl_schema_node {
    const struct pl_json_value *value;
    struct pl_schema_resource *resource; /* not changed once compiled */
    struct pl_str location;              /* "#/items" */
    struct pl_schema_node *next_queued;
    bool queued;
    bool never; /* the schema false */
    uint8_t types;
    const struct pl_schema_values *fixed, *listed; /* const, enum */
    const struct pl_schema_numbers *numbers;
    const struct pl_schema_strings *strings;
    const struct pl_schema_arrays *arrays;
    const struct pl_schema_objects *objects;
    const struct pl_schema_step *steps;
    size_t steps_count;
    const struct pl_schema_node *unevaluated_items, *unevaluated_properties;
};

/* Documents and expressions, to be freed. */
struct pl_schema_document {
    struct pl_schema_document *next;
    struct pl_json_document *document;
    struct pl_str uri;
};

struct pl_schema_expression {
    struct pl_schema_expression *next;
    struct pl_regex *regex;
};

struct pl_schema {
    struct pl_arena arena;
    struct pl_schema_document *documents;
    struct pl_schema_expression *expressions;
    const struct pl_schema_node *root;
    bool has_dynamic; /* some reference looks at the outer resources */
};

/* A hash of short names: their length, head and tail, which is enough to tell those of one schema apart
   most of the time. */
static inline uint32_t pl_schema_name_hash(struct pl_str name)
{
    uint64_t head = 0, tail = 0;

    if (name.len >= 8) {
        memcpy(&head, name.ptr, 8);
        memcpy(&tail, name.ptr + name.len - 8, 8);
    } else if (name.len >= 4) {
        memcpy(&head, name.ptr, 4);
        memcpy(&tail, name.ptr + name.len - 4, 4);
    } else if (name.len > 0) {
        head = (unsigned char)name.ptr[0] | (uint64_t)(unsigned char)name.ptr[name.len / 2] << 8 |
               (uint64_t)(unsigned char)name.ptr[name.len - 1] << 16;
    }
    head = (head ^ name.len) * UINT64_C(0x9e3779b97f4a7c15) ^
           (tail + name.len) * UINT64_C(0xbf58476d1ce4e5b9);
    return (uint32_t)(head >> 32);
}

static inline bool pl_schema_is_name(struct pl_str a, struct pl_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

#endif

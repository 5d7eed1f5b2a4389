/*
 * JSON Schema, draft 2020-12: a schema is compiled once and then checks many values. Nothing is ever
 * fetched: every document that a schema refers to is given with it, and the meta-schemas of the draft
 * are built in. A compiled schema never changes and may be used by many threads, each with a checker
 * of its own. What is supported, and where it differs, is told in docs/json-schema.md.
 */
#ifndef PL_SCHEMA_SCHEMA_H
#define PL_SCHEMA_SCHEMA_H

#include "base/error.h"
#include "base/str.h"
#include "json/value.h"

struct pl_schema;
struct pl_schema_checker;

/* A document that may be referred to, by its absolute address. Both are only looked at while compiling. */
struct pl_schema_source {
    struct pl_str uri;
    struct pl_str text; /* JSON */
};

/* All zero is a sound choice. */
struct pl_schema_options {
    struct pl_str uri; /* what relative references of the schema start from; may be empty */
    const struct pl_schema_source *sources;
    size_t sources_count;
    bool formats_asserted; /* `format` is checked, not only noted */
};

/*
 * Compiles a schema. A text that is no JSON is PL_E_DATA with line and column; a keyword that makes no
 * sense is PL_E_DATA, a reference to nothing PL_E_NOT_FOUND, and a dialect that is not read
 * PL_E_UNSUPPORTED, each with the place in the schema in its message.
 */
PL_MUST_CHECK enum pl_status pl_schema_compile(struct pl_str text,
                                               const struct pl_schema_options *options,
                                               struct pl_schema **ret_schema,
                                               struct pl_error *error);
void pl_schema_free(struct pl_schema *schema);
void pl_schema_cleanup(struct pl_schema **schema);

/* What one thread checks with. It keeps at most `faults_max` faults of a run; with 0 it only tells
   valid from not. The schema must outlive it. */
PL_MUST_CHECK enum pl_status pl_schema_checker_new(const struct pl_schema *schema,
                                                   uint32_t faults_max,
                                                   struct pl_schema_checker **ret_checker,
                                                   struct pl_error *error);
void pl_schema_checker_free(struct pl_schema_checker *checker);
void pl_schema_checker_cleanup(struct pl_schema_checker **checker);

/*
 * Whether the value is valid. For numbers to be exact beyond 64 bits its document is to keep big ones.
 * A check that takes too many steps, that goes too deep (a schema that refers to itself without end),
 * or whose pattern takes too long is PL_E_LIMIT, and the value is then neither valid nor not.
 */
PL_MUST_CHECK enum pl_status pl_schema_check(struct pl_schema_checker *checker,
                                             const struct pl_json_value *value, bool *ret_valid,
                                             struct pl_error *error);

/* One thing that is wrong. The texts are NUL-terminated. */
struct pl_schema_fault {
    struct pl_str instance; /* where in the value, a JSON Pointer; empty is all of it */
    struct pl_str
        keyword; /* which keyword of the schema, an address with a JSON Pointer: "#/items/type" */
    struct pl_str message; /* a sentence: "must be a string, and is a number" */
};

/* The faults of the last run, in the order in which they were met; valid until the next one. */
const struct pl_schema_fault *pl_schema_checker_faults(const struct pl_schema_checker *checker,
                                                       size_t *ret_count);

#endif

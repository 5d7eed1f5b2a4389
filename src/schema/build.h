/* What compiling needs while it goes on: where each subschema is, and what is still to compile. Private
   to src/schema. */
#ifndef PL_SCHEMA_BUILD_H
#define PL_SCHEMA_BUILD_H

#include "schema/program.h"
#include "schema/schema.h"

struct pl_schema_build {
    struct pl_schema *schema;
    const struct pl_schema_options *options;
    struct pl_schema_resource *resources;
    struct pl_schema_node **slots; /* by the address of the value; open addressing */
    size_t slots_count, nodes_count;
    struct pl_schema_node *queue_first, *queue_last;
    struct pl_str *anchor_names; /* a number for each name that is used dynamically */
    uint32_t anchor_names_count;
    struct pl_error *error;
};

void pl_schema_build_deinit(struct pl_schema_build *build);

/* Memory of the schema; NULL and the error set when there is none. */
void *pl_schema_alloc(struct pl_schema_build *build, size_t count, size_t size_bytes);

/* The error for an arena that is full, or the machine. */
enum pl_status pl_schema_no_memory(struct pl_schema_build *build);

/* Reads a document and takes in all its subschemas; its root is `ret_node`. */
PL_MUST_CHECK enum pl_status pl_schema_load(struct pl_schema_build *build, struct pl_str uri,
                                            struct pl_str text, struct pl_schema_node **ret_node);

/* The node of a value that is a subschema, or NULL. */
struct pl_schema_node *pl_schema_find_node(const struct pl_schema_build *build,
                                           const struct pl_json_value *value);

/* Takes in a value, with all below it, as a schema of that resource. */
PL_MUST_CHECK enum pl_status pl_schema_take_in(struct pl_schema_build *build,
                                               const struct pl_json_value *value,
                                               struct pl_schema_resource *resource,
                                               struct pl_str location,
                                               struct pl_schema_node **ret_node);

/* What a reference of that node points to, loading its document when it is not yet. With `ret_anchor`,
   which may be NULL, the anchor that the reference names, if any. */
PL_MUST_CHECK enum pl_status pl_schema_resolve(struct pl_schema_build *build,
                                               const struct pl_schema_node *from,
                                               struct pl_str reference,
                                               struct pl_schema_node **ret_node,
                                               const struct pl_schema_anchor **ret_anchor);

/* To be compiled, if it is not already. */
void pl_schema_enqueue(struct pl_schema_build *build, struct pl_schema_node *node);

/* Compiles one node; those that it refers to are put into the queue. */
PL_MUST_CHECK enum pl_status pl_schema_compile_node(struct pl_schema_build *build,
                                                    struct pl_schema_node *node);

/* Whether the keyword means something in schemas of that resource. */
bool pl_schema_keyword_is_active(const struct pl_schema_resource *resource,
                                 enum pl_schema_keyword keyword);

/* PL_OK, or PL_E_DATA when the value of a keyword is not of its shape. */
PL_MUST_CHECK enum pl_status pl_schema_check_shape(struct pl_schema_build *build,
                                                   struct pl_str location,
                                                   enum pl_schema_keyword keyword,
                                                   const struct pl_json_value *value);

/* Rules and vocabularies of the dialect that `$schema` names. */
PL_MUST_CHECK enum pl_status pl_schema_read_dialect(struct pl_schema_build *build,
                                                    struct pl_schema_resource *resource,
                                                    struct pl_str uri);

/* The text given or built in under that address; false when there is none. */
bool pl_schema_find_source(const struct pl_schema_build *build, struct pl_str uri,
                           struct pl_str *ret_text);

/* location + "/" + name, escaped; `ptr` is NULL when there is no memory. */
struct pl_str pl_schema_step_down(struct pl_schema_build *build, struct pl_str location,
                                  struct pl_str name);

#endif

/* A compiled schema: its life, and the loop that compiles what is in the queue. */
#include "schema/schema.h"

#include <stdlib.h>

#include "schema/build.h"

#define ARENA_SIZE_BYTES_MAX ((size_t)256 << 20)

static enum pl_status compile_all(struct pl_schema_build *build, struct pl_str text)
{
    struct pl_schema_node *root = NULL;

    PL_RETURN_IF(pl_schema_load(build, build->options->uri, text, &root));
    build->schema->root = root;
    pl_schema_enqueue(build, root);
    for (struct pl_schema_node *node = build->queue_first; node != NULL; node = node->next_queued)
        PL_RETURN_IF(pl_schema_compile_node(build, node));
    return PL_OK;
}

enum pl_status pl_schema_compile(struct pl_str text, const struct pl_schema_options *options,
                                 struct pl_schema **ret_schema, struct pl_error *error)
{
    static const struct pl_schema_options NONE = {0};
    struct pl_error own = {0};
    struct pl_schema *schema = calloc(1, sizeof *schema);
    struct pl_schema_build build = {.schema = schema,
                                    .options = options == NULL ? &NONE : options,
                                    .error = error == NULL ? &own : error};

    if (schema == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory for a schema");
    pl_arena_init(&schema->arena, ARENA_SIZE_BYTES_MAX);

    const enum pl_status status = compile_all(&build, text);

    pl_schema_build_deinit(&build);
    if (status != PL_OK)
        pl_schema_free(schema);
    else
        *ret_schema = schema;
    return status;
}

void pl_schema_free(struct pl_schema *schema)
{
    if (schema == NULL)
        return;
    for (struct pl_schema_document *kept = schema->documents; kept != NULL; kept = kept->next)
        pl_json_document_free(kept->document);
    for (struct pl_schema_expression *kept = schema->expressions; kept != NULL; kept = kept->next)
        pl_regex_free(kept->regex);
    pl_arena_deinit(&schema->arena);
    free(schema);
}

void pl_schema_cleanup(struct pl_schema **schema)
{
    pl_schema_free(*schema);
}

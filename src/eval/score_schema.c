/* Whether an output is JSON that a schema allows. The schema is compiled once; references to other documents
   are not followed, since nothing is ever fetched. */
#include "eval/scorer.h"

#include "base/file.h"
#include "json/document.h"
#include "schema/schema.h"

#include <stdlib.h>

#define SCHEMA_SIZE_BYTES_MAX ((size_t)16 << 20)

struct schema_state {
    struct pl_schema *schema;
    struct pl_schema_checker *checker;
    struct pl_json_document *document;
};

static void close_schema(void *state)
{
    struct schema_state *schema = state;

    if (schema == NULL)
        return;
    pl_schema_checker_free(schema->checker);
    pl_schema_free(schema->schema);
    pl_json_document_free(schema->document);
    free(schema);
}

static enum pl_status compile(struct schema_state *schema, const struct pl_scorer_setup *setup,
                              struct pl_error *error)
{
    const struct pl_json_options options = {.big_numbers_kept = true};
    const struct pl_str path = pl_line_path(setup->line, setup->scorer->file, setup->arena);
    enum pl_status status = PL_OK;
    struct pl_str text;

    if (path.ptr == NULL)
        return pl_arena_error(setup->arena, "the path of a schema", error);
    status = pl_file_read(path.ptr, SCHEMA_SIZE_BYTES_MAX, setup->arena, &text, error);
    if (status == PL_E_NOT_FOUND)
        return pl_line_error(setup->line, setup->scorer->file_place, status, error,
                             "there is no file %s, which `file` names", path.ptr);
    PL_RETURN_IF(status);
    status = pl_schema_compile(text, NULL, &schema->schema, error);
    if (status != PL_OK && error != NULL)
        (void)pl_error_locate(error, path.ptr, error->line, error->column);
    PL_RETURN_IF(status);
    PL_RETURN_IF(pl_schema_checker_new(schema->schema, 1, &schema->checker, error));
    return pl_json_document_new(&options, &schema->document, error);
}

static enum pl_status open_schema(const struct pl_scorer_setup *setup, void **ret_state,
                                  struct pl_error *error)
{
    struct schema_state *schema = calloc(1, sizeof *schema);
    enum pl_status status = PL_OK;

    if (schema == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for a scorer");
    status = compile(schema, setup, error);
    if (status != PL_OK) {
        close_schema(schema);
        return status;
    }
    *ret_state = schema;
    return PL_OK;
}

/* "/items/0: must be a string, and is a number" */
static struct pl_str first_fault(const struct schema_state *schema, struct pl_arena *arena)
{
    size_t count = 0;
    const struct pl_schema_fault *faults = pl_schema_checker_faults(schema->checker, &count);

    if (count == 0)
        return PL_STR("it is not what the schema allows");
    return pl_arena_format(arena, "%s%s%s", faults[0].instance.ptr,
                           faults[0].instance.len > 0 ? ": " : "", faults[0].message.ptr);
}

static enum pl_status score_schema(void *state, const struct pl_scorer *scorer,
                                   const struct pl_scored *scored, struct pl_score *ret_score,
                                   struct pl_error *error)
{
    struct schema_state *schema = state;
    struct pl_error fault = {0};
    bool is_valid = false;
    const enum pl_status status = pl_json_document_read(schema->document, scored->text, &fault);

    (void)scorer;
    if (status != PL_OK && status != PL_E_DATA && status != PL_E_LIMIT)
        return pl_error_set(error, status, "%s", fault.message);
    ret_score->state = PL_SCORE_GIVEN;
    if (status != PL_OK) {
        ret_score->note = pl_arena_format(scored->arena, "it is no JSON: %s", fault.message);
        return PL_OK;
    }
    PL_RETURN_IF(pl_schema_check(schema->checker, pl_json_document_root(schema->document),
                                 &is_valid, error));
    ret_score->value = is_valid ? 1.0 : 0.0;
    if (!is_valid)
        ret_score->note = first_fault(schema, scored->arena);
    return PL_OK;
}

const struct pl_scorer_row PL_SCORER_ROW_JSON_SCHEMA = {
    .passes = true, .open = open_schema, .close = close_schema, .score = score_schema};

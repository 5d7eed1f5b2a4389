/* Which rules a schema is read by: what $schema names, the vocabularies of its meta-schema, and the shape
   that the value of each keyword must have. */
#include <math.h>

#include "json/compare.h"
#include "schema/build.h"
#include "schema/meta.h"

#define DRAFT_2020 "https://json-schema.org/draft/2020-12/schema"
#define VOCABULARIES                                                                               \
    (PL_SCHEMA_CORE | PL_SCHEMA_APPLICATOR | PL_SCHEMA_UNEVALUATED | PL_SCHEMA_VALIDATION |        \
     PL_SCHEMA_FORMAT_ANNOTATION | PL_SCHEMA_OTHER)

bool pl_schema_meta_find(struct pl_str uri, struct pl_str *ret_text)
{
    for (const struct pl_schema_meta *meta = PL_SCHEMA_METAS; meta->uri != NULL; meta++) {
        if (pl_str_equal_text(uri, meta->uri)) {
            *ret_text = pl_str_of(meta->text);
            return true;
        }
    }
    return false;
}

/* --- dialects --------------------------------------------------------------------------------- */

struct known_dialect {
    const char *uri;
    enum pl_schema_dialect dialect;
};

static const struct known_dialect DIALECTS[] = {
    {DRAFT_2020, PL_SCHEMA_DRAFT_2020},
    {"https://json-schema.org/draft/2019-09/schema", PL_SCHEMA_DRAFT_2019},
    {"http://json-schema.org/draft-07/schema", PL_SCHEMA_DRAFT_7},
    {"http://json-schema.org/draft-06/schema", PL_SCHEMA_DRAFT_7},
};

static enum pl_status read_vocabulary(struct pl_schema_build *build, struct pl_str uri,
                                      const struct pl_json_walk *entry, uint32_t *bits)
{
    const uint32_t bit = pl_schema_vocabulary_find(entry->name);

    if (pl_json_value_type(entry->value) != PL_JSON_BOOL)
        return pl_error_set(build->error, PL_E_DATA,
                            "$vocabulary of '%.*s' says something other than true or false",
                            PL_STR_ARG(uri));
    if (bit == 0 && pl_json_value_bool(entry->value))
        return pl_error_set(
            build->error, PL_E_UNSUPPORTED,
            "the meta-schema '%.*s' requires the vocabulary '%.*s', which is not read",
            PL_STR_ARG(uri), PL_STR_ARG(entry->name));
    *bits |= bit;
    return PL_OK;
}

/* A meta-schema of somebody's own counts by its vocabularies alone. */
static enum pl_status read_meta(struct pl_schema_build *build, struct pl_str uri,
                                struct pl_str text, uint32_t *ret_bits)
{
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;

    PL_RETURN_IF(pl_json_document_open(text, NULL, &document, build->error));

    const struct pl_json_value *map =
        pl_json_value_get_text(pl_json_document_root(document), "$vocabulary");

    *ret_bits = VOCABULARIES;
    if (map == NULL || pl_json_value_type(map) != PL_JSON_OBJECT)
        return PL_OK;
    *ret_bits = PL_SCHEMA_CORE;
    for (struct pl_json_walk walk = pl_json_value_walk(map); pl_json_walk_next(&walk);)
        PL_RETURN_IF(read_vocabulary(build, uri, &walk, ret_bits));
    return PL_OK;
}

enum pl_status pl_schema_read_dialect(struct pl_schema_build *build,
                                      struct pl_schema_resource *resource, struct pl_str uri)
{
    struct pl_str text = {NULL, 0};

    resource->vocabularies = VOCABULARIES;
    resource->dialect = PL_SCHEMA_DRAFT_2020;
    if (uri.len > 0 && uri.ptr[uri.len - 1] == '#')
        uri.len--;
    if (uri.len == 0)
        return PL_OK;
    for (size_t i = 0; i < sizeof DIALECTS / sizeof *DIALECTS; i++) {
        if (pl_str_equal_text(uri, DIALECTS[i].uri)) {
            resource->dialect = DIALECTS[i].dialect;
            return PL_OK;
        }
    }
    if (!pl_schema_find_source(build, uri, &text))
        return pl_error_set(build->error, PL_E_UNSUPPORTED,
                            "the dialect '%.*s' is not known; write $schema: %s", PL_STR_ARG(uri),
                            DRAFT_2020);
    return read_meta(build, uri, text, &resource->vocabularies);
}

bool pl_schema_keyword_is_active(const struct pl_schema_resource *resource,
                                 enum pl_schema_keyword keyword)
{
    if (resource->dialect != PL_SCHEMA_DRAFT_2020 &&
        (keyword == PL_SCHEMA_PREFIX_ITEMS || keyword == PL_SCHEMA_DYNAMIC_REF))
        return false;
    return (resource->vocabularies & pl_schema_keyword_row(keyword)->vocabularies) != 0;
}

/* --- shapes ----------------------------------------------------------------------------------- */

static bool is_names(const struct pl_json_value *value)
{
    struct pl_json_walk walk = pl_json_value_walk(value);

    if (pl_json_value_type(value) != PL_JSON_ARRAY)
        return false;
    while (pl_json_walk_next(&walk))
        if (pl_json_value_type(walk.value) != PL_JSON_STRING)
            return false;
    return true;
}

static bool is_map_of_names(const struct pl_json_value *value, bool or_schemas)
{
    struct pl_json_walk walk = pl_json_value_walk(value);

    if (pl_json_value_type(value) != PL_JSON_OBJECT)
        return false;
    while (pl_json_walk_next(&walk))
        if (!is_names(walk.value) &&
            !(or_schemas && pl_json_value_type(walk.value) != PL_JSON_ARRAY))
            return false;
    return true;
}

static bool is_type_name(const struct pl_json_value *value)
{
    static const char *const NAMES[] = {"null",   "boolean", "number", "integer",
                                        "string", "array",   "object"};

    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (pl_json_value_type(value) == PL_JSON_STRING &&
            pl_str_equal_text(pl_json_value_str(value), NAMES[i]))
            return true;
    return false;
}

static bool is_type(const struct pl_json_value *value)
{
    struct pl_json_walk walk = pl_json_value_walk(value);

    if (pl_json_value_type(value) != PL_JSON_ARRAY)
        return is_type_name(value);
    while (pl_json_walk_next(&walk))
        if (!is_type_name(walk.value))
            return false;
    return true;
}

static bool is_number(const struct pl_json_value *value)
{
    return pl_json_value_type(value) == PL_JSON_NUMBER;
}

/* A count past 64 bits is one all the same; it is never reached. */
static bool is_count(const struct pl_json_value *value)
{
    return is_number(value) && pl_json_value_is_integer(value) && pl_json_value_double(value) >= 0;
}

static bool has_shape(const struct pl_json_value *value, enum pl_schema_shape shape)
{
    switch (shape) {
    case PL_SCHEMA_IS_STRING:
        return pl_json_value_type(value) == PL_JSON_STRING;
    case PL_SCHEMA_IS_BOOL:
        return pl_json_value_type(value) == PL_JSON_BOOL;
    case PL_SCHEMA_IS_NUMBER:
        return is_number(value);
    case PL_SCHEMA_IS_POSITIVE:
        return is_number(value) && pl_json_value_double(value) > 0;
    case PL_SCHEMA_IS_COUNT:
        return is_count(value);
    case PL_SCHEMA_IS_ARRAY:
        return pl_json_value_type(value) == PL_JSON_ARRAY;
    case PL_SCHEMA_IS_NAMES:
        return is_names(value);
    case PL_SCHEMA_IS_NAMES_MAP:
        return is_map_of_names(value, false);
    case PL_SCHEMA_IS_TYPE:
        return is_type(value);
    case PL_SCHEMA_IS_SCHEMAS:
        return pl_json_value_type(value) == PL_JSON_ARRAY && pl_json_value_count(value) > 0;
    case PL_SCHEMA_IS_SCHEMA_MAP:
        return pl_json_value_type(value) == PL_JSON_OBJECT;
    case PL_SCHEMA_IS_DEPENDENCIES:
        return is_map_of_names(value, true);
    case PL_SCHEMA_IS_ANY:
    case PL_SCHEMA_IS_SCHEMA:
        break;
    }
    return true;
}

enum pl_status pl_schema_check_shape(struct pl_schema_build *build, struct pl_str location,
                                     enum pl_schema_keyword keyword,
                                     const struct pl_json_value *value)
{
    static const char *const SHAPES[] = {
        [PL_SCHEMA_IS_ANY] = "anything",
        [PL_SCHEMA_IS_STRING] = "a string",
        [PL_SCHEMA_IS_BOOL] = "true or false",
        [PL_SCHEMA_IS_NUMBER] = "a number",
        [PL_SCHEMA_IS_POSITIVE] = "a number greater than 0",
        [PL_SCHEMA_IS_COUNT] = "an integer of 0 or more",
        [PL_SCHEMA_IS_ARRAY] = "an array",
        [PL_SCHEMA_IS_NAMES] = "an array of strings",
        [PL_SCHEMA_IS_NAMES_MAP] = "an object of arrays of strings",
        [PL_SCHEMA_IS_TYPE] = "the name of a type, or an array of them",
        [PL_SCHEMA_IS_SCHEMA] = "a schema",
        [PL_SCHEMA_IS_SCHEMAS] = "an array of one schema or more",
        [PL_SCHEMA_IS_SCHEMA_MAP] = "an object of schemas",
        [PL_SCHEMA_IS_DEPENDENCIES] = "an object of schemas or arrays of strings",
    };
    const struct pl_schema_keyword_row *row = pl_schema_keyword_row(keyword);

    if (keyword == PL_SCHEMA_ITEMS && pl_json_value_type(value) == PL_JSON_ARRAY)
        return pl_error_set(build->error, PL_E_UNSUPPORTED,
                            "the schema is of an older draft at %.*s/items: an array of schemas is "
                            "prefixItems in draft 2020-12, and additionalItems is items",
                            PL_STR_ARG(location));
    if (has_shape(value, row->shape))
        return PL_OK;
    return pl_error_set(build->error, PL_E_DATA, "the schema is wrong at %.*s/%s: must be %s",
                        PL_STR_ARG(location), row->name, SHAPES[row->shape]);
}

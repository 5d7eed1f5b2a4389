/*
 * The body of an OFREP request. Attributes become what segments and conditions can compare: a string is
 * itself, a number its shortest digits, a boolean "true" or "false".
 */
#include "flag/ofrep.h"

#include "json/document.h"
#include "json/value.h"

#include <stdio.h>

#define NESTING_MAX 32

static bool fail(struct pl_ofrep_failure *failure, const char *code, const char *details)
{
    failure->code = code;
    (void)snprintf(failure->details, sizeof failure->details, "%s", details);
    return false;
}

/* The group is missing where there is none. False: no memory. */
static bool read_attribute(const struct pl_json_walk *walk, struct pl_arena *arena,
                           struct pl_ofrep_attribute *ret)
{
    const struct pl_json_value *value = walk->value;
    struct pl_ofrep_attribute one = {.group = PL_STR(PL_GROUP_MISSING)};
    char room[32];

    one.name = pl_arena_copy(arena, walk->name);
    switch (pl_json_value_type(value)) {
    case PL_JSON_STRING:
        one.group = pl_arena_copy(arena, pl_json_value_str(value));
        one.datum = (struct pl_datum){.kind = PL_DATUM_TEXT, .text = one.group};
        break;
    case PL_JSON_NUMBER:
        one.group = pl_arena_copy(arena, pl_json_value_digits(value, room));
        one.datum =
            (struct pl_datum){.kind = PL_DATUM_NUMBER, .number = pl_json_value_double(value)};
        break;
    case PL_JSON_BOOL:
        one.datum = (struct pl_datum){.kind = PL_DATUM_BOOL, .truth = pl_json_value_bool(value)};
        one.group = pl_str_of(one.datum.truth ? "true" : "false");
        break;
    case PL_JSON_NULL:
    case PL_JSON_ARRAY:
    case PL_JSON_OBJECT:
        break;
    }
    *ret = one;
    return one.name.ptr != NULL && one.group.ptr != NULL;
}

static bool read_attributes(const struct pl_json_value *context, struct pl_arena *arena,
                            struct pl_ofrep_context *ret, struct pl_ofrep_failure *failure)
{
    const size_t count = pl_json_value_count(context);
    struct pl_json_walk walk = pl_json_value_walk(context);
    struct pl_ofrep_attribute *attributes;

    if (count > PL_OFREP_ATTRIBUTES_MAX)
        return fail(failure, "INVALID_CONTEXT", "the context has more than 256 attributes");
    attributes = pl_arena_alloc_array(arena, count + 1, sizeof *attributes);
    for (size_t i = 0; pl_json_walk_next(&walk); i++)
        if (attributes == NULL || !read_attribute(&walk, arena, &attributes[i]))
            return fail(failure, "GENERAL", "there is no memory for the context");
    ret->attributes = attributes;
    ret->attributes_count = count;
    return true;
}

static bool read_context(const struct pl_json_value *root, struct pl_arena *arena,
                         struct pl_ofrep_context *ret, struct pl_ofrep_failure *failure)
{
    const struct pl_json_value *context = pl_json_value_get_text(root, "context");
    const struct pl_json_value *key;

    if (pl_json_value_type(root) != PL_JSON_OBJECT)
        return fail(failure, "INVALID_CONTEXT", "the body is not a JSON object with a context");
    if (context == NULL || pl_json_value_type(context) != PL_JSON_OBJECT)
        return fail(failure, "INVALID_CONTEXT", "`context` is missing, or is not a JSON object");
    key = pl_json_value_get_text(context, "targetingKey");
    if (key == NULL || pl_json_value_type(key) == PL_JSON_NULL)
        return fail(failure, "TARGETING_KEY_MISSING",
                    "`context.targetingKey` is missing: it says whose flags these are");
    if (pl_json_value_type(key) != PL_JSON_STRING)
        return fail(failure, "INVALID_CONTEXT", "`context.targetingKey` is not a string");
    if (pl_json_value_str(key).len == 0)
        return fail(failure, "TARGETING_KEY_MISSING", "`context.targetingKey` is empty");
    ret->targeting_key = pl_arena_copy(arena, pl_json_value_str(key));
    if (ret->targeting_key.ptr == NULL)
        return fail(failure, "GENERAL", "there is no memory for the context");
    return read_attributes(context, arena, ret, failure);
}

bool pl_ofrep_read(struct pl_str body, struct pl_arena *arena, struct pl_ofrep_context *ret_context,
                   struct pl_ofrep_failure *ret_failure)
{
    const struct pl_json_options options = {.size_bytes_max = PL_OFREP_BODY_SIZE_BYTES_MAX,
                                            .nesting_max = NESTING_MAX};
    PL_CLEANUP(pl_json_document_cleanup) struct pl_json_document *document = NULL;
    struct pl_ofrep_context context = {.arena = arena};
    struct pl_error error = {0};

    if (pl_json_document_open(body, &options, &document, &error) != PL_OK) {
        ret_failure->code = error.status == PL_E_MEMORY ? "GENERAL" : "PARSE_ERROR";
        (void)snprintf(ret_failure->details, sizeof ret_failure->details,
                       "line %u, column %u: %.200s", error.line, error.column, error.message);
        return false;
    }
    if (!read_context(pl_json_document_root(document), arena, &context, ret_failure))
        return false;
    *ret_context = context;
    return true;
}

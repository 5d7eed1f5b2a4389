/*
 * Taking in schemas: every subschema in a place where the draft has one gets a node, each $id begins a
 * resource, anchors are kept by resource. What only looks like a schema, inside const, enum or a keyword
 * that is not known, is left alone until a reference points to it.
 */
#include <stdlib.h>
#include <string.h>

#include "json/path.h"
#include "json/render.h"
#include "schema/build.h"
#include "schema/meta.h"
#include "schema/uri.h"

#define SLOTS_MIN          64
#define LOCATION_BYTES_MAX ((size_t)1 << 20)

void pl_schema_build_deinit(struct pl_schema_build *build)
{
    free(build->slots);
    free(build->anchor_names);
}

enum pl_status pl_schema_no_memory(struct pl_schema_build *build)
{
    return pl_arena_error(&build->schema->arena, "the schema", build->error);
}

void *pl_schema_alloc(struct pl_schema_build *build, size_t count, size_t size_bytes)
{
    void *memory = pl_arena_alloc_array(&build->schema->arena, count, size_bytes);

    if (memory == NULL)
        (void)pl_schema_no_memory(build);
    return memory;
}

struct pl_str pl_schema_step_down(struct pl_schema_build *build, struct pl_str location,
                                  struct pl_str name)
{
    PL_CLEANUP(pl_buffer_deinit) struct pl_buffer text;
    struct pl_str copy = {NULL, 0};

    pl_buffer_init(&text, LOCATION_BYTES_MAX);
    pl_buffer_add(&text, location);
    pl_json_pointer_add(&text, name);
    if (text.failed == PL_OK)
        copy = pl_arena_copy(&build->schema->arena, pl_buffer_view(&text));
    if (copy.ptr == NULL)
        (void)pl_schema_no_memory(build);
    return copy;
}

static struct pl_str step_down_index(struct pl_schema_build *build, struct pl_str location,
                                     size_t index)
{
    const struct pl_str copy =
        pl_arena_format(&build->schema->arena, "%.*s/%zu", PL_STR_ARG(location), index);

    if (copy.ptr == NULL)
        (void)pl_schema_no_memory(build);
    return copy;
}

/* --- nodes by the address of their value ------------------------------------------------------ */

static size_t slot_of(const struct pl_json_value *value, size_t slots_count)
{
    const uint64_t address = (uint64_t)(uintptr_t)value;

    return (size_t)((address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (slots_count - 1);
}

static void put(struct pl_schema_node **slots, size_t count, struct pl_schema_node *node)
{
    size_t at = slot_of(node->value, count);

    while (slots[at] != NULL)
        at = (at + 1) & (count - 1);
    slots[at] = node;
}

static enum pl_status grow(struct pl_schema_build *build)
{
    const size_t count = build->slots_count == 0 ? SLOTS_MIN : build->slots_count * 2;
    struct pl_schema_node **slots = calloc(count, sizeof(*slots));

    if (slots == NULL)
        return pl_error_set(build->error, PL_E_MEMORY, "no memory for the schema");
    for (size_t i = 0; i < build->slots_count; i++)
        if (build->slots[i] != NULL)
            put(slots, count, build->slots[i]);
    free(build->slots);
    build->slots = slots;
    build->slots_count = count;
    return PL_OK;
}

struct pl_schema_node *pl_schema_find_node(const struct pl_schema_build *build,
                                           const struct pl_json_value *value)
{
    if (build->slots_count == 0)
        return NULL;

    size_t at = slot_of(value, build->slots_count);

    for (; build->slots[at] != NULL; at = (at + 1) & (build->slots_count - 1))
        if (build->slots[at]->value == value)
            return build->slots[at];
    return NULL;
}

static enum pl_status add_node(struct pl_schema_build *build, const struct pl_json_value *value,
                               struct pl_schema_resource *resource, struct pl_str location,
                               struct pl_schema_node **ret_node)
{
    struct pl_schema_node *node = pl_schema_alloc(build, 1, sizeof *node);

    if (node == NULL)
        return build->error->status;
    if ((build->nodes_count + 1) * 2 > build->slots_count)
        PL_RETURN_IF(grow(build));
    node->value = value;
    node->resource = resource;
    node->location = location;
    put(build->slots, build->slots_count, node);
    build->nodes_count++;
    *ret_node = node;
    return PL_OK;
}

void pl_schema_enqueue(struct pl_schema_build *build, struct pl_schema_node *node)
{
    if (node->queued)
        return;
    node->queued = true;
    if (build->queue_last == NULL)
        build->queue_first = node;
    else
        build->queue_last->next_queued = node;
    build->queue_last = node;
}

/* --- resources and anchors -------------------------------------------------------------------- */

static struct pl_schema_resource *find_resource(const struct pl_schema_build *build,
                                                struct pl_str uri)
{
    struct pl_schema_resource *resource = build->resources;

    while (resource != NULL && !pl_str_equal(resource->uri, uri) &&
           !(resource->other_uri.ptr != NULL && pl_str_equal(resource->other_uri, uri)))
        resource = resource->next;
    return resource;
}

static enum pl_status refuse_at(struct pl_schema_build *build, struct pl_str location,
                                const char *keyword, const char *what)
{
    return pl_error_set(build->error, PL_E_DATA, "the schema is wrong at %.*s/%s: %s",
                        PL_STR_ARG(location), keyword, what);
}

/* The resource that a schema begins by its $id; the one around it when it has none. */
static enum pl_status begin_resource(struct pl_schema_build *build,
                                     const struct pl_json_value *value,
                                     struct pl_schema_resource **resource, struct pl_str *location)
{
    const struct pl_json_value *id = pl_json_value_get_text(value, "$id");
    const struct pl_schema_resource *around = *resource;

    if (id == NULL || value == around->value)
        return PL_OK;
    if (pl_json_value_type(id) != PL_JSON_STRING)
        return refuse_at(build, *location, "$id", "must be a string");

    const struct pl_schema_uri uri =
        pl_schema_uri_resolve(&build->schema->arena, around->uri, pl_json_value_str(id));
    struct pl_schema_resource *begun = pl_schema_alloc(build, 1, sizeof *begun);

    if (begun == NULL || uri.uri.ptr == NULL)
        return pl_schema_no_memory(build);
    if (uri.fragment.len > 0)
        return refuse_at(build, *location, "$id", "must not have a fragment");
    if (find_resource(build, uri.uri) != NULL)
        return refuse_at(build, *location, "$id", "names a schema that is there already");
    *begun = *around;
    begun->uri = uri.uri;
    begun->other_uri = (struct pl_str){NULL, 0};
    begun->value = value;
    begun->anchors = NULL;
    begun->next = build->resources;
    build->resources = begun;
    *resource = begun;
    *location = pl_arena_format(&build->schema->arena, "%.*s#", PL_STR_ARG(uri.uri));
    return location->ptr == NULL ? pl_schema_no_memory(build) : PL_OK;
}

static enum pl_status number_of(struct pl_schema_build *build, struct pl_str name,
                                uint32_t *ret_number)
{
    for (uint32_t i = 0; i < build->anchor_names_count; i++) {
        if (pl_str_equal(build->anchor_names[i], name)) {
            *ret_number = i;
            return PL_OK;
        }
    }

    const size_t count = (size_t)build->anchor_names_count + 1;
    struct pl_str *names = realloc(build->anchor_names, count * sizeof *names);

    if (names == NULL)
        return pl_error_set(build->error, PL_E_MEMORY, "no memory for the schema");
    names[count - 1] = name;
    build->anchor_names = names;
    *ret_number = build->anchor_names_count++;
    return PL_OK;
}

static enum pl_status add_anchor(struct pl_schema_build *build, struct pl_schema_node *node,
                                 const char *keyword, bool dynamic)
{
    const struct pl_json_value *name = pl_json_value_get_text(node->value, keyword);
    struct pl_schema_resource *resource = node->resource;

    if (name == NULL || resource->dialect == PL_SCHEMA_DRAFT_7)
        return PL_OK;
    if (pl_json_value_type(name) != PL_JSON_STRING)
        return refuse_at(build, node->location, keyword, "must be a string");

    struct pl_schema_anchor *anchor = pl_schema_alloc(build, 1, sizeof *anchor);

    if (anchor == NULL)
        return build->error->status;
    *anchor = (struct pl_schema_anchor){.next = resource->anchors,
                                        .name = pl_json_value_str(name),
                                        .dynamic = dynamic,
                                        .node = node};
    PL_RETURN_IF(number_of(build, anchor->name, &anchor->number));
    resource->anchors = anchor;
    if (dynamic)
        pl_schema_enqueue(build, node);
    return PL_OK;
}

/* --- subschemas ------------------------------------------------------------------------------- */

static enum pl_status take_in_below(struct pl_schema_build *build,
                                    const struct pl_schema_node *node, struct pl_str location,
                                    const struct pl_json_value *value)
{
    struct pl_schema_node *below = NULL;

    if (location.ptr == NULL)
        return build->error->status;
    return pl_schema_take_in(build, value, node->resource, location, &below);
}

static enum pl_status take_in_all(struct pl_schema_build *build, const struct pl_schema_node *node,
                                  struct pl_str location, const struct pl_json_value *values,
                                  enum pl_schema_shape shape)
{
    struct pl_json_walk walk = pl_json_value_walk(values);

    for (size_t i = 0; pl_json_walk_next(&walk); i++) {
        const struct pl_str below = pl_json_value_type(values) == PL_JSON_OBJECT
                                        ? pl_schema_step_down(build, location, walk.name)
                                        : step_down_index(build, location, i);

        if (shape == PL_SCHEMA_IS_DEPENDENCIES && pl_json_value_type(walk.value) == PL_JSON_ARRAY)
            continue;
        PL_RETURN_IF(take_in_below(build, node, below, walk.value));
    }
    return PL_OK;
}

static enum pl_status take_in_keyword(struct pl_schema_build *build,
                                      const struct pl_schema_node *node,
                                      enum pl_schema_keyword keyword,
                                      const struct pl_json_value *value)
{
    const struct pl_schema_keyword_row *row = pl_schema_keyword_row(keyword);

    PL_RETURN_IF(pl_schema_check_shape(build, node->location, keyword, value));
    if (row->shape < PL_SCHEMA_IS_SCHEMA)
        return PL_OK;

    const struct pl_str location = pl_schema_step_down(build, node->location, pl_str_of(row->name));

    if (location.ptr == NULL)
        return build->error->status;
    if (row->shape == PL_SCHEMA_IS_SCHEMA)
        return take_in_below(build, node, location, value);
    return take_in_all(build, node, location, value, row->shape);
}

static enum pl_status take_in_object(struct pl_schema_build *build, struct pl_schema_node *node)
{
    struct pl_json_walk walk = pl_json_value_walk(node->value);

    PL_RETURN_IF(add_anchor(build, node, "$anchor", false));
    PL_RETURN_IF(add_anchor(build, node, "$dynamicAnchor", true));
    while (pl_json_walk_next(&walk)) {
        const enum pl_schema_keyword keyword = pl_schema_keyword_find(walk.name);

        if (keyword != PL_SCHEMA_KEYWORDS_COUNT &&
            pl_schema_keyword_is_active(node->resource, keyword))
            PL_RETURN_IF(take_in_keyword(build, node, keyword, walk.value));
    }
    return PL_OK;
}

enum pl_status pl_schema_take_in(struct pl_schema_build *build, const struct pl_json_value *value,
                                 struct pl_schema_resource *resource, struct pl_str location,
                                 struct pl_schema_node **ret_node)
{
    const enum pl_json_type type = pl_json_value_type(value);
    struct pl_schema_node *node = pl_schema_find_node(build, value);

    if (node != NULL) {
        *ret_node = node;
        return PL_OK;
    }
    if (type != PL_JSON_OBJECT && type != PL_JSON_BOOL)
        return pl_error_set(build->error, PL_E_DATA,
                            "the schema is wrong at %.*s: a schema is an object, true or false",
                            PL_STR_ARG(location));
    if (type == PL_JSON_OBJECT)
        PL_RETURN_IF(begin_resource(build, value, &resource, &location));
    PL_RETURN_IF(add_node(build, value, resource, location, &node));
    *ret_node = node;
    return type == PL_JSON_OBJECT ? take_in_object(build, node) : PL_OK;
}

/* --- documents -------------------------------------------------------------------------------- */

static enum pl_status read_document(struct pl_schema_build *build, struct pl_str uri,
                                    struct pl_str text, const struct pl_json_value **ret_root)
{
    static const struct pl_json_options OPTIONS = {.big_numbers_kept = true};
    struct pl_schema_document *kept = pl_schema_alloc(build, 1, sizeof *kept);

    if (kept == NULL)
        return build->error->status;
    PL_RETURN_IF(pl_json_document_open(text, &OPTIONS, &kept->document, build->error));
    kept->uri = uri;
    kept->next = build->schema->documents;
    build->schema->documents = kept;
    *ret_root = pl_json_document_root(kept->document);
    return PL_OK;
}

/* The resource of a whole document: by its $id where it has one, and by where it was found. */
static enum pl_status root_resource(struct pl_schema_build *build, struct pl_str uri,
                                    const struct pl_json_value *root,
                                    struct pl_schema_resource **ret_resource)
{
    const struct pl_json_value *dialect = pl_json_value_get_text(root, "$schema");
    const struct pl_json_value *id = pl_json_value_get_text(root, "$id");
    struct pl_schema_resource *resource = pl_schema_alloc(build, 1, sizeof *resource);

    if (resource == NULL)
        return build->error->status;
    resource->uri = pl_schema_uri_resolve(&build->schema->arena, PL_STR(""), uri).uri;
    resource->value = root;
    PL_RETURN_IF(
        pl_schema_read_dialect(build, resource,
                               dialect != NULL && pl_json_value_type(dialect) == PL_JSON_STRING
                                   ? pl_json_value_str(dialect)
                                   : PL_STR("")));
    if (id != NULL && pl_json_value_type(id) == PL_JSON_STRING) {
        resource->other_uri = resource->uri;
        resource->uri =
            pl_schema_uri_resolve(&build->schema->arena, resource->uri, pl_json_value_str(id)).uri;
    }
    if (resource->uri.ptr == NULL)
        return pl_schema_no_memory(build);
    resource->next = build->resources;
    build->resources = resource;
    *ret_resource = resource;
    return PL_OK;
}

enum pl_status pl_schema_load(struct pl_schema_build *build, struct pl_str uri, struct pl_str text,
                              struct pl_schema_node **ret_node)
{
    const struct pl_json_value *root = NULL;
    struct pl_schema_resource *resource = NULL;
    const bool first = build->resources == NULL;

    PL_RETURN_IF(read_document(build, uri, text, &root));
    PL_RETURN_IF(root_resource(build, uri, root, &resource));

    const struct pl_str location =
        first ? PL_STR("#")
              : pl_arena_format(&build->schema->arena, "%.*s#", PL_STR_ARG(resource->uri));

    if (location.ptr == NULL)
        return pl_schema_no_memory(build);
    return pl_schema_take_in(build, root, resource, location, ret_node);
}

bool pl_schema_find_source(const struct pl_schema_build *build, struct pl_str uri,
                           struct pl_str *ret_text)
{
    for (size_t i = 0; i < build->options->sources_count; i++) {
        if (pl_str_equal(build->options->sources[i].uri, uri)) {
            *ret_text = build->options->sources[i].text;
            return true;
        }
    }
    return pl_schema_meta_find(uri, ret_text);
}

/* --- references ------------------------------------------------------------------------------- */

static enum pl_status refuse_reference(struct pl_schema_build *build,
                                       const struct pl_schema_node *from, struct pl_str reference)
{
    return pl_error_set(build->error, PL_E_NOT_FOUND,
                        "the schema refers to '%.*s' at %.*s, and nothing is there",
                        PL_STR_ARG(reference), PL_STR_ARG(from->location));
}

/* One step of a JSON Pointer down from a value; the step goes to the next slash. */
static const struct pl_json_value *step_into(const struct pl_json_value *value,
                                             struct pl_str *pointer, struct pl_str *ret_step)
{
    const char *slash = memchr(pointer->ptr + 1, '/', pointer->len - 1);
    const size_t len = slash == NULL ? pointer->len : (size_t)(slash - pointer->ptr);

    *ret_step = (struct pl_str){pointer->ptr, len};
    *pointer = (struct pl_str){pointer->ptr + len, pointer->len - len};
    return pl_json_pointer_get(value, *ret_step);
}

/* The value at a JSON Pointer, with the resource and location that it is in. */
static enum pl_status follow(struct pl_schema_build *build, struct pl_str pointer,
                             struct pl_schema_node *from, struct pl_schema_node **ret_node)
{
    const struct pl_json_value *value = from->value;
    struct pl_schema_resource *resource = from->resource;
    struct pl_str location = from->location, step;

    while (pointer.len > 0 && value != NULL) {
        value = step_into(value, &pointer, &step);

        const struct pl_schema_node *node =
            value == NULL ? NULL : pl_schema_find_node(build, value);

        location = pl_arena_format(&build->schema->arena, "%.*s%.*s", PL_STR_ARG(location),
                                   PL_STR_ARG(step));
        if (location.ptr == NULL)
            return pl_schema_no_memory(build);
        if (node != NULL) {
            resource = node->resource;
            location = node->location;
        }
    }
    *ret_node = NULL;
    return value == NULL ? PL_OK : pl_schema_take_in(build, value, resource, location, ret_node);
}

static const struct pl_schema_anchor *find_anchor(const struct pl_schema_resource *resource,
                                                  struct pl_str name)
{
    const struct pl_schema_anchor *anchor = resource->anchors;

    while (anchor != NULL && !pl_str_equal(anchor->name, name))
        anchor = anchor->next;
    return anchor;
}

/* The resource under an address, loaded when it is not yet. */
static enum pl_status resource_at(struct pl_schema_build *build, struct pl_str uri,
                                  const struct pl_schema_resource **ret_resource)
{
    struct pl_str text = {NULL, 0};
    struct pl_schema_node *root = NULL;

    *ret_resource = find_resource(build, uri);
    if (*ret_resource != NULL || !pl_schema_find_source(build, uri, &text))
        return PL_OK;
    PL_RETURN_IF(pl_schema_load(build, uri, text, &root));
    *ret_resource = root->resource;
    return PL_OK;
}

enum pl_status pl_schema_resolve(struct pl_schema_build *build, const struct pl_schema_node *from,
                                 struct pl_str reference, struct pl_schema_node **ret_node,
                                 const struct pl_schema_anchor **ret_anchor)
{
    const struct pl_schema_uri uri =
        pl_schema_uri_resolve(&build->schema->arena, from->resource->uri, reference);
    const struct pl_schema_resource *resource = NULL;
    const struct pl_schema_anchor *anchor = NULL;
    struct pl_schema_node *node = NULL;
    struct pl_str fragment = {NULL, 0};

    if (uri.uri.ptr == NULL)
        return pl_schema_no_memory(build);
    PL_RETURN_IF(resource_at(build, uri.uri, &resource));
    if (resource == NULL || !pl_schema_uri_decode(&build->schema->arena, uri.fragment, &fragment))
        return refuse_reference(build, from, reference);
    node = pl_schema_find_node(build, resource->value);
    if (fragment.len > 0 && fragment.ptr[0] == '/') {
        PL_RETURN_IF(follow(build, fragment, node, &node));
    } else if (fragment.len > 0) {
        anchor = find_anchor(resource, fragment);
        node = anchor == NULL ? NULL : anchor->node;
    }
    if (node == NULL)
        return refuse_reference(build, from, reference);
    pl_schema_enqueue(build, node);
    *ret_node = node;
    if (ret_anchor != NULL)
        *ret_anchor = anchor;
    return PL_OK;
}

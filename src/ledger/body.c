/* JSON bodies into trees, by jansson, whose header is included here only. */
#include "ledger/body.h"

#include <jansson.h>
#include <string.h>

static const struct pl_body NOTHING = {.kind = PL_BODY_NULL};

static enum pl_status convert(const json_t *from, struct pl_arena *arena, struct pl_body *to,
                              struct pl_error *error);

static enum pl_status copy_text(struct pl_str text, struct pl_arena *arena, struct pl_str *ret_copy,
                                struct pl_error *error)
{
    const struct pl_str copy = pl_arena_copy(arena, text);

    if (copy.ptr == NULL)
        return pl_arena_error(arena, "a record", error);
    *ret_copy = copy;
    return PL_OK;
}

static enum pl_status take_items(struct pl_body *to, size_t count, struct pl_arena *arena,
                                 struct pl_error *error)
{
    to->items = pl_arena_alloc_array(arena, count + 1, sizeof *to->items);
    if (to->items == NULL)
        return pl_arena_error(arena, "a record", error);
    to->count = count;
    return PL_OK;
}

static enum pl_status convert_array(const json_t *from, struct pl_arena *arena, struct pl_body *to,
                                    struct pl_error *error)
{
    to->kind = PL_BODY_ARRAY;
    PL_RETURN_IF(take_items(to, json_array_size(from), arena, error));
    for (size_t i = 0; i < to->count; i++)
        PL_RETURN_IF(convert(json_array_get(from, i), arena, &to->items[i], error));
    return PL_OK;
}

/* Members keep their order, as jansson does. */
static enum pl_status convert_object(json_t *from, struct pl_arena *arena, struct pl_body *to,
                                     struct pl_error *error)
{
    size_t at = 0;

    to->kind = PL_BODY_OBJECT;
    PL_RETURN_IF(take_items(to, json_object_size(from), arena, error));
    for (void *i = json_object_iter(from); i != NULL; i = json_object_iter_next(from, i), at++) {
        struct pl_body *member = &to->items[at];

        PL_RETURN_IF(convert(json_object_iter_value(i), arena, member, error));
        PL_RETURN_IF(copy_text(pl_str_of(json_object_iter_key(i)), arena, &member->key, error));
    }
    return PL_OK;
}

static enum pl_status convert(const json_t *from, struct pl_arena *arena, struct pl_body *to,
                              struct pl_error *error)
{
    const struct pl_str text = {json_string_value(from), json_string_length(from)};

    switch (json_typeof(from)) {
    case JSON_OBJECT:
        return convert_object((json_t *)(uintptr_t)from, arena, to, error);
    case JSON_ARRAY:
        return convert_array(from, arena, to, error);
    case JSON_STRING:
        to->kind = PL_BODY_TEXT;
        return copy_text(text, arena, &to->text, error);
    case JSON_INTEGER:
        *to = (struct pl_body){.kind = PL_BODY_INTEGER, .integer = json_integer_value(from)};
        return PL_OK;
    case JSON_REAL:
        *to = (struct pl_body){.kind = PL_BODY_REAL, .real = json_real_value(from)};
        return PL_OK;
    case JSON_TRUE:
    case JSON_FALSE:
        *to = (struct pl_body){.kind = PL_BODY_BOOL, .truth = json_is_true(from)};
        return PL_OK;
    case JSON_NULL:
        break;
    }
    *to = NOTHING;
    return PL_OK;
}

enum pl_status pl_body_read(struct pl_str text, struct pl_arena *arena, struct pl_body **ret_value,
                            struct pl_error *error)
{
    json_error_t fault;
    json_t *json = json_loadb(text.ptr, text.len, JSON_ALLOW_NUL, &fault);
    struct pl_body *value = pl_arena_alloc(arena, sizeof *value);

    if (json == NULL)
        return pl_error_set(error, PL_E_CORRUPT, "is not JSON: %s", fault.text);

    const enum pl_status status = value == NULL ? pl_arena_error(arena, "a record", error)
                                                : convert(json, arena, value, error);

    json_decref(json);
    if (status == PL_OK)
        *ret_value = value;
    return status;
}

const struct pl_body *pl_body_get(const struct pl_body *object, const char *key)
{
    for (size_t i = 0; i < object->count && object->kind == PL_BODY_OBJECT; i++)
        if (pl_str_equal_text(object->items[i].key, key))
            return &object->items[i];
    return &NOTHING;
}

struct pl_body *pl_body_find(struct pl_body *object, const char *key)
{
    for (size_t i = 0; i < object->count && object->kind == PL_BODY_OBJECT; i++)
        if (pl_str_equal_text(object->items[i].key, key))
            return &object->items[i];
    return NULL;
}

void pl_body_drop_at(struct pl_body *body, size_t index)
{
    for (size_t i = index + 1; i < body->count; i++)
        body->items[i - 1] = body->items[i];
    body->count--;
}

void pl_body_drop(struct pl_body *object, const char *key)
{
    const struct pl_body *found = pl_body_find(object, key);

    if (found != NULL)
        pl_body_drop_at(object, (size_t)(found - object->items));
}

bool pl_body_is_null(const struct pl_body *value)
{
    return value->kind == PL_BODY_NULL;
}

bool pl_body_is_true(const struct pl_body *value)
{
    return value->kind == PL_BODY_BOOL && value->truth;
}

struct pl_str pl_body_text(const struct pl_body *value)
{
    return value->kind == PL_BODY_TEXT ? value->text : PL_STR("");
}

bool pl_body_member_is(const struct pl_body *object, const char *key, const char *text)
{
    const struct pl_body *member = pl_body_get(object, key);

    return text != NULL && member->kind == PL_BODY_TEXT && pl_str_equal_text(member->text, text);
}

bool pl_body_number(const struct pl_body *value, double *ret_number)
{
    if (value->kind != PL_BODY_INTEGER && value->kind != PL_BODY_REAL)
        return false;
    *ret_number = value->kind == PL_BODY_INTEGER ? (double)value->integer : value->real;
    return true;
}

uint64_t pl_body_count(const struct pl_body *value)
{
    return value->kind == PL_BODY_INTEGER && value->integer > 0 ? (uint64_t)value->integer : 0;
}

static void write_integer(struct pl_json *json, int64_t integer)
{
    if (integer < 0)
        pl_json_double(json, (double)integer);
    else
        pl_json_uint64(json, (uint64_t)integer);
}

static void write_items(struct pl_json *json, const struct pl_body *value)
{
    for (size_t i = 0; i < value->count; i++) {
        if (value->kind == PL_BODY_OBJECT)
            pl_json_key_str(json, value->items[i].key);
        pl_body_write(json, &value->items[i]);
    }
}

void pl_body_write(struct pl_json *json, const struct pl_body *value)
{
    switch (value->kind) {
    case PL_BODY_NULL:
        pl_json_null(json);
        return;
    case PL_BODY_BOOL:
        pl_json_bool(json, value->truth);
        return;
    case PL_BODY_INTEGER:
        write_integer(json, value->integer);
        return;
    case PL_BODY_REAL:
        pl_json_double(json, value->real);
        return;
    case PL_BODY_TEXT:
        pl_json_str(json, value->text);
        return;
    case PL_BODY_ARRAY:
        pl_json_open_array(json);
        write_items(json, value);
        pl_json_close_array(json);
        return;
    case PL_BODY_OBJECT:
        pl_json_open_object(json);
        write_items(json, value);
        pl_json_close_object(json);
        return;
    }
}

void pl_body_write_member(struct pl_json *json, const struct pl_body *object, const char *key)
{
    pl_json_key(json, key);
    pl_body_write(json, pl_body_get(object, key));
}

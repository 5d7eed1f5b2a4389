/* Values back to text: once as they came in, once in the one form that equal values share. */
#include "json/render.h"

#include <inttypes.h>

#include "base/json.h"
#include "json/decimal.h"
#include "json/members.h"

static void write_quoted(struct pl_str text, struct pl_buffer *out)
{
    struct pl_json json;

    pl_json_init(&json, out, false);
    pl_json_str(&json, text);
}

static void write_number(const struct pl_json_value *value, struct pl_buffer *out)
{
    char room[32];

    pl_buffer_add(out, pl_json_value_digits(value, room));
}

static void write_items(const struct pl_json_value *value, struct pl_buffer *out)
{
    struct pl_json_walk walk = pl_json_value_walk(value);
    const bool of_object = pl_json_value_type(value) == PL_JSON_OBJECT;

    pl_buffer_add_char(out, of_object ? '{' : '[');
    for (bool first = true; pl_json_walk_next(&walk); first = false) {
        if (!first)
            pl_buffer_add_char(out, ',');
        if (of_object) {
            write_quoted(walk.name, out);
            pl_buffer_add_char(out, ':');
        }
        pl_json_value_write(walk.value, out);
    }
    pl_buffer_add_char(out, of_object ? '}' : ']');
}

/* What both forms write alike; false for the types where they differ. */
static bool write_plain(const struct pl_json_value *value, struct pl_buffer *out)
{
    switch (pl_json_value_type(value)) {
    case PL_JSON_NULL:
        pl_buffer_add_text(out, "null");
        return true;
    case PL_JSON_BOOL:
        pl_buffer_add_text(out, pl_json_value_bool(value) ? "true" : "false");
        return true;
    case PL_JSON_STRING:
        write_quoted(pl_json_value_str(value), out);
        return true;
    case PL_JSON_NUMBER:
    case PL_JSON_ARRAY:
    case PL_JSON_OBJECT:
        break;
    }
    return false;
}

void pl_json_value_write(const struct pl_json_value *value, struct pl_buffer *out)
{
    if (write_plain(value, out))
        return;
    if (pl_json_value_type(value) == PL_JSON_NUMBER)
        write_number(value, out);
    else
        write_items(value, out);
}

/* --- the canonical form ----------------------------------------------------------------------- */

/* Digits that every double keeps, and the most that stand before the point of one. */
#define DOUBLE_DIGITS 15
#define DOUBLE_PLACES 310

/* With a power of ten it would be read as a double, and lose digits. */
static bool is_long_integer(const struct pl_json_decimal *decimal)
{
    return decimal->count > DOUBLE_DIGITS && decimal->exponent > 0 &&
           decimal->count + decimal->exponent <= DOUBLE_PLACES;
}

static void write_canonical_number(const struct pl_json_value *value, struct pl_buffer *out)
{
    struct pl_json_decimal decimal;

    pl_json_decimal_of(value, &decimal);
    if (decimal.negative)
        pl_buffer_add_char(out, '-');
    if (decimal.count == 0)
        pl_buffer_add_char(out, '0');
    pl_buffer_add(out, (struct pl_str){decimal.digits, decimal.count});
    if (is_long_integer(&decimal))
        for (int64_t i = 0; i < decimal.exponent; i++)
            pl_buffer_add_char(out, '0');
    else if (decimal.exponent != 0)
        pl_buffer_add_format(out, "e%" PRId64, decimal.exponent);
}

static void write_canonical_array(const struct pl_json_value *value, struct pl_buffer *out)
{
    struct pl_json_walk walk = pl_json_value_walk(value);

    pl_buffer_add_char(out, '[');
    for (bool first = true; pl_json_walk_next(&walk); first = false) {
        if (!first)
            pl_buffer_add_char(out, ',');
        pl_json_value_write_canonical(walk.value, out);
    }
    pl_buffer_add_char(out, ']');
}

static void write_canonical_object(const struct pl_json_value *value, struct pl_buffer *out)
{
    PL_CLEANUP(pl_json_members_deinit) struct pl_json_members members = {0};

    if (!pl_json_members_sort(value, &members)) {
        out->failed = PL_E_MEMORY;
        return;
    }
    pl_buffer_add_char(out, '{');
    for (size_t i = 0; i < members.count; i++) {
        if (i > 0)
            pl_buffer_add_char(out, ',');
        write_quoted(members.items[i].name, out);
        pl_buffer_add_char(out, ':');
        pl_json_value_write_canonical(members.items[i].value, out);
    }
    pl_buffer_add_char(out, '}');
}

void pl_json_value_write_canonical(const struct pl_json_value *value, struct pl_buffer *out)
{
    if (write_plain(value, out))
        return;
    switch (pl_json_value_type(value)) {
    case PL_JSON_NUMBER:
        write_canonical_number(value, out);
        break;
    case PL_JSON_ARRAY:
        write_canonical_array(value, out);
        break;
    case PL_JSON_OBJECT:
        write_canonical_object(value, out);
        break;
    case PL_JSON_NULL:
    case PL_JSON_BOOL:
    case PL_JSON_STRING:
        break;
    }
}

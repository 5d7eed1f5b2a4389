/* Equality, hashes and an order of values. Members of objects are found by name, or sorted. */
#include "json/compare.h"

#include "json/decimal.h"
#include "json/members.h"

/* Objects up to this size are compared by looking each name up. */
#define SEARCHED_MAX 16

/* --- numbers ---------------------------------------------------------------------------------- */

/* 2^53: integers below it are doubles as well, and no two of them the same one. */
#define EXACT_MAX 9007199254740992.0

/* A number as a double that is it exactly: all doubles are, and integers below 2^53. */
static bool exact_double(const struct pl_json_value *value, double *ret_number)
{
    if (pl_json_value_number(value) == PL_JSON_BIG)
        return false;
    *ret_number = pl_json_value_double(value);
    return pl_json_value_number(value) == PL_JSON_DOUBLE ||
           (*ret_number > -EXACT_MAX && *ret_number < EXACT_MAX);
}

int pl_json_number_compare(const struct pl_json_value *a, const struct pl_json_value *b)
{
    struct pl_json_decimal x, y;
    double u = 0, v = 0;

    if (exact_double(a, &u) && exact_double(b, &v))
        return (u > v) - (u < v);
    pl_json_decimal_of(a, &x);
    pl_json_decimal_of(b, &y);
    return pl_json_decimal_compare(&x, &y);
}

/* --- equality --------------------------------------------------------------------------------- */

static bool arrays_equal(const struct pl_json_value *a, const struct pl_json_value *b)
{
    struct pl_json_walk x = pl_json_value_walk(a), y = pl_json_value_walk(b);

    while (pl_json_walk_next(&x) && pl_json_walk_next(&y))
        if (!pl_json_value_equal(x.value, y.value))
            return false;
    return true;
}

/* Members by name at once, so that two large objects in different orders cost n log n. */
static bool objects_equal_sorted(const struct pl_json_members *a, const struct pl_json_members *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!pl_str_equal(a->items[i].name, b->items[i].name) ||
            !pl_json_value_equal(a->items[i].value, b->items[i].value))
            return false;
    return true;
}

static bool objects_equal_searched(const struct pl_json_value *a, const struct pl_json_value *b)
{
    struct pl_json_walk x = pl_json_value_walk(a), y = pl_json_value_walk(b);

    while (pl_json_walk_next(&x) && pl_json_walk_next(&y)) {
        const struct pl_json_value *found =
            pl_str_equal(x.name, y.name) ? y.value : pl_json_value_get(b, x.name);

        if (found == NULL || !pl_json_value_equal(x.value, found))
            return false;
    }
    return true;
}

static bool objects_equal(const struct pl_json_value *a, const struct pl_json_value *b)
{
    PL_CLEANUP(pl_json_members_deinit) struct pl_json_members x = {0};
    PL_CLEANUP(pl_json_members_deinit) struct pl_json_members y = {0};

    if (pl_json_value_count(a) > SEARCHED_MAX && pl_json_members_sort(a, &x) &&
        pl_json_members_sort(b, &y))
        return objects_equal_sorted(&x, &y);
    return objects_equal_searched(a, b);
}

bool pl_json_value_equal(const struct pl_json_value *a, const struct pl_json_value *b)
{
    const enum pl_json_type type = pl_json_value_type(a);

    if (type != pl_json_value_type(b) || pl_json_value_count(a) != pl_json_value_count(b))
        return false;
    switch (type) {
    case PL_JSON_NULL:
        break;
    case PL_JSON_BOOL:
        return pl_json_value_bool(a) == pl_json_value_bool(b);
    case PL_JSON_NUMBER:
        return pl_json_number_compare(a, b) == 0;
    case PL_JSON_STRING:
        return pl_str_equal(pl_json_value_str(a), pl_json_value_str(b));
    case PL_JSON_ARRAY:
        return arrays_equal(a, b);
    case PL_JSON_OBJECT:
        return objects_equal(a, b);
    }
    return true;
}

/* --- hashes ----------------------------------------------------------------------------------- */

/* The finaliser of SplitMix64: every bit of the input moves every bit of the output. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static uint64_t hash_number(const struct pl_json_value *value)
{
    struct pl_json_decimal decimal;
    double number = 0;

    if (exact_double(value, &number) && number > -EXACT_MAX && number < EXACT_MAX &&
        (double)(int64_t)number == number)
        return mix((uint64_t)(int64_t)number);
    pl_json_decimal_of(value, &decimal);
    return mix(pl_str_hash((struct pl_str){decimal.digits, decimal.count}) +
               mix((uint64_t)decimal.exponent + decimal.negative));
}

static uint64_t hash_children(const struct pl_json_value *value)
{
    struct pl_json_walk walk = pl_json_value_walk(value);
    uint64_t sum = pl_json_value_count(value);

    /* The order matters in an array; in an object a sum leaves it out. */
    while (pl_json_walk_next(&walk)) {
        const uint64_t hash = pl_json_value_hash(walk.value);

        if (pl_json_value_type(value) == PL_JSON_OBJECT)
            sum += mix(hash + pl_str_hash(walk.name));
        else
            sum = mix(sum + hash);
    }
    return sum;
}

uint64_t pl_json_value_hash(const struct pl_json_value *value)
{
    const enum pl_json_type type = pl_json_value_type(value);
    uint64_t hash = 0;

    switch (type) {
    case PL_JSON_NULL:
        break;
    case PL_JSON_BOOL:
        hash = pl_json_value_bool(value);
        break;
    case PL_JSON_NUMBER:
        hash = hash_number(value);
        break;
    case PL_JSON_STRING:
        hash = pl_str_hash(pl_json_value_str(value));
        break;
    case PL_JSON_ARRAY:
    case PL_JSON_OBJECT:
        hash = hash_children(value);
        break;
    }
    return mix(hash + ((uint64_t)type + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

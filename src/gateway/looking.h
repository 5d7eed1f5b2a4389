/* Looking at JSON that may be of any shape. Every function takes NULL for what is not there. */
#ifndef PL_GATEWAY_LOOKING_H
#define PL_GATEWAY_LOOKING_H

#include "json/value.h"

static inline const struct pl_json_value *pl_member(const struct pl_json_value *object,
                                                    const char *name)
{
    return object != NULL && pl_json_value_type(object) == PL_JSON_OBJECT
               ? pl_json_value_get_text(object, name)
               : NULL;
}

static inline bool pl_is_given(const struct pl_json_value *value)
{
    return value != NULL && pl_json_value_type(value) != PL_JSON_NULL;
}

static inline bool pl_is_string(const struct pl_json_value *value)
{
    return value != NULL && pl_json_value_type(value) == PL_JSON_STRING;
}

static inline bool pl_is_object(const struct pl_json_value *value)
{
    return value != NULL && pl_json_value_type(value) == PL_JSON_OBJECT;
}

static inline bool pl_is_array(const struct pl_json_value *value)
{
    return value != NULL && pl_json_value_type(value) == PL_JSON_ARRAY;
}

static inline bool pl_is_true(const struct pl_json_value *value)
{
    return value != NULL && pl_json_value_type(value) == PL_JSON_BOOL && pl_json_value_bool(value);
}

static inline double pl_number_or(const struct pl_json_value *value, double other)
{
    return value != NULL && pl_json_value_type(value) == PL_JSON_NUMBER
               ? pl_json_value_double(value)
               : other;
}

/* A whole number that is not negative; 0 for all else. */
static inline uint64_t pl_count_or_0(const struct pl_json_value *value)
{
    uint64_t count = 0;

    return value != NULL && pl_json_value_type(value) == PL_JSON_NUMBER &&
                   pl_json_value_uint64(value, &count)
               ? count
               : 0;
}

#endif

/*
 * Looking at a JSON value. Values belong to their document (see json/document.h) and never change;
 * safe in any thread. To ask a value for what it is not is a programmer's error, but where the comment
 * says otherwise.
 */
#ifndef PL_JSON_VALUE_H
#define PL_JSON_VALUE_H

#include <assert.h>

#include "base/str.h"

/*
 * How a value is stored, here only so that looking at one costs no call: nothing outside src/json goes
 * by it. The low bits of `tag` are the type, the rest a length; json/document.c says what is what.
 */
struct pl_json_value {
    uint64_t tag;
    union {
        uint64_t bits;
        const char *text;
        size_t size_bytes; /* of a container, with all that it holds */
    } as;
};

#define PL_JSON_TAG_TYPES UINT64_C(0x07)
#define PL_JSON_TAG_SHIFT 8

enum pl_json_type {
    PL_JSON_NULL,
    PL_JSON_BOOL,
    PL_JSON_NUMBER,
    PL_JSON_STRING,
    PL_JSON_ARRAY,
    PL_JSON_OBJECT,
};

static inline enum pl_json_type pl_json_value_type(const struct pl_json_value *value)
{
    /* A number is stored in two ways: as one, and as its text. */
    static const unsigned char TYPES[8] = {
        0,
        PL_JSON_NUMBER,
        PL_JSON_NULL,
        PL_JSON_BOOL,
        PL_JSON_NUMBER,
        PL_JSON_STRING,
        PL_JSON_ARRAY,
        PL_JSON_OBJECT,
    };

    return (enum pl_json_type)TYPES[value->tag & PL_JSON_TAG_TYPES];
}

/* "null", "boolean", "number", "string", "array", "object": the words of JSON Schema. */
const char *pl_json_type_name(enum pl_json_type type);

bool pl_json_value_bool(const struct pl_json_value *value);

/* The text of a string, without quotes and escapes; it may hold NUL bytes. */
static inline struct pl_str pl_json_value_str(const struct pl_json_value *value)
{
    assert(pl_json_value_type(value) == PL_JSON_STRING);
    return (struct pl_str){value->as.text, (size_t)(value->tag >> PL_JSON_TAG_SHIFT)};
}

/* How a number is stored. Which one it is says nothing about what it equals: 1.0 is a double. */
enum pl_json_number {
    PL_JSON_UINT64, /* written as an integer of 0 and more, and fits */
    PL_JSON_INT64,  /* written as a negative integer, and fits */
    PL_JSON_DOUBLE,
    PL_JSON_BIG, /* its text is kept, as the options of the document asked */
};

enum pl_json_number pl_json_value_number(const struct pl_json_value *value);

/* The nearest double; infinite for a kept number beyond all doubles. */
double pl_json_value_double(const struct pl_json_value *value);

/* Whether a number is an integer in the mathematical sense, of any size and however written: 1.0. */
bool pl_json_value_is_integer(const struct pl_json_value *value);

/* The value of an integer (1.0 is one) in the range; false for all else, values of other types as well. */
bool pl_json_value_int64(const struct pl_json_value *value, int64_t *ret_value);
bool pl_json_value_uint64(const struct pl_json_value *value, uint64_t *ret_value);

/* A number as decimal text that reads back to the same; a kept big number is as it was written. `room`
   is used for it where needed. */
struct pl_str pl_json_value_digits(const struct pl_json_value *value, char room[32]);

/* Items of an array or members of an object; 0 for other types. */
static inline size_t pl_json_value_count(const struct pl_json_value *value)
{
    return pl_json_value_type(value) >= PL_JSON_ARRAY ? (size_t)(value->tag >> PL_JSON_TAG_SHIFT)
                                                      : 0;
}

/* The item of an array, or NULL past the end. Walks there unless all items are scalars. */
const struct pl_json_value *pl_json_value_at(const struct pl_json_value *value, size_t index);

/* The member of that name, or NULL: none there, or no object. Walks over all members. */
const struct pl_json_value *pl_json_value_get(const struct pl_json_value *value,
                                              struct pl_str name);
const struct pl_json_value *pl_json_value_get_text(const struct pl_json_value *value,
                                                   const char *name);

/*
 * A walk over the items of an array or the members of an object, in the order of the text:
 *
 *     struct pl_json_walk walk = pl_json_value_walk(value);
 *     while (pl_json_walk_next(&walk))
 *         … walk.name, walk.value …
 *
 * A value of another type has nothing to walk over.
 */
struct pl_json_walk {
    struct pl_str name;                     /* of the member; empty in an array */
    const struct pl_json_value *name_value; /* the same as a string; NULL in an array */
    const struct pl_json_value *value;
    const struct pl_json_value *next; /* private */
    size_t left;                      /* private */
    bool of_object;                   /* private */
};

static inline struct pl_json_walk pl_json_value_walk(const struct pl_json_value *value)
{
    return (struct pl_json_walk){
        .next = value + 1,
        .left = pl_json_value_count(value),
        .of_object = pl_json_value_type(value) == PL_JSON_OBJECT,
    };
}

static inline bool pl_json_walk_next(struct pl_json_walk *walk)
{
    const struct pl_json_value *at = walk->next;

    if (walk->left == 0)
        return false;
    walk->left--;
    if (walk->of_object) {
        walk->name = (struct pl_str){at->as.text, (size_t)(at->tag >> PL_JSON_TAG_SHIFT)};
        walk->name_value = at++;
    }
    walk->value = at;
    if (pl_json_value_type(at) >= PL_JSON_ARRAY)
        walk->next = (const struct pl_json_value *)((const char *)at + at->as.size_bytes);
    else
        walk->next = at + 1;
    return true;
}

#endif

/* The members of an object in the order of their names. Private to src/json. */
#ifndef PL_JSON_MEMBERS_H
#define PL_JSON_MEMBERS_H

#include "base/error.h"
#include "json/value.h"

struct pl_json_member {
    struct pl_str name;
    const struct pl_json_value *value;
    size_t place; /* in the text, so that members of one name keep their order */
};

struct pl_json_members {
    struct pl_json_member *items; /* owned */
    size_t count;
};

/* Sorted by the bytes of the names. False when there is no memory, and then there is nothing to free. */
bool pl_json_members_sort(const struct pl_json_value *object, struct pl_json_members *ret_members);

/* For PL_CLEANUP as well. */
void pl_json_members_deinit(struct pl_json_members *members);

#endif

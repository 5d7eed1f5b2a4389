/* Addresses (RFC 3986): a reference against what it is relative to. Private to src/schema. */
#ifndef PL_SCHEMA_URI_H
#define PL_SCHEMA_URI_H

#include "base/arena.h"

/* An address without its fragment, and the fragment without its #. */
struct pl_schema_uri {
    struct pl_str uri;
    struct pl_str fragment;
    bool has_fragment;
};

/* Resolves by RFC 3986, section 5.2, into `arena`. `uri.ptr` is NULL when the arena is full. */
struct pl_schema_uri pl_schema_uri_resolve(struct pl_arena *arena, struct pl_str base,
                                           struct pl_str reference);

/* Percent signs undone; false when they are none. `ptr` is NULL when the arena is full. */
bool pl_schema_uri_decode(struct pl_arena *arena, struct pl_str text, struct pl_str *ret_text);

#endif

/* Finding a value inside another by a JSON Pointer or a plain path. Owns nothing; safe in any thread. */
#ifndef PL_JSON_PATH_H
#define PL_JSON_PATH_H

#include "base/buffer.h"
#include "json/value.h"

/*
 * By a JSON Pointer (RFC 6901): "" is the value itself, "/a/0/b~1c" goes down. NULL when nothing is
 * there, and for a pointer that is none (no leading slash, "~" before anything but 0 or 1).
 */
const struct pl_json_value *pl_json_pointer_get(const struct pl_json_value *value,
                                                struct pl_str pointer);

/* Adds "/" and the name as one step of a JSON Pointer, with ~ and / escaped. */
void pl_json_pointer_add(struct pl_buffer *out, struct pl_str name);
void pl_json_pointer_add_index(struct pl_buffer *out, size_t index);

/*
 * By a path as people write it: `choices[0].message.content`. A name runs to the next dot or bracket
 * and cannot hold either; "" is the value itself. NULL when nothing is there.
 */
const struct pl_json_value *pl_json_path_get(const struct pl_json_value *value, struct pl_str path);

/* Whether the text is a path at all, so that a wrong one can be told from one that finds nothing. */
bool pl_json_path_is_valid(struct pl_str path);

#endif

/*
 * Slices by name: "language=hi", and of a crossing "language=hi * plan=free". A group may hold an equals
 * sign; the segment ends at the first.
 */
#include "flag/slice.h"

#include "flag/flag.h"

#include <string.h>

static const struct pl_str BETWEEN = {" * ", 3};

bool pl_part_next(struct pl_str *rest, struct pl_str *ret_part)
{
    if (rest->ptr == NULL)
        return false;

    const char *end =
        rest->len == 0 ? NULL : memmem(rest->ptr, rest->len, BETWEEN.ptr, BETWEEN.len);

    *ret_part = *rest;
    if (end == NULL) {
        *rest = (struct pl_str){0};
        return true;
    }
    ret_part->len = (size_t)(end - rest->ptr);
    rest->len -= ret_part->len + BETWEEN.len;
    rest->ptr = end + BETWEEN.len;
    return true;
}

/* "language=hi" into its two sides; false without an equals sign or without a segment. */
static bool split(struct pl_str part, struct pl_str *ret_segment, struct pl_str *ret_group)
{
    const char *equals = part.len == 0 ? NULL : memchr(part.ptr, '=', part.len);

    if (equals == NULL || equals == part.ptr)
        return false;

    const size_t length = (size_t)(equals - part.ptr);

    *ret_segment = (struct pl_str){part.ptr, length};
    *ret_group = (struct pl_str){equals + 1, part.len - length - 1};
    return true;
}

bool pl_flag_slice_is_valid(struct pl_str slice)
{
    struct pl_str rest = slice;
    struct pl_str part;
    struct pl_str segment;
    struct pl_str group;

    if (slice.len == 0)
        return false;
    while (pl_part_next(&rest, &part))
        if (!split(part, &segment, &group) || group.len == 0)
            return false;
    return true;
}

bool pl_flag_in_slice(struct pl_str slice, const struct pl_flag_request *request)
{
    struct pl_str rest = slice;
    struct pl_str part;
    struct pl_str segment;
    struct pl_str group;

    while (pl_part_next(&rest, &part)) {
        if (!split(part, &segment, &group))
            return true;
        if (!pl_str_equal(request->group(segment, request->context), group))
            return false;
    }
    return true;
}

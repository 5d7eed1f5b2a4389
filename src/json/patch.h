/*
 * Changing members of a JSON object in its text, so that every byte that is not meant stays as it came: numbers as they
 * were written, blanks, unknown members. The text must be known to be valid JSON (json/document.h); what is
 * not leads to a false answer, never outside of the text. Pure; any thread.
 */
#ifndef PL_JSON_PATCH_H
#define PL_JSON_PATCH_H

#include "base/buffer.h"

/* A walk over the members of an object, or the items of an array, as text. */
struct pl_json_scan {
    struct pl_str name;  /* of the member, between its quotes, escapes and all; empty in an array */
    struct pl_str value; /* from its first byte to its last */
    size_t begin;        /* of the name's quote, or of the item */
    const char *at, *end; /* private, as the rest */
    const char *text;
    bool of_object;
    bool started;
    bool broken;
};

/* Of a text that is an object or an array. False when it is none. */
bool pl_json_scan_begin(struct pl_json_scan *scan, struct pl_str text);

/* The next one; false after the last, and when the text is broken. */
bool pl_json_scan_next(struct pl_json_scan *scan);

/* The text of a member; NULL `ptr` when there is none. */
struct pl_str pl_json_member_of(struct pl_str object, const char *name);

/* A member that is to be so. */
struct pl_json_patch {
    const char *name;
    struct pl_str value; /* JSON; `ptr` NULL: the member is left out */
};

/* Writes the object with those members changed, added at its end where they were not. False when the text is no object,
   or a name in it has an escape, which could hide another name. */
bool pl_json_patch_write(struct pl_str object, const struct pl_json_patch *patches, size_t count,
                         struct pl_buffer *out);

#endif

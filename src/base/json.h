/*
 * Writing JSON (RFC 8259) into a buffer. Commas, quoting and escapes are this module's business; a
 * value that is not a finite number cannot be written and is a programmer's error. Doubles are
 * written so that they read back to the same bits, in the fewest digits of 15, 16 or 17.
 */
#ifndef PL_BASE_JSON_H
#define PL_BASE_JSON_H

#include "base/buffer.h"

#define PL_JSON_DEPTH_MAX 32

struct pl_json {
    struct pl_buffer *out; /* not owned */
    bool pretty;           /* two-space indentation, or one line without blanks */
    int depth;
    bool has_items[PL_JSON_DEPTH_MAX]; /* whether a comma is due at this depth */
    bool after_key;
};

void pl_json_init(struct pl_json *json, struct pl_buffer *out, bool pretty);

void pl_json_open_object(struct pl_json *json);
void pl_json_close_object(struct pl_json *json);
void pl_json_open_array(struct pl_json *json);
void pl_json_close_array(struct pl_json *json);

/* The key of the next value; only inside an object. */
void pl_json_key(struct pl_json *json, const char *key);
void pl_json_key_str(struct pl_json *json, struct pl_str key);

/* Invalid UTF-8 is written as U+FFFD, so that the output is always valid JSON. */
void pl_json_str(struct pl_json *json, struct pl_str value);
void pl_json_text(struct pl_json *json, const char *value);
void pl_json_double(struct pl_json *json, double value);
void pl_json_uint64(struct pl_json *json, uint64_t value);
void pl_json_bool(struct pl_json *json, bool value);
void pl_json_null(struct pl_json *json);

/* Text that is JSON already. */
void pl_json_raw(struct pl_json *json, struct pl_str value);

/* The shortest of %.15g, %.16g, %.17g that reads back the same. `value` must be finite. */
void pl_json_format_double(double value, char ret_text[32]);

/* A key with its value, for the values that come often. A text that is NULL, and a number that is not
   finite, is null. */
void pl_json_member_text(struct pl_json *json, const char *key, const char *value);
void pl_json_member_str(struct pl_json *json, const char *key, struct pl_str value);
void pl_json_member_uint64(struct pl_json *json, const char *key, uint64_t value);
void pl_json_member_bool(struct pl_json *json, const char *key, bool value);
void pl_json_member_double(struct pl_json *json, const char *key, double value);

#endif

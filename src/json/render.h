/* A value back to text. What fails shows when the buffer is checked. Safe in any thread. */
#ifndef PL_JSON_RENDER_H
#define PL_JSON_RENDER_H

#include "base/buffer.h"
#include "json/value.h"

/* On one line without blanks; members in the order that they came in. */
void pl_json_value_write(const struct pl_json_value *value, struct pl_buffer *out);

/*
 * The one text that all equal values share: members sorted by the bytes of their names, numbers as
 * digits without leading or trailing zeros and a power of ten (100 is 1e2, 1.50 is 15e-1; integers of
 * more than 15 digits in full), strings with the escapes that must be. Made to be hashed; it is JSON and reads back to an equal value.
 */
void pl_json_value_write_canonical(const struct pl_json_value *value, struct pl_buffer *out);

#endif

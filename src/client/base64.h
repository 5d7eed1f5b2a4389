/* Base64 (RFC 4648 section 4), for embeddings that come so. Pure; safe in any thread. */
#ifndef PL_CLIENT_BASE64_H
#define PL_CLIENT_BASE64_H

#include "base/str.h"

/* The most bytes that a text of so many characters stands for. */
#define PL_BASE64_SIZE_BYTES_MAX(len) ((len) / 4 * 3 + 3)

/* Writes the bytes; padding may be left out. False when a character is none of the alphabet, the length is
   none that text can have, or bits that must be zero are not. */
bool pl_base64_read(struct pl_str text, unsigned char *ret_bytes, size_t *ret_size_bytes);

#endif

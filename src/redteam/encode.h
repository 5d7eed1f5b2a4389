/*
 * The encodings that an instruction can be hidden in. Each is one row and goes back exactly. Internal to the
 * layer but for tests; pure, any thread.
 */
#ifndef PL_REDTEAM_ENCODE_H
#define PL_REDTEAM_ENCODE_H

#include "base/buffer.h"
#include "base/str.h"

struct pl_encoding {
    const char *name;
    const char
        *lead;   /* what the message says before the encoded text; empty: it is read as it stands */
    bool honest; /* people use it without ill will */
    void (*encode)(struct pl_str text, struct pl_buffer *out);
    void (*decode)(struct pl_str text, struct pl_buffer *out);
    uint32_t (*map)(uint32_t code); /* instead of the two: letter by letter, and back */
    uint32_t (*unmap)(uint32_t code);
};

/* Plain is the first, and translation the last: the same letters in another language. */
extern const struct pl_encoding PL_ENCODINGS[];
extern const size_t PL_ENCODINGS_COUNT;

#define PL_ENCODING_PLAIN       ((size_t)0)
#define PL_ENCODING_TRANSLATION (PL_ENCODINGS_COUNT - 1)

/* Adds `text` encoded, and decoded. What was encoded must be UTF-8; decoding takes any bytes. */
void pl_encoding_encode(const struct pl_encoding *encoding, struct pl_str text,
                        struct pl_buffer *out);
void pl_encoding_decode(const struct pl_encoding *encoding, struct pl_str text,
                        struct pl_buffer *out);

#endif

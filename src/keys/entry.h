/*
 * How a key stands in the state: its terms and its hash, what it has spent, and what its hash is made
 * with. Areas: "key" by id, "~key-spent" by id (quiet, for it changes all the time), "key-pepper".
 */
#ifndef PL_KEYS_ENTRY_H
#define PL_KEYS_ENTRY_H

#include "base/buffer.h"
#include "keys/meter.h"

#define PL_KEY_AREA        "key"
#define PL_KEY_SPENT_AREA  "~key-spent"
#define PL_KEY_HASH_SIZE   32
#define PL_KEY_SPENT_SIZE  192 /* its text with its NUL */
#define PL_KEY_TEXT_LENGTH 59  /* "pl_", id, "_", 43 characters */
#define PL_KEY_SECRET_AT   3   /* what is hashed begins here: the id is part of it */

struct pl_key_entry {
    struct pl_key_terms terms;
    uint64_t made_ms;
    unsigned char hash[PL_KEY_HASH_SIZE];
};

/* The entry as JSON, and back; its name goes into `arena`. PL_E_CORRUPT names the key. */
void pl_key_entry_write(const struct pl_key_entry *entry, struct pl_buffer *out);
PL_MUST_CHECK enum pl_status pl_key_entry_read(struct pl_str id, struct pl_str text,
                                               struct pl_arena *arena,
                                               struct pl_key_entry *ret_entry,
                                               struct pl_error *error);

/* What was spent: whole numbers with blanks between them. */
void pl_key_spent_write(const struct pl_spent *spent, char ret_text[PL_KEY_SPENT_SIZE]);
PL_MUST_CHECK enum pl_status pl_key_spent_read(struct pl_str id, struct pl_str text,
                                               struct pl_spent *ret_spent, struct pl_error *error);

/* The pepper of this state. `*ret_found` is false where there is none yet, as before the first key. */
PL_MUST_CHECK enum pl_status pl_key_pepper_read(struct pl_state *state,
                                                unsigned char ret_pepper[PL_KEY_HASH_SIZE],
                                                bool *ret_found, struct pl_error *error);
PL_MUST_CHECK enum pl_status pl_key_pepper_write(struct pl_state *state,
                                                 const unsigned char pepper[PL_KEY_HASH_SIZE],
                                                 struct pl_error *error);

/* Terms that cannot be: PL_E_USAGE says which. */
PL_MUST_CHECK enum pl_status pl_key_terms_check(const struct pl_key_terms *terms,
                                                struct pl_error *error);

#endif

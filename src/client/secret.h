/*
 * A key, so kept that it cannot be printed by mistake: nothing here formats it, its bytes are seen only
 * by who hands them to the transport, and they are wiped when it is freed.
 */
#ifndef PL_CLIENT_SECRET_H
#define PL_CLIENT_SECRET_H

#include "base/buffer.h"

#define PL_SECRET_SIZE_BYTES_MAX 8192

struct pl_secret;

/*
 * Takes the value of an environment variable; blanks around it are dropped. PL_E_NOT_FOUND when it is
 * not set or is empty, PL_E_USAGE when it holds what no header may hold (control characters, blanks).
 * No message ever shows the value.
 */
PL_MUST_CHECK enum pl_status pl_secret_from_environment(const char *variable,
                                                        struct pl_secret **ret_secret,
                                                        struct pl_error *error);

/* Wipes and frees it. NULL is allowed. */
void pl_secret_free(struct pl_secret *secret);

/* For PL_CLEANUP. */
void pl_secret_cleanup(struct pl_secret **secret);

/* The bytes, for the one who sends them. They are not to be kept, shown or compared. */
struct pl_str pl_secret_reveal(const struct pl_secret *secret);

/* Overwrites each occurrence of the key in `text` with asterisks, in place: a server may send it back.
   Returns how often it stood there. NULL has no occurrences. */
size_t pl_secret_mask(const struct pl_secret *secret, char *text, size_t size_bytes);

#endif

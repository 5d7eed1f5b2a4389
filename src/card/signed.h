/* Cards that carry their signature. The layout stands at the top of signed.c. */
#ifndef PL_CARD_SIGNED_H
#define PL_CARD_SIGNED_H

#include "ledger/seal.h"

#define PL_CARD_STATEMENT_SIZE 128

enum pl_card_form { PL_CARD_MARKDOWN, PL_CARD_JSON, PL_CARD_YAML, PL_CARD_HTML };

/* The form that a path's ending says; false when it says none. */
bool pl_card_form_of(struct pl_str path, enum pl_card_form *ret_form);
const char *pl_card_form_name(enum pl_card_form form);

/* What is signed: the hash of all bytes of the card before its signature. */
struct pl_card_signature {
    char public_key[PL_SEAL_HEX_SIZE(PL_SEAL_PUBLIC_KEY_SIZE)];
    char hash[PL_LEDGER_HASH_TEXT_SIZE];
    char signature[PL_SEAL_HEX_SIZE(PL_SEAL_SIGNATURE_SIZE)];
};

/* Hashes what is in `card` and writes the text that is to be signed; JSON loses its closing brace. */
void pl_card_signature_begin(enum pl_card_form form, struct pl_buffer *card,
                             struct pl_card_signature *ret_signature,
                             char ret_statement[PL_CARD_STATEMENT_SIZE]);

/* Adds the complete signature to the card. */
void pl_card_signature_end(enum pl_card_form form, const struct pl_card_signature *signature,
                           struct pl_buffer *card);

/*
 * Reads the signature off the end of a card in any form; false when there is none in its one form.
 * `*ret_good` says whether it is a signature of these bytes under the key that it names.
 */
bool pl_card_signature_read(struct pl_str card, struct pl_card_signature *ret_signature,
                            bool *ret_good);

#endif

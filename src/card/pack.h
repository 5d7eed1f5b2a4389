/* The evidence of a card in the form that a law, a framework or a hub asks for. */
#ifndef PL_CARD_PACK_H
#define PL_CARD_PACK_H

#include "ledger/body.h"

/* One pack: a page of Markdown made from a card. A new one is a row of the table in pack.c. */
struct pl_card_pack {
    const char *name; /* "ll144" */
    enum pl_status (*write)(const struct pl_body *card, struct pl_arena *arena,
                            struct pl_buffer *out, struct pl_error *error);
};

extern const struct pl_card_pack PL_CARD_PACKS[];
extern const size_t PL_CARD_PACKS_COUNT;

/* Their writers. */
enum pl_status pl_card_ll144(const struct pl_body *card, struct pl_arena *arena,
                             struct pl_buffer *out, struct pl_error *error);
enum pl_status pl_card_huggingface(const struct pl_body *card, struct pl_arena *arena,
                                   struct pl_buffer *out, struct pl_error *error);
enum pl_status pl_card_annex_iv(const struct pl_body *card, struct pl_arena *arena,
                                struct pl_buffer *out, struct pl_error *error);
enum pl_status pl_card_nist_rmf(const struct pl_body *card, struct pl_arena *arena,
                                struct pl_buffer *out, struct pl_error *error);

#endif

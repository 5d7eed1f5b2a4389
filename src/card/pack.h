/*
 * The evidence of a card in the form that a law, a framework or a hub asks for. A pack is a document made
 * from a card, as a card is one made from the record; its page of Markdown is a view of that.
 */
#ifndef PL_CARD_PACK_H
#define PL_CARD_PACK_H

#include "base/json.h"
#include "ledger/body.h"

/* One pack. A new one is a row of the table in pack.c. */
struct pl_card_pack {
    const char *name; /* "ll144" */
    bool page_only;   /* whoever asks for it wants the page; the document alone says nothing */
    bool every_count; /* it cannot be made from a card with suppressed counts */
    /* The document, in `arena`. */
    enum pl_status (*make)(const struct pl_body *card, struct pl_arena *arena,
                           struct pl_body **ret_pack, struct pl_error *error);
    void (*page)(const struct pl_body *pack, struct pl_buffer *out);
};

extern const struct pl_card_pack PL_CARD_PACKS[];
extern const size_t PL_CARD_PACKS_COUNT;

/* For the writers of documents: the members that all have, of which pack, feature and verdict it is;
   and the document back from what was written, which is emptied. */
void pl_card_pack_head(struct pl_json *json, const char *name, const struct pl_body *card);
PL_MUST_CHECK enum pl_status pl_card_pack_read(struct pl_buffer *text, struct pl_arena *arena,
                                               struct pl_body **ret_pack, struct pl_error *error);

/* Their writers. */
enum pl_status pl_card_ll144(const struct pl_body *card, struct pl_arena *arena,
                             struct pl_body **ret_pack, struct pl_error *error);
enum pl_status pl_card_huggingface(const struct pl_body *card, struct pl_arena *arena,
                                   struct pl_body **ret_pack, struct pl_error *error);
enum pl_status pl_card_annex_iv(const struct pl_body *card, struct pl_arena *arena,
                                struct pl_body **ret_pack, struct pl_error *error);
enum pl_status pl_card_nist_rmf(const struct pl_body *card, struct pl_arena *arena,
                                struct pl_body **ret_pack, struct pl_error *error);
void pl_card_ll144_page(const struct pl_body *pack, struct pl_buffer *out);
void pl_card_huggingface_page(const struct pl_body *pack, struct pl_buffer *out);
void pl_card_annex_iv_page(const struct pl_body *pack, struct pl_buffer *out);
void pl_card_nist_rmf_page(const struct pl_body *pack, struct pl_buffer *out);

#endif

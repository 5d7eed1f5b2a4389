/* Parts of a card in the words and figures of a page; what rounds, rounds here. */
#ifndef PL_CARD_WORDS_H
#define PL_CARD_WORDS_H

#include "ledger/body.h"
#include "report/number.h"

/* "race=Asian × sex=F", "overall", as Markdown text. */
void pl_card_slice_words(const struct pl_body *slice, struct pl_buffer *out);

/* "42.3 %", or why there is no value; "[40.1, 44.6]", or nothing. Of an estimate or a finding. */
void pl_card_value_words(const struct pl_body *estimate, enum pl_figure figure,
                         struct pl_buffer *out);
void pl_card_interval_words(const struct pl_body *estimate, enum pl_figure figure,
                            struct pl_buffer *out);

/* How a finding's figure is shown: a difference in points, a ratio as a fraction. */
enum pl_figure pl_card_finding_figure(const struct pl_body *finding);

/* "no ship" for no_ship; "Hold" when `capital`. */
void pl_card_verdict_words(struct pl_str verdict, bool capital, struct pl_buffer *out);

/* A count with its commas, "suppressed" where it is null. */
void pl_card_count_words(const struct pl_body *count, struct pl_buffer *out);

/* "● clear", "◐ unproven", "✕ breach". */
const char *pl_card_state_words(struct pl_str state);

#endif

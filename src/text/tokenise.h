/*
 * The tokenisers of sacrebleu that need no model: none, 13a, intl, zh, char.
 */
#ifndef PL_TEXT_TOKENISE_H
#define PL_TEXT_TOKENISE_H

#include "text/words.h"

/* By options->tokenize, after options->lowercase; a pl_cutter. The tokeniser is built in. */
bool pl_tokenise(struct pl_codes codes, const struct pl_text_options *options,
                 struct pl_text_scratch *scratch, struct pl_words *ret_words);

/* By tercom's normalisation, with the options of TER; a pl_cutter. */
bool pl_tokenise_tercom(struct pl_codes codes, const struct pl_text_options *options,
                        struct pl_text_scratch *scratch, struct pl_words *ret_words);

/* The same twice over, which is what sacrebleu does to references: "x's y" with another blank than
   U+0020 after the s has its possessive set apart the second time only. */
bool pl_tokenise_tercom_twice(struct pl_codes codes, const struct pl_text_options *options,
                              struct pl_text_scratch *scratch, struct pl_words *ret_words);

#endif

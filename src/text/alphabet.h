/*
 * Characters as small numbers, for what compares texts character by character.
 */
#ifndef PL_TEXT_ALPHABET_H
#define PL_TEXT_ALPHABET_H

#include "text/words.h"

/* Numbers the code points of all texts, without white space unless `whitespace`. False when the scratch
   is full. */
bool pl_codes_number(const struct pl_codes *texts, size_t count, bool whitespace,
                     struct pl_text_scratch *scratch, struct pl_sequences *ret_characters);

#endif

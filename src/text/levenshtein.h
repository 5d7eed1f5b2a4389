/*
 * The Levenshtein distance of two sequences of numbers.
 */
#ifndef PL_TEXT_LEVENSHTEIN_H
#define PL_TEXT_LEVENSHTEIN_H

#include "text/words.h"

/* The product of both lengths may be that much: some seconds. */
#define PL_LEVENSHTEIN_CELLS_MAX 2.5e11

/* Ids are below `distinct`. False when the scratch is full. */
bool pl_levenshtein(const struct pl_sequence *a, const struct pl_sequence *b, size_t distinct,
                    struct pl_text_scratch *scratch, size_t *ret_distance);

#endif

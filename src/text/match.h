/*
 * Small measures of a text that need no scorer: its length, and how like another it is.
 */
#ifndef PL_TEXT_MATCH_H
#define PL_TEXT_MATCH_H

#include "text/scratch.h"

struct pl_text_length {
    size_t characters; /* code points; an invalid sequence counts as one */
    size_t words;      /* runs between white space */
    size_t bytes;
};

/* Allocates nothing; any thread. */
struct pl_text_length pl_text_measure(struct pl_str text);

/*
 * The Levenshtein distance in code points. Resets the scratch. PL_E_LIMIT for a text over its bound,
 * or when the product of both lengths is over 2.5e11.
 */
PL_MUST_CHECK enum pl_status pl_text_distance(struct pl_str a, struct pl_str b,
                                              struct pl_text_scratch *scratch, size_t *ret_distance,
                                              struct pl_error *error);

/*
 * The text in Unicode NFKC with case folded, runs of white space as one blank, none at the ends, and
 * without characters of category P when `drop_punctuation`: UTF-8, in the scratch, until its next
 * reset (which this function does not do).
 */
PL_MUST_CHECK enum pl_status pl_text_normalise(struct pl_str text, bool drop_punctuation,
                                               struct pl_text_scratch *scratch,
                                               struct pl_str *ret_normal, struct pl_error *error);

#endif

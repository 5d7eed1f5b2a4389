/*
 * Porter's stemmer with NLTK's extensions, as rouge-score uses it.
 */
#ifndef PL_TEXT_PORTER_H
#define PL_TEXT_PORTER_H

#include <stddef.h>

/* The stem of a word of a-z and 0-9, in place; returns its length, never more than before. */
size_t pl_porter_stem(char *word, size_t length);

#endif

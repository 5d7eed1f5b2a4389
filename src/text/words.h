/*
 * Texts as sequences of words, and words as small numbers: what BLEU, GLEU, TER and ROUGE count. Two
 * words have the same number exactly when they are the same code points. All memory is the scratch's.
 */
#ifndef PL_TEXT_WORDS_H
#define PL_TEXT_WORDS_H

#include "text/metric.h"
#include "text/unicode.h"

struct pl_word {
    const uint32_t *codes;
    size_t count;
};

struct pl_words {
    struct pl_word *items;
    size_t count;
};

/* Numbers of words, or of characters, in the order of the text. */
struct pl_sequence {
    uint32_t *ids;
    size_t count;
};

/* The output first, then each reference; ids are below `distinct`. */
struct pl_sequences {
    struct pl_sequence *items;
    size_t count;
    size_t distinct;
};

/* Cuts a text, which it may change, into words. False when the scratch is full. */
typedef bool (*pl_cutter)(struct pl_codes codes, const struct pl_text_options *options,
                          struct pl_text_scratch *scratch, struct pl_words *ret_words);

/* How the output of a segment is cut, and how its references are. */
struct pl_cutters {
    pl_cutter output;
    pl_cutter reference;
};

/* Words between white space, and wherever `breaks` (of codes.count + 1 bytes, or NULL) says so. */
bool pl_words_split(struct pl_codes codes, const uint8_t *breaks, struct pl_text_scratch *scratch,
                    struct pl_words *ret_words);

/* PL_E_LIMIT for a text over the scratch's bound, or too many references. */
PL_MUST_CHECK enum pl_status pl_segment_check(const struct pl_text_segment *segment,
                                              const struct pl_text_scratch *scratch,
                                              struct pl_error *error);

/* The output (0) or a reference (from 1). */
struct pl_str pl_segment_text(const struct pl_text_segment *segment, size_t index);

/* All texts of a segment, decoded, cut and numbered. False when the scratch is full. */
bool pl_segment_cut(const struct pl_text_segment *segment, const struct pl_text_options *options,
                    struct pl_cutters cutters, struct pl_text_scratch *scratch,
                    struct pl_sequences *ret_sequences);

/* Numbers words that were cut already. False when the scratch is full. */
bool pl_sequences_number(const struct pl_words *texts, size_t texts_count,
                         struct pl_text_scratch *scratch, struct pl_sequences *ret_sequences);

#endif

/*
 * The edit distance that TER takes: Levenshtein's, but only through cells near the diagonal, as
 * sacrebleu's BeamEditDistance. One beam serves one reference and outputs of one length, whose order of
 * words changes; the distance after moving a few words costs a few rows. All memory is the scratch's.
 */
#ifndef PL_TEXT_BEAM_H
#define PL_TEXT_BEAM_H

#include "text/words.h"

/* At most that many words on either side. */
#define PL_BEAM_WORDS_MAX 20000

/* One row of the table of distances; see beam.c. */
struct pl_beam_row {
    uint64_t up;
    uint64_t down;
    int32_t base;
};

/* The cells of each row: columns low[i] <= j < high[i]; and where each word stands in the reference. */
struct pl_band {
    uint32_t *low;
    uint32_t *high;
    uint64_t *masks; /* mask_words for each word; the first is of a word that is not there */
    struct pl_beam_row *rows;
};

struct pl_beam {
    uint32_t rows_count;    /* words of the output */
    uint32_t columns_count; /* words of the reference */
    const uint32_t *reference;
    uint32_t *output; /* the words as they stand now */
    uint32_t *mask_of;
    size_t mask_words;
    struct pl_band forward;
    struct pl_band backward; /* both texts read from their end */
    bool is_wide;            /* rows too wide for one machine word: plain tables of costs */
    int32_t *costs;
    int32_t *costs_tried;
    size_t width;
};

/* The output with its words [first, middle) moved behind [middle, last). */
struct pl_rotation {
    uint32_t first;
    uint32_t middle;
    uint32_t last;
};

/* Both texts have 1 to PL_BEAM_WORDS_MAX words with ids below `distinct`. False when the scratch is
   full. The distances of the output as it stands are computed. */
bool pl_beam_init(struct pl_beam *beam, const struct pl_sequence *output,
                  const struct pl_sequence *reference, size_t distinct,
                  struct pl_text_scratch *scratch);

/* The distance of the first i words of the output to the first j of the reference; a large number
   outside the beam. */
int32_t pl_beam_cost(const struct pl_beam *beam, uint32_t i, uint32_t j);

/* The distance of the whole output after the rotation, which is not done. */
int32_t pl_beam_try(const struct pl_beam *beam, struct pl_rotation rotation);

/* Does the rotation. */
void pl_beam_rotate(struct pl_beam *beam, struct pl_rotation rotation);

/* 64 bits from column `at`: bit k is set when the reference has output word `id` at `at + k`. */
uint64_t pl_beam_mask(const struct pl_beam *beam, uint32_t id, size_t at);

#endif

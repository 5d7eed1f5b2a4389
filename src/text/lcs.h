/*
 * Longest common subsequences of numbered words: their length, and the one that rouge-score reads out.
 * All memory is the scratch's.
 */
#ifndef PL_TEXT_LCS_H
#define PL_TEXT_LCS_H

#include "text/words.h"

struct pl_lcs {
    uint32_t *first; /* for each id, the first column + 1; 0 for none */
    uint32_t *next;  /* for each column, the next one of the same id + 1 */
    const struct pl_sequence *columns;
    size_t words_count; /* machine words in a row */
    uint64_t *equal;
    uint64_t *row;
    uint64_t *rows; /* for pl_lcs_mark */
};

/* Room for columns of up to `columns_max` ids below `distinct`, and for pl_lcs_mark with up to
   `rows_max` rows (0 for none). False when the scratch is full. */
bool pl_lcs_init(struct pl_lcs *lcs, size_t distinct, size_t columns_max, size_t rows_max,
                 struct pl_text_scratch *scratch);

/* The sequence to compare with; it must outlive the use, and replaces the one before. */
void pl_lcs_set_columns(struct pl_lcs *lcs, const struct pl_sequence *columns);

size_t pl_lcs_length(struct pl_lcs *lcs, const struct pl_sequence *rows);

/* Sets marks[i] to 1 for each row of the subsequence that is found by going back from the end: an
   equal pair, else the row above unless the column before is longer. */
void pl_lcs_mark(struct pl_lcs *lcs, const struct pl_sequence *rows, uint8_t *marks);

#endif

/*
 * Longest common subsequences a machine word at a time (Hyyrö 2004, Bit-parallel LCS-length computation
 * revisited): a row of the table is the set of columns where it does not rise. A row is kept only where
 * the subsequence itself is wanted.
 */
#include "text/lcs.h"

#include <string.h>

bool pl_lcs_init(struct pl_lcs *lcs, size_t distinct, size_t columns_max, size_t rows_max,
                 struct pl_text_scratch *scratch)
{
    const size_t words = columns_max / 64 + 1;
    const size_t rows = rows_max == 0 ? 0 : rows_max + 1;

    *lcs = (struct pl_lcs){
        .first = pl_text_scratch_alloc(scratch, distinct + 1, sizeof *lcs->first),
        .next = pl_text_scratch_alloc(scratch, columns_max + 1, sizeof *lcs->next),
        .equal = pl_text_scratch_alloc(scratch, words, sizeof *lcs->equal),
        .row = pl_text_scratch_alloc(scratch, words, sizeof *lcs->row),
        .rows = pl_text_scratch_alloc(scratch, rows * words, sizeof *lcs->rows),
    };
    if (lcs->first == NULL || lcs->next == NULL || lcs->equal == NULL || lcs->row == NULL ||
        lcs->rows == NULL)
        return false;
    memset(lcs->first, 0, distinct * sizeof *lcs->first);
    return true;
}

void pl_lcs_set_columns(struct pl_lcs *lcs, const struct pl_sequence *columns)
{
    for (size_t i = 0; lcs->columns != NULL && i < lcs->columns->count; i++)
        lcs->first[lcs->columns->ids[i]] = 0;
    lcs->columns = columns;
    lcs->words_count = columns->count / 64 + 1;
    for (size_t i = columns->count; i > 0; i--) {
        lcs->next[i - 1] = lcs->first[columns->ids[i - 1]];
        lcs->first[columns->ids[i - 1]] = (uint32_t)i;
    }
}

/* The next row for a word, which some column has. */
static void step(struct pl_lcs *lcs, uint32_t id)
{
    uint64_t carry = 0;

    memset(lcs->equal, 0, lcs->words_count * sizeof *lcs->equal);
    for (uint32_t at = lcs->first[id]; at != 0; at = lcs->next[at - 1])
        lcs->equal[(at - 1) / 64] |= (uint64_t)1 << (at - 1) % 64;
    for (size_t w = 0; w < lcs->words_count; w++) {
        const uint64_t row = lcs->row[w];
        uint64_t sum;
        const uint64_t over = __builtin_add_overflow(row, row & lcs->equal[w], &sum);
        const uint64_t more = __builtin_add_overflow(sum, carry, &sum);

        carry = over | more;
        lcs->row[w] = sum | (row & ~lcs->equal[w]);
    }
}

/* How far a row rises up to a column. */
static size_t rise(const uint64_t *row, size_t columns)
{
    size_t count = 0;

    for (size_t w = 0; w < columns / 64; w++)
        count += (size_t)__builtin_popcountll(~row[w]);
    if (columns % 64 != 0)
        count +=
            (size_t)__builtin_popcountll(~row[columns / 64] & (((uint64_t)1 << columns % 64) - 1));
    return count;
}

size_t pl_lcs_length(struct pl_lcs *lcs, const struct pl_sequence *rows)
{
    memset(lcs->row, 0xFF, lcs->words_count * sizeof *lcs->row);
    for (size_t i = 0; i < rows->count; i++)
        if (lcs->first[rows->ids[i]] != 0)
            step(lcs, rows->ids[i]);
    return rise(lcs->row, lcs->columns->count);
}

static size_t rises_at(const uint64_t *row, size_t column)
{
    return (size_t)(~row[column / 64] >> column % 64 & 1);
}

static void fill_rows(struct pl_lcs *lcs, const struct pl_sequence *rows)
{
    const size_t words = lcs->words_count;

    memset(lcs->row, 0xFF, words * sizeof *lcs->row);
    memcpy(lcs->rows, lcs->row, words * sizeof *lcs->row);
    for (size_t i = 0; i < rows->count; i++) {
        if (lcs->first[rows->ids[i]] != 0)
            step(lcs, rows->ids[i]);
        memcpy(lcs->rows + (i + 1) * words, lcs->row, words * sizeof *lcs->row);
    }
}

void pl_lcs_mark(struct pl_lcs *lcs, const struct pl_sequence *rows, uint8_t *marks)
{
    const size_t words = lcs->words_count;
    size_t i = rows->count;
    size_t j = lcs->columns->count;

    fill_rows(lcs, rows);

    size_t here = rise(lcs->rows + i * words, j);

    while (here > 0) {
        const uint64_t *row = lcs->rows + i * words;

        if (rows->ids[i - 1] == lcs->columns->ids[j - 1]) {
            marks[--i] = 1;
            j--;
            here--;
        } else if (rise(row - words, j) < here) {
            j--;
            here -= rises_at(row, j);
        } else {
            i--;
        }
    }
}

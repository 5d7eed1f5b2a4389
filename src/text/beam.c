/*
 * Distances in a beam, a row of cells at a time.
 *
 * Cell (i, j) is the least number of insertions, deletions and substitutions that turn the first i words
 * of the output into the first j of the reference, on a path through cells of the beam: those of row i
 * with |j - floor(i m / n)| within 25, as in sacrebleu's lib_ter, whose last row runs to the end.
 *
 * Neighbours in a row differ by at most one, so a row is its first cell and two words of bits, up and
 * down (Myers 1999, J. ACM 46(3); bands after Hyyrö 2003, Nordic J. of Computing 10). A band that
 * moves right by s needs one more argument: what lies outside may be replaced by the largest value that
 * a neighbour allows (one more for each step), for a path through it is then never shorter than the one
 * along the edge; but an equal word may not be used there, so matches are masked.
 *
 * After words [first, last) were moved, rows up to `first` stand, and so do the distances from row
 * `last` to the end, kept as the rows of both texts read backwards. So a trial computes the rows between
 * and takes the least sum over the cells of one row.
 *
 * A beam wider than 64 cells (a reference over fifty times the output) is computed cell by cell.
 */
#include "text/beam.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define BEAM_WIDTH 25
#define COST_MAX   ((int32_t)1 << 29)

static uint64_t low_bits(uint32_t count)
{
    return count >= 64 ? UINT64_MAX : ((uint64_t)1 << count) - 1;
}

static int32_t rise(uint64_t up, uint64_t down, uint32_t columns)
{
    const uint64_t mask = low_bits(columns);

    return __builtin_popcountll(up & mask) - __builtin_popcountll(down & mask);
}

/* --- the beam ------------------------------------------------------------------------------------ */

static void set_bands(struct pl_beam *beam)
{
    const uint32_t n = beam->rows_count;
    const uint32_t m = beam->columns_count;
    const double ratio = (double)m / n;
    const int64_t half =
        BEAM_WIDTH < ratio / 2 ? (int64_t)ceil(ratio / 2 + BEAM_WIDTH) : BEAM_WIDTH;

    beam->is_wide = half > BEAM_WIDTH;
    beam->forward.low[0] = 0;
    beam->forward.high[0] = m + 1;
    for (uint32_t i = 1; i <= n; i++) {
        const int64_t diagonal = (int64_t)floor(i * ratio);
        const int64_t low = diagonal - half;
        const int64_t high = diagonal + half;

        beam->forward.low[i] = low < 0 ? 0 : (uint32_t)low;
        beam->forward.high[i] = i == n || high > m + 1 ? m + 1 : (uint32_t)high;
    }
    for (uint32_t i = 0; i <= n; i++) {
        beam->backward.low[i] = m + 1 - beam->forward.high[n - i];
        beam->backward.high[i] = m + 1 - beam->forward.low[n - i];
    }
    for (uint32_t i = 0; i <= n; i++)
        if (beam->forward.high[i] - beam->forward.low[i] > beam->width)
            beam->width = beam->forward.high[i] - beam->forward.low[i];
}

/* Numbers the output's words that the reference has, from 1; 0 is a word that it has not. */
static uint32_t number_masks(struct pl_beam *beam, size_t distinct)
{
    uint32_t count = 1;

    memset(beam->mask_of, 0, distinct * sizeof *beam->mask_of);
    for (uint32_t j = 0; j < beam->columns_count; j++)
        if (beam->mask_of[beam->reference[j]] == 0)
            beam->mask_of[beam->reference[j]] = count++;
    return count;
}

static void set_masks(struct pl_beam *beam, uint32_t masks_count)
{
    const size_t size_bytes = masks_count * beam->mask_words * sizeof(uint64_t);

    memset(beam->forward.masks, 0, size_bytes);
    memset(beam->backward.masks, 0, size_bytes);
    for (uint32_t j = 0; j < beam->columns_count; j++) {
        const size_t row = beam->mask_of[beam->reference[j]] * beam->mask_words;
        const uint32_t from_end = beam->columns_count - 1 - j;

        beam->forward.masks[row + j / 64] |= (uint64_t)1 << j % 64;
        beam->backward.masks[row + from_end / 64] |= (uint64_t)1 << from_end % 64;
    }
}

static bool band_init(struct pl_band *band, uint32_t rows, size_t mask_words,
                      struct pl_text_scratch *scratch)
{
    band->low = pl_text_scratch_alloc(scratch, rows + 1, sizeof *band->low);
    band->high = pl_text_scratch_alloc(scratch, rows + 1, sizeof *band->high);
    band->rows = pl_text_scratch_alloc(scratch, rows + 1, sizeof *band->rows);
    band->masks = pl_text_scratch_alloc(scratch, mask_words, sizeof *band->masks);
    return band->low != NULL && band->high != NULL && band->rows != NULL && band->masks != NULL;
}

/* --- rows of bits -------------------------------------------------------------------------------- */

static uint64_t mask_at(const struct pl_beam *beam, const struct pl_band *band, uint32_t id,
                        size_t at)
{
    const uint64_t *words = band->masks + beam->mask_of[id] * beam->mask_words + at / 64;
    const uint32_t shift = at % 64;

    return shift == 0 ? words[0] : words[0] >> shift | words[1] << (64 - shift);
}

uint64_t pl_beam_mask(const struct pl_beam *beam, uint32_t id, size_t at)
{
    return mask_at(beam, &beam->forward, id, at);
}

/* The row seen from a column `by` further right; what comes in from outside rises. */
static void move_right(struct pl_beam_row *row, uint32_t by)
{
    row->base += rise(row->up, row->down, by);
    row->up = row->up >> by | ~(UINT64_MAX >> by);
    row->down >>= by;
}

/* Row i of the band from row i - 1, for the output's word `id`. */
static void step(const struct pl_beam *beam, const struct pl_band *band, uint32_t i, uint32_t id,
                 struct pl_beam_row *row)
{
    const uint32_t moved = band->low[i] - band->low[i - 1];
    const uint32_t column = moved == 0 ? band->low[i] : band->low[i] - 1;
    const uint64_t equal = mask_at(beam, band, id, column) & low_bits(band->high[i - 1] - column);

    if (moved > 1)
        move_right(row, moved - 1);

    const uint64_t vertical = equal | row->down;
    const uint64_t carried = (((equal & row->up) + row->up) ^ row->up) | equal;
    const uint64_t plus = (row->down | ~(carried | row->up)) << 1 | 1;
    const uint64_t minus = (row->up & carried) << 1;

    row->up = minus | ~(vertical | plus);
    row->down = plus & vertical;
    row->base++;
    if (moved > 0)
        move_right(row, 1);

    const uint64_t inside = low_bits(band->high[i] - 1 - band->low[i]);

    row->up |= ~inside;
    row->down &= inside;
}

static const struct pl_beam_row FIRST_ROW = {UINT64_MAX, 0, 0};

static void fill_rows(struct pl_beam *beam)
{
    const uint32_t n = beam->rows_count;
    struct pl_beam_row row = FIRST_ROW;

    beam->forward.rows[0] = row;
    for (uint32_t i = 1; i <= n; i++) {
        step(beam, &beam->forward, i, beam->output[i - 1], &row);
        beam->forward.rows[i] = row;
    }
    row = FIRST_ROW;
    beam->backward.rows[0] = row;
    for (uint32_t i = 1; i < n; i++) {
        step(beam, &beam->backward, i, beam->output[n - i], &row);
        beam->backward.rows[i] = row;
    }
}

static uint64_t reverse_bits(uint64_t bits)
{
    bits = (bits >> 1 & 0x5555555555555555u) | (bits & 0x5555555555555555u) << 1;
    bits = (bits >> 2 & 0x3333333333333333u) | (bits & 0x3333333333333333u) << 2;
    bits = (bits >> 4 & 0x0F0F0F0F0F0F0F0Fu) | (bits & 0x0F0F0F0F0F0F0F0Fu) << 4;
    return __builtin_bswap64(bits);
}

/* The least sum of what leads to a cell of row i and what leads on from there. */
static int32_t join(const struct pl_beam *beam, uint32_t i, const struct pl_beam_row *row)
{
    const uint32_t steps = beam->forward.high[i] - beam->forward.low[i] - 1;
    const struct pl_beam_row *rest = &beam->backward.rows[beam->rows_count - i];
    int32_t sum = row->base + rest->base + rise(rest->up, rest->down, steps);
    int32_t best = sum;

    if (steps == 0)
        return best;

    const uint64_t rest_up = reverse_bits(rest->up) >> (64 - steps);
    const uint64_t rest_down = reverse_bits(rest->down) >> (64 - steps);

    /* Only where one side falls can the sum fall. */
    uint64_t left = (row->down | rest_up) & low_bits(steps);
    uint32_t done = 0;

    while (left != 0) {
        const uint32_t next = (uint32_t)__builtin_ctzll(left) + 1;
        const uint64_t between = low_bits(next) & ~low_bits(done);

        sum += __builtin_popcountll(row->up & between) - __builtin_popcountll(row->down & between);
        sum -= __builtin_popcountll(rest_up & between) - __builtin_popcountll(rest_down & between);
        best = sum < best ? sum : best;
        done = next;
        left &= left - 1;
    }
    return best;
}

static int32_t try_narrow(const struct pl_beam *beam, struct pl_rotation rotation)
{
    struct pl_beam_row row = beam->forward.rows[rotation.first];
    uint32_t i = rotation.first;

    for (uint32_t at = rotation.middle; at < rotation.last; at++)
        step(beam, &beam->forward, ++i, beam->output[at], &row);
    for (uint32_t at = rotation.first; at < rotation.middle; at++)
        step(beam, &beam->forward, ++i, beam->output[at], &row);
    return join(beam, i, &row);
}

/* --- rows of costs ------------------------------------------------------------------------------- */

static int32_t cost_in(const struct pl_beam *beam, const int32_t *costs, uint32_t i, uint32_t j)
{
    if (j < beam->forward.low[i] || j >= beam->forward.high[i])
        return COST_MAX;
    return i == 0 ? (int32_t)j : costs[(size_t)i * beam->width + (j - beam->forward.low[i])];
}

static int32_t least(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

static void fill_costs_of_row(const struct pl_beam *beam, int32_t *costs, uint32_t i, uint32_t id)
{
    const uint32_t low = beam->forward.low[i];

    for (uint32_t j = low; j < beam->forward.high[i]; j++) {
        int32_t cost = cost_in(beam, costs, i - 1, j) + 1;

        if (j > 0) {
            const int32_t other = id == beam->reference[j - 1] ? 0 : 1;

            cost = least(cost, cost_in(beam, costs, i - 1, j - 1) + other);
        }
        if (j > low)
            cost = least(cost, cost_in(beam, costs, i, j - 1) + 1);
        costs[(size_t)i * beam->width + (j - low)] = least(cost, COST_MAX);
    }
}

static int32_t try_wide(const struct pl_beam *beam, struct pl_rotation rotation)
{
    const uint32_t middle = rotation.last - rotation.middle;

    for (uint32_t i = 1; i <= beam->rows_count; i++) {
        uint32_t at = i - 1;

        if (at >= rotation.first && at < rotation.last)
            at = at - rotation.first < middle ? at + (rotation.middle - rotation.first)
                                              : at - middle;
        fill_costs_of_row(beam, beam->costs_tried, i, beam->output[at]);
    }
    return cost_in(beam, beam->costs_tried, beam->rows_count, beam->columns_count);
}

static void fill_costs(struct pl_beam *beam)
{
    for (uint32_t i = 1; i <= beam->rows_count; i++)
        fill_costs_of_row(beam, beam->costs, i, beam->output[i - 1]);
}

static bool costs_init(struct pl_beam *beam, struct pl_text_scratch *scratch)
{
    const size_t cells = (size_t)(beam->rows_count + 1) * beam->width;

    beam->costs = pl_text_scratch_alloc(scratch, cells, sizeof *beam->costs);
    beam->costs_tried = pl_text_scratch_alloc(scratch, cells, sizeof *beam->costs_tried);
    return beam->costs != NULL && beam->costs_tried != NULL;
}

/* --- both ---------------------------------------------------------------------------------------- */

static void fill(struct pl_beam *beam)
{
    if (beam->is_wide)
        fill_costs(beam);
    else
        fill_rows(beam);
}

static bool texts_init(struct pl_beam *beam, const struct pl_sequence *output, size_t distinct,
                       struct pl_text_scratch *scratch)
{
    beam->output = pl_text_scratch_alloc(scratch, output->count, sizeof *beam->output);
    beam->mask_of = pl_text_scratch_alloc(scratch, distinct, sizeof *beam->mask_of);
    if (beam->output == NULL || beam->mask_of == NULL)
        return false;
    memcpy(beam->output, output->ids, output->count * sizeof *beam->output);
    return true;
}

bool pl_beam_init(struct pl_beam *beam, const struct pl_sequence *output,
                  const struct pl_sequence *reference, size_t distinct,
                  struct pl_text_scratch *scratch)
{
    assert(output->count > 0 && output->count <= PL_BEAM_WORDS_MAX);
    assert(reference->count > 0 && reference->count <= PL_BEAM_WORDS_MAX);
    *beam = (struct pl_beam){
        .rows_count = (uint32_t)output->count,
        .columns_count = (uint32_t)reference->count,
        .reference = reference->ids,
        .mask_words = reference->count / 64 + 3,
    };
    if (!texts_init(beam, output, distinct, scratch))
        return false;

    const uint32_t masks_count = number_masks(beam, distinct);
    const size_t mask_words = masks_count * beam->mask_words;

    if (!band_init(&beam->forward, beam->rows_count, mask_words, scratch) ||
        !band_init(&beam->backward, beam->rows_count, mask_words, scratch))
        return false;
    set_bands(beam);
    set_masks(beam, masks_count);
    if (beam->is_wide && !costs_init(beam, scratch))
        return false;
    fill(beam);
    return true;
}

int32_t pl_beam_cost(const struct pl_beam *beam, uint32_t i, uint32_t j)
{
    const uint32_t low = beam->forward.low[i];

    if (beam->is_wide || i == 0)
        return cost_in(beam, beam->costs, i, j);
    if (j < low || j >= beam->forward.high[i])
        return COST_MAX;

    const struct pl_beam_row *row = &beam->forward.rows[i];

    return row->base + rise(row->up, row->down, j - low);
}

int32_t pl_beam_try(const struct pl_beam *beam, struct pl_rotation rotation)
{
    if (rotation.first == rotation.middle || rotation.middle == rotation.last)
        return pl_beam_cost(beam, beam->rows_count, beam->columns_count);
    return beam->is_wide ? try_wide(beam, rotation) : try_narrow(beam, rotation);
}

static void reverse(uint32_t *ids, uint32_t first, uint32_t last)
{
    while (first + 1 < last) {
        const uint32_t id = ids[first];

        ids[first++] = ids[--last];
        ids[last] = id;
    }
}

void pl_beam_rotate(struct pl_beam *beam, struct pl_rotation rotation)
{
    reverse(beam->output, rotation.first, rotation.middle);
    reverse(beam->output, rotation.middle, rotation.last);
    reverse(beam->output, rotation.first, rotation.last);
    fill(beam);
}

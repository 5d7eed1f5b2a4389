/* Distances in a beam against the plain table that defines them. */
#include "text/beam.h"

#include "base/rng.h"
#include "text_case.h"

#include <stdio.h>
#include <stdlib.h>

#define WORDS_MAX 220
#define FAR       1000000

/* sacrebleu's lib_ter, cell by cell. */
static int32_t plain_distance(const uint32_t *output, size_t n, const struct pl_sequence *reference)
{
    static int32_t cells[WORDS_MAX + 1][WORDS_MAX + 1];
    const size_t m = reference->count;
    const double ratio = (double)m / (double)n;
    const long width = ratio / 2 > 25 ? (long)ceil(ratio / 2 + 25) : 25;

    for (size_t i = 0; i <= n; i++)
        for (size_t j = 0; j <= m; j++)
            cells[i][j] = i == 0 ? (int32_t)j : FAR;
    for (size_t i = 1; i <= n; i++) {
        const long diagonal = (long)floor((double)i * ratio);

        for (size_t j = 0; j <= m; j++) {
            if ((long)j < diagonal - width || ((long)j >= diagonal + width && i < n))
                continue;

            int32_t best = cells[i - 1][j] + 1;

            if (j > 0) {
                const int32_t other = output[i - 1] == reference->ids[j - 1] ? 0 : 1;

                best = cells[i - 1][j - 1] + other < best ? cells[i - 1][j - 1] + other : best;
                best = cells[i][j - 1] + 1 < best ? cells[i][j - 1] + 1 : best;
            }
            cells[i][j] = best < FAR ? best : FAR;
        }
    }
    return cells[n][m];
}

static uint32_t below(struct pl_rng *rng, uint32_t bound)
{
    return (uint32_t)pl_rng_below(rng, bound);
}

static void rotated(const uint32_t *ids, size_t count, struct pl_rotation rotation, uint32_t *to)
{
    size_t at = 0;

    for (size_t i = 0; i < rotation.first; i++)
        to[at++] = ids[i];
    for (size_t i = rotation.middle; i < rotation.last; i++)
        to[at++] = ids[i];
    for (size_t i = rotation.first; i < rotation.middle; i++)
        to[at++] = ids[i];
    for (size_t i = rotation.last; i < count; i++)
        to[at++] = ids[i];
}

/* Texts that share long runs, so that paths wander through the whole beam. */
static void fill(struct pl_rng *rng, uint32_t *a, uint32_t *b, uint32_t words)
{
    for (size_t i = 0; i < WORDS_MAX; i++)
        a[i] = below(rng, words);
    for (size_t i = 0; i < WORDS_MAX; i++)
        b[i] = below(rng, 8) == 0 ? below(rng, words) : a[(i + 17) % WORDS_MAX];
}

static void check_pair(struct pl_rng *rng, struct pl_text_scratch *scratch)
{
    uint32_t ids[2][WORDS_MAX];
    const uint32_t words = 2 + below(rng, 30);
    const uint32_t n = 1 + below(rng, below(rng, 4) == 0 ? 4 : WORDS_MAX);
    const uint32_t m = 1 + below(rng, WORDS_MAX);
    const struct pl_sequence output = {ids[0], n};
    const struct pl_sequence reference = {ids[1], m};
    struct pl_beam beam;

    fill(rng, ids[0], ids[1], words);
    pl_text_scratch_reset(scratch);
    assert_true(pl_beam_init(&beam, &output, &reference, words, scratch));
    assert_int_equal(pl_beam_cost(&beam, n, m), plain_distance(ids[0], n, &reference));
    for (int k = 0; k < 6; k++) {
        struct pl_rotation rotation = {below(rng, n), 0, 0};
        uint32_t moved[WORDS_MAX];

        rotation.last = rotation.first + 1 + below(rng, n - rotation.first);
        rotation.middle = rotation.first + below(rng, rotation.last - rotation.first + 1);
        rotated(beam.output, n, rotation, moved);
        assert_int_equal(pl_beam_try(&beam, rotation), plain_distance(moved, n, &reference));
        if (k % 3 != 0)
            continue;
        pl_beam_rotate(&beam, rotation);
        assert_memory_equal(beam.output, moved, n * sizeof *moved);
        assert_int_equal(pl_beam_cost(&beam, n, m), plain_distance(moved, n, &reference));
    }
}

static void rows_of_bits_hold_the_distances_of_the_plain_table(void **state)
{
    struct pl_text_scratch scratch;
    struct pl_rng rng;

    (void)state;
    pl_rng_init(&rng, 20261121, 1);
    pl_text_scratch_init(&scratch, PL_TEXT_BYTES_MAX);
    for (int i = 0; i < 600; i++)
        check_pair(&rng, &scratch);
    pl_text_scratch_deinit(&scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_of_bits_hold_the_distances_of_the_plain_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

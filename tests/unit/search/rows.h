/*
 * Decisions row by row for the tests of the search: made at random, turned into cells, and searched
 * without any haste, so that the definitions of docs/search.md stand here a second time.
 */
#ifndef PL_TESTS_SEARCH_ROWS_H
#define PL_TESTS_SEARCH_ROWS_H

#include "base/rng.h"
#include "measure/metrics.h"
#include "search/search.h"
#include "stats/proportion.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROWS_MAX     4096
#define SEGMENTS_MAX 6
#define GROUPS_MAX   6
#define SLICES_MAX   20000

struct row {
    uint32_t groups[SEGMENTS_MAX];
    uint8_t label;      /* enum pl_mark */
    uint8_t prediction; /* likewise */
    uint32_t count;
};

struct rows {
    struct row items[ROWS_MAX];
    size_t count;
    uint32_t segments_count;
    uint32_t groups_counts[SEGMENTS_MAX];
};

static inline size_t find_leaf(const struct rows *rows, const uint32_t *leaf_groups, size_t count,
                               const struct row *row)
{
    for (size_t leaf = 0; leaf < count; leaf++)
        if (memcmp(&leaf_groups[leaf * rows->segments_count], row->groups,
                   rows->segments_count * sizeof *row->groups) == 0)
            return leaf;
    return count;
}

/* The cells of the rows, in `arena`. */
static inline struct pl_cells cells_of(const struct rows *rows, struct pl_arena *arena)
{
    struct pl_groups *segments = pl_arena_alloc_array(arena, SEGMENTS_MAX, sizeof *segments);
    uint32_t *leaf_groups =
        pl_arena_alloc_array(arena, ROWS_MAX * SEGMENTS_MAX, sizeof *leaf_groups);
    struct pl_confusion *confusions = pl_arena_alloc_array(arena, ROWS_MAX, sizeof *confusions);
    struct pl_cells cells = {
        .segments = segments,
        .segments_count = rows->segments_count,
        .leaf_groups = leaf_groups,
        .confusions = confusions,
        .has_labels = true,
        .has_predictions = true,
    };

    for (uint32_t s = 0; s < rows->segments_count; s++) {
        struct pl_str *names = pl_arena_alloc_array(arena, GROUPS_MAX, sizeof *names);

        for (uint32_t g = 0; g < GROUPS_MAX; g++)
            names[g] = pl_arena_format(arena, "g%u", g);
        segments[s] =
            (struct pl_groups){pl_arena_format(arena, "s%u", s), names, rows->groups_counts[s]};
    }
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->items[i];
        const size_t leaf = find_leaf(rows, leaf_groups, cells.leaves_count, row);

        if (leaf == cells.leaves_count) {
            memcpy(&leaf_groups[leaf * rows->segments_count], row->groups,
                   rows->segments_count * sizeof *row->groups);
            cells.leaves_count++;
        }
        confusions[leaf].n[row->label][row->prediction] += row->count;
        cells.decisions += row->count;
    }
    return cells;
}

static inline struct pl_metric metric_of(const char *name, struct pl_arena *arena)
{
    struct pl_metric metric;
    struct pl_error error;

    assert_int_equal(pl_metric_parse(pl_str_of(name), PL_TASK_BINARY, arena, &metric, &error),
                     PL_OK);
    return metric;
}

/* Random decisions: some segments, some groups, errors at a base rate and in one pocket more. */
static inline void fill_rows(struct rows *rows, uint64_t seed, double pocket)
{
    struct pl_rng rng;
    uint32_t where[2];
    double base;

    pl_rng_init(&rng, seed, 0);
    rows->count = 200 + pl_rng_below(&rng, 1800);
    rows->segments_count = 2 + (uint32_t)pl_rng_below(&rng, SEGMENTS_MAX - 2);
    for (uint32_t s = 0; s < rows->segments_count; s++)
        rows->groups_counts[s] = 1 + (uint32_t)pl_rng_below(&rng, GROUPS_MAX - 1);
    where[0] = (uint32_t)pl_rng_below(&rng, rows->groups_counts[0]);
    where[1] = (uint32_t)pl_rng_below(&rng, rows->groups_counts[1]);
    base = 0.02 + 0.4 * pl_rng_uniform(&rng);
    for (size_t i = 0; i < rows->count; i++) {
        struct row *row = &rows->items[i];
        double rate = base;

        for (uint32_t s = 0; s < rows->segments_count; s++)
            row->groups[s] = (uint32_t)pl_rng_below(&rng, rows->groups_counts[s]);
        /* The last segment mostly follows the first, so that slices overlap. */
        if (rows->segments_count > 3 && pl_rng_uniform(&rng) < 0.9)
            row->groups[rows->segments_count - 1] =
                row->groups[0] % rows->groups_counts[rows->segments_count - 1];
        if (row->groups[0] == where[0] && row->groups[1] == where[1])
            rate = fmin(0.95, rate + pocket);
        row->label = pl_rng_uniform(&rng) < 0.4 ? PL_POSITIVE : PL_NEGATIVE;
        row->prediction = row->label;
        if (pl_rng_uniform(&rng) < rate)
            row->prediction = (uint8_t)(1 - row->label);
        if (pl_rng_uniform(&rng) < 0.02)
            row->label = PL_UNKNOWN;
        /* Two that always go the same way would be a pocket of their own. */
        row->count = pocket > 0.0 && pl_rng_uniform(&rng) < 0.1 ? 2 : 1;
    }
}

#endif

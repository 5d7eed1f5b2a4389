/*
 * Making the space of a search. Cells become two counts for each leaf and one array of groups for
 * each segment, so that a walk reads little memory and in order; crossings are listed once, and
 * found again by the bits of their segments.
 */
#include "search/space.h"

#include "measure/metrics.h"

#include <assert.h>
#include <string.h>

#define ERRORS (PL_FP | PL_FN)
#define HITS   (PL_TP | PL_TN)

bool pl_search_takes(const struct pl_metric *metric)
{
    const struct pl_metric_row *row = metric->row;

    return row->trials != 0 && row->make == NULL && row->shape == PL_RATE_AS_IS &&
           row->argument == PL_ARGUMENT_NONE;
}

enum pl_search_end pl_search_end_of(const struct pl_metric *metric, enum pl_search_end end)
{
    const unsigned successes = metric->row->successes;

    if (end != PL_SEARCH_WORSE)
        return end;
    return (successes & ERRORS) != 0 && (successes & HITS) == 0 ? PL_SEARCH_HIGH : PL_SEARCH_LOW;
}

struct pl_search_bits pl_search_bits_of(const struct pl_metric *metric, enum pl_search_end end)
{
    const struct pl_metric_row *row = metric->row;
    const bool flipped = pl_search_end_of(metric, end) == PL_SEARCH_LOW;

    return (struct pl_search_bits){
        .trials = row->trials,
        .bad = flipped ? row->trials & ~row->successes : row->successes,
        .flipped = flipped,
    };
}

uint32_t pl_search_mask(const struct pl_crossing *local)
{
    uint32_t mask = 0;

    for (uint32_t i = 0; i < local->count; i++)
        mask |= (uint32_t)1 << local->segments[i];
    return mask;
}

uint32_t pl_search_crossing_of(const struct pl_search_space *space, uint32_t mask)
{
    return space->by_mask[mask];
}

/* The leaves that the measure counts, with where each stands in the cells. */
static enum pl_status take_leaves(struct pl_search_space *space, const struct pl_cells *cells,
                                  struct pl_search_bits bits, struct pl_arena *arena,
                                  const uint32_t **ret_origins)
{
    struct pl_search_counts *leaves =
        pl_arena_alloc_array(arena, cells->leaves_count, sizeof *leaves);
    uint32_t *origins = pl_arena_alloc_array(arena, cells->leaves_count, sizeof *origins);

    if (leaves == NULL || origins == NULL)
        return PL_E_MEMORY;
    for (size_t i = 0; i < cells->leaves_count; i++) {
        const struct pl_search_counts counts = {
            .n = pl_confusion_count(&cells->confusions[i], bits.trials),
            .bad = pl_confusion_count(&cells->confusions[i], bits.bad),
        };

        if (counts.n == 0)
            continue;
        space->all.n += counts.n;
        space->all.bad += counts.bad;
        origins[space->leaves_count] = (uint32_t)i;
        leaves[space->leaves_count++] = counts;
    }
    space->leaves = leaves;
    *ret_origins = origins;
    return PL_OK;
}

static enum pl_status take_segments(struct pl_search_space *space, const struct pl_cells *cells,
                                    const uint32_t *origins, struct pl_arena *arena)
{
    for (uint32_t s = 0; s < cells->segments_count; s++) {
        uint16_t *groups = NULL;

        if (cells->segments[s].count < 2)
            continue;
        groups = pl_arena_alloc_array(arena, space->leaves_count, sizeof *groups);
        if (groups == NULL)
            return PL_E_MEMORY;
        for (size_t i = 0; i < space->leaves_count; i++)
            groups[i] =
                (uint16_t)cells->leaf_groups[(size_t)origins[i] * cells->segments_count + s];
        space->segments[space->segments_count] = s;
        space->groups_counts[space->segments_count] = cells->segments[s].count;
        space->groups_firsts[space->segments_count] = space->groups_total;
        space->groups_total += cells->segments[s].count;
        space->groups[space->segments_count++] = groups;
    }
    return PL_OK;
}

static void add_crossing(struct pl_search_space *space, const uint32_t *chosen, uint32_t size)
{
    struct pl_search_crossing *crossing = &space->crossings[space->crossings_count++];

    *crossing =
        (struct pl_search_crossing){.local.count = size, .cells.count = size, .groups_product = 1};
    for (uint32_t i = 0; i < size; i++) {
        crossing->local.segments[i] = chosen[i];
        crossing->cells.segments[i] = space->segments[chosen[i]];
        crossing->groups_product *= space->groups_counts[chosen[i]];
    }
}

/* All choices of `size` segments in lexicographic order. */
static void add_crossings(struct pl_search_space *space, uint32_t size)
{
    uint32_t chosen[PL_CROSSING_MAX];

    for (uint32_t i = 0; i < size; i++)
        chosen[i] = i;
    for (;;) {
        uint32_t at = size;

        add_crossing(space, chosen, size);
        while (at > 0 && chosen[at - 1] == space->segments_count - size + at - 1)
            at--;
        if (at == 0)
            return;
        chosen[at - 1]++;
        for (uint32_t i = at; i < size; i++)
            chosen[i] = chosen[i - 1] + 1;
    }
}

static size_t crossings_max(uint32_t segments_count, uint32_t depth)
{
    size_t sum = 0;
    size_t choices = 1;

    for (uint32_t size = 1; size <= depth && size <= segments_count; size++) {
        choices = choices * (segments_count - size + 1) / size;
        sum += choices;
    }
    return sum;
}

static enum pl_status list_crossings(struct pl_search_space *space, uint32_t depth,
                                     struct pl_arena *arena)
{
    const size_t masks = (size_t)1 << space->segments_count;
    uint16_t *by_mask = pl_arena_alloc_array(arena, masks, sizeof *by_mask);

    space->crossings = pl_arena_alloc_array(arena, crossings_max(space->segments_count, depth),
                                            sizeof *space->crossings);
    if (by_mask == NULL || space->crossings == NULL)
        return PL_E_MEMORY;
    for (uint32_t size = 1; size <= PL_CROSSING_MAX + 1; size++) {
        space->firsts[size] = space->crossings_count;
        if (size <= depth && size <= space->segments_count)
            add_crossings(space, size);
    }
    for (uint32_t i = 0; i < space->crossings_count; i++)
        by_mask[pl_search_mask(&space->crossings[i].local)] = (uint16_t)i;
    space->by_mask = by_mask;
    return PL_OK;
}

enum pl_status pl_search_space_make(const struct pl_cells *cells,
                                    const struct pl_search_options *options, struct pl_arena *arena,
                                    struct pl_search_space *ret_space, struct pl_error *error)
{
    const struct pl_search_bits bits = pl_search_bits_of(options->metric, options->end);
    struct pl_search_space space = {.smallest = options->smallest_slice};
    const uint32_t *origins = NULL;

    assert(cells->segments_count <= PL_SEGMENTS_MAX && cells->leaves_count <= UINT32_MAX);
    _Static_assert(PL_SEGMENT_VALUES_MAX < UINT16_MAX, "a group fits 16 bits");
    if (space.smallest == 0)
        space.smallest = 1;
    if (take_leaves(&space, cells, bits, arena, &origins) != PL_OK ||
        take_segments(&space, cells, origins, arena) != PL_OK ||
        list_crossings(&space, options->depth, arena) != PL_OK)
        return pl_arena_error(arena, "the leaves of the search", error);
    *ret_space = space;
    return PL_OK;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t product_bounded(uint64_t a, uint64_t b)
{
    return b != 0 && a > UINT64_MAX / b ? UINT64_MAX : a * b;
}

/* What a crossing inherits from the one that lacks `segment`: a slice is part of one there. */
static void bound_by_parent(struct pl_search_crossing *crossing,
                            const struct pl_search_crossing *parent, uint64_t groups_count)
{
    crossing->supported =
        smaller(crossing->supported, product_bounded(parent->supported, groups_count));
    crossing->n_max = smaller(crossing->n_max, parent->n_max);
    crossing->bad_max = smaller(crossing->bad_max, parent->bad_max);
}

void pl_search_space_bound(struct pl_search_space *space)
{
    for (uint32_t i = 0; i < space->crossings_count; i++) {
        struct pl_search_crossing *crossing = &space->crossings[i];
        const uint32_t mask = pl_search_mask(&crossing->local);

        if (crossing->done)
            continue;
        /* Slices of one crossing share no decision, so there is room for so many only. */
        crossing->supported = smaller(crossing->groups_product, space->all.n / space->smallest);
        crossing->n_max = space->all.n;
        crossing->bad_max = space->all.bad;
        for (uint32_t j = 0; crossing->local.count > 1 && j < crossing->local.count; j++) {
            const uint32_t segment = crossing->local.segments[j];
            const uint32_t parent = pl_search_crossing_of(space, mask & ~((uint32_t)1 << segment));

            bound_by_parent(crossing, &space->crossings[parent], space->groups_counts[segment]);
        }
        if (crossing->n_max < space->smallest)
            crossing->supported = 0;
        crossing->tested = crossing->supported;
    }
}

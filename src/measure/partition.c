/* Leaves are sorted by the packed numbers of their groups; equal neighbours are one slice. */
#include "measure/partition.h"

#include <assert.h>
#include <stdlib.h>

/* Groups number below PL_SEGMENT_VALUES_MAX, so four of them fit into 64 bits. */
#define GROUP_BITS 16u
_Static_assert(PL_SEGMENT_VALUES_MAX < (1 << 16), "a group's number must fit");
_Static_assert(PL_CROSSING_MAX <= 4, "a crossing must fit into 64 bits");

struct packed_leaf {
    uint64_t groups;
    uint32_t leaf;
};

static int compare_packed(const void *a, const void *b)
{
    const struct packed_leaf *first = a;
    const struct packed_leaf *second = b;

    if (first->groups != second->groups)
        return first->groups < second->groups ? -1 : 1;
    return (first->leaf > second->leaf) - (first->leaf < second->leaf);
}

static struct packed_leaf *pack_leaves(const struct pl_cells *cells,
                                       const struct pl_crossing *crossing, struct pl_arena *arena)
{
    struct packed_leaf *packed = pl_arena_alloc_array(arena, cells->leaves_count, sizeof *packed);

    for (size_t leaf = 0; packed != NULL && leaf < cells->leaves_count; leaf++) {
        packed[leaf].leaf = (uint32_t)leaf;
        for (uint32_t i = 0; i < crossing->count; i++)
            packed[leaf].groups =
                packed[leaf].groups << GROUP_BITS |
                cells->leaf_groups[leaf * cells->segments_count + crossing->segments[i]];
    }
    if (packed != NULL)
        qsort(packed, cells->leaves_count, sizeof *packed, compare_packed);
    return packed;
}

static void name_slice(struct pl_slice *slice, const struct pl_crossing *crossing, uint64_t groups)
{
    slice->crossing = crossing;
    for (uint32_t i = crossing->count; i > 0; i--) {
        slice->groups[i - 1] = (uint32_t)(groups & ((1u << GROUP_BITS) - 1));
        groups >>= GROUP_BITS;
    }
}

static size_t count_slices(const struct packed_leaf *packed, size_t count)
{
    size_t slices = 0;

    for (size_t i = 0; i < count; i++)
        slices += i == 0 || packed[i].groups != packed[i - 1].groups;
    return slices;
}

static enum pl_status too_many_slices(const struct pl_cells *cells,
                                      const struct pl_crossing *crossing, size_t count,
                                      struct pl_error *error)
{
    const struct pl_str first = cells->segments[crossing->segments[0]].segment;
    const struct pl_str last = cells->segments[crossing->segments[crossing->count - 1]].segment;

    return pl_error_set(error, PL_E_LIMIT,
                        "the crossing of `%.*s` to `%.*s` has %zu slices; at most %d can be "
                        "judged: make fewer groups with `bins` or `map`, or lower evidence.depth",
                        PL_STR_ARG(first), PL_STR_ARG(last), count, PL_SLICES_MAX);
}

enum pl_status pl_partition_make(const struct pl_cells *cells, const struct pl_crossing *crossing,
                                 struct pl_arena *arena, struct pl_partition *ret_partition,
                                 struct pl_slice **ret_slices, struct pl_error *error)
{
    struct packed_leaf *packed = pack_leaves(cells, crossing, arena);
    uint32_t *slice_of_leaf =
        pl_arena_alloc_array(arena, cells->leaves_count, sizeof *slice_of_leaf);

    if (packed == NULL || slice_of_leaf == NULL)
        return pl_arena_error(arena, "the table of slices", error);

    const size_t count = count_slices(packed, cells->leaves_count);

    if (count > PL_SLICES_MAX)
        return too_many_slices(cells, crossing, count, error);

    struct pl_slice *slices = pl_arena_alloc_array(arena, count, sizeof *slices);
    size_t slice = 0;

    if (slices == NULL)
        return pl_arena_error(arena, "the table of slices", error);
    for (size_t i = 0; i < cells->leaves_count; i++) {
        if (i == 0 || packed[i].groups != packed[i - 1].groups)
            name_slice(&slices[slice++], crossing, packed[i].groups);
        slice_of_leaf[packed[i].leaf] = (uint32_t)(slice - 1);
    }
    *ret_partition = (struct pl_partition){slice_of_leaf, count};
    *ret_slices = slices;
    return PL_OK;
}

enum pl_status pl_partition_all(const struct pl_cells *cells, struct pl_arena *arena,
                                struct pl_partition *ret_partition, struct pl_error *error)
{
    uint32_t *slice_of_leaf =
        pl_arena_alloc_array(arena, cells->leaves_count, sizeof *slice_of_leaf);

    if (slice_of_leaf == NULL)
        return pl_arena_error(arena, "the table of slices", error);
    *ret_partition = (struct pl_partition){slice_of_leaf, 1};
    return PL_OK;
}

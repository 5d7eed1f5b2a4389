/*
 * Finds a slice of one set of cells in another, by the names of its groups: the numbers of groups
 * depend on which groups occur. The segments of both are the same, in the same order.
 */
#include "measure/against.h"

#include <stdlib.h>
#include <string.h>

#define NO_GROUP UINT32_MAX

struct pl_slice_map {
    const uint32_t *groups[PL_SEGMENTS_MAX]; /* for each group here its number there, or NO_GROUP */
};

struct named_group {
    struct pl_str name;
    uint32_t number;
};

static int compare_named(const void *a, const void *b)
{
    const struct named_group *first = a;
    const struct named_group *second = b;
    const size_t common = first->name.len < second->name.len ? first->name.len : second->name.len;
    const int order = common == 0 ? 0 : memcmp(first->name.ptr, second->name.ptr, common);

    if (order != 0)
        return order;
    return (first->name.len > second->name.len) - (first->name.len < second->name.len);
}

/* The groups of one segment there, in the order of the bytes of their names. */
static struct named_group *sort_groups(const struct pl_groups *groups, struct pl_arena *arena)
{
    struct named_group *sorted = pl_arena_alloc_array(arena, groups->count + 1, sizeof *sorted);

    for (uint32_t i = 0; sorted != NULL && i < groups->count; i++)
        sorted[i] = (struct named_group){groups->names[i], i};
    if (sorted != NULL)
        qsort(sorted, groups->count, sizeof *sorted, compare_named);
    return sorted;
}

static const uint32_t *map_groups(const struct pl_groups *from, const struct pl_groups *to,
                                  struct pl_arena *arena)
{
    const struct named_group *sorted = sort_groups(to, arena);
    uint32_t *numbers = pl_arena_alloc_array(arena, from->count + 1, sizeof *numbers);

    if (sorted == NULL || numbers == NULL)
        return NULL;
    for (uint32_t i = 0; i < from->count; i++) {
        const struct named_group wanted = {from->names[i], 0};
        const struct named_group *found =
            bsearch(&wanted, sorted, to->count, sizeof *sorted, compare_named);

        numbers[i] = found == NULL ? NO_GROUP : found->number;
    }
    return numbers;
}

enum pl_status pl_slice_map_make(const struct pl_cells *from, const struct pl_cells *to,
                                 struct pl_arena *arena, struct pl_slice_map **ret_map,
                                 struct pl_error *error)
{
    struct pl_slice_map *map = pl_arena_alloc(arena, sizeof *map);

    if (map == NULL)
        return pl_arena_error(arena, "the slices", error);
    for (size_t i = 0; i < from->segments_count; i++) {
        map->groups[i] = map_groups(&from->segments[i], &to->segments[i], arena);
        if (map->groups[i] == NULL)
            return pl_arena_error(arena, "the slices", error);
    }
    *ret_map = map;
    return PL_OK;
}

static int compare_slices(const void *a, const void *b)
{
    const struct pl_slice *first = a;
    const struct pl_slice *second = b;

    for (uint32_t i = 0; i < first->crossing->count; i++)
        if (first->groups[i] != second->groups[i])
            return first->groups[i] < second->groups[i] ? -1 : 1;
    return 0;
}

const struct pl_slice *pl_slice_map_find(const struct pl_slice_map *map,
                                         const struct pl_slice *slice, const struct pl_measured *to)
{
    struct pl_slice wanted = {.crossing = slice->crossing};

    if (slice->crossing == NULL)
        return &to->overall;
    for (uint32_t i = 0; i < slice->crossing->count; i++) {
        wanted.groups[i] = map->groups[slice->crossing->segments[i]][slice->groups[i]];
        if (wanted.groups[i] == NO_GROUP)
            return NULL;
    }
    for (size_t g = 0; g < to->groupings_count; g++)
        if (pl_crossing_is_same(&to->groupings[g].crossing, slice->crossing))
            return bsearch(&wanted, to->groupings[g].slices, to->groupings[g].slices_count,
                           sizeof wanted, compare_slices);
    return NULL;
}

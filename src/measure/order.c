/*
 * Puts groups and leaves into the order of their names, so that nothing depends on the order in which
 * rows came.
 */
#include "measure/loader.h"

#include <stdlib.h>
#include <string.h>

/* A number and what it sorts by. */
struct named {
    struct pl_str name;
    uint32_t number;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *first = a;
    const struct named *second = b;
    const bool first_missing = pl_str_equal_text(first->name, PL_GROUP_MISSING);
    const bool second_missing = pl_str_equal_text(second->name, PL_GROUP_MISSING);

    if (first_missing != second_missing)
        return first_missing ? 1 : -1;
    return pl_str_compare(first->name, second->name);
}

/* The name a group is shown by: bins come from the engine as their index. */
static struct pl_str group_name(struct pl_arena *arena, const struct pl_segment *segment,
                                struct pl_str name)
{
    uint64_t bin = 0;

    if (segment->kind != PL_SEGMENT_BINS || !pl_str_to_uint64(name, &bin))
        return pl_arena_copy(arena, name);
    if (bin == 0)
        return pl_arena_format(arena, "<%.15g", segment->bins[0]);
    if (bin == segment->bins_count)
        return pl_arena_format(arena, ">=%.15g", segment->bins[bin - 1]);
    return pl_arena_format(arena, "%.15g-%.15g", segment->bins[bin - 1], segment->bins[bin]);
}

/* Names of one segment in order; `ret_places` says where each number went. */
static enum pl_status sort_groups(struct pl_loader *loader, size_t segment,
                                  struct pl_groups *ret_groups, uint32_t *ret_places,
                                  struct pl_error *error)
{
    const struct pl_intern *groups = &loader->groups[segment];
    const struct pl_segment *declared = &loader->plan->line->data.segments[segment];
    struct named *named = pl_arena_alloc_array(loader->arena, groups->count, sizeof *named);
    struct pl_str *names = pl_arena_alloc_array(loader->arena, groups->count, sizeof *names);

    if (named == NULL || names == NULL)
        return pl_arena_error(loader->arena, "the names of the groups", error);
    for (uint32_t i = 0; i < groups->count; i++)
        named[i] = (struct named){groups->keys[i], i};
    qsort(named, groups->count, sizeof *named, compare_named);
    for (uint32_t i = 0; i < groups->count; i++) {
        ret_places[named[i].number] = i;
        names[i] = group_name(loader->arena, declared, named[i].name);
        if (names[i].ptr == NULL)
            return pl_arena_error(loader->arena, "the names of the groups", error);
    }
    *ret_groups = (struct pl_groups){declared->name, names, groups->count};
    return PL_OK;
}

/* A leaf: the places of its groups, and the number it had while loading. */
struct leaf {
    uint32_t groups[PL_SEGMENTS_MAX];
    uint32_t number;
};

static int compare_leaves(const void *a, const void *b)
{
    const struct leaf *first = a;
    const struct leaf *second = b;

    for (size_t i = 0; i < PL_SEGMENTS_MAX; i++)
        if (first->groups[i] != second->groups[i])
            return first->groups[i] < second->groups[i] ? -1 : 1;
    return 0;
}

/* All leaves in the order of their groups; in the arena. */
static enum pl_status sort_leaves(struct pl_loader *loader, uint32_t *const *places,
                                  struct leaf **ret_leaves, struct pl_error *error)
{
    const size_t count = loader->leaves.count;
    struct leaf *leaves = pl_arena_alloc_array(loader->arena, count, sizeof *leaves);

    if (leaves == NULL)
        return pl_arena_error(loader->arena, "the table of groups", error);
    for (size_t i = 0; i < count; i++) {
        uint32_t numbers[PL_SEGMENTS_MAX] = {0};

        memcpy(numbers, loader->leaves.keys[i].ptr, loader->leaves.keys[i].len);
        leaves[i].number = (uint32_t)i;
        for (size_t s = 0; s < loader->plan->segments_count; s++)
            leaves[i].groups[s] = places[s][numbers[s]];
    }
    qsort(leaves, count, sizeof *leaves, compare_leaves);
    *ret_leaves = leaves;
    return PL_OK;
}

/* Fills the cells' tables by the sorted leaves, and renumbers the loose values. */
static enum pl_status place_leaves(struct pl_loader *loader, const struct leaf *leaves,
                                   struct pl_cells *cells, struct pl_error *error)
{
    const size_t count = loader->leaves.count;
    const size_t segments = loader->plan->segments_count;
    uint32_t *groups = pl_arena_alloc_array(loader->arena, count * segments + 1, sizeof *groups);
    uint32_t *places = pl_arena_alloc_array(loader->arena, count, sizeof *places);
    struct pl_confusion *confusions =
        pl_arena_alloc_array(loader->arena, count, sizeof *confusions);

    if (groups == NULL || places == NULL || confusions == NULL)
        return pl_arena_error(loader->arena, "the table of groups", error);
    for (size_t i = 0; i < count; i++) {
        places[leaves[i].number] = (uint32_t)i;
        confusions[i] = loader->confusions[leaves[i].number];
        memcpy(groups + i * segments, leaves[i].groups, segments * sizeof *groups);
    }
    for (size_t column = 0; column < loader->columns_count; column++)
        for (size_t i = 0; i < loader->columns[column].count; i++) {
            uint32_t *key = &loader->columns[column].items[i].key;

            *key = places[*key / 4] * 4 + *key % 4;
        }
    loader->placed = confusions;
    loader->places = places;
    cells->leaf_groups = groups;
    cells->confusions = confusions;
    cells->leaves_count = count;
    return PL_OK;
}

enum pl_status pl_loader_order(struct pl_loader *loader, struct pl_cells *cells,
                               struct pl_error *error)
{
    const size_t segments = loader->plan->segments_count;
    struct pl_groups *groups = pl_arena_alloc_array(loader->arena, segments + 1, sizeof *groups);
    uint32_t *places[PL_SEGMENTS_MAX] = {0};
    struct leaf *leaves = NULL;

    if (groups == NULL)
        return pl_arena_error(loader->arena, "the names of the groups", error);
    for (size_t i = 0; i < segments; i++) {
        places[i] = pl_arena_alloc_array(loader->arena, loader->groups[i].count, sizeof **places);
        if (places[i] == NULL)
            return pl_arena_error(loader->arena, "the names of the groups", error);
        PL_RETURN_IF(sort_groups(loader, i, &groups[i], places[i], error));
    }
    PL_RETURN_IF(sort_leaves(loader, places, &leaves, error));
    PL_RETURN_IF(place_leaves(loader, leaves, cells, error));
    cells->segments = groups;
    cells->segments_count = segments;
    return PL_OK;
}

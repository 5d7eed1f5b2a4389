/* Adds up the leaves of two segments, whatever else they are divided by. */
#include "mix/table.h"

bool pl_mix_table_fits(const struct pl_cells *cells, uint32_t segment, uint32_t strata)
{
    return (uint64_t)cells->segments[segment].count * cells->segments[strata].count <=
           PL_MIX_CELLS_MAX;
}

static void add(struct pl_confusion *sum, const struct pl_confusion *leaf)
{
    for (int label = 0; label < 3; label++)
        for (int prediction = 0; prediction < 3; prediction++) {
            sum->n[label][prediction] += leaf->n[label][prediction];
            sum->weight[label][prediction] += leaf->weight[label][prediction];
            sum->weight_squared[label][prediction] += leaf->weight_squared[label][prediction];
        }
}

enum pl_status pl_mix_table_make(const struct pl_cells *cells, uint32_t segment, uint32_t strata,
                                 struct pl_arena *arena, struct pl_mix_table *ret_table,
                                 struct pl_error *error)
{
    const uint32_t groups_count = cells->segments[segment].count;
    const uint32_t strata_count = cells->segments[strata].count;
    struct pl_confusion *sums =
        pl_arena_alloc_array(arena, (size_t)groups_count * strata_count + 1, sizeof *sums);
    struct pl_confusion *groups = pl_arena_alloc_array(arena, groups_count + 1, sizeof *groups);

    if (sums == NULL || groups == NULL)
        return pl_arena_error(arena, "the table of groups and strata", error);
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        const uint32_t *at = &cells->leaf_groups[leaf * cells->segments_count];

        add(&sums[(size_t)at[segment] * strata_count + at[strata]], &cells->confusions[leaf]);
        add(&groups[at[segment]], &cells->confusions[leaf]);
    }
    *ret_table = (struct pl_mix_table){
        .segment = segment,
        .strata = strata,
        .cells = sums,
        .groups = groups,
        .groups_count = groups_count,
        .strata_count = strata_count,
    };
    return PL_OK;
}

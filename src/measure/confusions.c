/* Confusion matrices, added up from the pairs of the cells. */
#include "measure/confusions.h"

static bool has_class(const struct pl_class_sets *sets, uint32_t set, uint32_t class)
{
    for (uint32_t i = sets->starts[set]; i < sets->starts[set + 1]; i++)
        if (sets->members[i] == class)
            return true;
    return false;
}

static void add_pair(const struct pl_confusions *confusions, const struct pl_class_pair *pair,
                     uint64_t *counts)
{
    const struct pl_class_sets *sets = &confusions->classes->sets;

    if (pair->label == sets->count || pair->prediction == sets->count)
        return;
    if (confusions->single) {
        const uint32_t label = sets->members[sets->starts[pair->label]];
        const uint32_t prediction = sets->members[sets->starts[pair->prediction]];

        counts[(size_t)label * sets->classes_count + prediction] += pair->n;
        return;
    }
    for (uint32_t class = 0; class < sets->classes_count; class ++) {
        const size_t labelled = has_class(sets, pair->label, class) ? 2 : 0;
        const size_t predicted = has_class(sets, pair->prediction, class) ? 1 : 0;

        counts[(size_t) class * 4 + labelled + predicted] += pair->n;
    }
}

static void add_leaf(const struct pl_confusions *confusions, size_t leaf, uint64_t *counts)
{
    const size_t *starts = confusions->classes->leaf_starts;

    for (size_t i = starts[leaf]; i < starts[leaf + 1]; i++)
        add_pair(confusions, &confusions->classes->pairs[i], counts);
}

/* Below 0, 0 or above as the slice comes before, holds, or comes after the leaf. */
static int compare(const struct pl_slice *slice, const struct pl_crossing *crossing,
                   const uint32_t *leaf_groups)
{
    for (uint32_t i = 0; i < crossing->count; i++) {
        const uint32_t group = leaf_groups[crossing->segments[i]];

        if (slice->groups[i] != group)
            return slice->groups[i] < group ? -1 : 1;
    }
    return 0;
}

/* The slice of a grouping that holds the leaf; each leaf is in one. */
static size_t slice_of(const struct pl_grouping *grouping, const uint32_t *leaf_groups)
{
    size_t low = 0;
    size_t high = grouping->slices_count;

    while (low + 1 < high) {
        const size_t middle = low + (high - low) / 2;

        if (compare(&grouping->slices[middle], &grouping->crossing, leaf_groups) <= 0)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static enum pl_status add_slices(const struct pl_measured *measured,
                                 struct pl_confusions *confusions, struct pl_arena *arena,
                                 struct pl_error *error)
{
    const struct pl_cells *cells = measured->cells;
    size_t first = 0;

    for (size_t g = 0; g < measured->groupings_count; g++)
        confusions->slices_count += measured->groupings[g].slices_count;
    if (confusions->slices_count * confusions->counts_count > PL_CONFUSION_COUNTS_MAX)
        return pl_error_set(error, PL_E_LIMIT,
                            "the confusion matrices of %zu slices and %u classes are too many: ask "
                            "for fewer slices",
                            confusions->slices_count, confusions->classes->classes_count);

    uint64_t *counts = pl_arena_alloc_array(
        arena, confusions->slices_count * confusions->counts_count, sizeof *counts);

    if (counts == NULL)
        return pl_arena_error(arena, "the confusion matrices", error);
    for (size_t g = 0; g < measured->groupings_count; g++) {
        const struct pl_grouping *grouping = &measured->groupings[g];

        for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
            const size_t slice =
                slice_of(grouping, cells->leaf_groups + leaf * cells->segments_count);

            add_leaf(confusions, leaf, counts + (first + slice) * confusions->counts_count);
        }
        first += grouping->slices_count;
    }
    confusions->slices = counts;
    return PL_OK;
}

enum pl_status pl_confusions_make(const struct pl_measured *measured, bool with_slices,
                                  struct pl_arena *arena,
                                  const struct pl_confusions **ret_confusions,
                                  struct pl_error *error)
{
    const struct pl_cells *cells = measured->cells;
    const struct pl_class_cells *classes = cells->classes;
    struct pl_confusions *confusions = pl_arena_alloc(arena, sizeof *confusions);

    if (confusions == NULL)
        return pl_arena_error(arena, "the confusion matrices", error);
    if (classes == NULL) {
        *ret_confusions = NULL;
        return PL_OK;
    }
    confusions->classes = classes;
    confusions->single = classes->sets.single;
    confusions->counts_count =
        (size_t)classes->classes_count * (confusions->single ? classes->classes_count : 4);

    uint64_t *overall = pl_arena_alloc_array(arena, confusions->counts_count, sizeof *overall);

    if (overall == NULL)
        return pl_arena_error(arena, "the confusion matrices", error);
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
        add_leaf(confusions, leaf, overall);
    confusions->overall = overall;
    if (with_slices)
        PL_RETURN_IF(add_slices(measured, confusions, arena, error));
    *ret_confusions = confusions;
    return PL_OK;
}

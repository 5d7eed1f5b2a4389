/* The pairs of the leaves that stay. Classes and sets keep their numbers, so measures by class speak of the
   same classes in every slice of a launch. */
#include "measure/class_loader.h"

#include <stdlib.h>
#include <string.h>

/* Where the pairs of each leaf that stays begin; one more than there are leaves. */
static size_t *place_pairs(const struct pl_cells *from, const uint32_t *places,
                           const struct pl_cells *to, struct pl_arena *arena)
{
    const size_t *old = from->classes->leaf_starts;
    size_t *starts = pl_arena_alloc_array(arena, to->leaves_count + 1, sizeof *starts);

    for (size_t leaf = 0; starts != NULL && leaf < from->leaves_count; leaf++)
        if (places[leaf] != PL_LEAF_OUT)
            starts[places[leaf] + 1] = starts[places[leaf]] + old[leaf + 1] - old[leaf];
    return starts;
}

enum pl_status pl_classes_filter(const struct pl_cells *from, const uint32_t *places,
                                 struct pl_cells *to, struct pl_arena *arena,
                                 struct pl_error *error)
{
    struct pl_class_cells *classes = pl_arena_alloc(arena, sizeof *classes);
    size_t *starts = place_pairs(from, places, to, arena);

    to->classes = NULL;
    if (classes == NULL || starts == NULL)
        return pl_arena_error(arena, "the classes of a slice", error);

    struct pl_class_pair *pairs = malloc((starts[to->leaves_count] + 1) * sizeof *pairs);

    if (pairs == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the classes of a slice");
    for (size_t leaf = 0; leaf < from->leaves_count; leaf++) {
        const uint32_t place = places[leaf];

        if (place != PL_LEAF_OUT)
            memcpy(pairs + starts[place], from->classes->pairs + from->classes->leaf_starts[leaf],
                   (starts[place + 1] - starts[place]) * sizeof *pairs);
    }
    *classes = *from->classes;
    classes->leaf_starts = starts;
    classes->pairs = pairs;
    classes->owned = pairs;
    to->classes = classes;
    return PL_OK;
}

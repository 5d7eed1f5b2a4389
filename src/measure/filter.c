/*
 * Leaves that stay are numbered anew in their old order. Runs are sorted by value, leaf and label, and
 * the new numbers rise with the old ones, so what is left of the runs is sorted as well.
 */
#include "measure/filter.h"

#include "measure/clusters.h"
#include "measure/metrics.h"
#include "measure/neighbours.h"
#include "measure/task.h"

#include <stdlib.h>
#include <string.h>

struct filter {
    const struct pl_cells *from;
    uint32_t *places; /* of each leaf in the copy, or PL_LEAF_OUT */
    struct pl_cells to;
};

static bool is_in(const struct pl_cells *cells, size_t leaf, const struct pl_slice *slice)
{
    const uint32_t *groups = cells->leaf_groups + leaf * cells->segments_count;

    for (uint32_t i = 0; slice->crossing != NULL && i < slice->crossing->count; i++)
        if (groups[slice->crossing->segments[i]] != slice->groups[i])
            return false;
    return true;
}

/* Finds the leaves that stay, and copies their groups and confusions. */
static enum pl_status take_leaves(struct filter *filter, const struct pl_slice *slice,
                                  struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_cells *from = filter->from;
    const size_t segments = from->segments_count;
    size_t count = 0;

    for (size_t leaf = 0; leaf < from->leaves_count; leaf++)
        filter->places[leaf] = is_in(from, leaf, slice) ? (uint32_t)count++ : PL_LEAF_OUT;

    uint32_t *groups = pl_arena_alloc_array(arena, count * segments + 1, sizeof *groups);
    struct pl_confusion *confusions = pl_arena_alloc_array(arena, count + 1, sizeof *confusions);

    if (groups == NULL || confusions == NULL)
        return pl_arena_error(arena, "the decisions of a slice", error);
    for (size_t leaf = 0; leaf < from->leaves_count; leaf++) {
        const uint32_t place = filter->places[leaf];

        if (place == PL_LEAF_OUT)
            continue;
        confusions[place] = from->confusions[leaf];
        memcpy(groups + place * segments, from->leaf_groups + leaf * segments,
               segments * sizeof *groups);
    }
    filter->to.leaf_groups = groups;
    filter->to.confusions = confusions;
    filter->to.leaves_count = count;
    return PL_OK;
}

static void count_decisions(struct pl_cells *cells)
{
    const unsigned any = 0x1ffu;
    const unsigned unlabelled =
        PL_UNLABELLED_NEGATIVE | PL_UNLABELLED_POSITIVE | PL_UNLABELLED_UNPREDICTED;
    const unsigned unpredicted =
        PL_NEGATIVE_UNPREDICTED | PL_POSITIVE_UNPREDICTED | PL_UNLABELLED_UNPREDICTED;

    cells->decisions = 0;
    cells->unlabelled = 0;
    cells->unpredicted = 0;
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        cells->decisions += pl_confusion_count(&cells->confusions[leaf], any);
        cells->unlabelled += pl_confusion_count(&cells->confusions[leaf], unlabelled);
        cells->unpredicted += pl_confusion_count(&cells->confusions[leaf], unpredicted);
    }
}

static size_t count_runs(const struct filter *filter, const struct pl_runs *runs)
{
    size_t count = 0;

    for (size_t i = 0; i < runs->count; i++)
        count += filter->places[runs->keys[i] / 4] != PL_LEAF_OUT;
    return count;
}

/* The arrays of runs while they are written. */
struct new_runs {
    double *values;
    uint32_t *keys;
    uint64_t *counts;
    double *weights;
};

static bool allocate_runs(struct new_runs *runs, size_t count, bool weighted)
{
    runs->values = malloc((count + 1) * sizeof *runs->values);
    runs->keys = malloc((count + 1) * sizeof *runs->keys);
    runs->counts = malloc((count + 1) * sizeof *runs->counts);
    runs->weights = weighted ? malloc((count + 1) * sizeof *runs->weights) : NULL;
    return runs->values != NULL && runs->keys != NULL && runs->counts != NULL &&
           (runs->weights != NULL || !weighted);
}

static enum pl_status take_runs(const struct filter *filter, const struct pl_runs *from,
                                struct pl_runs *to, struct pl_error *error)
{
    const size_t count = count_runs(filter, from);
    struct new_runs runs = {0};
    const bool allocated = allocate_runs(&runs, count, from->weights != NULL);
    uint64_t decisions = 0;
    size_t at = 0;

    *to = (struct pl_runs){from->column, runs.values, runs.keys, runs.counts, runs.weights, 0, 0};
    if (!allocated)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the decisions of a slice");
    for (size_t i = 0; i < from->count; i++) {
        const uint32_t place = filter->places[from->keys[i] / 4];

        if (place == PL_LEAF_OUT)
            continue;
        runs.values[at] = from->values[i];
        runs.keys[at] = place * 4 + from->keys[i] % 4;
        runs.counts[at] = from->counts[i];
        if (runs.weights != NULL)
            runs.weights[at] = from->weights[i];
        decisions += from->counts[i];
        at++;
    }
    to->count = count;
    to->missing = filter->to.decisions - decisions;
    return PL_OK;
}

static enum pl_status take_columns(struct filter *filter, struct pl_arena *arena,
                                   struct pl_error *error)
{
    const struct pl_cells *from = filter->from;
    struct pl_runs *columns = pl_arena_alloc_array(arena, from->columns_count + 1, sizeof *columns);

    if (columns == NULL)
        return pl_arena_error(arena, "the decisions of a slice", error);
    filter->to.columns = columns;
    filter->to.columns_count = from->columns_count;
    for (size_t i = 0; i < from->columns_count; i++)
        PL_RETURN_IF(take_runs(filter, &from->columns[i], &columns[i], error));
    return PL_OK;
}

static enum pl_status take_ratios(struct filter *filter, struct pl_arena *arena,
                                  struct pl_error *error)
{
    const struct pl_ratios *from = &filter->from->ratios;
    struct pl_ratio_sums *sums =
        pl_arena_alloc_array(arena, filter->to.leaves_count * from->count + 1, sizeof *sums);

    if (sums == NULL)
        return pl_arena_error(arena, "the decisions of a slice", error);
    for (size_t leaf = 0; from->count > 0 && leaf < filter->from->leaves_count; leaf++)
        if (filter->places[leaf] != PL_LEAF_OUT)
            memcpy(&sums[filter->places[leaf] * from->count], &from->sums[leaf * from->count],
                   from->count * sizeof *sums);
    filter->to.ratios.sums = sums;
    return PL_OK;
}

/* The part of the kind of task. Until it is made the copy has none, and so none to free. */
static enum pl_status take_task(struct filter *filter, struct pl_arena *arena,
                                struct pl_error *error)
{
    const struct pl_task_kind *kind = pl_task_kind_of(filter->from->task);

    if (kind == NULL || kind->free_cells == NULL)
        return PL_OK;
    if (kind->filter == NULL)
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "a launch by slice is not possible for this kind of task");
    return kind->filter(filter->from, filter->places, &filter->to, arena, error);
}

enum pl_status pl_cells_filter(const struct pl_cells *cells, const struct pl_slice *slice,
                               struct pl_arena *arena, struct pl_cells *ret_cells,
                               struct pl_error *error)
{
    struct filter filter = {.from = cells, .to = *cells};

    filter.to.owned = NULL;
    filter.to.clusters = NULL;
    filter.to.columns_count = 0;
    filter.to.task = PL_TASK_BINARY;
    filter.places = malloc((cells->leaves_count + 1) * sizeof *filter.places);
    if (filter.places == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the decisions of a slice");

    enum pl_status status = take_leaves(&filter, slice, arena, error);

    if (status == PL_OK) {
        count_decisions(&filter.to);
        status = take_columns(&filter, arena, error);
    }
    if (status == PL_OK)
        status = pl_neighbours_filter(cells, filter.places, &filter.to, arena, error);
    if (status == PL_OK)
        status = take_ratios(&filter, arena, error);
    if (status == PL_OK)
        status = pl_clusters_filter(cells->clusters, filter.places, &filter.to.clusters, error);
    if (status == PL_OK)
        status = take_task(&filter, arena, error);
    free(filter.places);
    if (status == PL_OK) {
        *ret_cells = filter.to;
        ret_cells->task = cells->task;
    } else {
        pl_cells_deinit(&filter.to);
    }
    return status;
}

/*
 * The cells of slice and stratum, without a table of them: leaves are put in the order of their slice,
 * and each slice's part of every stratum is gathered in one row that is used again. What is kept of a
 * slice is one statistic for each kind of disparity.
 */
#include "measure/strata.h"

#include "measure/metrics.h"

#include <stdlib.h>

/* Which decisions have the outcome: [0] turned down, [1] accepted. */
static const unsigned OUTCOMES[PL_DISPARITIES_COUNT][2] = {
    [PL_DISPARITY_OF_PREDICTIONS] = {PL_PREDICTED_NEGATIVE, PL_PREDICTED_POSITIVE},
    [PL_DISPARITY_OF_LABELS] = {PL_ANY_NEGATIVE_LABEL, PL_ANY_POSITIVE_LABEL},
};

/* Why there is nothing to compare where a slice has none of these outcomes. */
static const enum pl_undefined WITHOUT[PL_DISPARITIES_COUNT] = {
    [PL_DISPARITY_OF_PREDICTIONS] = PL_UNDEFINED_NO_PREDICTIONS,
    [PL_DISPARITY_OF_LABELS] = PL_UNDEFINED_NO_LABELS,
};

/* One stratum of one slice, or of all. */
struct part {
    struct pl_outcomes outcomes[PL_DISPARITIES_COUNT];
    uint64_t n[PL_DISPARITIES_COUNT];
    bool touched;
};

struct stratifying {
    const struct pl_scan *scan;
    const struct pl_partition *partition;
    struct pl_tally *tallies;
    size_t strata_count;
    struct part *all;   /* by stratum */
    struct part *slice; /* of the slice under way, by stratum */
    uint32_t *touched;  /* the strata of the slice under way */
    size_t touched_count;
    uint32_t *leaves; /* in the order of their slices */
    size_t *starts;   /* slices_count + 1: where each slice's leaves begin */
    struct pl_disparity_base bases[PL_DISPARITIES_COUNT];
};

static uint32_t stratum_of(const struct stratifying *work, size_t leaf)
{
    const struct pl_cells *cells = work->scan->cells;

    return cells->leaf_groups[leaf * cells->segments_count + work->scan->strata - 1];
}

static void add_leaf(struct part *part, const struct pl_confusion *leaf)
{
    for (int kind = 0; kind < PL_DISPARITIES_COUNT; kind++)
        for (int outcome = 0; outcome < 2; outcome++) {
            const unsigned bits = OUTCOMES[kind][outcome];

            part->outcomes[kind].weight[outcome] += pl_confusion_weight(leaf, bits);
            part->outcomes[kind].squared[outcome] += pl_confusion_weight_squared(leaf, bits);
            part->n[kind] += pl_confusion_count(leaf, bits);
        }
}

static void sum_all(struct stratifying *work)
{
    const struct pl_cells *cells = work->scan->cells;

    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
        add_leaf(&work->all[stratum_of(work, leaf)], &cells->confusions[leaf]);
    for (size_t stratum = 0; stratum < work->strata_count; stratum++)
        for (int kind = 0; kind < PL_DISPARITIES_COUNT; kind++)
            if (pl_disparity_is_open(&work->all[stratum].outcomes[kind]))
                pl_disparity_base_add(&work->bases[kind], &work->all[stratum].outcomes[kind]);
}

/* A counting sort: leaves of one slice keep their order, which no thread changes. */
static void sort_leaves(struct stratifying *work)
{
    const size_t leaves = work->scan->cells->leaves_count;
    const size_t slices = work->partition->slices_count;

    for (size_t leaf = 0; leaf < leaves; leaf++)
        work->starts[work->partition->slice_of_leaf[leaf] + 1]++;
    for (size_t slice = 0; slice < slices; slice++)
        work->starts[slice + 1] += work->starts[slice];
    for (size_t leaf = leaves; leaf > 0; leaf--) {
        const uint32_t slice = work->partition->slice_of_leaf[leaf - 1];

        work->leaves[--work->starts[slice + 1]] = (uint32_t)(leaf - 1);
    }
    /* Each start has moved to the beginning of its own slice: one place to the left it belongs. */
    for (size_t slice = 0; slice < slices; slice++)
        work->starts[slice] = work->starts[slice + 1];
    work->starts[slices] = leaves;
}

static void gather_slice(struct stratifying *work, size_t slice)
{
    work->touched_count = 0;
    for (size_t i = work->starts[slice]; i < work->starts[slice + 1]; i++) {
        const uint32_t stratum = stratum_of(work, work->leaves[i]);
        struct part *part = &work->slice[stratum];

        if (!part->touched) {
            *part = (struct part){.touched = true};
            work->touched[work->touched_count++] = stratum;
        }
        add_leaf(part, &work->scan->cells->confusions[work->leaves[i]]);
    }
}

static struct pl_stat disparity_of(const struct stratifying *work, enum pl_disparity_kind kind)
{
    struct pl_disparity disparity = {0};
    uint64_t n = 0;

    for (size_t i = 0; i < work->touched_count; i++) {
        const uint32_t stratum = work->touched[i];
        const struct part *part = &work->slice[stratum];

        n += part->n[kind];
        if (pl_disparity_is_open(&work->all[stratum].outcomes[kind]) && part->n[kind] > 0)
            pl_disparity_add(&disparity, &part->outcomes[kind], &work->all[stratum].outcomes[kind],
                             part->n[kind]);
    }
    return n == 0 ? pl_stat_undefined(WITHOUT[kind])
                  : pl_disparity_finish(&disparity, &work->bases[kind]);
}

static void finish_slice(struct stratifying *work, size_t slice)
{
    for (int kind = 0; kind < PL_DISPARITIES_COUNT; kind++)
        work->tallies[slice].disparities[kind] = disparity_of(work, (enum pl_disparity_kind)kind);
    for (size_t i = 0; i < work->touched_count; i++)
        work->slice[work->touched[i]].touched = false;
}

bool pl_strata_scan(const struct pl_scan *scan, const struct pl_partition *partition,
                    struct pl_tally *tallies)
{
    const size_t strata_count = scan->cells->segments[scan->strata - 1].count;
    struct stratifying work = {
        .scan = scan,
        .partition = partition,
        .tallies = tallies,
        .strata_count = strata_count,
        .all = calloc(strata_count + 1, sizeof *work.all),
        .slice = calloc(strata_count + 1, sizeof *work.slice),
        .touched = calloc(strata_count + 1, sizeof *work.touched),
        .leaves = calloc(scan->cells->leaves_count + 1, sizeof *work.leaves),
        .starts = calloc(partition->slices_count + 2, sizeof *work.starts),
    };
    const bool has_memory = work.all != NULL && work.slice != NULL && work.touched != NULL &&
                            work.leaves != NULL && work.starts != NULL;

    if (has_memory) {
        sum_all(&work);
        sort_leaves(&work);
        for (size_t slice = 0; slice < partition->slices_count; slice++) {
            gather_slice(&work, slice);
            finish_slice(&work, slice);
        }
    }
    free(work.all);
    free(work.slice);
    free(work.touched);
    free(work.leaves);
    free(work.starts);
    return has_memory;
}

/*
 * One pass over the clusters of joined decisions. A part of a cluster makes three observations for each
 * measure: of the data, of the baseline, and of their difference, which has the trials of the data.
 */
#include "measure/pair_clusters.h"

#include "measure/cluster_parts.h"
#include "measure/clusters.h"
#include "measure/metrics.h"

enum side { SIDE_HERE, SIDE_THERE, SIDE_DIFFERENCE, SIDES };

struct pass {
    const struct pl_measured *here;
    const enum pl_mark *answers;
    const int *differences;
    const struct pl_partition *partition;
    struct pl_cluster_parts parts;
    struct pl_pair_clusters *pairs;
};

static bool is_rate(const struct pl_metric_row *row)
{
    return row->make == NULL && row->trials != 0 && row->argument != PL_ARGUMENT_CLASS;
}

static double of(unsigned bits, unsigned label, unsigned answer, double weight)
{
    return (bits >> (3 * label + answer) & 1u) != 0 ? weight : 0.0;
}

/* What both sides of a rate have of an entry. */
static void observe_rate(const struct pass *pass, const struct pl_metric_row *row, size_t entry,
                         struct pl_cluster *sides)
{
    const struct pl_cells *cells = pass->here->cells;
    const uint32_t key = cells->clusters->keys[entry];
    const uint32_t group =
        cells->leaf_groups[(size_t)(key / 9) * cells->segments_count + cells->segments_count - 1];
    const double weight = cells->clusters->weights[entry];
    const unsigned label = key % 9 / 3;
    const unsigned answers[2] = {key % 3, (unsigned)pass->answers[group]};

    if (answers[SIDE_THERE] == PL_UNKNOWN)
        return;
    for (int side = 0; side < 2; side++) {
        sides[side].a += of(row->successes, label, answers[side], weight);
        sides[side].b += of(row->trials, label, answers[side], weight);
    }
    sides[SIDE_DIFFERENCE].a += of(row->successes, label, answers[SIDE_HERE], weight) -
                                of(row->successes, label, answers[SIDE_THERE], weight);
    sides[SIDE_DIFFERENCE].b += of(row->trials, label, answers[SIDE_HERE], weight);
}

static void observe_column(const struct pl_cluster_cells *clusters, size_t column, size_t entry,
                           struct pl_cluster *sides)
{
    sides[SIDE_DIFFERENCE].a += clusters->totals[column][entry];
    sides[SIDE_DIFFERENCE].b +=
        clusters->valid[column] == NULL ? clusters->weights[entry] : clusters->valid[column][entry];
}

static void observe(struct pass *pass, size_t part, size_t entry)
{
    struct pl_cluster *sides = &pass->parts.clusters[pl_cluster_parts_at(&pass->parts, part)];

    for (size_t m = 0; m < pass->here->metrics_count; m++) {
        if (is_rate(pass->here->metrics[m].row))
            observe_rate(pass, pass->here->metrics[m].row, entry, sides + m * SIDES);
        else if (pass->differences[m] >= 0)
            observe_column(pass->here->cells->clusters, (size_t)pass->differences[m], entry,
                           sides + m * SIDES);
    }
}

static void add_part(const struct pass *pass, size_t part)
{
    const struct pl_cluster *sides = &pass->parts.clusters[pl_cluster_parts_at(&pass->parts, part)];
    struct pl_pair_clusters *pairs =
        pass->pairs + (size_t)pass->parts.slices[part] * pass->here->metrics_count;

    for (size_t m = 0; m < pass->here->metrics_count; m++, sides += SIDES) {
        if (sides[SIDE_HERE].b > 0.0)
            pl_clusters_add(&pairs[m].here, &sides[SIDE_HERE]);
        if (sides[SIDE_THERE].b > 0.0)
            pl_clusters_add(&pairs[m].there, &sides[SIDE_THERE]);
        if (sides[SIDE_DIFFERENCE].b > 0.0)
            pl_clusters_add(&pairs[m].difference, &sides[SIDE_DIFFERENCE]);
        pl_clusters_share(&pairs[m].shared, &sides[SIDE_HERE], &sides[SIDE_THERE]);
    }
}

static void run_cluster(struct pass *pass, size_t cluster)
{
    const struct pl_cluster_cells *clusters = pass->here->cells->clusters;

    pl_cluster_parts_reset(&pass->parts);
    for (size_t i = clusters->starts[cluster]; i < clusters->starts[cluster + 1]; i++) {
        const size_t known = pass->parts.count;
        const size_t part = pl_cluster_parts_find(
            &pass->parts, pass->partition->slice_of_leaf[clusters->keys[i] / 9]);

        for (size_t m = 0; part == known && m < pass->parts.metrics_count; m++)
            pass->parts.clusters[pl_cluster_parts_at(&pass->parts, part) + m] =
                (struct pl_cluster){.weight = 1.0};
        observe(pass, part, i);
    }
    for (size_t part = 0; part < pass->parts.count; part++)
        add_part(pass, part);
}

enum pl_status pl_pair_clusters_make(const struct pl_pair_request *request,
                                     const struct pl_partition *partition, struct pl_arena *arena,
                                     struct pl_pair_clusters **ret_pairs, struct pl_error *error)
{
    const struct pl_measured *here = request->here;
    const struct pl_cluster_cells *clusters = here->cells->clusters;
    struct pass pass = {
        .here = here,
        .answers = request->answers,
        .differences = request->differences,
        .partition = partition,
    };

    *ret_pairs = NULL;
    if (clusters == NULL)
        return PL_OK;
    pass.pairs = pl_arena_alloc_array(arena, partition->slices_count * here->metrics_count + 1,
                                      sizeof *pass.pairs);

    const bool allocated =
        pl_cluster_parts_init(&pass.parts, SIDES * here->metrics_count, partition->slices_count,
                              partition->slices_count) &&
        pass.pairs != NULL;

    for (size_t i = 0; allocated && i < clusters->count; i++)
        run_cluster(&pass, i);
    pl_cluster_parts_deinit(&pass.parts);
    *ret_pairs = pass.pairs;
    return allocated ? PL_OK : pl_error_set(error, PL_E_MEMORY, "no memory left for the pairs");
}

double pl_pair_clusters_correlation(const struct pl_pair_clusters *pair)
{
    return pl_clusters_correlation(&pair->here, &pair->there, &pair->shared);
}

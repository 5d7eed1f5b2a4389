/*
 * One pass fills all tallies of a grouping. Runs come in ascending order of value, so that ranking
 * and calibration need no memory of what was before; decisions of one slice that share a value are
 * gathered into a tie and handed on when the slice meets its next value.
 */
#include "measure/scan.h"

#include "measure/clusters.h"
#include "measure/metrics.h"
#include "measure/strata.h"
#include "measure/task.h"
#include "stats/quantile.h"

#include <stdlib.h>
#include <string.h>

/* A tie of one slice that is still being gathered. */
struct pending {
    double value;
    bool any;
    struct pl_tie tie;
};

static void add_confusion(struct pl_confusion *sum, const struct pl_confusion *leaf)
{
    for (int label = 0; label < 3; label++)
        for (int prediction = 0; prediction < 3; prediction++) {
            sum->n[label][prediction] += leaf->n[label][prediction];
            sum->weight[label][prediction] += leaf->weight[label][prediction];
            sum->weight_squared[label][prediction] += leaf->weight_squared[label][prediction];
        }
}

static void add_to_totals(struct pl_roc_totals *totals, enum pl_mark label, uint64_t count,
                          double weight)
{
    const double sum = (double)count * weight;

    if (label == PL_POSITIVE) {
        totals->positives_count += count;
        totals->all.positives += sum;
        totals->all.positives_squared += sum * weight;
    } else if (label == PL_NEGATIVE) {
        totals->negatives_count += count;
        totals->all.negatives += sum;
        totals->all.negatives_squared += sum * weight;
    }
}

static void merge_totals(struct pl_roc_totals *sum, const struct pl_roc_totals *leaf)
{
    sum->positives_count += leaf->positives_count;
    sum->negatives_count += leaf->negatives_count;
    sum->all.positives += leaf->all.positives;
    sum->all.negatives += leaf->all.negatives;
    sum->all.positives_squared += leaf->all.positives_squared;
    sum->all.negatives_squared += leaf->all.negatives_squared;
}

static const struct pl_roc_totals *total_leaves(const struct pl_cells *cells,
                                                struct pl_arena *arena)
{
    const struct pl_runs *runs = &cells->columns[0];
    struct pl_roc_totals *totals = pl_arena_alloc_array(arena, cells->leaves_count, sizeof *totals);

    for (size_t i = 0; totals != NULL && i < runs->count; i++)
        add_to_totals(&totals[runs->keys[i] / 4], (enum pl_mark)(runs->keys[i] % 4),
                      runs->counts[i], pl_run_weight(runs, i));
    return totals;
}

/*
 * The first run above the median of all scores, labelled or not: with half of all weight or more at
 * or below a value, the scores above it are those above the median, whichever point between two
 * middle scores one takes for it.
 */
static size_t first_above_median(const struct pl_runs *runs)
{
    double total = 0.0;
    double seen = 0.0;
    size_t i = 0;

    for (size_t j = 0; j < runs->count; j++)
        total += (double)runs->counts[j] * pl_run_weight(runs, j);
    while (i < runs->count) {
        const double value = runs->values[i];

        for (; i < runs->count && runs->values[i] == value; i++)
            seen += (double)runs->counts[i] * pl_run_weight(runs, i);
        if (seen >= 0.5 * total)
            break;
    }
    return i;
}

static const struct pl_rate_sums *total_above(const struct pl_cells *cells, struct pl_arena *arena)
{
    const struct pl_runs *runs = &cells->columns[0];
    struct pl_rate_sums *totals = pl_arena_alloc_array(arena, cells->leaves_count, sizeof *totals);
    const size_t first = first_above_median(runs);

    for (size_t i = 0; totals != NULL && i < runs->count; i++) {
        struct pl_rate_sums *total = &totals[runs->keys[i] / 4];
        const double weight = pl_run_weight(runs, i);
        const double sum = (double)runs->counts[i] * weight;

        total->count += runs->counts[i];
        total->total += sum;
        total->total_squared += sum * weight;
        total->successes += i >= first ? sum : 0.0;
        total->successes_squared += i >= first ? sum * weight : 0.0;
    }
    return totals;
}

static void merge_sums(struct pl_rate_sums *sum, const struct pl_rate_sums *leaf)
{
    sum->count += leaf->count;
    sum->total += leaf->total;
    sum->total_squared += leaf->total_squared;
    sum->successes += leaf->successes;
    sum->successes_squared += leaf->successes_squared;
}

static const struct pl_column_tally *total_columns(const struct pl_cells *cells,
                                                   struct pl_arena *arena)
{
    struct pl_column_tally *totals =
        pl_arena_alloc_array(arena, cells->leaves_count * cells->columns_count, sizeof *totals);

    for (size_t column = 0; totals != NULL && column < cells->columns_count; column++) {
        const struct pl_runs *runs = &cells->columns[column];

        for (size_t i = 0; i < runs->count; i++) {
            struct pl_column_tally *total =
                &totals[(size_t)(runs->keys[i] / 4) * cells->columns_count + column];
            const double weight = pl_run_weight(runs, i);
            const double sum = (double)runs->counts[i] * weight;

            total->n += runs->counts[i];
            total->weight += sum;
            total->weight_squared += sum * weight;
        }
    }
    return totals;
}

static const struct pl_column_facts *learn_columns(const struct pl_cells *cells,
                                                   struct pl_arena *arena)
{
    struct pl_column_facts *facts =
        pl_arena_alloc_array(arena, cells->columns_count + 1, sizeof *facts);

    for (size_t column = 0; facts != NULL && column < cells->columns_count; column++) {
        const struct pl_runs *runs = &cells->columns[column];

        facts[column].is_rate = true;
        facts[column].varies = runs->count > 0 && runs->values[0] < runs->values[runs->count - 1];
        for (size_t i = 0; i < runs->count && facts[column].is_rate; i++)
            facts[column].is_rate = runs->values[i] == 0.0 || runs->values[i] == 1.0;
    }
    return facts;
}

static bool uses_columns(const struct pl_scan *scan)
{
    return (scan->needs & (PL_NEEDS_MEAN | PL_NEEDS_QUANTILE)) != 0;
}

static bool uses_strata(const struct pl_scan *scan)
{
    return (scan->needs & PL_NEEDS_STRATA) != 0 && scan->strata > 0;
}

static bool uses_scores(const struct pl_scan *scan)
{
    return (scan->needs & PL_NEEDS_SCORES) != 0 && scan->cells->has_scores;
}

enum pl_status pl_scan_init(struct pl_scan *scan, const struct pl_cells *cells,
                            const struct pl_measure_options *options, struct pl_arena *arena,
                            struct pl_error *error)
{
    *scan = (struct pl_scan){
        .cells = cells,
        .metrics = options->metrics,
        .metrics_count = options->metrics_count,
        .strata = options->strata,
    };
    for (size_t i = 0; i < options->metrics_count; i++)
        scan->needs |= options->metrics[i].row->needs;
    if (options->with_multicalibration)
        scan->needs |= PL_NEEDS_CALIBRATION | PL_NEEDS_MULTICALIBRATION;
    if (uses_scores(scan)) {
        scan->leaf_totals = total_leaves(cells, arena);
        if (scan->leaf_totals == NULL)
            return pl_arena_error(arena, "the totals of the groups", error);
    }
    if ((scan->needs & PL_NEEDS_COSTS) != 0) {
        struct pl_cost_table *table = NULL;

        PL_RETURN_IF(pl_cost_table_make(cells, &options->costs, arena, &table, error));
        scan->cost_table = table;
    }
    if ((scan->needs & PL_NEEDS_MEDIAN) != 0 && cells->has_scores) {
        scan->leaf_above = total_above(cells, arena);
        if (scan->leaf_above == NULL)
            return pl_arena_error(arena, "the totals of the groups", error);
    }
    if (uses_columns(scan)) {
        scan->leaf_columns = total_columns(cells, arena);
        scan->facts = learn_columns(cells, arena);
        if (scan->leaf_columns == NULL || scan->facts == NULL)
            return pl_arena_error(arena, "the totals of the groups", error);
    }
    if (cells->clusters != NULL)
        return pl_clusters_centre(cells, scan->metrics, scan->metrics_count, arena, &scan->centres,
                                  error);
    return PL_OK;
}

/* Hands a gathered tie to the kernels of its slice. */
static void flush_tie(const struct pl_scan *scan, struct pl_tally *tally, struct pending *pending)
{
    if (!pending->any)
        return;
    if ((scan->needs & PL_NEEDS_ROC) != 0)
        pl_roc_add(&tally->roc, &pending->tie);
    if ((scan->needs & PL_NEEDS_CALIBRATION) != 0)
        pl_calibration_add(&tally->calibration, pending->value, &pending->tie);
    pending->tie = (struct pl_tie){0};
}

static void add_losses(const struct pl_scan *scan, struct pl_tally *tally, size_t run)
{
    const struct pl_runs *runs = &scan->cells->columns[0];
    const double value = runs->values[run];
    const bool positive = runs->keys[run] % 4 == PL_POSITIVE;
    const double weight = pl_run_weight(runs, run);

    if (value < 0.0 || value > 1.0)
        return;
    if ((scan->needs & PL_NEEDS_LOG_LOSS) != 0)
        pl_mean_add(&tally->log_loss, pl_log_loss(value, positive), runs->counts[run], weight);
    if ((scan->needs & PL_NEEDS_BRIER) != 0)
        pl_mean_add(&tally->brier, pl_brier_loss(value, positive), runs->counts[run], weight);
}

static void add_to_tie(struct pl_tie *tie, bool positive, uint64_t count, double weight)
{
    const double sum = (double)count * weight;

    if (positive) {
        tie->positives += sum;
        tie->positives_squared += sum * weight;
    } else {
        tie->negatives += sum;
        tie->negatives_squared += sum * weight;
    }
}

static void scan_scores(const struct pl_scan *scan, const struct pl_partition *partition,
                        struct pl_tally *tallies, struct pending *pendings)
{
    const struct pl_runs *runs = &scan->cells->columns[0];
    const bool losses = (scan->needs & (PL_NEEDS_LOG_LOSS | PL_NEEDS_BRIER)) != 0;

    for (size_t i = 0; i < runs->count; i++) {
        const uint32_t slice = partition->slice_of_leaf[runs->keys[i] / 4];
        const enum pl_mark label = (enum pl_mark)(runs->keys[i] % 4);
        struct pending *pending = &pendings[slice];
        struct pl_tally *tally = &tallies[slice];

        if (label == PL_UNKNOWN)
            continue;
        if (pending->value != runs->values[i] || !pending->any) {
            if (pending->any)
                flush_tie(scan, tally, pending);
            else
                tally->score_min = runs->values[i];
            pending->value = runs->values[i];
            pending->any = true;
        }
        tally->score_max = runs->values[i];
        add_to_tie(&pending->tie, label == PL_POSITIVE, runs->counts[i], pl_run_weight(runs, i));
        if (losses)
            add_losses(scan, tally, i);
    }
    for (size_t slice = 0; slice < partition->slices_count; slice++)
        flush_tie(scan, &tallies[slice], &pendings[slice]);
}

/* Keeps a value whose ranks meet the window; false when memory is out. */
static bool keep_rank(struct pl_quantile_tally *quantile, double value, double rank)
{
    if (quantile->count == quantile->size) {
        const size_t size = quantile->size == 0 ? 64 : quantile->size * 2;
        double *values = realloc(quantile->values, size * sizeof *values);

        if (values != NULL)
            quantile->values = values;

        double *ranks = realloc(quantile->rank_last, size * sizeof *ranks);

        if (ranks != NULL)
            quantile->rank_last = ranks;
        if (values == NULL || ranks == NULL)
            return false;
        quantile->size = size;
    }
    quantile->values[quantile->count] = value;
    quantile->rank_last[quantile->count++] = rank;
    return true;
}

/* The same value again, from another leaf: its last rank moves on. */
static bool extend_rank(struct pl_quantile_tally *quantile, double value, double rank)
{
    if (quantile->count == 0 || quantile->values[quantile->count - 1] != value)
        return keep_rank(quantile, value, rank);
    quantile->rank_last[quantile->count - 1] = rank;
    return true;
}

static bool add_to_quantile(struct pl_quantile_tally *quantile,
                            const struct pl_column_tally *column, double q, double value,
                            double weight)
{
    const double to_rank = pl_kish_n(column->weight, column->weight_squared) / column->weight;
    const double first = column->weight_seen * to_rank;
    const double last = (column->weight_seen + weight) * to_rank;

    /* A hair of tolerance: q * n may come out a rounding error above a whole number. */
    if (!quantile->found && column->weight_seen + weight >= q * column->weight * (1.0 - 1e-12)) {
        quantile->value = value;
        quantile->found = true;
    }
    if (last + 1.0 < quantile->first_rank || first > quantile->last_rank)
        return true;
    return extend_rank(quantile, value, last);
}

static bool add_to_quantiles(const struct pl_scan *scan, struct pl_tally *tally, size_t column,
                             double value, double weight)
{
    for (size_t i = 0; i < scan->metrics_count; i++) {
        const struct pl_metric *metric = &scan->metrics[i];

        if ((metric->row->needs & PL_NEEDS_QUANTILE) == 0 || metric->column != (int)column)
            continue;
        if (!add_to_quantile(&tally->quantiles[i], &tally->columns[column], metric->argument, value,
                             weight))
            return false;
    }
    return true;
}

static bool scan_column(const struct pl_scan *scan, const struct pl_partition *partition,
                        size_t column, struct pl_tally *tallies)
{
    const struct pl_runs *runs = &scan->cells->columns[column];
    const bool quantiles = (scan->needs & PL_NEEDS_QUANTILE) != 0;

    for (size_t i = 0; i < runs->count; i++) {
        struct pl_tally *tally = &tallies[partition->slice_of_leaf[runs->keys[i] / 4]];
        struct pl_column_tally *sums = &tally->columns[column];
        const double weight = pl_run_weight(runs, i);
        const double sum = (double)runs->counts[i] * weight;

        pl_mean_add(&sums->mean, runs->values[i], runs->counts[i], weight);
        if (quantiles && !add_to_quantiles(scan, tally, column, runs->values[i], sum))
            return false;
        sums->weight_seen += sum;
    }
    return true;
}

static void init_columns(const struct pl_scan *scan, const struct pl_partition *partition,
                         struct pl_tally *tallies)
{
    const struct pl_cells *cells = scan->cells;

    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
        for (size_t column = 0; column < cells->columns_count; column++) {
            const struct pl_column_tally *from =
                &scan->leaf_columns[leaf * cells->columns_count + column];
            struct pl_column_tally *to = &tallies[partition->slice_of_leaf[leaf]].columns[column];

            to->n += from->n;
            to->weight += from->weight;
            to->weight_squared += from->weight_squared;
        }
    for (size_t slice = 0; slice < partition->slices_count; slice++)
        for (size_t column = 0; column < cells->columns_count; column++) {
            tallies[slice].columns[column].varies = scan->facts[column].varies;
            if (!scan->facts[column].is_rate)
                pl_mean_refuse_rate(&tallies[slice].columns[column].mean);
        }
}

/* Which ranks each quantile keeps. */
static void init_quantiles(const struct pl_scan *scan, const struct pl_partition *partition,
                           struct pl_tally *tallies)
{
    for (size_t slice = 0; slice < partition->slices_count; slice++)
        for (size_t i = 0; i < scan->metrics_count; i++) {
            const struct pl_metric *metric = &scan->metrics[i];

            if ((metric->row->needs & PL_NEEDS_QUANTILE) == 0)
                continue;

            const struct pl_column_tally *column = &tallies[slice].columns[metric->column];

            if (column->n == 0)
                continue;

            const struct pl_rank_range range = pl_quantile_ranks(
                metric->argument, pl_kish_n(column->weight, column->weight_squared));

            tallies[slice].quantiles[i].first_rank = range.first;
            tallies[slice].quantiles[i].last_rank = range.last;
        }
}

static unsigned roc_parts(unsigned needs)
{
    return ((needs & PL_NEEDS_AREA) != 0 ? PL_ROC_AREA : 0u) |
           ((needs & PL_NEEDS_PRECISION) != 0 ? PL_ROC_PRECISION : 0u) |
           ((needs & PL_NEEDS_SEPARATION) != 0 ? PL_ROC_SEPARATION : 0u);
}

static void init_kernels(const struct pl_scan *scan, struct pl_tally *tallies, size_t count)
{
    for (size_t slice = 0; slice < count; slice++) {
        struct pl_tally *tally = &tallies[slice];

        pl_roc_init(&tally->roc, &tally->score_totals, roc_parts(scan->needs));
        pl_calibration_init(&tally->calibration, &tally->score_totals, PL_CALIBRATION_BINS);
        pl_mean_init(&tally->log_loss);
        pl_mean_init(&tally->brier);
    }
}

/* Sums of counts over the leaves of each slice, in the order of the leaves. */
static void sum_leaves(const struct pl_scan *scan, const struct pl_partition *partition,
                       struct pl_tally *tallies)
{
    const struct pl_cells *cells = scan->cells;

    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++) {
        struct pl_tally *tally = &tallies[partition->slice_of_leaf[leaf]];

        add_confusion(&tally->confusion, &cells->confusions[leaf]);
        for (size_t i = 0; i < cells->ratios.count; i++)
            pl_ratio_sums_add(&tally->ratios[i],
                              &cells->ratios.sums[leaf * cells->ratios.count + i]);
        if (scan->cost_table != NULL)
            pl_cost_sums_add(tally->by_cost, scan->cost_table, leaf, &cells->confusions[leaf]);
        if (scan->leaf_totals != NULL)
            merge_totals(&tally->score_totals, &scan->leaf_totals[leaf]);
        if (scan->leaf_above != NULL)
            merge_sums(&tally->above_median, &scan->leaf_above[leaf]);
        if (cells->neighbours != NULL)
            pl_neighbour_sums_merge(&tally->neighbours, &cells->neighbours->leaves[leaf]);
    }
    for (size_t slice = 0; slice < partition->slices_count; slice++) {
        struct pl_tally *tally = &tallies[slice];

        tally->n = pl_confusion_count(&tally->confusion, 0x1ffu);
        tally->weight = pl_confusion_weight(&tally->confusion, 0x1ffu);
        tally->weight_squared = pl_confusion_weight_squared(&tally->confusion, 0x1ffu);
    }
}

static bool make_tallies(const struct pl_scan *scan, struct pl_tally *tallies, size_t count)
{
    const size_t columns_count = scan->cells->columns_count;

    for (size_t slice = 0; slice < count; slice++) {
        struct pl_tally *tally = &tallies[slice];

        tally->kind = pl_task_kind_of(scan->cells->task);
        tally->cost_table = scan->cost_table;
        if (scan->cost_table != NULL)
            tally->by_cost = calloc(scan->cost_table->count, sizeof *tally->by_cost);
        tally->metrics = scan->metrics;
        tally->has_strata = scan->strata > 0;
        tally->has_neighbours = scan->cells->neighbours != NULL;
        tally->compared = tally->has_neighbours ? scan->cells->neighbours->decisions : 0;
        tally->weighted = scan->cells->has_weights;
        tally->has_scores = scan->cells->has_scores;
        tally->columns = calloc(columns_count + 1, sizeof *tally->columns);
        tally->quantiles = calloc(scan->metrics_count + 1, sizeof *tally->quantiles);
        tally->ratios = calloc(scan->cells->ratios.count + 1, sizeof *tally->ratios);
        if (tally->columns == NULL || tally->quantiles == NULL || tally->ratios == NULL ||
            (scan->cost_table != NULL && tally->by_cost == NULL))
            return false;
    }
    return true;
}

static bool fill_tallies(const struct pl_scan *scan, const struct pl_partition *partition,
                         struct pl_tally *tallies)
{
    sum_leaves(scan, partition, tallies);
    if (uses_strata(scan) && !pl_strata_scan(scan, partition, tallies))
        return false;
    if (uses_scores(scan)) {
        struct pending *pendings = calloc(partition->slices_count, sizeof *pendings);

        if (pendings == NULL)
            return false;
        init_kernels(scan, tallies, partition->slices_count);
        scan_scores(scan, partition, tallies, pendings);
        free(pendings);
    }
    if (!uses_columns(scan))
        return true;
    init_columns(scan, partition, tallies);
    init_quantiles(scan, partition, tallies);
    for (size_t column = scan->cells->has_scores ? 1 : 0; column < scan->cells->columns_count;
         column++)
        if (!scan_column(scan, partition, column, tallies))
            return false;
    return true;
}

/* The part of the tallies that belongs to the kind of task. */
static enum pl_status fill_task(const struct pl_scan *scan, const struct pl_partition *partition,
                                struct pl_tally *tallies, struct pl_error *error)
{
    const struct pl_task_kind *kind = pl_task_kind_of(scan->cells->task);

    if (kind->scan == NULL || ((scan->needs & PL_NEEDS_TASK) == 0 && !kind->always_scans))
        return PL_OK;
    return kind->scan(scan, partition, tallies, error);
}

enum pl_status pl_scan_run(const struct pl_scan *scan, const struct pl_partition *partition,
                           struct pl_tally **ret_tallies, struct pl_error *error)
{
    struct pl_tally *tallies = calloc(partition->slices_count, sizeof *tallies);

    if (tallies == NULL || !make_tallies(scan, tallies, partition->slices_count) ||
        !fill_tallies(scan, partition, tallies)) {
        pl_tallies_free(tallies, partition->slices_count, scan->metrics_count);
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the tallies of %zu slices",
                            partition->slices_count);
    }

    enum pl_status status = fill_task(scan, partition, tallies, error);

    if (status == PL_OK && scan->cells->clusters != NULL &&
        !pl_scan_clusters(scan, partition, tallies))
        status = pl_error_set(error, PL_E_MEMORY, "no memory left for the groups of %zu slices",
                              partition->slices_count);
    if (status == PL_OK)
        *ret_tallies = tallies;
    else
        pl_tallies_free(tallies, partition->slices_count, scan->metrics_count);
    return status;
}

void pl_tallies_free(struct pl_tally *tallies, size_t count, size_t windows_count)
{
    for (size_t slice = 0; tallies != NULL && slice < count; slice++) {
        struct pl_tally *tally = &tallies[slice];

        for (size_t i = 0; tally->quantiles != NULL && i < windows_count; i++) {
            free(tally->quantiles[i].values);
            free(tally->quantiles[i].rank_last);
        }
        free(tally->by_cost);
        free(tally->columns);
        free(tally->quantiles);
        free(tally->ratios);
        free(tally->clustered.sums);
        free(tally->clustered.shared);
        if (tally->kind != NULL && tally->kind->free_tally != NULL)
            tally->kind->free_tally(tally);
    }
    free(tallies);
}

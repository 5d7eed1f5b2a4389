/*
 * The bins of calibration_error once more, and this time kept: a tie of a slice goes as a whole into the
 * bin of its middle rank (stats/calibration.c), so that the weighted sum of the gaps is the measure.
 */
#include "measure/reliability.h"

#include "measure/metrics.h"
#include "measure/partition.h"

#include <math.h>
#include <stdlib.h>

#define BINS PL_CALIBRATION_BINS

/* The sums of a bin, and of a tie on its way. */
struct sums {
    struct pl_rate_sums rate;
    double weighted_score;
    double low;
    double high;
};

/* One slice under way. */
struct track {
    double weight; /* of all its labelled decisions */
    double below;
    struct sums tie;
    struct sums bins[BINS];
};

struct tracing {
    const struct pl_measured *measured;
    struct pl_arena *arena;
    struct pl_reliability *items;
    size_t count;
    size_t error_index; /* of calibration_error and ecce among the metrics */
    size_t ecce_index;
};

static void add_run(struct sums *tie, const struct pl_runs *runs, size_t i)
{
    const double weight = pl_run_weight(runs, i);
    const double sum = (double)runs->counts[i] * weight;
    const bool positive = runs->keys[i] % 4 == PL_POSITIVE;

    tie->rate.count += runs->counts[i];
    tie->rate.total += sum;
    tie->rate.total_squared += sum * weight;
    tie->rate.successes += positive ? sum : 0.0;
    tie->rate.successes_squared += positive ? sum * weight : 0.0;
    tie->weighted_score += sum * runs->values[i];
    tie->low = runs->values[i];
    tie->high = runs->values[i];
}

static void merge(struct sums *bin, const struct sums *tie)
{
    if (bin->rate.count == 0)
        bin->low = tie->low;
    bin->high = tie->high;
    bin->rate.count += tie->rate.count;
    bin->rate.total += tie->rate.total;
    bin->rate.total_squared += tie->rate.total_squared;
    bin->rate.successes += tie->rate.successes;
    bin->rate.successes_squared += tie->rate.successes_squared;
    bin->weighted_score += tie->weighted_score;
}

static void flush(struct track *track)
{
    const double middle = track->below + 0.5 * track->tie.rate.total;

    if (track->tie.rate.count == 0)
        return;
    merge(&track->bins[(size_t)fmin(BINS - 1, floor(BINS * middle / track->weight))], &track->tie);
    track->below += track->tie.rate.total;
    track->tie = (struct sums){0};
}

static void trace(const struct pl_cells *cells, const struct pl_partition *partition,
                  struct track *tracks)
{
    const struct pl_runs *runs = &cells->columns[0];

    for (size_t i = 0; i < runs->count; i++)
        if (runs->keys[i] % 4 != PL_UNKNOWN)
            tracks[partition->slice_of_leaf[runs->keys[i] / 4]].weight +=
                (double)runs->counts[i] * pl_run_weight(runs, i);
    for (size_t i = 0; i < runs->count; i++) {
        struct track *track = &tracks[partition->slice_of_leaf[runs->keys[i] / 4]];

        if (runs->keys[i] % 4 == PL_UNKNOWN)
            continue;
        if (track->tie.rate.count > 0 && track->tie.high != runs->values[i])
            flush(track);
        add_run(&track->tie, runs, i);
    }
    for (size_t slice = 0; slice < partition->slices_count; slice++)
        flush(&tracks[slice]);
}

static struct pl_reliability_bin bin_of(const struct tracing *tracing, const struct sums *sums)
{
    const struct pl_measured *measured = tracing->measured;
    const bool weighted = measured->cells->has_weights;
    struct pl_stat stat = {.kind = PL_STAT_RATE, .n = sums->rate.count};
    struct pl_reliability_bin bin = {
        .n = sums->rate.count,
        .score_low = sums->low,
        .score_high = sums->high,
        .score = sums->weighted_score / sums->rate.total,
    };

    stat.rate.rate = weighted ? pl_rate_effective(&sums->rate)
                              : (struct pl_rate){sums->rate.successes, sums->rate.total};
    stat.value = sums->rate.successes / sums->rate.total;
    bin.rate =
        pl_stat_estimate(&stat, measured->confidence,
                         measured->interval == PL_INTERVAL_EXACT ? PL_RATE_EXACT : PL_RATE_WILSON);
    bin.gap = bin.rate;
    bin.gap.value -= bin.score;
    bin.gap.low -= bin.score;
    bin.gap.high -= bin.score;
    return bin;
}

static enum pl_status add_slice(struct tracing *tracing, const struct pl_slice *slice,
                                const struct track *track, struct pl_error *error)
{
    struct pl_reliability *item = &tracing->items[tracing->count++];
    struct pl_reliability_bin *bins = pl_arena_alloc_array(tracing->arena, BINS, sizeof *bins);

    if (bins == NULL)
        return pl_arena_error(tracing->arena, "the bins of the scores", error);
    item->slice = slice;
    item->calibration_error = &slice->estimates[tracing->error_index];
    item->ecce = &slice->estimates[tracing->ecce_index];
    item->p_value = pl_ecce_p_value(&slice->stats[tracing->ecce_index]);
    item->bins = bins;
    if (item->calibration_error->status == PL_ESTIMATE_UNDEFINED || track == NULL)
        return PL_OK;
    for (size_t i = 0; i < BINS; i++)
        if (track->bins[i].rate.count > 0)
            bins[item->bins_count++] = bin_of(tracing, &track->bins[i]);
    return PL_OK;
}

/* The slices of one grouping; without scores there are slices and no bins. */
static enum pl_status add_slices(struct tracing *tracing, const struct pl_partition *partition,
                                 const struct pl_slice *slices, struct pl_error *error)
{
    const struct pl_cells *cells = tracing->measured->cells;
    struct track *tracks = calloc(partition->slices_count + 1, sizeof *tracks);
    enum pl_status status = PL_OK;

    if (tracks == NULL)
        return pl_error_set(error, PL_E_MEMORY, "no memory left for the bins of %zu slices",
                            partition->slices_count);
    if (cells->has_scores)
        trace(cells, partition, tracks);
    for (size_t i = 0; i < partition->slices_count && status == PL_OK; i++)
        status = add_slice(tracing, &slices[i], cells->has_scores ? &tracks[i] : NULL, error);
    free(tracks);
    return status;
}

static size_t find_metric(const struct pl_measured *measured, const char *name)
{
    size_t i = 0;

    while (i < measured->metrics_count && !pl_str_equal_text(measured->metrics[i].name, name))
        i++;
    return i;
}

/* The one the multicalibration error is of. */
static const struct pl_reliability *find_worst(const struct tracing *tracing)
{
    const struct pl_multicalibration *all = tracing->measured->multicalibration;

    if (all == NULL || all->worst == NULL)
        return NULL;
    if (all->worst->crossing == NULL)
        return &tracing->items[0];
    for (size_t i = 1; i < tracing->count; i++)
        if (tracing->items[i].slice == all->worst)
            return &tracing->items[i];
    return NULL;
}

static enum pl_status trace_all(struct tracing *tracing, struct pl_error *error)
{
    const struct pl_measured *measured = tracing->measured;
    struct pl_partition partition;
    struct pl_slice *unused = NULL;

    PL_RETURN_IF(pl_partition_all(measured->cells, tracing->arena, &partition, error));
    PL_RETURN_IF(add_slices(tracing, &partition, &measured->overall, error));
    for (size_t g = 0; g < measured->groupings_count; g++) {
        const struct pl_grouping *grouping = &measured->groupings[g];

        PL_RETURN_IF(pl_partition_make(measured->cells, &grouping->crossing, tracing->arena,
                                       &partition, &unused, error));
        PL_RETURN_IF(add_slices(tracing, &partition, grouping->slices, error));
    }
    return PL_OK;
}

enum pl_status pl_reliability_make(const struct pl_measured *measured, struct pl_arena *arena,
                                   struct pl_reliabilities **ret_reliabilities,
                                   struct pl_error *error)
{
    struct pl_reliabilities *made = pl_arena_alloc(arena, sizeof *made);
    struct tracing tracing = {
        .measured = measured,
        .arena = arena,
        .error_index = find_metric(measured, "calibration_error"),
        .ecce_index = find_metric(measured, "ecce"),
    };
    size_t size = 1;

    for (size_t g = 0; g < measured->groupings_count; g++)
        size += measured->groupings[g].slices_count;
    tracing.items = pl_arena_alloc_array(arena, size, sizeof *tracing.items);
    if (made == NULL || tracing.items == NULL)
        return pl_arena_error(arena, "the bins of the scores", error);
    if (tracing.error_index == measured->metrics_count ||
        tracing.ecce_index == measured->metrics_count)
        return pl_error_set(error, PL_E_USAGE, "calibration was not measured");
    PL_RETURN_IF(trace_all(&tracing, error));
    made->items = tracing.items;
    made->count = tracing.count;
    made->worst = find_worst(&tracing);
    *ret_reliabilities = made;
    return PL_OK;
}

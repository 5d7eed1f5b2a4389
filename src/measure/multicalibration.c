/*
 * Multicalibration error (Guy, Haimovich, Linder, Okati, Perini, Tax & Tygert 2025; Hebert-Johnson,
 * Kim, Reingold & Rothblum 2018 for the idea): the largest calibration error over all slices, each in units of
 * its own noise, brought back to the scale of a probability by the noise of all decisions:
 *
 *     max over slices s of  ECCE_s / sigma_s * sigma,   sigma_s = sqrt(sum w^2 p (1 - p)) / sum w
 *
 * so that a small slice does not lead for being small. What chance makes of it under perfect calibration
 * is simulated over all slices at once (stats/multicalibration.h), on bins of the score.
 */
#include "measure/multicalibration.h"

#include "measure/metrics.h"
#include "measure/partition.h"
#include "stats/multicalibration.h"

#include <math.h>
#include <stdlib.h>

#define BINS_MAX       100
#define BINS_MIN       10
#define CELLS_WANTED   20000
#define REPLICATES_MAX 1999
#define REPLICATES_MIN 199
#define DRAWS_WANTED   4e7

/* A cell while decisions are added to it. */
struct filling {
    struct pl_score_cell cell;
    uint32_t leaf;
    uint32_t bin;
    double weight;
    double weighted_probability;
    double variance;
};

struct calibrating {
    const struct pl_scan *scan;
    const struct pl_measure_options *options;
    const struct pl_multicalibration_parts *parts;
    struct pl_arena *scratch;
    uint32_t bins;
    struct filling *cells;
    size_t cells_count;
    struct pl_score_walk *walks;
    struct pl_multicalibration result;
    double sigma; /* of all decisions */
    double worst; /* the largest error of a slice in units of its noise */
};

/* ---- the slices that are looked at, and the worst of them ---- */

/* Slices that are listed only are not looked at, nor those with too few labels. */
static bool is_looked_at(const struct calibrating *work, const struct pl_slice *slice,
                         const struct pl_tally *tally)
{
    const uint64_t n = tally->score_totals.positives_count + tally->score_totals.negatives_count;

    if (slice->crossing == NULL)
        return n > 0;
    return n >= work->options->smallest_slice && !(work->options->missing == PL_MISSING_LIST &&
                                                   pl_slice_is_missing(work->scan->cells, slice));
}

/* 1 / (W sigma_s), so that times the range of the sums of w (y - p) it is in units of noise; 0 for a
   slice that is left out. */
static double scale_of(struct calibrating *work, const struct pl_slice *slice,
                       const struct pl_tally *tally)
{
    const struct pl_stat ecce = pl_calibration_finish_ecce(&tally->calibration);
    const double weight = tally->score_totals.all.positives + tally->score_totals.all.negatives;

    if (!is_looked_at(work, slice, tally) || ecce.kind == PL_STAT_NONE || ecce.biased.spread <= 0.0)
        return 0.0;
    work->result.slices_count++;
    work->result.se_high = fmax(work->result.se_high, ecce.biased.se_high / ecce.biased.spread);
    if (ecce.value / ecce.biased.spread > work->worst || work->result.worst == NULL) {
        work->worst = ecce.value / ecce.biased.spread;
        work->result.worst = slice;
        work->result.ecce = ecce.value;
    }
    return 1.0 / (weight * ecce.biased.spread);
}

/* ---- cells ---- */

static double labelled_weight(const struct pl_tally *all)
{
    return all->score_totals.all.positives + all->score_totals.all.negatives;
}

static size_t count_distinct(const struct pl_runs *runs)
{
    size_t distinct = 0;

    for (size_t i = 0; i < runs->count && distinct <= BINS_MAX; i++)
        distinct += i == 0 || runs->values[i] != runs->values[i - 1];
    return distinct;
}

static void add_run(struct filling *filling, const struct pl_runs *runs, size_t i)
{
    const double p = runs->values[i];
    const double weight = pl_run_weight(runs, i);
    const double sum = (double)runs->counts[i] * weight;
    const double y = runs->keys[i] % 4 == PL_POSITIVE ? 1.0 : 0.0;

    filling->cell.n += runs->counts[i];
    filling->cell.residual += sum * (y - p);
    filling->weight += sum;
    filling->weighted_probability += sum * p;
    filling->variance += sum * weight * p * (1.0 - p);
}

static void close_cell(struct filling *filling, bool weighted)
{
    const double n = (double)filling->cell.n;
    const double p = fmin(1.0, fmax(0.0, filling->weighted_probability / filling->weight));

    filling->cell.probability = p;
    filling->cell.scale = 1.0;
    if (weighted)
        filling->cell.scale =
            p > 0.0 && p < 1.0 ? sqrt(filling->variance / (n * p * (1.0 - p))) : 0.0;
}

/* The decisions of one bin, by leaf: `at` says where each leaf's cell is, plus 1, and is cleared. */
static size_t fill_bin(struct calibrating *work, size_t first, size_t end, uint32_t bin,
                       uint32_t *at)
{
    const struct pl_runs *runs = &work->scan->cells->columns[0];
    const size_t before = work->cells_count;

    for (size_t i = first; i < end; i++) {
        const uint32_t leaf = runs->keys[i] / 4;

        if (runs->keys[i] % 4 == PL_UNKNOWN)
            continue;
        if (at[leaf] == 0) {
            work->cells[work->cells_count++] = (struct filling){.leaf = leaf, .bin = bin};
            at[leaf] = (uint32_t)work->cells_count;
        }
        add_run(&work->cells[at[leaf] - 1], runs, i);
    }
    for (size_t i = before; i < work->cells_count; i++) {
        at[work->cells[i].leaf] = 0;
        close_cell(&work->cells[i], work->scan->cells->has_weights);
    }
    return end;
}

/* The end of the runs of one value, and their labelled weight. */
static size_t end_of_tie(const struct pl_runs *runs, size_t first, double *ret_weight)
{
    size_t i = first;

    *ret_weight = 0.0;
    for (; i < runs->count && runs->values[i] == runs->values[first]; i++)
        if (runs->keys[i] % 4 != PL_UNKNOWN)
            *ret_weight += (double)runs->counts[i] * pl_run_weight(runs, i);
    return i;
}

/* Bins of equal mass; with few distinct scores each is a bin. A tie is never divided. */
static void fill_cells(struct calibrating *work, uint32_t *at)
{
    const struct pl_runs *runs = &work->scan->cells->columns[0];
    const bool each = count_distinct(runs) <= work->bins;
    const double total = labelled_weight(work->parts->items[0].tallies);
    uint32_t bin = 0;
    double below = 0.0;
    size_t first = 0;
    size_t i = 0;

    while (i < runs->count) {
        double weight = 0.0;
        const size_t end = end_of_tie(runs, i, &weight);
        const double index = floor((double)work->bins * (below + 0.5 * weight) / total);
        const uint32_t next =
            each ? bin + (i > 0) : (uint32_t)fmin((double)work->bins - 1.0, index);

        if (next > bin && i > first)
            first = fill_bin(work, first, i, bin, at);
        bin = next;
        below += weight;
        i = end;
    }
    (void)fill_bin(work, first, runs->count, bin, at);
}

static enum pl_status make_cells(struct calibrating *work, struct pl_error *error)
{
    const struct pl_cells *cells = work->scan->cells;
    const double wanted = (double)CELLS_WANTED / (double)cells->leaves_count;

    work->bins = (uint32_t)fmax(BINS_MIN, fmin(BINS_MAX, wanted));

    const size_t most = cells->leaves_count * work->bins;
    const size_t size = cells->columns[0].count < most ? cells->columns[0].count : most;
    uint32_t *at = pl_arena_alloc_array(work->scratch, cells->leaves_count + 1, sizeof *at);

    work->cells = pl_arena_alloc_array(work->scratch, size + 1, sizeof *work->cells);
    if (at == NULL || work->cells == NULL)
        return pl_arena_error(work->scratch, "the cells of the calibration error", error);
    fill_cells(work, at);
    return PL_OK;
}

/* ---- walks ---- */

struct stop {
    uint32_t bin;
    uint32_t slice;
    uint32_t cell;
};

static int compare_stops(const void *a, const void *b)
{
    const struct stop *first = a;
    const struct stop *second = b;

    if (first->bin != second->bin)
        return first->bin < second->bin ? -1 : 1;
    if (first->slice != second->slice)
        return first->slice < second->slice ? -1 : 1;
    return (first->cell > second->cell) - (first->cell < second->cell);
}

static void fill_walk(const struct stop *stops, size_t count, uint32_t *cells, uint32_t *slices,
                      bool *ends)
{
    for (size_t i = 0; i < count; i++) {
        cells[i] = stops[i].cell;
        slices[i] = stops[i].slice;
        ends[i] = i + 1 == count || stops[i + 1].bin != stops[i].bin ||
                  stops[i + 1].slice != stops[i].slice;
    }
}

static enum pl_status make_walk(struct calibrating *work, size_t part_index, struct pl_error *error)
{
    const struct pl_multicalibration_part *part = &work->parts->items[part_index];
    const size_t slices_count = part->partition->slices_count;
    double *scales = pl_arena_alloc_array(work->scratch, slices_count + 1, sizeof *scales);
    struct stop *stops = pl_arena_alloc_array(work->scratch, work->cells_count + 1, sizeof *stops);
    uint32_t *cells = pl_arena_alloc_array(work->scratch, work->cells_count + 1, sizeof *cells);
    uint32_t *slices = pl_arena_alloc_array(work->scratch, work->cells_count + 1, sizeof *slices);
    bool *ends = pl_arena_alloc_array(work->scratch, work->cells_count + 1, sizeof *ends);

    if (scales == NULL || stops == NULL || cells == NULL || slices == NULL || ends == NULL)
        return pl_arena_error(work->scratch, "the walks of the calibration error", error);
    for (size_t s = 0; s < slices_count; s++)
        scales[s] = scale_of(work, &part->slices[s], &part->tallies[s]);
    for (size_t i = 0; i < work->cells_count; i++)
        stops[i] = (struct stop){work->cells[i].bin,
                                 part->partition->slice_of_leaf[work->cells[i].leaf], (uint32_t)i};
    qsort(stops, work->cells_count, sizeof *stops, compare_stops);
    fill_walk(stops, work->cells_count, cells, slices, ends);
    work->walks[part_index] =
        (struct pl_score_walk){cells, slices, ends, work->cells_count, scales, slices_count};
    return PL_OK;
}

static enum pl_status make_walks(struct calibrating *work, struct pl_error *error)
{
    work->walks = pl_arena_alloc_array(work->scratch, work->parts->count + 1, sizeof *work->walks);
    if (work->walks == NULL)
        return pl_arena_error(work->scratch, "the walks of the calibration error", error);
    for (size_t i = 0; i < work->parts->count; i++)
        PL_RETURN_IF(make_walk(work, i, error));
    return PL_OK;
}

/* ---- the statistic ---- */

static uint32_t replicates_for(const struct calibrating *work)
{
    const double draws = DRAWS_WANTED / (double)(work->cells_count + 1);

    return (uint32_t)fmax(REPLICATES_MIN, fmin(REPLICATES_MAX, draws));
}

/* Replicates are in units of noise; the statistic is on the scale of a probability. */
static enum pl_status keep_sample(struct calibrating *work, const double *sample, size_t count,
                                  struct pl_arena *arena, struct pl_error *error)
{
    double *kept = pl_arena_alloc_array(arena, count, sizeof *kept);

    if (kept == NULL)
        return pl_arena_error(arena, "the replicates of the calibration error", error);
    for (size_t i = 0; i < count; i++)
        kept[i] = work->sigma * sample[i];
    work->result.stat.biased.sample = kept;
    work->result.stat.biased.sample_count = count;
    return PL_OK;
}

static enum pl_status simulate(struct calibrating *work, struct pl_arena *arena,
                               struct pl_error *error)
{
    struct pl_score_cell *cells =
        pl_arena_alloc_array(work->scratch, work->cells_count + 1, sizeof *cells);
    const struct pl_multicalibration_request request = {
        .cells = cells,
        .cells_count = work->cells_count,
        .walks = work->walks,
        .walks_count = work->parts->count,
        .replicates = replicates_for(work),
        .seed = work->options->seed,
        .threads = work->options->threads,
    };
    const double *sample = NULL;
    double observed = 0.0;

    if (cells == NULL)
        return pl_arena_error(work->scratch, "the cells of the calibration error", error);
    for (size_t i = 0; i < work->cells_count; i++)
        cells[i] = work->cells[i].cell;
    PL_RETURN_IF(pl_multicalibration_draw(&request, work->scratch, &observed, &sample, error));
    work->result.replicates = request.replicates;
    /* Between the bins the walk may reach further; that much is not proven. */
    work->result.stat.biased.mean = fmax(0.0, work->result.stat.value - work->sigma * observed);
    return keep_sample(work, sample, request.replicates, arena, error);
}

static enum pl_status calibrate(struct calibrating *work, struct pl_arena *arena,
                                struct pl_error *error)
{
    const struct pl_stat all =
        pl_calibration_finish_ecce(&work->parts->items[0].tallies->calibration);

    work->sigma = all.biased.spread;
    PL_RETURN_IF(make_cells(work, error));
    PL_RETURN_IF(make_walks(work, error));
    if (work->result.worst == NULL) {
        work->result.stat = pl_stat_undefined(PL_UNDEFINED_SURE_SCORES);
        return PL_OK;
    }
    work->result.sigmas = work->worst;
    work->result.stat = (struct pl_stat){
        .kind = PL_STAT_BIASED,
        .n = all.n,
        .value = work->worst * work->sigma,
        .biased = {.noise = PL_NOISE_SAMPLE,
                   .se_high = work->result.se_high * work->sigma,
                   .spread = work->sigma,
                   .ceiling = HUGE_VAL,
                   .family = (double)work->result.slices_count},
    };
    return simulate(work, arena, error);
}

/* Why there is nothing to calibrate, or PL_DEFINED. */
static enum pl_undefined missing(const struct pl_scan *scan, const struct pl_tally *all)
{
    if (!scan->cells->has_scores)
        return PL_UNDEFINED_NO_SCORES;
    if (all->score_totals.positives_count + all->score_totals.negatives_count == 0)
        return scan->cells->has_labels ? PL_UNDEFINED_NO_SCORES : PL_UNDEFINED_NO_LABELS;
    if (all->score_min < 0.0 || all->score_max > 1.0)
        return PL_UNDEFINED_NOT_PROBABILITIES;
    return PL_DEFINED;
}

enum pl_status pl_multicalibrate(const struct pl_scan *scan,
                                 const struct pl_measure_options *options,
                                 const struct pl_multicalibration_parts *parts,
                                 struct pl_arena *arena, struct pl_multicalibration *ret_result,
                                 struct pl_error *error)
{
    const enum pl_undefined reason = missing(scan, parts->items[0].tallies);
    struct pl_arena scratch;
    struct calibrating work = {
        .scan = scan, .options = options, .parts = parts, .scratch = &scratch};

    if (reason != PL_DEFINED) {
        *ret_result = (struct pl_multicalibration){.stat = pl_stat_undefined(reason)};
        return PL_OK;
    }
    pl_arena_init(&scratch, (size_t)16 << 30);

    const enum pl_status status = calibrate(&work, arena, error);

    pl_arena_deinit(&scratch);
    if (status == PL_OK)
        *ret_result = work.result;
    return status;
}

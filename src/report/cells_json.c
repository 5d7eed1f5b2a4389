/*
 * Cells as flat arrays of numbers, which are small and quick to read. Reducing goes over the runs in
 * the order of their values and sums up each bin; bins get coarser until the runs are few enough.
 */
#include "report/cells_json.h"

#include "report/values.h"

#include <string.h>

#define BINS_MAX 4096

/* The runs that are written: those of the cells, or of bins of them. */
struct reduced {
    double *values;
    uint64_t *sizes; /* runs of each value */
    size_t values_count;
    uint32_t *keys;
    uint64_t *counts;
    double *weights;
    size_t count;
};

/* The sums of one bin by key, and which keys it has, in the order in which they came. */
struct bin {
    uint64_t *counts;
    double *weights;
    uint32_t *keys;
    size_t keys_count;
};

/* A way to put runs together. */
struct reducing {
    const struct pl_cells *cells;
    const struct pl_runs *runs;
    size_t runs_max;
    size_t bin_runs; /* a bin has at least so many, where its values allow it */
};

static double weight_of(const struct pl_runs *runs, size_t run)
{
    return (runs->weights == NULL ? 1.0 : runs->weights[run]) * (double)runs->counts[run];
}

/* Whether a bin ends before this run. Runs of one value are never parted. */
static bool starts_bin(const struct reducing *reducing, size_t run, size_t first)
{
    const double *values = reducing->runs->values;
    const double threshold = reducing->cells->threshold;

    if (run == 0 || !(values[run] > values[run - 1]))
        return run == 0;
    return run - first >= reducing->bin_runs ||
           (values[run] >= threshold && values[run - 1] < threshold);
}

static void bin_add(struct bin *bin, const struct pl_runs *runs, size_t run)
{
    const uint32_t key = runs->keys[run];

    if (bin->counts[key] == 0)
        bin->keys[bin->keys_count++] = key;
    bin->counts[key] += runs->counts[run];
    bin->weights[key] += weight_of(runs, run);
}

/* Moves the bin's sums to the end of what is written; false when that gets too long. */
static bool bin_flush(struct bin *bin, size_t runs_max, struct reduced *reduced)
{
    if (bin->keys_count == 0)
        return true;
    if (reduced->count + bin->keys_count > runs_max)
        return false;
    for (size_t i = 0; i < bin->keys_count; i++) {
        const uint32_t key = bin->keys[i];

        reduced->keys[reduced->count] = key;
        reduced->counts[reduced->count] = bin->counts[key];
        reduced->weights[reduced->count++] = bin->weights[key];
        bin->counts[key] = 0;
        bin->weights[key] = 0.0;
    }
    reduced->sizes[reduced->values_count - 1] = bin->keys_count;
    bin->keys_count = 0;
    return true;
}

/* Puts the runs into bins; false when they are still too many. */
static bool reduce_once(const struct reducing *reducing, struct bin *bin, struct reduced *reduced)
{
    const struct pl_runs *runs = reducing->runs;
    size_t first = 0;

    reduced->count = reduced->values_count = 0;
    for (size_t run = 0; run < runs->count; run++) {
        if (starts_bin(reducing, run, first)) {
            if (!bin_flush(bin, reducing->runs_max, reduced) ||
                reduced->values_count == reducing->runs_max)
                return false;
            reduced->values[reduced->values_count++] = runs->values[run];
            first = run;
        }
        bin_add(bin, runs, run);
    }
    return bin_flush(bin, reducing->runs_max, reduced);
}

static void bin_reset(struct bin *bin)
{
    for (size_t i = 0; i < bin->keys_count; i++) {
        bin->counts[bin->keys[i]] = 0;
        bin->weights[bin->keys[i]] = 0.0;
    }
    bin->keys_count = 0;
}

static enum pl_status allocate(struct pl_arena *arena, const struct reducing *reducing,
                               struct bin *bin, struct reduced *reduced, struct pl_error *error)
{
    const size_t count =
        reducing->runs->count < reducing->runs_max ? reducing->runs->count : reducing->runs_max;
    const size_t keys = reducing->cells->leaves_count * 4;

    *reduced = (struct reduced){
        .values = pl_arena_alloc_array(arena, count + 1, sizeof *reduced->values),
        .sizes = pl_arena_alloc_array(arena, count + 1, sizeof *reduced->sizes),
        .keys = pl_arena_alloc_array(arena, count + 1, sizeof *reduced->keys),
        .counts = pl_arena_alloc_array(arena, count + 1, sizeof *reduced->counts),
        .weights = pl_arena_alloc_array(arena, count + 1, sizeof *reduced->weights),
    };
    *bin = (struct bin){
        .counts = pl_arena_alloc_array(arena, keys + 1, sizeof *bin->counts),
        .weights = pl_arena_alloc_array(arena, keys + 1, sizeof *bin->weights),
        .keys = pl_arena_alloc_array(arena, keys + 1, sizeof *bin->keys),
    };
    if (reduced->values == NULL || reduced->sizes == NULL || reduced->keys == NULL ||
        reduced->counts == NULL || reduced->weights == NULL || bin->counts == NULL ||
        bin->weights == NULL || bin->keys == NULL)
        return pl_arena_error(arena, "the scores of the report", error);
    memset(bin->counts, 0, (keys + 1) * sizeof *bin->counts);
    memset(bin->weights, 0, (keys + 1) * sizeof *bin->weights);
    return PL_OK;
}

/* The runs as they are when there is room for them; else in ever coarser bins. */
static enum pl_status reduce(struct reducing *reducing, struct pl_arena *arena,
                             struct reduced *reduced, struct pl_error *error)
{
    struct bin bin;

    PL_RETURN_IF(allocate(arena, reducing, &bin, reduced, error));
    reducing->bin_runs = 1;
    if (reduce_once(reducing, &bin, reduced))
        return PL_OK;
    for (size_t bins = BINS_MAX; bins > 0; bins /= 2) {
        bin_reset(&bin);
        reducing->bin_runs = reducing->runs->count / bins + 1;
        if (reduce_once(reducing, &bin, reduced))
            return PL_OK;
    }
    reduced->count = reduced->values_count = 0;
    return PL_OK;
}

static void member_uint64s(struct pl_json *json, const char *key, const uint64_t *items,
                           size_t count)
{
    pl_json_key(json, key);
    pl_json_open_array(json);
    for (size_t i = 0; i < count; i++)
        pl_json_uint64(json, items[i]);
    pl_json_close_array(json);
}

static void member_doubles(struct pl_json *json, const char *key, const double *items, size_t count)
{
    pl_json_key(json, key);
    pl_json_open_array(json);
    for (size_t i = 0; i < count; i++)
        pl_json_double(json, items[i]);
    pl_json_close_array(json);
}

static void member_numbers(struct pl_json *json, const char *key, const uint32_t *items,
                           size_t count)
{
    pl_json_key(json, key);
    pl_json_open_array(json);
    for (size_t i = 0; i < count; i++)
        pl_json_uint64(json, items[i]);
    pl_json_close_array(json);
}

static void write_runs(struct pl_json *json, const struct reducing *reducing,
                       const struct reduced *reduced)
{
    pl_json_key(json, "runs");
    pl_json_open_object(json);
    pl_json_member_str(json, "column", reducing->runs->column);
    if (reducing->bin_runs > 1)
        pl_json_member_uint64(json, "reduced_from", reducing->runs->count);
    member_doubles(json, "values", reduced->values, reduced->values_count);
    member_uint64s(json, "sizes", reduced->sizes, reduced->values_count);
    member_numbers(json, "keys", reduced->keys, reduced->count);
    member_uint64s(json, "counts", reduced->counts, reduced->count);
    if (reducing->cells->has_weights)
        member_doubles(json, "weights", reduced->weights, reduced->count);
    pl_json_close_object(json);
}

static void write_segments(struct pl_json *json, const struct pl_cells *cells)
{
    pl_json_key(json, "segments");
    pl_json_open_array(json);
    for (size_t s = 0; s < cells->segments_count; s++) {
        pl_json_open_object(json);
        pl_json_member_str(json, "segment", cells->segments[s].segment);
        pl_json_key(json, "groups");
        pl_json_open_array(json);
        for (uint32_t g = 0; g < cells->segments[s].count; g++)
            pl_json_str(json, cells->segments[s].names[g]);
        pl_json_close_array(json);
        pl_json_close_object(json);
    }
    pl_json_close_array(json);
}

static void write_confusions(struct pl_json *json, const struct pl_cells *cells)
{
    pl_json_key(json, "counts");
    pl_json_open_array(json);
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
        for (int place = 0; place < 9; place++)
            pl_json_uint64(json, cells->confusions[leaf].n[place / 3][place % 3]);
    pl_json_close_array(json);
    if (!cells->has_weights)
        return;
    pl_json_key(json, "weights");
    pl_json_open_array(json);
    for (size_t leaf = 0; leaf < cells->leaves_count; leaf++)
        for (int place = 0; place < 9; place++)
            pl_json_double(json, cells->confusions[leaf].weight[place / 3][place % 3]);
    pl_json_close_array(json);
}

/* Four costs in the order TN, FP, FN, TP; null where a slice leaves what is said before. */
static void write_cost_slice(struct pl_json *json, const struct pl_cells *cells,
                             const struct pl_cost_slice *slice)
{
    pl_json_open_object(json);
    pl_json_key(json, "slice");
    pl_json_open_object(json);
    for (uint32_t i = 0; i < slice->crossing.count; i++) {
        pl_json_key_str(json, cells->segments[slice->crossing.segments[i]].segment);
        pl_json_str(json, slice->groups[i]);
    }
    pl_json_close_object(json);
    pl_json_key(json, "costs");
    pl_json_open_array(json);
    for (int place = 0; place < 4; place++) {
        if (slice->given[place / 2][place % 2])
            pl_json_double(json, slice->costs[place / 2][place % 2]);
        else
            pl_json_null(json);
    }
    pl_json_close_array(json);
    pl_json_close_object(json);
}

static void write_costs(struct pl_json *json, const struct pl_gate_result *result)
{
    const struct pl_costs *costs = &result->line->costs;
    const double defaults[] = {costs->true_negative, costs->false_positive, costs->false_negative,
                               costs->true_positive};

    if (!costs->given)
        return;
    pl_json_key(json, "costs");
    pl_json_open_object(json);
    member_doubles(json, "default", defaults, 4);
    pl_json_key(json, "slices");
    pl_json_open_array(json);
    for (size_t i = 0; i < costs->slices_count; i++)
        write_cost_slice(json, result->measured->cells, &costs->slices[i]);
    pl_json_close_array(json);
    pl_json_close_object(json);
}

enum pl_status pl_json_cells(struct pl_json *json, const struct pl_gate_result *result,
                             size_t runs_max, struct pl_arena *arena, struct pl_error *error)
{
    const struct pl_cells *cells = result->measured->cells;
    struct reduced reduced = {0};
    struct reducing reducing = {.cells = cells, .runs_max = runs_max};
    const bool with_runs = cells->has_scores && cells->columns_count > 0;

    pl_json_key(json, "cells");
    if (cells->task != PL_TASK_BINARY || cells->leaves_count > PL_CELLS_JSON_LEAVES_MAX) {
        pl_json_null(json);
        if (cells->task == PL_TASK_BINARY)
            pl_json_member_uint64(json, "cells_left_out", cells->leaves_count);
        return PL_OK;
    }
    if (with_runs) {
        reducing.runs = &cells->columns[0];
        PL_RETURN_IF(reduce(&reducing, arena, &reduced, error));
    }
    pl_json_open_object(json);
    write_segments(json, cells);
    member_numbers(json, "leaves", cells->leaf_groups, cells->leaves_count * cells->segments_count);
    write_confusions(json, cells);
    pl_json_member_double(json, "threshold", cells->threshold);
    pl_json_member_bool(json, "decides", with_runs && result->line->data.prediction.len == 0);
    write_costs(json, result);
    if (with_runs)
        write_runs(json, &reducing, &reduced);
    pl_json_close_object(json);
    return PL_OK;
}

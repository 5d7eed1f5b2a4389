/*
 * Which gaps are split, within which strata, and what is kept of it. A pair that was picked because
 * it is furthest apart, and strata that were picked because they turn a gap round, get intervals that
 * allow for the picking (Bonferroni).
 */
#include "mix/mix.h"

#include "mix/table.h"

#include <math.h>

#define SCRATCH_SIZE_BYTES_MAX ((size_t)64 << 20)

/* All splits of an audit under way. */
struct collecting {
    const struct pl_measured *measured;
    struct pl_arena *arena;
    struct pl_mix *items;
    size_t size;
    struct pl_mixes *mixes;
};

/* The two groups furthest apart in a measure, the larger rate first. */
struct furthest {
    uint32_t groups[2];
    size_t eligible;
};

/* Segments that may be the strata of another one. */
static size_t strata_count(const struct pl_measured *measured)
{
    if (measured->strata > 0 || measured->cells->segments_count < 2)
        return 1;
    return measured->cells->segments_count - 1;
}

static bool may_be_strata(const struct pl_measured *measured, uint32_t segment, uint32_t strata)
{
    return segment != strata && (measured->strata == 0 || measured->strata == strata + 1);
}

/* At least two groups that are large enough and have a value; of equals the first and the last. */
static bool find_furthest(const struct pl_grouping *grouping, size_t metric,
                          struct furthest *ret_furthest)
{
    struct furthest furthest = {0};
    double values[2] = {0.0, 0.0};

    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *slice = &grouping->slices[i];
        const double value = slice->stats[metric].value;

        if (slice->too_small || slice->stats[metric].kind == PL_STAT_NONE)
            continue;
        if (furthest.eligible == 0 || value > values[0]) {
            furthest.groups[0] = slice->groups[0];
            values[0] = value;
        }
        if (furthest.eligible == 0 || value <= values[1]) {
            furthest.groups[1] = slice->groups[0];
            values[1] = value;
        }
        furthest.eligible++;
    }
    *ret_furthest = furthest;
    return furthest.groups[0] != furthest.groups[1];
}

static double corrected(const struct pl_measured *measured, double confidence, size_t eligible)
{
    const double pairs = eligible < 2 ? 1.0 : 0.5 * (double)eligible * (double)(eligible - 1);

    return 1.0 - (1.0 - confidence) / (pairs * (double)strata_count(measured));
}

static enum pl_status add_item(struct collecting *collecting, const struct pl_mix *mix,
                               struct pl_error *error)
{
    const bool named = collecting->measured->strata > 0;

    collecting->mixes->tried++;
    if (!collecting->mixes->whole && !named && !mix->proven)
        return PL_OK;
    if (collecting->mixes->count == collecting->size)
        return pl_error_set(error, PL_E_LIMIT, "more than %zu gaps to split", collecting->size);
    collecting->items[collecting->mixes->count++] = *mix;
    return PL_OK;
}

static enum pl_status split_grouping(struct collecting *collecting,
                                     const struct pl_grouping *grouping, uint32_t strata,
                                     struct pl_arena *scratch, struct pl_error *error)
{
    const struct pl_measured *measured = collecting->measured;
    const uint32_t segment = grouping->crossing.segments[0];
    struct pl_mix_table table;

    PL_RETURN_IF(pl_mix_table_make(measured->cells, segment, strata, scratch, &table, error));
    for (size_t metric = 0; metric < measured->metrics_count; metric++) {
        struct furthest furthest;
        struct pl_mix mix;

        if (!pl_mix_can(&measured->metrics[metric]) || !find_furthest(grouping, metric, &furthest))
            continue;

        const struct pl_mix_request request = {
            .segment = segment,
            .strata = strata,
            .metric_index = metric,
            .groups = {furthest.groups[0], furthest.groups[1]},
            .confidence = corrected(measured, measured->confidence, furthest.eligible),
        };

        PL_RETURN_IF(pl_mix_split(&table, measured, &request, collecting->arena, &mix, error));
        PL_RETURN_IF(add_item(collecting, &mix, error));
    }
    return PL_OK;
}

/* The table goes as soon as its splits are made. */
static enum pl_status split_within(struct collecting *collecting,
                                   const struct pl_grouping *grouping, uint32_t strata,
                                   struct pl_error *error)
{
    const struct pl_measured *measured = collecting->measured;
    struct pl_arena scratch;

    if (!may_be_strata(measured, grouping->crossing.segments[0], strata))
        return PL_OK;
    if (!pl_mix_table_fits(measured->cells, grouping->crossing.segments[0], strata)) {
        collecting->mixes->passed_over++;
        return PL_OK;
    }
    pl_arena_init(&scratch, SCRATCH_SIZE_BYTES_MAX);

    const enum pl_status status = split_grouping(collecting, grouping, strata, &scratch, error);

    pl_arena_deinit(&scratch);
    return status;
}

/* Trying every segment as strata is a courtesy, and takes no more than a moment. */
static bool is_too_much(const struct pl_measured *measured)
{
    const double segments = (double)measured->cells->segments_count;

    return measured->strata == 0 && segments > 1.0 &&
           (double)measured->cells->leaves_count * segments * (segments - 1.0) > PL_MIX_VISITS_MAX;
}

enum pl_status pl_mix_all(const struct pl_measured *measured, bool whole, struct pl_arena *arena,
                          struct pl_mixes **ret_mixes, struct pl_error *error)
{
    const size_t segments = measured->cells->segments_count;
    struct collecting collecting = {
        .measured = measured,
        .arena = arena,
        .size = segments * segments * measured->metrics_count,
        .mixes = pl_arena_alloc(arena, sizeof *collecting.mixes),
    };

    collecting.items = pl_arena_alloc_array(arena, collecting.size + 1, sizeof *collecting.items);
    if (collecting.mixes == NULL || collecting.items == NULL)
        return pl_arena_error(arena, "the splits of the gaps", error);
    collecting.mixes->whole = whole;
    if (!whole && is_too_much(measured)) {
        collecting.mixes->too_many = true;
        *ret_mixes = collecting.mixes;
        return PL_OK;
    }
    for (size_t g = 0; g < measured->groupings_count; g++) {
        const struct pl_grouping *grouping = &measured->groupings[g];

        if (grouping->crossing.count != 1)
            continue;
        for (uint32_t strata = 0; strata < segments; strata++)
            PL_RETURN_IF(split_within(&collecting, grouping, strata, error));
    }
    collecting.mixes->items = collecting.items;
    *ret_mixes = collecting.mixes;
    return PL_OK;
}

enum pl_status pl_mix_pair(const struct pl_measured *measured, const struct pl_mix_request *request,
                           struct pl_arena *arena, struct pl_mix *ret_mix, struct pl_error *error)
{
    struct pl_mix_table table;

    if (!pl_mix_table_fits(measured->cells, request->segment, request->strata))
        return pl_error_set(
            error, PL_E_LIMIT, "the segments `%.*s` and `%.*s` make more than %d cells",
            PL_STR_ARG(measured->cells->segments[request->segment].segment),
            PL_STR_ARG(measured->cells->segments[request->strata].segment), PL_MIX_CELLS_MAX);
    PL_RETURN_IF(pl_mix_table_make(measured->cells, request->segment, request->strata, arena,
                                   &table, error));
    return pl_mix_split(&table, measured, request, arena, ret_mix, error);
}

/* How far the part inside the strata is proven to lie from 0. */
static double proven_by(const struct pl_mix *mix)
{
    return fmax(mix->within.low, -mix->within.high);
}

static size_t count_groups(const struct pl_measured *measured, uint32_t segment, size_t metric)
{
    struct furthest furthest = {0};

    for (size_t g = 0; g < measured->groupings_count; g++)
        if (measured->groupings[g].crossing.count == 1 &&
            measured->groupings[g].crossing.segments[0] == segment)
            (void)find_furthest(&measured->groupings[g], metric, &furthest);
    return furthest.eligible;
}

enum pl_status pl_mix_reversal(const struct pl_measured *measured,
                               const struct pl_mix_request *request, struct pl_arena *arena,
                               const struct pl_mix **ret_mix, struct pl_error *error)
{
    struct pl_mix *best = pl_arena_alloc(arena, sizeof *best);
    bool found = false;

    if (best == NULL)
        return pl_arena_error(arena, "the split of a gap", error);
    for (uint32_t strata = 0; strata < measured->cells->segments_count; strata++) {
        struct pl_mix_request one = *request;
        struct pl_mix mix;

        if (!may_be_strata(measured, request->segment, strata) ||
            !pl_mix_table_fits(measured->cells, request->segment, strata))
            continue;
        one.strata = strata;
        one.confidence = corrected(measured, request->confidence,
                                   count_groups(measured, request->segment, request->metric_index));
        PL_RETURN_IF(pl_mix_pair(measured, &one, arena, &mix, error));
        if (!(measured->strata > 0 ? mix.reversed : mix.proven) ||
            (found && proven_by(&mix) <= proven_by(best)))
            continue;
        *best = mix;
        found = true;
    }
    *ret_mix = found ? best : NULL;
    return PL_OK;
}

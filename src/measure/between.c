/* The gap of a measure over the slices of a grouping: how far apart the two furthest are. */
#include "measure/measure.h"

#include "base/pool.h"
#include "measure/metrics.h"
#include "stats/gap.h"

#define SCRATCH_SIZE_BYTES_MAX ((size_t)1 << 30)

struct comparing {
    const struct pl_measured *measured;
    struct pl_between *betweens;
    enum pl_status *statuses; /* one for each, so that threads share nothing */
    struct pl_error *errors;
};

/* The slices that a gap is taken over: those large enough, with a value. */
static size_t collect(const struct pl_between *between, struct pl_stat *ret_stats,
                      const struct pl_slice **ret_slices)
{
    const struct pl_grouping *grouping = between->grouping;
    size_t count = 0;

    for (size_t i = 0; i < grouping->slices_count; i++) {
        const struct pl_slice *slice = &grouping->slices[i];

        if (slice->too_small || slice->stats[between->metric_index].kind == PL_STAT_NONE)
            continue;
        ret_stats[count] = slice->stats[between->metric_index];
        ret_slices[count++] = slice;
    }
    return count;
}

/* The correlations of all pairs of slices, where they are not independent; else NULL. */
static enum pl_status correlate(const struct pl_measured *measured,
                                const struct pl_between *between, struct pl_gap_request *request,
                                const struct pl_slice *const *slices, struct pl_arena *scratch)
{
    const size_t count = request->count;
    double *correlations = NULL;

    if (!pl_slices_are_dependent(measured, between->grouping, between->metric_index))
        return PL_OK;
    correlations = pl_arena_alloc_array(scratch, count * count + 1, sizeof *correlations);
    if (correlations == NULL)
        return PL_E_MEMORY;
    for (size_t a = 0; a < count; a++)
        for (size_t b = 0; b < count; b++) {
            const struct pl_slice *const pair[2] = {slices[a], slices[b]};

            if (a != b)
                correlations[a * count + b] =
                    pl_slices_correlation(measured, between->grouping, between->metric_index, pair);
        }
    request->correlations = correlations;
    return PL_OK;
}

static struct pl_estimate no_gap(void)
{
    return (struct pl_estimate){.status = PL_ESTIMATE_UNDEFINED, .reason = PL_UNDEFINED_COMPARISON};
}

static enum pl_status compare(const struct pl_measured *measured, struct pl_between *between,
                              struct pl_arena *scratch, struct pl_error *error)
{
    const size_t size = between->grouping->slices_count + 1;
    struct pl_stat *stats = pl_arena_alloc_array(scratch, size, sizeof *stats);
    const struct pl_slice **slices = pl_arena_alloc_array(scratch, size, sizeof *slices);
    struct pl_gap difference = {0};
    struct pl_gap ratio = {0};

    if (stats == NULL || slices == NULL)
        return pl_arena_error(scratch, "the comparison of groups", error);
    if (measured->metrics[between->metric_index].row->comparison ||
        measured->metrics[between->metric_index].row->of_all) {
        between->difference = no_gap();
        between->ratio = no_gap();
        return PL_OK;
    }

    struct pl_gap_request request = {
        .stats = stats,
        .count = collect(between, stats, slices),
        .confidence = measured->confidence,
        .seed = measured->seed,
    };

    if (correlate(measured, between, &request, slices, scratch) != PL_OK)
        return pl_arena_error(scratch, "the comparison of groups", error);
    PL_RETURN_IF(pl_gap_difference(&request, scratch, &difference, error));
    PL_RETURN_IF(pl_gap_ratio(&request, scratch, &ratio, error));
    between->difference = difference.estimate;
    between->ratio = ratio.estimate;
    between->difference_of_two = difference.of_two;
    between->ratio_of_two = ratio.of_two;
    if (difference.estimate.status != PL_ESTIMATE_UNDEFINED) {
        between->largest = slices[difference.largest];
        between->smallest = slices[difference.smallest];
    }
    return PL_OK;
}

static void compare_one(size_t index, uint32_t worker, void *context)
{
    const struct comparing *comparing = context;
    struct pl_arena scratch;

    (void)worker;
    pl_arena_init(&scratch, SCRATCH_SIZE_BYTES_MAX);
    comparing->statuses[index] = compare(comparing->measured, &comparing->betweens[index], &scratch,
                                         &comparing->errors[index]);
    pl_arena_deinit(&scratch);
}

enum pl_status pl_measure_between(const struct pl_measured *measured, uint32_t threads,
                                  struct pl_arena *arena, const struct pl_between **ret_betweens,
                                  size_t *ret_count, struct pl_error *error)
{
    const size_t metrics = measured->metrics_count;
    const size_t count = measured->groupings_count * metrics;
    struct comparing comparing = {
        .measured = measured,
        .betweens = pl_arena_alloc_array(arena, count + 1, sizeof *comparing.betweens),
        .statuses = pl_arena_alloc_array(arena, count + 1, sizeof *comparing.statuses),
        .errors = pl_arena_alloc_array(arena, count + 1, sizeof *comparing.errors),
    };

    if (comparing.betweens == NULL || comparing.statuses == NULL || comparing.errors == NULL)
        return pl_arena_error(arena, "the comparison of groups", error);
    for (size_t i = 0; i < count; i++) {
        comparing.betweens[i].grouping = &measured->groupings[i / metrics];
        comparing.betweens[i].metric_index = i % metrics;
    }
    pl_pool_run(count, threads, compare_one, &comparing);
    for (size_t i = 0; i < count; i++)
        if (comparing.statuses[i] != PL_OK) {
            *error = comparing.errors[i];
            return comparing.statuses[i];
        }
    *ret_betweens = comparing.betweens;
    *ret_count = count;
    return PL_OK;
}

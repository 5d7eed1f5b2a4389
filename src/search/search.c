/*
 * A search from end to end: checks that the measure can be searched, walks over all slices, tests
 * those that may be worse at the level of the whole family, and writes down what was found.
 */
#include "search/search.h"

#include "base/file.h"
#include "measure/metrics.h"
#include "search/rank.h"

#include <assert.h>
#include <math.h>

#define SCRATCH_SIZE_BYTES_MAX ((size_t)4 << 30)

const char *pl_search_fold_name(enum pl_search_fold fold)
{
    static const char *const NAMES[] = {
        [PL_FOLD_REFINES] = "refines",
        [PL_FOLD_OVERLAPS] = "overlaps",
        [PL_FOLD_EXPLAINED] = "explained",
    };

    return NAMES[fold];
}

const char *pl_search_end_name(enum pl_search_end end)
{
    static const char *const NAMES[] = {
        [PL_SEARCH_WORSE] = "worse",
        [PL_SEARCH_HIGH] = "high",
        [PL_SEARCH_LOW] = "low",
    };

    return NAMES[end];
}

const char *pl_search_stop_name(enum pl_search_stop stop)
{
    static const char *const NAMES[] = {
        [PL_SEARCH_COMPLETE] = "complete",
        [PL_SEARCH_INTERRUPTED] = "interrupted",
        [PL_SEARCH_OUT_OF_TIME] = "out_of_time",
        [PL_SEARCH_TOO_MANY] = "too_many",
    };

    return NAMES[stop];
}

static enum pl_status check(const struct pl_cells *cells, const struct pl_search_options *options,
                            struct pl_error *error)
{
    const struct pl_metric *metric = options->metric;

    assert(options->depth >= 1 && options->depth <= PL_CROSSING_MAX);
    assert(options->top >= 1 && options->top <= PL_SEARCH_TOP_MAX);
    assert(options->confidence >= 0.5 && options->confidence < 1.0);
    if (!pl_search_takes(metric))
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "`%.*s` cannot be searched: a search takes measures that are a share "
                            "of decisions, such as error_rate, false_positive_rate, precision or "
                            "selection_rate",
                            PL_STR_ARG(metric->name));
    if (cells->has_weights)
        return pl_error_set(error, PL_E_UNSUPPORTED,
                            "a search tests counts exactly and takes no sampling weights; a count "
                            "column is no weight and may be used");
    if ((metric->row->needs & PL_NEEDS_LABELS) != 0 && !cells->has_labels)
        return pl_error_set(error, PL_E_DATA, "a search of `%.*s` needs a label column",
                            PL_STR_ARG(metric->name));
    if ((metric->row->needs & PL_NEEDS_PREDICTIONS) != 0 && !cells->has_predictions)
        return pl_error_set(error, PL_E_DATA,
                            "a search of `%.*s` needs a score or a prediction column",
                            PL_STR_ARG(metric->name));
    if (cells->segments_count == 0)
        return pl_error_set(error, PL_E_DATA,
                            "a search needs segments: nothing splits the "
                            "decisions into slices");
    return PL_OK;
}

/* A search under way; all but the result lives in `scratch`. */
struct search {
    const struct pl_search_options *options;
    const struct pl_cells *cells;
    struct pl_arena scratch;
    struct pl_search_space space;
    struct pl_search_walk walk;
    struct pl_search_candidate *candidates;
    size_t candidates_count;
    struct pl_search_ranked ranked;
    struct pl_search *result;
};

static uint32_t threads_of(const struct pl_search_options *options)
{
    const uint32_t wanted = options->threads == 0 ? 1 : options->threads;

    return wanted < PL_SEARCH_THREADS_MAX ? wanted : PL_SEARCH_THREADS_MAX;
}

/* Sums up what the walk did; crossings that are not done count as much as they can hold. */
static void sum_up(struct search *search)
{
    struct pl_search *result = search->result;

    for (uint32_t i = 0; i < search->space.crossings_count; i++) {
        const struct pl_search_crossing *crossing = &search->space.crossings[i];

        result->family_size += crossing->tested;
        result->tested += crossing->done ? crossing->tested : 0;
        result->crossings_done += crossing->done;
    }
    result->crossings_count = search->space.crossings_count;
    result->segments_count = search->space.segments_count;
    result->stop = result->crossings_done == result->crossings_count
                       ? PL_SEARCH_COMPLETE
                       : (enum pl_search_stop)atomic_load(&search->walk.stopped);
}

static enum pl_status gather(struct search *search, struct pl_error *error)
{
    size_t used = 0;

    for (uint32_t i = 0; i < search->walk.threads; i++)
        for (const struct pl_search_chunk *chunk = search->walk.workers[i].newest; chunk != NULL;
             chunk = chunk->older)
            search->candidates_count += chunk->count;
    search->candidates = pl_arena_alloc_array(&search->scratch, search->candidates_count,
                                              sizeof *search->candidates);
    if (search->candidates == NULL)
        return pl_arena_error(&search->scratch, "the slices that may be worse", error);
    for (uint32_t i = 0; i < search->walk.threads; i++)
        for (const struct pl_search_chunk *chunk = search->walk.workers[i].newest; chunk != NULL;
             chunk = chunk->older)
            for (size_t j = 0; j < chunk->count; j++)
                search->candidates[used++] = chunk->items[j];
    return PL_OK;
}

static enum pl_status walk(struct search *search, uint64_t started_ns, struct pl_error *error)
{
    const struct pl_search_options *options = search->options;
    const uint32_t threads = threads_of(options);

    search->walk = (struct pl_search_walk){
        .space = &search->space,
        .options = options,
        .workers = pl_arena_alloc_array(&search->scratch, threads, sizeof *search->walk.workers),
        .deadline_ns =
            options->seconds_max > 0.0 ? started_ns + (uint64_t)(options->seconds_max * 1e9) : 0,
    };
    if (search->walk.workers == NULL)
        return pl_arena_error(&search->scratch, "the workers of the search", error);
    search->walk.threads = threads;
    if (options->control != NULL)
        atomic_store(&options->control->total, search->space.crossings_count);
    PL_RETURN_IF(pl_search_walk_run(&search->walk, error));
    return gather(search, error);
}

static enum pl_status rank(struct search *search, struct pl_error *error)
{
    const uint64_t family = search->result->family_size;
    const struct pl_search_ranking ranking = {
        .space = &search->space,
        .options = search->options,
        .test =
            {
                .all = search->space.all,
                .smallest = search->space.smallest,
                .level = search->result->level / (double)(family > 0 ? family : 1),
            },
        .candidates = search->candidates,
        .candidates_count = search->candidates_count,
        .threads = search->walk.threads,
    };
    struct pl_search *result = search->result;

    PL_RETURN_IF(pl_search_rank(&ranking, &search->scratch, &search->ranked, error));
    for (uint32_t i = 0; i < search->space.crossings_count; i++) {
        const struct pl_search_crossing *crossing = &search->space.crossings[i];

        if (crossing->done || crossing->supported == 0)
            continue;
        result->bound =
            fmax(result->bound,
                 pl_search_rank_value(pl_search_excess_ceiling(&ranking.test, crossing->bad_max),
                                      crossing->local.count));
    }
    return PL_OK;
}

/* The measure of some counts, with its interval; undefined without decisions. */
static struct pl_estimate estimate(const struct search *search, struct pl_search_counts counts)
{
    const struct pl_search_options *options = search->options;
    const bool flipped = search->result->end == PL_SEARCH_LOW;
    const uint64_t successes = flipped ? counts.n - counts.bad : counts.bad;

    if (counts.n == 0)
        return (struct pl_estimate){.status = PL_ESTIMATE_UNDEFINED,
                                    .reason = options->metric->row->without_trials};

    const struct pl_stat stat = {
        .kind = PL_STAT_RATE,
        .n = counts.n,
        .value = (double)successes / (double)counts.n,
        .rate = {.rate = {.k = (double)successes, .n = (double)counts.n}},
    };

    return pl_stat_estimate(&stat, options->confidence,
                            options->interval == PL_INTERVAL_EXACT ? PL_RATE_EXACT
                                                                   : PL_RATE_WILSON);
}

/* `crossings` are the copies that live with the result. */
static struct pl_slice slice_of(const struct pl_crossing *crossings,
                                const struct pl_search_candidate *candidate)
{
    struct pl_slice slice = {
        .crossing = &crossings[candidate->crossing],
        .n = candidate->counts.n,
    };

    for (uint32_t i = 0; i < PL_CROSSING_MAX; i++)
        slice.groups[i] = candidate->groups[i];
    return slice;
}

static void fill_found(const struct search *search, const struct pl_crossing *crossings,
                       const struct pl_search_head *head, struct pl_search_found *found)
{
    const struct pl_search *result = search->result;
    const double sign = result->end == PL_SEARCH_LOW ? -1.0 : 1.0;

    found->slice = slice_of(crossings, head->candidate);
    found->value = estimate(search, head->candidate->counts);
    found->share = (double)head->candidate->counts.n / (double)search->space.all.n;
    found->difference = found->value.value - result->overall.value;
    found->difference_proven = sign * head->proven;
    found->ratio = found->value.value / result->overall.value;
    found->p_value = head->p_value;
    found->p_adjusted = fmin(1.0, head->p_value * (double)result->family_size);
    found->rank_value = head->rank_value;
    found->folded_total = head->folded_total;
    found->folded_count = head->folded_count;
}

static enum pl_status fill_folded(const struct search *search, const struct pl_crossing *crossings,
                                  const struct pl_search_head *head, struct pl_arena *arena,
                                  struct pl_search_found *found)
{
    struct pl_search_folded *folded =
        pl_arena_alloc_array(arena, head->folded_count, sizeof *folded);

    if (folded == NULL)
        return PL_E_MEMORY;
    for (size_t i = 0; i < head->folded_count; i++) {
        const struct pl_search_candidate *candidate = head->folded[i].candidate;

        folded[i].slice = slice_of(crossings, candidate);
        folded[i].value = estimate(search, candidate->counts).value;
        folded[i].why = head->folded[i].why;
    }
    found->folded = folded;
    return PL_OK;
}

static enum pl_status write_result(struct search *search, struct pl_arena *arena,
                                   struct pl_error *error)
{
    const struct pl_search_space *space = &search->space;
    const struct pl_search_ranked *ranked = &search->ranked;
    struct pl_search *result = search->result;
    struct pl_crossing *crossings =
        pl_arena_alloc_array(arena, space->crossings_count, sizeof *crossings);
    struct pl_search_found *found = pl_arena_alloc_array(arena, ranked->heads_count, sizeof *found);

    if (crossings == NULL || found == NULL)
        return pl_arena_error(arena, "the slices found", error);
    for (uint32_t i = 0; i < space->crossings_count; i++)
        crossings[i] = space->crossings[i].cells;
    for (size_t i = 0; i < ranked->heads_count; i++) {
        fill_found(search, crossings, &ranked->heads[i], &found[i]);
        if (fill_folded(search, crossings, &ranked->heads[i], arena, &found[i]) != PL_OK)
            return pl_arena_error(arena, "the slices folded", error);
    }
    result->found = found;
    result->found_count = ranked->heads_count;
    result->significant_count = ranked->significant_count;
    result->further_count = ranked->further_count;
    result->gap = fmax(0.0, result->bound - (result->found_count > 0 ? found[0].rank_value : 0.0));
    return PL_OK;
}

static enum pl_status run(struct search *search, struct pl_arena *arena, struct pl_error *error)
{
    const uint64_t started_ns = pl_clock_monotonic_ns();

    PL_RETURN_IF(pl_search_space_make(search->cells, search->options, &search->scratch,
                                      &search->space, error));
    search->result->overall = estimate(search, search->space.all);
    PL_RETURN_IF(walk(search, started_ns, error));
    pl_search_space_bound(&search->space);
    sum_up(search);
    PL_RETURN_IF(rank(search, error));
    return write_result(search, arena, error);
}

enum pl_status pl_search_run(const struct pl_cells *cells, const struct pl_search_options *options,
                             struct pl_arena *arena, struct pl_search **ret_search,
                             struct pl_error *error)
{
    struct search search = {.options = options, .cells = cells};

    PL_RETURN_IF(check(cells, options, error));
    search.result = pl_arena_alloc(arena, sizeof *search.result);
    if (search.result == NULL)
        return pl_arena_error(arena, "the search", error);
    *search.result = (struct pl_search){
        .metric = *options->metric,
        .end = pl_search_end_of(options->metric, options->end),
        .depth = options->depth,
        .top = options->top,
        .level = 1.0 - options->confidence,
        .smallest_slice = options->smallest_slice,
    };
    pl_arena_init(&search.scratch, SCRATCH_SIZE_BYTES_MAX);

    const enum pl_status status = run(&search, arena, error);

    pl_search_walk_deinit(&search.walk);
    pl_arena_deinit(&search.scratch);
    if (status == PL_OK)
        *ret_search = search.result;
    return status;
}

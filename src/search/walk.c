/*
 * The walk over all slices, by partition: the leaves of a run (one slice) are split by the groups of
 * one more segment, and each part with enough decisions is a run of the next level. A part that is
 * too small has only parts that are too small, so its leaves are left behind (support is monotone).
 * At the last level nothing is moved: counting suffices.
 *
 * A unit of work is all crossings that begin with the same two segments. It repeats the two splits
 * that lead there, and shares nothing with the others.
 */
#include "search/walk.h"

#include "base/file.h"
#include "base/pool.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define WORKER_SIZE_BYTES_MAX ((size_t)4 << 30)
#define PREFIX_MAX            2

/* One slice on the way: its leaves are orders[first .. first + count - 1]. */
struct pl_search_run {
    uint32_t first;
    uint32_t count;
    struct pl_search_counts counts;
};

/* All crossings of `size` segments that begin with `prefix`. */
struct unit {
    uint32_t size;
    struct pl_crossing prefix;
};

struct level {
    struct pl_search_walk *walk;
    uint32_t size;
    const struct unit *units;
};

static void stop(struct pl_search_walk *walk, enum pl_search_stop why)
{
    int before = PL_SEARCH_COMPLETE;

    (void)atomic_compare_exchange_strong(&walk->stopped, &before, (int)why);
}

/* Asked before each crossing: the person, the clock, and whether another worker has stopped. */
static bool is_stopped(struct pl_search_walk *walk)
{
    const struct pl_search_control *control = walk->options->control;

    if (control != NULL && atomic_load(&control->stop))
        stop(walk, PL_SEARCH_INTERRUPTED);
    if (walk->deadline_ns > 0 && pl_clock_monotonic_ns() >= walk->deadline_ns)
        stop(walk, PL_SEARCH_OUT_OF_TIME);
    return atomic_load(&walk->stopped) != PL_SEARCH_COMPLETE || atomic_load(&walk->out_of_memory);
}

static void keep(struct pl_search_walk *walk, struct pl_search_worker *worker,
                 const struct pl_search_candidate *candidate)
{
    struct pl_search_chunk *chunk = worker->newest;

    if (atomic_fetch_add(&walk->candidates_count, 1) >= PL_SEARCH_CANDIDATES_MAX) {
        stop(walk, PL_SEARCH_TOO_MANY);
        return;
    }
    if (chunk == NULL || chunk->count == PL_SEARCH_CHUNK) {
        chunk = pl_arena_alloc(&worker->arena, sizeof *chunk);
        if (chunk == NULL) {
            atomic_store(&walk->out_of_memory, true);
            return;
        }
        chunk->older = worker->newest;
        worker->newest = chunk;
    }
    chunk->items[chunk->count++] = *candidate;
}

/* Adds up the leaves of a run by the groups of one segment. */
static void count_groups(const struct pl_search_space *space, struct pl_search_worker *worker,
                         const uint32_t *leaves, uint32_t leaves_count, const uint16_t *groups)
{
    struct pl_search_counts *counts = worker->counts;

    worker->touched_count = 0;
    for (uint32_t i = 0; i < leaves_count; i++) {
        const uint32_t leaf = leaves[i];
        const uint16_t group = groups[leaf];

        if (counts[group].n == 0) {
            worker->touched[worker->touched_count++] = group;
            worker->places[group] = 0;
        }
        worker->places[group]++;
        counts[group].n += space->leaves[leaf].n;
        counts[group].bad += space->leaves[leaf].bad;
    }
}

static void clear_groups(struct pl_search_worker *worker)
{
    for (uint32_t i = 0; i < worker->touched_count; i++)
        worker->counts[worker->touched[i]] = (struct pl_search_counts){0};
}

/* Makes the touched groups of a run runs of the next level; those too small go nowhere. */
static void add_runs(const struct pl_search_space *space, struct pl_search_worker *worker,
                     uint32_t to, uint32_t *used)
{
    for (uint32_t i = 0; i < worker->touched_count; i++) {
        const uint16_t group = worker->touched[i];
        const uint32_t count = worker->places[group];

        if (worker->counts[group].n < space->smallest) {
            worker->places[group] = UINT32_MAX;
            continue;
        }
        worker->runs[to][worker->runs_counts[to]++] =
            (struct pl_search_run){*used, count, worker->counts[group]};
        worker->places[group] = *used;
        *used += count;
    }
}

/* Splits all runs of level `from` by a segment, into level `from` + 1. */
static void split(const struct pl_search_space *space, struct pl_search_worker *worker,
                  uint32_t from, uint32_t segment)
{
    const uint16_t *groups = space->groups[segment];
    uint32_t used = 0;

    worker->runs_counts[from + 1] = 0;
    for (size_t r = 0; r < worker->runs_counts[from]; r++) {
        const struct pl_search_run *run = &worker->runs[from][r];
        const uint32_t *leaves = worker->orders[from] + run->first;

        count_groups(space, worker, leaves, run->count, groups);
        add_runs(space, worker, from + 1, &used);
        for (uint32_t i = 0; i < run->count; i++) {
            uint32_t *place = &worker->places[groups[leaves[i]]];

            if (*place != UINT32_MAX)
                worker->orders[from + 1][(*place)++] = leaves[i];
        }
        clear_groups(worker);
    }
}

/* A slice with its counts: is it tested, and may it prove to be worse? */
static void take_slice(struct pl_search_walk *walk, struct pl_search_worker *worker,
                       struct pl_search_crossing *crossing, uint32_t leaf, uint16_t group)
{
    const struct pl_search_space *space = walk->space;
    const struct pl_search_counts counts = worker->counts[group];
    const uint32_t last = crossing->local.count - 1;

    if (counts.n < space->smallest)
        return;
    crossing->supported++;
    if (counts.n > crossing->n_max)
        crossing->n_max = counts.n;
    if (counts.bad > crossing->bad_max)
        crossing->bad_max = counts.bad;
    if (counts.n == space->all.n)
        return;
    crossing->tested++;
    if (counts.bad < walk->bad_least || !pl_search_may_reach(&walk->test, walk->log_level, counts))
        return;

    struct pl_search_candidate candidate = {.counts = counts,
                                            .crossing = (uint32_t)(crossing - space->crossings)};

    for (uint32_t i = 0; i < last; i++)
        candidate.groups[i] = space->groups[crossing->local.segments[i]][leaf];
    candidate.groups[last] = group;
    keep(walk, worker, &candidate);
}

/* The last level: all slices of one crossing, from the runs of all its segments but the last. */
static void take_crossing(struct pl_search_walk *walk, struct pl_search_worker *worker,
                          struct pl_search_crossing *crossing)
{
    const struct pl_search_space *space = walk->space;
    const uint32_t from = crossing->local.count - 1;
    const uint16_t *groups = space->groups[crossing->local.segments[from]];

    crossing->supported = crossing->tested = crossing->n_max = crossing->bad_max = 0;
    for (size_t r = 0; r < worker->runs_counts[from]; r++) {
        const struct pl_search_run *run = &worker->runs[from][r];
        const uint32_t *leaves = worker->orders[from] + run->first;

        count_groups(space, worker, leaves, run->count, groups);
        for (uint32_t i = 0; i < worker->touched_count; i++)
            take_slice(walk, worker, crossing, leaves[0], worker->touched[i]);
        clear_groups(worker);
    }
    /* When there were too many, some of these may be among those that were not kept. */
    if (atomic_load(&walk->stopped) == PL_SEARCH_TOO_MANY)
        return;
    crossing->done = true;
    if (walk->options->control != NULL)
        (void)atomic_fetch_add(&walk->options->control->done, 1);
}

/* All crossings of the unit's size that begin with `prefix`, whose runs are there already. */
static void walk_on(struct pl_search_walk *walk, struct pl_search_worker *worker, uint32_t size,
                    const struct pl_crossing *prefix)
{
    const uint32_t count = prefix->count;
    const uint32_t first = count == 0 ? 0 : prefix->segments[count - 1] + 1;
    struct pl_crossing longer = *prefix;

    longer.count = count + 1;
    for (uint32_t s = first; s + size - count <= walk->space->segments_count; s++) {
        if (is_stopped(walk))
            return;
        longer.segments[count] = s;
        if (longer.count == size) {
            const uint32_t mask = pl_search_mask(&longer);

            take_crossing(walk, worker,
                          &walk->space->crossings[pl_search_crossing_of(walk->space, mask)]);
        } else {
            split(walk->space, worker, count, s);
            walk_on(walk, worker, size, &longer);
        }
    }
}

static void do_unit(size_t index, uint32_t number, void *context)
{
    const struct level *level = context;
    const struct unit *unit = &level->units[index];
    struct pl_search_worker *worker = &level->walk->workers[number];

    if (is_stopped(level->walk))
        return;
    for (uint32_t i = 0; i < unit->prefix.count; i++)
        split(level->walk->space, worker, i, unit->prefix.segments[i]);
    walk_on(level->walk, worker, unit->size, &unit->prefix);
}

/* Every prefix of the units of a level: none, one segment, or two. */
static size_t list_units(const struct pl_search_space *space, uint32_t size, struct unit *units)
{
    const uint32_t length = size - 1 < PREFIX_MAX ? size - 1 : PREFIX_MAX;
    const uint32_t count = space->segments_count;
    size_t used = 0;

    if (length == 0)
        units[used++] = (struct unit){.size = size};
    for (uint32_t i = 0; length > 0 && i + size <= count; i++) {
        if (length == 1)
            units[used++] = (struct unit){size, {{i}, 1}};
        for (uint32_t j = i + 1; length == 2 && j + size - 1 <= count; j++)
            units[used++] = (struct unit){size, {{i, j}, 2}};
    }
    return used;
}

/* By the slices tested so far: no later count can raise the level again. */
static void set_level(struct pl_search_walk *walk)
{
    const double alpha = 1.0 - walk->options->confidence;
    uint64_t tested = 0;

    for (uint32_t i = 0; i < walk->space->crossings_count; i++)
        tested += walk->space->crossings[i].done ? walk->space->crossings[i].tested : 0;
    walk->test = (struct pl_search_test){
        .all = walk->space->all,
        .smallest = walk->space->smallest,
        .level = alpha / (double)(tested > 0 ? tested : 1),
    };
    walk->log_level = log(walk->test.level);
    walk->bad_least = pl_search_bad_least(&walk->test);
}

static uint32_t groups_most(const struct pl_search_space *space)
{
    uint32_t most = 1;

    for (uint32_t s = 0; s < space->segments_count; s++)
        most = space->groups_counts[s] > most ? space->groups_counts[s] : most;
    return most;
}

/* No more runs than leaves, nor than fit side by side. */
static size_t runs_most(const struct pl_search_space *space)
{
    const uint64_t fitting = space->all.n / space->smallest + 1;

    return fitting < space->leaves_count ? (size_t)fitting : space->leaves_count;
}

static bool worker_init(struct pl_search_worker *worker, const struct pl_search_space *space,
                        uint32_t levels)
{
    const uint32_t groups = groups_most(space);
    const size_t runs = runs_most(space);

    worker->counts = pl_arena_alloc_array(&worker->arena, groups, sizeof *worker->counts);
    worker->places = pl_arena_alloc_array(&worker->arena, groups, sizeof *worker->places);
    worker->touched = pl_arena_alloc_array(&worker->arena, groups, sizeof *worker->touched);
    if (worker->counts == NULL || worker->places == NULL || worker->touched == NULL)
        return false;
    for (uint32_t i = 0; i < levels; i++) {
        worker->orders[i] =
            pl_arena_alloc_array(&worker->arena, space->leaves_count, sizeof **worker->orders);
        worker->runs[i] = pl_arena_alloc_array(&worker->arena, runs + 1, sizeof **worker->runs);
        if (worker->orders[i] == NULL || worker->runs[i] == NULL)
            return false;
    }
    for (size_t i = 0; i < space->leaves_count; i++)
        worker->orders[0][i] = (uint32_t)i;
    worker->runs[0][0] = (struct pl_search_run){0, (uint32_t)space->leaves_count, space->all};
    worker->runs_counts[0] = 1;
    return true;
}

static enum pl_status workers_init(struct pl_search_walk *walk, struct pl_error *error)
{
    const uint32_t depth = walk->options->depth;

    for (uint32_t i = 0; i < walk->threads; i++)
        pl_arena_init(&walk->workers[i].arena, WORKER_SIZE_BYTES_MAX);
    for (uint32_t i = 0; i < walk->threads; i++)
        if (!worker_init(&walk->workers[i], walk->space, depth))
            return pl_arena_error(&walk->workers[i].arena, "the leaves of the search", error);
    return PL_OK;
}

enum pl_status pl_search_walk_run(struct pl_search_walk *walk, struct pl_error *error)
{
    struct unit units[PL_SEGMENTS_MAX * (PL_SEGMENTS_MAX - 1) / 2 + 1];

    _Static_assert(PL_CROSSING_MAX >= 2, "there is room for a prefix");
    PL_RETURN_IF(workers_init(walk, error));
    for (uint32_t size = 1; size <= walk->options->depth; size++) {
        struct level level = {walk, size, units};

        set_level(walk);
        pl_pool_run(list_units(walk->space, size, units), walk->threads, do_unit, &level);
        if (is_stopped(walk))
            break;
    }
    if (atomic_load(&walk->out_of_memory))
        return pl_error_set(error, PL_E_MEMORY, "no memory for the slices that may be worse");
    return PL_OK;
}

void pl_search_walk_deinit(struct pl_search_walk *walk)
{
    for (uint32_t i = 0; i < walk->threads; i++)
        pl_arena_deinit(&walk->workers[i].arena);
}

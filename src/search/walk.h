/*
 * The walk over all slices: counts how many have support, and keeps those that may prove to be
 * worse. Internal to the layer.
 */
#ifndef PL_SEARCH_WALK_H
#define PL_SEARCH_WALK_H

#include "search/evidence.h"

#define PL_SEARCH_CHUNK 1024

/* Groups are indices into the segments of the crossing. */
struct pl_search_candidate {
    struct pl_search_counts counts;
    uint32_t crossing;
    uint16_t groups[PL_CROSSING_MAX];
};

struct pl_search_chunk {
    struct pl_search_chunk *older;
    size_t count;
    struct pl_search_candidate items[PL_SEARCH_CHUNK];
};

/* What one worker has: its own memory, so that nothing is shared but the space. */
struct pl_search_worker {
    struct pl_arena arena;
    struct pl_search_chunk *newest;
    uint32_t *orders[PL_CROSSING_MAX]; /* by segments split: leaves, run by run */
    struct pl_search_run *runs[PL_CROSSING_MAX];
    size_t runs_counts[PL_CROSSING_MAX];
    struct pl_search_counts *counts; /* by group */
    uint32_t *places;                /* by group: leaves, then where the next one goes */
    uint16_t *touched;
    uint32_t touched_count;
};

struct pl_search_walk {
    struct pl_search_space *space;
    const struct pl_search_options *options;
    struct pl_search_worker *workers; /* one for each thread */
    uint32_t threads;
    uint64_t deadline_ns; /* 0: none */
    atomic_int stopped;   /* enum pl_search_stop */
    atomic_bool out_of_memory;
    atomic_size_t candidates_count;
    struct pl_search_test test; /* of the current number of segments */
    double log_level;
    uint64_t bad_least;
};

/*
 * Walks by number of segments, fewest first, so that what was looked at when time ran out is the
 * simplest. Crossings that are done say so; candidates are in the workers, which the caller frees.
 * The level by which candidates are kept is above the one they will be tested at in the end: it
 * counts the slices of fewer segments only. Errors: the arena's.
 */
PL_MUST_CHECK enum pl_status pl_search_walk_run(struct pl_search_walk *walk,
                                                struct pl_error *error);
void pl_search_walk_deinit(struct pl_search_walk *walk);

#endif

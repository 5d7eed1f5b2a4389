/*
 * The space of a search: the leaves with their counts, and every crossing of segments up to the
 * depth with what is known of its slices. Internal to the layer. Filled by one thread; during a walk
 * each crossing is written by one worker only.
 */
#ifndef PL_SEARCH_SPACE_H
#define PL_SEARCH_SPACE_H

#include "search/search.h"

/* Decisions that the measure counts, and those of them that went the bad way. */
struct pl_search_counts {
    uint64_t n;
    uint64_t bad;
};

struct pl_search_crossing {
    struct pl_crossing local; /* indices into the space's segments, ascending */
    struct pl_crossing cells; /* indices into the segments of the cells */
    uint64_t groups_product;  /* slices that there could be by the groups alone */
    uint64_t supported;       /* slices with enough decisions; an upper bound unless done */
    uint64_t tested;          /* of them those with decisions outside as well; likewise */
    uint64_t n_max;           /* the most in one slice; an upper bound unless done */
    uint64_t bad_max;         /* likewise */
    bool done;
};

struct pl_search_space {
    uint32_t segments_count;
    uint32_t segments[PL_SEGMENTS_MAX]; /* index in the cells */
    uint32_t groups_counts[PL_SEGMENTS_MAX];
    uint32_t groups_firsts[PL_SEGMENTS_MAX]; /* where a segment begins when all stand in a row */
    uint32_t groups_total;
    const uint16_t *groups[PL_SEGMENTS_MAX]; /* of each leaf */
    const struct pl_search_counts *leaves;   /* those with n > 0 */
    size_t leaves_count;
    struct pl_search_counts all;
    uint64_t smallest;                    /* at least 1 */
    struct pl_search_crossing *crossings; /* by number of segments, then by segments */
    uint32_t crossings_count;
    uint32_t firsts[PL_CROSSING_MAX + 2]; /* where the crossings of each number of segments begin */
    const uint16_t *by_mask;              /* index of the crossing whose segments are the bits */
};

/* Segments of one group are left out: they split nothing. */
PL_MUST_CHECK enum pl_status pl_search_space_make(const struct pl_cells *cells,
                                                  const struct pl_search_options *options,
                                                  struct pl_arena *arena,
                                                  struct pl_search_space *ret_space,
                                                  struct pl_error *error);

/* The mask of a crossing, and the index of the crossing of a mask that is within the depth. */
uint32_t pl_search_mask(const struct pl_crossing *local);
uint32_t pl_search_crossing_of(const struct pl_search_space *space, uint32_t mask);

/* Fills the upper bounds of crossings that are not done from those of fewer segments. */
void pl_search_space_bound(struct pl_search_space *space);

/* The combinations of label and prediction that are counted, and those that are bad at this end. */
struct pl_search_bits {
    unsigned trials;
    unsigned bad;
    bool flipped; /* bad are the failures: the measure is 1 less the share of bad */
};
struct pl_search_bits pl_search_bits_of(const struct pl_metric *metric, enum pl_search_end end);

/* PL_SEARCH_WORSE made definite. */
enum pl_search_end pl_search_end_of(const struct pl_metric *metric, enum pl_search_end end);

#endif

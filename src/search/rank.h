/*
 * From candidates to what is found: tests at the level of the whole family, ranks by what is proven,
 * and folds each slice that says nothing new into one above it. Internal to the layer.
 */
#ifndef PL_SEARCH_RANK_H
#define PL_SEARCH_RANK_H

#include "search/walk.h"

#define PL_SEARCH_ANCHORS_MAX 200

struct pl_search_ranking {
    const struct pl_search_space *space;
    const struct pl_search_options *options;
    struct pl_search_test test; /* at the final level */
    const struct pl_search_candidate *candidates;
    size_t candidates_count;
    uint32_t threads;
};

/* A slice that was found, with those folded into it; the largest of them are kept. */
struct pl_search_head {
    const struct pl_search_candidate *candidate;
    double p_value;
    double proven; /* excess of bad decisions over all */
    double rank_value;
    struct pl_search_fold_item {
        const struct pl_search_candidate *candidate;
        enum pl_search_fold why;
    } folded[PL_SEARCH_FOLDED_MAX];
    size_t folded_count;
    uint64_t folded_total;
};

struct pl_search_ranked {
    struct pl_search_head *heads; /* at most options->top */
    size_t heads_count;
    uint64_t significant_count;
    uint64_t further_count;
};

/* The result lives in `arena`; it is the same for any order of the candidates. Errors: the arena's.
 */
PL_MUST_CHECK enum pl_status pl_search_rank(const struct pl_search_ranking *ranking,
                                            struct pl_arena *arena,
                                            struct pl_search_ranked *ret_ranked,
                                            struct pl_error *error);

#endif

/*
 * The best threshold for each group, exactly: the lowest cost among all choices that keep every limit,
 * and proof of it; or the choice that comes nearest to keeping them.
 */
#ifndef PL_THRESHOLD_SOLVE_H
#define PL_THRESHOLD_SOLVE_H

#include "threshold/quest.h"

#define PL_THRESHOLD_NODES_MAX 2000000 /* parts of the search that are looked at */

struct pl_solution {
    uint32_t *chosen;    /* by group: the candidate; in the arena */
    struct pl_rank rank; /* of all groups together */
    double excess;       /* how far past the worst limit: at most 0 when all are kept */
    bool found;   /* false: no choice gives every limit a value; chosen are the present ones */
    bool proven;  /* no choice is better; false: the search was ended at its maximum */
    double bound; /* no choice that keeps the limits costs less than this */
};

/*
 * Solves; the result lives in `arena`. Deterministic. `start` is a choice that is known, by group, or
 * NULL: what is found is never worse.
 */
PL_MUST_CHECK enum pl_status pl_quest_solve(const struct pl_quest *quest, const uint32_t *start,
                                            struct pl_arena *arena,
                                            struct pl_solution *ret_solution,
                                            struct pl_error *error);

/* What a choice comes to: its rank and its excess. */
void pl_quest_evaluate(const struct pl_quest *quest, const uint32_t *chosen,
                       struct pl_rank *ret_rank, double *ret_excess);

#endif

/*
 * Cells as they would be with the threshold elsewhere, and cells cut in two by chance; both can be
 * measured again in the way of a measuring that was done before.
 */
#ifndef PL_MEASURE_MOVED_H
#define PL_MEASURE_MOVED_H

#include "measure/measure.h"

/*
 * Adds the decisions of the scores to `confusions` (one for each leaf): positive from the threshold of
 * their leaf on. `thresholds` NULL stands for that of the cells; INFINITY lets nobody pass.
 */
void pl_scores_confuse(const struct pl_cells *cells, const double *thresholds,
                       struct pl_confusion *confusions);

/*
 * The same decisions at other thresholds, one for each leaf. `cells` must have scores that decide, and
 * must outlive the result, which shares its arrays; the new confusions live in `arena`. The result
 * owns nothing: never give it to pl_cells_deinit.
 */
PL_MUST_CHECK enum pl_status pl_cells_move(const struct pl_cells *cells, const double *thresholds,
                                           struct pl_arena *arena, struct pl_cells *ret_cells,
                                           struct pl_error *error);

/* How cells are cut in two. */
struct pl_split {
    double
        held_out; /* the chance of each decision to fall into the second part, 0 < held_out < 1 */
    uint64_t seed;
};

/*
 * Two parts: every decision falls into the second by itself with the same chance, so that each count
 * is cut by a binomial draw, and the parts are independent samples. The same seed gives the same
 * parts. They hold the score as their only column, live in `arena`, and own nothing. Together they
 * are the whole.
 */
PL_MUST_CHECK enum pl_status pl_cells_split(const struct pl_cells *cells,
                                            const struct pl_split *split, struct pl_arena *arena,
                                            struct pl_cells ret_parts[2], struct pl_error *error);

struct pl_remeasure {
    const struct pl_cells *cells;
    struct pl_costs costs;
    uint32_t threads;
    bool only_moving; /* only measures that a threshold moves: see pl_metric_moves */
};

/* True for a measure of labels and predictions alone: it is known once the threshold is. */
bool pl_metric_moves(const struct pl_metric *metric);

/* As pl_measure, with metrics, groupings and settings of `like`. The cells must outlive the result. */
PL_MUST_CHECK enum pl_status
pl_measure_again(const struct pl_measured *like, const struct pl_remeasure *remeasure,
                 struct pl_arena *arena, struct pl_measured **ret_measured, struct pl_error *error);

#endif

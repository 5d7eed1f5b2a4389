/*
 * Worlds of scores whose true measures are known by integration. Pure functions.
 */
#ifndef PL_TESTS_GATE_SCORES_H
#define PL_TESTS_GATE_SCORES_H

#include "simulate.h"

/* Scores uniform on (low, high); a decision with score p is truly positive with chance p + shift. */
struct sim_scores {
    double low;
    double high;
    double shift;
    double threshold;
};

/* The true value of a measure of scores or of the predictions at the threshold; NAN: not known. */
double sim_true_value(const struct sim_scores *world, const char *metric);

/* `n` decisions of group `group`, each of weight 1. */
void sim_draw_scores(const struct sim_scores *world, uint32_t group, size_t n, struct pl_rng *rng,
                     struct sim_decision *ret_decisions);

#endif

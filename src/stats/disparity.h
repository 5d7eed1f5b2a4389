/*
 * Conditional demographic disparity: whether a group has a larger part in those who were turned down
 * than in those who were accepted, compared within strata. Pure functions; safe in any thread.
 */
#ifndef PL_STATS_DISPARITY_H
#define PL_STATS_DISPARITY_H

#include "stats/stat.h"

/* The outcomes of some decisions: [0] turned down, [1] accepted. */
struct pl_outcomes {
    double weight[2]; /* sums of weights; counts where there are none */
    double squared[2];
};

/* All decisions of the strata that are compared, whoever they are of. A stratum in which all were
   accepted or all turned down is not compared; pl_disparity_is_open tells. */
struct pl_disparity_base {
    double weight;
    double squared;
    double absent_variance; /* that a group with no decision anywhere would have */
};

/* The sums over the strata in which the group has decisions. Zeroed is empty. */
struct pl_disparity {
    uint64_t n; /* decisions of the group */
    double total;
    double square;
    double variance;
    bool compared; /* some stratum has others beside the group */
};

bool pl_disparity_is_open(const struct pl_outcomes *stratum);
void pl_disparity_base_add(struct pl_disparity_base *base, const struct pl_outcomes *stratum);

/* The group's part in an open stratum, of `n` decisions. */
void pl_disparity_add(struct pl_disparity *disparity, const struct pl_outcomes *group,
                      const struct pl_outcomes *stratum, uint64_t n);

/*
 * sum n_i DD_i / sum n_i with DD_i the group's share of those turned down less its share of those
 * accepted. PL_STAT_NORMAL on Fisher's scale. Undefined without an open stratum, and where in all of
 * its strata the group is alone.
 */
struct pl_stat pl_disparity_finish(const struct pl_disparity *disparity,
                                   const struct pl_disparity_base *base);

#endif

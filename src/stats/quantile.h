/*
 * Which order statistics bound a quantile. Pure functions; safe in any thread.
 */
#ifndef PL_STATS_QUANTILE_H
#define PL_STATS_QUANTILE_H

/* Ranks count from 1, as in struct pl_order_window. */
struct pl_rank_range {
    double first;
    double last;
};

/*
 * The ranks that a window must hold for the q-quantile (0 < q < 1) of n values (n > 0; an effective
 * number when decisions carry weights, the ranks being scaled to it), so that bounds and p-values
 * are right for every alpha >= 1e-12. Both ranks lie in 1 .. n.
 */
struct pl_rank_range pl_quantile_ranks(double q, double n);

#endif

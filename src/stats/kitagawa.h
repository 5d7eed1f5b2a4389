/*
 * Why two groups differ in a rate: because they are found in different strata, or because their rates
 * differ inside the strata. Pure functions; safe in any thread.
 */
#ifndef PL_STATS_KITAGAWA_H
#define PL_STATS_KITAGAWA_H

#include "stats/stat.h"

/* One stratum in which both groups have trials. */
struct pl_kitagawa_stratum {
    struct pl_rate rates[2]; /* counts, or effective counts; both n above 0 */
    double weights[2];       /* sums of the weights of the trials; their numbers without weights */
};

struct pl_kitagawa_request {
    const struct pl_kitagawa_stratum *strata;
    size_t count;
    double n[2]; /* trials of each group in all these strata, or Kish's effective numbers */
};

/* Each is a PL_STAT_NORMAL, or undefined where there is no stratum. */
struct pl_kitagawa {
    struct pl_stat mix;             /* sum of (difference of shares) x (mean rate) */
    struct pl_stat within;          /* sum of (difference of rates) x (mean share) */
    struct pl_stat standardised[2]; /* the rate each group had with the strata of both together */
};

/* Decomposes the first group's rate less the second's: mix + within is that difference exactly. */
struct pl_kitagawa pl_kitagawa(const struct pl_kitagawa_request *request);

#endif

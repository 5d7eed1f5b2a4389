/*
 * Two answers to the same decisions: the difference of two rates from the pairs, and the correlation of
 * two estimates. Pure functions; safe in any thread.
 */
#ifndef PL_STATS_PAIRS_H
#define PL_STATS_PAIRS_H

#include "stats/stat.h"

/*
 * Decisions in which only the first answer counts, and only the second: shares of the same trials, as
 * counts or effective counts.
 */
struct pl_discordance {
    struct pl_rate only_first;
    struct pl_rate only_second;
    double value; /* share of the first less share of the second */
    uint64_t n;   /* trials */
};

/*
 * The difference of the two rates. Both have the trials of all pairs, so it is the share of the pairs
 * in which only the first is a success less the share in which only the second is: two shares of one
 * multinomial sample, of kind PL_STAT_MIX. Without any trial it is PL_UNDEFINED_NO_DECISIONS.
 */
struct pl_stat pl_paired_difference(const struct pl_discordance *discordance);

/* Sums of squared influences: of the first estimate, of the second, and of their difference. Zeroed is
   empty. */
struct pl_influences {
    double first;
    double second;
    double difference;
};

/* Decisions that move the estimates by `first` and `second` each; `weight` is their number, or the sum
   of the squares of their weights. */
void pl_influences_add(struct pl_influences *influences, double first, double second,
                       double weight);

/* The correlation of the two estimates, from -1 to 1; 0 where one of them has no spread. */
double pl_influences_correlation(const struct pl_influences *influences);

#endif

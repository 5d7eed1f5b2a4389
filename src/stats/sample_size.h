/*
 * How many cases an evaluation needs. Pure functions; safe in any thread.
 */
#ifndef PL_STATS_SAMPLE_SIZE_H
#define PL_STATS_SAMPLE_SIZE_H

#include "stats/stat.h"

#define PL_SAMPLE_SIZE_MAX 1000000000

/* The rate must be at least `threshold` (0 to 1, both excluded) at the one-sided level `alpha`. */
struct pl_clearing {
    double threshold;
    double alpha; /* 0.025: as a two-sided interval at 95 % */
    uint64_t failures;
    enum pl_rate_method method;
};

/*
 * The smallest number of cases that clears the limit when exactly `failures` of them fail: without
 * failures 35 for 0.90, 73 for 0.95 and 381 for 0.99 by Wilson at 0.025; 29, 59 and 299 by the exact bound at
 * 0.05. 0 where more than PL_SAMPLE_SIZE_MAX are needed.
 */
uint64_t pl_cases_to_clear(const struct pl_clearing *clearing);

/*
 * A difference of two runs' means over the same cases, of true size `difference`: E. Miller, arXiv
 * 2411.00640, eq. 9. `between` is the variance of the cases' true differences, `within` that of repeats
 * about a case's mean in either run, 0 where it is not repeated or does not vary.
 */
struct pl_detecting {
    double difference;
    double between;
    double within[2];
    double repeats[2];
    double alpha; /* two-sided */
    double power;
};

/* n = (z(alpha / 2) + z(1 - power))^2 (between + sum within / repeats) / difference^2, rounded up; 0 where
   that is more than PL_SAMPLE_SIZE_MAX. */
uint64_t pl_cases_to_detect(const struct pl_detecting *detecting);

/* The difference that so many cases can detect: the same, solved for it. `difference` is not read. */
double pl_detectable_difference(const struct pl_detecting *detecting, uint64_t cases);

#endif
